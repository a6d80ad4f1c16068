/* SPDX-License-Identifier: BSD-3-Clause */
/* test_stream_nap.c - how often a guest's socket is looked at */
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "link/stream.h"

#define NAP_US 200
#define FRAME 60000

static int64_t now;
static struct ul_loop *loop;
static struct ul_port *port;
static int peer;
static unsigned int frames, detached;

static int64_t fake_clock(void *arg)
{
	return now;
}

static void on_frame(struct ul_port *p, struct ul_frame *f, void *arg)
{
	frames++;
}

static void on_event(struct ul_port *p, void *arg)
{
}

static void on_detached(struct ul_port *p, void *arg)
{
	detached++;
}

static const struct ul_port_handler handler = {
	.frame = on_frame, .batch_end = on_event, .has_room = on_event,
	.detached = on_detached,
};

static void setup(void)
{
	int fd[2];

	now = 1000000;
	frames = detached = 0;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    fd), 0);
	port = ul_stream_new(loop, fd[0], &handler, NULL);
	peer = fd[1];
}

static void teardown(void)
{
	ul_port_free(port);
	ul_loop_free(loop);
	close(peer);
}

static void pass(int64_t us)
{
	now += us;
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

static void put(size_t len)
{
	static uint8_t wire[4 + FRAME];

	for (int i = 0; i < 4; i++)
		wire[i] = (uint8_t)(len >> (24 - 8 * i));
	ck_assert_int_eq(write(peer, wire, 4 + len), (ssize_t)(4 + len));
}

/* @count frames of @len bytes, @us apart; how many were there at once. */
static unsigned int send_apart(int count, size_t len, int64_t us)
{
	unsigned int before = frames, at_once = 0;

	for (int i = 0; i < count; i++) {
		put(len);
		pass(us);
		at_once += frames != before;
		before = frames;
	}
	return at_once;
}

/* Too slow to gain by it, or so fast that there is no need. */
START_TEST(nothing_waits_at_other_rates)
{
	static const struct { size_t len; int64_t us; } cases[] = {
		{ 60, 50 }, { 1514, 16 }, { FRAME, 650 }, { FRAME, 140 },
	};

	ck_assert_uint_eq(send_apart(200, cases[_i].len, cases[_i].us), 200);
}
END_TEST

START_TEST(steady_frames_are_gathered)
{
	send_apart(40, FRAME, 300);
	pass(NAP_US);
	pass(NAP_US);		/* nothing came: it is watched again */
	put(FRAME);
	pass(1);
	ck_assert_uint_eq(frames, 41);
	put(FRAME);
	put(60);
	pass(1);
	ck_assert_uint_eq(frames, 41);
	pass(NAP_US);
	ck_assert_uint_eq(frames, 43);
	/* A pause, and nothing waits. */
	pass(NAP_US);
	ck_assert_uint_eq(send_apart(50, 60, 2000), 50);
	ck_assert_uint_eq(frames, 93);
}
END_TEST

/* What a guest sent before it went is read, even in a nap. */
START_TEST(last_frames_are_read)
{
	send_apart(40, FRAME, 300);
	pass(NAP_US);
	pass(NAP_US);
	put(FRAME);
	pass(1);
	put(FRAME);
	put(60);
	shutdown(peer, SHUT_RDWR);
	for (int i = 0; i < 3; i++)
		pass(NAP_US);
	ck_assert_uint_eq(frames, 43);
	ck_assert_uint_eq(detached, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("stream_nap");
	TCase *tc = tcase_create("stream_nap");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, nothing_waits_at_other_rates, 0, 4);
	tcase_add_test(tc, steady_frames_are_gathered);
	tcase_add_test(tc, last_frames_are_read);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
