/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_bridge_helper.c - the one who runs qemu-bridge-helper
 *
 * The helper is this program again: called with --br= it does what the name
 * of the bridge says, as the real one would. The bridges are in a network
 * namespace of the test's.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "sys/bridge_helper.h"
#include "sys/unixfd.h"

#define EXIT_SKIP 77
#define WAIT_MS 300

static char self[4096];
static const char *const own_path[] = { "/nonexistent/helper", self, NULL };
static const struct ul_bridge_helper_conf conf = {
	.paths = own_path, .wait_ms = WAIT_MS,
};
static char *error;

/* ---- the helper ---------------------------------------------------------- */

static void shout(size_t len)
{
	char line[1024];

	memset(line, 'x', sizeof(line));
	for (; len >= sizeof(line); len -= sizeof(line))
		if (write(STDERR_FILENO, line, sizeof(line)) < 0)
			return;
}

static int helper(const char *bridge, const char *fd_arg)
{
	int sock = -1;

	if (sscanf(fd_arg, "--fd=%d", &sock) != 1)
		return 3;
	if (!strcmp(bridge, "br-deny")) {
		fprintf(stderr, "access denied by acl file\n");
		return 1;
	}
	if (!strcmp(bridge, "br-tun")) {
		fprintf(stderr, "failed to open /dev/net/tun: No such file "
			"or directory\n\033[31m");
		return 1;
	}
	if (!strcmp(bridge, "br-quiet"))
		return 0;
	if (!strcmp(bridge, "br-hang"))
		sleep(20);
	if (!strcmp(bridge, "br-loud"))
		shout(1 << 20);
	if (!strcmp(bridge, "br-nofd"))
		return ul_unix_send_fd(sock, -1, "") < 0;
	ul_unix_send_fd(sock, open("/dev/null", O_RDWR), "");
	if (!strcmp(bridge, "br-stay"))
		sleep(20);
	return 0;
}

/* ---- the tests ----------------------------------------------------------- */

