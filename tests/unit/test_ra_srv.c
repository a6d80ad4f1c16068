/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ra_srv.c - when who hears which router advertisement */
#include "svc/ra_srv.h"

#include "harness.h"
#include "wire/icmp.h"
#include "wire/ra.h"

#define SECOND 1000000ll
#define MINUTE (60 * SECOND)

static const uint8_t router_mac[6] = { 0x52, 0x55, 10, 0, 2, 2 };
static const uint8_t guest_mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
static struct ul_addr guest, none;
static struct ul_loop *loop;
static struct ul_ra_srv *srv;
static struct ul_ra_srv_conf conf;
static int64_t now_us;
static bool has_route;
static unsigned int to_all, to_one;
static int64_t last_us;		/* when all heard one */
static struct ul_ra heard;

static int64_t fake_clock(void *arg)
{
	return now_us;
}

static bool on_has_route(void *arg)
{
	return has_route;
}

static void on_send(const uint8_t *msg, size_t len, const struct ul_addr *dst,
		    const uint8_t mac[6], void *arg)
{
	ck_assert(ul_icmp_checksum_ok(&conf.router, dst, msg, len));
	ck_assert_int_eq(ul_ra_parse(&heard, msg, len), 0);
	if (ul_addr_is_multicast(dst)) {
		ck_assert_uint_eq(mac[0], 0x33);
		ck_assert_uint_eq(mac[5], 1);
		to_all++;
		last_us = now_us;
	} else {
		ck_assert(ul_addr_eq(dst, &guest));
		ck_assert_mem_eq(mac, guest_mac, 6);
		to_one++;
	}
}

static void start(void)
{
	srv = ul_ra_srv_new(&conf);
	ul_loop_turn(loop, 0);
}

static void setup(void)
{
	now_us = 1000 * SECOND;
	has_route = true;
	to_all = to_one = 0;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ul_loop_turn(loop, 0);
	ul_addr_parse(&guest, "fe80::5054:ff:fe00:1");
	ul_addr_parse(&none, "::");
	conf = (struct ul_ra_srv_conf){
		.loop = loop, .mtu = 1500, .domain = "lab.internal",
		.has_route = on_has_route, .send = on_send,
	};
	memcpy(conf.mac, router_mac, 6);
	ul_addr_parse(&conf.router, "fe80::2");
	ul_prefix_parse(&conf.prefix, "fd00:2::/64");
	ul_addr_parse(&conf.dns, "fd00:2::3");
	start();
}

static void teardown(void)
{
	ul_ra_srv_free(srv);
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
	ul_loop_free(loop);
}

/* In steps of 100 ms, as a timer would fire. */
static void pass(int64_t us)
{
	for (int64_t end = now_us + us; now_us < end;) {
		now_us += 100000;
		ul_loop_turn(loop, 0);
	}
}

/* Until the first ones are through. */
static void settle(void)
{
	pass(MINUTE);
	to_all = 0;
}

START_TEST(all_is_told)
{
	ck_assert_uint_eq(to_all, 1);
	ck_assert_uint_eq(heard.lifetime_s, UL_RA_LIFETIME_S);
	ck_assert_uint_eq(heard.flags, 0);
	ck_assert_uint_eq(heard.mtu, 1500);
	ck_assert_mem_eq(heard.lladdr, router_mac, 6);
	ck_assert_uint_eq(heard.prefix_count, 1);
	ck_assert_uint_eq(heard.prefix[0].flags, UL_RA_ON_LINK | UL_RA_AUTO);
	ck_assert(ul_addr_eq(&heard.prefix[0].prefix.addr, &conf.prefix.addr));
	ck_assert_uint_eq(heard.prefix[0].prefix.len, 64);
	ck_assert_uint_gt(heard.prefix[0].preferred_s,
			  UL_RA_INTERVAL_MAX_US / SECOND);
	ck_assert_uint_eq(heard.dns_count, 1);
	ck_assert(ul_addr_eq(&heard.dns[0], &conf.dns));
	ck_assert_str_eq(heard.domain, "lab.internal");
}
END_TEST

START_TEST(flags_and_domain_are_as_configured)
{
	ul_ra_srv_free(srv);
	conf.has_dhcp = true;
	conf.domain = "no..name";
	start();
	ck_assert_uint_eq(heard.flags, UL_RA_MANAGED | UL_RA_OTHER);
	ck_assert_str_eq(heard.domain, "");
	ck_assert_uint_eq(heard.prefix_count, 1);
}
END_TEST

