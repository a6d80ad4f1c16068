/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn_loss.c - recovery from loss on the way to the guest */
#include <string.h>

#include "base/cursor.h"
#include "fake/conn_lab.h"

#define MSS 1460
#define SEGS_MAX 400

static const uint8_t no_sack[] = { 2, 4, MSS >> 8, MSS & 0xff, 1, 3, 3, 7 };

/* How often each segment was seen on the wire, by its place in the stream. */
static unsigned int seen[SEGS_MAX];
static uint32_t first_seq;

static unsigned int look(void)
{
	unsigned int n = 0;

	for (struct seg *s; (s = wire_next(&wire)) != NULL; free(s)) {
		if (!s->len)
			continue;
		ck_assert_uint_eq((s->h.seq - first_seq) % MSS, 0);
		ck_assert_uint_lt((s->h.seq - first_seq) / MSS, SEGS_MAX);
		seen[(s->h.seq - first_seq) / MSS]++;
		n++;
	}
	return n;
}

/* Acknowledge up to segment @next, with @count blocks of segments. */
struct block {
	unsigned int first, end;
};

static void ack_blocks(unsigned int next, const struct block *b,
		       unsigned int count)
{
	uint8_t opt[36] = { 0 };
	struct ul_wr w = ul_wr_new(opt, sizeof(opt));
	struct guest_seg s = {
		.seq = g.seq, .ack = first_seq + next * MSS,
		.flags = UL_TCP_ACK, .window = g.window, .opt = opt,
	};

	ul_wr_u16(&w, 0x0101);
	ul_wr_u8(&w, 5);
	ul_wr_u8(&w, (uint8_t)(2 + 8 * count));
	for (unsigned int i = 0; i < count; i++) {
		ul_wr_u32(&w, first_seq + b[i].first * MSS);
		ul_wr_u32(&w, first_seq + b[i].end * MSS);
	}
	s.opt_len = count ? w.len : 0;
	guest_put(&g, &s);
}

static void ack_block(unsigned int next, unsigned int first, unsigned int end)
{
	struct block b = { first, end };

	ack_blocks(next, &b, 1);
}

static void open_and_send(bool with_sack, unsigned int segs)
{
	if (with_sack)
		guest_open(&g, USUAL);
	else
		guest_open(&g, no_sack, sizeof(no_sack));
	first_seq = g.ack;
	host_send(&g, data, segs * (size_t)MSS);
	ck_assert_uint_eq(look(), segs);
}

START_TEST(sacked_holes_are_resent_once)
{
	open_and_send(true, 20);
	ack_block(2, 3, 4);		/* 2 is lost, and 7, and 8 */
	ack_block(2, 3, 5);
	ck_assert_uint_eq(look(), 0);
	ack_block(2, 3, 6);
	ck_assert_uint_eq(look(), 1);
	ck_assert_uint_eq(seen[2], 2);
	ack_block(2, 3, 7);
	for (unsigned int end = 10; end <= 20; end++)
		ack_blocks(2, (struct block[]){ { 9, end }, { 3, 7 } }, 2);
	look();
	ck_assert_uint_eq(seen[7], 2);
	ck_assert_uint_eq(seen[8], 2);
	/* What was resent arrives, piece by piece. */
	ack_block(7, 9, 20);
	ack_block(8, 9, 20);
	look();
	for (unsigned int i = 0; i < 20; i++)
		ck_assert_uint_eq(seen[i], 1 + (i == 2 || i == 7 || i == 8));
	ack_blocks(20, NULL, 0);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	ck_assert_uint_eq(look(), 0);
	ck_assert(!ul_conn_wants_tick(g.conn));
}
END_TEST

/* Every second segment is lost, and new data keeps coming. */
START_TEST(many_holes_are_resent_once)
{
	open_and_send(true, 100);
	for (unsigned int i = 0; i < 50; i++) {
		struct block b[4];
		unsigned int n = 0;

		for (unsigned int j = i + 1; j-- && n < 4;)
			b[n++] = (struct block){ 2 * j + 1, 2 * j + 2 };
		ack_blocks(0, b, n);
		host_send(&g, data, MSS);
	}
	look();
	for (unsigned int i = 0; i < 90; i++)
		ck_assert_uint_eq(seen[i], i % 2 ? 1 : 2);
	ack_blocks(150, NULL, 0);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
}
END_TEST

