/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_claims.c - IPv4 addresses that machines say by ARP are theirs
 *
 * For names: a machine whose address was set by hand has no lease that tells
 * of it. Each port has one such address, the one last claimed there, so what
 * one guest can hold is bounded. It is nobody's claim that is leased or kept
 * for a machine; and what a port that is there has claimed before stays that
 * port's, whoever else says so: no guest takes another's name by ARP.
 */
#include <glib.h>
#include <string.h>

#include "conf/host_spec.h"
#include "net/router_priv.h"

static gpointer addr_key(const struct ul_addr *addr)
{
	return GUINT_TO_POINTER(ul_addr_to_v4(addr));
}

void ul_router_claims_init(struct ul_router *r)
{
	r->claims.by_port = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	r->claims.by_addr = g_hash_table_new(NULL, NULL);
}

void ul_router_claims_fini(struct ul_router *r)
{
	g_hash_table_unref(r->claims.by_addr);
	g_hash_table_unref(r->claims.by_port);
}

void ul_router_unclaim4(struct ul_router *r, const void *port)
{
	const struct ul_router_claim *c =
		g_hash_table_lookup(r->claims.by_port, port);

	if (!c)
		return;
	g_hash_table_remove(r->claims.by_addr, addr_key(&c->addr));
	g_hash_table_remove(r->claims.by_port, port);
}

/* Without DHCP nothing is kept in a pool. */
static bool is_of_other_host(const struct ul_router *r,
			     const struct ul_addr *addr, const uint8_t mac[6])
{
	for (guint i = 0; i < r->hosts->len; i++) {
		const struct ul_host_conf *h = r->hosts->pdata[i];

		if (h->has_addr4 && ul_addr_eq(&h->addr4, addr))
			return !h->has_mac || memcmp(h->mac, mac, 6);
	}
	return false;
}

static bool is_open(const struct ul_router *r, const struct ul_addr *addr,
		    const uint8_t mac[6])
{
	if (r->dhcp)
		return ul_dhcp4_srv_is_open(r->dhcp, addr, mac,
					    ul_loop_now(r->ctx.loop));
	return !is_of_other_host(r, addr, mac);
}

void ul_router_claim4(struct ul_router *r, const struct ul_addr *addr,
		      const uint8_t mac[6], const void *port)
{
	struct ul_router_claim *old, *c;
	struct ul_addr last = ul_prefix_broadcast(&r->conf->subnet);

	old = g_hash_table_lookup(r->claims.by_port, port);
	c = g_hash_table_lookup(r->claims.by_addr, addr_key(addr));
	if ((c && c != old) || ul_addr_eq(addr, &r->conf->subnet.addr) ||
	    ul_addr_eq(addr, &last) || !is_open(r, addr, mac))
		return;
	if (!c) {
		ul_router_unclaim4(r, port);
		c = g_new0(struct ul_router_claim, 1);
		c->addr = *addr;
		c->port = port;
		g_hash_table_insert(r->claims.by_port, (gpointer)port, c);
		g_hash_table_insert(r->claims.by_addr, addr_key(addr), c);
	}
	memcpy(c->mac, mac, sizeof(c->mac));
}

void ul_router_each_claim(struct ul_router *r,
			  void (*fn)(const struct ul_router_claim *claim,
				     void *arg), void *arg)
{
	const struct ul_router_claim *c;
	GHashTableIter it;
	gpointer value;

	g_hash_table_iter_init(&it, r->claims.by_port);
	while (g_hash_table_iter_next(&it, NULL, &value)) {
		c = value;
		/* It may have been leased since. */
		if (is_open(r, &c->addr, c->mac))
			fn(c, arg);
	}
}
