/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tap.c - a port on a tap device
 *
 * One read() or writev() per frame: the device has no batches. Each frame
 * gets a buffer of its own, of the power of two that fits the MTU, so that a
 * kept frame pins little more than itself. A frame that fills its buffer was
 * cut by the kernel (somebody raised the device's MTU) and is dropped.
 *
 * A device that is down takes no frames and is no reason to give up; one that
 * was removed is.
 */
#include "link/tap.h"

#include <errno.h>
#include <unistd.h>

#include <glib.h>

#include "link/txq.h"

#define FRAMES_PER_TURN 64
#define RX_POOL_MAX (64u << 20)
#define RX_RETRY_US 2000
#define ETH_ROOM 18		/* header and a VLAN tag */
#define TX_IOV (UL_PORT_PIECES_MAX + 1)

struct tap {
	struct ul_port port;		/* first: ops cast back */
	struct ul_loop *loop;
	struct ul_watch watch;
	struct ul_defer flush;
	struct ul_timer retry;
	struct ul_txq *txq;
	struct ul_buf_pool *pool;
	bool was_refused;
	bool wants_out;			/* EPOLLOUT is on */
	bool is_paused;			/* EPOLLIN is off, the pool is used up */
};

static struct tap *tap_of(struct ul_port *port)
{
	return ul_container_of(port, struct tap, port);
}

static void set_events(struct tap *t, bool is_paused, bool wants_out)
{
	if (t->is_paused == is_paused && t->wants_out == wants_out)
		return;
	t->is_paused = is_paused;
	t->wants_out = wants_out;
	ul_watch_mod(t->loop, &t->watch, (is_paused ? 0u : EPOLLIN) |
					 (wants_out ? EPOLLOUT : 0u));
}

static void detach(struct tap *t)
{
	if (t->watch.fd < 0)
		return;
	ul_watch_close(t->loop, &t->watch);
	ul_timer_cancel(t->loop, &t->retry);
	ul_defer_cancel(t->loop, &t->flush);
	ul_txq_clear(t->txq);
	t->was_refused = false;
	t->port.is_attached = false;
	t->port.handler->detached(&t->port, t->port.arg);
}

static void hand_up(struct tap *t, struct ul_buf *buf, size_t len)
{
	struct ul_frame frame = { .data = buf->data, .len = len, .buf = buf };

	if (len == buf->cap) {
		t->port.stats.rx_bad++;
		return;
	}
	t->port.stats.rx_frames++;
	t->port.stats.rx_bytes += len;
	t->port.handler->frame(&t->port, &frame, t->port.arg);
}

/* 1 a frame was read; 0 none now; -1 the device is gone. */
static int read_frame(struct tap *t)
{
	struct ul_buf *buf = ul_buf_get(t->pool);
	ssize_t n;

	if (!buf) {
		set_events(t, true, t->wants_out);
		ul_timer_set(t->loop, &t->retry,
			     ul_loop_now(t->loop) + RX_RETRY_US);
		return 0;
	}
	n = read(t->watch.fd, buf->data, buf->cap);
	if (n <= 0) {
		bool is_gone = n == 0 || (errno != EAGAIN && errno != EINTR);

		ul_buf_unref(buf);
		return is_gone ? -1 : 0;
	}
	hand_up(t, buf, (size_t)n);
	ul_buf_unref(buf);
	return 1;
}

static void on_readable(struct tap *t)
{
	int ret = 1;

	for (int i = 0; i < FRAMES_PER_TURN && ret > 0; i++)
		ret = read_frame(t);
	t->port.handler->batch_end(&t->port, t->port.arg);
	if (ret < 0)
		detach(t);
}

static void on_retry(int64_t now_us, void *arg)
{
	struct tap *t = arg;

	set_events(t, false, t->wants_out);
}

/*
 * Write what is queued; 0 or -errno. A device that is down refuses with EIO:
 * the frame is dropped, as a cable without a machine at its end would. EBADFD
 * means that there is no device.
 */
static int write_all(struct tap *t)
{
	while (!ul_txq_is_empty(t->txq)) {
		struct iovec iov[TX_IOV];
		unsigned int count = ul_txq_peek_frame(t->txq, 0, iov, TX_IOV);
		ssize_t n = writev(t->watch.fd, iov, (int)count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EBADFD))
			return -errno;
		ul_txq_pop(t->txq);
	}
	return 0;
}

static void flush(void *arg)
{
	struct tap *t = arg;
	int ret = write_all(t);

	if (ret == -EAGAIN) {
		set_events(t, t->is_paused, true);
		return;
	}
	if (ret < 0) {
		detach(t);
		return;
	}
	set_events(t, t->is_paused, false);
	if (t->was_refused) {
		t->was_refused = false;
		t->port.handler->has_room(&t->port, t->port.arg);
	}
}

static void on_event(uint32_t events, void *arg)
{
	struct tap *t = arg;

	if (events & EPOLLOUT)
		flush(t);
	if (t->watch.fd < 0 || !(events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
		return;
	/* An error would wake us until there is a buffer to see it with. */
	if (t->is_paused)
		detach(t);
	else
		on_readable(t);
}

static int tap_send(struct ul_port *port, const struct ul_piece *piece,
		    unsigned int count, const struct ul_offload *offload)
{
	struct tap *t = tap_of(port);
	int ret;

	if (t->watch.fd < 0)
		return -ENOTCONN;
	ret = ul_txq_push(t->txq, piece, count);
	if (ret == -ENOBUFS) {
		t->was_refused = true;
		port->stats.tx_refused++;
	}
	if (ret < 0)
		return ret;
	port->stats.tx_frames++;
	port->stats.tx_bytes += ul_pieces_len(piece, count);
	if (!t->wants_out)
		ul_defer_schedule(t->loop, &t->flush);
	return 0;
}

static void tap_free(struct ul_port *port)
{
	struct tap *t = tap_of(port);

	/* The last frames are resets: what the device takes at once. */
	if (t->watch.fd >= 0)
		write_all(t);
	ul_watch_close(t->loop, &t->watch);
	ul_timer_cancel(t->loop, &t->retry);
	ul_defer_cancel(t->loop, &t->flush);
	ul_txq_free(t->txq);
	ul_buf_pool_free(t->pool);
	g_free(t);
}

static const struct ul_port_ops tap_ops = {
	.send = tap_send,
	.free = tap_free,
};

static size_t buffer_size(uint16_t mtu)
{
	size_t need = sizeof(struct ul_buf) + mtu + ETH_ROOM + 1;
	size_t size = 512;

	while (size < need)
		size *= 2;
	return size;
}

struct ul_port *ul_tap_new(struct ul_loop *loop, int take_fd, uint16_t mtu,
			   const struct ul_port_handler *handler, void *arg)
{
	struct tap *t = g_new0(struct tap, 1);

	t->port = (struct ul_port){
		.ops = &tap_ops, .handler = handler, .arg = arg,
	};
	t->loop = loop;
	t->watch.fd = -1;
	t->txq = ul_txq_new(0);
	t->pool = ul_buf_pool_new(buffer_size(mtu), RX_POOL_MAX);
	ul_timer_init(&t->retry, on_retry, t);
	ul_defer_init(&t->flush, UL_DEFER_FLUSH, flush, t);
	if (ul_watch_add(loop, &t->watch, take_fd, EPOLLIN, on_event, t) < 0) {
		close(take_fd);
		ul_port_free(&t->port);
		return NULL;
	}
	t->port.is_attached = true;
	return &t->port;
}
