/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * txq.c - the bounded queue of frames that wait for a guest
 *
 * A ring of slots. When the queue runs empty it starts over at slot 0, so
 * that a quiet daemon touches the first slots only: the pages of the others
 * cost nothing until a backlog needs them, and go back when it is over.
 *
 * What the switch moves is one referenced piece: of its slot only the first
 * cache line is touched.
 */
#include "link/txq.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <glib.h>

#include "base/cursor.h"

#define LENGTH_LEN 4

#define SLOTS (UL_TXQ_FRAMES + UL_TXQ_RESERVE)
#define PARTS_MAX (UL_PORT_PIECES_MAX + 1)	/* one for the prefix */

#define CACHE_LINE 64

struct part {
	const uint8_t *data;
	struct ul_buf *buf;		/* NULL: data is in the slot */
	size_t len;
};

struct slot {
	uint32_t len;			/* of the whole frame, prefix too */
	uint16_t parts;
	uint8_t prefix[UL_TXQ_PREFIX_MAX];	/* unless it is in head */
	struct part part[PARTS_MAX];
	uint8_t head[UL_TXQ_PREFIX_MAX + UL_PORT_HEAD_MAX];
} __attribute__((aligned(CACHE_LINE)));

static_assert(offsetof(struct slot, part[2]) <= CACHE_LINE,
	      "prefix and one piece are in the first cache line");

struct ul_txq {
	size_t prefix_len;
	unsigned int first, count;
	size_t bytes;
	size_t written;		/* bytes of the first frame */
	struct slot *slot;		/* SLOTS of them */
};

struct ul_txq *ul_txq_new(size_t prefix_len)
{
	struct ul_txq *q = g_new0(struct ul_txq, 1);

	assert(prefix_len <= UL_TXQ_PREFIX_MAX);
	q->prefix_len = prefix_len;
	q->slot = mmap(NULL, SLOTS * sizeof(*q->slot), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (q->slot == MAP_FAILED)
		g_error("no memory for the queue of a port");
	return q;
}

void ul_txq_free(struct ul_txq *q)
{
	if (!q)
		return;
	ul_txq_clear(q);
	munmap(q->slot, SLOTS * sizeof(*q->slot));
	g_free(q);
}

bool ul_txq_is_empty(const struct ul_txq *q)
{
	return !q->count;
}

bool ul_txq_has_room(const struct ul_txq *q)
{
	return q->count < UL_TXQ_FRAMES / 2 && q->bytes < UL_TXQ_BYTES / 2;
}

static struct slot *slot_at(const struct ul_txq *q, unsigned int i)
{
	unsigned int at = q->first + i;

