/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dgram_listener.c - ports that share one bound socket of datagrams
 *
 * Each address that sends is a guest. The answers to it leave through a
 * socket of its own, connected to its address: so the kernel counts what it
 * has not read against nobody else, and tells when it takes more. A guest
 * that has connected its socket to ours takes datagrams from ours only
 * (EPERM); what such guests have not read fills one send buffer together.
 * Therefore each of them may have a share of it until it is heard of again,
 * and a timer tries again.
 *
 * Nothing tells when a guest is gone. Sending to it fails, and when it was
 * silent for a while a connect() to its address shows whether a socket is
 * still there. A greeting from one that has spoken before is a successor.
 *
 * The socket stays while there are ports, the listener gone or not.
 */
#include "link/dgram.h"

#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <glib.h>

#include "base/hash.h"
#include "base/htab.h"
#include "base/log.h"
#include "link/accept.h"
#include "link/dgram_io.h"
#include "link/quiet.h"

#define BATCHES_PER_TURN 8
#define TX_BYTES_PER_TURN (8u << 20)
#define SOCKET_BUFFER (4 << 20)
#define SHARES 8			/* of the common send buffer */
#define RETRY_MIN_US 1000
#define RETRY_MAX_US 32000
#define PROBE_US 30000000ll
#define REAP_US 1000000ll		/* at most so often on refusals */

struct hall {				/* where the guests come in */
	struct ul_listener listener;	/* first: ops cast back */
	struct ul_loop *loop;
	struct ul_watch watch;
	struct ul_timer probe;
	struct ul_quiet quiet;
	struct ul_dgram_rx rx;
	struct ul_allow allow;
	struct ul_hash_key key;
	struct ul_htab by_addr;
	struct ul_list peers;
	size_t attached, ports;		/* the latter not freed yet */
	size_t share;
	int64_t reaped_us;
	bool is_closed;			/* the listener was freed */
	struct ul_log_limit log_limit;
};

struct peer {
	struct ul_port port;		/* first: ops cast back */
	struct hall *hall;
	struct ul_hnode node;
	struct ul_list sibling;
	struct sockaddr_un addr;
	socklen_t addr_len;
	uid_t uid;
	struct ul_watch out;		/* fd -1: the common socket */
	bool wants_out;			/* EPOLLOUT is on */
	struct ul_defer flush;
	struct ul_timer retry;
	int64_t retry_us;
	struct ul_quiet quiet;
	struct ul_txq *txq;
	struct ul_frame_store store;
	bool was_refused;		/* has_room is owed */
	bool has_spoken;
	bool has_complained;
	int64_t heard_us;
	size_t unheard;			/* cost of what was sent since */
};

static struct peer *peer_of(struct ul_port *port)
{
	return ul_container_of(port, struct peer, port);
}

