/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_relay.c - the network's DNS server
 *
 * A plain query (dns_query.h) waits for a question that may be other guests'
 * too, and its answer is kept; another has a question of its own. What a
 * query waits in is a place (dns_waiter.h), and there are so many; what is
 * asked is an ask (dns_ask.h), which is gone with the last that waits for it.
 */
#include "svc/dns_relay.h"

#include <errno.h>
#include <glib.h>

#include "base/cursor.h"
#include "base/log.h"
#include "svc/dns_cache.h"
#include "svc/dns_zone.h"

/* Room for an answer and what it is dressed in. */
#define OUT_MAX (UL_DNS_MSG_MAX + UL_DNS_OPT_LEN)

struct ul_dns_relay {
	struct ul_dns_relay_conf conf;
	struct ul_dns_upstreams *upstreams;
	unsigned int upstreams_serial;	/* that the cache is about */
	struct ul_dns_asks *asks;
	struct ul_dns_waiters *waiters;
	struct ul_dns_streams *streams;
	struct ul_dns_cache *cache;
	struct ul_dns_rules *rules;	/* NULL: every name */
	bool is_closed;
	struct ul_dns_relay_stats stats;
	uint8_t kept[UL_DNS_MSG_MAX];	/* out of the cache */
	uint8_t out[OUT_MAX];
};

/* Replies */

static void send_reply(struct ul_dns_relay *relay,
		       const struct ul_dns_from *to, const struct ul_wr *w)
{
	size_t len = w->bad ? 0 : w->len;

	if (to->stream)
		ul_dns_stream_answer(to->stream, w->start, len);
	else if (len)
		relay->conf.reply(&to->guest, &to->service, w->start, len,
				  relay->conf.arg);
}

static void reply_error(struct ul_dns_relay *relay,
			const struct ul_dns_from *to,
			const struct ul_dns_wish *wish, unsigned int rcode,
			enum ul_dns_why why)
{
	struct ul_wr w = ul_wr_new(relay->out, OUT_MAX);

	ul_dns_answer_error(&w, wish, rcode, why);
	send_reply(relay, to, &w);
}

/* Whoever decides by address knows it before the guest does. */
static void tell_addresses(struct ul_dns_relay *relay, const struct ul_wr *w)
{
	if (relay->conf.heard)
		ul_dns_addrs_each(w->start, w->len, relay->conf.heard,
				  relay->conf.arg);
}

typedef bool (*dress_fn)(struct ul_wr *w, const struct ul_dns_wish *wish,
			 const uint8_t *msg, size_t len);

static void reply_answer(struct ul_dns_relay *relay,
			 const struct ul_dns_from *to,
			 const struct ul_dns_wish *wish, dress_fn dress,
			 const uint8_t *msg, size_t len)
{
	struct ul_wr w = ul_wr_new(relay->out, OUT_MAX);

	if (dress(&w, wish, msg, len))
		tell_addresses(relay, &w);
	else
		relay->stats.truncated++;
	send_reply(relay, to, &w);
}

/* Waiting */

/* It waits no more; a question that nobody waits for is not asked. */
static void leave(struct ul_dns_relay *relay, struct ul_dns_waiter *w)
{
	struct ul_dns_ask *ask = w->ask;

	ul_dns_waiters_put(relay->waiters, w);
	if (ask && ul_list_is_empty(&ask->waiters))
		ul_dns_ask_cancel(ask);
}

static void turn_out(struct ul_dns_relay *relay, struct ul_dns_waiter *w,
		     unsigned int rcode, enum ul_dns_why why)
{
	relay->stats.failed += rcode == UL_DNS_SERVFAIL;
	reply_error(relay, &w->from, &w->wish, rcode, why);
	leave(relay, w);
}

/* Another guest has more right to the place. */
static void on_spare(struct ul_dns_waiter *w, void *arg)
{
	struct ul_dns_relay *relay = arg;

	relay->stats.over_limit++;
	turn_out(relay, w, UL_DNS_SERVFAIL, UL_DNS_WHY_NOT);
}

static struct ul_dns_waiter *first_of(const struct ul_dns_ask *ask)
{
	struct ul_list *n = ul_list_first(&ask->waiters);

