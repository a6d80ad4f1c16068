/* SPDX-License-Identifier: BSD-3-Clause */
/* test_holes.c - which of the bytes sent the guest still misses */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "stack/holes.h"

#define BASE 0xffffff00u	/* the sequence numbers wrap */
#define SPACE 4096u

static struct ul_holes h;

static void setup(void)
{
	ul_holes_reset(&h, BASE);
	ul_holes_acked(&h, BASE);
}

static void teardown(void)
{
	ul_holes_reset(&h, 0);
}

static bool had(uint32_t left, uint32_t right)
{
	return ul_holes_had(&h, BASE + left, BASE + right);
}

static void expect(unsigned int i, uint32_t start, uint32_t end)
{
	ck_assert_uint_lt(i, h.count);
	ck_assert_uint_eq(h.hole[i].start - BASE, start);
	ck_assert_uint_eq(h.hole[i].end - BASE, end);
}

START_TEST(holes_are_between_what_came)
{
	ck_assert(had(200, 300));
	ck_assert(had(500, 600));
	ck_assert_uint_eq(h.count, 2);
	expect(0, 0, 200);
	expect(1, 300, 500);
	ck_assert(!had(500, 600));
	ck_assert(!had(210, 290));
	ck_assert(had(350, 400));
	expect(1, 300, 350);
	expect(2, 400, 500);
	ck_assert(had(320, 420));
	expect(1, 300, 320);
	expect(2, 420, 500);
	ck_assert(had(300, 600));
	ck_assert_uint_eq(h.count, 1);
	ul_holes_acked(&h, BASE + 100);
	expect(0, 100, 200);
	ul_holes_acked(&h, BASE + 600);
	ck_assert_uint_eq(h.count, 0);
	ck_assert_uint_eq(h.top, BASE + 600);
}
END_TEST

START_TEST(enough_above_is_loss)
{
	had(100, 200);
	had(300, 400);
	had(500, 600);
	ck_assert_uint_eq(ul_holes_lost(&h, 301), 0);
	ck_assert_uint_eq(ul_holes_lost(&h, 300), 1);
	ck_assert_uint_eq(ul_holes_lost(&h, 200), 2);
	ck_assert_uint_eq(ul_holes_lost(&h, 1), 3);
	ck_assert_uint_eq(ul_holes_lost(&h, 0), 3);
}
END_TEST

START_TEST(what_was_resent_is_lost_again_by_what_came_later)
{
	had(100, 200);
	had(300, 400);
	had(500, 600);
	for (unsigned int i = 0; i < 3; i++)
		ul_holes_sent(&h, i, 100, BASE + 600, 1000);
	for (unsigned int i = 0; i < 3; i++) {
		ck_assert_uint_eq(h.hole[i].next, h.hole[i].end);
		ck_assert(!ul_holes_retry(&h, i, 30, 5000));
	}
	had(200, 300);			/* the second has come */
	ck_assert(!ul_holes_retry(&h, 0, 30, 999));	/* too early to say */
	ck_assert(!ul_holes_retry(&h, 1, 30, 5000));
	ck_assert(ul_holes_retry(&h, 0, 30, 1000));
	ck_assert_uint_eq(h.hole[0].next, h.hole[0].start);
	ck_assert(!ul_holes_retry(&h, 0, 30, 5000));	/* it is to be sent */
	ul_holes_sent(&h, 0, 100, BASE + 600, 2000);
	ck_assert(!ul_holes_retry(&h, 0, 30, 5000));
	had(600, 629);			/* new data that came is not enough */
	ck_assert(!ul_holes_retry(&h, 1, 30, 5000));
	had(629, 630);
	ck_assert(ul_holes_retry(&h, 1, 30, 5000));
}
END_TEST

/* In one piece resent: what is left below the part that came. */
START_TEST(a_part_that_came_tells_of_what_is_before)
{
	had(1000, 1100);
	ul_holes_sent(&h, 0, 1000, BASE + 1100, 1000);
	had(400, 500);
	expect(0, 0, 400);
	expect(1, 500, 1000);
	ck_assert(ul_holes_retry(&h, 0, 5000, 1000));
	ck_assert(!ul_holes_retry(&h, 1, 5000, 1000));
}
END_TEST

START_TEST(doubt_misses_all)
{
	had(100, 200);
	ul_holes_doubt(&h, BASE + 50, BASE + 700);
	ck_assert_uint_eq(h.count, 1);
	expect(0, 50, 700);
	ck_assert_uint_eq(h.hole[0].next, BASE + 50);
	ck_assert(had(300, 400));
	expect(0, 50, 300);
	expect(1, 400, 700);
}
END_TEST

/* More holes than are kept: none is forgotten. */
START_TEST(what_is_missing_is_never_forgotten)
{
	for (uint32_t i = 0; i < 2 * UL_HOLES_MAX; i++)
		had(2 * i + 1, 2 * i + 2);
	ck_assert_uint_eq(h.count, UL_HOLES_MAX);
	ck_assert_uint_eq(h.top, BASE + 4 * UL_HOLES_MAX);
	expect(UL_HOLES_MAX - 1, 2 * UL_HOLES_MAX - 2,
	       4 * UL_HOLES_MAX - 1);
	had(2 * UL_HOLES_MAX, 2 * UL_HOLES_MAX + 5);	/* cannot be split */
	expect(UL_HOLES_MAX - 1, 2 * UL_HOLES_MAX - 2,
	       4 * UL_HOLES_MAX - 1);
}
END_TEST

/* Against a plain map of bytes: a byte that is missing is in a hole. */
START_TEST(agrees_with_a_map)
{
	static uint8_t map[SPACE];
	uint32_t una = 0, top = 0;

	srand((unsigned int)_i);
	memset(map, 0, sizeof(map));
	while (una < SPACE - 64) {
		uint32_t left = una + 1 + (uint32_t)rand() % 60;
		uint32_t right = left + 1 + (uint32_t)rand() % 30;
		unsigned int at = 0;

		right = right > SPACE ? SPACE : right;
		if (left < right && rand() % 4) {
			memset(map + left, 1, right - left);
			top = right > top ? right : top;
			had(left, right);
		} else {
			una += (uint32_t)rand() % 20;
			memset(map, 1, una);
			while (una < SPACE && map[una])
				una++;
			top = una > top ? una : top;
			ul_holes_acked(&h, BASE + una);
		}
		ck_assert_uint_eq(h.top - BASE, top);
		for (uint32_t b = una; b < top; b++) {
			while (at < h.count && h.hole[at].end - BASE <= b)
				at++;
			ck_assert_int_eq(!map[b], at < h.count &&
					 h.hole[at].start - BASE <= b);
		}
		for (unsigned int i = 0; i < h.count; i++)
			ck_assert(!ul_seq_lt(h.hole[i].next,
					     h.hole[i].start));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("holes");
	TCase *tc = tcase_create("holes");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, holes_are_between_what_came);
	tcase_add_test(tc, enough_above_is_loss);
	tcase_add_test(tc, what_was_resent_is_lost_again_by_what_came_later);
	tcase_add_test(tc, a_part_that_came_tells_of_what_is_before);
	tcase_add_test(tc, doubt_misses_all);
	tcase_add_test(tc, what_is_missing_is_never_forgotten);
	tcase_add_loop_test(tc, agrees_with_a_map, 0, 20);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
