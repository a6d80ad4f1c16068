/* SPDX-License-Identifier: BSD-3-Clause */
/* test_framer.c - JSON objects out of a stream of bytes */
#include <stdlib.h>
#include <string.h>

#include "ctl/framer.h"
#include "harness.h"

static struct ul_framer *f;

static void setup(void)
{
	f = malloc(sizeof(*f));
	ul_framer_init(f);
}

static void teardown(void)
{
	free(f);
}

/* What the next of *@text is; *@text is moved behind it. */
static enum ul_framed next(const char **text)
{
	enum ul_framed what;

	*text += ul_framer_feed(f, *text, strlen(*text), &what);
	return what;
}

static void expect(enum ul_framed what, const char *message)
{
	ck_assert_int_eq(what, UL_FRAMED_MESSAGE);
	ck_assert_uint_eq(f->len, strlen(message));
	ck_assert_mem_eq(f->text, message, f->len);
}

START_TEST(objects_need_nothing_between_them)
{
	const char *in = "{\"a\":[1,{}]}{}\r\n {\"b\" : 2}\n";

	expect(next(&in), "{\"a\":[1,{}]}");
	expect(next(&in), "{}");
	expect(next(&in), "{\"b\" : 2}");
	ck_assert_int_eq(next(&in), UL_FRAMED_MORE);
	ck_assert_str_eq(in, "");
}
END_TEST

START_TEST(brackets_in_strings_do_not_count)
{
	const char *text = "{\"}\": \"]{\\\"}\", \"\\\\\": 1}";
	const char *in = text;

	expect(next(&in), text);
}
END_TEST

/* Cut at each byte, the message is the same. */
START_TEST(a_message_may_come_in_pieces)
{
	const char *text = "{\"a\": \"\\\"}\", \"b\": [[], {}]}";
	enum ul_framed what;

	ck_assert_uint_eq(ul_framer_feed(f, text, (size_t)_i, &what),
			  (size_t)_i);
	ck_assert_int_eq(what, UL_FRAMED_MORE);
	text += _i;
	ul_framer_feed(f, text, strlen(text), &what);
	expect(what, "{\"a\": \"\\\"}\", \"b\": [[], {}]}");
}
END_TEST

START_TEST(what_is_no_object_costs_its_line)
{
	const char *in = "help {}\nnull\n{\"a\":1}";

	ck_assert_int_eq(next(&in), UL_FRAMED_STRAY);
	ck_assert_int_eq(next(&in), UL_FRAMED_STRAY);
	expect(next(&in), "{\"a\":1}");
}
END_TEST

START_TEST(a_string_ends_with_its_line)
{
	const char *in = "{\"a: 1}\n{\"b\": 2}";

	expect(next(&in), "{\"a: 1}\n");
	expect(next(&in), "{\"b\": 2}");
}
END_TEST

START_TEST(the_longest_message_passes)
{
	char *text = malloc(UL_FRAMER_MAX + 2);
	const char *in = text;

	memset(text, ' ', UL_FRAMER_MAX);
	text[0] = '{';
	text[UL_FRAMER_MAX - 1 + _i] = '}';
	text[UL_FRAMER_MAX + _i] = '\0';
	if (!_i)
		expect(next(&in), text);
	else
		ck_assert_int_eq(next(&in), UL_FRAMED_TOO_LONG);
	free(text);
}
END_TEST

START_TEST(the_deepest_message_passes)
{
	char text[2 * (UL_FRAMER_DEPTH_MAX + 1) + 3];
	size_t depth = UL_FRAMER_DEPTH_MAX + (size_t)_i;
	const char *in = text;

	memset(text, '{', depth);
	memset(text + depth, '}', depth);
	strcpy(text + 2 * depth, "{}");
	ck_assert_int_eq(next(&in), _i ? UL_FRAMED_TOO_DEEP :
					 UL_FRAMED_MESSAGE);
	expect(next(&in), "{}");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("framer");
	TCase *tc = tcase_create("framer");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, objects_need_nothing_between_them);
	tcase_add_test(tc, brackets_in_strings_do_not_count);
	tcase_add_loop_test(tc, a_message_may_come_in_pieces, 0, 27);
	tcase_add_test(tc, what_is_no_object_costs_its_line);
	tcase_add_test(tc, a_string_ends_with_its_line);
	tcase_add_loop_test(tc, the_longest_message_passes, 0, 2);
	tcase_add_loop_test(tc, the_deepest_message_passes, 0, 2);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
