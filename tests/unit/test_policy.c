/* SPDX-License-Identifier: BSD-3-Clause */
/* test_policy.c - what may be reached, and where the gateway leads */
#include <errno.h>
#include <netinet/in.h>

#include "flow/policy.h"
#include "harness.h"
#include "wire/pkt.h"

/* A host as the test wants it to be. */
struct fake_host {
	const char *addr4, *addr6;	/* NULL: none */
	uint16_t wildcard;		/* this port listens on all addresses */
	int64_t now_us;
	unsigned int asked;
};

static struct fake_host fake;
static struct ul_policy *policy;
static struct ul_policy_conf conf;

static int find_address(enum ul_family family, struct ul_addr *out, void *arg)
{
	struct fake_host *h = arg;
	const char *text = family == UL_V4 ? h->addr4 : h->addr6;

	h->asked++;
	if (!text)
		return -EADDRNOTAVAIL;
	return ul_addr_parse(out, text);
}

static int has_wildcard(enum ul_family family, int ip_proto, uint16_t port,
			void *arg)
{
	return ((struct fake_host *)arg)->wildcard == port;
}

static int64_t now_us(void *arg)
{
	return ((struct fake_host *)arg)->now_us;
}

static const struct ul_policy_host host_ops = {
	.find_address = find_address,
	.has_wildcard = has_wildcard,
	.now_us = now_us,
};

static void setup(void)
{
	fake = (struct fake_host){ .addr4 = "192.0.2.7", .addr6 = "fd11::7" };
	conf = (struct ul_policy_conf){ .has_v6 = true };
	ck_assert_int_eq(ul_prefix_parse(&conf.prefix4, "10.0.2.0/24"), 0);
	ck_assert_int_eq(ul_prefix_parse(&conf.prefix6, "fd00:1::/64"), 0);
	ck_assert_int_eq(ul_addr_parse(&conf.gateway4, "10.0.2.2"), 0);
	ck_assert_int_eq(ul_addr_parse(&conf.gateway6, "fd00:1::2"), 0);
	policy = ul_policy_new(&conf);
	ul_policy_set_host(policy, &host_ops, &fake);
}

static void again(void)
{
	ul_policy_free(policy);
	policy = ul_policy_new(&conf);
	ul_policy_set_host(policy, &host_ops, &fake);
}

static void teardown(void)
{
	ul_policy_free(policy);
}

/* "where:port", or the verdict in words. */
static const char *map(uint8_t proto, const char *text, uint16_t port)
{
	static char buf[UL_EP_STRLEN];
	struct ul_try attempt = { .proto = proto, .dst.port = port };
	struct ul_decision d;
	enum ul_verdict verdict;

	ck_assert_int_eq(ul_addr_parse(&attempt.dst.addr, text), 0);
	verdict = ul_policy_map(policy, &attempt, &d);
	ck_assert_int_eq(verdict, d.verdict);
	if (verdict == UL_VERDICT_ALLOW)
		return ul_ep_str(&d.host, buf);
	if (verdict == UL_VERDICT_PROHIBITED)
		return "prohibited";
	return verdict == UL_VERDICT_NEVER ? "never" : "no route";
}

static const char *const never[] = {
	"0.0.0.0", "0.1.2.3", "0.255.255.255",
	"127.0.0.1", "127.0.0.53", "127.255.255.255",
	"169.254.0.0", "169.254.169.254", "169.254.255.255",
	"224.0.0.1", "239.255.255.250",
	"240.0.0.1", "254.1.1.1", "255.255.255.255",
	"10.0.2.0", "10.0.2.1", "10.0.2.3", "10.0.2.15", "10.0.2.255",
	"::", "::1",
	"fe80::1", "febf:ffff::1",
	"ff00::", "ff02::1", "ffff::1",
	"fd00:ec2::254",
	"fd00:1::", "fd00:1::3", "fd00:1::ffff:ffff:ffff:ffff",
};

