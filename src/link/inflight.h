/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inflight.h - the region in which a back-end notes what it has not finished
 *
 * We finish what we take in the same turn and in its order, so nothing is ever
 * noted. The machine keeps the region over our end, and that it has one means
 * for the next of us: what was used is where to go on.
 */
#ifndef UL_LINK_INFLIGHT_H
#define UL_LINK_INFLIGHT_H

#include <stdint.h>

/*
 * A region for @queues rings of @size: its descriptor, the caller's, and its
 * length in *@len. -errno; -EINVAL for more than there can be.
 */
int ul_inflight_make(unsigned int queues, unsigned int size, uint64_t *len);

#endif
