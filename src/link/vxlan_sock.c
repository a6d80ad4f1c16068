/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vxlan_sock.c - the UDP socket of a VXLAN port, and what fits through it
 *
 * The outer checksum is zero over IPv4, as RFC 7348 section 5 wants it, and
 * there over IPv6 (RFC 8200). Datagrams are never fragmented (RFC 7348 4.3):
 * what does not fit the path is refused by the kernel with EMSGSIZE.
 */
#include "link/vxlan_sock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "link/vxlan.h"

#define SOCKET_BUFFER (4 << 20)
#define MTU_DEFAULT 1500

static void set_options(int fd, bool is_v4)
{
	int size = SOCKET_BUFFER, on = 1;
	int discover = is_v4 ? IP_PMTUDISC_DO : IPV6_PMTUDISC_DO;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (is_v4) {
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover,
			   sizeof(discover));
		setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on));
	} else {
		setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &discover,
			   sizeof(discover));
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
}

static const char *remedy(int err)
{
	switch (err) {
	case EADDRINUSE:
		return "; another program, or the kernel's vxlan device, has that port: choose another address or port";
	case EADDRNOTAVAIL:
		return "; LOCAL must be an address of this machine";
	case EACCES:
		return "; ports below 1024 are root's: choose another";
	default:
		return "";
	}
}

int ul_vxlan_socket(const struct ul_ep *local, char **error)
{
	bool is_v4 = ul_addr_is_v4(&local->addr);
	char buf[UL_EP_STRLEN];
	struct sockaddr_storage sa;
	socklen_t len = ul_ep_to_sa(local, &sa);
	int fd = socket(is_v4 ? AF_INET : AF_INET6,
			SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		set_options(fd, is_v4);
		if (!bind(fd, (struct sockaddr *)&sa, len))
			return fd;
	}
	*error = g_strdup_printf("cannot have the VXLAN socket %s: %s%s",
				 ul_ep_str(local, buf), strerror(errno),
				 remedy(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The MTU of the route to @remote, or 0 when there is none. */
static int route_mtu(const struct ul_ep *local, const struct ul_ep *remote)
{
	struct ul_ep from = { .addr = local->addr, .port = 0 };
	bool is_v4 = ul_addr_is_v4(&local->addr);
	struct sockaddr_storage sa;
	int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC,
			0);
	socklen_t mtu_len = sizeof(int);
	socklen_t len;
	int mtu = 0;

	if (fd < 0)
		return 0;
	len = ul_ep_to_sa(&from, &sa);
	if (bind(fd, (struct sockaddr *)&sa, len) < 0)
		goto out;
	len = ul_ep_to_sa(remote, &sa);
	if (connect(fd, (struct sockaddr *)&sa, len) < 0 ||
	    getsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
		       is_v4 ? IP_MTU : IPV6_MTU, &mtu, &mtu_len) < 0)
		mtu = 0;
out:
	close(fd);
	return mtu;
}

uint16_t ul_vxlan_inner_mtu(const struct ul_vxlan_conf *conf)
{
	int overhead = ul_addr_is_v4(&conf->local.addr) ? UL_VXLAN_OVERHEAD4 :
							 UL_VXLAN_OVERHEAD6;
	int least = UINT16_MAX;

	for (unsigned int i = 0; i < conf->remote_count; i++) {
		int mtu = route_mtu(&conf->local, &conf->remotes[i]);

		least = MIN(least, mtu > overhead ? mtu : MTU_DEFAULT);
	}
	return (uint16_t)(least - overhead);
}
