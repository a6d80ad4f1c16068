/* SPDX-License-Identifier: BSD-3-Clause */
/* test_foreign_fd.c - closing what somebody else opened */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/foreign_fd.h"
#include "harness.h"

#define LINGER_S 5

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* A connection whose other end, *@other, does not read what is queued. */
static int clogged(int *other)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct linger linger = { .l_onoff = 1, .l_linger = LINGER_S };
	socklen_t len = sizeof(sin);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char bytes[65536] = { 0 };

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&sin, &len),
			 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, len), 0);
	*other = accept(listener, NULL, NULL);
	close(listener);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, bytes, sizeof(bytes)) > 0)
		continue;
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger,
				    sizeof(linger)), 0);
	return fd;
}

START_TEST(what_lingers_is_not_waited_for)
{
	int other, fd = clogged(&other);
	double start = now_s();

	ul_foreign_fd_close(fd);
	ck_assert(now_s() - start < LINGER_S / 2.0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	close(other);
}
END_TEST

START_TEST(what_is_no_socket_is_closed)
{
	int fd = open("/dev/null", O_RDONLY);

	ul_foreign_fd_close(fd);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("foreign_fd");
	TCase *tc = tcase_create("close");

	tcase_add_test(tc, what_lingers_is_not_waited_for);
	tcase_add_test(tc, what_is_no_socket_is_closed);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
