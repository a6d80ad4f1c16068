/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn_ack.c - acknowledgements that something else will carry
 *
 * What a guest sent is acknowledged at the end of the batch: it may wait for
 * that (Nagle's algorithm), or its window may. But an acknowledgement alone
 * is a frame, a system call and work for the guest, and two kinds may be
 * left for what follows, for a tick at most:
 *
 * - That of the guest's FIN. It has nothing to send that could wait, and the
 *   host's side usually ends at once, too: its FIN carries it.
 * - That of a question, when the last few were answered at once: the answer
 *   carries it. A question is one short segment. A guest that asks in two
 *   would wait between them, but then there are two before the answer, which
 *   is not counted as one; so would one whose habits change, once.
 */
#include "stack/priv.h"

#define QUESTION_MAX 512	/* longer: there may be more behind it */
#define ANSWER_US 1000
#define ANSWERS_MIN 4		/* in a row, to expect the next */

void ul_ack_guest_ended(struct ul_conn *conn, struct tcp_pcb *pcb)
{
	/* In every other state the host's side has ended before. */
	if (pcb->state != CLOSE_WAIT || pcb->ooseq)
		return;
	tcp_clear_flags(pcb, TF_ACK_NOW);
	conn->ack_due = conn->ack_waits = true;
}

/* Data of @len bytes arrived in order. */
static void asked(struct ul_conn *conn, size_t len)
{
	if (conn->is_asked || len > QUESTION_MAX)
		conn->answers = 0;
	conn->is_asked = true;
	conn->asked_us = (uint32_t)conn->stack->now_us;
	conn->ack_waits = conn->answers >= ANSWERS_MIN;
}

void ul_ack_answered(struct ul_conn *conn)
{
	uint32_t took_us = (uint32_t)conn->stack->now_us - conn->asked_us;

	if (!conn->is_asked)
		return;
	conn->is_asked = false;
	if (took_us > ANSWER_US)
		conn->answers = 0;
	else if (conn->answers < ANSWERS_MIN)
		conn->answers++;
}

void ul_ack_after_input(struct ul_conn *conn, size_t len, bool has_sent)
{
	struct tcp_pcb *pcb = conn->pcb;

	if (has_sent)
		ul_bulk_acked(conn);	/* it went with the data */
	if (conn->events & UL_CONN_DATA)
		asked(conn, len);
	conn->ack_due |= (pcb->flags & TF_ACK_DELAY) != 0;
	if (conn->ack_due)
		tcp_set_flags(pcb, TF_ACK_DELAY);
}

void ul_ack_tick(struct ul_conn *conn)
{
	if (!conn->ack_due || !conn->ack_waits)
		return;
	conn->ack_waits = false;
	conn->answers = 0;
}
