/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_mac.c - which MAC the router's addresses have
 *
 * One, by which people know the gateway of QEMU's user network. In libslirp's
 * place each address has one that is made of it: guests that moved from there
 * have these in their tables, and some people write them down.
 */
#include "net/router_priv.h"

#include <string.h>

#include "wire/ip6.h"

#define OUI_0 0x52
#define OUI_1_IPV4 0x55
#define OUI_1_IPV6 0x56
#define IP6_SRC_AT 8

static void make(uint8_t mac[6], uint8_t second, const uint8_t *last_four)
{
	mac[0] = OUI_0;
	mac[1] = second;
	memcpy(mac + 2, last_four, 4);
}

void ul_router_mac_of(const struct ul_router *r, const struct ul_addr *addr,
		      uint8_t mac[6])
{
	if (!r->conf->slirp.is_on)
		memcpy(mac, r->mac, 6);
	else
		make(mac, ul_addr_is_v4(addr) ? OUI_1_IPV4 : OUI_1_IPV6,
		     addr->b + 12);
}

bool ul_router_is_own_mac(const struct ul_router *r, const uint8_t mac[6])
{
	if (r->conf->slirp.is_on && mac[0] == OUI_0 &&
	    (mac[1] == OUI_1_IPV4 || mac[1] == OUI_1_IPV6))
		return true;
	return !memcmp(mac, r->mac, 6);
}

void ul_router_source_mac(const struct ul_router *r, const uint8_t *ip,
			  bool is_v4, uint8_t mac[6])
{
	if (is_v4 || !r->conf->slirp.is_on)
		memcpy(mac, r->mac, 6);
	else
		make(mac, OUI_1_IPV6, ip + IP6_SRC_AT + 12);
}

/* Modified EUI-64, RFC 4291 appendix A. */
static struct ul_addr linklocal_of(const uint8_t mac[6])
{
	struct ul_addr a = { .b = { 0xfe, 0x80, [11] = 0xff, [12] = 0xfe } };

	a.b[8] = mac[0] ^ 2;
	a.b[9] = mac[1];
	a.b[10] = mac[2];
	memcpy(a.b + 13, mac + 3, 3);
	return a;
}

void ul_router_make_linklocal(struct ul_router *r)
{
	static const struct ul_addr two = { .b = { 0xfe, 0x80, [15] = 2 } };
	static const struct ul_addr three = { .b = { 0xfe, 0x80, [15] = 3 } };

	r->linklocal6 = linklocal_of(r->mac);
	r->dns_linklocal6 = ul_addr_v4(0);
	if (!r->conf->slirp.is_on)
		return;
	r->linklocal6 = two;
	r->dns_linklocal6 = three;
}
