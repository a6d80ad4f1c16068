/* SPDX-License-Identifier: BSD-3-Clause */
/* launch.h - find userland(8) and start it */
#ifndef UL_CLI_LAUNCH_H
#define UL_CLI_LAUNCH_H

#include <glib.h>
#include <sys/types.h>

/*
 * The program: beside this one, where a build tree has it, or in PATH. The
 * caller's; NULL and a sentence when it is nowhere.
 */
char *ul_launch_find(char **error);

/*
 * Start the network of one VM on @fd, which stays the caller's (-1: @options
 * say where it is), with the options @argv (NULL at its end), and wait until it is ready. It ends when
 * the other end of @fd is closed. 0, or -errno; it has said the reason.
 */
int ul_launch_private(pid_t *out, int fd, GPtrArray *options, char **error);

#endif
