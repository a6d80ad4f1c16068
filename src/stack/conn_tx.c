/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn_tx.c - data for the guest that it has not acknowledged yet
 *
 * The host's socket is read straight into buffers, tcp_write() references
 * them, and frames that are queued at a port hold references of their own:
 * nothing is copied, and nothing that a frame still needs can go away. A
 * buffer leaves when its last byte is acknowledged, so an idle connection
 * holds none. What a connection may have unacknowledged starts at 256 KiB
 * and doubles each time a reader was turned away and the guest then kept up.
 */
#include <string.h>

#include <glib.h>

#include "stack/priv.h"

#define TX_CAP_START (256u << 10)
/*
 * lwIP walks its list of unacknowledged segments: with small segments more
 * bytes in flight cost more than they bring.
 */
#define TX_CAP_SMALL_MSS (512u << 10)
#define TX_CAP_LARGE_MSS (4u << 20)
#define LARGE_MSS 8192

static size_t cap_max(const struct ul_conn *conn)
{
	return conn->pcb->mss >= LARGE_MSS ? TX_CAP_LARGE_MSS :
					     TX_CAP_SMALL_MSS;
}

/* May the guest hold one more buffer? */
static bool may_grow(const struct ul_conn *conn)
{
	const struct ul_stack *stack = conn->stack;
	size_t all = ul_buf_pool_in_use(stack->send_pool) + UL_SEND_BUF_SIZE;
	bool network_is_over = all > stack->conf.send_bytes_max;
	const struct ul_budget *b = conn->budget;
	size_t own;

	if (!b)
		return !network_is_over;
	own = b->send + UL_SEND_BUF_SIZE;
	return own <= b->send_max && (!network_is_over || own <= b->send_fair);
}

static void charge(struct ul_conn *conn, size_t sign)
{
	conn->tx_bufs += sign;
	if (conn->budget)
		conn->budget->send += sign * UL_SEND_BUF_SIZE;
}

static struct ul_tx *tx_new(struct ul_conn *conn)
{
	struct ul_buf *buf = may_grow(conn) ?
			     ul_buf_get(conn->stack->send_pool) : NULL;
	struct ul_tx *tx;

	if (!buf)
		return NULL;
	tx = g_new0(struct ul_tx, 1);
	tx->buf = buf;
	charge(conn, 1);
	return tx;
}

static void tx_free(struct ul_conn *conn, struct ul_tx *tx)
{
	charge(conn, (size_t)-1);
	ul_buf_unref(tx->buf);
	g_free(tx);
}

static void push(struct ul_conn *conn, struct ul_tx *tx)
{
	if (conn->tx_last)
		conn->tx_last->next = tx;
	else
		conn->tx_first = tx;
	conn->tx_last = tx;
}

/* Buffers behind the one that is being filled are empty reserves. */
static struct ul_tx *filling(struct ul_conn *conn)
{
	struct ul_tx *tx = conn->tx_first;

	while (tx && tx->end == tx->buf->cap)
		tx = tx->next;
	return tx;
}

unsigned int ul_conn_reserve(struct ul_conn *conn, struct iovec *iov,
			     unsigned int max, size_t want, bool *over_budget)
{
	struct ul_tx *tx;
	unsigned int n = 0;

	*over_budget = false;
	if (!conn->pcb || conn->fin_wanted)
		return 0;
	if (!conn->tx_cap)
		conn->tx_cap = TX_CAP_START;
	if (conn->tx_len >= conn->tx_cap) {
		conn->tx_capped = true;
		return 0;
	}
	want = MIN(want, conn->tx_cap - conn->tx_len);
	tx = filling(conn);
	while (want && n < max) {
		size_t room;

		if (!tx) {
			tx = tx_new(conn);
			if (!tx)
				break;
			push(conn, tx);
		}
		room = MIN(want, tx->buf->cap - tx->end);
		iov[n++] = (struct iovec){ tx->buf->data + tx->end, room };
		want -= room;
		tx = tx->next;
	}
	*over_budget = n == 0;
	conn->stack->stats.over_send += *over_budget;
	if (conn->budget)
		conn->budget->over_send += *over_budget;
	return n;
}

static void drop_reserves(struct ul_conn *conn)
{
	struct ul_tx **link = &conn->tx_first;

	conn->tx_last = NULL;
	while (*link && (*link)->end) {
		conn->tx_last = *link;
		link = &(*link)->next;
	}
	while (*link) {
		struct ul_tx *tx = *link;

		*link = tx->next;
		tx_free(conn, tx);
	}
}