/* RFC 6582: one lost segment per partial acknowledgement, and only once. */
START_TEST(without_sack_partial_acks_resend)
{
	open_and_send(false, 20);
	ack_blocks(3, NULL, 0);
	for (int i = 0; i < 2; i++)
		ack_blocks(3, NULL, 0);
	ck_assert_uint_eq(look(), 0);
	for (int i = 0; i < 12; i++)
		ack_blocks(3, NULL, 0);
	ck_assert_uint_eq(look(), 1);
	ck_assert_uint_eq(seen[3], 2);
	ack_blocks(9, NULL, 0);
	ck_assert_uint_eq(look(), 1);
	ck_assert_uint_eq(seen[9], 2);
	for (int i = 0; i < 8; i++)
		ack_blocks(9, NULL, 0);
	ck_assert_uint_eq(look(), 0);
	ack_blocks(20, NULL, 0);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	ck_assert_uint_eq(look(), 0);

	/* Recovery is over: the next loss begins another. */
	host_send(&g, data, 6 * MSS);
	look();
	for (int i = 0; i < 3; i++)
		ack_blocks(20, NULL, 0);
	ck_assert_uint_eq(look(), 1);
	ck_assert_uint_eq(seen[20], 2);
}
END_TEST

/* The last is a probe, and tells what is missing to who can say so. */
START_TEST(silence_resends_the_last)
{
	open_and_send(true, 50);
	pass_ms(150);
	ck_assert_uint_eq(look(), 1);
	ck_assert_uint_eq(seen[49], 2);
	ack_block(48, 49, 50);
	ck_assert_uint_eq(look(), 0);
	pass_ms(50);
	ck_assert_uint_eq(look(), 1);
	ck_assert_uint_eq(seen[48], 2);
	ack_blocks(50, NULL, 0);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	ck_assert(!ul_conn_wants_tick(g.conn));
}
END_TEST

/* First one, then twice as much as was acknowledged. */
START_TEST(timeout_begins_anew)
{
	open_and_send(_i, 50);
	pass_ms(250);
	ck_assert_uint_eq(look(), 2);
	ck_assert_uint_eq(seen[0], 2);
	ck_assert_uint_eq(seen[49], 2);
	ack_blocks(1, NULL, 0);		/* the others were lost as well */
	ck_assert_uint_eq(look(), 2);
	ck_assert_uint_eq(seen[1], 2);
	ck_assert_uint_eq(seen[2], 2);
	ack_blocks(3, NULL, 0);
	ck_assert_uint_eq(look(), 4);
	ck_assert_uint_eq(seen[6], 2);
	ack_blocks(50, NULL, 0);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	ck_assert_uint_eq(pass_ms(1000), 0);
	ck_assert_uint_eq(look(), 0);
}
END_TEST

/* The guest dropped what it had (RFC 2018 8): all of it is sent again. */
START_TEST(taken_back_sack_loses_nothing)
{
	open_and_send(true, 10);
	ack_block(0, 1, 10);
	for (unsigned int next = 0; next < 10; next++) {
		pass_ms(5000);
		look();
		ack_blocks(next + 1, NULL, 0);
	}
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	for (unsigned int i = 0; i < 10; i++)
		ck_assert_uint_ge(seen[i], 2);
}
END_TEST

/* One segment gets through per timeout: slow, but not dead. */
START_TEST(progress_keeps_it_alive)
{
	open_and_send(_i, 100);
	for (unsigned int next = 1; next <= 100; next++) {
		ck_assert_uint_eq(pass_ms(20000) & ~UL_CONN_ROOM, 0);
		wire_clear(&wire);
		ack_blocks(next, NULL, 0);
		wire_clear(&wire);
	}
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
}
END_TEST

/*
 * What a full port refused to resend waits before others that were sent: what
 * the host writes meanwhile must not get between them.
 */
START_TEST(resent_segment_is_not_extended)
{
	size_t len = 0;
	static const size_t small[] = { 100, 200, 300, 400, 500 };

	if (_i / 2)
		guest_open(&g, no_sack, sizeof(no_sack));
	else
		guest_open(&g, USUAL);
	first_seq = g.ack;
	for (int i = 0; i < 5; i++) {
		host_send(&g, data + len, small[i]);
		len += small[i];
	}
	free(wire_next(&wire));			/* the first is lost */
	wire_clear(&wire);
	wire.is_full = true;
	if (_i / 2) {
		for (int i = 0; i < 4; i++)
			guest_ack(&g);
	} else {
		uint8_t opt[12] = { 1, 1, 5, 10 };
		struct ul_wr w = ul_wr_new(opt + 4, 8);
		struct guest_seg s = {
			.seq = g.seq, .ack = g.ack, .flags = UL_TCP_ACK,
			.window = g.window, .opt = opt, .opt_len = 12,
		};

		ul_wr_u32(&w, first_seq + 100);
		ul_wr_u32(&w, first_seq + 1500);
		for (int i = 0; i < 3; i++)
			guest_put(&g, &s);
	}
	ck_assert(ul_conn_is_held(g.conn));
	host_send(&g, data + len, 700);
	len += 700;
	if (_i % 2)
		ul_conn_shutdown(g.conn);
	wire.is_full = false;
	ul_conn_resume(g.conn);
	ck_assert_uint_ge(wire.count, 2);

	/* The guest has 100 to 1500 already. */
	for (int i = 0; i < 50; i++) {
		struct seg *s = wire_next(&wire);

		if (!s) {
			pass_ms(100);
			continue;
		}
		if (s->h.seq == first_seq && g.ack == first_seq) {
			ck_assert_uint_ge(s->len, 100);
			ck_assert_uint_le(s->len, 1500);
			ck_assert_mem_eq(s->data, data, s->len);
			ck_assert(!(s->h.flags & UL_TCP_FIN));
			g.ack = first_seq + 1500;
		} else {
			uint32_t had = g.ack - first_seq;
			size_t n = guest_accept(&g, s, got);

			ck_assert_mem_eq(got, data + had, n);
		}
		guest_ack(&g);
		free(s);
	}
	ck_assert_uint_eq(g.ack - first_seq, len + g.has_fin);
	ck_assert_int_eq(g.has_fin, _i % 2);
}
END_TEST

