/* SPDX-License-Identifier: BSD-3-Clause */
/* udp.c - UDP header */
#include "wire/udp.h"

#include <errno.h>

#include "base/csum.h"
#include "wire/pkt.h"

int ul_udp_parse(struct ul_udp *out, const uint8_t *l4, size_t len)
{
	struct ul_rd r = ul_rd_new(l4, len);
	struct ul_udp h = {
		.src_port = ul_rd_u16(&r),
		.dst_port = ul_rd_u16(&r),
		.len = ul_rd_u16(&r),
		.csum = ul_rd_u16(&r),
	};

	if (r.bad || h.len < UL_UDP_HLEN || h.len > len)
		return -EBADMSG;
	*out = h;
	return 0;
}

bool ul_udp_checksum_ok(const struct ul_addr *src, const struct ul_addr *dst,
			const uint8_t *l4, size_t len)
{
	uint32_t sum;

	if (len < UL_UDP_HLEN)
		return false;
	if (!l4[6] && !l4[7])
		return ul_addr_is_v4(src);
	sum = ul_csum_pseudo(src, dst, UL_IPPROTO_UDP, (uint32_t)len);
	return !ul_csum_fold(ul_csum_add(sum, l4, len));
}

void ul_udp_emit(struct ul_wr *w, const struct ul_ep *src,
		 const struct ul_ep *dst, const void *payload,
		 size_t payload_len)
{
	size_t len = UL_UDP_HLEN + payload_len;
	size_t at = w->len;
	uint32_t sum;
	uint16_t csum;

	if (len > UINT16_MAX)
		w->bad = true;
	ul_wr_u16(w, src->port);
	ul_wr_u16(w, dst->port);
	ul_wr_u16(w, (uint16_t)len);
	ul_wr_u16(w, 0);
	if (w->bad)
		return;
	sum = ul_csum_pseudo(&src->addr, &dst->addr, UL_IPPROTO_UDP,
			     (uint32_t)len);
	sum = ul_csum_add(sum, w->start + at, UL_UDP_HLEN);
	csum = ul_csum_fold(ul_csum_add(sum, payload, payload_len));
	/* Zero would mean that there is none (RFC 768). */
	ul_wr_patch_u16(w, at + 6, csum ? csum : 0xffff);
}