static const uint8_t protos[] = {
	UL_IPPROTO_TCP, UL_IPPROTO_UDP, UL_IPPROTO_ICMP, UL_IPPROTO_ICMP6,
};

START_TEST(forbidden_destinations_are_refused)
{
	struct ul_addr a;

	ck_assert_int_eq(ul_addr_parse(&a, never[_i]), 0);
	ck_assert(ul_policy_is_never(policy, &a));
	for (size_t i = 0; i < sizeof(protos); i++)
		ck_assert_str_eq(map(protos[i], never[_i], 80), "never");
	/* Opening loopback opens the gateway, not the addresses. */
	conf.host_loopback = true;
	again();
	ck_assert_str_eq(map(UL_IPPROTO_TCP, never[_i], 80), "never");
}
END_TEST

/* An IPv4 address in IPv6 clothes is the IPv4 address, and judged as it. */
START_TEST(mapped_addresses_are_judged_as_ipv4)
{
	static const uint8_t bytes[][4] = {
		{ 127, 0, 0, 1 }, { 0, 0, 0, 0 }, { 10, 0, 2, 15 },
		{ 169, 254, 169, 254 },
	};

	for (size_t i = 0; i < sizeof(bytes) / sizeof(*bytes); i++) {
		struct ul_addr a = { .b = { [10] = 0xff, [11] = 0xff } };

		memcpy(a.b + 12, bytes[i], 4);
		ck_assert(ul_policy_is_never(policy, &a));
	}
}
END_TEST

static const char *const allowed[] = {
	"1.0.0.0", "9.9.9.9", "126.255.255.255", "128.0.0.0",
	"169.253.255.255", "169.255.0.0", "223.255.255.255",
	"10.0.1.255", "10.0.3.0", "192.0.2.7",
	"::2", "2001:db8::1", "fec0::1", "fdff::1", "fd00:ec2::253",
	"fd00:0:ffff::1", "fd00:1:0:1::1", "fd11::7",
};

START_TEST(all_others_are_reached_as_they_are)
{
	char want[UL_EP_STRLEN];
	struct ul_ep ep = { .port = 443 };

	ck_assert_int_eq(ul_addr_parse(&ep.addr, allowed[_i]), 0);
	ck_assert(!ul_policy_is_never(policy, &ep.addr));
	ck_assert_str_eq(map(UL_IPPROTO_TCP, allowed[_i], 443),
			 ul_ep_str(&ep, want));
}
END_TEST

START_TEST(ipv6_has_no_route_without_an_ipv6_network)
{
	conf.has_v6 = false;
	again();
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "2001:db8::1", 80), "no route");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "::1", 80), "never");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "9.9.9.9", 80), "9.9.9.9:80");
}
END_TEST

START_TEST(gateway_is_the_hosts_own_address)
{
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80), "192.0.2.7:80");
	ck_assert_str_eq(map(UL_IPPROTO_UDP, "fd00:1::2", 9), "[fd11::7]:9");
}
END_TEST

START_TEST(gateway_is_loopback_where_that_was_opened)
{
	static const struct ul_port_range ports[] = { { 80, 80 },
						      { 8000, 8010 } };

	conf.host_loopback = true;
	again();
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 1), "127.0.0.1:1");
	ck_assert_str_eq(map(UL_IPPROTO_UDP, "fd00:1::2", 1), "[::1]:1");

	conf.loopback_ports = ports;
	conf.loopback_port_count = 2;
	again();
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80), "127.0.0.1:80");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 81), "192.0.2.7:81");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 7999),
			 "192.0.2.7:7999");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 8000),
			 "127.0.0.1:8000");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 8010),
			 "127.0.0.1:8010");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 8011),
			 "192.0.2.7:8011");
}
END_TEST

