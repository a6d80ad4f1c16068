/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_tap.c - a port on a tap; a datagram socket pair plays the device
 *
 * It has what the port relies on: one frame per read() and writev().
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "link/tap.h"

struct seen {
	unsigned int frames;
	size_t last_len;
	uint8_t last_byte;
	int detached, has_room, batches;
	struct ul_buf *keep[64];	/* of the first frames, when asked */
	unsigned int keep_count;
};

static int64_t now;
static struct ul_loop *loop;
static struct ul_port *port;
static struct seen seen;
static int device;

static int64_t fake_clock(void *arg)
{
	return now;
}

static void on_frame(struct ul_port *p, struct ul_frame *f, void *arg)
{
	seen.last_len = f->len;
	seen.last_byte = f->data[f->len - 1];
	if (seen.frames < seen.keep_count)
		seen.keep[seen.frames] = ul_buf_ref(f->buf);
	seen.frames++;
}

static void on_batch_end(struct ul_port *p, void *arg)
{
	seen.batches++;
}

static void on_has_room(struct ul_port *p, void *arg)
{
	seen.has_room++;
}

static void on_detached(struct ul_port *p, void *arg)
{
	seen.detached++;
}

static const struct ul_port_handler handler = {
	.frame = on_frame,
	.batch_end = on_batch_end,
	.has_room = on_has_room,
	.detached = on_detached,
};

static void turn(void)
{
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

static void open_port(int type, uint16_t mtu)
{
	int size = 8 << 20;
	int fd[2];

	seen = (struct seen){ 0 };
	now = 1;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fd), 0);
	device = fd[1];
	setsockopt(device, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	port = ul_tap_new(loop, fd[0], mtu, &handler, NULL);
	ck_assert_ptr_nonnull(port);
	ck_assert(port->is_attached);
}

static void set_up(void)
{
	open_port(SOCK_SEQPACKET, 1500);
}

static void tear_down(void)
{
	ul_port_free(port);
	ul_loop_free(loop);
	close(device);
}

static int device_write(size_t len, uint8_t last)
{
	static uint8_t frame[128 << 10];

	frame[len - 1] = last;
	return write(device, frame, len) == (ssize_t)len ? 0 : -errno;
}

START_TEST(frames_come_in_one_by_one)
{
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(device_write(60 + (size_t)i, (uint8_t)i), 0);
		turn();
		ck_assert_uint_eq(seen.frames, (unsigned int)i + 1);
		ck_assert_uint_eq(seen.last_len, 60 + (size_t)i);
		ck_assert_uint_eq(seen.last_byte, (uint8_t)i);
	}
	ck_assert_uint_eq(port->stats.rx_frames, 100);
}
END_TEST

START_TEST(turn_reads_64_frames_at_most)
{
	int n = 0;

	while (n < 150 && device_write(60, 1) == 0)
		n++;
	ck_assert_int_gt(n, 64);
	turn();
	ck_assert_uint_eq(seen.frames, 64);
	ck_assert_int_eq(seen.batches, 1);
	for (int i = 0; i < 4; i++)
		turn();
	ck_assert_uint_eq(seen.frames, (unsigned int)n);
}
END_TEST

/* The longest frame of an MTU, VLAN tag included, comes in whole. */
START_TEST(buffers_fit_the_mtu)
{
	static const uint16_t mtu[] = { 68, 576, 1500, 2006, 9000, 65520 };

	tear_down();
	open_port(SOCK_SEQPACKET, mtu[_i]);
	ck_assert_int_eq(device_write(mtu[_i] + 18u, 9), 0);
	turn();
	ck_assert_uint_eq(seen.last_len, mtu[_i] + 18u);
	ck_assert_uint_eq(seen.last_byte, 9);
	ck_assert_uint_eq(port->stats.rx_bad, 0);
}
END_TEST

START_TEST(cut_frame_is_dropped)
{
	ck_assert_int_eq(device_write(4000, 9), 0);
	ck_assert_int_eq(device_write(60, 1), 0);
	turn();
	ck_assert_uint_eq(seen.frames, 1);
	ck_assert_uint_eq(seen.last_len, 60);
	ck_assert_uint_eq(port->stats.rx_bad, 1);
}
END_TEST

START_TEST(kept_frames_are_not_overwritten)
{
	seen.keep_count = 64;
	for (int i = 0; i < 64; i++) {
		ck_assert_int_eq(device_write(60, (uint8_t)i), 0);
		turn();
	}
	ck_assert_int_eq(device_write(60, 0xff), 0);
	turn();
	for (int i = 0; i < 64; i++) {
		ck_assert_uint_eq(seen.keep[i]->data[59], i);
		ul_buf_unref(seen.keep[i]);
	}
}
END_TEST

static int send_frame(size_t len, uint8_t first)
{
	static uint8_t body[2000];
	uint8_t head[14] = { first };
	struct ul_piece piece[] = {
		{ head, sizeof(head), NULL }, { body, len - 14, NULL },
	};

	return ul_port_send(port, piece, 2, NULL);
}

START_TEST(frames_go_out_one_by_one)
{
	uint8_t frame[200];

	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(send_frame(60 + (size_t)i, (uint8_t)i), 0);
	ck_assert_int_eq(read(device, frame, sizeof(frame)), -1);
	turn();
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(read(device, frame, sizeof(frame)), 60 + i);
		ck_assert_uint_eq(frame[0], i);
	}
	ck_assert_uint_eq(port->stats.tx_frames, 10);
	ck_assert_uint_eq(port->stats.tx_bytes, 645);
}
END_TEST

START_TEST(stalled_device_gets_all_that_was_taken)
{
	uint8_t frame[200];
	unsigned int n = 0, got = 0;

	while (send_frame(60, (uint8_t)n) == 0) {
		if (++n % 32 == 0)
			turn();
	}
	ck_assert_uint_ge(n, 1024);
	ck_assert_uint_eq(port->stats.tx_refused, 1);
	turn();
	ck_assert_int_eq(seen.has_room, 0);
	for (int idle = 0; idle < 10; idle++) {
		while (read(device, frame, sizeof(frame)) == 60) {
			ck_assert_uint_eq(frame[0], (uint8_t)got);
			got++;
			idle = 0;
		}
		turn();
	}
	ck_assert_uint_eq(got, n);
	ck_assert_int_eq(seen.has_room, 1);
}
END_TEST

START_TEST(dead_device_detaches)
{
	ck_assert_int_eq(shutdown(device, SHUT_RDWR), 0);
	turn();
	turn();
	ck_assert_int_eq(seen.detached, 1);
	ck_assert(!port->is_attached);
	ck_assert_int_eq(send_frame(60, 0), -ENOTCONN);
}
END_TEST

START_TEST(port_is_freed_with_a_backlog)
{
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(send_frame(60, 0), 0);
	ck_assert_int_eq(device_write(60, 1), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tap");
	TCase *tc = tcase_create("tap");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, frames_come_in_one_by_one);
	tcase_add_test(tc, turn_reads_64_frames_at_most);
	tcase_add_loop_test(tc, buffers_fit_the_mtu, 0, 6);
	tcase_add_test(tc, cut_frame_is_dropped);
	tcase_add_test(tc, kept_frames_are_not_overwritten);
	tcase_add_test(tc, frames_go_out_one_by_one);
	tcase_add_test(tc, stalled_device_gets_all_that_was_taken);
	tcase_add_test(tc, dead_device_detaches);
	tcase_add_test(tc, port_is_freed_with_a_backlog);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