START_TEST(all_hear_it_at_intervals)
{
	int64_t before;

	pass(MINUTE);
	ck_assert_uint_eq(to_all, 1 + UL_RA_INITIAL);
	for (int i = 0; i < 20; i++) {
		before = last_us;
		to_all = 0;
		while (!to_all)
			pass(SECOND);
		ck_assert_int_ge(last_us - before, UL_RA_INTERVAL_MIN_US);
		ck_assert_int_le(last_us - before,
				 UL_RA_INTERVAL_MAX_US + SECOND);
	}
}
END_TEST

START_TEST(who_asks_is_answered_at_once)
{
	settle();
	ul_ra_srv_solicited(srv, &guest, guest_mac);
	ck_assert_uint_eq(to_one, 1);
	ck_assert_uint_eq(to_all, 0);
}
END_TEST

START_TEST(without_address_all_hear_the_answer)
{
	settle();
	ul_ra_srv_solicited(srv, &none, guest_mac);
	ck_assert_uint_eq(to_one, 0);
	pass(UL_RA_DELAY_US);
	ck_assert_uint_eq(to_all, 1);
	/* And it is one for all that ask in the next three seconds. */
	for (int i = 0; i < 20; i++) {
		ul_ra_srv_solicited(srv, &none, guest_mac);
		pass(100000);
	}
	ck_assert_uint_eq(to_all, 1);
	pass(UL_RA_APART_US);
	ck_assert_uint_eq(to_all, 2);
	pass(MINUTE);
	ck_assert_uint_eq(to_all, 2);
}
END_TEST

START_TEST(a_flood_of_questions_is_answered_to_all)
{
	settle();
	for (int i = 0; i < 10000; i++)
		ul_ra_srv_solicited(srv, &guest, guest_mac);
	ck_assert_uint_eq(to_one, UL_RA_ANSWERS_S);
	pass(UL_RA_APART_US);
	ck_assert_uint_eq(to_all, 1);
	for (int i = 0; i < 100; i++) {
		for (int j = 0; j < 100; j++)
			ul_ra_srv_solicited(srv, &guest, guest_mac);
		pass(100000);
	}
	ck_assert_uint_le(to_one, 15 * UL_RA_ANSWERS_S);
	ck_assert_uint_le(to_all, 6);
}
END_TEST

START_TEST(a_lost_route_is_told_at_once)
{
	settle();
	ul_ra_srv_host_changed(srv);
	ck_assert_uint_eq(to_all, 0);
	has_route = false;
	ul_ra_srv_host_changed(srv);
	ck_assert_uint_eq(to_all, 1);
	ck_assert_uint_eq(heard.lifetime_s, 0);
	ck_assert_uint_eq(heard.prefix[0].valid_s, UL_RA_VALID_S);
	ul_ra_srv_host_changed(srv);
	ck_assert_uint_eq(to_all, 1);
	/* In case that one was lost. */
	pass(MINUTE);
	ck_assert_uint_eq(to_all, 1 + UL_RA_INITIAL);
	ck_assert_uint_eq(heard.lifetime_s, 0);
	has_route = true;
	ul_ra_srv_host_changed(srv);
	ck_assert_uint_eq(heard.lifetime_s, UL_RA_LIFETIME_S);
}
END_TEST

/* The answer to one guest does not hide the news from the others. */
START_TEST(a_lost_route_is_not_forgotten_by_an_answer)
{
	settle();
	has_route = false;
	ul_ra_srv_solicited(srv, &guest, guest_mac);
	ck_assert_uint_eq(heard.lifetime_s, 0);
	ul_ra_srv_host_changed(srv);
	ck_assert_uint_eq(to_all, 1);
}
END_TEST

START_TEST(a_route_that_flaps_ends_in_the_truth)
{
	settle();
	for (int i = 0; i < 1001; i++) {
		has_route = !has_route;
		ul_ra_srv_host_changed(srv);
	}
	ck_assert_uint_le(to_all, 4);
	pass(UL_RA_APART_US);
	ck_assert_uint_le(to_all, 5);
	ck_assert(!has_route);
	ck_assert_uint_eq(heard.lifetime_s, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ra_srv");
	TCase *tc = tcase_create("ra_srv");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, all_is_told);
	tcase_add_test(tc, flags_and_domain_are_as_configured);
	tcase_add_test(tc, all_hear_it_at_intervals);
	tcase_add_test(tc, who_asks_is_answered_at_once);
	tcase_add_test(tc, without_address_all_hear_the_answer);
	tcase_add_test(tc, a_flood_of_questions_is_answered_to_all);
	tcase_add_test(tc, a_lost_route_is_told_at_once);
	tcase_add_test(tc, a_lost_route_is_not_forgotten_by_an_answer);
	tcase_add_test(tc, a_route_that_flaps_ends_in_the_truth);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
