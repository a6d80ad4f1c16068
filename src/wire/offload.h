/* SPDX-License-Identifier: BSD-3-Clause */
/* offload.h - what a frame still needs before it may leave on a plain wire */
#ifndef UL_WIRE_OFFLOAD_H
#define UL_WIRE_OFFLOAD_H

#include <stdbool.h>
#include <stdint.h>

/* Payload of a segment at least: less makes a super-frame a flood. */
#define UL_GSO_SIZE_MIN 8

/* What is known of the transport checksum of a frame. */
enum ul_csum {
	UL_CSUM_UNKNOWN,	/* filled in; whoever needs it verifies */
	UL_CSUM_VALID,		/* filled in, and trusted */
	UL_CSUM_PARTIAL,	/* the pseudo-header's sum alone is there */
};

/*
 * What a frame still needs before it may leave on a plain wire, as in
 * virtio's network header (VIRTIO 1.2 section 5.1.6): all zero for a frame
 * that is whole. @csum_start and @csum_offset count for UL_CSUM_PARTIAL;
 * @gso_size is the payload of each TCP segment or UDP datagram that a
 * super-frame stands for, 0 when the frame is a single packet.
 */
struct ul_offload {
	enum ul_csum csum;
	uint16_t csum_start;	/* from the start of the frame */
	uint16_t csum_offset;	/* from csum_start */
	uint16_t gso_size;
};

static inline bool ul_offload_is_whole(const struct ul_offload *offload)
{
	return !offload || (offload->csum != UL_CSUM_PARTIAL &&
			    !offload->gso_size);
}

#endif
