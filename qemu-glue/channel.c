/* SPDX-License-Identifier: BSD-3-Clause */
/* channel.c - connections of the guest that end at a function of the host's */
#include "qemu-glue/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

struct channel {
	struct ul_list node;
	struct ul_channels *all;
	struct ul_watch watch;
	bool can_read;			/* and is not watched for it */
	uint8_t *waiting;		/* for the guest; NULL: nothing */
	size_t start, end;
};

struct ul_channels {
	struct ul_channels_conf conf;
	struct ul_list list;		/* the oldest first */
	bool was_full;
	bool has_room;			/* to be told */
};

static void channel_free(struct channel *c)
{
	ul_watch_close(c->all->conf.loop, &c->watch);
	ul_list_remove(&c->node);
	g_free(c->waiting);
	g_free(c);
}

static void set_events(struct channel *c)
{
	ul_watch_mod(c->all->conf.loop, &c->watch,
		     (c->can_read ? 0u : EPOLLIN) |
		     (c->start < c->end ? EPOLLOUT : 0u));
}

static size_t waiting_len(const struct channel *c)
{
	return c->end - c->start;
}

/* False when the guest's side is gone. */
static bool write_waiting(struct channel *c)
{
	while (c->start < c->end) {
		ssize_t n = send(c->watch.fd, c->waiting + c->start,
				 c->end - c->start,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		c->start += (size_t)n;
	}
	c->start = c->end = 0;
	return true;
}

static void note_room(struct ul_channels *all)
{
	if (!all->was_full || !ul_channels_room(all))
		return;
	all->was_full = false;
	all->has_room = true;
	all->conf.changed(all->conf.arg);
}

static void on_event(uint32_t events, void *arg)
{
	struct channel *c = arg;
	struct ul_channels *all = c->all;

	if ((events & EPOLLOUT) && !write_waiting(c)) {
		channel_free(c);
		return;
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		c->can_read = true;
		all->conf.changed(all->conf.arg);
	}
	set_events(c);
	note_room(all);
}

struct ul_channels *ul_channels_new(const struct ul_channels_conf *conf)
{
	struct ul_channels *all = g_new0(struct ul_channels, 1);

	all->conf = *conf;
	ul_list_init(&all->list);
	return all;
}

void ul_channels_free(struct ul_channels *all)
{
	struct ul_list *n;

	if (!all)
		return;
	while ((n = ul_list_first(&all->list)) != NULL)
		channel_free(ul_container_of(n, struct channel, node));
	g_free(all);
}

int ul_channels_open(struct ul_channels *all)
{
	struct channel *c;
	int sv[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       sv) < 0)
		return -errno;
	c = g_new0(struct channel, 1);
	c->all = all;
	rc = ul_watch_add(all->conf.loop, &c->watch, sv[1], EPOLLIN, on_event,
			  c);
	if (rc < 0) {
		close(sv[0]);
		close(sv[1]);
		g_free(c);
		return rc;
	}
	ul_list_append(&all->list, &c->node);
	return sv[0];
}

/* As ul_channels_read(), of @c; it may be gone after that. */
static size_t read_one(struct channel *c, uint8_t *out)
{
	ssize_t n;

	do
		n = recv(c->watch.fd, out, UL_CHANNEL_READ, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return (size_t)n;
	if (n < 0 && errno == EAGAIN) {
		c->can_read = false;
		set_events(c);
	} else {
		channel_free(c);
	}
	return 0;
}

size_t ul_channels_read(struct ul_channels *all, uint8_t *out)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &all->list) {
		struct channel *c = ul_container_of(n, struct channel, node);
		size_t len = c->can_read ? read_one(c, out) : 0;

		if (len)
			return len;
	}
	return 0;
}

static struct channel *oldest(const struct ul_channels *all)
{
	struct ul_list *n = ul_list_first(&all->list);

	return n ? ul_container_of(n, struct channel, node) : NULL;
}

/* Little room is none: the host would come with a byte at a time. */
size_t ul_channels_room(const struct ul_channels *all)
{
	const struct channel *c = oldest(all);

	if (!c || waiting_len(c) > UL_CHANNEL_BYTES / 2)
		return 0;
	return UL_CHANNEL_BYTES - waiting_len(c);
}

static void append(struct channel *c, const uint8_t *data, size_t len)
{
	if (!c->waiting)
		c->waiting = g_malloc(UL_CHANNEL_BYTES);
	if (c->start) {
		memmove(c->waiting, c->waiting + c->start, waiting_len(c));
		c->end -= c->start;
		c->start = 0;
	}
	memcpy(c->waiting + c->end, data, len);
	c->end += len;
}

void ul_channels_write(struct ul_channels *all, const uint8_t *data,
		       size_t len)
{
	struct channel *c = oldest(all);

	if (!c || !len)
		return;
	append(c, data, MIN(len, UL_CHANNEL_BYTES - waiting_len(c)));
	if (!write_waiting(c)) {
		channel_free(c);
		return;
	}
	set_events(c);
	all->was_full = !ul_channels_room(all);
}

bool ul_channels_take_has_room(struct ul_channels *all)
{
	bool has_room = all->has_room;

	all->has_room = false;
	return has_room;
}
