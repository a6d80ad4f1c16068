/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn_train.c - segments that enter a connection together */
#include <glib.h>

#include "fake/conn_lab.h"

#define MSS 1460
#define TRAIN 40

/* @count segments of the stream from byte @at on, as they may come. */
static void make(struct ul_pkt *pkt, unsigned int count, size_t at)
{
	for (unsigned int i = 0; i < count; i++) {
		struct guest_seg s = {
			.seq = g.seq + (uint32_t)at, .ack = g.ack,
			.flags = UL_TCP_ACK, .window = g.window,
			.data = data + at, .len = MSS,
		};

		pkt[i] = guest_pkt(&g, &s);
		at += MSS;
	}
}

static unsigned int put_train(unsigned int count, size_t at)
{
	struct ul_pkt pkt[TRAIN] = { 0 };
	unsigned int events;

	make(pkt, count, at);
	events = ul_conn_input_train(g.conn, pkt, count);
	for (unsigned int i = 0; i < count; i++)
		ul_buf_unref(pkt[i].buf);
	return events;
}

/* What the host has to take is the stream's start, @len bytes of it. */
static void expect_bytes(size_t len)
{
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), len);
	ck_assert_mem_eq(got, data, len);
}

/* The only segment on its way acknowledges @len bytes. */
static void expect_one_ack(size_t len)
{
	struct seg *s = guest_take(&g);

	ck_assert_uint_eq(s->h.flags, UL_TCP_ACK);
	ck_assert_uint_eq(s->h.ack, g.seq + (uint32_t)len);
	free(s);
	ck_assert_uint_eq(wire.count, 0);
}

START_TEST(train_arrives_and_is_acknowledged_once)
{
	guest_open(&g, USUAL);
	ck_assert_uint_eq(put_train(TRAIN, 0), UL_CONN_DATA);
	ck_assert_uint_eq(wire.count, 0);
	ck_assert_uint_eq(put_train(TRAIN, TRAIN * MSS), UL_CONN_DATA);
	expect_bytes(2 * TRAIN * MSS);
	ul_conn_settle(g.conn);
	expect_one_ack(2 * TRAIN * MSS);
}
END_TEST

/* What stays does so in its order, compact, and counts as before. */
START_TEST(train_that_is_not_taken_is_copied)
{
	guest_open(&g, USUAL);
	put_train(TRAIN, 0);
	ul_conn_settle(g.conn);
	ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	ck_assert_uint_ge(ul_conn_pinned(g.conn), TRAIN * MSS);
	ck_assert_uint_lt(ul_conn_pinned(g.conn), 2 * TRAIN * MSS);
	expect_bytes(TRAIN * MSS);
}
END_TEST

/* Segments beyond a gap are answered each, as if they had come alone. */
START_TEST(gap_is_told_for_each)
{
	guest_open(&g, USUAL);
	put_train(3, 2 * MSS);
	ck_assert_uint_eq(wire.count, 3);
	for (int i = 0; i < 3; i++) {
		struct seg *s = guest_take(&g);

		ck_assert_uint_eq(s->h.ack, g.seq);
		ck_assert_uint_eq(s->h.sack_count, 1);
		ck_assert_uint_eq(s->h.sack[0].left, g.seq + 2 * MSS);
		ck_assert_uint_eq(s->h.sack[0].right,
				  g.seq + (uint32_t)(3 + i) * MSS);
		free(s);
	}
	put_train(2, 0);
	expect_bytes(5 * MSS);
	ul_conn_settle(g.conn);
	expect_one_ack(5 * MSS);
}
END_TEST

/* A train that begins with what came before, or covers what came later. */
START_TEST(overlap_is_taken_once)
{
	guest_open(&g, USUAL);
	put_train(2, (size_t)_i * MSS);
	put_train(6, 0);
	wire_clear(&wire);
	expect_bytes(6 * MSS);
	ul_conn_settle(g.conn);
	wire_clear(&wire);
	put_train(6, 0);	/* as one by one: each is answered */
	expect_bytes(0);
	ck_assert_uint_eq(wire.count, 6);
}
END_TEST

