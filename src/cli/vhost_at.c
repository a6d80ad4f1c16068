/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_at.c - where QEMU finds the back-end of a vhost-user card */
#include "cli/vhost_at.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "base/error.h"
#include "sys/unixfd.h"

#define STEP_MS 200
#define STEPS (60000 / STEP_MS)

char *ul_vhost_at_name(unsigned int index)
{
	return g_strdup_printf("@userlan-vhost-%d-%u-%08x", (int)getpid(),
			       index, g_random_int());
}

int ul_vhost_at_listen(int *fd, const char *name, char **error)
{
	return ul_unix_listen_type(fd, SOCK_STREAM, name, error);
}

static bool is_ours(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (cred.uid == geteuid() || cred.uid == 0);
}

/* It is waited for by others: only looked at here. */
static bool has_ended(pid_t vm)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)vm, &info, WEXITED | WNOHANG | WNOWAIT) ||
	       info.si_pid;
}

int ul_vhost_at_accept(int *out, int fd, pid_t vm, char **error)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < STEPS; i++) {
		int got = poll(&pfd, 1, STEP_MS) > 0 ?
			  accept4(fd, NULL, NULL, SOCK_CLOEXEC) : -1;

		if (got >= 0 && is_ours(got)) {
			*out = got;
			return 0;
		}
		if (got >= 0)
			close(got);
		else if (has_ended(vm))
			return ul_fail(error, -ECHILD, "the VM ended before it had its network");
	}
	return ul_fail(error, -ETIMEDOUT, "the VM did not ask for its network");
}
