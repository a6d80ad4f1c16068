/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * qmp.c - a client of the control socket
 *
 * The socket is non-blocking and each command has one deadline for all of
 * its parts, so a peer that sends a byte a second is as dead as a silent one.
 */
#include "cli/qmp.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"

#define CHUNK 65536
#define GONE_POLL_US 10000

struct ul_qmp {
	int fd;
	char *path;		/* for sentences */
	GString *in;		/* received, not yet looked at */
	int wait_ms;
	int64_t deadline_us;
	json_int_t last_id;
	pid_t peer;		/* 0: not of our pid namespace */
};

static void start_clock(struct ul_qmp *q)
{
	q->deadline_us = g_get_monotonic_time() + q->wait_ms * 1000ll;
}

/* How long poll() may take; -1: without end. */
static int left_ms(const struct ul_qmp *q)
{
	int64_t left_us = q->deadline_us - g_get_monotonic_time();

	if (q->deadline_us == INT64_MAX)
		return -1;
	return left_us > 0 ? (int)(left_us / 1000) + 1 : 0;
}

static int timed_out(const struct ul_qmp *q, char **error)
{
	return ul_fail(error, -ETIMEDOUT, "%s: no answer within %d ms", q->path,
		       q->wait_ms);
}

/* Until @events, or the deadline. */
static int wait_for(struct ul_qmp *q, short events, char **error)
{
	struct pollfd p = { .fd = q->fd, .events = events };
	int n;

	do {
		n = poll(&p, 1, left_ms(q));
	} while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : timed_out(q, error);
}

static int lost(const struct ul_qmp *q, char **error)
{
	return ul_fail(error, -EPIPE, "%s: the connection was closed from the "
		       "other side", q->path);
}

/* Attach @fd to @msg, in @control. */
static void attach(struct msghdr *msg, void *control, size_t size, int fd)
{
	struct cmsghdr *c;

	msg->msg_control = control;
	msg->msg_controllen = size;
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
}

/* A descriptor goes with the first byte. */
static int send_all(struct ul_qmp *q, const char *text, int fd, char **error)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	size_t len = strlen(text), done = 0;

	while (done < len) {
		struct iovec iov = { (char *)text + done, len - done };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n;
		int rc;

		if (fd >= 0 && !done)
			attach(&msg, control.space, sizeof(control.space), fd);
		n = sendmsg(q->fd, &msg, MSG_NOSIGNAL);
		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (errno == EPIPE || errno == ECONNRESET)
			return lost(q, error);
		if (errno != EAGAIN && errno != EINTR)
			return ul_fail(error, -errno, "%s: %s", q->path,
				       g_strerror(errno));
		rc = wait_for(q, POLLOUT, error);
		if (rc)
			return rc;
	}
	return 0;
}

static int receive(struct ul_qmp *q, char **error)
{
	g_autofree char *chunk = g_malloc(CHUNK);
	ssize_t n;
	int rc;

	for (;;) {
		n = recv(q->fd, chunk, CHUNK, 0);
		if (n > 0)
			break;
		if (!n || errno == ECONNRESET)
			return lost(q, error);
		if (errno != EAGAIN && errno != EINTR)
			return ul_fail(error, -errno, "%s: %s", q->path,
				       g_strerror(errno));
		rc = wait_for(q, POLLIN, error);
		if (rc)
			return rc;
	}
	if (q->in->len + (size_t)n > UL_QMP_LINE_MAX)
		return ul_fail(error, -EMSGSIZE, "%s: an answer of more than "
			       "%u bytes is not read", q->path,
			       UL_QMP_LINE_MAX);
	g_string_append_len(q->in, chunk, n);
	return 0;
}

