/* SPDX-License-Identifier: BSD-3-Clause */
/* describe.c - parts of a network as JSON */
#include "ctl/describe.h"

#include <assert.h>
#include <glib.h>

#include "ctl/json.h"

static const char *const kind_names[] = {
	[UL_PLUG_GUEST] = "guest",
	[UL_PLUG_HOST] = "host",
	[UL_PLUG_UPLINK] = "uplink",
};
static_assert(G_N_ELEMENTS(kind_names) == UL_PLUG_KIND_COUNT, "one each");

static json_t *line_of(const struct ul_impair_conf *line)
{
	json_t *o = json_object();

	ul_json_put(o, "delay-us", ul_json_count(line->delay_us));
	ul_json_put(o, "jitter-us", ul_json_count(line->jitter_us));
	ul_json_put(o, "loss-ppm", ul_json_count(line->loss_ppm));
	return o;
}

static json_t *rules_of(const struct ul_plug_conf *conf)
{
	json_t *o = json_object();

	ul_json_put(o, "isolated", json_boolean(conf->is_isolated));
	ul_json_put(o, "promiscuous", json_boolean(conf->is_promiscuous));
	ul_json_put(o, "pinned", json_boolean(conf->is_pinned));
	ul_json_put(o, "macs-max", ul_json_count(conf->macs_max));
	ul_json_put(o, "rate-in", ul_json_count(conf->rate_in));
	ul_json_put(o, "rate-out", ul_json_count(conf->rate_out));
	ul_json_put(o, "burst", ul_json_count(conf->burst));
	ul_json_put(o, "storm", ul_json_count(conf->storm_pps));
	ul_json_put(o, "link", json_string(conf->is_down ? "down" : "up"));
	ul_json_put(o, "in", line_of(&conf->impair_in));
	ul_json_put(o, "out", line_of(&conf->impair_out));
	return o;
}

json_t *ul_describe_counters(const struct ul_port_info *port)
{
	const struct ul_port_stats *s = port->stats;
	const struct ul_plug_stats *p = port->plug_stats;
	const struct {
		const char *name;
		uint64_t n;
	} counters[] = {
		{ "rx-frames", s->rx_frames }, { "rx-bytes", s->rx_bytes },
		{ "rx-bad", s->rx_bad },
		{ "tx-frames", s->tx_frames }, { "tx-bytes", s->tx_bytes },
		{ "tx-dropped", p->tx_dropped },
		{ "flooded", p->flooded }, { "too-long", p->too_long },
		{ "over-rate", p->over_rate }, { "over-storm", p->storm },
		{ "spoofed", p->spoofed }, { "guarded", p->guarded },
		{ "isolated", p->isolated }, { "malformed", p->malformed },
		{ "mac-conflicts", p->mac_conflicts },
		{ "over-macs", p->macs_over }, { "looped", p->looped },
		{ "link-down", p->link_down }, { "lost", p->lost },
		{ "delay-full", p->delay_full },
	};
	json_t *o = json_object();

	for (size_t i = 0; i < G_N_ELEMENTS(counters); i++)
		ul_json_put(o, counters[i].name, ul_json_count(counters[i].n));
	return o;
}

json_t *ul_describe_wire_counters(const struct ul_port_info *port)
{
	json_t *o = json_object();

	for (unsigned int i = 0; i < port->wire_count; i++)
		ul_json_put(o, port->wire_counters[i].name,
			    ul_json_count(port->wire_counters[i].n));
	return o;
}

static json_t *macs_of(const struct ul_port_info *port)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < port->mac_count; i++)
		json_array_append_new(list, ul_json_mac(port->macs[i]));
	return list;
}

static json_t *addrs_of(const struct ul_port_info *port)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < port->addr_count; i++)
		json_array_append_new(list, ul_json_addr(&port->addrs[i]));
	return list;
}

static json_t *conflict_of(const struct ul_port_info *port)
{
	json_t *o = json_object();

	ul_json_put(o, "mac", ul_json_mac(port->conflict_mac));
	ul_json_put(o, "with", ul_json_text(port->conflict_with));
	return o;
}

