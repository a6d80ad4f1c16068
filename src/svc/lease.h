/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lease.h - which client may use which address of a pool, until when
 *
 * Pure: the time is an argument, nothing is sent or stored. A client keeps
 * its address over expiry and release for as long as nobody else needs it.
 */
#ifndef UL_SVC_LEASE_H
#define UL_SVC_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define UL_LEASE_POOL_MAX 4096	/* addresses used of a larger range */
#define UL_LEASE_ID_MAX 64	/* bytes of client identifier */
#define UL_LEASE_DUID_MAX 130	/* of a DHCPv6 client's */
#define UL_LEASE_HOST_LEN 64	/* a host name and its NUL */
#define UL_LEASE_KEPT_MAX 1024	/* addresses kept for somebody */
/*
 * Of one MAC at a time: a guest may call itself by as many identifiers.
 * What it declined counts, too.
 */
#define UL_LEASE_PER_MAC 16

/* How long a declined address is not given to anybody. */
#define UL_LEASE_DECLINED_US (600 * 1000000ll)

enum ul_lease_state {
	UL_LEASE_FREE,		/* never given, released or expired */
	UL_LEASE_OFFERED,
	UL_LEASE_BOUND,
	UL_LEASE_DECLINED,	/* someone else was heard on it */
};
#define UL_LEASE_STATE_COUNT (UL_LEASE_DECLINED + 1)

/*
 * A client is known by its identifier; one that gives none, or one that is
 * longer than UL_LEASE_ID_MAX, by its MAC.
 */
struct ul_lease_client {
	const uint8_t *id;
	size_t id_len;		/* 0: no identifier */
	uint8_t mac[6];
	const char *host;	/* printable, or NULL */
};

struct ul_lease {
	struct ul_addr addr;
	enum ul_lease_state state;
	int64_t expires_us;
	uint8_t mac[6];
	char host[UL_LEASE_HOST_LEN];	/* "" when none was told */
	bool is_kept;			/* for this client alone */
	uint8_t id_len;			/* 0: it told no identifier */
	uint8_t id[UL_LEASE_DUID_MAX];
	uint32_t iaid;			/* of DHCPv6 */
};

/* For whom an address is kept: who has the MAC, else who has the identifier. */
struct ul_lease_owner {
	bool has_mac;
	uint8_t mac[6];
	const uint8_t *id;		/* 1 to UL_LEASE_ID_MAX bytes */
	size_t id_len;
};

struct ul_lease_pool;

/* A name of RFC 1123's letters without its dot; of any other none: "". */
void ul_lease_copy_host(char out[UL_LEASE_HOST_LEN], const char *name);

/*
 * A pool of the IPv4 addresses from @first to @last, the first
 * UL_LEASE_POOL_MAX of them, without the @count addresses of @excluded.
 */
struct ul_lease_pool *ul_lease_pool_new(const struct ul_addr *first,
					const struct ul_addr *last,
					const struct ul_addr *excluded,
					size_t count);
void ul_lease_pool_free(struct ul_lease_pool *pool);

/*
 * Keep @addr, in the pool's range or not, for @owner: whoever else has it
 * cannot renew it, and the owner gets no other while it is free. -EEXIST: it
 * is kept already. -EADDRNOTAVAIL: it is excluded. -ENOSPC: of these there
 * are UL_LEASE_KEPT_MAX.
 */
int ul_lease_keep(struct ul_lease_pool *pool,
		  const struct ul_lease_owner *owner,
		  const struct ul_addr *addr);
/*
 * Anybody may have @addr again; outside of the range, nobody. -ENOENT: it was
 * not kept.
 */
int ul_lease_unkeep(struct ul_lease_pool *pool, const struct ul_addr *addr);

/*
 * Hold an address for @c until @until_us: the one it has or had, else
 * @wanted (may be NULL) when it is free, else the first that was never used,
 * else the one that is free for longest. A live lease is not shortened.
 * -ENOSPC when all are taken, or its MAC has too many.
 */
int ul_lease_offer(struct ul_lease_pool *pool, const struct ul_lease_client *c,
		   const struct ul_addr *wanted, int64_t now_us,
		   int64_t until_us, struct ul_addr *out);

/*
 * Give @addr to @c until @until_us; another address that it held is free
 * then. -ENOENT when @addr is not of this pool, -EADDRINUSE when it is
 * another client's or declined, or another is kept for @c,
 * -ENOSPC when its MAC has too many.
 */
int ul_lease_bind(struct ul_lease_pool *pool, const struct ul_lease_client *c,
		  const struct ul_addr *addr, int64_t now_us,
		  int64_t until_us);

/* What is kept for @c, or it has or had last. -ENOENT when there is none. */
int ul_lease_find(const struct ul_lease_pool *pool,
		  const struct ul_lease_client *c, int64_t now_us,
		  struct ul_addr *out);

/*
 * @c does not need @addr any more, or says that another host uses it.
 * -ENOENT when @addr was not offered or given to @c: nothing changes.
 */
int ul_lease_release(struct ul_lease_pool *pool,
		     const struct ul_lease_client *c,
		     const struct ul_addr *addr, int64_t now_us);
int ul_lease_decline(struct ul_lease_pool *pool,
		     const struct ul_lease_client *c,
		     const struct ul_addr *addr, int64_t now_us);

/*
 * Is it known that nobody is on @addr but the client for which it is held, or
 * which it had last? It is, after ul_lease_bind().
 */
bool ul_lease_is_checked(const struct ul_lease_pool *pool,
			 const struct ul_addr *addr);
void ul_lease_set_checked(struct ul_lease_pool *pool,
			  const struct ul_addr *addr);
/*
 * The machine @by says that it is on @addr, which is then as if declined by
 * it, unless it is bound. False when it says so of too many: @addr is free.
 */
bool ul_lease_set_taken(struct ul_lease_pool *pool, const struct ul_addr *addr,
			const uint8_t by[6], int64_t now_us);

/* The state of @addr at @now_us; UL_LEASE_FREE outside of the pool. */
enum ul_lease_state ul_lease_state(const struct ul_lease_pool *pool,
				   const struct ul_addr *addr, int64_t now_us);

/* Is nothing bound at @addr, and is it not kept for another than @mac? */
bool ul_lease_is_open(const struct ul_lease_pool *pool,
		      const struct ul_addr *addr, const uint8_t mac[6],
		      int64_t now_us);

/* What is bound at @addr. -ENOENT when nothing is. */
int ul_lease_get(const struct ul_lease_pool *pool, const struct ul_addr *addr,
		 int64_t now_us, struct ul_lease *out);

/* Each address that is bound at @now_us to @fn, in order within the range. */
void ul_lease_each(const struct ul_lease_pool *pool, int64_t now_us,
		   void (*fn)(const struct ul_lease *lease, void *arg),
		   void *arg);

/* Grows with whatever ul_lease_each_known() would tell otherwise. */
uint64_t ul_lease_changes(const struct ul_lease_pool *pool);

/*
 * For the next start: each address and its last client, also when the lease
 * is over; and to take one into a pool, live or over. -ENOENT: not of this
 * pool. -EADDRINUSE: not free, or kept for another.
 */
void ul_lease_each_known(const struct ul_lease_pool *pool,
			 void (*fn)(const struct ul_lease *lease, void *arg),
			 void *arg);
int ul_lease_restore(struct ul_lease_pool *pool,
		     const struct ul_lease *lease);
/* Nobody has or had any address; what is kept is kept. */
void ul_lease_forget_all(struct ul_lease_pool *pool);

#endif
