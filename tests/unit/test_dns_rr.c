/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dns_rr.c - the records of others' answers, and names in them */
#include "wire/dns_rr.h"

#include <errno.h>

#include "fake/fake_dns.h"
#include "harness.h"
#include "unit/poison.h"

#define LOWEST_TTL 60

static struct fake_dns m;

static struct ul_dns_rrs records(const uint8_t *msg, size_t len)
{
	struct ul_dns_rrs it;
	struct ul_dns_head h;

	ck_assert_int_eq(ul_dns_head_parse(&h, msg, len), 0);
	ul_dns_rrs_init(&it, &h, msg, len);
	return it;
}

/* Two answers, one authority and one additional record. */
static void make_answer(void)
{
	fake_dns_begin(&m, 1, UL_DNS_QR, "www.example.org", UL_DNS_A);
	fake_dns_cname(&m, "www.example.org", 300, "w.example.org");
	fake_dns_a(&m, "w.example.org", LOWEST_TTL, "192.0.2.1");
	fake_dns_soa(&m, "example.org", UINT32_MAX, 5);
	fake_dns_record(&m, UL_DNS_ADDITIONAL, "", UL_DNS_OPT, 0, NULL, 0);
}

START_TEST(records_are_told_in_order)
{
	static const uint16_t types[] = {
		UL_DNS_CNAME, UL_DNS_A, UL_DNS_SOA, UL_DNS_OPT,
	};
	static const enum ul_dns_section sections[] = {
		UL_DNS_ANSWER, UL_DNS_ANSWER, UL_DNS_AUTHORITY,
		UL_DNS_ADDITIONAL,
	};
	struct ul_dns_rrs it;
	struct ul_dns_rr rr;

	make_answer();
	it = records(m.bytes, m.w.len);
	for (size_t i = 0; i < 4; i++) {
		struct ul_rd r = ul_rd_new(m.bytes, m.w.len);

		ck_assert(ul_dns_rr_next(&it, &rr));
		ck_assert_uint_eq(rr.type, types[i]);
		ck_assert_uint_eq(rr.section, sections[i]);
		ul_rd_skip(&r, rr.ttl_at);
		if (types[i] != UL_DNS_SOA)
			ck_assert_uint_eq(rr.ttl_s, ul_rd_u32(&r));
		else	/* the highest bit means none, RFC 2181 8 */
			ck_assert_uint_eq(rr.ttl_s, 0);
		if (types[i] == UL_DNS_A) {
			ck_assert_uint_eq(rr.data_len, 4);
			ck_assert_mem_eq(m.bytes + rr.data_at, "\300\0\2\1", 4);
		}
	}
	ck_assert(!ul_dns_rr_next(&it, &rr));
	ck_assert(!ul_dns_rrs_is_cut(&it));
}
END_TEST

START_TEST(every_truncation_ends_the_records)
{
	make_answer();
	for (size_t len = UL_DNS_HLEN; len < m.w.len; len++) {
		uint8_t *cut = exact_copy(m.bytes, len);
		struct ul_dns_rrs it = records(cut, len);
		struct ul_dns_rr rr;
		int n = 0;

		while (ul_dns_rr_next(&it, &rr))
			n++;
		ck_assert_int_lt(n, 4);
		ck_assert(ul_dns_rrs_is_cut(&it));
		poison(&rr);
		ck_assert(!ul_dns_rr_next(&it, &rr));
		ck_assert(is_poisoned(&rr));
		free(cut);
	}
}
END_TEST

START_TEST(two_questions_hide_the_records)
{
	struct ul_dns_rrs it;
	struct ul_dns_rr rr;

	make_answer();
	m.bytes[5] = 2;
	it = records(m.bytes, m.w.len);
	ck_assert(!ul_dns_rr_next(&it, &rr));
	ck_assert(ul_dns_rrs_is_cut(&it));
}
END_TEST

