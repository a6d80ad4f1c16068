/* SPDX-License-Identifier: BSD-3-Clause */
/* args.h - the command line of userland(8) */
#ifndef UL_DAEMON_ARGS_H
#define UL_DAEMON_ARGS_H

#include "conf/settings.h"

enum ul_args_wish {
	UL_ARGS_RUN,
	UL_ARGS_HELP,
	UL_ARGS_VERSION,
};
#define UL_ARGS_WISH_COUNT (UL_ARGS_VERSION + 1)

/*
 * The options of @argv, whose values nobody looked at yet: the caller's. 0
 * and in *@wish what is asked for, or -EINVAL and in *@error a sentence (the
 * caller's). Permutes @argv as getopt_long(3) does.
 */
int ul_args_parse(struct ul_settings **out, int argc, char **argv,
		  enum ul_args_wish *wish, char **error);

/* What --help prints; the caller's. */
char *ul_args_help(void);

#endif
