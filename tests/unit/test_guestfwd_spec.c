/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guestfwd_spec.c - rules of --guestfwd: every form, every error */
#include <errno.h>
#include <glib.h>

#include "conf/guestfwd_spec.h"
#include "harness.h"

/* What is written, and its one form. */
static const struct {
	const char *text, *shown;
} good[] = {
	{ "10.0.2.100:80=unix:/run/web", "10.0.2.100:80=unix:/run/web" },
	{ "tcp:10.0.2.2:80=unix:@web", "10.0.2.2:80=unix:@web" },
	{ "169.254.169.254:80=unix:/a=b:c", "169.254.169.254:80=unix:/a=b:c" },
	{ "10.0.2.2:80=tcp:127.0.0.1:8080", "10.0.2.2:80=tcp:127.0.0.1:8080" },
	{ "[fd00::5]:80=tcp:[::1]:8080", "[fd00::5]:80=tcp:[::1]:8080" },
	{ "10.0.2.2:1=exec:cat", "10.0.2.2:1=exec:'cat'" },
	{ "10.0.2.2:1=exec: /bin/echo \t a  b ",
	  "10.0.2.2:1=exec:'/bin/echo' 'a' 'b'" },
	{ "10.0.2.2:1=exec:a 'b c' \"d e\"", "10.0.2.2:1=exec:'a' 'b c' 'd e'" },
	{ "10.0.2.2:1=exec:a b' 'c\" \"d", "10.0.2.2:1=exec:'a' 'b c d'" },
	{ "10.0.2.2:1=exec:a '' \"\"", "10.0.2.2:1=exec:'a' '' ''" },
	{ "10.0.2.2:1=exec:a \\' \"\\\"\" '\\'",
	  "10.0.2.2:1=exec:'a' ''\\''' '\"' '\\'" },
	{ "10.0.2.2:1=exec:a\\ b", "10.0.2.2:1=exec:'a b'" },
	{ "10.0.2.2:1=exec:sh -c 'a;b|c $d >e'",
	  "10.0.2.2:1=exec:'sh' '-c' 'a;b|c $d >e'" },
};

static const struct {
	const char *text, *says;
} bad[] = {
	{ "", "has no '='" },
	{ "10.0.2.2:80", "has no '='" },
	{ "10.0.2.2:80=", "leads nowhere" },
	{ "10.0.2.2:80=/run/web", "leads nowhere" },
	{ "10.0.2.2:80=cmd:cat", "leads nowhere" },
	{ "10.0.2.2=exec:cat", "has no port" },
	{ "10.0.2.2:0=exec:cat", "" },
	{ "10.0.2.2:65536=exec:cat", "" },
	{ "web:80=exec:cat", "" },
	{ "udp:10.0.2.2:80=exec:cat", "" },
	{ "0.0.0.0:80=exec:cat", "not the address of one host" },
	{ "224.0.0.1:80=exec:cat", "not the address of one host" },
	{ "10.0.2.2:80=tcp:127.0.0.1", "has no port" },
	{ "10.0.2.2:80=tcp:localhost:80", "" },
	{ "10.0.2.2:80=unix:", "names no socket" },
	{ "10.0.2.2:80=unix:@", "names no socket" },
	{ "10.0.2.2:80=exec:", "names no program" },
	{ "10.0.2.2:80=exec:  ", "names no program" },
	{ "10.0.2.2:80=exec:''", "names no program" },
	{ "10.0.2.2:80=exec:a 'b", "none closes" },
	{ "10.0.2.2:80=exec:a \"b\\\"", "none closes" },
	{ "10.0.2.2:80=exec:a \\", "ends in a backslash" },
};

START_TEST(a_good_rule_comes_back)
{
	struct ul_guestfwd_conf *g = NULL;
	g_autofree char *shown = NULL, *again = NULL, *why = NULL;

	ck_assert_msg(!ul_guestfwd_spec_parse(&g, good[_i].text, &why),
		      "%s %s", good[_i].text, why);
	shown = ul_guestfwd_spec_text(g);
	ck_assert_str_eq(shown, good[_i].shown);
	ck_assert_str_eq(g->text, good[_i].text);
	ul_guestfwd_conf_free(g);
	ck_assert_int_eq(ul_guestfwd_spec_parse(&g, shown, &why), 0);
	again = ul_guestfwd_spec_text(g);
	ck_assert_str_eq(again, shown);
	ul_guestfwd_conf_free(g);
}
END_TEST

