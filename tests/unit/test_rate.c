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

/* ---- bytes ---- */

START_TEST(meter_gives_burst_then_rate)
{
	struct ul_meter m = { 0 };
	int64_t now = 77000000;

	for (int i = 0; i < 10; i++)
		ck_assert(ul_meter_take(&m, now, 1000000, 1000, 100));
	ck_assert(!ul_meter_take(&m, now, 1000000, 1000, 1));
	/* One byte each microsecond; any is enough to take a frame. */
	ck_assert(ul_meter_take(&m, now + 1, 1000000, 1000, 100));
	ck_assert(!ul_meter_take(&m, now + 100, 1000000, 1000, 100));
	ck_assert(ul_meter_take(&m, now + 101, 1000000, 1000, 100));
	/* Time that nobody used adds no more than the burst. */
	now += 3600000000ll;
	for (int i = 0; i < 10; i++)
		ck_assert(ul_meter_take(&m, now, 1000000, 1000, 100));
	ck_assert(!ul_meter_take(&m, now, 1000000, 1000, 100));
}
END_TEST

/* Frames of any size, asked for without a pause: the rate is kept. */
START_TEST(meter_keeps_the_rate)
{
	static const struct {
		uint64_t per_s, burst;
		size_t n;
	} row[] = {
		{ 125000, 12500, 1514 },
		{ 125000, 1, 69632 },
		{ 1000, 1, 60 },
		{ 12500000, 1250000, 69632 },
		{ 1250000000, 125000000, 1514 },
	};
	struct ul_meter m = { 0 };
	uint64_t got = 0, want = row[_i].per_s * 100;
	int64_t now = 0;

	for (; now < 100 * 1000000ll; now += 97)
		while (ul_meter_take(&m, now, row[_i].per_s, row[_i].burst,
				     row[_i].n))
			got += row[_i].n;
	ck_assert_uint_le(got, want + want / 100 + row[_i].burst + row[_i].n);
	ck_assert_uint_ge(got + row[_i].n, want - want / 100);
}
END_TEST

START_TEST(meter_says_when_it_is_ready)
{
	struct ul_meter m = { 0 };
	int64_t ready;

	while (ul_meter_take(&m, 1000, 1000000, 1000, 100))
		;
	ready = ul_meter_ready_us(&m, 1000000, 1000);
	ck_assert_int_eq(ready, 1000 + 501);
	for (int i = 0; i < 5; i++)
		ck_assert(ul_meter_take(&m, ready, 1000000, 1000, 100));
}
END_TEST

/* Numbers from a configuration, however large, stop nothing for good. */
START_TEST(meter_takes_any_numbers)
{
	static const uint64_t n[] = { 1, 2, 1000, UINT32_MAX, UINT64_MAX };
	const int count = sizeof(n) / sizeof(n[0]);
	uint64_t per_s = n[_i % count], burst = n[_i / count];
	struct ul_meter m = { 0 };

	for (int i = 0; i < 100; i++) {
		ul_meter_take(&m, i, per_s, burst, 69632);
		ul_meter_take(&m, i, per_s, burst, SIZE_MAX);
	}
	ck_assert_int_le(m.full_ns, 101 * 3600 * 1000000000ll);
	ck_assert(ul_meter_take(&m, ul_meter_ready_us(&m, per_s, burst), per_s,
				burst, 1));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rate");
	TCase *tc = tcase_create("rate");

	tcase_add_test(tc, burst_then_rate);
	tcase_add_loop_test(tc, no_fraction_is_lost_or_made, 0, 6);
	tcase_add_test(tc, clock_going_back_gives_nothing);
	tcase_add_test(tc, meter_gives_burst_then_rate);
	tcase_add_loop_test(tc, meter_keeps_the_rate, 0, 5);
	tcase_add_test(tc, meter_says_when_it_is_ready);
	tcase_add_loop_test(tc, meter_takes_any_numbers, 0, 25);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
