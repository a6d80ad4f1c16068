/* SPDX-License-Identifier: BSD-3-Clause */
/* netwatch.c - hear when the host's links, addresses or routes change */
#include "sys/netwatch.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#define READS_MAX 64		/* a flood of changes goes on in the next turn */

int ul_netwatch_open(void)
{
	struct sockaddr_nl sa = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
			     RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR |
			     RTMGRP_IPV6_ROUTE,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);
	int ret;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

/* ENOBUFS: so much changed that the kernel could not tell it all. */
bool ul_netwatch_drain(int fd)
{
	bool has_changed = false;
	char message[4096];

	for (int i = 0; i < READS_MAX; i++) {
		if (recv(fd, message, sizeof(message), 0) < 0 &&
		    errno != ENOBUFS)
			break;
		has_changed = true;
	}
	return has_changed;
}
