/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_dgram.c - ports on one bound datagram socket; the test plays guests
 *
 * A guest is bound to a path, as QEMU's -netdev dgram is, or connected to the
 * listener besides, as vfkit's.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fake/dgram_lab.h"
#include "link/txq.h"

#define PROBE_US 30000000ll

static void set_up_dgram(void)
{
	set_up();
	home = path_of("home");
	listener = ul_dgram_listener_new(loop, bound(SOCK_DGRAM, "home"), NULL,
					 &listener_handler, NULL);
	ck_assert_ptr_nonnull(listener);
}

/* A guest at @name that has said a frame of @len bytes. */
static int guest(const char *name, size_t len)
{
	static const uint8_t zeroes[UL_FRAME_MAX];
	int fd = bound(SOCK_DGRAM, name);
	int before = seen.attached;

	say(fd, zeroes, len);
	turn();
	ck_assert_int_eq(seen.attached, before + 1);
	return fd;
}

START_TEST(each_address_is_a_guest)
{
	int a = guest("a", 60), b = guest("b", 1514);
	uint8_t frame[] = "a frame of a's";

	ck_assert_uint_eq(ports->len, 2);
	ck_assert_uint_eq(seen.last_len, 1514);
	ck_assert_ptr_eq(seen.last_port, port_at(1));
	say(a, frame, sizeof(frame));
	turn();
	ck_assert_ptr_eq(seen.last_port, port_at(0));
	ck_assert_str_eq((char *)seen.last, (char *)frame);
	ck_assert_uint_eq(port_at(0)->stats.rx_frames, 2);
	ck_assert_uint_eq(port_at(0)->stats.rx_bytes, 60 + sizeof(frame));
	ck_assert_int_eq(send_frame(port_at(0), 1, 60), 0);
	ck_assert_int_eq(send_frame(port_at(1), 2, 61), 0);
	ck_assert_int_eq(send_frame(port_at(1), 3, 62), 0);
	turn();
	check_heard(a, 1, 60);
	check_heard(b, 2, 61);
	check_heard(b, 3, 62);
	ck_assert_int_eq(seen.attached, 2);
	close(a);
	close(b);
}
END_TEST

/* One batch_end() for each port that had frames in the batch. */
START_TEST(batches_end_once)
{
	int a = guest("a", 60), b = guest("b", 60);

	seen.batches = 0;
	for (int i = 0; i < 4; i++) {
		say(a, "12", 2);
		say(b, "12", 2);
	}
	turn();
	ck_assert_int_eq(seen.frames, 10);
	ck_assert_int_eq(seen.batches, 2);
	close(a);
	close(b);
}
END_TEST

START_TEST(greeting_is_swallowed_once)
{
	int a = bound(SOCK_DGRAM, "a");

	say(a, "VFKT", 4);
	turn();
	ck_assert_int_eq(seen.attached, 1);
	ck_assert_int_eq(seen.frames, 0);
	say(a, "VFKTx", 5);
	turn();
	ck_assert_int_eq(seen.frames, 1);
	ck_assert_int_eq(seen.attached, 1);
	/* From one that has spoken it is a successor's. */
	say(a, "VFKT", 4);
	turn();
	ck_assert_int_eq(seen.detached, 1);
	ck_assert_int_eq(seen.attached, 2);
	ck_assert_int_eq(seen.frames, 1);
	close(a);
}
END_TEST

START_TEST(what_is_no_frame_is_dropped)
{
	static uint8_t large[UL_FRAME_MAX + 1];
	int a = guest("a", 60), b = guest("b", 60);

	say(a, large, UL_FRAME_MAX);
	turn();
	ck_assert_uint_eq(seen.last_len, UL_FRAME_MAX);
	check_logged(NULL);
	say(a, large, UL_FRAME_MAX + 1);
	turn();
	ck_assert_uint_eq(port_at(0)->stats.rx_bad, 1);
	check_logged("too long for a frame");
	say(a, "", 0);
	say(a, large, UL_FRAME_MAX + 1);
	say(b, "", 0);
	say(b, "ok", 2);
	turn();
	ck_assert_uint_eq(port_at(0)->stats.rx_bad, 3);
	ck_assert_uint_eq(port_at(1)->stats.rx_bad, 1);
	check_logged("b: empty");
	check_logged(NULL);
	ck_assert_int_eq(seen.frames, 4);
	ck_assert_uint_eq(seen.last_len, 2);
	ck_assert_int_eq(seen.detached, 0);
	close(a);
	close(b);
}
END_TEST

