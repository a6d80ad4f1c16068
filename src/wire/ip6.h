/* SPDX-License-Identifier: BSD-3-Clause */
/* ip6.h - IPv6 header and the chain of extension headers (RFC 8200) */
#ifndef UL_WIRE_IP6_H
#define UL_WIRE_IP6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

#define UL_IP6_HLEN 40
#define UL_IP6_FRAG_HLEN 8
#define UL_IP6_NEXT_FRAGMENT 44
#define UL_IP6_NEXT_NONE 59

struct ul_ip6 {
	struct ul_addr src, dst;
	uint8_t tc;		/* traffic class */
	uint32_t flow;		/* label, 20 bits */
	uint16_t payload_len;
	uint8_t next;
	uint8_t hop_limit;
};

/* Where the chain of extension headers leads. Offsets from the IP header. */
struct ul_ip6_chain {
	uint8_t proto;		/* the transport's, or what a fragment holds */
	size_t l4_off;		/* behind the fragment header, if there is one */
	bool has_frag;
	size_t frag_off;	/* the fragment header */
	size_t prev_next_off;	/* the byte that names it */
	uint16_t frag_offset;	/* bytes */
	bool frag_more;
	uint32_t frag_id;
};

/*
 * 0; -EBADMSG too short, or a payload length beyond @len; -EPROTO for an
 * IPv4-mapped address, which no wire may bring in (base/addr.h).
 */
int ul_ip6_parse(struct ul_ip6 *out, const uint8_t *data, size_t len);

/*
 * Walk at most 8 extension headers of the packet at @data, @h->payload_len
 * behind its header. Hop-by-hop, routing, destination options and AH are
 * passed over; the walk ends at a fragment header. 0; -EBADMSG malformed or
 * too many; -EPROTO for a routing header with segments left.
 */
int ul_ip6_walk(struct ul_ip6_chain *out, const struct ul_ip6 *h,
		const uint8_t *data);

void ul_ip6_emit(struct ul_wr *w, const struct ul_ip6 *h);

#endif
