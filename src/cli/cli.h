/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cli.h - a verb of userlan(1), and what verbs have in common
 *
 * A verb is a file verb_NAME.c with its struct ul_verb, and a line of
 * verbs.h. Help, completion and the check of the command line come from
 * there; query.h has what a verb about one network needs.
 */
#ifndef UL_CLI_CLI_H
#define UL_CLI_CLI_H

#include <getopt.h>

enum ul_exit {
	UL_EXIT_OK,
	UL_EXIT_FAILED,
	UL_EXIT_USAGE,
};

struct ul_verb {
	const char *name;	/* of a sub-verb: "forward add" */
	const char *args;	/* what follows it: see usage.h */
	const char *summary;	/* a few words for userlan --help */
	const char *help;	/* sentences, and what its options are */
	const struct option *options;	/* up to one without a name */
	/* Verbs below this one, up to one without a name: then no run. */
	const struct ul_verb *subs;
	/* argv[0] is the verb's last word. The exit status. */
	int (*run)(const struct ul_verb *verb, int argc, char **argv);
};

/* A long option that has no letter has a val from here on. */
#define UL_OPT_LONG 0x100
#define UL_OPT_JSON 0xff

/* The last rows of a verb's options. */
#define UL_OPTIONS_JSON \
	{ "json", no_argument, NULL, UL_OPT_JSON }, \
	UL_OPTIONS_END
#define UL_OPTIONS_END \
	{ "help", no_argument, NULL, 'h' }, \
	{ NULL, 0, NULL, 0 }

/* Say @take_error, a sentence, and return UL_EXIT_FAILED. */
int ul_cli_failed(char *take_error);

/* Say what is wrong with the command line; UL_EXIT_USAGE. */
int ul_cli_usage(const struct ul_verb *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * What getopt_long() stopped at (with a leading ":" in its letters): an
 * option that @verb does not have, or one without its value. UL_EXIT_USAGE.
 */
int ul_cli_bad_option(const struct ul_verb *verb, int code, const char *word);

/* Print @verb's help, or its sub-verbs'; UL_EXIT_OK. */
int ul_cli_help(const struct ul_verb *verb);

/* The last word of its name: "add" of "forward add". */
const char *ul_verb_word(const struct ul_verb *verb);

/* Run it, or the one of its sub-verbs that argv[1] names. The exit status. */
int ul_verb_run_it(const struct ul_verb *verb, int argc, char **argv);

#endif
