/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn_bulk.c - when data of a guest's is acknowledged */
#include "fake/conn_lab.h"

#define MSS 1460
#define SHARE 8
#define WAIT_MAX (128u << 10)

/* A segment that comes alone, and is taken at once. */
static void batch(size_t len)
{
	guest_send(&g, data, len);
	host_receive(&g, got, DATA_MAX);
	ul_conn_settle(g.conn);
}

/* The sequence that was acknowledged last; what is on the wire is taken. */
static uint32_t acked(uint32_t before)
{
	struct seg *s;

	while ((s = wire_next(&wire)) != NULL) {
		before = s->h.ack;
		free(s);
	}
	return before;
}

/* As much that an acknowledgement waits as long as it may. */
static uint32_t send_much(void)
{
	guest_open(&g, USUAL);
	for (size_t sent = 0; sent < SHARE * WAIT_MAX; sent += MSS)
		batch(MSS);
	ul_conn_ack(g.conn);
	return acked(0);
}

/* What waits for an answer is never more than an eighth of what has come. */
START_TEST(start_is_acknowledged_closely)
{
	uint32_t start, told;

	guest_open(&g, USUAL);
	start = told = g.seq;
	for (int i = 0; i < 600; i++) {
		batch(MSS);
		told = acked(told);
		ck_assert_uint_le(g.seq - told, (g.seq - start) / SHARE);
		if (i < SHARE)
			ck_assert_uint_eq(told, g.seq);
		ck_assert_int_eq(ul_conn_ack_rests(g.conn), told != g.seq);
	}
}
END_TEST

START_TEST(much_is_acknowledged_seldom)
{
	uint32_t told = send_much();
	unsigned int acks = 0;

	for (int i = 0; i < 905; i++) {
		batch(MSS);
		acks += (unsigned int)wire.count;
		told = acked(told);
		ck_assert_uint_le(g.seq - told, WAIT_MAX);
	}
	ck_assert_uint_eq(acks, 905 * MSS / WAIT_MAX);
	/* The rest when its time is over, once. */
	ck_assert(ul_conn_ack_rests(g.conn));
	ul_conn_ack(g.conn);
	ck_assert_uint_eq(wire.count, 1);
	ck_assert_uint_eq(acked(told), g.seq);
	ul_conn_ack(g.conn);
	ul_conn_settle(g.conn);
	ck_assert_uint_eq(wire.count, 0);
	ck_assert(!ul_conn_ack_rests(g.conn));
}
END_TEST

/* It may be a question, and its sender silent until it is acknowledged. */
START_TEST(little_is_acknowledged_at_once)
{
	uint32_t told = send_much();

	for (int i = 0; i < 20; i++) {
		batch(1 + (size_t)i * 50);
		told = acked(told);
		ck_assert_uint_eq(told, g.seq);
	}
}
END_TEST

static void pass_us(int64_t us)
{
	now_us += us;
	ul_stack_set_time(stack, now_us);
}

/* A guest with little in flight waits as we do: seldom, then. */
#define LITTLE 12
START_TEST(guest_that_waits_too_is_answered)
{
	uint32_t told = send_much();
	unsigned int waits = 0;

	for (int i = 0; i < 100 * LITTLE; i++) {
		batch(MSS);
		told = acked(told);
		if (g.seq - told < LITTLE * MSS)
			continue;
		waits++;
		pass_us(UL_CONN_ACK_US);
		ul_conn_ack(g.conn);
		told = acked(told);
		ck_assert_uint_eq(told, g.seq);
	}
	ck_assert_uint_le(waits, 100 / SHARE);
}
END_TEST

/* Who is slow, but sends all the time, does not. */
START_TEST(guest_that_goes_on_is_waited_for)
{
	uint32_t told = send_much();

	for (int i = 0; i < 80; i++) {
		for (int j = 0; j < LITTLE; j++) {
			pass_us(UL_CONN_ACK_US / LITTLE);
			batch(MSS);
		}
		ck_assert_uint_eq(wire.count, 0);
		ck_assert(ul_conn_ack_rests(g.conn));
		ul_conn_ack(g.conn);
		told = acked(told);
		ck_assert_uint_eq(told, g.seq);
	}
}
END_TEST

START_TEST(gap_begins_anew)
{
	uint32_t told = send_much(), lost = g.seq;

	g.seq += MSS;
	batch(MSS);
	ck_assert_uint_eq(acked(0), lost);
	g.seq = lost;
	batch(MSS);
	g.seq += MSS;
	ck_assert_uint_eq(acked(told), g.seq);
	batch(MSS);
	ck_assert_uint_eq(acked(told), g.seq);
}
END_TEST

/* As conn_ack.c has it. */
START_TEST(fin_is_left_to_the_other_side)
{
	uint32_t told = send_much();

	batch(MSS);
	ck_assert(ul_conn_ack_rests(g.conn));
	guest_fin(&g);
	ul_conn_settle(g.conn);
	ck_assert(!ul_conn_ack_rests(g.conn));
	pass_ms(60);
	ck_assert_uint_eq(acked(told), g.seq);
}
END_TEST

START_TEST(data_takes_the_acknowledgement_along)
{
	uint32_t told = send_much();

	batch(MSS);
	ck_assert_uint_eq(host_send(&g, data, 10), 10);
	ck_assert_uint_eq(wire.count, 1);
	ck_assert_uint_eq(acked(told), g.seq);
	ul_conn_settle(g.conn);
	ul_conn_ack(g.conn);
	ck_assert_uint_eq(wire.count, 0);
}
END_TEST

/* A host that takes nothing closes the window: the guest hears all of it. */
START_TEST(closing_window_is_told)
{
	uint32_t told = send_much();

	for (int i = 0; i < 100; i++) {
		guest_send(&g, data, MSS);
		ul_conn_settle(g.conn);
		told = acked(told);
		ck_assert_uint_eq(told, g.seq);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn_bulk");
	TCase *tc = tcase_create("conn_bulk");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, start_is_acknowledged_closely);
	tcase_add_test(tc, much_is_acknowledged_seldom);
	tcase_add_test(tc, little_is_acknowledged_at_once);
	tcase_add_test(tc, guest_that_waits_too_is_answered);
	tcase_add_test(tc, guest_that_goes_on_is_waited_for);
	tcase_add_test(tc, gap_begins_anew);
	tcase_add_test(tc, fin_is_left_to_the_other_side);
	tcase_add_test(tc, data_takes_the_acknowledgement_along);
	tcase_add_test(tc, closing_window_is_told);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
