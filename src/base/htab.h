/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * htab.h - hash table of nodes that their owners embed
 *
 * Chained, doubled when it holds as many nodes as buckets, a few buckets per
 * insertion: no single packet pays for a whole table.
 */
#ifndef UL_BASE_HTAB_H
#define UL_BASE_HTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ul_hnode {
	struct ul_hnode *next;
	uint64_t hash;
};

struct ul_htab {
	struct ul_hnode **bucket;
	struct ul_hnode **old;		/* while growing: half as many */
	size_t mask;			/* buckets - 1 */
	size_t moved;			/* old buckets already moved */
	size_t count;
};

void ul_htab_init(struct ul_htab *t);
/* The nodes are their owners'. */
void ul_htab_fini(struct ul_htab *t);

/* @n->hash is set by the caller. The key must not be in the table. */
void ul_htab_insert(struct ul_htab *t, struct ul_hnode *n);
void ul_htab_remove(struct ul_htab *t, struct ul_hnode *n);

/*
 * Walk the nodes whose hash is @hash: start with @prev NULL, go on with the
 * last answer; NULL at the end. The caller compares keys.
 */
struct ul_hnode *ul_htab_find(const struct ul_htab *t, uint64_t hash,
			      const struct ul_hnode *prev);

#endif
