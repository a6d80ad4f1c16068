/* SPDX-License-Identifier: BSD-3-Clause */
/* cli.h - what the verbs of userlan(1) have in common */
#ifndef UL_CLI_CLI_H
#define UL_CLI_CLI_H

enum ul_exit {
	UL_EXIT_OK,
	UL_EXIT_FAILED,
	UL_EXIT_USAGE,
};

struct ul_verb {
	const char *name;
	const char *help;	/* its usage, and what its options are */
	/* argv[0] is the verb. The exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct ul_verb ul_verb_down, ul_verb_ls, ul_verb_run,
	ul_verb_shell, ul_verb_status, ul_verb_up;

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

/* Print @verb's help; UL_EXIT_OK. */
int ul_cli_help(const struct ul_verb *verb);

#endif
