/* SPDX-License-Identifier: BSD-3-Clause */
/* ip6.c - IPv6 header and the chain of extension headers */
#include "wire/ip6.h"

#include <errno.h>

#define MAX_HEADERS 8
#define NEXT_HOP_BY_HOP 0
#define NEXT_ROUTING 43
#define NEXT_AH 51
#define NEXT_DEST_OPTIONS 60

int ul_ip6_parse(struct ul_ip6 *out, const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	uint32_t first = ul_rd_u32(&r);
	struct ul_ip6 h;

	h.tc = (uint8_t)(first >> 20);
	h.flow = first & 0xfffff;
	h.payload_len = ul_rd_u16(&r);
	h.next = ul_rd_u8(&r);
	h.hop_limit = ul_rd_u8(&r);
	ul_rd_bytes(&r, h.src.b, 16);
	ul_rd_bytes(&r, h.dst.b, 16);
	if (r.bad || first >> 28 != 6 || h.payload_len > r.left)
		return -EBADMSG;
	if (ul_addr_is_v4(&h.src) || ul_addr_is_v4(&h.dst))
		return -EPROTO;
	*out = h;
	return 0;
}

static void read_fragment(struct ul_ip6_chain *c, struct ul_rd *r,
			  size_t at, size_t named_at)
{
	uint16_t field;

	c->has_frag = true;
	c->frag_off = at;
	c->prev_next_off = named_at;
	c->proto = ul_rd_u8(r);
	ul_rd_skip(r, 1);
	field = ul_rd_u16(r);
	c->frag_offset = field & 0xfff8;
	c->frag_more = field & 1;
	c->frag_id = ul_rd_u32(r);
	c->l4_off = at + UL_IP6_FRAG_HLEN;
}

/* Pass over one header; its length, or 0 when @next is not one to pass. */
static size_t skip_header(struct ul_rd *r, uint8_t next, uint8_t *after,
			  bool *is_source_routed)
{
	size_t len;

	if (next != NEXT_HOP_BY_HOP && next != NEXT_ROUTING &&
	    next != NEXT_AH && next != NEXT_DEST_OPTIONS)
		return 0;
	*after = ul_rd_u8(r);
	len = ul_rd_u8(r);
	len = next == NEXT_AH ? (len + 2) * 4 : (len + 1) * 8;
	if (next == NEXT_ROUTING) {
		ul_rd_skip(r, 1);
		*is_source_routed = ul_rd_u8(r) != 0;
		ul_rd_skip(r, len - 4);
	} else {
		ul_rd_skip(r, len - 2);
	}
	return len;
}

int ul_ip6_walk(struct ul_ip6_chain *out, const struct ul_ip6 *h,
		const uint8_t *data)
{
	struct ul_rd r = ul_rd_new(data, UL_IP6_HLEN + (size_t)h->payload_len);
	struct ul_ip6_chain c = { .proto = h->next };
	size_t at = UL_IP6_HLEN, named_at = 6;
	bool is_source_routed = false;

	ul_rd_skip(&r, UL_IP6_HLEN);
	for (int i = 0; i <= MAX_HEADERS; i++) {
		uint8_t after = 0;
		size_t len;

		if (c.proto == UL_IP6_NEXT_FRAGMENT) {
			read_fragment(&c, &r, at, named_at);
			break;
		}
		len = skip_header(&r, c.proto, &after, &is_source_routed);
		c.l4_off = at;
		if (!len)
			break;
		if (i == MAX_HEADERS)
			return -EBADMSG;
		c.proto = after;
		named_at = at;
		at += len;
	}
	if (r.bad)
		return -EBADMSG;
	if (is_source_routed)
		return -EPROTO;
	*out = c;
	return 0;
}

void ul_ip6_emit(struct ul_wr *w, const struct ul_ip6 *h)
{
	ul_wr_u32(w, 6u << 28 | (uint32_t)h->tc << 20 | (h->flow & 0xfffff));
	ul_wr_u16(w, h->payload_len);
	ul_wr_u8(w, h->next);
	ul_wr_u8(w, h->hop_limit);
	ul_wr_bytes(w, h->src.b, 16);
	ul_wr_bytes(w, h->dst.b, 16);
}
