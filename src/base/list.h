/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * list.h - intrusive doubly linked list
 *
 * A head is a node that points at itself when empty. A node that is on no
 * list points at itself too, so removing twice is harmless.
 */
#ifndef UL_BASE_LIST_H
#define UL_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct ul_list {
	struct ul_list *prev, *next;
};

#define ul_container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* Walk @head; @pos may be removed in the body, other nodes may not. */
#define ul_list_for_each_safe(pos, tmp, head)				\
	for (pos = (head)->next, tmp = pos->next; pos != (head);	\
	     pos = tmp, tmp = pos->next)

static inline void ul_list_init(struct ul_list *l)
{
	l->prev = l->next = l;
}

static inline bool ul_list_is_empty(const struct ul_list *l)
{
	return l->next == l;
}

/* Is node @n on a list? The same test as for an empty head. */
static inline bool ul_list_is_linked(const struct ul_list *n)
{
	return n->next != n;
}

static inline void ul_list_append(struct ul_list *head, struct ul_list *n)
{
	n->prev = head->prev;
	n->next = head;
	head->prev->next = n;
	head->prev = n;
}

static inline void ul_list_remove(struct ul_list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	ul_list_init(n);
}

/* Move @n, linked or not, to the end of @head. */
static inline void ul_list_move_tail(struct ul_list *head, struct ul_list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	ul_list_append(head, n);
}

/* The first node, or NULL when empty. */
static inline struct ul_list *ul_list_first(const struct ul_list *head)
{
	return ul_list_is_empty(head) ? NULL : head->next;
}

#endif
