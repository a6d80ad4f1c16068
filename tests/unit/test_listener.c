/* SPDX-License-Identifier: BSD-3-Clause */
/* test_listener.c - who may attach to a listening socket, and who not */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"
#include "harness.h"
#include "link/stream.h"

#define MANY 40

static const uint8_t a_frame[] = { 0, 0, 0, 3, 1, 2, 3 };

static int64_t now;
static struct ul_loop *loop;
static struct ul_listener *listener;
static GPtrArray *ports, *gone;		/* those that are attached, or over */
static struct ul_defer bury;
static struct sockaddr_un name;
static socklen_t name_len;
static struct {
	int attached, detached, frames;
	unsigned int guests_max;
} seen;
static int log_pipe[2];

static int64_t fake_clock(void *arg)
{
	return now;
}

static void on_frame(struct ul_port *p, struct ul_frame *f, void *arg)
{
	ck_assert_uint_eq(f->len, 3);
	seen.frames++;
}

static void on_batch_end(struct ul_port *p, void *arg)
{
}

/* As an owner does it: at the end of the turn. */
static void bury_gone(void *arg)
{
	g_ptr_array_set_size(gone, 0);
}

static void on_detached(struct ul_port *p, void *arg)
{
	ck_assert(!p->is_attached);
	seen.detached++;
	ck_assert(g_ptr_array_remove(ports, p));
	g_ptr_array_add(gone, p);
	ul_defer_schedule(loop, &bury);
}

static const struct ul_port_handler handler = {
	.frame = on_frame,
	.batch_end = on_batch_end,
	.detached = on_detached,
};

static bool may_attach(const char **why, void *arg)
{
	ck_assert_ptr_eq(arg, &seen);
	*why = "the test says no";
	return ports->len < seen.guests_max;
}

static void on_attached(struct ul_port *take_port, void *arg)
{
	ck_assert(take_port->is_attached);
	ul_port_set_handler(take_port, &handler, arg);
	seen.attached++;
	g_ptr_array_add(ports, take_port);
}

static const struct ul_listener_handler listener_handler = {
	.may_attach = may_attach,
	.attached = on_attached,
};

static void turn(void)
{
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

static void settle(void)
{
	for (int i = 0; i < 20; i++)
		turn();
}

static void listen_with(const struct ul_allow *allow)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	name = (struct sockaddr_un){ .sun_family = AF_UNIX };
	/* No path: the kernel picks an abstract name. */
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&name,
			      offsetof(struct sockaddr_un, sun_path)), 0);
	name_len = sizeof(name);
	getsockname(fd, (struct sockaddr *)&name, &name_len);
	ck_assert_int_eq(listen(fd, 5), 0);
	ul_listener_free(listener);
	listener = ul_stream_listener_new(loop, fd, allow, &listener_handler,
					  &seen);
	ck_assert_ptr_nonnull(listener);
}

static void set_up(void)
{
	memset(&seen, 0, sizeof(seen));
	seen.guests_max = 1;
	ports = g_ptr_array_new();
	gone = g_ptr_array_new_with_free_func((GDestroyNotify)ul_port_free);
	ul_defer_init(&bury, UL_DEFER_FLUSH, bury_gone, NULL);
	loop = ul_loop_new();
	now = 1;
	ul_loop_set_clock(loop, fake_clock, NULL);
	ck_assert_int_eq(pipe2(log_pipe, O_NONBLOCK), 0);
	ul_log_set_fd(log_pipe[1]);
	listener = NULL;
	listen_with(NULL);
}

static void tear_down(void)
{
	ul_listener_free(listener);
	for (unsigned int i = 0; i < ports->len; i++)
		ul_port_free(g_ptr_array_index(ports, i));
	g_ptr_array_free(ports, true);
	ul_defer_cancel(loop, &bury);
	g_ptr_array_free(gone, true);
	ul_loop_free(loop);
}

/* The lines since the last look hold @what. */
static void check_logged(const char *what)
{
	char text[4096];
	ssize_t n = read(log_pipe[0], text, sizeof(text) - 1);

	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_msg(strstr(text, what), "no \"%s\" in: %s", what, text);
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

static void guest_says(int fd)
{
	ck_assert_int_eq(send(fd, a_frame, sizeof(a_frame), MSG_NOSIGNAL),
			 sizeof(a_frame));
}

static bool is_closed(int fd)
{
	uint8_t byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

START_TEST(refused_guest_is_logged_with_the_reason)
{
	int fd = guest_connect();

	seen.guests_max = 0;
	turn();
	ck_assert(is_closed(fd));
	check_logged("stream: refused a guest: the test says no");
	close(fd);
}
END_TEST

/* Each has a port of its own, and keeps it when there is no listener. */
START_TEST(many_guests_attach)
{
	int fd[MANY];

	seen.guests_max = MANY;
	for (int i = 0; i < MANY; i++)
		fd[i] = guest_attach();
	ul_listener_free(listener);
	listener = NULL;
	for (int i = 0; i < MANY; i++) {
		struct ul_port *p = g_ptr_array_index(ports, i);

		guest_says(fd[i]);
		turn();
		ck_assert_uint_eq(p->stats.rx_frames, 1);
	}
	for (int i = 0; i < MANY; i++)
		close(fd[i]);
	settle();
	ck_assert_int_eq(seen.detached, MANY);
}
END_TEST

START_TEST(second_guest_is_refused)
{
	int first = guest_attach();
	int second = guest_connect();

	turn();
	ck_assert(is_closed(second));
	ck_assert(!is_closed(first));
	ck_assert_int_eq(seen.attached, 1);
	guest_says(first);
	turn();
	ck_assert_int_eq(seen.frames, 1);
	close(first);
	close(second);
	turn();
	ck_assert_int_eq(seen.detached, 1);
	first = guest_attach();
	close(first);
}
END_TEST

/* One leaves and the next comes between two turns of the loop. */
START_TEST(successor_is_not_mistaken_for_a_second)
{
	for (int i = 1; i < 10; i++) {
		int first = guest_attach();
		int next;

		ck_assert_int_eq(write(first, "\0\0", 2), 2);
		if (i & 1)
			close(first);
		next = guest_connect();
		if (!(i & 1))
			close(first);
		settle();
		ck_assert_int_eq(seen.attached, 2 * i);
		ck_assert(!is_closed(next));
		close(next);
		settle();
		ck_assert_int_eq(seen.detached, 2 * i);
	}
}
END_TEST

/*
 * Another user connects; 0 when it was let in, 1 when it was refused, -1 when
 * this is not root and there is nobody else to be.
 */
static int other_user(uid_t uid)
{
	pid_t child = fork();
	int status;

	if (!child) {
		int fd;

		if (setgid(65534) < 0 || setuid(uid) < 0)
			_exit(77);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&name, name_len) < 0)
			_exit(2);
		for (int i = 0; i < 20 && !is_closed(fd); i++)
			usleep(10000);
		_exit(is_closed(fd));
	}
	while (!waitpid(child, &status, WNOHANG))
		ck_assert_int_eq(ul_loop_turn(loop, 10), 0);
	ck_assert(WIFEXITED(status));
	ck_assert_int_ne(WEXITSTATUS(status), 2);
	return WEXITSTATUS(status) == 77 ? -1 : WEXITSTATUS(status);
}

