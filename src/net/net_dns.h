/* SPDX-License-Identifier: BSD-3-Clause */
/* net_dns.h - whom a network asks for names, live */
#ifndef UL_NET_NET_DNS_H
#define UL_NET_NET_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct ul_network;

/* Borrowed for the call that hands it out. */
struct ul_dns_server_info {
	const char *domain;		/* NULL: every name */
	struct ul_ep server;
	bool is_silent;			/* it comes last for a while */
	uint64_t asked, answered;	/* attempts */
};

/* Those for every name first, then by domain. */
void ul_network_each_dns_server(struct ul_network *network,
				void (*fn)(const struct ul_dns_server_info *i,
					   void *arg), void *arg);

/*
 * Ask a server for names in a domain and below: @spec is DOMAIN=ADDR[#PORT].
 * 0, or -errno and in *@error half a sentence of the caller's: -EEXIST it is
 * asked already, -ENOSPC there are too many, -EINVAL. What the cache holds is
 * forgotten.
 */
int ul_network_add_dns_server(struct ul_network *network, const char *spec,
			      char **error);
/* No longer; DOMAIN alone is all its servers. -ENOENT: there is none. */
int ul_network_remove_dns_server(struct ul_network *network, const char *spec,
				 char **error);

/* Forget the answers that are kept: how many there were, or -errno. */
int ul_network_flush_dns(struct ul_network *network, char **error);

#endif
