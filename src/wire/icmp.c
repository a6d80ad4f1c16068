/* SPDX-License-Identifier: BSD-3-Clause */
/* icmp.c - the fixed part of ICMP and ICMPv6 messages */
#include "wire/icmp.h"

#include <errno.h>

#include "base/csum.h"
#include "wire/pkt.h"

int ul_icmp_parse(struct ul_icmp *out, const uint8_t *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_icmp h;

	h.type = ul_rd_u8(&r);
	h.code = ul_rd_u8(&r);
	ul_rd_skip(&r, 2);
	h.rest = ul_rd_u32(&r);
	if (r.bad)
		return -EBADMSG;
	*out = h;
	return 0;
}

#define FRAG_OFFSET 0x1fff

static void quoted_header4(struct ul_icmp_quote *q, struct ul_rd *r)
{
	uint8_t first = ul_rd_u8(r);

	ul_rd_skip(r, 5);
	if (ul_rd_u16(r) & FRAG_OFFSET)
		r->bad = true;
	ul_rd_skip(r, 1);
	q->proto = ul_rd_u8(r);
	ul_rd_skip(r, 2);
	q->src.addr = ul_addr_v4(ul_rd_u32(r));
	q->dst.addr = ul_addr_v4(ul_rd_u32(r));
	if (first >> 4 != 4 || (first & 0xf) < 5)
		r->bad = true;
	else
		ul_rd_skip(r, ((first & 0xfu) - 5) * 4);
}

static void quoted_header6(struct ul_icmp_quote *q, struct ul_rd *r)
{
	uint8_t first = ul_rd_u8(r);

	ul_rd_skip(r, 5);
	q->proto = ul_rd_u8(r);
	ul_rd_skip(r, 1);
	ul_rd_bytes(r, q->src.addr.b, sizeof(q->src.addr.b));
	ul_rd_bytes(r, q->dst.addr.b, sizeof(q->dst.addr.b));
	if (first >> 4 != 6)
		r->bad = true;
}

int ul_icmp_quote_parse(struct ul_icmp_quote *out, const uint8_t *msg,
			size_t len, enum ul_family family)
{
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_icmp_quote q = { 0 };

	ul_rd_skip(&r, UL_ICMP_HLEN);
	if (family == UL_V4)
		quoted_header4(&q, &r);
	else
		quoted_header6(&q, &r);
	q.src.port = ul_rd_u16(&r);
	q.dst.port = ul_rd_u16(&r);
	q.seq = ul_rd_u32(&r);
	if (r.bad)
		return -EBADMSG;
	*out = q;
	return 0;
}

/* ICMPv6 covers a pseudo-header (RFC 4443 2.3), ICMP does not. */
static uint32_t start_sum(const struct ul_addr *src, const struct ul_addr *dst,
			  size_t len)
{
	if (ul_addr_is_v4(src))
		return 0;
	return ul_csum_pseudo(src, dst, UL_IPPROTO_ICMP6, (uint32_t)len);
}

bool ul_icmp_checksum_ok(const struct ul_addr *src, const struct ul_addr *dst,
			 const uint8_t *msg, size_t len)
{
	return !ul_csum_fold(ul_csum_add(start_sum(src, dst, len), msg, len));
}

void ul_icmp_emit(struct ul_wr *w, const struct ul_icmp *h,
		  const struct ul_addr *src, const struct ul_addr *dst,
		  const void *body, size_t body_len)
{
	size_t at = w->len;
	uint32_t sum = start_sum(src, dst, UL_ICMP_HLEN + body_len);

	ul_wr_u8(w, h->type);
	ul_wr_u8(w, h->code);
	ul_wr_u16(w, 0);
	ul_wr_u32(w, h->rest);
	if (w->bad)
		return;
	sum = ul_csum_add(sum, w->start + at, UL_ICMP_HLEN);
	sum = ul_csum_add(sum, body, body_len);
	ul_wr_patch_u16(w, at + 2, ul_csum_fold(sum));
}
