/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_capture.c - captures of a network's frames, made while it runs
 *
 * A capture of the whole network has each frame once, where it came into the
 * switch: at the port of who sent it, or at "router". One of a port has what
 * came from it, inbound, and what was queued for it, outbound: copies of
 * floods too. That is told by the switch for all ports while there is such a
 * capture, and found out by name, so a port that is renamed, or leaves and
 * comes back, needs no care.
 *
 * One that ended stays to tell why, until its place is needed.
 */
#include "net/net_capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "link/gso.h"
#include "net/network_priv.h"

#define ROUTER "router"
#define APPLICATION "userland " PACKAGE_VERSION

struct net_capture {
	uint64_t id;
	char *port;			/* NULL: all */
	uint32_t snap_len;
	int64_t since_us;
	bool said_ended;
	struct ul_capture *capture;
};

static void free_capture(gpointer data)
{
	struct net_capture *c = data;

	ul_capture_free(c->capture);
	g_free(c->port);
	g_free(c);
}

static bool is_over(const struct net_capture *c)
{
	return ul_capture_why_ended(c->capture) != NULL;
}

/* Ports are listened to only while somebody wants one's frames. */
static void update_tap(struct ul_network *n)
{
	bool is_wanted = false;

	for (guint i = 0; i < n->captures->len; i++) {
		const struct net_capture *c = n->captures->pdata[i];

		is_wanted |= c->port && !is_over(c);
	}
	ul_hub_tap(n->hub, is_wanted);
}

/* Said once, when it is noticed. */
static void say_ended(struct ul_network *n, struct net_capture *c)
{
	struct ul_capture_stats s = ul_capture_stats(c->capture);

	if (!is_over(c) || c->said_ended)
		return;
	c->said_ended = true;
	ul_log(INFO, "capture",
	       "capture %" PRIu64 " has ended: %s; %" PRIu64 " frames, %" PRIu64 " left out",
	       c->id, ul_capture_why_ended(c->capture), s.frames, s.left_out);
	update_tap(n);
}

struct frame {
	struct ul_network *network;
	struct net_capture *capture;
	const char *name;
	enum ul_pcapng_direction direction;
};

static int put_segment(const struct ul_piece *piece, unsigned int count,
		       void *arg)
{
	const struct frame *f = arg;

	ul_capture_frame(f->capture->capture, f->name, f->direction, piece,
			 count);
	return 0;
}

/* Whoever reads a capture wants to see what a wire would have carried. */
static void put(struct frame *f, const struct ul_piece *piece,
		unsigned int count, const struct ul_offload *offload)
{
	if (is_over(f->capture))
		return;
	ul_gso_split(piece, count, offload, put_segment, f);
	say_ended(f->network, f->capture);
}

void ul_network_capture_seen(struct ul_network *n, struct ul_port *from,
			     const struct ul_piece *piece, unsigned int count,
			     const struct ul_offload *offload)
{
	const char *name = from ? ul_hub_name(from) : ROUTER;

	for (guint i = 0; i < n->captures->len; i++) {
		struct net_capture *c = n->captures->pdata[i];
		struct frame f = { n, c, name, UL_PCAPNG_INBOUND };

		if (!c->port || (from && !strcmp(c->port, name)))
			put(&f, piece, count, offload);
	}
}

void ul_network_capture_sent(struct ul_port *to, const struct ul_piece *piece,
			     unsigned int count,
			     const struct ul_offload *offload, void *arg)
{
	struct ul_network *n = arg;
	const char *name = ul_hub_name(to);

	for (guint i = 0; i < n->captures->len; i++) {
		struct net_capture *c = n->captures->pdata[i];
		struct frame f = { n, c, name, UL_PCAPNG_OUTBOUND };

		if (c->port && !strcmp(c->port, name))
			put(&f, piece, count, offload);
	}
}

void ul_network_capture_fini(struct ul_network *n)
{
	if (n->captures)
		g_ptr_array_unref(n->captures);
	n->captures = NULL;
}

