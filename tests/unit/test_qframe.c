/* SPDX-License-Identifier: BSD-3-Clause */
/* test_qframe.c - frames on a byte stream */
#include "wire/qframe.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"

/* Frames of 3, 1 and 2 bytes. */
static const uint8_t stream[] = {
	0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd', 0, 0, 0, 2, 'e', 'f',
};
static const size_t ends[] = { 7, 12, 18 };

START_TEST(each_cut_gives_the_frames_before_it)
{
	uint8_t *cut = exact_copy(stream, (size_t)_i);
	struct ul_rd r = ul_rd_new(cut, (size_t)_i);
	const uint8_t *frame;
	size_t len, whole = 0, got = 0;
	int rc;

	while (whole < 3 && ends[whole] <= (size_t)_i)
		whole++;
	while ((rc = ul_qframe_next(&r, &frame, &len)) == 1) {
		ck_assert_mem_eq(frame, stream + ends[got] - len, len);
		got++;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(got, whole);
	/* What is incomplete stays to be read again. */
	ck_assert_uint_eq(r.left, (size_t)_i - (got ? ends[got - 1] : 0));
	ck_assert(!r.bad);
	free(cut);
}
END_TEST

START_TEST(incomplete_leaves_the_outputs)
{
	struct ul_rd r = ul_rd_new(stream, 6);
	const uint8_t *frame;
	size_t len;

	poison(&frame);
	poison(&len);
	ck_assert_int_eq(ul_qframe_next(&r, &frame, &len), 0);
	ck_assert(is_poisoned(&frame));
	ck_assert(is_poisoned(&len));
}
END_TEST

static int next_of_len(uint32_t frame_len)
{
	uint8_t *buf = calloc(1, UL_QFRAME_HLEN + UL_QFRAME_MAX);
	struct ul_wr w = ul_wr_new(buf, UL_QFRAME_HLEN);
	struct ul_rd r = ul_rd_new(buf, UL_QFRAME_HLEN + UL_QFRAME_MAX);
	const uint8_t *frame;
	size_t len;
	int rc;

	ul_wr_u32(&w, frame_len);
	rc = ul_qframe_next(&r, &frame, &len);
	if (rc == 1)
		ck_assert_uint_eq(len, frame_len);
	free(buf);
	return rc;
}

START_TEST(impossible_lengths_are_refused)
{
	ck_assert_int_eq(next_of_len(0), -EBADMSG);
	ck_assert_int_eq(next_of_len(1), 1);
	ck_assert_int_eq(next_of_len(UL_QFRAME_MAX), 1);
	ck_assert_int_eq(next_of_len(UL_QFRAME_MAX + 1), -EBADMSG);
	ck_assert_int_eq(next_of_len(UINT32_MAX), -EBADMSG);
}
END_TEST

START_TEST(wanted_counts_the_length_field)
{
	struct ul_rd r = ul_rd_new(stream, 3);

	ck_assert_uint_eq(ul_qframe_wanted(&r), 0);
	r = ul_rd_new(stream, 4);
	ck_assert_uint_eq(ul_qframe_wanted(&r), 7);
	ck_assert_uint_eq(r.left, 4);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("qframe");
	TCase *tc = tcase_create("qframe");

	tcase_add_loop_test(tc, each_cut_gives_the_frames_before_it, 0,
			    sizeof(stream) + 1);
	tcase_add_test(tc, incomplete_leaves_the_outputs);
	tcase_add_test(tc, impossible_lengths_are_refused);
	tcase_add_test(tc, wanted_counts_the_length_field);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