/* It ends where the window does, and the rest can be sent again. */
START_TEST(train_fits_the_window)
{
	size_t sent = 0, had = 0;

	data = realloc(data, DATA_MAX + 2 * TRAIN * MSS);
	stream_fill(data, DATA_MAX, 2 * TRAIN * MSS);
	guest_open(&g, USUAL);
	for (; sent < DATA_MAX; sent += TRAIN * MSS) {
		ck_assert_uint_eq(had, sent);
		put_train(TRAIN, sent);
		had = ul_conn_unread(g.conn);
		ul_conn_settle(g.conn);
	}
	ck_assert_uint_lt(had, sent);
	ck_assert_uint_gt(had, sent - TRAIN * MSS);
	expect_bytes(had);
	ul_conn_settle(g.conn);
	wire_clear(&wire);
	put_train(TRAIN, had);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), TRAIN * MSS);
	ck_assert_mem_eq(got, data + had, TRAIN * MSS);
}
END_TEST

START_TEST(train_without_a_connection_is_harmless)
{
	guest_open(&g, USUAL);
	ul_conn_abort(g.conn);
	wire_clear(&wire);
	ck_assert_uint_eq(put_train(3, 0), 0);
	ck_assert_uint_eq(wire.count, 0);
}
END_TEST

/* @count segments of any length, that begin with byte @at. */
static void put_any(unsigned int count, size_t at)
{
	struct ul_pkt pkt[TRAIN] = { 0 };
	unsigned int i = 0;

	for (; i < count && at < DATA_MAX; i++) {
		size_t len = 1 + (size_t)rand() % MSS;
		struct guest_seg s = {
			.seq = g.seq + (uint32_t)at, .ack = g.ack,
			.flags = UL_TCP_ACK, .window = g.window,
			.data = data + at,
			.len = MIN(len, DATA_MAX - at),
		};

		pkt[i] = guest_pkt(&g, &s);
		at += s.len;
	}
	ul_conn_input_train(g.conn, pkt, i);
	while (i--)
		ul_buf_unref(pkt[i].buf);
}

/* Whatever the order, and with repeats: once each, and all of it. */
START_TEST(any_trains_are_the_stream)
{
	size_t taken = 0, unread = 0, base;

	srand((unsigned int)_i);
	guest_open(&g, USUAL);
	for (int i = 0; taken + unread < DATA_MAX; i++) {
		size_t n = (size_t)rand(), back = (size_t)rand() % 100000;

		ck_assert_int_lt(i, 100000);
		base = taken + unread;
		if (n % 4 == 0)
			base += (size_t)rand() % 200000;
		else if (n % 4 == 1)
			base -= MIN(base, back);
		put_any(1 + (unsigned int)rand() % TRAIN, base);
		unread = ul_conn_unread(g.conn);
		if (rand() % 3 == 0) {
			n = host_receive(&g, got, DATA_MAX);
			ck_assert_uint_eq(n, unread);
			ck_assert_mem_eq(got, data + taken, n);
			taken += n;
			unread = 0;
		}
		if (rand() % 2)
			ul_conn_settle(g.conn);
		if (rand() % 16 == 0)
			pass_ms(50);
		wire_clear(&wire);
	}
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), unread);
	ck_assert_mem_eq(got, data + taken, unread);
	ul_conn_settle(g.conn);
	pass_ms(100);
	g.seq += DATA_MAX;
	guest_fin(&g);
	ck_assert(g.events & UL_CONN_FIN);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn_train");
	TCase *tc = tcase_create("conn_train");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, train_arrives_and_is_acknowledged_once);
	tcase_add_test(tc, train_that_is_not_taken_is_copied);
	tcase_add_test(tc, gap_is_told_for_each);
	tcase_add_loop_test(tc, overlap_is_taken_once, 0, 5);
	tcase_add_test(tc, train_fits_the_window);
	tcase_add_loop_test(tc, any_trains_are_the_stream, 0, 4);
	tcase_add_test(tc, train_without_a_connection_is_harmless);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
