/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lease6.c - which DHCPv6 client may use which address of the prefix
 *
 * One slot per address; it is live as a slot of lease.c is. A client's first
 * choice is the slot that its identifier hashes to, under a key that is the
 * same everywhere. Who aims for another's slot gains nothing: that one goes
 * to the next free one, and what is bound stays.
 */
#include "svc/lease6.h"

#include <errno.h>
#include <glib.h>

#include "base/hash.h"

struct slot {
	enum ul_lease_state state;
	struct ul_dhcp6_duid duid;	/* of length 0: never had a client */
	uint32_t iaid;
	uint8_t mac[6];
	int64_t expires_us;
};

struct ul_lease6_pool {
	struct ul_prefix prefix;
	struct slot slot[UL_LEASE6_POOL_MAX];
};

static bool is_live(const struct slot *s, int64_t now_us)
{
	return s->state != UL_LEASE_FREE && now_us < s->expires_us;
}

static bool is_of(const struct slot *s, const struct ul_lease6_client *c)
{
	return s->duid.len && s->duid.len == c->duid->len &&
	       s->iaid == c->iaid &&
	       !memcmp(s->duid.bytes, c->duid->bytes, s->duid.len);
}

static struct ul_addr addr_of(const struct ul_lease6_pool *pool,
			      const struct slot *s)
{
	return ul_prefix_nth(&pool->prefix, UL_LEASE6_FIRST +
			     (uint32_t)(s - pool->slot));
}

/* Its place in the pool, or UL_LEASE6_POOL_MAX. */
static size_t index_of(const struct ul_lease6_pool *pool,
		       const struct ul_addr *addr)
{
	uint32_t low = (uint32_t)addr->b[12] << 24 |
		       (uint32_t)addr->b[13] << 16 |
		       (uint32_t)addr->b[14] << 8 | addr->b[15];
	struct ul_addr same = ul_prefix_nth(&pool->prefix, low);

	if (low < UL_LEASE6_FIRST || !ul_addr_eq(&same, addr) ||
	    low - UL_LEASE6_FIRST >= UL_LEASE6_POOL_MAX)
		return UL_LEASE6_POOL_MAX;
	return low - UL_LEASE6_FIRST;
}

static size_t first_choice(const struct ul_lease6_client *c)
{
	static const struct ul_hash_key key;
	uint64_t h = ul_hash(&key, c->duid->bytes, c->duid->len);

	return (size_t)((h ^ c->iaid * 0x9e3779b1ull) % UL_LEASE6_POOL_MAX);
}

static const struct slot *find_client(const struct ul_lease6_pool *pool,
				      const struct ul_lease6_client *c)
{
	for (size_t i = 0; i < UL_LEASE6_POOL_MAX; i++)
		if (is_of(&pool->slot[i], c))
			return &pool->slot[i];
	return NULL;
}

static bool has_too_many(const struct ul_lease6_pool *pool,
			 const uint8_t mac[6], int64_t now_us)
{
	unsigned int count = 0;

	for (size_t i = 0; i < UL_LEASE6_POOL_MAX; i++) {
		const struct slot *s = &pool->slot[i];

		count += s->duid.len && is_live(s, now_us) &&
			 !memcmp(s->mac, mac, 6);
	}
	return count >= UL_LEASE6_PER_MAC;
}

/* From its first choice on: never used, else dead for longest. */
static const struct slot *find_free(const struct ul_lease6_pool *pool,
				    const struct ul_lease6_client *c,
				    int64_t now_us)
{
	size_t first = first_choice(c);
	const struct slot *best = NULL;

	for (size_t i = 0; i < UL_LEASE6_POOL_MAX; i++) {
		const struct slot *s =
			&pool->slot[(first + i) % UL_LEASE6_POOL_MAX];

		if (is_live(s, now_us))
			continue;
		if (!s->duid.len && s->state == UL_LEASE_FREE)
			return s;
		if (!best || s->expires_us < best->expires_us)
			best = s;
	}
	return best;
}

