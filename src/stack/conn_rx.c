/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn_rx.c - data from the guest that the host has not taken yet
 *
 * A received segment enters lwIP as a pbuf that references the frame's own
 * buffer; what lwIP delivers is queued here and goes to the host's socket
 * from there, without a copy. What the socket does not take in the same turn
 * would pin a whole frame buffer: when it is less than a quarter of that
 * buffer, or the budget of the connection is used up, or the port's buffers
 * run low, it is copied into compact buffers, which hold nothing but data.
 * Pinned memory is charged to connection and network either way; out-of-order
 * segments have their own right-sized copy from the start, since lwIP keeps
 * their headers too.
 */
#include <string.h>

#include <glib.h>

#include "stack/priv.h"

#define KEEP_FRACTION 4		/* of its buffer that a kept piece must fill */

static void charge(struct ul_rx *rx, size_t bytes)
{
	struct ul_conn *conn = rx->conn;

	rx->charge += bytes;
	rx->stack->pinned += bytes;
	if (!conn)
		return;
	conn->charged += bytes;
	if (conn->budget)
		conn->budget->pinned += bytes;
}

static void rx_free(struct ul_rx *rx)
{
	charge(rx, -rx->charge);
	ul_buf_unref(rx->buf);
	g_free(rx);
}

/* lwIP dropped its last reference before the piece was queued. */
static void on_pbuf_free(struct pbuf *p)
{
	rx_free((struct ul_rx *)p);
}

static struct ul_rx *rx_new(struct ul_stack *stack, struct ul_conn *conn,
			    size_t own_len)
{
	struct ul_rx *rx = g_try_malloc(sizeof(*rx) + own_len);

	if (!rx)
		return NULL;
	memset(rx, 0, sizeof(*rx));
	rx->stack = stack;
	rx->conn = conn;
	rx->pc.custom_free_function = on_pbuf_free;
	return rx;
}

struct ul_rx *ul_rx_new_ref(struct ul_stack *stack, struct ul_conn *conn,
			    uint8_t *data, size_t len, struct ul_buf *buf)
{
	struct ul_rx *rx = rx_new(stack, conn, 0);

	if (!rx)
		return NULL;
	rx->buf = ul_buf_ref(buf);
	pbuf_alloced_custom(PBUF_RAW, (u16_t)len, PBUF_REF, &rx->pc, data,
			    (u16_t)len);
	return rx;
}

struct ul_rx *ul_rx_new_copy(struct ul_stack *stack, struct ul_conn *conn,
			     const uint8_t *data, size_t len)
{
	struct ul_rx *rx = rx_new(stack, conn, len);

	if (!rx)
		return NULL;
	memcpy(rx->own, data, len);
	charge(rx, sizeof(*rx) + len);
	pbuf_alloced_custom(PBUF_RAW, (u16_t)len, PBUF_REF, &rx->pc, rx->own,
			    (u16_t)len);
	return rx;
}

static void push(struct ul_conn *conn, struct ul_rx *rx)
{
	rx->next = NULL;
	if (conn->rx_last)
		conn->rx_last->next = rx;
	else
		conn->rx_first = rx;
	conn->rx_last = rx;
	if (!conn->rx_new)
		conn->rx_new = rx;
}

/* lwIP delivers a chain of our pbufs: take it apart, piece by piece. */
void ul_rx_append(struct ul_conn *conn, struct pbuf *p)
{
	while (p) {
		struct ul_rx *rx = (struct ul_rx *)p;
		struct pbuf *next = p->next;

		if (!p->len) {
			p->next = NULL;
			p->tot_len = 0;
			pbuf_free(p);
			p = next;
			continue;
		}
		rx->data = p->payload;
		rx->len = p->len;
		conn->rx_len += rx->len;
		push(conn, rx);
		p = next;
	}
}

unsigned int ul_conn_peek(struct ul_conn *conn, struct iovec *iov,
			  unsigned int max, size_t *bytes)
{
	unsigned int n = 0;

	*bytes = 0;
	for (struct ul_rx *rx = conn->rx_first; rx && n < max; rx = rx->next) {
		iov[n++] = (struct iovec){ (void *)rx->data, rx->len };
		*bytes += rx->len;
	}
	return n;
}

