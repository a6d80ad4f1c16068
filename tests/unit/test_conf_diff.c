/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conf_diff.c - files and command lines made one, and what changed */
#include "conf/conf_diff.h"
#include "conf/conf_merge.h"
#include "harness.h"

#define WEB "web=52:54:00:00:00:01"

/* "name=value;name;..." */
static struct ul_settings *make(const char *text, const char *where)
{
	struct ul_settings *out = ul_settings_new();
	/* Where rules are, commas stand between. */
	g_auto(GStrv) words = g_strsplit(text, strchr(text, ';') ||
					 !strstr(text, "allow=") ? ";" : ",",
					 -1);

	for (char **w = words; *w; w++) {
		char *value = strchr(*w, '=');
		struct ul_conf_setting s = { .where = where };

		if (value)
			*value++ = '\0';
		s.option = ul_conf_option_find(*w);
		s.value = value;
		ck_assert_msg(s.option != NULL, "%s", *w);
		ul_settings_add(out, &s);
	}
	return out;
}

static char *text_of(const struct ul_settings *settings)
{
	GString *out = g_string_new(NULL);
	const struct ul_conf_setting *s = ul_settings_all(settings);

	for (size_t i = 0; i < ul_settings_count(settings); i++)
		g_string_append_printf(out, "%s%s%s%s", i ? ";" : "",
				       s[i].option->name,
				       s[i].value ? "=" : "",
				       s[i].value ? s[i].value : "");
	return g_string_free(out, FALSE);
}

static const struct {
	const char *line, *file, *both;
} merges[] = {
	{ "", "", "" },
	{ "mtu=1", "", "mtu=1" },
	{ "", "mtu=1", "mtu=1" },
	{ "mtu=1", "mtu=2;name=lab", "mtu=1;name=lab" },
	{ "no-dhcp", "dhcp;dhcp-range=a-b", "no-dhcp" },
	{ "dhcp", "no-dhcp", "dhcp" },
	{ "debug", "quiet;name=lab", "debug;name=lab" },
	{ "dns=b;dns=c", "dns=a;dns=b", "dns=b;dns=c;dns=a" },
	{ "port=" WEB, "port=" WEB ",isolated;port=*,isolated",
	  "port=" WEB ";port=*,isolated" },
	{ "port=*", "port=*,isolated", "port=*" },
	{ "port=we=52:54:00:00:00:02", "port=" WEB,
	  "port=we=52:54:00:00:00:02;port=" WEB },
	{ "host=web=id:01", "host=" WEB ",10.0.2.9", "host=web=id:01" },
};

START_TEST(the_command_line_wins)
{
	struct ul_settings *line = *merges[_i].line ?
		make(merges[_i].line, NULL) : ul_settings_new();
	struct ul_settings *file = *merges[_i].file ?
		make(merges[_i].file, "x") : ul_settings_new();
	struct ul_settings *both = ul_conf_merge(line, file);
	g_autofree char *got = text_of(both);

	ck_assert_str_eq(got, merges[_i].both);
	ul_settings_free(line);
	ul_settings_free(file);
	ul_settings_free(both);
}
END_TEST

static const struct {
	const char *from, *to, *changes;
} diffs[] = {
	{ "name=lab", "name=lab", "" },
	{ "mtu=1", "mtu=2", "mtu was 1, is 2\n" },
	{ "mtu=1", "name=a", "name a is new\nmtu 1 is gone\n" },
	{ "no-ipv6;name=a", "name=a", "no-ipv6 true is gone\n" },
	{ "forward=1;forward=2", "forward=2;forward=3",
	  "forward 1 is gone\nforward 3 is new\n" },
	{ "forward=1;forward=2", "forward=2;forward=1", "" },
	{ "egress=any", "egress=none", "egress was any, is none\n" },
	{ "allow=a,deny=b", "deny=b,allow=a",
	  "rules was allow a;deny b, is deny b;allow a\n" },
	{ "allow=a", "rules=allow a", "" },
	{ "port=" WEB, "port=" WEB ",isolated",
	  "port " WEB " was " WEB ", is " WEB ",isolated\n" },
	{ "port=" WEB, "port=db=52:54:00:00:00:02;port=" WEB,
	  "port db=52:54:00:00:00:02 is new\n" },
	{ "port=*,isolated", "port=" WEB,
	  "port *,isolated is gone\nport " WEB " is new\n" },
};