START_TEST(other_users_are_refused)
{
	if (other_user(65534) < 0)
		return;
	ck_assert_int_eq(seen.attached, 0);
	check_logged("uid 65534");
}
END_TEST

START_TEST(listed_users_are_let_in)
{
	uid_t uid[] = { 4001, 4002 };
	struct ul_allow allow = { uid, 2 };

	listen_with(&allow);
	memset(uid, 0, sizeof(uid));	/* it has a copy */
	if (other_user(4002) < 0)
		return;
	ck_assert_int_eq(seen.attached, 1);
	ck_assert_int_eq(other_user(4001), 0);
	ck_assert_int_eq(other_user(4003), 1);
	ck_assert_int_eq(seen.attached, 2);
}
END_TEST

/* Without a descriptor left the listener is put off, and taken up again. */
START_TEST(no_descriptor_left_is_survived)
{
	struct pollfd pfd = { .fd = ul_loop_fd(loop), .events = POLLIN };
	int fd = guest_connect();
	struct rlimit old, none;

	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = (rlim_t)fd + 1;
	setrlimit(RLIMIT_NOFILE, &none);
	turn();
	ck_assert_int_eq(seen.attached, 0);
	ck_assert_int_eq(poll(&pfd, 1, 0), 0);
	setrlimit(RLIMIT_NOFILE, &old);
	turn();
	ck_assert_int_eq(seen.attached, 0);
	now += 100000;
	turn();
	turn();
	ck_assert_int_eq(seen.attached, 1);
	close(fd);
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

static long rss_pages(void)
{
	long size, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	ck_assert_int_eq(fscanf(f, "%ld %ld", &size, &pages), 2);
	fclose(f);
	return pages;
}

static void send_to_all(void)
{
	static uint8_t body[1514];
	static struct ul_buf *buf;
	struct ul_piece piece;

	if (!buf)
		buf = ul_buf_get(ul_buf_pool_new(4096, 4096));
	memcpy(buf->data, body, sizeof(body));
	piece = (struct ul_piece){ buf->data, sizeof(body), buf };
	for (unsigned int i = 0; i < ports->len; i++)
		ul_port_send(g_ptr_array_index(ports, i), &piece, 1, NULL);
}

/* Guests that talk, are talked to and hang up at any moment. */
static void churn(int rounds)
{
	int fd[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };

	for (int i = 0; i < rounds; i++) {
		int *slot = &fd[i * 5 % 8];

		if (*slot >= 0)
			close(*slot);
		*slot = guest_connect();
		guest_says(*slot);
		/* Half a frame, which is never finished. */
		ck_assert_int_eq(send(*slot, a_frame, (size_t)i % 7, 0),
				 i % 7);
		send_to_all();
		if (i % 3)
			turn();
	}
	for (int i = 0; i < 8; i++)
		close(fd[i]);
	settle();
	ck_assert_uint_eq(ports->len, 0);
}

START_TEST(guests_come_and_go)
{
	int fds;
	long pages;

	seen.guests_max = 100;
	churn(200);
	fds = open_fds();
	pages = rss_pages();
	churn(1000);
	ck_assert_int_eq(seen.attached, 1200);
	ck_assert_int_eq(seen.detached, 1200);
	ck_assert_int_eq(open_fds(), fds);
	/* A quarantine of freed memory grows, where there is one. */
#ifndef __SANITIZE_ADDRESS__
	ck_assert_int_le(rss_pages(), pages + 64);
#else
	ck_assert_int_gt(pages, 0);
#endif
}
END_TEST

int main(void)
{
	Suite *s = suite_create("listener");
	TCase *tc = tcase_create("attach");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, refused_guest_is_logged_with_the_reason);
	tcase_add_test(tc, many_guests_attach);
	tcase_add_test(tc, second_guest_is_refused);
	tcase_add_test(tc, successor_is_not_mistaken_for_a_second);
	tcase_add_test(tc, other_users_are_refused);
	tcase_add_test(tc, listed_users_are_let_in);
	tcase_add_test(tc, no_descriptor_left_is_survived);
	tcase_add_test(tc, guests_come_and_go);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
