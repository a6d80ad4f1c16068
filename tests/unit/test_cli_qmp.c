/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_cli_qmp.c - the control client against servers of every kind
 *
 * The server is a child that says a fixed text piece by piece: a script of
 * "what to say" for each line that it reads.
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/qmp.h"
#include "harness.h"
#include "sys/unixfd.h"

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
#define READY "{\"return\": {}, \"id\": 1}\r\n"
#define WAIT_MS 300

static char *dir, *path, *error;
static pid_t server;
static struct ul_qmp *qmp;

static void setup(void)
{
	dir = g_dir_make_tmp("ul-qmp-XXXXXX", NULL);
	path = g_build_filename(dir, "x.ctl", NULL);
	error = NULL;
	server = 0;
	qmp = NULL;
}

static void teardown(void)
{
	ul_qmp_free(qmp);
	if (server) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	unlink(path);
	rmdir(dir);
	g_free(dir);
	g_free(path);
	g_free(error);
}

static void read_line(int fd)
{
	char c = 0;

	while (c != '\n')
		if (read(fd, &c, 1) != 1)
			_exit(0);
}

static void say(int fd, const char *text)
{
	size_t len = strlen(text);

	if (send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		_exit(0);
}

/* Play @play on one connection, in a child. */
static void serve(void (*play)(int fd, const void *arg), const void *arg)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd;

	g_strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sun, sizeof(sun)),
			 0);
	/* Who listened is whose end is waited for: not this process. */
	server = fork();
	if (!server)
		_exit(listen(listener, 1));
	ck_assert_int_eq(waitpid(server, NULL, 0), server);
	server = fork();
	if (server) {
		close(listener);
		return;
	}
	fd = accept(listener, NULL, NULL);
	play(fd, arg);
	_exit(0);
}

/* The whole script, whatever comes; then silence. */
static void play_script(int fd, const void *arg)
{
	for (const char *const *line = arg; *line; line++) {
		say(fd, *line);
		if (line[1])
			read_line(fd);
	}
	pause();
}

static void connect_to(const char *const *script)
{
	serve(play_script, script);
	ck_assert_int_eq(ul_qmp_connect(&qmp, path, &error), 0);
	ul_qmp_set_wait(qmp, WAIT_MS);
}

START_TEST(a_command_is_answered)
{
	static const char *const script[] = {
		GREETING, READY,
		"{\"event\": \"X\", \"data\": {}}\r\n"
		"{\"return\": {\"a\": 7}, \"id\": 2}\r\n", NULL,
	};
	json_t *out = NULL;

	connect_to(script);
	ck_assert_int_eq(ul_qmp_execute(qmp, "query-x", NULL, &out, &error),
			 0);
	ck_assert_int_eq(json_integer_value(json_object_get(out, "a")), 7);
	json_decref(out);
}
END_TEST

START_TEST(a_refusal_is_told_in_its_words)
{
	static const char *const script[] = {
		GREETING, READY,
		"{\"error\": {\"class\": \"GenericError\", \"desc\": "
		"\"no port is called 'x'\"}, \"id\": 2}\n",
		"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": "
		"\"The command\"}, \"id\": 3}\n",
		"{\"error\": 7, \"id\": 4}\n",
		"{\"id\": 5}\n", NULL,
	};
	static const struct {
		int rc;
		const char *says;
	} want[] = {
		{ -EREMOTEIO, "no port is called 'x'" },
		{ -ENOSYS, "does not know port-kick" },
		{ -EREMOTEIO, "without a reason" },
		{ -EPROTO, "neither return nor error" },
	};

	connect_to(script);
	for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
		ck_assert_int_eq(ul_qmp_execute(qmp, "port-kick",
						json_object(), NULL, &error),
				 want[i].rc);
		ck_assert_ptr_nonnull(strstr(error, want[i].says));
		g_clear_pointer(&error, g_free);
	}
}
END_TEST