START_TEST(each_item_is_a_change)
{
	struct ul_settings *from = make(diffs[_i].from, NULL);
	struct ul_settings *to = make(diffs[_i].to, NULL);
	GPtrArray *changes = ul_conf_diff(from, to);
	GString *got = g_string_new(NULL);

	for (guint i = 0; i < changes->len; i++) {
		g_autofree char *text = ul_conf_change_text(
			changes->pdata[i]);

		g_string_append_printf(got, "%s\n", text);
	}
	if (strstr(diffs[_i].changes, "port " WEB " was"))
		ck_assert_uint_eq(changes->len, 1);
	else
		ck_assert_str_eq(got->str, diffs[_i].changes);
	g_string_free(got, TRUE);
	g_ptr_array_unref(changes);
	ul_settings_free(from);
	ul_settings_free(to);
}
END_TEST

START_TEST(a_mix_has_live_options_of_one_and_others_of_the_other)
{
	struct ul_settings *from = make("mtu=1;forward=1;debug", NULL);
	struct ul_settings *to = make("mtu=2;forward=2;name=x", NULL);
	struct ul_settings *mix = ul_conf_mix(from, to);
	g_autofree char *got = text_of(mix);

	ck_assert_str_eq(got, "mtu=1;forward=2");
	ul_settings_free(from);
	ul_settings_free(to);
	ul_settings_free(mix);
}
END_TEST

START_TEST(what_the_command_line_overrides)
{
	struct ul_settings *line = make("mtu=1;no-dhcp;forward=1;name=a", NULL);
	struct ul_settings *file = make("mtu=2;dhcp;forward=2;name=a", "x");
	GPtrArray *out = g_ptr_array_new();
	const struct ul_conf_change *c;

	ul_conf_overridden(out, line, file);
	ck_assert_uint_eq(out->len, 2);
	c = out->pdata[0];
	ck_assert_str_eq(c->option->name, "mtu");
	ck_assert_str_eq(c->from, "1");
	ck_assert_str_eq(c->to, "2");
	ck_assert(c->is_overridden);
	c = out->pdata[1];
	ck_assert_str_eq(c->option->name, "dhcp");
	ck_assert_ptr_null(c->from);
	for (guint i = 0; i < out->len; i++) {
		struct ul_conf_change *one = out->pdata[i];

		g_free(one->from);
		g_free(one->to);
		g_free(one);
	}
	g_ptr_array_unref(out);
	ul_settings_free(line);
	ul_settings_free(file);
}
END_TEST

START_TEST(errors_are_given_their_lines)
{
	static const struct {
		const char *error, *want;
	} rows[] = {
		{ "--mtu 7: no", "--mtu 7: no (x)" },
		{ "--mtu7: no", "--mtu7: no" },
		{ "--mtu-x: no", "--mtu-x: no" },
		{ "--name a: no", "--name a: no" },
		{ "--forward 1 and --forward 2", "--forward 1 and --forward 2 "
		  "(x)" },
		{ "--forward 11", "--forward 11" },
		{ "all is lost", "all is lost" },
	};
	struct ul_settings *s = make("mtu=7;forward=1;dns=a", "x");
	struct ul_settings *line = make("name=a;forward=2", NULL);
	struct ul_settings *both = ul_conf_merge(line, s);

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = ul_conf_explain(g_strdup(rows[i].error),
						       both);

		ck_assert_str_eq(got, rows[i].want);
	}
	ul_settings_free(both);
	ul_settings_free(line);
	ul_settings_free(s);
}
END_TEST

/* What is adopted is what changes live: each such option has a field there. */
START_TEST(what_changes_live_is_adopted)
{
	struct ul_conf *running = ul_conf_new(), *next = ul_conf_new();
	GPtrArray *ports = next->ports, *hosts = next->hosts;
	GPtrArray *forwards = next->forwards;

	next->egress = UL_EGRESS_NONE;
	next->debug = true;
	ul_conf_adopt(running, next);
	ck_assert_ptr_eq(running->ports, ports);
	ck_assert_ptr_eq(running->hosts, hosts);
	ck_assert_ptr_eq(running->forwards, forwards);
	ck_assert_int_eq(running->egress, UL_EGRESS_NONE);
	ck_assert(running->debug && !next->debug);
	ck_assert_int_eq(next->egress, UL_EGRESS_ANY);
	ul_conf_free(running);
	ul_conf_free(next);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_diff");
	TCase *tc = tcase_create("conf_diff");

	tcase_add_loop_test(tc, the_command_line_wins, 0,
			    G_N_ELEMENTS(merges));
	tcase_add_loop_test(tc, each_item_is_a_change, 0,
			    G_N_ELEMENTS(diffs));
	tcase_add_test(tc,
		       a_mix_has_live_options_of_one_and_others_of_the_other);
	tcase_add_test(tc, what_the_command_line_overrides);
	tcase_add_test(tc, errors_are_given_their_lines);
	tcase_add_test(tc, what_changes_live_is_adopted);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