	return n ? ul_container_of(n, struct ul_dns_waiter, of_ask) : NULL;
}

static void fail_all(struct ul_dns_relay *relay, struct ul_dns_ask *ask)
{
	struct ul_dns_waiter *w;

	while ((w = first_of(ask)) != NULL) {
		w->ask = NULL;
		turn_out(relay, w, UL_DNS_SERVFAIL, UL_DNS_WHY_NOT);
	}
}

/* Failures are kept too, shortly: who asks again at once asks us alone. */
static uint32_t seconds_to_keep(const struct ul_dns_outcome *o, size_t len)
{
	uint16_t rcode = o->flags & UL_DNS_RCODE;

	return rcode == UL_DNS_SERVFAIL ? UL_DNS_FAILURE_KEPT_S :
					  ul_dns_cache_ttl_of(o->msg, len);
}

static void keep_failure(struct ul_dns_relay *relay,
			 const struct ul_dns_ask *ask)
{
	const struct ul_dns_waiter *w = first_of(ask);
	struct ul_dns_wish plain;
	struct ul_wr out = ul_wr_new(relay->out, OUT_MAX);

	if (!ask->is_plain || !w)
		return;
	plain = w->wish;
	plain.edns.is_there = false;
	ul_dns_answer_error(&out, &plain, UL_DNS_SERVFAIL, UL_DNS_WHY_NOT);
	ul_dns_cache_put(relay->cache, &ask->key, out.start, out.len,
			 UL_DNS_FAILURE_KEPT_S,
			 ul_loop_now(relay->conf.loop));
}

static void on_done(struct ul_dns_ask *ask, const struct ul_dns_outcome *o,
		    void *arg)
{
	struct ul_dns_relay *relay = arg;
	dress_fn dress = ul_dns_answer_pass;
	size_t len = o->len;
	struct ul_dns_waiter *w;

	if (!o->msg) {
		if (!o->is_ours)
			keep_failure(relay, ask);
		fail_all(relay, ask);
		return;
	}
	if (ask->is_plain && !ul_dns_answer_strip(o->msg, o->len, &len)) {
		dress = ul_dns_answer_dress;
		ul_dns_cache_put(relay->cache, &ask->key, o->msg, len,
				 seconds_to_keep(o, len),
				 ul_loop_now(relay->conf.loop));
	}
	while ((w = first_of(ask)) != NULL) {
		relay->stats.answers++;
		reply_answer(relay, &w->from, &w->wish, dress, o->msg, len);
		w->ask = NULL;
		ul_dns_waiters_put(relay->waiters, w);
	}
}

/* Queries */

/* What was learned from other servers is not believed. */
static void follow_upstreams(struct ul_dns_relay *relay)
{
	unsigned int serial = ul_dns_upstreams_serial(relay->upstreams);

	if (serial == relay->upstreams_serial)
		return;
	relay->upstreams_serial = serial;
	ul_dns_cache_flush(relay->cache);
}

static bool answer_kept(struct ul_dns_relay *relay,
			const struct ul_dns_from *from,
			const struct ul_dns_query *q,
			const struct ul_dns_wish *wish)
{
	struct ul_wr w = ul_wr_new(relay->kept, sizeof(relay->kept));

	if (!q->is_plain || ul_dns_cache_get(relay->cache, &q->key,
					     ul_loop_now(relay->conf.loop),
					     &w) < 0 || w.bad)
		return false;
	relay->stats.cached++;
	reply_answer(relay, from, wish, ul_dns_answer_dress, w.start, w.len);
	return true;
}

static void wait_for(struct ul_dns_relay *relay, struct ul_dns_waiter *w,
		     const struct ul_dns_query *q, const uint8_t *data,
		     size_t len)
{
	struct ul_dns_ask *ask = ul_dns_ask_find(relay->asks, q);
	bool is_new = !ask;

	if (is_new)
		ask = ul_dns_ask_new(relay->asks, q, data, len);
	else
		relay->stats.joined++;
	if (!ask) {
		turn_out(relay, w, UL_DNS_SERVFAIL, UL_DNS_WHY_NOT);
		return;
	}
	w->ask = ask;
	ul_list_append(&ask->waiters, &w->of_ask);
	if (w->from.stream)
		ask->wants_all = true;
	if (is_new)
		ul_dns_ask_start(ask);
}

