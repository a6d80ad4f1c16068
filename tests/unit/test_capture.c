/* SPDX-License-Identifier: BSD-3-Clause */
/* test_capture.c - a capture into files and pipes, and every way it ends */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness.h"
#include "link/capture.h"

#define FILE_CAP (8u << 20)
#define SECOND 1000000ll

static struct ul_loop *loop;
static int64_t now_us;
static struct ul_capture *capture;
static uint8_t *file;		/* all that was read */
static size_t file_len;

/* What a file has, counted by check_file(). */
static unsigned int interfaces, packets, statistics;
static uint32_t last_interface, last_direction, last_cap_len;
static uint64_t dropped;

static uint8_t filling[UL_FRAME_MAX];

static int64_t fake_clock(void *arg)
{
	return now_us;
}

static void setup(void)
{
	now_us = SECOND;
	for (size_t i = 0; i < sizeof(filling); i++)
		filling[i] = (uint8_t)(i * 7 + i / 251);
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ul_loop_turn(loop, 0);
	file = malloc(FILE_CAP);
	file_len = 0;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static void teardown(void)
{
	ul_capture_free(capture);
	ul_loop_free(loop);
	free(file);
}

static void start(int fd, uint32_t snap_len, uint64_t count)
{
	struct ul_capture_conf conf = {
		.loop = loop, .snap_len = snap_len, .count = count,
		.application = "test",
	};

	capture = ul_capture_new(&conf, fd);
}

static int temp_file(void)
{
	char path[] = "/tmp/test-capture-XXXXXX";
	int fd = mkstemp(path);

	unlink(path);
	return fd;
}

static void frame(const char *name, size_t len)
{
	struct ul_piece piece[] = {
		{ filling, len / 3, NULL },
		{ filling + len / 3, len - len / 3, NULL },
	};

	ul_capture_frame(capture, name, UL_PCAPNG_OUTBOUND, piece, 2);
}

static void drain(int fd)
{
	ssize_t n;

	while ((n = read(fd, file + file_len, FILE_CAP - file_len)) > 0)
		file_len += (size_t)n;
}

static void read_file(int fd)
{
	lseek(fd, 0, SEEK_SET);
	file_len = 0;
	drain(fd);
}

static uint32_t u32_at(size_t at)
{
	const uint8_t *p = file + at;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void check_packet(size_t at, size_t len)
{
	packets++;
	last_interface = u32_at(at + 8);
	ck_assert_uint_lt(last_interface, interfaces);
	last_cap_len = u32_at(at + 20);
	last_direction = u32_at(at + len - 12);
	ck_assert_mem_eq(file + at + 28, filling, last_cap_len);
}

/* Whole blocks, from the first byte to the last. */
static void check_file(void)
{
	interfaces = packets = statistics = 0;
	dropped = 0;
	for (size_t at = 0, len; at < file_len; at += len) {
		ck_assert_uint_ge(file_len - at, 12);
		len = u32_at(at + 4);
		ck_assert_uint_le(len, file_len - at);
		ck_assert_uint_eq(u32_at(at + len - 4), len);
		ck_assert_int_eq(!at, u32_at(at) == 0x0a0d0d0a);
		interfaces += u32_at(at) == 1;
		if (u32_at(at) == 6)
			check_packet(at, len);
		if (u32_at(at) == 5) {
			statistics++;
			dropped += u32_at(at + 40);
		}
	}
}

START_TEST(each_name_is_an_interface)
{
	int fd = temp_file();

	start(dup(fd), 0, 0);
	frame("web", 60);
	frame("db", 1514);
	frame("web", 61);
	ul_capture_end(capture, "stopped");
	frame("db", 60);		/* too late */
	read_file(fd);
	check_file();
	ck_assert_uint_eq(interfaces, 2);
	ck_assert_uint_eq(packets, 3);
	ck_assert_uint_eq(statistics, 2);
	ck_assert_uint_eq(last_interface, 0);
	ck_assert_uint_eq(last_cap_len, 61);
	ck_assert_uint_eq(last_direction, UL_PCAPNG_OUTBOUND);
	ck_assert_str_eq(ul_capture_why_ended(capture), "stopped");
	ck_assert_uint_eq(ul_capture_stats(capture).bytes, 60 + 1514 + 61);
	close(fd);
}
END_TEST

START_TEST(a_snapshot_is_the_start_of_a_frame)
{
	int fd = temp_file();

	start(dup(fd), (uint32_t)_i, 2);
	frame("web", 100);
	ck_assert_ptr_null(ul_capture_why_ended(capture));
	frame("web", 100);
	ck_assert_ptr_nonnull(ul_capture_why_ended(capture));
	frame("web", 100);
	read_file(fd);
	check_file();
	ck_assert_uint_eq(packets, 2);
	ck_assert_uint_eq(last_cap_len, _i < 100 ? _i : 100);
	close(fd);
}
END_TEST

/* A pipe that nobody reads: bounded, counted, and whole in the end. */
START_TEST(a_slow_reader_loses_whole_frames)
{
	struct ul_capture_stats s;
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	start(fds[1], 0, 0);
	for (int i = 0; i < 4000; i++)
		frame("web", 1000);
	s = ul_capture_stats(capture);
	ck_assert_uint_gt(s.left_out, 2000);
	ck_assert_uint_gt(s.frames, 1000);
	ck_assert_uint_eq(s.left_out + s.frames, 4000);
	drain(fds[0]);
	ul_capture_end(capture, "stopped");
	for (int i = 0; i < 100; i++) {
		now_us += SECOND / 20;
		ul_loop_turn(loop, 0);
		drain(fds[0]);
	}
	check_file();
	ck_assert_uint_eq(packets, s.frames);
	ck_assert_uint_eq(statistics, 1);
	ck_assert_uint_eq(dropped, s.left_out);
	ck_assert_int_eq(read(fds[0], file, 1), 0);	/* it is closed */
	close(fds[0]);
}
END_TEST

/* The last frames before a silence come without another frame's help. */
START_TEST(what_waits_is_written_by_the_clock)
{
	size_t before;
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	start(fds[1], 0, 0);
	for (int i = 0; i < 100; i++)
		frame("web", 1000);
	drain(fds[0]);
	before = file_len;
	now_us += SECOND;
	ul_loop_turn(loop, 0);
	drain(fds[0]);
	ck_assert_uint_gt(file_len, before);
	check_file();
	ck_assert_uint_eq(packets, 100);
	close(fds[0]);
}
END_TEST

/* Whoever does not read at the end is not waited for. */
START_TEST(a_reader_that_sleeps_is_left)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	start(fds[1], 0, 0);
	for (int i = 0; i < 100; i++)
		frame("web", 1000);
	ul_capture_end(capture, "stopped");
	for (int i = 0; i < 120; i++) {
		now_us += SECOND / 20;
		ul_loop_turn(loop, 0);
	}
	drain(fds[0]);
	ck_assert_int_eq(read(fds[0], file, 1), 0);
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
	close(fds[0]);
}
END_TEST

START_TEST(a_reader_that_goes_ends_it)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	start(fds[1], 0, 0);
	frame("web", 100);
	close(fds[0]);
	frame("web", 100);
	ck_assert_str_eq(ul_capture_why_ended(capture), "the reader is gone");
	ck_assert_uint_eq(ul_capture_stats(capture).frames, 1);
	frame("web", 100);
}
END_TEST

/* A file that may not grow ends behind a whole frame, and with it all. */
START_TEST(a_full_disk_ends_it)
{
	struct rlimit had, low;
	int fd = temp_file();

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &had), 0);
	low = (struct rlimit){ 5000, had.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &low), 0);
	start(dup(fd), 0, 0);
	for (int i = 0; i < 10; i++)
		frame("web", 1000);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &had), 0);
	ck_assert_str_eq(ul_capture_why_ended(capture),
			 "the file may not grow further");
	read_file(fd);
	check_file();
	ck_assert_uint_eq(packets, 4);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("capture");
	TCase *tc = tcase_create("capture");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_name_is_an_interface);
	tcase_add_loop_test(tc, a_snapshot_is_the_start_of_a_frame, 99, 102);
	tcase_add_test(tc, a_slow_reader_loses_whole_frames);
	tcase_add_test(tc, what_waits_is_written_by_the_clock);
	tcase_add_test(tc, a_reader_that_sleeps_is_left);
	tcase_add_test(tc, a_reader_that_goes_ends_it);
	tcase_add_test(tc, a_full_disk_ends_it);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
