/* SPDX-License-Identifier: BSD-3-Clause */
/* network.h - one network: switch, ports, router and uplinks put together */
#ifndef UL_NET_NETWORK_H
#define UL_NET_NETWORK_H

#include "conf/conf.h"
#include "conf/uplink_spec.h"
#include "link/hub.h"
#include "loop/loop.h"

struct ul_network;

/*
 * Start the network of @conf (settled; borrowed until it is freed) on
 * @loop, without a way in yet. @ended is called when the last guest is gone
 * and the process has no reason to stay: nothing is left that another could
 * come in by, or conf->one_off. 0, or -errno and in *@error a sentence of the
 * caller's; a forward that cannot be bound names its rule there.
 */
int ul_network_start(struct ul_network **out, struct ul_loop *loop,
		     const struct ul_conf *conf, void (*ended)(void *arg),
		     void *arg, char **error);
void ul_network_free(struct ul_network *network);

/*
 * Take guests at @take_fd, a listening socket (dgram: a bound one). 0, or
 * -errno and *@error; @take_fd is closed then.
 */
int ul_network_listen(struct ul_network *network, enum ul_listen_kind kind,
		      int take_fd, char **error);

/*
 * Plug a descriptor in that is a guest's, or the host's, as @conf has it: a
 * tap or a connected UNIX socket; which one is asked of the kernel. @conf may
 * be NULL. 0, or -errno and *@error; @take_fd is closed then.
 */
int ul_network_attach_fd(struct ul_network *network, int take_fd,
			 const struct ul_plug_conf *conf, char **error);

/* The same of a connected socket on which a machine speaks vhost-user. */
int ul_network_attach_vhost(struct ul_network *network, int take_fd,
			    const struct ul_plug_conf *conf, char **error);

/* Join @conf (borrowed): 0, or -errno and *@error, which names it. */
int ul_network_add_uplink(struct ul_network *network,
			  const struct ul_uplink_conf *conf, char **error);

/*
 * The largest MTU that passes an uplink of @conf as the host's routes are; 0
 * when it says nothing.
 */
unsigned int ul_network_uplink_mtu(const struct ul_uplink_conf *conf);

/* The state and the table of flows to the log. */
void ul_network_log_status(struct ul_network *network);

#endif
