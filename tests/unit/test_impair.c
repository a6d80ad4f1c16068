/* SPDX-License-Identifier: BSD-3-Clause */
/* test_impair.c - delay, jitter, loss and order, on a clock of the test's */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "harness.h"
#include "link/impair.h"

#define MS 1000
#define FRAMES 100000
#define FRAME_LEN 1000

static struct ul_loop *loop;
static struct ul_impair *impair;
static int64_t now_us;
static uint32_t released, next_number;	/* frames are numbered */
static int64_t last_us;
static struct ul_offload last_offload;
static bool is_shut;		/* whoever gets them takes none */
static unsigned int rooms;
static bool does_check_order;
static int64_t delay_sum, delay_min, delay_max;

static int64_t fake_clock(void *arg)
{
	return now_us;
}

/* A frame is its number and when it was sent, and a filling. */
static int release(const uint8_t *data, size_t len,
		   const struct ul_offload *offload, void *arg)
{
	uint32_t number;
	int64_t sent_us;

	if (is_shut)
		return -ENOBUFS;
	memcpy(&number, data, sizeof(number));
	memcpy(&sent_us, data + 8, sizeof(sent_us));
	for (size_t i = 16; i < len; i += 97)
		ck_assert_uint_eq(data[i], (uint8_t)number);
	if (does_check_order)
		ck_assert_uint_ge(number, next_number);
	next_number = number + 1;
	released++;
	last_us = ul_loop_now(loop);
	last_offload = *offload;
	delay_sum += last_us - sent_us;
	if (released == 1 || last_us - sent_us < delay_min)
		delay_min = last_us - sent_us;
	if (last_us - sent_us > delay_max)
		delay_max = last_us - sent_us;
	return 0;
}

static void has_room(void *arg)
{
	rooms++;
}

static const struct ul_impair_handler handler = {
	.release = release, .has_room = has_room,
};

static void setup(void)
{
	now_us = 1000000;
	released = next_number = rooms = 0;
	delay_sum = delay_min = delay_max = 0;
	is_shut = false;
	does_check_order = true;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ul_loop_turn(loop, 0);
	impair = ul_impair_new(loop, &handler, NULL, 7);
}

static void teardown(void)
{
	ul_impair_free(impair);
	ul_loop_free(loop);
}

static void set(uint32_t delay_us, uint32_t jitter_us, uint32_t loss_ppm)
{
	struct ul_impair_conf conf = { delay_us, jitter_us, loss_ppm };

	ul_impair_set(impair, &conf);
}

static void pass(int64_t us)
{
	now_us += us;
	ul_loop_turn(loop, 0);
}

static enum ul_impaired put_len(uint32_t number, size_t len)
{
	static uint8_t bytes[UL_FRAME_MAX];
	struct ul_piece piece[] = {
		{ bytes, 40, NULL }, { bytes + 40, len - 40, NULL },
	};
	int64_t sent_us = ul_loop_now(loop);

	memset(bytes, (int)number, len);
	memcpy(bytes, &number, sizeof(number));
	memcpy(bytes + 8, &sent_us, sizeof(sent_us));
	return ul_impair_put(impair, piece, 2, NULL);
}

static enum ul_impaired put(uint32_t number)
{
	return put_len(number, FRAME_LEN);
}

START_TEST(a_good_line_takes_nothing)
{
	ck_assert(ul_impair_is_idle(impair));
	ck_assert_int_eq(put(0), UL_IMPAIRED_NOT);
	set(MS, 0, 0);
	ck_assert(!ul_impair_is_idle(impair));
	ck_assert_int_eq(put(0), UL_IMPAIRED_LATE);
	/* Made good again, what waits is not overtaken. */
	set(0, 0, 0);
	ck_assert(!ul_impair_is_idle(impair));
	ck_assert_int_eq(put(1), UL_IMPAIRED_LATE);
	pass(MS);
	ck_assert_uint_eq(released, 2);
	ck_assert(ul_impair_is_idle(impair));
	ck_assert_int_eq(put(2), UL_IMPAIRED_NOT);
}
END_TEST

START_TEST(a_frame_is_late_by_the_delay)
{
	struct ul_offload o = { .csum = UL_CSUM_PARTIAL, .csum_start = 34,
				.gso_size = 1448 };
	uint8_t bytes[64] = { 0 };
	struct ul_piece piece = { bytes, sizeof(bytes), NULL };

	set(25 * MS, 0, 0);
	ck_assert_int_eq(ul_impair_put(impair, &piece, 1, &o),
			 UL_IMPAIRED_LATE);
	memset(bytes, 0xff, sizeof(bytes));	/* it was copied */
	pass(25 * MS - 1);
	ck_assert_uint_eq(released, 0);
	pass(1);
	ck_assert_uint_eq(released, 1);
	ck_assert_mem_eq(&last_offload, &o, sizeof(o));
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
}
END_TEST

/* A stream of frames: each as late as the first, to the microsecond. */
START_TEST(a_stream_keeps_its_pace)
{
	set(40 * MS, 0, 0);
	for (uint32_t i = 0; i < 5000; i++) {
		ck_assert_int_eq(put(i), UL_IMPAIRED_LATE);
		pass(100);
	}
	for (int i = 0; i < 400; i++)
		pass(100);
	ck_assert_uint_eq(released, 5000);
	ck_assert_int_eq(delay_min, 40 * MS);
	ck_assert_int_eq(delay_max, 40 * MS);
}
END_TEST

