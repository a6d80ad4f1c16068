/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * setup.h - what userland(8) was told, and the network that this makes
 *
 * The command line, a file that it may name, and what is settled by this
 * host: read once at the start and once at each reload.
 */
#ifndef UL_DAEMON_SETUP_H
#define UL_DAEMON_SETUP_H

#include "conf/settings.h"

struct ul_setup {
	struct ul_settings *settings;	/* of the line and the file */
	struct ul_settings *file;	/* of the file alone; NULL: none */
	struct ul_conf *conf;		/* settled by them */
};

/*
 * Read the file at @path (NULL: there is none), put it and @line together and
 * settle them. With @running, the network as it runs, its choices (the
 * subnet) stay. 0 and the caller's, or -errno and in *@error a sentence (the
 * caller's), which names the line of the file where there is one.
 */
int ul_setup_load(struct ul_setup **out, const struct ul_settings *line,
		  const char *path, const struct ul_conf *running,
		  char **error);

/* The same of settings that are put together already, which are copied. */
int ul_setup_settle(struct ul_setup **out, const struct ul_settings *settings,
		    const struct ul_conf *running, char **error);

/* NULL is fine. */
void ul_setup_free(struct ul_setup *setup);

#endif
