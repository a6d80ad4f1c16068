/* SPDX-License-Identifier: BSD-3-Clause */
/* reload.h - the configuration file read anew while the network runs */
#ifndef UL_DAEMON_RELOAD_H
#define UL_DAEMON_RELOAD_H

#include "conf/conf_diff.h"
#include "daemon/setup.h"

struct ul_network;

/* What a reload begins from; borrowed. */
struct ul_reload {
	struct ul_setup *setup;		/* as it runs; brought up to date */
	const struct ul_settings *line;	/* the command line, which wins */
	const char *path;		/* of the file; NULL: there is none */
	struct ul_network *network;
};

/*
 * Read the file, carry out what changes live, and log each change. 0 and in
 * *@changes what is different (of struct ul_conf_change, the caller's): live
 * options have changed, the others will when the network is started anew. Or
 * -errno and in *@error a sentence (the caller's), and nothing has changed.
 */
int ul_reload_run(const struct ul_reload *reload, GPtrArray **changes,
		  char **error);

#endif
