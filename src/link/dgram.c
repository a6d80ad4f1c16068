/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dgram.c - a port on a connected socket, one frame in each datagram
 *
 * SOCK_SEQPACKET tells when the other end closes, but an empty packet looks
 * like it: poll(2) knows. SOCK_DGRAM tells nothing until something is sent.
 */
#include "link/dgram.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"
#include "link/accept.h"
#include "link/dgram_io.h"
#include "link/quiet.h"

#define BATCHES_PER_TURN 8
#define TX_BYTES_PER_TURN (8u << 20)
#define RX_RETRY_US 2000
#define SOCKET_BUFFER (4 << 20)

struct dgram {
	struct ul_port port;		/* first: ops cast back */
	struct ul_loop *loop;
	struct ul_list sibling;		/* of the same listener */
	struct ul_watch peer;
	struct ul_defer flush;
	struct ul_timer rx_retry;
	struct ul_quiet quiet;
	struct ul_txq *txq;
	struct ul_dgram_rx rx;
	struct ul_frame_store store;
	bool was_refused;		/* has_room is owed */
	bool wants_out;			/* EPOLLOUT is on */
	bool is_paused;			/* EPOLLIN is off, the store is full */
	bool is_seqpacket;
	bool was_greeted;		/* or has sent a frame instead */
	bool has_complained;
};

static struct dgram *dgram_of(struct ul_port *port)
{
	return ul_container_of(port, struct dgram, port);
}

static void set_events(struct dgram *d, bool is_paused, bool wants_out)
{
	if (d->is_paused == is_paused && d->wants_out == wants_out)
		return;
	d->is_paused = is_paused;
	d->wants_out = wants_out;
	ul_watch_mod(d->loop, &d->peer, (is_paused ? 0u : EPOLLIN) |
					(wants_out ? EPOLLOUT : 0u));
}

static void trim(void *arg)
{
	struct dgram *d = arg;

	ul_dgram_rx_release(&d->rx);
	ul_frame_store_trim(&d->store);
	ul_txq_trim(d->txq);
}

static void detach(struct dgram *d)
{
	if (d->peer.fd < 0)
		return;
	ul_watch_close(d->loop, &d->peer);
	ul_list_remove(&d->sibling);
	ul_timer_cancel(d->loop, &d->rx_retry);
	ul_defer_cancel(d->loop, &d->flush);
	ul_quiet_fini(&d->quiet);
	ul_txq_clear(d->txq);
	d->was_refused = false;
	d->port.is_stalled = false;
	d->port.is_attached = false;
	d->port.handler->detached(&d->port, d->port.arg);
}

static void drop_bad(struct dgram *d, const struct ul_dgram *in)
{
	d->port.stats.rx_bad++;
	if (d->has_complained)
		return;
	d->has_complained = true;
	ul_log(WARN, "dgram", "dropped a datagram that was %s; no more is said of this guest's",
	       in->is_cut ? "too long for a frame" : "empty");
}

static void hand_up(struct dgram *d, const struct ul_dgram *in)
{
	struct ul_frame frame;

	if (in->is_cut || !in->len ||
	    ul_frame_store_put(&d->store, in->data, in->len, &frame) < 0) {
		drop_bad(d, in);
		return;
	}
	d->port.stats.rx_frames++;
	d->port.stats.rx_bytes += frame.len;
	d->port.handler->frame(&d->port, &frame, d->port.arg);
}

/* 1 there may be more to read; 0 not now; -1 the guest is gone. */
static int read_batch(struct dgram *d)
{
	int n;

	if (!ul_frame_store_has_room(&d->store)) {
		set_events(d, true, d->wants_out);
		ul_timer_set(d->loop, &d->rx_retry,
			     ul_loop_now(d->loop) + RX_RETRY_US);
		return 0;
	}
	n = ul_dgram_receive(&d->rx, d->peer.fd);
	if (n < 0)
		return n == -ENOBUFS || n == -ENOMEM ? 0 : -1;
	for (int i = 0; i < n; i++) {
		const struct ul_dgram *in = &d->rx.in[i];
		bool is_greeting = !d->was_greeted && ul_dgram_is_greeting(in);

		if (!in->len && d->is_seqpacket &&
		    ul_accept_is_gone(d->peer.fd))
			return -1;
		d->was_greeted = true;
		if (!is_greeting)
			hand_up(d, in);
	}
	return n == UL_DGRAM_BATCH;
}

static void on_readable(struct dgram *d)
{
	int ret = 1;

	ul_quiet_touch(&d->quiet);
	for (int i = 0; i < BATCHES_PER_TURN && ret > 0; i++)
		ret = read_batch(d);
	d->port.handler->batch_end(&d->port, d->port.arg);
	if (ret < 0)
		detach(d);
}

