/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dns_upstream.c - whom to ask for which name, and for which nobody */
#include <errno.h>

#include "fake/dns_lab.h"

static struct fake_resolver r1, r2;
static struct ul_dns_upstreams *all;

static void relay_with(unsigned int cache_entries)
{
	fake_resolver_open(&r1, "127.0.0.1");
	fake_resolver_open(&r2, "127.0.0.1");
	relay = ul_dns_relay_new(&(struct ul_dns_relay_conf){
		.loop = loop, .upstreams = &r1.ep, .upstream_count = 1,
		.cache_entries = cache_entries, .reply = on_reply,
	});
	all = ul_dns_relay_upstreams(relay);
}

static void must_ask(struct fake_resolver *r, const char *name)
{
	query(4000, GUEST_ID, name);
	ck_assert_msg(fake_resolver_asked(r), "%s", name);
	answer(r, QR, 0);
	ck_assert(!fake_resolver_asked(&r1));
	ck_assert(!fake_resolver_asked(&r2));
}

START_TEST(the_longest_domain_counts)
{
	struct ul_ep other;

	relay_with(0);
	other = r1.ep;
	ck_assert_int_eq(ul_dns_upstreams_add(all, "corp.example", &r2.ep), 0);
	must_ask(&r2, "corp.example");
	must_ask(&r2, "a.b.CORP.example");
	must_ask(&r1, "xcorp.example");
	must_ask(&r1, "example");
	ck_assert_int_eq(ul_dns_upstreams_add(all, "b.corp.example", &other),
			 0);
	must_ask(&r1, "a.b.corp.example");
	must_ask(&r2, "a.corp.example");
	ck_assert_int_eq(ul_dns_upstreams_remove(all, "b.corp.example", NULL),
			 0);
	must_ask(&r2, "a.b.corp.example");
}
END_TEST

START_TEST(lists_are_bounded_and_say_what_is_wrong)
{
	struct ul_ep ep = ep_of("192.0.2.1", 53);
	char name[16];

	relay_with(0);
	ck_assert_int_eq(ul_dns_upstreams_remove(all, "a", NULL), -ENOENT);
	for (int i = 0; i < UL_DNS_UPSTREAMS; i++, ep.port++)
		ck_assert_int_eq(ul_dns_upstreams_add(all, "a", &ep), 0);
	ck_assert_int_eq(ul_dns_upstreams_add(all, "a", &ep), -ENOSPC);
	ck_assert_int_eq(ul_dns_upstreams_remove(all, "a", &ep), -ENOENT);
	ep.port--;
	ck_assert_int_eq(ul_dns_upstreams_add(all, "a", &ep), -EEXIST);
	ck_assert_int_eq(ul_dns_upstreams_remove(all, "a", &ep), 0);
	ck_assert_int_eq(ul_dns_upstreams_remove(all, "a", &ep), -ENOENT);
	for (int i = 1; i < UL_DNS_DOMAINS; i++) {
		g_snprintf(name, sizeof(name), "d%d", i);
		ck_assert_int_eq(ul_dns_upstreams_add(all, name, &ep), 0);
	}
	ck_assert_int_eq(ul_dns_upstreams_add(all, "more", &ep), -ENOSPC);
}
END_TEST

/* A question whose servers are taken away goes on with those of now. */
START_TEST(what_is_in_flight_follows_the_lists)
{
	relay_with(0);
	ck_assert_int_eq(ul_dns_upstreams_add(all, "example", &r2.ep), 0);
	query(4000, GUEST_ID, "www.example");
	ck_assert(fake_resolver_asked(&r2));
	ck_assert_int_eq(ul_dns_upstreams_remove(all, "example", &r2.ep), 0);
	turn(UL_DNS_TRY_US);
	ck_assert(fake_resolver_asked(&r1));
	answer(&r1, QR, 0);
	ck_assert_uint_eq(got_count, 1);
}
END_TEST

/* Servers for every name are others from now on; those of domains stay. */
START_TEST(servers_for_every_name_are_replaced)
{
	unsigned int serial;
	struct ul_ep many[UL_DNS_UPSTREAMS + 1];

	relay_with(0);
	ck_assert_int_eq(ul_dns_upstreams_add(all, "example", &r1.ep), 0);
	serial = ul_dns_upstreams_serial(all);
	ul_dns_upstreams_set(all, &r2.ep, 1);
	ck_assert_uint_ne(ul_dns_upstreams_serial(all), serial);
	must_ask(&r2, "www.test");
	must_ask(&r1, "www.example");
	for (size_t i = 0; i < G_N_ELEMENTS(many); i++)
		many[i] = r1.ep;
	ul_dns_upstreams_set(all, many, G_N_ELEMENTS(many));
	ck_assert_uint_eq(ul_dns_upstreams_for(all, "test")->count,
			  UL_DNS_UPSTREAMS);
	/* The host's own, and back. */
	ul_dns_upstreams_set(all, NULL, 0);
	ul_dns_upstreams_for(all, "test");
	ul_dns_upstreams_set(all, &r1.ep, 1);
	must_ask(&r1, "www.test");
}
END_TEST

