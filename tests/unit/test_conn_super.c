/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn_super.c - segments that stand for many, towards the guest */
#include <string.h>

#include "base/cursor.h"
#include "fake/conn_lab.h"

#define MSS 1460
#define SEGS_MAX 512

/* The data segments that were on the wire since the last look. */
static struct {
	size_t at, len;		/* in the stream */
} sent[SEGS_MAX];
static unsigned int sent_count;
static uint32_t first_seq;
static size_t mss = MSS;
static uint8_t *stream;		/* what the guest has to see, by place */

static void look(void)
{
	sent_count = 0;
	for (struct seg *s; (s = wire_next(&wire)) != NULL; free(s)) {
		size_t at = s->h.seq - first_seq;

		ck_assert_int_eq(s->offload.csum == UL_CSUM_PARTIAL,
				 wire.can_offload);
		ck_assert_uint_eq(s->offload.gso_size,
				  s->len > mss ? mss : 0);
		if (!s->len)
			continue;
		ck_assert_uint_lt(sent_count, SEGS_MAX);
		ck_assert_uint_le(at + s->len, DATA_MAX);
		ck_assert_mem_eq(s->data, stream + at, s->len);
		sent[sent_count].at = at;
		sent[sent_count++].len = s->len;
	}
}

static void ack(size_t at, size_t sack_from, size_t sack_to)
{
	uint8_t opt[12];
	struct ul_wr w = ul_wr_new(opt, sizeof(opt));
	struct guest_seg s = {
		.seq = g.seq, .ack = first_seq + (uint32_t)at,
		.flags = UL_TCP_ACK, .window = g.window, .opt = opt,
	};

	ul_wr_u32(&w, 0x0101050a);
	ul_wr_u32(&w, first_seq + (uint32_t)sack_from);
	ul_wr_u32(&w, first_seq + (uint32_t)sack_to);
	s.opt_len = sack_to ? sizeof(opt) : 0;
	guest_put(&g, &s);
}

static void open_guest(bool can_offload)
{
	wire.can_offload = can_offload;
	stream = data;
	guest_open(&g, USUAL);
	first_seq = g.ack;
	ack(0, 0, 0);		/* shows the window as it is with its scale */
}

START_TEST(segments_stand_for_many)
{
	size_t at = 0;

	/* The network's MTU is 1500, and IPv6's header 20 bytes longer. */
	guest_init(&g, stack, &wire, frames, _i == 0, 1000);
	mss = _i ? 1440 : MSS;
	open_guest(true);
	ck_assert_uint_ge(host_send(&g, data, 256 << 10), 256 << 10);
	look();
	ck_assert_uint_le(sent_count, 6);
	for (unsigned int i = 0; i < sent_count; i++) {
		ck_assert_uint_eq(sent[i].at, at);
		if (i + 1 < sent_count)
			ck_assert_uint_eq(sent[i].len % mss, 0);
		at += sent[i].len;
	}
	ck_assert_uint_eq(at, 256 << 10);
	ack(at, 0, 0);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	ck_assert(!ul_conn_wants_tick(g.conn));
}
END_TEST

START_TEST(ports_that_cannot_get_plain_segments)
{
	open_guest(false);
	host_send(&g, data, 64 << 10);
	look();
	ck_assert_uint_eq(sent_count, (64 << 10) / MSS + 1);
}
END_TEST

/* The host is opened to from outside: the guest's SYN|ACK is the end of it. */
START_TEST(active_opens_do_it_too)
{
	struct guest_seg s = {
		.flags = UL_TCP_SYN | UL_TCP_ACK, .window = g.window,
		.opt = guest_usual_options,
		.opt_len = sizeof(guest_usual_options),
	};
	struct seg *syn;

	wire.can_offload = true;
	stream = data;
	g.conn = ul_conn_new_active(stack, &g.peer, &g.own, &g);
	syn = guest_take(&g);
	s.seq = g.seq++;
	s.ack = first_seq = syn->h.seq + 1;
	free(syn);
	ck_assert_uint_eq(guest_put(&g, &s), UL_CONN_ESTABLISHED);
	look();
	ack(0, 0, 0);
	host_send(&g, data, 100000);
	look();
	ck_assert_uint_le(sent_count, 2);
}
END_TEST

static bool was_sent(size_t at)
{
	for (unsigned int i = 0; i < sent_count; i++)
		if (sent[i].at == at)
			return true;
	return false;
}

/*
 * The guest acknowledges anywhere; what it acknowledged is given back and
 * used for what comes next, while what it misses is resent: not before it,
 * and no more than one of the guest's own.
 */
START_TEST(acks_may_end_inside_of_segments)
{
	size_t step = (size_t)_i * 7777 + 1000, at = 0, total = 0;

	open_guest(true);
	total += host_send(&g, data, 256 << 10);
	look();
	while (at + step < total) {
		at += step;
		ack(at, 0, 0);
		ck_assert_uint_eq(ul_conn_unacked(g.conn), total - at);
		if (total + step < 2 << 20)
			total += host_send(&g, data + total, step);
		look();
		sent_count = 0;
		for (int i = 0; i < 60 && !was_sent(at); i++) {
			pass_ms(500);
			look();
			for (unsigned int n = 0; n < sent_count; n++) {
				ck_assert_uint_ge(sent[n].at, at);
				ck_assert_uint_le(sent[n].len, MSS);
			}
		}
		ck_assert(was_sent(at));
	}
	ack(total, 0, 0);
	look();
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	ck_assert(!ul_conn_wants_tick(g.conn));
}
END_TEST

