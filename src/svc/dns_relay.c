/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_relay.c - guests' DNS queries to the host's resolvers
 *
 * Against forged answers (RFC 5452) each attempt has a socket of its own,
 * with a source port of the kernel's choice, connected so that the kernel
 * checks the sender, and an id of its own. An answer must repeat the
 * question. A guest's retransmission joins the query in flight, so one
 * question is open once only.
 *
 * An attempt ends in an answer, in a refusal (SERVFAIL, REFUSED, an ICMP
 * error: that upstream is hopeless for this query) or in silence (it may be
 * asked again when all others were). Upstreams are asked in their order, but
 * one that was silent throughout an attempt comes last for a while. With
 * all hopeless the guest gets the refusal itself; after UL_DNS_GIVE_UP_US
 * SERVFAIL.
 */
#include "svc/dns_relay.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/list.h"
#include "base/log.h"
#include "svc/dns_zone.h"
#include "sys/resolv.h"
#include "wire/dns.h"

#define TAG "dns"
#define REPLY_MAX 65535
#define READS_PER_EVENT 8

struct upstream {
	struct ul_resolver at;
	int64_t answered_us;	/* last; 0: never */
	int64_t avoid_until_us;
};

struct query {
	struct ul_list node;
	struct ul_dns_relay *relay;
	struct ul_ep guest, service;
	uint16_t guest_id;
	uint16_t id;		/* towards the upstream */
	uint16_t flags;
	size_t udp_max;		/* what the guest takes */
	size_t question_len;
	unsigned int serial;	/* of the list that the masks are about */
	uint32_t tried, hopeless;
	int upstream;		/* asked now, of that list */
	int64_t asked_us, give_up_us;
	struct ul_watch watch;
	struct ul_timer timer;
	size_t len;
	uint8_t msg[];
};

struct ul_dns_relay {
	struct ul_loop *loop;
	struct ul_resolv *resolv;	/* NULL with fixed upstreams */
	struct ul_watch resolv_watch;
	unsigned int serial;
	size_t upstream_count;
	struct upstream upstream[UL_DNS_UPSTREAMS];
	bool has_warned;
	bool is_closed;
	const struct ul_dns_zone *zone;
	ul_dns_reply_fn reply;
	bool (*may_ask)(const char *name, void *arg);
	ul_dns_heard_fn heard;
	void *arg;
	struct ul_list in_flight;
	size_t count;
	struct ul_dns_relay_stats stats;
	uint8_t buf[REPLY_MAX];
};

static_assert(UL_RESOLV_MAX <= UL_DNS_UPSTREAMS && UL_DNS_UPSTREAMS <= 32,
	      "the lists fit, and the masks");

/* Replies */

static void reply(struct ul_dns_relay *relay, const struct query *q,
		  const uint8_t *msg, size_t len)
{
	relay->reply(&q->guest, &q->service, msg, len, relay->arg);
}

/* An answer of header and question alone. */
static void reply_short(const struct query *q, uint16_t flags)
{
	uint8_t buf[UL_DNS_SHORT_MAX];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_dns_emit_short(&w, q->guest_id, flags, q->msg + UL_DNS_HLEN,
			  q->question_len);
	reply(q->relay, q, buf, w.len);
}

static void reply_error(const struct query *q, enum ul_dns_rcode rcode)
{
	reply_short(q, ul_dns_error_flags(q->flags, rcode));
}

/* Upstreams */

static void warn_once(struct ul_dns_relay *relay)
{
	int err = ul_resolv_error(relay->resolv);

	if (err && !relay->has_warned)
		ul_log(WARN, TAG, "no resolvers: cannot read resolv.conf: %s; "
		       "guests' queries fail until it can be read",
		       g_strerror(-err));
	relay->has_warned = err != 0;
}

/* Take the list of now. What was learned about an old one is forgotten. */
static void follow_list(struct ul_dns_relay *relay)
{
	const struct ul_resolver *list;
	unsigned int serial;
	size_t count;

	if (!relay->resolv)
		return;
	list = ul_resolv_list(relay->resolv, ul_loop_now(relay->loop), &count,
			      &serial);
	warn_once(relay);
	if (serial == relay->serial)
		return;
	for (size_t i = 0; i < count; i++)
		relay->upstream[i] = (struct upstream){ .at = list[i] };
	relay->upstream_count = count;
	relay->serial = serial;
}