/* An answer with an A record; its TTL is 60 s. */
static void answer_a(struct fake_resolver *r, const char *name)
{
	static struct fake_dns m;

	fake_dns_begin(&m, r->id, QR | RD, name, UL_DNS_A);
	fake_dns_a(&m, name, 60, "192.0.2.1");
	fake_resolver_send(r->fd, r, m.bytes, m.w.len);
	turn(0);
}

START_TEST(the_second_time_nobody_is_asked)
{
	relay_with(10);
	query(4000, 1, "www.example");
	ck_assert(fake_resolver_asked(&r1));
	answer_a(&r1, "www.example");
	ck_assert_uint_eq(got_count, 1);
	query(4000, GUEST_ID, "WWW.example");
	ck_assert(!fake_resolver_asked(&r1));
	ck_assert_uint_eq(got_count, 2);
	ck_assert_uint_eq(u16_at(got, 0), GUEST_ID);
	ck_assert_int_eq(got[HEADER_LEN + 1], 'W');
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->cached, 1);
	/* With EDNS it is the same answer and an OPT of ours. */
	query_edns(4000, GUEST_ID, "www.example", 4096);
	ck_assert(!fake_resolver_asked(&r1));
	ck_assert_uint_eq(got_len, HEADER_LEN + 17 + 13 + 14 + 11);
	ck_assert_uint_eq(u16_at(got, 10), 1);
	turn(60 * SECOND);
	query(4000, 1, "www.example");
	ck_assert(fake_resolver_asked(&r1));
}
END_TEST

/* What the guest takes is for the answer and our OPT together. */
START_TEST(answer_and_opt_fit_the_guests_limit)
{
	static const uint8_t zeros[1232];
	static struct fake_dns m;
	size_t head;

	relay_with(0);
	query_edns(4000, GUEST_ID, "a", 1232);
	ck_assert(fake_resolver_asked(&r1));
	fake_dns_begin(&m, r1.id, QR | RD, "a", UL_DNS_A);
	head = m.w.len + 13;		/* a name, and what is before data */
	fake_dns_record(&m, UL_DNS_ANSWER, "a", UL_DNS_A, 60, zeros,
			1232 - 11 - head + (size_t)_i);
	fake_resolver_send(r1.fd, &r1, m.bytes, m.w.len);
	turn(0);
	ck_assert_uint_eq(got_flags() & TC, _i ? TC : 0);
	ck_assert_uint_eq(got_len, _i ? HEADER_LEN + 3 + 4 + 11 : 1232);
}
END_TEST

START_TEST(other_servers_know_other_answers)
{
	relay_with(10);
	for (int i = 0; i < 2; i++) {
		query(4000, 1, "www.example");
		ck_assert(fake_resolver_asked(&r1));
		answer_a(&r1, "www.example");
		if (!i)
			ul_dns_upstreams_add(all, "other", &r2.ep);
	}
	ck_assert_uint_eq(ul_dns_relay_flush(relay), 1);
	query(4000, 1, "www.example");
	ck_assert(fake_resolver_asked(&r1));
}
END_TEST

START_TEST(failures_are_kept_for_a_second)
{
	relay_with(10);
	query(4000, GUEST_ID, "www.example");
	ck_assert(fake_resolver_asked(&r1));
	answer(&r1, QR | SERVFAIL, 0);
	must_get_error(SERVFAIL);
	for (int i = 0; i < 20; i++) {
		got_count = 0;
		query(4000, GUEST_ID, "www.example");
		must_get_error(SERVFAIL);
	}
	ck_assert(!fake_resolver_asked(&r1));
	turn(SECOND);
	query(4000, GUEST_ID, "www.example");
	ck_assert(fake_resolver_asked(&r1));
}
END_TEST

/* Which of these is never answered out of the cache. */
static const struct {
	size_t off;		/* of the query */
	uint8_t value;
} unkept[] = {
	{ 2, 0 },			/* no recursion is asked for */
	{ HEADER_LEN + 13 + 1, 255 },	/* ANY */
	{ HEADER_LEN + 13 + 1, 249 },	/* TKEY */
};