START_TEST(sender_without_address_is_ignored)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	say(fd, "frame", 5);
	turn();
	ck_assert_int_eq(seen.attached, 0);
	ck_assert_int_eq(seen.frames, 0);
	check_logged("without a sender's address");
	close(fd);
}
END_TEST

START_TEST(refused_peer_is_logged_with_the_reason)
{
	int a = guest("a", 60), b = bound(SOCK_DGRAM, "b");

	seen.guests_max = 1;
	say(b, "frame", 5);
	turn();
	ck_assert_int_eq(seen.attached, 1);
	ck_assert_int_eq(seen.frames, 1);
	check_logged("/b: the test says no");
	/* When the first is gone, and that not found yet, there is room. */
	close(a);
	now += 1000000;
	say(b, "frame", 5);
	turn();
	ck_assert_int_eq(seen.detached, 1);
	ck_assert_int_eq(seen.attached, 2);
	close(b);
}
END_TEST

START_TEST(peers_are_bounded)
{
	int fd[UL_DGRAM_PEERS_MAX + 1];
	char name[16];

	for (int i = 0; i <= UL_DGRAM_PEERS_MAX; i++) {
		snprintf(name, sizeof(name), "g%d", i);
		fd[i] = bound(SOCK_DGRAM, name);
		say(fd[i], "frame", 5);
		turn();
	}
	ck_assert_int_eq(seen.attached, UL_DGRAM_PEERS_MAX);
	check_logged("as many guests as it may");
	for (unsigned int i = 0; i < UL_DGRAM_PEERS_MAX; i++)
		ck_assert_int_eq(send_frame(port_at(i), (uint8_t)i, 60), 0);
	turn();
	for (int i = 0; i < UL_DGRAM_PEERS_MAX; i++)
		check_heard(fd[i], (uint8_t)i, 60);
	for (int i = 0; i <= UL_DGRAM_PEERS_MAX; i++)
		close(fd[i]);
}
END_TEST

START_TEST(peer_that_is_gone_is_found_by_sending)
{
	int a = guest("a", 60);

	close(a);
	if (_i)
		unlink(path_of("a").sun_path);
	ck_assert_int_eq(send_frame(port_at(0), 1, 60), 0);
	settle();
	ck_assert_int_eq(seen.detached, 1);
	/* Who has its address now is another. */
	a = guest("a", 60);
	ck_assert_int_eq(send_frame(port_at(0), 2, 60), 0);
	turn();
	check_heard(a, 2, 60);
	close(a);
}
END_TEST

START_TEST(silent_peer_is_probed)
{
	int a = guest("a", 60), b = guest("b", 60);

	now += PROBE_US;
	turn();
	ck_assert_int_eq(seen.detached, 0);
	close(a);
	now += PROBE_US;
	turn();
	ck_assert_int_eq(seen.detached, 1);
	ck_assert_uint_eq(ports->len, 1);
	close(b);
	now += PROBE_US;
	turn();
	ck_assert_int_eq(seen.detached, 2);
	/* Nobody is left to ask about. */
	now += PROBE_US;
	turn();
	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
}
END_TEST

