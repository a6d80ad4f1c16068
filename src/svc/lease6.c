/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lease6.c - which DHCPv6 client may use which address of the prefix
 *
 * One slot per address; it is live as a slot of lease.c is. A client's first
 * choice is the slot that its identifier hashes to, under a key that is the
 * same everywhere. Who aims for another's slot gains nothing: that one goes
 * to the next free one, and what is bound stays.
 *
 * A slot that ever had a client is in two tables: by client, and by MAC for
 * as long as it is live (those that died are taken out when they are met).
 * So no message costs a walk over the pool unless UL_LEASE6_WINDOW addresses
 * from the first choice on are all taken.
 *
 * A kept address is the machine's that has its MAC, whatever identifier it
 * comes with: a boot loader and the system behind it have different ones. Of
 * several associations of one identifier the first has it.
 */
#include "svc/lease6.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>

#include "base/hash.h"
#include "base/htab.h"

#define UL_LEASE6_WINDOW 64

struct slot {
	struct ul_addr addr;
	bool is_kept;			/* for kept_mac alone */
	uint8_t kept_mac[6];
	bool is_in_client, is_in_mac;	/* tables */
	struct ul_hnode client_node, mac_node;
	enum ul_lease_state state;
	struct ul_dhcp6_duid duid;	/* of length 0: never had a client */
	uint32_t iaid;
	uint8_t mac[6];
	char host[UL_LEASE_HOST_LEN];
	int64_t expires_us;
};

struct ul_lease6_pool {
	struct ul_prefix prefix;
	struct ul_hash_key key;
	struct ul_htab by_client, by_mac;
	GPtrArray *extra;		/* of struct slot: kept elsewhere */
	GPtrArray *kept;		/* of struct slot, borrowed */
	uint64_t changes;
	struct slot slot[UL_LEASE6_POOL_MAX];
};

#define SLOT_OF(node, member) \
	((struct slot *)((char *)(node) - offsetof(struct slot, member)))

static bool is_live(const struct slot *s, int64_t now_us)
{
	return s->state != UL_LEASE_FREE && now_us < s->expires_us;
}

static bool is_same_duid(const struct slot *s,
			 const struct ul_lease6_client *c)
{
	return s->duid.len && s->duid.len == c->duid->len &&
	       !memcmp(s->duid.bytes, c->duid->bytes, s->duid.len);
}

static bool is_exactly(const struct slot *s, const struct ul_lease6_client *c)
{
	return is_same_duid(s, c) && s->iaid == c->iaid;
}

static bool is_of(const struct slot *s, const struct ul_lease6_client *c)
{
	if (s->is_kept && s->duid.len && !is_same_duid(s, c))
		return !memcmp(s->mac, c->mac, sizeof(s->mac));
	return is_exactly(s, c);
}

static bool may_have(const struct slot *s, const struct ul_lease6_client *c)
{
	return !s->is_kept || !memcmp(s->kept_mac, c->mac, sizeof(c->mac));
}

static uint64_t client_hash(const struct ul_lease6_pool *pool,
			    const struct ul_dhcp6_duid *duid, uint32_t iaid)
{
	return ul_hash(&pool->key, duid->bytes, duid->len) ^
	       iaid * 0x9e3779b97f4a7c15ull;
}

static uint64_t mac_hash(const struct ul_lease6_pool *pool,
			 const uint8_t mac[6])
{
	return ul_hash(&pool->key, mac, 6);
}

static struct slot *find_addr(struct ul_lease6_pool *pool,
			      const struct ul_addr *addr)
{
	uint32_t low = (uint32_t)addr->b[12] << 24 |
		       (uint32_t)addr->b[13] << 16 |
		       (uint32_t)addr->b[14] << 8 | addr->b[15];
	uint32_t index = low - UL_LEASE6_FIRST;

	if (low >= UL_LEASE6_FIRST && index < UL_LEASE6_POOL_MAX &&
	    ul_addr_eq(&pool->slot[index].addr, addr))
		return &pool->slot[index];
	for (guint i = 0; i < pool->extra->len; i++) {
		struct slot *s = pool->extra->pdata[i];

		if (ul_addr_eq(&s->addr, addr))
			return s;
	}
	return NULL;
}

