/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * relay.c - bytes between two descriptors and a socket, both ways
 *
 * The descriptors are somebody else's too (a terminal, a shell's pipe), so
 * their flags stay as they are: one is read when poll() says that there is
 * something, and a pipe takes PIPE_BUF bytes without blocking when poll()
 * says that it takes any (POSIX, write()). Neither way waits for the other.
 */
#include "cli/relay.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER 65536

struct way {
	int from, to;
	bool is_to_sock;
	bool at_end;		/* there is no more to read */
	bool is_done;		/* and the end is passed on */
	size_t start, end;	/* what waits */
	char buffer[BUFFER];
};

static bool is_passing(int err)
{
	return err == EAGAIN || err == EINTR;
}

static int fill(struct way *w)
{
	ssize_t n = read(w->from, w->buffer, sizeof(w->buffer));

	if (n < 0 && is_passing(errno))
		return 0;
	if (n < 0 && errno != EIO)	/* a terminal that hung up */
		return -errno;
	w->start = 0;
	w->end = n > 0 ? (size_t)n : 0;
	w->at_end = n <= 0;
	return 0;
}

static ssize_t put(int fd, const char *data, size_t len)
{
	ssize_t n = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0 || errno != ENOTSOCK)
		return n;
	return write(fd, data, len < PIPE_BUF ? len : PIPE_BUF);
}

static int drain(struct way *w)
{
	ssize_t n = put(w->to, w->buffer + w->start, w->end - w->start);

	if (n < 0)
		return is_passing(errno) ? 0 : -errno;
	w->start += (size_t)n;
	return 0;
}

/* After its last byte. */
static void pass_on_end(struct way *w)
{
	if (!w->at_end || w->start < w->end || w->is_done)
		return;
	if (w->is_to_sock)
		shutdown(w->to, SHUT_WR);
	else
		close(w->to);
	w->is_done = true;
}

static bool wants_read(const struct way *w)
{
	return !w->at_end && w->start == w->end;
}

static int step(struct way *w, short from, short to)
{
	int rc = 0;

	if (w->start < w->end && to & (POLLOUT | POLLERR | POLLHUP))
		rc = drain(w);
	else if (wants_read(w) && from & (POLLIN | POLLHUP | POLLERR))
		rc = fill(w);
	if (!rc)
		pass_on_end(w);
	return rc;
}

/* One of which nothing is wanted is left out, or POLLHUP would spin. */
static void set(struct pollfd *p, int fd, bool reads, bool writes)
{
	p->fd = reads || writes ? fd : -1;
	p->events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
	p->revents = 0;
}

/* The other side takes no more: what waits for it is lost. */
static void break_off(struct way *w)
{
	w->at_end = w->is_done = true;
	w->start = w->end;
}

/* 0, or -errno: @down cannot go on. *@lost when @up could not. */
static int turn(struct way *up, struct way *down, bool *lost)
{
	bool down_waits = down->start < down->end;
	bool up_waits = up->start < up->end;
	struct pollfd p[3];
	int rc;

	set(&p[0], up->from, wants_read(up), false);
	set(&p[1], down->to, false, down_waits);
	set(&p[2], up->to, wants_read(down), up_waits);
	if (down->is_done)
		p[2].fd = up->to;	/* its end is of interest */
	if (poll(p, 3, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	rc = step(down, p[2].revents, p[1].revents);
	if (rc)
		return rc;
	/* All is over there: what is not said yet, nobody hears. */
	if (down->is_done && p[2].revents & POLLHUP)
		break_off(up);
	else if (step(up, p[0].revents, p[2].revents) < 0) {
		*lost = true;
		break_off(up);
	}
	return 0;
}

int ul_relay(int in, int out, int sock)
{
	static struct way up, down;
	bool is_typed = isatty(in), lost = false;
	int rc = 0;

	up = (struct way){ .from = in, .to = sock, .is_to_sock = true };
	down = (struct way){ .from = sock, .to = out };
	while (!rc && !(down.is_done && (up.is_done || is_typed)))
		rc = turn(&up, &down, &lost);
	return rc || !lost ? rc : -ECONNRESET;
}
