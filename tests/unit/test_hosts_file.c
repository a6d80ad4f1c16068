/* SPDX-License-Identifier: BSD-3-Clause */
/* test_hosts_file.c - hosts(5): the grammar, and what is left out */
#include <glib.h>

#include "harness.h"
#include "sys/hosts_file.h"

#define L63 "a23456789012345678901234567890123456789012345678901234567890123"

/* Text, and what is in it as "name=address ..." */
static const struct {
	const char *text, *names;
} grammar[] = {
	{ "192.0.2.1 nas", "nas=192.0.2.1" },
	{ "192.0.2.1\tNas.Home. nas # the box\r\n",
	  "nas.home=192.0.2.1 nas=192.0.2.1" },
	{ "  192.0.2.1 a\n\n2001:db8::1 a b_c\n",
	  "a=192.0.2.1 a=2001:db8::1 b_c=2001:db8::1" },
	{ "#192.0.2.1 a\n192.0.2.1 # b\n192.0.2.1\n", "" },
	{ "0.0.0.0 ads.example\n:: ads.example\n",
	  "ads.example=0.0.0.0 ads.example=::" },
	/* What means another machine to a guest, or none. */
	{ "127.0.0.1 localhost\n127.0.1.1 myhost\n::1 ip6-localhost\n"
	  "::ffff:127.0.0.1 mapped\n", "" },
	{ "ff02::1 ip6-allnodes\n224.0.0.1 all\n169.254.1.1 near\n"
	  "fe80::1 near\nfe80::1%lo near\n255.255.255.255 broadcasthost\n",
	  "" },
	/* What is no address, and no name. */
	{ "192.0.2 a\n192.0.2.256 a\na 192.0.2.1\nfe80 b\n", "" },
	{ "192.0.2.1 . .. a..b .a a$b \"a\" a/b ok\n", "ok=192.0.2.1" },
	{ "192.0.2.1 " L63 " " L63 "x ok\n",
	  L63 "=192.0.2.1 ok=192.0.2.1" },
	{ "192.0.2.1 " L63 "." L63 "." L63 "." L63 " ok", "ok=192.0.2.1" },
};

static void add(const char *name, const struct ul_addr *addr, void *arg)
{
	GString *out = arg;
	char buf[UL_ADDR_STRLEN];

	g_string_append_printf(out, "%s%s=%s", out->len ? " " : "", name,
			       ul_addr_str(addr, buf));
}

START_TEST(grammar_is_that_of_the_manual)
{
	g_autoptr(GString) out = g_string_new(NULL);
	size_t len = strlen(grammar[_i].text);
	uint8_t *text = exact_copy(grammar[_i].text, len);

	ul_hosts_parse((char *)text, len, add, out);
	ck_assert_str_eq(out->str, grammar[_i].names);
	free(text);
}
END_TEST

/* Cut anywhere, a file has the same names but for the last. */
START_TEST(each_truncation_is_fine)
{
	static const char text[] = "192.0.2.1 a bc\n2001:db8::1 d.e # f\n";
	g_autoptr(GString) whole = g_string_new(NULL);
	g_autoptr(GString) part = g_string_new(NULL);
	uint8_t *cut = exact_copy(text, (size_t)_i);

	ul_hosts_parse(text, sizeof(text) - 1, add, whole);
	ul_hosts_parse((char *)cut, (size_t)_i, add, part);
	if (strrchr(part->str, ' '))
		*strrchr(part->str, ' ') = '\0';
	else
		*part->str = '\0';
	ck_assert(g_str_has_prefix(whole->str, part->str));
	free(cut);
}
END_TEST

START_TEST(nul_ends_no_name)
{
	static const char text[] = "192.0.2.1 a\0b c\n192.0.2.1\0 d\n";
	g_autoptr(GString) out = g_string_new(NULL);

	ul_hosts_parse(text, sizeof(text) - 1, add, out);
	ck_assert_str_eq(out->str, "c=192.0.2.1");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hosts_file");
	TCase *t = tcase_create("hosts_file");

	tcase_add_loop_test(t, grammar_is_that_of_the_manual, 0,
			    G_N_ELEMENTS(grammar));
	tcase_add_loop_test(t, each_truncation_is_fine, 0, 35);
	tcase_add_test(t, nul_ends_no_name);
	suite_add_tcase(s, t);
	return run_suite(s);
}
