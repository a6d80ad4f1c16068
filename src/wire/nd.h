/* SPDX-License-Identifier: BSD-3-Clause */
/* nd.h - neighbour solicitation and advertisement (RFC 4861) */
#ifndef UL_WIRE_ND_H
#define UL_WIRE_ND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

#define UL_ND_NS_LEN 32		/* with a link-layer address option */
#define UL_ND_NA_LEN 32

struct ul_nd {
	uint8_t type;		/* UL_ICMP6_NS or UL_ICMP6_NA */
	uint32_t flags;		/* NA: UL_ND_NA_* */
	struct ul_addr target;
	bool has_lladdr;	/* source (NS) or target (NA) option */
	uint8_t lladdr[6];
};

#define UL_ND_NA_ROUTER 0x80000000u
#define UL_ND_NA_SOLICITED 0x40000000u
#define UL_ND_NA_OVERRIDE 0x20000000u

/*
 * An ICMPv6 message of either type, its checksum checked before. 0; -EBADMSG
 * malformed (an option of length zero too, RFC 4861 4.6); -EPROTO another
 * type, a code that is not 0 or a multicast target.
 */
int ul_nd_parse(struct ul_nd *out, const uint8_t *msg, size_t len);

/* More link-layer addresses than any message has. */
#define UL_ND_LLADDRS_MAX 8

/*
 * Where the link-layer address options of any neighbour discovery message
 * (RFC 4861 4: solicitations, advertisements, redirects) have their address:
 * offsets in @msg of at most UL_ND_LLADDRS_MAX. How many; -EBADMSG malformed;
 * -EPROTO another type.
 */
int ul_nd_find_lladdrs(size_t off[UL_ND_LLADDRS_MAX], const uint8_t *msg,
		       size_t len);

/* The message with its option and checksum: 32 bytes. */
void ul_nd_emit(struct ul_wr *w, const struct ul_nd *nd,
		const struct ul_addr *src, const struct ul_addr *dst);

#endif