/* As vfkit does: it takes datagrams from our socket only. */
START_TEST(peer_that_connected_is_answered)
{
	int a = bound(SOCK_DGRAM, "a");

	if (_i)
		say(a, "first", 5);
	turn();
	ck_assert_int_eq(connect(a, (struct sockaddr *)&home, sizeof(home)),
			 0);
	if (!_i)
		say(a, "first", 5);
	turn();
	ck_assert_int_eq(seen.attached, 1);
	ck_assert_int_eq(send_frame(port_at(0), 7, 1514), 0);
	settle();
	check_heard(a, 7, 1514);
	now += PROBE_US;
	settle();
	ck_assert_int_eq(seen.detached, 0);
	close(a);
	ck_assert_int_eq(send_frame(port_at(0), 7, 1514), 0);
	settle();
	ck_assert_int_eq(seen.detached, 1);
}
END_TEST

/* A guest that reads nothing, of either kind, is in nobody's way. */
START_TEST(stalled_peer_stalls_no_other)
{
	int a = bound(SOCK_DGRAM, "a"), b = bound(SOCK_DGRAM, "b");
	struct ul_port *stalled;
	unsigned int sent = 0;
	int heard = 0;

	if (_i) {
		ck_assert_int_eq(connect(a, (struct sockaddr *)&home,
					 sizeof(home)), 0);
		ck_assert_int_eq(connect(b, (struct sockaddr *)&home,
					 sizeof(home)), 0);
	}
	say(a, "first", 5);
	turn();
	say(b, "first", 5);
	turn();
	stalled = port_at(0);
	while (send_frame(stalled, 1, 1514) == 0 && sent++ < 5000)
		turn();
	ck_assert(stalled->is_stalled);
	ck_assert_uint_ge(sent, UL_TXQ_FRAMES);
	ck_assert_uint_lt(sent, 3 * UL_TXQ_FRAMES);
	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(send_frame(port_at(1), 2, 1514), 0);
		now += 100;
		turn();
		if (recv(b, seen.last, sizeof(seen.last), 0) == 1514)
			heard++;
		if (i % 20 == 0)
			say(b, "ack", 3);
	}
	settle();
	ck_assert_int_eq(heard, 1000);
	/* The stalled one gets all that was queued when it reads at last. */
	heard = 0;
	for (int idle = 0; idle < 50; idle++) {
		while (recv(a, seen.last, sizeof(seen.last), 0) == 1514) {
			heard++;
			idle = 0;
		}
		now += 32000;
		turn();
	}
	ck_assert_int_eq(heard, (int)sent);
	ck_assert(!stalled->is_stalled);
	ck_assert_int_eq(seen.has_room, 1);
	close(a);
	close(b);
}
END_TEST

/* Frames that are kept use up the memory of their guest alone. */
START_TEST(kept_frames_are_their_guests)
{
	static const uint8_t large[65536];
	int a = guest("a", 60), b = guest("b", 60);

	seen.kept = g_ptr_array_new_with_free_func(
		(GDestroyNotify)ul_buf_unref);
	for (int i = 0; i < 1100 && !port_at(0)->stats.rx_bad; i++) {
		say(a, large, sizeof(large));
		turn();
	}
	ck_assert_uint_eq(port_at(0)->stats.rx_bad, 1);
	check_logged("take all of their memory");
	say(b, "frame", 5);
	turn();
	ck_assert_ptr_eq(seen.last_port, port_at(1));
	ck_assert_uint_eq(port_at(1)->stats.rx_bad, 0);
	g_ptr_array_free(seen.kept, true);
	seen.kept = NULL;
	say(a, "frame", 5);
	turn();
	ck_assert_ptr_eq(seen.last_port, port_at(0));
	close(a);
	close(b);
}
END_TEST

/* Ports outlive the listener, but no more guests come. */
START_TEST(ports_outlive_the_listener)
{
	int a = guest("a", 60), b = bound(SOCK_DGRAM, "b");

	ul_listener_free(listener);
	listener = NULL;
	say(a, "frame", 5);
	say(b, "frame", 5);
	turn();
	ck_assert_int_eq(seen.frames, 2);
	ck_assert_int_eq(seen.attached, 1);
	ck_assert_int_eq(send_frame(port_at(0), 3, 60), 0);
	turn();
	check_heard(a, 3, 60);
	close(a);
	ck_assert_int_eq(send_frame(port_at(0), 3, 60), 0);
	settle();
	ck_assert_int_eq(seen.detached, 1);
	close(b);
}
END_TEST

