/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_net.c - commands about the network as a whole */
#include <errno.h>
#include <glib.h>

#include "conf/value.h"
#include "ctl/cmd.h"
#include "ctl/describe.h"
#include "ctl/json.h"

static void put_router(json_t *o, const struct ul_network_info *info)
{
	ul_json_put(o, "subnet", ul_json_prefix(&info->subnet));
	ul_json_put(o, "gateway", ul_json_addr(&info->gateway4));
	ul_json_put(o, "dns", ul_json_addr(&info->dns4));
	if (!info->has_ipv6)
		return;
	ul_json_put(o, "prefix6", ul_json_prefix(&info->prefix6));
	ul_json_put(o, "gateway6", ul_json_addr(&info->gateway6));
	ul_json_put(o, "dns6", ul_json_addr(&info->dns6));
}

static json_t *uplinks_of(const struct ul_network_info *info)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < info->uplink_count; i++)
		json_array_append_new(list, ul_json_text(info->uplinks[i]));
	return list;
}

static json_t *query_network(struct ul_call *call)
{
	struct ul_network_info info;
	json_t *o = json_object();

	ul_network_info(call->network, &info);
	ul_json_put(o, "name", ul_json_text(info.name));
	ul_json_put(o, "mode", ul_json_text(info.mode));
	ul_json_put(o, "mtu", ul_json_count(info.mtu));
	ul_json_put(o, "router", json_boolean(info.has_router));
	ul_json_put(o, "dhcp", json_boolean(info.has_dhcp));
	if (info.has_router || info.has_dhcp)
		put_router(o, &info);
	if (info.domain)
		ul_json_put(o, "domain", ul_json_text(info.domain));
	ul_json_put(o, "egress", ul_json_text(info.egress));
	ul_json_put(o, "uplinks", uplinks_of(&info));
	ul_json_put(o, "ports", ul_json_count(info.ports));
	ul_json_put(o, "guests", ul_json_count(info.guests));
	ul_json_put(o, "tcp-flows", ul_json_count(info.tcp_flows));
	ul_json_put(o, "udp-flows", ul_json_count(info.udp_flows));
	ul_json_put(o, "uptime", ul_json_seconds(info.up_us));
	return o;
}

static void add_lease(const struct ul_lease_info *lease, void *arg)
{
	json_array_append_new(arg, ul_describe_lease(lease));
}

static json_t *query_leases(struct ul_call *call)
{
	json_t *list = json_array();

	ul_network_each_lease(call->network, add_lease, list);
	return list;
}

static json_t *lease_add(struct ul_call *call)
{
	g_autofree char *error = NULL;
	const char *host = ul_call_text(call, "host");
	struct ul_addr addr;
	json_t *o;
	uint8_t mac[6];

	if (ul_call_mac(call, "mac", mac) < 0)
		return NULL;
	if (host && ul_value_check_label(host, &error) < 0)
		return ul_call_fail(call, "GenericError", "argument 'host': "
				    "%s", error);
	if (ul_network_lease(call->network, mac, host, &addr, &error) < 0)
		return ul_call_fail(call, "GenericError", "%s", error);
	o = json_object();
	ul_json_put(o, "address", ul_json_addr(&addr));
	return o;
}

static const struct ul_arg args_lease_add[] = {
	UL_ARG("mac", UL_ARG_TEXT, .is_needed = true),
	UL_ARG("host", UL_ARG_TEXT),
	UL_ARG_END,
};

const struct ul_cmd ul_cmds_net[] = {
	UL_CMD("query-network", NULL, query_network),
	UL_CMD("query-leases", NULL, query_leases),
	UL_CMD("lease-add", args_lease_add, lease_add),
	UL_CMD_END,
};
