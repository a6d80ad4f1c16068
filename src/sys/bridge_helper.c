/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bridge_helper.c - a tap on a bridge, made by qemu-bridge-helper
 *
 * QEMU's small setuid program: it looks the bridge up in its own list, makes
 * a tap, joins it to the bridge and passes the descriptor over the socket
 * that it was given. It is run before we are ready, and waited for with a
 * limit. What it prints goes into our error, with what root must do; what it
 * prints beyond that is read and dropped, so that it never waits for us.
 */
#include "sys/bridge_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "sys/linkinfo.h"
#include "sys/unixfd.h"

#define SAID_MAX 256
#define EXIT_NO_EXEC 127
#define REAP_MS 500
#define READS_MAX 64
#define US_PER_MS 1000

static const char *const usual_paths[] = {
	"/usr/lib/qemu/qemu-bridge-helper",
	"/usr/libexec/qemu-bridge-helper",
	"/usr/libexec/qemu/qemu-bridge-helper",
	"/usr/lib/qemu-bridge-helper",
	"/usr/local/lib/qemu/qemu-bridge-helper",
	"/usr/local/libexec/qemu-bridge-helper",
	NULL,
};

struct helper {
	const char *path, *bridge;
	pid_t pid;
	int sock;			/* our end */
	int err;			/* what it prints */
	int64_t deadline_us;
	int status;			/* of waitpid(), once it ended */
	char said[SAID_MAX];
	size_t said_len;
};

static int check_bridge(const char *bridge, char **error)
{
	struct ul_linkinfo link;
	int rc = ul_linkinfo_get(&link, bridge);

	if (rc == -ENODEV)
		return ul_fail(error, rc, "there is no bridge %s; root makes "
			       "it by: ip link add %s type bridge && ip link "
			       "set %s up", bridge, bridge, bridge);
	if (rc)
		return ul_fail(error, rc, "the bridge %s: %s", bridge,
			       g_strerror(-rc));
	if (strcmp(link.kind, "bridge"))
		return ul_fail(error, -EPROTOTYPE, "the interface %s is no "
			       "bridge", bridge);
	return 0;
}

static int find_helper(const char **out, const char *const *paths,
		       char **error)
{
	const char *there = NULL;
	g_autofree char *all = g_strjoinv(", ", (char **)(uintptr_t)paths);

	for (; *paths; paths++) {
		if (access(*paths, X_OK) == 0) {
			*out = *paths;
			return 0;
		}
		if (!there && access(*paths, F_OK) == 0)
			there = *paths;
	}
	if (there)
		return ul_fail(error, -EACCES, "%s may not be run by this "
			       "user; root allows it by: chmod 4755 %s", there,
			       there);
	return ul_fail(error, -ENOENT, "there is no qemu-bridge-helper at %s; "
		       "root installs it (Debian: apt install "
		       "qemu-system-common)", all);
}

/* ---- running it ---------------------------------------------------------- */

static void __attribute__((noreturn))
be_the_helper(const struct helper *h, int sock, int err)
{
	char *br = g_strdup_printf("--br=%s", h->bridge);
	char *fd = g_strdup_printf("--fd=%d", sock);
	char vnet[] = "--use-vnet";
	char *argv[] = { (char *)(uintptr_t)h->path, vnet, br, fd, NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(err, STDERR_FILENO) >= 0 && fcntl(sock, F_SETFD, 0) == 0)
		execv(h->path, argv);
	_exit(EXIT_NO_EXEC);
}

static int start(struct helper *h, char **error)
{
	int sock[2] = { -1, -1 }, err[2] = { -1, -1 };

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock) < 0 ||
	    pipe2(err, O_CLOEXEC) < 0 ||
	    fcntl(err[0], F_SETFL, O_NONBLOCK) < 0)
		goto out;
	h->pid = fork();
	if (!h->pid)
		be_the_helper(h, sock[1], err[1]);
	if (h->pid < 0)
		goto out;
	close(sock[1]);
	close(err[1]);
	h->sock = sock[0];
	h->err = err[0];
	return 0;
out:
	ul_fail(error, -errno, "%s: cannot be started: %s", h->path,
		g_strerror(errno));
	for (int i = 0; i < 2; i++) {
		if (sock[i] >= 0)
			close(sock[i]);
		if (err[i] >= 0)
			close(err[i]);
	}
	return -EAGAIN;
}

/* Keep the first bytes of what it prints. False when there is no more now. */
static bool hear(struct helper *h)
{
	char buf[4096];
	ssize_t n = read(h->err, buf, sizeof(buf));
	size_t room = SAID_MAX - 1 - h->said_len;

	if (n <= 0)
		return false;
	if ((size_t)n < room)
		room = (size_t)n;
	memcpy(h->said + h->said_len, buf, room);
	h->said_len += room;
	return true;
}

static void hear_all(struct helper *h)
{
	for (int i = 0; i < READS_MAX && hear(h); i++)
		;
}

