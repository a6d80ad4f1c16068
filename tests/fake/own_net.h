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

#endif
