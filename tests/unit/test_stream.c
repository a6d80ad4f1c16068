/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_stream.c - a port on a stream socket; the test plays QEMU
 *
 * Frame number i has a length and bytes that follow from i: no copies are kept.
 */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"
#include "harness.h"
#include "link/stream.h"

#define KEPT_MAX 1024
#define KEEP_ALL_MAX 300	/* of 128 KiB each: below the pool's 512 */

enum keep {
	KEEP_NONE,
	KEEP_SOME,
	KEEP_ALL,
};

struct kept {
	struct ul_buf *buf;
	const uint8_t *data;
	size_t len;
	unsigned int number;
};

struct seen {
	enum keep keep;
	unsigned int frames;
	size_t (*len_of)(unsigned int number);
	int attached, detached, has_room, batches;
	int guests, guests_max;
	bool keeps_gone;		/* a port that is over stays for a look */
	bool storms;			/* the switch says so of each frame */
	struct ul_port_stats gone_stats;
	struct kept kept[KEPT_MAX];
	unsigned int kept_count, kept_max;
};

static int64_t now;
static struct ul_loop *loop;
static struct ul_listener *listener;
static struct ul_port *port;		/* the last that attached */
static GPtrArray *gone;
static struct ul_defer bury;
static struct seen seen;
static struct sockaddr_un name;
static socklen_t name_len;

static int64_t fake_clock(void *arg)
{
	return now;
}

static uint8_t byte_of(unsigned int number, size_t i)
{
	return (uint8_t)(number * 31 + i + (i >> 8) * 3);
}

static size_t small_len(unsigned int number)
{
	static const size_t len[] = { 1, 60, 1514, 3, 14 };

	return len[number % 5];
}

static size_t mixed_len(unsigned int number)
{
	static const size_t len[] = { 60, 1514, 65534, 14, UL_FRAME_MAX, 1,
				      65534, 65534, 9014, 16380, 20000 };

	return len[number % 11];
}

static size_t large_len(unsigned int number)
{
	return 65534;
}

static void check_bytes(const uint8_t *data, size_t len, unsigned int number)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] != byte_of(number, i))
			ck_abort_msg("frame %u differs at %zu", number, i);
}

static void put_bytes(uint8_t *data, size_t len, unsigned int number)
{
	for (size_t i = 0; i < len; i++)
		data[i] = byte_of(number, i);
}

static void release_kept(void)
{
	for (unsigned int i = 0; i < seen.kept_count; i++) {
		const struct kept *k = &seen.kept[i];

		check_bytes(k->data, k->len, k->number);
		ul_buf_unref(k->buf);
	}
	seen.kept_count = 0;
}

static void on_frame(struct ul_port *p, struct ul_frame *f, void *arg)
{
	ck_assert_uint_eq(f->len, seen.len_of(seen.frames));
	check_bytes(f->data, f->len, seen.frames);
	if (seen.keep == KEEP_ALL ||
	    (seen.keep == KEEP_SOME && seen.frames % 7 == 3)) {
		if (seen.kept_count == seen.kept_max)
			release_kept();
		seen.kept[seen.kept_count++] = (struct kept){
			ul_buf_ref(f->buf), f->data, f->len, seen.frames,
		};
	} else {
		memset(f->data, 0xee, f->len);	/* it is ours to write to */
	}
	p->has_stormed = seen.storms;
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

/* As an owner does it: at the end of the turn. */
static void bury_gone(void *arg)
{
	g_ptr_array_set_size(gone, 0);
}

static void on_detached(struct ul_port *p, void *arg)
{
	ck_assert(!p->is_attached);
	ck_assert(!p->is_stalled);
	seen.detached++;
	seen.guests--;
	seen.gone_stats = p->stats;
	if (seen.keeps_gone)
		return;
	if (p == port)
		port = NULL;
	g_ptr_array_add(gone, p);
	ul_defer_schedule(loop, &bury);
}

static const struct ul_port_handler handler = {
	.frame = on_frame,
	.batch_end = on_batch_end,
	.has_room = on_has_room,
	.detached = on_detached,
};

static bool may_attach(const char **why, void *arg)
{
	ck_assert_ptr_eq(arg, &seen);
	*why = "the test says no";
	return seen.guests < seen.guests_max;
}

static void on_attached(struct ul_port *take_port, void *arg)
{
	ck_assert(take_port->is_attached);
	ul_port_set_handler(take_port, &handler, arg);
	seen.attached++;
	seen.guests++;
	port = take_port;
}

static const struct ul_listener_handler listener_handler = {
	.may_attach = may_attach,
	.attached = on_attached,
};

static void turn(void)
{
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

static void set_up(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ul_log_set_level(UL_LOG_ERROR);
	seen = (struct seen){
		.len_of = small_len, .kept_max = KEPT_MAX, .guests_max = 1,
	};
	port = NULL;
	gone = g_ptr_array_new_with_free_func((GDestroyNotify)ul_port_free);
	ul_defer_init(&bury, UL_DEFER_FLUSH, bury_gone, NULL);
	loop = ul_loop_new();
	now = 1;
	ul_loop_set_clock(loop, fake_clock, NULL);
	name = (struct sockaddr_un){ .sun_family = AF_UNIX };
	/* No path: the kernel picks an abstract name. */
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&name,
			      offsetof(struct sockaddr_un, sun_path)), 0);
	name_len = sizeof(name);
	getsockname(fd, (struct sockaddr *)&name, &name_len);
	ck_assert_int_eq(listen(fd, 5), 0);
	listener = ul_stream_listener_new(loop, fd, NULL, &listener_handler,
					  &seen);
	ck_assert_ptr_nonnull(listener);
}

