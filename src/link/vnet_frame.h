/* SPDX-License-Identifier: BSD-3-Clause */
/* vnet_frame.h - a frame and virtio's header that says what it needs */
#ifndef UL_LINK_VNET_FRAME_H
#define UL_LINK_VNET_FRAME_H

#include "link/port.h"
#include "wire/vnet.h"

/*
 * The frame at @frame->data has a header of @hlen bytes (10 or 12) in front:
 * take it off and note what it says. -EBADMSG or -EPROTO when it lies.
 */
int ul_vnet_frame_take(struct ul_frame *frame, size_t hlen);

/*
 * The header of @hlen bytes for a frame to send. 0, or an error of
 * ul_gso_check().
 */
int ul_vnet_frame_head(uint8_t *header, size_t hlen,
		       const struct ul_piece *piece, unsigned int count,
		       const struct ul_offload *offload);

#endif
