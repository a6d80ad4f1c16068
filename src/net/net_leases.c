/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_leases.c - a network's leases, kept over restarts
 *
 * Inside, time is monotonic; in the file it is the wall clock's, which the
 * next start compares with its own. A clock that was set meanwhile makes
 * leases shorter or longer, but never longer than a new one would be.
 */
#include "net/net_leases.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/log.h"
#include "net/network_priv.h"
#include "svc/lease_file.h"
#include "sys/statefile.h"

#define TAG "leases"

struct ul_net_leases {
	struct ul_network *network;
	char *path;
	struct ul_timer timer;
	bool is_dirty;
	bool has_failed;		/* and that was said */
	int64_t next_us;		/* not written before */
};

/* A walk over leases, in either direction. */
struct walk {
	struct ul_net_leases *leases;
	GString *text;
	unsigned int count, refused;
	int64_t ahead_us;		/* of the wall clock to ours */
	int64_t last_us;		/* that a lease can end at, ours */
};

static int64_t wall_ahead(const struct ul_network *n)
{
	return g_get_real_time() - ul_loop_now(n->loop);
}

static void take(const struct ul_lease *lease, void *arg)
{
	struct walk *walk = arg;
	struct ul_network *n = walk->leases->network;
	struct ul_lease ours = *lease;

	ours.expires_us = MIN(lease->expires_us - walk->ahead_us,
			      walk->last_us);
	if (ul_router_restore_lease(n->router, &ours) < 0) {
		walk->refused++;
		return;
	}
	walk->count++;
	if (ours.expires_us > ul_loop_now(n->loop))
		ul_network_take_lease(n, &ours);
}

static void set_aside(const struct ul_net_leases *l, const char *why)
{
	int rc = ul_statefile_set_aside(l->path);

	if (rc)
		ul_log(WARN, TAG, "%s: %s, and cannot be renamed: %s",
		       l->path, why, g_strerror(-rc));
	else
		ul_log(WARN, TAG, "%s: %s; it is %s.damaged now", l->path,
		       why, l->path);
}

static void parse(struct ul_net_leases *l, const char *text, size_t len)
{
	struct ul_network *n = l->network;
	struct walk walk = {
		.leases = l, .ahead_us = wall_ahead(n),
		.last_us = ul_loop_now(n->loop) +
			   n->conf->lease_time_s * 1000000ll,
	};
	g_autofree char *why = NULL;
	unsigned int line;

	if (ul_lease_file_parse(text, len, take, &walk, &line) < 0) {
		why = g_strdup_printf("line %u is wrong or missing, %u leases "
				      "were read", line, walk.count);
		set_aside(l, why);
		l->is_dirty = true;
	}
	ul_log(INFO, TAG, "%s: %u leases known%s", l->path, walk.count,
	       walk.refused ? ", others are not of this network's pools" :
	       "");
}

static void load(struct ul_net_leases *l)
{
	g_autofree char *text = NULL;
	size_t len = 0;
	int rc = ul_statefile_read(l->path, UL_LEASE_FILE_BYTES, &text, &len);

	if (rc == -EFBIG || rc == -EINVAL)
		set_aside(l, rc == -EFBIG ? "is too large" :
			  "is no regular file");
	else if (rc && rc != -ENOENT)
		ul_log(WARN, TAG, "%s cannot be read: %s", l->path,
		       g_strerror(-rc));
	else if (!rc)
		parse(l, text, len);
}

static void put(const struct ul_lease *lease, void *arg)
{
	struct walk *walk = arg;
	struct ul_lease wall = *lease;

	if (walk->count == UL_LEASE_FILE_MAX)
		return;
	wall.expires_us += walk->ahead_us;
	ul_lease_file_put(walk->text, &wall);
	walk->count++;
}

static int write_file(struct ul_net_leases *l)
{
	struct ul_network *n = l->network;
	struct walk walk = {
		.leases = l, .text = g_string_new(NULL),
		.ahead_us = wall_ahead(n),
	};
	int rc;

	ul_lease_file_begin(walk.text);
	ul_router_each_known_lease(n->router, put, &walk);
	ul_lease_file_end(walk.text, walk.count);
	rc = ul_statefile_write(l->path, walk.text->str, walk.text->len);
	g_string_free(walk.text, TRUE);
	return rc;
}

static void save(struct ul_net_leases *l)
{
	int64_t start_us = g_get_monotonic_time(), took_us;
	int rc = write_file(l);

	took_us = g_get_monotonic_time() - start_us;
	l->next_us = ul_loop_now(l->network->loop) +
		     MAX(UL_LEASES_PAUSE_US, took_us * UL_LEASES_PATIENCE);
	l->is_dirty = rc < 0;
	if (rc < 0 && !l->has_failed)
		ul_log(WARN, TAG, "%s cannot be written: %s; addresses may change with the next start",
		       l->path, g_strerror(-rc));
	if (!rc && l->has_failed)
		ul_log(INFO, TAG, "%s is written again", l->path);
	l->has_failed = rc < 0;
}

static void on_timer(int64_t now_us, void *arg)
{
	save(arg);
}

struct ul_net_leases *ul_net_leases_new(struct ul_network *n,
					const char *path)
{
	struct ul_net_leases *l = g_new0(struct ul_net_leases, 1);

	l->network = n;
	l->path = g_canonicalize_filename(path, NULL);
	ul_timer_init(&l->timer, on_timer, l);
	load(l);
	return l;
}

void ul_net_leases_free(struct ul_net_leases *l)
{
	if (!l)
		return;
	ul_timer_cancel(l->network->loop, &l->timer);
	if (l->is_dirty)
		save(l);
	g_free(l->path);
	g_free(l);
}

void ul_net_leases_changed(struct ul_net_leases *l)
{
	int64_t now_us;

	if (!l)
		return;
	l->is_dirty = true;
	if (ul_timer_is_armed(&l->timer))
		return;
	now_us = ul_loop_now(l->network->loop);
	ul_timer_set(l->network->loop, &l->timer,
		     MAX(l->next_us, now_us + UL_LEASES_PAUSE_US));
}
