/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * client.c - one connection to the control socket
 *
 * Theory of operation. What was read stays in `in` until it was worked on;
 * a turn answers BATCH messages and leaves the rest to a timer that is due
 * at once, so that a thousand requests in one write do not hold up frames.
 * EPOLLIN is on only while `in` is empty and less than OUT_BUSY bytes wait.
 *
 * A request may be what ends the client (an event it causes fills the
 * queue), so a client that is over stays in place: is_over makes every call
 * harmless, and the owner frees it at the end of the turn. Until the request
 * is done nothing that it waits for is cancelled: it may be in the making.
 *
 * A client that has closed its reading side, or all, is not over: what it
 * sent before still counts. Only its answers are dropped (is_deaf).
 *
 * Descriptors come with the bytes of some message, and the kernel does not
 * tell of which when two messages were read as one. So they wait in order,
 * and each getfd takes the oldest, as it does in QEMU.
 */
#include "ctl/client.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/foreign_fd.h"
#include "ctl/framer.h"
#include "ctl/json.h"
#include "ctl/later.h"

#define IN_SIZE 16384
#define BATCH 16
#define OUT_BUSY 65536
#define OUT_KEPT 65536		/* memory that an empty queue may keep */

struct named_fd {
	char *name;
	int fd;
};

struct ul_client {
	struct ul_loop *loop;
	const struct ul_client_handler *handler;
	void *arg;
	int fd;				/* open until it is freed */
	struct ul_watch watch;
	uint32_t events;
	struct ul_timer again;		/* more of `in` is to be worked on */
	struct ul_timer stall;
	bool is_over, is_deaf, is_ready;
	bool is_asking;			/* a request of its is worked on */
	bool is_at_end;			/* it sends no more */
	int waiting[UL_CLIENT_FDS_MAX];
	unsigned int waiting_count;
	struct named_fd named[UL_CLIENT_FDS_MAX];
	unsigned int named_count;
	GByteArray *out;
	size_t out_start;
	size_t events_len;		/* of events, since it was empty */
	size_t in_start, in_end;
	char in[IN_SIZE];
	struct ul_laters laters;
	struct ul_framer framer;
};

static void end(struct ul_client *c, const char *why)
{
	if (c->is_over)
		return;
	c->is_over = true;
	ul_watch_del(c->loop, &c->watch);
	ul_timer_cancel(c->loop, &c->again);
	ul_timer_cancel(c->loop, &c->stall);
	/* What is about to be owed has nothing yet to be cancelled. */
	if (!c->is_asking)
		ul_laters_cancel(&c->laters);
	c->handler->over(c, why, c->arg);
}

static size_t out_len(const struct ul_client *c)
{
	return c->out->len - c->out_start;
}

static void empty_out(struct ul_client *c)
{
	c->out_start = c->events_len = 0;
	if (c->out->len <= OUT_KEPT) {
		g_byte_array_set_size(c->out, 0);
		return;
	}
	g_byte_array_unref(c->out);
	c->out = g_byte_array_new();
}

static void write_out(struct ul_client *c)
{
	int flags = MSG_NOSIGNAL | MSG_DONTWAIT;

	while (out_len(c) && !c->is_deaf) {
		ssize_t n = send(c->fd, c->out->data + c->out_start,
				 out_len(c), flags);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
			return;
		if (n < 0) {
			c->is_deaf = true;
			break;
		}
		c->out_start += (size_t)n;
		ul_timer_set(c->loop, &c->stall, ul_loop_now(c->loop) +
			     UL_CLIENT_STALL_US);
	}
	empty_out(c);
	ul_timer_cancel(c->loop, &c->stall);
}

static void append(struct ul_client *c, const json_t *message)
{
	g_autofree char *text = json_dumps(message, JSON_COMPACT);

	if (!text || c->is_deaf)
		return;
	/* What is sent already leaves before more is appended. */
	if (c->out_start) {
		g_byte_array_remove_range(c->out, 0, (guint)c->out_start);
		c->out_start = 0;
	}
	if (!c->out->len)
		ul_timer_set(c->loop, &c->stall, ul_loop_now(c->loop) +
			     UL_CLIENT_STALL_US);
	g_byte_array_append(c->out, (const guint8 *)text,
			    (guint)strlen(text));
	g_byte_array_append(c->out, (const guint8 *)"\r\n", 2);
}

