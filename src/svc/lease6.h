/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lease6.h - which DHCPv6 client may use which address of the prefix
 *
 * Pure, as lease.h is. A client's address comes from its identifier, so that
 * it is the same after a restart of the network unless two of them meet.
 */
#ifndef UL_SVC_LEASE6_H
#define UL_SVC_LEASE6_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "svc/lease.h"
#include "wire/dhcp6.h"

/* The addresses ::1:0 to ::1:fff of the prefix. */
#define UL_LEASE6_FIRST 0x10000u
#define UL_LEASE6_POOL_MAX 4096
/*
 * Of one MAC at a time: a guest may call itself by as many names.
 * What it declined counts, too.
 */
#define UL_LEASE6_PER_MAC 16

/* One identity association of a client. */
struct ul_lease6_client {
	const struct ul_dhcp6_duid *duid;
	uint32_t iaid;
	uint8_t mac[6];
	const char *host;	/* printable, or NULL */
};

struct ul_lease6_pool;

struct ul_lease6_pool *ul_lease6_pool_new(const struct ul_prefix *prefix);
void ul_lease6_pool_free(struct ul_lease6_pool *pool);

/*
 * Keep @addr of the prefix for who has @mac, and let anybody have it again:
 * as ul_lease_keep() and ul_lease_unkeep().
 */
int ul_lease6_keep(struct ul_lease6_pool *pool, const uint8_t mac[6],
		   const struct ul_addr *addr);
int ul_lease6_unkeep(struct ul_lease6_pool *pool, const struct ul_addr *addr);

/*
 * The address that is kept for @c, that it has, had last, or would get.
 * Nothing is held for it. -ENOSPC when all are taken, or its MAC has too
 * many.
 */
int ul_lease6_choose(struct ul_lease6_pool *pool,
		     const struct ul_lease6_client *c, int64_t now_us,
		     struct ul_addr *out);

/*
 * Give @addr to @c until @until_us; another one of its is free then. -ENOENT
 * when it is not of the pool, -EADDRINUSE when it is another's or another is
 * kept for @c, -ENOSPC when the MAC has too many.
 */
int ul_lease6_bind(struct ul_lease6_pool *pool,
		   const struct ul_lease6_client *c,
		   const struct ul_addr *addr, int64_t now_us,
		   int64_t until_us);

/* Is @addr bound to @c? */
bool ul_lease6_is_bound(const struct ul_lease6_pool *pool,
			const struct ul_lease6_client *c,
			const struct ul_addr *addr, int64_t now_us);

/*
 * @c does not need @addr any more, or heard another on it (for
 * UL_LEASE_DECLINED_US). -ENOENT when it was not bound to it.
 */
int ul_lease6_release(struct ul_lease6_pool *pool,
		      const struct ul_lease6_client *c,
		      const struct ul_addr *addr, int64_t now_us);
int ul_lease6_decline(struct ul_lease6_pool *pool,
		      const struct ul_lease6_client *c,
		      const struct ul_addr *addr, int64_t now_us);

/* What is bound at @addr. -ENOENT when nothing is. */
int ul_lease6_get(struct ul_lease6_pool *pool, const struct ul_addr *addr,
		  int64_t now_us, struct ul_lease *out);

/* Each address that is bound at @now_us to @fn, in order. */
void ul_lease6_each(const struct ul_lease6_pool *pool, int64_t now_us,
		    void (*fn)(const struct ul_lease *lease, void *arg),
		    void *arg);

/* As ul_lease_changes(), ul_lease_each_known() and ul_lease_restore(). */
uint64_t ul_lease6_changes(const struct ul_lease6_pool *pool);
void ul_lease6_each_known(const struct ul_lease6_pool *pool,
			  void (*fn)(const struct ul_lease *lease, void *arg),
			  void *arg);
int ul_lease6_restore(struct ul_lease6_pool *pool,
		      const struct ul_lease *lease);

#endif
