/* SPDX-License-Identifier: BSD-3-Clause */
/* accept.h - a listener on a socket that is connected to, of any kind */
#ifndef UL_LINK_ACCEPT_H
#define UL_LINK_ACCEPT_H

#include <sys/socket.h>

#include "base/list.h"
#include "link/listener.h"
#include "loop/loop.h"

struct ul_accept_kind {
	const char *name;		/* in the log */
	/* A port on @take_fd, without a handler yet, on the list @siblings. */
	struct ul_port *(*make)(struct ul_loop *loop, int take_fd,
				struct ul_list *siblings);
	/* Detach the ports of @siblings whose guests are gone. */
	void (*reap)(struct ul_list *siblings);
};

/* A listener of @kind, borrowed. NULL, and @take_fd closed, when it fails. */
struct ul_listener *ul_accept_new(struct ul_loop *loop, int take_fd,
				  const struct ul_accept_kind *kind,
				  const struct ul_allow *allow,
				  const struct ul_listener_handler *handler,
				  void *arg);

/* Has the other end of the connected socket @fd closed? */
bool ul_accept_is_gone(int fd);

/* May a process of @cred attach? Own uid and root always. */
bool ul_allow_has(const struct ul_allow *allow, const struct ucred *cred);
/* A copy with its own memory, of nothing for NULL. */
void ul_allow_copy(struct ul_allow *out, const struct ul_allow *allow);
void ul_allow_fini(struct ul_allow *allow);

#endif
