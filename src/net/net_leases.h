/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_leases.h - a network's leases, kept over restarts
 *
 * The file is written some time after a change, not at each: never twice
 * within UL_LEASES_PAUSE_US, and so rarely that the process waits for the
 * disk for less than a hundredth of its time. It is written at the end, too.
 */
#ifndef UL_NET_NET_LEASES_H
#define UL_NET_NET_LEASES_H

#include "net/network.h"

#define UL_LEASES_PAUSE_US 2000000ll
#define UL_LEASES_PATIENCE 100	/* pauses are as many times a write's time */

struct ul_net_leases;

/*
 * Take the leases of @path (copied) into the pools of @network, whose router
 * is there, and keep the file from then on. What is wrong with it is logged;
 * a damaged file is renamed.
 */
struct ul_net_leases *ul_net_leases_new(struct ul_network *network,
					const char *path);
/* Write what has changed. NULL is fine. */
void ul_net_leases_free(struct ul_net_leases *leases);

/* A lease was given, renewed or given up. NULL is fine. */
void ul_net_leases_changed(struct ul_net_leases *leases);

#endif
