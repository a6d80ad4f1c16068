/* SPDX-License-Identifier: BSD-3-Clause */
/* stream.h - a port on a stream socket with QEMU's framing */
#ifndef UL_LINK_STREAM_H
#define UL_LINK_STREAM_H

#include "link/listener.h"
#include "loop/loop.h"

/*
 * The guest is at the other end of the connected socket @take_fd, which is
 * closed on failure too (NULL). Over for good when it leaves.
 */
struct ul_port *ul_stream_new(struct ul_loop *loop, int take_fd,
			      const struct ul_port_handler *handler,
			      void *arg);

/*
 * Call @fn once when @port, of this kind, is over or freed, whichever is
 * first: for one who made it and gave it away. NULL: nobody.
 */
void ul_stream_on_over(struct ul_port *port, void (*fn)(void *arg), void *arg);

/*
 * A port for each guest that connects to the listening socket @take_fd,
 * which is non-blocking, UNIX or TCP on loopback. @allow counts for UNIX
 * sockets; nobody can tell who is at the other end of TCP.
 */
struct ul_listener *
ul_stream_listener_new(struct ul_loop *loop, int take_fd,
		       const struct ul_allow *allow,
		       const struct ul_listener_handler *handler, void *arg);

#endif
