/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns.h - as much of DNS messages (RFC 1035) as a relay and a zone need
 *
 * Of a query: the header, the one question, what EDNS says. Answers of header
 * and question alone, and records for those that have more. The records of
 * others' answers are read by dns_rr.h.
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
#define UL_DNS_LABEL_MAX 63
#define UL_DNS_NAME_LEN 254		/* a name's longest text and its NUL */

#define UL_DNS_QR 0x8000
#define UL_DNS_OPCODE 0x7800
#define UL_DNS_AA 0x0400
#define UL_DNS_TC 0x0200
#define UL_DNS_RD 0x0100
#define UL_DNS_RA 0x0080
#define UL_DNS_AD 0x0020		/* RFC 4035 3.2 */
#define UL_DNS_CD 0x0010
#define UL_DNS_RCODE 0x000f

enum ul_dns_type {
	UL_DNS_A = 1,
	UL_DNS_CNAME = 5,
	UL_DNS_SOA = 6,
	UL_DNS_PTR = 12,
	UL_DNS_AAAA = 28,
	UL_DNS_OPT = 41,		/* RFC 6891 6.1.2 */
	UL_DNS_IXFR = 251,
	UL_DNS_AXFR = 252,
	UL_DNS_ANY = 255,
};

#define UL_DNS_IN 1			/* the class that everything is in */

enum ul_dns_rcode {
	UL_DNS_NOERROR = 0,
	UL_DNS_FORMERR = 1,
	UL_DNS_SERVFAIL = 2,
	UL_DNS_NXDOMAIN = 3,
	UL_DNS_NOTIMP = 4,
	UL_DNS_REFUSED = 5,
	UL_DNS_BADVERS = 16,		/* RFC 6891 9: its upper bits in OPT */
};

enum ul_dns_section {
	UL_DNS_ANSWER,
	UL_DNS_AUTHORITY,
	UL_DNS_ADDITIONAL,
};
#define UL_DNS_SECTION_COUNT (UL_DNS_ADDITIONAL + 1)

struct ul_dns_head {
	uint16_t id;
	uint16_t flags;
	uint16_t questions;
	uint16_t section[UL_DNS_SECTION_COUNT];	/* records of each */
	uint32_t records;	/* of all sections */
	/*
	 * Bytes of the only question, right behind the header. 0 when there
	 * is none or more than one, when it is malformed, or when its name
	 * has a pointer, for which there is nothing to point at.
	 */
	size_t question_len;
};

/*
 * The name is text in lower case, without the last dot, "" for the root. What
 * no name of a host has becomes '?', so it equals none, and labels stay where
 * they were: the one at name[i] is at UL_DNS_HLEN + i of the message.
 */
struct ul_dns_question {
	char name[UL_DNS_NAME_LEN];
	uint16_t type, class;
};

/* What an OPT record says (RFC 6891 6.1.3); all zero when there is none. */
struct ul_dns_edns {
	bool is_there;
	bool wants_dnssec;
	uint8_t version;
	uint16_t udp_size;
};

/* 0, or -EBADMSG when even the header is cut off. */
int ul_dns_head_parse(struct ul_dns_head *out, const uint8_t *msg, size_t len);

/* The only question of a parsed message: 0, or -EBADMSG when it has none. */
int ul_dns_question_parse(struct ul_dns_question *out,
			  const struct ul_dns_head *h, const uint8_t *msg,
			  size_t len);

/* Pass a name: labels, ended by the root or by a pointer. */
void ul_dns_skip_name(struct ul_rd *r);

/* Names compare without the case of ASCII letters (RFC 4343). */
static inline uint8_t ul_dns_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/* The first OPT record. */
void ul_dns_edns_find(struct ul_dns_edns *out, const struct ul_dns_head *h,
		      const uint8_t *msg, size_t len);

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

/*
 * A record behind the question, its owner the name at @owner bytes of the
 * message. What is written between both calls is its data.
 */
size_t ul_dns_record_begin(struct ul_wr *w, size_t owner,
			   enum ul_dns_type type, uint32_t ttl_s);
void ul_dns_record_end(struct ul_wr *w, size_t begun);

/* @text is a name without the last dot, of labels that are none too long. */
void ul_dns_emit_name(struct ul_wr *w, const char *text);

/*
 * The OPT record of an answer to a query that had @asked; @extended are the
 * upper bits of the response code.
 */
void ul_dns_emit_opt(struct ul_wr *w, const struct ul_dns_edns *asked,
		     uint16_t udp_size, uint8_t extended);

/* Overwrite how many records @section has in the message at @w. */
static inline void ul_dns_patch_count(struct ul_wr *w,
				      enum ul_dns_section section,
				      uint16_t count)
{
	ul_wr_patch_u16(w, 6 + 2 * (size_t)section, count);
}

/* The flags of an answer with @rcode to a query with @flags. */
uint16_t ul_dns_error_flags(uint16_t flags, enum ul_dns_rcode rcode);

#endif
