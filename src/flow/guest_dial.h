/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_dial.h - connections from the router to a guest, and their outcome
 *
 * A descriptor of somebody's becomes a connection to a guest's port, which
 * sees it come from the gateway; or the port is only knocked at, to learn
 * whether something listens there.
 */
#ifndef UL_FLOW_GUEST_DIAL_H
#define UL_FLOW_GUEST_DIAL_H

#include "flow/tcp_proxy.h"

#define UL_GUEST_DIALS_MAX 256	/* under way */
#define UL_GUEST_PROBES_MAX 64	/* of these, that only knock */
#define UL_GUEST_FIRST_MAX 64

struct ul_guest_dials;
struct ul_guest_dial;

struct ul_guest_dial_conf {
	struct ul_ep guest;
	int64_t wait_us;		/* for the guest's answer */
	/* Written to the descriptor before all that the guest sends. */
	uint8_t first[UL_GUEST_FIRST_MAX];
	size_t first_len;
	/* Told once, not from within a call of this file; then it is gone. */
	void (*fn)(enum ul_greeting how, void *arg);
	void *arg;
};

struct ul_guest_dials *ul_guest_dials_new(struct ul_flow_ctx *ctx,
					  struct ul_tcp_proxy *tcp);
/* Those under way end untold. NULL is fine. */
void ul_guest_dials_free(struct ul_guest_dials *all);

/*
 * Connect @fd, a connected stream socket that does not block, to the guest:
 * 0, and it is not the caller's any more: until the guest accepts it stays as
 * it is, and is only closed when that does not happen. Else -errno, and it is
 * the caller's: -ENOBUFS at a limit, the guest's or of all.
 */
int ul_guest_dial(struct ul_guest_dials *all,
		  const struct ul_guest_dial_conf *conf, int fd,
		  struct ul_guest_dial **out);
/*
 * Does the guest's port listen? No program there notices, and nothing is left
 * of it. 0 or -errno.
 */
int ul_guest_probe(struct ul_guest_dials *all,
		   const struct ul_guest_dial_conf *conf,
		   struct ul_guest_dial **out);
/* End it untold. */
void ul_guest_dial_cancel(struct ul_guest_dial *dial);

/* Those that have not told yet. */
unsigned int ul_guest_dials_count(const struct ul_guest_dials *all);

#endif
