/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_stats.c - the command that tells all counters, by groups */
#include <glib.h>
#include <stddef.h>

#include "ctl/cmd.h"
#include "ctl/describe.h"
#include "ctl/json.h"
#include "net/net_stats.h"

struct counter {
	const char *group, *name;
	size_t offset;
};

#define COUNTER(group, name, member) \
	{ group, name, offsetof(struct ul_network_stats, member) }

/* Those of a group stand together. */
static const struct counter counters[] = {
	COUNTER("tcp", "open", tcp_open),
	COUNTER("tcp", "opened", flow.tcp_opened),
	COUNTER("tcp", "refused", flow.tcp_refused),
	COUNTER("tcp", "unreachable", flow.tcp_unreachable),
	COUNTER("tcp", "timeout", flow.tcp_timeout),
	COUNTER("tcp", "over-flows", flow.tcp_over_flows),
	COUNTER("tcp", "over-half-open", flow.tcp_over_half_open),
	COUNTER("tcp", "no-port", flow.tcp_no_port),
	COUNTER("tcp", "no-descriptor", flow.tcp_no_fd),
	COUNTER("udp", "open", udp_open),
	COUNTER("udp", "opened", flow.udp_opened),
	COUNTER("udp", "over-flows", flow.udp_over_flows),
	COUNTER("udp", "filtered", flow.udp_filtered),
	COUNTER("udp", "dropped", flow.udp_dropped),
	COUNTER("icmp", "opened", flow.icmp_opened),
	COUNTER("icmp", "over-flows", flow.icmp_over_flows),
	COUNTER("icmp", "prohibited", flow.icmp_prohibited),
	COUNTER("ip", "denied", flow.denied),
	COUNTER("ip", "cut", flow.cut),
	COUNTER("ip", "bad-header", flow.bad_ip),
	COUNTER("ip", "bad-checksum", flow.bad_checksum),
	COUNTER("ip", "bad-protocol", flow.bad_proto),
	COUNTER("ip", "fragments", flow.frags_in),
	COUNTER("ip", "fragments-bad", flow.frags_bad),
	COUNTER("ip", "fragments-timeout", flow.frags_timeout),
	COUNTER("ip", "fragments-over", flow.frags_over),
	COUNTER("memory", "pinned", pinned),
	COUNTER("memory", "pinned-max", pinned_max),
	COUNTER("memory", "over-pinned", over_pinned),
	COUNTER("memory", "send", send),
	COUNTER("memory", "send-max", send_max),
	COUNTER("memory", "over-send", over_send),
	COUNTER("memory", "descriptors", fds),
	COUNTER("memory", "descriptors-max", fds_max),
	COUNTER("dns", "relayed", dns.queries),
	COUNTER("dns", "answers", dns.answers),
	COUNTER("dns", "in-flight", dns_in_flight),
	COUNTER("dns", "merged", dns.merged),
	COUNTER("dns", "local", dns.local),
	COUNTER("dns", "cached", dns.cached),
	COUNTER("dns", "joined", dns.joined),
	COUNTER("dns", "by-tcp", dns.by_tcp),
	COUNTER("dns", "denied", dns.denied),
	COUNTER("dns", "asked", dns.asked),
	COUNTER("dns", "asked-by-tcp", dns.asked_by_tcp),
	COUNTER("dns", "cache-entries", dns.cache_entries),
	COUNTER("dns", "cache-bytes", dns.cache_bytes),
	COUNTER("dns", "cache-evicted", dns.cache_evicted),
	COUNTER("dns", "connections", dns.streams),
	COUNTER("dns", "failed", dns.failed),
	COUNTER("dns", "turned-away", dns.turned_away),
	COUNTER("dns", "forbidden", dns.forbidden),
	COUNTER("dns", "failovers", dns.failovers),
	COUNTER("dns", "truncated", dns.truncated),
	COUNTER("dns", "over-limit", dns.over_limit),
	COUNTER("dns", "malformed", dns.malformed),
	COUNTER("dns", "ignored", dns.ignored),
	COUNTER("dhcp", "leases", leases),
};

static uint64_t read_counter(const struct ul_network_stats *stats,
			     const struct counter *c)
{
	return *(const uint64_t *)((const char *)stats + c->offset);
}

static void put_groups(json_t *o, const struct ul_network_stats *stats)
{
	for (size_t i = 0; i < G_N_ELEMENTS(counters); i++) {
		const struct counter *c = &counters[i];
		json_t *group = json_object_get(o, c->group);

		if (!group) {
			group = json_object();
			ul_json_put(o, c->group, group);
		}
		ul_json_put(group, c->name,
			    ul_json_count(read_counter(stats, c)));
	}
}

static void add_port(const struct ul_port_info *port, void *arg)
{
	json_t *o = json_object();

	ul_json_put(o, "name", ul_json_text(port->name));
	ul_json_put(o, "counters", ul_describe_counters(port));
	if (port->wire_count)
		ul_json_put(o, "wire-counters",
			    ul_describe_wire_counters(port));
	json_array_append_new(arg, o);
}

static json_t *query_stats(struct ul_call *call)
{
	json_t *o = json_object(), *ports = json_array();
	struct ul_network_stats stats;

	ul_network_stats(call->network, &stats);
	ul_json_put(o, "uptime", ul_json_seconds(stats.up_us));
	ul_network_each_port(call->network, add_port, ports);
	ul_json_put(o, "ports", ports);
	if (stats.has_router)
		put_groups(o, &stats);
	return o;
}

const struct ul_cmd ul_cmds_stats[] = {
	UL_CMD("query-stats", NULL, query_stats),
	UL_CMD_END,
};
