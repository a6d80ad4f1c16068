/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn_loss.c - recovering from loss on the way to the guest
 *
 * lwIP ignores received SACK blocks, resends one segment per recovery and
 * after a timeout resends everything. This file steers it from outside:
 *
 * - SACK blocks mark the segments of pcb->unacked that the guest has; a
 *   segment with three marked ones behind it is lost and resent once per
 *   recovery (RFC 6675's IsLost without its byte count).
 * - Without SACK a partial acknowledgement says that the next segment is lost
 *   too (NewReno, RFC 6582), until the recovery point is acknowledged.
 * - A retransmission timeout resends the first segment only; the guest's
 *   answer then drives the recovery.
 * - The congestion window is held at what may be in flight: between us and a
 *   guest there is no network to be kind to, only a queue that holds TCP back.
 *
 * Marks live in bits of tcp_seg.flags that lwIP does not use, so that they
 * need no memory of their own and go when the segment goes.
 */
#include "stack/priv.h"

#include "wire/tcp.h"

#define SEG_SACKED 0x80
#define SEG_RESENT 0x40
#define DUP_THRESHOLD 3		/* RFC 5681 3.2 */
#define RTO_TICKS_MAX 100	/* 10 s */

_Static_assert(!((SEG_SACKED | SEG_RESENT) &
		 (TF_SEG_OPTS_MSS | TF_SEG_OPTS_TS | TF_SEG_DATA_CHECKSUMMED |
		  TF_SEG_OPTS_WND_SCALE | TF_SEG_OPTS_SACK_PERM)),
	       "lwIP's segment flags leave two bits to us");

static uint32_t seg_start(const struct tcp_seg *seg)
{
	return lwip_ntohl(seg->tcphdr->seqno);
}

static uint32_t seg_end(const struct tcp_seg *seg)
{
	return seg_start(seg) + TCP_TCPLEN(seg);
}

/*
 * Resend the segment that @link points to, as if it were the first: lwIP's
 * own tcp_rexmit() moves the head of pcb->unacked to pcb->unsent, so the
 * list is made to begin there. Its counter of retries is for timeouts.
 */
static void resend(struct tcp_pcb *pcb, struct tcp_seg **link)
{
	struct tcp_seg *head = pcb->unacked;
	struct tcp_seg *seg = *link;
	bool is_head = link == &pcb->unacked;
	uint8_t nrtx = pcb->nrtx;

	pcb->unacked = seg;
	if (tcp_rexmit(pcb) == ERR_OK)
		seg->flags |= SEG_RESENT;
	pcb->nrtx = nrtx;
	if (!is_head) {
		*link = pcb->unacked;
		pcb->unacked = head;
	}
}

static void begin_recovery(struct ul_conn *conn)
{
	conn->in_recovery = true;
	conn->recover = conn->pcb->snd_nxt;
	for (struct tcp_seg *s = conn->pcb->unacked; s; s = s->next)
		s->flags &= (uint8_t)~SEG_RESENT;
}

static bool is_covered(const struct ul_tcp *h, const struct tcp_seg *seg)
{
	for (unsigned int i = 0; i < h->sack_count; i++)
		if (TCP_SEQ_LEQ(h->sack[i].left, seg_start(seg)) &&
		    TCP_SEQ_LEQ(seg_end(seg), h->sack[i].right))
			return true;
	return false;
}

/* A super-segment counts for those of the guest's that it stands for. */
static unsigned int weight(const struct ul_conn *conn,
			   const struct tcp_seg *seg)
{
	return conn->seg_mss && seg->len > conn->seg_mss ?
	       seg->len / conn->seg_mss : 1;
}

/* How much the guest has behind the first hole, as it says now. */
static unsigned int sacked_of_super(const struct ul_conn *conn,
				    const struct ul_tcp *h)
{
	uint32_t bytes = 0;

	if (!conn->seg_mss)
		return 0;
	for (unsigned int i = 0; i < h->sack_count; i++)
		if (TCP_SEQ_GT(h->sack[i].left, conn->pcb->lastack) &&
		    TCP_SEQ_GT(h->sack[i].right, h->sack[i].left) &&
		    TCP_SEQ_LEQ(h->sack[i].right, conn->pcb->snd_nxt))
			bytes += h->sack[i].right - h->sack[i].left;
	return bytes / conn->seg_mss;
}

/* Mark what the guest has; how many segments it has out of order. */
static unsigned int mark_sacked(const struct ul_conn *conn,
				const struct ul_tcp *h)
{
	unsigned int marked = 0;

	for (struct tcp_seg *s = conn->pcb->unacked; s; s = s->next) {
		if (is_covered(h, s))
			s->flags |= SEG_SACKED;
		if (s->flags & SEG_SACKED)
			marked += weight(conn, s);
	}
	return marked;
}

/* What is first there is where the acknowledgements stopped. */
static void resend_first(struct tcp_pcb *pcb)
{
	const struct tcp_seg *seg = pcb->unacked;

	if (seg && TCP_SEQ_LEQ(seg_start(seg), pcb->lastack) &&
	    !(seg->flags & (SEG_SACKED | SEG_RESENT)))
		resend(pcb, &pcb->unacked);
}

/* Resend every segment with DUP_THRESHOLD marked ones behind it. */
static void resend_holes(struct ul_conn *conn, unsigned int marked)
{
	struct tcp_pcb *pcb = conn->pcb;
	struct tcp_seg **link = &pcb->unacked;

	while (*link && marked >= DUP_THRESHOLD) {
		struct tcp_seg *seg = *link;

		if (seg->flags & SEG_SACKED) {
			marked -= LWIP_MIN(marked, weight(conn, seg));
			link = &seg->next;
		} else if (seg->flags & SEG_RESENT) {
			link = &seg->next;
		} else {
			resend(pcb, link);
			if (*link == seg)
				link = &seg->next;	/* lwIP kept it */
		}
	}
}

static bool is_pure_ack(const struct ul_tcp *h)
{
	return (h->flags & (UL_TCP_ACK | UL_TCP_SYN | UL_TCP_RST)) ==
	       UL_TCP_ACK;
}

void ul_loss_before_input(struct ul_conn *conn, const struct ul_tcp *h)
{
	unsigned int marked, inside;

	/* lwIP's own fast retransmit would resend the head once more. */
	if (conn->in_recovery)
		tcp_set_flags(conn->pcb, TF_INFR);
	if (!h->sack_count || !conn->pcb->unacked || !is_pure_ack(h))
		return;
	marked = mark_sacked(conn, h);
	inside = sacked_of_super(conn, h);
	if (marked < DUP_THRESHOLD && inside < DUP_THRESHOLD)
		return;
	if (!conn->in_recovery)
		begin_recovery(conn);
	tcp_set_flags(conn->pcb, TF_INFR);
	if (inside >= DUP_THRESHOLD)
		resend_first(conn->pcb);
	resend_holes(conn, marked);
}

void ul_loss_after_input(struct ul_conn *conn, const struct ul_tcp *h,
			 uint32_t acked_before)
{
	struct tcp_pcb *pcb = conn->pcb;

	if (pcb->flags & TF_INFR && !conn->in_recovery)
		begin_recovery(conn);
	if (!conn->in_recovery)
		return;
	if (TCP_SEQ_GEQ(pcb->lastack, conn->recover)) {
		conn->in_recovery = false;
		return;
	}
	/* Where the guest says what it has, the middle is no sign of loss. */
	if (conn->acked_inside && pcb->flags & TF_SACK && !h->sack_count)
		return;
	/* A partial acknowledgement: the segment it stops at is lost. */
	if (pcb->lastack != acked_before && pcb->unacked &&
	    !(pcb->unacked->flags & (SEG_RESENT | SEG_SACKED))) {
		resend(pcb, &pcb->unacked);
		tcp_output(pcb);
	}
}

bool ul_loss_on_slow_tick(struct ul_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;
	int rto;

	if (!pcb->unacked || pcb->persist_backoff || pcb->rtime < 0 ||
	    pcb->rtime + 1 < pcb->rto || pcb->state < ESTABLISHED ||
	    pcb->nrtx >= TCP_MAXRTX)
		return false;
	begin_recovery(conn);
	/* What was marked may have been dropped since (RFC 2018 8). */
	for (struct tcp_seg *s = pcb->unacked; s; s = s->next)
		s->flags &= (uint8_t)~SEG_SACKED;
	resend(pcb, &pcb->unacked);
	pcb->nrtx++;
	rto = ((pcb->sa >> 3) + pcb->sv) << LWIP_MIN(pcb->nrtx, 6);
	pcb->rto = (s16_t)LWIP_MIN(rto, RTO_TICKS_MAX);
	pcb->rtime = 0;
	tcp_output(pcb);
	return true;
}

void ul_loss_hold_window(struct ul_conn *conn)
{
	conn->pcb->cwnd = TCP_SND_BUF;
	conn->pcb->ssthresh = TCP_SND_BUF;
}
