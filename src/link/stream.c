/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream.c - a port on a stream socket with QEMU's framing
 *
 * Receiving: one recv() fills a buffer with many frames, which are handed up
 * in place. Whoever keeps a frame references its buffer; a buffer that
 * somebody kept is left to them and a fresh one taken, one that nobody kept
 * is used again from its start. The incomplete frame at the end moves to the
 * front of the next buffer, unless it can be completed where it is. That copy
 * would be half of all bytes with frames of 64 KiB, so of a large frame only
 * the rest and the length of the next are read: then four bytes move.
 *
 * Sending: frames are queued during the turn and leave in one sendmsg() at
 * its end. A half-written frame is always finished first (txq).
 *
 * When every buffer is kept by someone, reading pauses and a timer looks
 * again: the guest then feels the back-pressure of its socket. So does one
 * that floods beyond the switch's limit: to read on only to drop would take
 * the time of all others, and what may pass leaves in few, large batches.
 *
 * A guest without KVM sends fast, but frame by frame, and would wake us for
 * each. At such rates the socket is looked at every 200 us instead, and finds
 * several. Slower guests, whose questions wait for answers, are read at once;
 * faster ones leave several for each wake as it is, and would fill the
 * socket's buffer.
 *
 * A port lives once: when its guest is gone it is over.
 *
 * The handler may send in any of its calls, but not free the port there.
 */
#include "link/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"
#include "link/accept.h"
#include "link/quiet.h"
#include "link/txq.h"
#include "wire/qframe.h"

#define RX_BUF_SIZE (128u << 10)
#define RX_POOL_MAX (64u << 20)
#define RX_BYTES_PER_TURN (256u << 10)
#define RX_ROOM_MIN (RX_BUF_SIZE / 4)	/* for frames that are not large */
#define RX_LARGE_FRAME (16u << 10)
#define RX_RETRY_US 2000
#define RX_STORM_US 20000
#define NAP_US 200
#define NAP_BELOW RX_BUF_SIZE		/* who finds more has enough */
#define RATE_US 1000			/* the rate is looked at so often */
#define RATE_MIN 100			/* bytes in a microsecond, to nap */
#define RATE_MAX 400
#define TX_IOV 512
#define TX_BYTES_PER_TURN (8u << 20)
#define SOCKET_BUFFER (4 << 20)

struct stream {
	struct ul_port port;		/* first: ops cast back */
	struct ul_loop *loop;
	struct ul_list sibling;		/* of the same listener */
	void (*over)(void *arg);	/* NULL: nobody wants to know */
	void *over_arg;
	struct ul_watch peer;
	struct ul_defer flush;
	struct ul_timer rx_retry;
	struct ul_quiet quiet;
	struct ul_txq *txq;
	struct ul_buf_pool *pool;
	struct ul_buf *rx;		/* NULL until something was read */
	size_t rx_start, rx_end;	/* unparsed bytes */
	bool was_refused;		/* has_room is owed */
	bool wants_out;			/* EPOLLOUT is on */
	bool is_paused;			/* EPOLLIN is off, the timer looks again */
	bool naps;			/* for the rate alone: it may be read */
	bool is_steady;			/* it sends at a rate to nap at */
	int64_t counted_us;		/* since when */
	size_t counted;			/* bytes were received */
	struct ul_log_limit log_limit;
};

static struct stream *stream_of(struct ul_port *port)
{
	return ul_container_of(port, struct stream, port);
}

static void set_events(struct stream *s, bool is_paused, bool wants_out)
{
	if (s->is_paused == is_paused && s->wants_out == wants_out)
		return;
	s->is_paused = is_paused;
	s->wants_out = wants_out;
	ul_watch_mod(s->loop, &s->peer, (is_paused ? 0u : EPOLLIN) |
					(wants_out ? EPOLLOUT : 0u));
}

static void tell_over(struct stream *s)
{
	void (*over)(void *arg) = s->over;

	s->over = NULL;
	if (over)
		over(s->over_arg);
}

