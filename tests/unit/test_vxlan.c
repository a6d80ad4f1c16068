/* SPDX-License-Identifier: BSD-3-Clause */
/* test_vxlan.c - VXLAN header */
#include "wire/vxlan.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"

static const uint32_t vnis[] = { 0, 1, 42, 0x010203, UL_VXLAN_VNI_MAX };
#define VNIS (sizeof(vnis) / sizeof(*vnis))

static int parse(struct ul_vxlan *h, const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);

	return ul_vxlan_parse(h, &r);
}

START_TEST(header_survives_a_round_trip)
{
	struct ul_vxlan in = { .vni = vnis[_i] }, out;
	uint8_t buf[UL_VXLAN_HLEN + 1];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_rd r;

	ul_vxlan_emit(&w, &in);
	ck_assert(!w.bad);
	ck_assert_uint_eq(w.len, UL_VXLAN_HLEN);
	r = ul_rd_new(buf, sizeof(buf));
	ck_assert_int_eq(ul_vxlan_parse(&out, &r), 0);
	ck_assert_uint_eq(out.vni, in.vni);
	ck_assert_uint_eq(r.left, 1);
}
END_TEST

START_TEST(bytes_are_those_of_the_rfc)
{
	static const uint8_t want[] = { 8, 0, 0, 0, 0x01, 0x02, 0x03, 0 };
	struct ul_vxlan h = { .vni = 0x010203 };
	uint8_t buf[UL_VXLAN_HLEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_vxlan_emit(&w, &h);
	ck_assert_mem_eq(buf, want, sizeof(want));
	w = ul_wr_new(buf, UL_VXLAN_HLEN - 1);
	ul_vxlan_emit(&w, &h);
	ck_assert(w.bad);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	static const uint8_t whole[] = { 8, 0, 0, 0, 0, 0, 42, 0 };
	uint8_t *cut = exact_copy(whole, (size_t)_i);
	struct ul_vxlan h;

	poison(&h);
	ck_assert_int_eq(parse(&h, cut, (size_t)_i), -EBADMSG);
	ck_assert(is_poisoned(&h));
	free(cut);
}
END_TEST

/* Each bit but I and the VNI's: set alone, it changes nothing. */
START_TEST(reserved_bits_are_ignored)
{
	uint8_t buf[] = { 8, 0, 0, 0, 0, 0, 42, 0 };
	struct ul_vxlan h;

	if (_i / 8 >= 4 && _i / 8 < 7)
		return;
	buf[_i / 8] |= (uint8_t)(1 << _i % 8);
	ck_assert_int_eq(parse(&h, buf, sizeof(buf)), 0);
	ck_assert_uint_eq(h.vni, 42);
}
END_TEST

START_TEST(without_the_flag_there_is_no_vni)
{
	uint8_t buf[] = { 0xf7, 0xff, 0xff, 0xff, 0, 0, 42, 0xff };
	struct ul_vxlan h;

	poison(&h);
	ck_assert_int_eq(parse(&h, buf, sizeof(buf)), -EPROTO);
	ck_assert(is_poisoned(&h));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vxlan");
	TCase *tc = tcase_create("vxlan");

	tcase_add_loop_test(tc, header_survives_a_round_trip, 0, VNIS);
	tcase_add_test(tc, bytes_are_those_of_the_rfc);
	tcase_add_loop_test(tc, every_truncation_is_refused, 0, UL_VXLAN_HLEN);
	tcase_add_loop_test(tc, reserved_bits_are_ignored, 0,
			    UL_VXLAN_HLEN * 8);
	tcase_add_test(tc, without_the_flag_there_is_no_vni);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
