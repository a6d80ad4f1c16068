/* SPDX-License-Identifier: BSD-3-Clause */
/* net_info.c - what a network tells of itself, and what is changed live */
#include "net/net_info.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "conf/host_spec.h"
#include "conf/value.h"
#include "net/network_priv.h"

void ul_network_set_events(struct ul_network *n,
			   const struct ul_network_events *events, void *arg)
{
	n->events = events;
	n->events_arg = arg;
}

static void count_port(struct ul_port *port, void *arg)
{
	struct ul_network_info *info = arg;

	info->ports++;
	info->guests += ul_hub_conf_of(port)->kind == UL_PLUG_GUEST;
}

static void put_uplinks(const struct ul_network *n,
			struct ul_network_info *info)
{
	const GPtrArray *uplinks = n->conf->uplinks;

	for (guint i = 0; i < uplinks->len && i < UL_NETWORK_UPLINKS; i++) {
		const struct ul_uplink_conf *u = uplinks->pdata[i];

		info->uplinks[info->uplink_count++] = u->text;
	}
}

void ul_network_info(struct ul_network *n, struct ul_network_info *out)
{
	const struct ul_conf *c = n->conf;

	*out = (struct ul_network_info){
		.name = c->name,
		.mode = ul_mode_parts(c->mode)->name,
		.has_router = n->router != NULL,
		.has_dhcp = c->has_dhcp,
		.domain = n->router ? c->domain : NULL,
		.subnet = c->subnet,
		.gateway4 = c->gateway4, .dns4 = c->dns4,
		.has_ipv6 = c->has_ipv6, .prefix6 = c->prefix6,
		.gateway6 = c->gateway6, .dns6 = c->dns6,
		.mtu = c->mtu,
		.egress = ul_egress_name(n->egress),
		.up_us = ul_loop_now(n->loop) - n->started_us,
	};
	put_uplinks(n, out);
	ul_hub_each(n->hub, count_port, out);
	if (n->router)
		ul_router_count_flows(n->router, &out->tcp_flows,
				      &out->udp_flows);
}

/* Leases. */

struct each_lease {
	struct ul_network *network;
	void (*fn)(const struct ul_lease_info *lease, void *arg);
	void *arg;
};

static struct ul_lease_info lease_info(struct ul_network *n,
				       const struct ul_lease *lease)
{
	const struct ul_host_conf *known = ul_router_host_of(n->router, lease);
	struct ul_port *port = ul_hub_find(n->hub, lease->mac);
	struct ul_lease_info info = {
		.addr = lease->addr,
		.host = lease->host,
		.name = known ? known->name : NULL,
		.is_static = lease->is_kept,
		.port = port ? ul_hub_name(port) : NULL,
		.left_us = lease->expires_us - ul_loop_now(n->loop),
	};

	memcpy(info.mac, lease->mac, sizeof(info.mac));
	return info;
}

static void tell_lease(const struct ul_lease *lease, void *arg)
{
	struct each_lease *e = arg;
	struct ul_lease_info info = lease_info(e->network, lease);

	e->fn(&info, e->arg);
}

void ul_network_each_lease(struct ul_network *n,
			   void (*fn)(const struct ul_lease_info *lease,
				      void *arg), void *arg)
{
	struct each_lease e = { n, fn, arg };

	if (n->router)
		ul_router_each_lease(n->router, tell_lease, &e);
}

int ul_network_lease(struct ul_network *n, const uint8_t mac[6],
		     const char *host, struct ul_addr *out, char **error)
{
	int rc = n->router ? ul_router_lease(n->router, mac, host, out) :
			     -ENOENT;

	if (rc == -ENOENT)
		*error = g_strdup("this network has no DHCP");
	else if (rc)
		*error = g_strdup("all addresses of the network's DHCP are "
				  "leased");
	return rc;
}

struct others {
	const uint8_t *mac;
	bool is_any;
};

static void see_mac(const uint8_t mac[6], void *arg)
{
	struct others *others = arg;

	others->is_any |= memcmp(mac, others->mac, 6) != 0;
}

