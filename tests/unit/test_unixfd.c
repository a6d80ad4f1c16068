/* SPDX-License-Identifier: BSD-3-Clause */
/* test_unixfd.c - listening on a path, inherited descriptors */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "sys/unixfd.h"

static char *dir, *path, *error;

static void setup(void)
{
	dir = g_dir_make_tmp("ul-unixfd-XXXXXX", NULL);
	path = g_build_filename(dir, "s.sock", NULL);
	error = NULL;
}

static void teardown(void)
{
	unlink(path);
	rmdir(dir);
	g_free(error);
	g_free(path);
	g_free(dir);
}

static int dial(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	g_strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

START_TEST(a_socket_is_made_for_its_user_alone)
{
	mode_t old = umask(0);
	struct stat st;
	int fd;

	ck_assert_int_eq(ul_unix_listen(&fd, path, &error), 0);
	umask(old);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(dial());
	close(fd);
}
END_TEST

START_TEST(a_stale_socket_is_replaced)
{
	int fd;

	ck_assert_int_eq(ul_unix_listen(&fd, path, &error), 0);
	close(fd);
	ck_assert_int_eq(ul_unix_listen(&fd, path, &error), 0);
	close(dial());
	close(fd);
}
END_TEST

START_TEST(a_live_socket_is_never_replaced)
{
	int fd, other = -2;

	ck_assert_int_eq(ul_unix_listen(&fd, path, &error), 0);
	ck_assert_int_eq(ul_unix_listen(&other, path, &error), -EADDRINUSE);
	ck_assert_int_eq(other, -2);
	ck_assert(strstr(error, path) && strstr(error, "listens there"));
	close(dial());
	close(fd);
}
END_TEST

/* Its backlog is full: connect() says EAGAIN, and someone is there. */
START_TEST(a_busy_socket_is_never_replaced)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), out, first;

	g_strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 0), 0);
	first = dial();
	ck_assert_int_eq(ul_unix_listen(&out, path, &error), -EADDRINUSE);
	close(first);
	close(fd);
}
END_TEST

START_TEST(another_file_is_never_replaced)
{
	int fd;

	ck_assert(g_file_set_contents(path, "x", 1, NULL));
	ck_assert_int_eq(ul_unix_listen(&fd, path, &error), -EADDRINUSE);
	ck_assert(strstr(error, "no socket"));
	ck_assert(g_file_test(path, G_FILE_TEST_IS_REGULAR));
}
END_TEST

START_TEST(a_missing_directory_is_named)
{
	g_autofree char *deep = g_build_filename(dir, "none", "s", NULL);
	int fd;

	ck_assert_int_eq(ul_unix_listen(&fd, deep, &error), -ENOENT);
	ck_assert(strstr(error, "there is no directory"));
}
END_TEST

START_TEST(two_starters_do_not_meet)
{
	int lock = open(dir, O_RDONLY | O_DIRECTORY), fd;

	ck_assert_int_eq(flock(lock, LOCK_EX), 0);
	ck_assert_int_eq(ul_unix_listen(&fd, path, &error), -EBUSY);
	ck_assert(strstr(error, "holds the lock"));
	close(lock);
}
END_TEST

