/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_addrs.h - which addresses an answer gives to the name asked for */
#ifndef UL_SVC_DNS_ADDRS_H
#define UL_SVC_DNS_ADDRS_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define UL_DNS_CHAIN_MAX 16	/* aliases followed */
#define UL_DNS_ADDR_RECORDS 256	/* looked at in one answer */

/*
 * @name was asked for, in lower case and without the last dot, and @addr is
 * in the answer for @ttl_s more seconds.
 */
typedef void (*ul_dns_heard_fn)(const char *name, const struct ul_addr *addr,
				uint32_t ttl_s, void *arg);

/*
 * Tell @fn each A and AAAA record of the answer @msg that belongs to its
 * question's name, or to an alias that the answer says it is; an address
 * lasts no longer than the aliases that led to it.
 */
void ul_dns_addrs_each(const uint8_t *msg, size_t len, ul_dns_heard_fn fn,
		       void *arg);

#endif