bool ul_network_is_alone(const uint8_t mac[6], void *arg)
{
	struct ul_network *n = arg;
	struct others others = { .mac = mac };
	struct ul_port *port = ul_hub_find(n->hub, mac);

	if (!port || n->attachments.next->next != &n->attachments)
		return false;
	ul_hub_each_mac(n->hub, port, see_mac, &others);
	return !others.is_any;
}

/*
 * The host's own ports speak no DHCP: what was leased to one for `userlan
 * shell` is renewed here, as long as it is plugged in.
 */
#define RENEW_AHEAD_US (3 * UL_LEASE_WATCH_US)

struct renewal {
	struct ul_network *network;
	GArray *due;		/* of struct ul_lease */
};

static void look_at_lease(const struct ul_lease *lease, void *arg)
{
	struct renewal *r = arg;
	struct ul_port *port = ul_hub_find(r->network->hub, lease->mac);

	if (!port || ul_hub_conf_of(port)->kind != UL_PLUG_HOST ||
	    !ul_addr_is_v4(&lease->addr) || lease->expires_us >
	    ul_loop_now(r->network->loop) + RENEW_AHEAD_US)
		return;
	g_array_append_vals(r->due, lease, 1);
}

static void renew_for_host(struct ul_network *n)
{
	struct renewal r = {
		n, g_array_new(FALSE, FALSE, sizeof(struct ul_lease)),
	};
	struct ul_addr addr;

	ul_router_each_lease(n->router, look_at_lease, &r);
	for (guint i = 0; i < r.due->len; i++) {
		const struct ul_lease *l = &g_array_index(r.due,
							  struct ul_lease, i);

		ul_router_lease(n->router, l->mac, *l->host ? l->host : NULL,
				&addr);
	}
	g_array_unref(r.due);
}

static void each_known(void (*fn)(const struct ul_lease *lease, void *fn_arg),
		       void *fn_arg, void *arg)
{
	struct ul_network *n = arg;

	if (!n->router)
		return;
	renew_for_host(n);
	ul_router_each_lease(n->router, fn, fn_arg);
}

static void on_lease_over(const struct ul_lease *lease, void *arg)
{
	struct ul_network *n = arg;
	struct ul_lease_info info = lease_info(n, lease);

	ul_hub_unlease(n->hub, &lease->addr);
	if (n->events && n->events->lease_expired)
		n->events->lease_expired(&info, n->events_arg);
}

const struct ul_lease_watch_handler ul_network_lease_handler = {
	.each = each_known,
	.over = on_lease_over,
};

struct find_lease {
	const struct ul_addr *addr;
	struct ul_lease lease;
	bool is_found;
};

static void match_lease(const struct ul_lease *lease, void *arg)
{
	struct find_lease *f = arg;

	if (!ul_addr_eq(&lease->addr, f->addr))
		return;
	f->lease = *lease;
	f->is_found = true;
}

void ul_network_tell_overlap(struct ul_network *n,
			     const struct ul_connected *found)
{
	if (n->events && n->events->subnet_overlap)
		n->events->subnet_overlap(found->ifname, &found->prefix,
					  n->events_arg);
}

/* "port7": the hub's own, which says nothing of the guest. */
static bool has_plain_name(const struct ul_port *port)
{
	const char *name = ul_hub_name(port);

	return g_str_has_prefix(name, "port") &&
	       strspn(name + strlen("port"), "0123456789") ==
	       strlen(name) - strlen("port");
}

/* Those of --host are, too, and of others than the one that has @lease. */
static bool is_of_host(const struct ul_network *n,
		       const struct ul_lease *lease)
{
	const GPtrArray *hosts = ul_router_hosts(n->router);

	for (guint i = 0; i < hosts->len; i++) {
		const struct ul_host_conf *h = hosts->pdata[i];

		if (!g_ascii_strcasecmp(h->name, lease->host) &&
		    !ul_router_is_host(h, lease))
			return true;
	}
	return false;
}

/* Names of --port are for those whom their MAC makes known. */
static bool is_of_rule(const struct ul_network *n, const char *name)
{
	for (guint i = 0; i < n->conf->ports->len; i++) {
		const struct ul_port_conf *p = n->conf->ports->pdata[i];

		if (!g_ascii_strcasecmp(p->name, name))
			return true;
	}
	return false;
}

