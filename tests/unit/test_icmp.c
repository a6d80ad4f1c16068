/* SPDX-License-Identifier: BSD-3-Clause */
/* test_icmp.c - ICMP and ICMPv6: fixed part and checksum */
#include "wire/icmp.h"

#include <errno.h>

#include "base/csum.h"
#include "harness.h"
#include "unit/poison.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#define BODY "payload"		/* an odd length */
#define BODY_LEN 7
#define MSG_LEN (UL_ICMP_HLEN + BODY_LEN)

static const char *const ends[][2] = {
	{ "10.0.2.15", "192.0.2.1" },
	{ "fd00::15", "2001:db8::1" },
};

static const struct ul_icmp messages[] = {
	{ UL_ICMP4_ECHO, 0, 0x12340001 },
	{ UL_ICMP4_UNREACHABLE, 4, 1400 },
	{ UL_ICMP6_TOO_BIG, 0, 1280 },
	{ UL_ICMP6_ECHO_REPLY, 0, 0xffffffff },
};
#define MESSAGES (sizeof(messages) / sizeof(*messages))

static void emit(uint8_t msg[MSG_LEN], const struct ul_icmp *h,
		 struct ul_addr *src, struct ul_addr *dst, int family)
{
	struct ul_wr w = ul_wr_new(msg, MSG_LEN);

	ul_addr_parse(src, ends[family][0]);
	ul_addr_parse(dst, ends[family][1]);
	ul_icmp_emit(&w, h, src, dst, BODY, BODY_LEN);
	ul_wr_bytes(&w, BODY, BODY_LEN);
	ck_assert(!w.bad);
}

START_TEST(message_survives_a_round_trip)
{
	const struct ul_icmp *h = &messages[_i / 2];
	struct ul_addr src, dst;
	uint8_t msg[MSG_LEN];
	struct ul_icmp got;

	emit(msg, h, &src, &dst, _i % 2);
	ck_assert(ul_icmp_checksum_ok(&src, &dst, msg, MSG_LEN));
	ck_assert_int_eq(ul_icmp_parse(&got, msg, MSG_LEN), 0);
	ck_assert_uint_eq(got.type, h->type);
	ck_assert_uint_eq(got.code, h->code);
	ck_assert_uint_eq(got.rest, h->rest);
}
END_TEST

START_TEST(each_flipped_bit_is_noticed)
{
	struct ul_addr src, dst;
	uint8_t msg[MSG_LEN];

	for (int family = 0; family < 2; family++) {
		emit(msg, &messages[0], &src, &dst, family);
		msg[_i / 8] ^= (uint8_t)(1 << _i % 8);
		ck_assert(!ul_icmp_checksum_ok(&src, &dst, msg, MSG_LEN));
	}
}
END_TEST

START_TEST(v6_covers_the_addresses_and_the_length)
{
	struct ul_addr src, dst, other;
	uint8_t msg[MSG_LEN];

	emit(msg, &messages[0], &src, &dst, 1);
	ul_addr_parse(&other, "fd00::16");
	ck_assert(!ul_icmp_checksum_ok(&other, &dst, msg, MSG_LEN));
	ck_assert(!ul_icmp_checksum_ok(&src, &other, msg, MSG_LEN));
	ck_assert(!ul_icmp_checksum_ok(&src, &dst, msg, MSG_LEN - 1));
}
END_TEST

/* Not by our own check: by the standards' definition. */
START_TEST(checksum_is_as_the_standards_say)
{
	struct ul_addr src, dst;
	uint8_t msg[MSG_LEN];
	uint32_t sum = 0;

	emit(msg, &messages[0], &src, &dst, _i);
	if (_i)
		sum = ul_csum_pseudo(&src, &dst, 58, MSG_LEN);
	ck_assert_uint_eq(ul_csum_fold(ul_csum_add_plain(sum, msg, MSG_LEN)),
			  0);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	static const uint8_t msg[UL_ICMP_HLEN] = { UL_ICMP4_ECHO };
	uint8_t *cut = exact_copy(msg, (size_t)_i);
	struct ul_icmp h;

	poison(&h);
	ck_assert_int_eq(ul_icmp_parse(&h, cut, (size_t)_i), -EBADMSG);
	ck_assert(is_poisoned(&h));
	free(cut);
}
END_TEST

/* An error's body: the packet from ends[family][1] to ends[family][0]. */
struct quoted {
	uint8_t msg[UL_ICMP_HLEN + UL_IP6_HLEN + 8];
	size_t len;
	enum ul_family family;
	struct ul_addr src, dst;
};

