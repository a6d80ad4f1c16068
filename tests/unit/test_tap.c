/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_tap.c - a port on a tap; a datagram socket pair plays the device
 *
 * It has what the port relies on: one frame per read() and writev().
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake/super_frame.h"
#include "harness.h"
#include "link/tap.h"
#include "wire/vnet.h"

struct seen {
	unsigned int frames;
	size_t last_len;
	uint8_t last_byte;
	struct ul_offload last;
	size_t last_pinned;
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
	seen.last = f->offload;
	seen.last_pinned = f->buf->cap;
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

static void open_vnet_port(int type, uint16_t mtu, size_t vnet_hlen)
{
	struct ul_tap_offload offload = { .vnet_hlen = vnet_hlen };
	int size = 8 << 20;
	int fd[2];

	seen = (struct seen){ 0 };
	now = 1;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fd), 0);
	device = fd[1];
	setsockopt(device, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	port = vnet_hlen ?
	       ul_tap_new_vnet(loop, fd[0], mtu, &offload, &handler, NULL) :
	       ul_tap_new(loop, fd[0], mtu, &handler, NULL);
	ck_assert_ptr_nonnull(port);
	ck_assert_int_eq(port->can_offload, vnet_hlen != 0);
	ck_assert(port->is_attached);
}

