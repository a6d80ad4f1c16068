/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hub_guard.c - what a guest may say, by what the hub knows
 *
 * Addresses are known by their leases. IPv6 guests make more of them by
 * themselves, link-local and of the network's prefix: one that is made of a
 * MAC belongs to that, and any other of a pinned guest to whoever used it
 * first, as in RFC 6620, a few for each port. The pin of a port that was given
 * no MAC is the first that it uses.
 */
#include "link/hub_priv.h"

#include <string.h>

#include "link/guard.h"

static bool is_elsewhere(const struct ul_plug *p, const uint8_t mac[6])
{
	const struct ul_mac_place *place = ul_mac_table_find(
		p->hub->macs, mac, ul_loop_now(p->hub->loop));

	return place && place != &p->place;
}

/* The MAC that a modified EUI-64 is made of, RFC 4291 appendix A. */
static bool is_made_of_mac(const struct ul_addr *addr, uint8_t mac[6])
{
	if (addr->b[11] != 0xff || addr->b[12] != 0xfe)
		return false;
	memcpy(mac, addr->b + 8, 3);
	memcpy(mac + 3, addr->b + 13, 3);
	mac[0] ^= 2;
	return true;
}

/* A pinned guest has used a link-local address first: it is its own now. */
static bool take_addr(struct ul_plug *p, const uint8_t mac[6],
		      const struct ul_addr *addr)
{
	if (p->taken_count == UL_PLUG_TAKEN_MAX ||
	    ul_lease_map_set(p->hub->leases, addr, mac) < 0)
		return false;
	p->taken[p->taken_count++] = *addr;
	return true;
}

static enum ul_whose whose_self_made(struct ul_plug *p, const uint8_t mac[6],
				     const struct ul_addr *addr)
{
	uint8_t made_of[6];

	if (is_made_of_mac(addr, made_of)) {
		if (!memcmp(made_of, mac, 6))
			return UL_WHOSE_OWN;
		if (is_elsewhere(p, made_of))
			return UL_WHOSE_OTHERS;
	}
	if (p->conf.is_pinned && take_addr(p, mac, addr))
		return UL_WHOSE_OWN;
	return UL_WHOSE_UNKNOWN;
}

static bool is_self_made(const struct ul_hub *hub, const struct ul_addr *addr)
{
	if (ul_addr_is_v4(addr))
		return false;
	return ul_addr_is_linklocal(addr) ||
	       (hub->auto6.len && ul_prefix_has(&hub->auto6, addr));
}

static enum ul_whose whose(const uint8_t mac[6], const struct ul_addr *addr,
			   void *arg)
{
	struct ul_plug *p = arg;
	const uint8_t *holder = ul_lease_map_find(p->hub->leases, addr);

	if (holder && !memcmp(holder, mac, 6))
		return UL_WHOSE_OWN;
	if (holder)
		return is_elsewhere(p, holder) ? UL_WHOSE_OTHERS
					       : UL_WHOSE_UNKNOWN;
	if (is_self_made(p->hub, addr))
		return whose_self_made(p, mac, addr);
	return UL_WHOSE_UNKNOWN;
}

static bool is_own_mac(const struct ul_plug *p, const uint8_t mac[6])
{
	if (!p->conf.is_pinned)
		return true;
	if (p->conf.has_mac)
		return !memcmp(p->conf.mac, mac, 6);
	return !p->has_pin || !memcmp(p->pin, mac, 6);
}

/* A sum that is filled in behind the guard could rewrite an address. */
static bool is_sum_in_place(const struct ul_frame *frame)
{
	const struct ul_offload *o = &frame->offload;

	return o->csum != UL_CSUM_PARTIAL ||
	       ul_guard_is_beside(frame->data, frame->len,
				  (size_t)o->csum_start + o->csum_offset);
}

bool ul_plug_may_send(struct ul_plug *p, const uint8_t src[6],
		      const struct ul_frame *frame)
{
	struct ul_hub *hub = p->hub;
	struct ul_guard guard = {
		.is_guarded = hub->has_router, .is_pinned = p->conf.is_pinned,
		.router_addrs = hub->router_addrs,
		.router_addr_count = hub->router_addr_count,
		.whose = whose, .arg = p,
	};

	if (p->conf.kind == UL_PLUG_UPLINK ||
	    (!guard.is_guarded && !guard.is_pinned))
		return true;
	if (!is_own_mac(p, src)) {
		p->stats.spoofed++;
		return false;
	}
	if (!is_sum_in_place(frame)) {
		p->stats.malformed++;
		return false;
	}
	switch (ul_guard_check(&guard, frame->data, frame->len)) {
	case UL_GUARD_PASS:
		return true;
	case UL_GUARD_SPOOFED:
		p->stats.spoofed++;
		return false;
	case UL_GUARD_CLAIMED:
		p->stats.guarded++;
		return false;
	}
	return false;
}

void ul_plug_sent_from(struct ul_plug *p, const uint8_t src[6])
{
	if (!p->conf.is_pinned || p->has_pin)
		return;
	p->has_pin = true;
	memcpy(p->pin, src, 6);
}

void ul_plug_give_back(struct ul_plug *p)
{
	while (p->taken_count) {
		const struct ul_addr *a = &p->taken[--p->taken_count];
		const uint8_t *mac = ul_lease_map_find(p->hub->leases, a);

		/* It may be leased to another by now. */
		if (mac && is_own_mac(p, mac))
			ul_lease_map_drop(p->hub->leases, a);
	}
}

int ul_hub_lease(struct ul_hub *hub, const uint8_t mac[6],
		 const struct ul_addr *addr)
{
	return ul_lease_map_set(hub->leases, addr, mac);
}

void ul_hub_unlease(struct ul_hub *hub, const struct ul_addr *addr)
{
	ul_lease_map_drop(hub->leases, addr);
}
