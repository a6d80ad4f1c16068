/* SPDX-License-Identifier: BSD-3-Clause */
/* own_net.c - a network namespace for one test, with loopback only */
#include "fake/own_net.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct in6_request {		/* struct in6_ifreq of <linux/ipv6.h> */
	struct in6_addr addr;
	uint32_t prefix_len;
	int ifindex;
};

static void lo_request(unsigned long request, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, request, ifr), 0);
	close(fd);
}

static void lo_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	lo_request(SIOCSIFFLAGS, &ifr);
}

static void lo_add_v4(const char *text)
{
	struct ifreq ifr = { .ifr_name = "lo:1" };
	struct sockaddr_in sin = { .sin_family = AF_INET };

	inet_pton(AF_INET, text, &sin.sin_addr);
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	lo_request(SIOCSIFADDR, &ifr);
}

/* The kernel makes an IPv6 address usable a moment after it was added. */
static void wait_bindable(int fd, const struct in6_addr *addr)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6, .sin6_addr = *addr,
	};

	for (int i = 0; i < 1000; i++) {
		if (bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) == 0)
			return;
		usleep(1000);
	}
	ck_abort_msg("the address of the new namespace stays unusable");
}

static void lo_add_v6(const char *text)
{
	struct in6_request r = { .prefix_len = 128, .ifindex = 1 };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (fd < 0)
		return;
	inet_pton(AF_INET6, text, &r.addr);
	ck_assert_int_eq(ioctl(fd, SIOCSIFADDR, &r), 0);
	wait_bindable(fd, &r.addr);
	close(fd);
}

bool own_net_enter(void)
{
	if (unshare(CLONE_NEWNET) < 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		fprintf(stderr, "no network namespaces here: not tested\n");
		return false;
	}
	lo_up();
	lo_add_v4("198.51.100.7");
	lo_add_v6("2001:db8::7");
	return true;
}

void own_net_mtu(int mtu)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_mtu = mtu };

	lo_request(SIOCSIFMTU, &ifr);
}

void own_net_sysctl(const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY);
	ck_assert_msg(fd >= 0, "cannot open %s", path);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}