/* False when it is not answered, not even later. */
static bool start(struct ul_dns_relay *relay, const struct ul_dns_from *from,
		  const struct ul_dns_query *q,
		  const struct ul_dns_wish *wish, const uint8_t *data,
		  size_t len)
{
	struct ul_dns_waiter *w;

	if (!from->stream && ul_dns_waiters_find(relay->waiters, from, wish)) {
		relay->stats.merged++;
		return false;
	}
	w = ul_dns_waiters_take(relay->waiters, from);
	if (!w) {
		relay->stats.over_limit++;
		/* By UDP silence slows a sender down; a stream is waited for. */
		if (from->stream)
			reply_error(relay, from, wish, UL_DNS_SERVFAIL,
				    UL_DNS_WHY_NOT);
		return from->stream != NULL;
	}
	w->wish = *wish;
	relay->stats.queries++;
	wait_for(relay, w, q, data, len);
	return true;
}

/* Is it the zone's? Then it is answered here and now. */
static bool answer_here(struct ul_dns_relay *relay,
			const struct ul_dns_from *from, const uint8_t *data,
			size_t len)
{
	uint8_t buf[UL_DNS_ZONE_ANSWER_MAX];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	if (!relay->conf.zone ||
	    ul_dns_zone_answer(relay->conf.zone, data, len, &w) < 0)
		return false;
	relay->stats.local++;
	tell_addresses(relay, &w);
	send_reply(relay, from, &w);
	return true;
}

/* Its response code when it is refused whatever is known, else 0. */
static unsigned int refusal(struct ul_dns_relay *relay,
			    const struct ul_dns_query *q,
			    enum ul_dns_why *why)
{
	const char *name = q->question.name;

	*why = UL_DNS_WHY_NOT;
	if (q->rcode) {
		relay->stats.malformed++;
		return q->rcode;
	}
	*why = UL_DNS_WHY_PROHIBITED;
	if (relay->is_closed) {
		relay->stats.turned_away++;
		return UL_DNS_REFUSED;
	}
	if (relay->rules && ul_dns_rules_judge(relay->rules, name)) {
		relay->stats.denied++;
		*why = UL_DNS_WHY_BLOCKED;
		return UL_DNS_REFUSED;
	}
	if (relay->conf.may_ask &&
	    !relay->conf.may_ask(name, relay->conf.arg)) {
		relay->stats.forbidden++;
		return UL_DNS_REFUSED;
	}
	return UL_DNS_NOERROR;
}

static bool take_query(struct ul_dns_relay *relay,
		       const struct ul_dns_from *from, const uint8_t *data,
		       size_t len)
{
	struct ul_dns_wish wish;
	struct ul_dns_query q;
	enum ul_dns_why why;
	unsigned int rcode;

	if (len > UL_DNS_QUERY_MAX || ul_dns_query_parse(&q, data, len) < 0) {
		relay->stats.malformed++;
		return false;
	}
	if (!(q.head.flags & UL_DNS_OPCODE) &&
	    answer_here(relay, from, data, len))
		return true;
	ul_dns_wish_make(&wish, &q, data, len,
			 from->stream ? UL_DNS_MSG_MAX : q.udp_max);
	rcode = refusal(relay, &q, &why);
	if (rcode) {
		reply_error(relay, from, &wish, rcode, why);
		return true;
	}
	follow_upstreams(relay);
	return answer_kept(relay, from, &q, &wish) ||
	       start(relay, from, &q, &wish, data, len);
}

void ul_dns_relay_query(struct ul_dns_relay *relay,
			const struct ul_dns_from *from, const uint8_t *data,
			size_t len)
{
	take_query(relay, from, data, len);
}

static bool on_stream_query(const struct ul_dns_from *from,
			    const uint8_t *msg, size_t len, void *arg)
{
	struct ul_dns_relay *relay = arg;

	relay->stats.by_tcp++;
	return take_query(relay, from, msg, len);
}

static void forget_waiter(struct ul_dns_waiter *w, void *arg)
{
	leave(arg, w);
}

