/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unixfd.c - UNIX sockets to listen on, descriptors that come from outside
 *
 * A stale socket may be replaced only while nobody else looks at it, or two
 * processes that start at once unlink each other's. The lock is on the
 * directory: a lock file beside the socket would stay behind, and removing
 * it opens the race again. A file system without such locks costs the
 * protection, not the start.
 */
#include "sys/unixfd.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

#define BACKLOG 128	/* guests that connect at once */
#define LOCK_TRIES 40
#define LOCK_PAUSE_NS 50000000L		/* 2 s in all */

/* *@fd holds the lock, or is -1 where there is none to have. */
static int lock_directory(int *fd, const char *path, char **error)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	g_autofree char *dir = g_path_get_dirname(path);

	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return ul_fail(error, -ENOENT, "socket %s: there is no "
			       "directory %s", path, dir);
	for (int i = 0; *fd >= 0 && i < LOCK_TRIES; i++) {
		if (!flock(*fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
			return 0;
		nanosleep(&pause, NULL);
	}
	if (*fd < 0)
		return 0;
	close(*fd);
	return ul_fail(error, -EBUSY, "socket %s: another process holds the "
		       "lock on %s", path, dir);
}

/* What a connection to @sun meets: 0 when someone listens, or -errno. */
static int probe(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	int rc = 0;

	if (fd < 0)
		return -errno;
	/*
	 * Someone is there, too, when the backlog is full (EAGAIN), or the
	 * socket of another type (EPROTOTYPE).
	 */
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) < 0 &&
	    errno != EAGAIN && errno != EPROTOTYPE)
		rc = -errno;
	close(fd);
	return rc;
}

/* Make way for a socket at @sun, if that takes nothing from anybody. */
static int clear_stale(const struct sockaddr_un *sun, char **error)
{
	const char *path = sun->sun_path;
	struct stat st;
	int rc;

	if (lstat(path, &st) < 0)
		return 0;	/* bind() says what else is wrong */
	if (!S_ISSOCK(st.st_mode))
		return ul_fail(error, -EADDRINUSE, "socket %s: a file that is "
			       "no socket is there already; choose another "
			       "path or remove it", path);
	rc = probe(sun);
	if (!rc)
		return ul_fail(error, -EADDRINUSE, "socket %s: a running "
			       "process listens there already; choose another "
			       "--name or --socket", path);
	if (rc != -ECONNREFUSED)
		return ul_fail(error, rc, "socket %s: is there already and "
			       "cannot be asked whether it is in use: %s", path,
			       g_strerror(-rc));
	if (unlink(path) < 0)
		return ul_fail(error, -errno, "socket %s: a stale socket "
			       "cannot be removed: %s", path,
			       g_strerror(errno));
	return 0;
}

/* A socket of @type that is bound to @path, whose address is @sun. */
static int bind_and_listen(int *out, int type, const char *path,
			   const struct sockaddr_un *sun, socklen_t len,
			   char **error)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, rc;

	if (fd < 0)
		return ul_fail(error, -errno, "socket %s: %s", path,
			       g_strerror(errno));
	/* Whoever sends datagrams is known from the first one on. */
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	/* The mode of the file comes from here: no moment of being open. */
	if (fchmod(fd, 0600) < 0 ||
	    bind(fd, (const struct sockaddr *)sun, len) < 0) {
		rc = ul_fail(error, -errno, "socket %s: cannot be made: %s",
			     path, errno == EADDRINUSE ?
			     "a running process has it already" :
			     g_strerror(errno));
		close(fd);
		return rc;
	}
	if (type != SOCK_DGRAM && listen(fd, BACKLOG) < 0) {
		rc = ul_fail(error, -errno, "socket %s: cannot listen: %s",
			     path, g_strerror(errno));
		if (sun->sun_path[0])
			unlink(sun->sun_path);
		close(fd);
		return rc;
	}
	*out = fd;
	return 0;
}

/* No file: nothing is stale, and no mode keeps others out. */
static int listen_abstract(int *out, int type, const char *path, char **error)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = strlen(path);

	if (len == 1)
		return ul_fail(error, -EINVAL, "socket @: a name has to "
			       "follow");
	if (len > sizeof(sun.sun_path))
		return ul_fail(error, -ENAMETOOLONG, "socket %s: the name is "
			       "longer than %zu bytes", path,
			       sizeof(sun.sun_path) - 1);
	memcpy(sun.sun_path + 1, path + 1, len - 1);
	return bind_and_listen(out, type, path, &sun,
			       (socklen_t)(offsetof(struct sockaddr_un,
						    sun_path) + len), error);
}

