/* SPDX-License-Identifier: BSD-3-Clause */
/* buf.c - reference-counted buffers of one size, from a bounded pool */
#include "base/buf.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include <glib.h>

#include "base/poison.h"

#define SIZE_MIN 512

struct ul_buf_pool {
	size_t size;
	size_t cap;		/* room in each */
	size_t max_bytes;
	size_t in_use;
	size_t unused;		/* bytes on the free list */
	struct ul_buf *free_list;
	bool is_closing;	/* freed by its owner, buffers still out */
};

static void release(struct ul_buf_pool *pool, size_t keep_bytes)
{
	while (pool->unused > keep_bytes) {
		struct ul_buf *b = pool->free_list;

		pool->free_list = b->next_free;
		pool->unused -= pool->size;
		ul_unpoison(b->data, b->cap);
		free(b);
	}
}

struct ul_buf_pool *ul_buf_pool_new(size_t size, size_t max_bytes)
{
	struct ul_buf_pool *pool = g_new0(struct ul_buf_pool, 1);

	assert(size >= SIZE_MIN && !(size & (size - 1)));
	pool->size = size;
	pool->cap = size - offsetof(struct ul_buf, data);
	pool->max_bytes = max_bytes;
	return pool;
}

struct ul_buf_pool *ul_buf_pool_new_for(size_t cap, size_t max_bytes)
{
	struct ul_buf_pool *pool;
	size_t size = SIZE_MIN;

	while (size < sizeof(struct ul_buf) + cap)
		size *= 2;
	pool = ul_buf_pool_new(size, max_bytes);
	pool->cap = cap;
	return pool;
}

void ul_buf_pool_free(struct ul_buf_pool *pool)
{
	if (!pool)
		return;
	release(pool, 0);
	pool->is_closing = true;
	if (!pool->in_use)
		g_free(pool);
}

size_t ul_buf_pool_in_use(const struct ul_buf_pool *pool)
{
	return pool->in_use;
}

size_t ul_buf_pool_max(const struct ul_buf_pool *pool)
{
	return pool->max_bytes;
}

size_t ul_buf_pool_cap(const struct ul_buf_pool *pool)
{
	return pool->cap;
}

void ul_buf_pool_trim(struct ul_buf_pool *pool, size_t keep_bytes)
{
	release(pool, keep_bytes);
}

struct ul_buf *ul_buf_get(struct ul_buf_pool *pool)
{
	struct ul_buf *b = pool->free_list;

	if (pool->in_use + pool->size > pool->max_bytes)
		return NULL;
	if (b) {
		pool->free_list = b->next_free;
		pool->unused -= pool->size;
		ul_unpoison(b->data, b->cap);
	} else {
		b = aligned_alloc(pool->size, pool->size);
		if (!b)
			return NULL;
	}
	pool->in_use += pool->size;
	b->pool = pool;
	b->next_free = NULL;
	b->refs = 1;
	b->cap = (uint32_t)ul_buf_pool_cap(pool);
	return b;
}

void ul_buf_unref(struct ul_buf *b)
{
	struct ul_buf_pool *pool;

	if (!b || --b->refs)
		return;
	pool = b->pool;
	pool->in_use -= pool->size;
	if (pool->is_closing) {
		free(b);
		if (!pool->in_use)
			g_free(pool);
		return;
	}
	ul_poison(b->data, b->cap);
	b->next_free = pool->free_list;
	pool->free_list = b;
	pool->unused += pool->size;
}
