/* SPDX-License-Identifier: BSD-3-Clause */
/* test_nearest.c - mistakes between words, and the name that was meant */
#include <glib.h>
#include <stdint.h>

#include "conf/nearest.h"
#include "harness.h"

static const struct {
	const char *one, *other;
	size_t mistakes;
} pairs[] = {
	{ "", "", 0 }, { "a", "", 1 }, { "", "abc", 3 },
	{ "forward", "forward", 0 }, { "foward", "forward", 1 },
	{ "fowrard", "forward", 1 }, { "farwood", "forward", 3 },
	{ "dns", "mtu", 3 }, { "ab", "ba", 1 },
};

START_TEST(mistakes_are_counted)
{
	const char *one = pairs[_i].one, *other = pairs[_i].other;

	ck_assert_uint_eq(ul_mistakes(one, other), pairs[_i].mistakes);
	ck_assert_uint_eq(ul_mistakes(other, one), pairs[_i].mistakes);
}
END_TEST

START_TEST(long_names_are_not_looked_at)
{
	g_autofree char *large = g_strnfill(UL_NEAREST_LEN_MAX + 1, 'x');

	ck_assert_uint_eq(ul_mistakes(large, "x"), SIZE_MAX);
	ck_assert_uint_eq(ul_mistakes("x", large), SIZE_MAX);
	ck_assert_uint_eq(ul_mistakes(large + 1, "x"),
			  UL_NEAREST_LEN_MAX - 1);
}
END_TEST

static const struct {
	const char *typed, *meant;
} typos[] = {
	{ "statsu", "status" }, { "stat", "stats" }, { "donw", "down" },
	{ "sl", "ls" }, { "forwards", "forward" }, { "shel", "shell" },
	{ "", NULL }, { "xy", NULL }, { "frob", NULL }, { "lab", NULL },
	{ "a-word-that-is-longer-than-any-that-we-have", NULL },
};

START_TEST(nearest_is_found)
{
	static const char *const names[] = {
		"run", "up", "down", "ls", "status", "stats", "shell",
		"forward",
	};
	struct ul_nearest nearest = { .typed = typos[_i].typed };

	ck_assert_ptr_null(ul_nearest_name(&nearest));
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		ul_nearest_offer(&nearest, names[i]);
	if (typos[_i].meant)
		ck_assert_str_eq(ul_nearest_name(&nearest), typos[_i].meant);
	else
		ck_assert_ptr_null(ul_nearest_name(&nearest));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nearest");
	TCase *t = tcase_create("nearest");

	tcase_add_loop_test(t, mistakes_are_counted, 0, G_N_ELEMENTS(pairs));
	tcase_add_test(t, long_names_are_not_looked_at);
	tcase_add_loop_test(t, nearest_is_found, 0, G_N_ELEMENTS(typos));
	suite_add_tcase(s, t);
	return run_suite(s);
}
