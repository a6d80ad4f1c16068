/* SPDX-License-Identifier: BSD-3-Clause */
/* test_pending.c - packets that wait until their neighbour is found */
#include <errno.h>

#include "harness.h"
#include "link/pending.h"

static struct ul_pending *p;
static struct ul_buf_pool *pool;
static struct ul_buf *body;

struct taken {
	unsigned int count;
	unsigned int number[UL_PENDING_MAX];
	const struct ul_addr *put_again;
};

static void set_up(void)
{
	p = ul_pending_new();
	pool = ul_buf_pool_new(2048, 2048);
	body = ul_buf_get(pool);
	memset(body->data, 'b', body->cap);
}

static void tear_down(void)
{
	ul_pending_free(p);
	ck_assert_uint_eq(body->refs, 1);
	ul_buf_unref(body);
	ul_buf_pool_free(pool);
}

/* A packet of two copied pieces with a referenced one between. */
static int put(uint32_t addr, unsigned int number, int64_t now_us)
{
	struct ul_addr a = ul_addr_v4(addr);
	uint8_t head[20] = { (uint8_t)number }, tail[3] = { 7, 8, 9 };
	struct ul_piece piece[] = {
		{ head, sizeof(head), NULL },
		{ body->data, 100, body },
		{ tail, sizeof(tail), NULL },
	};

	return ul_pending_put(p, &a, piece, 3, now_us);
}

static void on_packet(const struct ul_piece *piece, unsigned int count,
		      void *arg)
{
	struct taken *t = arg;

	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(piece[0].len, 20);
	ck_assert_ptr_eq(piece[1].data, body->data);
	ck_assert_ptr_eq(piece[1].buf, body);
	ck_assert_mem_eq(piece[2].data, "\7\10\11", 3);
	t->number[t->count++] = *(const uint8_t *)piece[0].data;
	if (t->put_again)
		ul_pending_put(p, t->put_again, piece, count, 0);
}

static unsigned int take(uint32_t addr, int64_t now_us, struct taken *t)
{
	struct ul_addr a = ul_addr_v4(addr);

	*t = (struct taken){ .put_again = t->put_again };
	ul_pending_take(p, &a, now_us, on_packet, t);
	return t->count;
}

START_TEST(packets_wait_for_their_address)
{
	struct taken t = { 0 };

	ck_assert_uint_eq(take(1, 0, &t), 0);
	for (unsigned int i = 0; i < 6; i++)
		ck_assert_int_eq(put(1 + i % 2, i, 0), 0);
	ck_assert_uint_eq(body->refs, 7);
	ck_assert_uint_eq(take(3, 0, &t), 0);
	ck_assert_uint_eq(take(2, 0, &t), 3);
	for (unsigned int i = 0; i < 3; i++)
		ck_assert_uint_eq(t.number[i], 2 * i + 1);
	ck_assert_uint_eq(take(2, 0, &t), 0);
	ck_assert_uint_eq(take(1, 0, &t), 3);
	ck_assert_uint_eq(body->refs, 1);
}
END_TEST

START_TEST(oldest_of_an_address_goes)
{
	struct taken t = { 0 };

	put(2, 99, 0);
	for (unsigned int i = 0; i < 20; i++)
		put(1, i, 0);
	ck_assert_uint_eq(take(1, 0, &t), UL_PENDING_PER_ADDR);
	for (unsigned int i = 0; i < UL_PENDING_PER_ADDR; i++)
		ck_assert_uint_eq(t.number[i], 12 + i);
	ck_assert_uint_eq(take(2, 0, &t), 1);
}
END_TEST

START_TEST(oldest_of_all_goes)
{
	struct taken t = { 0 };

	for (unsigned int i = 0; i < UL_PENDING_MAX + 10; i++)
		put(i, i, 0);
	ck_assert_uint_eq(body->refs, 1 + UL_PENDING_MAX);
	for (unsigned int i = 0; i < UL_PENDING_MAX + 10; i++)
		ck_assert_uint_eq(take(i, 0, &t), i >= 10);
}
END_TEST

START_TEST(nobody_waits_longer_than_a_second)
{
	struct taken t = { 0 };

	put(1, 1, 0);
	put(1, 2, 500000);
	ck_assert_uint_eq(take(1, UL_PENDING_US, &t), 1);
	ck_assert_uint_eq(t.number[0], 2);
	put(1, 3, 0);
	put(2, 4, UL_PENDING_US);
	ck_assert_uint_eq(body->refs, 2);
}
END_TEST

/* Still not found: what is put back is not handed out in the same call. */
START_TEST(packets_may_be_put_back)
{
	struct ul_addr a = ul_addr_v4(1);
	struct taken t = { .put_again = &a };

	for (unsigned int i = 0; i < UL_PENDING_PER_ADDR; i++)
		put(1, i, 0);
	ck_assert_uint_eq(take(1, 0, &t), UL_PENDING_PER_ADDR);
	t.put_again = NULL;
	ck_assert_uint_eq(take(1, 0, &t), UL_PENDING_PER_ADDR);
	for (unsigned int i = 0; i < UL_PENDING_PER_ADDR; i++)
		ck_assert_uint_eq(t.number[i], i);
}
END_TEST

START_TEST(packets_that_do_not_fit_are_refused)
{
	struct ul_addr a = ul_addr_v4(1);
	struct ul_piece piece[UL_PORT_PIECES_MAX + 1];

	for (int i = 0; i < UL_PORT_PIECES_MAX + 1; i++)
		piece[i] = (struct ul_piece){ body->data, 10, body };
	ck_assert_int_eq(ul_pending_put(p, &a, piece, UL_PORT_PIECES_MAX + 1,
					0), -EMSGSIZE);
	piece[0] = (struct ul_piece){ body->data, UL_PORT_HEAD_MAX + 1, NULL };
	ck_assert_int_eq(ul_pending_put(p, &a, piece, 1, 0), -EMSGSIZE);
	piece[0].len--;
	ck_assert_int_eq(ul_pending_put(p, &a, piece, 1, 0), 0);
	ck_assert_uint_eq(body->refs, 1);
}
END_TEST

START_TEST(all_are_dropped_with_their_guest)
{
	struct taken t = { 0 };

	for (unsigned int i = 0; i < 20; i++)
		put(i, i, 0);
	ul_pending_clear(p);
	ck_assert_uint_eq(body->refs, 1);
	ck_assert_uint_eq(take(1, 0, &t), 0);
	put(1, 1, 0);		/* left for the end */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pending");
	TCase *tc = tcase_create("pending");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, packets_wait_for_their_address);
	tcase_add_test(tc, oldest_of_an_address_goes);
	tcase_add_test(tc, oldest_of_all_goes);
	tcase_add_test(tc, nobody_waits_longer_than_a_second);
	tcase_add_test(tc, packets_may_be_put_back);
	tcase_add_test(tc, packets_that_do_not_fit_are_refused);
	tcase_add_test(tc, all_are_dropped_with_their_guest);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
