/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lease.c - which client may use which address of a pool, until when
 *
 * One slot per address. A slot is live while its state is not FREE and its
 * time has not come; nothing runs at expiry, the slot is just found dead
 * later and still names its last client, who may have it again.
 *
 * Whose slot: identifiers are compared when both sides have one, else MACs.
 * So a boot loader that sends none and the system after it that does share
 * the address, while two identifiers behind one MAC are two clients. Slots
 * are searched one by one; UL_LEASE_POOL_MAX bounds that.
 */
#include "svc/lease.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>

struct slot {
	enum ul_lease_state state;
	bool is_excluded;
	bool has_client;	/* mac, id and host are set */
	uint8_t id_len;
	uint8_t mac[6];
	uint8_t id[UL_LEASE_ID_MAX];
	char host[UL_LEASE_HOST_LEN];
	int64_t expires_us;	/* for FREE with a client: since when */
};

struct ul_lease_pool {
	uint32_t first;
	size_t count;
	size_t used;		/* slots from here on never had a client */
	struct slot *slot;
};

static bool is_live(const struct slot *s, int64_t now_us)
{
	return s->state != UL_LEASE_FREE && now_us < s->expires_us;
}

static bool is_takeable(const struct slot *s, int64_t now_us)
{
	return !s->is_excluded && !is_live(s, now_us);
}

static size_t id_len_of(const struct ul_lease_client *c)
{
	return c->id_len <= UL_LEASE_ID_MAX ? c->id_len : 0;
}

static bool is_same_mac(const struct slot *s, const struct ul_lease_client *c)
{
	return !memcmp(s->mac, c->mac, sizeof(s->mac));
}

/* Identifiers are equal, or both have none and the MACs are. */
static bool is_exactly(const struct slot *s, const struct ul_lease_client *c)
{
	size_t len = id_len_of(c);

	if (!s->has_client || s->id_len != len)
		return false;
	return len ? !memcmp(s->id, c->id, len) : is_same_mac(s, c);
}

static bool is_of(const struct slot *s, const struct ul_lease_client *c)
{
	if (s->has_client && !(s->id_len && id_len_of(c)))
		return is_same_mac(s, c);
	return is_exactly(s, c);
}

/* The client's own slot; of several that fit loosely the latest. */
static struct slot *find_client(const struct ul_lease_pool *pool,
				const struct ul_lease_client *c)
{
	struct slot *best = NULL;

	for (size_t i = 0; i < pool->used; i++) {
		struct slot *s = &pool->slot[i];

		if (is_exactly(s, c))
			return s;
		if (is_of(s, c) &&
		    (!best || s->expires_us > best->expires_us))
			best = s;
	}
	return best;
}

static struct slot *find_addr(const struct ul_lease_pool *pool,
			      const struct ul_addr *addr)
{
	uint32_t a;

	if (!ul_addr_is_v4(addr))
		return NULL;
	a = ul_addr_to_v4(addr);
	if (a < pool->first || a - pool->first >= pool->count ||
	    pool->slot[a - pool->first].is_excluded)
		return NULL;
	return &pool->slot[a - pool->first];
}

static struct ul_addr addr_of(const struct ul_lease_pool *pool,
			      const struct slot *s)
{
	return ul_addr_v4(pool->first + (uint32_t)(s - pool->slot));
}

/* The first slot that never had a client, else the longest dead one. */
static struct slot *find_takeable(const struct ul_lease_pool *pool,
				  int64_t now_us)
{
	struct slot *best = NULL;

	for (size_t i = 0; i < pool->count; i++) {
		struct slot *s = &pool->slot[i];

		if (!is_takeable(s, now_us))
			continue;
		if (s->state == UL_LEASE_FREE && !s->has_client)
			return s;
		if (!best || s->expires_us < best->expires_us)
			best = s;
	}
	return best;
}

static void forget(struct slot *s)
{
	*s = (struct slot){ .is_excluded = s->is_excluded };
}

static void set_client(struct ul_lease_pool *pool, struct slot *s,
		       const struct ul_lease_client *c)
{
	size_t index = (size_t)(s - pool->slot), len = id_len_of(c);

	if (!is_of(s, c))
		forget(s);
	s->has_client = true;
	memcpy(s->mac, c->mac, sizeof(s->mac));
	if (len) {
		memcpy(s->id, c->id, len);
		s->id_len = (uint8_t)len;
	}
	if (c->host)
		g_strlcpy(s->host, c->host, sizeof(s->host));
	if (pool->used <= index)
		pool->used = index + 1;
}

