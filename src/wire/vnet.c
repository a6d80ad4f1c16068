/* SPDX-License-Identifier: BSD-3-Clause */
/* vnet.c - the header in front of each frame of virtio-net */
#include "wire/vnet.h"

#include <errno.h>

#define F_NEEDS_CSUM 1
#define F_DATA_VALID 2

#define GSO_ECN 0x80

static const uint8_t gso_types[] = {
	[UL_VNET_GSO_NONE] = 0,
	[UL_VNET_GSO_TCP4] = 1,
	[UL_VNET_GSO_TCP6] = 4,
	[UL_VNET_GSO_UDP] = 5,
};
_Static_assert(sizeof(gso_types) == UL_VNET_GSO_COUNT, "a type for each");

static uint16_t rd_le16(struct ul_rd *r)
{
	uint8_t low = ul_rd_u8(r);

	return (uint16_t)(ul_rd_u8(r) << 8 | low);
}

static void wr_le16(struct ul_wr *w, uint16_t v)
{
	ul_wr_u8(w, (uint8_t)v);
	ul_wr_u8(w, (uint8_t)(v >> 8));
}

static int find_gso(struct ul_vnet *h, uint8_t type)
{
	for (unsigned int i = 0; i < UL_VNET_GSO_COUNT; i++) {
		if (gso_types[i] != (type & ~GSO_ECN))
			continue;
		h->gso = (enum ul_vnet_gso)i;
		h->has_cwr = type & GSO_ECN;
		return 0;
	}
	return -EPROTO;
}

static bool is_tcp(enum ul_vnet_gso gso)
{
	return gso == UL_VNET_GSO_TCP4 || gso == UL_VNET_GSO_TCP6;
}

int ul_vnet_parse(struct ul_vnet *out, struct ul_rd *r, size_t hlen)
{
	struct ul_rd own = *r;
	uint8_t flags = ul_rd_u8(&own), type = ul_rd_u8(&own);
	struct ul_vnet h = { .hdr_len = rd_le16(&own) };
	struct ul_offload *o = &h.offload;
	int ret = find_gso(&h, type);

	o->gso_size = rd_le16(&own);
	o->csum_start = rd_le16(&own);
	o->csum_offset = rd_le16(&own);
	ul_rd_skip(&own, hlen - UL_VNET_HLEN);
	if (own.bad)
		return -EBADMSG;
	if (ret < 0)
		return ret;
	if (flags & F_NEEDS_CSUM)
		o->csum = UL_CSUM_PARTIAL;
	else
		o->csum_start = o->csum_offset = 0;
	if (!(flags & F_NEEDS_CSUM) && flags & F_DATA_VALID)
		o->csum = UL_CSUM_VALID;
	if (h.gso == UL_VNET_GSO_NONE)
		o->gso_size = 0;
	else if (!o->gso_size || o->csum != UL_CSUM_PARTIAL)
		return -EBADMSG;
	if (h.has_cwr && !is_tcp(h.gso))
		return -EBADMSG;
	*out = h;
	*r = own;
	return 0;
}

void ul_vnet_emit(struct ul_wr *w, const struct ul_vnet *h, size_t hlen)
{
	const struct ul_offload *o = &h->offload;
	bool is_partial = o->csum == UL_CSUM_PARTIAL;
	uint8_t type = gso_types[h->gso];

	ul_wr_u8(w, is_partial ? F_NEEDS_CSUM :
		    o->csum == UL_CSUM_VALID ? F_DATA_VALID : 0);
	ul_wr_u8(w, h->has_cwr ? type | GSO_ECN : type);
	wr_le16(w, h->hdr_len);
	wr_le16(w, o->gso_size);
	wr_le16(w, is_partial ? o->csum_start : 0);
	wr_le16(w, is_partial ? o->csum_offset : 0);
	if (hlen == UL_VNET_HLEN_MRG)
		wr_le16(w, 1);
}
