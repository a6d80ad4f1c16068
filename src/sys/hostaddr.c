/* SPDX-License-Identifier: BSD-3-Clause */
/* hostaddr.c - which address is the host's own */
#include "sys/hostaddr.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

/* Addresses for documentation (RFC 5737, RFC 3849): only routed, never sent. */
#define FAR_V4 0xcb007101	/* 203.0.113.1 */
static const uint8_t far_v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

static bool is_usable(const struct ul_addr *a)
{
	return !ul_addr_is_any(a) && !ul_addr_is_loopback(a) &&
	       !ul_addr_is_linklocal(a) && !ul_addr_is_multicast(a);
}

/* Connecting a datagram socket picks a route and a source, sends nothing. */
static int from_default_route(enum ul_family family, struct ul_addr *out)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ul_ep far = { .port = 9 }, own;
	int rc = -EADDRNOTAVAIL;
	int fd = socket(family == UL_V4 ? AF_INET : AF_INET6,
			SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (family == UL_V4)
		far.addr = ul_addr_v4(FAR_V4);
	else
		memcpy(far.addr.b, far_v6, 16);
	if (connect(fd, (struct sockaddr *)&ss, ul_ep_to_sa(&far, &ss)) < 0)
		goto out;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		goto out;
	if (ul_ep_from_sa(&own, (struct sockaddr *)&ss) < 0 ||
	    !is_usable(&own.addr))
		goto out;
	*out = own.addr;
	rc = 0;
out:
	close(fd);
	return rc;
}

static int from_interfaces(enum ul_family family, struct ul_addr *out)
{
	struct ifaddrs *all;
	int rc = -EADDRNOTAVAIL;

	if (getifaddrs(&all) < 0)
		return -errno;
	for (struct ifaddrs *i = all; i; i = i->ifa_next) {
		struct ul_ep ep;

		if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) ||
		    (i->ifa_flags & IFF_LOOPBACK))
			continue;
		if (ul_ep_from_sa(&ep, i->ifa_addr) < 0 ||
		    ul_addr_family(&ep.addr) != family || !is_usable(&ep.addr))
			continue;
		*out = ep.addr;
		rc = 0;
		break;
	}
	freeifaddrs(all);
	return rc;
}

int ul_hostaddr_find(enum ul_family family, struct ul_addr *out)
{
	if (from_default_route(family, out) == 0)
		return 0;
	return from_interfaces(family, out);
}

bool ul_hostaddr_has_route(enum ul_family family)
{
	struct ul_addr own;

	return from_default_route(family, &own) == 0;
}

void ul_hostaddr_each(void (*fn)(const struct ul_addr *addr, void *arg),
		      void *arg)
{
	struct ifaddrs *all;
	struct ul_ep ep;

	if (getifaddrs(&all) < 0)
		return;
	for (struct ifaddrs *i = all; i; i = i->ifa_next)
		if (i->ifa_addr && ul_ep_from_sa(&ep, i->ifa_addr) == 0)
			fn(&ep.addr, arg);
	freeifaddrs(all);
}
