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
 *
 * A kept address has a slot like any other, outside of the range one of its
 * own, and no one but its owner gets it. When it is taken (leased before it
 * was kept, or declined) the owner has another meanwhile, and is sent for its
 * own by a refusal as soon as that is free.
 */
#include "svc/lease.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>

/* Whose an address is, by configuration. */
struct kept {
	bool has_mac;
	uint8_t mac[6];
	uint8_t id_len;
	uint8_t id[UL_LEASE_ID_MAX];
	struct slot *slot;
};

struct slot {
	uint32_t addr;
	bool is_excluded;
	const struct kept *kept;	/* NULL: anybody's */
	enum ul_lease_state state;
	bool has_client;	/* mac, id and host are set */
	bool is_checked;	/* nobody else is on it */
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
	GPtrArray *extra;	/* of struct slot, owned: kept elsewhere */
	GPtrArray *kept;	/* of struct kept, owned */
	uint64_t changes;
};

static bool is_live(const struct slot *s, int64_t now_us)
{
	return s->state != UL_LEASE_FREE && now_us < s->expires_us;
}

static size_t id_len_of(const struct ul_lease_client *c)
{
	return c->id_len <= UL_LEASE_ID_MAX ? c->id_len : 0;
}

static bool is_same_mac(const struct slot *s, const struct ul_lease_client *c)
{
	return !memcmp(s->mac, c->mac, sizeof(s->mac));
}

static bool is_kept_for(const struct kept *k, const struct ul_lease_client *c)
{
	size_t len = id_len_of(c);

	if (k->has_mac)
		return !memcmp(k->mac, c->mac, sizeof(k->mac));
	return len == k->id_len && !memcmp(k->id, c->id, len);
}

static bool may_have(const struct slot *s, const struct ul_lease_client *c)
{
	return !s->is_excluded && (!s->kept || is_kept_for(s->kept, c));
}

static bool is_takeable(const struct slot *s, const struct ul_lease_client *c,
			int64_t now_us)
{
	return may_have(s, c) && !is_live(s, now_us);
}

/*
 * Identifiers are equal, or both have none and the MACs are. What is kept by
 * MAC is one machine's, whatever its boot loader and system call themselves.
 */
