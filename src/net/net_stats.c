/* SPDX-License-Identifier: BSD-3-Clause */
/* net_stats.c - what a network has counted since its start */
#include "net/net_stats.h"

#include "net/network_priv.h"

void ul_network_stats(struct ul_network *n, struct ul_network_stats *out)
{
	*out = (struct ul_network_stats){
		.up_us = ul_loop_now(n->loop) - n->started_us,
		.has_router = n->router != NULL,
	};
	if (n->router)
		ul_router_stats(n->router, out);
}
