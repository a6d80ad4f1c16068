/* SPDX-License-Identifier: BSD-3-Clause */
/* test_congestion.c - who is paced: real sockets over loopback */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "sys/congestion.h"

static int listener;
static struct sockaddr_in at;

static int tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static const char *name_of(int fd)
{
	static char name[UL_CONGESTION_NAME_MAX + 1];
	socklen_t len = UL_CONGESTION_NAME_MAX;

	memset(name, 0, sizeof(name));
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name,
				    &len), 0);
	return name;
}

static void setup(void)
{
	socklen_t len = sizeof(at);

	at = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	listener = tcp_socket();
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &len),
			 0);
}

static void teardown(void)
{
	close(listener);
}

/* The kernel's own choice is told only when it paces. */
START_TEST(default_is_what_a_socket_has)
{
	char name[UL_CONGESTION_NAME_MAX];
	int fd = tcp_socket();

	ul_congestion_paced_default(name);
	ck_assert_str_eq(name, ul_congestion_is_paced_on(fd) ? name_of(fd) :
							       "");
	ck_assert_int_eq(ul_congestion_is_paced_on(fd),
			 !strncmp(name_of(fd), "bbr", 3));
	close(fd);
}
END_TEST

START_TEST(accepted_take_over_what_the_listener_has)
{
	int client = tcp_socket(), accepted;

	ul_congestion_unpace(listener);
	ck_assert_str_eq(name_of(listener), UL_CONGESTION_UNPACED);
	ck_assert(!ul_congestion_is_paced_on(listener));
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&at, sizeof(at)),
			 0);
	accepted = accept(listener, NULL, NULL);
	ck_assert_str_eq(name_of(accepted), UL_CONGESTION_UNPACED);
	close(accepted);
	close(client);
}
END_TEST

/* Loopback is as near as can be; a socket without a peer is not. */
START_TEST(who_is_near_is_left_alone)
{
	char name[UL_CONGESTION_NAME_MAX] = "reno";
	int client = tcp_socket(), loose = tcp_socket();

	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&at, sizeof(at)),
			 0);
	/* On a crowded machine the handshake may be late: a byte more. */
	for (int i = 0; i < 100; i++)
		if (!ul_congestion_pace_if_far(client, name) ||
		    write(client, "", 1) != 1)
			break;
	ck_assert(!ul_congestion_pace_if_far(client, name));
	ck_assert(ul_congestion_pace_if_far(loose, name));
	ck_assert(!ul_congestion_pace_if_far(loose, "no-such-thing"));
	close(client);
	close(loose);
}
END_TEST

START_TEST(other_sockets_are_no_harm)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert(!ul_congestion_is_paced_on(pair[0]));
	ul_congestion_unpace(pair[0]);
	ck_assert(!ul_congestion_pace_if_far(pair[0], "reno"));
	close(pair[0]);
	close(pair[1]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("congestion");
	TCase *tc = tcase_create("congestion");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, default_is_what_a_socket_has);
	tcase_add_test(tc, accepted_take_over_what_the_listener_has);
	tcase_add_test(tc, who_is_near_is_left_alone);
	tcase_add_test(tc, other_sockets_are_no_harm);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
