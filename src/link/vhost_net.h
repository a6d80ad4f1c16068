/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vhost_net.h - a port whose guest has a network card of virtio, by vhost-user
 *
 * Frames are copied once each way, between the guest's memory and ours;
 * super-frames and partial checksums pass as they are where the guest takes
 * them.
 */
#ifndef UL_LINK_VHOST_NET_H
#define UL_LINK_VHOST_NET_H

#include "link/listener.h"
#include "loop/loop.h"

/*
 * The machine is at the other end of the stream socket @take_fd, which is
 * closed on failure too (NULL). Over for good when it leaves.
 */
struct ul_port *ul_vhost_net_new(struct ul_loop *loop, int take_fd,
				 const struct ul_port_handler *handler,
				 void *arg);

/* A port for each machine that connects to @take_fd. */
struct ul_listener *
ul_vhost_net_listener_new(struct ul_loop *loop, int take_fd,
			  const struct ul_allow *allow,
			  const struct ul_listener_handler *handler,
			  void *arg);

#endif
