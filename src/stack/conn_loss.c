/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn_loss.c - recovering from loss on the way to the guest
 *
 * lwIP ignores received SACK blocks, resends one segment per recovery and
 * after a timeout resends everything. So it is kept from resending at all
 * once the handshake is over, and this file decides what is sent again:
 *
 * - Holes between what the guest says it has (holes.c) are lost when three
 *   segments' worth above them has come (RFC 6675's IsLost), and lost again
 *   when what was sent after their resending has come, not before a round
 *   trip is over (RFC 8985).
 * - Without SACK a third duplicate says that a segment is lost, and a partial
 *   acknowledgement that the next is, too (NewReno, RFC 6582).
 * - When nothing was heard for two round trips, or a tick, whichever is
 *   longer, the holes are sent again, or the last segment is, so that the
 *   guest says what it misses (RFC 8985's tail loss probe).
 * - After a timeout nothing is believed of what the guest once had (RFC 2018
 *   8): all is sent again, one segment first and then twice as much as was
 *   acknowledged.
 *
 * The congestion window is held at what may be in flight: between us and a
 * guest there is no network to be kind to, only a queue that holds TCP back.
 * What a full port refuses is sent when it has room again.
 *
 * Round trips are measured here, on the clock of the turns; lwIP's has ticks
 * of 100 ms.
 */
#include "stack/priv.h"

#include "wire/tcp.h"

#define DUP_THRESHOLD 3		/* RFC 5681 3.2 */
#define RTO_MIN_US 200000
#define RTO_MAX_US 10000000
#define BACKOFF_MAX 6

static uint32_t guest_mss(const struct ul_conn *conn)
{
	return conn->seg_mss ? conn->seg_mss : conn->pcb->mss;
}

static void begin_recovery(struct ul_conn *conn)
{
	conn->in_recovery = true;
	conn->recover = conn->pcb->snd_nxt;
	conn->rtt_at_us = 0;		/* it would not be told apart */
}

static void end_recovery(struct ul_conn *conn)
{
	conn->in_recovery = false;
	conn->is_anew = false;
	ul_holes_reset(&conn->holes, conn->pcb->lastack);
}

/* RFC 6298 2. */
static void take_rtt(struct ul_conn *conn, int64_t rtt_us)
{
	uint32_t rtt = (uint32_t)LWIP_MIN(LWIP_MAX(rtt_us, 1), RTO_MAX_US);
	uint32_t apart;

	conn->rtt_at_us = 0;
	if (!conn->srtt_us) {
		conn->srtt_us = rtt;
		conn->rttvar_us = rtt / 2;
		return;
	}
	apart = rtt > conn->srtt_us ? rtt - conn->srtt_us :
				      conn->srtt_us - rtt;
	conn->rttvar_us = (3 * conn->rttvar_us + apart) / 4;
	conn->srtt_us = (7 * conn->srtt_us + rtt) / 8;
}

void ul_loss_after_output(struct ul_conn *conn)
{
	const struct tcp_pcb *pcb = conn->pcb;
	int64_t now_us = conn->stack->now_us;

	if (!pcb->unacked)
		return;
	if (!conn->heard_us)
		conn->heard_us = now_us;
	if (!conn->rtt_at_us && !conn->in_recovery) {
		conn->rtt_at_us = now_us;
		conn->rtt_seq = pcb->snd_nxt;
	}
}

/* Resend what is left of hole @i, within what is allowed. False: stop. */
static bool send_hole(struct ul_conn *conn, unsigned int i)
{
	const struct ul_hole *hole = &conn->holes.hole[i];
	const struct tcp_pcb *pcb = conn->pcb;

	while (ul_seq_lt(hole->next, hole->end)) {
		size_t len = hole->end - hole->next;

		if (conn->is_anew)
			len = LWIP_MIN(len, conn->allowance);
		len = len ? ul_resend(conn, hole->next, len) : 0;
		if (!len)
			return false;
		if (conn->is_anew)
			conn->allowance -= (uint32_t)len;
		ul_holes_sent(&conn->holes, i, (uint32_t)len, pcb->snd_nxt,
			      conn->stack->now_us);
	}
	return true;
}

/* Resend the holes that are lost, of which there are @count. */
static void send_holes(struct ul_conn *conn, unsigned int count)
{
	uint32_t bytes = DUP_THRESHOLD * guest_mss(conn);
	int64_t before_us = conn->stack->now_us - conn->srtt_us -
			    conn->srtt_us / 4;

	if (count && !conn->in_recovery)
		begin_recovery(conn);
	for (unsigned int i = 0; i < count; i++) {
		ul_holes_retry(&conn->holes, i, bytes, before_us);
		if (!send_hole(conn, i))
			return;
	}
}

/* How many of the holes are lost, from the lowest on. */
static unsigned int count_lost(const struct ul_conn *conn)
{
	const struct tcp_pcb *pcb = conn->pcb;
	unsigned int lost;

	/* Without SACK there are only those that were guessed to be. */
	if (conn->is_anew || !(pcb->flags & TF_SACK))
		return conn->holes.count;
	lost = ul_holes_lost(&conn->holes, DUP_THRESHOLD * guest_mss(conn));
	/* Small segments are fewer bytes. */
	return pcb->dupacks >= DUP_THRESHOLD ? LWIP_MAX(lost, 1) : lost;
}

void ul_loss_send(struct ul_conn *conn)
{
	if (conn->holes.count)
		send_holes(conn, count_lost(conn));
}

/* Note what the guest says that it has. True when that is news. */
static bool note_blocks(struct ul_conn *conn, const struct ul_tcp *h)
{
	const struct tcp_pcb *pcb = conn->pcb;
	bool is_news = false;

	for (unsigned int i = 0; i < h->sack_count; i++) {
		uint32_t left = h->sack[i].left, right = h->sack[i].right;

		/* Below is what came twice (RFC 2883). */
		if (ul_seq_lt(pcb->lastack, left) && ul_seq_lt(left, right) &&
		    !ul_seq_lt(pcb->snd_nxt, right))
			is_news |= ul_holes_had(&conn->holes, left, right);
	}
	return is_news;
}

/* The guest cannot say what it has: guess that the first segment is lost. */
static void without_sack(struct ul_conn *conn, uint32_t acked)
{
	const struct tcp_pcb *pcb = conn->pcb;
	uint32_t end = pcb->lastack + guest_mss(conn);

	if (conn->is_anew ||
	    (conn->in_recovery ? !acked :
				 acked || pcb->dupacks != DUP_THRESHOLD))
		return;
	ul_holes_doubt(&conn->holes, pcb->lastack,
		       ul_seq_lt(end, pcb->snd_nxt) ? end : pcb->snd_nxt);
}

void ul_loss_before_input(struct ul_conn *conn)
{
	/* lwIP's own fast retransmit has nothing to do. */
	if (conn->pcb->state >= ESTABLISHED)
		tcp_set_flags(conn->pcb, TF_INFR);
}

void ul_loss_after_input(struct ul_conn *conn, const struct ul_tcp *h,
			 uint32_t acked_before)
{
	struct tcp_pcb *pcb = conn->pcb;
	uint32_t acked = pcb->lastack - acked_before;
	bool is_news = acked != 0;

	if (conn->rtt_at_us && !ul_seq_lt(pcb->lastack, conn->rtt_seq))
		take_rtt(conn, conn->stack->now_us - conn->rtt_at_us);
	ul_holes_acked(&conn->holes, pcb->lastack);
	if (h->sack_count && pcb->unacked && pcb->flags & TF_SACK)
		is_news |= note_blocks(conn, h);
	if (is_news) {
		conn->heard_us = pcb->unacked ? conn->stack->now_us : 0;
		conn->is_probed = false;
	}
	conn->allowance += 2 * acked;
	if (conn->in_recovery && !ul_seq_lt(pcb->lastack, conn->recover) &&
	    !conn->holes.count)
		end_recovery(conn);
	if (!pcb->unacked)
		return;
	if (!(pcb->flags & TF_SACK))
		without_sack(conn, acked);
	ul_loss_send(conn);
}

static int64_t rto_us(const struct ul_conn *conn)
{
	int64_t us = LWIP_MAX(RTO_MIN_US, (int64_t)conn->srtt_us +
					  4 * (int64_t)conn->rttvar_us);

	return LWIP_MIN(us << LWIP_MIN(conn->pcb->nrtx, BACKOFF_MAX),
			RTO_MAX_US);
}

static void time_out(struct ul_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;

	begin_recovery(conn);
	ul_holes_doubt(&conn->holes, pcb->lastack, pcb->snd_nxt);
	conn->is_anew = true;
	conn->allowance = guest_mss(conn);
	pcb->nrtx++;
	conn->heard_us = conn->stack->now_us;
	ul_loss_send(conn);
}

/* Make the guest say what it misses, or send what it said. */
static void probe(struct ul_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;
	uint32_t len = LWIP_MIN(guest_mss(conn),
				pcb->snd_nxt - pcb->lastack);

	conn->is_probed = true;
	conn->rtt_at_us = 0;
	for (unsigned int i = 0; i < conn->holes.count; i++)
		conn->holes.hole[i].next = conn->holes.hole[i].start;
	if (conn->holes.count)
		send_holes(conn, conn->holes.count);
	else
		ul_resend(conn, pcb->snd_nxt - len, len);
}

void ul_loss_on_tick(struct ul_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;
	int64_t silent_us;

	if (pcb->state < ESTABLISHED || !pcb->unacked ||
	    pcb->persist_backoff || pcb->nrtx >= TCP_MAXRTX) {
		conn->heard_us = 0;
		return;
	}
	pcb->rtime = 0;			/* the timer is this one */
	if (!conn->heard_us)
		conn->heard_us = conn->stack->now_us;
	silent_us = conn->stack->now_us - conn->heard_us;
	if (silent_us >= rto_us(conn))
		time_out(conn);
	else if (!conn->is_probed && !conn->is_anew && !conn->is_held &&
		 silent_us >= LWIP_MAX(UL_CONN_TICK_US,
				       2 * (int64_t)conn->srtt_us))
		probe(conn);
}

void ul_loss_hold_window(struct ul_conn *conn)
{
	conn->pcb->cwnd = TCP_SND_BUF;
	conn->pcb->ssthresh = TCP_SND_BUF;
}
