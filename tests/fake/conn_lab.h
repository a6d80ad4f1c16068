/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn_lab.h - one stack, its wire and a guest, on a clock of the test's
 *
 * What the tests of src/stack's connections share.
 */
#ifndef UL_TESTS_CONN_LAB_H
#define UL_TESTS_CONN_LAB_H

#include "fake/tcp_guest.h"
#include "harness.h"

#define DATA_MAX (4u << 20)
#define USUAL guest_usual_options, sizeof(guest_usual_options)

static struct wire wire;
static struct ul_stack *stack;
static struct ul_buf_pool *frames;
static struct guest g;
static int64_t now_us;
static uint8_t *data, *got;

static inline void setup(void)
{
	wire_init(&wire);
	stack = wire_stack_new(&wire);
	now_us = 1000000;
	frames = ul_buf_pool_new(128u << 10, 64u << 20);
	guest_init(&g, stack, &wire, frames, true, 1000);
	data = malloc(DATA_MAX);
	got = malloc(DATA_MAX);
	stream_fill(data, 0, DATA_MAX);
}

static inline void teardown(void)
{
	guest_fini(&g);
	wire_clear(&wire);
	ck_assert_uint_eq(ul_stack_pinned_bytes(stack), 0);
	ck_assert_uint_eq(ul_stack_send_bytes(stack), 0);
	ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	ul_stack_free(stack);
	ul_buf_pool_free(frames);
	free(data);
	free(got);
}

/* The timers of one tick, as the proxy runs them. */
static inline unsigned int tick(struct guest *guest)
{
	unsigned int events = 0;

	if (ul_conn_wants_tick(guest->conn))
		events = ul_conn_tick(guest->conn, (uint32_t)
				      (now_us / UL_CONN_TICK_US));
	guest->events |= events;
	return events;
}

/* Let @ms pass for @g; the events that it brought. */
static inline unsigned int pass_ms(int64_t ms)
{
	unsigned int events = 0;

	for (int64_t end = now_us + ms * 1000; now_us < end;) {
		now_us += UL_CONN_TICK_US;
		ul_stack_set_time(stack, now_us);
		events |= tick(&g);
	}
	return events;
}

/* A bare segment of @g's, with other fields than what comes next. */
static inline unsigned int put(uint32_t seq, uint32_t ack, uint8_t flags)
{
	struct guest_seg s = {
		.seq = seq, .ack = ack, .flags = flags, .window = g.window,
	};

	return guest_put(&g, &s);
}

/* The next segment must be a bare one with these flags; its sequence. */
static inline uint32_t expect_bare(uint8_t flags)
{
	struct seg *s = guest_take(&g);
	uint32_t seq = s->h.seq;

	ck_assert_uint_eq(s->h.flags, flags);
	ck_assert_uint_eq(s->len, 0);
	free(s);
	return seq;
}

#endif
