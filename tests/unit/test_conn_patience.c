/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn_patience.c - how long a guest may be silent */
#include "fake/tcp_guest.h"
#include "harness.h"

static struct wire wire;
static struct ul_stack *stack;
static struct ul_buf_pool *frames;
static struct guest g;
static int64_t now_us;

static void setup(void)
{
	wire_init(&wire);
	stack = wire_stack_new(&wire);
	frames = ul_buf_pool_new(2048, 1u << 20);
	guest_init(&g, stack, &wire, frames, true, 1000);
	now_us = 1000000;
}

static void teardown(void)
{
	guest_fini(&g);
	wire_clear(&wire);
	ul_stack_free(stack);
	ul_buf_pool_free(frames);
}

/* Seconds until the connection ends; what was sent stays on the wire. */
static int64_t seconds_to_timeout(void)
{
	int64_t start = now_us;
	unsigned int events = 0;

	while (!events && now_us - start < 3600 * 1000000ll) {
		now_us += UL_CONN_TICK_US;
		ul_stack_set_time(stack, now_us);
		events = ul_conn_tick(g.conn,
				      (uint32_t)(now_us / UL_CONN_TICK_US));
	}
	ck_assert_uint_eq(events, UL_CONN_TIMEOUT);
	return (now_us - start) / 1000000;
}

/* As long as a machine needs to come up, and not a SYN every 0.2 s. */
START_TEST(unanswered_syn_waits_for_a_slow_guest)
{
	int64_t s;

	g.conn = ul_conn_new_active(stack, &g.peer, &g.own, &g);
	s = seconds_to_timeout();
	ck_assert_int_ge(s, 20);
	ck_assert_int_le(s, 60);
	ck_assert_uint_le(wire.count, 15);
}
END_TEST

/* A machine that is paused for a snapshot; RFC 1122 4.2.3.5 wants 100 s. */
START_TEST(unanswered_data_waits_for_a_paused_guest)
{
	g.window = _i ? 0xffff : 0;
	guest_open(&g, guest_usual_options, sizeof(guest_usual_options));
	ck_assert_uint_eq(host_send(&g, (const uint8_t *)"hello", 5), 5);
	ck_assert_int_ge(seconds_to_timeout(), 180);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn_patience");
	TCase *tc = tcase_create("conn_patience");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, unanswered_syn_waits_for_a_slow_guest);
	tcase_add_loop_test(tc, unanswered_data_waits_for_a_paused_guest, 0,
			    2);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