static void open_port(int type, uint16_t mtu)
{
	open_vnet_port(type, mtu, 0);
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

/* Frames that the next turn finds. */
static unsigned int found(void)
{
	unsigned int before = seen.frames;

	turn();
	return seen.frames - before;
}

/* After a row of single ones a second is looked for now and then only. */
START_TEST(frames_that_come_alone_are_read_alone)
{
	unsigned int turns = 0;

	for (int i = 0; i < 8; i++) {
		device_write(60, 1);
		ck_assert_uint_eq(found(), 1);
	}
	for (int i = 0; i < 3; i++)
		device_write(60, 1);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(found(), 1);
	ck_assert_uint_eq(found(), 0);
	do {
		for (int i = 0; i < 3; i++)
			device_write(60, 1);
		turns++;
	} while (found() == 1);
	ck_assert_uint_lt(turns, 10);
	ck_assert_uint_gt(seen.frames, 8 + 3 + turns);
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

/* Virtio's header and the frame, as the device has them. */
static void device_write_super(const struct super_frame *s, uint8_t type)
{
	static uint8_t frame[128 << 10];
	struct ul_wr w = ul_wr_new(frame, sizeof(frame));
	struct ul_vnet h = { .offload = s->offload };

	ul_vnet_emit(&w, &h, UL_VNET_HLEN);
	frame[1] = type;
	ul_wr_bytes(&w, s->frame, s->len);
	ck_assert_int_eq(write(device, frame, w.len), (ssize_t)w.len);
}

START_TEST(super_frames_come_in_whole)
{
	struct super_frame s;

	tear_down();
	open_vnet_port(SOCK_SEQPACKET, 1500, UL_VNET_HLEN);
	super_frame_make(&s, &super_kinds[_i]);
	device_write_super(&s, s.is_tcp ? s.is_v6 ? 4 : 1 : 5);
	turn();
	ck_assert_uint_eq(seen.frames, 1);
	ck_assert_uint_eq(seen.last_len, s.len);
	ck_assert_int_eq(seen.last.csum, UL_CSUM_PARTIAL);
	ck_assert_uint_eq(seen.last.csum_start, s.offload.csum_start);
	ck_assert_uint_eq(seen.last.csum_offset, s.offload.csum_offset);
	ck_assert_uint_eq(seen.last.gso_size, s.offload.gso_size);
}
END_TEST

/* Of a kind that the frame is not, or with a sum that starts elsewhere. */
START_TEST(lies_are_dropped_and_counted)
{
	struct super_frame s;

	tear_down();
	open_vnet_port(SOCK_SEQPACKET, 1500, UL_VNET_HLEN);
	super_frame_make(&s, &super_kinds[0]);
	device_write_super(&s, 4);
	device_write_super(&s, 5);
	device_write_super(&s, 3);
	s.offload.csum_start++;
	device_write_super(&s, 1);
	s.offload.gso_size = 0;
	s.offload.csum_start = 65500;
	device_write_super(&s, 0);
	ck_assert_int_eq(device_write(7, 0), 0);
	ck_assert_int_eq(device_write(UL_VNET_HLEN, 0), 0);
	turn();
	ck_assert_uint_eq(seen.frames, 0);
	ck_assert_uint_eq(port->stats.rx_bad, 7);
}
END_TEST

START_TEST(small_frames_pin_little)
{
	tear_down();
	open_vnet_port(SOCK_SEQPACKET, 65520, _i ? UL_VNET_HLEN : 0);
	ck_assert_int_eq(device_write(1514, 7), 0);
	turn();
	ck_assert_uint_eq(seen.last_byte, 7);
	ck_assert_uint_le(seen.last_pinned, 2048);
	ck_assert_int_eq(device_write(9000, 8), 0);
	turn();
	ck_assert_uint_eq(seen.last_byte, 8);
	ck_assert_uint_ge(seen.last_pinned, 65536);
}
END_TEST

START_TEST(super_frames_go_out_whole)
{
	static uint8_t got[UL_FRAME_MAX];
	struct super_frame s;
	struct ul_piece piece = { 0 };
	struct ul_buf_pool *pool = ul_buf_pool_new(128 << 10, 1 << 20);
	struct ul_vnet h;
	struct ul_rd r;

	tear_down();
	open_vnet_port(SOCK_SEQPACKET, 1500, UL_VNET_HLEN);
	super_frame_make(&s, &super_kinds[_i]);
	piece.buf = ul_buf_get(pool);
	memcpy(piece.buf->data, s.frame, s.len);
	piece.data = piece.buf->data;
	piece.len = s.len;
	ck_assert_int_eq(ul_port_send(port, &piece, 1, &s.offload), 0);
	turn();
	r = ul_rd_new(got, (size_t)read(device, got, sizeof(got)));
	ck_assert_int_eq(ul_vnet_parse(&h, &r, UL_VNET_HLEN), 0);
	if (s.is_tcp) {
		ck_assert_int_eq(h.gso, s.is_v6 ? UL_VNET_GSO_TCP6 :
						  UL_VNET_GSO_TCP4);
		ck_assert(h.has_cwr);
		ck_assert_uint_eq(h.hdr_len, s.hdr_len);
		ck_assert_uint_eq(h.offload.gso_size, s.offload.gso_size);
		ck_assert_uint_eq(r.left, s.len);
		ck_assert_mem_eq(r.p, s.frame, s.len);
	} else {	/* it has no USO: segments */
		ck_assert_int_eq(h.gso, UL_VNET_GSO_NONE);
		ck_assert_uint_eq(r.left, s.hdr_len + s.offload.gso_size);
	}
	s.offload.csum_start = 1;
	ck_assert_int_eq(ul_port_send(port, &piece, 1, &s.offload), -EBADMSG);
	ul_buf_unref(piece.buf);
	ul_buf_pool_free(pool);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tap");
	TCase *tc = tcase_create("tap");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, frames_come_in_one_by_one);
	tcase_add_test(tc, frames_that_come_alone_are_read_alone);
	tcase_add_test(tc, turn_reads_64_frames_at_most);
	tcase_add_loop_test(tc, buffers_fit_the_mtu, 0, 6);
	tcase_add_test(tc, cut_frame_is_dropped);
	tcase_add_test(tc, kept_frames_are_not_overwritten);
	tcase_add_test(tc, frames_go_out_one_by_one);
	tcase_add_test(tc, stalled_device_gets_all_that_was_taken);
	tcase_add_test(tc, dead_device_detaches);
	tcase_add_test(tc, port_is_freed_with_a_backlog);
	tcase_add_loop_test(tc, super_frames_come_in_whole, 0, SUPER_KINDS);
	tcase_add_test(tc, lies_are_dropped_and_counted);
	tcase_add_loop_test(tc, small_frames_pin_little, 0, 2);
	tcase_add_loop_test(tc, super_frames_go_out_whole, 0, SUPER_KINDS);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
