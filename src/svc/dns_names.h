/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_names.h - names with addresses, by name and by address
 *
 * Pure, and bounded. Names are in lower case, without a last dot.
 */
#ifndef UL_SVC_DNS_NAMES_H
#define UL_SVC_DNS_NAMES_H

#include <stddef.h>

#include "base/addr.h"

#define UL_DNS_NAMES_MAX 16384
#define UL_DNS_NAME_ADDRS 8	/* of one name */

struct ul_dns_names;

/* At most @max names. */
struct ul_dns_names *ul_dns_names_new(size_t max);
void ul_dns_names_free(struct ul_dns_names *names);	/* NULL is fine */

/*
 * 0; -EEXIST: the name has that address already; -ENOSPC: it has as many as
 * it may, or there are as many names.
 */
int ul_dns_names_add(struct ul_dns_names *names, const char *name,
		     const struct ul_addr *addr);
/* One address of the name, or NULL for all. -ENOENT: there is none. */
int ul_dns_names_remove(struct ul_dns_names *names, const char *name,
			const struct ul_addr *addr);

/* How many addresses it has, in their order; 0: it is not there. */
size_t ul_dns_names_find(const struct ul_dns_names *names, const char *name,
			 struct ul_addr out[UL_DNS_NAME_ADDRS]);
/* The name that had @addr first, borrowed; NULL: none has. */
const char *ul_dns_names_at(const struct ul_dns_names *names,
			    const struct ul_addr *addr);

size_t ul_dns_names_count(const struct ul_dns_names *names);
/* Each address of each name, names in the order in which they came. */
void ul_dns_names_each(const struct ul_dns_names *names,
		       void (*fn)(const char *name,
				  const struct ul_addr *addr, void *arg),
		       void *arg);

#endif
