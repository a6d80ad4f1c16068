/* SPDX-License-Identifier: BSD-3-Clause */
/* test_program.c - programs that are run for a connection */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "flow/program.h"
#include "harness.h"
#include "sys/spawn.h"

static struct ul_loop *loop;
static struct ul_programs *programs;
static struct ul_program *program;
static int fd;

static void setup(void)
{
	loop = ul_loop_new();
	programs = ul_programs_new(loop);
	signal(SIGPIPE, SIG_IGN);
}

/* No child is left, not even as a zombie. */
static void teardown(void)
{
	ul_programs_free(programs);
	for (int i = 0; i < 500 && waitpid(-1, NULL, WNOHANG) >= 0; i++)
		g_usleep(10000);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ul_loop_free(loop);
}

static void start(char *const argv[])
{
	ck_assert_int_eq(ul_program_start(programs, NULL, argv, &fd, &program),
			 0);
	ck_assert_uint_eq(ul_programs_count(programs), 1);
}

static void sh(const char *script)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };

	start(argv);
}

/* All that it says, to its end. */
static char *all(void)
{
	GString *text = g_string_new(NULL);
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0)
		g_string_append_len(text, part, n);
	return g_string_free(text, FALSE);
}

static void turns_until_gone(int tries)
{
	for (int i = 0; i < tries && ul_programs_count(programs); i++)
		ul_loop_turn(loop, 100);
	ck_assert_uint_eq(ul_programs_count(programs), 0);
}

START_TEST(it_reads_and_says)
{
	g_autofree char *said = NULL;

	sh("read line; echo \"$line, too\"; cat");
	ck_assert_int_eq(write(fd, "one\ntwo\n", 8), 8);
	shutdown(fd, SHUT_WR);
	said = all();
	ck_assert_str_eq(said, "one, too\ntwo\n");
	close(fd);
	ul_loop_turn(loop, 100);	/* it has exited before */
	ul_program_hang_up(program);
	turns_until_gone(30);
}
END_TEST

START_TEST(it_may_have_a_peer_with_an_address)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	g_autofree char *said = NULL;

	ul_programs_use_tcp(programs);
	sh("readlink /proc/self/fd/0; cat");
	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	ck_assert_int_eq(peer.ss_family, AF_INET);
	ck_assert_int_eq(write(fd, "over", 4), 4);
	shutdown(fd, SHUT_WR);
	said = all();
	ck_assert(g_str_has_prefix(said, "socket:"));
	ck_assert(g_str_has_suffix(said, "\nover"));
	close(fd);
	ul_program_hang_up(program);
	turns_until_gone(30);
}
END_TEST

START_TEST(words_are_words)
{
	char *argv[] = {
		(char *)"printf", (char *)"%s|", (char *)"a b",
		(char *)"$HOME;*", (char *)"", NULL,
	};
	g_autofree char *said = NULL;

	start(argv);
	said = all();
	ck_assert_str_eq(said, "a b|$HOME;*||");
	close(fd);
	ul_program_hang_up(program);
	turns_until_gone(30);
}
END_TEST

/* What is open here is not there; and no signal is ignored. */
START_TEST(nothing_is_inherited)
{
	int leak = open("/dev/null", O_RDONLY);
	g_autofree char *said = NULL;
	unsigned long long ignored;

	ck_assert_int_eq(dup2(leak, 50), 50);
	sh("[ -e /proc/$$/fd/50 ] && echo leak; grep SigIgn /proc/$$/status");
	said = all();
	ck_assert_msg(g_str_has_prefix(said, "SigIgn:\t"), "%s", said);
	/* 32 and 33 are libc's own. */
	ignored = strtoull(said + strlen("SigIgn:\t"), NULL, 16);
	ck_assert_msg(!(ignored & 0x7fffffff), "%s", said);
	close(50);
	close(leak);
	close(fd);
	ul_program_hang_up(program);
	turns_until_gone(30);
}
END_TEST

static rlim_t highest_limit(void)
{
	struct rlimit lim;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = lim.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	return lim.rlim_cur;
}

static void check_limit(rlim_t own, rlim_t of_program)
{
	g_autofree char *said = NULL;
	struct rlimit after;

	sh("ulimit -n");
	said = all();
	ck_assert_uint_eq(strtoul(said, NULL, 10), of_program);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &after), 0);
	ck_assert_uint_eq(after.rlim_cur, own);
	close(fd);
	ul_program_hang_up(program);
	turns_until_gone(30);
}

/* We may have raised it for flows; programs may count on select(). */
START_TEST(limit_of_files_is_the_usual_one)
{
	rlim_t own = highest_limit();

	ul_spawn_lower_files();
	check_limit(own, MIN(own, 1024));
}
END_TEST