START_TEST(a_private_directory_is_made_and_kept)
{
	g_autofree char *sub = g_build_filename(dir, "sub", NULL);
	struct stat st;

	ck_assert_int_eq(ul_unix_private_dir(sub, &error), 0);
	ck_assert_int_eq(stat(sub, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(ul_unix_private_dir(sub, &error), 0);
	ck_assert_int_eq(chmod(sub, 0755), 0);
	ck_assert_int_eq(ul_unix_private_dir(sub, &error), -EPERM);
	ck_assert(strstr(error, "mode 0700"));
	rmdir(sub);
}
END_TEST

static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };

static int type_of(int fd)
{
	int type;
	socklen_t len = sizeof(type);

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
	return type;
}

/* Of each type, and whatever the type of who had the path. */
START_TEST(each_type_is_made_and_never_replaced)
{
	int type = types[_i % 3], other = types[_i / 3], fd, second;
	struct stat st;

	ck_assert_int_eq(ul_unix_listen_type(&fd, type, path, &error), 0);
	ck_assert_int_eq(type_of(fd), type);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(ul_unix_listen_type(&second, other, path, &error),
			 -EADDRINUSE);
	ck_assert(strstr(error, "a running process"));
	close(fd);
	ck_assert_int_eq(ul_unix_listen_type(&second, other, path, &error), 0);
	close(second);
}
END_TEST

START_TEST(abstract_names_are_no_files)
{
	g_autofree char *name = g_strdup_printf("@ul-test-%d", getpid());
	struct sockaddr_un sun;
	socklen_t len = sizeof(sun);
	int fd, second;

	ck_assert_int_eq(ul_unix_listen_type(&fd, types[_i], name, &error), 0);
	ck_assert_int_eq(access(name, F_OK), -1);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sun, &len), 0);
	ck_assert_uint_eq(len, offsetof(struct sockaddr_un, sun_path) +
			       strlen(name));
	ck_assert_int_eq(sun.sun_path[0], 0);
	ck_assert_int_eq(ul_unix_listen_type(&second, types[_i], name, &error),
			 -EADDRINUSE);
	ck_assert(strstr(error, "a running process"));
	close(fd);
	ck_assert_int_eq(ul_unix_listen_type(&fd, types[_i], name, &error), 0);
	close(fd);
}
END_TEST

/* 107 bytes are taken, of both kinds of name; one more is not. */
START_TEST(long_names_are_refused_with_the_limit)
{
	char name[110] = { 0 };
	int fd;

	memset(name, 'x', 108);
	if (_i) {
		name[0] = '@';
	} else {
		g_strlcpy(name, dir, sizeof(name));
		memset(name + strlen(dir), '/', 1);
		memset(name + strlen(dir) + 1, 'x', 108 - strlen(dir) - 1);
	}
	if (_i)
		name[108] = 'x';	/* the @ does not count */
	ck_assert_int_eq(ul_unix_listen(&fd, name, &error), -ENAMETOOLONG);
	ck_assert(strstr(error, "longer than 107 bytes"));
	name[strlen(name) - 1] = '\0';
	ck_assert_int_eq(ul_unix_listen(&fd, name, &error), 0);
	unlink(name);
	close(fd);
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(ul_unix_listen(&fd, "@", &error), -EINVAL);
}
END_TEST

START_TEST(tcp_listens_on_loopback_only)
{
	static const char *const bad[] = { "0.0.0.0", "10.0.2.2", "::",
					   "fe80::1" };
	static const char *const good[] = { "127.0.0.1", "::1" };
	struct ul_ep ep = { .port = 0 };
	int fd;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		ck_assert_int_eq(ul_addr_parse(&ep.addr, bad[i]), 0);
		ck_assert_int_eq(ul_loopback_listen(&fd, &ep, &error),
				 -EINVAL);
		ck_assert(strstr(error, "127.0.0.1:PORT"));
		g_clear_pointer(&error, g_free);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		int second, rc;

		ck_assert_int_eq(ul_addr_parse(&ep.addr, good[i]), 0);
		ep.port = 0;
		rc = ul_loopback_listen(&fd, &ep, &error);
		if (rc == -EADDRNOTAVAIL || rc == -EAFNOSUPPORT)
			continue;	/* no IPv6 here */
		ck_assert_int_eq(rc, 0);
		getsockname(fd, (struct sockaddr *)&ss, &len);
		ck_assert_int_eq(ul_ep_from_sa(&ep, (struct sockaddr *)&ss),
				 0);
		ck_assert_int_eq(ul_loopback_listen(&second, &ep, &error),
				 -EADDRINUSE);
		g_clear_pointer(&error, g_free);
		close(fd);
	}
}
END_TEST

START_TEST(connected_sockets_of_all_types_are_adopted)
{
	int pair[2], fd;

	ck_assert_int_eq(socketpair(AF_UNIX, types[_i], 0, pair), 0);
	ck_assert_int_eq(ul_unix_adopt(&fd, pair[0], &error), 0);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(type_of(fd), types[_i]);
	close(fd);
	close(pair[1]);
	fd = socket(AF_UNIX, types[_i], 0);
	ck_assert_int_eq(ul_unix_adopt(&pair[0], fd, &error), -ENOTCONN);
	close(fd);
}
END_TEST

