/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * paths.h - where the sockets of a network are
 *
 * In $XDG_RUNTIME_DIR/userlan, or without that variable in /tmp/userlan-UID,
 * which must be this user's and closed to others.
 */
#ifndef UL_CLI_PATHS_H
#define UL_CLI_PATHS_H

#include <glib.h>

struct ul_paths {
	char *dir;
	char *socket;		/* DIR/NET.sock: frames */
	char *control;		/* DIR/NET.ctl: the control protocol */
};

/*
 * The directory, the caller's; not made here. 0, or -errno and a sentence:
 * a relative XDG_RUNTIME_DIR, a directory that others may write.
 */
int ul_paths_dir(char **out, char **error);

/*
 * The paths of the network @net. -EINVAL for a name that is none,
 * -ENAMETOOLONG for a path that no socket can have.
 */
int ul_paths_of(struct ul_paths *out, const char *net, char **error);
void ul_paths_clear(struct ul_paths *paths);

/*
 * The log of a network that `userlan up` made, the caller's: NET.log in the
 * directory that is returned by the other, the caller's, too. Both are where
 * userland(8) keeps what it remembers.
 */
char *ul_paths_log(const char *net);
char *ul_paths_state_dir(void);

/* Where the options of @net are kept: userland.conf(5). */
char *ul_paths_config(const char *net);

/* Make the directory, which must be this user's with mode 0700. */
int ul_paths_make_dir(const struct ul_paths *paths, char **error);

/*
 * The names of the networks that have a control socket in @dir, sorted;
 * never NULL. Whether anybody listens there is another question.
 */
GPtrArray *ul_paths_networks(const char *dir);

#endif