static void tear_down(void)
{
	ul_listener_free(listener);
	ul_port_free(port);
	ul_defer_cancel(loop, &bury);
	g_ptr_array_free(gone, true);
	release_kept();
	ul_loop_free(loop);
}

static int guest_connect(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&name, name_len), 0);
	return fd;
}

static int guest_attach(void)
{
	int before = seen.attached;
	int fd = guest_connect();

	turn();
	ck_assert_int_eq(seen.attached, before + 1);
	return fd;
}

/* All of it, with turns of the loop where the socket is full. */
static void guest_write(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			turn();
			continue;
		}
		data += n;
		len -= (size_t)n;
	}
}

/* Frames @first to @first + @count - 1 on the wire; malloc'ed. */
static uint8_t *encode(size_t (*len_of)(unsigned int), unsigned int first,
		       unsigned int count, size_t *len)
{
	uint8_t *out, *p;

	*len = 0;
	for (unsigned int i = first; i < first + count; i++)
		*len += 4 + len_of(i);
	p = out = malloc(*len);
	for (unsigned int i = first; i < first + count; i++) {
		size_t n = len_of(i);

		*p++ = 0;
		*p++ = (uint8_t)(n >> 16);
		*p++ = (uint8_t)(n >> 8);
		*p++ = (uint8_t)n;
		put_bytes(p, n, i);
		p += n;
	}
	return out;
}

static void settle(void)
{
	for (int i = 0; i < 20; i++)
		turn();
}

/* ---- from the guest ---- */

START_TEST(frames_split_at_every_byte)
{
	int fd = guest_attach();
	size_t len;
	uint8_t *wire = encode(small_len, 0, 5, &len);

	for (size_t cut = 1; cut < len; cut++) {
		seen.frames = 0;
		guest_write(fd, wire, cut);
		turn();
		guest_write(fd, wire + cut, len - cut);
		turn();
		ck_assert_uint_eq(seen.frames, 5);
	}
	ck_assert_uint_eq(port->stats.rx_frames, 5 * (len - 1));
	ck_assert_uint_eq(port->stats.rx_bytes, (len - 20) * (len - 1));
	free(wire);
	close(fd);
}
END_TEST

/*
 * Frames of all sizes in chunks of all sizes, kept by nobody, by some or by
 * all: nothing is lost, and nothing kept is overwritten.
 */
START_TEST(long_streams_arrive_whole)
{
	static size_t (*const len_of[])(unsigned int) = {
		small_len, mixed_len, large_len,
	};
	int fd = guest_attach();
	uint32_t rnd = 1;
	uint8_t *wire;
	size_t len;

	seen.len_of = len_of[_i % 3];
	seen.keep = _i / 3;
	seen.kept_max = seen.keep == KEEP_SOME ? 50 : KEEP_ALL_MAX;
	wire = encode(seen.len_of, 0, 600, &len);
	for (size_t at = 0; at < len; ) {
		size_t n;

		rnd = rnd * 1664525 + 1013904223;
		n = (rnd >> 8) % (rnd & 1 ? 300000 : 3000) + 1;
		n = n < len - at ? n : len - at;
		guest_write(fd, wire + at, n);
		at += n;
		if (rnd >> 30 == 0)
			turn();
	}
	free(wire);
	settle();
	ck_assert_uint_eq(seen.frames, 600);
	ck_assert_int_gt(seen.batches, 0);
	ck_assert_int_eq(seen.detached, 0);
	close(fd);
}
END_TEST

