/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_guest.h - the guest's end of a TCP connection, one segment at a time
 *
 * The real stack on a clock of the test's. A wire keeps what the stack sends,
 * oldest first, its checksums verified; a guest builds segments and gives
 * them to its connection. Nothing is answered by itself.
 */
#ifndef UL_TESTS_TCP_GUEST_H
#define UL_TESTS_TCP_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "stack/conn.h"
#include "stack/stack.h"
#include "wire/tcp.h"

/* Segments on their way to guests. */
struct wire {
	struct ul_list segs;
	size_t count;
	bool is_full;		/* the next are refused with -ENOBUFS */
	bool can_offload;	/* at the time of a handshake */
	uint64_t refused;
};

/* One of them. */
struct seg {
	struct ul_list node;
	struct ul_addr src, dst;
	struct ul_tcp h;
	struct ul_offload offload;
	size_t len;		/* of the data */
	uint8_t data[];
};

struct guest {
	struct ul_stack *stack;
	struct wire *wire;
	struct ul_buf_pool *frames;
	struct ul_conn *conn;
	struct ul_ep own, peer;
	uint32_t seq, ack;	/* next to send, next expected */
	uint16_t window;	/* as written to the header */
	uint8_t scale;		/* of the stack's window */
	bool has_fin;		/* the stack's FIN was accepted */
	unsigned int events;	/* of all calls, until the test clears them */
};

/* A segment from the guest as the test wants it. */
struct guest_seg {
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;
	const void *opt;	/* of a length that 4 divides */
	size_t opt_len;
	const void *data;
	size_t len;
	bool is_unowned;	/* no buffer keeps the bytes */
};

void wire_init(struct wire *w);
/* The next segment, the caller's to free(), or NULL. */
struct seg *wire_next(struct wire *w);
void wire_clear(struct wire *w);
/* For ul_stack_conf.output; @arg is the wire. */
int wire_output(const struct ul_stack_out *out, void *arg);

/* A stack of usual limits on @w, and its configuration. */
struct ul_stack_conf wire_stack_conf(struct wire *w);
struct ul_stack *wire_stack_new(struct wire *w);

/* From 10.0.2.15 (fd00:1::15), @port, to 198.51.100.7 (2001:db8::7) port 80. */
void guest_init(struct guest *g, struct ul_stack *stack, struct wire *w,
		struct ul_buf_pool *frames, bool is_v4, uint16_t port);
/* Frees the connection. */
void guest_fini(struct guest *g);

/* Build @s as a packet of the guest's. The caller unrefs pkt.buf. */
struct ul_pkt guest_pkt(struct guest *g, const struct guest_seg *s);
/* Give @s to the connection; its events. */
unsigned int guest_put(struct guest *g, const struct guest_seg *s);

/* Of what is next in both directions. */
unsigned int guest_ack(struct guest *g);
/* Data that follows what was sent before; g->seq moves on. */
unsigned int guest_send(struct guest *g, const void *data, size_t len);
unsigned int guest_fin(struct guest *g);

/*
 * Open with the options @opt in the SYN: the SYN|ACK is checked, taken off
 * the wire and acknowledged.
 */
void guest_open(struct guest *g, const void *opt, size_t opt_len);
/* The options of a usual SYN: MSS 1460, scale 7, SACK. */
extern const uint8_t guest_usual_options[12];

/* The next segment for this guest; fails the test when there is none. */
struct seg *guest_take(struct guest *g);
/* Take what is next in order from @s, its FIN too; how much data it was. */
size_t guest_accept(struct guest *g, const struct seg *s, uint8_t *out);
/*
 * Take data that is in order off the wire, acknowledging every segment;
 * copies it to @out, of @cap bytes. How much it was.
 */
size_t guest_receive(struct guest *g, uint8_t *out, size_t cap);

/* All unread data of the connection, copied to @out and consumed. */
size_t host_receive(struct guest *g, uint8_t *out, size_t cap);
/* Data of the host's for the guest; how much was accepted. */
size_t host_send(struct guest *g, const uint8_t *data, size_t len);

/* One byte that a stream position stands for: no period of a power of two. */
static inline uint8_t stream_byte(size_t at)
{
	return (uint8_t)(at * 7 + at / 251 + at / 65521);
}
void stream_fill(uint8_t *out, size_t at, size_t len);

#endif
