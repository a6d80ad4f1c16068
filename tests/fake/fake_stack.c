/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_stack.c - the stack's datagram functions without lwIP
 *
 * Pieces with a buffer are kept by reference until the test looks, as a port
 * keeps them for a slow guest: who writes to a buffer again is found out.
 */
#include "fake/fake_stack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

#define BUF_SIZE (128u << 10)

struct entry {
	struct ul_list node;
	struct fake_dgram dgram;
	struct ul_stack_piece piece[UL_STACK_PIECES_MAX];
	unsigned int count;
};

struct ul_stack {
	bool can_offload;
	struct ul_buf_pool *pool;
	struct ul_list sent;
	size_t waiting;
	struct entry *shown;
	int error;
};

static void entry_free(struct entry *e)
{
	if (!e)
		return;
	for (unsigned int i = 0; i < e->count; i++) {
		if (e->piece[i].buf)
			ul_buf_unref(e->piece[i].buf);
		else
			free((void *)e->piece[i].data);
	}
	free(e->dgram.data);
	free(e);
}

/* One block of what the pieces hold now. */
static void join(struct entry *e)
{
	size_t at = 0;

	e->dgram.data = malloc(e->dgram.len ? e->dgram.len : 1);
	for (unsigned int i = 0; i < e->count; i++) {
		memcpy(e->dgram.data + at, e->piece[i].data, e->piece[i].len);
		at += e->piece[i].len;
	}
}

struct ul_stack *fake_stack_new(size_t max_bytes)
{
	struct ul_stack *s = calloc(1, sizeof(*s));

	s->pool = ul_buf_pool_new(BUF_SIZE, max_bytes);
	ul_list_init(&s->sent);
	return s;
}

void fake_stack_free(struct ul_stack *stack)
{
	while (fake_stack_next(stack))
		;
	entry_free(stack->shown);
	ck_assert_uint_eq(ul_buf_pool_in_use(stack->pool), 0);
	ul_buf_pool_free(stack->pool);
	free(stack);
}

const struct fake_dgram *fake_stack_next(struct ul_stack *stack)
{
	struct ul_list *n = ul_list_first(&stack->sent);

	entry_free(stack->shown);
	stack->shown = NULL;
	if (!n)
		return NULL;
	ul_list_remove(n);
	stack->waiting--;
	stack->shown = ul_container_of(n, struct entry, node);
	join(stack->shown);
	return &stack->shown->dgram;
}

size_t fake_stack_waiting(const struct ul_stack *stack)
{
	return stack->waiting;
}

void fake_stack_refuse(struct ul_stack *stack, int error)
{
	stack->error = error;
}

void fake_stack_offload(struct ul_stack *stack)
{
	stack->can_offload = true;
}

bool ul_stack_can_offload(const struct ul_stack *stack,
			  const struct ul_addr *guest)
{
	return stack->can_offload;
}

int ul_stack_dgram_in(struct ul_stack *stack, const struct ul_pkt *pkt)
{
	return 0;
}

/* Holds callers to the contract: only the first piece may lack a buffer. */
int ul_stack_dgram_out(struct ul_stack *stack, const struct ul_stack_dgram *d,
		       const struct ul_stack_piece *piece, unsigned int count)
{
	struct entry *e;

	ck_assert_uint_le(count, UL_STACK_PIECES_MAX);
	if (stack->error)
		return stack->error;
	e = calloc(1, sizeof(*e));
	e->dgram.d = *d;
	e->count = count;
	for (unsigned int i = 0; i < count; i++) {
		e->piece[i] = piece[i];
		e->dgram.len += piece[i].len;
		ck_assert(i == 0 || piece[i].buf);
		if (piece[i].buf) {
			ck_assert_ptr_eq(ul_buf_of(piece[i].data, BUF_SIZE),
					 ul_buf_ref(piece[i].buf));
			continue;
		}
		e->piece[i].data = malloc(piece[i].len ? piece[i].len : 1);
		memcpy((void *)e->piece[i].data, piece[i].data, piece[i].len);
	}
	ul_list_append(&stack->sent, &e->node);
	stack->waiting++;
	return 0;
}

struct ul_buf *ul_stack_buf_get(struct ul_stack *stack)
{
	return ul_buf_get(stack->pool);
}
