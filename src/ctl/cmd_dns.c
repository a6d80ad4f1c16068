/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_dns.c - commands about whom the network's DNS asks, and what it keeps */
#include <glib.h>

#include "ctl/cmd.h"
#include "ctl/json.h"
#include "net/net_dns.h"

static json_t *dns_add(struct ul_call *call)
{
	const char *spec = ul_call_text(call, "server");
	g_autofree char *error = NULL;

	return ul_network_add_dns_server(call->network, spec, &error) < 0 ?
	       ul_call_fail(call, "GenericError", "server %s: %s", spec,
			    error) : json_object();
}

static json_t *dns_remove(struct ul_call *call)
{
	const char *spec = ul_call_text(call, "server");
	g_autofree char *error = NULL;

	return ul_network_remove_dns_server(call->network, spec, &error) < 0 ?
	       ul_call_fail(call, "DeviceNotFound", "server %s: %s", spec,
			    error) : json_object();
}

static json_t *dns_flush(struct ul_call *call)
{
	g_autofree char *error = NULL;
	int count = ul_network_flush_dns(call->network, &error);
	json_t *o;

	if (count < 0)
		return ul_call_fail(call, "GenericError", "%s", error);
	o = json_object();
	ul_json_put(o, "flushed", json_integer(count));
	return o;
}

static const struct ul_arg args_server[] = {
	UL_ARG("server", UL_ARG_TEXT, .is_needed = true), UL_ARG_END,
};

const struct ul_cmd ul_cmds_dns[] = {
	UL_CMD("dns-add", args_server, dns_add),
	UL_CMD("dns-remove", args_server, dns_remove),
	UL_CMD("dns-flush", NULL, dns_flush),
	UL_CMD_END,
};