/*
 * Another user says something, from a name that is in no directory. Whether
 * it could: not without being root here.
 */
static bool other_user_says(const char *text)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	pid_t child;
	int status;

	chmod(dir, 0777);
	chmod(home.sun_path, 0666);
	child = fork();
	if (!child) {
		int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(77);
		/* No path: the kernel picks an abstract name. */
		if (bind(fd, (struct sockaddr *)&sun,
			 offsetof(struct sockaddr_un, sun_path)) < 0 ||
		    sendto(fd, text, strlen(text), 0,
			   (struct sockaddr *)&home, sizeof(home)) < 0)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_ne(WEXITSTATUS(status), 1);
	return WEXITSTATUS(status) != 77;
}

START_TEST(other_users_are_refused)
{
	if (!other_user_says("frame"))
		return;
	turn();
	ck_assert_int_eq(seen.attached, 0);
	check_logged("of uid 65534");
}
END_TEST

START_TEST(no_descriptor_left_is_survived)
{
	int a = bound(SOCK_DGRAM, "a");
	struct rlimit old, none;

	say(a, "frame", 5);
	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = (rlim_t)a + 1;
	setrlimit(RLIMIT_NOFILE, &none);
	turn();
	setrlimit(RLIMIT_NOFILE, &old);
	ck_assert_int_eq(seen.attached, 0);
	check_logged("cannot be answered");
	say(a, "frame", 5);
	turn();
	ck_assert_int_eq(seen.attached, 1);
	close(a);
}
END_TEST

static int open_fds(void)
{
	GDir *d = g_dir_open("/proc/self/fd", 0, NULL);
	int n = 0;

	while (g_dir_read_name(d))
		n++;
	g_dir_close(d);
	return n;
}

START_TEST(peers_come_and_go)
{
	int before = open_fds();
	int fd[4] = { -1, -1, -1, -1 };
	char name[16];

	for (int i = 0; i < 1000; i++) {
		int *slot = &fd[i % 4];

		if (*slot >= 0)
			close(*slot);
		snprintf(name, sizeof(name), "g%d", i % 7);
		*slot = bound(SOCK_DGRAM, name);
		say(*slot, "VFKT", 4);
		say(*slot, "frame", 5);
		turn();
		for (unsigned int k = 0; k < ports->len; k++)
			send_frame(port_at(k), 1, 1514);
		turn();
	}
	for (int i = 0; i < 4; i++)
		close(fd[i]);
	now += PROBE_US;
	settle();
	ck_assert_int_eq(seen.attached, 1000);
	ck_assert_int_eq(seen.detached, 1000);
	ck_assert_int_eq(open_fds(), before);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dgram");
	TCase *tc = tcase_create("dgram");

	tcase_add_checked_fixture(tc, set_up_dgram, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_address_is_a_guest);
	tcase_add_test(tc, batches_end_once);
	tcase_add_test(tc, greeting_is_swallowed_once);
	tcase_add_test(tc, what_is_no_frame_is_dropped);
	tcase_add_test(tc, sender_without_address_is_ignored);
	tcase_add_test(tc, refused_peer_is_logged_with_the_reason);
	tcase_add_test(tc, peers_are_bounded);
	tcase_add_loop_test(tc, peer_that_is_gone_is_found_by_sending, 0, 2);
	tcase_add_test(tc, silent_peer_is_probed);
	tcase_add_loop_test(tc, peer_that_connected_is_answered, 0, 2);
	tcase_add_loop_test(tc, stalled_peer_stalls_no_other, 0, 2);
	tcase_add_test(tc, kept_frames_are_their_guests);
	tcase_add_test(tc, ports_outlive_the_listener);
	tcase_add_test(tc, other_users_are_refused);
	tcase_add_test(tc, no_descriptor_left_is_survived);
	tcase_add_test(tc, peers_come_and_go);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
