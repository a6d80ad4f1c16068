/* SPDX-License-Identifier: BSD-3-Clause */
/* net_hosts.h - the machines that a network knows beforehand, live */
#ifndef UL_NET_NET_HOSTS_H
#define UL_NET_NET_HOSTS_H

#include "conf/host_spec.h"

#define UL_HOST_INFO_ADDRS 8

struct ul_network;

/* Borrowed for the call that hands it out. */
struct ul_host_info {
	const struct ul_host_conf *conf;
	const char *port;		/* where its MAC is; NULL: not known */
	unsigned int lease_count;	/* in leases */
	struct ul_addr leases[UL_HOST_INFO_ADDRS];
};

void ul_network_each_host(struct ul_network *network,
			  void (*fn)(const struct ul_host_info *host,
				     void *arg), void *arg);

/*
 * 0, or -errno and in *@error half a sentence of the caller's. Who has an
 * address now that is to be kept for another loses it when it renews.
 */
int ul_network_add_host(struct ul_network *network,
			const struct ul_host_conf *host, char **error);
/* -ENOENT: none has that name. */
int ul_network_remove_host(struct ul_network *network, const char *name,
			   char **error);

#endif
