/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp.c - TCP header and options */
#include "wire/tcp.h"

#include <errno.h>

#include "base/csum.h"
#include "wire/pkt.h"

#define DATA_OFFSET_AT 12	/* RFC 9293 3.1 */

#define OPT_END 0
#define OPT_NOP 1
#define OPT_MSS 2
#define OPT_WSCALE 3
#define OPT_SACK_OK 4
#define OPT_SACK 5
#define WSCALE_MAX 14	/* RFC 7323 2.3 */

/* The value of the next option, or a bad cursor at the end of the list. */
static struct ul_rd next_option(struct ul_rd *r, uint8_t *kind)
{
	uint8_t len;

	do
		*kind = ul_rd_u8(r);
	while (*kind == OPT_NOP && !r->bad);
	if (*kind == OPT_END || r->bad)
		return (struct ul_rd){ .bad = true };
	len = ul_rd_u8(r);
	if (len < 2)
		return (struct ul_rd){ .bad = true };
	return ul_rd_sub(r, len - 2u);
}

static void read_sack(struct ul_tcp *h, struct ul_rd *val)
{
	while (val->left >= 8 && h->sack_count < UL_TCP_SACK_MAX) {
		struct ul_tcp_sack *s = &h->sack[h->sack_count++];

		s->left = ul_rd_u32(val);
		s->right = ul_rd_u32(val);
	}
}

static void read_option(struct ul_tcp *h, uint8_t kind, struct ul_rd *val)
{
	uint8_t shift;

	switch (kind) {
	case OPT_MSS:
		if (val->left == 2)
			h->mss = ul_rd_u16(val);
		break;
	case OPT_WSCALE:
		if (val->left != 1)
			break;
		shift = ul_rd_u8(val);
		h->wscale = (int8_t)(shift > WSCALE_MAX ? WSCALE_MAX : shift);
		break;
	case OPT_SACK_OK:
		if (val->left == 0)
			h->sack_ok = true;
		break;
	case OPT_SACK:
		read_sack(h, val);
		break;
	default:
		break;
	}
}

/* Length of the header with its options, or 0 when it does not fit. */
static uint8_t header_len(const uint8_t *seg, size_t len)
{
	struct ul_rd r = ul_rd_new(seg, len);
	uint8_t hdr_len;

	ul_rd_skip(&r, DATA_OFFSET_AT);
	hdr_len = (uint8_t)((ul_rd_u8(&r) >> 4) * 4);
	return hdr_len < UL_TCP_HLEN || hdr_len > len ? 0 : hdr_len;
}

/*
 * Only the length can be wrong, so it is looked at first and the rest goes
 * straight to @out: copying a whole struct that was just written in small
 * parts stalls the processor, and this runs for every segment.
 */
int ul_tcp_parse(struct ul_tcp *out, const uint8_t *seg, size_t len)
{
	uint8_t hdr_len = header_len(seg, len);
	struct ul_rd r = ul_rd_new(seg, hdr_len);
	struct ul_rd val;
	uint8_t kind;

	if (!hdr_len)
		return -EBADMSG;
	*out = (struct ul_tcp){ .hdr_len = hdr_len, .wscale = -1 };
	out->src_port = ul_rd_u16(&r);
	out->dst_port = ul_rd_u16(&r);
	out->seq = ul_rd_u32(&r);
	out->ack = ul_rd_u32(&r);
	ul_rd_skip(&r, 1);
	out->flags = ul_rd_u8(&r);
	out->window = ul_rd_u16(&r);
	ul_rd_skip(&r, 4);
	while (r.left) {
		val = next_option(&r, &kind);
		if (val.bad)
			break;
		read_option(out, kind, &val);
	}
	return 0;
}

bool ul_tcp_checksum_ok(const struct ul_addr *src, const struct ul_addr *dst,
			const uint8_t *seg, size_t len)
{
	uint32_t sum = ul_csum_pseudo(src, dst, UL_IPPROTO_TCP, (uint32_t)len);

	return !ul_csum_fold(ul_csum_add(sum, seg, len));
}

void ul_tcp_blank_options(uint8_t *seg, uint8_t hdr_len)
{
	struct ul_wr w = ul_wr_new(seg, hdr_len);
	uint8_t *opts;

	ul_wr_take(&w, UL_TCP_HLEN);
	opts = ul_wr_take(&w, hdr_len - (size_t)UL_TCP_HLEN);
	if (opts)
		memset(opts, OPT_NOP, hdr_len - (size_t)UL_TCP_HLEN);
}

void ul_tcp_clamp_mss(uint8_t *seg, uint8_t hdr_len, uint16_t min,
		      uint16_t max)
{
	struct ul_rd r = ul_rd_new(seg, hdr_len);
	struct ul_rd val;
	uint8_t kind;

	ul_rd_skip(&r, UL_TCP_HLEN);
	while (r.left) {
		uint16_t mss;

		val = next_option(&r, &kind);
		if (val.bad)
			return;
		if (kind != OPT_MSS || val.left != 2)
			continue;
		struct ul_wr w = ul_wr_new(seg, hdr_len);
		size_t at = (size_t)(val.p - seg);

		mss = ul_rd_u16(&val);
		mss = mss < min ? min : mss > max ? max : mss;
		ul_wr_take(&w, at);
		ul_wr_u16(&w, mss);
	}
}
