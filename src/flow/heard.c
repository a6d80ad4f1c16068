/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heard.c - which addresses a name of DNS was answered with
 *
 * What is over is freed when something is added, a few at a time, so no
 * timer is needed and no answer pays for many.
 */
#include "flow/heard.h"

#include <string.h>

#include <glib.h>

#include "base/hash.h"

#define SWEEP 4			/* looked at when one is added */
#define MAKE_ROOM 64		/* that are held, before one is given up */

struct ul_heard_table {
	struct ul_hash_key key;
	struct ul_htab by_addr;
	struct ul_list order;
};

struct ul_heard_table *ul_heard_table_new(void)
{
	struct ul_heard_table *t = g_new0(struct ul_heard_table, 1);

	ul_hash_key_random(&t->key);
	ul_htab_init(&t->by_addr);
	ul_list_init(&t->order);
	return t;
}

static void forget(struct ul_heard *h)
{
	ul_htab_remove(&h->table->by_addr, &h->node);
	ul_list_remove(&h->order);
	g_free(h);
}

static struct ul_heard *heard_at(struct ul_list *n)
{
	return ul_container_of(n, struct ul_heard, order);
}

void ul_heard_table_free(struct ul_heard_table *t)
{
	struct ul_list *n;

	if (!t)
		return;
	while ((n = ul_list_first(&t->order)) != NULL)
		forget(heard_at(n));
	ul_htab_fini(&t->by_addr);
	g_free(t);
}

static uint64_t hash_of(const struct ul_heard_table *t,
			const struct ul_addr *addr)
{
	return ul_hash(&t->key, addr->b, sizeof(addr->b));
}

struct ul_heard *ul_heard_find(const struct ul_heard_table *t,
			       const struct ul_addr *addr,
			       const struct ul_heard *prev)
{
	struct ul_hnode *n = (struct ul_hnode *)(uintptr_t)(
		prev ? &prev->node : NULL);

	while ((n = ul_htab_find(&t->by_addr, hash_of(t, addr), n)) != NULL) {
		struct ul_heard *h = ul_container_of(n, struct ul_heard, node);

		if (ul_addr_eq(&h->addr, addr))
			return h;
	}
	return NULL;
}

bool ul_heard_is_fresh(const struct ul_heard *h, int64_t now_us)
{
	return h->held || now_us < h->until_us;
}

void ul_heard_use(struct ul_heard *h, int64_t now_us)
{
	h->until_us = MAX(h->until_us, now_us + UL_HEARD_FLOOR_US);
}

static void sweep(struct ul_heard_table *t, int64_t now_us)
{
	struct ul_list *n, *tmp;
	int looked = 0;

	ul_list_for_each_safe(n, tmp, &t->order) {
		if (looked++ == SWEEP)
			return;
		if (!ul_heard_is_fresh(heard_at(n), now_us))
			forget(heard_at(n));
	}
}

/* False when all that could go are held. */
static bool make_room(struct ul_heard_table *t)
{
	struct ul_list *n, *tmp;
	int looked = 0;

	if (t->by_addr.count < UL_HEARD_MAX)
		return true;
	ul_list_for_each_safe(n, tmp, &t->order) {
		if (looked++ == MAKE_ROOM)
			return false;
		if (heard_at(n)->held)
			continue;
		forget(heard_at(n));
		return true;
	}
	return false;
}

static struct ul_heard *find_name(const struct ul_heard_table *t,
				  const char *name,
				  const struct ul_addr *addr)
{
	struct ul_heard *h = NULL;

	while ((h = ul_heard_find(t, addr, h)) != NULL)
		if (!strcmp(h->name, name))
			return h;
	return NULL;
}

/* Has @addr room for one name more? False when flows hold all it has. */
static bool make_room_at(struct ul_heard_table *t, const struct ul_addr *addr)
{
	struct ul_heard *h = NULL, *first = NULL;
	unsigned int count = 0;

	while ((h = ul_heard_find(t, addr, h)) != NULL) {
		count++;
		if (!h->held && (!first || h->until_us < first->until_us))
			first = h;
	}
	if (count < UL_HEARD_NAMES_MAX)
		return true;
	if (first)
		forget(first);
	return first != NULL;
}

static struct ul_heard *add_new(struct ul_heard_table *t, const char *name,
				const struct ul_addr *addr)
{
	size_t len = strlen(name) + 1;
	struct ul_heard *h;

	if (!make_room_at(t, addr) || !make_room(t))
		return NULL;
	h = g_try_malloc0(sizeof(*h) + len);
	if (!h)
		return NULL;
	h->table = t;
	h->addr = *addr;
	memcpy(h->name, name, len);
	h->node.hash = hash_of(t, addr);
	ul_list_init(&h->order);
	ul_htab_insert(&t->by_addr, &h->node);
	return h;
}

void ul_heard_add(struct ul_heard_table *t, const char *name,
		  const struct ul_addr *addr, uint32_t ttl_s, int64_t now_us)
{
	int64_t ttl_us = MIN(ttl_s, UL_HEARD_TTL_MAX_S) * 1000000ll;
	int64_t until_us = now_us + MAX(ttl_us, UL_HEARD_FLOOR_US);
	struct ul_heard *h;

	sweep(t, now_us);
	h = find_name(t, name, addr);
	if (!h)
		h = add_new(t, name, addr);
	if (!h)
		return;
	h->until_us = MAX(h->until_us, until_us);
	ul_list_move_tail(&t->order, &h->order);
}

struct ul_heard *ul_heard_hold(struct ul_heard *h)
{
	if (h)
		h->held++;
	return h;
}

void ul_heard_release(struct ul_heard *h)
{
	if (h)
		h->held--;
}

size_t ul_heard_count(const struct ul_heard_table *t)
{
	return t->by_addr.count;
}

void ul_heard_each(const struct ul_heard_table *t, int64_t now_us,
		   void (*fn)(const struct ul_heard *h, void *arg), void *arg)
{
	for (const struct ul_list *n = t->order.next; n != &t->order;
	     n = n->next) {
		const struct ul_heard *h = ul_container_of(
			n, const struct ul_heard, order);

		if (ul_heard_is_fresh(h, now_us))
			fn(h, arg);
	}
}
