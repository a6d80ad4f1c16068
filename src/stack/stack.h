/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stack.h - lwIP as the network's own IP stack
 *
 * lwIP ends the guest's TCP, UDP and ICMP for any destination address. Its
 * state is global and static, so only the functions of this area may touch
 * it, between enter and leave, and nothing is called out of it but output(),
 * which may only queue. One thread per process uses it.
 */
#ifndef UL_STACK_STACK_H
#define UL_STACK_STACK_H

#include <stdbool.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "wire/offload.h"
#include "wire/pkt.h"

struct ul_stack;

/* A part of a packet that leaves; without @buf the bytes must be copied. */
struct ul_stack_piece {
	const void *data;
	size_t len;
	struct ul_buf *buf;
};
#define UL_STACK_PIECES_MAX 6

/*
 * An IP packet for a guest, IP header first in the first piece. What it still
 * needs is counted from there.
 */
struct ul_stack_out {
	struct ul_offload offload;
	struct ul_addr dst;
	uint8_t proto;
	uint8_t ip_hdr_len;
	size_t len;
	struct ul_stack_piece piece[UL_STACK_PIECES_MAX];
	unsigned int count;
};

struct ul_stack_conf {
	/*
	 * Queue a packet. 0 when queued or dropped for good; -ENOBUFS when
	 * the queue is full and TCP should hold it back. Must not call back
	 * into the stack.
	 */
	int (*output)(const struct ul_stack_out *pkt, void *arg);
	/* Does the port of @guest take what is not whole? NULL: none does. */
	bool (*can_offload)(const struct ul_addr *guest, void *arg);
	void *arg;
	uint16_t mtu;			/* of the network, IP bytes */
	size_t send_bytes_max;		/* data waiting for guests, together */
	size_t pinned_bytes_max;	/* data from guests waiting, together */
	size_t conn_pinned_max;		/* the same of one connection */
};

/*
 * What the connections of one guest hold together, and may hold: up to its
 * own maximum; and while the network as a whole is over its own, up to its
 * fair share of that. The owner sets the limits; the rest counts.
 */
struct ul_budget {
	size_t pinned, pinned_max, pinned_fair;
	size_t send, send_max, send_fair;
	uint64_t over_pinned, over_send;	/* as ul_stack_stats */
};

struct ul_stack *ul_stack_new(const struct ul_stack_conf *conf);
/* All connections must be closed before. NULL is fine. */
void ul_stack_free(struct ul_stack *stack);

/* The time of this turn, before any other call in it: lwIP's clock. */
void ul_stack_set_time(struct ul_stack *stack, int64_t now_us);

/* Give unused memory but @keep_bytes back to the system. */
void ul_stack_trim(struct ul_stack *stack, size_t keep_bytes);

/* How often a budget held something back, since start. */
struct ul_stack_stats {
	uint64_t over_pinned;	/* segments from guests, to be sent again */
	uint64_t over_send;	/* reads from the host, tried again later */
};
const struct ul_stack_stats *ul_stack_stats(const struct ul_stack *stack);

/* Bytes in use of the two budgets. */
size_t ul_stack_send_bytes(const struct ul_stack *stack);
size_t ul_stack_pinned_bytes(const struct ul_stack *stack);

/*
 * A UDP, ICMP or ICMPv6 datagram from a guest enters lwIP and is taken by
 * its raw pcbs. 0 when it was taken; @pkt is then the caller's to act on.
 * -EPROTO when lwIP refused it.
 */
int ul_stack_dgram_in(struct ul_stack *stack, const struct ul_pkt *pkt);

/* A datagram for a guest: the addresses and what the IP header carries. */
struct ul_stack_dgram {
	struct ul_addr src, dst;
	uint8_t proto;
	uint8_t ttl;
	uint8_t tos;
	/*
	 * Not 0: it stands for several UDP datagrams of so much payload, the
	 * last maybe less; its checksum is the pseudo-header's sum alone.
	 */
	uint16_t gso_size;
};

/* May what is sent to @guest stand for several datagrams? */
bool ul_stack_can_offload(const struct ul_stack *stack,
			  const struct ul_addr *guest);

/*
 * Send @count pieces, transport header (checksum filled in) first, at most
 * 65535 bytes, with the IP header (IPv4) or without (IPv6). Larger than the guest's MTU is for
 * output() to fragment. The first piece may be without buf; every other
 * needs one. 0; -ENOBUFS queue full; -EMSGSIZE; -ENOMEM.
 */
int ul_stack_dgram_out(struct ul_stack *stack, const struct ul_stack_dgram *d,
		       const struct ul_stack_piece *piece, unsigned int count);

/*
 * A buffer for one packet (128 KiB), from a budget of its own that TCP's
 * waiting data cannot use up. NULL over that budget: drop the packet.
 */
struct ul_buf *ul_stack_buf_get(struct ul_stack *stack);
/* Is more than a half of that budget held? */
bool ul_stack_buf_is_scarce(const struct ul_stack *stack);

#endif