/* What can be written to without waiting; NULL, or why not. */
static const char *check_fd(int fd)
{
	int flags = fcntl(fd, F_GETFL), type = 0;
	socklen_t len = sizeof(type);
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0)
		return "cannot be used";
	if ((flags & O_ACCMODE) == O_RDONLY)
		return "may be read only";
	if (S_ISSOCK(st.st_mode) &&
	    (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	     type != SOCK_STREAM))
		return "is no stream socket";
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) &&
	    !S_ISSOCK(st.st_mode))
		return "is no file, pipe or socket";
	if (!S_ISREG(st.st_mode) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return "cannot be used";
	return NULL;
}

/* A place for one more: an empty one, or that of the first that ended. */
static bool make_room(struct ul_network *n)
{
	if (!n->captures)
		n->captures = g_ptr_array_new_with_free_func(free_capture);
	if (n->captures->len < UL_CAPTURES_MAX)
		return true;
	for (guint i = 0; i < n->captures->len; i++) {
		if (is_over(n->captures->pdata[i])) {
			g_ptr_array_remove_index(n->captures, i);
			return true;
		}
	}
	return false;
}

static struct net_capture *add(struct ul_network *n, int take_fd,
			       const struct ul_net_capture_conf *conf)
{
	struct ul_capture_conf cc = {
		.loop = n->loop, .snap_len = conf->snap_len,
		.count = conf->count, .application = APPLICATION,
	};
	struct net_capture *c = g_new0(struct net_capture, 1);

	c->id = ++n->last_capture;
	c->port = g_strdup(conf->port);
	c->snap_len = conf->snap_len;
	c->since_us = ul_loop_now(n->loop);
	c->capture = ul_capture_new(&cc, take_fd);
	g_ptr_array_add(n->captures, c);
	return c;
}

int ul_network_capture_start(struct ul_network *n, int take_fd,
			     const struct ul_net_capture_conf *conf,
			     uint64_t *id, char **error)
{
	const char *wrong = check_fd(take_fd);
	struct net_capture *c;
	int ret = -EINVAL;

	if (wrong) {
		*error = g_strdup_printf("the descriptor for the capture %s: "
					 "it must be a file, a pipe or a "
					 "stream socket, open for writing",
					 wrong);
		goto refuse;
	}
	ret = -ENOENT;
	if (conf->port && !ul_hub_find_name(n->hub, conf->port)) {
		*error = g_strdup_printf("no port is called '%s'", conf->port);
		goto refuse;
	}
	ret = -ENOSPC;
	if (!make_room(n)) {
		*error = g_strdup_printf("%d captures go on already, and that "
					 "is the limit: stop one first",
					 UL_CAPTURES_MAX);
		goto refuse;
	}
	c = add(n, take_fd, conf);
	*id = c->id;
	ul_log(INFO, "capture", "capture %" PRIu64 " begins: %s", c->id,
	       conf->port ? conf->port : "all frames");
	update_tap(n);
	say_ended(n, c);
	return 0;
refuse:
	close(take_fd);
	return ret;
}

static struct net_capture *find(struct ul_network *n, uint64_t id)
{
	for (guint i = 0; n->captures && i < n->captures->len; i++) {
		struct net_capture *c = n->captures->pdata[i];

		if (c->id == id)
			return c;
	}
	return NULL;
}

int ul_network_capture_stop(struct ul_network *n, uint64_t id, char **error)
{
	struct net_capture *c = find(n, id);

	if (!c || is_over(c)) {
		*error = g_strdup_printf("no capture that goes on has the "
					 "number %" PRIu64 "%s%s", id,
					 c ? ": it has ended: " : "",
					 c ? ul_capture_why_ended(c->capture) :
					     "");
		return -ENOENT;
	}
	ul_capture_end(c->capture, "stopped");
	say_ended(n, c);
	return 0;
}

void ul_network_each_capture(struct ul_network *n,
			     void (*fn)(const struct ul_net_capture_info *info,
					void *arg), void *arg)
{
	for (guint i = 0; n->captures && i < n->captures->len; i++) {
		const struct net_capture *c = n->captures->pdata[i];
		struct ul_net_capture_info info = {
			.id = c->id, .port = c->port, .snap_len = c->snap_len,
			.why_ended = ul_capture_why_ended(c->capture),
			.stats = ul_capture_stats(c->capture),
			.age_us = ul_loop_now(n->loop) - c->since_us,
		};

		fn(&info, arg);
	}
}
