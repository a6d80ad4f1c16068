/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_waiter.h - guests' queries that wait for an answer, shared out fairly
 *
 * There are so many places. A guest (the port it is at, whatever addresses it
 * writes) may have three quarters of them; when all are taken, one with fewer
 * than another gets in by the oldest of the one that has most. So a flood
 * costs its sender, and nobody else.
 */
#ifndef UL_SVC_DNS_WAITER_H
#define UL_SVC_DNS_WAITER_H

#include "base/addr.h"
#include "base/list.h"
#include "svc/dns_answer.h"

struct ul_dns_ask;
struct ul_dns_stream;
struct ul_dns_waiters;
struct ul_dns_share;

/* Whose query it is, and where the answer goes. */
struct ul_dns_from {
	struct ul_ep guest, service;
	const void *port;		/* of the switch; only compared */
	struct ul_dns_stream *stream;	/* NULL: by UDP */
};

struct ul_dns_waiter {
	struct ul_list of_share;	/* oldest first */
	struct ul_list of_ask;		/* linked while it waits for one */
	struct ul_dns_share *share;
	struct ul_dns_ask *ask;
	struct ul_dns_from from;
	struct ul_dns_wish wish;
};

/* @spare is called for the waiter that has to go; it must put it. */
struct ul_dns_waiters *
ul_dns_waiters_new(unsigned int places,
		   void (*spare)(struct ul_dns_waiter *w, void *arg),
		   void *arg);
/* Without telling anyone. NULL is fine. */
void ul_dns_waiters_free(struct ul_dns_waiters *all);

/* A place for a query. NULL: this guest has its part, or no memory. */
struct ul_dns_waiter *ul_dns_waiters_take(struct ul_dns_waiters *all,
					  const struct ul_dns_from *from);
void ul_dns_waiters_put(struct ul_dns_waiters *all, struct ul_dns_waiter *w);

/* The query that @from sent before with the same id and question, or NULL. */
struct ul_dns_waiter *ul_dns_waiters_find(const struct ul_dns_waiters *all,
					  const struct ul_dns_from *from,
					  const struct ul_dns_wish *wish);
/* Each, or each that waits for an answer to @stream; @fn may put it. */
void ul_dns_waiters_each(struct ul_dns_waiters *all,
			 void (*fn)(struct ul_dns_waiter *w, void *arg),
			 void *arg);
void ul_dns_waiters_each_of(struct ul_dns_waiters *all,
			    const struct ul_dns_stream *stream,
			    void (*fn)(struct ul_dns_waiter *w, void *arg),
			    void *arg);

unsigned int ul_dns_waiters_count(const struct ul_dns_waiters *all);
unsigned int ul_dns_waiters_of(const struct ul_dns_waiters *all,
			       const void *port);

#endif