static int run(const char *bridge)
{
	int fd = -1, rc;

	g_clear_pointer(&error, g_free);
	rc = ul_bridge_helper_run(&fd, bridge, &conf, &error);
	ck_assert_int_eq(!rc, !error);
	ck_assert_int_eq(!rc, fd >= 0);
	/* No child is left behind. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	return rc ? rc : fd;
}

static bool enter(void)
{
	return unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET :
				   CLONE_NEWNET) == 0 &&
	       system("ip link add br-test type bridge") == 0;
}

static void set_up(void)
{
	static const char *const names[] = {
		"br-ok", "br-deny", "br-tun", "br-quiet", "br-hang", "br-loud",
		"br-nofd", "br-stay",
	};

	error = NULL;
	ck_assert(enter());
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *cmd = g_strdup_printf(
			"ip link add %s type bridge", names[i]);

		ck_assert_int_eq(system(cmd), 0);
	}
}

static void tear_down(void)
{
	g_free(error);
}

#define ck_says(part) \
	ck_assert_msg(error && strstr(error, part), "said: %s", error)

START_TEST(descriptor_comes_from_the_helper)
{
	struct stat got, null;
	int fd = run("br-ok");

	ck_assert_msg(fd >= 0, "%s", error);
	ck_assert_int_eq(fstat(fd, &got), 0);
	ck_assert_int_eq(stat("/dev/null", &null), 0);
	ck_assert_uint_eq(got.st_rdev, null.st_rdev);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}
END_TEST

START_TEST(denial_says_what_root_does)
{
	ck_assert_int_eq(run("br-deny"), -EPERM);
	ck_says("made no tap on the bridge br-deny: access denied by acl "
		"file");
	ck_says("root allows the bridge by: echo 'allow br-deny' "
		">>/etc/qemu/bridge.conf");
}
END_TEST

/* The reason is the helper's, without what would upset a terminal. */
START_TEST(reason_is_passed_on)
{
	ck_assert_int_eq(run("br-tun"), -EPERM);
	ck_says("failed to open /dev/net/tun: No such file or directory");
	ck_assert_ptr_null(strchr(error, '\033'));
	ck_assert_ptr_null(strchr(error, '\n'));
}
END_TEST

START_TEST(silence_is_an_error)
{
	ck_assert_int_eq(run("br-quiet"), -EPERM);
	ck_says("it gave no reason");
	ck_assert_int_eq(run("br-nofd"), -EPERM);
}
END_TEST

START_TEST(helper_that_hangs_is_not_waited_for)
{
	int64_t begin = g_get_monotonic_time(), took;

	ck_assert_int_eq(run("br-hang"), -ETIMEDOUT);
	took = g_get_monotonic_time() - begin;
	ck_says("did not answer in time for the bridge br-hang");
	ck_assert_int_ge(took, (WAIT_MS - 5) * 1000);
	ck_assert_int_lt(took, 3000 * 1000);
}
END_TEST

START_TEST(helper_that_stays_is_ended)
{
	int fd = run("br-stay");

	ck_assert_msg(fd >= 0, "%s", error);
	close(fd);
}
END_TEST

START_TEST(helper_that_prints_much_is_heard_out)
{
	int fd = run("br-loud");

	ck_assert_msg(fd >= 0, "%s", error);
	close(fd);
}
END_TEST

START_TEST(missing_bridge_is_said_first)
{
	ck_assert_int_eq(run("br-none"), -ENODEV);
	ck_says("there is no bridge br-none; root makes it by: ip link add "
		"br-none type bridge");
	ck_assert_int_eq(run("lo"), -EPROTOTYPE);
	ck_says("lo is no bridge");
}
END_TEST

START_TEST(missing_helper_is_said)
{
	static const char *const none[] = { "/nonexistent/a", "/nonexistent/b",
					    NULL };
	static const struct ul_bridge_helper_conf no_helper = { none, 0 };
	int fd = -1;

	ck_assert_int_eq(ul_bridge_helper_run(&fd, "br-ok", &no_helper,
					      &error), -ENOENT);
	ck_says("no qemu-bridge-helper at /nonexistent/a, /nonexistent/b; "
		"root installs it");
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(helper_that_may_not_be_run_is_said)
{
	static const char *const file[] = { "/etc/passwd", NULL };
	static const struct ul_bridge_helper_conf odd = { file, 0 };
	int fd = -1;

	ck_assert_int_eq(ul_bridge_helper_run(&fd, "br-ok", &odd, &error),
			 -EACCES);
	ck_says("/etc/passwd may not be run by this user");
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tc;
	Suite *s;
	pid_t pid;
	int status;

	if (argc == 4 && !strcmp(argv[1], "--use-vnet") &&
	    g_str_has_prefix(argv[2], "--br="))
		return helper(argv[2] + 5, argv[3]);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return EXIT_FAILURE;
	pid = fork();
	if (!pid)
		_exit(!enter());
	if (waitpid(pid, &status, 0) != pid || status) {
		printf("skipped: no network namespaces, or no bridges\n");
		return EXIT_SKIP;
	}
	s = suite_create("bridge_helper");
	tc = tcase_create("bridge_helper");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, descriptor_comes_from_the_helper);
	tcase_add_test(tc, denial_says_what_root_does);
	tcase_add_test(tc, reason_is_passed_on);
	tcase_add_test(tc, silence_is_an_error);
	tcase_add_test(tc, helper_that_hangs_is_not_waited_for);
	tcase_add_test(tc, helper_that_stays_is_ended);
	tcase_add_test(tc, helper_that_prints_much_is_heard_out);
	tcase_add_test(tc, missing_bridge_is_said_first);
	tcase_add_test(tc, missing_helper_is_said);
	tcase_add_test(tc, helper_that_may_not_be_run_is_said);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