/* A flood is read in portions: one turn takes no more than its budget. */
START_TEST(turn_has_a_budget)
{
	int size = 1 << 20;
	int fd = guest_attach();
	size_t len, n = 0;
	uint8_t *wire = encode(small_len, 0, 2000, &len);
	uint64_t before;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	while (n < len) {
		ssize_t ret = send(fd, wire + n, len - n, 0);

		if (ret < 0)
			break;
		n += (size_t)ret;
	}
	do {
		before = port->stats.rx_bytes;
		turn();
		ck_assert_uint_le(port->stats.rx_bytes - before, 400 << 10);
	} while (port->stats.rx_bytes != before);
	ck_assert_uint_gt(seen.frames, 0);
	free(wire);
	close(fd);
}
END_TEST

START_TEST(malformed_framing_drops_the_guest)
{
	static const uint8_t bad[][4] = {
		{ 0, 0, 0, 0 },
		{ 0, 1, 0x10, 1 },	/* 69633 */
		{ 0xff, 0xff, 0xff, 0xff },
	};
	int fd = guest_attach();
	size_t len;
	uint8_t *wire = encode(small_len, 0, 3, &len);
	uint8_t byte;

	guest_write(fd, wire, len);
	guest_write(fd, bad[_i], 4);
	turn();
	ck_assert_uint_eq(seen.frames, 3);
	ck_assert_int_eq(seen.detached, 1);
	ck_assert_uint_eq(seen.gone_stats.rx_bad, 1);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
	close(fd);
	fd = guest_attach();
	seen.frames = 0;
	guest_write(fd, wire, len);
	turn();
	ck_assert_uint_eq(seen.frames, 3);
	free(wire);
	close(fd);
}
END_TEST

START_TEST(half_frame_dies_with_its_guest)
{
	size_t len;
	uint8_t *wire = encode(small_len, 0, 5, &len);
	int fd;

	for (size_t cut = 0; cut < len; cut += 13) {
		fd = guest_attach();
		seen.frames = 0;
		guest_write(fd, wire, cut);
		if (cut & 1)
			turn();
		close(fd);
		settle();
		ck_assert_int_eq(seen.detached, seen.attached);
	}
	fd = guest_attach();
	seen.frames = 0;
	guest_write(fd, wire, len);
	turn();
	ck_assert_uint_eq(seen.frames, 5);
	free(wire);
	close(fd);
}
END_TEST

/*
 * After some quiet seconds no timer runs, and the port still knows the half
 * of a frame that it has read.
 */
START_TEST(quiet_port_forgets_nothing)
{
	int fd = guest_attach();
	size_t len;
	uint8_t *wire = encode(small_len, 0, 5, &len);
	size_t cut = _i ? 100 : len;

	guest_write(fd, wire, cut);
	turn();
	for (int i = 0; i < 3; i++) {
		now += 2000000;
		turn();
	}
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
	guest_write(fd, wire + cut, len - cut);
	turn();
	ck_assert_uint_eq(seen.frames, 5);
	free(wire);
	close(fd);
}
END_TEST

/* 64 MiB are pinned: reading pauses, and goes on when buffers come back. */
START_TEST(used_up_pool_pauses_reading)
{
	int fd = guest_attach();
	struct pollfd pfd = { .fd = ul_loop_fd(loop), .events = POLLIN };
	unsigned int n = 0;
	size_t len;

	seen.keep = KEEP_ALL;
	seen.len_of = large_len;
	for (bool is_stalled = false; !is_stalled; n++) {
		uint8_t *wire = encode(large_len, n, 1, &len);
		unsigned int tries = 0;
		size_t at = 0;

		while (at < len && tries < 100) {
			ssize_t ret = send(fd, wire + at, len - at, 0);

			at += ret > 0 ? (size_t)ret : 0;
			tries = ret > 0 ? 0 : tries + 1;
			turn();
		}
		free(wire);
		is_stalled = at < len;
	}
	ck_assert_uint_gt(seen.frames, 400);
	ck_assert_uint_le(seen.frames, 1024);
	ck_assert_int_eq(poll(&pfd, 1, 0), 0);	/* no busy waiting */
	if (_i) {
		/* Nor when the guest hangs up now. */
		close(fd);
		turn();
		ck_assert_int_eq(seen.detached, 1);
		ck_assert_int_eq(poll(&pfd, 1, 0), 0);
		return;
	}
	n = seen.frames;
	release_kept();
	seen.keep = KEEP_NONE;
	now += 10000;
	settle();
	ck_assert_uint_gt(seen.frames, n);
	ck_assert_int_eq(seen.detached, 0);
	close(fd);
}
END_TEST

