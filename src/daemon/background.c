/* SPDX-License-Identifier: BSD-3-Clause */
/* background.c - leave the terminal, and say when ready */
#include "daemon/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int ul_background_fill_stdio(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* The first process: whatever ends the other closes its pipe. */
static void __attribute__((noreturn)) wait_for_it(int fd)
{
	char c;
	ssize_t n;

	do {
		n = read(fd, &c, 1);
	} while (n < 0 && errno == EINTR);
	_exit(n == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* A session of its own, and not its leader: no terminal can come back. */
static int leave_session(void)
{
	pid_t pid;

	if (setsid() < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid)
		_exit(EXIT_SUCCESS);
	return 0;
}

int ul_background_enter(int *tell)
{
	int pair[2], rc;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		rc = -errno;
		close(pair[0]);
		close(pair[1]);
		return rc;
	}
	if (pid) {
		close(pair[1]);
		wait_for_it(pair[0]);
	}
	close(pair[0]);
	rc = leave_session();
	if (rc) {
		close(pair[1]);
		return rc;
	}
	*tell = pair[1];
	return 0;
}

int ul_background_ready(int take_tell)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int rc = null < 0 || chdir("/") < 0 ? -errno : 0;

	for (int fd = STDIN_FILENO; !rc && fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			rc = -errno;
	if (null >= 0)
		close(null);
	if (!rc && write(take_tell, "1", 1) < 0)
		rc = -errno;
	close(take_tell);
	return rc;
}