int ul_unix_listen_type(int *out, int type, const char *path, char **error)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int lock = -1, rc;

	if (path[0] == '@')
		return listen_abstract(out, type, path, error);
	if (strlen(path) >= sizeof(sun.sun_path))
		return ul_fail(error, -ENAMETOOLONG, "socket %s: the path is "
			       "longer than %zu bytes", path,
			       sizeof(sun.sun_path) - 1);
	memcpy(sun.sun_path, path, strlen(path));
	rc = lock_directory(&lock, path, error);
	if (!rc)
		rc = clear_stale(&sun, error);
	if (!rc)
		rc = bind_and_listen(out, type, path, &sun, sizeof(sun),
				     error);
	if (lock >= 0)
		close(lock);
	return rc;
}

int ul_unix_listen(int *out, const char *path, char **error)
{
	return ul_unix_listen_type(out, SOCK_STREAM, path, error);
}

void ul_unix_remove_stale(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char *why = NULL;

	if (g_strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) <
	    sizeof(sun.sun_path))
		clear_stale(&sun, &why);
	g_free(why);
}

int ul_loopback_listen(int *out, const struct ul_ep *ep, char **error)
{
	char text[UL_EP_STRLEN];
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, on = 1, rc;

	ul_ep_str(ep, text);
	if (!ul_addr_is_loopback(&ep->addr))
		return ul_fail(error, -EINVAL, "TCP on %s: is no loopback "
			       "address; write 127.0.0.1:PORT or [::1]:PORT",
			       text);
	len = ul_ep_to_sa(ep, &ss);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, len) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		rc = ul_fail(error, -errno, "TCP on %s: %s", text,
			     g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return rc;
	}
	*out = fd;
	return 0;
}

int ul_unix_private_dir(const char *path, char **error)
{
	struct stat st;

	if (!mkdir(path, 0700))
		return 0;
	if (errno != EEXIST)
		return ul_fail(error, -errno, "directory %s: cannot be made: "
			       "%s", path, g_strerror(errno));
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return ul_fail(error, -ENOTDIR, "directory %s: something else "
			       "has that name", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return ul_fail(error, -EPERM, "directory %s: must belong to "
			       "uid %u with mode 0700", path,
			       (unsigned)geteuid());
	return 0;
}

static int check_connected(int fd, bool must_stream, char **error)
{
	int type = 0, listens = 0;
	socklen_t len = sizeof(int);
	struct sockaddr_storage ss;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return ul_fail(error, -errno, "descriptor %d: %s", fd,
			       errno == ENOTSOCK ? "is not a socket" :
			       g_strerror(errno));
	if (must_stream && type != SOCK_STREAM)
		return ul_fail(error, -EPROTOTYPE, "descriptor %d: is not a "
			       "stream socket", fd);
	len = sizeof(int);
	if (!getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) &&
	    listens)
		return ul_fail(error, -EINVAL, "descriptor %d: is a listening "
			       "socket; pass a connected one", fd);
	len = sizeof(ss);
	if (getpeername(fd, (struct sockaddr *)&ss, &len) < 0)
		return ul_fail(error, -errno, "descriptor %d: is not connected",
			       fd);
	return 0;
}

static int adopt(int *out, int fd, char **error)
{
	int own, flags, rc;

	own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	flags = own < 0 ? -1 : fcntl(own, F_GETFL);
	if (flags < 0 || fcntl(own, F_SETFL, flags | O_NONBLOCK) < 0) {
		rc = ul_fail(error, -errno, "descriptor %d: %s", fd,
			     g_strerror(errno));
		if (own >= 0)
			close(own);
		return rc;
	}
	if (fd > 2)
		close(fd);
	*out = own;
	return 0;
}

int ul_unix_adopt_stream(int *out, int fd, char **error)
{
	int rc = check_connected(fd, true, error);

	return rc ? rc : adopt(out, fd, error);
}

int ul_unix_adopt(int *out, int fd, char **error)
{
	int rc = check_connected(fd, false, error);

	return rc ? rc : adopt(out, fd, error);
}

int ul_unix_send_fd(int sock, int fd, const char *text)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec iov = {
		.iov_base = (void *)(uintptr_t)text,
		.iov_len = strlen(text) + 1,
	};
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int ul_unix_recv_fd(int sock, int *fd, char *buf, size_t size)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = buf, .iov_len = size - 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *c;
	ssize_t n;

	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -EPIPE;
	buf[n] = '\0';
	*fd = -1;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	return 0;
}
