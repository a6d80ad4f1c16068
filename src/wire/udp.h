/* SPDX-License-Identifier: BSD-3-Clause */
/* udp.h - UDP header (RFC 768) */
#ifndef UL_WIRE_UDP_H
#define UL_WIRE_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

#define UL_UDP_HLEN 8

struct ul_udp {
	uint16_t src_port, dst_port;
	uint16_t len;		/* header included */
	uint16_t csum;
};

/* 0 or -EBADMSG: too short, or a length field below 8 or beyond @len. */
int ul_udp_parse(struct ul_udp *out, const uint8_t *l4, size_t len);

/*
 * Is the checksum over the @len bytes of the length field right? Zero means
 * none over IPv4 and is wrong over IPv6 (RFC 8200 8.1).
 */
bool ul_udp_checksum_ok(const struct ul_addr *src, const struct ul_addr *dst,
			const uint8_t *l4, size_t len);

/*
 * The header for @payload, checksum filled in; the payload is not written. A
 * payload that the length field cannot say makes @w bad.
 */
void ul_udp_emit(struct ul_wr *w, const struct ul_ep *src,
		 const struct ul_ep *dst, const void *payload,
		 size_t payload_len);

#endif
