/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_events.c - userlan events: what happens in a network, as it happens
 *
 * A line of text has the plain members of an event's data. What is nested
 * (the counters of a port) is for --json, which prints the event as it came.
 */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

#define LAST_EVENT "SHUTDOWN"

static const char help[] =
"Follow what happens in the network NET, a line for each event, until the\n"
"network ends.\n"
"\n"
"  --only EVENT  those of that name, as in LEASE_ADDED; repeatable\n"
"  --json        each event as the control socket sends it, one a line\n";

static const struct option options[] = {
	{ "only", required_argument, NULL, UL_OPT_LONG },
	UL_OPTIONS_JSON,
};

static int add_name(int code, const char *value, void *arg)
{
	g_ptr_array_add(arg, (void *)(uintptr_t)value);
	return 0;
}

static bool is_wanted(const GPtrArray *names, const char *name)
{
	for (guint i = 0; i < names->len; i++)
		if (!strcmp(names->pdata[i], name))
			return true;
	return !names->len;
}

/* Every name in @names must be that of an event that there is. */
static int check_names(struct ul_qmp *qmp, const GPtrArray *names,
		       char **error)
{
	g_autoptr(GString) all = g_string_new(NULL);
	g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);
	json_t *list = NULL, *one;
	size_t i;
	int rc = names->len ?
		ul_reach_ask(qmp, "query-events", &list, error) : 0;

	json_array_foreach(list, i, one) {
		const char *name = ul_reach_text(one, "name");

		g_hash_table_add(set, (void *)(uintptr_t)name);
		g_string_append_printf(all, "%s%s", i ? ", " : "", name);
	}
	for (guint n = 0; !rc && n < names->len; n++) {
		if (g_hash_table_contains(set, names->pdata[n]))
			continue;
		*error = g_strdup_printf("--only %s: there is no such event; "
					 "there are %s",
					 (char *)names->pdata[n], all->str);
		rc = -EINVAL;
	}
	json_decref(list);
	return rc;
}

/* "a,b": a list of texts; NULL: it has others. */
static char *joined(const json_t *list)
{
	GString *out = g_string_new(NULL);
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		if (!json_is_string(one)) {
			g_string_free(out, TRUE);
			return NULL;
		}
		g_string_append_printf(out, "%s%s", i ? "," : "",
				       json_string_value(one));
	}
	return g_string_free(out, FALSE);
}

/* One value as a word, the caller's; NULL for what is not shown. */
static char *word_of(const json_t *value)
{
	g_autofree char *list = NULL;

	switch (json_typeof(value)) {
	case JSON_STRING:
		return ul_table_clean(json_string_value(value));
	case JSON_INTEGER:
		return g_strdup_printf("%" JSON_INTEGER_FORMAT,
				       json_integer_value(value));
	case JSON_TRUE:
		return g_strdup("yes");
	case JSON_FALSE:
		return g_strdup("no");
	case JSON_ARRAY:
		list = joined(value);
		return list ? ul_table_clean(list) : NULL;
	case JSON_OBJECT:
	case JSON_REAL:
	case JSON_NULL:
		break;
	}
	return NULL;
}

static void print_time(const json_t *stamp)
{
	g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(
		ul_reach_int(stamp, "seconds"));
	g_autofree char *text = t ? g_date_time_format(t, "%H:%M:%S") : NULL;

	printf("%s.%03d", text ? text : "?",
	       (int)(ul_reach_int(stamp, "microseconds") / 1000 % 1000));
}

static void print_line(const json_t *event)
{
	g_autofree char *name = ul_table_clean(ul_reach_text(event, "event"));
	const char *key;
	json_t *value;

	print_time(json_object_get(event, "timestamp"));
	printf(" %s", name);
	json_object_foreach(json_object_get(event, "data"), key, value) {
		g_autofree char *word = word_of(value);
		g_autofree char *clean = ul_table_clean(key);

		if (word && *word)
			printf(strchr(word, ' ') ? " %s='%s'" : " %s=%s",
			       clean, word);
	}
	putchar('\n');
}

static void print(const json_t *event, bool is_json)
{
	if (is_json) {
		json_dumpf(event, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print_line(event);
	}
	fflush(stdout);
}

/* Until the last one: 0; or the network ended without it. */
static int follow(struct ul_qmp *qmp, const struct ul_query *q,
		  const GPtrArray *names, char **error)
{
	bool is_last = false;
	json_t *event;
	int rc = 0;

	while (!is_last && !(rc = ul_qmp_next_event(qmp, &event, error))) {
		const char *name = ul_reach_text(event, "event");

		is_last = !strcmp(name, LAST_EVENT);
		if (is_wanted(names, name))
			print(event, q->is_json);
		json_decref(event);
	}
	if (rc != -EPIPE)
		return rc;
	g_free(*error);
	*error = g_strdup_printf("network %s is gone, and did not say why",
				 q->net);
	return rc;
}

static int events(const struct ul_query *q, const GPtrArray *names)
{
	struct ul_qmp *qmp = NULL;
	char *error = NULL;
	int rc = ul_reach(&qmp, q->net, &error);

	if (!rc)
		rc = check_names(qmp, names, &error);
	if (!rc)
		rc = follow(qmp, q, names, &error);
	ul_qmp_free(qmp);
	return rc ? ul_cli_failed(error) : UL_EXIT_OK;
}

static int verb_events(const struct ul_verb *verb, int argc, char **argv)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, add_name, names);

	return status == UL_QUERY_GO_ON ? events(&q, names) : status;
}

const struct ul_verb ul_verb_events = {
	.name = "events",
	.args = "NET [--only EVENT]... [--json]",
	.summary = "what happens in a network, as it happens",
	.help = help,
	.options = options,
	.run = verb_events,
};
