/* SPDX-License-Identifier: BSD-3-Clause */
/* stream.h - a port on a stream socket with QEMU's framing */
#ifndef UL_LINK_STREAM_H
#define UL_LINK_STREAM_H

#include "link/port.h"
#include "loop/loop.h"

/*
 * Accept one guest at a time on the listening UNIX socket @take_fd, which is
 * non-blocking. A second guest is refused with a log line; one that left may
 * come back. Peers of another uid than ours or root's are refused.
 */
struct ul_port *ul_stream_listen(struct ul_loop *loop, int take_fd,
				 const struct ul_port_handler *handler,
				 void *arg);

/* The guest is at the other end of the connected socket @take_fd. */
struct ul_port *ul_stream_connected(struct ul_loop *loop, int take_fd,
				    const struct ul_port_handler *handler,
				    void *arg);

#endif
