/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_names.c - names with addresses, by name and by address */
#include "svc/dns_names.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "base/list.h"

struct entry {
	struct ul_list all;
	char *name;
	struct ul_addr addr[UL_DNS_NAME_ADDRS];
	size_t count;
};

struct ul_dns_names {
	size_t max;
	GHashTable *by_name;		/* of struct entry, owned */
	GHashTable *by_addr;		/* the first that has it; borrowed */
	struct ul_list all;
};

static guint hash_addr(gconstpointer p)
{
	const struct ul_addr *a = p;
	guint h = 5381;

	for (size_t i = 0; i < sizeof(a->b); i++)
		h = h * 33 + a->b[i];
	return h;
}

static gboolean is_same_addr(gconstpointer a, gconstpointer b)
{
	return ul_addr_eq(a, b);
}

static void free_entry(gpointer p)
{
	struct entry *e = p;

	ul_list_remove(&e->all);
	g_free(e->name);
	g_free(e);
}

struct ul_dns_names *ul_dns_names_new(size_t max)
{
	struct ul_dns_names *n = g_new0(struct ul_dns_names, 1);

	n->max = max;
	n->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
					   free_entry);
	n->by_addr = g_hash_table_new_full(hash_addr, is_same_addr,
					   g_free, NULL);
	ul_list_init(&n->all);
	return n;
}

void ul_dns_names_free(struct ul_dns_names *n)
{
	if (!n)
		return;
	g_hash_table_unref(n->by_addr);
	g_hash_table_unref(n->by_name);
	g_free(n);
}

static ssize_t index_of(const struct entry *e, const struct ul_addr *addr)
{
	for (size_t i = 0; i < e->count; i++)
		if (ul_addr_eq(&e->addr[i], addr))
			return (ssize_t)i;
	return -1;
}

static struct entry *make_entry(struct ul_dns_names *n, const char *name)
{
	struct entry *e = g_new0(struct entry, 1);

	e->name = g_strdup(name);
	ul_list_append(&n->all, &e->all);
	g_hash_table_insert(n->by_name, e->name, e);
	return e;
}

int ul_dns_names_add(struct ul_dns_names *n, const char *name,
		     const struct ul_addr *addr)
{
	struct entry *e = g_hash_table_lookup(n->by_name, name);

	if (e && index_of(e, addr) >= 0)
		return -EEXIST;
	if (e ? e->count == UL_DNS_NAME_ADDRS :
		g_hash_table_size(n->by_name) >= n->max)
		return -ENOSPC;
	if (!e)
		e = make_entry(n, name);
	e->addr[e->count] = *addr;
	if (!g_hash_table_contains(n->by_addr, addr))
		g_hash_table_insert(n->by_addr,
				    g_memdup2(addr, sizeof(*addr)), e);
	e->count++;
	return 0;
}

/* Whoever else has it is who it leads to now. */
static void forget_addr(struct ul_dns_names *n, const struct ul_addr *addr)
{
	struct ul_list *l;

	g_hash_table_remove(n->by_addr, addr);
	for (l = n->all.next; l != &n->all; l = l->next) {
		struct entry *e = ul_container_of(l, struct entry, all);

		if (index_of(e, addr) < 0)
			continue;
		g_hash_table_insert(n->by_addr,
				    g_memdup2(addr, sizeof(*addr)), e);
		return;
	}
}

static void remove_at(struct ul_dns_names *n, struct entry *e, size_t i)
{
	struct ul_addr addr = e->addr[i];
	bool is_its = g_hash_table_lookup(n->by_addr, &addr) == e;

	e->count--;
	memmove(&e->addr[i], &e->addr[i + 1],
		(e->count - i) * sizeof(e->addr[0]));
	if (is_its)
		forget_addr(n, &addr);
}

int ul_dns_names_remove(struct ul_dns_names *n, const char *name,
			const struct ul_addr *addr)
{
	struct entry *e = g_hash_table_lookup(n->by_name, name);
	ssize_t i = e && addr ? index_of(e, addr) : 0;

	if (!e || i < 0)
		return -ENOENT;
	do {
		remove_at(n, e, (size_t)i);
	} while (!addr && e->count);
	if (!e->count)
		g_hash_table_remove(n->by_name, name);
	return 0;
}

size_t ul_dns_names_find(const struct ul_dns_names *n, const char *name,
			 struct ul_addr out[UL_DNS_NAME_ADDRS])
{
	const struct entry *e = g_hash_table_lookup(n->by_name, name);

	if (!e)
		return 0;
	memcpy(out, e->addr, e->count * sizeof(*out));
	return e->count;
}

const char *ul_dns_names_at(const struct ul_dns_names *n,
			    const struct ul_addr *addr)
{
	const struct entry *e = g_hash_table_lookup(n->by_addr, addr);

	return e ? e->name : NULL;
}

size_t ul_dns_names_count(const struct ul_dns_names *n)
{
	return g_hash_table_size(n->by_name);
}

void ul_dns_names_each(const struct ul_dns_names *n,
		       void (*fn)(const char *name,
				  const struct ul_addr *addr, void *arg),
		       void *arg)
{
	const struct ul_list *l;

	for (l = n->all.next; l != &n->all; l = l->next) {
		const struct entry *e = ul_container_of(l, struct entry, all);

		for (size_t i = 0; i < e->count; i++)
			fn(e->name, &e->addr[i], arg);
	}
}
