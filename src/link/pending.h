/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pending.h - packets that wait until their neighbour is found
 *
 * The first datagram to a guest that has been silent so far would be lost
 * while the router asks for its MAC (RFC 1122 2.3.2.2, RFC 4861 7.2.2). A few
 * packets wait for a second; where there are too many the oldest goes. Pure:
 * time is an argument.
 */
#ifndef UL_LINK_PENDING_H
#define UL_LINK_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "link/port.h"

#define UL_PENDING_MAX 64
#define UL_PENDING_PER_ADDR 8
#define UL_PENDING_US 1000000

struct ul_pending;

typedef void (*ul_pending_fn)(const struct ul_piece *piece, unsigned int count,
			      void *arg);

struct ul_pending *ul_pending_new(void);
void ul_pending_free(struct ul_pending *p);

/*
 * Keep a packet for @addr; pieces as for ul_port_send(). 0, or -EMSGSIZE with
 * too many pieces or copied bytes.
 */
int ul_pending_put(struct ul_pending *p, const struct ul_addr *addr,
		   const struct ul_piece *piece, unsigned int count,
		   int64_t now_us);

/*
 * @addr was found: hand its packets to @fn, oldest first, and forget them.
 * @fn may put packets in, also for @addr. Costs nothing when none wait.
 */
void ul_pending_take(struct ul_pending *p, const struct ul_addr *addr,
		     int64_t now_us, ul_pending_fn fn, void *arg);

/* Drop all: their guest is gone. */
void ul_pending_clear(struct ul_pending *p);

#endif
