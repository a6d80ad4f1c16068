/* SPDX-License-Identifier: BSD-3-Clause */
/* test_buf.c - counted buffers from a bounded pool */
#include "base/buf.h"

#include "harness.h"

#define SIZE 4096

START_TEST(a_buffer_has_its_room_and_alignment)
{
	struct ul_buf_pool *pool = ul_buf_pool_new(SIZE, SIZE);
	struct ul_buf *b = ul_buf_get(pool);

	ck_assert_uint_eq((uintptr_t)b % SIZE, 0);
	ck_assert_uint_eq(b->cap, ul_buf_pool_cap(pool));
	ck_assert_uint_eq(b->cap + offsetof(struct ul_buf, data), SIZE);
	memset(b->data, 0xff, b->cap);
	ck_assert_ptr_eq(ul_buf_of(b->data, SIZE), b);
	ck_assert_ptr_eq(ul_buf_of(b->data + b->cap - 1, SIZE), b);
	ul_buf_unref(b);
	ul_buf_pool_free(pool);
}
END_TEST

/* Room to the byte, and the alignment that leads back all the same. */
START_TEST(room_may_be_what_is_asked_for)
{
	static const size_t rooms[] = { 1, SIZE - sizeof(struct ul_buf),
					SIZE, SIZE + 1, 65566 };
	struct ul_buf_pool *pool = ul_buf_pool_new_for(rooms[_i], 1 << 20);
	struct ul_buf *b = ul_buf_get(pool);
	size_t size = ul_buf_pool_in_use(pool);

	ck_assert_uint_eq(b->cap, rooms[_i]);
	ck_assert_uint_eq(ul_buf_pool_cap(pool), rooms[_i]);
	ck_assert_uint_ge(size, sizeof(*b) + rooms[_i]);
	ck_assert(size == 512 || size / 2 < sizeof(*b) + rooms[_i]);
	memset(b->data, 0xff, b->cap);
	ck_assert_ptr_eq(ul_buf_of(b->data + b->cap - 1, size), b);
	ul_buf_unref(b);
	ul_buf_pool_free(pool);
}
END_TEST

START_TEST(the_limit_refuses_and_recovers)
{
	struct ul_buf_pool *pool = ul_buf_pool_new(SIZE, 3 * SIZE + 1);
	struct ul_buf *b[3];

	for (int i = 0; i < 3; i++)
		b[i] = ul_buf_get(pool);
	ck_assert_ptr_nonnull(b[2]);
	ck_assert_ptr_null(ul_buf_get(pool));
	ck_assert_uint_eq(ul_buf_pool_in_use(pool), 3 * SIZE);
	ck_assert_uint_eq(ul_buf_pool_max(pool), 3 * SIZE + 1);
	ul_buf_unref(b[1]);
	b[1] = ul_buf_get(pool);
	ck_assert_ptr_nonnull(b[1]);
	for (int i = 0; i < 3; i++)
		ul_buf_unref(b[i]);
	ck_assert_uint_eq(ul_buf_pool_in_use(pool), 0);
	ul_buf_pool_free(pool);
}
END_TEST

START_TEST(the_last_reference_frees)
{
	struct ul_buf_pool *pool = ul_buf_pool_new(SIZE, SIZE);
	struct ul_buf *b = ul_buf_ref(ul_buf_get(pool));

	ul_buf_unref(b);
	ck_assert_uint_eq(ul_buf_pool_in_use(pool), SIZE);
	ul_buf_unref(b);
	ck_assert_uint_eq(ul_buf_pool_in_use(pool), 0);
	ul_buf_unref(NULL);
	ul_buf_pool_free(pool);
	ul_buf_pool_free(NULL);
}
END_TEST

START_TEST(the_latest_freed_is_the_next)
{
	struct ul_buf_pool *pool = ul_buf_pool_new(SIZE, 2 * SIZE);
	struct ul_buf *a = ul_buf_get(pool), *b = ul_buf_get(pool);

	ul_buf_unref(a);
	ul_buf_unref(b);
	ck_assert_ptr_eq(ul_buf_get(pool), b);
	ck_assert_ptr_eq(ul_buf_get(pool), a);
	ck_assert_uint_eq(a->refs, 1);
	ul_buf_unref(a);
	ul_buf_unref(b);
	ul_buf_pool_free(pool);
}
END_TEST

/* What trim frees is the sanitizer's to see; here: what is kept works. */
START_TEST(trimming_spares_what_is_in_use)
{
	struct ul_buf_pool *pool = ul_buf_pool_new(SIZE, 4 * SIZE);
	struct ul_buf *b[4];

	for (int i = 0; i < 4; i++)
		b[i] = ul_buf_get(pool);
	for (int i = 1; i < 4; i++)
		ul_buf_unref(b[i]);
	ul_buf_pool_trim(pool, SIZE);
	ul_buf_pool_trim(pool, 0);
	memset(b[0]->data, 1, b[0]->cap);
	for (int i = 1; i < 4; i++)
		b[i] = ul_buf_get(pool);
	ck_assert_ptr_nonnull(b[3]);
	for (int i = 0; i < 4; i++)
		ul_buf_unref(b[i]);
	ul_buf_pool_free(pool);
}
END_TEST

START_TEST(buffers_outlive_their_pool)
{
	struct ul_buf_pool *pool = ul_buf_pool_new(SIZE, 2 * SIZE);
	struct ul_buf *a = ul_buf_get(pool), *b = ul_buf_get(pool);

	ul_buf_pool_free(pool);
	memset(a->data, 1, a->cap);
	ul_buf_unref(a);
	memset(b->data, 1, b->cap);
	ul_buf_unref(b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("buf");
	TCase *tc = tcase_create("buf");

	tcase_add_test(tc, a_buffer_has_its_room_and_alignment);
	tcase_add_loop_test(tc, room_may_be_what_is_asked_for, 0, 5);
	tcase_add_test(tc, the_limit_refuses_and_recovers);
	tcase_add_test(tc, the_last_reference_frees);
	tcase_add_test(tc, the_latest_freed_is_the_next);
	tcase_add_test(tc, trimming_spares_what_is_in_use);
	tcase_add_test(tc, buffers_outlive_their_pool);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
