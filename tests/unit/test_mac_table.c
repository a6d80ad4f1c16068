/* SPDX-License-Identifier: BSD-3-Clause */
/* test_mac_table.c - where MACs were seen */
#include <errno.h>

#include "harness.h"
#include "link/mac_table.h"

#define AGE 1000

static struct ul_mac_table *t;
static struct ul_mac_place a, b;

static void setup(void)
{
	t = ul_mac_table_new(AGE);
	ul_mac_place_init(&a, 3);
	ul_mac_place_init(&b, 3);
}

static void teardown(void)
{
	ul_mac_table_forget(t, &a);
	ul_mac_table_forget(t, &b);
	ck_assert_uint_eq(ul_mac_table_count(t), 0);
	ul_mac_table_free(t);
}

static const uint8_t *mac(int n)
{
	static uint8_t m[6];

	memcpy(m, (uint8_t[]){ 2, 0, 0, 0, (uint8_t)(n >> 8), (uint8_t)n }, 6);
	return m;
}

static enum ul_mac_seen see(struct ul_mac_place *place, int n, int64_t now_us)
{
	struct ul_mac_place *other = NULL;
	enum ul_mac_seen seen = ul_mac_table_see(t, place, mac(n), now_us,
						 &other);

	if (seen == UL_MAC_ELSEWHERE)
		ck_assert_ptr_eq(other, place == &a ? &b : &a);
	else
		ck_assert_ptr_null(other);
	return seen;
}

static struct ul_mac_place *find(int n, int64_t now_us)
{
	return ul_mac_table_find(t, mac(n), now_us);
}

START_TEST(a_mac_is_where_it_was_seen)
{
	ck_assert_ptr_null(find(1, 0));
	ck_assert_int_eq(see(&a, 1, 0), UL_MAC_HERE);
	ck_assert_int_eq(see(&b, 2, 0), UL_MAC_HERE);
	ck_assert_ptr_eq(find(1, 0), &a);
	ck_assert_ptr_eq(find(2, 0), &b);
	ck_assert_int_eq(see(&b, 1, 0), UL_MAC_ELSEWHERE);
	ck_assert_ptr_eq(find(1, 0), &a);
	ck_assert_uint_eq(ul_mac_table_count(t), 2);
}
END_TEST

START_TEST(it_moves_when_told)
{
	see(&a, 1, 0);
	ck_assert_int_eq(ul_mac_table_move(t, &b, mac(1), 5), 0);
	ck_assert_ptr_eq(find(1, 5), &b);
	ck_assert_uint_eq(a.count, 0);
	ck_assert_uint_eq(b.count, 1);
	/* Moving to where it is counts as being seen. */
	ck_assert_int_eq(ul_mac_table_move(t, &b, mac(1), AGE), 0);
	ck_assert_ptr_eq(find(1, AGE + 5), &b);
}
END_TEST

/* A move that the new place has no room for leaves it where it was. */
START_TEST(a_refused_move_changes_nothing)
{
	for (int i = 0; i < 3; i++)
		see(&b, i, 0);
	see(&a, 7, 0);
	ck_assert_int_eq(ul_mac_table_move(t, &b, mac(7), 0), -ENOSPC);
	ck_assert_ptr_eq(find(7, 0), &a);
}
END_TEST

START_TEST(it_ages)
{
	see(&a, 1, 0);
	ck_assert_ptr_eq(find(1, AGE - 1), &a);
	ck_assert_ptr_null(find(1, AGE));
	see(&a, 1, AGE - 1);
	ck_assert_ptr_eq(find(1, AGE), &a);
	ck_assert_ptr_null(find(1, 2 * AGE - 1));
	/* What has aged belongs to whoever uses it next. */
	ck_assert_int_eq(see(&b, 1, 2 * AGE - 2), UL_MAC_ELSEWHERE);
	ck_assert_int_eq(see(&b, 1, 2 * AGE - 1), UL_MAC_HERE);
	ck_assert_ptr_eq(find(1, 2 * AGE - 1), &b);
	ck_assert_uint_eq(a.count, 0);
}
END_TEST

START_TEST(a_place_has_its_limit)
{
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(see(&a, i, i), UL_MAC_HERE);
	ck_assert_int_eq(see(&a, 3, 3), UL_MAC_REFUSED);
	ck_assert_ptr_null(find(3, 3));
	ck_assert_int_eq(see(&b, 3, 3), UL_MAC_HERE);
	/* Those that it has are still heard: 0 is the youngest now. */
	ck_assert_int_eq(see(&a, 0, 4), UL_MAC_HERE);
	/* An aged one makes room: that is 1, and only that. */
	ck_assert_int_eq(see(&a, 4, AGE), UL_MAC_REFUSED);
	ck_assert_int_eq(see(&a, 4, AGE + 1), UL_MAC_HERE);
	ck_assert_int_eq(see(&a, 5, AGE + 1), UL_MAC_REFUSED);
	ck_assert_ptr_eq(find(0, AGE + 1), &a);
	ck_assert_ptr_eq(find(2, AGE + 1), &a);
}
END_TEST

