/* SPDX-License-Identifier: BSD-3-Clause */
/* test_udp.c - UDP header and checksum */
#include "wire/udp.h"

#include <errno.h>

#include "base/csum.h"
#include "harness.h"
#include "unit/poison.h"

#define IPPROTO_OF_UDP 17
#define LEN_MAX 64

static const struct {
	const char *src, *dst;
} families[] = {
	{ "10.0.2.15", "192.0.2.1" },
	{ "fd00::15", "2001:db8::1" },
};

static const size_t payload_lens[] = { 0, 1, 2, 7, 8, 55, 56 };
#define PAYLOADS (sizeof(payload_lens) / sizeof(*payload_lens))

static struct ul_ep src, dst;

/* A datagram of @payload_len bytes between the ends of @family; its length. */
static size_t emit(uint8_t buf[LEN_MAX], int family, size_t payload_len)
{
	static const uint8_t payload[LEN_MAX] = { 1, 0xff, 3, 4, 5, 6, 0xfe };
	struct ul_wr w = ul_wr_new(buf, LEN_MAX);

	ul_addr_parse(&src.addr, families[family].src);
	ul_addr_parse(&dst.addr, families[family].dst);
	src.port = 1024;
	dst.port = 53;
	ul_udp_emit(&w, &src, &dst, payload, payload_len);
	ul_wr_bytes(&w, payload, payload_len);
	ck_assert(!w.bad);
	return w.len;
}

static bool is_ok(const uint8_t *buf, size_t len)
{
	return ul_udp_checksum_ok(&src.addr, &dst.addr, buf, len);
}

START_TEST(datagram_survives_a_round_trip)
{
	uint8_t buf[LEN_MAX];
	struct ul_udp h;

	for (int family = 0; family < 2; family++) {
		size_t len = emit(buf, family, payload_lens[_i]);

		ck_assert_int_eq(ul_udp_parse(&h, buf, len), 0);
		ck_assert_uint_eq(h.src_port, 1024);
		ck_assert_uint_eq(h.dst_port, 53);
		ck_assert_uint_eq(h.len, len);
		ck_assert_uint_ne(h.csum, 0);
		ck_assert(is_ok(buf, len));
	}
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	uint8_t buf[LEN_MAX];
	uint8_t *cut;
	struct ul_udp h;

	emit(buf, 0, 8);
	cut = exact_copy(buf, (size_t)_i);
	poison(&h);
	ck_assert_int_eq(ul_udp_parse(&h, cut, (size_t)_i), -EBADMSG);
	ck_assert(is_poisoned(&h));
	free(cut);
}
END_TEST

START_TEST(length_below_its_own_header_is_refused)
{
	uint8_t buf[LEN_MAX];
	struct ul_udp h;

	emit(buf, 0, 8);
	buf[5] = (uint8_t)_i;
	poison(&h);
	ck_assert_int_eq(ul_udp_parse(&h, buf, 16), -EBADMSG);
	ck_assert(is_poisoned(&h));
}
END_TEST

/* Bytes behind the datagram are not its payload (libslirp's issue 96). */
START_TEST(trailing_bytes_are_trimmed)
{
	uint8_t buf[LEN_MAX];
	struct ul_udp h;

	emit(buf, 0, 8);
	ck_assert_int_eq(ul_udp_parse(&h, buf, LEN_MAX), 0);
	ck_assert_uint_eq(h.len, 16);
}
END_TEST

START_TEST(each_flipped_bit_is_noticed)
{
	uint8_t buf[LEN_MAX];

	for (int family = 0; family < 2; family++) {
		size_t len = emit(buf, family, 7);

		buf[_i / 8] ^= (uint8_t)(1 << _i % 8);
		ck_assert(!is_ok(buf, len));
	}
}
END_TEST

START_TEST(zero_is_no_checksum_in_v4_only)
{
	uint8_t buf[LEN_MAX];
	size_t len = emit(buf, 0, 7);

	buf[6] = buf[7] = 0;
	ck_assert(is_ok(buf, len));
	len = emit(buf, 1, 7);
	buf[6] = buf[7] = 0;
	ck_assert(!is_ok(buf, len));
	ck_assert(!is_ok(buf, UL_UDP_HLEN - 1));
}
END_TEST

/* A payload that makes the sum come out as zero, which is sent as ffff. */
START_TEST(a_sum_of_zero_is_sent_as_ones)
{
	uint8_t buf[UL_UDP_HLEN + 2];
	uint8_t payload[2] = { 0, 0 };
	uint32_t sum;
	uint16_t fill;
	struct ul_wr w;

	emit((uint8_t[LEN_MAX]){ 0 }, 0, 0);
	sum = ul_csum_pseudo(&src.addr, &dst.addr, IPPROTO_OF_UDP,
			     sizeof(buf));
	fill = ul_csum_fold(sum + src.port + dst.port + sizeof(buf));
	payload[0] = (uint8_t)(fill >> 8);
	payload[1] = (uint8_t)fill;
	w = ul_wr_new(buf, sizeof(buf));
	ul_udp_emit(&w, &src, &dst, payload, 2);
	ul_wr_bytes(&w, payload, 2);
	ck_assert_uint_eq(buf[6], 0xff);
	ck_assert_uint_eq(buf[7], 0xff);
	ck_assert(is_ok(buf, sizeof(buf)));
}
END_TEST

START_TEST(a_datagram_of_64k_is_refused)
{
	static uint8_t buf[70000], payload[UINT16_MAX];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	emit((uint8_t[LEN_MAX]){ 0 }, 0, 0);
	ul_udp_emit(&w, &src, &dst, payload, UINT16_MAX - UL_UDP_HLEN);
	ck_assert(!w.bad);
	ul_udp_emit(&w, &src, &dst, payload, UINT16_MAX - UL_UDP_HLEN + 1);
	ck_assert(w.bad);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("udp");
	TCase *tc = tcase_create("udp");

	tcase_add_loop_test(tc, datagram_survives_a_round_trip, 0, PAYLOADS);
	tcase_add_loop_test(tc, every_truncation_is_refused, 0, 16);
	tcase_add_loop_test(tc, length_below_its_own_header_is_refused, 0, 8);
	tcase_add_test(tc, trailing_bytes_are_trimmed);
	tcase_add_loop_test(tc, each_flipped_bit_is_noticed, 0, 15 * 8);
	tcase_add_test(tc, zero_is_no_checksum_in_v4_only);
	tcase_add_test(tc, a_sum_of_zero_is_sent_as_ones);
	tcase_add_test(tc, a_datagram_of_64k_is_refused);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
