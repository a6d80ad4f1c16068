/* SPDX-License-Identifier: BSD-3-Clause */
/* ifaddrs.h - the prefixes that this host is connected to */
#ifndef UL_SYS_IFADDRS_H
#define UL_SYS_IFADDRS_H

#include <stdbool.h>

#include "base/addr.h"

#define UL_IFNAME_SIZE 16		/* IFNAMSIZ */

/* A prefix of an interface that is up; loopback and link-local are none. */
struct ul_connected {
	char ifname[UL_IFNAME_SIZE];
	struct ul_prefix prefix;	/* host bits zero */
};

/*
 * Is there a connected prefix that shares addresses with @prefix? Routes do
 * not count. False also when the kernel cannot be asked.
 */
bool ul_ifaddrs_overlap(const struct ul_prefix *prefix,
			struct ul_connected *out);

#endif