/* A guest that is quiet costs no buffer, unless it stopped in a frame. */
static void trim(void *arg)
{
	struct stream *s = arg;

	if (s->rx_start == s->rx_end) {
		ul_buf_unref(s->rx);
		s->rx = NULL;
		s->rx_start = s->rx_end = 0;
	}
	ul_buf_pool_trim(s->pool, 0);
	ul_txq_trim(s->txq);
}

static void detach(struct stream *s)
{
	if (s->peer.fd < 0)
		return;
	ul_watch_close(s->loop, &s->peer);
	ul_list_remove(&s->sibling);
	ul_timer_cancel(s->loop, &s->rx_retry);
	ul_defer_cancel(s->loop, &s->flush);
	ul_quiet_fini(&s->quiet);
	ul_txq_clear(s->txq);
	ul_buf_unref(s->rx);
	s->rx = NULL;
	s->rx_start = s->rx_end = 0;
	s->was_refused = false;
	s->port.is_stalled = false;
	s->port.is_attached = false;
	tell_over(s);
	s->port.handler->detached(&s->port, s->port.arg);
}

/* The length of the frame at the front, 0 while not even that is there. */
static size_t frame_wanted(const struct stream *s)
{
	struct ul_rd r = ul_rd_new(s->rx->data + s->rx_start,
				   s->rx_end - s->rx_start);

	return ul_qframe_wanted(&r);
}

/* Can reading go on behind the unparsed bytes, where they are? */
static bool has_room_behind(const struct stream *s)
{
	size_t wanted = frame_wanted(s);

	if (s->rx_start + wanted > s->rx->cap)
		return false;
	return wanted >= RX_LARGE_FRAME ||
	       s->rx->cap - s->rx_end >= RX_ROOM_MIN;
}

/*
 * Make room behind the unparsed bytes, moving them to the front: of this
 * buffer when nobody else holds it, else of a fresh one. -ENOBUFS when the
 * pool has none.
 */
static int make_room(struct stream *s)
{
	size_t unparsed = s->rx_end - s->rx_start;
	struct ul_buf *fresh;

	if (s->rx && !unparsed && s->rx->refs == 1)
		s->rx_start = s->rx_end = 0;
	if (s->rx && has_room_behind(s))
		return 0;
	if (s->rx && s->rx->refs == 1) {
		memmove(s->rx->data, s->rx->data + s->rx_start, unparsed);
	} else {
		fresh = ul_buf_get(s->pool);
		if (!fresh)
			return -ENOBUFS;
		if (unparsed)
			memcpy(fresh->data, s->rx->data + s->rx_start,
			       unparsed);
		ul_buf_unref(s->rx);
		s->rx = fresh;
	}
	s->rx_start = 0;
	s->rx_end = unparsed;
	return 0;
}

/* How much to read: of a large frame the rest and the next one's length. */
static size_t bytes_to_read(const struct stream *s)
{
	size_t room = s->rx->cap - s->rx_end;
	size_t wanted = frame_wanted(s);
	size_t rest;

	if (wanted < RX_LARGE_FRAME)
		return room;
	rest = s->rx_start + wanted + UL_QFRAME_HLEN - s->rx_end;
	return rest < room ? rest : room;
}

/* Hand up whole frames. False when the guest's framing is broken. */
static bool parse_frames(struct stream *s)
{
	struct ul_buf *buf = ul_buf_ref(s->rx);
	struct ul_rd r = ul_rd_new(buf->data + s->rx_start,
				   s->rx_end - s->rx_start);
	const uint8_t *data;
	size_t len;
	int ret;

	while ((ret = ul_qframe_next(&r, &data, &len)) == 1) {
		struct ul_frame frame = {
			.data = (uint8_t *)data, .len = len, .buf = buf,
		};

		s->rx_start = s->rx_end - r.left;
		s->port.stats.rx_frames++;
		s->port.stats.rx_bytes += len;
		s->port.handler->frame(&s->port, &frame, s->port.arg);
	}
	ul_buf_unref(buf);
	return ret == 0;
}

static void pause_reading(struct stream *s, int64_t us)
{
	s->naps = false;
	set_events(s, true, s->wants_out);
	ul_timer_set(s->loop, &s->rx_retry, ul_loop_now(s->loop) + us);
}

