/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lease_map.h - which MAC an address belongs to
 *
 * An address belongs to one MAC, a MAC may have many addresses.
 */
#ifndef UL_LINK_LEASE_MAP_H
#define UL_LINK_LEASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct ul_lease_map;

/* With room for @max addresses. */
struct ul_lease_map *ul_lease_map_new(size_t max);
void ul_lease_map_free(struct ul_lease_map *map);

/* @addr belongs to @mac from now on. 0, or -ENOSPC with too many. */
int ul_lease_map_set(struct ul_lease_map *map, const struct ul_addr *addr,
		     const uint8_t mac[6]);
/* To nobody. Harmless when it did not belong to anybody. */
void ul_lease_map_drop(struct ul_lease_map *map, const struct ul_addr *addr);
/* Borrowed until the map changes; NULL when it belongs to nobody. */
const uint8_t *ul_lease_map_find(const struct ul_lease_map *map,
				 const struct ul_addr *addr);

#endif
