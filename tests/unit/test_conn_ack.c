/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn_ack.c - acknowledgements alone, and those that something carries */
#include "fake/tcp_guest.h"
#include "harness.h"

#define ROUNDS_TO_TRUST 4
#define LATE_US 5000

static struct wire wire;
static struct ul_stack *stack;
static struct ul_buf_pool *frames;
static struct guest g;
static int64_t now_us;

static void pass(int64_t us)
{
	now_us += us;
	ul_stack_set_time(stack, now_us);
}

static void setup(void)
{
	struct ul_stack_conf conf;

	wire_init(&wire);
	conf = wire_stack_conf(&wire);
	stack = ul_stack_new(&conf);
	now_us = 0;
	pass(1000000);
	frames = ul_buf_pool_new(2048, 1u << 20);
	guest_init(&g, stack, &wire, frames, true, 1000);
	guest_open(&g, guest_usual_options, sizeof(guest_usual_options));
	g.events = 0;
}

static void teardown(void)
{
	guest_fini(&g);
	wire_clear(&wire);
	ul_stack_free(stack);
	ul_buf_pool_free(frames);
}

/* The guest says something of @len bytes, and the host takes it. */
static void ask(size_t len)
{
	uint8_t bytes[1460] = { 0 };

	guest_send(&g, bytes, len);
	ck_assert_uint_eq(host_receive(&g, bytes, sizeof(bytes)), len);
	ul_conn_settle(g.conn);
}

/* One segment is on the wire: it acknowledges all and has @len bytes. */
static void expect_segment(size_t len)
{
	struct seg *s = guest_take(&g);

	ck_assert_uint_eq(s->h.ack, g.seq);
	ck_assert_uint_eq(s->len, len);
	g.ack += (uint32_t)len;
	free(s);
	ck_assert_uint_eq(wire.count, 0);
}

static void answer(void)
{
	uint8_t byte = 1;

	ck_assert_uint_eq(host_send(&g, &byte, 1), 1);
	ul_conn_settle(g.conn);
}

/* Questions that were answered at once, and acknowledged before. */
static void earn_trust(void)
{
	for (int i = 0; i < ROUNDS_TO_TRUST; i++) {
		ask(1);
		expect_segment(0);
		pass(200);
		answer();
		expect_segment(1);
	}
}

START_TEST(answers_carry_the_acknowledgement)
{
	earn_trust();
	for (int i = 0; i < 10; i++) {
		ask(100);
		ck_assert_uint_eq(wire.count, 0);
		pass(200);
		answer();
		expect_segment(1);
	}
}
END_TEST

START_TEST(without_an_answer_it_comes_at_the_tick)
{
	earn_trust();
	ask(1);
	ck_assert_uint_eq(wire.count, 0);
	ck_assert(ul_conn_wants_tick(g.conn));
	pass(UL_CONN_TICK_US);
	ul_conn_tick(g.conn, 1);
	expect_segment(0);
	/* Nothing is expected of the next. */
	ask(1);
	expect_segment(0);
}
END_TEST

START_TEST(late_answers_are_not_waited_for)
{
	for (int i = 0; i < 3 * ROUNDS_TO_TRUST; i++) {
		ask(1);
		expect_segment(0);
		pass(LATE_US);
		answer();
		expect_segment(1);
	}
}
END_TEST

/* It may be one that waits for the first to be acknowledged. */
START_TEST(a_question_in_two_parts_is_acknowledged)
{
	for (int i = 0; i < 3 * ROUNDS_TO_TRUST; i++) {
		ask(1);
		expect_segment(0);
		pass(10);
		ask(1);
		expect_segment(0);
		pass(200);
		answer();
		expect_segment(1);
	}
}
END_TEST

START_TEST(more_after_a_question_is_acknowledged)
{
	earn_trust();
	ask(1);
	ck_assert_uint_eq(wire.count, 0);
	ask(1);
	expect_segment(0);
}
END_TEST

START_TEST(long_ones_are_acknowledged)
{
	earn_trust();
	ask(1000);
	expect_segment(0);
}
END_TEST

START_TEST(the_hosts_fin_carries_that_of_the_guests)
{
	struct seg *s;

	ck_assert(guest_fin(&g) & UL_CONN_FIN);
	ul_conn_settle(g.conn);
	ck_assert_uint_eq(wire.count, 0);
	ul_conn_shutdown(g.conn);
	s = guest_take(&g);
	ck_assert_uint_eq(s->h.ack, g.seq);
	ck_assert_uint_eq(s->h.flags, UL_TCP_FIN | UL_TCP_ACK);
	free(s);
	ul_conn_settle(g.conn);
	ck_assert_uint_eq(wire.count, 0);
	g.ack++;
	ck_assert(guest_ack(&g) & UL_CONN_CLOSED);
}
END_TEST

START_TEST(a_half_closed_one_is_acknowledged_at_the_tick)
{
	guest_fin(&g);
	ul_conn_settle(g.conn);
	ck_assert_uint_eq(wire.count, 0);
	ck_assert(ul_conn_wants_tick(g.conn));
	pass(UL_CONN_TICK_US);
	ul_conn_tick(g.conn, 1);
	expect_segment(0);
	ck_assert(!ul_conn_wants_tick(g.conn));
	/* The host goes on. */
	answer();
	expect_segment(1);
}
END_TEST

/* The guest's timer repeats what it did not hear of. */
START_TEST(a_repeated_fin_is_acknowledged_at_once)
{
	struct guest_seg again = { .flags = UL_TCP_FIN | UL_TCP_ACK };

	guest_fin(&g);
	ul_conn_settle(g.conn);
	ck_assert_uint_eq(wire.count, 0);
	again.seq = g.seq - 1;
	again.ack = g.ack;
	again.window = g.window;
	guest_put(&g, &again);
	ul_conn_settle(g.conn);
	ck_assert_uint_eq(wire.count, 1);
	expect_segment(0);
}
END_TEST

START_TEST(a_full_port_loses_no_acknowledgement)
{
	guest_fin(&g);
	ul_conn_settle(g.conn);
	wire.is_full = true;
	pass(UL_CONN_TICK_US);
	ul_conn_shutdown(g.conn);
	ck_assert(ul_conn_is_held(g.conn));
	wire.is_full = false;
	ul_conn_resume(g.conn);
	ck_assert_uint_eq(wire.count, 1);
	expect_segment(0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn_ack");
	TCase *tc = tcase_create("conn_ack");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, answers_carry_the_acknowledgement);
	tcase_add_test(tc, without_an_answer_it_comes_at_the_tick);
	tcase_add_test(tc, late_answers_are_not_waited_for);
	tcase_add_test(tc, a_question_in_two_parts_is_acknowledged);
	tcase_add_test(tc, more_after_a_question_is_acknowledged);
	tcase_add_test(tc, long_ones_are_acknowledged);
	tcase_add_test(tc, the_hosts_fin_carries_that_of_the_guests);
	tcase_add_test(tc, a_half_closed_one_is_acknowledged_at_the_tick);
	tcase_add_test(tc, a_repeated_fin_is_acknowledged_at_once);
	tcase_add_test(tc, a_full_port_loses_no_acknowledgement);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
