/* SPDX-License-Identifier: BSD-3-Clause */
/* vxlan.c - VXLAN header */
#include "wire/vxlan.h"

#include <errno.h>

#define FLAG_I 0x08
#define VNI_SHIFT 8		/* the last byte is reserved */

int ul_vxlan_parse(struct ul_vxlan *out, struct ul_rd *r)
{
	uint8_t flags = ul_rd_u8(r);
	uint32_t last;

	ul_rd_skip(r, 3);
	last = ul_rd_u32(r);
	if (r->bad)
		return -EBADMSG;
	if (!(flags & FLAG_I))
		return -EPROTO;
	out->vni = last >> VNI_SHIFT;
	return 0;
}

void ul_vxlan_emit(struct ul_wr *w, const struct ul_vxlan *h)
{
	ul_wr_u8(w, FLAG_I);
	ul_wr_zero(w, 3);
	ul_wr_u32(w, h->vni << VNI_SHIFT);
}
