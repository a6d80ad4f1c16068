/* SPDX-License-Identifier: BSD-3-Clause */
/* uplink.h - what joins a network to others: LANs, tunnels, trunks */
#ifndef UL_NET_UPLINK_H
#define UL_NET_UPLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/uplink_spec.h"

struct ul_network;
struct ul_uplink;

/*
 * Open the uplink of @conf (borrowed) and plug it into @network: now, or
 * when a trunk has its other end. 0, or -errno and in *@error a sentence of
 * the caller's that names the uplink.
 */
int ul_uplink_open(struct ul_uplink **out, struct ul_network *network,
		   const struct ul_uplink_conf *conf, char **error);
/* Its port is the network's and stays. NULL is fine. */
void ul_uplink_free(struct ul_uplink *uplink);

/* May a guest attach beside @count others? When not, *@why ends a sentence. */
bool ul_uplink_takes_guest(const struct ul_uplink *uplink, unsigned int count,
			   const char **why);

/* Will what comes from outside reach a guest with @mac? */
bool ul_uplink_serves(const struct ul_uplink *uplink, const uint8_t mac[6]);

/*
 * The largest MTU that passes an uplink of @conf as the host's routes are;
 * 0 when it says nothing.
 */
unsigned int ul_uplink_mtu(const struct ul_uplink_conf *conf);

#endif
