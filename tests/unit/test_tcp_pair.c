/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tcp_pair.c - a TCP connection with oneself */
#include "sys/tcp_pair.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

START_TEST(each_end_is_the_others_peer)
{
	struct sockaddr_in own, peer;
	socklen_t len = sizeof(own);
	int fd[2];

	ck_assert_int_eq(ul_tcp_pair(fd), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(getsockname(fd[i], (struct sockaddr *)&own,
					     &len), 0);
		ck_assert_int_eq(getpeername(fd[!i], (struct sockaddr *)&peer,
					     &len), 0);
		ck_assert_uint_eq(own.sin_port, peer.sin_port);
		ck_assert_uint_eq(ntohl(peer.sin_addr.s_addr),
				  INADDR_LOOPBACK);
		ck_assert_int_ne(fcntl(fd[i], F_GETFD) & FD_CLOEXEC, 0);
		ck_assert_int_eq(fcntl(fd[i], F_GETFL) & O_NONBLOCK, 0);
	}
	close(fd[0]);
	close(fd[1]);
}
END_TEST

START_TEST(bytes_and_ends_pass_both_ways)
{
	char got[8];
	int fd[2];

	ck_assert_int_eq(ul_tcp_pair(fd), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(write(fd[i], "there", 5), 5);
		ck_assert_int_eq(read(fd[!i], got, sizeof(got)), 5);
		ck_assert_mem_eq(got, "there", 5);
	}
	shutdown(fd[0], SHUT_WR);
	ck_assert_int_eq(read(fd[1], got, sizeof(got)), 0);
	ck_assert_int_eq(write(fd[1], "yet", 3), 3);
	ck_assert_int_eq(read(fd[0], got, sizeof(got)), 3);
	close(fd[0]);
	close(fd[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tcp_pair");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, each_end_is_the_others_peer);
	tcase_add_test(tc, bytes_and_ends_pass_both_ways);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
