/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * client.h - one connection to the control socket
 *
 * Requests are answered in their order, one batch in a turn, but for those
 * whose outcome takes time. Nothing more is
 * read while much waits to be written, so a client can make us keep no more
 * than one answer and the events until it reads.
 */
#ifndef UL_CTL_CLIENT_H
#define UL_CTL_CLIENT_H

#include <jansson.h>

#include "loop/loop.h"

#define UL_CLIENT_FDS_MAX 16		/* named, and as many not yet */
#define UL_CLIENT_EVENTS_MAX (1u << 20)	/* bytes that may wait */
#define UL_CLIENT_STALL_US 30000000ll	/* taking none of what waits */

struct ul_client;
struct ul_laters;

/* What a client tells its owner; the last argument is the arg given. */
struct ul_client_handler {
	/*
	 * One object, and the whole answer to it, which is the client's;
	 * NULL: it comes later (ctl/later.h).
	 */
	json_t *(*request)(struct ul_client *client, json_t *request,
			   void *arg);
	/* It is over: free it, now or later. @why: NULL when it just left. */
	void (*over)(struct ul_client *client, const char *why, void *arg);
};

/* @take_fd: a connected stream socket, not blocking. NULL: no watch. */
struct ul_client *ul_client_new(struct ul_loop *loop, int take_fd,
				const struct ul_client_handler *handler,
				void *arg);
/* What can be written at once still is. NULL is fine. */
void ul_client_free(struct ul_client *client);

/* Queue one message; an event is the end of a client that reads none. */
void ul_client_say(struct ul_client *client, const json_t *message);
void ul_client_tell(struct ul_client *client, const json_t *event);

/* The oldest descriptor that came and has no name yet: the caller's; -1. */
int ul_client_next_fd(struct ul_client *client);
/*
 * Keep @take_fd as @name, in place of what had that name. -ENOSPC with
 * UL_CLIENT_FDS_MAX names: it is closed.
 */
int ul_client_name_fd(struct ul_client *client, const char *name, int take_fd);
/* The descriptor @name, from now on the caller's; -1: there is none. */
int ul_client_take_fd(struct ul_client *client, const char *name);

/* What it is owed, which is over when it is. */
struct ul_laters *ul_client_laters(struct ul_client *client);

/* May it give commands, and hear of events? */
bool ul_client_is_ready(const struct ul_client *client);
void ul_client_set_ready(struct ul_client *client);

#endif