/* An address for the log: an abstract one with @ in front. */
static const char *name_of(const struct sockaddr_un *addr, socklen_t len,
			   char text[sizeof(addr->sun_path) + 1])
{
	size_t n = len - offsetof(struct sockaddr_un, sun_path);

	memcpy(text, addr->sun_path, n);
	text[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (text[i] && (text[i] < ' ' || text[i] > '~'))
			text[i] = '?';
	if (!text[0])
		text[0] = '@';
	return text;
}

#define log_refusal(h, ...) \
	ul_log_limited(&(h)->log_limit, ul_loop_now((h)->loop), UL_LOG_WARN, \
		       "dgram", __VA_ARGS__)

static void hall_release(struct hall *h)
{
	if (h->ports || !h->is_closed)
		return;
	ul_watch_close(h->loop, &h->watch);
	ul_timer_cancel(h->loop, &h->probe);
	ul_quiet_fini(&h->quiet);
	ul_dgram_rx_release(&h->rx);
	ul_htab_fini(&h->by_addr);
	ul_allow_fini(&h->allow);
	g_free(h);
}

static void detach(struct peer *p)
{
	struct hall *h = p->hall;

	if (!p->port.is_attached)
		return;
	ul_watch_close(h->loop, &p->out);
	ul_htab_remove(&h->by_addr, &p->node);
	ul_list_remove(&p->sibling);
	ul_timer_cancel(h->loop, &p->retry);
	ul_defer_cancel(h->loop, &p->flush);
	ul_quiet_fini(&p->quiet);
	ul_txq_clear(p->txq);
	h->attached--;
	p->was_refused = false;
	p->port.is_stalled = false;
	p->port.is_attached = false;
	if (p->port.handler)
		p->port.handler->detached(&p->port, p->port.arg);
}

/* ---- to a guest ---- */

/* How much may be sent to one who shares our socket with others. */
static size_t share_left(struct peer *p)
{
	int unread;

	if (p->unheard && !ioctl(p->hall->watch.fd, SIOCOUTQ, &unread) &&
	    !unread)
		p->unheard = 0;
	return p->unheard < p->hall->share ? p->hall->share - p->unheard : 0;
}

static int send_shared(struct peer *p)
{
	size_t sent = 0;
	size_t room = share_left(p);
	int ret;

	/* One frame may go over the share, and then none. */
	ret = room ? ul_dgram_send(p->txq, p->hall->watch.fd, &p->addr,
				   p->addr_len, room, &sent) : 0;
	p->unheard += sent;
	if (sent)
		p->retry_us = RETRY_MIN_US;
	return ret;
}

static int send_own(struct peer *p)
{
	size_t sent = 0;
	int ret = ul_dgram_send(p->txq, p->out.fd, NULL, 0, TX_BYTES_PER_TURN,
				&sent);

	/* It has connected its socket to ours now. */
	if (ret != -EPERM)
		return ret;
	ul_watch_close(p->hall->loop, &p->out);
	return send_shared(p);
}

static void await_room(struct peer *p, bool must_wait)
{
	struct ul_loop *loop = p->hall->loop;

	if (p->out.fd >= 0 && p->wants_out != must_wait) {
		p->wants_out = must_wait;
		ul_watch_mod(loop, &p->out, must_wait ? EPOLLOUT : 0);
	}
	if (p->out.fd >= 0 || !must_wait)
		return;
	ul_timer_set(loop, &p->retry, ul_loop_now(loop) + p->retry_us);
	p->retry_us = p->retry_us < RETRY_MAX_US ? p->retry_us * 2 :
						  RETRY_MAX_US;
}

static void flush(void *arg)
{
	struct peer *p = arg;
	int ret = p->out.fd >= 0 ? send_own(p) : send_shared(p);

	if (ret < 0) {
		detach(p);
		return;
	}
	p->port.is_stalled = !ret;
	await_room(p, !ret);
	if (p->was_refused && ul_txq_has_room(p->txq)) {
		p->was_refused = false;
		p->port.handler->has_room(&p->port, p->port.arg);
	}
}

static void on_retry(int64_t now_us, void *arg)
{
	flush(arg);
}

/* Room, or an error that sending tells too. */
static void on_out(uint32_t events, void *arg)
{
	struct peer *p = arg;
	int err;
	socklen_t len = sizeof(err);

	if (events & EPOLLERR)
		getsockopt(p->out.fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (events & EPOLLHUP)
		detach(p);
	else
		flush(p);
}

static int peer_send(struct ul_port *port, const struct ul_piece *piece,
		     unsigned int count, const struct ul_offload *offload)
{
	struct peer *p = peer_of(port);
	int ret;

	if (!port->is_attached)
		return -ENOTCONN;
	ret = ul_txq_push(p->txq, piece, count);
	if (ret == -ENOBUFS) {
		p->was_refused = true;
		port->stats.tx_refused++;
	}
	if (ret < 0)
		return ret;
	port->stats.tx_frames++;
	port->stats.tx_bytes += ul_pieces_len(piece, count);
	ul_quiet_touch(&p->quiet);
	if (!port->is_stalled)
		ul_defer_schedule(p->hall->loop, &p->flush);
	return 0;
}

static void peer_free(struct ul_port *port)
{
	struct peer *p = peer_of(port);
	struct hall *h = p->hall;

	/* The last frames are resets: what the socket takes at once goes. */
	if (port->is_attached) {
		if (!ul_txq_is_empty(p->txq))
			p->out.fd >= 0 ? send_own(p) : send_shared(p);
		port->handler = NULL;
		detach(p);
	}
	ul_txq_free(p->txq);
	ul_frame_store_fini(&p->store);
	g_free(p);
	h->ports--;
	hall_release(h);
}

static const struct ul_port_ops peer_ops = {
	.send = peer_send,
	.free = peer_free,
};

static void trim_peer(void *arg)
{
	struct peer *p = arg;

	ul_frame_store_trim(&p->store);
	ul_txq_trim(p->txq);
}

/* ---- who is there ---- */

static uint64_t hash_of(const struct hall *h, const struct sockaddr_un *addr,
			socklen_t len)
{
	return ul_hash(&h->key, addr, len);
}

static struct peer *find(const struct hall *h, const struct ul_dgram *in)
{
	uint64_t hash = hash_of(h, in->from, in->from_len);
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&h->by_addr, hash, n)) != NULL) {
		struct peer *p = ul_container_of(n, struct peer, node);

		if (p->addr_len == in->from_len &&
		    !memcmp(&p->addr, in->from, in->from_len))
			return p;
	}
	return NULL;
}

