/* SPDX-License-Identifier: BSD-3-Clause */
/* test_seqpacket.c - ports on connected sockets that carry datagrams */
#include <poll.h>

#include "fake/dgram_lab.h"

static void set_up_seqpacket(void)
{
	int fd;

	set_up();
	home = path_of("home");
	fd = bound(SOCK_SEQPACKET, "home");
	ck_assert_int_eq(listen(fd, 5), 0);
	listener = ul_seqpacket_listener_new(loop, fd, NULL, &listener_handler,
					     NULL);
	ck_assert_ptr_nonnull(listener);
}

static int seq_guest(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	int before = seen.attached;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&home, sizeof(home)),
			 0);
	turn();
	ck_assert_int_eq(seen.attached, before + 1);
	return fd;
}

START_TEST(seqpacket_guests_attach)
{
	int a = seq_guest(), b = seq_guest();

	ck_assert_int_eq(send(a, "VFKT", 4, 0), 4);
	ck_assert_int_eq(send(b, "frame", 5, 0), 5);
	ck_assert_int_eq(send(b, "", 0, 0), 0);
	ck_assert_int_eq(send(b, "VFKT", 4, 0), 4);
	turn();
	ck_assert_int_eq(seen.frames, 2);
	ck_assert_uint_eq(port_at(1)->stats.rx_bad, 1);
	ck_assert_int_eq(send_frame(port_at(0), 1, 60), 0);
	ck_assert_int_eq(send_frame(port_at(1), 2, 65534), 0);
	turn();
	check_heard(a, 1, 60);
	check_heard(b, 2, 65534);
	ck_assert_int_eq(send(a, "last", 4, 0), 4);
	close(a);
	turn();
	ck_assert_int_eq(seen.frames, 3);
	ck_assert_int_eq(seen.detached, 1);
	ck_assert_int_eq(send(b, "frame", 5, 0), 5);
	turn();
	ck_assert_int_eq(seen.frames, 4);
	close(b);
	turn();
	ck_assert_int_eq(seen.detached, 2);
}
END_TEST

/* As many as the process may have would shut all others out. */
START_TEST(descriptors_that_come_along_are_closed)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec iov = { "frame", 5 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int a = seq_guest();
	int before, after;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &a, sizeof(a));
	before = dup(a);
	close(before);
	ck_assert_int_eq(sendmsg(a, &msg, 0), 5);
	turn();
	ck_assert_int_eq(seen.frames, 1);
	after = dup(a);
	close(after);
	ck_assert_int_eq(after, before);
	close(a);
	turn();
}
END_TEST

START_TEST(seqpacket_reader_that_is_slow_gets_all)
{
	int a = seq_guest();
	unsigned int sent = 0;
	int heard = 0;

	while (send_frame(port_at(0), 1, 1514) == 0 && sent < 5000) {
		sent++;
		turn();
	}
	ck_assert(port_at(0)->is_stalled);
	for (int idle = 0; idle < 50; idle++) {
		while (recv(a, seen.last, sizeof(seen.last), 0) == 1514) {
			heard++;
			idle = 0;
		}
		turn();
	}
	ck_assert_int_eq(heard, (int)sent);
	ck_assert(!port_at(0)->is_stalled);
	ck_assert_int_eq(seen.has_room, 1);
	close(a);
}
END_TEST

/* Its frames are all kept: reading pauses, nothing is lost. */
START_TEST(seqpacket_waits_for_memory)
{
	static const uint8_t large[65536];
	struct pollfd pfd = { .fd = ul_loop_fd(loop), .events = POLLIN };
	int a = seq_guest();
	int sent = 0;

	seen.kept = g_ptr_array_new_with_free_func(
		(GDestroyNotify)ul_buf_unref);
	for (int tries = 0; tries < 10; tries++, turn())
		while (send(a, large, sizeof(large), 0) > 0) {
			sent++;
			turn();
			tries = 0;
		}
	ck_assert_int_lt(seen.frames, sent);
	ck_assert_int_gt(seen.frames, 400);
	ck_assert_int_eq(poll(&pfd, 1, 0), 0);	/* no busy waiting */
	ck_assert_uint_eq(port_at(0)->stats.rx_bad, 0);
	g_ptr_array_free(seen.kept, true);
	seen.kept = NULL;
	for (int i = 0; i < 20; i++) {
		now += 2000;
		turn();
	}
	ck_assert_int_eq(seen.frames, sent);
	close(a);
}
END_TEST

/* What was given to us: a pair of either kind. */
START_TEST(inherited_pair_is_a_port)
{
	int fd[2];
	struct ul_port *port;

	ck_assert_int_eq(socketpair(AF_UNIX, _i ? SOCK_SEQPACKET : SOCK_DGRAM,
				    0, fd), 0);
	port = ul_dgram_new(loop, fd[0], &handler, NULL);
	g_ptr_array_add(ports, port);
	ck_assert(port->is_attached);
	ck_assert_int_eq(send(fd[1], "VFKT", 4, 0), 4);
	ck_assert_int_eq(send(fd[1], "frame", 5, 0), 5);
	turn();
	ck_assert_int_eq(seen.frames, 1);
	ck_assert_int_eq(send_frame(port, 9, 1514), 0);
	turn();
	check_heard(fd[1], 9, 1514);
	close(fd[1]);
	turn();
	if (seen.detached == 0)
		ck_assert_int_eq(send_frame(port, 9, 1514), 0);
	settle();
	ck_assert_int_eq(seen.detached, 1);
}
END_TEST

/* A port that was busy and is quiet has no buffers, and no timer. */
START_TEST(quiet_port_holds_nothing)
{
	int a = seq_guest();

	ck_assert_int_eq(send(a, "frame", 5, 0), 5);
	turn();
	for (int i = 0; i < 3; i++) {
		now += 2000000;
		turn();
	}
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
	ck_assert_int_eq(send(a, "frame", 5, 0), 5);
	turn();
	ck_assert_int_eq(seen.frames, 2);
	close(a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("seqpacket");
	TCase *tc = tcase_create("connected");

	tcase_add_checked_fixture(tc, set_up_seqpacket, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, seqpacket_guests_attach);
	tcase_add_test(tc, descriptors_that_come_along_are_closed);
	tcase_add_test(tc, seqpacket_reader_that_is_slow_gets_all);
	tcase_add_test(tc, seqpacket_waits_for_memory);
	tcase_add_loop_test(tc, inherited_pair_is_a_port, 0, 2);
	tcase_add_test(tc, quiet_port_holds_nothing);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