	return &q->slot[at < SLOTS ? at : at - SLOTS];
}

/* Copied bytes go behind those that were copied last, or start a part. */
static void add_copy(struct slot *s, struct ul_wr *head,
		     const struct ul_piece *piece)
{
	struct part *last = s->parts ? &s->part[s->parts - 1] : NULL;
	size_t before = head->len;

	ul_wr_bytes(head, piece->data, piece->len);
	if (last && !last->buf && last->data != s->prefix)
		last->len += piece->len;
	else
		s->part[s->parts++] = (struct part){
			.data = s->head + before, .len = piece->len,
		};
}

/* In front of copied bytes the prefix is one part with them. */
static void add_prefix(struct slot *s, struct ul_wr *head,
		       const void *prefix, size_t len, bool is_copy_next)
{
	struct ul_wr apart = ul_wr_new(s->prefix, sizeof(s->prefix));

	ul_wr_bytes(is_copy_next ? head : &apart, prefix, len);
	s->part[s->parts++] = (struct part){
		.data = is_copy_next ? s->head : s->prefix, .len = len,
	};
}

static int fill(struct slot *s, const void *prefix, size_t prefix_len,
		const struct ul_piece *piece, unsigned int count)
{
	size_t len = ul_pieces_len(piece, count);
	bool has_prefix_in_head = prefix_len && count && !piece[0].buf;
	struct ul_wr head = ul_wr_new(s->head, UL_PORT_HEAD_MAX +
				      (has_prefix_in_head ? prefix_len : 0));

	if (!len || len > UL_FRAME_MAX)
		return -EMSGSIZE;
	s->parts = 0;
	if (prefix_len)
		add_prefix(s, &head, prefix, prefix_len, has_prefix_in_head);
	for (unsigned int i = 0; i < count; i++) {
		if (piece[i].buf)
			s->part[s->parts++] = (struct part){
				piece[i].data, piece[i].buf, piece[i].len,
			};
		else
			add_copy(s, &head, &piece[i]);
	}
	s->len = (uint32_t)(prefix_len + len);
	return head.bad ? -EMSGSIZE : 0;
}

static bool is_all_copied(const struct ul_piece *piece, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (piece[i].buf)
			return false;
	return true;
}

static bool is_full(const struct ul_txq *q, const struct ul_piece *piece,
		    unsigned int count)
{
	if (q->count < UL_TXQ_FRAMES && q->bytes < UL_TXQ_BYTES)
		return false;
	return q->count == SLOTS || !is_all_copied(piece, count);
}

int ul_txq_push_prefixed(struct ul_txq *q, const void *prefix,
			 const struct ul_piece *piece, unsigned int count)
{
	struct slot *s;
	int ret;

	if (is_full(q, piece, count))
		return -ENOBUFS;
	if (count > UL_PORT_PIECES_MAX)
		return -EMSGSIZE;
	s = slot_at(q, q->count);
	ret = fill(s, prefix, q->prefix_len, piece, count);
	if (ret < 0)
		return ret;
	for (unsigned int i = 0; i < s->parts; i++)
		if (s->part[i].buf)
			ul_buf_ref(s->part[i].buf);
	q->count++;
	q->bytes += s->len;
	return 0;
}

int ul_txq_push(struct ul_txq *q, const struct ul_piece *piece,
		unsigned int count)
{
	uint8_t length[LENGTH_LEN];
	struct ul_wr w = ul_wr_new(length, sizeof(length));

	assert(!q->prefix_len || q->prefix_len == LENGTH_LEN);
	ul_wr_u32(&w, (uint32_t)ul_pieces_len(piece, count));
	return ul_txq_push_prefixed(q, length, piece, count);
}

/* The parts of @s from byte @skip on. */
static unsigned int describe(const struct slot *s, size_t skip,
			     struct iovec *iov, unsigned int max)
{
	unsigned int n = 0;

	if (max < s->parts)
		return 0;
	for (unsigned int i = 0; i < s->parts; i++) {
		const struct part *p = &s->part[i];

		if (skip >= p->len) {
			skip -= p->len;
			continue;
		}
		iov[n++] = (struct iovec){
			(void *)(p->data + skip), p->len - skip,
		};
		skip = 0;
	}
	return n;
}

unsigned int ul_txq_peek(const struct ul_txq *q, struct iovec *iov,
			 unsigned int max)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < q->count; i++) {
		unsigned int used = describe(slot_at(q, i), i ? 0 : q->written,
					     iov + n, max - n);

		if (!used)
			break;
		n += used;
	}
	return n;
}

unsigned int ul_txq_peek_frame(const struct ul_txq *q, unsigned int index,
			       struct iovec *iov, unsigned int max)
{
	return index < q->count ? describe(slot_at(q, index), 0, iov, max) : 0;
}

size_t ul_txq_first_len(const struct ul_txq *q)
{
	return slot_at(q, 0)->len;
}

void ul_txq_pop(struct ul_txq *q)
{
	struct slot *s = slot_at(q, 0);

	for (unsigned int i = 0; i < s->parts; i++)
		ul_buf_unref(s->part[i].buf);
	q->bytes -= s->len;
	q->written = 0;
	q->count--;
	if (!q->count || ++q->first == SLOTS)
		q->first = 0;
}

void ul_txq_consume(struct ul_txq *q, size_t len)
{
	while (q->count) {
		size_t left = slot_at(q, 0)->len - q->written;

		if (len < left) {
			q->written += len;
			return;
		}
		len -= left;
		ul_txq_pop(q);
	}
}

void ul_txq_clear(struct ul_txq *q)
{
	while (q->count)
		ul_txq_pop(q);
}

void ul_txq_trim(struct ul_txq *q)
{
	if (!q->count)
		madvise(q->slot, SLOTS * sizeof(*q->slot), MADV_DONTNEED);
}
