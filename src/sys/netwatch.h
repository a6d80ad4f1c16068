/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * netwatch.h - hear when the host's links, addresses or routes change
 *
 * An unprivileged rtnetlink socket: it says that something changed, and
 * whoever wants to know what asks as it always does.
 */
#ifndef UL_SYS_NETWATCH_H
#define UL_SYS_NETWATCH_H

#include <stdbool.h>

/* A descriptor that is readable after a change, or -errno. */
int ul_netwatch_open(void);

/* Take what is readable there. True when something changed. */
bool ul_netwatch_drain(int fd);

#endif