START_TEST(lonely_host_answers_where_it_answers_all)
{
	fake.addr4 = NULL;
	fake.addr6 = "fe80::7";		/* no address for others either */
	fake.wildcard = 8080;
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80), "never");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 8080),
			 "127.0.0.1:8080");
	ck_assert_str_eq(map(UL_IPPROTO_UDP, "fd00:1::2", 8080),
			 "[::1]:8080");
	ck_assert_str_eq(map(UL_IPPROTO_UDP, "fd00:1::2", 80), "never");
	ck_assert_str_eq(map(UL_IPPROTO_ICMP, "10.0.2.2", 0), "never");
}
END_TEST

START_TEST(nested_hosts_address_lies_in_the_prefix)
{
	fake.addr4 = "10.0.2.15";
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80), "10.0.2.15:80");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.15", 80), "never");
	fake.addr4 = "169.254.1.1";	/* exempt from the prefix, no more */
	again();
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80), "never");
}
END_TEST

START_TEST(host_is_asked_again_after_a_second)
{
	map(UL_IPPROTO_TCP, "10.0.2.2", 80);
	map(UL_IPPROTO_TCP, "10.0.2.2", 80);
	ck_assert_uint_eq(fake.asked, 1);
	fake.addr4 = "198.51.100.9";
	fake.now_us += 999999;
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80), "192.0.2.7:80");
	fake.now_us += 1;
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80),
			 "198.51.100.9:80");
	ck_assert_uint_eq(fake.asked, 2);
}
END_TEST

START_TEST(host_is_asked_at_once_when_it_changed)
{
	unsigned int serial;

	map(UL_IPPROTO_TCP, "10.0.2.2", 80);
	serial = ul_policy_serial(policy);
	fake.addr4 = "198.51.100.9";
	ul_policy_host_changed(policy);
	ck_assert_uint_ne(ul_policy_serial(policy), serial);
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80),
			 "198.51.100.9:80");
	fake.addr4 = NULL;			/* only lo is left */
	ul_policy_host_changed(policy);
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80), "never");
}
END_TEST

/* What was remembered of another address must not be used again. */
START_TEST(another_address_is_another_serial)
{
	unsigned int serial;

	map(UL_IPPROTO_TCP, "10.0.2.2", 80);
	serial = ul_policy_serial(policy);
	fake.now_us += 1000000;
	map(UL_IPPROTO_TCP, "10.0.2.2", 80);
	ck_assert_uint_eq(ul_policy_serial(policy), serial);
	fake.addr4 = "198.51.100.9";
	fake.now_us += 1000000;
	map(UL_IPPROTO_TCP, "10.0.2.2", 80);
	ck_assert_uint_ne(ul_policy_serial(policy), serial);
}
END_TEST

START_TEST(without_egress_only_the_gateway_is_open)
{
	static const char *const outside[] = {
		"192.0.2.7",		/* the host itself, not by the gateway */
		"192.0.2.8", "9.9.9.9", "10.1.2.3", "fd11::7", "2001:db8::1",
	};
	unsigned int serial = ul_policy_serial(policy);

	ul_policy_set_reach(policy, UL_REACH_HOST);
	ck_assert_uint_ne(ul_policy_serial(policy), serial);
	for (size_t i = 0; i < sizeof(outside) / sizeof(*outside); i++) {
		for (size_t k = 0; k < sizeof(protos); k++)
			ck_assert_str_eq(map(protos[k], outside[i], 80),
					 "prohibited");
	}
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80), "192.0.2.7:80");
	ck_assert_str_eq(map(UL_IPPROTO_UDP, "fd00:1::2", 80), "[fd11::7]:80");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "127.0.0.1", 80), "never");
	ul_policy_set_reach(policy, UL_REACH_ANY);
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "9.9.9.9", 80), "9.9.9.9:80");
}
END_TEST

