/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dhcp4_probe.c - who is asked about an address, and for how long */
#include "svc/dhcp4_probe.h"

#include <errno.h>

#include "harness.h"

static struct ul_loop *loop;
static struct ul_dhcp4_probe *probe;
static int64_t now_us;
static unsigned int asks, ends, takens;
static struct ul_dhcp4_asked last;
static uint8_t taker[6];
static struct ul_addr next_addr;	/* asked about when one ends; or 0 */

static int64_t fake_clock(void *arg)
{
	return now_us;
}

static struct ul_addr at(unsigned int n)
{
	return ul_addr_v4(0x0a000200 + n);
}

static const uint8_t *mac(uint8_t n)
{
	static uint8_t bytes[6] = { 0x52, 0x54 };

	bytes[5] = n;
	return bytes;
}

static int start(unsigned int addr, uint8_t client, const char *text)
{
	struct ul_addr a = at(addr), src = ul_addr_v4(0);

	return ul_dhcp4_probe_start(probe, &a, mac(client), &src,
				    (const uint8_t *)text, strlen(text));
}

static void heard(unsigned int addr, uint8_t by)
{
	struct ul_addr a = at(addr);

	ul_dhcp4_probe_heard(probe, &a, mac(by));
}

static void on_ask(const struct ul_addr *addr, void *arg)
{
	asks++;
}

static void on_done(const struct ul_dhcp4_asked *asked, const uint8_t *by,
		    void *arg)
{
	ends++;
	last = *asked;
	if (by) {
		takens++;
		memcpy(taker, by, 6);
	}
	if (by && !ul_addr_is_any(&next_addr))
		ck_assert_int_eq(ul_dhcp4_probe_start(
			probe, &next_addr, asked->mac, &asked->src_ip,
			asked->payload, asked->len), 0);
}

static void pass(int64_t us)
{
	now_us += us;
	ul_loop_turn(loop, 0);
}

static void setup(void)
{
	struct ul_dhcp4_probe_conf conf = {
		.ask = on_ask, .done = on_done,
	};

	now_us = 1;
	asks = ends = takens = 0;
	next_addr = ul_addr_v4(0);
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ul_loop_turn(loop, 0);
	conf.loop = loop;
	probe = ul_dhcp4_probe_new(&conf);
}

static void teardown(void)
{
	ul_dhcp4_probe_free(probe);
	ul_loop_free(loop);
}

START_TEST(silence_ends_the_wait)
{
	struct ul_addr a = at(15);

	ck_assert_int_eq(start(15, 1, "discover"), 0);
	ck_assert_uint_eq(asks, 1);
	pass(UL_DHCP4_PROBE_US - 1);
	ck_assert_uint_eq(asks, 1);
	pass(1);
	ck_assert_uint_eq(asks, 2);
	pass(UL_DHCP4_PROBE_US - 1);
	ck_assert_uint_eq(ends, 0);
	pass(1);
	ck_assert_uint_eq(ends, 1);
	ck_assert_uint_eq(takens, 0);
	ck_assert(ul_addr_eq(&last.addr, &a));
	ck_assert_uint_eq(last.len, strlen("discover"));
	ck_assert(!memcmp(last.payload, "discover", last.len));
	pass(10 * UL_DHCP4_PROBE_US);
	ck_assert_uint_eq(asks, 2);
	ck_assert_uint_eq(ends, 1);
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
}
END_TEST

START_TEST(an_answer_ends_it_at_once)
{
	start(15, 1, "x");
	heard(16, 9);
	ck_assert_uint_eq(ends, 0);
	heard(15, 9);
	ck_assert_uint_eq(takens, 1);
	ck_assert_uint_eq(taker[5], 9);
	heard(15, 9);
	ck_assert_uint_eq(ends, 1);
}
END_TEST

START_TEST(the_client_itself_is_no_other)
{
	start(15, 1, "x");
	heard(15, 1);
	ck_assert_uint_eq(ends, 0);
}
END_TEST

START_TEST(the_next_address_is_asked_about)
{
	next_addr = at(16);
	start(15, 1, "x");
	heard(15, 9);
	ck_assert_uint_eq(asks, 2);
	heard(15, 9);
	ck_assert_uint_eq(takens, 1);
	pass(UL_DHCP4_PROBE_US);
	pass(UL_DHCP4_PROBE_US);
	ck_assert_uint_eq(ends, 2);
	ck_assert(ul_addr_eq(&last.addr, &next_addr));
}
END_TEST

START_TEST(who_repeats_itself_does_not_wait_longer)
{
	start(15, 1, "one");
	pass(UL_DHCP4_PROBE_US);
	ck_assert_int_eq(start(15, 1, "two"), 0);
	pass(UL_DHCP4_PROBE_US);
	ck_assert_uint_eq(ends, 1);
	ck_assert(!memcmp(last.payload, "two", 3));
}
END_TEST

START_TEST(who_says_something_else_is_not_answered)
{
	start(15, 1, "x");
	start(16, 2, "y");
	ul_dhcp4_probe_drop(probe, mac(1));
	ul_dhcp4_probe_drop(probe, mac(3));
	pass(UL_DHCP4_PROBE_US);
	pass(UL_DHCP4_PROBE_US);
	ck_assert_uint_eq(ends, 1);
	ck_assert_uint_eq(last.mac[5], 2);
}
END_TEST

START_TEST(those_that_wait_are_bounded)
{
	static uint8_t longer[UL_DHCP4_PROBE_LEN + 1];
	struct ul_addr a = at(15), src = ul_addr_v4(0);

	ck_assert_int_eq(ul_dhcp4_probe_start(probe, &a, mac(1), &src, longer,
					      sizeof(longer)), -EMSGSIZE);
	for (unsigned int i = 0; i < UL_DHCP4_PROBES_MAX; i++)
		ck_assert_int_eq(start(i, (uint8_t)i, "x"), 0);
	ck_assert_int_eq(start(200, 200, "x"), -ENOBUFS);
	ck_assert_int_eq(start(201, 1, "x"), 0);
	pass(UL_DHCP4_PROBE_US);
	pass(UL_DHCP4_PROBE_US);
	ck_assert_uint_eq(ends, UL_DHCP4_PROBES_MAX);
	ck_assert_int_eq(start(200, 200, "x"), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp4_probe");
	TCase *tc = tcase_create("dhcp4_probe");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, silence_ends_the_wait);
	tcase_add_test(tc, an_answer_ends_it_at_once);
	tcase_add_test(tc, the_client_itself_is_no_other);
	tcase_add_test(tc, the_next_address_is_asked_about);
	tcase_add_test(tc, who_repeats_itself_does_not_wait_longer);
	tcase_add_test(tc, who_says_something_else_is_not_answered);
	tcase_add_test(tc, those_that_wait_are_bounded);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
