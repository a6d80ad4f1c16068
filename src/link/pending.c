/* SPDX-License-Identifier: BSD-3-Clause */
/* pending.c - packets that wait until their neighbour is found */
#include "link/pending.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/list.h"

struct slot {
	struct ul_list node;		/* of waiting or unused */
	struct ul_addr addr;
	int64_t since_us;
	unsigned int count;
	struct ul_piece piece[UL_PORT_PIECES_MAX];
	uint8_t head[UL_PORT_HEAD_MAX];	/* copied pieces, one by one */
};

struct ul_pending {
	struct ul_list waiting;		/* oldest first */
	struct ul_list unused;
	struct slot slot[UL_PENDING_MAX];
};

struct ul_pending *ul_pending_new(void)
{
	struct ul_pending *p = g_new0(struct ul_pending, 1);

	ul_list_init(&p->waiting);
	ul_list_init(&p->unused);
	for (int i = 0; i < UL_PENDING_MAX; i++)
		ul_list_append(&p->unused, &p->slot[i].node);
	return p;
}

void ul_pending_free(struct ul_pending *p)
{
	if (!p)
		return;
	ul_pending_clear(p);
	g_free(p);
}

static struct slot *slot_of(struct ul_list *n)
{
	return ul_container_of(n, struct slot, node);
}

static void drop(struct ul_pending *p, struct slot *s)
{
	for (unsigned int i = 0; i < s->count; i++)
		ul_buf_unref(s->piece[i].buf);
	ul_list_move_tail(&p->unused, &s->node);
}

static void drop_expired(struct ul_pending *p, int64_t now_us)
{
	struct ul_list *n;

	while ((n = ul_list_first(&p->waiting)) != NULL &&
	       now_us - slot_of(n)->since_us >= UL_PENDING_US)
		drop(p, slot_of(n));
}

/* Make room for one more packet for @addr. */
static void drop_oldest(struct ul_pending *p, const struct ul_addr *addr)
{
	struct slot *oldest = NULL;
	struct ul_list *n, *tmp;
	unsigned int same = 0;

	ul_list_for_each_safe(n, tmp, &p->waiting) {
		if (!ul_addr_eq(&slot_of(n)->addr, addr))
			continue;
		if (!same++)
			oldest = slot_of(n);
	}
	if (same >= UL_PENDING_PER_ADDR)
		drop(p, oldest);
	if (ul_list_is_empty(&p->unused))
		drop(p, slot_of(ul_list_first(&p->waiting)));
}

static size_t copied_len(const struct ul_piece *piece, unsigned int count)
{
	size_t len = 0;

	for (unsigned int i = 0; i < count; i++)
		len += piece[i].buf ? 0 : piece[i].len;
	return len;
}

static void fill(struct slot *s, const struct ul_piece *piece,
		 unsigned int count)
{
	size_t used = 0;

	s->count = count;
	for (unsigned int i = 0; i < count; i++) {
		s->piece[i] = piece[i];
		if (piece[i].buf) {
			ul_buf_ref(piece[i].buf);
			continue;
		}
		s->piece[i].data = s->head + used;
		if (piece[i].len)
			memcpy(s->head + used, piece[i].data, piece[i].len);
		used += piece[i].len;
	}
}

int ul_pending_put(struct ul_pending *p, const struct ul_addr *addr,
		   const struct ul_piece *piece, unsigned int count,
		   int64_t now_us)
{
	struct slot *s;

	if (count > UL_PORT_PIECES_MAX ||
	    copied_len(piece, count) > UL_PORT_HEAD_MAX)
		return -EMSGSIZE;
	drop_expired(p, now_us);
	drop_oldest(p, addr);
	s = slot_of(ul_list_first(&p->unused));
	s->addr = *addr;
	s->since_us = now_us;
	fill(s, piece, count);
	ul_list_move_tail(&p->waiting, &s->node);
	return 0;
}

/*
 * The packets are set apart first: what @fn puts in for the same address is
 * not handed to it again, and cannot make room at the cost of these.
 */
void ul_pending_take(struct ul_pending *p, const struct ul_addr *addr,
		     int64_t now_us, ul_pending_fn fn, void *arg)
{
	struct ul_list found, *n, *tmp;

	if (ul_list_is_empty(&p->waiting))
		return;
	drop_expired(p, now_us);
	ul_list_init(&found);
	ul_list_for_each_safe(n, tmp, &p->waiting)
		if (ul_addr_eq(&slot_of(n)->addr, addr))
			ul_list_move_tail(&found, n);
	while ((n = ul_list_first(&found)) != NULL) {
		fn(slot_of(n)->piece, slot_of(n)->count, arg);
		drop(p, slot_of(n));
	}
}

void ul_pending_clear(struct ul_pending *p)
{
	struct ul_list *n;

	while ((n = ul_list_first(&p->waiting)) != NULL)
		drop(p, slot_of(n));
}
