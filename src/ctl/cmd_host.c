/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_host.c - commands about machines that are known beforehand */
#include <errno.h>
#include <glib.h>

#include "ctl/cmd.h"
#include "ctl/json.h"
#include "net/net_hosts.h"

static json_t *id_of(const struct ul_host_conf *host)
{
	GString *hex = g_string_new(NULL);
	json_t *o;

	for (size_t i = 0; i < host->id_len; i++)
		g_string_append_printf(hex, "%02x", host->id[i]);
	o = json_string(hex->str);
	g_string_free(hex, TRUE);
	return o;
}

static json_t *leases_of(const struct ul_host_info *info)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < info->lease_count; i++)
		json_array_append_new(list, ul_json_addr(&info->leases[i]));
	return list;
}

static void add_host(const struct ul_host_info *info, void *arg)
{
	const struct ul_host_conf *host = info->conf;
	g_autofree char *spec = ul_host_spec_text(host);
	json_t *o = json_object();

	ul_json_put(o, "name", ul_json_text(host->name));
	ul_json_put(o, "spec", ul_json_text(spec));
	if (host->has_mac)
		ul_json_put(o, "mac", ul_json_mac(host->mac));
	else
		ul_json_put(o, "client-id", id_of(host));
	if (host->has_addr4)
		ul_json_put(o, "address", ul_json_addr(&host->addr4));
	if (host->has_addr6)
		ul_json_put(o, "address6", ul_json_addr(&host->addr6));
	ul_json_put(o, "leases", leases_of(info));
	if (info->port)
		ul_json_put(o, "port", ul_json_text(info->port));
	json_array_append_new(arg, o);
}

static json_t *query_hosts(struct ul_call *call)
{
	json_t *list = json_array();

	ul_network_each_host(call->network, add_host, list);
	return list;
}

static json_t *host_add(struct ul_call *call)
{
	const char *spec = ul_call_text(call, "spec");
	g_autofree char *error = NULL;
	struct ul_host_conf *host = NULL;
	int rc = ul_host_spec_parse(&host, spec, &error);

	if (!rc)
		rc = ul_network_add_host(call->network, host, &error);
	ul_host_conf_free(host);
	return rc < 0 ? ul_call_fail(call, "GenericError", "host %s: %s",
				     spec, error) : json_object();
}

static json_t *host_remove(struct ul_call *call)
{
	g_autofree char *error = NULL;
	int rc = ul_network_remove_host(call->network,
					ul_call_text(call, "name"), &error);

	return rc < 0 ? ul_call_fail(call, "DeviceNotFound", "%s", error) :
			json_object();
}

static const struct ul_arg args_add[] = {
	UL_ARG("spec", UL_ARG_TEXT, .is_needed = true), UL_ARG_END,
};

static const struct ul_arg args_remove[] = {
	UL_ARG("name", UL_ARG_TEXT, .is_needed = true), UL_ARG_END,
};

const struct ul_cmd ul_cmds_host[] = {
	UL_CMD("query-hosts", NULL, query_hosts),
	UL_CMD("host-add", args_add, host_add),
	UL_CMD("host-remove", args_remove, host_remove),
	UL_CMD_END,
};
