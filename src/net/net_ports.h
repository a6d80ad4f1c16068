/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_ports.h - how guests' ports are treated, by the rules of --port
 *
 * The MAC tells which guest it is. A guest without a rule of its own has that
 * of all others, "*".
 */
#ifndef UL_NET_NET_PORTS_H
#define UL_NET_NET_PORTS_H

#include "conf/conf.h"
#include "link/hub.h"

struct ul_network;

/*
 * How a port is plugged in that was @asked for (NULL: a guest came by
 * itself): what the rule of its MAC, or that of all others, adds to it.
 */
struct ul_plug_conf ul_network_plug_conf(const struct ul_network *network,
					 const struct ul_plug_conf *asked);

/* @mac was seen first at @port: if it has a rule, the port is its guest's. */
void ul_network_learned(struct ul_network *network, struct ul_port *port,
			const uint8_t mac[6]);

/*
 * @rules (of struct ul_port_conf) are what counts now, and the one that
 * @text was parsed of came, went or changed: treat those anew whom it is for.
 */
void ul_network_ports_follow(struct ul_network *network,
			     const GPtrArray *rules, const char *text);

#endif
