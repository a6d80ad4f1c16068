/* SPDX-License-Identifier: BSD-3-Clause */
/* test_htab.c - hash table: growth, removal while growing, equal hashes */
#include "base/htab.h"

#include "harness.h"

#define KEYS 5000

struct item {
	struct ul_hnode node;
	int key;
	bool is_in;
};

static struct item items[KEYS];
static struct ul_htab tab;

/* Spread, so that low bits (the bucket) and the whole differ. */
static uint64_t spread(uint64_t key)
{
	return key * 0x9e3779b97f4a7c15;
}

static void setup(void)
{
	memset(items, 0, sizeof(items));
	ul_htab_init(&tab);
}

static void teardown(void)
{
	ul_htab_fini(&tab);
}

static void insert(int i, uint64_t hash)
{
	items[i].key = i;
	items[i].node.hash = hash;
	items[i].is_in = true;
	ul_htab_insert(&tab, &items[i].node);
}

static void take_out(int i)
{
	items[i].is_in = false;
	ul_htab_remove(&tab, &items[i].node);
}

/* How often the walk along its hash meets item @i. */
static int times_found(int i)
{
	struct ul_hnode *n = NULL;
	int times = 0;

	while ((n = ul_htab_find(&tab, items[i].node.hash, n)))
		times += n == &items[i].node;
	return times;
}

static void check_range(int count)
{
	size_t in = 0;

	for (int i = 0; i < count; i++) {
		ck_assert_int_eq(times_found(i), items[i].is_in);
		in += items[i].is_in;
	}
	ck_assert_uint_eq(tab.count, in);
}

START_TEST(an_empty_table_finds_nothing)
{
	ck_assert_ptr_null(ul_htab_find(&tab, 0, NULL));
	ck_assert_ptr_null(ul_htab_find(&tab, UINT64_MAX, NULL));
}
END_TEST

START_TEST(all_are_found_at_each_step_of_growth)
{
	for (int i = 0; i < KEYS; i++) {
		insert(i, spread((uint64_t)i));
		if (i < 600)
			check_range(i + 1);
	}
	check_range(KEYS);
	ck_assert_uint_ge(tab.mask + 1, KEYS / 2);
}
END_TEST

/* Right after doubling, and some insertions later, the old table is in use. */
START_TEST(removal_works_while_growing)
{
	int i, later = _i;

	for (i = 0; i < KEYS && !tab.old; i++)
		insert(i, spread((uint64_t)i));
	ck_assert_ptr_nonnull(tab.old);
	for (; later && tab.old; later--, i++)
		insert(i, spread((uint64_t)i));
	for (int k = 0; k < i; k += 2)
		take_out(k);
	check_range(i);
	for (int k = 1; k < i; k += 2)
		take_out(k);
	check_range(i);
	ck_assert_uint_eq(tab.count, 0);
}
END_TEST

START_TEST(removing_twice_counts_once)
{
	insert(0, 1);
	insert(1, 2);
	take_out(0);
	take_out(0);
	ck_assert_uint_eq(tab.count, 1);
}
END_TEST

/* Nodes of one hash, inserted around a doubling: each is met once. */
START_TEST(a_walk_meets_all_of_equal_hash_once)
{
	const uint64_t hash = 0x1234567;
	struct ul_hnode *n = NULL;
	int met[KEYS] = { 0 };
	int count = 60 + _i, total = 0;

	for (int i = 0; i < count; i++)
		insert(i, i % 3 ? spread((uint64_t)i) : hash);
	while ((n = ul_htab_find(&tab, hash, n))) {
		struct item *item = (struct item *)n;

		ck_assert_uint_eq(n->hash, hash);
		ck_assert_int_eq(met[item->key]++, 0);
		total++;
	}
	ck_assert_int_eq(total, (count + 2) / 3);
}
END_TEST

/* Same bucket, other hash: the table compares whole hashes. */
START_TEST(neighbours_in_a_bucket_are_not_found)
{
	insert(0, 5);
	insert(1, 5 + ((uint64_t)1 << 40));
	ck_assert_ptr_eq(ul_htab_find(&tab, 5, NULL), &items[0].node);
	ck_assert_ptr_null(ul_htab_find(&tab, 5, &items[0].node));
	ck_assert_ptr_null(ul_htab_find(&tab, 5 + ((uint64_t)1 << 41), NULL));
}
END_TEST

/* A long random life, checked against the flags. */
START_TEST(churn_keeps_the_table_right)
{
	uint32_t x = (uint32_t)_i + 1;

	for (int step = 0; step < 20000; step++) {
		int i;

		x = x * 1664525 + 1013904223;
		i = (int)(x >> 8) % (step < 10000 ? KEYS : 200);
		if (items[i].is_in)
			take_out(i);
		else
			insert(i, spread((uint64_t)i));
	}
	check_range(KEYS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("htab");
	TCase *tc = tcase_create("htab");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_empty_table_finds_nothing);
	tcase_add_test(tc, all_are_found_at_each_step_of_growth);
	tcase_add_loop_test(tc, removal_works_while_growing, 0, 18);
	tcase_add_test(tc, removing_twice_counts_once);
	tcase_add_loop_test(tc, a_walk_meets_all_of_equal_hash_once, 0, 80);
	tcase_add_test(tc, neighbours_in_a_bucket_are_not_found);
	tcase_add_loop_test(tc, churn_keeps_the_table_right, 0, 4);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
