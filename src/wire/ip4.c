/* SPDX-License-Identifier: BSD-3-Clause */
/* ip4.c - IPv4 header */
#include "wire/ip4.h"

#include <errno.h>

#include "base/csum.h"

#define FLAG_DF 0x4000
#define FLAG_MF 0x2000
#define OFFSET_MASK 0x1fff
#define CSUM_OFFSET 10

int ul_ip4_parse(struct ul_ip4 *out, const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	struct ul_ip4 h;
	uint8_t ver_ihl = ul_rd_u8(&r);
	uint16_t frag;

	h.hdr_len = (uint8_t)((ver_ihl & 0x0f) * 4);
	h.tos = ul_rd_u8(&r);
	h.total_len = ul_rd_u16(&r);
	h.id = ul_rd_u16(&r);
	frag = ul_rd_u16(&r);
	h.df = frag & FLAG_DF;
	h.mf = frag & FLAG_MF;
	h.frag_offset = (uint16_t)((frag & OFFSET_MASK) * 8);
	h.ttl = ul_rd_u8(&r);
	h.proto = ul_rd_u8(&r);
	ul_rd_skip(&r, 2);
	h.src = ul_addr_v4(ul_rd_u32(&r));
	h.dst = ul_addr_v4(ul_rd_u32(&r));
	if (r.bad || ver_ihl >> 4 != 4 || h.hdr_len < UL_IP4_HLEN ||
	    h.total_len < h.hdr_len || h.total_len > len)
		return -EBADMSG;
	if (ul_csum_fold(ul_csum_add(0, data, h.hdr_len)))
		return -EILSEQ;
	*out = h;
	return 0;
}

void ul_ip4_emit(struct ul_wr *w, const struct ul_ip4 *h)
{
	size_t at = w->len;

	ul_wr_u8(w, 0x45);
	ul_wr_u8(w, h->tos);
	ul_wr_u16(w, h->total_len);
	ul_wr_u16(w, h->id);
	ul_wr_u16(w, (uint16_t)((h->df ? FLAG_DF : 0) | (h->mf ? FLAG_MF : 0) |
				h->frag_offset / 8));
	ul_wr_u8(w, h->ttl);
	ul_wr_u8(w, h->proto);
	ul_wr_u16(w, 0);
	ul_wr_u32(w, ul_addr_to_v4(&h->src));
	ul_wr_u32(w, ul_addr_to_v4(&h->dst));
	if (!w->bad)
		ul_wr_patch_u16(w, at + CSUM_OFFSET, ul_csum_fold(
				ul_csum_add(0, w->start + at, UL_IP4_HLEN)));
}
