/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_ns.c - a tap in another network namespace, from outside
 *
 *	this test ---- ul_ns_make_tap() ----> child: new user + net namespace
 *
 * The child looks at its interfaces once the tap is there. Skipped where
 * the host forbids user namespaces or taps.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "sys/ns.h"

#define EXIT_SKIP 77

static struct ul_tap_conf make_conf(void)
{
	struct ul_tap_conf conf = {
		.name = "tap0", .mtu = 9000, .is_configured = true,
		.has_ipv6 = true,
	};

	ul_prefix_parse(&conf.subnet, "10.0.2.0/24");
	ul_addr_parse(&conf.addr4, "10.0.2.15");
	ul_addr_parse(&conf.gateway4, "10.0.2.2");
	ul_prefix_parse(&conf.prefix6, "fd00:7::/64");
	ul_addr_parse(&conf.addr6, "fd00:7::15");
	ul_addr_parse(&conf.gateway6, "fd00:7::2");
	return conf;
}

/* A process in namespaces of its own. @look runs there after a byte. */
struct guest {
	pid_t pid;
	int go;		/* write a byte: look now */
};

static void __attribute__((noreturn))
live(int ready, int go, int (*look)(void))
{
	char c = 0;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 ||
	    write(ready, &c, 1) != 1)
		_exit(EXIT_SKIP);
	close(ready);
	if (read(go, &c, 1) != 1)
		_exit(EXIT_FAILURE);
	_exit(look());
}

/* false where namespaces cannot be had. */
static bool guest_start(struct guest *g, int (*look)(void))
{
	int ready[2], go[2];
	char c;
	ssize_t n;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(go), 0);
	g->pid = fork();
	if (!g->pid) {
		close(ready[0]);
		close(go[1]);
		live(ready[1], go[0], look);
	}
	close(ready[1]);
	close(go[0]);
	g->go = go[1];
	n = read(ready[0], &c, 1);
	close(ready[0]);
	return n == 1;
}

/* The exit status of its look, or of its end without one. */
static int guest_end(struct guest *g, bool look)
{
	int status;

	if (look)
		ck_assert_int_eq(write(g->go, "x", 1), 1);
	close(g->go);
	ck_assert_int_eq(waitpid(g->pid, &status, 0), g->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool file_has(const char *path, const char *text)
{
	g_autofree char *all = NULL;

	return g_file_get_contents(path, &all, NULL, NULL) &&
	       strstr(all, text) != NULL;
}

static int look_nothing(void)
{
	return 0;
}

/* /proc/net shows the reader's namespace; 0202000A is 10.0.2.2. */
static int look_configured(void)
{
	if (!file_has("/proc/self/net/route", "tap0\t00000000\t0202000A"))
		return 2;
	if (!file_has("/proc/self/net/fib_trie", "10.0.2.15"))
		return 3;
	if (!file_has("/proc/self/net/if_inet6",
		      "fd000007000000000000000000000015"))
		return 4;
	if (!file_has("/proc/self/net/ipv6_route",
		      "00000000000000000000000000000000 00 "
		      "00000000000000000000000000000000 00 "
		      "fd000007000000000000000000000002"))
		return 5;
	if (!file_has("/proc/self/net/fib_trie", "127.0.0.1"))
		return 6;
	return 0;
}

static int look_left_alone(void)
{
	if (!file_has("/proc/self/net/dev", "tap0:"))
		return 2;
	return file_has("/proc/self/net/route", "tap0") ? 3 : 0;
}

/* Make a tap in a guest's namespace and have it look. */
static int attach(struct ul_tap_conf *conf, int (*look)(void), char **error)
{
	struct guest g;
	g_autofree char *pid = NULL;
	int tap, rc;

	ck_assert(guest_start(&g, look));
	pid = g_strdup_printf("%d", (int)g.pid);
	rc = ul_ns_make_tap(&tap, pid, conf, error);
	if (rc) {
		guest_end(&g, false);
		return rc;
	}
	ck_assert(fcntl(tap, F_GETFL) & O_NONBLOCK);
	rc = guest_end(&g, true);
	close(tap);
	return rc;
}

START_TEST(a_tap_is_configured)
{
	struct ul_tap_conf conf = make_conf();
	char *error = NULL;
	int rc = attach(&conf, look_configured, &error);

	ck_assert_msg(rc == 0, "%d %s", rc, error ? error : "");
}
END_TEST

START_TEST(a_tap_is_left_alone)
{
	struct ul_tap_conf conf = make_conf();
	char *error = NULL;
	int rc;

	conf.is_configured = false;
	rc = attach(&conf, look_left_alone, &error);
	ck_assert_msg(rc == 0, "%d %s", rc, error ? error : "");
}
END_TEST

START_TEST(a_taken_name_is_reported_from_there)
{
	struct ul_tap_conf conf = make_conf();
	char *error = NULL;

	conf.name = "lo";
	ck_assert_int_lt(attach(&conf, look_nothing, &error), 0);
	ck_assert_msg(strstr(error, "see --ifname") != NULL, "%s", error);
	g_free(error);
}
END_TEST

/* Or the host's own routes would be changed. */
START_TEST(our_own_namespace_is_refused)
{
	struct ul_tap_conf conf = make_conf();
	char *error = NULL;
	int tap;

	ck_assert_int_lt(ul_ns_make_tap(&tap, "/proc/self/ns/net", &conf,
					&error), 0);
	ck_assert(strstr(error, "name another"));
	g_free(error);
}
END_TEST

static const struct {
	const char *target, *says;
} bad[] = {
	{ "4194999", "there is no such process" },
	{ "/nonexistent/ns", "No such file" },
	{ "/dev/null", "is not a network namespace" },
	{ "/proc/self/ns/uts", "is not a network namespace" },
};

START_TEST(a_bad_target_is_named)
{
	struct ul_tap_conf conf = make_conf();
	char *error = NULL;
	int tap;

	ck_assert_int_lt(ul_ns_make_tap(&tap, bad[_i].target, &conf, &error),
			 0);
	ck_assert_msg(strstr(error, bad[_i].says) &&
		      strstr(error, bad[_i].target), "%s", error);
	g_free(error);
}
END_TEST

static bool can_run(void)
{
	int tun = open("/dev/net/tun", O_RDWR), status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNET) ? EXIT_SKIP : 0);
	waitpid(pid, &status, 0);
	if (tun >= 0)
		close(tun);
	return tun >= 0 && !status;
}

int main(void)
{
	Suite *s = suite_create("ns");
	TCase *tc = tcase_create("ns");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_loop_test(tc, a_bad_target_is_named, 0, G_N_ELEMENTS(bad));
	tcase_add_test(tc, our_own_namespace_is_refused);
	if (can_run()) {
		tcase_add_test(tc, a_tap_is_configured);
		tcase_add_test(tc, a_tap_is_left_alone);
		tcase_add_test(tc, a_taken_name_is_reported_from_there);
	} else {
		puts("no user namespaces or no /dev/net/tun for this user: "
		     "the taps are left out");
	}
	suite_add_tcase(s, tc);
	return run_suite(s);
}
