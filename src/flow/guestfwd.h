/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guestfwd.h - addresses of guests' that lead to a service of the host
 *
 * A TCP connection of a guest to such an address and port goes to a UNIX
 * socket, to an address of the host's side or to a program that is run for
 * it, whatever the policy says of that address; or to whatever its owner opens.
 */
#ifndef UL_FLOW_GUESTFWD_H
#define UL_FLOW_GUESTFWD_H

#include "flow/ctx.h"

struct ul_guestfwds;
struct ul_guestfwd;
struct ul_tcp_flow;

/* Borrowed as long as it is in use. */
struct ul_guestfwd_rule {
	struct ul_ep at;		/* as guests see it */
	const char *path;		/* of a UNIX socket, or "@abstract" */
	char *const *argv;		/* of a program; else NULL, too: */
	struct ul_ep host;
	const char *text;		/* as the user wrote it */
	/* NULL: the above; else a connected stream socket, or -errno. */
	int (*open)(void *arg);
	void *arg;
};

struct ul_guestfwds *ul_guestfwds_new(struct ul_flow_ctx *ctx);
/* Programs that run yet are killed. NULL is fine. */
void ul_guestfwds_free(struct ul_guestfwds *all);
void ul_guestfwds_add(struct ul_guestfwds *all,
		      const struct ul_guestfwd_rule *rule);

/* No more of them at @at; what is open stays. 0 or -ENOENT. */
int ul_guestfwds_remove(struct ul_guestfwds *all, const struct ul_ep *at);

/* NULL when there is none; @all may be NULL. */
const struct ul_guestfwd *ul_guestfwds_find(const struct ul_guestfwds *all,
					    const struct ul_ep *dst);
/* Is one at @addr, on whatever port? */
bool ul_guestfwds_has(const struct ul_guestfwds *all,
		      const struct ul_addr *addr);

/*
 * Begin to connect @flow: as ul_tcp_dial(), with the watch of its host's side
 * armed for @on_event. A program is tied to the flow.
 */
int ul_guestfwd_dial(const struct ul_guestfwd *fwd, struct ul_tcp_flow *flow,
		     const struct ul_pkt *syn, ul_watch_fn on_event);

#endif
