/* SPDX-License-Identifier: BSD-3-Clause */
/* network.h - one network: port, engine, flows and services put together */
#ifndef UL_NET_NETWORK_H
#define UL_NET_NETWORK_H

#include "conf/conf.h"
#include "loop/loop.h"

struct ul_network;

/*
 * Start the network of @conf (settled; borrowed until it is freed) on
 * @loop. @take_port_fd is where its guest attaches: a listening stream
 * socket (conf->socket_path), a connected one (conf->fd) or a tap
 * (conf->netns); it is closed on failure too. @ended is called when the
 * guest is gone and the process has no reason to stay (conf->one_off), or
 * when the tap is gone. 0, or -errno and in *@error a sentence of the
 * caller's; a forward that cannot be bound names its rule there.
 */
int ul_network_start(struct ul_network **out, struct ul_loop *loop,
		     const struct ul_conf *conf, int take_port_fd,
		     void (*ended)(void *arg), void *arg, char **error);
void ul_network_free(struct ul_network *network);

/* The state and the table of flows to the log. */
void ul_network_log_status(struct ul_network *network);

#endif