static int ms_left(const struct helper *h)
{
	int64_t left = (h->deadline_us - g_get_monotonic_time()) / US_PER_MS;

	return left < 0 ? 0 : (int)left;
}

/* Until there is something on the socket, or its end. 0 or -errno. */
static int await_answer(struct helper *h)
{
	struct pollfd pfd[] = {
		{ .fd = h->sock, .events = POLLIN },
		{ .fd = h->err, .events = POLLIN },
	};

	for (;;) {
		int n = poll(pfd, 2, ms_left(h));

		if (n == 0)
			return -ETIMEDOUT;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && pfd[0].revents)
			return 0;
		if (n > 0 && !hear(h))
			pfd[1].fd = -1;		/* it closed its end */
	}
}

static bool has_ended(struct helper *h, int wait_ms)
{
	for (int ms = 0; ms < wait_ms; ms++) {
		hear_all(h);
		if (waitpid(h->pid, &h->status, WNOHANG) != 0)
			return true;
		g_usleep(US_PER_MS);
	}
	return false;
}

/* It has answered, or must end now. */
static void finish(struct helper *h)
{
	if (!has_ended(h, REAP_MS)) {
		kill(h->pid, SIGKILL);
		has_ended(h, REAP_MS);
	}
	hear_all(h);
	close(h->sock);
	close(h->err);
}

/* ---- what went wrong ----------------------------------------------------- */

static bool runs_as_root(const char *path)
{
	struct stat st;

	return geteuid() == 0 ||
	       (stat(path, &st) == 0 && (st.st_mode & S_ISUID)) ||
	       getxattr(path, "security.capability", NULL, 0) > 0;
}

/* "; root ...", or nothing where it is not known. */
static char *remedy(const struct helper *h)
{
	GString *s = g_string_new(NULL);
	bool is_denied = strstr(h->said, "access denied by acl");
	bool has_no_acl = strstr(h->said, "failed to parse default acl") &&
			  access(UL_BRIDGE_HELPER_ACL, F_OK) < 0;

	if (runs_as_root(h->path) && geteuid() != 0 &&
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		g_string_append(s, "; this process may gain no privileges "
				"(no_new_privs), so the helper gets none");
	if (!runs_as_root(h->path))
		g_string_append_printf(s, "; root lets it make taps by: "
				       "chmod u+s %s", h->path);
	if (is_denied || has_no_acl)
		g_string_append_printf(s, "; root allows the bridge by: "
				       "%secho 'allow %s' >>%s",
				       has_no_acl ? "mkdir -p /etc/qemu; " : "",
				       h->bridge, UL_BRIDGE_HELPER_ACL);
	if (strstr(h->said, "/dev/net/tun") && runs_as_root(h->path))
		g_string_append(s, "; root loads the module by: modprobe tun");
	return g_string_free(s, FALSE);
}

static int explain(struct helper *h, int rc, char **error)
{
	g_autofree char *help = remedy(h);
	g_autofree char *said = NULL;

	g_strchomp(h->said);
	said = g_utf8_make_valid(h->said, -1);
	for (char *p = said; *p; p++)
		if (g_ascii_iscntrl(*p))
			*p = ' ';
	if (rc == -ETIMEDOUT)
		return ul_fail(error, rc, "%s did not answer in time for the "
			       "bridge %s", h->path, h->bridge);
	if (WIFEXITED(h->status) && WEXITSTATUS(h->status) == EXIT_NO_EXEC &&
	    !*said)
		return ul_fail(error, -ENOEXEC, "%s cannot be run", h->path);
	return ul_fail(error, -EPERM, "%s made no tap on the bridge %s: %s%s",
		       h->path, h->bridge, *said ? said : "it gave no reason",
		       help);
}

int ul_bridge_helper_run(int *out, const char *bridge,
			 const struct ul_bridge_helper_conf *conf,
			 char **error)
{
	struct helper h = { .bridge = bridge };
	int wait_ms = conf ? conf->wait_ms : 0;
	int fd = -1, rc;
	char byte[2];

	rc = check_bridge(bridge, error);
	if (!rc)
		rc = find_helper(&h.path, conf && conf->paths ? conf->paths :
				 usual_paths, error);
	if (!rc)
		rc = start(&h, error);
	if (rc)
		return rc;
	h.deadline_us = g_get_monotonic_time() + US_PER_MS * (int64_t)
		(wait_ms ? wait_ms : UL_BRIDGE_HELPER_WAIT_MS);
	rc = await_answer(&h);
	if (rc == -ETIMEDOUT)
		kill(h.pid, SIGKILL);
	if (!rc)
		rc = ul_unix_recv_fd(h.sock, &fd, byte, sizeof(byte));
	finish(&h);
	if (!rc && fd >= 0) {
		*out = fd;
		return 0;
	}
	return explain(&h, rc, error);
}