/* A guest on a bad link, with the virtual time in milliseconds. */
#define LINK_MAX 4096
#define TOTAL (1u << 20)
#define GUEST_WINDOW 200000
#define LATE_MS 5

struct flying {
	int64_t at_ms;		/* 0: free */
	bool to_guest;
	struct seg *seg;
	size_t offset, len;	/* from the guest: data */
	uint32_t ack;
	struct block sack[3];	/* bytes */
};

static struct flying in_link[LINK_MAX];
static unsigned int loss_permille, late_percent;
static int64_t now_ms;
static uint8_t have[TOTAL];		/* at the guest */
static size_t guest_next;		/* first byte that it misses */
static struct block recent[3];
static size_t una, next_out, dup_acks, at_host;
static int64_t rto_at_ms;
static uint32_t guest_isn;

static void put_in_link(struct flying f)
{
	int copies = rand() % 100 ? 1 : 2;

	if ((unsigned int)rand() % 1000 < loss_permille)
		copies = 0;
	for (int i = 0; i < copies; i++) {
		unsigned int n = 0;

		while (n < LINK_MAX && in_link[n].at_ms)
			n++;
		ck_assert_uint_lt(n, LINK_MAX);
		in_link[n] = f;
		in_link[n].at_ms = now_ms + 1;
		if ((unsigned int)rand() % 100 < late_percent)
			in_link[n].at_ms += rand() % LATE_MS;
		if (f.seg && i) {
			in_link[n].seg = malloc(sizeof(*f.seg) + f.seg->len);
			memcpy(in_link[n].seg, f.seg,
			       sizeof(*f.seg) + f.seg->len);
		}
	}
	if (!copies)
		free(f.seg);
}

static void guest_emits(size_t offset, size_t len)
{
	struct flying f = {
		.offset = offset, .len = len,
		.ack = first_seq + (uint32_t)guest_next,
	};

	memcpy(f.sack, recent, sizeof(recent));
	put_in_link(f);
}

static void note_block(size_t at)
{
	const uint8_t *gap = memrchr(have, 0, at);
	const uint8_t *end = memchr(have + at, 0, TOTAL - at);
	struct block b = {
		gap ? (unsigned int)(gap + 1 - have) : 0,
		end ? (unsigned int)(end - have) : TOTAL,
	};

	if (recent[0].first != b.first) {
		recent[2] = recent[1];
		recent[1] = recent[0];
	}
	recent[0] = b;
}

static void at_guest(struct seg *s)
{
	size_t off = s->h.seq - first_seq;
	size_t acked = s->h.ack - guest_isn;

	if (s->len) {
		ck_assert_uint_le(off + s->len, TOTAL);
		ck_assert_mem_eq(s->data, data + off, s->len);
		memset(have + off, 1, s->len);
	}
	while (guest_next < TOTAL && have[guest_next])
		guest_next++;
	if (s->len && off < TOTAL && off > guest_next)
		note_block(off);
	for (int i = 0; i < 3; i++)
		if (recent[i].first < guest_next)
			recent[i] = (struct block){ 0, 0 };
	if (acked > una && acked <= TOTAL) {
		una = acked;
		dup_acks = 0;
		rto_at_ms = now_ms + 200;
	} else if (acked == una && !s->len && ++dup_acks == 3) {
		guest_emits(una, MSS);
	}
	if (s->len)
		guest_emits(next_out, 0);
	free(s);
}