struct ul_lease_pool *ul_lease_pool_new(const struct ul_addr *first,
					const struct ul_addr *last,
					const struct ul_addr *excluded,
					size_t count)
{
	struct ul_lease_pool *pool = g_new0(struct ul_lease_pool, 1);
	uint32_t lo, hi;

	assert(ul_addr_is_v4(first) && ul_addr_is_v4(last));
	lo = ul_addr_to_v4(first);
	hi = ul_addr_to_v4(last);
	assert(lo <= hi);
	pool->first = lo;
	pool->count = MIN((size_t)(hi - lo) + 1, UL_LEASE_POOL_MAX);
	pool->slot = g_new0(struct slot, pool->count);
	for (size_t i = 0; i < count; i++) {
		struct slot *s = find_addr(pool, &excluded[i]);

		if (s)
			s->is_excluded = true;
	}
	return pool;
}

void ul_lease_pool_free(struct ul_lease_pool *pool)
{
	if (!pool)
		return;
	g_free(pool->slot);
	g_free(pool);
}

int ul_lease_offer(struct ul_lease_pool *pool, const struct ul_lease_client *c,
		   const struct ul_addr *wanted, int64_t now_us,
		   int64_t until_us, struct ul_addr *out)
{
	struct slot *s = find_client(pool, c);

	if (!s && wanted) {
		s = find_addr(pool, wanted);
		if (s && !is_takeable(s, now_us))
			s = NULL;
	}
	if (!s)
		s = find_takeable(pool, now_us);
	if (!s)
		return -ENOSPC;

	if (!is_live(s, now_us) || s->state == UL_LEASE_OFFERED) {
		set_client(pool, s, c);
		s->state = UL_LEASE_OFFERED;
		s->expires_us = until_us;
	}
	*out = addr_of(pool, s);
	return 0;
}

int ul_lease_bind(struct ul_lease_pool *pool, const struct ul_lease_client *c,
		  const struct ul_addr *addr, int64_t now_us,
		  int64_t until_us)
{
	struct slot *s = find_addr(pool, addr), *other;

	if (!s)
		return -ENOENT;
	if (is_live(s, now_us) && !is_of(s, c))
		return -EADDRINUSE;
	other = find_client(pool, c);
	if (other && other != s && is_exactly(other, c))
		forget(other);
	set_client(pool, s, c);
	s->state = UL_LEASE_BOUND;
	s->expires_us = until_us;
	return 0;
}

int ul_lease_find(const struct ul_lease_pool *pool,
		  const struct ul_lease_client *c, struct ul_addr *out)
{
	const struct slot *s = find_client(pool, c);

	if (!s)
		return -ENOENT;
	*out = addr_of(pool, s);
	return 0;
}

int ul_lease_release(struct ul_lease_pool *pool,
		     const struct ul_lease_client *c,
		     const struct ul_addr *addr, int64_t now_us)
{
	struct slot *s = find_addr(pool, addr);

	if (!s || !is_live(s, now_us) || !is_of(s, c))
		return -ENOENT;
	s->state = UL_LEASE_FREE;
	s->expires_us = now_us;
	return 0;
}

int ul_lease_decline(struct ul_lease_pool *pool,
		     const struct ul_lease_client *c,
		     const struct ul_addr *addr, int64_t now_us)
{
	struct slot *s = find_addr(pool, addr);

	if (!s || !is_live(s, now_us) || !is_of(s, c))
		return -ENOENT;
	forget(s);
	s->state = UL_LEASE_DECLINED;
	s->expires_us = now_us + UL_LEASE_DECLINED_US;
	return 0;
}

enum ul_lease_state ul_lease_state(const struct ul_lease_pool *pool,
				   const struct ul_addr *addr, int64_t now_us)
{
	const struct slot *s = find_addr(pool, addr);

	return s && is_live(s, now_us) ? s->state : UL_LEASE_FREE;
}

void ul_lease_each(const struct ul_lease_pool *pool, int64_t now_us,
		   void (*fn)(const struct ul_lease *lease, void *arg),
		   void *arg)
{
	for (size_t i = 0; i < pool->used; i++) {
		const struct slot *s = &pool->slot[i];
		struct ul_lease lease;

		if (!is_live(s, now_us) || s->state != UL_LEASE_BOUND)
			continue;
		lease = (struct ul_lease){
			.addr = addr_of(pool, s),
			.state = s->state,
			.expires_us = s->expires_us,
		};
		memcpy(lease.mac, s->mac, sizeof(lease.mac));
		memcpy(lease.host, s->host, sizeof(lease.host));
		fn(&lease, arg);
	}
}