/* Who floods too much is read a buffer at a time, with rests between. */
START_TEST(a_storm_is_read_slowly)
{
	int fd = guest_attach();
	struct pollfd pfd = { .fd = ul_loop_fd(loop), .events = POLLIN };
	size_t len, more_len;
	uint8_t *wire = encode(small_len, 0, 100, &len);
	uint8_t *more = encode(small_len, 100, 100, &more_len);

	seen.storms = true;
	guest_write(fd, wire, len);
	turn();
	ck_assert_uint_eq(seen.frames, 100);
	guest_write(fd, more, more_len);
	now += 19000;
	turn();
	ck_assert_uint_eq(seen.frames, 100);
	ck_assert_int_eq(poll(&pfd, 1, 0), 0);	/* no busy waiting */
	seen.storms = false;
	now += 1000;
	settle();
	ck_assert_uint_eq(seen.frames, 200);
	free(wire);
	free(more);
	close(fd);
}
END_TEST

/* ---- to the guest ---- */

static struct ul_buf_pool *tx_pool;
static struct ul_buf *tx_buf;

static void set_up_tx(void)
{
	set_up();
	tx_pool = ul_buf_pool_new(128u << 10, 128u << 10);
	tx_buf = ul_buf_get(tx_pool);
	put_bytes(tx_buf->data, tx_buf->cap, 0);
}

static void tear_down_tx(void)
{
	tear_down();
	ck_assert_uint_eq(tx_buf->refs, 1);
	ul_buf_unref(tx_buf);
	ul_buf_pool_free(tx_pool);
}

/* Frame @number: a copied header of 14 bytes, the rest by reference. */
static int send_frame(unsigned int number)
{
	uint8_t head[14] = { (uint8_t)(number >> 8), (uint8_t)number };
	size_t len = mixed_len(number);
	struct ul_piece piece[] = {
		{ head, len < 14 ? len : 14, NULL },
		{ tx_buf->data, len < 14 ? 0 : len - 14, tx_buf },
	};

	return ul_port_send(port, piece, len <= 14 ? 1 : 2,
			    NULL);
}

/* Check @wire, which starts with frame 0. The number of whole frames. */
static unsigned int check_wire(const uint8_t *wire, size_t len)
{
	unsigned int number = 0;

	while (len >= 4) {
		size_t n = (size_t)wire[1] << 16 | wire[2] << 8 | wire[3];

		ck_assert_uint_eq(wire[0], 0);
		ck_assert_uint_eq(n, mixed_len(number));
		if (len < 4 + n)
			break;
		ck_assert_uint_eq(wire[4], number >> 8);
		if (n > 14)
			check_bytes(wire + 18, n - 14, 0);
		wire += 4 + n;
		len -= 4 + n;
		number++;
	}
	return number;
}

START_TEST(port_that_is_over_says_so)
{
	int fd = guest_attach();

	seen.keeps_gone = true;
	ck_assert_int_eq(send_frame(0), 0);
	close(fd);
	settle();
	ck_assert_int_eq(send_frame(0), -ENOTCONN);
}
END_TEST

START_TEST(slow_reader_gets_every_byte)
{
	static uint8_t wire[64 << 20];
	int fd = guest_attach();
	unsigned int number = 0;
	uint32_t rnd = 3;
	size_t len = 0;
	int idle = 0;

	while (idle < 100) {
		ssize_t n;

		while (number < 700 && send_frame(number) == 0)
			number++;
		turn();
		rnd = rnd * 1664525 + 1013904223;
		n = recv(fd, wire + len, (rnd >> 8) % 200001 + 1, 0);
		len += n > 0 ? (size_t)n : 0;
		idle = n > 0 ? 0 : idle + 1;
	}
	ck_assert_uint_eq(number, 700);
	ck_assert_uint_eq(check_wire(wire, len), 700);
	ck_assert_uint_eq(port->stats.tx_frames, 700);
	ck_assert_uint_eq(port->stats.tx_bytes, len - 4 * 700);
	close(fd);
}
END_TEST