/* In the middle of a segment that waits to be resent, too. */
START_TEST(acks_may_end_inside_of_what_waits)
{
	size_t total;

	open_guest(true);
	total = host_send(&g, data, 256 << 10);
	look();
	wire.is_full = true;
	pass_ms(400);
	ack(30000, 0, 0);
	ack(30001, 0, 0);
	wire.is_full = false;
	ul_conn_resume(g.conn);
	pass_ms(400);
	look();
	ck_assert_uint_ge(sent_count, 1);
	ck_assert_uint_eq(sent[0].at, 30001);
	ack(total, 0, 0);
	look();
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
}
END_TEST

/* One of the guest's segments is lost, in the first or in the last of ours. */
START_TEST(holes_inside_are_resent)
{
	size_t total, hole;

	open_guest(true);
	total = host_send(&g, data, 256 << 10);
	look();
	hole = _i ? total - 10 * MSS : 5 * MSS;
	ack(hole, hole + MSS, hole + 3 * MSS);
	look();
	ck_assert_uint_eq(sent_count, 0);
	ack(hole, hole + MSS, hole + 4 * MSS);
	look();
	ck_assert_uint_eq(sent_count, 1);
	ck_assert_uint_eq(sent[0].at, hole);
	for (size_t n = 5; n < 9; n++)
		ack(hole, hole + MSS, hole + n * MSS);
	look();
	ck_assert_uint_eq(sent_count, 0);
	ack(total, 0, 0);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
}
END_TEST

/* In recovery, an ordinary acknowledgement inside of a segment is no loss. */
START_TEST(the_middle_is_no_hole)
{
	size_t total;

	open_guest(true);
	total = host_send(&g, data, 256 << 10);
	look();
	ack(0, MSS, 4 * MSS);
	look();
	ck_assert_uint_eq(sent_count, 1);
	for (size_t at = 5 * MSS; at + MSS < total; at += 2 * MSS) {
		ack(at, 0, 0);
		look();
		ck_assert_uint_eq(sent_count, 0);
	}
	ack(total, 0, 0);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
}
END_TEST

/* A window that is smaller than the segment is used at once. */
START_TEST(long_segments_are_cut_to_the_window)
{
	size_t at = 0, total;

	open_guest(true);
	total = host_send(&g, data, 200000);
	look();
	for (unsigned int i = 0; i < sent_count; i++)
		at += sent[i].len;
	g.window = (uint16_t)(10000 >> 7);
	ack(1, 0, 0);		/* an old one would not shrink it */
	total += host_send(&g, data + total, 100000);
	for (int turns = 0; at < total && turns < 200; turns++) {
		ack(at, 0, 0);
		look();
		ck_assert_uint_ge(sent_count, 1);
		for (unsigned int i = 0; i < sent_count; i++) {
			ck_assert_uint_eq(sent[i].at, at);
			ck_assert_uint_le(sent[i].len, 10000);
			at += sent[i].len;
		}
	}
	ck_assert_uint_eq(at, total);
	ack(at, 0, 0);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
}
END_TEST

/* Acknowledged in the middle, while a window smaller than a segment stays. */
START_TEST(tiny_windows_do_not_stall)
{
	size_t at = 0, total, end = 0;

	open_guest(true);
	total = host_send(&g, data, 150000);
	look();
	for (unsigned int i = 0; i < sent_count; i++)
		end = sent[i].at + sent[i].len;
	ck_assert_uint_eq(end, total);
	total += host_send(&g, data + total, 100000);
	look();
	g.window = 5;			/* 640 bytes */
	for (int turns = 0; at < total && turns < 3000; turns++) {
		at += at + 333 < end ? 333 : end - at;
		ack(at, 0, 0);
		pass_ms(turns % 8 ? 100 : 2000);
		look();
		for (unsigned int i = 0; i < sent_count; i++)
			if (sent[i].at + sent[i].len > end)
				end = sent[i].at + sent[i].len;
	}
	ck_assert_uint_eq(at, total);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn_super");
	TCase *tc = tcase_create("conn_super");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, segments_stand_for_many, 0, 2);
	tcase_add_test(tc, ports_that_cannot_get_plain_segments);
	tcase_add_test(tc, active_opens_do_it_too);
	tcase_add_loop_test(tc, acks_may_end_inside_of_segments, 0, 6);
	tcase_add_test(tc, acks_may_end_inside_of_what_waits);
	tcase_add_loop_test(tc, holes_inside_are_resent, 0, 2);
	tcase_add_test(tc, the_middle_is_no_hole);
	tcase_add_test(tc, long_segments_are_cut_to_the_window);
	tcase_add_test(tc, tiny_windows_do_not_stall);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
