/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dns_cache.c - answers are kept as long as they say, and no longer */
#include "svc/dns_cache.h"

#include <errno.h>

#include "fake/fake_dns.h"
#include "fake/fake_resolver.h"
#include "harness.h"
#include "wire/dns_rr.h"

#define SECOND 1000000ll
#define QR 0x8000
#define NXDOMAIN 3

static struct fake_dns m;
static struct ul_dns_cache *cache;
static uint8_t out[65535];
static size_t out_len;
static int64_t now;

static void setup(void)
{
	now = 5 * SECOND;
	cache = ul_dns_cache_new(4, 1u << 20);
}

static void teardown(void)
{
	ul_dns_cache_free(cache);
}

static struct ul_dns_key key_of(const char *name, uint16_t flags,
				bool wants_dnssec)
{
	struct ul_dns_query q;
	uint8_t msg[512];
	size_t len = fake_query(msg, sizeof(msg), 1, name,
				wants_dnssec ? 1232 : 0);

	msg[2] |= (uint8_t)(flags >> 8);
	msg[3] |= (uint8_t)flags;
	if (wants_dnssec)
		msg[len - 4] = 0x80;
	ck_assert_int_eq(ul_dns_query_parse(&q, msg, len), 0);
	ck_assert(q.is_plain);
	return q.key;
}

static void put(const char *name, uint32_t ttl_s)
{
	struct ul_dns_key key = key_of(name, 0, false);

	ul_dns_cache_put(cache, &key, m.bytes, m.w.len, ttl_s, now);
}

static bool get_by(const struct ul_dns_key *key)
{
	struct ul_wr w = ul_wr_new(out, sizeof(out));
	int ret = ul_dns_cache_get(cache, key, now, &w);

	ck_assert(!w.bad);
	ck_assert(!ret || ret == -ENOENT);
	out_len = w.len;
	return !ret;
}

static bool get(const char *name)
{
	struct ul_dns_key key = key_of(name, 0, false);

	return get_by(&key);
}

static uint32_t ttl_of(unsigned int record)
{
	struct ul_dns_rr rr = { 0 };
	struct ul_dns_rrs it;
	struct ul_dns_head h;

	ck_assert_int_eq(ul_dns_head_parse(&h, out, out_len), 0);
	ul_dns_rrs_init(&it, &h, out, out_len);
	for (unsigned int i = 0; i <= record; i++)
		ck_assert(ul_dns_rr_next(&it, &rr));
	return rr.ttl_s;
}

static void begin(uint16_t rcode)
{
	fake_dns_begin(&m, 1, (uint16_t)(QR | rcode), "a.test", UL_DNS_A);
}

static void make_positive(void)
{
	begin(0);
	fake_dns_cname(&m, "a.test", 60, "b.test");
	fake_dns_a(&m, "b.test", 30, "192.0.2.1");
}

START_TEST(ttls_are_counted_down_to_the_end)
{
	make_positive();
	put("a.test", 30);
	ck_assert(get("A.Test"));
	ck_assert_uint_eq(out_len, m.w.len);
	ck_assert_mem_eq(out, m.bytes, out_len);
	now += 10 * SECOND;
	ck_assert(get("a.test"));
	ck_assert_uint_eq(ttl_of(0), 50);
	ck_assert_uint_eq(ttl_of(1), 20);
	now += 20 * SECOND - 1;
	ck_assert(get("a.test"));
	ck_assert_uint_eq(ttl_of(1), 1);
	now++;
	ck_assert(!get("a.test"));
	ck_assert_uint_eq(ul_dns_cache_stats(cache)->entries, 0);
	ck_assert_uint_eq(ul_dns_cache_stats(cache)->bytes, 0);
}
END_TEST

START_TEST(what_changes_the_answer_is_in_the_key)
{
	struct ul_dns_key plain = key_of("a.test", 0, false);
	struct ul_dns_key cd = key_of("a.test", 0x10, false);
	struct ul_dns_key ad = key_of("a.test", 0x20, false);
	struct ul_dns_key dnssec = key_of("a.test", 0, true);
	struct ul_dns_key type = plain, class = plain;

	type.b[type.len - 3]++;
	class.b[class.len - 1]++;
	make_positive();
	put("a.test", 30);
	ck_assert(get_by(&plain));
	ck_assert(!get_by(&cd));
	ck_assert(!get_by(&ad));
	ck_assert(!get_by(&dnssec));
	ck_assert(!get_by(&type));
	ck_assert(!get_by(&class));
	ck_assert(!get("b.test"));
	ck_assert(!get("a.tesT.test"));
}
END_TEST

static uint32_t ttl(void)
{
	uint8_t *exact = exact_copy(m.bytes, m.w.len);
	uint32_t ttl_s = ul_dns_cache_ttl_of(exact, m.w.len);

	free(exact);
	return ttl_s;
}

