/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_waiter.c - guests' queries that wait for an answer */
#include "svc/dns_waiter.h"

#include <glib.h>

/* One guest's queries; there while it has any. */
struct ul_dns_share {
	struct ul_list node;
	const void *port;
	unsigned int count;
	struct ul_list waiters;		/* oldest first */
};

struct ul_dns_waiters {
	unsigned int places, count;
	struct ul_list shares;
	struct ul_list spare;		/* of places that were used before */
	void (*make_room)(struct ul_dns_waiter *w, void *arg);
	void *arg;
};

struct ul_dns_waiters *
ul_dns_waiters_new(unsigned int places,
		   void (*spare)(struct ul_dns_waiter *w, void *arg),
		   void *arg)
{
	struct ul_dns_waiters *all = g_new0(struct ul_dns_waiters, 1);

	all->places = places;
	all->make_room = spare;
	all->arg = arg;
	ul_list_init(&all->shares);
	ul_list_init(&all->spare);
	return all;
}

static void free_share(struct ul_dns_share *share)
{
	ul_list_remove(&share->node);
	g_free(share);
}

void ul_dns_waiters_free(struct ul_dns_waiters *all)
{
	struct ul_list *n;

	if (!all)
		return;
	while ((n = ul_list_first(&all->shares)) != NULL) {
		struct ul_dns_share *s = ul_container_of(n, struct ul_dns_share,
							 node);
		struct ul_list *w = ul_list_first(&s->waiters);

		ul_dns_waiters_put(all, ul_container_of(w, struct ul_dns_waiter,
							of_share));
	}
	while ((n = ul_list_first(&all->spare)) != NULL) {
		ul_list_remove(n);
		g_free(ul_container_of(n, struct ul_dns_waiter, of_share));
	}
	g_free(all);
}

static struct ul_dns_share *share_of(const struct ul_dns_waiters *all,
				     const void *port)
{
	struct ul_list *pos, *tmp;

	ul_list_for_each_safe(pos, tmp, &all->shares) {
		struct ul_dns_share *s = ul_container_of(pos,
							 struct ul_dns_share,
							 node);

		if (s->port == port)
			return s;
	}
	return NULL;
}

static struct ul_dns_share *largest(const struct ul_dns_waiters *all)
{
	struct ul_dns_share *most = NULL;
	struct ul_list *pos, *tmp;

	ul_list_for_each_safe(pos, tmp, &all->shares) {
		struct ul_dns_share *s = ul_container_of(pos,
							 struct ul_dns_share,
							 node);

		if (!most || s->count > most->count)
			most = s;
	}
	return most;
}

/* May it have one more? Somebody else's oldest may have to go for it. */
static bool find_room(struct ul_dns_waiters *all, unsigned int has)
{
	struct ul_dns_share *most;
	struct ul_list *oldest;

	if (has >= all->places - all->places / 4)
		return false;
	if (all->count < all->places)
		return true;
	most = largest(all);
	if (!most || has + 1 >= most->count)
		return false;
	oldest = ul_list_first(&most->waiters);
	all->make_room(ul_container_of(oldest, struct ul_dns_waiter, of_share),
		       all->arg);
	return all->count < all->places;
}

static struct ul_dns_share *new_share(struct ul_dns_waiters *all,
				      const void *port)
{
	struct ul_dns_share *s = g_try_new0(struct ul_dns_share, 1);

	if (!s)
		return NULL;
	s->port = port;
	ul_list_init(&s->node);
	ul_list_init(&s->waiters);
	ul_list_append(&all->shares, &s->node);
	return s;
}

static struct ul_dns_waiter *take_spare(struct ul_dns_waiters *all)
{
	struct ul_list *n = ul_list_first(&all->spare);

	if (!n)
		return g_try_new(struct ul_dns_waiter, 1);
	ul_list_remove(n);
	return ul_container_of(n, struct ul_dns_waiter, of_share);
}