/* 1 there may be more to read; 0 not now; -1 the guest is gone or broken. */
static int read_some(struct stream *s, size_t *budget)
{
	size_t asked;
	ssize_t n;

	if (make_room(s) < 0) {
		pause_reading(s, RX_RETRY_US);
		return 0;
	}
	asked = bytes_to_read(s);
	n = recv(s->peer.fd, s->rx->data + s->rx_end, asked, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	s->rx_end += (size_t)n;
	*budget -= (size_t)n < *budget ? (size_t)n : *budget;
	if (!parse_frames(s)) {
		s->port.stats.rx_bad++;
		ul_log_limited(&s->log_limit, ul_loop_now(s->loop),
			       UL_LOG_WARN, "stream",
			       "guest sent a frame length of 0 or above %u: disconnected",
			       UL_QFRAME_MAX);
		return -1;
	}
	if (s->port.has_stormed) {
		s->port.has_stormed = false;
		pause_reading(s, RX_STORM_US);
		return 0;
	}
	/* A short read emptied the socket. */
	return (size_t)n == asked;
}

/* Is it time to look again, and not before? @len bytes came just now. */
static bool must_nap(struct stream *s, size_t len)
{
	int64_t now = ul_loop_now(s->loop);
	int64_t took = now - s->counted_us;

	if (took >= RATE_US) {
		int64_t rate = (int64_t)s->counted / took;

		s->is_steady = rate >= RATE_MIN && rate <= RATE_MAX;
		s->counted_us = now;
		s->counted = 0;
	}
	s->counted += len;
	return s->is_steady && len && len < NAP_BELOW;
}

/* The socket is empty for now: read on when there is more, or after a nap. */
static void await_more(struct stream *s, size_t len)
{
	if (must_nap(s, len)) {
		pause_reading(s, NAP_US);
		s->naps = true;
	} else {
		s->naps = false;
		set_events(s, false, s->wants_out);
	}
}

static void on_readable(struct stream *s)
{
	size_t budget = RX_BYTES_PER_TURN;
	int ret;

	ul_timer_cancel(s->loop, &s->rx_retry);
	ul_quiet_touch(&s->quiet);
	do
		ret = read_some(s, &budget);
	while (ret > 0 && budget);
	s->port.handler->batch_end(&s->port, s->port.arg);
	if (ret < 0)
		detach(s);
	else if (!ul_timer_is_armed(&s->rx_retry))	/* no pause is due */
		await_more(s, RX_BYTES_PER_TURN - budget);
}

static void on_rx_retry(int64_t now_us, void *arg)
{
	struct stream *s = arg;

	if (s->naps)
		on_readable(s);
	else
		set_events(s, false, s->wants_out);
}

/* 1 all that was asked was written; 0 the socket is full; -1 it is gone. */
static int write_some(struct stream *s, size_t *sent)
{
	struct iovec iov[TX_IOV];
	struct msghdr msg = { .msg_iov = iov };
	size_t asked = 0;
	ssize_t n;

	msg.msg_iovlen = ul_txq_peek(s->txq, iov, TX_IOV);
	for (size_t i = 0; i < msg.msg_iovlen; i++)
		asked += iov[i].iov_len;
	do
		n = sendmsg(s->peer.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	/* Out of memory is no reason to lose a guest that cannot come back. */
	if (n < 0)
		return errno == EAGAIN || errno == ENOBUFS ||
		       errno == ENOMEM ? 0 : -1;
	ul_txq_consume(s->txq, (size_t)n);
	*sent += (size_t)n;
	return (size_t)n == asked;
}

/* Write what is queued; the rest when the socket takes more. */
static void flush(void *arg)
{
	struct stream *s = arg;
	size_t sent = 0;
	int ret = 1;

	while (ret > 0 && sent < TX_BYTES_PER_TURN && !ul_txq_is_empty(s->txq))
		ret = write_some(s, &sent);
	if (ret < 0) {
		detach(s);
		return;
	}
	set_events(s, s->is_paused, !ul_txq_is_empty(s->txq));
	s->port.is_stalled = !ret;
	if (s->was_refused && ul_txq_has_room(s->txq)) {
		s->was_refused = false;
		s->port.handler->has_room(&s->port, s->port.arg);
	}
}

static void on_peer(uint32_t events, void *arg)
{
	struct stream *s = arg;

	if (events & EPOLLOUT)
		flush(s);
	if (s->peer.fd < 0 || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	/* A hang-up would wake us until there is a buffer to read it with. */
	if (s->is_paused && !s->naps)
		detach(s);
	else
		on_readable(s);
}

static int stream_send(struct ul_port *port, const struct ul_piece *piece,
		       unsigned int count, const struct ul_offload *offload)
{
	struct stream *s = stream_of(port);
	int ret;

	if (s->peer.fd < 0)
		return -ENOTCONN;
	ret = ul_txq_push(s->txq, piece, count);
	if (ret == -ENOBUFS) {
		s->was_refused = true;
		port->stats.tx_refused++;
	}
	if (ret < 0)
		return ret;
	port->stats.tx_frames++;
	port->stats.tx_bytes += ul_pieces_len(piece, count);
	ul_quiet_touch(&s->quiet);
	if (!s->wants_out)
		ul_defer_schedule(s->loop, &s->flush);
	return 0;
}

/* The last frames are resets: what the socket takes at once still goes. */
static void write_rest(struct stream *s)
{
	size_t sent = 0;

	if (s->peer.fd < 0)
		return;
	while (!ul_txq_is_empty(s->txq) && write_some(s, &sent) > 0)
		;
}

static void stream_free(struct ul_port *port)
{
	struct stream *s = stream_of(port);

	write_rest(s);
	tell_over(s);
	ul_watch_close(s->loop, &s->peer);
	ul_list_remove(&s->sibling);
	ul_timer_cancel(s->loop, &s->rx_retry);
	ul_defer_cancel(s->loop, &s->flush);
	ul_quiet_fini(&s->quiet);
	ul_txq_free(s->txq);
	ul_buf_unref(s->rx);
	ul_buf_pool_free(s->pool);
	g_free(s);
}

static const struct ul_port_ops stream_ops = {
	.send = stream_send,
	.free = stream_free,
};

struct ul_port *ul_stream_new(struct ul_loop *loop, int take_fd,
			      const struct ul_port_handler *handler, void *arg)
{
	struct stream *s = g_new0(struct stream, 1);
	int size = SOCKET_BUFFER;

	s->port = (struct ul_port){
		.ops = &stream_ops, .handler = handler, .arg = arg,
	};
	s->loop = loop;
	s->peer.fd = -1;
	s->txq = ul_txq_new(UL_QFRAME_HLEN);
	s->pool = ul_buf_pool_new(RX_BUF_SIZE, RX_POOL_MAX);
	ul_list_init(&s->sibling);
	ul_timer_init(&s->rx_retry, on_rx_retry, s);
	ul_defer_init(&s->flush, UL_DEFER_FLUSH, flush, s);
	ul_quiet_init(&s->quiet, loop, trim, s);
	setsockopt(take_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(take_fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (ul_watch_add(loop, &s->peer, take_fd, EPOLLIN, on_peer, s) < 0) {
		close(take_fd);
		ul_port_free(&s->port);
		return NULL;
	}
	s->port.is_attached = true;
	return &s->port;
}

void ul_stream_on_over(struct ul_port *port, void (*fn)(void *arg), void *arg)
{
	struct stream *s = stream_of(port);

	s->over = fn;
	s->over_arg = arg;
}

static struct ul_port *make(struct ul_loop *loop, int take_fd,
			    struct ul_list *siblings)
{
	struct ul_port *port = ul_stream_new(loop, take_fd, NULL, NULL);

	if (port)
		ul_list_append(siblings, &stream_of(port)->sibling);
	return port;
}

static void reap(struct ul_list *siblings)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, siblings) {
		struct stream *s = ul_container_of(n, struct stream, sibling);

		if (ul_accept_is_gone(s->peer.fd))
			detach(s);
	}
}

static const struct ul_accept_kind accept_kind = {
	.name = "stream", .make = make, .reap = reap,
};

struct ul_listener *
ul_stream_listener_new(struct ul_loop *loop, int take_fd,
		       const struct ul_allow *allow,
		       const struct ul_listener_handler *handler, void *arg)
{
	return ul_accept_new(loop, take_fd, &accept_kind, allow, handler, arg);
}
