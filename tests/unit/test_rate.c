/* SPDX-License-Identifier: BSD-3-Clause */
/* test_rate.c - the token bucket never gives more than burst and rate */
#include "base/rate.h"
#include "harness.h"

START_TEST(burst_then_rate)
{
	struct ul_rate r = { 0 };
	int64_t now = 77000000;

	for (int i = 0; i < 50; i++)
		ck_assert(ul_rate_take(&r, now, 100, 50));
	ck_assert(!ul_rate_take(&r, now, 100, 50));
	ck_assert(!ul_rate_take(&r, now + 9999, 100, 50));
	ck_assert(ul_rate_take(&r, now + 10000, 100, 50));
	ck_assert(!ul_rate_take(&r, now + 10001, 100, 50));
}
END_TEST

/* Asked at any pace, it gives what the rate says, to one token. */
START_TEST(no_fraction_is_lost_or_made)
{
	struct ul_rate r = { 0 };
	int64_t step = (int64_t[]){ 1, 7, 333, 9999, 10001, 40000 }[_i];
	uint64_t given = 0, want;
	int64_t now = 1000;

	for (int i = 0; i < 100000; i++, now += step)
		given += ul_rate_take(&r, now, 100, 50);
	want = 50 + (uint64_t)(now - 1000) / 10000;
	if (want > 100000)
		want = 100000;
	ck_assert_uint_le(given, want);
	ck_assert_uint_ge(given + 1 + 50 * (step >= 10000), want);
}
END_TEST

START_TEST(clock_going_back_gives_nothing)
{
	struct ul_rate r = { 0 };

	ck_assert(ul_rate_take(&r, 5000000, 1, 1));
	ck_assert(!ul_rate_take(&r, 1000, 1, 1));
	ck_assert(!ul_rate_take(&r, 900000, 1, 1));
	ck_assert(ul_rate_take(&r, 1001000, 1, 1));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rate");
	TCase *tc = tcase_create("rate");

	tcase_add_test(tc, burst_then_rate);
	tcase_add_loop_test(tc, no_fraction_is_lost_or_made, 0, 6);
	tcase_add_test(tc, clock_going_back_gives_nothing);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
