/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trunk.h - a cable between the switches of two processes
 *
 * A stream socket with QEMU's framing. One side waits, the other dials; both
 * make an uplink's port of it. Nothing on the wire says that it is a trunk:
 * whoever dials the socket of guests is a guest there, with a guest's limit
 * of MACs, its guard and its conflicts. That is why the waiting side has a
 * socket for trunks alone.
 */
#ifndef UL_LINK_TRUNK_H
#define UL_LINK_TRUNK_H

#include <sys/socket.h>

#include "link/listener.h"
#include "loop/loop.h"

/*
 * Keep a trunk to @sa (UNIX or TCP): connect, hand a port to @handler, and
 * when that is over or cannot be had try again, for ever, first after
 * UL_TRUNK_RETRY_MIN_US, then after twice as long each time. A UNIX socket
 * must belong to the own uid, root or one of @allow.
 */
#define UL_TRUNK_RETRY_MIN_US INT64_C(200000)
#define UL_TRUNK_RETRY_MAX_US INT64_C(5000000)
struct ul_listener *ul_trunk_dial(struct ul_loop *loop,
				  const struct sockaddr *sa, socklen_t len,
				  const struct ul_allow *allow,
				  const struct ul_listener_handler *handler,
				  void *arg);

/*
 * Wait at @sa for those who dial, each of whom becomes a port. The socket is
 * unlinked in the end. NULL and in *@error a sentence of the caller's.
 */
struct ul_listener *ul_trunk_wait(struct ul_loop *loop,
				  const struct sockaddr *sa, socklen_t len,
				  const struct ul_allow *allow,
				  const struct ul_listener_handler *handler,
				  void *arg, char **error);

#endif
