/* SPDX-License-Identifier: BSD-3-Clause */
/* test_lease_watch.c - that a lease is over is told once, and in time */
#include <string.h>

#include "harness.h"
#include "net/lease_watch.h"

#define SECOND 1000000ll

static struct ul_loop *loop;
static struct ul_lease_watch *watch;
static struct ul_lease there[4];
static unsigned int there_count, over_count, asked;
static struct ul_lease last_over;
static int64_t now_us;

static int64_t fake_clock(void *arg)
{
	return now_us;
}

static void each(void (*fn)(const struct ul_lease *lease, void *fn_arg),
		 void *fn_arg, void *arg)
{
	asked++;
	for (unsigned int i = 0; i < there_count; i++)
		fn(&there[i], fn_arg);
}

static void over(const struct ul_lease *lease, void *arg)
{
	last_over = *lease;
	over_count++;
}

static const struct ul_lease_watch_handler handler = {
	.each = each, .over = over,
};

static void setup(void)
{
	now_us = 100 * SECOND;
	there_count = over_count = asked = 0;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ul_loop_turn(loop, 0);
	watch = ul_lease_watch_new(loop, &handler, NULL);
}

static void teardown(void)
{
	ul_lease_watch_free(watch);
	ul_loop_free(loop);
}

static void pass(int64_t us)
{
	now_us += us;
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

static struct ul_lease lease_of(uint8_t last, uint8_t mac)
{
	struct ul_lease l = {
		.addr = ul_addr_v4(0x0a000200u + last),
		.state = UL_LEASE_BOUND,
	};

	l.mac[5] = mac;
	return l;
}

static void give(uint8_t last, uint8_t mac)
{
	there[there_count] = lease_of(last, mac);
	ul_lease_watch_add(watch, &there[there_count++]);
}

START_TEST(what_is_not_there_any_more_is_told_once)
{
	give(15, 1);
	give(16, 2);
	pass(UL_LEASE_WATCH_US);
	ck_assert_uint_eq(over_count, 0);
	there_count = 1;
	pass(UL_LEASE_WATCH_US - 1);
	ck_assert_uint_eq(over_count, 0);
	pass(1);
	ck_assert_uint_eq(over_count, 1);
	ck_assert_uint_eq(last_over.mac[5], 2);
	pass(UL_LEASE_WATCH_US);
	ck_assert_uint_eq(over_count, 1);
}
END_TEST

START_TEST(nothing_leased_is_nothing_to_do)
{
	pass(10 * UL_LEASE_WATCH_US);
	ck_assert_uint_eq(asked, 0);
	give(15, 1);
	there_count = 0;
	pass(UL_LEASE_WATCH_US);
	ck_assert_uint_eq(asked, 1);
	pass(10 * UL_LEASE_WATCH_US);
	ck_assert_uint_eq(asked, 1);
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
}
END_TEST

START_TEST(an_address_that_moves_is_told_at_once)
{
	give(15, 1);
	there_count = 0;
	give(15, 2);
	ck_assert_uint_eq(over_count, 1);
	ck_assert_uint_eq(last_over.mac[5], 1);
	/* The same client again: it had it all the time. */
	there_count = 0;
	give(15, 2);
	ck_assert_uint_eq(over_count, 1);
	pass(UL_LEASE_WATCH_US);
	ck_assert_uint_eq(over_count, 1);
}
END_TEST

/* Another client's, which was not told of. */
START_TEST(the_same_address_is_not_the_same_lease)
{
	give(15, 1);
	there[0] = lease_of(15, 2);
	pass(UL_LEASE_WATCH_US);
	ck_assert_uint_eq(over_count, 1);
	ck_assert_uint_eq(last_over.mac[5], 1);
}
END_TEST

#define LONG_US (3600 * SECOND)

static void give_long(uint8_t last, uint8_t mac)
{
	there[there_count] = lease_of(last, mac);
	there[there_count].expires_us = now_us + LONG_US;
	ul_lease_watch_add(watch, &there[there_count++]);
}

/* As an owner lets the loop sleep: from one deadline to the next. */
static unsigned int sleep_until(int64_t end_us)
{
	unsigned int wakes = 0;
	int64_t wait_us;

	for (;;) {
		wait_us = ul_loop_next_timeout(loop);
		if (wait_us < 0 || now_us + wait_us > end_us)
			break;
		pass(wait_us);
		wakes++;
	}
	pass(end_us - now_us);
	return wakes;
}

START_TEST(a_network_at_rest_is_left_alone)
{
	int64_t end_us = now_us + LONG_US;

	give_long(15, 1);
	give_long(16, 2);
	ck_assert_uint_eq(sleep_until(now_us + LONG_US / 4), 0);
	ck_assert_uint_le(sleep_until(end_us - UL_LEASE_WATCH_US), 12);
	ck_assert_uint_eq(over_count, 0);
	there_count = 0;
	sleep_until(end_us + UL_LEASE_WATCH_US);
	ck_assert_uint_eq(over_count, 2);
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
}
END_TEST

START_TEST(one_that_ends_early_is_told_soon)
{
	give_long(15, 1);
	give_long(16, 2);
	there_count = 1;
	ul_lease_watch_changed(watch);
	pass(UL_LEASE_WATCH_US);
	ck_assert_uint_eq(over_count, 1);
	ck_assert_uint_eq(last_over.mac[5], 2);
}
END_TEST

/* Before the end, that is, in the time that the host's own need. */
START_TEST(somebody_looks_shortly_before_the_end)
{
	int64_t end_us = now_us + LONG_US;

	give_long(15, 1);
	sleep_until(end_us - 3 * UL_LEASE_WATCH_US);
	asked = 0;
	sleep_until(end_us - 1);
	ck_assert_uint_ge(asked, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lease_watch");
	TCase *tc = tcase_create("watch");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_not_there_any_more_is_told_once);
	tcase_add_test(tc, nothing_leased_is_nothing_to_do);
	tcase_add_test(tc, an_address_that_moves_is_told_at_once);
	tcase_add_test(tc, the_same_address_is_not_the_same_lease);
	tcase_add_test(tc, a_network_at_rest_is_left_alone);
	tcase_add_test(tc, one_that_ends_early_is_told_soon);
	tcase_add_test(tc, somebody_looks_shortly_before_the_end);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