static size_t first_choice(const struct ul_lease6_client *c)
{
	static const struct ul_hash_key key;
	uint64_t h = ul_hash(&key, c->duid->bytes, c->duid->len);

	return (size_t)((h ^ c->iaid * 0x9e3779b1ull) % UL_LEASE6_POOL_MAX);
}

static struct slot *find_client(const struct ul_lease6_pool *pool,
				const struct ul_lease6_client *c)
{
	uint64_t h = client_hash(pool, c->duid, c->iaid);
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&pool->by_client, h, n))) {
		struct slot *s = SLOT_OF(n, client_node);

		if (is_exactly(s, c))
			return may_have(s, c) ? s : NULL;
	}
	return NULL;
}

/* What is kept for @c's MAC, unless another is on it. */
static struct slot *find_kept(const struct ul_lease6_pool *pool,
			      const struct ul_lease6_client *c, int64_t now_us)
{
	for (guint i = 0; i < pool->kept->len; i++) {
		struct slot *s = pool->kept->pdata[i];

		if (may_have(s, c))
			return !is_live(s, now_us) || is_of(s, c) ? s : NULL;
	}
	return NULL;
}

static struct slot *find_own(const struct ul_lease6_pool *pool,
			     const struct ul_lease6_client *c, int64_t now_us)
{
	struct slot *s = find_kept(pool, c, now_us);

	return s ? s : find_client(pool, c);
}

static void leave_client(struct ul_lease6_pool *pool, struct slot *s)
{
	if (s->is_in_client)
		ul_htab_remove(&pool->by_client, &s->client_node);
	s->is_in_client = false;
}

static void leave_mac(struct ul_lease6_pool *pool, struct slot *s)
{
	if (s->is_in_mac)
		ul_htab_remove(&pool->by_mac, &s->mac_node);
	s->is_in_mac = false;
}

static void forget(struct ul_lease6_pool *pool, struct slot *s)
{
	struct slot empty = { .addr = s->addr, .is_kept = s->is_kept };

	leave_client(pool, s);
	leave_mac(pool, s);
	memcpy(empty.kept_mac, s->kept_mac, sizeof(empty.kept_mac));
	*s = empty;
}

static void enter_mac(struct ul_lease6_pool *pool, struct slot *s,
		      const uint8_t mac[6])
{
	memcpy(s->mac, mac, sizeof(s->mac));
	s->mac_node.hash = mac_hash(pool, mac);
	ul_htab_insert(&pool->by_mac, &s->mac_node);
	s->is_in_mac = true;
}

static void set_client(struct ul_lease6_pool *pool, struct slot *s,
		       const struct ul_lease6_client *c)
{
	forget(pool, s);
	s->duid = *c->duid;
	s->iaid = c->iaid;
	if (c->host)
		g_strlcpy(s->host, c->host, sizeof(s->host));
	s->client_node.hash = client_hash(pool, &s->duid, s->iaid);
	ul_htab_insert(&pool->by_client, &s->client_node);
	s->is_in_client = true;
	enter_mac(pool, s, c->mac);
}

static bool has_too_many(struct ul_lease6_pool *pool, const uint8_t mac[6],
			 int64_t now_us)
{
	uint64_t h = mac_hash(pool, mac);
	struct ul_hnode *n = ul_htab_find(&pool->by_mac, h, NULL), *next;
	unsigned int count = 0;

	for (; n; n = next) {
		struct slot *s = SLOT_OF(n, mac_node);

		next = ul_htab_find(&pool->by_mac, h, n);
		if (!is_live(s, now_us))
			leave_mac(pool, s);
		else
			count += !memcmp(s->mac, mac, 6);
	}
	return count >= UL_LEASE6_PER_MAC;
}

/*
 * From its first choice on: never used, else dead for longest; of those that
 * are near, when there are any.
 */
