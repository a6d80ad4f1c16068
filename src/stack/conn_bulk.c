/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn_bulk.c - fewer acknowledgements for a guest that sends much
 *
 * Each acknowledgement is a frame that the guest is interrupted for, and
 * where frames come one by one each would be answered. A guest that has sent
 * much without a gap has as much in flight and does not wait for each: so its
 * data is acknowledged once for many segments, or half a millisecond after
 * the first of them. How many grows with what has come: an eighth, which is
 * less than what a sender in slow start has on its way, up to 128 KiB. A gap
 * begins anew; so does the end of the wait when nothing has come for half of
 * it: a guest with a small send buffer, or a last piece that Nagle's algorithm
 * keeps, has less in flight than was waited for, and waits, too. What is less than a segment may be a question whose sender
 * waits (RFC 896) and is acknowledged at once; so is what the host has not
 * taken, for the window gets smaller by it.
 */
#include "stack/priv.h"

#include "wire/tcp.h"

#define SHARE 8			/* of what has come, that may wait */
#define WAIT_MAX (128u << 10)
#define CALM_MAX (SHARE * WAIT_MAX)
#define BULK_MIN 1024		/* bytes that are no question */

void ul_bulk_saw(struct ul_conn *conn, const struct ul_tcp *h, size_t len)
{
	if (!len)
		return;
	if (h->seq != conn->pcb->rcv_nxt || conn->pcb->ooseq)
		conn->calm = 0;
	else
		conn->calm = (uint32_t)LWIP_MIN(conn->calm + len, CALM_MAX);
}

/* May the acknowledgement that is due be left for the next segments? */
bool ul_bulk_may_wait(const struct ul_conn *conn)
{
	const struct tcp_pcb *pcb = conn->pcb;
	uint32_t waiting = pcb->rcv_nxt - conn->acked;

	return waiting >= BULK_MIN && waiting < conn->calm / SHARE &&
	       pcb->state == ESTABLISHED && !pcb->ooseq &&
	       !conn->rx_len && !conn->window_owed;
}

void ul_bulk_waited(struct ul_conn *conn)
{
	uint32_t silent_us = (uint32_t)conn->stack->now_us - conn->asked_us;

	if (conn->ack_rests && silent_us >= UL_CONN_ACK_US / 2)
		conn->calm = 0;
}

void ul_bulk_acked(struct ul_conn *conn)
{
	conn->acked = conn->pcb->rcv_nxt;
	conn->ack_due = conn->ack_rests = false;
}

bool ul_conn_ack_rests(const struct ul_conn *conn)
{
	return conn->ack_rests;
}
