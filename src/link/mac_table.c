/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mac_table.c - where MACs were seen
 *
 * A MAC that has aged keeps its entry until somebody needs it: there is no
 * timer, so a quiet network costs nothing. Memory is taken for a new MAC
 * only, and is bounded by the limits of the places.
 *
 * Most frames are between few MACs, and a hash that guests cannot aim at
 * costs more than all else that is done for a small frame. So the MAC that a
 * place used last, at its list's tail, and the ones that were looked for last
 * are compared first. A guest that makes others miss there costs them a hash.
 */
#include "link/mac_table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/hash.h"
#include "base/htab.h"

#define NEVER_AGES INT64_MAX
#define RECENT 16		/* a power of two */

struct entry {
	struct ul_hnode node;
	struct ul_list link;		/* of its place */
	struct ul_mac_place *place;
	int64_t seen_us;
	uint8_t mac[6];
};

struct ul_mac_table {
	struct entry *recent[RECENT];	/* by the last byte; NULL: none */
	struct ul_hash_key key;
	struct ul_htab tab;
	int64_t age_us;
};

static struct entry *entry_of(const struct ul_list *link)
{
	return ul_container_of(link, struct entry, link);
}

struct ul_mac_table *ul_mac_table_new(int64_t age_us)
{
	struct ul_mac_table *t = g_new0(struct ul_mac_table, 1);

	ul_hash_key_random(&t->key);
	ul_htab_init(&t->tab);
	t->age_us = age_us;
	return t;
}

static struct entry **recent_of(struct ul_mac_table *t, const uint8_t mac[6])
{
	return &t->recent[mac[5] & (RECENT - 1)];
}

static void drop(struct ul_mac_table *t, struct entry *e)
{
	struct entry **recent = recent_of(t, e->mac);

	if (*recent == e)
		*recent = NULL;
	ul_htab_remove(&t->tab, &e->node);
	ul_list_remove(&e->link);
	e->place->count--;
	g_free(e);
}

void ul_mac_table_free(struct ul_mac_table *t)
{
	if (!t)
		return;
	assert(!t->tab.count);
	ul_htab_fini(&t->tab);
	g_free(t);
}

void ul_mac_place_init(struct ul_mac_place *place, unsigned int max)
{
	*place = (struct ul_mac_place){ .max = max };
	ul_list_init(&place->macs);
}

static struct entry *find(const struct ul_mac_table *t, const uint8_t mac[6],
			  uint64_t *hash)
{
	struct ul_hnode *n = NULL;

	*hash = ul_hash(&t->key, mac, 6);
	while ((n = ul_htab_find(&t->tab, *hash, n)) != NULL) {
		struct entry *e = ul_container_of(n, struct entry, node);

		if (!memcmp(e->mac, mac, 6))
			return e;
	}
	return NULL;
}

static bool has_aged(const struct ul_mac_table *t, const struct entry *e,
		     int64_t now_us)
{
	return e->seen_us != NEVER_AGES && now_us - e->seen_us >= t->age_us;
}

static void touch(struct entry *e, int64_t now_us)
{
	if (e->seen_us == NEVER_AGES)
		return;
	e->seen_us = now_us;
	ul_list_move_tail(&e->place->macs, &e->link);
}

/* The one that was seen longest ago and may be forgotten, or NULL. */
static struct entry *oldest(const struct ul_mac_place *place)
{
	const struct ul_list *n;

	for (n = place->macs.next; n != &place->macs; n = n->next)
		if (entry_of(n)->seen_us != NEVER_AGES)
			return entry_of(n);
	return NULL;
}

static bool make_room(struct ul_mac_table *t, struct ul_mac_place *place,
		      int64_t now_us)
{
	struct entry *e;

	if (place->count < place->max)
		return true;
	e = oldest(place);
	if (!e || (!place->does_evict && !has_aged(t, e, now_us)))
		return false;
	drop(t, e);
	return place->count < place->max;
}