struct ul_dns_waiter *ul_dns_waiters_take(struct ul_dns_waiters *all,
					  const struct ul_dns_from *from)
{
	struct ul_dns_share *share = share_of(all, from->port);
	struct ul_dns_waiter *w;

	if (!find_room(all, share ? share->count : 0))
		return NULL;
	w = take_spare(all);
	if (!w)
		return NULL;
	share = share ? share : new_share(all, from->port);
	if (!share) {
		g_free(w);
		return NULL;
	}
	w->share = share;
	w->ask = NULL;
	w->from = *from;
	ul_list_init(&w->of_share);
	ul_list_init(&w->of_ask);
	ul_list_append(&share->waiters, &w->of_share);
	share->count++;
	all->count++;
	return w;
}

void ul_dns_waiters_put(struct ul_dns_waiters *all, struct ul_dns_waiter *w)
{
	ul_list_remove(&w->of_ask);
	ul_list_remove(&w->of_share);
	all->count--;
	if (!--w->share->count)
		free_share(w->share);
	ul_list_append(&all->spare, &w->of_share);
}

static bool is_same(const struct ul_dns_waiter *w,
		    const struct ul_dns_from *from,
		    const struct ul_dns_wish *wish)
{
	return w->wish.id == wish->id && w->from.stream == from->stream &&
	       ul_ep_eq(&w->from.guest, &from->guest) &&
	       ul_ep_eq(&w->from.service, &from->service) &&
	       w->wish.question_len == wish->question_len &&
	       !memcmp(w->wish.question, wish->question, wish->question_len);
}

struct ul_dns_waiter *ul_dns_waiters_find(const struct ul_dns_waiters *all,
					  const struct ul_dns_from *from,
					  const struct ul_dns_wish *wish)
{
	struct ul_dns_share *share = share_of(all, from->port);
	struct ul_list *pos, *tmp;

	if (!share)
		return NULL;
	ul_list_for_each_safe(pos, tmp, &share->waiters) {
		struct ul_dns_waiter *w = ul_container_of(pos,
							  struct ul_dns_waiter,
							  of_share);

		if (is_same(w, from, wish))
			return w;
	}
	return NULL;
}

/* Who is told of which waiters. */
struct walk {
	const struct ul_dns_stream *stream;
	bool is_any;
	void (*fn)(struct ul_dns_waiter *w, void *arg);
	void *arg;
};

static void walk_share(struct ul_dns_share *share, const struct walk *walk)
{
	struct ul_list *pos, *tmp;

	ul_list_for_each_safe(pos, tmp, &share->waiters) {
		struct ul_dns_waiter *w = ul_container_of(pos,
							  struct ul_dns_waiter,
							  of_share);
		/* The share may go with its last. */
		bool is_last = tmp == &share->waiters;

		if (walk->is_any || w->from.stream == walk->stream)
			walk->fn(w, walk->arg);
		if (is_last)
			return;
	}
}

static void walk_all(struct ul_dns_waiters *all, const struct walk *walk)
{
	struct ul_list *pos, *tmp;

	ul_list_for_each_safe(pos, tmp, &all->shares)
		walk_share(ul_container_of(pos, struct ul_dns_share, node),
			   walk);
}

void ul_dns_waiters_each(struct ul_dns_waiters *all,
			 void (*fn)(struct ul_dns_waiter *w, void *arg),
			 void *arg)
{
	walk_all(all, &(struct walk){ .is_any = true, .fn = fn, .arg = arg });
}

void ul_dns_waiters_each_of(struct ul_dns_waiters *all,
			    const struct ul_dns_stream *stream,
			    void (*fn)(struct ul_dns_waiter *w, void *arg),
			    void *arg)
{
	walk_all(all, &(struct walk){ .stream = stream, .fn = fn,
				      .arg = arg });
}

unsigned int ul_dns_waiters_count(const struct ul_dns_waiters *all)
{
	return all->count;
}

unsigned int ul_dns_waiters_of(const struct ul_dns_waiters *all,
			       const void *port)
{
	const struct ul_dns_share *share = share_of(all, port);

	return share ? share->count : 0;
}
