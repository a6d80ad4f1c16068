/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * own_net.h - a network namespace for one test, with loopback only
 *
 * For what needs addresses or settings that the machine's own network must
 * not be given. Check runs each test in a process of its own, which is the
 * one that moves.
 */
#ifndef UL_TESTS_OWN_NET_H
#define UL_TESTS_OWN_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Move this process to a new namespace whose loopback is up and has, besides
 * its own, 198.51.100.7 (with all of /24) and 2001:db8::7. False where that
 * is not allowed; the test then passes, and says so on standard error.
 */
bool own_net_enter(void);

/* Set the loopback interface's MTU. */
void own_net_mtu(int mtu);

/* Write @text to /proc/sys/net/@name. */
void own_net_sysctl(const char *name, const char *text);

/*
 * The link to the outside: a tun device whose descriptor the test reads and
 * writes, as the router 192.0.2.254 / 2001:db8:2::fe of 192.0.2.0/24 and
 * 2001:db8:2::/64. -1 where there are no tun devices.
 */
int own_net_tun(void);

/* The next packet of IP protocol @proto that leaves there, or -1. */
ssize_t own_net_tun_read(int fd, uint8_t proto, uint8_t *buf, size_t cap);

/* Answer it with an ICMP error, as that router would. */
void own_net_tun_error(int fd, const uint8_t *pkt, size_t len, uint8_t type,
		       uint8_t code, uint32_t info);

#endif
