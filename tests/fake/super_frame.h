/* SPDX-License-Identifier: BSD-3-Clause */
/* super_frame.h - TCP and UDP super-frames as a guest's kernel makes them */
#ifndef UL_TESTS_SUPER_FRAME_H
#define UL_TESTS_SUPER_FRAME_H

#include <stdbool.h>
#include <string.h>

#include "base/csum.h"
#include "base/cursor.h"
#include "link/port.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/pkt.h"
#include "wire/tcp.h"

#define SUPER_SEQ 0xfffffc00u	/* wraps on the way */
#define SUPER_ID 0xfffe

struct super_kind {
	bool is_v6, is_tcp, has_vlan;
	size_t ext_len;		/* IPv4 options, or IPv6 extension headers */
	size_t tcp_options;
	size_t payload_len;
	uint16_t gso_size;
};

struct super_frame {
	bool is_v6, is_tcp, has_vlan;
	size_t hdr_len, payload_len, len;
	struct ul_offload offload;
	uint8_t frame[UL_FRAME_MAX];
};

static const struct super_kind super_kinds[] = {
	{ .is_tcp = true, .payload_len = 65000, .gso_size = 1448,
	  .tcp_options = 12 },
	{ .is_tcp = true, .is_v6 = true, .payload_len = 65001,
	  .gso_size = 1428, .tcp_options = 12 },
	{ .is_tcp = true, .payload_len = 4097, .gso_size = 1000,
	  .has_vlan = true },
	{ .is_tcp = true, .payload_len = 1461, .gso_size = 1460 },
	{ .is_tcp = true, .payload_len = 3333, .gso_size = 1111,
	  .ext_len = 8, .tcp_options = 40 },
	{ .is_tcp = true, .is_v6 = true, .payload_len = 7777,
	  .gso_size = 777, .ext_len = 16 },
	{ .payload_len = 8000, .gso_size = 1200 },
	{ .is_v6 = true, .payload_len = 8001, .gso_size = 1201 },
	{ .is_tcp = true, .payload_len = 900, .gso_size = 9 },
};
#define SUPER_KINDS ((int)(sizeof(super_kinds) / sizeof(super_kinds[0])))

static inline void super_ip4(struct ul_wr *w, const struct super_kind *k,
			     size_t l4_len)
{
	struct ul_ip4 ip = {
		.proto = k->is_tcp ? UL_IPPROTO_TCP : UL_IPPROTO_UDP,
		.ttl = 64, .df = true, .id = SUPER_ID,
		.total_len = (uint16_t)(UL_IP4_HLEN + k->ext_len + l4_len),
	};
	size_t at = w->len;

	ul_addr_parse(&ip.src, "10.77.0.2");
	ul_addr_parse(&ip.dst, "10.77.0.1");
	ul_ip4_emit(w, &ip);
	memset(ul_wr_take(w, k->ext_len), 1, k->ext_len);	/* NOPs */
	w->start[at] = (uint8_t)(0x45 + k->ext_len / 4);
	ul_wr_patch_u16(w, at + 10, 0);
	ul_wr_patch_u16(w, at + 10,
			ul_csum_fold(ul_csum_add(0, w->start + at,
						 w->len - at)));
}

/* Destination options that hold nothing but padding, 8 bytes each. */
static inline void super_ip6(struct ul_wr *w, const struct super_kind *k,
			     size_t l4_len)
{
	uint8_t proto = k->is_tcp ? UL_IPPROTO_TCP : UL_IPPROTO_UDP;
	struct ul_ip6 ip = {
		.hop_limit = 64, .next = k->ext_len ? 60 : proto,
		.payload_len = (uint16_t)(k->ext_len + l4_len),
	};

	ul_addr_parse(&ip.src, "fd77::2");
	ul_addr_parse(&ip.dst, "fd77::1");
	ul_ip6_emit(w, &ip);
	for (size_t i = 0; i < k->ext_len; i += 8) {
		ul_wr_u8(w, i + 8 < k->ext_len ? 60 : proto);
		ul_wr_u8(w, 0);
		ul_wr_u8(w, 1);		/* PadN */
		ul_wr_u8(w, 4);
		ul_wr_zero(w, 4);
	}
}

