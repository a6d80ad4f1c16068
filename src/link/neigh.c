/* SPDX-License-Identifier: BSD-3-Clause */
/* neigh.c - the router's neighbours */
#include "link/neigh.h"

#include <string.h>

#include <glib.h>

#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"

#define ASKED_SLOTS 64
#define ASK_INTERVAL_US 1000000

/* What one port has; exists only while it has something. */
struct port_use {
	struct ul_hnode node;
	struct ul_list all;		/* of the ports that there are */
	const void *port;
	unsigned int count;
	struct ul_list lru;		/* heard of longest ago first */
};

struct entry {
	struct ul_hnode node;
	struct ul_list lru, port_lru;
	struct port_use *use;
	struct ul_neigh neigh;
};

struct asked {
	struct ul_addr addr;
	int64_t at_us;
};

struct ul_neigh_table {
	struct ul_hash_key key;
	struct ul_htab tab;
	struct ul_htab ports;
	struct ul_list port_list;
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
	ul_htab_init(&t->ports);
	ul_list_init(&t->lru);
	ul_list_init(&t->port_list);
	return t;
}

static uint64_t port_hash(const struct ul_neigh_table *t, const void *port)
{
	return ul_hash(&t->key, &port, sizeof(port));
}

static struct port_use *find_port(const struct ul_neigh_table *t,
				  const void *port, uint64_t hash)
{
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&t->ports, hash, n)) != NULL) {
		struct port_use *u = ul_container_of(n, struct port_use, node);

		if (u->port == port)
			return u;
	}
	return NULL;
}

static void leave_port(struct ul_neigh_table *t, struct entry *e)
{
	struct port_use *u = e->use;

	ul_list_remove(&e->port_lru);
	if (--u->count)
		return;
	ul_htab_remove(&t->ports, &u->node);
	ul_list_remove(&u->all);
	g_free(u);
}

static void drop(struct ul_neigh_table *t, struct entry *e)
{
	if (t->last == e)
		t->last = NULL;
	ul_htab_remove(&t->tab, &e->node);
	ul_list_remove(&e->lru);
	leave_port(t, e);
	g_free(e);
}

/* Hear of @e at @port; the port's oldest makes room. */
static void join_port(struct ul_neigh_table *t, struct entry *e,
		      const void *port)
{
	uint64_t hash = port_hash(t, port);
	struct port_use *u = find_port(t, port, hash);

	if (!u) {
		u = g_new0(struct port_use, 1);
		u->port = port;
		u->node.hash = hash;
		ul_list_init(&u->lru);
		ul_htab_insert(&t->ports, &u->node);
		ul_list_append(&t->port_list, &u->all);
	} else if (u->count >= UL_NEIGH_PER_PORT) {
		drop(t, ul_container_of(ul_list_first(&u->lru), struct entry,
					port_lru));
	}
	u->count++;
	ul_list_append(&u->lru, &e->port_lru);
	e->use = u;
	e->neigh.port = port;
}

/* What is asked for next is asked at once: the guest may be back already. */
void ul_neigh_forget_port(struct ul_neigh_table *t, const void *port)
{
	struct port_use *u = find_port(t, port, port_hash(t, port));

	for (unsigned int left = u ? u->count : 0; left; left--)
		drop(t, ul_container_of(u->lru.next, struct entry, port_lru));
	memset(t->asked, 0, sizeof(t->asked));
}

void ul_neigh_table_free(struct ul_neigh_table *t)
{
	struct ul_list *n;

	if (!t)
		return;
	while ((n = ul_list_first(&t->lru)) != NULL)
		drop(t, ul_container_of(n, struct entry, lru));
	ul_htab_fini(&t->tab);
	ul_htab_fini(&t->ports);
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
		    const uint8_t mac[6], uint16_t shown, const void *port)
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
		ul_list_init(&e->port_lru);
		ul_htab_insert(&t->tab, &e->node);
		join_port(t, e, port);
	} else if (e->neigh.port != port) {
		leave_port(t, e);
		join_port(t, e, port);
	}
	if (memcmp(e->neigh.mac, mac, 6)) {
		/* Another machine, which has shown nothing yet. */
		memcpy(e->neigh.mac, mac, 6);
		e->neigh.mtu = UL_NEIGH_MTU_UNKNOWN;
	}
	if (shown > e->neigh.mtu)
		e->neigh.mtu = shown;
	ul_list_move_tail(&t->lru, &e->lru);
	ul_list_move_tail(&e->use->lru, &e->port_lru);
}

const struct ul_neigh *ul_neigh_find(struct ul_neigh_table *t,
				     const struct ul_addr *addr)
{
	uint64_t hash;
	struct entry *e = find(t, addr, &hash);

	return e ? &e->neigh : NULL;
}

void ul_neigh_each_at(const struct ul_neigh_table *t, const void *port,
		      bool (*fn)(const struct ul_neigh *neigh, void *arg),
		      void *arg)
{
	const struct port_use *u = find_port(t, port, port_hash(t, port));
	const struct ul_list *n = u ? u->lru.prev : NULL;

	for (; u && n != &u->lru; n = n->prev)
		if (!fn(&ul_container_of(n, struct entry, port_lru)->neigh,
			arg))
			return;
}

void ul_neigh_each_port(const struct ul_neigh_table *t,
			void (*fn)(const void *port, void *arg), void *arg)
{
	const struct ul_list *n = t->port_list.next;

	for (; n != &t->port_list; n = n->next)
		fn(ul_container_of(n, struct port_use, all)->port, arg);
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
