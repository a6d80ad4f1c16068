/* SPDX-License-Identifier: BSD-3-Clause */
/* test_cli_dial.c - how a VM and its port are written */
#include <errno.h>
#include <glib.h>

#include "cli/dial.h"
#include "harness.h"

static const struct {
	const char *text, *vm;
	uint16_t port;
} right[] = {
	{ "web", "web", 0 }, { "web:22", "web", 22 },
	{ "web.lab.internal:65535", "web.lab.internal", 65535 },
	{ "10.0.2.15", "10.0.2.15", 0 }, { "10.0.2.15:1", "10.0.2.15", 1 },
	{ "fd00::15", "fd00::15", 0 }, { "[fd00::15]", "fd00::15", 0 },
	{ "[fd00::15]:22", "fd00::15", 22 },
};

START_TEST(a_target_is_read)
{
	struct ul_dial_target t;

	ck_assert_int_eq(ul_dial_parse_target(&t, right[_i].text), 0);
	ck_assert_str_eq(t.vm, right[_i].vm);
	ck_assert_uint_eq(t.port, right[_i].port);
	ul_dial_target_clear(&t);
}
END_TEST

static const char *const wrong[] = {
	"", ":", ":22", "web:", "web:0", "web:65536", "web:-1", "web: 22",
	"web:22x", "[]", "[]:22", "[fd00::15", "[fd00::15]22", "[fd00::15]:",
	"[fd00::15]:0", "[",
};

START_TEST(what_is_none_is_refused)
{
	struct ul_dial_target t = { NULL, 7 };

	ck_assert_int_eq(ul_dial_parse_target(&t, wrong[_i]), -EINVAL);
	ck_assert_ptr_null(t.vm);
	ck_assert_uint_eq(t.port, 7);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cli_dial");
	TCase *tc = tcase_create("target");

	tcase_add_loop_test(tc, a_target_is_read, 0, G_N_ELEMENTS(right));
	tcase_add_loop_test(tc, what_is_none_is_refused, 0,
			    G_N_ELEMENTS(wrong));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
