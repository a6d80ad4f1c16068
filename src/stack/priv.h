/* SPDX-License-Identifier: BSD-3-Clause */
/* priv.h - what the files of src/stack share, lwIP's types included */
#ifndef UL_STACK_PRIV_H
#define UL_STACK_PRIV_H

#include "lwip/opt.h"

#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/raw.h"
#include "lwip/tcp.h"

#include "base/buf.h"
#include "stack/conn.h"
#include "stack/holes.h"
#include "stack/stack.h"

_Static_assert(LWIP_VERSION_MAJOR == 2 && LWIP_VERSION_MINOR == 2 &&
	       LWIP_VERSION_REVISION == 1,
	       "src/stack relies on private fields of lwIP 2.2.1");

/* Below this a guest's MSS would make more headers than data (Linux: 48). */
#define UL_MSS_MIN 88

/* Data for guests waits in these, found from a pointer by alignment. */
#define UL_SEND_BUF_SIZE (128u << 10)
/* Data from guests that would pin too much is copied into these. */
#define UL_COMPACT_BUF_SIZE (16u << 10)

struct ul_stack {
	struct ul_stack_conf conf;
	struct netif netif;
	struct ul_buf_pool *send_pool;
	struct ul_buf_pool *packet_pool;	/* datagrams, odd segments */
	struct ul_buf_pool *compact_pool;
	size_t pinned;		/* in received frames and their copies */
	uint32_t slow_ticks;	/* lwIP's tcp_ticks of this network */
	int64_t now_us;
	struct ul_stack_stats stats;
	bool output_failed;	/* since enter: a packet was held back */
	const struct ul_conn *talking;	/* whose pcb is entered, or NULL */
	uint16_t gso_size;		/* of the datagram being sent */
};

/* A received piece of the stream, in order. */
struct ul_rx {
	struct pbuf_custom pc;	/* first: lwIP's pbuf leads back here */
	struct ul_rx *next;
	struct ul_stack *stack;
	struct ul_conn *conn;	/* NULL: of no connection */
	struct ul_buf *buf;	/* holds data; NULL: data is in own[] */
	const uint8_t *data;	/* unread bytes, once it is queued */
	size_t len;
	size_t charge;		/* pinned bytes it stands for */
	bool is_compact;	/* data was copied into a compact buffer */
	uint8_t own[];		/* an out-of-order segment's own copy */
};

/* Buffers of data for the guest, oldest first. */
struct ul_tx {
	struct ul_tx *next;
	struct ul_buf *buf;
	size_t start;		/* first byte not acknowledged */
	size_t end;		/* first byte not filled */
	size_t queued;		/* first byte not given to tcp_write() */
};

struct ul_conn {
	struct ul_stack *stack;
	struct tcp_pcb *pcb;	/* NULL: gone */
	void *arg;
	unsigned int events;	/* since the last call into lwIP */
	bool is_time_wait;
	bool is_probe;		/* ends where others are established */
	bool is_held;		/* the port refused a packet */
	bool fin_wanted;	/* FIN is due once everything is queued */
	bool fin_queued;
	bool ack_due;
	bool ack_waits;		/* for what may carry it, conn_ack.c */
	bool is_asked;		/* the guest sent data, the host none since */
	uint8_t answers;	/* in a row that came at once */
	uint32_t asked_us;	/* when, a part of the clock */
	bool ack_rests;		/* what is due is left for more to come */
	uint8_t more_tries;	/* of repeating something, beyond lwIP's */
	uint16_t seg_mss;	/* the guest's, when segments may be longer */

	struct ul_rx *rx_first, *rx_last;
	struct ul_rx *rx_new;	/* first piece of this batch */
	size_t rx_len;
	size_t window_owed;	/* consumed, not given back to the window */
	size_t pinned;		/* kept by this connection */
	struct ul_budget *budget;
	size_t charged;		/* to it, of what is pinned */
	bool owes_update;	/* data was left out for a budget */

	uint32_t calm;		/* received since the last gap, bounded */
	uint32_t acked;		/* rcv_nxt when it was last told alone */

	struct ul_tx *tx_first, *tx_last;
	size_t tx_bufs;
	size_t tx_len;		/* filled and not acknowledged */
	uint32_t tx_seq;	/* sequence number of the first of them */
	bool has_tx_seq;
	size_t tx_cap;
	bool tx_capped;		/* a reader was turned away for tx_cap */

