/* SPDX-License-Identifier: BSD-3-Clause */
/* neigh.c - the router's neighbours */
#include "link/neigh.h"

#include <string.h>

#include <glib.h>

#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"

#define ASKED_SLOTS 16
#define ASK_INTERVAL_US 1000000

struct entry {
	struct ul_hnode node;
	struct ul_list lru;
	struct ul_neigh neigh;
};

struct asked {
	struct ul_addr addr;
	int64_t at_us;
};

struct ul_neigh_table {
	struct ul_hash_key key;
	struct ul_htab tab;
	struct ul_list lru;		/* heard of longest ago first */
	struct entry *last;		/* the one asked for last: bulk flows */
	struct asked asked[ASKED_SLOTS];
	unsigned int next_asked;
};

struct ul_neigh_table *ul_neigh_table_new(void)
{
	struct ul_neigh_table *t = g_new0(struct ul_neigh_table, 1);

	ul_hash_key_random(&t->key);
	ul_htab_init(&t->tab);
	ul_list_init(&t->lru);
	return t;
}

static void drop(struct ul_neigh_table *t, struct entry *e)
{
	if (t->last == e)
		t->last = NULL;
	ul_htab_remove(&t->tab, &e->node);
	ul_list_remove(&e->lru);
	g_free(e);
}

void ul_neigh_table_clear(struct ul_neigh_table *t)
{
	struct ul_list *n;

	while ((n = ul_list_first(&t->lru)) != NULL)
		drop(t, ul_container_of(n, struct entry, lru));
	memset(t->asked, 0, sizeof(t->asked));
}

void ul_neigh_table_free(struct ul_neigh_table *t)
{
	if (!t)
		return;
	ul_neigh_table_clear(t);
	ul_htab_fini(&t->tab);
	g_free(t);
}

static struct entry *find(struct ul_neigh_table *t, const struct ul_addr *addr,
			  uint64_t *hash)
{
	struct ul_hnode *n = NULL;

	if (t->last && ul_addr_eq(&t->last->neigh.addr, addr))
		return t->last;
	*hash = ul_hash(&t->key, addr, sizeof(*addr));
	while ((n = ul_htab_find(&t->tab, *hash, n)) != NULL) {
		struct entry *e = ul_container_of(n, struct entry, node);

		if (ul_addr_eq(&e->neigh.addr, addr)) {
			t->last = e;
			return e;
		}
	}
	return NULL;
}

void ul_neigh_learn(struct ul_neigh_table *t, const struct ul_addr *addr,
		    const uint8_t mac[6], uint16_t shown)
{
	uint64_t hash = 0;
	struct entry *e = find(t, addr, &hash);

	if (!e) {
		if (t->tab.count >= UL_NEIGH_MAX)
			drop(t, ul_container_of(ul_list_first(&t->lru),
						struct entry, lru));
		e = g_new0(struct entry, 1);
		e->neigh.addr = *addr;
		e->neigh.mtu = UL_NEIGH_MTU_UNKNOWN;
		e->node.hash = hash;
		ul_list_init(&e->lru);
		ul_htab_insert(&t->tab, &e->node);
	}
	if (memcmp(e->neigh.mac, mac, 6)) {
		/* Another machine, which has shown nothing yet. */
		memcpy(e->neigh.mac, mac, 6);
		e->neigh.mtu = UL_NEIGH_MTU_UNKNOWN;
	}
	if (shown > e->neigh.mtu)
		e->neigh.mtu = shown;
	ul_list_move_tail(&t->lru, &e->lru);
}

const struct ul_neigh *ul_neigh_find(struct ul_neigh_table *t,
				     const struct ul_addr *addr)
{
	uint64_t hash;
	struct entry *e = find(t, addr, &hash);

	return e ? &e->neigh : NULL;
}

bool ul_neigh_may_ask(struct ul_neigh_table *t, const struct ul_addr *addr,
		      int64_t now_us)
{
	for (unsigned int i = 0; i < ASKED_SLOTS; i++) {
		if (ul_addr_eq(&t->asked[i].addr, addr)) {
			if (now_us - t->asked[i].at_us < ASK_INTERVAL_US)
				return false;
			t->asked[i].at_us = now_us;
			return true;
		}
	}
	t->asked[t->next_asked] = (struct asked){ *addr, now_us };
	t->next_asked = (t->next_asked + 1) % ASKED_SLOTS;
	return true;
}
