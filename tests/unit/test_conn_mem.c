/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn_mem.c - what a connection may pin, and that it comes back */
#include "fake/tcp_guest.h"
#include "harness.h"

#define FRAME (128u << 10)	/* what a frame's buffer occupies */
#define COMPACT (16u << 10)	/* what data is copied into, at a time */
#define DATA_MAX (8u << 20)

static struct wire wire;
static struct ul_stack *stack;
static struct ul_buf_pool *frames;
static struct guest g, other;
static uint8_t *data, *got;

/* With @pinned of a network and @conn of a connection. */
static void set_up(size_t pinned, size_t conn, size_t send)
{
	struct ul_stack_conf conf;

	wire_init(&wire);
	conf = wire_stack_conf(&wire);
	conf.mtu = 65520;
	conf.pinned_bytes_max = pinned;
	conf.conn_pinned_max = conn;
	conf.send_bytes_max = send;
	stack = ul_stack_new(&conf);
	ul_stack_set_time(stack, 1000000);
	frames = ul_buf_pool_new(FRAME, 256u << 20);
	guest_init(&g, stack, &wire, frames, true, 1000);
	guest_init(&other, stack, &wire, frames, false, 1001);
	data = malloc(DATA_MAX);
	got = malloc(DATA_MAX);
	stream_fill(data, 0, DATA_MAX);
}

static void setup(void)
{
	set_up(64u << 20, 8u << 20, 64u << 20);
}

static void teardown(void)
{
	guest_fini(&g);
	guest_fini(&other);
	wire_clear(&wire);
	ck_assert_uint_eq(ul_stack_pinned_bytes(stack), 0);
	ck_assert_uint_eq(ul_stack_send_bytes(stack), 0);
	ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	ul_stack_free(stack);
	ul_buf_pool_free(frames);
	free(data);
	free(got);
}

static void restart(size_t pinned, size_t conn, size_t send)
{
	teardown();
	set_up(pinned, conn, send);
}

static void open_guest(struct guest *guest)
{
	guest_open(guest, guest_usual_options, sizeof(guest_usual_options));
}

static void settle(struct guest *guest)
{
	ul_conn_settle(guest->conn);
	wire_clear(&wire);
}

START_TEST(small_pieces_are_compacted)
{
	static const size_t piece[] = { 1, 7, 100, 1460, 9000 };
	static const unsigned int batch[] = { 1, 64 };
	size_t len = piece[_i / 2], sent = 0;
	unsigned int n = 0;

	open_guest(&g);
	while (sent + len <= 20000 + 20 * len) {
		guest_send(&g, data + sent, len);
		sent += len;
		if (++n % batch[_i % 2])
			continue;
		settle(&g);
		ck_assert_uint_eq(ul_conn_unread(g.conn), sent);
		ck_assert_uint_le(ul_stack_pinned_bytes(stack),
				  2 * sent + COMPACT);
		ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	}
	settle(&g);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), sent);
	ck_assert_mem_eq(got, data, sent);
	ck_assert_uint_eq(ul_stack_pinned_bytes(stack), 0);
}
END_TEST

START_TEST(large_pieces_are_kept)
{
	size_t len = (size_t[]){ 32768, 40000, 65000 }[_i];

	open_guest(&g);
	for (int i = 0; i < 10; i++)
		guest_send(&g, data + (size_t)i * len, len);
	settle(&g);
	ck_assert_uint_eq(ul_buf_pool_in_use(frames), 10 * FRAME);
	ck_assert_uint_ge(ul_stack_pinned_bytes(stack), 10 * (FRAME - 100));
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), 10 * len);
	ck_assert_mem_eq(got, data, 10 * len);
	ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	ck_assert_uint_eq(ul_stack_pinned_bytes(stack), 0);
}
END_TEST

/* What the host took at once was never pinned beyond the batch. */
START_TEST(pieces_taken_at_once_cost_nothing)
{
	open_guest(&g);
	for (size_t at = 0; at < 1 << 20; at += 1024) {
		guest_send(&g, data + at, 1024);
		ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), 1024);
		ck_assert_mem_eq(got, data + at, 1024);
		settle(&g);
		ck_assert_uint_eq(ul_stack_pinned_bytes(stack), 0);
		ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	}
}
END_TEST

START_TEST(unowned_bytes_are_copied)
{
	struct guest_seg s;

	open_guest(&g);
	for (size_t at = 0; at < 100000; at += 1000) {
		s = (struct guest_seg){
			.seq = g.seq, .ack = g.ack, .flags = UL_TCP_ACK,
			.window = g.window, .data = data + at, .len = 1000,
			.is_unowned = true,
		};
		guest_put(&g, &s);
		g.seq += 1000;
	}
	settle(&g);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), 100000);
	ck_assert_mem_eq(got, data, 100000);
}
END_TEST

