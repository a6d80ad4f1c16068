/* SPDX-License-Identifier: BSD-3-Clause */
/* addr_book.c - which guest's MAC has which IP address */
#include "link/addr_book.h"

#include <string.h>

#include <glib.h>

#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"

struct guest {
	struct ul_hnode node;
	struct ul_list lru;
	struct ul_list entries;		/* heard of longest ago first */
	unsigned int count;
	int64_t heard_us;
	uint8_t mac[6];
};

struct entry {
	struct ul_hnode node;
	struct ul_list of_guest;
	struct guest *guest;
	struct ul_addr addr;
	int64_t heard_us;
};

struct ul_addr_book {
	struct ul_hash_key key;
	struct ul_htab guests, entries;
	struct ul_list lru;		/* guests, longest silent first */
};

struct ul_addr_book *ul_addr_book_new(void)
{
	struct ul_addr_book *b = g_new0(struct ul_addr_book, 1);

	ul_hash_key_random(&b->key);
	ul_htab_init(&b->guests);
	ul_htab_init(&b->entries);
	ul_list_init(&b->lru);
	return b;
}

static void drop_entry(struct ul_addr_book *b, struct entry *e)
{
	ul_htab_remove(&b->entries, &e->node);
	ul_list_remove(&e->of_guest);
	e->guest->count--;
	g_free(e);
}

static void drop_oldest(struct ul_addr_book *b, struct guest *g)
{
	drop_entry(b, ul_container_of(ul_list_first(&g->entries), struct entry,
				      of_guest));
}

static void drop_guest(struct ul_addr_book *b, struct guest *g)
{
	while (g->count)
		drop_oldest(b, g);
	ul_htab_remove(&b->guests, &g->node);
	ul_list_remove(&g->lru);
	g_free(g);
}

void ul_addr_book_free(struct ul_addr_book *b)
{
	struct ul_list *n;

	if (!b)
		return;
	while ((n = ul_list_first(&b->lru)) != NULL)
		drop_guest(b, ul_container_of(n, struct guest, lru));
	ul_htab_fini(&b->guests);
	ul_htab_fini(&b->entries);
	g_free(b);
}

static bool is_old(int64_t heard_us, int64_t now_us)
{
	return now_us - heard_us > UL_ADDR_BOOK_AGE_US;
}

static struct guest *find_guest(const struct ul_addr_book *b,
				const uint8_t mac[6], uint64_t hash)
{
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&b->guests, hash, n)) != NULL) {
		struct guest *g = ul_container_of(n, struct guest, node);

		if (!memcmp(g->mac, mac, sizeof(g->mac)))
			return g;
	}
	return NULL;
}

/* The guest with @mac, made when it is new. */
static struct guest *hear_guest(struct ul_addr_book *b, const uint8_t mac[6],
				int64_t now_us)
{
	uint64_t hash = ul_hash(&b->key, mac, 6);
	struct guest *g = find_guest(b, mac, hash);

	if (!g) {
		if (b->guests.count >= UL_ADDR_BOOK_GUESTS)
			drop_guest(b, ul_container_of(ul_list_first(&b->lru),
						      struct guest, lru));
		g = g_new0(struct guest, 1);
		g->node.hash = hash;
		memcpy(g->mac, mac, sizeof(g->mac));
		ul_list_init(&g->lru);
		ul_list_init(&g->entries);
		ul_htab_insert(&b->guests, &g->node);
	}
	ul_list_move_tail(&b->lru, &g->lru);
	g->heard_us = now_us;
	return g;
}

static struct entry *find_entry(const struct ul_addr_book *b,
				const struct ul_addr *addr, uint64_t hash)
{
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&b->entries, hash, n)) != NULL) {
		struct entry *e = ul_container_of(n, struct entry, node);

		if (ul_addr_eq(&e->addr, addr))
			return e;
	}
	return NULL;
}

static void add(struct ul_addr_book *b, struct guest *g,
		const struct ul_addr *addr, uint64_t hash, int64_t now_us)
{
	struct entry *e;

	if (g->count >= UL_ADDR_BOOK_PER_GUEST)
		drop_oldest(b, g);
	e = g_new0(struct entry, 1);
	e->node.hash = hash;
	e->addr = *addr;
	e->guest = g;
	e->heard_us = now_us;
	ul_list_append(&g->entries, &e->of_guest);
	g->count++;
	ul_htab_insert(&b->entries, &e->node);
}

static void learn(struct ul_addr_book *b, const struct ul_addr *addr,
		  const uint8_t mac[6], bool is_claim, int64_t now_us)
{
	uint64_t hash = ul_hash(&b->key, addr, sizeof(*addr));
	struct guest *g = hear_guest(b, mac, now_us);
	struct entry *e = find_entry(b, addr, hash);

	if (e && e->guest != g) {
		if (!is_claim && !is_old(e->heard_us, now_us))
			return;
		drop_entry(b, e);
		e = NULL;
	}
	if (!e) {
		add(b, g, addr, hash, now_us);
		return;
	}
	e->heard_us = now_us;
	ul_list_move_tail(&g->entries, &e->of_guest);
}

void ul_addr_book_hear_mac(struct ul_addr_book *b, const uint8_t mac[6],
			   int64_t now_us)
{
	hear_guest(b, mac, now_us);
}

void ul_addr_book_claim(struct ul_addr_book *b, const struct ul_addr *addr,
			const uint8_t mac[6], int64_t now_us)
{
	learn(b, addr, mac, true, now_us);
}

void ul_addr_book_hear(struct ul_addr_book *b, const struct ul_addr *addr,
		       const uint8_t mac[6], int64_t now_us)
{
	learn(b, addr, mac, false, now_us);
}

const uint8_t *ul_addr_book_find(struct ul_addr_book *b,
				 const struct ul_addr *addr, int64_t now_us)
{
	uint64_t hash = ul_hash(&b->key, addr, sizeof(*addr));
	struct entry *e = find_entry(b, addr, hash);

	if (!e)
		return NULL;
	if (is_old(e->heard_us, now_us)) {
		drop_entry(b, e);
		return NULL;
	}
	return e->guest->mac;
}

bool ul_addr_book_knows(struct ul_addr_book *b, const uint8_t mac[6],
			int64_t now_us)
{
	struct guest *g = find_guest(b, mac, ul_hash(&b->key, mac, 6));

	return g && !is_old(g->heard_us, now_us);
}

size_t ul_addr_book_count(const struct ul_addr_book *b)
{
	return b->entries.count;
}
