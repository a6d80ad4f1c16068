/* SPDX-License-Identifier: BSD-3-Clause */
/* test_compact.c - copies of frames, packed close together */
#include <errno.h>

#include "harness.h"
#include "link/compact.h"

#define BUFS 6

static struct ul_buf_pool *pool;
static struct ul_compact c;
static uint8_t data[UL_FRAME_MAX];

static void setup(void)
{
	pool = ul_buf_pool_new(UL_COMPACT_BUF_SIZE, BUFS * UL_COMPACT_BUF_SIZE);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 11 + i / 256);
}

static void teardown(void)
{
	ul_compact_clear(&c);
	ck_assert_uint_eq(ul_buf_pool_in_use(pool), 0);
	ul_buf_pool_free(pool);
}

static unsigned int bufs(void)
{
	return (unsigned int)(ul_buf_pool_in_use(pool) / UL_COMPACT_BUF_SIZE);
}

static int copy(size_t len, struct ul_piece piece[UL_PORT_PIECES_MAX])
{
	return ul_compact_copy(&c, pool, data, len, piece);
}

static void check(const struct ul_piece *piece, int count, size_t len)
{
	size_t at = 0;

	ck_assert_int_gt(count, 0);
	for (int i = 0; i < count; at += piece[i++].len)
		ck_assert_mem_eq(piece[i].data, data + at, piece[i].len);
	ck_assert_uint_eq(at, len);
}

START_TEST(small_ones_share_a_buffer)
{
	struct ul_piece p[100][UL_PORT_PIECES_MAX];

	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(copy(100, p[i]), 1);
	for (int i = 0; i < 100; i++)
		check(p[i], 1, 100);
	ck_assert_uint_eq(bufs(), 1);
	for (int i = 0; i < 100; i++)
		ul_compact_unref(p[i], 1);
}
END_TEST

/* With nothing else in it a buffer is used again from its start. */
START_TEST(a_buffer_that_is_free_is_used_again)
{
	struct ul_piece p[UL_PORT_PIECES_MAX];
	const void *first = NULL;

	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(copy(1500, p), 1);
		check(p, 1, 1500);
		if (!i)
			first = p[0].data;
		ck_assert_ptr_eq(p[0].data, first);
		ul_compact_unref(p, 1);
	}
	ck_assert_uint_eq(bufs(), 1);
}
END_TEST

/* From wherever the buffer is filled to, the longest frame fits. */
START_TEST(the_longest_takes_six_pieces_at_most)
{
	struct ul_piece first[UL_PORT_PIECES_MAX], p[UL_PORT_PIECES_MAX];
	size_t cap = ul_buf_pool_cap(pool);
	size_t before = (size_t[]){ 1, 1000, cap / 2, cap - 1, cap }[_i];
	int count;

	ck_assert_int_eq(copy(before, first), 1);
	count = copy(UL_FRAME_MAX, p);
	ck_assert_int_le(count, UL_PORT_PIECES_MAX - 2);
	check(p, count, UL_FRAME_MAX);
	check(first, 1, before);
	ul_compact_unref(first, 1);
	ul_compact_unref(p, (unsigned int)count);
}
END_TEST

/* What does not fit leaves nothing behind. */
START_TEST(the_pools_end_is_no_leak)
{
	struct ul_piece p[2][UL_PORT_PIECES_MAX], more[UL_PORT_PIECES_MAX];
	int count = copy(UL_FRAME_MAX, p[0]);

	ck_assert_int_eq(copy(UL_FRAME_MAX, more), -ENOBUFS);
	ck_assert_int_eq(copy(UL_FRAME_MAX, more), -ENOBUFS);
	check(p[0], count, UL_FRAME_MAX);
	ul_compact_unref(p[0], (unsigned int)count);
	count = copy(UL_FRAME_MAX, p[0]);
	check(p[0], count, UL_FRAME_MAX);
	ul_compact_unref(p[0], (unsigned int)count);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compact");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, small_ones_share_a_buffer);
	tcase_add_test(tc, a_buffer_that_is_free_is_used_again);
	tcase_add_loop_test(tc, the_longest_takes_six_pieces_at_most, 0, 5);
	tcase_add_test(tc, the_pools_end_is_no_leak);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
