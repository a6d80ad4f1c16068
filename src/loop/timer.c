/* SPDX-License-Identifier: BSD-3-Clause */
/* timer.c - deadline heap */
#include "loop/timer.h"

#include <glib.h>

#define MIN_SLOTS 32

static bool is_before(const struct ul_timer *a, const struct ul_timer *b)
{
	if (a->deadline_us != b->deadline_us)
		return a->deadline_us < b->deadline_us;
	return a->seq < b->seq;
}

static void place(struct ul_timer_heap *h, size_t i, struct ul_timer *t)
{
	h->slot[i] = t;
	t->heap_index = i;
}

static void sift_up(struct ul_timer_heap *h, size_t i)
{
	struct ul_timer *t = h->slot[i];

	for (; i > 1 && is_before(t, h->slot[i / 2]); i /= 2)
		place(h, i, h->slot[i / 2]);
	place(h, i, t);
}

static void sift_down(struct ul_timer_heap *h, size_t i)
{
	struct ul_timer *t = h->slot[i];

	for (;;) {
		size_t child = i * 2;

		if (child > h->count)
			break;
		if (child < h->count &&
		    is_before(h->slot[child + 1], h->slot[child]))
			child++;
		if (is_before(t, h->slot[child]))
			break;
		place(h, i, h->slot[child]);
		i = child;
	}
	place(h, i, t);
}

void ul_timer_heap_fini(struct ul_timer_heap *h)
{
	for (size_t i = 1; i <= h->count; i++)
		h->slot[i]->heap_index = 0;
	g_free(h->slot);
	*h = (struct ul_timer_heap){ 0 };
}

void ul_timer_heap_set(struct ul_timer_heap *h, struct ul_timer *t,
		       int64_t deadline_us)
{
	t->deadline_us = deadline_us;
	t->seq = h->next_seq++;
	if (!t->heap_index) {
		if (h->count + 1 >= h->cap) {
			h->cap = h->cap ? h->cap * 2 : MIN_SLOTS;
			h->slot = g_renew(struct ul_timer *, h->slot, h->cap);
		}
		place(h, ++h->count, t);
	}
	sift_up(h, t->heap_index);
	sift_down(h, t->heap_index);
}

void ul_timer_heap_remove(struct ul_timer_heap *h, struct ul_timer *t)
{
	size_t i = t->heap_index;
	struct ul_timer *last;

	if (!i)
		return;
	t->heap_index = 0;
	last = h->slot[h->count--];
	if (last == t)
		return;
	place(h, i, last);
	sift_up(h, i);
	sift_down(h, last->heap_index);
}

struct ul_timer *ul_timer_heap_first(const struct ul_timer_heap *h)
{
	return h->count ? h->slot[1] : NULL;
}
