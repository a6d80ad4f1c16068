/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_rx.h - a frame into the buffers of a guest's receive ring
 *
 * Behind virtio's header, in one chain or, when they may be merged, in as many
 * as it takes.
 */
#ifndef UL_LINK_GUEST_RX_H
#define UL_LINK_GUEST_RX_H

#include <stdbool.h>
#include <sys/uio.h>

#include "link/vring.h"

/*
 * Chains that one frame may fill, and pieces of memory in them: a frame that
 * takes more is not worth the walk. Drivers' smallest buffers are of 1500
 * bytes, so that 44 hold the longest frame.
 */
#define UL_GUEST_RX_CHAINS_MAX 512
#define UL_GUEST_RX_SEGS_MAX 512

struct ul_guest_rx {
	bool is_merging;		/* VIRTIO_NET_F_MRG_RXBUF */
	bool has_count;			/* the header has that of chains */
	struct ul_chain first, next;
	unsigned int segs;		/* of this frame, so far */
	struct ul_vring_mark seen;	/* there were too few up to here */
	struct {
		uint16_t id, slots;
		uint32_t len;
	} filled[UL_GUEST_RX_CHAINS_MAX];
};

/*
 * Put the @count parts at @iov, whose first bytes are a header without the
 * count of chains, into @vr: 1, given back but not published. 0 when there
 * are too few buffers now; -EMSGSIZE when those that there are cannot hold
 * it; -EPROTO when the ring is broken. Nothing is given back then.
 */
int ul_guest_rx_put(struct ul_guest_rx *rx, struct ul_vring *vr,
		    const struct iovec *iov, unsigned int count);

#endif
