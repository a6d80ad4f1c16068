/* SPDX-License-Identifier: BSD-3-Clause */
/* net_flows.c - the flows of a network: shown, and cut */
#include "net/net_flows.h"

#include <errno.h>
#include <inttypes.h>

#include "net/network_priv.h"

void ul_network_flows(struct ul_network *n, const struct ul_flow_query *query,
		      void (*fn)(const struct ul_flow_info *flow, void *arg),
		      void *arg, struct ul_flow_page *out)
{
	if (n->router)
		ul_flow_book_read(ul_router_flows(n->router), query, fn, arg,
				  out);
	else
		*out = (struct ul_flow_page){ .next = query->after };
}

int ul_network_flow_close(struct ul_network *n, uint64_t id, char **error)
{
	if (n->router && !ul_flow_book_cut(ul_router_flows(n->router), id))
		return 0;
	*error = g_strdup_printf("no flow that is open has the number %" PRIu64,
				 id);
	return -ENOENT;
}
