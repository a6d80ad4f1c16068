/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_ls.c - userlan ls: the networks of this user */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/paths.h"
#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

static const char help[] =
"The networks that userlan up made, and whether they live.\n";

static const struct option options[] = {
	UL_OPTIONS_JSON,
};

/* One network: what it says of itself, or why it does not. */
static json_t *look_at(const char *net)
{
	g_autofree char *why = NULL;
	struct ul_qmp *qmp = NULL;
	json_t *info = NULL;
	int rc = ul_reach(&qmp, net, &why);
	const char *state = rc == -ENOENT ? "dead" : "silent";

	if (!rc)
		rc = ul_reach_ask(qmp, "query-network", &info, &why);
	ul_qmp_free(qmp);
	if (!rc && json_is_object(info))
		state = "up";
	else
		json_decref(info);
	if (*state != 'u')
		info = json_object();
	json_object_set_new(info, "name", json_string(net));
	json_object_set_new(info, "state", json_string(state));
	return info;
}

static void print(const json_t *list)
{
	static const char *const heads[] = {
		"NAME", "STATE", "MODE", "SUBNET", ">GUESTS", ">UP", NULL,
	};
	struct ul_table *table = ul_table_new(heads);
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o) {
		bool is_up = *ul_reach_text(o, "state") == 'u';
		g_autofree char *guests = g_strdup_printf(
			"%" JSON_INTEGER_FORMAT, ul_reach_int(o, "guests"));
		g_autofree char *seconds = g_strdup_printf(
			"%" JSON_INTEGER_FORMAT " s",
			ul_reach_int(o, "uptime"));
		const char *const cells[] = {
			ul_reach_text(o, "name"), ul_reach_text(o, "state"),
			ul_reach_text(o, "mode"), ul_reach_text(o, "subnet"),
			is_up ? guests : NULL, is_up ? seconds : NULL,
		};

		ul_table_add(table, cells);
	}
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

static int ls(bool is_json)
{
	g_autofree char *dir = NULL;
	char *error = NULL;
	json_t *list;
	GPtrArray *names;

	if (ul_paths_dir(&dir, &error))
		return ul_cli_failed(error);
	names = ul_paths_networks(dir);
	list = json_array();
	for (guint i = 0; i < names->len; i++)
		json_array_append_new(list, look_at(names->pdata[i]));
	if (is_json) {
		ul_query_print_json(list);
	} else if (json_array_size(list)) {
		print(list);
	} else {
		fputs("no network is up; to make one: userlan up NET\n",
		      stderr);
	}
	json_decref(list);
	g_ptr_array_free(names, TRUE);
	return UL_EXIT_OK;
}

static int verb_ls(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int rc = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	return rc == UL_QUERY_GO_ON ? ls(q.is_json) : rc;
}

const struct ul_verb ul_verb_ls = {
	.name = "ls",
	.args = "[--json]",
	.summary = "the networks that are up",
	.help = help,
	.options = options,
	.run = verb_ls,
};