/*
 * A socket connected to @addr: the descriptor, or -errno; -EPERM when who is
 * there takes datagrams from one socket only.
 */
static int connect_to(const struct sockaddr_un *addr, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int size = SOCKET_BUFFER;
	int err;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)addr, len) < 0) {
		err = errno;
		close(fd);
		return -err;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return fd;
}

static bool is_gone(const struct peer *p)
{
	int fd = connect_to(&p->addr, p->addr_len);

	if (fd >= 0)
		close(fd);
	return fd == -ECONNREFUSED || fd == -ENOENT || fd == -EPROTOTYPE;
}

static void reap(struct hall *h, int64_t silent_us)
{
	int64_t now = ul_loop_now(h->loop);
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &h->peers) {
		struct peer *p = ul_container_of(n, struct peer, sibling);

		if (now - p->heard_us >= silent_us && is_gone(p))
			detach(p);
	}
}

static void arm_probe(struct hall *h)
{
	if (h->attached && !ul_timer_is_armed(&h->probe))
		ul_timer_set(h->loop, &h->probe,
			     ul_loop_now(h->loop) + PROBE_US);
}

static void on_probe(int64_t now_us, void *arg)
{
	struct hall *h = arg;

	reap(h, PROBE_US);
	arm_probe(h);
}

/* ---- from a guest ---- */

static bool is_welcome(struct hall *h, const struct ul_dgram *in)
{
	char text[sizeof(in->from->sun_path) + 1];
	const char *why = "";

	if (!in->has_cred || !ul_allow_has(&h->allow, &in->cred)) {
		log_refusal(h, "refused %s of uid %u: uid %u, root and those listed may attach",
			    name_of(in->from, in->from_len, text),
			    in->has_cred ? in->cred.uid : (uid_t)-1,
			    geteuid());
		return false;
	}
	if (h->attached >= UL_DGRAM_PEERS_MAX)
		why = "the socket has as many guests as it may";
	else if (h->listener.handler->may_attach(&why, h->listener.arg))
		return true;
	log_refusal(h, "refused a guest at %s: %s",
		    name_of(in->from, in->from_len, text), why);
	return false;
}

static void peer_init(struct peer *p, struct hall *h,
		      const struct ul_dgram *in)
{
	p->port.ops = &peer_ops;
	p->hall = h;
	memcpy(&p->addr, in->from, in->from_len);
	p->addr_len = in->from_len;
	p->uid = in->cred.uid;
	p->out.fd = -1;
	p->retry_us = RETRY_MIN_US;
	p->txq = ul_txq_new(0);
	ul_frame_store_init(&p->store);
	ul_timer_init(&p->retry, on_retry, p);
	ul_defer_init(&p->flush, UL_DEFER_FLUSH, flush, p);
	ul_quiet_init(&p->quiet, h->loop, trim_peer, p);
	p->node.hash = hash_of(h, &p->addr, p->addr_len);
	ul_htab_insert(&h->by_addr, &p->node);
	ul_list_append(&h->peers, &p->sibling);
	h->attached++;
	h->ports++;
	p->port.is_attached = true;
}

/* The guest that @in is from, as the owner left it; NULL when refused. */
static struct peer *welcome(struct hall *h, const struct ul_dgram *in)
{
	char text[sizeof(in->from->sun_path) + 1];
	struct peer *p;
	int fd;

	if (!is_welcome(h, in))
		return NULL;
	fd = connect_to(in->from, in->from_len);
	if (fd < 0 && fd != -EPERM) {
		log_refusal(h, "refused a guest at %s: it cannot be answered: %s",
			    name_of(in->from, in->from_len, text),
			    strerror(-fd));
		return NULL;
	}
	p = g_new0(struct peer, 1);
	peer_init(p, h, in);
	if (fd >= 0 && ul_watch_add(h->loop, &p->out, fd, 0, on_out, p) < 0)
		close(fd);	/* then by the common socket */
	h->listener.handler->attached(&p->port, h->listener.arg);
	arm_probe(h);
	return find(h, in);
}

/* Whose datagram @in is; NULL when nobody's that may be here. */
static struct peer *sender_of(struct hall *h, const struct ul_dgram *in)
{
	struct peer *p;