START_TEST(the_shortest_record_counts)
{
	make_positive();
	ck_assert_uint_eq(ttl(), 30);
	fake_dns_soa(&m, "test", 20, 5);
	ck_assert_uint_eq(ttl(), 20);
	begin(0);
	fake_dns_a(&m, "a.test", 10000000, "192.0.2.1");
	ck_assert_uint_eq(ttl(), UL_DNS_TTL_KEPT_S);
	begin(0);
	fake_dns_a(&m, "a.test", 0, "192.0.2.1");
	ck_assert_uint_eq(ttl(), 0);
}
END_TEST

/* RFC 2308: the lesser of the SOA's own TTL and of its minimum. */
START_TEST(denials_last_as_their_soa_says)
{
	static const uint16_t rcodes[] = { 0, NXDOMAIN };
	uint16_t rcode = rcodes[_i];

	begin(rcode);
	ck_assert_uint_eq(ttl(), 0);
	fake_dns_soa(&m, "test", 300, 60);
	ck_assert_uint_eq(ttl(), 60);
	begin(rcode);
	fake_dns_soa(&m, "test", 50, 60);
	ck_assert_uint_eq(ttl(), 50);
	begin(rcode);
	fake_dns_soa(&m, "test", 1000000, 1000000);
	ck_assert_uint_eq(ttl(), UL_DNS_NEGATIVE_KEPT_S);
	/* An alias whose name is not there, too. */
	begin(rcode);
	fake_dns_cname(&m, "a.test", 10, "b.test");
	ck_assert_uint_eq(ttl(), 0);
	fake_dns_soa(&m, "test", 300, 60);
	ck_assert_uint_eq(ttl(), 10);
	/* An SOA that is too short says nothing. */
	begin(rcode);
	fake_dns_record(&m, UL_DNS_AUTHORITY, "test", UL_DNS_SOA, 300,
			"0123456789", 10);
	ck_assert_uint_eq(ttl(), 0);
}
END_TEST

START_TEST(what_is_no_whole_answer_is_not_kept)
{
	make_positive();
	m.bytes[2] |= 2;		/* truncated */
	ck_assert_uint_eq(ttl(), 0);
	for (uint16_t rcode = 1; rcode < 16; rcode++) {
		if (rcode == NXDOMAIN)
			continue;
		begin(rcode);
		fake_dns_a(&m, "a.test", 30, "192.0.2.1");
		fake_dns_soa(&m, "test", 300, 60);
		ck_assert_uint_eq(ttl(), 0);
	}
	make_positive();
	m.bytes[m.w.len++] = 0;		/* more than it says */
	ck_assert_uint_eq(ttl(), 0);
	make_positive();
	fake_dns_record(&m, UL_DNS_ADDITIONAL, "", UL_DNS_OPT, 0, "", 0);
	ck_assert_uint_eq(ttl(), 0);
	make_positive();
	while (--m.w.len)
		ck_assert_uint_eq(ttl(), 0);
}
END_TEST

START_TEST(the_least_used_goes_first)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };

	make_positive();
	for (int i = 0; i < 4; i++)
		put(names[i], 30);
	ck_assert(get("a"));
	put("e", 30);
	ck_assert(get("a"));
	ck_assert(!get("b"));
	ck_assert(get("c") && get("d") && get("e"));
	ck_assert_uint_eq(ul_dns_cache_stats(cache)->evicted, 1);
	ck_assert_uint_eq(ul_dns_cache_stats(cache)->entries, 4);
	/* A newer answer takes the old one's place. */
	put("e", 30);
	ck_assert_uint_eq(ul_dns_cache_stats(cache)->entries, 4);
	ck_assert_uint_eq(ul_dns_cache_flush(cache), 4);
	ck_assert(!get("a"));
}
END_TEST

START_TEST(bytes_are_bounded)
{
	char name[] = "aa";

	ul_dns_cache_free(cache);
	cache = ul_dns_cache_new(1000000, 64u << 10);
	make_positive();
	for (int i = 0; i < 600; i++) {
		name[0] = (char)('a' + i / 26);
		name[1] = (char)('a' + i % 26);
		put(name, 30);
		ck_assert_uint_le(ul_dns_cache_stats(cache)->bytes, 64u << 10);
	}
	ck_assert(get(name));
	ck_assert_uint_gt(ul_dns_cache_stats(cache)->evicted, 0);
	/* One that is more than all of it. */
	m.w.len = 65535;
	put("big", 30);
	ck_assert(!get("big"));
	ck_assert(get(name));
}
END_TEST

START_TEST(no_entries_is_no_cache)
{
	ul_dns_cache_free(cache);
	cache = ul_dns_cache_new(0, 1u << 20);
	make_positive();
	put("a.test", 30);
	ck_assert(!get("a.test"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_cache");
	TCase *tc = tcase_create("dns_cache");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ttls_are_counted_down_to_the_end);
	tcase_add_test(tc, what_changes_the_answer_is_in_the_key);
	tcase_add_test(tc, the_shortest_record_counts);
	tcase_add_loop_test(tc, denials_last_as_their_soa_says, 0, 2);
	tcase_add_test(tc, what_is_no_whole_answer_is_not_kept);
	tcase_add_test(tc, the_least_used_goes_first);
	tcase_add_test(tc, bytes_are_bounded);
	tcase_add_test(tc, no_entries_is_no_cache);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