static void at_stack(const struct flying *f)
{
	uint8_t opt[28] = { 1, 1, 5, 2 };
	struct ul_wr w = ul_wr_new(opt + 4, 24);
	struct guest_seg s = {
		.seq = guest_isn + (uint32_t)f->offset, .ack = f->ack,
		.flags = UL_TCP_ACK, .window = GUEST_WINDOW >> 7,
		.data = data + f->offset, .len = f->len, .opt = opt,
	};

	for (int i = 0; i < 3; i++) {
		if (f->sack[i].first == f->sack[i].end)
			continue;
		ul_wr_u32(&w, first_seq + f->sack[i].first);
		ul_wr_u32(&w, first_seq + f->sack[i].end);
		opt[3] = (uint8_t)(2 + w.len);
	}
	s.opt_len = w.len ? 4 + w.len : 0;
	guest_put(&g, &s);
	ck_assert_uint_eq(g.events & ~(UL_CONN_DATA | UL_CONN_ROOM |
				       UL_CONN_ESTABLISHED), 0);
}

static void guest_sends(void)
{
	if (next_out > una && now_ms >= rto_at_ms) {
		guest_emits(una, MSS);
		rto_at_ms = now_ms + 200;
	}
	while (next_out < TOTAL && next_out - una < GUEST_WINDOW) {
		size_t n = TOTAL - next_out < MSS ? TOTAL - next_out : MSS;

		guest_emits(next_out, n);
		next_out += n;
	}
}

/* What stands for many is as many on the link. */
static void put_segments(struct seg *s)
{
	size_t at = 0;

	while (s->len - at > MSS) {
		struct seg *part = malloc(sizeof(*s) + MSS);

		*part = *s;
		part->h.seq += (uint32_t)at;
		part->len = MSS;
		memcpy(part->data, s->data + at, MSS);
		put_in_link((struct flying){ .seg = part });
		at += MSS;
	}
	memmove(s->data, s->data + at, s->len - at);
	s->h.seq += (uint32_t)at;
	s->len -= at;
	put_in_link((struct flying){ .seg = s });
}

static void one_ms(void)
{
	size_t n;

	now_ms++;
	now_us = now_ms * 1000;
	ul_stack_set_time(stack, now_us);
	for (unsigned int i = 0; i < LINK_MAX; i++) {
		struct flying f = in_link[i];

		if (!f.at_ms || f.at_ms > now_ms)
			continue;
		in_link[i].at_ms = 0;
		if (f.seg)
			at_guest(f.seg);
		else
			at_stack(&f);
	}
	guest_sends();
	n = host_receive(&g, got, DATA_MAX);
	ck_assert_mem_eq(got, data + at_host, n);
	at_host += n;
	ul_conn_settle(g.conn);
	if (now_ms % 50 == 0)
		tick(&g);
	for (struct seg *s; (s = wire_next(&wire)) != NULL;)
		put_segments(s);
}

START_TEST(all_arrives_over_a_bad_link)
{
	static const struct {
		unsigned int loss, late, bound_ms;
		bool with_sack, with_super;
	} link[] = {
		{ 0, 2, 1000, true, false }, { 1, 2, 1500, true, true },
		{ 10, 2, 2000, true, false }, { 50, 2, 6000, true, false },
		{ 50, 2, 6000, true, true }, { 50, 50, 6000, true, false },
		{ 50, 2, 12000, false, false }, { 100, 2, 30000, true, false },
		{ 100, 50, 30000, true, true }, { 0, 100, 2000, true, true },
		{ 20, 100, 12000, false, true }, { 200, 10, 60000, true, true },
	};
	size_t sent = 0;

	srand((unsigned int)_i);
	now_ms = 1000;
	wire.can_offload = link[_i].with_super;
	late_percent = link[_i].late;
	if (link[_i].with_sack)
		guest_open(&g, USUAL);
	else
		guest_open(&g, no_sack, sizeof(no_sack));
	first_seq = g.ack;
	guest_isn = g.seq;
	loss_permille = link[_i].loss;
	while (guest_next < TOTAL || at_host < TOTAL) {
		sent += host_send(&g, data + sent, TOTAL - sent);
		one_ms();
		ck_assert_int_lt(now_ms, 1000 + link[_i].bound_ms);
	}
	for (unsigned int i = 0; i < LINK_MAX; i++)
		if (in_link[i].at_ms)
			free(in_link[i].seg);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn_loss");
	TCase *tc = tcase_create("conn_loss");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, sacked_holes_are_resent_once);
	tcase_add_test(tc, many_holes_are_resent_once);
	tcase_add_test(tc, without_sack_partial_acks_resend);
	tcase_add_test(tc, silence_resends_the_last);
	tcase_add_loop_test(tc, timeout_begins_anew, 0, 2);
	tcase_add_test(tc, taken_back_sack_loses_nothing);
	tcase_add_loop_test(tc, progress_keeps_it_alive, 0, 2);
	tcase_add_loop_test(tc, resent_segment_is_not_extended, 0, 4);
	tcase_add_loop_test(tc, all_arrives_over_a_bad_link, 0, 12);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
