/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * callport.c - a port without a descriptor: its owner hands frames over
 *
 * The guest's frames are copied one behind the other into large buffers,
 * where those who keep a part of one reference it. A buffer that nobody kept
 * is filled again from its start.
 *
 * Neither putting nor taking a frame calls anybody: the owner may do both
 * while it is called itself.
 */
#include "link/callport.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/list.h"
#include "link/txq.h"

#define RX_BUF_SIZE (128u << 10)
#define RX_POOL_MAX (64u << 20)
#define ALIGN 16u		/* of the frame; its IP header is 2 off */
#define PARTS_MAX (UL_PORT_PIECES_MAX + 1)

struct waiting {
	struct ul_buf *buf;
	uint32_t start, len;
};

struct callport {
	struct ul_port port;		/* first: ops cast back */
	struct ul_buf_pool *pool;
	struct ul_buf *rx;		/* being filled; NULL: none */
	size_t rx_used;
	struct waiting waiting[UL_CALLPORT_FRAMES];
	unsigned int waiting_count;
	struct ul_txq *txq;
	bool was_refused;		/* has_room is owed */
};

static struct callport *callport_of(const struct ul_port *port)
{
	return ul_container_of((struct ul_port *)port, struct callport, port);
}

/* Room for a frame of @len bytes: the buffer that is filled, or a fresh one. */
static struct ul_buf *make_room(struct callport *c, size_t len)
{
	if (c->rx && c->rx->refs == 1)
		c->rx_used = 0;
	if (c->rx && c->rx->cap - c->rx_used >= len)
		return c->rx;
	ul_buf_unref(c->rx);
	c->rx = ul_buf_get(c->pool);
	c->rx_used = 0;
	return c->rx;
}

int ul_callport_put(struct ul_port *port, const uint8_t *frame, size_t len)
{
	struct callport *c = callport_of(port);
	size_t step = (len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	struct ul_buf *buf;

	if (!len || len > UL_FRAME_MAX)
		return -EMSGSIZE;
	if (c->waiting_count == UL_CALLPORT_FRAMES)
		return -ENOBUFS;
	buf = make_room(c, step);
	if (!buf)
		return -ENOBUFS;
	memcpy(buf->data + c->rx_used, frame, len);
	c->waiting[c->waiting_count++] = (struct waiting){
		ul_buf_ref(buf), (uint32_t)c->rx_used, (uint32_t)len,
	};
	c->rx_used += step;
	return 0;
}

unsigned int ul_callport_waiting(const struct ul_port *port)
{
	return callport_of(port)->waiting_count;
}

void ul_callport_run(struct ul_port *port)
{
	struct callport *c = callport_of(port);
	unsigned int count = c->waiting_count;

	if (!count)
		return;
	for (unsigned int i = 0; i < count; i++) {
		struct waiting *w = &c->waiting[i];
		struct ul_frame frame = {
			.data = w->buf->data + w->start, .len = w->len,
			.buf = w->buf,
		};

		port->stats.rx_frames++;
		port->stats.rx_bytes += w->len;
		port->handler->frame(port, &frame, port->arg);
		ul_buf_unref(w->buf);
	}
	c->waiting_count = 0;
	port->handler->batch_end(port, port->arg);
}

static int callport_send(struct ul_port *port, const struct ul_piece *piece,
			 unsigned int count, const struct ul_offload *offload)
{
	struct callport *c = callport_of(port);
	int ret = -EMSGSIZE;

	if (ul_pieces_len(piece, count) <= port->frame_max)
		ret = ul_txq_push_prefixed(c->txq, NULL, piece, count);
	if (!ret) {
		port->stats.tx_frames++;
		port->stats.tx_bytes += ul_pieces_len(piece, count);
	} else if (ret == -ENOBUFS) {
		port->stats.tx_refused++;
		c->was_refused = true;
	}
	return ret;
}

bool ul_callport_has_output(const struct ul_port *port)
{
	return !ul_txq_is_empty(callport_of(port)->txq);
}

size_t ul_callport_take(struct ul_port *port, uint8_t *out)
{
	struct callport *c = callport_of(port);
	struct iovec iov[PARTS_MAX];
	unsigned int count = ul_txq_peek_frame(c->txq, 0, iov, PARTS_MAX);
	size_t len = 0;

	for (unsigned int i = 0; i < count; i++) {
		memcpy(out + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	if (count)
		ul_txq_pop(c->txq);
	return len;
}

bool ul_callport_owes_room(const struct ul_port *port)
{
	const struct callport *c = callport_of(port);

	return c->was_refused && ul_txq_has_room(c->txq);
}

void ul_callport_resume(struct ul_port *port)
{
	struct callport *c = callport_of(port);

	if (!ul_callport_owes_room(port))
		return;
	c->was_refused = false;
	port->handler->has_room(port, port->arg);
}

void ul_callport_trim(struct ul_port *port)
{
	struct callport *c = callport_of(port);

	if (!c->waiting_count) {
		ul_buf_unref(c->rx);
		c->rx = NULL;
	}
	ul_buf_pool_trim(c->pool, 0);
	ul_txq_trim(c->txq);
}

static void callport_free(struct ul_port *port)
{
	struct callport *c = callport_of(port);

	for (unsigned int i = 0; i < c->waiting_count; i++)
		ul_buf_unref(c->waiting[i].buf);
	ul_buf_unref(c->rx);
	ul_txq_free(c->txq);
	ul_buf_pool_free(c->pool);
	g_free(c);
}

static const struct ul_port_ops callport_ops = {
	.send = callport_send, .free = callport_free,
};

struct ul_port *ul_callport_new(size_t frame_max)
{
	struct callport *c = g_new0(struct callport, 1);

	c->port.ops = &callport_ops;
	c->port.is_attached = true;
	c->port.frame_max = frame_max;
	c->pool = ul_buf_pool_new(RX_BUF_SIZE, RX_POOL_MAX);
	c->txq = ul_txq_new(0);
	return &c->port;
}