START_TEST(a_bad_rule_says_what_would_be_right)
{
	struct ul_guestfwd_conf *g = NULL;
	g_autofree char *why = NULL;

	ck_assert_int_eq(ul_guestfwd_spec_parse(&g, bad[_i].text, &why),
			 -EINVAL);
	ck_assert_ptr_null(g);
	ck_assert_msg(strstr(why, bad[_i].says) != NULL, "%s: %s",
		      bad[_i].text, why);
}
END_TEST

/* Each beginning is a rule or is refused; none is read beyond its end. */
START_TEST(every_truncation_is_read_or_refused)
{
	size_t whole = strlen(good[_i].text);

	for (size_t len = 0; len < whole; len++) {
		g_autofree char *cut = g_strndup(good[_i].text, len);
		g_autofree char *text = (char *)exact_copy(cut, len + 1);
		struct ul_guestfwd_conf *g = NULL;
		char *why = NULL;
		int rc = ul_guestfwd_spec_parse(&g, text, &why);

		ck_assert(rc == 0 || rc == -EINVAL);
		ck_assert((rc == 0) == (g != NULL));
		ck_assert((rc == 0) == (why == NULL));
		ul_guestfwd_conf_free(g);
		g_free(why);
	}
}
END_TEST

START_TEST(limits_are_limits)
{
	g_autoptr(GString) text = g_string_new("10.0.2.2:1=exec:a");
	struct ul_guestfwd_conf *g = NULL;
	g_autofree char *why = NULL, *path = NULL, *rule = NULL;

	for (int i = 1; i < UL_GUESTFWD_WORDS_MAX; i++)
		g_string_append(text, " b");
	ck_assert_int_eq(ul_guestfwd_spec_parse(&g, text->str, &why), 0);
	ul_guestfwd_conf_free(g);
	g_string_append(text, " b");
	ck_assert_int_eq(ul_guestfwd_spec_parse(&g, text->str, &why), -EINVAL);
	g_clear_pointer(&why, g_free);
	path = g_strnfill(UL_GUESTFWD_PATH_MAX + 1, 'p');
	rule = g_strconcat("10.0.2.2:1=unix:", path, NULL);
	ck_assert_int_eq(ul_guestfwd_spec_parse(&g, rule, &why), -EINVAL);
	g_clear_pointer(&why, g_free);
	rule[strlen(rule) - 1] = '\0';
	ck_assert_int_eq(ul_guestfwd_spec_parse(&g, rule, &why), 0);
	ul_guestfwd_conf_free(g);
}
END_TEST

static const struct {
	const char *one, *two, *says;	/* NULL: right */
} nets[] = {
	{ "10.0.2.100:80=exec:a", "10.0.2.100:81=exec:a", NULL },
	{ "8.8.8.8:80=exec:a", "[fd00:1::7]:80=exec:a", NULL },
	{ "10.0.2.2:80=exec:a", "169.254.169.254:80=exec:a", NULL },
	{ "10.0.2.9:80=exec:a", "10.0.2.9:80=unix:/b", "the same address" },
	{ "10.0.2.0:80=exec:a", NULL, "no host can have" },
	{ "10.0.2.255:80=exec:a", NULL, "no host can have" },
	{ "127.0.0.1:80=exec:a", NULL, "does not send" },
	{ "[fe80::1]:80=exec:a", NULL, "does not send" },
};

START_TEST(a_network_may_have_it_or_not)
{
	const char *texts[] = { nets[_i].one, nets[_i].two };
	struct ul_conf *conf = ul_conf_new();
	g_autofree char *error = NULL;

	for (int i = 0; i < 2 && texts[i]; i++) {
		struct ul_guestfwd_conf *g;

		ck_assert_int_eq(ul_guestfwd_spec_parse(&g, texts[i], &error),
				 0);
		g_ptr_array_add(conf->guestfwds, g);
	}
	ck_assert_int_eq(ul_guestfwds_check(conf, &error),
			 nets[_i].says ? -EINVAL : 0);
	if (nets[_i].says)
		ck_assert_msg(strstr(error, nets[_i].says) != NULL, "%s",
			      error);
	ul_conf_free(conf);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("guestfwd_spec");
	TCase *tc = tcase_create("spec");

	tcase_add_loop_test(tc, a_good_rule_comes_back, 0,
			    G_N_ELEMENTS(good));
	tcase_add_loop_test(tc, a_bad_rule_says_what_would_be_right, 0,
			    G_N_ELEMENTS(bad));
	tcase_add_loop_test(tc, every_truncation_is_read_or_refused, 0,
			    G_N_ELEMENTS(good));
	tcase_add_test(tc, limits_are_limits);
	tcase_add_loop_test(tc, a_network_may_have_it_or_not, 0,
			    G_N_ELEMENTS(nets));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