	if (in->from_len <= offsetof(struct sockaddr_un, sun_path)) {
		if (!h->is_closed)
			log_refusal(h, "ignored a datagram without a sender's address: bind the guest's socket to one");
		return NULL;
	}
	p = find(h, in);
	/* An abstract name may have gone to somebody else. */
	if (p && ((p->has_spoken && ul_dgram_is_greeting(in)) ||
		  !in->has_cred || in->cred.uid != p->uid)) {
		detach(p);
		p = NULL;
	}
	if (p || h->is_closed)
		return p;
	if (ul_loop_now(h->loop) - h->reaped_us >= REAP_US) {
		h->reaped_us = ul_loop_now(h->loop);
		reap(h, 0);
	}
	return welcome(h, in);
}

static void drop_bad(struct peer *p, const struct ul_dgram *in)
{
	char text[sizeof(p->addr.sun_path) + 1];

	p->port.stats.rx_bad++;
	if (p->has_complained)
		return;
	p->has_complained = true;
	ul_log(WARN, "dgram", "dropped a datagram of %s: %s; no more is said of this guest's",
	       name_of(&p->addr, p->addr_len, text),
	       in->is_cut ? "too long for a frame" :
	       in->len ? "its frames take all of their memory" : "empty");
}

static void hear(struct peer *p, const struct ul_dgram *in)
{
	bool is_greeting = !p->has_spoken && ul_dgram_is_greeting(in);
	struct ul_frame frame;

	p->heard_us = ul_loop_now(p->hall->loop);
	p->unheard = 0;
	p->has_spoken = true;
	ul_quiet_touch(&p->quiet);
	if (p->port.is_stalled && p->out.fd < 0)
		ul_defer_schedule(p->hall->loop, &p->flush);
	if (is_greeting)
		return;
	if (in->is_cut || !in->len ||
	    ul_frame_store_put(&p->store, in->data, in->len, &frame) < 0) {
		drop_bad(p, in);
		return;
	}
	p->port.stats.rx_frames++;
	p->port.stats.rx_bytes += frame.len;
	p->port.handler->frame(&p->port, &frame, p->port.arg);
}

/* Each port that had frames is told once that they end. */
static void end_batch(struct peer **heard, int count)
{
	for (int i = 0; i < count; i++) {
		struct peer *p = heard[i];

		for (int k = i; k < count; k++)
			if (heard[k] == p)
				heard[k] = NULL;
		if (p && p->port.is_attached)
			p->port.handler->batch_end(&p->port, p->port.arg);
	}
}

static void on_readable(uint32_t events, void *arg)
{
	struct hall *h = arg;
	int n = UL_DGRAM_BATCH;

	ul_quiet_touch(&h->quiet);
	for (int b = 0; b < BATCHES_PER_TURN && n == UL_DGRAM_BATCH; b++) {
		struct peer *heard[UL_DGRAM_BATCH];

		n = ul_dgram_receive(&h->rx, h->watch.fd);
		for (int i = 0; i < n; i++) {
			heard[i] = sender_of(h, &h->rx.in[i]);
			if (heard[i])
				hear(heard[i], &h->rx.in[i]);
		}
		end_batch(heard, n);
	}
}

static void trim_hall(void *arg)
{
	struct hall *h = arg;

	ul_dgram_rx_release(&h->rx);
}

static void hall_free(struct ul_listener *listener)
{
	struct hall *h = ul_container_of(listener, struct hall, listener);

	h->is_closed = true;
	hall_release(h);
}

static const struct ul_listener_ops hall_ops = { .free = hall_free };

/* Its send buffer is as large as may be; everyone gets a share. */
static void size_buffers(struct hall *h, int fd)
{
	int size = SOCKET_BUFFER, on = 1;
	socklen_t len = sizeof(size);

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &len) < 0)
		size = 0;
	h->share = (size_t)size / SHARES;
}

struct ul_listener *
ul_dgram_listener_new(struct ul_loop *loop, int take_fd,
		      const struct ul_allow *allow,
		      const struct ul_listener_handler *handler, void *arg)
{
	struct hall *h = g_new0(struct hall, 1);

	h->listener = (struct ul_listener){
		.ops = &hall_ops, .handler = handler, .arg = arg,
	};
	h->loop = loop;
	h->watch.fd = -1;
	h->reaped_us = -REAP_US;
	h->rx.wants_cred = true;
	ul_allow_copy(&h->allow, allow);
	ul_hash_key_random(&h->key);
	ul_htab_init(&h->by_addr);
	ul_list_init(&h->peers);
	ul_timer_init(&h->probe, on_probe, h);
	ul_quiet_init(&h->quiet, loop, trim_hall, h);
	size_buffers(h, take_fd);
	if (ul_watch_add(loop, &h->watch, take_fd, EPOLLIN, on_readable, h)) {
		close(take_fd);
		hall_free(&h->listener);
		return NULL;
	}
	return &h->listener;
}
