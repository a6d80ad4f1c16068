/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sums.h - the checksums of a whole frame: IPv4 header, TCP, UDP, ICMP
 *
 * For frames that other machines sent, on their way to somebody else: what
 * cannot be checked passes, since the receiver judges it as it always does.
 * That are other protocols, fragments, malformed headers, and UDP without a
 * sum (over IPv6 too: RFC 6935 leaves it to the receiver).
 */
#ifndef UL_WIRE_SUMS_H
#define UL_WIRE_SUMS_H

#include <stddef.h>
#include <stdint.h>

enum ul_sums_state {
	UL_SUMS_NONE,		/* of a transport: nothing to check */
	UL_SUMS_RIGHT,
	UL_SUMS_PARTIAL,	/* TCP, UDP: the pseudo-header's sum alone */
	UL_SUMS_WRONG,
};

/* Offsets count from the start of the frame; of PARTIAL all are set. */
struct ul_sums {
	enum ul_sums_state state;
	uint8_t proto;		/* UL_IPPROTO_..., 0 for NONE */
	size_t l3_off, l4_off;
	size_t sum_off;		/* where the transport's sum is */
	uint16_t whole;		/* PARTIAL: what belongs there */
};

/* Check the Ethernet frame at @frame, behind up to two VLAN tags. */
struct ul_sums ul_sums_check(const uint8_t *frame, size_t len);

#endif