/* Partly taken pieces, in steps that fit nothing. */
START_TEST(partial_reads_keep_the_order)
{
	struct iovec iov[8];
	size_t sent = 0, taken = 0, bytes, n;

	srand((unsigned int)_i);
	open_guest(&g);
	while (sent < 2 << 20) {
		size_t len = (size_t)rand() % (rand() % 4 ? 3000 : 65000);

		if (!len)
			continue;
		guest_send(&g, data + sent, len);
		sent += len;
		if (rand() % 2)
			settle(&g);
		ul_conn_peek(g.conn, iov, 8, &bytes);
		n = (size_t)rand() % (bytes + 1);
		for (size_t i = 0, left = n; left; i++) {
			size_t part = left < iov[i].iov_len ? left :
							      iov[i].iov_len;

			ck_assert_mem_eq(iov[i].iov_base, data + taken, part);
			taken += part;
			left -= part;
		}
		ul_conn_consume(g.conn, n);
	}
	settle(&g);
	ck_assert_uint_eq(ul_conn_unread(g.conn), sent - taken);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), sent - taken);
	ck_assert_mem_eq(got, data + taken, sent - taken);
}
END_TEST

START_TEST(connection_over_budget_holds_back)
{
	size_t sent = 0, held, len = 40000;
	uint32_t seq;

	restart(64u << 20, 1u << 20, 64u << 20);
	open_guest(&g);
	ck_assert_uint_eq(host_send(&g, data, 1000), 1000);
	wire_clear(&wire);
	do {		/* kept while that fits, then copied, then refused */
		held = ul_conn_unread(g.conn);
		seq = g.seq;
		guest_send(&g, data + sent, len);
		sent += len;
		settle(&g);
		ck_assert_uint_le(ul_stack_pinned_bytes(stack),
				  (1u << 20) + FRAME + COMPACT);
		ck_assert_uint_lt(sent, 4u << 20);
	} while (ul_conn_unread(g.conn) > held);
	ck_assert_uint_ge(ul_stack_stats(stack)->over_pinned, 1);

	/* Its data is lost, its acknowledgement is not. */
	g.ack += 1000;
	g.seq = seq;
	ck_assert_uint_eq(guest_send(&g, data + held, len) & UL_CONN_ROOM,
			  UL_CONN_ROOM);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	ck_assert_uint_eq(ul_conn_unread(g.conn), held);

	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), held);
	ck_assert_mem_eq(got, data, held);
	settle(&g);
	ck_assert_uint_eq(ul_stack_pinned_bytes(stack), 0);
	g.seq = seq;
	guest_send(&g, data + held, len);
	ck_assert_uint_eq(host_receive(&g, got, DATA_MAX), len);
	ck_assert_mem_eq(got, data + held, len);
}
END_TEST

/* Is there a segment for @guest that carries a window of at least @bytes? */
static bool is_reminded(struct guest *guest, uint32_t bytes)
{
	bool is_there = false;
	struct seg *s;

	while ((s = wire_next(&wire)) != NULL) {
		is_there |= s->h.flags & UL_TCP_ACK &&
			    s->h.ack == guest->seq &&
			    (uint32_t)s->h.window << guest->scale >= bytes;
		free(s);
	}
	return is_there;
}

/*
 * What was left out would be sent again when the guest's own timer says so:
 * it is told as soon as there is room.
 */
START_TEST(guest_is_told_of_room_at_once)
{
	size_t sent = 0, held, len = 40000;
	uint32_t seq;

	restart(64u << 20, 1u << 20, 64u << 20);
	open_guest(&g);
	do {
		held = ul_conn_unread(g.conn);
		seq = g.seq;
		guest_send(&g, data + sent, len);
		sent += len;
		settle(&g);
	} while (ul_conn_unread(g.conn) > held);
	g.seq = seq;
	wire_clear(&wire);
	ck_assert(ul_conn_wants_tick(g.conn));
	ul_conn_tick(g.conn, 1);
	ck_assert(!is_reminded(&g, 1));		/* still over */
	ul_conn_consume(g.conn, ul_conn_unread(g.conn) / 2);
	ul_conn_tick(g.conn, 3);
	ck_assert(is_reminded(&g, len));
	ul_conn_tick(g.conn, 5);
	ck_assert(!is_reminded(&g, 1));		/* once */
	host_receive(&g, got, DATA_MAX);
}
END_TEST

static struct ul_budget generous(void)
{
	return (struct ul_budget){
		.pinned_max = SIZE_MAX, .pinned_fair = SIZE_MAX,
		.send_max = SIZE_MAX, .send_fair = SIZE_MAX,
	};
}

