/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn_window.c - windows of a guest's that lwIP would not survive */
#include "fake/tcp_guest.h"
#include "harness.h"

static struct wire wire;
static struct ul_stack *stack;
static struct ul_buf_pool *frames;
static struct guest g;
static uint8_t bytes[8192], got[sizeof(bytes)];
static int64_t now_us;

static void setup(void)
{
	wire_init(&wire);
	stack = wire_stack_new(&wire);
	frames = ul_buf_pool_new(128u << 10, 64u << 20);
	guest_init(&g, stack, &wire, frames, true, 1000);
	stream_fill(bytes, 0, sizeof(bytes));
	now_us = 1000000;
}

static void teardown(void)
{
	guest_fini(&g);
	wire_clear(&wire);
	ul_stack_free(stack);
	ul_buf_pool_free(frames);
}

static void tick(void)
{
	now_us += UL_CONN_TICK_US;
	ul_stack_set_time(stack, now_us);
	ul_conn_tick(g.conn, (uint32_t)(now_us / UL_CONN_TICK_US));
}

/* Acknowledge what comes, in windows of @window, until all is there. */
static size_t drain(size_t want)
{
	size_t have = 0;

	for (int i = 0; i < 4000 && have < want; i++) {
		have += guest_receive(&g, got + have, sizeof(got) - have);
		tick();
	}
	return have;
}

/*
 * lwIP cuts segments to half of the largest window that it has seen, but to a
 * whole MSS while it has seen none: it asserted when a tiny one came then.
 */
START_TEST(first_window_may_be_tiny)
{
	static const uint16_t window[] = { 1, 2, 3, 10, 100, 1000 };

	g.window = 0;
	guest_open(&g, guest_usual_options, 4);
	ck_assert_uint_eq(host_send(&g, bytes, 3000), 3000);
	g.window = window[_i];
	guest_ack(&g);
	ck_assert_uint_eq(host_send(&g, bytes + 3000, 1000), 1000);
	g.window = 0xffff;
	guest_ack(&g);
	ck_assert_uint_eq(drain(4000), 4000);
	ck_assert_mem_eq(got, bytes, 4000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn_window");
	TCase *tc = tcase_create("conn_window");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, first_window_may_be_tiny, 0, 6);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
