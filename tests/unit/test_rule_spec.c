/* SPDX-License-Identifier: BSD-3-Clause */
/* test_rule_spec.c - rules of --allow and --deny: every form, every error */
#include <errno.h>
#include <glib.h>

#include "conf/rule_spec.h"
#include "harness.h"

/* What is written, and how it is shown. */
static const struct {
	const char *text, *shown;
} good[] = {
	{ "allow any", "allow any" },
	{ "deny any", "deny any" },
	{ "  deny\tany ", "deny any" },
	{ "allow any tcp", "allow any tcp" },
	{ "allow any 443", "allow any 443" },
	{ "deny any udp 5000-5010", "deny any udp 5000-5010" },
	{ "deny any icmp", "deny any icmp" },
	{ "allow host", "allow host" },
	{ "allow host tcp 8080", "allow host tcp 8080" },
	{ "allow 10.1.0.0/16 tcp 443", "allow 10.1.0.0/16 tcp 443" },
	{ "allow 192.0.2.7", "allow 192.0.2.7" },
	{ "allow 192.0.2.7/32", "allow 192.0.2.7" },
	{ "allow 0.0.0.0/0", "allow 0.0.0.0/0" },
	{ "deny ::/0 tcp 25-25", "deny ::/0 tcp 25" },
	{ "deny 2001:db8::/32 1-65535", "deny 2001:db8::/32 1-65535" },
	{ "allow 2001:db8::1", "allow 2001:db8::1" },
	{ "allow example.com", "allow example.com" },
	{ "allow Example.COM. tcp 443", "allow example.com tcp 443" },
	{ "deny *.Example.com", "deny *.example.com" },
	{ "allow *.org udp", "allow *.org udp" },
	{ "allow localhost", "allow localhost" },
	{ "allow any.", "allow any" },
	{ "allow Host.", "allow host" },
	{ "allow tcp", "allow tcp" },		/* a name like any other */
	/* One address of the list that is never proxied, by its name. */
	{ "allow 169.254.169.254 tcp 80", "allow 169.254.169.254 tcp 80" },
	{ "allow fd00:ec2::254", "allow fd00:ec2::254" },
	{ "allow 240.0.0.1", "allow 240.0.0.1" },
	/* To deny what is closed anyway is nobody's harm. */
	{ "deny 127.0.0.0/8", "deny 127.0.0.0/8" },
	{ "deny 169.254.0.0/16", "deny 169.254.0.0/16" },
	{ "deny ff00::/8", "deny ff00::/8" },
};

static const struct {
	const char *text, *says;
} bad[] = {
	{ "", "begins with allow or deny" },
	{ "allowed any", "begins with allow or deny" },
	{ "10.0.0.0/8", "begins with allow or deny" },
	{ "allow", "write DEST" },
	{ "allow any tcp 80 81", "write DEST" },
	{ "allow any tcp 80 81 82", "write DEST" },
	{ "allow any 80 tcp", "'tcp' is one word too many" },
	{ "allow any TCP", "'TCP' is no protocol and no port" },
	{ "allow any sctp", "'sctp' is no protocol" },
	{ "allow any tcp 0", "'0' is no protocol and no port" },
	{ "allow any tcp 65536", "'65536' is no protocol" },
	{ "allow any tcp 20-10", "'20-10' is no protocol" },
	{ "allow any icmp 8", "icmp has no ports" },
	{ "allow 10.1.2.3/16", "bits behind its prefix must be zero" },
	{ "allow 10.1.0.0/33", "bits behind its prefix" },
	{ "allow 10.1", "'10.1' is no address" },
	{ "allow 10.", "'10.' is no address" },
	{ "allow 10.0.0.1.", "'10.0.0.1.' is no address" },
	{ "allow *.10", "'*.10' is no address" },
	{ "allow 256.1.1.1", "'256.1.1.1' is no address" },
	{ "allow 2001:db8", "'2001:db8' is no address" },
	{ "allow ::ffff:10.0.0.1", "is no address" },
	{ "allow example.com/24", "'example.com/24' is no address" },
	{ "allow .", "'.' is no destination" },
	{ "allow *", "'*' is no destination" },
	{ "allow *.", "'*' is no destination" },
	{ "allow *.*.com", "is no destination" },
	{ "allow www.*.com", "is no destination" },
	{ "allow -a.com", "is no destination" },
	{ "allow a..com", "is no destination" },
	{ "allow 127.0.0.1", "--host-loopback opens it" },
	{ "allow ::1", "--host-loopback opens it" },
	{ "allow 127.0.0.0/8", "--host-loopback opens it" },
	{ "allow 0.0.0.0", "never proxied" },
	{ "allow ::", "never proxied" },
	{ "allow 224.0.0.251 udp 5353", "never proxied" },
	{ "allow 255.255.255.255", "never proxied" },
	{ "allow fe80::1", "never proxied" },
	{ "allow ff02::1", "never proxied" },
	{ "allow 169.254.0.0/16", "name the one address that is meant" },
	{ "allow 240.0.0.0/4", "name the one address that is meant" },
};

START_TEST(a_rule_is_read_and_shown)
{
	struct ul_rule rule, again;
	char buf[UL_RULE_STRLEN], buf2[UL_RULE_STRLEN];
	char *why = NULL;

	ck_assert_msg(!ul_rule_spec_parse(&rule, good[_i].text, &why),
		      "%s: %s", good[_i].text, why);
	ck_assert_str_eq(ul_rule_str(&rule, buf), good[_i].shown);
	/* What is shown means the same. */
	ck_assert_int_eq(ul_rule_spec_parse(&again, buf, &why), 0);
	ck_assert_str_eq(ul_rule_str(&again, buf2), buf);
	ck_assert(again.dest == rule.dest && again.proto == rule.proto);
}
END_TEST

