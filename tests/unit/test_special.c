/* SPDX-License-Identifier: BSD-3-Clause */
/* test_special.c - which addresses are special, at the edges of each range */
#include "base/special.h"
#include "harness.h"

static struct ul_addr addr(const char *text)
{
	struct ul_addr a;

	ck_assert_msg(!ul_addr_parse(&a, text), "%s", text);
	return a;
}

/* First and last of each range. */
static const char *const never[] = {
	"0.0.0.0", "0.255.255.255", "127.0.0.0", "127.255.255.255",
	"169.254.0.0", "169.254.255.255", "224.0.0.0", "239.255.255.255",
	"240.0.0.0", "255.255.255.255", "::", "::1", "fe80::",
	"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fd00:ec2::254",
};

static const char *const private_nets[] = {
	"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255",
	"192.168.0.0", "192.168.255.255", "100.64.0.0", "100.127.255.255",
	"192.0.0.0", "192.0.0.255", "198.18.0.0", "198.19.255.255",
	"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
	"::10.0.0.1", "::8.8.8.8",
	/* What they carry is private, or not proxied at all. */
	"64:ff9b::10.0.0.1", "64:ff9b::192.168.1.1", "64:ff9b::127.0.0.1",
	"64:ff9b::169.254.169.254", "2002:a00:1::1", "2002:c0a8:101::",
	"2002:7f00:1::1",
};

static const char *const plain[] = {
	"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255",
	"100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
	"169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
	"192.0.1.0", "192.0.2.1", "192.167.255.255", "192.169.0.0",
	"198.17.255.255", "198.20.0.0", "198.51.100.1", "203.0.113.1",
	"223.255.255.255", "2001:db8::1", "2600::", "fbff::1",
	"64:ff9b::8.8.8.8", "64:ff9b:2::", "2002:808:808::1", "::1:0:0:1",
	"fe7f::1",
};

#define COUNT(a) (int)(sizeof(a) / sizeof(*(a)))

START_TEST(never_is_what_is_listed)
{
	struct ul_addr a = addr(never[_i]);
	struct ul_prefix p = { a, ul_addr_is_v4(&a) ? 32 : 128 };

	ck_assert(ul_special_is_never(&a));
	ck_assert(ul_special_covers(&p));
}
END_TEST

START_TEST(private_is_what_is_listed)
{
	struct ul_addr a = addr(private_nets[_i]);

	ck_assert(ul_special_is_private(&a));
	ck_assert(!ul_special_is_never(&a));
}
END_TEST

START_TEST(all_else_is_neither)
{
	struct ul_addr a = addr(plain[_i]);

	ck_assert(!ul_special_is_private(&a));
	ck_assert(!ul_special_is_never(&a));
	ck_assert(!ul_special_may_be_named(&a));
}
END_TEST

/* IPv4 in the clothes of IPv6 is the IPv4 address. */
START_TEST(mapped_addresses_are_judged_as_ipv4)
{
	struct ul_addr a = { .b = { [10] = 0xff, [11] = 0xff, 127, 0, 0, 1 } };

	ck_assert(ul_special_is_never(&a));
	a.b[12] = 10;
	ck_assert(ul_special_is_private(&a));
	a.b[12] = 8;
	ck_assert(!ul_special_is_private(&a) && !ul_special_is_never(&a));
}
END_TEST

START_TEST(a_rule_may_name_what_one_machine_has)
{
	static const char *const may[] = {
		"169.254.169.254", "240.0.0.1", "fd00:ec2::254",
	};
	static const char *const never_may[] = {
		"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "::",
		"::1", "fe80::1", "ff02::1",
	};
	struct ul_addr a;

	for (int i = 0; i < COUNT(may); i++) {
		a = addr(may[i]);
		ck_assert(ul_special_may_be_named(&a));
	}
	for (int i = 0; i < COUNT(never_may); i++) {
		a = addr(never_may[i]);
		ck_assert(!ul_special_may_be_named(&a));
	}
}
END_TEST

START_TEST(a_wide_prefix_is_not_covered)
{
	static const char *const whole[] = {
		"127.0.0.0/8", "169.254.169.0/24", "fe80::/64", "240.0.0.0/4",
	};
	static const char *const part[] = {
		"0.0.0.0/0", "::/0", "169.252.0.0/14", "10.0.0.0/8", "::/127",
		"fd00:ec2::/64", "fe00::/9",
	};
	struct ul_prefix p;

	for (int i = 0; i < COUNT(whole); i++) {
		ck_assert_int_eq(ul_prefix_parse(&p, whole[i]), 0);
		ck_assert_msg(ul_special_covers(&p), "%s", whole[i]);
	}
	for (int i = 0; i < COUNT(part); i++) {
		ck_assert_int_eq(ul_prefix_parse(&p, part[i]), 0);
		ck_assert_msg(!ul_special_covers(&p), "%s", part[i]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("special");
	TCase *tc = tcase_create("special");

	tcase_add_loop_test(tc, never_is_what_is_listed, 0, COUNT(never));
	tcase_add_loop_test(tc, private_is_what_is_listed, 0,
			    COUNT(private_nets));
	tcase_add_loop_test(tc, all_else_is_neither, 0, COUNT(plain));
	tcase_add_test(tc, mapped_addresses_are_judged_as_ipv4);
	tcase_add_test(tc, a_rule_may_name_what_one_machine_has);
	tcase_add_test(tc, a_wide_prefix_is_not_covered);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
