/* SPDX-License-Identifier: BSD-3-Clause */
/* test_log.c - log lines: levels, shape, length, and the limiter */
#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

#include "harness.h"

#define SECOND 1000000ll
#define OUT_MAX (1 << 16)

static FILE *file;
static char out[OUT_MAX];

static void setup(void)
{
	file = tmpfile();
	ul_log_set_fd(fileno(file));
}

static void teardown(void)
{
	ul_log_set_fd(STDERR_FILENO);
	fclose(file);
}

/* All that was logged so far; how many lines. */
static int read_lines(void)
{
	int lines = 0;
	ssize_t n = pread(fileno(file), out, OUT_MAX - 1, 0);

	ck_assert_int_ge(n, 0);
	out[n] = '\0';
	for (const char *p = out; (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

START_TEST(a_line_says_level_tag_and_text)
{
	int h, m, s, ms, used = 0;

	ul_log(WARN, "dhcp4", "no lease for %s", "vm");
	ck_assert_int_eq(read_lines(), 1);
	ck_assert_int_eq(sscanf(out, "%2d:%2d:%2d.%3d %n", &h, &m, &s, &ms,
				&used), 4);
	ck_assert_str_eq(out + used, "warn dhcp4: no lease for vm\n");
}
END_TEST

static void on_line(const char *line, size_t len, void *arg)
{
	ck_assert_uint_lt(len, OUT_MAX);
	memcpy(arg, line, len);
	((char *)arg)[len] = '\0';
}

START_TEST(a_sink_gets_the_day_too)
{
	char line[OUT_MAX];
	int y, mon, day, used = 0;

	ul_log_set_sink(on_line, line);
	ul_log(ERROR, "t", "to the sink");
	ck_assert_int_eq(read_lines(), 0);
	ck_assert_int_eq(sscanf(line, "%4d-%2d-%2d %n", &y, &mon, &day, &used),
			 3);
	ck_assert_int_eq(used, UL_LOG_DAY_LEN);
	ck_assert_ptr_nonnull(strstr(line, " error t: to the sink\n"));
	ul_log_set_sink(NULL, NULL);
	ul_log(ERROR, "t", "not any more");
	ck_assert_int_eq(read_lines(), 1);
}
END_TEST

START_TEST(levels_above_the_set_one_are_dropped)
{
	ul_log(DEBUG, "t", "no");
	ck_assert_int_eq(read_lines(), 0);
	ul_log_set_level(UL_LOG_ERROR);
	ul_log(WARN, "t", "no");
	ul_log_write(UL_LOG_WARN, "t", "no");
	ck_assert_int_eq(read_lines(), 0);
	ul_log_set_level(UL_LOG_DEBUG);
	ul_log(DEBUG, "t", "yes");
	ck_assert_int_eq(read_lines(), 1);
}
END_TEST

/* Around the length of the buffer: always one whole line. */
START_TEST(long_lines_are_cut_not_broken)
{
	char text[1100];

	memset(text, 'x', sizeof(text));
	text[960 + _i] = '\0';
	ul_log(INFO, "t", "%s", text);
	ck_assert_int_eq(read_lines(), 1);
	ck_assert_uint_le(strlen(out), 1024);
	ck_assert_int_eq(out[strlen(out) - 1], '\n');
	ck_assert_int_eq(out[strlen(out) - 2], 'x');
}
END_TEST

START_TEST(ten_lines_pass_in_a_window)
{
	struct ul_log_limit limit = { 0 };

	for (int i = 0; i < 25; i++)
		ul_log_limited(&limit, i, UL_LOG_WARN, "t", "line %d", i);
	ck_assert_int_eq(read_lines(), 10);
	ck_assert_ptr_nonnull(strstr(out, "line 9\n"));
	ck_assert_ptr_null(strstr(out, "line 10\n"));
}
END_TEST

START_TEST(the_next_window_says_what_was_left_out)
{
	struct ul_log_limit limit = { 0 };

	for (int i = 0; i < 25; i++)
		ul_log_limited(&limit, i, UL_LOG_WARN, "t", "line");
	ul_log_limited(&limit, 10 * SECOND - 1, UL_LOG_WARN, "t", "early");
	ck_assert_int_eq(read_lines(), 10);
	ul_log_limited(&limit, 10 * SECOND, UL_LOG_WARN, "t", "late");
	ck_assert_int_eq(read_lines(), 12);
	ck_assert_ptr_nonnull(strstr(out, "16 lines"));
	ck_assert_ptr_nonnull(strstr(out, "late\n"));
	ck_assert_ptr_null(strstr(out, "early"));
}
END_TEST

/* A clock that was set back must not silence a subject for hours. */
START_TEST(a_clock_set_back_opens_a_new_window)
{
	struct ul_log_limit limit = { 0 };

	for (int i = 0; i < 12; i++)
		ul_log_limited(&limit, 3600 * SECOND, UL_LOG_WARN, "t", "a");
	ul_log_limited(&limit, 1, UL_LOG_WARN, "t", "b");
	ck_assert_int_eq(read_lines(), 12);
	ck_assert_ptr_nonnull(strstr(out, "b\n"));
}
END_TEST

START_TEST(dropped_levels_use_no_budget)
{
	struct ul_log_limit limit = { 0 };

	for (int i = 0; i < 50; i++)
		ul_log_limited(&limit, i, UL_LOG_DEBUG, "t", "no");
	ul_log_limited(&limit, 50, UL_LOG_WARN, "t", "yes");
	ck_assert_int_eq(read_lines(), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log");
	TCase *tc = tcase_create("log");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_line_says_level_tag_and_text);
	tcase_add_test(tc, a_sink_gets_the_day_too);
	tcase_add_test(tc, levels_above_the_set_one_are_dropped);
	tcase_add_loop_test(tc, long_lines_are_cut_not_broken, 0, 80);
	tcase_add_test(tc, ten_lines_pass_in_a_window);
	tcase_add_test(tc, the_next_window_says_what_was_left_out);
	tcase_add_test(tc, a_clock_set_back_opens_a_new_window);
	tcase_add_test(tc, dropped_levels_use_no_budget);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
