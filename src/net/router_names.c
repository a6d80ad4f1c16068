/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_names.c - which names guests have, for the zone
 *
 * An address is leased to a MAC; the MAC has a name by the configuration, its
 * port has one while it is plugged in, and the guest told one by DHCP. All are
 * there as long as the lease and the port are: a guest that left keeps its
 * lease, but there is nobody to be reached by its name. A host of the
 * configuration that has its address without DHCP is there while it is heard.
 */
#include <string.h>

#include <glib.h>

#include "conf/host_spec.h"
#include "net/router_priv.h"

struct naming {
	struct ul_router *router;
	ul_dns_local_fn fn;
	void *arg;
};

static const char *name_in_conf(const struct ul_conf *conf,
				const uint8_t mac[6])
{
	for (guint i = 0; i < conf->ports->len; i++) {
		const struct ul_port_conf *p = conf->ports->pdata[i];

		if (p->has_mac && !memcmp(p->mac, mac, sizeof(p->mac)))
			return p->name;
	}
	return NULL;
}

static void tell(const struct naming *n, const struct ul_lease *lease,
		 const char *name, enum ul_dns_rank rank)
{
	struct ul_dns_local local = {
		.name = name, .rank = rank, .addr = lease->addr,
	};

	if (!name || !*name)
		return;
	memcpy(local.mac, lease->mac, sizeof(local.mac));
	n->fn(&local, n->arg);
}

/* "port7" is the switch's own: no name to call a machine by. */
static bool is_plain(const char *name)
{
	return g_str_has_prefix(name, "port") &&
	       !name[strlen("port") + strspn(name + strlen("port"),
					     "0123456789")];
}

/*
 * The port where the owner of @lease is; NULL when it left. The switch forgets
 * a MAC that is silent for a while, the neighbours do not.
 */
static const struct ul_port *port_of(struct ul_router *r,
				     const struct ul_lease *lease)
{
	const struct ul_port *port = r->link.port_of(lease->mac, r->link.arg);
	const struct ul_neigh *n;

	if (port)
		return port;
	n = ul_neigh_find(r->neigh, &lease->addr);
	return n && !memcmp(n->mac, lease->mac, sizeof(n->mac)) ? n->port :
								  NULL;
}

static void tell_lease(const struct ul_lease *lease, void *arg)
{
	struct naming *n = arg;
	struct ul_router *r = n->router;
	const struct ul_port *port = port_of(r, lease);
	const struct ul_host_conf *host = ul_router_host_of(r, lease);
	const char *name;

	if (!port)
		return;
	if (host)
		tell(n, lease, host->name, UL_DNS_BY_CONF);
	tell(n, lease, name_in_conf(r->conf, lease->mac), UL_DNS_BY_CONF);
	name = r->link.name_of(port, r->link.arg);
	if (name && !is_plain(name))
		tell(n, lease, name, UL_DNS_BY_PORT);
	tell(n, lease, lease->host, UL_DNS_BY_GUEST);
}

/* It has its address without asking for it, and was heard there. */
static void tell_at(const struct naming *n, const struct ul_host_conf *host,
		    const struct ul_addr *addr)
{
	const struct ul_neigh *seen = ul_neigh_find(n->router->neigh, addr);
	struct ul_lease lease = { .addr = *addr };

	if (!seen || memcmp(seen->mac, host->mac, sizeof(seen->mac)))
		return;
	memcpy(lease.mac, host->mac, sizeof(lease.mac));
	tell(n, &lease, host->name, UL_DNS_BY_CONF);
}

static void tell_unleased(const struct naming *n,
			  const struct ul_host_conf *host)
{
	if (host->has_mac && host->has_addr4)
		tell_at(n, host, &host->addr4);
	if (host->has_mac && host->has_addr6)
		tell_at(n, host, &host->addr6);
}

static void each_name(ul_dns_local_fn fn, void *fn_arg, void *arg)
{
	struct naming n = { arg, fn, fn_arg };

	ul_router_each_lease(n.router, tell_lease, &n);
	for (guint i = 0; i < n.router->hosts->len; i++)
		tell_unleased(&n, n.router->hosts->pdata[i]);
}

void ul_router_make_zone(struct ul_router *r)
{
	const struct ul_conf *c = r->conf;
	struct ul_dns_zone_conf zc = {
		.network = c->name, .domain = c->domain,
		.prefix4 = c->subnet, .prefix6 = c->prefix6,
		.gateway4 = c->gateway4, .gateway6 = c->gateway6,
		.has_v6 = c->has_ipv6, .reaches_host = c->reaches_host,
		.each = each_name, .arg = r,
	};

	r->zone = ul_dns_zone_new(&zc);
}

/* Is @addr one of the network that is nobody's but a guest's? */
static bool may_be_guest(const struct ul_router *r,
			 const struct ul_addr *addr)
{
	const struct ul_conf *c = r->conf;
	struct ul_addr last = ul_prefix_broadcast(&c->subnet);

	if (ul_router_is_own(r, addr))
		return false;
	if (!ul_addr_is_v4(addr))
		return c->has_ipv6 && ul_prefix_has(&c->prefix6, addr) &&
		       !ul_addr_eq(addr, &c->prefix6.addr);
	return ul_prefix_has(&c->subnet, addr) &&
	       !ul_addr_eq(addr, &c->subnet.addr) && !ul_addr_eq(addr, &last);
}

int ul_router_find_guest(const struct ul_router *r, const char *name,
			 enum ul_family family, struct ul_addr *out)
{
	struct ul_addr addr;

	if (ul_addr_parse(&addr, name) < 0)
		return ul_dns_zone_find(r->zone, name, family, out);
	if (ul_addr_family(&addr) != family || !may_be_guest(r, &addr))
		return -ENOENT;
	*out = addr;
	return 0;
}