static bool is_avoided(const struct ul_dns_relay *relay, unsigned int i)
{
	return ul_loop_now(relay->loop) < relay->upstream[i].avoid_until_us;
}

/* The first of @mask, one that is not avoided if there is one; or -1. */
static int first_upstream(const struct ul_dns_relay *relay, uint32_t mask)
{
	int avoided = -1;

	for (unsigned int i = 0; i < relay->upstream_count; i++) {
		if (!(mask & 1u << i))
			continue;
		if (!is_avoided(relay, i))
			return (int)i;
		if (avoided < 0)
			avoided = (int)i;
	}
	return avoided;
}

/* Whom to ask next: -1 when all are hopeless. */
static int choose(struct query *q)
{
	uint32_t mask = ~q->hopeless;
	int i;

	i = first_upstream(q->relay, mask & ~q->tried);
	if (i >= 0)
		return i;
	q->tried = 0;
	return first_upstream(q->relay, mask);
}

/* The upstream that is asked now, or NULL when its list is gone. */
static struct upstream *asked(const struct query *q)
{
	if (q->upstream < 0 || q->serial != q->relay->serial)
		return NULL;
	return &q->relay->upstream[q->upstream];
}

/* Queries */

static void close_socket(struct query *q)
{
	int fd = q->watch.fd;

	if (fd < 0)
		return;
	ul_watch_del(q->relay->loop, &q->watch);
	close(fd);
}

static void free_query(struct query *q)
{
	close_socket(q);
	ul_timer_cancel(q->relay->loop, &q->timer);
	ul_list_remove(&q->node);
	q->relay->count--;
	g_free(q);
}

static void fail_with(struct query *q, enum ul_dns_rcode rcode)
{
	q->relay->stats.failed++;
	reply_error(q, rcode);
	free_query(q);
}

static void fail(struct query *q)
{
	fail_with(q, UL_DNS_SERVFAIL);
}

static bool is_id_taken(const struct query *q, uint16_t id)
{
	struct ul_list *pos, *tmp;

	if (id == q->guest_id)
		return true;
	ul_list_for_each_safe(pos, tmp, &q->relay->in_flight)
		if (ul_container_of(pos, struct query, node)->id == id)
			return true;
	return false;
}

/* At most UL_DNS_IN_FLIGHT + 1 of 65536 ids are taken, so this ends. */
static int draw_id(struct query *q)
{
	uint16_t id;

	do {
		if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != sizeof(id))
			return -EAGAIN;
	} while (is_id_taken(q, id));
	q->id = id;
	return 0;
}

static void on_readable(uint32_t events, void *arg);

/* A fresh socket towards @u. 0 or -errno; q->watch.fd is -1 on failure. */
static int open_socket(struct query *q, const struct upstream *u)
{
	struct sockaddr_storage ss;
	socklen_t len = ul_resolver_to_sa(&u->at, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);
	int err;

	if (fd < 0)
		return -errno;
	err = connect(fd, (struct sockaddr *)&ss, len) < 0 ? -errno :
	      ul_watch_add(q->relay->loop, &q->watch, fd, EPOLLIN,
			   on_readable, q);
	if (err < 0) {
		q->watch.fd = -1;
		close(fd);
	}
	return err;
}

/* A full send buffer is as good as a lost datagram. */
static int send_query(const struct query *q)
{
	if (send(q->watch.fd, q->msg, q->len, MSG_NOSIGNAL) < 0 &&
	    errno != EAGAIN && errno != ENOBUFS)
		return -errno;
	return 0;
}

/* Ask upstream @i: again on the socket it has, else on a fresh one. */
static int ask_one(struct query *q, int i)
{
	struct ul_wr w = ul_wr_new(q->msg, q->len);
	int err;

	if (q->watch.fd >= 0 && i == q->upstream)
		return send_query(q);
	close_socket(q);
	q->upstream = i;
	err = draw_id(q);
	if (!err)
		err = open_socket(q, asked(q));
	if (err)
		return err;
	ul_wr_u16(&w, q->id);
	return send_query(q);
}

