/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * event.c - what happens in a network, as QMP's events
 *
 * An event carries the time of the wall clock, as in QMP; nothing here acts
 * on it. Events that a guest causes at will are held to a rate, and the next
 * one that passes says how many were left out.
 */
#include "ctl/event.h"

#include <assert.h>
#include <glib.h>

#include "ctl/describe.h"
#include "ctl/json.h"

const char *const ul_event_names[UL_EVENT_COUNT] = {
	[UL_EVENT_PORT_CONNECTED] = "PORT_CONNECTED",
	[UL_EVENT_PORT_DISCONNECTED] = "PORT_DISCONNECTED",
	[UL_EVENT_MAC_CONFLICT] = "MAC_CONFLICT",
	[UL_EVENT_SUBNET_OVERLAP] = "SUBNET_OVERLAP",
	[UL_EVENT_LEASE_ADDED] = "LEASE_ADDED",
	[UL_EVENT_LEASE_EXPIRED] = "LEASE_EXPIRED",
	[UL_EVENT_FLOW_DENIED] = "FLOW_DENIED",
	[UL_EVENT_FORWARD_FAILED] = "FORWARD_FAILED",
	[UL_EVENT_SHUTDOWN] = "SHUTDOWN",
};

static void emit(struct ul_event_source *s, enum ul_event kind,
		 json_t *take_data)
{
	int64_t now = g_get_real_time();
	json_t *event = json_pack("{s:s, s:o, s:{s:I, s:I}}",
				  "event", ul_event_names[kind],
				  "data", take_data, "timestamp",
				  "seconds", (json_int_t)(now / 1000000),
				  "microseconds", (json_int_t)(now % 1000000));

	s->emit(event, s->arg);
	json_decref(event);
}

/*
 * Guests come, go and lease one by one; that many at once is a network that
 * starts, and one that goes on so is a guest that wants to be noticed.
 */
static bool is_of_a_guest(enum ul_event kind)
{
	return kind == UL_EVENT_PORT_CONNECTED ||
	       kind == UL_EVENT_PORT_DISCONNECTED ||
	       kind == UL_EVENT_LEASE_ADDED || kind == UL_EVENT_LEASE_EXPIRED;
}

/* False when this one is left out. */
static bool may_emit(struct ul_event_source *s, enum ul_event kind)
{
	bool is_many = is_of_a_guest(kind);

	if (ul_rate_take(&s->rate[kind], s->now_us(s->arg),
			 is_many ? UL_EVENT_GUEST_RATE : UL_EVENT_RATE,
			 is_many ? UL_EVENT_GUEST_BURST : UL_EVENT_BURST))
		return true;
	s->left_out[kind]++;
	return false;
}

static void put_left_out(struct ul_event_source *s, enum ul_event kind,
			 json_t *data)
{
	if (s->left_out[kind])
		ul_json_put(data, "left-out",
			    ul_json_count(s->left_out[kind]));
	s->left_out[kind] = 0;
}

static void emit_port(struct ul_event_source *s, enum ul_event kind,
		      const struct ul_port_info *port)
{
	json_t *data;

	if (!may_emit(s, kind))
		return;
	data = ul_describe_port(port);
	put_left_out(s, kind, data);
	emit(s, kind, data);
}

static void emit_lease(struct ul_event_source *s, enum ul_event kind,
		       const struct ul_lease_info *lease)
{
	json_t *data;

	if (!may_emit(s, kind))
		return;
	data = ul_describe_lease(lease);
	put_left_out(s, kind, data);
	emit(s, kind, data);
}

static void on_connected(const struct ul_port_info *port, void *arg)
{
	emit_port(arg, UL_EVENT_PORT_CONNECTED, port);
}

static void on_disconnected(const struct ul_port_info *port, void *arg)
{
	emit_port(arg, UL_EVENT_PORT_DISCONNECTED, port);
}

static void on_conflict(const struct ul_conflict_info *c, void *arg)
{
	json_t *data;

	if (!may_emit(arg, UL_EVENT_MAC_CONFLICT))
		return;
	data = json_object();
	ul_json_put(data, "mac", ul_json_mac(c->mac));
	ul_json_put(data, "owner", ul_json_text(c->owner));
	ul_json_put(data, "intruder", ul_json_text(c->intruder));
	ul_json_put(data, "remedy", ul_json_text(c->remedy));
	put_left_out(arg, UL_EVENT_MAC_CONFLICT, data);
	emit(arg, UL_EVENT_MAC_CONFLICT, data);
}

static void on_overlap(const char *ifname, const struct ul_prefix *prefix,
		       void *arg)
{
	json_t *data = json_object();

	ul_json_put(data, "interface", ul_json_text(ifname));
	ul_json_put(data, "prefix", ul_json_prefix(prefix));
	emit(arg, UL_EVENT_SUBNET_OVERLAP, data);
}

static void on_lease(const struct ul_lease_info *lease, void *arg)
{
	emit_lease(arg, UL_EVENT_LEASE_ADDED, lease);
}

static void on_expired(const struct ul_lease_info *lease, void *arg)
{
	emit_lease(arg, UL_EVENT_LEASE_EXPIRED, lease);
}

static void on_denied(const struct ul_denied_info *denied, void *arg)
{
	json_t *data;

	if (!may_emit(arg, UL_EVENT_FLOW_DENIED))
		return;
	data = json_object();
	if (denied->port)
		ul_json_put(data, "port", ul_json_text(denied->port));
	ul_json_put(data, "protocol", ul_json_text(denied->proto));
	ul_json_put(data, "from", ul_json_ep(&denied->guest));
	ul_json_put(data, "to", ul_json_ep(&denied->dst));
	ul_json_put(data, "reason", ul_json_text(denied->reason));
	if (denied->rule) {
		ul_json_put(data, "rule", ul_json_count(denied->rule));
		ul_json_put(data, "rule-text",
			    ul_json_text(denied->rule_text));
	}
	put_left_out(arg, UL_EVENT_FLOW_DENIED, data);
	emit(arg, UL_EVENT_FLOW_DENIED, data);
}

static void on_forward_failed(const struct ul_forward_failure *failure,
			      void *arg)
{
	const struct ul_forward_info *f = failure->forward;
	json_t *data;

	if (!may_emit(arg, UL_EVENT_FORWARD_FAILED))
		return;
	data = json_object();
	ul_json_put(data, "spec", ul_json_text(f->text));
	if (failure->client.port)
		ul_json_put(data, "client", ul_json_ep(&failure->client));
	ul_json_put(data, "guest", ul_describe_guest(f));
	ul_json_put(data, "reason", ul_json_text(failure->reason));
	put_left_out(arg, UL_EVENT_FORWARD_FAILED, data);
	emit(arg, UL_EVENT_FORWARD_FAILED, data);
}

const struct ul_network_events ul_event_of_network = {
	.port_connected = on_connected,
	.port_disconnected = on_disconnected,
	.mac_conflict = on_conflict,
	.subnet_overlap = on_overlap,
	.lease_added = on_lease,
	.lease_expired = on_expired,
	.flow_denied = on_denied,
	.forward_failed = on_forward_failed,
};

void ul_event_shutdown(struct ul_event_source *s, const char *reason)
{
	emit(s, UL_EVENT_SHUTDOWN, json_pack("{s:s}", "reason", reason));
}
