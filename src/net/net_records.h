/* SPDX-License-Identifier: BSD-3-Clause */
/* net_records.h - names that a network answers and no guest has, live */
#ifndef UL_NET_NET_RECORDS_H
#define UL_NET_NET_RECORDS_H

#include <stddef.h>

#include "base/addr.h"

struct ul_network;

/*
 * Answer @name with the address @addr, as text, and back. 0, or -errno and in
 * *@error half a sentence of the caller's: -EEXIST, -ENOSPC, -EINVAL.
 */
int ul_network_add_record(struct ul_network *network, const char *name,
			  const char *addr, char **error);
/* No longer; @addr NULL: none of its addresses. -ENOENT: there is none. */
int ul_network_remove_record(struct ul_network *network, const char *name,
			     const char *addr, char **error);

/* Each address of each record. */
void ul_network_each_record(struct ul_network *network,
			    void (*fn)(const char *name,
				       const struct ul_addr *addr, void *arg),
			    void *arg);

/* How many names of the host's hosts file there are to be answered. */
size_t ul_network_hosts_names(struct ul_network *network);

#endif
