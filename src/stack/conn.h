/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn.h - one TCP connection with a guest, ended by lwIP
 *
 * A connection is opened passively, with the guest's own SYN that was held
 * until the host side was connected, or actively for a forward. Input
 * records what happened in events; the caller acts after the call returned.
 *
 * Theory of operation is at the head of conn.c.
 */
#ifndef UL_STACK_CONN_H
#define UL_STACK_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/addr.h"
#include "base/list.h"
#include "stack/stack.h"
#include "wire/pkt.h"

/* What a call into the connection brought about; bits. */
#define UL_CONN_ESTABLISHED	0x01	/* the handshake is complete */
#define UL_CONN_DATA		0x02	/* there is something to peek at */
#define UL_CONN_ROOM		0x04	/* the guest acknowledged data */
#define UL_CONN_FIN		0x08	/* the guest will send no more */
#define UL_CONN_RESET		0x10	/* the guest reset it: gone */
#define UL_CONN_CLOSED		0x20	/* ended, both ways acknowledged: gone */
#define UL_CONN_TIMEOUT		0x40	/* the guest stopped answering: gone */
#define UL_CONN_TIME_WAIT	0x80	/* ended, only late segments may come */

struct ul_conn;

/* Pass the guest's held SYN to lwIP, which answers SYN|ACK. NULL: no memory. */
struct ul_conn *ul_conn_new_passive(struct ul_stack *stack,
				    const struct ul_pkt *syn, void *arg);

/* Connect to @guest from the address @peer. NULL when out of memory. */
struct ul_conn *ul_conn_new_active(struct ul_stack *stack,
				   const struct ul_ep *peer,
				   const struct ul_ep *guest, void *arg);

/*
 * Knock at @guest: what answers with SYN|ACK hears RST at once, before a
 * program there can see a connection. Events: UL_CONN_ESTABLISHED, together
 * with UL_CONN_CLOSED; or as for an active one.
 */
struct ul_conn *ul_conn_new_probe(struct ul_stack *stack,
				  const struct ul_ep *peer,
				  const struct ul_ep *guest, void *arg);

/*
 * Charge what the connection holds to @budget, which lives until it is
 * charged to another, or until the connection is freed. NULL: to nobody.
 */
void ul_conn_set_budget(struct ul_conn *conn, struct ul_budget *budget);

/* Silently forget the connection (abort or drain it first). NULL is fine. */
void ul_conn_free(struct ul_conn *conn);

/* Answer a segment that belongs to no connection, a SYN too, with RST. */
void ul_conn_refuse(struct ul_stack *stack, const struct ul_pkt *seg);

/* A segment from the guest. @pkt's bytes are changed. Returns events. */
unsigned int ul_conn_input(struct ul_conn *conn, const struct ul_pkt *pkt);

/*
 * @count segments with one header but for the sequence and PSH, all data,
 * each going on where the one before it ends (flow/tcp_gro.h): as one segment
 * when they are what the connection waits for, else one by one.
 */
unsigned int ul_conn_input_train(struct ul_conn *conn,
				 const struct ul_pkt *pkt, unsigned int count);

/*
 * Describe received data in at most @max of @iov; returns how many were
 * used. Valid until the next call on this connection.
 */
unsigned int ul_conn_peek(struct ul_conn *conn, struct iovec *iov,
			  unsigned int max, size_t *bytes);
/* The first @len bytes were taken: free them, open the window. */
void ul_conn_consume(struct ul_conn *conn, size_t len);
size_t ul_conn_unread(const struct ul_conn *conn);

/* Bytes of memory that what is unread holds. */
size_t ul_conn_pinned(const struct ul_conn *conn);

/*
 * End of a batch: bytes that stay are copied out of buffers they would pin,
 * and what was received is acknowledged, or will be by what carries it, or in
 * the next tick (conn_ack.c).
 */
void ul_conn_settle(struct ul_conn *conn);

/*
 * Is the acknowledgement left for more to come? Then it is to be sent within
 * half a millisecond, UL_CONN_ACK_US.
 */
#define UL_CONN_ACK_US 500
bool ul_conn_ack_rests(const struct ul_conn *conn);
void ul_conn_ack(struct ul_conn *conn);

/*
 * Room for data to the guest, as writable @iov, at most @want bytes. 0 when
 * there is none: wait for UL_CONN_ROOM, or, when *@over_budget was set, for
 * memory. Then commit what was filled in.
 */
unsigned int ul_conn_reserve(struct ul_conn *conn, struct iovec *iov,
			     unsigned int max, size_t want,
			     bool *over_budget);
/* Queue the first @len bytes of the reserved room, and send what may go. */
void ul_conn_commit(struct ul_conn *conn, size_t len);

/* Bytes for the guest that it has not acknowledged. */
size_t ul_conn_unacked(const struct ul_conn *conn);

/* No more data for the guest: FIN after what is queued. */
void ul_conn_shutdown(struct ul_conn *conn);
/* RST to the guest. The connection is gone. */
void ul_conn_abort(struct ul_conn *conn);

/* The port has room again: send what was held back. */
void ul_conn_resume(struct ul_conn *conn);
bool ul_conn_is_held(const struct ul_conn *conn);

/*
 * Timers. A connection that wants ticks gets one every UL_CONN_TICK_US, with
 * @tick one more each time: every second one is a slow one. Returns events.
 */
#define UL_CONN_TICK_US 50000
bool ul_conn_wants_tick(const struct ul_conn *conn);
unsigned int ul_conn_tick(struct ul_conn *conn, uint32_t tick);
/* Probe an idle guest; ticks follow until it answers or times out. */
void ul_conn_probe(struct ul_conn *conn);

/* Ended, and lwIP would still answer the guest's late segments. */
bool ul_conn_is_time_wait(const struct ul_conn *conn);

/*
 * Does it wait for the guest's answer to a SYN with the sequence number @seq
 * (RFC 5927 4.1: who says that he has seen it has to know that)?
 */
bool ul_conn_awaits(const struct ul_conn *conn, uint32_t seq);

/* For listings: the name of lwIP's state, like "ESTABLISHED". */
const char *ul_conn_state_name(const struct ul_conn *conn);

#endif
