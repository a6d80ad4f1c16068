/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * congestion.c - where TCP has no use for a sender that paces
 *
 * BBR sends each burst by a timer of its own, at the rate at which it has
 * seen acknowledgements come. That keeps the queues of a network short. On a
 * way without a network there is no queue, and the rate that it sees is that
 * at which the scheduler lets the other side run: it settles well below what
 * both could do, an interrupt for each 64 KiB costs more than copying them,
 * and bursts that are sent by one CPU's timer overtake those that another
 * sends (measured: 13 Gb/s where a sender that does not pace gets 28).
 */
#include "sys/congestion.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of a round trip: a burst at 5 Gb/s takes as long. */
#define NEAR_US 100

static bool read_name(int fd, char name[UL_CONGESTION_NAME_MAX])
{
	socklen_t len = UL_CONGESTION_NAME_MAX - 1;

	memset(name, 0, UL_CONGESTION_NAME_MAX);
	return getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len) == 0;
}

static bool is_paced(const char *name)
{
	return !strncmp(name, "bbr", 3);	/* bbr2 and bbr3, too */
}

bool ul_congestion_is_paced_on(int fd)
{
	char name[UL_CONGESTION_NAME_MAX];

	return read_name(fd, name) && is_paced(name);
}

void ul_congestion_paced_default(char name[UL_CONGESTION_NAME_MAX])
{
	int fd = socket(AF_INET,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || !read_name(fd, name) || !is_paced(name))
		name[0] = '\0';
	if (fd >= 0)
		close(fd);
}

static bool use(int fd, const char *name)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name,
			  (socklen_t)strlen(name)) == 0;
}

void ul_congestion_unpace(int fd)
{
	use(fd, UL_CONGESTION_UNPACED);
}

static bool is_near(int fd)
{
	struct tcp_info info = { .tcpi_min_rtt = 0 };
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       len >= offsetof(struct tcp_info, tcpi_min_rtt) +
		      sizeof(info.tcpi_min_rtt) &&
	       info.tcpi_min_rtt <= NEAR_US;
}

bool ul_congestion_pace_if_far(int fd, const char *name)
{
	return !is_near(fd) && use(fd, name);
}
