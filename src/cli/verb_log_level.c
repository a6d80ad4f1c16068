/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_log_level.c - userlan log-level: how much a network logs */
#include <stdio.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/verbs.h"

static const char help[] =
"Say how much the network NET logs, or change it.\n"
"userlan logs NET shows the log.\n";

static const struct option options[] = {
	UL_OPTIONS_JSON,
};

static void show(const json_t *answer)
{
	puts(ul_reach_text(answer, "level"));
}

static int verb_log_level(const struct ul_verb *verb, int argc, char **argv)
{
	json_t *args = NULL;
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	if (status != UL_QUERY_GO_ON)
		return status;
	if (*q.words)
		args = json_pack("{s:s}", "level", *q.words);
	return ul_query_show(&q, "log-level", args, show);
}

const struct ul_verb ul_verb_log_level = {
	.name = "log-level",
	.args = "NET [error|warn|info|debug] [--json]",
	.summary = "how much a network logs",
	.help = help,
	.options = options,
	.run = verb_log_level,
};