static inline void super_l4(struct ul_wr *w, const struct super_kind *k,
			    size_t l4_len)
{
	ul_wr_u16(w, 40000);
	ul_wr_u16(w, 7);
	if (!k->is_tcp) {
		ul_wr_u16(w, (uint16_t)l4_len);
		ul_wr_u16(w, 0);
		return;
	}
	ul_wr_u32(w, SUPER_SEQ);
	ul_wr_u32(w, 0x01020304);
	ul_wr_u8(w, (uint8_t)((UL_TCP_HLEN + k->tcp_options) / 4 << 4));
	ul_wr_u8(w, UL_TCP_ACK | UL_TCP_PSH | UL_TCP_FIN | 0xc0);
	ul_wr_u16(w, 500);
	ul_wr_u32(w, 0);
	memset(ul_wr_take(w, k->tcp_options), 1, k->tcp_options);
}

/* What a sender leaves for others to complete: the pseudo-header's sum. */
static inline void super_partial_sum(struct super_frame *s)
{
	size_t l4 = s->offload.csum_start, at = l4 + s->offload.csum_offset;
	struct ul_wr w = { .start = s->frame, .len = s->len,
			   .cap = sizeof(s->frame) };
	struct ul_addr src, dst;

	ul_addr_parse(&src, s->is_v6 ? "fd77::2" : "10.77.0.2");
	ul_addr_parse(&dst, s->is_v6 ? "fd77::1" : "10.77.0.1");
	ul_wr_patch_u16(&w, at, (uint16_t)~ul_csum_fold(ul_csum_pseudo(
		&src, &dst, s->is_tcp ? UL_IPPROTO_TCP : UL_IPPROTO_UDP,
		(uint32_t)(s->len - l4))));
}

static inline void super_frame_make(struct super_frame *s,
				    const struct super_kind *k)
{
	size_t l4_hdr = k->is_tcp ? UL_TCP_HLEN + k->tcp_options : 8;
	size_t l4_len = l4_hdr + k->payload_len;
	struct ul_wr w = ul_wr_new(s->frame, sizeof(s->frame));

	s->is_v6 = k->is_v6;
	s->is_tcp = k->is_tcp;
	s->has_vlan = k->has_vlan;
	ul_wr_bytes(&w, "\x52\x54\0\0\0\1\x52\x54\0\0\0\2", 12);
	if (k->has_vlan)
		ul_wr_u32(&w, 0x81000007);
	ul_wr_u16(&w, k->is_v6 ? 0x86dd : 0x0800);
	if (k->is_v6)
		super_ip6(&w, k, l4_len);
	else
		super_ip4(&w, k, l4_len);
	s->offload = (struct ul_offload){
		.csum = UL_CSUM_PARTIAL, .csum_start = (uint16_t)w.len,
		.csum_offset = k->is_tcp ? 16 : 6, .gso_size = k->gso_size,
	};
	super_l4(&w, k, l4_len);
	s->hdr_len = w.len;
	s->payload_len = k->payload_len;
	for (size_t i = 0; i < k->payload_len; i++)
		ul_wr_u8(&w, (uint8_t)(i * 7 + i / 251));
	s->len = w.len;
	super_partial_sum(s);
}

/* The same with another payload, as one packet. */
static inline void super_frame_resize(struct super_frame *s,
				      size_t payload_len)
{
	struct super_kind k = {
		.is_v6 = s->is_v6, .is_tcp = s->is_tcp,
		.has_vlan = s->has_vlan, .payload_len = payload_len,
	};

	super_frame_make(s, &k);
}

#endif
