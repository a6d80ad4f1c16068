/* SPDX-License-Identifier: BSD-3-Clause */
/* net_flows.h - the flows of a network: shown, and cut */
#ifndef UL_NET_NET_FLOWS_H
#define UL_NET_NET_FLOWS_H

#include "flow/flow_book.h"

struct ul_network;

/* Of a network without a router there are none. See ul_flow_book_read(). */
void ul_network_flows(struct ul_network *network,
		      const struct ul_flow_query *query,
		      void (*fn)(const struct ul_flow_info *flow, void *arg),
		      void *arg, struct ul_flow_page *out);

/* End the flow @id: TCP is reset on both sides. -ENOENT and *@error. */
int ul_network_flow_close(struct ul_network *network, uint64_t id,
			  char **error);

#endif
