/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spawn.c - other programs, each in a session of its own
 *
 * posix_spawn() shares our memory until the program runs, where fork() would
 * copy the tables of all that guests' data takes, and it tells why a program
 * could not be run. Every descriptor of ours closes at that point (all are
 * close-on-exec), those of a library that forgot it too.
 */
#include "sys/spawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

/* What programs expect: select() takes no more, and some close them all. */
#define FILES_USUAL 1024

extern char **environ;

static int set_files(posix_spawn_file_actions_t *files, int stdio)
{
	int rc = posix_spawn_file_actions_adddup2(files, stdio, STDIN_FILENO);

	if (!rc)
		rc = posix_spawn_file_actions_adddup2(files, stdio,
						      STDOUT_FILENO);
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
	if (!rc)
		rc = posix_spawn_file_actions_addclosefrom_np(
			files, STDERR_FILENO + 1);
#endif
	return rc;
}

static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t all, none;
	int rc;

	sigfillset(&all);
	sigemptyset(&none);
	rc = posix_spawnattr_setsigdefault(attr, &all);
	if (!rc)
		rc = posix_spawnattr_setsigmask(attr, &none);
	if (!rc)
		rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF |
					      POSIX_SPAWN_SETSIGMASK |
					      POSIX_SPAWN_SETSID);
	return rc;
}

/* Set once, at the start. */
static bool has_raised_files;

void ul_spawn_lower_files(void)
{
	has_raised_files = true;
}

/* The child has our limit of open files of this moment, which may be raised. */
static int spawn_limited(char *const argv[],
			 const posix_spawn_file_actions_t *files,
			 const posix_spawnattr_t *attr, pid_t *pid)
{
	struct rlimit own = { 0 }, usual;
	bool is_raised = has_raised_files &&
			 getrlimit(RLIMIT_NOFILE, &own) == 0 &&
			 own.rlim_cur > FILES_USUAL;
	int rc;

	usual = own;
	usual.rlim_cur = FILES_USUAL;
	if (is_raised)
		setrlimit(RLIMIT_NOFILE, &usual);
	rc = posix_spawnp(pid, argv[0], files, attr, argv, environ);
	if (is_raised)
		setrlimit(RLIMIT_NOFILE, &own);
	return rc;
}

int ul_spawn(char *const argv[], int stdio, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc = posix_spawn_file_actions_init(&files);

	if (rc)
		return -rc;
	rc = posix_spawnattr_init(&attr);
	if (rc)
		goto out;
	rc = set_files(&files, stdio);
	if (!rc)
		rc = set_attributes(&attr);
	if (!rc)
		rc = spawn_limited(argv, &files, &attr, pid);
	posix_spawnattr_destroy(&attr);
out:
	posix_spawn_file_actions_destroy(&files);
	return -rc;
}

int ul_spawn_check(const char *program)
{
	g_autofree char *found = NULL;

	if (strchr(program, '/'))
		return access(program, X_OK) < 0 ? -errno : 0;
	found = g_find_program_in_path(program);
	return found ? 0 : -ENOENT;
}

int ul_spawn_watch_fd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

void ul_spawn_signal(pid_t pid, int sig)
{
	kill(-pid, sig);
}

void ul_spawn_reap(pid_t pid)
{
	while (waitpid(pid, NULL, WNOHANG) < 0 && errno == EINTR)
		;
}
