/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns.h - as much of DNS messages (RFC 1035) as a relay needs
 *
 * The header, the bytes of the one question, the sender's limit for answers
 * over UDP, and answers of header and question alone. Records are not read.
 */
#ifndef UL_WIRE_DNS_H
#define UL_WIRE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define UL_DNS_HLEN 12
#define UL_DNS_QUESTION_MAX (255 + 4)	/* RFC 1035 2.3.4; type and class */
#define UL_DNS_SHORT_MAX (UL_DNS_HLEN + UL_DNS_QUESTION_MAX)
#define UL_DNS_UDP_MAX 512		/* RFC 1035 4.2.1, without EDNS */

#define UL_DNS_QR 0x8000
#define UL_DNS_OPCODE 0x7800
#define UL_DNS_TC 0x0200
#define UL_DNS_RD 0x0100
#define UL_DNS_RA 0x0080
#define UL_DNS_RCODE 0x000f

enum ul_dns_rcode {
	UL_DNS_FORMERR = 1,
	UL_DNS_SERVFAIL = 2,
	UL_DNS_NOTIMP = 4,
	UL_DNS_REFUSED = 5,
};

struct ul_dns_head {
	uint16_t id;
	uint16_t flags;
	uint16_t questions;
	uint32_t records;	/* of all sections */
	/*
	 * Bytes of the only question, right behind the header. 0 when there
	 * is none or more than one, when it is malformed, or when its name
	 * has a pointer, for which there is nothing to point at.
	 */
	size_t question_len;
};

/* 0, or -EBADMSG when even the header is cut off. */
int ul_dns_head_parse(struct ul_dns_head *out, const uint8_t *msg, size_t len);

/*
 * The largest UDP answer that the sender of this query takes: what its OPT
 * record says (RFC 6891 6.2.3), but at least UL_DNS_UDP_MAX.
 */
size_t ul_dns_udp_max(const struct ul_dns_head *h, const uint8_t *msg,
		      size_t len);

/*
 * Are two questions of @len bytes, both taken from parsed messages, the same
 * but for the case of letters? None is the same as none.
 */
bool ul_dns_is_same_question(const uint8_t *a, const uint8_t *b, size_t len);

/* A message of a header and the @len bytes of @question, or none for 0. */
void ul_dns_emit_short(struct ul_wr *w, uint16_t id, uint16_t flags,
		       const uint8_t *question, size_t len);

/* The flags of an answer with @rcode to a query with @flags. */
uint16_t ul_dns_error_flags(uint16_t flags, enum ul_dns_rcode rcode);

#endif
