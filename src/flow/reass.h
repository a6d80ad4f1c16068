/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reass.h - joining the fragments of guests' datagrams
 *
 * Key: port, family, source, destination, identification, protocol.
 * Overlapping fragments drop the datagram (RFC 5722 3, RFC 8200 4.5).
 * 64 KiB per datagram; datagrams and bytes are bounded per port: a new one
 * pushes the port's oldest out. Timers 15 s (IPv4) and 60 s (IPv6).
 */
#ifndef UL_FLOW_REASS_H
#define UL_FLOW_REASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "loop/loop.h"

struct ul_reass;

struct ul_frag {
	const void *port;	/* identity of the port it came in at */
	struct ul_addr src, dst;
	uint32_t id;
	uint8_t proto;		/* IPv6: next header of the fragment header */
	uint16_t offset;	/* in bytes */
	bool more;
	const uint8_t *header;	/* unfragmentable part, IP header on */
	size_t header_len;	/* fragment header of IPv6 left out */
	const uint8_t *data;
	size_t len;
};

/*
 * A datagram timed out; @header and the first fragment's @data, for the ICMP
 * error (RFC 792, RFC 4443 3.3), or NULL data when that never came. The two
 * are adjacent in memory: a packet of header_len + len bytes at @header.
 */
typedef void (*ul_reass_timeout_fn)(const struct ul_frag *first, void *arg);

struct ul_reass *ul_reass_new(struct ul_loop *loop, ul_reass_timeout_fn fn,
			      void *arg);
void ul_reass_free(struct ul_reass *r);

/*
 * Add a fragment. 0 when more are missing; 1 when the datagram is whole:
 * *@out (header and payload, lengths and header checksum fixed, no fragment
 * fields left) is valid until the next call; -EBADMSG overlap or bad length:
 * the datagram is dropped; -ENOBUFS out of memory. An exact repetition of
 * bytes that are there is no overlap, and changes nothing.
 */
int ul_reass_add(struct ul_reass *r, const struct ul_frag *frag,
		 uint8_t **out, size_t *out_len);

/* Datagrams that were pushed out by newer ones, since start. */
uint64_t ul_reass_evicted(const struct ul_reass *r);

/* Forget all fragments of a port that went away. */
void ul_reass_forget_port(struct ul_reass *r, const void *port);

#endif