START_TEST(full_queue_tells_when_there_is_room)
{
	static uint8_t wire[16 << 20];
	int fd = guest_attach();
	unsigned int number = 0;
	size_t len = 0;

	while (send_frame(number) == 0) {
		number++;
		if (number % 16 == 0)
			turn();
	}
	ck_assert_uint_gt(number, 50);
	ck_assert(port->is_stalled);
	ck_assert_int_eq(send_frame(number), -ENOBUFS);
	ck_assert_uint_eq(port->stats.tx_refused, 2);
	settle();
	ck_assert_int_eq(seen.has_room, 0);
	for (int idle = 0; idle < 100; idle++) {
		ssize_t n = recv(fd, wire + len, 1 << 20, 0);

		if (n > 0) {
			len += (size_t)n;
			idle = 0;
		}
		turn();
	}
	ck_assert_int_eq(seen.has_room, 1);
	ck_assert(!port->is_stalled);
	ck_assert_uint_eq(check_wire(wire, len), number);
	ck_assert_int_eq(send_frame(0), 0);
	close(fd);
}
END_TEST

/* The queue dies with its guest; the next one starts with a whole frame. */
START_TEST(half_written_frame_is_not_for_the_next_guest)
{
	static uint8_t wire[1 << 20];
	unsigned int number = 0;
	int fd = guest_attach();
	ssize_t n;

	while (send_frame(number) == 0) {
		number++;
		turn();
	}
	ck_assert_uint_gt(tx_buf->refs, 1);
	n = recv(fd, wire, 100, 0);
	ck_assert_int_eq(n, 100);
	close(fd);
	settle();
	ck_assert_int_eq(seen.detached, 1);
	ck_assert_uint_eq(tx_buf->refs, 1);
	fd = guest_attach();
	ck_assert_int_eq(send_frame(0), 0);
	ck_assert_int_eq(send_frame(1), 0);
	turn();
	n = recv(fd, wire, sizeof(wire), 0);
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(check_wire(wire, (size_t)n), 2);
	ck_assert_int_eq(seen.has_room, 0);
	close(fd);
}
END_TEST

START_TEST(port_is_freed_with_a_backlog)
{
	int fd = guest_attach(), first;

	for (unsigned int i = 0; send_frame(i) == 0; i++)
		;
	if (_i)
		turn();
	ul_port_free(port);
	port = NULL;
	ck_assert_int_eq(recv(fd, &first, sizeof(first), 0), sizeof(first));
	close(fd);
}
END_TEST

START_TEST(inherited_descriptor_is_a_port)
{
	size_t len;
	uint8_t *wire = encode(small_len, 0, 5, &len);
	int fd[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	port = ul_stream_new(loop, fd[0], &handler, &seen);
	ck_assert(port->is_attached);
	seen.keeps_gone = true;
	guest_write(fd[1], wire, len);
	ck_assert_int_eq(send_frame(0), 0);
	turn();
	ck_assert_uint_eq(seen.frames, 5);
	ck_assert_int_eq(recv(fd[1], wire, 64, MSG_DONTWAIT), 64);
	close(fd[1]);
	turn();
	ck_assert_int_eq(seen.detached, 1);
	ck_assert_int_eq(send_frame(0), -ENOTCONN);
	free(wire);
}
END_TEST

static void add_rx_tests(Suite *s)
{
	TCase *tc = tcase_create("rx");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, frames_split_at_every_byte);
	tcase_add_loop_test(tc, long_streams_arrive_whole, 0, 9);
	tcase_add_test(tc, turn_has_a_budget);
	tcase_add_loop_test(tc, malformed_framing_drops_the_guest, 0, 3);
	tcase_add_test(tc, half_frame_dies_with_its_guest);
	tcase_add_loop_test(tc, quiet_port_forgets_nothing, 0, 2);
	tcase_add_loop_test(tc, used_up_pool_pauses_reading, 0, 2);
	tcase_add_test(tc, a_storm_is_read_slowly);
	suite_add_tcase(s, tc);
}

static void add_tx_tests(Suite *s)
{
	TCase *tc = tcase_create("tx");

	tcase_add_checked_fixture(tc, set_up_tx, tear_down_tx);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, port_that_is_over_says_so);
	tcase_add_test(tc, slow_reader_gets_every_byte);
	tcase_add_test(tc, full_queue_tells_when_there_is_room);
	tcase_add_test(tc, half_written_frame_is_not_for_the_next_guest);
	tcase_add_loop_test(tc, port_is_freed_with_a_backlog, 0, 2);
	tcase_add_test(tc, inherited_descriptor_is_a_port);
	suite_add_tcase(s, tc);
}

int main(void)
{
	Suite *s = suite_create("stream");

	add_rx_tests(s);
	add_tx_tests(s);
	return run_suite(s);
}
