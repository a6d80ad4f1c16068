/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_ask.c - questions to the host's resolvers, from asking to the answer
 *
 * Against forged answers (RFC 5452) each attempt has a socket of its own,
 * with a source port of the kernel's choice, connected so that the kernel
 * checks the sender, and an id of its own. An answer must repeat the
 * question. The same question is in flight once only, whoever asks: many
 * would let a forger guess many ids at once.
 *
 * An attempt ends in an answer, in a refusal (SERVFAIL, REFUSED, an ICMP
 * error: that upstream is hopeless for this question) or in silence (it may
 * be asked again when all others were). Upstreams are asked in their order,
 * but one that was silent throughout an attempt comes last for a while. With
 * all hopeless the guest gets the refusal itself; after UL_DNS_GIVE_UP_US
 * it failed.
 *
 * A truncated answer is asked for again by TCP, of the same upstream, when
 * somebody waits who can take all of it. The UDP socket is closed first: a
 * question has one descriptor at most.
 */
#include "svc/dns_ask.h"

#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "svc/dns_exchange.h"

#define TAG "dns"
#define ANSWER_MAX 65535
#define READS_PER_EVENT 8
#define SPARE_MAX 64		/* kept for the next ones */

struct ul_dns_asks {
	struct ul_dns_asks_conf conf;
	struct ul_list in_flight;
	struct ul_list spare;
	size_t count, spare_count;
	unsigned int exchanges;
	struct ul_dns_asks_stats stats;
	uint8_t buf[ANSWER_MAX];
};

static int64_t now_of(const struct ul_dns_ask *ask)
{
	return ul_loop_now(ask->all->conf.loop);
}

static struct ul_dns_servers *list_of(const struct ul_dns_ask *ask)
{
	return ul_dns_upstreams_for(ask->all->conf.upstreams, ask->name);
}

/* Whom to ask next: -1 when all are hopeless. */
static int choose(struct ul_dns_ask *ask, const struct ul_dns_servers *list)
{
	uint32_t mask = ~ask->hopeless;
	int64_t now = now_of(ask);
	int i = ul_dns_servers_first(list, mask & ~ask->tried, now);

	if (i >= 0)
		return i;
	ask->tried = 0;
	return ul_dns_servers_first(list, mask, now);
}

/* The server that is asked now, or NULL when its list is gone. */
static struct ul_dns_server *asked(const struct ul_dns_ask *ask)
{
	struct ul_dns_servers *list = list_of(ask);

	if (ask->server < 0 || ask->list_id != list->id)
		return NULL;
	return &list->server[ask->server];
}

static void hang_up(struct ul_dns_ask *ask)
{
	ul_watch_close(ask->all->conf.loop, &ask->watch);
	if (!ask->exchange)
		return;
	ul_dns_exchange_free(ask->exchange);
	ask->exchange = NULL;
	ask->all->exchanges--;
}

void ul_dns_ask_cancel(struct ul_dns_ask *ask)
{
	struct ul_dns_asks *all = ask->all;

	hang_up(ask);
	ul_timer_cancel(all->conf.loop, &ask->timer);
	ul_list_remove(&ask->node);
	all->count--;
	if (all->spare_count < SPARE_MAX) {
		ul_list_append(&all->spare, &ask->node);
		all->spare_count++;
		return;
	}
	g_free(ask);
}

static void finish(struct ul_dns_ask *ask, const struct ul_dns_outcome *o)
{
	/* Whoever asks the same from within is a question of its own. */
	ul_list_remove(&ask->node);
	ask->all->conf.done(ask, o, ask->all->conf.arg);
	ul_dns_ask_cancel(ask);
}

static void fail(struct ul_dns_ask *ask, bool is_ours)
{
	finish(ask, &(struct ul_dns_outcome){ .is_ours = is_ours });
}

static bool is_id_taken(const struct ul_dns_ask *ask, uint16_t id)
{
	struct ul_list *pos, *tmp;

	ul_list_for_each_safe(pos, tmp, &ask->all->in_flight)
		if (ul_container_of(pos, struct ul_dns_ask, node)->id == id)
			return true;
	return false;
}

