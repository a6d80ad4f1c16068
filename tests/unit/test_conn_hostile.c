/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn_hostile.c - what no guest's segment may bring about in lwIP */
#include "fake/tcp_guest.h"
#include "harness.h"

static struct wire wire;
static struct ul_stack *stack;
static struct ul_buf_pool *frames;
static struct guest g;
static uint8_t bytes[1 << 16];
static const uint8_t no_scale[4] = { 2, 4, 1460 >> 8, 1460 & 0xff };

static void setup(void)
{
	wire_init(&wire);
	stack = wire_stack_new(&wire);
	frames = ul_buf_pool_new(128u << 10, 64u << 20);
	guest_init(&g, stack, &wire, frames, true, 1000);
	stream_fill(bytes, 0, sizeof(bytes));
}

static void teardown(void)
{
	guest_fini(&g);
	wire_clear(&wire);
	ck_assert_uint_eq(ul_stack_pinned_bytes(stack), 0);
	ck_assert_uint_eq(ul_stack_send_bytes(stack), 0);
	ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	ul_stack_free(stack);
	ul_buf_pool_free(frames);
}

/* A window of 65535 of which all but @left bytes are used up. */
static void open_and_leave(size_t left)
{
	size_t len = 65535 - left;

	guest_open(&g, no_scale, sizeof(no_scale));
	while (len) {
		size_t n = len < 1400 ? len : 1400;

		guest_send(&g, bytes, n);
		ul_conn_settle(g.conn);
		len -= n;
	}
	wire_clear(&wire);
}

static unsigned int put_at(uint32_t off, uint8_t flags, size_t len)
{
	struct guest_seg s = {
		.seq = g.seq + off, .ack = g.ack, .window = g.window,
		.flags = UL_TCP_ACK | flags, .data = bytes, .len = len,
	};
	unsigned int events = guest_put(&g, &s);

	ul_conn_settle(g.conn);
	return events;
}

/* Out of order, and longer than the window: lwIP asserted when it fitted. */
START_TEST(data_behind_the_window_is_cut_off)
{
	static const uint16_t len[] = { 1, 49, 50, 51, 200, 1400 };

	open_and_leave(100);
	put_at(50, 0, len[_i]);
	put_at(0, 0, 50);
	ck_assert_uint_le(ul_conn_unread(g.conn), 65535);
	ck_assert_uint_ge(ul_conn_unread(g.conn), 65535 - 50);
}
END_TEST

/* A FIN that waits behind a hole takes part of the window when it is moved. */
START_TEST(fin_behind_a_hole_fits_the_window)
{
	open_and_leave(100);
	put_at((uint32_t)_i, UL_TCP_FIN, 0);
	put_at(0, 0, 100);
	put_at(0, 0, 99);
	ck_assert_uint_le(ul_conn_unread(g.conn), 65535);
}
END_TEST

START_TEST(fin_merged_behind_a_hole_fits_the_window)
{
	open_and_leave(100);
	put_at(99, UL_TCP_FIN, 0);
	put_at(90, 0, 10);
	put_at(80, 0, 19);
	put_at(10, 0, 90);
	put_at(0, 0, 10);
	ck_assert_uint_le(ul_conn_unread(g.conn), 65535);
}
END_TEST

START_TEST(byte_behind_the_window_is_answered)
{
	struct seg *s;

	open_and_leave((size_t)_i);
	put_at(0, 0, 10);
	s = guest_take(&g);
	ck_assert_uint_eq(s->h.ack, g.seq + (uint32_t)_i - 1);
	free(s);
	ck_assert_uint_eq(wire.count, 0);
}
END_TEST

static uint32_t pick(uint32_t n)
{
	return (uint32_t)rand() % n;
}

/* Offsets and lengths where something happens: at both edges of the window. */
static uint32_t near_an_edge(uint32_t window)
{
	static const int32_t delta[] = { -1400, -100, -2, -1, 0, 1, 2, 99 };
	uint32_t base = pick(2) ? 0 : pick(2) ? window : pick(200);

	return base + (uint32_t)delta[pick(8)];
}

static void put_anything(void)
{
	static const uint8_t flags[] = {
		0, 0, 0, UL_TCP_FIN, UL_TCP_FIN, UL_TCP_SYN, UL_TCP_PSH,
		UL_TCP_URG,
	};
	static const uint8_t opt[] = {
		2, 4, 0, 1, 1, 3, 3, 14, 1, 1, 5, 10, 0, 0, 0, 0, 255, 255,
		255, 255,
	};
	static const size_t lens[] = { 0, 0, 1, 2, 10, 99, 100, 1400 };
	struct guest_seg s = {
		.seq = g.seq + near_an_edge(pick(2) ? 100 : 65535),
		.ack = g.ack + near_an_edge(2000),
		.flags = (uint8_t)((pick(8) ? UL_TCP_ACK : 0) |
				   flags[pick(8)]),
		.window = (uint16_t)(pick(2) ? pick(3) : pick(65536)),
		.data = bytes, .len = lens[pick(8)],
		.opt = opt, .opt_len = pick(4) ? 0 : pick(6) * 4,
	};

	guest_put(&g, &s);
}

/* Whatever it does, lwIP does not assert and no memory stays. */
START_TEST(any_segments_are_survived)
{
	static uint8_t got[1 << 20];
	int64_t now = 1000000;

	srand((unsigned int)_i);
	open_and_leave(100);
	for (uint32_t i = 0; i < 3000; i++) {
		put_anything();
		if (pick(3) == 0)
			ul_conn_settle(g.conn);
		if (pick(40) == 0)
			host_receive(&g, got, sizeof(got));
		if (pick(10) == 0)
			host_send(&g, bytes, 1 + pick(6000));
		if (pick(500) == 0)
			ul_conn_shutdown(g.conn);
		wire.is_full = pick(5) == 0;
		if (pick(5) == 0)
			ul_conn_resume(g.conn);
		if (pick(3) == 0) {
			now += UL_CONN_TICK_US;
			ul_stack_set_time(stack, now);
			ul_conn_tick(g.conn, (uint32_t)(now / UL_CONN_TICK_US));
		}
		wire_clear(&wire);
	}
	wire.is_full = false;
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn_hostile");
	TCase *tc = tcase_create("conn_hostile");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, data_behind_the_window_is_cut_off, 0, 6);
	tcase_add_loop_test(tc, fin_behind_a_hole_fits_the_window, 95, 102);
	tcase_add_test(tc, fin_merged_behind_a_hole_fits_the_window);
	tcase_add_loop_test(tc, byte_behind_the_window_is_answered, 0, 3);
	tcase_add_loop_test(tc, any_segments_are_survived, 0, 40);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