/* One line, the caller's JSON object. */
static int read_object(struct ul_qmp *q, json_t **out, char **error)
{
	size_t seen = 0;
	const char *end;
	json_t *object;
	int rc;

	while (!(end = memchr(q->in->str + seen, '\n', q->in->len - seen))) {
		seen = q->in->len;
		rc = receive(q, error);
		if (rc)
			return rc;
		/* Events without end must not keep us here either. */
		if (g_get_monotonic_time() > q->deadline_us)
			return timed_out(q, error);
	}
	object = json_loadb(q->in->str, (size_t)(end - q->in->str),
			    JSON_REJECT_DUPLICATES, NULL);
	g_string_erase(q->in, 0, end - q->in->str + 1);
	if (!json_is_object(object)) {
		json_decref(object);
		return ul_fail(error, -EPROTO, "%s: what it sends is not the "
			       "control protocol of userland", q->path);
	}
	*out = object;
	return 0;
}

static int refused(const struct ul_qmp *q, const char *command,
		   const json_t *e, char **error)
{
	const char *class = json_string_value(json_object_get(e, "class"));
	const char *desc = json_string_value(json_object_get(e, "desc"));

	if (class && !strcmp(class, "CommandNotFound"))
		return ul_fail(error, -ENOSYS, "%s: the userland there does "
			       "not know %s: is it an older one?", q->path,
			       command);
	return ul_fail(error, -EREMOTEIO, "%s", desc && *desc ? desc :
		       "refused without a reason");
}

/* The answer to the last command, events and older answers left out. */
static int read_answer(struct ul_qmp *q, const char *command, json_t **out,
		       char **error)
{
	json_t *object, *value;
	int rc;

	for (;;) {
		if (g_get_monotonic_time() > q->deadline_us)
			return timed_out(q, error);
		rc = read_object(q, &object, error);
		if (rc)
			return rc;
		value = json_object_get(object, "id");
		if (json_integer_value(value) == q->last_id)
			break;
		json_decref(object);
	}
	value = json_object_get(object, "return");
	if (value && out)
		*out = json_incref(value);
	if (!value) {
		value = json_object_get(object, "error");
		rc = value ? refused(q, command, value, error) :
			ul_fail(error, -EPROTO, "%s: an answer to %s that is "
				"neither return nor error", q->path, command);
	}
	json_decref(object);
	return rc;
}

static int send_command(struct ul_qmp *q, const char *command,
			json_t *take_args, int fd, char **error)
{
	json_t *object = json_object();
	g_autofree char *line = NULL;
	char *text = NULL;
	int rc;

	rc = json_object_set_new(object, "execute", json_string(command));
	if (take_args)
		json_object_set_new(object, "arguments", take_args);
	json_object_set_new(object, "id", json_integer(++q->last_id));
	if (!rc)
		text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (!text)
		return ul_fail(error, -EINVAL, "a command that is not text in "
			       "UTF-8");
	line = g_strconcat(text, "\n", NULL);
	free(text);
	start_clock(q);
	return send_all(q, line, fd, error);
}

static int execute(struct ul_qmp *q, const char *command, json_t *take_args,
		   int fd, json_t **out, char **error)
{
	int rc = send_command(q, command, take_args, fd, error);

	return rc ? rc : read_answer(q, command, out, error);
}

int ul_qmp_send(struct ul_qmp *qmp, const char *command, json_t *take_args,
		int fd, json_int_t *id, char **error)
{
	int rc = send_command(qmp, command, take_args, fd, error);

	*id = qmp->last_id;
	return rc;
}

int ul_qmp_fd(const struct ul_qmp *qmp)
{
	return qmp->fd;
}

/* A part of a line may have come: it waits, as long as it takes. */
int ul_qmp_take(struct ul_qmp *qmp, json_t **out, char **error)
{
	struct pollfd p = { .fd = qmp->fd, .events = POLLIN };
	int rc;

	if (!memchr(qmp->in->str, '\n', qmp->in->len)) {
		if (poll(&p, 1, 0) <= 0)
			return -EAGAIN;
		rc = receive(qmp, error);
		if (rc)
			return rc;
		if (!memchr(qmp->in->str, '\n', qmp->in->len))
			return -EAGAIN;
	}
	return read_object(qmp, out, error);
}

int ul_qmp_execute(struct ul_qmp *qmp, const char *command, json_t *take_args,
		   json_t **out, char **error)
{
	return execute(qmp, command, take_args, -1, out, error);
}

