/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pkt.h - one whole IP packet from a guest, parsed once
 *
 * What leaves the front parser (flow/ip_in): lengths agree, the header has
 * no options or extension headers left before @l4, fragments are joined, the
 * checksums were right. Those who get it use the struct, never the bytes of
 * the header again.
 */
#ifndef UL_WIRE_PKT_H
#define UL_WIRE_PKT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"

#define UL_IPPROTO_ICMP 1
#define UL_IPPROTO_TCP 6
#define UL_IPPROTO_UDP 17
#define UL_IPPROTO_ICMP6 58

struct ul_pkt {
	struct ul_addr src, dst;
	uint8_t proto;		/* of the transport, extension headers passed */
	uint8_t ttl;		/* or hop limit */
	uint8_t tos;		/* or traffic class */
	bool df;		/* don't fragment; set for IPv6 unless it came
				   in fragments, which the guest then can do */
	uint8_t mac[6];		/* the sender's */
	uint8_t *ip;		/* the IP header; for ICMP errors' quotes */
	size_t ip_len;		/* header and payload, padding cut off */
	uint8_t *l4;		/* transport header on, inside @ip */
	size_t l4_len;
	uint16_t gso_size;	/* payload of each segment that this stands
				   for; 0: it is what it seems */
	struct ul_buf *buf;	/* keeps the bytes alive; borrowed */
	const void *port;	/* that it came in at: an identity */
};

#endif
