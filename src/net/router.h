/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router.h - the gateway node of a network
 *
 * Frames come in from a port, are told apart once, and go to the proxy or
 * service that they are for; packets for a guest get their Ethernet header
 * and leave through the port.
 */
#ifndef UL_NET_ROUTER_H
#define UL_NET_ROUTER_H

#include <stdio.h>

#include "conf/conf.h"
#include "link/pcap.h"
#include "link/port.h"
#include "loop/loop.h"

struct ul_router;

/* @conf and @pcap (may be NULL) are borrowed until it is freed. */
struct ul_router *ul_router_new(struct ul_loop *loop,
				const struct ul_conf *conf,
				struct ul_pcap *pcap);
void ul_router_free(struct ul_router *router);

/* Bind the forwards of the configuration: 0, or -errno and *@error. */
int ul_router_start_forwards(struct ul_router *router, char **error);

/* The port that its guest is at; set once, before the first frame. */
void ul_router_set_port(struct ul_router *router, struct ul_port *port);

void ul_router_input(struct ul_router *router, struct ul_port *port,
		     struct ul_frame *frame);
/* The port takes frames again. */
void ul_router_resume(struct ul_router *router);
/*
 * The guest is gone: what it began is forgotten; its connections wait a
 * minute for it to come back, as one whose link was cut does.
 */
void ul_router_attached(struct ul_router *router);
void ul_router_detached(struct ul_router *router, struct ul_port *port);

/* Counters and flows to the log. */
void ul_router_log_status(struct ul_router *router);

#endif