/* Fill until no more is taken; how much is unread. */
static size_t fill_up(struct guest *guest)
{
	size_t held, sent = 0, len = 40000;

	do {
		held = ul_conn_unread(guest->conn);
		guest_send(guest, data + sent, len);
		sent += len;
		settle(guest);
		ck_assert_uint_lt(sent, DATA_MAX - len);
	} while (ul_conn_unread(guest->conn) > held);
	return held;
}

START_TEST(one_guest_over_budget_is_alone_with_it)
{
	struct ul_budget a = generous(), b = generous();

	a.pinned_max = 1u << 20;
	open_guest(&g);
	open_guest(&other);
	ul_conn_set_budget(g.conn, &a);
	ul_conn_set_budget(other.conn, &b);
	fill_up(&g);
	ck_assert_uint_ge(a.over_pinned, 1);
	ck_assert_uint_ge(a.pinned, 900u << 10);
	ck_assert_uint_le(a.pinned, (1u << 20) + FRAME + COMPACT);
	ck_assert_uint_eq(a.pinned, ul_stack_pinned_bytes(stack));
	guest_send(&other, data, 40000);
	ck_assert_uint_eq(host_receive(&other, got, DATA_MAX), 40000);
	ck_assert_uint_eq(b.over_pinned, 0);

	ul_conn_set_budget(g.conn, &b);		/* the guest is known now */
	ck_assert_uint_eq(a.pinned, 0);
	ck_assert_uint_eq(b.pinned, ul_stack_pinned_bytes(stack));
	host_receive(&g, got, DATA_MAX);
	settle(&g);
	ck_assert_uint_eq(b.pinned, 0);
	guest_fini(&g);
	guest_fini(&other);
	g.conn = other.conn = NULL;
}
END_TEST

/* The network is over its budget: a guest below its part is not held back. */
START_TEST(network_over_budget_leaves_the_fair_part)
{
	struct ul_budget a = generous(), b = generous();
	size_t part = 512u << 10;

	restart(1u << 20, 8u << 20, 64u << 20);
	a.pinned_fair = b.pinned_fair = part;
	open_guest(&g);
	open_guest(&other);
	ul_conn_set_budget(g.conn, &a);
	ul_conn_set_budget(other.conn, &b);
	fill_up(&g);
	ck_assert_uint_gt(ul_stack_pinned_bytes(stack), 1u << 20);
	fill_up(&other);
	ck_assert_uint_ge(b.pinned, part - FRAME);
	ck_assert_uint_le(b.pinned, part + FRAME + COMPACT);
	guest_fini(&g);
	guest_fini(&other);
	ck_assert_uint_eq(a.pinned + b.pinned, 0);
	g.conn = other.conn = NULL;
}
END_TEST

/* What waits for a guest that does not read, of both kinds of limit. */
START_TEST(send_budget_is_of_each_guest)
{
	struct ul_budget a = generous(), b = generous();
	struct iovec iov[4];
	bool is_over;

	if (_i) {
		restart(64u << 20, 8u << 20, FRAME);
		a.send_fair = FRAME;
	} else {
		a.send_max = FRAME;
	}
	open_guest(&g);
	open_guest(&other);
	ul_conn_set_budget(g.conn, &a);
	ul_conn_set_budget(other.conn, &b);
	ck_assert_uint_gt(host_send(&g, data, 100000), 0);
	ck_assert_uint_eq(a.send, FRAME);
	host_send(&g, data, 100000);
	ck_assert_uint_eq(ul_conn_reserve(g.conn, iov, 4, 1000, &is_over), 0);
	ck_assert(is_over);
	ck_assert_uint_ge(a.over_send, 1);
	ck_assert_uint_eq(host_send(&other, data, 100000), 100000);
	ck_assert_uint_eq(b.over_send, 0);
	guest_fini(&g);
	guest_fini(&other);
	ck_assert_uint_eq(a.send + b.send, 0);
	g.conn = other.conn = NULL;
}
END_TEST

/* A segment of @g's that leaves a hole of @gap bytes. */
static void put_behind_hole(struct guest *guest, size_t gap, size_t len)
{
	struct guest_seg s = {
		.seq = guest->seq + (uint32_t)gap, .ack = guest->ack,
		.flags = UL_TCP_ACK, .window = guest->window,
		.data = data + gap, .len = len,
	};

	guest_put(guest, &s);
	settle(guest);
}

/* Nothing is unread, but what waits behind a hole is pinned all the same. */
START_TEST(out_of_order_data_is_in_the_budget)
{
	size_t max = 256u << 10;

	restart(max, 8u << 20, 64u << 20);
	open_guest(&g);
	open_guest(&other);
	for (size_t at = 1000; at < 2u << 20; at += 1000) {
		put_behind_hole(&g, at, 1000);
		put_behind_hole(&other, at, 1000);
		ck_assert_uint_le(ul_stack_pinned_bytes(stack), max + 4000);
	}
	/* What comes next in order is taken, and what waited follows. */
	guest_send(&other, data, 1000);
	ck_assert_uint_gt(ul_conn_unread(other.conn), 1000);
	host_receive(&other, got, DATA_MAX);
	settle(&other);
	guest_send(&g, data, 1000);
	ck_assert_uint_gt(ul_conn_unread(g.conn), 1000);
}
END_TEST

