/* SPDX-License-Identifier: BSD-3-Clause */
/* test_txq.c - the bounded queue of frames that wait for a guest */
#include <errno.h>

#include "harness.h"
#include "link/txq.h"

#define BUF_SIZE (128u << 10)
#define IOV_COUNT (UL_PORT_PIECES_MAX + 1)

static struct ul_buf_pool *pool;
static struct ul_buf *body;

static void set_up(void)
{
	pool = ul_buf_pool_new(BUF_SIZE, BUF_SIZE);
	body = ul_buf_get(pool);
	for (uint32_t i = 0; i < body->cap; i++)
		body->data[i] = (uint8_t)(i * 7 + i / 256);
}

static void tear_down(void)
{
	ck_assert_uint_eq(body->refs, 1);
	ul_buf_unref(body);
	ul_buf_pool_free(pool);
}

static size_t gather(const struct iovec *iov, unsigned int n, uint8_t *out)
{
	size_t len = 0;

	for (unsigned int i = 0; i < n; i++) {
		memcpy(out + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	return len;
}

static int push_body(struct ul_txq *q, size_t len)
{
	struct ul_piece piece = { body->data, len, body };

	return ul_txq_push(q, &piece, 1);
}

/* Copied and referenced pieces in any order, and the prefix, as one frame. */
START_TEST(frame_comes_out_as_it_went_in)
{
	size_t prefix_len = _i & 1 ? 4 : 0;
	struct ul_txq *q = ul_txq_new(prefix_len);
	struct ul_piece piece[UL_PORT_PIECES_MAX];
	struct iovec iov[IOV_COUNT];
	uint8_t want[1024], got[1024];
	uint8_t copied[16];
	size_t len = prefix_len;

	for (int i = 0; i < UL_PORT_PIECES_MAX; i++) {
		bool is_copied = _i >> 1 & 1 << i;
		uint8_t *data = is_copied ? copied : body->data + i * 50;
		size_t n = is_copied ? 3 + (size_t)i : 40;

		memset(copied, 'a' + i, sizeof(copied));
		piece[i] = (struct ul_piece){
			exact_copy(data, n), n, is_copied ? NULL : body,
		};
		memcpy(want + len, data, n);
		len += n;
	}
	if (prefix_len)
		memcpy(want, (uint8_t []){ 0, 0, (uint8_t)((len - 4) >> 8),
					   (uint8_t)(len - 4) }, 4);
	ck_assert_int_eq(ul_txq_push(q, piece, UL_PORT_PIECES_MAX), 0);
	for (int i = 0; i < UL_PORT_PIECES_MAX; i++)
		if (!piece[i].buf)	/* it was copied: not read again */
			free((void *)piece[i].data);
	for (size_t at = 0; at < len; at++) {
		unsigned int n = ul_txq_peek(q, iov, IOV_COUNT);

		ck_assert_uint_eq(gather(iov, n, got), len - at);
		ck_assert_mem_eq(got, want + at, len - at);
		ck_assert(!ul_txq_is_empty(q));
		ul_txq_consume(q, 1);
	}
	ck_assert(ul_txq_is_empty(q));
	for (int i = 0; i < UL_PORT_PIECES_MAX; i++)
		if (piece[i].buf)
			free((void *)piece[i].data);
	ul_txq_free(q);
}
END_TEST

START_TEST(frames_that_do_not_fit_are_refused)
{
	struct ul_txq *q = ul_txq_new(_i ? 4 : 0);
	struct ul_piece nine[UL_PORT_PIECES_MAX + 1];
	struct ul_piece copied = { body->data, UL_PORT_HEAD_MAX, NULL };

	ck_assert_int_eq(ul_txq_push(q, &copied, 1), 0);
	copied.len++;
	ck_assert_int_eq(ul_txq_push(q, &copied, 1), -EMSGSIZE);
	ck_assert_int_eq(push_body(q, UL_FRAME_MAX), 0);
	ck_assert_int_eq(push_body(q, UL_FRAME_MAX + 1), -EMSGSIZE);
	ck_assert_int_eq(push_body(q, 0), -EMSGSIZE);
	ck_assert_int_eq(ul_txq_push(q, NULL, 0), -EMSGSIZE);
	for (int i = 0; i < UL_PORT_PIECES_MAX + 1; i++)
		nine[i] = (struct ul_piece){ body->data, 10, body };
	ck_assert_int_eq(ul_txq_push(q, nine, UL_PORT_PIECES_MAX + 1),
			 -EMSGSIZE);
	ck_assert_uint_eq(body->refs, 2);
	ul_txq_free(q);
}
END_TEST

START_TEST(full_queue_refuses_until_half_is_gone)
{
	size_t len = _i ? 60 : UL_FRAME_MAX;
	struct ul_txq *q = ul_txq_new(4);
	size_t most = _i ? UL_TXQ_FRAMES : UL_TXQ_BYTES / (len + 4) + 1;
	size_t n = 0;

	while (push_body(q, len) == 0)
		n++;
	ck_assert_uint_eq(n, most);
	ck_assert_int_eq(push_body(q, len), -ENOBUFS);
	ck_assert_uint_eq(body->refs, 1 + n);
	while (!ul_txq_has_room(q)) {
		ul_txq_consume(q, len + 4);
		n--;
	}
	ck_assert_uint_le(n, most / 2);
	ck_assert_uint_ge(n, most / 2 - 1);
	ul_txq_clear(q);
	ck_assert(ul_txq_is_empty(q));
	ck_assert_uint_eq(body->refs, 1);
	ck_assert_int_eq(push_body(q, len), 0);
	ul_txq_free(q);
}
END_TEST

/* A reset gets through to a guest whose queue is full of data. */
START_TEST(copied_frames_have_a_reserve)
{
	size_t len = _i ? 60 : UL_FRAME_MAX;
	struct ul_piece small = { "0123456789", 10, NULL };
	struct ul_txq *q = ul_txq_new(4);
	size_t n = 0;

	while (push_body(q, len) == 0)
		;
	while (ul_txq_push(q, &small, 1) == 0)
		n++;
	ck_assert_uint_ge(n, UL_TXQ_RESERVE);
	ck_assert_uint_le(n, UL_TXQ_FRAMES + UL_TXQ_RESERVE);
	ck_assert_int_eq(push_body(q, len), -ENOBUFS);
	ul_txq_free(q);
}
END_TEST

/*
 * Push and consume at random, wrapping round: the bytes that come out are
 * those of the frames, in order.
 */
/* What waits is kept, and an empty queue starts anew. */
START_TEST(trimmed_queue_keeps_what_waits)
{
	struct ul_txq *q = ul_txq_new(4);
	struct iovec iov[IOV_COUNT];

	push_body(q, 100);
	ul_txq_trim(q);
	ck_assert_uint_eq(ul_txq_peek_frame(q, 0, iov, IOV_COUNT), 2);
	ck_assert_uint_eq(iov[1].iov_len, 100);
	ck_assert_uint_eq(ul_txq_first_len(q), 104);
	ul_txq_pop(q);
	ul_txq_trim(q);
	push_body(q, 200);
	ck_assert_uint_eq(ul_txq_peek_frame(q, 0, iov, IOV_COUNT), 2);
	ck_assert_uint_eq(iov[1].iov_len, 200);
	ck_assert_uint_eq(ul_txq_peek_frame(q, 1, iov, IOV_COUNT), 0);
	ul_txq_free(q);
}
END_TEST

START_TEST(stream_of_bytes_is_kept)
{
	static uint8_t want[8 << 20], got[UL_TXQ_BYTES * 2];
	struct ul_txq *q = ul_txq_new(4);
	size_t in = 0, out = 0;
	uint32_t rnd = 7;

	while (in < sizeof(want) - UL_FRAME_MAX - 4) {
		struct iovec iov[64];
		size_t len, n;

		rnd = rnd * 1664525 + 1013904223;
		len = (rnd >> 8) % 3000 + 1;
		if (push_body(q, len) == 0) {
			memcpy(want + in, (uint8_t []){ 0, 0,
			       (uint8_t)(len >> 8), (uint8_t)len }, 4);
			memcpy(want + in + 4, body->data, len);
			in += len + 4;
		}
		if (rnd >> 30)
			continue;
		n = gather(iov, ul_txq_peek(q, iov, 64), got);
		n = n ? (rnd >> 8) % (n + 1) : 0;
		ck_assert_mem_eq(got, want + out, n);
		ul_txq_consume(q, n);
		out += n;
	}
	ul_txq_free(q);
}
END_TEST

START_TEST(single_frames_are_popped)
{
	struct ul_txq *q = ul_txq_new(0);
	struct iovec iov[IOV_COUNT];

	ck_assert_uint_eq(ul_txq_peek_frame(q, 0, iov, IOV_COUNT), 0);
	push_body(q, 100);
	push_body(q, 200);
	ck_assert_uint_eq(ul_txq_peek_frame(q, 0, iov, IOV_COUNT), 1);
	ck_assert_uint_eq(iov[0].iov_len, 100);
	ul_txq_pop(q);
	ck_assert_uint_eq(ul_txq_peek_frame(q, 0, iov, IOV_COUNT), 1);
	ck_assert_uint_eq(iov[0].iov_len, 200);
	ul_txq_free(q);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("txq");
	TCase *tc = tcase_create("txq");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, frame_comes_out_as_it_went_in, 0, 512);
	tcase_add_loop_test(tc, frames_that_do_not_fit_are_refused, 0, 2);
	tcase_add_loop_test(tc, full_queue_refuses_until_half_is_gone, 0, 2);
	tcase_add_loop_test(tc, copied_frames_have_a_reserve, 0, 2);
	tcase_add_test(tc, trimmed_queue_keeps_what_waits);
	tcase_add_test(tc, stream_of_bytes_is_kept);
	tcase_add_test(tc, single_frames_are_popped);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
