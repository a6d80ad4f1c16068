/* SPDX-License-Identifier: BSD-3-Clause */
/* lease_map.c - which MAC an address belongs to */
#include "link/lease_map.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"

struct entry {
	struct ul_hnode node;
	struct ul_list link;
	struct ul_addr addr;
	uint8_t mac[6];
};

struct ul_lease_map {
	struct ul_hash_key key;
	struct ul_htab tab;
	struct ul_list all;
	size_t max;
};

struct ul_lease_map *ul_lease_map_new(size_t max)
{
	struct ul_lease_map *map = g_new0(struct ul_lease_map, 1);

	ul_hash_key_random(&map->key);
	ul_htab_init(&map->tab);
	ul_list_init(&map->all);
	map->max = max;
	return map;
}

static void drop(struct ul_lease_map *map, struct entry *e)
{
	ul_htab_remove(&map->tab, &e->node);
	ul_list_remove(&e->link);
	g_free(e);
}

void ul_lease_map_free(struct ul_lease_map *map)
{
	struct ul_list *n;

	if (!map)
		return;
	while ((n = ul_list_first(&map->all)) != NULL)
		drop(map, ul_container_of(n, struct entry, link));
	ul_htab_fini(&map->tab);
	g_free(map);
}

static struct entry *find(const struct ul_lease_map *map,
			  const struct ul_addr *addr, uint64_t *hash)
{
	struct ul_hnode *n = NULL;

	*hash = ul_hash(&map->key, addr, sizeof(*addr));
	while ((n = ul_htab_find(&map->tab, *hash, n)) != NULL) {
		struct entry *e = ul_container_of(n, struct entry, node);

		if (ul_addr_eq(&e->addr, addr))
			return e;
	}
	return NULL;
}

int ul_lease_map_set(struct ul_lease_map *map, const struct ul_addr *addr,
		     const uint8_t mac[6])
{
	uint64_t hash;
	struct entry *e = find(map, addr, &hash);

	if (!e) {
		if (map->tab.count >= map->max)
			return -ENOSPC;
		e = g_try_new0(struct entry, 1);
		if (!e)
			return -ENOSPC;
		e->node.hash = hash;
		e->addr = *addr;
		ul_htab_insert(&map->tab, &e->node);
		ul_list_append(&map->all, &e->link);
	}
	memcpy(e->mac, mac, 6);
	return 0;
}

void ul_lease_map_drop(struct ul_lease_map *map, const struct ul_addr *addr)
{
	uint64_t hash;
	struct entry *e = find(map, addr, &hash);

	if (e)
		drop(map, e);
}

const uint8_t *ul_lease_map_find(const struct ul_lease_map *map,
				 const struct ul_addr *addr)
{
	uint64_t hash;
	const struct entry *e = find(map, addr, &hash);

	return e ? e->mac : NULL;
}