static struct quoted quote(int family)
{
	struct quoted q = { .family = family ? UL_V6 : UL_V4 };
	struct ul_wr w = ul_wr_new(q.msg, sizeof(q.msg));
	struct ul_ip4 ip4 = { .proto = 6, .total_len = 60, .ttl = 64 };
	struct ul_ip6 ip6 = { .next = 6, .payload_len = 40, .hop_limit = 64 };

	ul_addr_parse(&q.src, ends[family][1]);
	ul_addr_parse(&q.dst, ends[family][0]);
	ul_wr_take(&w, UL_ICMP_HLEN);
	ip4.src = ip6.src = q.src;
	ip4.dst = ip6.dst = q.dst;
	if (family)
		ul_ip6_emit(&w, &ip6);
	else
		ul_ip4_emit(&w, &ip4);
	ul_wr_u16(&w, 40000);
	ul_wr_u16(&w, 22);
	ul_wr_u32(&w, 0xfedcba98);
	ck_assert(!w.bad);
	q.len = w.len;
	return q;
}

START_TEST(quote_is_read)
{
	struct quoted q = quote(_i);
	struct ul_icmp_quote got;

	ck_assert_int_eq(ul_icmp_quote_parse(&got, q.msg, q.len, q.family), 0);
	ck_assert(ul_addr_eq(&got.src.addr, &q.src));
	ck_assert(ul_addr_eq(&got.dst.addr, &q.dst));
	ck_assert_uint_eq(got.src.port, 40000);
	ck_assert_uint_eq(got.dst.port, 22);
	ck_assert_uint_eq(got.proto, 6);
	ck_assert_uint_eq(got.seq, 0xfedcba98);
	/* It is not one of the other family. */
	ck_assert_int_eq(ul_icmp_quote_parse(&got, q.msg, q.len,
					     _i ? UL_V4 : UL_V6), -EBADMSG);
}
END_TEST

START_TEST(every_truncated_quote_is_refused)
{
	for (int family = 0; family < 2; family++) {
		struct quoted q = quote(family);

		for (size_t len = 0; len < q.len; len++) {
			uint8_t *cut = exact_copy(q.msg, len);
			struct ul_icmp_quote got;

			poison(&got);
			ck_assert_int_eq(ul_icmp_quote_parse(&got, cut, len,
							     q.family),
					 -EBADMSG);
			ck_assert(is_poisoned(&got));
			free(cut);
		}
	}
}
END_TEST

START_TEST(options_and_fragments_of_a_quote)
{
	struct quoted q = quote(0);
	struct ul_icmp_quote got;

	q.msg[UL_ICMP_HLEN] = 0x44;	/* no header is so short */
	ck_assert_int_eq(ul_icmp_quote_parse(&got, q.msg, q.len, UL_V4),
			 -EBADMSG);
	q.msg[UL_ICMP_HLEN] = 0x46;	/* its options end behind the message */
	ck_assert_int_eq(ul_icmp_quote_parse(&got, q.msg, q.len, UL_V4),
			 -EBADMSG);
	ck_assert_int_eq(ul_icmp_quote_parse(&got, q.msg, q.len + 4, UL_V4),
			 0);
	ck_assert_uint_eq(got.src.port, 0xfedc);
	q.msg[UL_ICMP_HLEN] = 0x45;
	q.msg[UL_ICMP_HLEN + 7] = 1;	/* not the first fragment */
	ck_assert_int_eq(ul_icmp_quote_parse(&got, q.msg, q.len, UL_V4),
			 -EBADMSG);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("icmp");
	TCase *tc = tcase_create("icmp");

	tcase_add_loop_test(tc, message_survives_a_round_trip, 0,
			    2 * MESSAGES);
	tcase_add_loop_test(tc, each_flipped_bit_is_noticed, 0, MSG_LEN * 8);
	tcase_add_test(tc, v6_covers_the_addresses_and_the_length);
	tcase_add_loop_test(tc, checksum_is_as_the_standards_say, 0, 2);
	tcase_add_loop_test(tc, every_truncation_is_refused, 0, UL_ICMP_HLEN);
	tcase_add_loop_test(tc, quote_is_read, 0, 2);
	tcase_add_test(tc, every_truncated_quote_is_refused);
	tcase_add_test(tc, options_and_fragments_of_a_quote);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