/* A guest that tells its host name is called by it, unless another is. */
static void name_by_lease(struct ul_network *n, const struct ul_lease *lease)
{
	struct ul_port *port = ul_hub_find(n->hub, lease->mac);
	g_autofree char *why = NULL;

	if (!port || ul_hub_conf_of(port)->kind != UL_PLUG_GUEST ||
	    !has_plain_name(port) || is_of_rule(n, lease->host) ||
	    is_of_host(n, lease) ||
	    ul_value_check_label(lease->host, &why))
		return;
	ul_hub_tell_name(n->hub, port, lease->host);
}

void ul_network_take_lease(struct ul_network *n, const struct ul_lease *lease)
{
	ul_lease_watch_add(n->lease_watch, lease);
	ul_hub_lease(n->hub, lease->mac, &lease->addr);
}

void ul_network_tell_leased(struct ul_network *n, const struct ul_addr *addr)
{
	struct find_lease f = { .addr = addr };
	struct ul_lease_info info;

	ul_router_each_lease(n->router, match_lease, &f);
	if (!f.is_found)
		return;
	/* What the address was before is over before. */
	ul_lease_watch_add(n->lease_watch, &f.lease);
	ul_hub_lease(n->hub, f.lease.mac, addr);
	name_by_lease(n, &f.lease);
	info = lease_info(n, &f.lease);
	if (n->events && n->events->lease_added)
		n->events->lease_added(&info, n->events_arg);
}

/* Ports. */

struct placed {
	const struct ul_port *port;
	struct ul_addr addr;
};

struct placing {
	struct ul_network *network;
	GArray *places;			/* of struct placed */
};

static void place(const struct ul_lease *lease, void *arg)
{
	struct placing *p = arg;
	struct placed placed = {
		ul_hub_find(p->network->hub, lease->mac), lease->addr,
	};

	if (placed.port)
		g_array_append_val(p->places, placed);
}

/* Which port has which address: asked once for all ports. */
static GArray *place_all(struct ul_network *n)
{
	struct placing p = {
		n, g_array_new(FALSE, FALSE, sizeof(struct placed)),
	};

	if (n->router)
		ul_router_each_lease(n->router, place, &p);
	return p.places;
}

static void add_mac(const uint8_t mac[6], void *arg)
{
	struct ul_port_info *info = arg;

	if (info->mac_count < UL_PORT_INFO_MACS)
		memcpy(info->macs[info->mac_count++], mac, 6);
}

static void add_addrs(struct ul_port_info *info, const struct ul_port *port,
		      const GArray *places)
{
	for (guint i = 0; i < places->len; i++) {
		const struct placed *p = &g_array_index(
			places, struct placed, i);

		if (p->port == port && info->addr_count < UL_PORT_INFO_ADDRS)
			info->addrs[info->addr_count++] = p->addr;
	}
}

static void put_conflict(struct ul_port_info *info,
			 const struct ul_attachment *a)
{
	struct ul_hub_dispute d;

	/* Who was there first has no trouble. */
	if (!ul_hub_dispute(a->port, &d) || d.is_owner)
		return;
	info->conflict_with = ul_hub_name(d.other);
	memcpy(info->conflict_mac, d.mac, sizeof(info->conflict_mac));
}

static void add_counter(const char *name, uint64_t n, void *arg)
{
	struct ul_port_info *info = arg;

	if (info->wire_count < UL_PORT_INFO_WIRE)
		info->wire_counters[info->wire_count++] =
			(struct ul_counter){ name, n };
}

static void fill_port(struct ul_network *n, const struct ul_attachment *a,
		      const GArray *places, struct ul_port_info *info)
{
	info->name = ul_hub_name(a->port);
	info->wire = a->wire;
	info->conf = ul_hub_conf_of(a->port);
	info->is_attached = a->port->is_attached;
	info->is_stalled = a->port->is_stalled;
	info->attached_us = ul_loop_now(n->loop) - a->attached_us;
	info->mac_count = info->addr_count = 0;
	info->stats = &a->port->stats;
	info->plug_stats = ul_hub_stats(a->port);
	info->wire_count = 0;
	if (a->port->ops->each_counter)
		a->port->ops->each_counter(a->port, add_counter, info);
	info->conflict_with = NULL;
	info->detail = a->detail;
	ul_hub_each_mac(n->hub, a->port, add_mac, info);
	add_addrs(info, a->port, places);
	put_conflict(info, a);
}

