/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dns_policy.c - what others say about names, and hear of answers */
#include <unistd.h>

#include "fake/dns_lab.h"

static GString *asked_for, *heard;

static bool may_ask(const char *name, void *arg)
{
	g_string_append_printf(asked_for, "%s ", name);
	return g_str_has_suffix(name, ".org");
}

static void on_heard(const char *name, const struct ul_addr *addr,
		     uint32_t ttl_s, void *arg)
{
	char text[UL_ADDR_STRLEN];

	g_string_append_printf(heard, "%s=%s/%u ", name,
			       ul_addr_str(addr, text), ttl_s);
	ck_assert_uint_eq(got_count, 0);
}

static void relay_under_policy(const struct ul_ep *upstream)
{
	asked_for = g_string_new("");
	heard = g_string_new("");
	relay = ul_dns_relay_new(&(struct ul_dns_relay_conf){
		.loop = loop, .upstreams = upstream, .upstream_count = 1,
		.cache_entries = 10,
		.reply = on_reply, .may_ask = may_ask, .heard = on_heard,
	});
}

START_TEST(forbidden_names_are_refused_and_not_asked_for)
{
	struct fake_resolver r;

	fake_resolver_open(&r, "127.0.0.1");
	relay_under_policy(&r.ep);
	query(4000, GUEST_ID, "Example.COM");
	must_get_error(REFUSED);
	ck_assert(!fake_resolver_asked(&r));
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->forbidden, 1);
	got_count = 0;
	query(4000, GUEST_ID, "example.org");
	must_be_passed_on(&r);
	ck_assert_str_eq(asked_for->str, "example.com example.org ");
}
END_TEST

START_TEST(addresses_are_heard_before_the_guest_has_them)
{
	static struct fake_dns m;
	struct fake_resolver r;

	fake_resolver_open(&r, "127.0.0.1");
	relay_under_policy(&r.ep);
	query(4000, GUEST_ID, "wWw.example.org");
	ck_assert(fake_resolver_asked(&r));
	fake_dns_begin(&m, r.id, QR, "www.example.org", UL_DNS_A);
	fake_dns_cname(&m, "www.example.org", 30, "a.example.net");
	fake_dns_a(&m, "a.example.net", 60, "192.0.2.1");
	fake_resolver_send(r.fd, &r, m.bytes, m.w.len);
	turn(0);
	ck_assert_uint_eq(got_count, 1);
	ck_assert_str_eq(heard->str, "www.example.org=192.0.2.1/30 ");
}
END_TEST

/* Send one query over a connection of the guest's, and turn. */
static int ask_by_tcp(const char *name)
{
	struct ul_ep guest = ep_of("10.0.2.15", 40000);
	struct ul_ep service = ep_of("10.0.2.3", 53);
	uint8_t msg[512] = { 0 };
	size_t len = fake_query(msg + 2, sizeof(msg) - 2, GUEST_ID, name, 0);
	int pair[2];

	msg[1] = (uint8_t)len;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    pair), 0);
	ck_assert_int_eq(ul_dns_relay_accept(relay, pair[1], &guest, &service,
					     lab_port), 0);
	ck_assert_int_eq(write(pair[0], msg, len + 2), (ssize_t)len + 2);
	turn(0);
	return pair[0];
}

/* No way around by TCP. */
START_TEST(connections_are_under_the_same_policy)
{
	static struct fake_dns m;
	struct fake_resolver r;
	int fd;

	fake_resolver_open(&r, "127.0.0.1");
	relay_under_policy(&r.ep);
	fd = ask_by_tcp("www.example.com");
	ck_assert(!fake_resolver_asked(&r));
	ck_assert_int_gt(read(fd, got, sizeof(got)), 2 + HEADER_LEN);
	ck_assert_uint_eq(u16_at(got, 4) & 0xf, REFUSED);
	close(fd);
	fd = ask_by_tcp("www.example.org");
	ck_assert(fake_resolver_asked(&r));
	fake_dns_begin(&m, r.id, QR, "www.example.org", UL_DNS_A);
	fake_dns_a(&m, "www.example.org", 60, "192.0.2.1");
	fake_resolver_send(r.fd, &r, m.bytes, m.w.len);
	turn(0);
	ck_assert_int_eq(read(fd, got, sizeof(got)), (ssize_t)m.w.len + 2);
	ck_assert_str_eq(heard->str, "www.example.org=192.0.2.1/60 ");
	close(fd);
}
END_TEST

/* What is kept is heard again, for as long as it lasts yet. */
START_TEST(kept_addresses_are_heard_with_what_is_left)
{
	static struct fake_dns m;
	struct fake_resolver r;

	fake_resolver_open(&r, "127.0.0.1");
	relay_under_policy(&r.ep);
	query(4000, GUEST_ID, "www.example.org");
	ck_assert(fake_resolver_asked(&r));
	fake_dns_begin(&m, r.id, QR, "www.example.org", UL_DNS_A);
	fake_dns_a(&m, "www.example.org", 60, "192.0.2.1");
	fake_resolver_send(r.fd, &r, m.bytes, m.w.len);
	turn(0);
	g_string_truncate(heard, 0);
	turn(10 * SECOND);
	got_count = 0;
	query(4000, GUEST_ID, "www.example.org");
	ck_assert(!fake_resolver_asked(&r));
	ck_assert_uint_eq(got_count, 1);
	ck_assert_str_eq(heard->str, "www.example.org=192.0.2.1/50 ");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_policy");
	TCase *tc = tcase_create("dns_policy");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, forbidden_names_are_refused_and_not_asked_for);
	tcase_add_test(tc, addresses_are_heard_before_the_guest_has_them);
	tcase_add_test(tc, connections_are_under_the_same_policy);
	tcase_add_test(tc, kept_addresses_are_heard_with_what_is_left);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
