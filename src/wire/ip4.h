/* SPDX-License-Identifier: BSD-3-Clause */
/* ip4.h - IPv4 header (RFC 791) */
#ifndef UL_WIRE_IP4_H
#define UL_WIRE_IP4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

#define UL_IP4_HLEN 20

struct ul_ip4 {
	struct ul_addr src, dst;
	uint8_t proto;
	uint8_t ttl;
	uint8_t tos;
	uint16_t id;
	bool df, mf;
	uint16_t frag_offset;	/* bytes */
	uint8_t hdr_len;	/* bytes, options included */
	uint16_t total_len;
};

/*
 * The header at @data, of @len bytes that may have padding behind the packet.
 * Options are passed over, not read. 0; -EBADMSG when lengths do not agree or
 * the version is not 4; -EILSEQ when the header's checksum is wrong.
 */
int ul_ip4_parse(struct ul_ip4 *out, const uint8_t *data, size_t len);

/* 20 bytes with their checksum; hdr_len is not read. */
void ul_ip4_emit(struct ul_wr *w, const struct ul_ip4 *h);

#endif
