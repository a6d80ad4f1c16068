/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp.h - TCP header and options (RFC 9293, RFC 7323, RFC 2018) */
#ifndef UL_WIRE_TCP_H
#define UL_WIRE_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

#define UL_TCP_HLEN 20
#define UL_TCP_HLEN_MAX 60
#define UL_TCP_FIN 0x01
#define UL_TCP_SYN 0x02
#define UL_TCP_RST 0x04
#define UL_TCP_PSH 0x08
#define UL_TCP_ACK 0x10
#define UL_TCP_URG 0x20

#define UL_TCP_SACK_MAX 4

struct ul_tcp_sack {
	uint32_t left, right;
};

struct ul_tcp {
	uint16_t src_port, dst_port;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;	/* as on the wire, not scaled */
	uint8_t hdr_len;	/* options included */
	uint16_t mss;		/* 0: none */
	int8_t wscale;		/* -1: none */
	bool sack_ok;
	uint8_t sack_count;
	struct ul_tcp_sack sack[UL_TCP_SACK_MAX];
};

/*
 * The header and its options. 0 or -EBADMSG when the header does not fit. A
 * malformed list of options ends the list and is no error, as in kernels.
 */
int ul_tcp_parse(struct ul_tcp *out, const uint8_t *seg, size_t len);

bool ul_tcp_checksum_ok(const struct ul_addr *src, const struct ul_addr *dst,
			const uint8_t *seg, size_t len);

/*
 * Turn all options of a parsed segment into NOPs: lwIP would take an MSS or
 * a window scale from any segment. The checksum is not mended.
 */
void ul_tcp_blank_options(uint8_t *seg, uint8_t hdr_len);

/* Bound the MSS option of a parsed SYN, if any. The checksum is not mended. */
void ul_tcp_clamp_mss(uint8_t *seg, uint8_t hdr_len, uint16_t min,
		      uint16_t max);

#endif
