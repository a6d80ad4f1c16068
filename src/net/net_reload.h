/* SPDX-License-Identifier: BSD-3-Clause */
/* net_reload.h - another configuration for a network that runs */
#ifndef UL_NET_NET_RELOAD_H
#define UL_NET_NET_RELOAD_H

#include "conf/conf_diff.h"
#include "net/network.h"

/*
 * The network's own conf was changed under it (ul_conf_adopt()), and @before
 * has what it was: carry out those of @changes (of struct ul_conf_change)
 * that change live. All or none: 0, or -errno and in *@error a sentence (the
 * caller's) that names the change that could not be made; then those before
 * it are undone, and the caller gives the conf its old values back.
 */
int ul_network_reload(struct ul_network *network, const GPtrArray *changes,
		      const struct ul_conf *before, char **error);

#endif
