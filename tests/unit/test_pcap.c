/* SPDX-License-Identifier: BSD-3-Clause */
/* test_pcap.c - the capture file, and what happens when it cannot grow */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "harness.h"
#include "link/pcap.h"

#define FILE_HLEN 24
#define RECORD_HLEN 16

static char dir[] = "/tmp/test-pcap-XXXXXX";
static char path[64];

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/capture", dir);
	ul_log_set_fd(open("/dev/null", O_WRONLY));
}

static void tear_down(void)
{
	unlink(path);
	rmdir(dir);
}

static void write_frame(struct ul_pcap *pcap, uint8_t fill, size_t len)
{
	static uint8_t bytes[UL_FRAME_MAX];
	struct ul_piece piece[] = {
		{ bytes, len / 3, NULL },
		{ bytes + len / 3, len - len / 3, NULL },
	};

	memset(bytes, fill, len);
	ul_pcap_write(pcap, piece, 2);
}

/*
 * Walk the records of @file: each has @len bytes, of one value each. The
 * number of whole records; *@rest is what is left behind the last.
 */
static unsigned int check_records(const uint8_t *file, size_t file_len,
				  size_t len, size_t *rest)
{
	unsigned int n = 0;
	uint32_t u32[4];

	ck_assert_uint_ge(file_len, FILE_HLEN);
	memcpy(u32, file, 4);
	ck_assert_uint_eq(u32[0], 0xa1b23c4d);
	memcpy(u32, file + 16, 8);
	ck_assert_uint_eq(u32[0], UL_FRAME_MAX);
	ck_assert_uint_eq(u32[1], 1);	/* Ethernet */
	file += FILE_HLEN;
	file_len -= FILE_HLEN;
	while (file_len >= RECORD_HLEN + len) {
		memcpy(u32, file, sizeof(u32));
		ck_assert_uint_gt(u32[0], 1600000000);
		ck_assert_uint_lt(u32[1], 1000000000);
		ck_assert_uint_eq(u32[2], len);
		ck_assert_uint_eq(u32[3], len);
		ck_assert(!memcmp(file + RECORD_HLEN, file + RECORD_HLEN + 1,
				  len - 1));
		file += RECORD_HLEN + len;
		file_len -= RECORD_HLEN + len;
		n++;
	}
	*rest = file_len;
	return n;
}

static size_t read_file(uint8_t *out, size_t cap)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, out, cap);

	close(fd);
	ck_assert_int_ge(n, 0);
	return (size_t)n;
}

START_TEST(records_are_seen_at_once)
{
	struct ul_pcap *pcap = ul_pcap_open(path);
	uint8_t file[4096];
	struct stat st;
	size_t rest;

	ck_assert_ptr_nonnull(pcap);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	for (unsigned int i = 0; i < 10; i++) {
		ck_assert_uint_eq(check_records(file, read_file(file, 4096),
						100, &rest), i);
		ck_assert_uint_eq(rest, 0);
		write_frame(pcap, (uint8_t)i, 100);
	}
	ul_pcap_free(pcap);
}
END_TEST

START_TEST(path_that_cannot_be_is_told)
{
	ck_assert_ptr_null(ul_pcap_open("/nowhere/at/all"));
	ck_assert_int_eq(errno, ENOENT);
	ul_pcap_free(NULL);
}
END_TEST

/* A limit on the size plays the full disk. */
START_TEST(full_disk_ends_the_capture_with_a_whole_record)
{
	struct rlimit old, limit;
	uint8_t file[4096];
	struct ul_pcap *pcap;
	size_t rest;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = (struct rlimit){ 1000, old.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	pcap = ul_pcap_open(path);
	ck_assert_ptr_nonnull(pcap);
	for (int i = 0; i < 30; i++)
		write_frame(pcap, 'x', 100);
	ul_pcap_free(pcap);
	setrlimit(RLIMIT_FSIZE, &old);
	ck_assert_uint_eq(check_records(file, read_file(file, sizeof(file)),
					100, &rest), 8);
	ck_assert_uint_eq(rest, 0);
}
END_TEST

static size_t drain(int fd, uint8_t *out, size_t cap)
{
	size_t len = 0;
	ssize_t n;

	while (len < cap && (n = read(fd, out + len, cap - len)) > 0)
		len += (size_t)n;
	return len;
}

/* A pipe that nobody reads: no blocking, bounded, whole records come out. */
START_TEST(slow_reader_of_a_pipe_misses_whole_frames)
{
	static uint8_t out[8 << 20];
	struct ul_pcap *pcap;
	unsigned int n;
	size_t len, rest;
	int fd;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	pcap = ul_pcap_open(path);
	ck_assert_ptr_nonnull(pcap);
	for (int i = 0; i < 3000; i++)
		write_frame(pcap, (uint8_t)i, 1500);
	len = drain(fd, out, 100000);
	for (int i = 0; i < 200; i++) {
		write_frame(pcap, (uint8_t)i, 1500);
		len += drain(fd, out + len, sizeof(out) - len);
	}
	ul_pcap_free(pcap);
	len += drain(fd, out + len, sizeof(out) - len);
	n = check_records(out, len, 1500, &rest);
	ck_assert_uint_eq(rest, 0);
	ck_assert_uint_gt(n, 700);
	ck_assert_uint_lt(n, 1200);
	close(fd);
}
END_TEST

START_TEST(reader_that_leaves_ends_the_capture)
{
	struct ul_pcap *pcap;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_ptr_null(ul_pcap_open(path));
	fd = open(path, O_RDONLY | O_NONBLOCK);
	pcap = ul_pcap_open(path);
	close(fd);
	write_frame(pcap, 1, 100);
	write_frame(pcap, 1, 100);
	ul_pcap_free(pcap);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pcap");
	TCase *tc = tcase_create("pcap");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, records_are_seen_at_once);
	tcase_add_test(tc, path_that_cannot_be_is_told);
	tcase_add_test(tc, full_disk_ends_the_capture_with_a_whole_record);
	tcase_add_test(tc, slow_reader_of_a_pipe_misses_whole_frames);
	tcase_add_test(tc, reader_that_leaves_ends_the_capture);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
