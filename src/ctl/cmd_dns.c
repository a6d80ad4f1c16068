/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_dns.c - commands about the network's DNS: servers, names, what it keeps */
#include <glib.h>

#include "ctl/cmd.h"
#include "ctl/json.h"
#include "net/net_dns.h"
#include "net/net_records.h"
#include "net/net_stats.h"

/* One of the two is told: NULL after ul_call_fail() when not. */
static const char *told_one(struct ul_call *call)
{
	const char *server = ul_call_text(call, "server");
	const char *name = ul_call_text(call, "name");

	if (!server == !name)
		ul_call_fail(call, "GenericError", "say either 'server', to "
			     "ask one for a domain, or 'name' and 'address'");
	else if (server && ul_call_has(call, "address"))
		ul_call_fail(call, "GenericError", "'address' goes with "
			     "'name'");
	else
		return server ? server : name;
	return NULL;
}

static json_t *dns_add(struct ul_call *call)
{
	const char *addr = ul_call_text(call, "address");
	const char *what = told_one(call);
	g_autofree char *error = NULL;
	bool is_server = ul_call_has(call, "server");
	int rc;

	if (!what)
		return NULL;
	if (!is_server && !addr)
		return ul_call_fail(call, "GenericError", "'name' needs an "
				    "'address'");
	rc = is_server ?
		ul_network_add_dns_server(call->network, what, &error) :
		ul_network_add_record(call->network, what, addr, &error);
	return rc < 0 ? ul_call_fail(call, "GenericError", "%s %s: %s",
				     is_server ? "server" : "name", what,
				     error) : json_object();
}

static json_t *dns_remove(struct ul_call *call)
{
	const char *addr = ul_call_text(call, "address");
	const char *what = told_one(call);
	g_autofree char *error = NULL;
	bool is_server = ul_call_has(call, "server");
	int rc;

	if (!what)
		return NULL;
	rc = is_server ?
		ul_network_remove_dns_server(call->network, what, &error) :
		ul_network_remove_record(call->network, what, addr, &error);
	return rc < 0 ? ul_call_fail(call, "DeviceNotFound", "%s %s: %s",
				     is_server ? "server" : "name", what,
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

static void add_server(const struct ul_dns_server_info *i, void *arg)
{
	json_t *o = json_object();

	if (i->domain)
		ul_json_put(o, "domain", ul_json_text(i->domain));
	ul_json_put(o, "server", ul_json_ep(&i->server));
	ul_json_put(o, "silent", json_boolean(i->is_silent));
	ul_json_put(o, "asked", ul_json_count(i->asked));
	ul_json_put(o, "answered", ul_json_count(i->answered));
	json_array_append_new(arg, o);
}

static void add_record(const char *name, const struct ul_addr *addr, void *arg)
{
	json_t *o = json_object();

	ul_json_put(o, "name", ul_json_text(name));
	ul_json_put(o, "address", ul_json_addr(addr));
	json_array_append_new(arg, o);
}

static json_t *describe_cache(const struct ul_dns_relay_stats *s)
{
	json_t *o = json_object();

	ul_json_put(o, "entries", ul_json_count(s->cache_entries));
	ul_json_put(o, "bytes", ul_json_count(s->cache_bytes));
	ul_json_put(o, "hits", ul_json_count(s->cache_hits));
	ul_json_put(o, "misses", ul_json_count(s->cache_misses));
	return o;
}

static json_t *describe_queries(const struct ul_dns_relay_stats *s)
{
	json_t *o = json_object();

	ul_json_put(o, "local", ul_json_count(s->local));
	ul_json_put(o, "relayed", ul_json_count(s->queries));
	ul_json_put(o, "refused", ul_json_count(s->turned_away + s->denied +
						s->forbidden));
	ul_json_put(o, "failed", ul_json_count(s->failed));
	return o;
}

static json_t *query_dns(struct ul_call *call)
{
	json_t *o = json_object(), *servers = json_array();
	json_t *records = json_array();
	struct ul_network_stats stats = { .up_us = 0 };

	ul_network_stats(call->network, &stats);
	ul_network_each_dns_server(call->network, add_server, servers);
	ul_network_each_record(call->network, add_record, records);
	ul_json_put(o, "servers", servers);
	ul_json_put(o, "records", records);
	ul_json_put(o, "hosts-file",
		    ul_json_count(ul_network_hosts_names(call->network)));
	ul_json_put(o, "cache", describe_cache(&stats.dns));
	ul_json_put(o, "queries", describe_queries(&stats.dns));
	return o;
}

static const struct ul_arg args_dns[] = {
	UL_ARG("server", UL_ARG_TEXT), UL_ARG("name", UL_ARG_TEXT),
	UL_ARG("address", UL_ARG_TEXT), UL_ARG_END,
};

const struct ul_cmd ul_cmds_dns[] = {
	UL_CMD("query-dns", NULL, query_dns),
	UL_CMD("dns-add", args_dns, dns_add),
	UL_CMD("dns-remove", args_dns, dns_remove),
	UL_CMD("dns-flush", NULL, dns_flush),
	UL_CMD_END,
};