/* Is there more to do for it, and what is there to wait for? */
static void settle(struct ul_client *c)
{
	bool has_input = c->in_start < c->in_end;
	bool is_busy = out_len(c) >= OUT_BUSY;
	uint32_t events = 0;

	if (c->is_over || c->is_asking)
		return;
	if (c->is_deaf)
		ul_laters_cancel(&c->laters);
	if (c->is_at_end && !has_input && !out_len(c) && !c->laters.count) {
		end(c, NULL);
		return;
	}
	if (!has_input && !is_busy && !c->is_at_end)
		events |= EPOLLIN;
	if (out_len(c))
		events |= EPOLLOUT;
	if (has_input && !is_busy)
		ul_timer_set(c->loop, &c->again, ul_loop_now(c->loop));
	if (events != c->events)
		ul_watch_mod(c->loop, &c->watch, events);
	c->events = events;
}

static void refuse(struct ul_client *c, const char *desc)
{
	json_t *answer = json_object();

	ul_json_put(answer, "error", ul_json_error("GenericError", "%s",
						   desc));
	append(c, answer);
	json_decref(answer);
}

static void close_waiting(struct ul_client *c)
{
	while (c->waiting_count)
		ul_foreign_fd_close(c->waiting[--c->waiting_count]);
}

static void on_message(struct ul_client *c)
{
	g_autofree char *why = NULL;
	json_t *request = ul_json_parse(c->framer.text, c->framer.len, &why);
	json_t *answer;

	if (!request) {
		/* Whose they were, and what is a next one's, is not known. */
		close_waiting(c);
		refuse(c, why);
		return;
	}
	c->is_asking = true;
	answer = c->handler->request(c, request, c->arg);
	c->is_asking = false;
	if (answer && !c->is_over)
		append(c, answer);
	json_decref(answer);
	json_decref(request);
}

static void on_framed(struct ul_client *c, enum ul_framed what)
{
	switch (what) {
	case UL_FRAMED_MORE:
		break;
	case UL_FRAMED_MESSAGE:
		on_message(c);
		break;
	case UL_FRAMED_STRAY:
		refuse(c, "not a JSON object: a command is written "
		       "{\"execute\": \"NAME\"}");
		break;
	case UL_FRAMED_TOO_DEEP:
		refuse(c, "the message has more than "
		       G_STRINGIFY(UL_FRAMER_DEPTH_MAX)
		       " brackets within each other");
		break;
	case UL_FRAMED_TOO_LONG:
		refuse(c, "the message is longer than "
		       G_STRINGIFY(UL_FRAMER_MAX) " bytes");
		write_out(c);
		end(c, "sent a message that is too long");
		break;
	}
}

static void work(struct ul_client *c)
{
	enum ul_framed what;

	for (int i = 0; i < BATCH && c->in_start < c->in_end; i++) {
		c->in_start += ul_framer_feed(&c->framer,
					      c->in + c->in_start,
					      c->in_end - c->in_start, &what);
		on_framed(c, what);
		if (c->is_over)
			return;
		if (out_len(c) >= OUT_BUSY)
			break;
	}
	write_out(c);
	settle(c);
}

static void on_again(int64_t now_us, void *arg)
{
	work(arg);
}

/* The descriptors of one message that was read; what is too many is closed. */
static bool keep_fds(struct ul_client *c, struct msghdr *msg)
{
	bool has_room = !(msg->msg_flags & MSG_CTRUNC);

	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h;
	     h = CMSG_NXTHDR(msg, h)) {
		size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + i * sizeof(int),
			       sizeof(int));
			if (c->waiting_count < UL_CLIENT_FDS_MAX) {
				c->waiting[c->waiting_count++] = fd;
				continue;
			}
			ul_foreign_fd_close(fd);
			has_room = false;
		}
	}
	return has_room;
}

static void read_in(struct ul_client *c)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(UL_CLIENT_FDS_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = c->in, .iov_len = sizeof(c->in) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};
	ssize_t n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		c->is_at_end = true;
		c->is_deaf |= n < 0;
		return;
	}
	c->in_start = 0;
	c->in_end = (size_t)n;
	if (keep_fds(c, &msg))
		return;
	refuse(c, "more than " G_STRINGIFY(UL_CLIENT_FDS_MAX)
	       " descriptors wait for a getfd");
	write_out(c);
	end(c, "sent more descriptors than it has named");
}

