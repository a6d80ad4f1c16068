/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lease_watch.c - says that a lease is over
 *
 * What was given is remembered, and compared with what there is: a pool has
 * UL_LEASE_POOL_MAX addresses at most, so both are small. When leases change
 * that is soon; else halfway to the end of the one that ends first, and so on
 * until it is near: a lease of a day costs a dozen looks, and whoever looks
 * comes in time to renew it. The timer is off while nothing is leased.
 */
#include "net/lease_watch.h"

#include <glib.h>
#include <string.h>

struct known {
	struct ul_lease lease;
	bool is_there;
};

struct ul_lease_watch {
	struct ul_loop *loop;
	const struct ul_lease_watch_handler *handler;
	void *arg;
	struct ul_timer timer;
	GHashTable *known;		/* struct known by its address */
};

static guint hash_addr(gconstpointer key)
{
	const struct ul_addr *addr = key;
	guint32 last;

	memcpy(&last, addr->b + 12, sizeof(last));
	return last;
}

static gboolean same_addr(gconstpointer a, gconstpointer b)
{
	return ul_addr_eq(a, b);
}

/* Renewed until later, or with another host name. */
static void see(const struct ul_lease *lease, void *arg)
{
	struct ul_lease_watch *w = arg;
	struct known *k = g_hash_table_lookup(w->known, &lease->addr);

	if (!k || memcmp(k->lease.mac, lease->mac, sizeof(lease->mac)))
		return;
	k->lease = *lease;
	k->is_there = true;
}

/* Look @wait_us from now, but if anything is leased only, and never later. */
static void arm(struct ul_lease_watch *w, int64_t wait_us)
{
	int64_t at_us = ul_loop_now(w->loop) + MAX(wait_us, UL_LEASE_WATCH_US);

	if (g_hash_table_size(w->known) &&
	    (!ul_timer_is_armed(&w->timer) || w->timer.deadline_us > at_us))
		ul_timer_set(w->loop, &w->timer, at_us);
}

/* Halfway to the end of @lease. */
static void arm_for(struct ul_lease_watch *w, const struct ul_lease *lease)
{
	arm(w, (lease->expires_us - ul_loop_now(w->loop)) / 2);
}

static void on_timer(int64_t now_us, void *arg)
{
	struct ul_lease_watch *w = arg;
	GHashTableIter it;
	gpointer value;

	g_hash_table_iter_init(&it, w->known);
	while (g_hash_table_iter_next(&it, NULL, &value))
		((struct known *)value)->is_there = false;
	w->handler->each(see, w, w->arg);
	g_hash_table_iter_init(&it, w->known);
	while (g_hash_table_iter_next(&it, NULL, &value)) {
		struct known *k = value;

		if (k->is_there) {
			arm_for(w, &k->lease);
			continue;
		}
		w->handler->over(&k->lease, w->arg);
		g_hash_table_iter_remove(&it);
	}
}

struct ul_lease_watch *
ul_lease_watch_new(struct ul_loop *loop,
		   const struct ul_lease_watch_handler *handler, void *arg)
{
	struct ul_lease_watch *w = g_new0(struct ul_lease_watch, 1);

	w->loop = loop;
	w->handler = handler;
	w->arg = arg;
	w->known = g_hash_table_new_full(hash_addr, same_addr, NULL, g_free);
	ul_timer_init(&w->timer, on_timer, w);
	return w;
}

void ul_lease_watch_free(struct ul_lease_watch *w)
{
	if (!w)
		return;
	ul_timer_cancel(w->loop, &w->timer);
	g_hash_table_unref(w->known);
	g_free(w);
}

void ul_lease_watch_add(struct ul_lease_watch *w,
			const struct ul_lease *lease)
{
	struct known *k = g_hash_table_lookup(w->known, &lease->addr);

	if (k && memcmp(k->lease.mac, lease->mac, sizeof(lease->mac)))
		w->handler->over(&k->lease, w->arg);
	k = g_new0(struct known, 1);
	k->lease = *lease;
	g_hash_table_replace(w->known, &k->lease.addr, k);
	arm_for(w, &k->lease);
}

void ul_lease_watch_changed(struct ul_lease_watch *w)
{
	arm(w, 0);
}
