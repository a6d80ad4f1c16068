/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_rr.h - the records of a DNS message, one after the other
 *
 * Messages of others: a record is told only when all of it is there, and a
 * name is read only when its pointers lead backwards, so reading one ends.
 */
#ifndef UL_WIRE_DNS_RR_H
#define UL_WIRE_DNS_RR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "wire/dns.h"

#define UL_DNS_TTL_MAX_S 0x7fffffffu	/* RFC 2181 8 */

/* A name with its labels' lengths, without pointers, in lower case. */
struct ul_dns_dname {
	uint8_t len;
	uint8_t b[255];
};

struct ul_dns_rr {
	enum ul_dns_section section;
	uint16_t type, class;
	uint32_t ttl_s;		/* what is above the maximum is 0 (RFC 2181) */
	size_t owner_at;	/* offsets into the message */
	size_t ttl_at;
	size_t data_at;
	uint16_t data_len;
};

struct ul_dns_rrs {
	struct ul_rd r;
	size_t len;
	uint16_t left[UL_DNS_SECTION_COUNT];
};

/* Read the records of a message whose head is @h; @msg is borrowed. */
void ul_dns_rrs_init(struct ul_dns_rrs *it, const struct ul_dns_head *h,
		     const uint8_t *msg, size_t len);
/* False at the end, or where the message is damaged. */
bool ul_dns_rr_next(struct ul_dns_rrs *it, struct ul_dns_rr *out);
/* Did it end before the counts of the head said so? */
bool ul_dns_rrs_is_cut(const struct ul_dns_rrs *it);

/* The name at @at. 0 or -EBADMSG. */
int ul_dns_dname_read(struct ul_dns_dname *out, const uint8_t *msg, size_t len,
		      size_t at);
bool ul_dns_dname_eq(const struct ul_dns_dname *a,
		     const struct ul_dns_dname *b);

#endif