size_t ul_conn_unread(const struct ul_conn *conn)
{
	return conn->rx_len;
}

size_t ul_conn_pinned(const struct ul_conn *conn)
{
	return conn->pinned;
}

static void pop(struct ul_conn *conn)
{
	struct ul_rx *rx = conn->rx_first;

	conn->rx_first = rx->next;
	if (!rx->next)
		conn->rx_last = NULL;
	if (conn->rx_new == rx)
		conn->rx_new = rx->next;
	if (rx->buf)
		conn->pinned -= rx->charge;
	rx_free(rx);
}

static void take(struct ul_conn *conn, size_t len)
{
	conn->rx_len -= len;
	while (len) {
		struct ul_rx *rx = conn->rx_first;

		if (len < rx->len) {
			rx->data += len;
			rx->len -= len;
			return;
		}
		len -= rx->len;
		pop(conn);
	}
}

void ul_rx_clear(struct ul_conn *conn)
{
	while (conn->rx_first)
		pop(conn);
	conn->rx_len = 0;
}

static bool guest_is_over(const struct ul_conn *conn)
{
	const struct ul_stack *stack = conn->stack;
	const struct ul_budget *b = conn->budget;
	bool network_is_over = stack->pinned > stack->conf.pinned_bytes_max;

	if (!b)
		return network_is_over;
	return b->pinned > b->pinned_max ||
	       (network_is_over && b->pinned > b->pinned_fair);
}

bool ul_rx_is_over(const struct ul_conn *conn)
{
	return conn->pinned > conn->stack->conf.conn_pinned_max ||
	       guest_is_over(conn);
}

/*
 * Give consumed bytes back to the guest's window. While the guest is over
 * its budget the window stays closed: the rest is owed and given later.
 */
static void open_window(struct ul_conn *conn)
{
	struct ul_stack *stack = conn->stack;

	if (!conn->window_owed || !conn->pcb || conn->is_time_wait ||
	    guest_is_over(conn))
		return;
	ul_stack_enter(stack, conn->pcb);
	while (conn->window_owed) {
		size_t n = MIN(conn->window_owed, UINT16_MAX);

		tcp_recved(conn->pcb, (u16_t)n);
		conn->window_owed -= n;
	}
	ul_stack_leave(stack, &conn->pcb);
}

/*
 * The guest is told at once when its window at least doubles or gains a
 * quarter. lwIP avoids silly windows: rcv_ann_wnd moves by an MSS or not.
 */
static bool window_update_is_due(const struct ul_conn *conn)
{
	const struct tcp_pcb *pcb = conn->pcb;
	uint32_t announced = pcb->rcv_ann_right_edge - pcb->rcv_nxt;

	return pcb->rcv_ann_wnd > announced &&
	       (pcb->rcv_ann_wnd >= 2 * announced ||
		pcb->rcv_ann_wnd - announced >= TCP_WND / 4);
}

void ul_conn_consume(struct ul_conn *conn, size_t len)
{
	take(conn, len);
	conn->window_owed += len;
}

/* It is kept for @conn, which knows of it. */
static void keep(struct ul_rx *rx, size_t bytes)
{
	charge(rx, bytes);
	rx->conn->pinned += bytes;
}

static struct ul_rx *compact_new(struct ul_conn *conn)
{
	struct ul_rx *rx = rx_new(conn->stack, conn, 0);

	if (!rx)
		return NULL;
	rx->buf = ul_buf_get(conn->stack->compact_pool);
	if (!rx->buf) {
		g_free(rx);
		return NULL;
	}
	rx->data = rx->buf->data;
	rx->is_compact = true;
	keep(rx, UL_COMPACT_BUF_SIZE);
	return rx;
}

