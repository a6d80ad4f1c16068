/* SPDX-License-Identifier: BSD-3-Clause */
/* test_cursor.c - bounded reading and writing of bytes */
#include "base/cursor.h"

#include "harness.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
#define BYTES sizeof(bytes)

START_TEST(values_are_read_in_network_order)
{
	struct ul_rd r = ul_rd_new(bytes, BYTES);
	uint8_t two[2];

	ck_assert_uint_eq(ul_rd_u8(&r), 1);
	ck_assert_uint_eq(ul_rd_u16(&r), 0x0203);
	ck_assert_uint_eq(ul_rd_u32(&r), 0x04050607);
	ul_rd_bytes(&r, two, 2);
	ck_assert_uint_eq(two[1], 9);
	ul_rd_skip(&r, 1);
	ck_assert_uint_eq(r.left, 2);
	ck_assert(!r.bad);
}
END_TEST

START_TEST(high_bits_are_not_lost)
{
	static const uint8_t ones[] = { 0xff, 0xff, 0xff, 0xff };
	struct ul_rd r = ul_rd_new(ones, 4);

	ck_assert_uint_eq(ul_rd_u32(&r), 0xffffffff);
}
END_TEST

/* On an exact copy, so that one byte too many is seen by the sanitizer. */
START_TEST(reading_past_the_end_is_bad_for_good)
{
	uint8_t *exact = exact_copy(bytes, (size_t)_i);
	struct ul_rd r = ul_rd_new(exact, (size_t)_i);
	uint8_t four[4] = { 9, 9, 9, 9 };

	if (_i < 4) {
		ck_assert_uint_eq(ul_rd_u32(&r), 0);
		ck_assert(r.bad);
		ck_assert_uint_eq(r.left, 0);
		ck_assert_uint_eq(ul_rd_u8(&r), 0);
		ck_assert_ptr_null(ul_rd_take(&r, 0));
		ul_rd_bytes(&r, four, 4);
		ck_assert_mem_eq(four, "\0\0\0\0", 4);
	} else {
		ck_assert_uint_eq(ul_rd_u32(&r), 0x01020304);
		ck_assert(!r.bad);
	}
	free(exact);
}
END_TEST

START_TEST(a_huge_length_does_not_wrap)
{
	struct ul_rd r = ul_rd_new(bytes, BYTES);

	ck_assert_ptr_null(ul_rd_take(&r, SIZE_MAX));
	ck_assert(r.bad);
}
END_TEST

START_TEST(sub_cursors_end_where_they_should)
{
	struct ul_rd r = ul_rd_new(bytes, BYTES);
	struct ul_rd sub = ul_rd_sub(&r, 2);

	ck_assert_uint_eq(ul_rd_u16(&sub), 0x0102);
	ck_assert_uint_eq(ul_rd_u8(&sub), 0);
	ck_assert(sub.bad);
	ck_assert(!r.bad);
	ck_assert_uint_eq(ul_rd_u8(&r), 3);
	sub = ul_rd_sub(&r, BYTES);
	ck_assert(sub.bad);
	ck_assert(r.bad);
	ck_assert_uint_eq(sub.left, 0);
}
END_TEST

START_TEST(values_are_written_in_network_order)
{
	uint8_t buf[BYTES];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_wr_u8(&w, 1);
	ul_wr_u16(&w, 0x0203);
	ul_wr_u32(&w, 0x04050607);
	ul_wr_bytes(&w, bytes + 7, 5);
	ck_assert(!w.bad);
	ck_assert_uint_eq(w.len, BYTES);
	ck_assert_mem_eq(buf, bytes, BYTES);
}
END_TEST

START_TEST(writing_past_the_end_is_bad_for_good)
{
	uint8_t *exact = exact_copy(bytes, (size_t)_i);
	struct ul_wr w = ul_wr_new(exact, (size_t)_i);

	ul_wr_zero(&w, (size_t)_i);
	ck_assert(!w.bad);
	ul_wr_u8(&w, 9);
	ck_assert(w.bad);
	ck_assert_ptr_null(ul_wr_take(&w, 0));
	ul_wr_u32(&w, 9);
	ul_wr_bytes(&w, bytes, 1);
	ul_wr_bytes(&w, NULL, 0);
	ck_assert_uint_eq(w.len, (size_t)_i);
	free(exact);
}
END_TEST

START_TEST(a_huge_write_does_not_wrap)
{
	uint8_t buf[4];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_wr_u8(&w, 0);
	ck_assert_ptr_null(ul_wr_take(&w, SIZE_MAX));
	ck_assert(w.bad);
}
END_TEST

START_TEST(only_written_fields_are_patched)
{
	uint8_t buf[4] = { 0 };
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_wr_zero(&w, 3);
	ul_wr_patch_u16(&w, 1, 0xabcd);
	ck_assert(!w.bad);
	ck_assert_mem_eq(buf, "\x00\xab\xcd\x00", 4);
	ul_wr_patch_u16(&w, 2, 0xffff);
	ck_assert(w.bad);
	ck_assert_uint_eq(buf[3], 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cursor");
	TCase *tc = tcase_create("cursor");

	tcase_add_test(tc, values_are_read_in_network_order);
	tcase_add_test(tc, high_bits_are_not_lost);
	tcase_add_loop_test(tc, reading_past_the_end_is_bad_for_good, 0,
			    BYTES);
	tcase_add_test(tc, a_huge_length_does_not_wrap);
	tcase_add_test(tc, sub_cursors_end_where_they_should);
	tcase_add_test(tc, values_are_written_in_network_order);
	tcase_add_loop_test(tc, writing_past_the_end_is_bad_for_good, 0,
			    BYTES);
	tcase_add_test(tc, a_huge_write_does_not_wrap);
	tcase_add_test(tc, only_written_fields_are_patched);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