START_TEST(network_over_budget_closes_windows_until_there_is_room)
{
	size_t sent = 0;
	struct seg *s;
	uint32_t right_edge;

	restart(512u << 10, 8u << 20, 64u << 20);
	open_guest(&g);
	open_guest(&other);
	guest_send(&other, data, 50000);
	while (ul_stack_pinned_bytes(stack) <= 512u << 10) {
		guest_send(&g, data + sent, 30000);
		sent += 30000;
		settle(&g);
	}
	ck_assert_uint_eq(host_receive(&other, got, DATA_MAX), 50000);
	ul_conn_settle(other.conn);
	s = guest_take(&other);
	right_edge = s->h.ack + ((uint32_t)s->h.window << other.scale);
	free(s);
	ck_assert(ul_conn_wants_tick(other.conn));

	host_receive(&g, got, DATA_MAX);
	settle(&g);
	ck_assert_uint_eq(ul_stack_pinned_bytes(stack), 0);
	ul_conn_tick(other.conn, 1);
	ck_assert(!ul_conn_wants_tick(other.conn));
	wire_clear(&wire);
	guest_send(&other, data, 100);
	ul_conn_settle(other.conn);
	s = guest_take(&other);
	ck_assert_uint_gt(s->h.ack + ((uint32_t)s->h.window << other.scale),
			  right_edge + 40000);
	free(s);
}
END_TEST

START_TEST(data_for_guests_is_in_a_budget)
{
	struct iovec iov[4];
	bool over_budget;
	size_t sent;

	restart(64u << 20, 8u << 20, 256u << 10);
	open_guest(&g);
	open_guest(&other);
	sent = host_send(&g, data, 240u << 10);
	ck_assert_uint_eq(sent, 240u << 10);
	wire_clear(&wire);
	ck_assert_uint_eq(ul_conn_reserve(other.conn, iov, 4, 100000,
					  &over_budget), 0);
	ck_assert(over_budget);
	ck_assert_uint_eq(ul_stack_stats(stack)->over_send, 1);
	g.ack += 240u << 10;
	guest_ack(&g);
	ck_assert_uint_eq(ul_conn_unacked(g.conn), 0);
	ck_assert_uint_eq(ul_stack_send_bytes(stack), 0);
	ck_assert_uint_ge(ul_conn_reserve(other.conn, iov, 4, 100000,
					  &over_budget), 1);
	ul_conn_commit(other.conn, 0);
	ck_assert_uint_eq(ul_stack_send_bytes(stack), 0);
}
END_TEST

/* Freed in the middle of everything: teardown() looks. */
START_TEST(freeing_gives_all_back)
{
	open_guest(&g);
	open_guest(&other);
	for (size_t at = 0; at < 100000; at += 10000) {
		guest_send(&g, data + at, 10000);
		settle(&g);
	}
	guest_send(&g, data, 65000);		/* not settled */
	put_behind_hole(&g, 100, 1000);
	guest_send(&g, data, 65000);
	host_send(&g, data, 300000);
	wire.is_full = true;
	host_send(&other, data, 300000);
	if (_i == 1)
		ul_conn_abort(g.conn);
	if (_i == 2)
		ul_conn_shutdown(g.conn);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn_mem");
	TCase *tc = tcase_create("conn_mem");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, small_pieces_are_compacted, 0, 10);
	tcase_add_loop_test(tc, large_pieces_are_kept, 0, 3);
	tcase_add_test(tc, pieces_taken_at_once_cost_nothing);
	tcase_add_test(tc, unowned_bytes_are_copied);
	tcase_add_loop_test(tc, partial_reads_keep_the_order, 0, 5);
	tcase_add_test(tc, guest_is_told_of_room_at_once);
	tcase_add_test(tc, one_guest_over_budget_is_alone_with_it);
	tcase_add_test(tc, network_over_budget_leaves_the_fair_part);
	tcase_add_loop_test(tc, send_budget_is_of_each_guest, 0, 2);
	tcase_add_test(tc, connection_over_budget_holds_back);
	tcase_add_test(tc, out_of_order_data_is_in_the_budget);
	tcase_add_test(tc,
		       network_over_budget_closes_windows_until_there_is_room);
	tcase_add_test(tc, data_for_guests_is_in_a_budget);
	tcase_add_loop_test(tc, freeing_gives_all_back, 0, 3);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
