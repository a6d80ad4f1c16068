/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tap.c - a port on a tap device
 *
 * One read() or writev() per frame: the device has no batches. With a header
 * of virtio's in front of each (IFF_VNET_HDR) a frame may be a super-frame,
 * and need not have its checksum.
 *
 * Without offload and with a small MTU each frame gets a buffer of its own,
 * of the power of two that fits. Where a frame may be large it is read into a
 * large buffer, and a small one is copied on to a small buffer, so that one
 * that is kept pins little more than itself. A frame that fills its buffer
 * was cut by the kernel (somebody raised the device's MTU) and is dropped.
 *
 * A device that is down takes no frames and is no reason to give up; one that
 * was removed is.
 */
#include "link/tap.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "link/gso.h"
#include "link/txq.h"
#include "sys/tapdev.h"
#include "sys/tapoffload.h"
#include "wire/vnet.h"

#define FRAMES_PER_TURN 64
#define ALONE_MIN 8		/* such turns, to expect another */
#define ALONE_MAX 16		/* then look for a second frame again */
#define BYTES_PER_TURN (1u << 20)	/* more would leave the cache */
#define RX_POOL_MAX (64u << 20)
#define RX_RETRY_US 2000
#define ETH_ROOM 18		/* header and a VLAN tag */
#define SUPER_FRAME_MAX UINT16_MAX	/* an IP packet at most */
#define SMALL_BUF_SIZE 2048
#define TX_IOV (UL_PORT_PIECES_MAX + 1)

struct tap {
	struct ul_port port;		/* first: ops cast back */
	struct ul_loop *loop;
	struct ul_watch watch;
	struct ul_defer flush;
	struct ul_timer retry;
	struct ul_txq *txq;
	struct ul_buf_pool *pool;
	struct ul_buf_pool *small_pool;	/* NULL: those of pool are small */
	struct ul_buf *spare;		/* of pool, to read into next */
	size_t vnet_hlen;		/* 0: the device has no such header */
	bool was_refused;
	bool wants_out;			/* EPOLLOUT is on */
	bool is_paused;			/* EPOLLIN is off, the pool is used up */
	unsigned int alone;		/* turns whose only frame it was */
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

/* Take the header off: what is known of the frame. -EBADMSG when it lies. */
static int take_header(struct tap *t, struct ul_frame *frame)
{
	struct ul_rd r = ul_rd_new(frame->data, frame->len);
	struct ul_vnet h;
	struct ul_piece piece;
	struct ul_gso gso;
	int ret;

	if (!t->vnet_hlen)
		return 0;
	ret = ul_vnet_parse(&h, &r, t->vnet_hlen);
	if (ret < 0 || !r.left)
		return -EBADMSG;
	frame->data += t->vnet_hlen;
	frame->len = r.left;
	frame->offload = h.offload;
	piece = (struct ul_piece){ frame->data, frame->len, NULL };
	ret = ul_gso_check(&gso, &piece, 1, &h.offload);
	if (ret < 0 || !h.offload.gso_size)
		return ret;
	if (gso.is_tcp != (h.gso != UL_VNET_GSO_UDP) ||
	    (gso.is_tcp && gso.is_v6 != (h.gso == UL_VNET_GSO_TCP6)))
		return -EBADMSG;
	return 0;
}

/* Copy a small frame out of the large buffer that it was read into. */
static void fit_buffer(struct tap *t, struct ul_frame *frame)
{
	struct ul_buf *small;

	if (!t->small_pool || frame->len > ul_buf_pool_cap(t->small_pool))
		return;
	small = ul_buf_get(t->small_pool);
	if (!small)
		return;
	memcpy(small->data, frame->data, frame->len);
	frame->data = small->data;
	frame->buf = small;
}

static void hand_up(struct tap *t, struct ul_frame *frame)
{
	if (frame->len == frame->buf->cap || take_header(t, frame) < 0) {
		t->port.stats.rx_bad++;
		return;
	}
	fit_buffer(t, frame);
	t->port.stats.rx_frames++;
	t->port.stats.rx_bytes += frame->len;
	t->port.handler->frame(&t->port, frame, t->port.arg);
	if (frame->buf != t->spare) {
		ul_buf_unref(frame->buf);
	} else {
		ul_buf_unref(t->spare);
		t->spare = NULL;
	}
}

/* The length of the frame that was read; 0 none now; -1 the device is gone. */
static ssize_t read_frame(struct tap *t)
{
	struct ul_frame frame = { 0 };
	ssize_t n;

	if (!t->spare)
		t->spare = ul_buf_get(t->pool);
	if (!t->spare) {
		set_events(t, true, t->wants_out);
		ul_timer_set(t->loop, &t->retry,
			     ul_loop_now(t->loop) + RX_RETRY_US);
		return 0;
	}
	n = read(t->watch.fd, t->spare->data, t->spare->cap);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	frame.buf = t->spare;
	frame.data = t->spare->data;
	frame.len = (size_t)n;
	hand_up(t, &frame);
	return n;
}

/*
 * A read that finds nothing costs much of what one of a small frame does, and
 * the frame waits for it. So where frames come alone, the next is taken to be
 * alone, too. When it is not, the device wakes us again at once.
 */
static unsigned int frames_to_read(const struct tap *t)
{
	return t->alone < ALONE_MIN ? FRAMES_PER_TURN : 1;
}

static void learn(struct tap *t, unsigned int frames)
{
	if (frames != 1)
		t->alone = 0;
	else if (++t->alone == ALONE_MAX)
		t->alone = ALONE_MIN - 1;
}

static void on_readable(struct tap *t)
{
	unsigned int max = frames_to_read(t), frames = 0;
	size_t bytes = 0;
	ssize_t n = 1;

	while (frames < max && bytes < BYTES_PER_TURN) {
		n = read_frame(t);
		if (n <= 0)
			break;
		frames++;
		bytes += (size_t)n;
	}
	learn(t, frames);
	t->port.handler->batch_end(&t->port, t->port.arg);
	if (n < 0)
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

/* Say in virtio's header what the frame still needs. */
static int push(struct tap *t, const struct ul_piece *piece,
		unsigned int count, const struct ul_offload *offload)
{
	struct ul_vnet h = { 0 };
	uint8_t header[UL_VNET_HLEN];
	struct ul_wr w = ul_wr_new(header, sizeof(header));
	struct ul_gso gso;
	int ret;

	if (!t->vnet_hlen)
		return ul_txq_push(t->txq, piece, count);
	if (offload)
		h.offload = *offload;
	ret = ul_gso_check(&gso, piece, count, &h.offload);
	if (ret < 0)
		return ret;
	if (h.offload.gso_size) {
		h.hdr_len = (uint16_t)gso.hdr_len;
		h.has_cwr = gso.has_cwr;
		h.gso = !gso.is_tcp ? UL_VNET_GSO_UDP :
			gso.is_v6 ? UL_VNET_GSO_TCP6 : UL_VNET_GSO_TCP4;
	}
	ul_vnet_emit(&w, &h, t->vnet_hlen);
	return ul_txq_push_prefixed(t->txq, header, piece, count);
}

static int tap_send(struct ul_port *port, const struct ul_piece *piece,
		    unsigned int count, const struct ul_offload *offload)
{
	struct tap *t = tap_of(port);
	int ret;

	if (t->watch.fd < 0)
		return -ENOTCONN;
	ret = push(t, piece, count, offload);
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
	ul_buf_unref(t->spare);
	ul_buf_pool_free(t->pool);
	ul_buf_pool_free(t->small_pool);
	g_free(t);
}

/* The guest sees its carrier go. */
static void tap_set_link(struct ul_port *port, bool is_up)
{
	struct tap *t = tap_of(port);

	if (t->watch.fd >= 0)
		ul_tapdev_set_carrier(t->watch.fd, is_up);
}

static const struct ul_port_ops tap_ops = {
	.send = tap_send,
	.free = tap_free,
	.set_link = tap_set_link,
};

/*
 * The longest need just more than 64 KiB: they get room for that alone, or
 * what is kept of a connection's window would be charged twice.
 */
static void make_pools(struct tap *t, size_t packet_max)
{
	size_t room = t->vnet_hlen + ETH_ROOM + packet_max + 1;
	size_t size = SMALL_BUF_SIZE / 4;

	while (size < sizeof(struct ul_buf) + room)
		size *= 2;
	t->pool = size > UINT16_MAX + 1 ?
		  ul_buf_pool_new_for(room, RX_POOL_MAX) :
		  ul_buf_pool_new(size, RX_POOL_MAX);
	if (size > SMALL_BUF_SIZE)
		t->small_pool = ul_buf_pool_new(SMALL_BUF_SIZE, RX_POOL_MAX);
}

struct ul_port *ul_tap_new_vnet(struct ul_loop *loop, int take_fd,
				uint16_t mtu,
				const struct ul_tap_offload *offload,
				const struct ul_port_handler *handler,
				void *arg)
{
	struct tap *t = g_new0(struct tap, 1);

	t->port = (struct ul_port){
		.ops = &tap_ops, .handler = handler, .arg = arg,
		.can_offload = offload->vnet_hlen != 0,
		.can_uso = offload->has_uso,
	};
	t->loop = loop;
	t->watch.fd = -1;
	t->vnet_hlen = offload->vnet_hlen;
	t->txq = ul_txq_new(t->vnet_hlen);
	make_pools(t, t->vnet_hlen ? SUPER_FRAME_MAX : mtu);
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

struct ul_port *ul_tap_new(struct ul_loop *loop, int take_fd, uint16_t mtu,
			   const struct ul_port_handler *handler, void *arg)
{
	struct ul_tap_offload offload = ul_tap_offload_take(take_fd);

	return ul_tap_new_vnet(loop, take_fd, mtu, &offload, handler, arg);
}