/* Few of 65536 ids are taken, so this ends. */
static int draw_id(struct ul_dns_ask *ask)
{
	struct ul_wr w = ul_wr_new(ask->msg, ask->len);
	uint16_t id;

	do {
		if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != sizeof(id))
			return -EAGAIN;
	} while (is_id_taken(ask, id));
	ask->id = id;
	ul_wr_u16(&w, id);
	return 0;
}

static void on_readable(uint32_t events, void *arg);

/* A fresh socket towards @s. 0 or -errno; the watch's fd is -1 on failure. */
static int open_socket(struct ul_dns_ask *ask, const struct ul_dns_server *s)
{
	struct sockaddr_storage ss;
	socklen_t len = ul_resolver_to_sa(&s->at, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);
	int err;

	if (fd < 0)
		return -errno;
	err = connect(fd, (struct sockaddr *)&ss, len) < 0 ? -errno :
	      ul_watch_add(ask->all->conf.loop, &ask->watch, fd, EPOLLIN,
			   on_readable, ask);
	if (err < 0) {
		ask->watch.fd = -1;
		close(fd);
	}
	return err;
}

/* A full send buffer is as good as a lost datagram. */
static int send_query(const struct ul_dns_ask *ask)
{
	if (send(ask->watch.fd, ask->msg, ask->len, MSG_NOSIGNAL) < 0 &&
	    errno != EAGAIN && errno != ENOBUFS)
		return -errno;
	return 0;
}

/* Ask server @i: again on the socket it has, else on a fresh one. */
static int ask_one(struct ul_dns_ask *ask, struct ul_dns_servers *list, int i)
{
	int err;

	list->server[i].asked++;
	if (ask->watch.fd >= 0 && i == ask->server)
		return send_query(ask);
	hang_up(ask);
	ask->server = i;
	err = draw_id(ask);
	if (!err)
		err = open_socket(ask, &list->server[i]);
	return err ? err : send_query(ask);
}

/* Troubles of our own, for which no upstream is to blame. */
static bool is_ours(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM ||
	       err == -ENOBUFS || err == -ENOSPC || err == -EAGAIN;
}

static void give_up_on(struct ul_dns_ask *ask)
{
	if (asked(ask))
		ask->hopeless |= 1u << ask->server;
	hang_up(ask);
}

static void avoid(struct ul_dns_ask *ask)
{
	struct ul_dns_server *s = asked(ask);

	if (s)
		s->avoid_until_us = now_of(ask) + UL_DNS_AVOID_US;
}

static void set_timer(struct ul_dns_ask *ask, int64_t wait_us)
{
	ul_timer_set(ask->all->conf.loop, &ask->timer,
		     MIN(now_of(ask) + wait_us, ask->give_up_us));
}

/* Ask the next upstream; it failed when there is none. */
static void ask_next(struct ul_dns_ask *ask)
{
	struct ul_dns_servers *list = list_of(ask);
	int i, err = 0;

	if (list->id != ask->list_id) {
		hang_up(ask);
		ask->list_id = list->id;
		ask->tried = ask->hopeless = 0;
	}
	while ((i = choose(ask, list)) >= 0) {
		ask->asked_us = now_of(ask);
		err = ask_one(ask, list, i);
		if (!err) {
			set_timer(ask, UL_DNS_RESEND_US);
			return;
		}
		ul_log(DEBUG, TAG, "cannot send a query: %s",
		       g_strerror(-err));
		if (is_ours(err))
			break;
		avoid(ask);
		give_up_on(ask);
	}
	fail(ask, is_ours(err));
}

static void fail_over(struct ul_dns_ask *ask)
{
	ask->all->stats.failovers++;
	ask_next(ask);
}