json_t *ul_describe_port(const struct ul_port_info *port)
{
	json_t *o = json_object();

	ul_json_put(o, "name", ul_json_text(port->name));
	ul_json_put(o, "kind", json_string(kind_names[port->conf->kind]));
	ul_json_put(o, "wire", ul_json_text(port->wire));
	ul_json_put(o, "link", json_boolean(port->is_attached));
	ul_json_put(o, "stalled", json_boolean(port->is_stalled));
	ul_json_put(o, "attached", ul_json_seconds(port->attached_us));
	if (port->conf->has_mac)
		ul_json_put(o, "mac", ul_json_mac(port->conf->mac));
	ul_json_put(o, "macs", macs_of(port));
	ul_json_put(o, "addresses", addrs_of(port));
	if (port->conflict_with)
		ul_json_put(o, "conflict", conflict_of(port));
	if (port->detail)
		ul_json_put(o, "detail", ul_json_text(port->detail));
	ul_json_put(o, "rules", rules_of(port->conf));
	ul_json_put(o, "counters", ul_describe_counters(port));
	if (port->wire_count)
		ul_json_put(o, "wire-counters",
			    ul_describe_wire_counters(port));
	return o;
}

json_t *ul_describe_lease(const struct ul_lease_info *lease)
{
	json_t *o = json_object();

	ul_json_put(o, "address", ul_json_addr(&lease->addr));
	ul_json_put(o, "mac", ul_json_mac(lease->mac));
	if (lease->host && *lease->host)
		ul_json_put(o, "host", ul_json_text(lease->host));
	if (lease->name)
		ul_json_put(o, "name", ul_json_text(lease->name));
	ul_json_put(o, "static", json_boolean(lease->is_static));
	if (lease->port)
		ul_json_put(o, "port", ul_json_text(lease->port));
	ul_json_put(o, "expires", ul_json_seconds(lease->left_us));
	return o;
}

json_t *ul_describe_guest(const struct ul_forward_info *f)
{
	return f->guest_name ? ul_json_text(f->guest_name) :
			       ul_json_addr(&f->guest.addr);
}

static json_t *hosts_of(const struct ul_forward_info *f)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < f->host_count; i++)
		json_array_append_new(list, ul_json_ep(&f->host[i]));
	return list;
}

static json_t *forward_counters(const struct ul_forward_info *f)
{
	json_t *o = json_object();

	ul_json_put(o, "connections", ul_json_count(f->connections));
	ul_json_put(o, "failed", ul_json_count(f->failed));
	return o;
}

static const char *forward_state(const struct ul_forward_info *f)
{
	if (!f->has_guest)
		return "no-guest";
	return f->when_listening && !f->listening ? "not-listening" : "ready";
}

json_t *ul_describe_forward(const struct ul_forward_info *f)
{
	json_t *o = json_object();

	ul_json_put(o, "spec", ul_json_text(f->text));
	ul_json_put(o, "protocol", json_string(f->is_udp ? "udp" : "tcp"));
	if (f->path)
		ul_json_put(o, "path", ul_json_text(f->path));
	ul_json_put(o, "host", hosts_of(f));
	if (f->host_count)
		ul_json_put(o, "host-port", ul_json_count(f->host[0].port));
	ul_json_put(o, "ports", ul_json_count(f->port_count));
	ul_json_put(o, "guest", ul_describe_guest(f));
	if (f->has_guest)
		ul_json_put(o, "address", ul_json_addr(&f->guest.addr));
	ul_json_put(o, "guest-port", ul_json_count(f->guest.port));
	ul_json_put(o, "when-listening", json_boolean(f->when_listening));
	ul_json_put(o, "state", json_string(forward_state(f)));
	ul_json_put(o, "open", ul_json_count(f->open));
	ul_json_put(o, "counters", forward_counters(f));
	if (!f->reason)
		return o;
	ul_json_put(o, "reason", ul_json_text(f->reason));
	ul_json_put(o, "failed-ago", ul_json_seconds(f->failed_us));
	return o;
}
