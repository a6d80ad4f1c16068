/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_forward.c - userlan forward: host ports that lead to VMs */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "cli/forward.h"
#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "sys/unixfd.h"

#define OPT_CLOSE UL_OPT_LONG

static const struct option options_list[] = { UL_OPTIONS_JSON };
static const struct option options_rm[] = {
	{ "close-flows", no_argument, NULL, OPT_CLOSE },
	UL_OPTIONS_END,
};

/* "127.0.0.1:9000-9003", and the others. */
static char *hosts_of(const json_t *forward)
{
	json_int_t ports = ul_reach_int(forward, "ports");
	json_int_t first = ul_reach_int(forward, "host-port");
	const char *path = ul_reach_text(forward, "path");
	GString *out = g_string_new(NULL);
	json_t *one;
	size_t i;

	if (*path)
		g_string_append_printf(out, "unix:%s", path);
	json_array_foreach(json_object_get(forward, "host"), i, one) {
		g_string_append_printf(out, "%s%s", i ? "," : "",
				       json_string_value(one) ?
				       json_string_value(one) : "?");
		if (ports > 1)
			g_string_append_printf(out, "-%" JSON_INTEGER_FORMAT,
					       first + ports - 1);
	}
	return g_string_free(out, FALSE);
}

static char *guest_of(const json_t *forward)
{
	json_int_t first = ul_reach_int(forward, "guest-port");
	json_int_t ports = ul_reach_int(forward, "ports");
	const char *guest = ul_reach_text(forward, "guest");
	bool is_v6 = strchr(guest, ':') != NULL;
	g_autofree char *last = ports > 1 ?
		g_strdup_printf("-%" JSON_INTEGER_FORMAT, first + ports - 1) :
		NULL;

	return g_strdup_printf("%s%s%s:%" JSON_INTEGER_FORMAT "%s",
			       is_v6 ? "[" : "", guest, is_v6 ? "]" : "",
			       first, last ? last : "");
}

static char *number(json_int_t n)
{
	return g_strdup_printf("%" JSON_INTEGER_FORMAT, n);
}

static void add_row(struct ul_table *table, const json_t *forward)
{
	const json_t *counters = json_object_get(forward, "counters");
	g_autofree char *host = hosts_of(forward);
	g_autofree char *guest = guest_of(forward);
	g_autofree char *open = number(ul_reach_int(forward, "open"));
	g_autofree char *came = number(ul_reach_int(counters, "connections"));
	g_autofree char *failed = number(ul_reach_int(counters, "failed"));
	const char *const cells[] = {
		host, ul_reach_text(forward, "protocol"), guest,
		ul_reach_text(forward, "address"),
		ul_reach_text(forward, "state"), open, came, failed,
		ul_reach_text(forward, "reason"),
	};

	ul_table_add(table, cells);
}

static void show_all(const json_t *forwards)
{
	static const char *const heads[] = {
		"HOST", "PROTO", "GUEST", "ADDRESS", "STATE", ">OPEN", ">CAME",
		">FAILED", "WHY", NULL,
	};
	struct ul_table *table = ul_table_new(heads);
	json_t *one;
	size_t i;

	json_array_foreach(forwards, i, one)
		add_row(table, one);
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

static void show_one(const json_t *forward)
{
	g_autofree char *host = hosts_of(forward);
	g_autofree char *guest = guest_of(forward);
	g_autofree char *line = g_strdup_printf("%s/%s leads to %s", host,
						ul_reach_text(forward,
							      "protocol"),
						guest);
	g_autofree char *clean = ul_table_clean(line);

	puts(clean);
}

static int add(const struct ul_query *q, const char *rule)
{
	struct ul_qmp *qmp = NULL;
	json_t *answer = NULL;
	char *error = NULL;
	int rc = ul_reach(&qmp, q->net, &error);

	if (!rc)
		rc = ul_cli_forward_add(qmp, rule, NULL, &answer, &error);
	ul_qmp_free(qmp);
	if (rc)
		return ul_cli_failed(error);
	if (q->is_json)
		ul_query_print_json(answer);
	else
		show_one(answer);
	json_decref(answer);
	return UL_EXIT_OK;
}

static int forward_add(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	return status == UL_QUERY_GO_ON ? add(&q, q.words[0]) : status;
}

static int set_close(int code, const char *value, void *arg)
{
	*(bool *)arg = true;
	return 0;
}

static int forward_rm(const struct ul_verb *verb, int argc, char **argv)
{
	g_autofree char *file = NULL;
	bool is_close = false;
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, set_close,
				    &is_close);

	if (status != UL_QUERY_GO_ON)
		return status;
	status = ul_query_ask(&q, "forward-remove",
			      json_pack("{s:s, s:b}", "spec", q.words[0],
					"close-flows", is_close), NULL);
	file = status ? NULL : ul_cli_forward_path(q.words[0]);
	if (file)
		ul_unix_remove_stale(file);
	return status;
}

static int forward_ls(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	if (status != UL_QUERY_GO_ON)
		return status;
	return ul_query_show(&q, "query-forwards", NULL, show_all);
}

static const struct ul_verb subs[] = {
	{
		.name = "forward add",
		.args = "NET RULE [--json]",
		.summary = "lead a port of the host to a VM",
		.help = "A RULE is [HOSTIP:]HPORT:VM:GPORT[/udp], as -p of "
			"userland(8);\n0:VM:GPORT takes a free port, "
			"unix:PATH:VM:GPORT listens on a socket.\n"
			"With ,when-listening behind it the port is open while "
			"the VM's is.\n",
		.options = options_list,
		.run = forward_add,
	},
	{
		.name = "forward rm",
		.args = "NET RULE [--close-flows]",
		.summary = "close it",
		.help = "TCP connections that came through it go on.\n"
			"\n"
			"  --close-flows       or are reset\n",
		.options = options_rm,
		.run = forward_rm,
	},
	{
		.name = "forward ls",
		.args = "NET [--json]",
		.summary = "which there are, and how they fare",
		.help = "FAILED are those that CAME and did not reach the VM, "
			"the last one because\nof WHY.\n",
		.options = options_list,
		.run = forward_ls,
	},
	{ .name = NULL },
};

const struct ul_verb ul_verb_forward = {
	.name = "forward",
	.args = "add|rm|ls",
	.summary = "ports of the host that lead to VMs",
	.subs = subs,
};
