/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * child.h - run a program, pass signals on to it, take over its status
 *
 * ul_child_hold_signals() comes before the first child, so that no signal
 * is lost between.
 */
#ifndef UL_CLI_CHILD_H
#define UL_CLI_CHILD_H

#include <stddef.h>
#include <sys/types.h>

struct ul_child_conf {
	char *const *argv;		/* argv[0] is looked for in PATH */
	const int *keep_fds;		/* that it inherits besides 0 to 2 */
	size_t keep_count;
	/* Out of the terminal's reach: it does not get ^C. */
	enum ul_child_group { UL_CHILD_SAME_GROUP, UL_CHILD_OWN_GROUP } group;
};

/* TERM, INT, HUP and CHLD wait from here on for ul_child_wait(). */
void ul_child_hold_signals(void);

/* 0, or -errno and a sentence: also when the program cannot be run. */
int ul_child_start(pid_t *out, const struct ul_child_conf *conf,
		   char **error);

/*
 * Wait for @pid; signals for this process are passed on to it, but those of
 * the terminal, which it got itself. Its exit status, 128 + n for signal n.
 */
int ul_child_wait(pid_t pid);

/* Wait @ms for @pid, then end it, then kill it. */
void ul_child_end(pid_t pid, int ms);

/* What @argv prints on its stdout, at most 4 KiB; NULL after 10 s. */
char *ul_child_output(char *const *argv);

#endif
