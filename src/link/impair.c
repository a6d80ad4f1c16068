/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * impair.c - a bad line, on purpose
 *
 * The queue is a ring of bytes: a record is a header and the frame behind it,
 * in one piece; one that would not fit before the ring's end begins at its
 * start, and the gap is marked. Pages are touched only as far as frames wait,
 * and go back when a long queue is over.
 *
 * Order is kept: with jitter a frame leaves no earlier than the one before.
 * Chance is a generator of our own (xorshift64*, Marsaglia 2003 and Vigna
 * 2016): a test that names its seed sees the same frames lost each time.
 */
#include "link/impair.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <glib.h>

#include "base/cursor.h"

#define ALIGN 8u
#define GAP UINT32_MAX		/* in place of a length: go to the start */
#define TRIM_BYTES (1u << 20)	/* a queue that was longer gives back */

struct record {
	int64_t due_us;
	uint32_t len;		/* or GAP */
	struct ul_offload offload;
};

struct ul_impair {
	struct ul_loop *loop;
	const struct ul_impair_handler *handler;
	void *arg;
	struct ul_impair_conf conf;
	uint64_t chance;
	struct ul_timer timer;
	uint8_t *ring;
	size_t head, tail;	/* first record, and behind the last */
	size_t used;		/* bytes, gaps too */
	size_t highest;		/* used, since it was empty */
	int64_t last_due_us;	/* of the last record */
	bool is_blocked;	/* release() said not now */
	bool is_releasing;
	bool is_dead;		/* freed while it was releasing */
	bool owes_room;
};

static void on_due(int64_t now_us, void *arg);

struct ul_impair *ul_impair_new(struct ul_loop *loop,
				const struct ul_impair_handler *handler,
				void *arg, uint64_t seed)
{
	struct ul_impair *i;
	uint8_t *ring = mmap(NULL, UL_IMPAIR_BYTES_MAX, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ring == MAP_FAILED)
		return NULL;
	i = g_new0(struct ul_impair, 1);
	i->ring = ring;
	i->loop = loop;
	i->handler = handler;
	i->arg = arg;
	i->chance = seed;
	ul_timer_init(&i->timer, on_due, i);
	return i;
}

void ul_impair_free(struct ul_impair *i)
{
	if (!i)
		return;
	ul_timer_cancel(i->loop, &i->timer);
	if (i->is_releasing) {
		i->is_dead = true;
		return;
	}
	munmap(i->ring, UL_IMPAIR_BYTES_MAX);
	g_free(i);
}

void ul_impair_set(struct ul_impair *i, const struct ul_impair_conf *conf)
{
	i->conf = *conf;
}

bool ul_impair_is_idle(const struct ul_impair *i)
{
	return !i->used && !i->conf.delay_us && !i->conf.jitter_us &&
	       !i->conf.loss_ppm;
}

static uint32_t draw(struct ul_impair *i)
{
	uint64_t x = i->chance;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	i->chance = x;
	return (uint32_t)(x * 0x2545f4914f6cdd1dull >> 32);
}

static bool is_lost(struct ul_impair *i)
{
	uint64_t limit = ((uint64_t)i->conf.loss_ppm << 32) /
			 UL_IMPAIR_CERTAIN;

	return i->conf.loss_ppm && draw(i) < limit;
}

/* When a frame that comes now leaves; @is_first: nothing waits before it. */
static int64_t due_us(struct ul_impair *i, bool is_first)
{
	int64_t now_us = ul_loop_now(i->loop);
	int64_t due = now_us + i->conf.delay_us;

	if (i->conf.jitter_us)
		due += (int64_t)((uint64_t)draw(i) *
				 (2 * (uint64_t)i->conf.jitter_us + 1) >> 32) -
		       i->conf.jitter_us;
	due = MAX(due, now_us);
	return is_first ? due : MAX(due, i->last_due_us);
}

static struct record *record_at(const struct ul_impair *i, size_t at)
{
	return (struct record *)(void *)(i->ring + at);
}