/*
 * lwIP cuts segments to half of the largest window that the guest has shown,
 * or to a whole MSS while that is nothing, and asserts that the segments it
 * has cut before are not longer. So the limit must never shrink.
 */
static void floor_window_seen(struct tcp_pcb *pcb)
{
	pcb->snd_wnd_max = MAX(pcb->snd_wnd_max, 2 * UL_MSS_MIN);
}

/*
 * Give filled bytes to lwIP. Its queue may be full of tiny segments; the rest
 * is given when acknowledgements make room.
 */
void ul_tx_write(struct ul_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;

	if (!conn->has_tx_seq) {
		conn->has_tx_seq = true;
		conn->tx_seq = pcb->snd_lbb;
	}
	floor_window_seen(pcb);
	for (struct ul_tx *tx = conn->tx_first; tx; tx = tx->next) {
		while (tx->queued < tx->end) {
			size_t n = MIN(tx->end - tx->queued, UINT16_MAX);
			bool is_last = !tx->next && tx->queued + n == tx->end;

			if (n > pcb->snd_buf)
				return;
			if (tcp_write(pcb, tx->buf->data + tx->queued,
				      (u16_t)n,
				      is_last ? 0 : TCP_WRITE_FLAG_MORE) !=
			    ERR_OK)
				return;
			tx->queued += n;
		}
	}
	/*
	 * On a segment of its own: lwIP would set the FIN on unsent data and
	 * leave it on the first part when a small window cuts that in two.
	 */
	if (conn->fin_wanted && !conn->fin_queued && !pcb->unsent &&
	    tcp_shutdown(pcb, 0, 1) == ERR_OK)
		conn->fin_queued = true;
}

static void write_and_send(struct ul_conn *conn)
{
	struct ul_stack *stack = conn->stack;

	ul_stack_enter(stack, conn->pcb);
	ul_ack_answered(conn);
	ul_tx_write(conn);
	tcp_output(conn->pcb);
	ul_super_fit_window(conn);
	ul_loss_after_output(conn);
	conn->is_held |= stack->output_failed;
	if (!(conn->pcb->flags & (TF_ACK_NOW | TF_ACK_DELAY)))
		ul_bulk_acked(conn);	/* it went with the data */
	ul_stack_leave(stack, &conn->pcb);
}

void ul_conn_commit(struct ul_conn *conn, size_t len)
{
	struct ul_tx *tx = filling(conn);

	conn->tx_len += len;
	for (size_t left = len; left; tx = tx->next) {
		size_t n = MIN(left, tx->buf->cap - tx->end);

		tx->end += n;
		left -= n;
	}
	drop_reserves(conn);
	if (len && conn->pcb)
		write_and_send(conn);
}

size_t ul_conn_unacked(const struct ul_conn *conn)
{
	return conn->tx_len;
}

/* The guest acknowledged the first @len bytes. */
void ul_tx_acked(struct ul_conn *conn, size_t len)
{
	/* The acknowledgement of a FIN counts as a byte in lwIP. */
	len = MIN(len, conn->tx_len);
	conn->tx_len -= len;
	conn->tx_seq += (uint32_t)len;
	while (len) {
		struct ul_tx *tx = conn->tx_first;
		size_t n = MIN(len, tx->end - tx->start);

		tx->start += n;
		len -= n;
		if (tx->start < tx->end)
			break;
		/* A full or the only buffer is done with. */
		conn->tx_first = tx->next;
		if (!tx->next)
			conn->tx_last = NULL;
		tx_free(conn, tx);
	}
	if (conn->tx_capped && conn->pcb) {
		conn->tx_capped = false;
		conn->tx_cap = MIN(conn->tx_cap * 2, cap_max(conn));
	}
}

void ul_tx_clear(struct ul_conn *conn)
{
	while (conn->tx_first) {
		struct ul_tx *tx = conn->tx_first;

		conn->tx_first = tx->next;
		tx_free(conn, tx);
	}
	conn->tx_last = NULL;
	conn->tx_len = 0;
}

void ul_conn_shutdown(struct ul_conn *conn)
{
	if (!conn->pcb || conn->fin_wanted)
		return;
	conn->fin_wanted = true;
	write_and_send(conn);
}
