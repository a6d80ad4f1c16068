/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vnet.h - the header in front of each frame of virtio-net (VIRTIO 1.2
 * section 5.1.6) and of a tap with IFF_VNET_HDR
 *
 * Little-endian: a tap has to be told so (TUNSETVNETLE).
 */
#ifndef UL_WIRE_VNET_H
#define UL_WIRE_VNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "wire/offload.h"

#define UL_VNET_HLEN 10
#define UL_VNET_HLEN_MRG 12	/* with the count of merged buffers */

enum ul_vnet_gso {
	UL_VNET_GSO_NONE,
	UL_VNET_GSO_TCP4,
	UL_VNET_GSO_TCP6,
	UL_VNET_GSO_UDP,	/* segments; UFO is refused */
};
#define UL_VNET_GSO_COUNT (UL_VNET_GSO_UDP + 1)

struct ul_vnet {
	struct ul_offload offload;	/* csum_start from the frame's start */
	enum ul_vnet_gso gso;
	bool has_cwr;			/* a TCP super-frame with CWR set */
	uint16_t hdr_len;		/* a hint, not to be trusted */
};

/*
 * The header of @hlen bytes (10 or 12). 0, and @r is past it; -EBADMSG when
 * short, or a super-frame without a size or a partial sum; -EPROTO for a kind
 * of super-frame that nobody offered to take.
 */
int ul_vnet_parse(struct ul_vnet *out, struct ul_rd *r, size_t hlen);

/* @hlen bytes; one merged buffer where there is a count. */
void ul_vnet_emit(struct ul_wr *w, const struct ul_vnet *h, size_t hlen);

#endif