static int add(struct ul_mac_table *t, struct ul_mac_place *place,
	       const uint8_t mac[6], uint64_t hash, int64_t now_us)
{
	struct entry *e;

	if (!make_room(t, place, now_us))
		return -ENOSPC;
	e = g_try_new0(struct entry, 1);
	if (!e)
		return -ENOSPC;
	e->node.hash = hash;
	e->place = place;
	e->seen_us = now_us;
	memcpy(e->mac, mac, 6);
	ul_htab_insert(&t->tab, &e->node);
	ul_list_append(&place->macs, &e->link);
	place->count++;
	return 0;
}

/* Is @mac what @place used last? Its entry, or NULL. */
static struct entry *used_last(const struct ul_mac_place *place,
			       const uint8_t mac[6])
{
	struct entry *e;

	if (ul_list_is_empty(&place->macs))
		return NULL;
	e = entry_of(place->macs.prev);
	return memcmp(e->mac, mac, 6) ? NULL : e;
}

enum ul_mac_seen ul_mac_table_see(struct ul_mac_table *t,
				  struct ul_mac_place *place,
				  const uint8_t mac[6], int64_t now_us,
				  struct ul_mac_place **other)
{
	uint64_t hash;
	struct entry *e = used_last(place, mac);

	if (!e)
		e = find(t, mac, &hash);
	if (e && e->place == place) {
		touch(e, now_us);
		return UL_MAC_HERE;
	}
	if (e && !has_aged(t, e, now_us)) {
		*other = e->place;
		return UL_MAC_ELSEWHERE;
	}
	if (e)
		drop(t, e);
	return add(t, place, mac, hash, now_us) < 0 ? UL_MAC_REFUSED
						    : UL_MAC_HERE;
}

int ul_mac_table_move(struct ul_mac_table *t, struct ul_mac_place *place,
		      const uint8_t mac[6], int64_t now_us)
{
	uint64_t hash;
	struct entry *e = find(t, mac, &hash);

	if (e && e->place == place) {
		touch(e, now_us);
		return 0;
	}
	if (!make_room(t, place, now_us))
		return -ENOSPC;
	if (e)
		drop(t, e);
	return add(t, place, mac, hash, now_us);
}

int ul_mac_table_fix(struct ul_mac_table *t, struct ul_mac_place *place,
		     const uint8_t mac[6])
{
	uint64_t hash;
	struct entry *e = find(t, mac, &hash);

	if (e)
		drop(t, e);
	e = oldest(place);
	if (e && place->count >= place->max)
		drop(t, e);
	return add(t, place, mac, hash, NEVER_AGES);
}

struct ul_mac_place *ul_mac_table_find(struct ul_mac_table *t,
				       const uint8_t mac[6], int64_t now_us)
{
	struct entry **recent = recent_of(t, mac);
	struct entry *e = *recent;
	uint64_t hash;

	if (!e || memcmp(e->mac, mac, 6))
		e = find(t, mac, &hash);
	if (e)
		*recent = e;
	return e && !has_aged(t, e, now_us) ? e->place : NULL;
}

void ul_mac_table_drop(struct ul_mac_table *t, const uint8_t mac[6])
{
	uint64_t hash;
	struct entry *e = find(t, mac, &hash);

	if (e)
		drop(t, e);
}

void ul_mac_table_forget(struct ul_mac_table *t, struct ul_mac_place *place)
{
	struct ul_list *n;

	while ((n = ul_list_first(&place->macs)) != NULL)
		drop(t, entry_of(n));
}

void ul_mac_table_each(const struct ul_mac_table *t,
		       const struct ul_mac_place *place, int64_t now_us,
		       void (*fn)(const uint8_t mac[6], void *arg), void *arg)
{
	const struct ul_list *n;

	for (n = place->macs.next; n != &place->macs; n = n->next)
		if (!has_aged(t, entry_of(n), now_us))
			fn(entry_of(n)->mac, arg);
}

size_t ul_mac_table_count(const struct ul_mac_table *t)
{
	return t->tab.count;
}
