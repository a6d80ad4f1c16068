/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dns_spec.c - domains, and the servers that know them, as text */
#include "conf/dns_spec.h"

#include <errno.h>
#include <glib.h>

#include "harness.h"

#define L63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff012"

/* What is written, and what it is then; NULL: refused. */
static const struct {
	const char *text, *same;
} specs[] = {
	{ "corp.example=192.0.2.1", "corp.example=192.0.2.1" },
	{ "Corp.Example.=192.0.2.1#53", "corp.example=192.0.2.1" },
	{ "a=192.0.2.1#5353", "a=192.0.2.1#5353" },
	{ "_x._tcp.a-b.example=2001:db8::1#1",
	  "_x._tcp.a-b.example=2001:db8::1#1" },
	{ "a=127.0.0.1#65535", "a=127.0.0.1#65535" },
	{ L63 "." L63 "=::1", L63 "." L63 "=::1" },
	{ "x" L63 "=::1", NULL },
	{ L63 "." L63 "." L63 "." L63 "=::1", NULL },
	{ "", NULL }, { "=", NULL }, { "a", NULL }, { "a=", NULL },
	{ "=192.0.2.1", NULL }, { ".=192.0.2.1", NULL },
	{ "a..b=192.0.2.1", NULL }, { ".a=192.0.2.1", NULL },
	{ "*.a=192.0.2.1", NULL }, { "a b=192.0.2.1", NULL },
	{ "a=192.0.2.1#0", NULL }, { "a=192.0.2.1#65536", NULL },
	{ "a=192.0.2.1#", NULL }, { "a=192.0.2.1:53", NULL },
	{ "a=192.0.2", NULL }, { "a=0.0.0.0", NULL }, { "a=::", NULL },
	{ "a=224.0.0.1", NULL }, { "a=ff02::1", NULL },
	{ "a=192.0.2.1#53#53", NULL }, { "a=b=192.0.2.1", NULL },
};

START_TEST(specs_are_read_and_written)
{
	const char *want = specs[_i].same;
	struct ul_dns_for_conf *f = NULL;
	g_autofree char *why = NULL, *text = NULL;
	int rc = ul_dns_for_parse(&f, specs[_i].text, &why);

	if (!want) {
		ck_assert_int_eq(rc, -EINVAL);
		ck_assert_ptr_null(f);
		ck_assert_ptr_nonnull(why);
		return;
	}
	ck_assert_int_eq(rc, 0);
	text = ul_dns_for_text(f->domain, &f->server);
	ck_assert_str_eq(text, want);
	ul_dns_for_free(f);
}
END_TEST

START_TEST(some_may_lack_the_server)
{
	struct ul_dns_for_conf *f;
	g_autofree char *why = NULL;

	ck_assert_int_eq(ul_dns_for_parse_some(&f, "A.example", &why), 0);
	ck_assert_str_eq(f->domain, "a.example");
	ck_assert(!f->has_server);
	ul_dns_for_free(f);
	ck_assert_int_eq(ul_dns_for_parse_some(&f, "a=::1", &why), 0);
	ck_assert(f->has_server);
	ul_dns_for_free(f);
	ck_assert_int_eq(ul_dns_for_parse_some(&f, "a=", &why), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_spec");
	TCase *tc = tcase_create("dns_spec");

	tcase_add_loop_test(tc, specs_are_read_and_written, 0,
			    sizeof(specs) / sizeof(*specs));
	tcase_add_test(tc, some_may_lack_the_server);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