START_TEST(a_link_is_no_private_directory)
{
	ck_assert_int_eq(symlink("/tmp", path), 0);
	ck_assert_int_eq(ul_unix_private_dir(path, &error), -ENOTDIR);
}
END_TEST

START_TEST(a_connected_stream_is_adopted)
{
	int pair[2], fd;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(ul_unix_adopt_stream(&fd, pair[0], &error), 0);
	ck_assert_int_gt(fd, 2);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(fcntl(pair[0], F_GETFD), -1);
	close(fd);
	close(pair[1]);
}
END_TEST

START_TEST(what_is_no_connected_stream_is_refused)
{
	int pair[2], fd, null = open("/dev/null", O_RDWR);
	int loose = socket(AF_UNIX, SOCK_STREAM, 0), listener;

	ck_assert_int_eq(ul_unix_adopt_stream(&fd, null, &error), -ENOTSOCK);
	ck_assert(strstr(error, "is not a socket"));
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(ul_unix_adopt_stream(&fd, loose, &error), -ENOTCONN);
	ck_assert(strstr(error, "is not connected"));
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	ck_assert_int_eq(ul_unix_adopt_stream(&fd, pair[0], &error),
			 -EPROTOTYPE);
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(ul_unix_listen(&listener, path, &error), 0);
	ck_assert_int_eq(ul_unix_adopt_stream(&fd, listener, &error), -EINVAL);
	ck_assert(strstr(error, "pass a connected one"));
	close(listener);
	close(pair[0]);
	close(pair[1]);
	close(loose);
	close(null);
}
END_TEST

START_TEST(a_descriptor_travels_with_its_text)
{
	int pair[2], fd = -1;
	char buf[16];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	ck_assert_int_eq(ul_unix_send_fd(pair[0], pair[0], "one"), 0);
	ck_assert_int_eq(ul_unix_recv_fd(pair[1], &fd, buf, sizeof(buf)), 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(buf, "one");
	close(fd);
	ck_assert_int_eq(ul_unix_send_fd(pair[0], -1,
					 "longer than the buffer"), 0);
	ck_assert_int_eq(ul_unix_recv_fd(pair[1], &fd, buf, sizeof(buf)), 0);
	ck_assert_int_eq(fd, -1);
	ck_assert_str_eq(buf, "longer than the");
	close(pair[0]);
	ck_assert_int_eq(ul_unix_recv_fd(pair[1], &fd, buf, sizeof(buf)),
			 -EPIPE);
	close(pair[1]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("unixfd");
	TCase *tc = tcase_create("unixfd");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_socket_is_made_for_its_user_alone);
	tcase_add_test(tc, a_stale_socket_is_replaced);
	tcase_add_test(tc, a_live_socket_is_never_replaced);
	tcase_add_test(tc, a_busy_socket_is_never_replaced);
	tcase_add_test(tc, another_file_is_never_replaced);
	tcase_add_test(tc, a_missing_directory_is_named);
	tcase_add_test(tc, two_starters_do_not_meet);
	tcase_add_test(tc, a_private_directory_is_made_and_kept);
	tcase_add_test(tc, a_link_is_no_private_directory);
	tcase_add_test(tc, a_connected_stream_is_adopted);
	tcase_add_test(tc, what_is_no_connected_stream_is_refused);
	tcase_add_loop_test(tc, each_type_is_made_and_never_replaced, 0, 9);
	tcase_add_loop_test(tc, abstract_names_are_no_files, 0, 3);
	tcase_add_loop_test(tc, long_names_are_refused_with_the_limit, 0, 2);
	tcase_add_test(tc, tcp_listens_on_loopback_only);
	tcase_add_loop_test(tc, connected_sockets_of_all_types_are_adopted, 0,
			    3);
	tcase_add_test(tc, a_descriptor_travels_with_its_text);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