	struct ul_holes holes;
	uint32_t recover;	/* recovery ends when this is acknowledged */
	uint32_t allowance;	/* bytes to send anew */
	bool in_recovery;
	bool is_anew;		/* all is sent again, after a timeout */
	bool is_probed;		/* since the guest was heard */
	int64_t heard_us;	/* something new, or waited since; 0: not */
	int64_t rtt_at_us;	/* when rtt_seq was sent; 0: not measuring */
	uint32_t rtt_seq;
	uint32_t srtt_us, rttvar_us;	/* 0: not known */
};

/* The one listening pcb that every passive open borrows. */
struct tcp_pcb_listen *ul_stack_listener(void);

/*
 * Bank-switch lwIP's global lists to @pcb alone (or none), and its netif to
 * @stack's. Every call into lwIP is between these two. leave() tells what
 * became of the pcb.
 */
void ul_stack_enter(struct ul_stack *stack, struct tcp_pcb *pcb);
void ul_stack_enter_listening(struct ul_stack *stack, uint16_t port,
			      void *arg);
enum ul_pcb_fate {
	UL_PCB_GONE,
	UL_PCB_ACTIVE,
	UL_PCB_TIME_WAIT,
};
/* *@pcb is the pcb that the lists hold now, or NULL. */
enum ul_pcb_fate ul_stack_leave(struct ul_stack *stack, struct tcp_pcb **pcb);

/* Point lwIP's ip_data at @pkt, as its IP layer would. */
void ul_stack_set_ip_data(struct ul_stack *stack, const struct ul_pkt *pkt);

void ul_addr_to_lwip(ip_addr_t *out, const struct ul_addr *a);
void ul_addr_from_lwip(struct ul_addr *out, const ip_addr_t *a);

/*
 * conn_ack.c, between enter and leave: the guest's FIN arrived; data for it
 * is sent; a segment with @len bytes was put in, and data went out or not.
 */
void ul_ack_guest_ended(struct ul_conn *conn, struct tcp_pcb *pcb);
void ul_ack_answered(struct ul_conn *conn);
void ul_ack_after_input(struct ul_conn *conn, size_t len, bool has_sent);
/* Nothing waits for longer than a tick. */
void ul_ack_tick(struct ul_conn *conn);

/* conn_rx.c */
struct ul_rx *ul_rx_new_ref(struct ul_stack *stack, struct ul_conn *conn,
			    uint8_t *data, size_t len, struct ul_buf *buf);
struct ul_rx *ul_rx_new_copy(struct ul_stack *stack, struct ul_conn *conn,
			     const uint8_t *data, size_t len);
/* Has @conn, its guest or the network pinned as much as they may? */
bool ul_rx_is_over(const struct ul_conn *conn);
void ul_rx_append(struct ul_conn *conn, struct pbuf *p);
void ul_rx_clear(struct ul_conn *conn);

/*
 * conn_bulk.c: @len bytes come, before lwIP sees them; the acknowledgement
 * that is due may wait; it was sent.
 */
struct ul_tcp;
void ul_bulk_saw(struct ul_conn *conn, const struct ul_tcp *h, size_t len);
bool ul_bulk_may_wait(const struct ul_conn *conn);
void ul_bulk_acked(struct ul_conn *conn);
/* It is due now; if it rested, was that for nothing? */
void ul_bulk_waited(struct ul_conn *conn);

/* conn_tx.c */
void ul_tx_acked(struct ul_conn *conn, size_t len);
void ul_tx_write(struct ul_conn *conn);
void ul_tx_clear(struct ul_conn *conn);

/*
 * conn_super.c, between enter and leave: the handshake is over; say what the
 * packet @p needs; forget what is acknowledged of a segment; send what fits
 * of a segment that does not fit the window.
 */
void ul_super_begin(struct ul_conn *conn, struct tcp_pcb *pcb);
void ul_super_describe(const struct ul_conn *conn, struct ul_stack_out *out,
		       const struct pbuf *p);
void ul_super_trim(struct ul_conn *conn);
void ul_super_fit_window(struct ul_conn *conn);

/* conn_loss.c: all between enter and leave. */
void ul_loss_before_input(struct ul_conn *conn);
void ul_loss_after_input(struct ul_conn *conn, const struct ul_tcp *h,
			 uint32_t acked_before);
void ul_loss_after_output(struct ul_conn *conn);
/* Resend what is lost, and was not resent for a full port. */
void ul_loss_send(struct ul_conn *conn);
void ul_loss_on_tick(struct ul_conn *conn);
void ul_loss_hold_window(struct ul_conn *conn);

/*
 * conn_resend.c, between enter and leave: send up to @len bytes from @seq on
 * again, which were sent before and are not acknowledged, or the FIN. How
 * many were taken, 0 when none.
 */
size_t ul_resend(struct ul_conn *conn, uint32_t seq, size_t len);

#endif