START_TEST(jitter_spreads_and_keeps_the_order)
{
	set(20 * MS, 5 * MS, 0);
	for (uint32_t i = 0; i < 2000; i++) {
		put(i);
		for (int n = 0; n < 100; n++)
			pass(500);	/* apart: order costs nothing */
	}
	pass(50 * MS);
	ck_assert_uint_eq(released, 2000);
	ck_assert_int_ge(delay_min, 15 * MS);
	ck_assert_int_lt(delay_min, 16 * MS);
	ck_assert_int_le(delay_max, 25 * MS + 500);
	ck_assert_int_gt(delay_max, 24 * MS);
	ck_assert_int_le(llabs(delay_sum / 2000 - 20250), 250);
	/* Close together they leave in their order, which release checks. */
	for (uint32_t i = 2000; i < 4000; i++) {
		put(i);
		pass(10);
	}
	pass(50 * MS);
	ck_assert_uint_eq(released, 4000);
}
END_TEST

/* Within four standard deviations, each seed anew. */
START_TEST(loss_is_what_was_asked_for)
{
	static const uint32_t ppm[] = { 1000, 10000, 50000, 500000 };
	double p = ppm[_i] / 1e6;
	double sigma = sqrt(FRAMES * p * (1 - p));
	uint32_t lost = 0;

	set(0, 0, ppm[_i]);
	for (uint32_t i = 0; i < FRAMES; i++)
		lost += put(i) == UL_IMPAIRED_LOST;
	ck_assert(fabs(lost - FRAMES * p) < 4 * sigma);
}
END_TEST

START_TEST(all_or_nothing_can_be_lost)
{
	set(0, 0, UL_IMPAIR_CERTAIN);
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_int_eq(put(i), UL_IMPAIRED_LOST);
	set(0, 0, 0);
	ck_assert_int_eq(put(0), UL_IMPAIRED_NOT);
}
END_TEST

/* The same seed, the same fate. */
START_TEST(chance_can_be_repeated)
{
	uint8_t fate[1000];

	set(0, 0, 200000);
	for (uint32_t i = 0; i < 1000; i++)
		fate[i] = put(i) == UL_IMPAIRED_LOST;
	ul_impair_free(impair);
	impair = ul_impair_new(loop, &handler, NULL, 7);
	set(0, 0, 200000);
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(fate[i], put(i) == UL_IMPAIRED_LOST);
}
END_TEST

/* Bounded in bytes; whoever was refused is told once half of it is free. */
START_TEST(a_full_queue_refuses)
{
	uint32_t taken = 0, total;

	set(1000 * MS, 0, 0);
	while (put(taken) == UL_IMPAIRED_LATE) {
		ck_assert_uint_le(++taken * FRAME_LEN, UL_IMPAIR_BYTES_MAX);
		pass(10);
	}
	ck_assert_uint_gt(taken * FRAME_LEN, UL_IMPAIR_BYTES_MAX * 9 / 10);
	total = taken;
	pass(1000 * MS - 10 * taken + 10 * (taken / 3));
	ck_assert_uint_eq(rooms, 0);
	pass(10 * (taken / 3));
	ck_assert_uint_eq(rooms, 1);
	ck_assert_int_eq(put(total++), UL_IMPAIRED_LATE);
	pass(2000 * MS);
	ck_assert_uint_eq(released, total);
	ck_assert_uint_eq(rooms, 1);
}
END_TEST

/* Sizes that meet the ring's end in every way. */
START_TEST(the_ring_goes_round)
{
	uint32_t number = 0;
	size_t len = 64;

	set(3 * MS, 0, 0);
	for (int i = 0; i < 20000; i++) {
		len = (len * 1103515245u + 12345u) % (UL_FRAME_MAX - 64) + 64;
		ck_assert_int_eq(put_len(number++, len), UL_IMPAIRED_LATE);
		pass(30);
	}
	pass(3 * MS);
	ck_assert_uint_eq(released, number);
	ck_assert_uint_eq(next_number, number);
}
END_TEST

/* A guest that does not read: nothing is lost, and it goes on when it may. */
START_TEST(what_is_not_taken_is_offered_again)
{
	set(MS, 0, 0);
	put(0);
	put(1);
	is_shut = true;
	pass(MS);
	ck_assert_uint_eq(released, 0);
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);	/* at rest */
	pass(100 * MS);
	put(2);
	pass(10 * MS);
	is_shut = false;
	ul_impair_go(impair);
	pass(0);
	ck_assert_uint_eq(released, 3);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("impair");
	TCase *tc = tcase_create("impair");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_good_line_takes_nothing);
	tcase_add_test(tc, a_frame_is_late_by_the_delay);
	tcase_add_test(tc, a_stream_keeps_its_pace);
	tcase_add_test(tc, jitter_spreads_and_keeps_the_order);
	tcase_add_loop_test(tc, loss_is_what_was_asked_for, 0, 4);
	tcase_add_test(tc, all_or_nothing_can_be_lost);
	tcase_add_test(tc, chance_can_be_repeated);
	tcase_add_test(tc, a_full_queue_refuses);
	tcase_add_test(tc, the_ring_goes_round);
	tcase_add_test(tc, what_is_not_taken_is_offered_again);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
