/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dns_addrs.c - which addresses an answer gives to a name */
#include "svc/dns_addrs.h"

#include <glib.h>

#include "fake/fake_dns.h"
#include "harness.h"

static struct fake_dns m;
static GString *told;

static void setup(void)
{
	told = g_string_new("");
}

static void teardown(void)
{
	g_string_free(told, TRUE);
}

static void on_heard(const char *name, const struct ul_addr *addr,
		     uint32_t ttl_s, void *arg)
{
	char text[UL_ADDR_STRLEN];

	ck_assert_ptr_eq(arg, &m);
	g_string_append_printf(told, "%s=%s/%u ", name,
			       ul_addr_str(addr, text), ttl_s);
}

static void must_tell(const char *want)
{
	uint8_t *exact = exact_copy(m.bytes, m.w.len);

	g_string_truncate(told, 0);
	ul_dns_addrs_each(exact, m.w.len, on_heard, &m);
	ck_assert_str_eq(told->str, want);
	free(exact);
}

static void begin(const char *name)
{
	fake_dns_begin(&m, 1, UL_DNS_QR, name, UL_DNS_A);
}

START_TEST(addresses_of_both_families_are_told)
{
	begin("Www.example.org");
	fake_dns_a(&m, "www.Example.org", 60, "192.0.2.1");
	fake_dns_a(&m, "www.example.org", 61, "192.0.2.2");
	fake_dns_a(&m, "www.example.org", 62, "2001:db8::1");
	must_tell("www.example.org=192.0.2.1/60 www.example.org=192.0.2.2/61 "
		  "www.example.org=2001:db8::1/62 ");
}
END_TEST

/* Whatever the order; for as long as the shortest of them. */
START_TEST(aliases_are_followed)
{
	begin("a.test");
	fake_dns_a(&m, "c.test", 60, "192.0.2.1");
	fake_dns_cname(&m, "b.test", 20, "c.test");
	fake_dns_cname(&m, "a.test", 30, "b.test");
	must_tell("a.test=192.0.2.1/20 ");
}
END_TEST

START_TEST(what_is_not_the_names_is_not_told)
{
	begin("a.test");
	fake_dns_a(&m, "b.test", 60, "192.0.2.1");
	fake_dns_cname(&m, "b.test", 60, "a.test");
	fake_dns_record(&m, UL_DNS_ANSWER, "a.test", UL_DNS_A, 1, "abc", 3);
	fake_dns_record(&m, UL_DNS_ANSWER, "a.test", UL_DNS_AAAA, 1, "abcd", 4);
	/* ::ffff:1.2.3.4 */
	fake_dns_record(&m, UL_DNS_ANSWER, "a.test", UL_DNS_AAAA, 1,
			"\0\0\0\0\0\0\0\0\0\0\377\377\1\2\3\4", 16);
	fake_dns_record(&m, UL_DNS_ADDITIONAL, "a.test", UL_DNS_A, 1,
			"\1\2\3\4", 4);
	must_tell("");
}
END_TEST

START_TEST(another_class_is_another_world)
{
	begin("a.test");
	fake_dns_a(&m, "a.test", 60, "192.0.2.1");
	m.bytes[m.w.len - 4 - 2 - 4 - 1] = 3;	/* CHAOS */
	must_tell("");
	begin("a.test");
	m.bytes[m.w.len - 1] = 3;
	fake_dns_a(&m, "a.test", 60, "192.0.2.1");
	must_tell("");
}
END_TEST

START_TEST(aliases_in_a_circle_end)
{
	begin("a.test");
	fake_dns_cname(&m, "a.test", 60, "b.test");
	fake_dns_cname(&m, "b.test", 60, "a.test");
	must_tell("");
}
END_TEST

START_TEST(many_records_are_bounded)
{
	begin("a.test");
	for (int i = 0; i < UL_DNS_ADDR_RECORDS; i++)
		fake_dns_record(&m, UL_DNS_ANSWER, "b.test", 16, 1, "", 0);
	fake_dns_a(&m, "a.test", 60, "192.0.2.1");
	must_tell("");
}
END_TEST

START_TEST(every_truncation_tells_less)
{
	size_t len;

	begin("a.test");
	fake_dns_cname(&m, "a.test", 30, "b.test");
	fake_dns_a(&m, "b.test", 60, "192.0.2.1");
	for (len = m.w.len - 1; len; len--) {
		m.w.len = len;
		must_tell("");
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_addrs");
	TCase *tc = tcase_create("dns_addrs");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, addresses_of_both_families_are_told);
	tcase_add_test(tc, aliases_are_followed);
	tcase_add_test(tc, what_is_not_the_names_is_not_told);
	tcase_add_test(tc, another_class_is_another_world);
	tcase_add_test(tc, aliases_in_a_circle_end);
	tcase_add_test(tc, many_records_are_bounded);
	tcase_add_test(tc, every_truncation_tells_less);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