static void on_rx_retry(int64_t now_us, void *arg)
{
	struct dgram *d = arg;

	set_events(d, false, d->wants_out);
}

/* Write what is queued; the rest when the socket takes more. */
static void flush(void *arg)
{
	struct dgram *d = arg;
	size_t sent = 0;
	int ret = ul_dgram_send(d->txq, d->peer.fd, NULL, 0,
				TX_BYTES_PER_TURN, &sent);

	if (ret < 0) {
		detach(d);
		return;
	}
	set_events(d, d->is_paused, !ul_txq_is_empty(d->txq));
	d->port.is_stalled = !ret;
	if (d->was_refused && ul_txq_has_room(d->txq)) {
		d->was_refused = false;
		d->port.handler->has_room(&d->port, d->port.arg);
	}
}

static void on_peer(uint32_t events, void *arg)
{
	struct dgram *d = arg;

	if (events & EPOLLOUT)
		flush(d);
	if (d->peer.fd < 0 || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	/* A hang-up would wake us until there is room to read it. */
	if (d->is_paused)
		detach(d);
	else
		on_readable(d);
}

static int dgram_send(struct ul_port *port, const struct ul_piece *piece,
		      unsigned int count, const struct ul_offload *offload)
{
	struct dgram *d = dgram_of(port);
	int ret;

	if (d->peer.fd < 0)
		return -ENOTCONN;
	ret = ul_txq_push(d->txq, piece, count);
	if (ret == -ENOBUFS) {
		d->was_refused = true;
		port->stats.tx_refused++;
	}
	if (ret < 0)
		return ret;
	port->stats.tx_frames++;
	port->stats.tx_bytes += ul_pieces_len(piece, count);
	ul_quiet_touch(&d->quiet);
	if (!d->wants_out)
		ul_defer_schedule(d->loop, &d->flush);
	return 0;
}

static void dgram_free(struct ul_port *port)
{
	struct dgram *d = dgram_of(port);
	size_t sent = 0;

	/* The last frames are resets: what the socket takes at once goes. */
	if (d->peer.fd >= 0)
		ul_dgram_send(d->txq, d->peer.fd, NULL, 0, TX_BYTES_PER_TURN,
			      &sent);
	ul_watch_close(d->loop, &d->peer);
	ul_list_remove(&d->sibling);
	ul_timer_cancel(d->loop, &d->rx_retry);
	ul_defer_cancel(d->loop, &d->flush);
	ul_quiet_fini(&d->quiet);
	ul_txq_free(d->txq);
	ul_dgram_rx_release(&d->rx);
	ul_frame_store_fini(&d->store);
	g_free(d);
}

static const struct ul_port_ops dgram_ops = {
	.send = dgram_send,
	.free = dgram_free,
};

static bool is_seqpacket(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) &&
	       type == SOCK_SEQPACKET;
}

struct ul_port *ul_dgram_new(struct ul_loop *loop, int take_fd,
			     const struct ul_port_handler *handler, void *arg)
{
	struct dgram *d = g_new0(struct dgram, 1);
	int size = SOCKET_BUFFER;

	d->port = (struct ul_port){
		.ops = &dgram_ops, .handler = handler, .arg = arg,
	};
	d->loop = loop;
	d->peer.fd = -1;
	d->is_seqpacket = is_seqpacket(take_fd);
	d->txq = ul_txq_new(0);
	ul_frame_store_init(&d->store);
	ul_list_init(&d->sibling);
	ul_timer_init(&d->rx_retry, on_rx_retry, d);
	ul_defer_init(&d->flush, UL_DEFER_FLUSH, flush, d);
	ul_quiet_init(&d->quiet, loop, trim, d);
	setsockopt(take_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(take_fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (ul_watch_add(loop, &d->peer, take_fd, EPOLLIN, on_peer, d) < 0) {
		close(take_fd);
		ul_port_free(&d->port);
		return NULL;
	}
	d->port.is_attached = true;
	return &d->port;
}

static struct ul_port *make(struct ul_loop *loop, int take_fd,
			    struct ul_list *siblings)
{
	struct ul_port *port = ul_dgram_new(loop, take_fd, NULL, NULL);

	if (port)
		ul_list_append(siblings, &dgram_of(port)->sibling);
	return port;
}

static void reap(struct ul_list *siblings)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, siblings) {
		struct dgram *d = ul_container_of(n, struct dgram, sibling);

		if (ul_accept_is_gone(d->peer.fd))
			detach(d);
	}
}

static const struct ul_accept_kind accept_kind = {
	.name = "seqpacket", .make = make, .reap = reap,
};

struct ul_listener *
ul_seqpacket_listener_new(struct ul_loop *loop, int take_fd,
			  const struct ul_allow *allow,
			  const struct ul_listener_handler *handler, void *arg)
{
	return ul_accept_new(loop, take_fd, &accept_kind, allow, handler, arg);
}
