/* SPDX-License-Identifier: BSD-3-Clause */
/* net_forward.h - forwards of a network that runs: listed, added, removed */
#ifndef UL_NET_NET_FORWARD_H
#define UL_NET_NET_FORWARD_H

#include "flow/forward.h"
#include "net/network.h"

typedef void (*ul_forward_info_fn)(const struct ul_forward_info *info,
				   void *arg);

/*
 * Each returns 0, or -errno and in *@error a sentence, the caller's, that
 * names the rule.
 */

/*
 * Add the forward @spec, as -p has it, and tell of it; with the name of a
 * @port (else NULL) it ends, and what is open through it, when that port does.
 * A UNIX socket comes as @take_fd (else -1), which listens.
 */
int ul_network_forward_add(struct ul_network *network, const char *spec,
			   const char *port, int take_fd,
			   ul_forward_info_fn fn, void *arg, char **error);

/*
 * Remove @spec, in whatever form; one with a free port also by the port that
 * it took. -ENOENT: there is none; -ENOTUNIQ: several took free ports.
 */
int ul_network_forward_remove(struct ul_network *network, const char *spec,
			      enum ul_forward_open open, char **error);

void ul_network_each_forward(struct ul_network *network,
			     ul_forward_info_fn fn, void *arg);

#endif