/* Troubles of our own, for which no upstream is to blame. */
static bool is_ours(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM ||
	       err == -ENOBUFS || err == -ENOSPC || err == -EAGAIN;
}

static void give_up_on(struct query *q)
{
	struct upstream *u = asked(q);

	if (u)
		q->hopeless |= 1u << q->upstream;
	close_socket(q);
}

static void avoid(struct query *q)
{
	struct upstream *u = asked(q);

	if (u)
		u->avoid_until_us = ul_loop_now(q->relay->loop) +
				    UL_DNS_AVOID_US;
}

/* Ask the next upstream; the guest gets SERVFAIL when there is none. */
static void ask(struct query *q)
{
	struct ul_dns_relay *relay = q->relay;
	int64_t now = ul_loop_now(relay->loop);
	int i, err;

	follow_list(relay);
	if (q->serial != relay->serial) {
		close_socket(q);
		q->serial = relay->serial;
		q->tried = q->hopeless = 0;
	}
	while ((i = choose(q)) >= 0) {
		q->asked_us = now;
		err = ask_one(q, i);
		if (!err) {
			ul_timer_set(relay->loop, &q->timer,
				     MIN(now + UL_DNS_TRY_US, q->give_up_us));
			return;
		}
		ul_log(DEBUG, TAG, "cannot send a query: %s",
		       g_strerror(-err));
		if (is_ours(err))
			break;
		avoid(q);
		give_up_on(q);
	}
	fail(q);
}

static void on_silence(int64_t now_us, void *arg)
{
	struct query *q = arg;
	struct upstream *u = asked(q);

	if (now_us >= q->give_up_us) {
		fail(q);
		return;
	}
	if (u) {
		q->tried |= 1u << q->upstream;
		if (u->answered_us < q->asked_us)
			avoid(q);
	}
	q->relay->stats.failovers++;
	ask(q);
}

/* The guest gets its own id and spelling back. */
static void answer(struct query *q, uint8_t *msg, size_t len, uint16_t flags)
{
	struct ul_wr w = ul_wr_new(msg, len);

	q->relay->stats.answers++;
	if (len > q->udp_max) {
		q->relay->stats.truncated++;
		reply_short(q, flags | UL_DNS_TC);
	} else {
		ul_wr_u16(&w, q->guest_id);
		ul_wr_take(&w, UL_DNS_HLEN - 2);
		ul_wr_bytes(&w, q->msg + UL_DNS_HLEN, q->question_len);
		if (q->relay->heard)
			ul_dns_addrs_each(msg, len, q->relay->heard,
					  q->relay->arg);
		reply(q->relay, q, msg, len);
	}
	free_query(q);
}

static bool is_refusal(uint16_t flags)
{
	uint16_t rcode = flags & UL_DNS_RCODE;

	return rcode == UL_DNS_SERVFAIL || rcode == UL_DNS_REFUSED;
}

/*
 * Some servers send an error without the question (RFC 1035 does not say
 * that they may). It only counts as a refusal.
 */
static bool is_bare_error(const struct ul_dns_head *h, size_t len)
{
	return !h->questions && len == UL_DNS_HLEN && h->flags & UL_DNS_RCODE;
}

static bool is_answer_to(const struct query *q, const struct ul_dns_head *h,
			 const uint8_t *msg, size_t len)
{
	if (h->id != q->id || !(h->flags & UL_DNS_QR) ||
	    (h->flags ^ q->flags) & UL_DNS_OPCODE)
		return false;
	if (is_bare_error(h, len))
		return true;
	return h->question_len == q->question_len &&
	       ul_dns_is_same_question(msg + UL_DNS_HLEN, q->msg + UL_DNS_HLEN,
				q->question_len);
}

/* A datagram from the upstream. Returns whether @q is still waiting. */
static bool take_datagram(struct query *q, uint8_t *msg, size_t len)
{
	struct upstream *u = asked(q);
	struct ul_dns_head h;

	if (ul_dns_head_parse(&h, msg, len) < 0 || !is_answer_to(q, &h, msg, len)) {
		q->relay->stats.ignored++;
		return true;
	}
	if (u) {
		u->answered_us = ul_loop_now(q->relay->loop);
		u->avoid_until_us = 0;
	}
	if (is_refusal(h.flags) || is_bare_error(&h, len)) {
		give_up_on(q);
		if (choose(q) >= 0 || is_bare_error(&h, len)) {
			q->relay->stats.failovers++;
			ask(q);
			return false;
		}
	}
	answer(q, msg, len, h.flags);
	return false;
}

