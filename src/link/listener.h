/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * listener.h - a socket at which ports come into being
 *
 * Every guest that attaches gets a port of its own; a port whose guest went
 * away is over, and a guest that comes back gets a new one.
 */
#ifndef UL_LINK_LISTENER_H
#define UL_LINK_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "link/port.h"

struct ul_listener;

/*
 * What a listener asks and tells its owner. The last argument is the arg
 * given. Both come within a turn of the loop only.
 */
struct ul_listener_handler {
	/*
	 * May one more guest attach? When not, *why is a part of a sentence.
	 * Ports of this listener whose guests left were detached before.
	 */
	bool (*may_attach)(const char **why, void *arg);
	/*
	 * A guest attached. The port is the owner's, who gives it a handler
	 * (ul_port_set_handler()) before this returns, or frees it.
	 */
	void (*attached)(struct ul_port *take_port, void *arg);
};

/* Who may attach besides root and the own uid. All zero, or NULL: nobody. */
struct ul_allow {
	const uid_t *uid;
	size_t count;
};

struct ul_listener_ops {
	void (*free)(struct ul_listener *listener);
};

/* Embedded at the start of every kind of listener. */
struct ul_listener {
	const struct ul_listener_ops *ops;
	const struct ul_listener_handler *handler;
	void *arg;
};

/* Ports that it made stay. NULL is fine. */
static inline void ul_listener_free(struct ul_listener *listener)
{
	if (listener)
		listener->ops->free(listener);
}

#endif