static void on_ready(uint32_t events, void *arg)
{
	struct ul_client *c = arg;
	bool is_gone = events & (EPOLLHUP | EPOLLERR);

	c->is_deaf |= is_gone;
	if (is_gone || (events & EPOLLOUT))
		write_out(c);
	if (events & c->events & EPOLLIN)
		read_in(c);
	if (!c->is_over)
		work(c);
}

static void on_stall(int64_t now_us, void *arg)
{
	end(arg, "does not read");
}

struct ul_client *ul_client_new(struct ul_loop *loop, int take_fd,
				const struct ul_client_handler *handler,
				void *arg)
{
	struct ul_client *c = g_new0(struct ul_client, 1);

	c->loop = loop;
	c->fd = take_fd;
	c->handler = handler;
	c->arg = arg;
	c->out = g_byte_array_new();
	c->events = EPOLLIN;
	ul_framer_init(&c->framer);
	ul_laters_init(&c->laters);
	ul_timer_init(&c->again, on_again, c);
	ul_timer_init(&c->stall, on_stall, c);
	if (ul_watch_add(loop, &c->watch, take_fd, EPOLLIN, on_ready, c) < 0) {
		close(take_fd);
		g_byte_array_unref(c->out);
		g_free(c);
		return NULL;
	}
	return c;
}

void ul_client_free(struct ul_client *c)
{
	if (!c)
		return;
	if (!c->is_over)
		write_out(c);
	ul_laters_cancel(&c->laters);
	ul_timer_cancel(c->loop, &c->again);
	ul_timer_cancel(c->loop, &c->stall);
	ul_watch_del(c->loop, &c->watch);
	close(c->fd);
	close_waiting(c);
	for (unsigned int i = 0; i < c->named_count; i++) {
		ul_foreign_fd_close(c->named[i].fd);
		g_free(c->named[i].name);
	}
	g_byte_array_unref(c->out);
	g_free(c);
}

void ul_client_say(struct ul_client *c, const json_t *message)
{
	if (c->is_over)
		return;
	append(c, message);
	write_out(c);
	settle(c);
}

/* An answer may be longer than all the events that may wait. */
void ul_client_tell(struct ul_client *c, const json_t *event)
{
	size_t before;

	if (c->is_over || !c->is_ready)
		return;
	if (c->events_len >= UL_CLIENT_EVENTS_MAX) {
		end(c, "does not read its events");
		return;
	}
	before = out_len(c);
	append(c, event);
	c->events_len += out_len(c) - before;
	write_out(c);
	settle(c);
}

int ul_client_next_fd(struct ul_client *c)
{
	int fd;

	if (!c->waiting_count)
		return -1;
	fd = c->waiting[0];
	c->waiting_count--;
	memmove(c->waiting, c->waiting + 1,
		c->waiting_count * sizeof(c->waiting[0]));
	return fd;
}

static struct named_fd *find_fd(struct ul_client *c, const char *name)
{
	for (unsigned int i = 0; i < c->named_count; i++)
		if (!strcmp(c->named[i].name, name))
			return &c->named[i];
	return NULL;
}

int ul_client_name_fd(struct ul_client *c, const char *name, int take_fd)
{
	struct named_fd *n = find_fd(c, name);

	if (n) {
		ul_foreign_fd_close(n->fd);
		n->fd = take_fd;
		return 0;
	}
	if (c->named_count == UL_CLIENT_FDS_MAX) {
		ul_foreign_fd_close(take_fd);
		return -ENOSPC;
	}
	c->named[c->named_count++] = (struct named_fd){
		g_strdup(name), take_fd,
	};
	return 0;
}

int ul_client_take_fd(struct ul_client *c, const char *name)
{
	struct named_fd *n = find_fd(c, name);
	int fd;

	if (!n)
		return -1;
	fd = n->fd;
	g_free(n->name);
	*n = c->named[--c->named_count];
	return fd;
}

bool ul_client_is_ready(const struct ul_client *c)
{
	return c->is_ready;
}

void ul_client_set_ready(struct ul_client *c)
{
	c->is_ready = true;
}

struct ul_laters *ul_client_laters(struct ul_client *c)
{
	return &c->laters;
}