START_TEST(some_are_asked_each_time)
{
	relay_with(10);
	for (int i = 0; i < 2; i++) {
		uint8_t msg[512];
		size_t len = fake_query(msg, sizeof(msg), 7, "www.example", 0);

		msg[unkept[_i].off] = unkept[_i].value;
		put("10.0.2.15", 4000, msg, len);
		ck_assert(fake_resolver_asked(&r1));
		ck_assert_mem_eq(r1.msg + 2, msg + 2, len - 2);
		answer(&r1, QR, 0);
		ck_assert_uint_eq(got_count, (unsigned int)i + 1);
	}
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->cache_entries, 0);
}
END_TEST

static void must_be_refused(const char *name)
{
	got_count = 0;
	query(4000, GUEST_ID, name);
	must_get_error(REFUSED);
	ck_assert(!fake_resolver_asked(&r1));
}

START_TEST(denied_names_are_refused)
{
	struct ul_dns_rules *rules = ul_dns_rules_new();

	relay_with(0);
	ul_dns_rules_add(rules, "bad.example", UL_DNS_DENY);
	ul_dns_rules_add(rules, "x.y", UL_DNS_ALLOW);
	ul_dns_rules_add(rules, "x.y", UL_DNS_DENY);
	ul_dns_rules_add(rules, "example", UL_DNS_ALLOW);
	ul_dns_rules_add(rules, "good.bad.example", UL_DNS_ALLOW);
	ul_dns_relay_set_rules(relay, rules);
	must_be_refused("bad.example");
	must_be_refused("a.BAD.example");
	must_be_refused("x.y");
	must_be_refused("elsewhere");		/* nothing allows it */
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->denied, 4);
	must_ask(&r1, "good.bad.example");
	must_ask(&r1, "verybad.example");
	/* Who understands EDNS learns why: RFC 8914 4.16. */
	got_count = 0;
	query_edns(4000, GUEST_ID, "bad.example", 1232);
	must_get_error(REFUSED);
	ck_assert_mem_eq(got + got_len - 6, "\0\17\0\2\0\17", 6);
	ul_dns_relay_set_rules(relay, NULL);
	must_ask(&r1, "bad.example");
}
END_TEST

START_TEST(newer_edns_is_refused_by_version)
{
	uint8_t msg[512];
	size_t len = fake_query(msg, sizeof(msg), GUEST_ID, "a", 1232);

	relay_with(0);
	msg[len - 5] = 1;
	put("10.0.2.15", 4000, msg, len);
	ck_assert(!fake_resolver_asked(&r1));
	ck_assert_uint_eq(got_count, 1);
	ck_assert_uint_eq(got_flags() & 0xf, 0);
	/* 16: the upper bits are in OPT, whose version is ours. */
	ck_assert_uint_eq(got[got_len - 6], 1);
	ck_assert_uint_eq(got[got_len - 5], 0);
}
END_TEST

START_TEST(one_hops_options_go_no_further)
{
	uint8_t msg[512];
	size_t len = fake_query(msg, sizeof(msg), GUEST_ID, "a", 4096);
	struct ul_wr w = { msg, len, sizeof(msg), false };

	relay_with(0);
	ul_wr_patch_u16(&w, len - 2, 12);
	ul_wr_bytes(&w, "\0\12\0\10abcdefgh", 12);	/* a cookie */
	put("10.0.2.15", 4000, msg, w.len);
	ck_assert(fake_resolver_asked(&r1));
	ck_assert_uint_eq(r1.len, len);
	/* Our own size: what comes must not be in fragments. */
	ck_assert_uint_eq(u16_at(r1.msg, len - 8), 1232);
	answer(&r1, QR, 0);
	/* Of options that nobody here knows nothing is taken away. */
	msg[len + 1] = 8;				/* client subnet */
	put("10.0.2.15", 4000, msg, w.len);
	ck_assert(fake_resolver_asked(&r1));
	ck_assert_uint_eq(r1.len, w.len);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_upstream");
	TCase *tc = tcase_create("dns_upstream");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_longest_domain_counts);
	tcase_add_test(tc, lists_are_bounded_and_say_what_is_wrong);
	tcase_add_test(tc, servers_for_every_name_are_replaced);
	tcase_add_test(tc, what_is_in_flight_follows_the_lists);
	tcase_add_test(tc, the_second_time_nobody_is_asked);
	tcase_add_loop_test(tc, answer_and_opt_fit_the_guests_limit, 0, 2);
	tcase_add_test(tc, other_servers_know_other_answers);
	tcase_add_test(tc, failures_are_kept_for_a_second);
	tcase_add_loop_test(tc, some_are_asked_each_time, 0,
			    sizeof(unkept) / sizeof(*unkept));
	tcase_add_test(tc, denied_names_are_refused);
	tcase_add_test(tc, newer_edns_is_refused_by_version);
	tcase_add_test(tc, one_hops_options_go_no_further);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