START_TEST(one_that_evicts_forgets_the_oldest)
{
	a.does_evict = true;
	for (int i = 0; i < 3; i++)
		see(&a, i, i);
	see(&a, 0, 3);
	ck_assert_int_eq(see(&a, 3, 4), UL_MAC_HERE);
	ck_assert_ptr_null(find(1, 4));
	ck_assert_ptr_eq(find(0, 4), &a);
	ck_assert_uint_eq(a.count, 3);
}
END_TEST

START_TEST(a_fixed_one_neither_ages_nor_makes_room)
{
	a.does_evict = true;
	ck_assert_int_eq(ul_mac_table_fix(t, &a, mac(9)), 0);
	for (int i = 0; i < 20; i++)
		see(&a, i == 9 ? 100 : i, i * AGE);
	ck_assert_int_eq(see(&a, 9, 0), UL_MAC_HERE);
	ck_assert_ptr_eq(find(9, 1000 * AGE), &a);
	ck_assert_int_eq(see(&b, 9, 1000 * AGE), UL_MAC_ELSEWHERE);
	ul_mac_table_drop(t, mac(9));
	ck_assert_ptr_null(find(9, 0));
	/* In a full place it takes the oldest's room. */
	ul_mac_table_forget(t, &b);
	for (int i = 0; i < 3; i++)
		see(&b, 50 + i, i);
	ck_assert_int_eq(ul_mac_table_fix(t, &b, mac(9)), 0);
	ck_assert_ptr_null(find(50, 3));
	ck_assert_uint_eq(b.count, 3);
	/* One that has nothing but fixed MACs makes no room at all. */
	ul_mac_table_forget(t, &b);
	b.max = 1;
	b.does_evict = true;
	ul_mac_table_fix(t, &b, mac(9));
	ck_assert_int_eq(see(&b, 10, 0), UL_MAC_REFUSED);
}
END_TEST

static void count_it(const uint8_t m[6], void *arg)
{
	int *sum = arg;

	*sum += m[5];
}

START_TEST(each_names_those_that_have_not_aged)
{
	int sum = 0;

	see(&a, 1, 0);
	see(&a, 2, 5);
	see(&b, 4, 5);
	ul_mac_table_fix(t, &a, mac(8));
	ul_mac_table_each(t, &a, AGE, count_it, &sum);
	ck_assert_int_eq(sum, 10);
	ul_mac_table_forget(t, &a);
	ul_mac_table_each(t, &a, AGE, count_it, &sum);
	ck_assert_int_eq(sum, 10);
	ck_assert_ptr_eq(find(4, 5), &b);
}
END_TEST

/* 1 and 17 share the place of those that were found last. */
START_TEST(found_last_is_no_way_round)
{
	see(&a, 1, 0);
	see(&b, 17, 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_eq(find(1, 0), &a);
		ck_assert_ptr_eq(find(17, 0), &b);
	}
	ck_assert_int_eq(ul_mac_table_move(t, &a, mac(17), 0), 0);
	ck_assert_ptr_eq(find(17, 0), &a);
	ck_assert_ptr_null(find(17, AGE));
	ul_mac_table_drop(t, mac(17));
	ck_assert_ptr_null(find(17, 0));
	ck_assert_ptr_eq(find(1, 0), &a);
	ul_mac_table_forget(t, &a);
	ck_assert_ptr_null(find(1, 0));
	ck_assert_int_eq(see(&b, 1, 0), UL_MAC_HERE);
	ck_assert_int_eq(see(&a, 1, 0), UL_MAC_ELSEWHERE);
}
END_TEST

START_TEST(many_are_found_again)
{
	a.max = 5000;
	for (int i = 0; i < 5000; i++)
		ck_assert_int_eq(see(&a, i, 0), UL_MAC_HERE);
	for (int i = 0; i < 5000; i++)
		ck_assert_ptr_eq(find(i, 1), &a);
	for (int i = 0; i < 5000; i += 2)
		ul_mac_table_drop(t, mac(i));
	for (int i = 0; i < 5000; i++)
		ck_assert_ptr_eq(find(i, 1), i % 2 ? &a : NULL);
	ck_assert_uint_eq(a.count, 2500);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mac_table");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_mac_is_where_it_was_seen);
	tcase_add_test(tc, it_moves_when_told);
	tcase_add_test(tc, a_refused_move_changes_nothing);
	tcase_add_test(tc, it_ages);
	tcase_add_test(tc, a_place_has_its_limit);
	tcase_add_test(tc, one_that_evicts_forgets_the_oldest);
	tcase_add_test(tc, a_fixed_one_neither_ages_nor_makes_room);
	tcase_add_test(tc, each_names_those_that_have_not_aged);
	tcase_add_test(tc, found_last_is_no_way_round);
	tcase_add_test(tc, many_are_found_again);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
