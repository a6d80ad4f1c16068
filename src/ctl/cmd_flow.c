/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_flow.c - commands about what goes through the router */
#include <glib.h>
#include <string.h>

#include "ctl/cmd.h"
#include "ctl/json.h"
#include "net/net_flows.h"
#include "wire/pkt.h"

/* A flow takes some 13 us of a turn: a page is 2 ms, the largest 7. */
#define PAGE 128
#define PAGE_MAX 512

static const char *proto_name(uint8_t proto)
{
	return proto == UL_IPPROTO_TCP ? "tcp" :
	       proto == UL_IPPROTO_UDP ? "udp" : "icmp";
}

static uint8_t proto_of(const char *name)
{
	if (!name)
		return 0;
	return !strcmp(name, "tcp") ? UL_IPPROTO_TCP :
	       !strcmp(name, "udp") ? UL_IPPROTO_UDP : UL_IPPROTO_ICMP;
}

/* Whom a ping is sent to has no port. */
static json_t *end_point(const struct ul_ep *ep)
{
	return ep->port ? ul_json_ep(ep) : ul_json_addr(&ep->addr);
}

static json_t *milliseconds(int64_t us)
{
	return ul_json_count(us > 0 ? (uint64_t)us / 1000 : 0);
}

static void put_ends(json_t *o, const struct ul_flow_info *flow)
{
	if (flow->port)
		ul_json_put(o, "port", ul_json_text(flow->port));
	ul_json_put(o, "guest", end_point(&flow->guest));
	ul_json_put(o, "outside", end_point(&flow->outside));
	if (flow->has_local)
		ul_json_put(o, "local", end_point(&flow->local));
	if (flow->has_remote)
		ul_json_put(o, "remote", end_point(&flow->remote));
	if (flow->proto != UL_IPPROTO_TCP)
		ul_json_put(o, "peers", ul_json_count(flow->peers));
}

static void add_flow(const struct ul_flow_info *flow, void *arg)
{
	json_t *o = json_object();

	ul_json_put(o, "id", ul_json_count(flow->id));
	ul_json_put(o, "protocol", json_string(proto_name(flow->proto)));
	ul_json_put(o, "direction",
		    json_string(flow->is_forward ? "in" : "out"));
	ul_json_put(o, "state", json_string(flow->state));
	put_ends(o, flow);
	ul_json_put(o, "from-guest", ul_json_count(flow->from_guest));
	ul_json_put(o, "to-guest", ul_json_count(flow->to_guest));
	ul_json_put(o, "waiting-out", ul_json_count(flow->waiting_out));
	ul_json_put(o, "waiting-in", ul_json_count(flow->waiting_in));
	ul_json_put(o, "pinned", ul_json_count(flow->pinned));
	ul_json_put(o, "age-ms", milliseconds(flow->age_us));
	ul_json_put(o, "idle-ms", milliseconds(flow->idle_us));
	if (flow->reason) {
		ul_json_put(o, "reason", json_string(flow->reason));
		ul_json_put(o, "ended-ms", milliseconds(flow->ended_us));
	}
	json_array_append_new(arg, o);
}

static json_t *query_flows(struct ul_call *call)
{
	struct ul_flow_query q = {
		.is_ended = ul_call_bool(call, "ended", false),
		.after = ul_call_int(call, "after", 0),
		.limit = (unsigned int)ul_call_int(call, "limit", PAGE),
		.port = ul_call_text(call, "port"),
		.proto = proto_of(ul_call_text(call, "protocol")),
	};
	json_t *list = json_array(), *o = json_object();
	struct ul_flow_page page;

	ul_network_flows(call->network, &q, add_flow, list, &page);
	ul_json_put(o, "flows", list);
	ul_json_put(o, "total", ul_json_count(page.total));
	ul_json_put(o, "truncated", json_boolean(page.is_truncated));
	ul_json_put(o, "next", ul_json_count(page.next));
	ul_json_put(o, "forgotten", ul_json_count(page.forgotten));
	return o;
}

static json_t *flow_close(struct ul_call *call)
{
	g_autofree char *error = NULL;

	if (ul_network_flow_close(call->network, ul_call_int(call, "id", 0),
				  &error) < 0)
		return ul_call_fail(call, "GenericError", "%s", error);
	return json_object();
}

static const char *const protocols[] = { "tcp", "udp", "icmp", NULL };

static const struct ul_arg args_query[] = {
	UL_ARG("ended", UL_ARG_BOOL),
	UL_ARG("port", UL_ARG_TEXT),
	UL_ARG("protocol", UL_ARG_CHOICE, .choices = protocols),
	UL_ARG("after", UL_ARG_INT, .max = INT64_MAX),
	UL_ARG("limit", UL_ARG_INT, .max = PAGE_MAX),
	UL_ARG_END,
};

static const struct ul_arg args_close[] = {
	UL_ARG("id", UL_ARG_INT, .is_needed = true, .max = INT64_MAX),
	UL_ARG_END,
};

const struct ul_cmd ul_cmds_flow[] = {
	UL_CMD("query-flows", args_query, query_flows),
	UL_CMD("flow-close", args_close, flow_close),
	UL_CMD_END,
};