/* The answer ends early at each byte, and the server goes. */
static void play_cut(int fd, const void *arg)
{
	static const char all[] = GREETING READY;

	send(fd, all, *(const size_t *)arg, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	read_line(fd);
}

START_TEST(each_truncation_is_an_error)
{
	size_t len = (size_t)_i;

	serve(play_cut, &len);
	ck_assert_int_eq(ul_qmp_connect(&qmp, path, &error), -EPIPE);
	ck_assert_ptr_nonnull(strstr(error, "closed"));
}
END_TEST

START_TEST(a_silent_server_is_not_waited_for)
{
	static const char *const script[] = { GREETING, READY, NULL };
	int64_t start;

	connect_to(script);
	start = g_get_monotonic_time();
	ck_assert_int_eq(ul_qmp_execute(qmp, "x", NULL, NULL, &error),
			 -ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(error, "no answer within 300 ms"));
	ck_assert_int_lt(g_get_monotonic_time() - start, 3000000);
}
END_TEST

static void play_drip(int fd, const void *arg)
{
	say(fd, GREETING READY);
	for (;;) {
		say(fd, arg);
		g_usleep(20000);
	}
}

/* A byte, or an event, now and then must not keep us for ever. */
START_TEST(a_slow_server_is_not_waited_for)
{
	static const char *const drips[] = { " ", "{\"event\": \"X\"}\n" };

	serve(play_drip, drips[_i]);
	ck_assert_int_eq(ul_qmp_connect(&qmp, path, &error), 0);
	ul_qmp_set_wait(qmp, WAIT_MS);
	ck_assert_int_eq(ul_qmp_execute(qmp, "x", NULL, NULL, &error),
			 -ETIMEDOUT);
}
END_TEST

static void play_flood(int fd, const void *arg)
{
	static char block[65536];

	memset(block, 'x', sizeof(block));
	say(fd, GREETING READY);
	while (send(fd, block, sizeof(block), MSG_NOSIGNAL) > 0)
		;
}

START_TEST(an_endless_answer_is_not_kept)
{
	serve(play_flood, NULL);
	ck_assert_int_eq(ul_qmp_connect(&qmp, path, &error), 0);
	ck_assert_int_eq(ul_qmp_execute(qmp, "x", NULL, NULL, &error),
			 -EMSGSIZE);
}
END_TEST

START_TEST(what_is_no_control_socket_is_told)
{
	static const char *const said[][2] = {
		{ "SSH-2.0-x\r\n", "not the control protocol" },
		{ "[]\n", "not the control protocol" },
		{ "{\"QMP\": {}, \"QMP\": {}}\n", "not the control protocol" },
		{ "{\"hello\": 1}\n", "does not greet" },
		{ "\n", "not the control protocol" },
	};
	const char *const script[] = { said[_i][0], NULL };

	serve(play_script, script);
	ck_assert_int_eq(ul_qmp_connect(&qmp, path, &error), -EPROTO);
	ck_assert_ptr_nonnull(strstr(error, said[_i][1]));
}
END_TEST

START_TEST(nobody_there_is_told)
{
	int fd;

	ck_assert_int_eq(ul_qmp_connect(&qmp, path, &error), -ENOENT);
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(ul_unix_listen(&fd, path, &error), 0);
	close(fd);
	ck_assert_int_eq(ul_qmp_connect(&qmp, path, &error), -ECONNREFUSED);
}
END_TEST

/* The server writes into what it was given. */
static void play_getfd(int fd, const void *arg)
{
	char buf[256];
	int given = -1;

	say(fd, GREETING);
	read_line(fd);
	say(fd, READY);
	if (ul_unix_recv_fd(fd, &given, buf, sizeof(buf)) || given < 0 ||
	    !strstr(buf, "\"getfd\"") || !strstr(buf, "\"port0\""))
		_exit(1);
	if (write(given, "y", 1) != 1)
		_exit(1);
	say(fd, "{\"return\": {}, \"id\": 2}\n");
}

START_TEST(a_descriptor_is_passed)
{
	int pair[2];
	char c = 0;

	serve(play_getfd, NULL);
	ck_assert_int_eq(ul_qmp_connect(&qmp, path, &error), 0);
	ck_assert_int_eq(pipe(pair), 0);
	ck_assert_int_eq(ul_qmp_give_fd(qmp, pair[1], "port0", &error), 0);
	close(pair[1]);
	ck_assert_int_eq(read(pair[0], &c, 1), 1);
	ck_assert_int_eq(c, 'y');
	close(pair[0]);
	ck_assert_int_eq(ul_qmp_wait_end(qmp, 3000), 0);
}
END_TEST

START_TEST(an_end_that_does_not_come_is_not_waited_for)
{
	static const char *const script[] = { GREETING, READY, NULL };

	connect_to(script);
	ck_assert_int_eq(ul_qmp_wait_end(qmp, 100), -ETIMEDOUT);
}
END_TEST

START_TEST(text_that_is_none_is_not_sent)
{
	static const char *const script[] = { GREETING, READY, NULL };

	connect_to(script);
	ck_assert_int_eq(ul_qmp_execute(qmp, "\xff", NULL, NULL, &error),
			 -EINVAL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cli_qmp");
	TCase *tc = tcase_create("qmp");

	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_command_is_answered);
	tcase_add_test(tc, a_refusal_is_told_in_its_words);
	tcase_add_loop_test(tc, each_truncation_is_an_error, 0,
			    (int)strlen(GREETING READY));
	tcase_add_test(tc, a_silent_server_is_not_waited_for);
	tcase_add_loop_test(tc, a_slow_server_is_not_waited_for, 0, 2);
	tcase_add_test(tc, an_endless_answer_is_not_kept);
	tcase_add_loop_test(tc, what_is_no_control_socket_is_told, 0, 5);
	tcase_add_test(tc, nobody_there_is_told);
	tcase_add_test(tc, a_descriptor_is_passed);
	tcase_add_test(tc, an_end_that_does_not_come_is_not_waited_for);
	tcase_add_test(tc, text_that_is_none_is_not_sent);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
