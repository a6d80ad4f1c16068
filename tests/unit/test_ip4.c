/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ip4.c - IPv4 header: lengths, checksum, fragments */
#include "wire/ip4.h"

#include <errno.h>

#include "base/csum.h"
#include "harness.h"
#include "unit/poison.h"

#define PAYLOAD 12

static const struct ul_ip4 headers[] = {
	{ .proto = 6, .ttl = 64, .df = true, .total_len = 32 },
	{ .proto = 17, .ttl = 1, .tos = 0xb8, .id = 0xffff, .total_len = 20 },
	{ .proto = 1, .ttl = 255, .mf = true, .id = 7, .total_len = 28 },
	{ .proto = 17, .frag_offset = 65528, .total_len = 27 },
	{ .proto = 17, .frag_offset = 8, .mf = true, .total_len = 32 },
};
#define HEADERS (sizeof(headers) / sizeof(*headers))

static struct ul_ip4 header(int i)
{
	struct ul_ip4 h = headers[i];

	h.src = ul_addr_v4(0x0a00020f);
	h.dst = ul_addr_v4(0xc0a80101);
	h.hdr_len = UL_IP4_HLEN;
	return h;
}

/* Fill in the checksum of the header of @hdr_len bytes at @p. */
static void mend(uint8_t *p, size_t hdr_len)
{
	uint16_t sum;

	p[10] = p[11] = 0;
	sum = ul_csum_fold(ul_csum_add_plain(0, p, hdr_len));
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
}

/* A packet with @opt_len bytes of options, on the heap, exactly as long. */
static uint8_t *packet(size_t opt_len, size_t *len)
{
	struct ul_ip4 h = header(0);
	uint8_t *p;
	struct ul_wr w;

	*len = UL_IP4_HLEN + opt_len + PAYLOAD;
	p = calloc(1, *len);
	w = ul_wr_new(p, *len);
	h.total_len = (uint16_t)*len;
	ul_ip4_emit(&w, &h);
	p[0] = (uint8_t)(0x40 | (UL_IP4_HLEN + opt_len) / 4);
	mend(p, UL_IP4_HLEN + opt_len);
	return p;
}

static void refuse(const uint8_t *p, size_t len, int why)
{
	struct ul_ip4 h;

	poison(&h);
	ck_assert_int_eq(ul_ip4_parse(&h, p, len), why);
	ck_assert(is_poisoned(&h));
}

START_TEST(header_survives_a_round_trip)
{
	struct ul_ip4 h = header(_i), got;
	uint8_t buf[64];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_ip4_emit(&w, &h);
	ck_assert_uint_eq(w.len, UL_IP4_HLEN);
	ck_assert_uint_eq(ul_csum_add_plain(0, buf, 20) % 0xffff, 0);
	ck_assert_int_eq(ul_ip4_parse(&got, buf, h.total_len), 0);
	ck_assert(ul_addr_eq(&got.src, &h.src));
	ck_assert(ul_addr_eq(&got.dst, &h.dst));
	ck_assert_uint_eq(got.proto, h.proto);
	ck_assert_uint_eq(got.ttl, h.ttl);
	ck_assert_uint_eq(got.tos, h.tos);
	ck_assert_uint_eq(got.id, h.id);
	ck_assert_int_eq(got.df, h.df);
	ck_assert_int_eq(got.mf, h.mf);
	ck_assert_uint_eq(got.frag_offset, h.frag_offset);
	ck_assert_uint_eq(got.hdr_len, h.hdr_len);
	ck_assert_uint_eq(got.total_len, h.total_len);
}
END_TEST

/* Of the packet, not only of its header: total_len must be there. */
START_TEST(every_truncation_is_refused)
{
	size_t len;
	uint8_t *p = packet(0, &len);
	uint8_t *cut = exact_copy(p, (size_t)_i);

	refuse(cut, (size_t)_i, -EBADMSG);
	free(cut);
	free(p);
}
END_TEST

START_TEST(options_are_passed_over)
{
	size_t len;
	uint8_t *p = packet((size_t)_i * 4, &len);
	struct ul_ip4 h;

	ck_assert_int_eq(ul_ip4_parse(&h, p, len), 0);
	ck_assert_uint_eq(h.hdr_len, UL_IP4_HLEN + (size_t)_i * 4);
	ck_assert_uint_eq(h.total_len, len);
	free(p);
}
END_TEST

START_TEST(header_length_below_20_is_refused)
{
	size_t len;
	uint8_t *p = packet(0, &len);

	p[0] = (uint8_t)(0x40 | _i);
	mend(p, UL_IP4_HLEN);
	refuse(p, len, -EBADMSG);
	free(p);
}
END_TEST

START_TEST(total_length_must_agree)
{
	static const uint16_t wrong[] = { 0, 19, 33, 65535 };
	size_t len;
	uint8_t *p = packet(0, &len);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		p[2] = (uint8_t)(wrong[i] >> 8);
		p[3] = (uint8_t)wrong[i];
		mend(p, UL_IP4_HLEN);
		refuse(p, len, -EBADMSG);
	}
	free(p);
	/* Options beyond the total length: 24 bytes of header in 20. */
	p = packet(4, &len);
	p[3] = UL_IP4_HLEN;
	mend(p, UL_IP4_HLEN + 4);
	refuse(p, len, -EBADMSG);
	free(p);
}
END_TEST

START_TEST(padding_behind_the_packet_is_allowed)
{
	size_t len;
	uint8_t *p = packet(0, &len);
	uint8_t padded[64] = { 0 };
	struct ul_ip4 h;

	memcpy(padded, p, len);
	ck_assert_int_eq(ul_ip4_parse(&h, padded, sizeof(padded)), 0);
	ck_assert_uint_eq(h.total_len, len);
	free(p);
}
END_TEST

START_TEST(other_versions_are_refused)
{
	size_t len;
	uint8_t *p = packet(0, &len);

	if (_i == 4)
		goto out;
	p[0] = (uint8_t)(_i << 4 | 5);
	mend(p, UL_IP4_HLEN);
	refuse(p, len, -EBADMSG);
out:
	free(p);
}
END_TEST

START_TEST(each_flipped_bit_is_noticed)
{
	size_t len;
	uint8_t *p = packet(20, &len);
	struct ul_ip4 h;

	p[_i / 8] ^= (uint8_t)(1 << _i % 8);
	ck_assert_int_lt(ul_ip4_parse(&h, p, len), 0);
	/* In what is not a length or the version, for the right reason. */
	if (_i >= 4 * 8)
		refuse(p, len, -EILSEQ);
	free(p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ip4");
	TCase *tc = tcase_create("ip4");

	tcase_add_loop_test(tc, header_survives_a_round_trip, 0, HEADERS);
	tcase_add_loop_test(tc, every_truncation_is_refused, 0,
			    UL_IP4_HLEN + PAYLOAD);
	tcase_add_loop_test(tc, options_are_passed_over, 0, 11);
	tcase_add_loop_test(tc, header_length_below_20_is_refused, 0, 5);
	tcase_add_test(tc, total_length_must_agree);
	tcase_add_test(tc, padding_behind_the_packet_is_allowed);
	tcase_add_loop_test(tc, other_versions_are_refused, 0, 16);
	tcase_add_loop_test(tc, each_flipped_bit_is_noticed, 0, 40 * 8);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
