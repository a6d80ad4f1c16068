/* SPDX-License-Identifier: BSD-3-Clause */
/* net_stats.h - what a network has counted since its start */
#ifndef UL_NET_NET_STATS_H
#define UL_NET_NET_STATS_H

#include "flow/ctx.h"
#include "svc/dns_relay.h"

struct ul_network;

struct ul_network_stats {
	int64_t up_us;
	bool has_router;	/* else there is nothing behind this */
	struct ul_flow_stats flow;
	uint64_t tcp_open, udp_open;	/* now, as all of these */
	uint64_t pinned, pinned_max;	/* bytes from guests that wait */
	uint64_t send, send_max;	/* bytes for guests that wait */
	uint64_t over_pinned, over_send;	/* times that held back */
	uint64_t fds, fds_max;	/* descriptors of flows */
	struct ul_dns_relay_stats dns;
	uint64_t dns_in_flight;
	uint64_t leases;
};

void ul_network_stats(struct ul_network *network,
		      struct ul_network_stats *out);

#endif