static struct slot *find_free(struct ul_lease6_pool *pool,
			      const struct ul_lease6_client *c, int64_t now_us)
{
	size_t first = first_choice(c);
	struct slot *best = NULL;

	for (size_t i = 0; i < UL_LEASE6_POOL_MAX; i++) {
		struct slot *s =
			&pool->slot[(first + i) % UL_LEASE6_POOL_MAX];

		if (best && i >= UL_LEASE6_WINDOW)
			break;
		if (is_live(s, now_us) || s->is_kept)
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
	ul_hash_key_random(&pool->key);
	ul_htab_init(&pool->by_client);
	ul_htab_init(&pool->by_mac);
	pool->extra = g_ptr_array_new_with_free_func(g_free);
	pool->kept = g_ptr_array_new();
	for (uint32_t i = 0; i < UL_LEASE6_POOL_MAX; i++)
		pool->slot[i].addr = ul_prefix_nth(prefix,
						   UL_LEASE6_FIRST + i);
	return pool;
}

void ul_lease6_pool_free(struct ul_lease6_pool *pool)
{
	if (!pool)
		return;
	ul_htab_fini(&pool->by_client);
	ul_htab_fini(&pool->by_mac);
	g_ptr_array_unref(pool->kept);
	g_ptr_array_unref(pool->extra);
	g_free(pool);
}

int ul_lease6_keep(struct ul_lease6_pool *pool, const uint8_t mac[6],
		   const struct ul_addr *addr)
{
	struct slot *s = find_addr(pool, addr);

	assert(ul_prefix_has(&pool->prefix, addr));
	if (s && s->is_kept)
		return -EEXIST;
	if (pool->kept->len >= UL_LEASE_KEPT_MAX)
		return -ENOSPC;
	if (!s) {
		s = g_new0(struct slot, 1);
		s->addr = *addr;
		g_ptr_array_add(pool->extra, s);
	}
	s->is_kept = true;
	memcpy(s->kept_mac, mac, sizeof(s->kept_mac));
	g_ptr_array_add(pool->kept, s);
	return 0;
}

int ul_lease6_unkeep(struct ul_lease6_pool *pool, const struct ul_addr *addr)
{
	struct slot *s = find_addr(pool, addr);

	if (!s || !s->is_kept)
		return -ENOENT;
	s->is_kept = false;
	g_ptr_array_remove_fast(pool->kept, s);
	if (g_ptr_array_find(pool->extra, s, NULL)) {
		leave_client(pool, s);
		leave_mac(pool, s);
		g_ptr_array_remove_fast(pool->extra, s);
	}
	return 0;
}

int ul_lease6_choose(struct ul_lease6_pool *pool,
		     const struct ul_lease6_client *c, int64_t now_us,
		     struct ul_addr *out)
{
	struct slot *s = find_own(pool, c, now_us);

	if (!s || !is_live(s, now_us)) {
		if (has_too_many(pool, c->mac, now_us))
			return -ENOSPC;
		s = s ? s : find_free(pool, c, now_us);
	}
	if (!s)
		return -ENOSPC;
	*out = s->addr;
	return 0;
}

/* May @c have @s now? 0, or -errno of ul_lease6_bind(). */
static int check_bind(struct ul_lease6_pool *pool, struct slot *s,
		      const struct ul_lease6_client *c, int64_t now_us)
{
	const struct slot *kept = find_kept(pool, c, now_us), *own;

	if (!s)
		return -ENOENT;
	if (!may_have(s, c) && is_exactly(s, c))
		forget(pool, s);	/* it had it before it was kept */
	if ((kept && kept != s) || !may_have(s, c) ||
	    (is_live(s, now_us) && !is_of(s, c)))
		return -EADDRINUSE;
	own = find_client(pool, c);
	if (!(own && is_live(own, now_us)) &&
	    has_too_many(pool, c->mac, now_us))
		return -ENOSPC;
	return 0;
}

int ul_lease6_bind(struct ul_lease6_pool *pool,
		   const struct ul_lease6_client *c,
		   const struct ul_addr *addr, int64_t now_us,
		   int64_t until_us)
{
	struct slot *s = find_addr(pool, addr), *other;
	int rc = check_bind(pool, s, c, now_us);

	if (rc)
		return rc;
	other = find_client(pool, c);
	if (other && other != s)
		forget(pool, other);
	set_client(pool, s, c);
	s->state = UL_LEASE_BOUND;
	s->expires_us = until_us;
	pool->changes++;
	return 0;
}

static struct slot *find_bound(struct ul_lease6_pool *pool,
			       const struct ul_lease6_client *c,
			       const struct ul_addr *addr, int64_t now_us)
{
	struct slot *s = find_addr(pool, addr);

	return s && is_exactly(s, c) && is_live(s, now_us) ? s : NULL;
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
	pool->changes++;
	return 0;
}

int ul_lease6_decline(struct ul_lease6_pool *pool,
		      const struct ul_lease6_client *c,
		      const struct ul_addr *addr, int64_t now_us)
{
	struct slot *s = find_bound(pool, c, addr, now_us);

	if (!s)
		return -ENOENT;
	forget(pool, s);
	s->state = UL_LEASE_DECLINED;
	s->expires_us = now_us + UL_LEASE_DECLINED_US;
	enter_mac(pool, s, c->mac);	/* for has_too_many() */
	return 0;
}

static struct ul_lease lease_of(const struct slot *s)
{
	struct ul_lease lease = {
		.addr = s->addr, .state = s->state, .is_kept = s->is_kept,
		.id_len = s->duid.len, .iaid = s->iaid,
		.expires_us = s->expires_us,
	};

	memcpy(lease.mac, s->mac, sizeof(lease.mac));
	memcpy(lease.host, s->host, sizeof(lease.host));
	memcpy(lease.id, s->duid.bytes, s->duid.len);
	return lease;
}

int ul_lease6_get(struct ul_lease6_pool *pool, const struct ul_addr *addr,
		  int64_t now_us, struct ul_lease *out)
{
	const struct slot *s = find_addr(pool, addr);

	if (!s || s->state != UL_LEASE_BOUND || !is_live(s, now_us))
		return -ENOENT;
	*out = lease_of(s);
	return 0;
}

/* The @i-th slot; NULL behind the last. */
static const struct slot *nth_slot(const struct ul_lease6_pool *pool,
				   size_t i)
{
	if (i < UL_LEASE6_POOL_MAX)
		return &pool->slot[i];
	i -= UL_LEASE6_POOL_MAX;
	return i < pool->extra->len ? pool->extra->pdata[i] : NULL;
}

void ul_lease6_each(const struct ul_lease6_pool *pool, int64_t now_us,
		    void (*fn)(const struct ul_lease *lease, void *arg),
		    void *arg)
{
	const struct slot *s;

	for (size_t i = 0; (s = nth_slot(pool, i)); i++) {
		struct ul_lease lease;

		if (s->state != UL_LEASE_BOUND || !is_live(s, now_us))
			continue;
		lease = lease_of(s);
		fn(&lease, arg);
	}
}

uint64_t ul_lease6_changes(const struct ul_lease6_pool *pool)
{
	return pool->changes;
}

void ul_lease6_each_known(const struct ul_lease6_pool *pool,
			  void (*fn)(const struct ul_lease *lease, void *arg),
			  void *arg)
{
	const struct slot *s;

	for (size_t i = 0; (s = nth_slot(pool, i)); i++) {
		struct ul_lease lease;

		if (!s->duid.len)
			continue;
		lease = lease_of(s);
		fn(&lease, arg);
	}
}

int ul_lease6_restore(struct ul_lease6_pool *pool,
		      const struct ul_lease *lease)
{
	struct ul_dhcp6_duid duid = { .len = lease->id_len };
	struct ul_lease6_client c = {
		.duid = &duid, .iaid = lease->iaid,
		.host = lease->host[0] ? lease->host : NULL,
	};
	struct slot *s = find_addr(pool, &lease->addr);

	memcpy(duid.bytes, lease->id, lease->id_len);
	memcpy(c.mac, lease->mac, sizeof(c.mac));
	if (!s)
		return -ENOENT;
	if (!duid.len || s->duid.len || s->state != UL_LEASE_FREE ||
	    !may_have(s, &c) || find_client(pool, &c))
		return -EADDRINUSE;
	set_client(pool, s, &c);
	s->state = UL_LEASE_BOUND;
	s->expires_us = lease->expires_us;
	return 0;
}
