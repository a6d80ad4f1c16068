/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dns_names.c - names with addresses, by name and by address */
#include <errno.h>
#include <glib.h>

#include "harness.h"
#include "svc/dns_names.h"

#define NAMES_MAX 4

static struct ul_dns_names *names;

static void set_up(void)
{
	names = ul_dns_names_new(NAMES_MAX);
}

static void tear_down(void)
{
	ul_dns_names_free(names);
}

static struct ul_addr addr(uint32_t n)
{
	return ul_addr_v4(0xc0000200 + n);
}

static int add(const char *name, uint32_t n)
{
	struct ul_addr a = addr(n);

	return ul_dns_names_add(names, name, &a);
}

static int drop(const char *name, uint32_t n)
{
	struct ul_addr a = addr(n);

	return ul_dns_names_remove(names, name, n ? &a : NULL);
}

static const char *at(uint32_t n)
{
	struct ul_addr a = addr(n);

	return ul_dns_names_at(names, &a);
}

static size_t count_of(const char *name)
{
	struct ul_addr out[UL_DNS_NAME_ADDRS];

	return ul_dns_names_find(names, name, out);
}

START_TEST(both_ways)
{
	struct ul_addr out[UL_DNS_NAME_ADDRS], want = addr(2);

	ck_assert_int_eq(add("a", 1), 0);
	ck_assert_int_eq(add("a", 2), 0);
	ck_assert_int_eq(add("b", 2), 0);
	ck_assert_int_eq(add("a", 2), -EEXIST);
	ck_assert_uint_eq(ul_dns_names_find(names, "a", out), 2);
	ck_assert(ul_addr_eq(&out[1], &want));
	ck_assert_str_eq(at(2), "a");
	ck_assert_ptr_null(at(3));
	ck_assert_uint_eq(count_of("c"), 0);
}
END_TEST

START_TEST(what_is_removed_leads_elsewhere_or_nowhere)
{
	add("a", 1);
	add("a", 2);
	add("b", 2);
	ck_assert_int_eq(drop("a", 3), -ENOENT);
	ck_assert_int_eq(drop("c", 0), -ENOENT);
	ck_assert_int_eq(drop("a", 2), 0);
	ck_assert_str_eq(at(2), "b");
	ck_assert_uint_eq(count_of("a"), 1);
	ck_assert_int_eq(drop("a", 1), 0);
	ck_assert_uint_eq(ul_dns_names_count(names), 1);
	ck_assert_ptr_null(at(1));
	add("b", 5);
	ck_assert_int_eq(drop("b", 0), 0);
	ck_assert_uint_eq(ul_dns_names_count(names), 0);
	ck_assert_ptr_null(at(2));
	ck_assert_ptr_null(at(5));
}
END_TEST

START_TEST(bounds_hold)
{
	for (uint32_t n = 1; n <= UL_DNS_NAME_ADDRS; n++)
		ck_assert_int_eq(add("a", n), 0);
	ck_assert_int_eq(add("a", 99), -ENOSPC);
	ck_assert_ptr_null(at(99));
	ck_assert_int_eq(add("b", 1), 0);
	ck_assert_int_eq(add("c", 1), 0);
	ck_assert_int_eq(add("d", 1), 0);
	ck_assert_int_eq(add("e", 1), -ENOSPC);
	ck_assert_int_eq(drop("b", 0), 0);
	ck_assert_int_eq(add("e", 1), 0);
}
END_TEST

static void append(const char *name, const struct ul_addr *a, void *arg)
{
	g_string_append_printf(arg, "%s%u ", name, a->b[15]);
}

START_TEST(each_in_their_order)
{
	g_autoptr(GString) out = g_string_new(NULL);

	add("b", 2);
	add("a", 1);
	add("b", 3);
	ul_dns_names_each(names, append, out);
	ck_assert_str_eq(out->str, "b2 b3 a1 ");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_names");
	TCase *t = tcase_create("dns_names");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, both_ways);
	tcase_add_test(t, what_is_removed_leads_elsewhere_or_nowhere);
	tcase_add_test(t, bounds_hold);
	tcase_add_test(t, each_in_their_order);
	suite_add_tcase(s, t);
	return run_suite(s);
}