static size_t size_of(size_t len)
{
	return (sizeof(struct record) + len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* Room for @size bytes in one piece, at the tail; NULL when there is none. */
static struct record *reserve(struct ul_impair *i, size_t size)
{
	size_t rest = UL_IMPAIR_BYTES_MAX - i->tail;
	bool goes_round = size > rest;
	size_t gap = goes_round ? rest : 0;

	if (i->used + gap + size > UL_IMPAIR_BYTES_MAX)
		return NULL;
	if (goes_round) {
		if (gap >= sizeof(struct record))
			record_at(i, i->tail)->len = GAP;
		i->used += gap;
		i->tail = 0;
	}
	i->used += size;
	i->highest = MAX(i->highest, i->used);
	i->tail += size;
	return record_at(i, i->tail - size);
}

/* The first record, past a gap. Something waits. */
static struct record *first(struct ul_impair *i)
{
	size_t rest = UL_IMPAIR_BYTES_MAX - i->head;

	if (rest < sizeof(struct record) || record_at(i, i->head)->len == GAP) {
		i->used -= rest;
		i->head = 0;
	}
	return record_at(i, i->head);
}

static void arm(struct ul_impair *i)
{
	if (i->used && !i->is_blocked && !i->is_releasing)
		ul_timer_set(i->loop, &i->timer, first(i)->due_us);
}

enum ul_impaired ul_impair_put(struct ul_impair *i,
			       const struct ul_piece *piece,
			       unsigned int count,
			       const struct ul_offload *offload)
{
	size_t len = ul_pieces_len(piece, count);
	bool is_first = !i->used;
	struct record *r;
	struct ul_wr w;

	if (is_lost(i))
		return UL_IMPAIRED_LOST;
	if (!i->conf.delay_us && !i->conf.jitter_us && is_first)
		return UL_IMPAIRED_NOT;
	r = len > UL_FRAME_MAX ? NULL : reserve(i, size_of(len));
	if (!r) {
		i->owes_room = true;
		return UL_IMPAIRED_FULL;
	}
	r->due_us = due_us(i, is_first);
	r->len = (uint32_t)len;
	r->offload = offload ? *offload : (struct ul_offload){ 0 };
	w = ul_wr_new(r + 1, len);
	for (unsigned int n = 0; n < count; n++)
		ul_wr_bytes(&w, piece[n].data, piece[n].len);
	i->last_due_us = r->due_us;
	arm(i);
	return UL_IMPAIRED_LATE;
}

static void drop_first(struct ul_impair *i, size_t size)
{
	i->head += size;
	i->used -= size;
	if (i->used)
		return;
	i->head = i->tail = 0;
	if (i->highest > TRIM_BYTES)
		madvise(i->ring, i->highest, MADV_DONTNEED);
	i->highest = 0;
}

static void tell_room(struct ul_impair *i)
{
	if (!i->owes_room || i->used > UL_IMPAIR_BYTES_MAX / 2)
		return;
	i->owes_room = false;
	if (i->handler->has_room)
		i->handler->has_room(i->arg);
}

/* What comes in meanwhile is behind these, and is not due before them. */
static void on_due(int64_t now_us, void *arg)
{
	struct ul_impair *i = arg;
	struct record *r;

	i->is_releasing = true;
	while (i->used && (r = first(i))->due_us <= now_us) {
		size_t size = size_of(r->len);

		if (i->handler->release((const uint8_t *)(r + 1), r->len,
					&r->offload, i->arg) == -ENOBUFS) {
			i->is_blocked = true;
			break;
		}
		if (i->is_dead)
			break;
		drop_first(i, size);
	}
	i->is_releasing = false;
	if (i->is_dead) {
		ul_impair_free(i);
		return;
	}
	arm(i);
	tell_room(i);
}

void ul_impair_go(struct ul_impair *i)
{
	i->is_blocked = false;
	arm(i);
}
