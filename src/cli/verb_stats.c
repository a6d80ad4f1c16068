/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_stats.c - userlan stats: what a network has counted
 *
 * The answer of the control socket is made flat, "tcp.opened" and "web
 * tx-dropped", so that counters which a later version adds are shown as well.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

#define WATCH_MAX 3600

enum { OPT_ALL = UL_OPT_LONG, OPT_WATCH };

static const char help[] =
"What the network NET has counted since it was made: its router, the\n"
"services, its ports, and what was dropped for which reason.\n"
"userland-qmp(7) explains the names.\n"
"\n"
"  --all      the counters that are 0, too\n"
"  --watch S  every S seconds what changed since, until it is interrupted\n"
"  --json     for scripts\n";

static const struct option options[] = {
	{ "all", no_argument, NULL, OPT_ALL },
	{ "watch", required_argument, NULL, OPT_WATCH },
	UL_OPTIONS_JSON,
};

struct asked {
	bool is_all;
	guint64 watch_s;	/* 0: not wanted */
};

/* Every counter of @group, with @where in front. */
static void flatten(json_t *out, const char *where, const json_t *group)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)group, name, v) {
		g_autofree char *path = g_strdup_printf("%s.%s", where, name);

		if (json_is_integer(v))
			json_object_set(out, path, v);
	}
}

/* Ports last, as they come. */
static json_t *flat(const json_t *answer)
{
	json_t *out = json_object(), *v, *port;
	const char *name;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)answer, name, v)
		if (json_is_object(v))
			flatten(out, name, v);
	json_array_foreach(json_object_get(answer, "ports"), i, port) {
		const char *who = ul_reach_text(port, "name");

		flatten(out, who, json_object_get(port, "counters"));
		flatten(out, who, json_object_get(port, "wire-counters"));
	}
	return out;
}

static void add_row(struct ul_table *table, const char *name, json_int_t n,
		    json_int_t per_s, bool has_rate)
{
	g_autofree char *value = g_strdup_printf("%" JSON_INTEGER_FORMAT, n);
	g_autofree char *rate = g_strdup_printf("%" JSON_INTEGER_FORMAT,
						per_s);
	const char *const cells[] = { name, value, has_rate ? rate : NULL };

	ul_table_add(table, cells);
}

/* Those that are not 0, or with @before those that changed since. */
static void print(const json_t *now, const json_t *before,
		  const struct asked *a)
{
	const char *const heads[] = {
		"COUNTER", ">VALUE", before ? ">PER SECOND" : NULL, NULL,
	};
	struct ul_table *table = ul_table_new(heads);
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)now, name, v) {
		json_int_t n = json_integer_value(v);
		json_int_t past = ul_reach_int(before, name);
		json_int_t more = n > past ? n - past : 0;

		if (a->is_all || (before ? n != past : n != 0))
			add_row(table, name, n,
				before ? more / (json_int_t)a->watch_s : 0,
				before != NULL);
	}
	ul_table_print(table, "", stdout);
	ul_table_free(table);
	fflush(stdout);
}

static int ask(struct ul_qmp *qmp, json_t **out, char **error)
{
	return ul_reach_ask(qmp, "query-stats", out, error);
}

static int watch(struct ul_qmp *qmp, const struct ul_query *q,
		 const struct asked *a, char **error)
{
	json_t *before = NULL, *answer = NULL, *now;
	int rc;

	while (!(rc = ask(qmp, &answer, error))) {
		now = flat(answer);
		if (q->is_json) {
			json_dumpf(answer, stdout, JSON_COMPACT);
			putchar('\n');
			fflush(stdout);
		} else if (before) {
			print(now, before, a);
			putchar('\n');
		}
		json_decref(before);
		json_decref(answer);
		before = now;
		if (ferror(stdout))
			break;
		g_usleep((gulong)a->watch_s * G_USEC_PER_SEC);
	}
	json_decref(before);
	return rc;
}

static int once(struct ul_qmp *qmp, const struct ul_query *q,
		const struct asked *a, char **error)
{
	json_t *answer = NULL, *now;
	int rc = ask(qmp, &answer, error);

	if (rc)
		return rc;
	now = flat(answer);
	if (q->is_json)
		ul_query_print_json(answer);
	else
		print(now, NULL, a);
	json_decref(now);
	json_decref(answer);
	return 0;
}

static int take_option(int code, const char *value, void *arg)
{
	struct asked *a = arg;

	if (code == OPT_ALL)
		a->is_all = true;
	else if (!g_ascii_string_to_unsigned(value, 10, 1, WATCH_MAX,
					     &a->watch_s, NULL))
		return ul_cli_usage(&ul_verb_stats, "--watch takes seconds "
				    "from 1 to %d, not '%s'", WATCH_MAX,
				    value);
	return 0;
}

static int verb_stats(const struct ul_verb *verb, int argc, char **argv)
{
	struct asked a = { .watch_s = 0 };
	struct ul_qmp *qmp = NULL;
	char *error = NULL;
	struct ul_query q;
	int rc, status = ul_query_parse(&q, verb, argc, argv, take_option, &a);

	if (status != UL_QUERY_GO_ON)
		return status;
	rc = ul_reach(&qmp, q.net, &error);
	if (!rc)
		rc = a.watch_s ? watch(qmp, &q, &a, &error) :
				 once(qmp, &q, &a, &error);
	ul_qmp_free(qmp);
	return rc ? ul_cli_failed(error) : UL_EXIT_OK;
}

const struct ul_verb ul_verb_stats = {
	.name = "stats",
	.args = "NET [--all] [--watch S] [--json]",
	.summary = "what a network has counted",
	.help = help,
	.options = options,
	.run = verb_stats,
};
