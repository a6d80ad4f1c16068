/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * query.h - a verb about one network, from its command line to its output
 *
 *	static int leases(const struct ul_verb *verb, int argc, char **argv)
 *	{
 *		struct ul_query q;
 *		int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);
 *
 *		if (status != UL_QUERY_GO_ON)
 *			return status;
 *		return ul_query_show(&q, "query-leases", NULL, show);
 *	}
 */
#ifndef UL_CLI_QUERY_H
#define UL_CLI_QUERY_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/cli.h"
#include "cli/qmp.h"

#define UL_QUERY_GO_ON (-1)

struct ul_query {
	const struct ul_verb *verb;
	const char *net;	/* the first word where the usage says NET */
	char *const *words;	/* the others, up to NULL */
	bool is_json;
};

/*
 * Takes the option @code with its @value, NULL where it has none. 0, or the
 * exit status, after ul_cli_usage().
 */
typedef int (*ul_query_option_fn)(int code, const char *value, void *arg);

/*
 * Check @argv against @verb's args and options; @on_option (which may be
 * NULL) gets those but --help and --json. UL_QUERY_GO_ON, or it is over with
 * this exit status, and what was to be said has been.
 */
int ul_query_parse(struct ul_query *q, const struct ul_verb *verb, int argc,
		   char **argv, ul_query_option_fn on_option, void *arg);

/*
 * Connect to the network, execute @command with @take_args (NULL: none),
 * print what it returns: as JSON with --json, else by @show (NULL: nothing).
 * The exit status.
 */
int ul_query_show(const struct ul_query *q, const char *command,
		  json_t *take_args, void (*show)(const json_t *answer));

/* The same without printing: the caller's *@out (may be NULL). */
int ul_query_ask(const struct ul_query *q, const char *command,
		 json_t *take_args, json_t **out);

/* As all verbs print it. */
void ul_query_print_json(const json_t *value);

#endif
