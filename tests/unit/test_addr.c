/* SPDX-License-Identifier: BSD-3-Clause */
/* test_addr.c - addresses: text, families, prefixes */
#include <errno.h>

#include "base/addr.h"
#include "harness.h"

static const char *const good[] = {
	"0.0.0.0", "10.0.2.15", "255.255.255.255", "::", "::1", "fd00::2",
	"2001:db8::ffff:1",
};

static const char *const bad[] = {
	"", "10.0.2", "10.0.2.256", "10.0.2.2 ", "::ffff:10.0.2.2",
	"fe80::1%eth0", "[::1]", "g::1", "010.0.0.1",
};

START_TEST(text_survives_a_round_trip)
{
	char buf[UL_ADDR_STRLEN];
	struct ul_addr a;

	ck_assert_int_eq(ul_addr_parse(&a, good[_i]), 0);
	ck_assert_str_eq(ul_addr_str(&a, buf), good[_i]);
}
END_TEST

START_TEST(bad_text_is_refused)
{
	struct ul_addr a = { .b = { 1 } };

	ck_assert_int_eq(ul_addr_parse(&a, bad[_i]), -EINVAL);
	ck_assert_int_eq(a.b[0], 1);
}
END_TEST

START_TEST(prefixes_cover_their_own_family_only)
{
	struct ul_prefix p;
	struct ul_addr a;

	ck_assert_int_eq(ul_prefix_parse(&p, "10.0.2.0/23"), 0);
	ul_addr_parse(&a, "10.0.3.255");
	ck_assert(ul_prefix_has(&p, &a));
	ul_addr_parse(&a, "10.0.4.0");
	ck_assert(!ul_prefix_has(&p, &a));
	ck_assert_int_eq(ul_prefix_parse(&p, "::/0"), 0);
	ck_assert(!ul_prefix_has(&p, &a));
	ck_assert_int_eq(ul_prefix_parse(&p, "10.0.2.1/24"), -EINVAL);
	ck_assert_int_eq(ul_prefix_parse(&p, "10.0.2.0/33"), -EINVAL);
	ck_assert_int_eq(ul_prefix_parse(&p, "10.0.2.0/"), -EINVAL);
	ck_assert_int_eq(ul_prefix_parse(&p, "10.0.2.0/+24"), -EINVAL);
}
END_TEST

START_TEST(socket_addresses_survive_a_round_trip)
{
	struct sockaddr_storage ss;
	struct ul_ep ep = { .port = 8080 }, back;
	char buf[UL_EP_STRLEN];

	ul_addr_parse(&ep.addr, "fd00::2");
	ck_assert_uint_eq(ul_ep_to_sa(&ep, &ss), sizeof(struct sockaddr_in6));
	ck_assert_int_eq(ul_ep_from_sa(&back, (struct sockaddr *)&ss), 0);
	ck_assert(ul_ep_eq(&ep, &back));
	ck_assert_str_eq(ul_ep_str(&ep, buf), "[fd00::2]:8080");

	ul_addr_parse(&ep.addr, "10.0.2.2");
	ck_assert_uint_eq(ul_ep_to_sa(&ep, &ss), sizeof(struct sockaddr_in));
	ck_assert_int_eq(ul_ep_from_sa(&back, (struct sockaddr *)&ss), 0);
	ck_assert(ul_ep_eq(&ep, &back));
	ck_assert_str_eq(ul_ep_str(&ep, buf), "10.0.2.2:8080");

	ss.ss_family = AF_UNIX;
	ck_assert_int_eq(ul_ep_from_sa(&back, (struct sockaddr *)&ss),
			 -EAFNOSUPPORT);
}
END_TEST

START_TEST(mapped_socket_address_is_refused)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_addr.s6_addr = { [10] = 0xff, [11] = 0xff, [12] = 127 },
	};
	struct ul_ep ep;

	ck_assert_int_eq(ul_ep_from_sa(&ep, (struct sockaddr *)&sin6),
			 -EAFNOSUPPORT);
}
END_TEST

START_TEST(nth_and_broadcast)
{
	struct ul_prefix p;
	struct ul_addr a;
	char buf[UL_ADDR_STRLEN];

	ul_prefix_parse(&p, "10.0.2.0/24");
	a = ul_prefix_nth(&p, 15);
	ck_assert_str_eq(ul_addr_str(&a, buf), "10.0.2.15");
	a = ul_prefix_nth(&p, 256);
	ck_assert_str_eq(ul_addr_str(&a, buf), "10.0.3.0");
	a = ul_prefix_broadcast(&p);
	ck_assert_str_eq(ul_addr_str(&a, buf), "10.0.2.255");
	ul_prefix_parse(&p, "fd00::/64");
	a = ul_prefix_nth(&p, 2);
	ck_assert_str_eq(ul_addr_str(&a, buf), "fd00::2");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("addr");
	TCase *tc = tcase_create("addr");

	tcase_add_loop_test(tc, text_survives_a_round_trip, 0,
			    sizeof(good) / sizeof(*good));
	tcase_add_loop_test(tc, bad_text_is_refused, 0,
			    sizeof(bad) / sizeof(*bad));
	tcase_add_test(tc, prefixes_cover_their_own_family_only);
	tcase_add_test(tc, socket_addresses_survive_a_round_trip);
	tcase_add_test(tc, mapped_socket_address_is_refused);
	tcase_add_test(tc, nth_and_broadcast);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
