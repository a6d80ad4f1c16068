/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * buf.h - reference-counted buffers of one size, from a bounded pool
 *
 * Received frames and data waiting for a guest live in these. A buffer is
 * aligned to its own size, which is a power of two, so that any pointer into
 * its data leads back to it (ul_buf_of): lwIP hands us such pointers, never
 * owners. Freed buffers are kept, last in first out, so that the next one is
 * warm in the cache; ul_buf_pool_trim() gives them back to the system.
 */
#ifndef UL_BASE_BUF_H
#define UL_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct ul_buf_pool;

struct ul_buf {
	struct ul_buf_pool *pool;
	struct ul_buf *next_free;
	uint32_t refs;
	uint32_t cap;		/* bytes in data */
	uint8_t data[];
};

/*
 * A pool of buffers that occupy @size bytes each (a power of two, 512 or
 * more), header included, and at most @max_bytes together.
 */
struct ul_buf_pool *ul_buf_pool_new(size_t size, size_t max_bytes);

/*
 * The same for buffers with room for @cap bytes and no more, of whatever size
 * that takes. Memory behind the room is never touched, and so never there.
 */
struct ul_buf_pool *ul_buf_pool_new_for(size_t cap, size_t max_bytes);

/*
 * Buffers that are still referenced stay valid and free themselves, and the
 * pool with the last of them. NULL is fine.
 */
void ul_buf_pool_free(struct ul_buf_pool *pool);

/* Bytes in buffers that are referenced now, and the pool's limit. */
size_t ul_buf_pool_in_use(const struct ul_buf_pool *pool);
size_t ul_buf_pool_max(const struct ul_buf_pool *pool);
/* Room for data in each buffer. */
size_t ul_buf_pool_cap(const struct ul_buf_pool *pool);

/* Free all but @keep_bytes of the unused buffers. */
void ul_buf_pool_trim(struct ul_buf_pool *pool, size_t keep_bytes);

/* A buffer with one reference, or NULL at the limit or out of memory. */
struct ul_buf *ul_buf_get(struct ul_buf_pool *pool);

static inline struct ul_buf *ul_buf_ref(struct ul_buf *b)
{
	b->refs++;
	return b;
}

/* Drop one reference; the last returns the buffer to its pool. NULL is fine. */
void ul_buf_unref(struct ul_buf *b);

/* The buffer of @size bytes (its pool's) whose data @p points into. */
static inline struct ul_buf *ul_buf_of(const void *p, size_t size)
{
	return (struct ul_buf *)((uintptr_t)p & ~(uintptr_t)(size - 1));
}

#endif
