/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_stack.h - the stack's datagram functions without lwIP
 *
 * Defines ul_stack_dgram_in(), _out(), ul_stack_buf_get() and
 * ul_stack_can_offload(). What would go to the guest is kept, oldest first,
 * for the test to look at.
 */
#ifndef UL_TESTS_FAKE_STACK_H
#define UL_TESTS_FAKE_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "stack/stack.h"

struct fake_dgram {
	struct ul_stack_dgram d;
	uint8_t *data;		/* transport header on */
	size_t len;
};

/* @max_bytes bounds the buffers. The caller frees with fake_stack_free(). */
struct ul_stack *fake_stack_new(size_t max_bytes);
/* Checks that every buffer came back. */
void fake_stack_free(struct ul_stack *stack);

/* The next datagram for the guest, or NULL; valid until the next call. */
const struct fake_dgram *fake_stack_next(struct ul_stack *stack);
size_t fake_stack_waiting(const struct ul_stack *stack);

/* Every guest's port takes several datagrams in one now. */
void fake_stack_offload(struct ul_stack *stack);

/* From now on refuse datagrams with this (0: take them again). */
void fake_stack_refuse(struct ul_stack *stack, int error);

#endif
