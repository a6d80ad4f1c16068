/* SPDX-License-Identifier: BSD-3-Clause */
/* holes.c - which of the bytes sent the guest still misses */
#include "stack/holes.h"

#include <string.h>

#include <glib.h>

#define CAP_START 8

void ul_holes_reset(struct ul_holes *h, uint32_t una)
{
	g_free(h->hole);
	*h = (struct ul_holes){ .top = una };
}

static void note_had(struct ul_holes *h, const struct ul_hole *hole,
		     uint32_t end)
{
	if (!hole->order || ul_seq_lt(hole->order, h->had_order))
		return;
	if (hole->order != h->had_order || ul_seq_lt(h->had_end, end))
		h->had_end = end;
	h->had_order = hole->order;
}

static void drop(struct ul_holes *h, unsigned int i, unsigned int n)
{
	memmove(&h->hole[i], &h->hole[i + n],
		(h->count - i - n) * sizeof(*h->hole));
	h->count -= n;
}

/* Room for one more at @i, whose content is what was there. */
static bool insert(struct ul_holes *h, unsigned int i)
{
	if (h->count == UL_HOLES_MAX)
		return false;
	if (h->count == h->cap) {
		unsigned int cap = h->cap ? 2 * h->cap : CAP_START;
		struct ul_hole *more = g_try_renew(struct ul_hole, h->hole,
						   cap);

		if (!more)
			return false;
		h->hole = more;
		h->cap = cap;
	}
	memmove(&h->hole[i + 1], &h->hole[i],
		(h->count - i) * sizeof(*h->hole));
	h->count++;
	return true;
}

static void set_start(struct ul_hole *hole, uint32_t start)
{
	hole->start = start;
	if (ul_seq_lt(hole->next, start))
		hole->next = start;
}

static void set_end(struct ul_hole *hole, uint32_t end)
{
	hole->end = end;
	if (ul_seq_lt(end, hole->next))
		hole->next = end;
}

void ul_holes_acked(struct ul_holes *h, uint32_t una)
{
	unsigned int gone = 0;

	while (gone < h->count && !ul_seq_lt(una, h->hole[gone].end)) {
		note_had(h, &h->hole[gone], h->hole[gone].end);
		gone++;
	}
	if (gone)
		drop(h, 0, gone);
	if (h->count && ul_seq_lt(h->hole[0].start, una)) {
		note_had(h, &h->hole[0], una);
		set_start(&h->hole[0], una);
	}
	if (!h->count || ul_seq_lt(h->top, una))
		h->top = una;
}

/* What is new above the top leaves a hole below it. */
static void raise_top(struct ul_holes *h, uint32_t left, uint32_t right)
{
	uint32_t bottom = h->top;

	h->top = right;
	if (!ul_seq_lt(bottom, left))
		return;
	if (insert(h, h->count))
		h->hole[h->count - 1] = (struct ul_hole){
			.start = bottom, .end = left, .next = bottom,
		};
	else if (h->count)
		h->hole[h->count - 1].end = left;
	else
		h->top = bottom;	/* as if it had not been said */
}

/* Take @left to @right out of hole @i, which it overlaps. */
static void fill(struct ul_holes *h, unsigned int i, uint32_t left,
		 uint32_t right)
{
	struct ul_hole *hole = &h->hole[i];
	bool starts_before = ul_seq_lt(hole->start, left);
	bool ends_behind = ul_seq_lt(right, hole->end);

	note_had(h, hole, ends_behind ? right : hole->end);
	if (!starts_before && !ends_behind) {
		drop(h, i, 1);
	} else if (!starts_before) {
		set_start(hole, right);
	} else if (!ends_behind) {
		set_end(hole, left);
	} else if (insert(h, i)) {
		set_end(&h->hole[i], left);
		set_start(&h->hole[i + 1], right);
	}
}

bool ul_holes_had(struct ul_holes *h, uint32_t left, uint32_t right)
{
	bool is_news = ul_seq_lt(h->top, right);

	/* From the top down: dropping one moves only those that were seen. */
	for (unsigned int i = h->count; i-- > 0;) {
		if (!ul_seq_lt(left, h->hole[i].end))
			break;
		if (!ul_seq_lt(h->hole[i].start, right))
			continue;
		is_news = true;
		fill(h, i, left, right);
	}
	if (ul_seq_lt(h->top, right))
		raise_top(h, left, right);
	return is_news;
}

void ul_holes_doubt(struct ul_holes *h, uint32_t una, uint32_t end)
{
	h->count = 0;
	h->top = end;
	if (insert(h, 0))
		h->hole[0] = (struct ul_hole){
			.start = una, .end = end, .next = una,
		};
	else
		h->top = una;
}

unsigned int ul_holes_lost(const struct ul_holes *h, uint32_t bytes)
{
	uint32_t had = 0, above = h->top;
	unsigned int i = h->count;

	while (i) {
		had += above - h->hole[i - 1].end;
		if (had >= bytes)
			break;
		above = h->hole[--i].start;
	}
	return i;
}

bool ul_holes_retry(struct ul_holes *h, unsigned int i, uint32_t bytes,
		    int64_t before_us)
{
	struct ul_hole *hole = &h->hole[i];
	bool later_came = ul_seq_lt(hole->order, h->had_order) ||
			  (hole->order == h->had_order &&
			   !ul_seq_lt(h->had_end, hole->end));
	bool newer_came = (int32_t)(h->top - hole->mark) >= (int32_t)bytes;

	if (!hole->order || hole->sent_us > before_us ||
	    (!later_came && !newer_came))
		return false;
	hole->order = 0;
	hole->next = hole->start;
	return true;
}

void ul_holes_sent(struct ul_holes *h, unsigned int i, uint32_t len,
		   uint32_t mark, int64_t now_us)
{
	struct ul_hole *hole = &h->hole[i];

	if (hole->next == hole->start || !hole->order) {
		if (!++h->order)
			h->order = 1;
		hole->order = h->order;
	}
	hole->next += len;
	hole->mark = mark;
	hole->sent_us = now_us;
}
