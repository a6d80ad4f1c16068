/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lease_watch.h - says that a lease is over
 *
 * The server finds out only when it needs the address; whoever listens wants
 * to know when it happens, within UL_LEASE_WATCH_US. A network at rest is not
 * woken for it.
 */
#ifndef UL_NET_LEASE_WATCH_H
#define UL_NET_LEASE_WATCH_H

#include "loop/loop.h"
#include "svc/lease.h"

#define UL_LEASE_WATCH_US 5000000ll

struct ul_lease_watch;

struct ul_lease_watch_handler {
	/* Each lease that there is, to @fn. The last argument is the arg. */
	void (*each)(void (*fn)(const struct ul_lease *lease, void *fn_arg),
		     void *fn_arg, void *arg);
	/* @lease expired, was released, or its address is another's now. */
	void (*over)(const struct ul_lease *lease, void *arg);
};

struct ul_lease_watch *
ul_lease_watch_new(struct ul_loop *loop,
		   const struct ul_lease_watch_handler *handler, void *arg);
/* NULL is fine. */
void ul_lease_watch_free(struct ul_lease_watch *watch);

/* A lease was given: tell when it is over. */
void ul_lease_watch_add(struct ul_lease_watch *watch,
			const struct ul_lease *lease);
/* Some lease is another than it was: released, declined, renewed. */
void ul_lease_watch_changed(struct ul_lease_watch *watch);

#endif