static void on_readable(uint32_t events, void *arg)
{
	struct query *q = arg;
	struct ul_dns_relay *relay = q->relay;

	for (int i = 0; i < READS_PER_EVENT; i++) {
		ssize_t n = recv(q->watch.fd, relay->buf, sizeof(relay->buf),
				 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			avoid(q);
			give_up_on(q);
			relay->stats.failovers++;
			ask(q);
			return;
		}
		if (!take_datagram(q, relay->buf, (size_t)n))
			return;
	}
}

/*
 * Is there room for a query of this guest, and is it no retransmission?
 * 0, -EALREADY or -ENOBUFS.
 */
static int admit(const struct ul_dns_relay *relay, const struct query *q)
{
	struct ul_list *pos, *tmp;
	unsigned int of_guest = 0;

	ul_list_for_each_safe(pos, tmp, &relay->in_flight) {
		const struct query *o = ul_container_of(pos, struct query,
							node);

		if (!ul_addr_eq(&o->guest.addr, &q->guest.addr))
			continue;
		of_guest++;
		if (o->guest.port == q->guest.port &&
		    ul_ep_eq(&o->service, &q->service) &&
		    o->guest_id == q->guest_id && o->len == q->len &&
		    !memcmp(o->msg + UL_DNS_HLEN, q->msg + UL_DNS_HLEN,
			    q->len - UL_DNS_HLEN))
			return -EALREADY;
	}
	return relay->count >= UL_DNS_IN_FLIGHT ||
	       of_guest >= UL_DNS_PER_GUEST ? -ENOBUFS : 0;
}

static struct query *new_query(struct ul_dns_relay *relay,
			       const struct ul_ep *guest,
			       const struct ul_ep *service,
			       const uint8_t *msg, size_t len)
{
	struct query *q = g_try_malloc0(sizeof(*q) + len);

	if (!q)
		return NULL;
	q->relay = relay;
	q->guest = *guest;
	q->service = *service;
	q->upstream = -1;
	q->serial = relay->serial;
	q->watch.fd = -1;
	ul_timer_init(&q->timer, on_silence, q);
	ul_list_init(&q->node);
	q->len = len;
	memcpy(q->msg, msg, len);
	return q;
}

static void start(struct query *q)
{
	struct ul_dns_relay *relay = q->relay;
	int err = admit(relay, q);

	if (err == -EALREADY)
		relay->stats.merged++;
	else if (err < 0)
		relay->stats.over_limit++;
	if (err < 0) {
		g_free(q);
		return;
	}
	relay->stats.queries++;
	relay->count++;
	ul_list_append(&relay->in_flight, &q->node);
	q->give_up_us = ul_loop_now(relay->loop) + UL_DNS_GIVE_UP_US;
	ask(q);
}

static void refuse(struct query *q, enum ul_dns_rcode rcode)
{
	q->relay->stats.malformed++;
	reply_error(q, rcode);
	g_free(q);
}

static void turn_away(struct query *q, uint64_t *counter)
{
	(*counter)++;
	reply_error(q, UL_DNS_REFUSED);
	g_free(q);
}

static void on_resolv(uint32_t events, void *arg)
{
	struct ul_dns_relay *relay = arg;

	ul_resolv_drain(relay->resolv);
}

/* Without inotify the list is still looked at once a second. */
static void follow_resolv(struct ul_dns_relay *relay, const char *path)
{
	int fd;

	relay->resolv = ul_resolv_new(path ? path : UL_RESOLV_PATH);
	fd = ul_resolv_fd(relay->resolv);
	if (fd < 0 || ul_watch_add(relay->loop, &relay->resolv_watch, fd,
				   EPOLLIN, on_resolv, relay) < 0)
		relay->resolv_watch.fd = -1;
}

struct ul_dns_relay *ul_dns_relay_new(const struct ul_dns_relay_conf *conf)
{
	struct ul_dns_relay *relay = g_new0(struct ul_dns_relay, 1);