START_TEST(an_error_says_what_would_be_right)
{
	struct ul_rule rule = { .first = 77 };
	char *why = NULL;

	ck_assert_int_eq(ul_rule_spec_parse(&rule, bad[_i].text, &why),
			 -EINVAL);
	ck_assert_msg(strstr(why, bad[_i].says), "%s: %s", bad[_i].text, why);
	ck_assert_uint_eq(rule.first, 77);	/* untouched on failure */
	g_free(why);
}
END_TEST

/* Cut off anywhere it is another rule or none, and no byte behind is read. */
START_TEST(each_truncation_is_a_rule_or_an_error)
{
	struct ul_rule rule;
	char buf[UL_RULE_STRLEN];

	for (size_t len = 0; len < strlen(good[_i].text); len++) {
		char *cut = (char *)exact_copy(good[_i].text, len + 1);
		char *why = NULL;

		cut[len] = '\0';
		if (ul_rule_spec_parse(&rule, cut, &why) < 0)
			ck_assert_ptr_nonnull(why);
		else
			ul_rule_str(&rule, buf);
		g_free(why);
		free(cut);
	}
}
END_TEST

START_TEST(the_longest_rule_fits)
{
	g_autofree char *label = g_strnfill(61, 'a');
	g_autofree char *name = g_strdup_printf("%s.%s.%s.%s.bcdef", label,
						label, label, label);
	g_autofree char *text = g_strdup_printf("allow *.%s udp 50000-65535",
						name);
	g_autofree char *more = g_strdup_printf("allow b%s", name);
	struct ul_rule rule;
	char buf[UL_RULE_STRLEN];
	char *why = NULL;

	ck_assert_uint_eq(strlen(name), UL_RULE_NAME_SIZE - 1);
	ck_assert_int_eq(ul_rule_spec_parse(&rule, text, &why), 0);
	ck_assert_str_eq(ul_rule_str(&rule, buf), text);
	ck_assert_int_eq(ul_rule_spec_parse(&rule, more, &why), -EINVAL);
	g_free(why);
}
END_TEST

START_TEST(a_list_is_all_or_nothing)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct ul_rule));
	char buf[UL_RULE_STRLEN];
	char *why = NULL;

	ck_assert_int_eq(ul_rule_spec_parse_list(
		list, "allow 10.1.0.0/16 tcp 443; deny any;", &why), 0);
	ck_assert_uint_eq(list->len, 2);
	ck_assert_str_eq(ul_rule_str(&g_array_index(list, struct ul_rule, 1),
				     buf), "deny any");
	ck_assert_int_eq(ul_rule_spec_parse_list(
		list, "allow host;deny 10.1", &why), -EINVAL);
	ck_assert_msg(strstr(why, "'deny 10.1': '10.1' is no address"), "%s",
		      why);
	ck_assert_uint_eq(list->len, 2);
	g_clear_pointer(&why, g_free);
	ck_assert_int_eq(ul_rule_spec_parse_list(list, " ; ", &why), -EINVAL);
	g_free(why);
	g_array_unref(list);
}
END_TEST

START_TEST(there_is_a_most)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct ul_rule));
	struct ul_rule rule = { .dest = UL_RULE_ANY };
	char *why = NULL;

	for (int i = 0; i < UL_RULES_MAX; i++)
		ck_assert_int_eq(ul_rule_spec_append(list, &rule, &why), 0);
	ck_assert_int_eq(ul_rule_spec_append(list, &rule, &why), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "1024"));
	g_clear_pointer(&why, g_free);
	ck_assert_int_eq(ul_rule_spec_parse_list(list, "deny any", &why),
			 -EINVAL);
	ck_assert_uint_eq(list->len, UL_RULES_MAX);
	g_free(why);
	g_array_unref(list);
}
END_TEST

START_TEST(names_are_matched_by_labels)
{
	struct ul_rule one, below;
	char *why = NULL;

	ck_assert_int_eq(ul_rule_spec_parse(&one, "allow a.com", &why), 0);
	ck_assert_int_eq(ul_rule_spec_parse(&below, "allow *.a.com", &why), 0);
	ck_assert(ul_rule_has_name(&one, "a.com"));
	ck_assert(!ul_rule_has_name(&one, "b.a.com"));
	ck_assert(!ul_rule_has_name(&one, "ba.com"));
	ck_assert(!ul_rule_has_name(&below, "a.com"));
	ck_assert(ul_rule_has_name(&below, "b.a.com"));
	ck_assert(ul_rule_has_name(&below, "c.b.a.com"));
	ck_assert(!ul_rule_has_name(&below, "ba.com"));
	ck_assert(!ul_rule_has_name(&below, "bba.com"));
	ck_assert(!ul_rule_has_name(&below, ".a.com"));
	ck_assert(!ul_rule_has_name(&below, "com"));
	ck_assert(!ul_rule_has_name(&below, ""));
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof(*(a)))

int main(void)
{
	Suite *s = suite_create("rule_spec");
	TCase *tc = tcase_create("rule_spec");

	tcase_add_loop_test(tc, a_rule_is_read_and_shown, 0, COUNT(good));
	tcase_add_loop_test(tc, an_error_says_what_would_be_right, 0,
			    COUNT(bad));
	tcase_add_loop_test(tc, each_truncation_is_a_rule_or_an_error, 0,
			    COUNT(good));
	tcase_add_test(tc, the_longest_rule_fits);
	tcase_add_test(tc, a_list_is_all_or_nothing);
	tcase_add_test(tc, there_is_a_most);
	tcase_add_test(tc, names_are_matched_by_labels);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
