/* SPDX-License-Identifier: BSD-3-Clause */
/* test_cli_usage.c - the line that says what a verb takes */
#include <glib.h>
#include <limits.h>

#include "cli/usage.h"
#include "tests/harness.h"

static const struct {
	const char *args;
	int min, max;
	const char *words[4];
} lines[] = {
	{ "", 0, 0, { NULL } },
	{ "[--json]", 0, 0, { NULL } },
	{ "NET [--json]", 1, 1, { "NET" } },
	{ "[NET] [--json]", 0, 1, { "NET" } },
	{ "NET VM[:PORT] [--timeout S]", 2, 2, { "NET", "VM" } },
	{ "NET RULE... [--json]", 2, INT_MAX, { "NET", "RULE", "RULE" } },
	{ "NET [--only NAME]... [RULE]...", 1, INT_MAX, { "NET", "RULE" } },
	{ "NET up|down", 2, 2, { "NET", "up|down" } },
	{ "NET [error|info]", 1, 2, { "NET", "error|info" } },
	{ "[--net NET]... -- QEMU...", 0, 0, { NULL } },
	{ "NET [OPTION]... [-- COMMAND...]", 1, INT_MAX, { "NET", "OPTION" } },
};

START_TEST(line_is_understood)
{
	struct ul_usage u;

	ul_usage_parse(&u, lines[_i].args);
	ck_assert_int_eq(u.min, lines[_i].min);
	ck_assert_int_eq(u.max, lines[_i].max);
	for (int w = 0; w < 4 && lines[_i].words[w]; w++)
		ck_assert_str_eq(ul_usage_word(&u, w), lines[_i].words[w]);
	if (u.max != INT_MAX)
		ck_assert_ptr_null(ul_usage_word(&u, u.max));
	ck_assert_ptr_null(ul_usage_word(&u, -1));
	ul_usage_clear(&u);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("usage");
	TCase *t = tcase_create("usage");

	tcase_add_loop_test(t, line_is_understood, 0, G_N_ELEMENTS(lines));
	suite_add_tcase(s, t);
	return run_suite(s);
}
