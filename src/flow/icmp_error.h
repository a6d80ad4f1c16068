/* SPDX-License-Identifier: BSD-3-Clause */
/* icmp_error.h - tell a guest why its packet was not delivered */
#ifndef UL_FLOW_ICMP_ERROR_H
#define UL_FLOW_ICMP_ERROR_H

#include <stdint.h>

#include "flow/ctx.h"

/* Reasons by what happened; each has its type and code in both families. */
enum ul_icmp_reason {
	UL_ICMP_NET_UNREACHABLE,	/* 3/0; ICMPv6 1/0 no route */
	UL_ICMP_HOST_UNREACHABLE,	/* 3/1; 1/3 address unreachable */
	UL_ICMP_PROTO_UNREACHABLE,	/* 3/2; 4/1 unrecognized next header */
	UL_ICMP_PORT_UNREACHABLE,	/* 3/3; 1/4 */
	UL_ICMP_PROHIBITED,		/* 3/13; 1/1 */
	UL_ICMP_TTL_EXCEEDED,		/* 11/0; 3/0 */
	UL_ICMP_REASSEMBLY_TIMEOUT,	/* 11/1; 3/1 */
	UL_ICMP_TOO_BIG,		/* 3/4; 2/0; @mtu is carried */
};
#define UL_ICMP_REASON_COUNT (UL_ICMP_TOO_BIG + 1)

/*
 * Send an error about @pkt, quoting it from its IP header on (RFC 1812
 * 4.3.2.3: up to 576 bytes; RFC 4443 2.4: up to 1280), from the gateway's
 * address. Never about an ICMP error, a fragment but the first, a multicast
 * or broadcast destination (RFC 1122 3.2.2); limited to 1000 a second with a
 * burst of 200, as a whole kernel limits itself (net.ipv4.icmp_msgs_per_sec).
 */
void ul_icmp_error_send(struct ul_flow_ctx *ctx, const struct ul_pkt *pkt,
			enum ul_icmp_reason reason, uint32_t mtu);

/*
 * The same with type and code of an error that a router on the way sent to
 * the host (IP_RECVERR), as if from that router, @from.
 */
void ul_icmp_error_relay(struct ul_flow_ctx *ctx, const struct ul_pkt *pkt,
			 const struct ul_addr *from, uint8_t type,
			 uint8_t code, uint32_t info);

/*
 * The same for a send on the host that failed with @err (positive); @mtu
 * with EMSGSIZE, 0 when unknown. Silent where @err says nothing of the way.
 */
void ul_icmp_error_errno(struct ul_flow_ctx *ctx, const struct ul_pkt *pkt,
			 int err, uint32_t mtu);

/*
 * The IP header of a packet of @l4_len transport bytes as a guest may have
 * sent it, for the quote of an error whose packet is not there any more.
 * Returns its length, at most UL_ICMP_QUOTE_HEADER_MAX.
 */
#define UL_ICMP_QUOTE_HEADER_MAX 40
size_t ul_icmp_quote_header(uint8_t *out, const struct ul_addr *src,
			    const struct ul_addr *dst, uint8_t proto,
			    size_t l4_len);

#endif
