/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage.h - the line "NET [VM] RULE... [--json]" that says what a verb takes
 *
 * It is what help prints, what a command line is checked against and what
 * completion goes by. Words are separated by spaces:
 *
 *	NET		must be there
 *	[NET]		may be there
 *	RULE...		once or more, and it is the last; [RULE]...: or never
 *	up|down		one of these; also [up|down]
 *	[--only NAME]	an option, which does not count as a word
 *
 * A word's name ends at a bracket or a colon: VM[:PORT] is VM. Some names mean
 * something to completion: NET is a network that is up, VM one who is on it,
 * FILE and DIR what they say.
 */
#ifndef UL_CLI_USAGE_H
#define UL_CLI_USAGE_H

#include <stddef.h>

#define UL_USAGE_WORDS_MAX 6

struct ul_usage {
	char *words[UL_USAGE_WORDS_MAX];	/* without brackets and dots */
	int count;
	int min;		/* words that must be there */
	int max;		/* may be there; INT_MAX: without end */
};

/* @args is the program's own text. */
void ul_usage_parse(struct ul_usage *out, const char *args);
void ul_usage_clear(struct ul_usage *usage);

/* The name of word @nth, from 0; NULL: there is none. */
const char *ul_usage_word(const struct ul_usage *usage, int nth);

#endif
