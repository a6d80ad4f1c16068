/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ctl_forward.c - what the commands about forwards do */
#include "fake/ctl_ask.h"
#include "harness.h"

START_TEST(forwards_are_told)
{
	json_t *list = query("query-forwards");
	json_t *web = json_array_get(list, 0), *udp = json_array_get(list, 1);
	json_t *gone = json_array_get(list, 2);

	ck_assert_uint_eq(json_array_size(list), 3);
	ck_assert_str_eq(text_of(web, "spec"), "8080:web:80");
	ck_assert_str_eq(text_of(web, "protocol"), "tcp");
	ck_assert_str_eq(text_of(web, "guest"), "web");
	ck_assert_str_eq(text_of(web, "address"), "10.0.2.15");
	ck_assert_str_eq(text_of(web, "state"), "ready");
	ck_assert_str_eq(json_string_value(json_array_get(
		json_object_get(web, "host"), 1)), "[::1]:8080");
	ck_assert_int_eq(int_of(web, "host-port"), 8080);
	ck_assert_int_eq(int_of(web, "open"), 2);
	ck_assert_int_eq(int_of(web, "failed-ago"), 61);
	ck_assert_int_eq(int_of(json_object_get(web, "counters"), "failed"),
			 3);
	ck_assert_str_eq(text_of(udp, "protocol"), "udp");
	ck_assert_str_eq(text_of(udp, "guest"), "10.0.2.15");
	ck_assert_str_eq(text_of(gone, "state"), "no-guest");
	ck_assert_ptr_null(json_object_get(gone, "address"));
	json_decref(list);
}
END_TEST

START_TEST(forwards_are_added_and_removed)
{
	json_t *o = query("forward-add 'spec':'0:web:80','port':'web'");

	ck_assert_str_eq(text_of(o, "spec"), "0:web:80");
	ck_assert_int_eq(int_of(o, "host-port"), 8080);
	json_decref(o);
	ctl_lab_expect(ask("forward-add 'spec':'80:80'"), "");
	ctl_lab_expect(ask("forward-add 'spec':'80:80','port':'none'"),
		       "GenericError");
	ctl_lab_expect(ask("forward-add 'spec':'unix:/x:web:80',"
			   "'fdname':'none'"), "GenericError");
	give_fd("a", 0, "");
	ctl_lab_expect(ask("forward-add 'spec':'unix:/x:web:80',"
			   "'fdname':'a'"), "");
	ctl_lab_expect(ask("closefd 'fdname':'a'"), "GenericError");
	ck_assert_uint_eq(lab.network.forward_fds, 1);
	lab.network.forwards_added--;
	ck_assert_uint_eq(lab.network.forwards_added, 2);
	ctl_lab_expect(ask("forward-remove 'spec':'80:80'"), "");
	ck_assert_uint_eq(lab.network.forwards_cut, 0);
	ctl_lab_expect(ask("forward-remove 'spec':'80:80',"
			   "'close-flows':true"), "");
	ck_assert_uint_eq(lab.network.forwards_cut, 1);
	ctl_lab_expect(ask("forward-remove 'spec':'80:80'"), "GenericError");
}
END_TEST

static const char *const wrong[] = {
	"forward-add",
	"forward-add 'spec':80",
	"forward-add 'spec':''",
	"forward-add 'spec':'80:80','port':1",
	"forward-add 'spec':'80:80','fdname':''",
	"forward-remove 'close-flows':true",
	"forward-remove 'spec':'80:80','close-flows':1",
};

START_TEST(wrong_arguments_change_nothing)
{
	lab.network.forwards_added = 1;
	ctl_lab_expect(ask(wrong[_i]), "GenericError");
	ck_assert_uint_eq(lab.network.forwards_added, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_forward");
	TCase *tc = tcase_create("commands");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, forwards_are_told);
	tcase_add_test(tc, forwards_are_added_and_removed);
	tcase_add_loop_test(tc, wrong_arguments_change_nothing, 0,
			    G_N_ELEMENTS(wrong));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
