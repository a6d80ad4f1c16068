/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ra.h - router solicitations and advertisements (RFC 4861 4.1, 4.2)
 *
 * With the options that hosts configure themselves by: prefixes, the MTU, and
 * DNS servers and a search domain (RFC 8106).
 */
#ifndef UL_WIRE_RA_H
#define UL_WIRE_RA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "wire/dname.h"

#define UL_RA_MAX 512		/* the longest that ul_ra_emit() makes */
#define UL_RA_PREFIXES_MAX 2	/* more are passed over, as more servers */
#define UL_RA_DNS_MAX 3

#define UL_RA_MANAGED 0x80	/* addresses are to be had by DHCPv6 */
#define UL_RA_OTHER 0x40	/* and so is the rest */

#define UL_RA_ON_LINK 0x80	/* flags of a prefix */
#define UL_RA_AUTO 0x40		/* addresses can be made of it */

struct ul_rs {
	bool has_lladdr;
	uint8_t lladdr[6];
};

struct ul_ra_prefix {
	struct ul_prefix prefix;
	uint8_t flags;		/* UL_RA_ON_LINK, UL_RA_AUTO */
	uint32_t valid_s, preferred_s;
};

struct ul_ra {
	uint8_t hop_limit;
	uint8_t flags;		/* UL_RA_MANAGED, UL_RA_OTHER */
	uint16_t lifetime_s;	/* as a default router; 0: it is none */
	uint32_t reachable_ms, retrans_ms;
	bool has_lladdr;
	uint8_t lladdr[6];
	uint32_t mtu;		/* 0: not told */
	unsigned int prefix_count;
	struct ul_ra_prefix prefix[UL_RA_PREFIXES_MAX];
	unsigned int dns_count;
	struct ul_addr dns[UL_RA_DNS_MAX];
	uint32_t dns_s;		/* how long those hold */
	char domain[UL_DNAME_STRLEN];	/* "": not told */
	uint32_t domain_s;
};

/*
 * An ICMPv6 message, its checksum checked before. 0; -EBADMSG malformed;
 * -EPROTO another type or a code that is not 0. Options of other kinds, and
 * of a length that is not their kind's, are passed over (RFC 4861 4.6).
 */
int ul_rs_parse(struct ul_rs *out, const uint8_t *msg, size_t len);
int ul_ra_parse(struct ul_ra *out, const uint8_t *msg, size_t len);

/* The message with its checksum. A name that is none makes @w bad. */
void ul_rs_emit(struct ul_wr *w, const struct ul_rs *rs,
		const struct ul_addr *src, const struct ul_addr *dst);
void ul_ra_emit(struct ul_wr *w, const struct ul_ra *ra,
		const struct ul_addr *src, const struct ul_addr *dst);

#endif