static bool is_exactly(const struct slot *s, const struct ul_lease_client *c)
{
	size_t len = id_len_of(c);

	if (s->kept && s->kept->has_mac)
		return s->has_client && is_same_mac(s, c);
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

/* The @i-th slot that may have had a client; NULL behind the last. */
static struct slot *nth_slot(const struct ul_lease_pool *pool, size_t i)
{
	if (i < pool->used)
		return &pool->slot[i];
	i -= pool->used;
	return i < pool->extra->len ? pool->extra->pdata[i] : NULL;
}

/* The client's own slot; of several that fit loosely the latest. */
static struct slot *find_client(const struct ul_lease_pool *pool,
				const struct ul_lease_client *c)
{
	struct slot *best = NULL, *s;

	for (size_t i = 0; (s = nth_slot(pool, i)); i++) {
		if (!may_have(s, c))
			continue;
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
	if (a >= pool->first && a - pool->first < pool->count)
		return pool->slot[a - pool->first].is_excluded ? NULL :
		       &pool->slot[a - pool->first];
	for (guint i = 0; i < pool->extra->len; i++) {
		struct slot *s = pool->extra->pdata[i];

		if (s->addr == a)
			return s;
	}
	return NULL;
}

/* What is kept for @c, unless another is on it. */
static struct slot *find_kept(const struct ul_lease_pool *pool,
			      const struct ul_lease_client *c, int64_t now_us)
{
	for (guint i = 0; i < pool->kept->len; i++) {
		const struct kept *k = pool->kept->pdata[i];

		if (is_kept_for(k, c))
			return !is_live(k->slot, now_us) ||
			       is_of(k->slot, c) ? k->slot : NULL;
	}
	return NULL;
}

/* The one address that @c is to have, or had; NULL: any. */
static struct slot *find_own(const struct ul_lease_pool *pool,
			     const struct ul_lease_client *c, int64_t now_us)
{
	struct slot *s = find_kept(pool, c, now_us);

	return s ? s : find_client(pool, c);
}

/* The first slot that never had a client, else the longest dead one. */
static struct slot *find_takeable(const struct ul_lease_pool *pool,
				  const struct ul_lease_client *c,
				  int64_t now_us)
{
	struct slot *best = NULL;

	for (size_t i = 0; i < pool->count; i++) {
		struct slot *s = &pool->slot[i];

		if (!is_takeable(s, c, now_us))
			continue;
		if (s->state == UL_LEASE_FREE && !s->has_client)
			return s;
		if (!best || s->expires_us < best->expires_us)
			best = s;
	}
	return best;
}

static bool has_too_many(const struct ul_lease_pool *pool,
			 const struct ul_lease_client *c, int64_t now_us)
{
	unsigned int count = 0;
	const struct slot *s;

	for (size_t i = 0; (s = nth_slot(pool, i)); i++)
		count += (s->has_client || s->state == UL_LEASE_DECLINED) &&
			 is_live(s, now_us) && is_same_mac(s, c);
	return count >= UL_LEASE_PER_MAC;
}

static void forget(struct slot *s)
{
	*s = (struct slot){
		.addr = s->addr, .is_excluded = s->is_excluded,
		.kept = s->kept,
	};
}

static void set_client(struct ul_lease_pool *pool, struct slot *s,
		       const struct ul_lease_client *c)
{
	size_t index = s->addr - pool->first, len = id_len_of(c);

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
	if (s->addr >= pool->first && index < pool->count &&
	    pool->used <= index)
		pool->used = index + 1;
}

void ul_lease_copy_host(char out[UL_LEASE_HOST_LEN], const char *name)
{
	size_t len = strlen(name);

	out[0] = '\0';
	if (len && name[len - 1] == '.')
		len--;
	if (len >= UL_LEASE_HOST_LEN)
		return;
	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isalnum(name[i]) && name[i] != '-' &&
		    name[i] != '.')
			return;
	memcpy(out, name, len);
	out[len] = '\0';
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
	pool->extra = g_ptr_array_new_with_free_func(g_free);
	pool->kept = g_ptr_array_new_with_free_func(g_free);
	for (size_t i = 0; i < pool->count; i++)
		pool->slot[i].addr = lo + (uint32_t)i;
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
	g_ptr_array_unref(pool->extra);
	g_ptr_array_unref(pool->kept);
	g_free(pool->slot);
	g_free(pool);
}

/* A slot for @addr, outside of the range a new one; NULL when excluded. */
static struct slot *slot_to_keep(struct ul_lease_pool *pool,
				 const struct ul_addr *addr)
{
	uint32_t a = ul_addr_to_v4(addr), index = a - pool->first;
	struct slot *s;

	if (a >= pool->first && index < pool->count) {
		if (pool->slot[index].is_excluded)
			return NULL;
		pool->used = MAX(pool->used, (size_t)index + 1);
		return &pool->slot[index];
	}
	s = g_new0(struct slot, 1);
	s->addr = a;
	g_ptr_array_add(pool->extra, s);
	return s;
}

int ul_lease_keep(struct ul_lease_pool *pool, const struct ul_lease_owner *o,
		  const struct ul_addr *addr)
{
	struct slot *s = find_addr(pool, addr);
	struct kept *k;

	assert(ul_addr_is_v4(addr));
	assert(o->has_mac || (o->id_len && o->id_len <= UL_LEASE_ID_MAX));
	if (s && s->kept)
		return -EEXIST;
	if (pool->kept->len >= UL_LEASE_KEPT_MAX)
		return -ENOSPC;
	s = s ? s : slot_to_keep(pool, addr);
	if (!s)
		return -EADDRNOTAVAIL;
	k = g_new0(struct kept, 1);
	k->slot = s;
	k->has_mac = o->has_mac;
	memcpy(k->mac, o->mac, sizeof(k->mac));
	if (!o->has_mac) {
		k->id_len = (uint8_t)o->id_len;
		memcpy(k->id, o->id, o->id_len);
	}
	s->kept = k;
	g_ptr_array_add(pool->kept, k);
	return 0;
}

int ul_lease_unkeep(struct ul_lease_pool *pool, const struct ul_addr *addr)
{
	struct slot *s = find_addr(pool, addr);

	if (!s || !s->kept)
		return -ENOENT;
	g_ptr_array_remove_fast(pool->kept, (gpointer)s->kept);
	s->kept = NULL;
	g_ptr_array_remove_fast(pool->extra, s);
	return 0;
}

int ul_lease_offer(struct ul_lease_pool *pool, const struct ul_lease_client *c,
		   const struct ul_addr *wanted, int64_t now_us,
		   int64_t until_us, struct ul_addr *out)
{
	struct slot *s = find_own(pool, c, now_us);

	if (!(s && is_live(s, now_us)) && has_too_many(pool, c, now_us))
		return -ENOSPC;
	if (!s && wanted) {
		s = find_addr(pool, wanted);
		if (s && !is_takeable(s, c, now_us))
			s = NULL;
	}
	if (!s)
		s = find_takeable(pool, c, now_us);
	if (!s)
		return -ENOSPC;

	if (!is_live(s, now_us) || s->state == UL_LEASE_OFFERED) {
		set_client(pool, s, c);
		s->state = UL_LEASE_OFFERED;
		s->expires_us = until_us;
	}
	*out = ul_addr_v4(s->addr);
	return 0;
}

/* A client has one address: what else was its is free, but for @s. */
static void forget_others(struct ul_lease_pool *pool,
			  const struct ul_lease_client *c,
			  const struct slot *s)
{
	struct slot *other;

	for (size_t i = 0; (other = nth_slot(pool, i)); i++)
		if (other != s && is_exactly(other, c))
			forget(other);
}

int ul_lease_bind(struct ul_lease_pool *pool, const struct ul_lease_client *c,
		  const struct ul_addr *addr, int64_t now_us,
		  int64_t until_us)
{
	struct slot *s = find_addr(pool, addr);
	const struct slot *kept = find_kept(pool, c, now_us), *own;

	if (!s)
		return -ENOENT;
	if (!may_have(s, c) && is_of(s, c))
		forget(s);	/* it had it before it was kept */
	if ((kept && kept != s) || !may_have(s, c) ||
	    (is_live(s, now_us) && !is_of(s, c)))
		return -EADDRINUSE;
	own = find_client(pool, c);
	if (!(own && is_live(own, now_us)) && has_too_many(pool, c, now_us))
		return -ENOSPC;
	forget_others(pool, c, s);
	set_client(pool, s, c);
	s->is_checked = true;	/* the client's own check is behind it */
	s->state = UL_LEASE_BOUND;
	s->expires_us = until_us;
	pool->changes++;
	return 0;
}

int ul_lease_find(const struct ul_lease_pool *pool,
		  const struct ul_lease_client *c, int64_t now_us,
		  struct ul_addr *out)
{
	const struct slot *s = find_own(pool, c, now_us);

	if (!s)
		return -ENOENT;
	*out = ul_addr_v4(s->addr);
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
	pool->changes++;
	return 0;
}

bool ul_lease_is_checked(const struct ul_lease_pool *pool,
			 const struct ul_addr *addr)
{
	const struct slot *s = find_addr(pool, addr);

	return s && s->is_checked;
}

void ul_lease_set_checked(struct ul_lease_pool *pool,
			  const struct ul_addr *addr)
{
	struct slot *s = find_addr(pool, addr);

	if (s)
		s->is_checked = true;
}

static void set_aside(struct slot *s, int64_t now_us)
{
	forget(s);
	s->state = UL_LEASE_DECLINED;
	s->expires_us = now_us + UL_LEASE_DECLINED_US;
}

bool ul_lease_set_taken(struct ul_lease_pool *pool, const struct ul_addr *addr,
			const uint8_t by[6], int64_t now_us)
{
	struct slot *s = find_addr(pool, addr);
	struct ul_lease_client c = { 0 };

	if (!s || (s->state == UL_LEASE_BOUND && is_live(s, now_us)))
		return true;
	memcpy(c.mac, by, sizeof(c.mac));
	if (has_too_many(pool, &c, now_us)) {
		s->is_checked = true;
		return false;
	}
	set_aside(s, now_us);
	memcpy(s->mac, by, sizeof(s->mac));
	return true;
}

int ul_lease_decline(struct ul_lease_pool *pool,
		     const struct ul_lease_client *c,
		     const struct ul_addr *addr, int64_t now_us)
{
	struct slot *s = find_addr(pool, addr);

	if (!s || !is_live(s, now_us) || !is_of(s, c))
		return -ENOENT;
	set_aside(s, now_us);
	memcpy(s->mac, c->mac, sizeof(s->mac));	/* for has_too_many() */
	return 0;
}

enum ul_lease_state ul_lease_state(const struct ul_lease_pool *pool,
				   const struct ul_addr *addr, int64_t now_us)
{
	const struct slot *s = find_addr(pool, addr);

	return s && is_live(s, now_us) ? s->state : UL_LEASE_FREE;
}

static struct ul_lease lease_of(const struct slot *s)
{
	struct ul_lease lease = {
		.addr = ul_addr_v4(s->addr), .state = s->state,
		.is_kept = s->kept != NULL, .id_len = s->id_len,
		.expires_us = s->expires_us,
	};

	memcpy(lease.mac, s->mac, sizeof(lease.mac));
	memcpy(lease.host, s->host, sizeof(lease.host));
	memcpy(lease.id, s->id, s->id_len);
	return lease;
}

bool ul_lease_is_open(const struct ul_lease_pool *pool,
		      const struct ul_addr *addr, const uint8_t mac[6],
		      int64_t now_us)
{
	const struct slot *s = find_addr(pool, addr);

	if (!s)
		return true;
	if (s->state == UL_LEASE_BOUND && is_live(s, now_us))
		return false;
	return !s->kept || (s->kept->has_mac &&
			    !memcmp(s->kept->mac, mac, sizeof(s->kept->mac)));
}

int ul_lease_get(const struct ul_lease_pool *pool, const struct ul_addr *addr,
		 int64_t now_us, struct ul_lease *out)
{
	const struct slot *s = find_addr(pool, addr);

	if (!s || s->state != UL_LEASE_BOUND || !is_live(s, now_us))
		return -ENOENT;
	*out = lease_of(s);
	return 0;
}

void ul_lease_each(const struct ul_lease_pool *pool, int64_t now_us,
		   void (*fn)(const struct ul_lease *lease, void *arg),
		   void *arg)
{
	const struct slot *s;

	for (size_t i = 0; (s = nth_slot(pool, i)); i++) {
		struct ul_lease lease;

		if (!is_live(s, now_us) || s->state != UL_LEASE_BOUND)
			continue;
		lease = lease_of(s);
		fn(&lease, arg);
	}
}

uint64_t ul_lease_changes(const struct ul_lease_pool *pool)
{
	return pool->changes;
}

void ul_lease_each_known(const struct ul_lease_pool *pool,
			 void (*fn)(const struct ul_lease *lease, void *arg),
			 void *arg)
{
	const struct slot *s;

	for (size_t i = 0; (s = nth_slot(pool, i)); i++) {
		struct ul_lease lease;

		if (!s->has_client || s->state == UL_LEASE_OFFERED)
			continue;
		lease = lease_of(s);
		fn(&lease, arg);
	}
}

int ul_lease_restore(struct ul_lease_pool *pool, const struct ul_lease *lease)
{
	struct ul_lease_client c = {
		.id = lease->id, .id_len = lease->id_len,
		.host = lease->host[0] ? lease->host : NULL,
	};
	struct slot *s = find_addr(pool, &lease->addr);

	memcpy(c.mac, lease->mac, sizeof(c.mac));
	if (!s)
		return -ENOENT;
	if (s->has_client || s->state != UL_LEASE_FREE || !may_have(s, &c))
		return -EADDRINUSE;
	set_client(pool, s, &c);
	s->is_checked = true;
	s->state = UL_LEASE_BOUND;
	s->expires_us = lease->expires_us;
	return 0;
}

void ul_lease_forget_all(struct ul_lease_pool *pool)
{
	struct slot *s;

	for (size_t i = 0; (s = nth_slot(pool, i)); i++)
		forget(s);
	pool->changes++;
}