	relay->loop = conf->loop;
	relay->zone = conf->zone;
	relay->reply = conf->reply;
	relay->may_ask = conf->may_ask;
	relay->heard = conf->heard;
	relay->arg = conf->arg;
	relay->resolv_watch.fd = -1;
	ul_list_init(&relay->in_flight);
	relay->upstream_count = MIN(conf->upstream_count, UL_DNS_UPSTREAMS);
	for (size_t i = 0; i < relay->upstream_count; i++)
		relay->upstream[i].at.ep = conf->upstreams[i];
	if (!conf->upstream_count)
		follow_resolv(relay, conf->resolv_path);
	return relay;
}

void ul_dns_relay_free(struct ul_dns_relay *relay)
{
	struct ul_list *pos, *tmp;

	if (!relay)
		return;
	ul_list_for_each_safe(pos, tmp, &relay->in_flight)
		free_query(ul_container_of(pos, struct query, node));
	ul_watch_del(relay->loop, &relay->resolv_watch);
	ul_resolv_free(relay->resolv);
	g_free(relay);
}

/* Is it the zone's? Then it is answered here and now. */
static bool answer_here(struct ul_dns_relay *relay, const struct ul_ep *guest,
			const struct ul_ep *service, const uint8_t *data,
			size_t len)
{
	uint8_t buf[UL_DNS_ZONE_ANSWER_MAX];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	if (!relay->zone || ul_dns_zone_answer(relay->zone, data, len, &w) < 0)
		return false;
	relay->stats.local++;
	relay->reply(guest, service, buf, w.len, relay->arg);
	return true;
}

static bool may_ask(const struct ul_dns_relay *relay,
		    const struct ul_dns_head *h, const uint8_t *data,
		    size_t len)
{
	struct ul_dns_question question;

	return !relay->may_ask ||
	       (!ul_dns_question_parse(&question, h, data, len) &&
		relay->may_ask(question.name, relay->arg));
}

void ul_dns_relay_query(struct ul_dns_relay *relay, const struct ul_ep *guest,
			const struct ul_ep *service, const uint8_t *data,
			size_t len)
{
	struct query *q = NULL;
	struct ul_dns_head h;

	bool is_query = len <= UL_DNS_QUERY_MAX &&
			!ul_dns_head_parse(&h, data, len) &&
			!(h.flags & UL_DNS_QR);

	if (is_query && !(h.flags & UL_DNS_OPCODE) &&
	    answer_here(relay, guest, service, data, len))
		return;
	if (is_query)
		q = new_query(relay, guest, service, data, len);
	if (!q) {
		relay->stats.malformed++;
		return;
	}
	q->guest_id = h.id;
	q->flags = h.flags;
	q->question_len = h.question_len;
	q->udp_max = ul_dns_udp_max(&h, data, len);
	if (h.flags & UL_DNS_OPCODE)
		refuse(q, UL_DNS_NOTIMP);
	else if (!h.question_len)
		refuse(q, UL_DNS_FORMERR);
	else if (relay->is_closed)
		turn_away(q, &relay->stats.turned_away);
	else if (!may_ask(relay, &h, data, len))
		turn_away(q, &relay->stats.forbidden);
	else
		start(q);
}

int ul_dns_relay_upstream(struct ul_dns_relay *relay, struct ul_ep *out,
			  uint32_t *scope)
{
	int i;

	if (relay->is_closed)
		return -ENOENT;
	follow_list(relay);
	i = first_upstream(relay, UINT32_MAX);
	if (i < 0)
		return -ENOENT;
	*out = relay->upstream[i].at.ep;
	*scope = relay->upstream[i].at.scope_id;
	return 0;
}

void ul_dns_relay_close(struct ul_dns_relay *relay)
{
	struct ul_list *n;

	relay->is_closed = true;
	while ((n = ul_list_first(&relay->in_flight)) != NULL)
		fail_with(ul_container_of(n, struct query, node),
			  UL_DNS_REFUSED);
}

void ul_dns_relay_open(struct ul_dns_relay *relay)
{
	relay->is_closed = false;
}

size_t ul_dns_relay_in_flight(const struct ul_dns_relay *relay)
{
	return relay->count;
}

const struct ul_dns_relay_stats *
ul_dns_relay_stats(const struct ul_dns_relay *relay)
{
	return &relay->stats;
}
