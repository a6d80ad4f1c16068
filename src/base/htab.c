/* SPDX-License-Identifier: BSD-3-Clause */
/* htab.c - hash table of nodes that their owners embed */
#include "base/htab.h"

#include <glib.h>

#define MIN_BUCKETS 64
#define MOVE_PER_INSERT 4

static void push(struct ul_hnode **bucket, size_t mask, struct ul_hnode *n)
{
	n->next = bucket[n->hash & mask];
	bucket[n->hash & mask] = n;
}

/* Move a few chains of the old table; free it after the last. */
static void move_some(struct ul_htab *t)
{
	size_t old_count = (t->mask + 1) / 2;

	for (int i = 0; i < MOVE_PER_INSERT && t->moved < old_count; i++) {
		struct ul_hnode *n = t->old[t->moved];

		t->old[t->moved++] = NULL;
		while (n) {
			struct ul_hnode *next = n->next;

			push(t->bucket, t->mask, n);
			n = next;
		}
	}
	if (t->moved == old_count) {
		g_free(t->old);
		t->old = NULL;
	}
}

/*
 * The chain of the current table, or of the old one where it has not moved.
 * New nodes always go to the current table, so an unmoved key has two.
 */
static struct ul_hnode **old_chain(const struct ul_htab *t, uint64_t hash)
{
	if (!t->old)
		return NULL;
	return &t->old[hash & t->mask >> 1];
}

static bool unlink_from(struct ul_hnode **link, struct ul_hnode *n)
{
	for (; *link; link = &(*link)->next) {
		if (*link == n) {
			*link = n->next;
			return true;
		}
	}
	return false;
}

void ul_htab_init(struct ul_htab *t)
{
	*t = (struct ul_htab){
		.bucket = g_new0(struct ul_hnode *, MIN_BUCKETS),
		.mask = MIN_BUCKETS - 1,
	};
}

void ul_htab_fini(struct ul_htab *t)
{
	g_free(t->bucket);
	g_free(t->old);
	*t = (struct ul_htab){ 0 };
}

void ul_htab_insert(struct ul_htab *t, struct ul_hnode *n)
{
	if (t->old)
		move_some(t);
	if (!t->old && t->count > t->mask) {
		t->old = t->bucket;
		t->moved = 0;
		t->mask = t->mask * 2 + 1;
		t->bucket = g_new0(struct ul_hnode *, t->mask + 1);
	}
	push(t->bucket, t->mask, n);
	t->count++;
}

void ul_htab_remove(struct ul_htab *t, struct ul_hnode *n)
{
	struct ul_hnode **old = old_chain(t, n->hash);

	if (unlink_from(&t->bucket[n->hash & t->mask], n) ||
	    (old && unlink_from(old, n)))
		t->count--;
	n->next = NULL;
}

static struct ul_hnode *first_with(struct ul_hnode *n, uint64_t hash)
{
	while (n && n->hash != hash)
		n = n->next;
	return n;
}

struct ul_hnode *ul_htab_find(const struct ul_htab *t, uint64_t hash,
			      const struct ul_hnode *prev)
{
	struct ul_hnode **old = old_chain(t, hash);
	struct ul_hnode *n;

	if (prev) {
		n = first_with(prev->next, hash);
		if (n || !old)
			return n;
		/* Was prev in the current table? Then the old one is next. */
		for (struct ul_hnode *o = *old; o; o = o->next)
			if (o == prev)
				return NULL;
		return first_with(*old, hash);
	}
	n = first_with(t->bucket[hash & t->mask], hash);
	if (!n && old)
		n = first_with(*old, hash);
	return n;
}
