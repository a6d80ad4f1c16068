/* SPDX-License-Identifier: BSD-3-Clause */
/* test_cli_table.c - columns for people */
#include <glib.h>
#include <stdio.h>

#include "cli/table.h"
#include "harness.h"

static char *printed(const struct ul_table *t, const char *indent)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ul_table_print(t, indent, out);
	fclose(out);
	return text;
}

START_TEST(columns_are_as_wide_as_what_is_in_them)
{
	static const char *const heads[] = { "NAME", ">N", "WHAT", NULL };
	static const char *const a[] = { "lab", "7", "x" };
	static const char *const b[] = { "longer", "1000", NULL };
	struct ul_table *t = ul_table_new(heads);
	char *text = printed(t, "  ");

	ck_assert_str_eq(text, "");
	free(text);
	ul_table_add(t, a);
	ul_table_add(t, b);
	text = printed(t, "  ");
	ck_assert_str_eq(text, "  NAME       N  WHAT\n"
			       "  lab        7  x\n"
			       "  longer  1000  -\n");
	free(text);
	ul_table_free(t);
}
END_TEST

/* Names come from guests: none may move the cursor or fake a line. */
START_TEST(a_terminal_gets_no_commands)
{
	static const struct {
		const char *text, *clean;
	} cases[] = {
		{ "web", "web" },
		{ "a\033[2Jb", "a?[2Jb" },
		{ "a\nb\r\t", "a?b??" },
		{ "\xc3\xa4", "\xc3\xa4" },
		{ "a\xff", "a\xef\xbf\xbd" },
		{ "\xc2\x9b" "1m", "?1m" },
		{ "\xe2\x80\xae" "x", "?x" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		char *clean = ul_table_clean(cases[i].text);

		ck_assert_str_eq(clean, cases[i].clean);
		g_free(clean);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cli_table");
	TCase *tc = tcase_create("table");

	tcase_add_test(tc, columns_are_as_wide_as_what_is_in_them);
	tcase_add_test(tc, a_terminal_gets_no_commands);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