static void on_stream_gone(struct ul_dns_stream *stream, void *arg)
{
	struct ul_dns_relay *relay = arg;

	ul_dns_waiters_each_of(relay->waiters, stream, forget_waiter, relay);
}

int ul_dns_relay_accept(struct ul_dns_relay *relay, int take_fd,
			const struct ul_ep *guest,
			const struct ul_ep *service, const void *port)
{
	return ul_dns_streams_take(relay->streams, take_fd, guest, service,
				   port);
}

/* The relay itself */

struct ul_dns_relay *ul_dns_relay_new(const struct ul_dns_relay_conf *conf)
{
	struct ul_dns_relay *relay = g_new0(struct ul_dns_relay, 1);
	struct ul_dns_upstreams_conf uc = {
		.loop = conf->loop,
		.servers = conf->upstreams, .count = conf->upstream_count,
		.resolv_path = conf->resolv_path,
	};
	struct ul_dns_asks_conf ac = {
		.loop = conf->loop, .done = on_done, .arg = relay,
	};
	struct ul_dns_streams_conf sc = {
		.loop = conf->loop,
		.max = conf->streams ? conf->streams : UL_DNS_STREAMS,
		.query = on_stream_query,
		.gone = on_stream_gone, .arg = relay,
	};

	relay->conf = *conf;
	relay->upstreams = ac.upstreams = ul_dns_upstreams_new(&uc);
	relay->asks = ul_dns_asks_new(&ac);
	relay->waiters = ul_dns_waiters_new(conf->in_flight ? conf->in_flight :
					    UL_DNS_IN_FLIGHT, on_spare, relay);
	relay->streams = ul_dns_streams_new(&sc);
	relay->cache = ul_dns_cache_new(conf->cache_entries,
					UL_DNS_CACHE_BYTES);
	return relay;
}

void ul_dns_relay_free(struct ul_dns_relay *relay)
{
	if (!relay)
		return;
	ul_dns_streams_free(relay->streams);
	ul_dns_waiters_free(relay->waiters);
	ul_dns_asks_free(relay->asks);
	ul_dns_cache_free(relay->cache);
	ul_dns_rules_free(relay->rules);
	ul_dns_upstreams_free(relay->upstreams);
	g_free(relay);
}

static void refuse_waiter(struct ul_dns_waiter *w, void *arg)
{
	turn_out(arg, w, UL_DNS_REFUSED, UL_DNS_WHY_PROHIBITED);
}

void ul_dns_relay_close(struct ul_dns_relay *relay)
{
	relay->is_closed = true;
	ul_dns_waiters_each(relay->waiters, refuse_waiter, relay);
}

void ul_dns_relay_open(struct ul_dns_relay *relay)
{
	relay->is_closed = false;
}

struct ul_dns_upstreams *ul_dns_relay_upstreams(struct ul_dns_relay *relay)
{
	return relay->upstreams;
}

void ul_dns_relay_set_rules(struct ul_dns_relay *relay,
			    struct ul_dns_rules *take_rules)
{
	ul_dns_rules_free(relay->rules);
	relay->rules = take_rules;
}

size_t ul_dns_relay_flush(struct ul_dns_relay *relay)
{
	return ul_dns_cache_flush(relay->cache);
}

size_t ul_dns_relay_in_flight(const struct ul_dns_relay *relay)
{
	return ul_dns_waiters_count(relay->waiters);
}

const struct ul_dns_relay_stats *ul_dns_relay_stats(struct ul_dns_relay *relay)
{
	const struct ul_dns_cache_stats *c = ul_dns_cache_stats(relay->cache);
	const struct ul_dns_asks_stats *a = ul_dns_asks_stats(relay->asks);
	struct ul_dns_relay_stats *s = &relay->stats;

	s->asked = a->asked;
	s->asked_by_tcp = a->by_tcp;
	s->failovers = a->failovers;
	s->ignored = a->ignored;
	s->cache_hits = c->hits;
	s->cache_misses = c->misses;
	s->cache_evicted = c->evicted;
	s->cache_entries = c->entries;
	s->cache_bytes = c->bytes;
	s->in_flight = ul_dns_waiters_count(relay->waiters);
	s->streams = ul_dns_streams_count(relay->streams);
	return s;
}
