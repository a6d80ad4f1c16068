/* SPDX-License-Identifier: BSD-3-Clause */
/* hostaddr.h - which address is the host's own */
#ifndef UL_SYS_HOSTADDR_H
#define UL_SYS_HOSTADDR_H

#include <stdbool.h>

#include "base/addr.h"

/*
 * The host's address of @family that others know it by: the one that the
 * default route would use, else the first of an interface that is up; never
 * loopback or link-local. No packet is sent. 0, -EADDRNOTAVAIL when there is
 * none, or -errno.
 */
int ul_hostaddr_find(enum ul_family family, struct ul_addr *out);

/*
 * Has the host a default route of @family, and an address that others know to
 * go with it?
 */
bool ul_hostaddr_has_route(enum ul_family family);

/* Each address of each interface, whatever it is and whether it is up. */
void ul_hostaddr_each(void (*fn)(const struct ul_addr *addr, void *arg),
		      void *arg);

#endif