START_TEST(a_gateway_that_is_not_the_host_leads_nowhere)
{
	static const char *const all[] = {
		"10.0.2.2", "fd00:1::2", "192.0.2.7", "9.9.9.9", "2001:db8::1",
	};
	struct ul_ep ep = { .addr = conf.gateway4, .port = 80 };

	conf.host_loopback = true;
	again();
	ul_policy_set_reach(policy, UL_REACH_NOTHING);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		for (size_t k = 0; k < sizeof(protos); k++)
			ck_assert_str_eq(map(protos[k], all[i], 80),
					 "prohibited");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.16", 80), "never");
	ck_assert(!ul_policy_wants_loopback_hint(policy, NULL, &ep));
}
END_TEST

START_TEST(hint_is_for_the_closed_gateway_only)
{
	struct ul_ep ep = { .addr = conf.gateway4, .port = 80 };

	ck_assert(ul_policy_wants_loopback_hint(policy, NULL, &ep));
	ep.addr = ul_addr_v4(0x09090909);
	ck_assert(!ul_policy_wants_loopback_hint(policy, NULL, &ep));
	conf.host_loopback = true;
	again();
	ep.addr = conf.gateway4;
	ck_assert(!ul_policy_wants_loopback_hint(policy, NULL, &ep));
}
END_TEST

START_TEST(broadcast_is_known)
{
	static const char *const many[] = { "255.255.255.255", "10.0.2.255",
					    "224.0.0.251", "ff02::fb" };
	static const char *const one[] = { "10.0.2.254", "9.9.9.9",
					   "fd00:1::2" };
	struct ul_addr a;

	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++) {
		ul_addr_parse(&a, many[i]);
		ck_assert(ul_policy_is_broadcast(policy, &a));
	}
	for (size_t i = 0; i < sizeof(one) / sizeof(*one); i++) {
		ul_addr_parse(&a, one[i]);
		ck_assert(!ul_policy_is_broadcast(policy, &a));
	}
}
END_TEST

START_TEST(loopback_is_opened_and_closed_later)
{
	static const struct ul_port_range ports[] = { { 80, 81 } };
	unsigned int serial = ul_policy_serial(policy);

	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80),
			 "192.0.2.7:80");
	ul_policy_set_loopback(policy, true, ports, 1);
	ck_assert_uint_ne(ul_policy_serial(policy), serial);
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80), "127.0.0.1:80");
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 82),
			 "192.0.2.7:82");
	ul_policy_set_loopback(policy, true, NULL, 0);
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 82), "127.0.0.1:82");
	ul_policy_set_loopback(policy, true, ports, 0);
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 80),
			 "192.0.2.7:80");
	ul_policy_set_loopback(policy, false, NULL, 0);
	ck_assert_str_eq(map(UL_IPPROTO_TCP, "10.0.2.2", 82),
			 "192.0.2.7:82");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("policy");
	TCase *tc = tcase_create("policy");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, forbidden_destinations_are_refused, 0,
			    sizeof(never) / sizeof(*never));
	tcase_add_test(tc, loopback_is_opened_and_closed_later);
	tcase_add_test(tc, mapped_addresses_are_judged_as_ipv4);
	tcase_add_loop_test(tc, all_others_are_reached_as_they_are, 0,
			    sizeof(allowed) / sizeof(*allowed));
	tcase_add_test(tc, ipv6_has_no_route_without_an_ipv6_network);
	tcase_add_test(tc, gateway_is_the_hosts_own_address);
	tcase_add_test(tc, gateway_is_loopback_where_that_was_opened);
	tcase_add_test(tc, lonely_host_answers_where_it_answers_all);
	tcase_add_test(tc, nested_hosts_address_lies_in_the_prefix);
	tcase_add_test(tc, host_is_asked_again_after_a_second);
	tcase_add_test(tc, host_is_asked_at_once_when_it_changed);
	tcase_add_test(tc, another_address_is_another_serial);
	tcase_add_test(tc, without_egress_only_the_gateway_is_open);
	tcase_add_test(tc, a_gateway_that_is_not_the_host_leads_nowhere);
	tcase_add_test(tc, hint_is_for_the_closed_gateway_only);
	tcase_add_test(tc, broadcast_is_known);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