void ul_network_each_port(struct ul_network *n,
			  void (*fn)(const struct ul_port_info *port,
				     void *arg), void *arg)
{
	GArray *places = place_all(n);
	struct ul_port_info *info = g_new(struct ul_port_info, 1);

	for (struct ul_list *l = n->attachments.next; l != &n->attachments;
	     l = l->next) {
		const struct ul_attachment *a = ul_container_of(
			l, struct ul_attachment, node);

		fill_port(n, a, places, info);
		fn(info, arg);
	}
	g_free(info);
	g_array_unref(places);
}

typedef void (*port_event)(const struct ul_port_info *port, void *arg);

static void tell_port(struct ul_network *n, const struct ul_port *port,
		      port_event event)
{
	const struct ul_attachment *a = ul_network_find(n, port);
	struct ul_port_info *info;
	GArray *places;

	if (!a || !event)
		return;
	places = place_all(n);
	info = g_new(struct ul_port_info, 1);
	fill_port(n, a, places, info);
	event(info, n->events_arg);
	g_free(info);
	g_array_unref(places);
}

void ul_network_tell_connected(struct ul_network *n, struct ul_port *port)
{
	tell_port(n, port, n->events ? n->events->port_connected : NULL);
}

void ul_network_tell_disconnected(struct ul_network *n, struct ul_port *port)
{
	tell_port(n, port, n->events ? n->events->port_disconnected : NULL);
}

void ul_network_tell_conflict(struct ul_network *n,
			      const struct ul_conflict_info *info)
{
	if (n->events && n->events->mac_conflict)
		n->events->mac_conflict(info, n->events_arg);
}

/* Live changes. */

static struct ul_port *find_port(struct ul_network *n, const char *name,
				 char **error)
{
	struct ul_port *port = ul_hub_find_name(n->hub, name);

	if (!port)
		*error = g_strdup_printf("no port is called '%s'", name);
	return port;
}

int ul_network_port_conf(struct ul_network *n, const char *name,
			 struct ul_plug_conf *out, char **error)
{
	const struct ul_port *port = find_port(n, name, error);

	if (!port)
		return -ENOENT;
	*out = *ul_hub_conf_of(port);
	return 0;
}

static const char *what_is_wrong(const struct ul_plug_conf *conf)
{
	if (conf->kind == UL_PLUG_UPLINK &&
	    (conf->is_pinned || conf->is_isolated))
		return "a whole LAN is behind an uplink: it cannot be pinned or isolated";
	return NULL;
}

int ul_network_port_set(struct ul_network *n, const char *name,
			const struct ul_plug_conf *conf, char **error)
{
	struct ul_port *port = find_port(n, name, error);
	const char *wrong = what_is_wrong(conf);
	int rc;

	if (!port)
		return -ENOENT;
	if (wrong) {
		*error = g_strdup_printf("port %s: %s", name, wrong);
		return -EINVAL;
	}
	rc = ul_hub_set(n->hub, port, conf);
	if (rc == -EEXIST)
		*error = g_strdup_printf("a port is called '%s' already",
					 conf->name);
	else if (rc == -ENOMEM)
		*error = g_strdup_printf("port %s: no memory for frames that "
					 "are to be late", name);
	else if (rc < 0)
		*error = g_strdup_printf("port %s: a name has 1 to %d bytes",
					 name, UL_PORT_NAME_MAX);
	return rc;
}

int ul_network_port_kick(struct ul_network *n, const char *name, char **error)
{
	struct ul_port *port = find_port(n, name, error);

	if (!port)
		return -ENOENT;
	if (ul_hub_conf_of(port)->kind == UL_PLUG_UPLINK) {
		*error = g_strdup_printf("port %s is an uplink, which lasts "
					 "as long as the network", name);
		return -EPERM;
	}
	ul_log(INFO, "port", "%s: kicked", name);
	ul_network_kick(n, port);
	return 0;
}
