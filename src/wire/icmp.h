/* SPDX-License-Identifier: BSD-3-Clause */
/* icmp.h - the fixed part of ICMP and ICMPv6 messages (RFC 792, RFC 4443) */
#ifndef UL_WIRE_ICMP_H
#define UL_WIRE_ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

#define UL_ICMP_HLEN 8

#define UL_ICMP4_ECHO_REPLY 0
#define UL_ICMP4_UNREACHABLE 3
#define UL_ICMP4_ECHO 8
#define UL_ICMP4_TIME_EXCEEDED 11
#define UL_ICMP4_PARAM_PROBLEM 12

#define UL_ICMP6_UNREACHABLE 1
#define UL_ICMP6_TOO_BIG 2
#define UL_ICMP6_TIME_EXCEEDED 3
#define UL_ICMP6_PARAM_PROBLEM 4
#define UL_ICMP6_ECHO 128
#define UL_ICMP6_ECHO_REPLY 129
#define UL_ICMP6_RS 133
#define UL_ICMP6_RA 134
#define UL_ICMP6_NS 135
#define UL_ICMP6_NA 136
#define UL_ICMP6_REDIRECT 137

struct ul_icmp {
	uint8_t type, code;
	uint32_t rest;		/* echo: id and sequence; errors: MTU ... */
};

/* 0 or -EBADMSG when shorter than 8 bytes. */
int ul_icmp_parse(struct ul_icmp *out, const uint8_t *msg, size_t len);

/*
 * The packet that an error speaks of, as far as the message shows it: it was
 * sent from @src to @dst. A message need not have more of it than a header
 * and eight bytes (RFC 792, RFC 1122 3.2.2), which of TCP are the ports and
 * the sequence number.
 */
struct ul_icmp_quote {
	struct ul_ep src, dst;
	uint8_t proto;		/* UL_IPPROTO_* */
	uint32_t seq;		/* of TCP; else whatever is there */
};

/*
 * Of the error message at @msg, UL_ICMP_HLEN included. 0; -EBADMSG when it
 * shows less, another version of IP, or a fragment that is not the first. An
 * IPv6 packet with extension headers has no ports here.
 */
int ul_icmp_quote_parse(struct ul_icmp_quote *out, const uint8_t *msg,
			size_t len, enum ul_family family);

/* The checksum of either family, told by the addresses. */
bool ul_icmp_checksum_ok(const struct ul_addr *src, const struct ul_addr *dst,
			 const uint8_t *msg, size_t len);

/* 8 bytes, with the checksum over them and @body, which is not written. */
void ul_icmp_emit(struct ul_wr *w, const struct ul_icmp *h,
		  const struct ul_addr *src, const struct ul_addr *dst,
		  const void *body, size_t body_len);

#endif
