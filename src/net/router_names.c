/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_names.c - which names guests have, for the zone
 *
 * An address is leased to a MAC; the MAC has a name by the configuration, its
 * port has one while it is plugged in, and the guest told one by DHCP. All are
 * there as long as the lease and the port are: a guest that left keeps its
 * lease, but there is nobody to be reached by its name. A host of the
 * configuration that has its address without DHCP is there while it is heard.
 *
 * A guest makes IPv6 addresses of its own (RFC 4862), which are told of
 * nowhere: those that its MAC was heard at are its, the last ones first. An
 * IPv4 address that was set by hand is told of by ARP: router_claims.c. So a
 * machine without any lease has the name of its port for them.
 */
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "conf/host_spec.h"
#include "net/router_priv.h"

#define AUTO6_MAX 4		/* told of one machine's: stable and new ones */
#define AUTO6_LOOKS 16		/* neighbours of a port that are looked at */

struct naming {
	struct ul_router *router;
	ul_dns_local_fn fn;
	void *arg;
	const struct ul_addr *at;	/* the only one wanted; NULL: all */
	uint8_t at_mac[6];		/* whose it is, when it was heard */
	bool is_heard;
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

/* One address of one name: true when more of it is wanted. */
static bool tell_one(const struct naming *n, const struct ul_dns_local *local)
{
	if (n->at && !ul_addr_eq(n->at, &local->addr))
		return false;
	return n->fn(local, n->arg);
}

static bool is_auto6(const struct ul_router *r, const struct ul_addr *addr)
{
	return r->conf->has_ipv6 && !ul_addr_is_v4(addr) &&
	       ul_prefix_has(&r->conf->prefix6, addr);
}

struct telling {
	const struct naming *naming;
	struct ul_dns_local local;
	unsigned int left;
};

static bool tell_auto6(const struct ul_neigh *neigh, void *arg)
{
	struct telling *t = arg;

	if (!is_auto6(t->naming->router, &neigh->addr) ||
	    memcmp(neigh->mac, t->local.mac, sizeof(neigh->mac)))
		return true;
	t->local.addr = neigh->addr;
	tell_one(t->naming, &t->local);
	return --t->left;
}

/* The name of who has @lease, and has or had addresses at @port. */
static void tell(const struct naming *n, const struct ul_lease *lease,
		 const void *port, const char *name, enum ul_dns_rank rank)
{
	struct telling t = {
		.naming = n, .left = AUTO6_MAX,
		.local = { .name = name, .rank = rank, .addr = lease->addr },
	};
	bool is_wanted;

	if (!name || !*name)
		return;
	memcpy(t.local.mac, lease->mac, sizeof(t.local.mac));
	is_wanted = tell_one(n, &t.local);
	if (n->is_heard && !memcmp(n->at_mac, lease->mac, sizeof(n->at_mac))) {
		t.local.addr = *n->at;
		tell_one(n, &t.local);
	} else if (is_wanted) {
		ul_neigh_each_at(n->router->neigh, port, tell_auto6, &t);
	}
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

static enum ul_dns_rank rank_of(const struct ul_router *r,
				const struct ul_port *port)
{
	return r->link.is_told && r->link.is_told(port, r->link.arg) ?
	       UL_DNS_BY_TOLD_PORT : UL_DNS_BY_PORT;
}

/* All names of who has @lease and is at @port. */
static void tell_names(const struct naming *n, const struct ul_lease *lease,
		       const struct ul_port *port)
{
	struct ul_router *r = n->router;
	const struct ul_host_conf *host = ul_router_host_of(r, lease);
	const char *name;

	if (host)
		tell(n, lease, port, host->name, UL_DNS_BY_CONF);
	tell(n, lease, port, name_in_conf(r->conf, lease->mac),
	     UL_DNS_BY_CONF);
	name = r->link.name_of(port, r->link.arg);
	if (name && !is_plain(name))
		tell(n, lease, port, name, rank_of(r, port));
	tell(n, lease, port, lease->host, UL_DNS_BY_GUEST);
}

static void tell_lease(const struct ul_lease *lease, void *arg)
{
	struct naming *n = arg;
	const struct ul_port *port = port_of(n->router, lease);

	if (port)
		tell_names(n, lease, port);
}

static void tell_claim(const struct ul_router_claim *claim, void *arg)
{
	struct ul_lease lease = { .addr = claim->addr };

	memcpy(lease.mac, claim->mac, sizeof(lease.mac));
	tell_names(arg, &lease, claim->port);
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
	tell(n, &lease, seen->port, host->name, UL_DNS_BY_CONF);
}

static void tell_unleased(const struct naming *n,
			  const struct ul_host_conf *host)
{
	if (host->has_mac && host->has_addr4)
		tell_at(n, host, &host->addr4);
	if (host->has_mac && host->has_addr6)
		tell_at(n, host, &host->addr6);
}

struct last_auto6 {
	const struct ul_router *router;
	struct ul_lease lease;
	unsigned int left;
	bool is_found;
};

static bool look_for_auto6(const struct ul_neigh *neigh, void *arg)
{
	struct last_auto6 *l = arg;

	if (is_auto6(l->router, &neigh->addr)) {
		l->is_found = true;
		l->lease.addr = neigh->addr;
		memcpy(l->lease.mac, neigh->mac, sizeof(l->lease.mac));
	}
	return !l->is_found && --l->left;
}

/* Who was heard there last has its names, with a lease or without. */
static void tell_port(const void *port, void *arg)
{
	struct naming *n = arg;
	struct last_auto6 l = { .router = n->router, .left = AUTO6_LOOKS };

	ul_neigh_each_at(n->router->neigh, port, look_for_auto6, &l);
	if (l.is_found)
		tell_lease(&l.lease, n);
}

/* Those of IPv4 first, so that nothing keeps them out of an answer. */
static void each_name(const struct ul_addr *at, ul_dns_local_fn fn,
		      void *fn_arg, void *arg)
{
	struct ul_router *r = arg;
	struct naming n = { .router = r, .fn = fn, .arg = fn_arg, .at = at };
	const struct ul_neigh *heard = at && is_auto6(r, at) ?
		ul_neigh_find(r->neigh, at) : NULL;
	int64_t now = ul_loop_now(r->ctx.loop);

	n.is_heard = heard != NULL;
	if (heard)
		memcpy(n.at_mac, heard->mac, sizeof(n.at_mac));
	if (r->dhcp)
		ul_dhcp4_srv_each(r->dhcp, now, tell_lease, &n);
	if (r->dhcp6)
		ul_dhcp6_srv_each(r->dhcp6, now, tell_lease, &n);
	for (guint i = 0; i < r->hosts->len; i++)
		tell_unleased(&n, r->hosts->pdata[i]);
	ul_router_each_claim(r, tell_claim, &n);
	if (r->conf->has_ipv6)
		ul_neigh_each_port(r->neigh, tell_port, &n);
}

const char *ul_router_name_of(struct ul_router *r,
			      const struct ul_lease_client *client)
{
	struct ul_lease lease = { .addr = ul_addr_v4(0) };
	const struct ul_host_conf *host;
	const struct ul_port *port = r->link.port_of(client->mac,
						     r->link.arg);
	const char *name;

	if (r->conf->slirp.is_on)
		return r->conf->slirp.guest_name;
	memcpy(lease.mac, client->mac, sizeof(lease.mac));
	if (client->id_len <= UL_LEASE_ID_MAX && client->id_len) {
		lease.id_len = (uint8_t)client->id_len;
		memcpy(lease.id, client->id, client->id_len);
	}
	host = ul_router_host_of(r, &lease);
	if (host)
		return host->name;
	name = name_in_conf(r->conf, client->mac);
	if (!name && port)
		name = r->link.name_of(port, r->link.arg);
	return name && !is_plain(name) ? name : NULL;
}

void ul_router_make_zone(struct ul_router *r)
{
	const struct ul_conf *c = r->conf;
	struct ul_dns_zone_conf zc = {
		.network = c->name, .domain = c->domain,
		.prefix4 = c->subnet, .prefix6 = c->prefix6,
		.gateway4 = c->gateway4, .gateway6 = c->gateway6,
		.has_v6 = c->has_ipv6, .reaches_host = c->reaches_host,
		.each = each_name,
		.known = ul_router_known, .known_at = ul_router_known_at,
		.arg = r,
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

struct vm {
	struct ul_router *router;
	struct ul_addr addr;
	bool is_found;
};

static void take_vm(const struct ul_lease *lease, void *arg)
{
	struct vm *vm = arg;

	if (vm->is_found || !ul_addr_is_v4(&lease->addr) ||
	    !port_of(vm->router, lease))
		return;
	vm->addr = lease->addr;
	vm->is_found = true;
}

/*
 * The first guest's address is its own by custom, leased or not. A host of the
 * configuration has another one.
 */
int ul_router_find_vm(struct ul_router *r, struct ul_addr *out)
{
	struct vm vm = { .router = r, .addr = r->conf->guest4 };

	if (!ul_neigh_find(r->neigh, &vm.addr)) {
		ul_router_each_lease(r, take_vm, &vm);
		if (!vm.is_found)
			return -ENOENT;
	}
	*out = vm.addr;
	return 0;
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
