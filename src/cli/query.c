/* SPDX-License-Identifier: BSD-3-Clause */
/* query.c - a verb about one network */
#include "cli/query.h"

#include <getopt.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "cli/reach.h"
#include "cli/usage.h"

/* For getopt_long(): those options of @verb that have a letter. */
static char *letters(const struct ul_verb *verb)
{
	GString *s = g_string_new(":");

	for (const struct option *o = verb->options; o->name; o++)
		if (o->val < UL_OPT_JSON)
			g_string_append_printf(s, "%c%s", o->val,
					       o->has_arg ? ":" : "");
	return g_string_free(s, FALSE);
}

static int parse_options(struct ul_query *q, int argc, char **argv,
			 ul_query_option_fn on_option, void *arg)
{
	g_autofree char *short_ones = letters(q->verb);
	int code, status = 0;

	optind = 1;
	opterr = 0;
	while (!status && (code = getopt_long(argc, argv, short_ones,
					      q->verb->options,
					      NULL)) != -1) {
		if (code == UL_OPT_JSON)
			q->is_json = true;
		else if (code == '?' || code == ':')
			return ul_cli_bad_option(q->verb, code,
						 argv[optind - 1]);
		else if (code == 'h') {
			ul_cli_help(q->verb);
			return UL_EXIT_OK;
		} else if (on_option)
			status = on_option(code, optarg, arg);
	}
	return status ? status : UL_QUERY_GO_ON;
}

static int parse_words(struct ul_query *q, int count, char **words)
{
	struct ul_usage u;
	int status = UL_QUERY_GO_ON;

	ul_usage_parse(&u, q->verb->args);
	if (count < u.min)
		status = ul_cli_usage(q->verb, "%s is missing: userlan %s %s",
				      ul_usage_word(&u, count), q->verb->name,
				      q->verb->args);
	else if (count > u.max)
		status = ul_cli_usage(q->verb, "'%s' is not wanted here: "
				      "userlan %s %s", words[u.max],
				      q->verb->name, q->verb->args);
	else if (count && !strcmp(u.words[0], "NET"))
		q->net = *words++;
	q->words = words;
	ul_usage_clear(&u);
	return status;
}

int ul_query_parse(struct ul_query *q, const struct ul_verb *verb, int argc,
		   char **argv, ul_query_option_fn on_option, void *arg)
{
	int status;

	*q = (struct ul_query){ .verb = verb };
	status = parse_options(q, argc, argv, on_option, arg);
	if (status != UL_QUERY_GO_ON)
		return status;
	return parse_words(q, argc - optind, argv + optind);
}

int ul_query_ask(const struct ul_query *q, const char *command,
		 json_t *take_args, json_t **out)
{
	struct ul_qmp *qmp = NULL;
	char *error = NULL;
	int rc = ul_reach(&qmp, q->net, &error);

	if (rc)
		json_decref(take_args);
	else
		rc = ul_qmp_execute(qmp, command, take_args, out, &error);
	ul_qmp_free(qmp);
	return rc ? ul_cli_failed(error) : UL_EXIT_OK;
}

void ul_query_print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
}

int ul_query_show(const struct ul_query *q, const char *command,
		  json_t *take_args, void (*show)(const json_t *answer))
{
	json_t *answer = NULL;
	int status = ul_query_ask(q, command, take_args, &answer);

	if (!status && q->is_json)
		ul_query_print_json(answer);
	else if (!status && show)
		show(answer);
	json_decref(answer);
	return status;
}