/* Copy @from's bytes to the end of @tail; how many fitted. */
static size_t compact_fill(struct ul_rx *tail, const uint8_t *data, size_t len)
{
	uint8_t *end = (uint8_t *)tail->data + tail->len;
	size_t room = (size_t)(tail->buf->data + tail->buf->cap - end);
	size_t n = MIN(len, room);

	memcpy(end, data, n);
	tail->len += n;
	return n;
}

/* Move @rx, which is on no list, into compact pieces. False: no memory. */
static bool compact(struct ul_conn *conn, struct ul_rx *rx)
{
	while (rx->len) {
		struct ul_rx *tail = conn->rx_last;
		size_t n;

		if (!tail || !tail->is_compact ||
		    tail->data + tail->len == tail->buf->data + tail->buf->cap) {
			tail = compact_new(conn);
			if (!tail)
				return false;
			push(conn, tail);
		}
		n = compact_fill(tail, rx->data, rx->len);
		rx->data += n;
		rx->len -= n;
	}
	return true;
}

/*
 * Half of a port's buffers stay free to receive with: when stalled
 * connections keep them all, the acknowledgements and the other connections
 * of the guest have no way in.
 */
static bool is_scarce(const struct ul_buf *buf)
{
	return ul_buf_pool_in_use(buf->pool) > ul_buf_pool_max(buf->pool) / 2;
}

static bool may_keep(const struct ul_conn *conn, const struct ul_rx *rx)
{
	if (!rx->buf)		/* its own right-sized copy */
		return rx->len * KEEP_FRACTION >= rx->charge;
	return rx->len * KEEP_FRACTION >= rx->buf->cap && !is_scarce(rx->buf) &&
	       conn->pinned + rx->buf->cap <= conn->stack->conf.conn_pinned_max;
}

/* Copy or charge what arrived in this batch and was not taken. */
static void settle_new(struct ul_conn *conn)
{
	struct ul_rx *rx = conn->rx_new;
	struct ul_rx *prev = NULL;

	if (!rx)
		return;
	/* Cut the new pieces off the queue, then push them back. */
	if (conn->rx_first == rx) {
		conn->rx_first = conn->rx_last = NULL;
	} else {
		for (prev = conn->rx_first; prev->next != rx;
		     prev = prev->next)
			;
		prev->next = NULL;
		conn->rx_last = prev;
	}
	while (rx) {
		struct ul_rx *next = rx->next;

		if (!may_keep(conn, rx) && compact(conn, rx)) {
			rx_free(rx);
		} else {
			if (rx->buf)
				keep(rx, rx->buf->cap);
			push(conn, rx);
		}
		rx = next;
	}
	conn->rx_new = NULL;
}

/*
 * What was left out for a budget is sent again when the guest's own timer
 * says so, seconds later perhaps: an acknowledgement with a window, as soon
 * as there is room, lets it go on at once.
 */
static bool must_remind(struct ul_conn *conn)
{
	if (!conn->owes_update || ul_rx_is_over(conn))
		return false;
	conn->owes_update = false;
	conn->ack_waits = false;
	return true;
}

void ul_conn_ack(struct ul_conn *conn)
{
	struct ul_stack *stack = conn->stack;

	if (!conn->ack_due || !conn->pcb || conn->is_time_wait)
		return;
	ul_bulk_waited(conn);
	ul_bulk_acked(conn);
	ul_stack_enter(stack, conn->pcb);
	tcp_ack_now(conn->pcb);
	tcp_output(conn->pcb);
	conn->is_held |= stack->output_failed;
	ul_stack_leave(stack, &conn->pcb);
}

void ul_conn_settle(struct ul_conn *conn)
{
	bool is_urgent;

	settle_new(conn);
	open_window(conn);
	is_urgent = must_remind(conn);
	if (!conn->pcb || conn->is_time_wait)
		return;
	is_urgent |= window_update_is_due(conn);
	conn->ack_due |= is_urgent;
	conn->ack_rests = conn->ack_due && !is_urgent && !conn->ack_waits &&
			  ul_bulk_may_wait(conn);
	if (is_urgent || (!conn->ack_rests && !conn->ack_waits))
		ul_conn_ack(conn);
}
