/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vring.h - one virtqueue, from the device's side (VIRTIO 1.2 section 2.6 on)
 *
 * Split and packed rings are one thing here: chains of buffers are popped in
 * the driver's order, given back in the same order with how much was written,
 * and made known together. Everything in the ring is the guest's word: each
 * descriptor is copied once and that copy checked, each address looked up with
 * its length, each chain bounded. A ring that breaks the rules is broken for
 * good, until it is started anew.
 */
#ifndef UL_LINK_VRING_H
#define UL_LINK_VRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "link/guest_mem.h"

#define UL_VRING_SIZE_MAX 32768
/*
 * Descriptors of one chain at most, and pieces of memory. Drivers of network
 * cards use some twenty; an indirect table in one page holds no more.
 */
#define UL_CHAIN_SEGS_MAX 256

/* How a ring is laid out and spoken with: features, size, where it is. */
struct ul_vring_conf {
	bool is_packed;
	bool has_event_idx;
	bool has_indirect;
	uint32_t size;
	/* In the machine's addresses. */
	uint64_t desc, avail, used;
};

struct ul_vring {
	struct ul_vring_conf conf;
	struct ul_guest_mem *mem;
	bool is_started;
	bool is_broken;
	bool is_placed;			/* it is in memory now */
	uint16_t avail;			/* position of the next to pop */
	uint16_t used;			/* of the next to give back */
	bool avail_wrap, used_wrap;	/* packed: in an odd round? */
	uint16_t avail_seen;		/* split: chains are there up to it */
	uint16_t added;			/* given back, not made known */
	uint16_t first, first_flags;	/* packed: of those, the first one's */
	uint8_t *desc, *driver, *device;
};

/* Buffers that belong together: those to read, then those to write. */
struct ul_chain {
	uint16_t id;			/* by which the driver knows it */
	uint16_t slots;			/* of a packed ring that it takes */
	unsigned int out_count, in_count;
	size_t out_len, in_len;
	struct iovec seg[UL_CHAIN_SEGS_MAX];
};

/* Where a ring was, to go back to. */
struct ul_vring_mark {
	uint16_t avail;
	bool avail_wrap;
};

/*
 * Start at @base, as ul_vring_base() told it, or the machine. 0; -EINVAL for a
 * size that cannot be; -EFAULT when the ring is not in memory.
 */
int ul_vring_start(struct ul_vring *vr, struct ul_guest_mem *mem,
		   const struct ul_vring_conf *conf, uint32_t base);
/*
 * Memory changed: find the ring again. -EFAULT, and nothing is popped until it
 * is found when memory changes once more. What was given back is published.
 */
int ul_vring_move(struct ul_vring *vr);
void ul_vring_stop(struct ul_vring *vr);
/* The position to start at again; of a packed ring both, and the rounds. */
uint32_t ul_vring_base(const struct ul_vring *vr);
/*
 * Of a ring that was given back in full, the position from which another may
 * go on, whatever the machine believes. Split rings only.
 */
uint32_t ul_vring_used_base(const struct ul_vring *vr);

/*
 * The next chain: 1 and *@out; 0 when there is none; -EPROTO when the ring is
 * broken. Its addresses are valid until memory changes.
 */
int ul_vring_pop(struct ul_vring *vr, struct ul_chain *out);

static inline struct ul_vring_mark ul_vring_tell(const struct ul_vring *vr)
{
	return (struct ul_vring_mark){ vr->avail, vr->avail_wrap };
}

/* Unpop all chains since, none of which was given back. */
static inline void ul_vring_seek(struct ul_vring *vr, struct ul_vring_mark at)
{
	vr->avail = at.avail;
	vr->avail_wrap = at.avail_wrap;
}

/* Give a chain back of which the first @len bytes to write were written. */
void ul_vring_push(struct ul_vring *vr, uint16_t id, uint16_t slots,
		   uint32_t len);
/* Make known what was given back. True: the driver wants to be told. */
bool ul_vring_publish(struct ul_vring *vr);

/* No kicks, please: we look by ourselves. A hint. */
void ul_vring_refuse_kicks(struct ul_vring *vr);
/*
 * Kick when there is more than up to @seen, where chains were popped and maybe
 * put back. True: there is already.
 */
bool ul_vring_want_kicks(struct ul_vring *vr, struct ul_vring_mark seen);

#endif