int ul_qmp_next_event(struct ul_qmp *qmp, json_t **out, char **error)
{
	json_t *object;
	int rc;

	qmp->deadline_us = INT64_MAX;
	while (!(rc = read_object(qmp, &object, error))) {
		if (json_object_get(object, "event")) {
			*out = object;
			return 0;
		}
		json_decref(object);	/* an answer nobody waits for */
	}
	return rc;
}

int ul_qmp_give_fd(struct ul_qmp *qmp, int fd, const char *fdname,
		   char **error)
{
	return execute(qmp, "getfd", json_pack("{s:s}", "fdname", fdname), fd,
		       NULL, error);
}

static int check_peer(struct ul_qmp *q, char **error)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getsockopt(q->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return ul_fail(error, -errno, "%s: %s", q->path,
			       g_strerror(errno));
	if (peer.uid && peer.uid != geteuid())
		return ul_fail(error, -EPERM, "%s: uid %u listens there, and "
			       "it should be uid %u", q->path, (unsigned
			       int)peer.uid, (unsigned int)geteuid());
	q->peer = peer.pid;
	return 0;
}

static int dial(struct ul_qmp *q, char **error)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (strlen(q->path) >= sizeof(sun.sun_path))
		return ul_fail(error, -ENAMETOOLONG, "%s: a socket's path has "
			       "%zu bytes at most", q->path,
			       sizeof(sun.sun_path) - 1);
	memcpy(sun.sun_path, q->path, strlen(q->path));
	q->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0);
	if (q->fd < 0)
		return ul_fail(error, -errno, "%s: %s", q->path,
			       g_strerror(errno));
	if (connect(q->fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		return ul_fail(error, -errno, "%s: %s", q->path,
			       errno == EAGAIN ? "too many wait to be let in" :
			       g_strerror(errno));
	return check_peer(q, error);
}

static int greet(struct ul_qmp *q, char **error)
{
	json_t *greeting;
	bool is_qmp;
	int rc = read_object(q, &greeting, error);

	if (rc)
		return rc;
	is_qmp = json_object_get(greeting, "QMP") != NULL;
	json_decref(greeting);
	if (!is_qmp)
		return ul_fail(error, -EPROTO, "%s: does not greet as the "
			       "control socket of userland does", q->path);
	return ul_qmp_execute(q, "qmp_capabilities", NULL, NULL, error);
}

int ul_qmp_connect(struct ul_qmp **out, const char *path, char **error)
{
	struct ul_qmp *q = g_new0(struct ul_qmp, 1);
	int rc;

	q->fd = -1;
	q->path = g_strdup(path);
	q->in = g_string_new(NULL);
	q->wait_ms = UL_QMP_WAIT_MS;
	start_clock(q);
	rc = dial(q, error);
	if (!rc)
		rc = greet(q, error);
	if (rc)
		ul_qmp_free(q);
	else
		*out = q;
	return rc;
}

void ul_qmp_free(struct ul_qmp *qmp)
{
	if (!qmp)
		return;
	if (qmp->fd >= 0)
		close(qmp->fd);
	g_free(qmp->path);
	g_string_free(qmp->in, TRUE);
	g_free(qmp);
}

void ul_qmp_set_wait(struct ul_qmp *qmp, int ms)
{
	qmp->wait_ms = ms;
}

/* Until the connection ends. */
static int drain(struct ul_qmp *q)
{
	g_autofree char *error = NULL;
	int rc;

	do {
		g_string_truncate(q->in, 0);
		rc = receive(q, &error);
		if (!rc && g_get_monotonic_time() > q->deadline_us)
			rc = -ETIMEDOUT;
	} while (!rc);
	return rc == -ETIMEDOUT ? rc : 0;
}

int ul_qmp_wait_end(struct ul_qmp *qmp, int ms)
{
	int rc;

	qmp->deadline_us = g_get_monotonic_time() + ms * 1000ll;
	rc = drain(qmp);
	while (!rc && qmp->peer > 0 && !kill(qmp->peer, 0)) {
		if (g_get_monotonic_time() > qmp->deadline_us)
			rc = -ETIMEDOUT;
		g_usleep(GONE_POLL_US);
	}
	return rc;
}
