/* SPDX-License-Identifier: BSD-3-Clause */
/* vxlan.h - VXLAN header (RFC 7348 section 5), between UDP and the frame */
#ifndef UL_WIRE_VXLAN_H
#define UL_WIRE_VXLAN_H

#include <stdint.h>

#include "base/cursor.h"

#define UL_VXLAN_HLEN 8
#define UL_VXLAN_VNI_MAX 0xffffff

struct ul_vxlan {
	uint32_t vni;		/* 24 bits */
};

/*
 * 0, and the reader is past the header; -EBADMSG when there are fewer than 8
 * bytes; -EPROTO when the I flag, without which the VNI says nothing, is not
 * set. All other bits are ignored, as the RFC wants it.
 */
int ul_vxlan_parse(struct ul_vxlan *out, struct ul_rd *r);
void ul_vxlan_emit(struct ul_wr *w, const struct ul_vxlan *h);

#endif