/* A name at offset 12 and on, and what is read at @at; NULL: nothing is. */
static const struct {
	const char *bytes;
	size_t len, at;
	const char *name;
	size_t name_len;
} names[] = {
	{ "\0", 1, 12, "\0", 1 },
	{ "\2Ab\1c\0", 6, 12, "\2ab\1c\0", 6 },
	{ "\1c\0\2ab\300\14", 8, 15, "\2ab\1c\0", 6 },
	{ "\1c\0\1b\300\14\1a\300\17", 11, 19, "\1a\1b\1c\0", 7 },
	{ "\300\14", 2, 12, NULL, 0 },			/* to itself */
	{ "\1a\300\14", 4, 12, NULL, 0 },
	{ "\300\16\1a\0", 5, 12, NULL, 0 },		/* forwards */
	{ "\300\0", 2, 12, NULL, 0 },			/* into the head */
	{ "\300\13", 2, 12, NULL, 0 },
	{ "\101a\0", 3, 12, NULL, 0 },			/* 01 and 10 */
	{ "\201a\0", 3, 12, NULL, 0 },
	{ "\2a", 2, 12, NULL, 0 },			/* cut */
	{ "\1a", 2, 12, NULL, 0 },
	{ "\1a\300", 3, 12, NULL, 0 },
	{ "", 0, 12, NULL, 0 },
	{ "\1a\0", 3, 99, NULL, 0 },			/* not there */
};

START_TEST(names_are_read)
{
	uint8_t msg[64] = { 0 };
	size_t len = UL_DNS_HLEN + names[_i].len;
	struct ul_dns_dname name;
	uint8_t *exact;

	memcpy(msg + UL_DNS_HLEN, names[_i].bytes, names[_i].len);
	exact = exact_copy(msg, len);
	poison(&name);
	if (names[_i].name) {
		ck_assert_int_eq(ul_dns_dname_read(&name, exact, len,
						   names[_i].at), 0);
		ck_assert_uint_eq(name.len, names[_i].name_len);
		ck_assert_mem_eq(name.b, names[_i].name, name.len);
	} else {
		ck_assert_int_eq(ul_dns_dname_read(&name, exact, len,
						   names[_i].at), -EBADMSG);
		ck_assert(is_poisoned(&name));
	}
	free(exact);
}
END_TEST

/* A chain of pointers adds up to a name that is too long. */
START_TEST(names_are_bounded)
{
	uint8_t msg[600] = { 0 };
	struct ul_dns_dname name;
	size_t at = UL_DNS_HLEN;

	msg[at++] = 0;
	for (int i = 0; i < 5; i++) {
		size_t before = at;

		msg[at] = 61;
		memset(msg + at + 1, 'a', 61);
		at += 62;
		msg[at++] = 0xc0;
		msg[at++] = (uint8_t)(i ? before - 64 : UL_DNS_HLEN);
		ck_assert_int_eq(ul_dns_dname_read(&name, msg, at, before),
				 i < 4 ? 0 : -EBADMSG);
		if (i < 4)
			ck_assert_uint_eq(name.len, 62 * (i + 1) + 1);
	}
}
END_TEST

START_TEST(names_compare_in_full)
{
	struct ul_dns_dname a, b;

	ck_assert_int_eq(ul_dns_dname_read(&a, (const uint8_t *)
			 "............\1a\0", 15, 12), 0);
	ck_assert_int_eq(ul_dns_dname_read(&b, (const uint8_t *)
			 "............\1A\0", 15, 12), 0);
	ck_assert(ul_dns_dname_eq(&a, &b));
	ck_assert_int_eq(ul_dns_dname_read(&b, (const uint8_t *)
			 "............\1a\1b\0", 17, 12), 0);
	ck_assert(!ul_dns_dname_eq(&a, &b));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_rr");
	TCase *tc = tcase_create("dns_rr");

	tcase_add_test(tc, records_are_told_in_order);
	tcase_add_test(tc, every_truncation_ends_the_records);
	tcase_add_test(tc, two_questions_hide_the_records);
	tcase_add_loop_test(tc, names_are_read, 0,
			    sizeof(names) / sizeof(*names));
	tcase_add_test(tc, names_are_bounded);
	tcase_add_test(tc, names_compare_in_full);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
