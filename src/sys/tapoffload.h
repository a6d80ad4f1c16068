/* SPDX-License-Identifier: BSD-3-Clause */
/* tapoffload.h - what a tap or macvtap may leave to its reader */
#ifndef UL_SYS_TAPOFFLOAD_H
#define UL_SYS_TAPOFFLOAD_H

#include <stdbool.h>
#include <stddef.h>

struct ul_tap_offload {
	size_t vnet_hlen;	/* of the header before frames; 0: none */
	bool has_uso;		/* super-frames of UDP, too */
};

/*
 * When the device at @fd was opened with IFF_VNET_HDR, have it leave
 * checksums and segmentation to us. All zero when not, or it is no such
 * device.
 */
struct ul_tap_offload ul_tap_offload_take(int fd);

#endif
