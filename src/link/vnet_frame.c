/* SPDX-License-Identifier: BSD-3-Clause */
/* vnet_frame.c - a frame and virtio's header that says what it needs */
#include "link/vnet_frame.h"

#include <errno.h>

#include "link/gso.h"

int ul_vnet_frame_take(struct ul_frame *frame, size_t hlen)
{
	struct ul_rd r = ul_rd_new(frame->data, frame->len);
	struct ul_vnet h;
	struct ul_piece piece;
	struct ul_gso gso;
	int ret = ul_vnet_parse(&h, &r, hlen);

	if (ret < 0 || !r.left)
		return -EBADMSG;
	frame->data += hlen;
	frame->len = r.left;
	frame->offload = h.offload;
	piece = (struct ul_piece){ frame->data, frame->len, NULL };
	ret = ul_gso_check(&gso, &piece, 1, &h.offload);
	if (ret < 0 || !h.offload.gso_size)
		return ret;
	if (gso.is_tcp != (h.gso != UL_VNET_GSO_UDP) ||
	    (gso.is_tcp && gso.is_v6 != (h.gso == UL_VNET_GSO_TCP6)))
		return -EBADMSG;
	return 0;
}

int ul_vnet_frame_head(uint8_t *header, size_t hlen,
		       const struct ul_piece *piece, unsigned int count,
		       const struct ul_offload *offload)
{
	struct ul_wr w = ul_wr_new(header, hlen);
	struct ul_vnet h = { 0 };
	struct ul_gso gso;
	int ret;

	if (offload)
		h.offload = *offload;
	ret = ul_gso_check(&gso, piece, count, &h.offload);
	if (ret < 0)
		return ret;
	if (h.offload.gso_size) {
		h.hdr_len = (uint16_t)gso.hdr_len;
		h.has_cwr = gso.has_cwr;
		h.gso = !gso.is_tcp ? UL_VNET_GSO_UDP :
			gso.is_v6 ? UL_VNET_GSO_TCP6 : UL_VNET_GSO_TCP4;
	}
	ul_vnet_emit(&w, &h, hlen);
	return 0;
}