struct ul_lease6_pool *ul_lease6_pool_new(const struct ul_prefix *prefix)
{
	struct ul_lease6_pool *pool = g_new0(struct ul_lease6_pool, 1);

	pool->prefix = *prefix;
	return pool;
}

void ul_lease6_pool_free(struct ul_lease6_pool *pool)
{
	g_free(pool);
}

int ul_lease6_choose(const struct ul_lease6_pool *pool,
		     const struct ul_lease6_client *c, int64_t now_us,
		     struct ul_addr *out)
{
	const struct slot *s = find_client(pool, c);

	if (!s || !is_live(s, now_us)) {
		if (has_too_many(pool, c->mac, now_us))
			return -ENOSPC;
		s = s ? s : find_free(pool, c, now_us);
	}
	if (!s)
		return -ENOSPC;
	*out = addr_of(pool, s);
	return 0;
}

int ul_lease6_bind(struct ul_lease6_pool *pool,
		   const struct ul_lease6_client *c,
		   const struct ul_addr *addr, int64_t now_us,
		   int64_t until_us)
{
	size_t i = index_of(pool, addr);
	struct slot *s = &pool->slot[i];
	const struct slot *other;

	if (i == UL_LEASE6_POOL_MAX)
		return -ENOENT;
	if (is_live(s, now_us) && !is_of(s, c))
		return -EADDRINUSE;
	other = find_client(pool, c);
	if (!(other && is_live(other, now_us)) &&
	    has_too_many(pool, c->mac, now_us))
		return -ENOSPC;
	if (other && other != s)
		pool->slot[other - pool->slot] = (struct slot){ 0 };
	*s = (struct slot){
		.state = UL_LEASE_BOUND, .duid = *c->duid, .iaid = c->iaid,
		.expires_us = until_us,
	};
	memcpy(s->mac, c->mac, sizeof(s->mac));
	return 0;
}

static struct slot *find_bound(struct ul_lease6_pool *pool,
			       const struct ul_lease6_client *c,
			       const struct ul_addr *addr, int64_t now_us)
{
	size_t i = index_of(pool, addr);
	struct slot *s = &pool->slot[i];

	return i < UL_LEASE6_POOL_MAX && is_of(s, c) && is_live(s, now_us) ?
	       s : NULL;
}

bool ul_lease6_is_bound(const struct ul_lease6_pool *pool,
			const struct ul_lease6_client *c,
			const struct ul_addr *addr, int64_t now_us)
{
	return find_bound((struct ul_lease6_pool *)pool, c, addr, now_us);
}

int ul_lease6_release(struct ul_lease6_pool *pool,
		      const struct ul_lease6_client *c,
		      const struct ul_addr *addr, int64_t now_us)
{
	struct slot *s = find_bound(pool, c, addr, now_us);

	if (!s)
		return -ENOENT;
	s->state = UL_LEASE_FREE;
	s->expires_us = now_us;
	return 0;
}

int ul_lease6_decline(struct ul_lease6_pool *pool,
		      const struct ul_lease6_client *c,
		      const struct ul_addr *addr, int64_t now_us)
{
	struct slot *s = find_bound(pool, c, addr, now_us);

	if (!s)
		return -ENOENT;
	*s = (struct slot){
		.state = UL_LEASE_DECLINED,
		.expires_us = now_us + UL_LEASE_DECLINED_US,
	};
	return 0;
}

void ul_lease6_each(const struct ul_lease6_pool *pool, int64_t now_us,
		    void (*fn)(const struct ul_lease *lease, void *arg),
		    void *arg)
{
	for (size_t i = 0; i < UL_LEASE6_POOL_MAX; i++) {
		const struct slot *s = &pool->slot[i];
		struct ul_lease lease;

		if (s->state != UL_LEASE_BOUND || !is_live(s, now_us))
			continue;
		lease = (struct ul_lease){
			.addr = addr_of(pool, s), .state = s->state,
			.expires_us = s->expires_us,
		};
		memcpy(lease.mac, s->mac, sizeof(lease.mac));
		fn(&lease, arg);
	}
}
