/* SPDX-License-Identifier: BSD-3-Clause */
/* child.c - run a program, pass signals on to it, take over its status */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 4096
#define OUTPUT_WAIT_MS 10000
#define POLL_US 20000
#define TERM_MS 3000

static void fill(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGCHLD);
}

void ul_child_hold_signals(void)
{
	sigset_t set;

	fill(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* Ignored by whoever started us, a child would never be seen. */
	signal(SIGCHLD, SIG_DFL);
}

static void release_signals(void)
{
	sigset_t set;

	fill(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void keep(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags >= 0)
		fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
}

static void __attribute__((noreturn))
exec(const struct ul_child_conf *conf, int tell)
{
	int err;

	if (conf->group == UL_CHILD_OWN_GROUP) {
		setpgid(0, 0);
		/* Or its first word on the terminal could stop it. */
		signal(SIGTTOU, SIG_IGN);
	}
	for (size_t i = 0; i < conf->keep_count; i++)
		keep(conf->keep_fds[i]);
	release_signals();
	execvp(conf->argv[0], conf->argv);
	err = errno;
	if (write(tell, &err, sizeof(err)) < 0)
		err = 0;
	_exit(127);
}

int ul_child_start(pid_t *out, const struct ul_child_conf *conf,
		   char **error)
{
	int pair[2], err = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0) {
		err = errno;
		goto fail;
	}
	fflush(NULL);
	pid = fork();
	if (!pid)
		exec(conf, pair[1]);
	err = pid < 0 ? errno : 0;
	close(pair[1]);
	/* It is closed by the exec, or has the reason why there was none. */
	do {
		n = pid < 0 ? 0 : read(pair[0], &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	close(pair[0]);
	if (!err) {
		*out = pid;
		return 0;
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
fail:
	*error = g_strdup_printf("cannot run %s: %s", conf->argv[0],
				 err == ENOENT ? "there is no such program" :
				 g_strerror(err));
	return -err;
}

static int status_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

/* Has @pid ended? */
static bool reap(pid_t pid, int *status)
{
	pid_t got = waitpid(pid, status, WNOHANG);

	return got == pid || (got < 0 && errno == ECHILD);
}

int ul_child_wait(pid_t pid)
{
	sigset_t set;
	siginfo_t info;
	int status = 0;

	fill(&set);
	while (!reap(pid, &status)) {
		int signo = sigwaitinfo(&set, &info);

		if (signo > 0 && signo != SIGCHLD && info.si_code != SI_KERNEL)
			kill(pid, signo);
	}
	return status_of(status);
}

static bool ends_within(pid_t pid, int ms)
{
	int64_t end_us = g_get_monotonic_time() + ms * 1000ll;
	int status;

	while (!reap(pid, &status)) {
		if (g_get_monotonic_time() > end_us)
			return false;
		g_usleep(POLL_US);
	}
	return true;
}

void ul_child_end(pid_t pid, int ms)
{
	if (ends_within(pid, ms))
		return;
	kill(pid, SIGTERM);
	if (ends_within(pid, TERM_MS))
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Until the end of @fd, the limit or the deadline. */
static bool read_all(int fd, GString *out)
{
	int64_t end_us = g_get_monotonic_time() + OUTPUT_WAIT_MS * 1000ll;
	char buf[OUTPUT_MAX];

	while (out->len < OUTPUT_MAX) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left_us = end_us - g_get_monotonic_time();
		ssize_t n;

		if (left_us <= 0 || poll(&p, 1, (int)(left_us / 1000)) == 0)
			return false;
		n = read(fd, buf, OUTPUT_MAX - out->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		g_string_append_len(out, buf, n);
	}
	return true;
}

char *ul_child_output(char *const *argv)
{
	GString *out = g_string_new(NULL);
	bool is_whole = false;
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return g_string_free(out, TRUE);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		dup2(pair[1], STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		release_signals();
		execvp(argv[0], argv);
		_exit(127);
	}
	close(pair[1]);
	if (pid > 0)
		is_whole = read_all(pair[0], out);
	close(pair[0]);
	if (pid > 0)
		ul_child_end(pid, is_whole ? 1000 : 0);
	return g_string_free(out, !is_whole);
}
