/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mac_table.h - where MACs were seen
 *
 * Every MAC is at one place, a place has at most so many. A MAC that was not
 * heard of for a while counts as unknown, and is forgotten when its place
 * needs the room. Pure: time is an argument.
 */
#ifndef UL_LINK_MAC_TABLE_H
#define UL_LINK_MAC_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct ul_mac_table;

/* Where MACs are; embedded in its owner. */
struct ul_mac_place {
	struct ul_list macs;	/* seen longest ago first */
	unsigned int count, max;
	bool does_evict;	/* at max: forget the oldest, not refuse */
};

enum ul_mac_seen {
	UL_MAC_HERE,		/* known at this place, now or before */
	UL_MAC_ELSEWHERE,	/* at another: nothing was changed */
	UL_MAC_REFUSED,		/* the place has its limit */
};

/* @age_us: how long a MAC that is not heard of stays known. */
struct ul_mac_table *ul_mac_table_new(int64_t age_us);
/* The places stay their owners', and are empty. NULL is fine. */
void ul_mac_table_free(struct ul_mac_table *t);

void ul_mac_place_init(struct ul_mac_place *place, unsigned int max);

/*
 * @mac sent a frame from @place. *@other is written when it is
 * UL_MAC_ELSEWHERE.
 */
enum ul_mac_seen ul_mac_table_see(struct ul_mac_table *t,
				  struct ul_mac_place *place,
				  const uint8_t mac[6], int64_t now_us,
				  struct ul_mac_place **other);
/* @mac, wherever it was, is at @place now: 0, or -ENOSPC at its limit. */
int ul_mac_table_move(struct ul_mac_table *t, struct ul_mac_place *place,
		      const uint8_t mac[6], int64_t now_us);
/* The same by configuration: it does not age. */
int ul_mac_table_fix(struct ul_mac_table *t, struct ul_mac_place *place,
		     const uint8_t mac[6]);

/* Where @mac is; NULL when not known. */
struct ul_mac_place *ul_mac_table_find(struct ul_mac_table *t,
				       const uint8_t mac[6], int64_t now_us);

/* Forget one MAC, and all of a place. */
void ul_mac_table_drop(struct ul_mac_table *t, const uint8_t mac[6]);
void ul_mac_table_forget(struct ul_mac_table *t, struct ul_mac_place *place);

/* Call @fn for each MAC at @place that has not aged. */
void ul_mac_table_each(const struct ul_mac_table *t,
		       const struct ul_mac_place *place, int64_t now_us,
		       void (*fn)(const uint8_t mac[6], void *arg), void *arg);

/* MACs in the table, aged ones too. */
size_t ul_mac_table_count(const struct ul_mac_table *t);

#endif