/* A library has not. */
START_TEST(limit_of_files_of_another_is_left_alone)
{
	rlim_t own = highest_limit();

	check_limit(own, own);
}
END_TEST

START_TEST(its_end_comes_with_the_connections)
{
	sh("echo ready; exec sleep 1000");
	ck_assert_int_eq(read(fd, (char[8]){ 0 }, 8), 6);
	close(fd);
	ul_program_hang_up(program);
	turns_until_gone(10);
}
END_TEST

/* One that will not, and its child. */
START_TEST(who_does_not_listen_is_killed)
{
	sh("trap '' TERM; echo ready; sleep 1000; sleep 1000");
	ck_assert_int_eq(read(fd, (char[8]){ 0 }, 8), 6);
	ul_program_hang_up(program);
	ul_loop_turn(loop, 100);
	ck_assert_uint_eq(ul_programs_count(programs), 1);
	turns_until_gone(60);
	close(fd);
}
END_TEST

START_TEST(none_is_left_at_the_end)
{
	sh("trap '' TERM; echo ready; sleep 1000; sleep 1000");
	ck_assert_int_eq(read(fd, (char[8]){ 0 }, 8), 6);
	close(fd);
}
END_TEST

static const struct {
	const char *program;
	int rc;
} bad[] = {
	{ "/no/such/program", -ENOENT }, { "no-such-program", -ENOENT },
	{ "/dev/null", -EACCES }, { "/", -EACCES },
};

START_TEST(what_cannot_run_says_why)
{
	char *argv[] = { (char *)bad[_i].program, NULL };

	ck_assert_int_eq(ul_program_start(programs, NULL, argv, &fd, &program),
			 bad[_i].rc);
	ck_assert_uint_eq(ul_programs_count(programs), 0);
	if (strcmp(bad[_i].program, "/"))
		ck_assert_int_eq(ul_spawn_check(bad[_i].program), bad[_i].rc);
}
END_TEST

/* And one guest does not have them all. */
START_TEST(no_more_than_some_run)
{
	char *argv[] = { (char *)"sleep", (char *)"1000", NULL };
	int guest[2], fds[UL_PROGRAMS_MAX];

	for (int i = 0; i < UL_PROGRAMS_MAX; i++) {
		int *who = &guest[i >= UL_PROGRAMS_MAX_EACH];

		ck_assert_int_eq(ul_program_start(programs, who, argv, &fds[i],
						  &program), 0);
		if (i != UL_PROGRAMS_MAX_EACH - 1)
			continue;
		ck_assert_int_eq(ul_program_start(programs, who, argv, &fd,
						  &program), -EAGAIN);
	}
	ck_assert_int_eq(ul_program_start(programs, NULL, argv, &fd, &program),
			 -EAGAIN);
	for (int i = 0; i < UL_PROGRAMS_MAX; i++)
		close(fds[i]);
}
END_TEST

static int64_t clock_us = 1000000;

static int64_t fake_clock(void *arg)
{
	return clock_us;
}

/* How many of @tries are started, and end at once. */
static unsigned int starts(int tries)
{
	char *argv[] = { (char *)"true", NULL };
	unsigned int count = 0;

	ul_loop_turn(loop, 0);		/* what time it is */
	while (tries--) {
		if (ul_program_start(programs, &loop, argv, &fd, &program))
			continue;
		count++;
		close(fd);
		ul_program_hang_up(program);
		for (int t = 0; t < 100 && ul_programs_count(programs); t++)
			ul_loop_turn(loop, 100);
	}
	return count;
}

/* However soon they end. */
START_TEST(no_guest_starts_them_at_will)
{
	ul_loop_set_clock(loop, fake_clock, NULL);
	ck_assert_uint_eq(starts(2 * UL_PROGRAMS_BURST), UL_PROGRAMS_BURST);
	clock_us += 1000000;
	ck_assert_uint_eq(starts(2 * UL_PROGRAMS_BURST), UL_PROGRAMS_PER_S);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("program");
	TCase *tc = tcase_create("program");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, it_reads_and_says);
	tcase_add_test(tc, it_may_have_a_peer_with_an_address);
	tcase_add_test(tc, words_are_words);
	tcase_add_test(tc, nothing_is_inherited);
	tcase_add_test(tc, limit_of_files_is_the_usual_one);
	tcase_add_test(tc, limit_of_files_of_another_is_left_alone);
	tcase_add_test(tc, its_end_comes_with_the_connections);
	tcase_add_test(tc, who_does_not_listen_is_killed);
	tcase_add_test(tc, none_is_left_at_the_end);
	tcase_add_loop_test(tc, what_cannot_run_says_why, 0,
			    G_N_ELEMENTS(bad));
	tcase_add_test(tc, no_more_than_some_run);
	tcase_add_test(tc, no_guest_starts_them_at_will);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
