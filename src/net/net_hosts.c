/* SPDX-License-Identifier: BSD-3-Clause */
/* net_hosts.c - the machines that a network knows beforehand, live */
#include "net/net_hosts.h"

#include <errno.h>

#include "base/error.h"
#include "net/network_priv.h"

static void gather_lease(const struct ul_lease *lease, void *arg)
{
	struct ul_host_info *info = arg;

	if (info->lease_count < UL_HOST_INFO_ADDRS &&
	    ul_router_is_host(info->conf, lease))
		info->leases[info->lease_count++] = lease->addr;
}

void ul_network_each_host(struct ul_network *n,
			  void (*fn)(const struct ul_host_info *host,
				     void *arg), void *arg)
{
	const GPtrArray *hosts;

	if (!n->router)
		return;
	hosts = ul_router_hosts(n->router);
	for (guint i = 0; i < hosts->len; i++) {
		struct ul_host_info info = { .conf = hosts->pdata[i] };
		struct ul_port *port = info.conf->has_mac ?
			ul_hub_find(n->hub, info.conf->mac) : NULL;

		info.port = port ? ul_hub_name(port) : NULL;
		ul_router_each_lease(n->router, gather_lease, &info);
		fn(&info, arg);
	}
}

int ul_network_add_host(struct ul_network *n, const struct ul_host_conf *host,
			char **error)
{
	if (!n->router)
		return ul_fail(error, -ENOENT, "this network has no router, "
			       "and so no names or leases");
	return ul_router_add_host(n->router, host, error);
}

int ul_network_remove_host(struct ul_network *n, const char *name,
			   char **error)
{
	if (n->router && !ul_router_remove_host(n->router, name))
		return 0;
	return ul_fail(error, -ENOENT, "there is no host %s", name);
}
