/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ns.c - a tap in somebody else's network namespace
 *
 * Joining a network namespace takes CAP_SYS_ADMIN in the user namespace that
 * owns it. Whoever made that one from ours has it there, once inside; root
 * has it already and must not go inside, where /dev/net/tun may be closed to
 * it. So: try to join, and only when that is forbidden, join the owner
 * first. All in a child; what comes back is the tap or a sentence.
 */
#include "sys/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "sys/unixfd.h"

#define SENTENCE_MAX 512
#define OWN_NETNS "/proc/self/ns/net"

static bool is_pid(const char *target)
{
	return *target && strspn(target, "0123456789") == strlen(target);
}

/* The namespace's file; a path to something else must not block. */
static int open_target(int *out, const char *target, char **error)
{
	g_autofree char *path = is_pid(target) ?
		g_strdup_printf("/proc/%s/ns/net", target) : g_strdup(target);
	struct stat own, st;
	int fd, kind;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT && is_pid(target))
		return ul_fail(error, -ESRCH, "netns %s: there is no such "
			       "process", target);
	if (fd < 0)
		return ul_fail(error, -errno, "netns %s: %s: %s%s", target,
			       path, g_strerror(errno), errno != EACCES ? "" :
			       "; the process must be yours");
	kind = ioctl(fd, NS_GET_NSTYPE);
	if (kind != CLONE_NEWNET) {
		close(fd);
		return ul_fail(error, -EINVAL, "netns %s: is not a network "
			       "namespace", target);
	}
	if (!stat(OWN_NETNS, &own) && !fstat(fd, &st) &&
	    own.st_ino == st.st_ino && own.st_dev == st.st_dev) {
		close(fd);
		return ul_fail(error, -EINVAL, "netns %s: is the network "
			       "namespace that userland runs in; name another",
			       target);
	}
	*out = fd;
	return 0;
}

static int join_owner(int netns, const char *target, char **error)
{
	int owner = ioctl(netns, NS_GET_USERNS);
	int rc = 0;

	if (owner < 0)
		return ul_fail(error, -errno, "netns %s: it is not owned by a "
			       "user namespace of yours: %s", target,
			       g_strerror(errno));
	if (setns(owner, CLONE_NEWUSER) < 0)
		rc = ul_fail(error, -errno, "netns %s: cannot join the user "
			     "namespace that owns it: %s; it must be one that "
			     "this user made", target, g_strerror(errno));
	close(owner);
	return rc;
}

static int join(int netns, const char *target, char **error)
{
	int rc;

	if (!setns(netns, CLONE_NEWNET))
		return 0;
	if (errno == EPERM) {
		rc = join_owner(netns, target, error);
		if (rc)
			return rc;
		if (!setns(netns, CLONE_NEWNET))
			return 0;
	}
	return ul_fail(error, -errno, "netns %s: cannot join it: %s", target,
		       g_strerror(errno));
}

static void __attribute__((noreturn))
child(int sock, const char *target, const struct ul_tap_conf *conf)
{
	g_autofree char *error = NULL;
	int netns, tap = -1, rc;

	rc = open_target(&netns, target, &error);
	if (!rc)
		rc = join(netns, target, &error);
	if (!rc)
		rc = ul_tapif_make(&tap, conf, &error);
	if (!rc)
		rc = ul_unix_send_fd(sock, tap, "");
	else
		ul_unix_send_fd(sock, -1, error);
	_exit(rc ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* Take what the child sends: the tap, or its sentence. */
static int receive(int *out, int sock, const char *target, char **error)
{
	char sentence[SENTENCE_MAX];
	int tap, rc;

	rc = ul_unix_recv_fd(sock, &tap, sentence, sizeof(sentence));
	if (rc)
		return ul_fail(error, rc, "netns %s: the process that went "
			       "there died", target);
	if (tap < 0)
		return ul_fail(error, -ECANCELED, "%s", sentence);
	*out = tap;
	return 0;
}

int ul_ns_make_tap(int *out, const char *target,
		   const struct ul_tap_conf *conf, char **error)
{
	int pair[2], rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return ul_fail(error, -errno, "netns %s: %s", target,
			       g_strerror(errno));
	pid = fork();
	if (pid < 0) {
		rc = ul_fail(error, -errno, "netns %s: cannot fork: %s", target,
			     g_strerror(errno));
		goto out;
	}
	if (!pid) {
		close(pair[0]);
		child(pair[1], target, conf);
	}
	close(pair[1]);
	pair[1] = -1;
	rc = receive(out, pair[0], target, error);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
out:
	close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	return rc;
}
