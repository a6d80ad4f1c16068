/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ip_frag.h - cutting an IP packet for a guest with a smaller MTU
 *
 * Pure: from the pieces of one packet to the pieces of each fragment.
 */
#ifndef UL_FLOW_IP_FRAG_H
#define UL_FLOW_IP_FRAG_H

#include <stdint.h>

#include "stack/stack.h"

/* Gets each fragment in order; a negative answer ends the walk. */
typedef int (*ul_ip_frag_fn)(const struct ul_stack_out *frag, void *arg);

/*
 * Cut @pkt to @mtu (68 or more, IPv6 1280 or more) with identification @id.
 * Header pieces are built in storage of this function's own, valid in @fn.
 * 0, the first negative answer of @fn, or -EMSGSIZE when @mtu is too small.
 */
int ul_ip_frag(const struct ul_stack_out *pkt, uint16_t mtu, uint32_t id,
	       ul_ip_frag_fn fn, void *arg);

#endif
