/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * complete.h - what may come next on a command line of userlan(1)
 *
 * For shells: `userlan --complete WORD...` is called with the words behind
 * the program's name, the last of which, maybe empty, is the one to be
 * completed. What it needs to know it has from the verbs' own tables.
 *
 * What is offered goes into a command line as it is, and guests choose names
 * of their own: only names that a shell takes for plain text are offered.
 */
#ifndef UL_CLI_COMPLETE_H
#define UL_CLI_COMPLETE_H

#include <stdio.h>

#include "cli/cli.h"

enum ul_complete {
	UL_COMPLETE_LIST = 0,		/* what was printed, which may be none */
	UL_COMPLETE_FILES = 3,		/* names of files */
	UL_COMPLETE_COMMANDS = 4,	/* names of programs */
};

/*
 * Print to @out, one a line, what may stand in the place of the last one of
 * @words. Says nothing else, and takes no longer than a moment. For
 * `--complete`: the exit status.
 */
enum ul_complete ul_complete(const struct ul_verb *const *verbs, int count,
			     char *const *words, FILE *out);

#endif