/* A datagram may have been lost: once more, with the same id and port. */
static bool resend(struct ul_dns_ask *ask, int64_t now_us)
{
	int64_t left_us = ask->asked_us + UL_DNS_TRY_US - now_us;

	if (ask->watch.fd < 0 || left_us <= 0 || send_query(ask) < 0)
		return false;
	set_timer(ask, left_us);
	return true;
}

static void on_silence(int64_t now_us, void *arg)
{
	struct ul_dns_ask *ask = arg;
	struct ul_dns_server *s = asked(ask);

	if (now_us >= ask->give_up_us) {
		fail(ask, false);
		return;
	}
	if (resend(ask, now_us))
		return;
	if (s) {
		ask->tried |= 1u << ask->server;
		if (s->answered_us < ask->asked_us)
			avoid(ask);
	}
	if (ask->exchange)
		hang_up(ask);
	fail_over(ask);
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

static bool is_answer_to(const struct ul_dns_ask *ask,
			 const struct ul_dns_head *h, const uint8_t *msg,
			 size_t len)
{
	if (h->id != ask->id || !(h->flags & UL_DNS_QR) ||
	    (h->flags ^ ask->flags) & UL_DNS_OPCODE)
		return false;
	if (is_bare_error(h, len))
		return true;
	return h->question_len == ask->question_len &&
	       ul_dns_is_same_question(msg + UL_DNS_HLEN,
				       ask->msg + UL_DNS_HLEN,
				       ask->question_len);
}

static void heard_from(const struct ul_dns_ask *ask)
{
	struct ul_dns_server *s = asked(ask);

	if (!s)
		return;
	s->answered++;
	s->answered_us = now_of(ask);
	s->avoid_until_us = 0;
}

/* A message that answers the question. Who asked may be gone after it. */
static void take_answer(struct ul_dns_ask *ask, const struct ul_dns_head *h,
			uint8_t *msg, size_t len)
{
	bool is_bare = is_bare_error(h, len);

	heard_from(ask);
	if (is_refusal(h->flags) || is_bare) {
		give_up_on(ask);
		if (choose(ask, list_of(ask)) >= 0 || is_bare) {
			fail_over(ask);
			return;
		}
	}
	finish(ask, &(struct ul_dns_outcome){
		.msg = msg, .len = len, .flags = h->flags,
	});
}

static void on_exchanged(uint8_t *msg, ssize_t len, void *arg)
{
	struct ul_dns_ask *ask = arg;
	struct ul_dns_head h;

	if (len >= 0 && !ul_dns_head_parse(&h, msg, (size_t)len) &&
	    is_answer_to(ask, &h, msg, (size_t)len)) {
		/* It must outlive the exchange, whose buffer it is in. */
		memcpy(ask->all->buf, msg, (size_t)len);
		take_answer(ask, &h, ask->all->buf, (size_t)len);
		return;
	}
	give_up_on(ask);
	fail_over(ask);
}

/* False when there is no way to: then the guest gets what there is. */
static bool ask_again_by_tcp(struct ul_dns_ask *ask)
{
	struct ul_dns_asks *all = ask->all;
	const struct ul_dns_server *s = asked(ask);

	if (!ask->wants_all || !s || all->exchanges >= UL_DNS_EXCHANGES)
		return false;
	ul_watch_close(all->conf.loop, &ask->watch);
	if (ul_dns_exchange_new(&ask->exchange, all->conf.loop, &s->at,
				ask->msg, ask->len, on_exchanged, ask) < 0)
		return false;
	all->exchanges++;
	all->stats.by_tcp++;
	set_timer(ask, UL_DNS_TRY_US);
	return true;
}

/* A datagram from the upstream. Returns whether @ask goes on reading. */
static bool take_datagram(struct ul_dns_ask *ask, uint8_t *msg, size_t len)
{
	struct ul_dns_head h;

	if (ul_dns_head_parse(&h, msg, len) < 0 ||
	    !is_answer_to(ask, &h, msg, len)) {
		ask->all->stats.ignored++;
		return true;
	}
	if (h.flags & UL_DNS_TC && ask_again_by_tcp(ask)) {
		heard_from(ask);
		return false;
	}
	take_answer(ask, &h, msg, len);
	return false;
}

static void on_readable(uint32_t events, void *arg)
{
	struct ul_dns_ask *ask = arg;
	struct ul_dns_asks *all = ask->all;

	for (int i = 0; i < READS_PER_EVENT; i++) {
		ssize_t n = recv(ask->watch.fd, all->buf, sizeof(all->buf), 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			avoid(ask);
			give_up_on(ask);
			fail_over(ask);
			return;
		}
		if (!take_datagram(ask, all->buf, (size_t)n))
			return;
	}
}

struct ul_dns_asks *ul_dns_asks_new(const struct ul_dns_asks_conf *conf)
{
	struct ul_dns_asks *all = g_new0(struct ul_dns_asks, 1);

	all->conf = *conf;
	ul_list_init(&all->in_flight);
	ul_list_init(&all->spare);
	return all;
}

static struct ul_dns_ask *take_spare(struct ul_dns_asks *all)
{
	struct ul_list *n = ul_list_first(&all->spare);

	if (!n)
		return g_try_new(struct ul_dns_ask, 1);
	ul_list_remove(n);
	all->spare_count--;
	return ul_container_of(n, struct ul_dns_ask, node);
}

void ul_dns_asks_free(struct ul_dns_asks *all)
{
	struct ul_list *n;

	if (!all)
		return;
	while ((n = ul_list_first(&all->in_flight)) != NULL)
		ul_dns_ask_cancel(ul_container_of(n, struct ul_dns_ask, node));
	while (all->spare_count)
		g_free(take_spare(all));
	g_free(all);
}

struct ul_dns_ask *ul_dns_ask_new(struct ul_dns_asks *all,
				  const struct ul_dns_query *query,
				  const uint8_t *msg, size_t len)
{
	struct ul_dns_ask *ask = take_spare(all);
	struct ul_wr w;

	if (!ask)
		return NULL;
	w = ul_wr_new(ask->msg, sizeof(ask->msg));
	ul_dns_query_emit(&w, query, msg, len);
	ask->all = all;
	ask->is_plain = query->is_plain;
	ask->has_edns = query->edns.is_there;
	ask->wants_all = false;
	ask->key = query->key;
	memcpy(ask->name, query->question.name, sizeof(ask->name));
	ask->list_id = UINT_MAX;
	ask->tried = ask->hopeless = 0;
	ask->server = -1;
	ask->id = 0;
	ask->flags = query->head.flags;
	ask->question_len = query->head.question_len;
	ask->len = w.len;
	ask->exchange = NULL;
	ask->watch = (struct ul_watch){ .fd = -1 };
	ul_timer_init(&ask->timer, on_silence, ask);
	ul_list_init(&ask->node);
	ul_list_init(&ask->waiters);
	ul_list_append(&all->in_flight, &ask->node);
	all->count++;
	return ask;
}

void ul_dns_ask_start(struct ul_dns_ask *ask)
{
	ask->all->stats.asked++;
	ask->give_up_us = now_of(ask) + UL_DNS_GIVE_UP_US;
	ask_next(ask);
}

struct ul_dns_ask *ul_dns_ask_find(struct ul_dns_asks *all,
				   const struct ul_dns_query *query)
{
	struct ul_list *pos, *tmp;

	if (!query->is_plain)
		return NULL;
	ul_list_for_each_safe(pos, tmp, &all->in_flight) {
		struct ul_dns_ask *ask = ul_container_of(pos, struct ul_dns_ask,
							 node);

		if (ask->is_plain && ask->has_edns == query->edns.is_there &&
		    ul_dns_key_eq(&ask->key, &query->key))
			return ask;
	}
	return NULL;
}

size_t ul_dns_asks_count(const struct ul_dns_asks *all)
{
	return all->count;
}

const struct ul_dns_asks_stats *
ul_dns_asks_stats(const struct ul_dns_asks *all)
{
	return &all->stats;
}
