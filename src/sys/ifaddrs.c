/* SPDX-License-Identifier: BSD-3-Clause */
/* ifaddrs.c - the prefixes that this host is connected to */
#include "sys/ifaddrs.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* How many bits of a netmask are set. */
static unsigned int mask_len(const uint8_t *mask, size_t size)
{
	unsigned int len = 0;

	for (size_t i = 0; i < size; i++)
		len += (unsigned int)__builtin_popcount(mask[i]);
	return len;
}

/* The prefix with its host bits cleared. */
static struct ul_prefix cut(const struct ul_addr *addr, unsigned int len)
{
	unsigned int bits = ul_addr_is_v4(addr) ? 96 + len : len;
	struct ul_prefix p = { .addr = *addr, .len = (uint8_t)len };

	for (unsigned int i = 0; i < sizeof(p.addr.b); i++) {
		unsigned int keep = bits > 8 * i ? bits - 8 * i : 0;

		if (keep < 8)
			p.addr.b[i] &= (uint8_t)(0xff00 >> keep);
	}
	return p;
}

static bool read_prefix(const struct ifaddrs *ifa, struct ul_prefix *out)
{
	struct ul_addr addr = { 0 };
	unsigned int len;

	if (!(ifa->ifa_flags & IFF_UP) || (ifa->ifa_flags & IFF_LOOPBACK) ||
	    !ifa->ifa_addr || !ifa->ifa_netmask)
		return false;
	if (ifa->ifa_addr->sa_family == AF_INET) {
		struct sockaddr_in sin, mask;

		memcpy(&sin, ifa->ifa_addr, sizeof(sin));
		memcpy(&mask, ifa->ifa_netmask, sizeof(mask));
		addr = ul_addr_v4(ntohl(sin.sin_addr.s_addr));
		len = mask_len((const uint8_t *)&mask.sin_addr, 4);
	} else if (ifa->ifa_addr->sa_family == AF_INET6) {
		struct sockaddr_in6 sin6, mask;

		memcpy(&sin6, ifa->ifa_addr, sizeof(sin6));
		memcpy(&mask, ifa->ifa_netmask, sizeof(mask));
		memcpy(addr.b, &sin6.sin6_addr, sizeof(addr.b));
		len = mask_len((const uint8_t *)&mask.sin6_addr, 16);
	} else {
		return false;
	}
	*out = cut(&addr, len);
	return !ul_addr_is_linklocal(&addr);
}

static bool overlap(const struct ul_prefix *a, const struct ul_prefix *b)
{
	if (ul_addr_is_v4(&a->addr) != ul_addr_is_v4(&b->addr))
		return false;
	return ul_prefix_has(a, &b->addr) || ul_prefix_has(b, &a->addr);
}

bool ul_ifaddrs_overlap(const struct ul_prefix *prefix,
			struct ul_connected *out)
{
	struct ifaddrs *list;
	struct ul_prefix p;
	bool found = false;

	if (getifaddrs(&list) < 0)
		return false;
	for (struct ifaddrs *i = list; i && !found; i = i->ifa_next) {
		if (!read_prefix(i, &p) || !overlap(prefix, &p))
			continue;
		found = true;
		snprintf(out->ifname, sizeof(out->ifname), "%s", i->ifa_name);
		out->prefix = p;
	}
	freeifaddrs(list);
	return found;
}
