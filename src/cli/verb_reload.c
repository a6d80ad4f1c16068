/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_reload.c - userlan reload: have a network read its file anew */
#include <stdio.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

static void add_rows(struct ul_table *table, const json_t *list,
		     const char *when)
{
	json_t *change;
	size_t i;

	json_array_foreach(list, i, change) {
		const char *const cells[] = {
			ul_reach_text(change, "option"),
			ul_reach_text(change, "from"),
			ul_reach_text(change, "to"), when,
		};

		ul_table_add(table, cells);
	}
}

static void show(const json_t *answer)
{
	static const char *const heads[] = {
		"OPTION", "WAS", "IN THE FILE", "TAKES EFFECT", NULL,
	};
	const json_t *changed = json_object_get(answer, "changed");
	const json_t *waiting = json_object_get(answer, "needs-restart");
	const json_t *overridden = json_object_get(answer, "overridden");
	struct ul_table *table;

	if (!json_array_size(changed) && !json_array_size(waiting) &&
	    !json_array_size(overridden)) {
		puts("nothing has changed");
		return;
	}
	table = ul_table_new(heads);
	add_rows(table, changed, "now");
	add_rows(table, waiting, "after a restart");
	add_rows(table, overridden, "never: the command line wins");
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

static const struct option options[] = {
	UL_OPTIONS_JSON,
};

static int reload(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	if (status != UL_QUERY_GO_ON)
		return status;
	return ul_query_show(&q, "reload", NULL, show);
}

const struct ul_verb ul_verb_reload = {
	.name = "reload",
	.args = "NET [--json]",
	.summary = "have a network read its file anew",
	.help = "The network reads its configuration file and carries out "
		"what can change while\n"
		"it runs; what takes a restart is named. A file that is wrong "
		"changes nothing.\n",
	.options = options,
	.run = reload,
};
