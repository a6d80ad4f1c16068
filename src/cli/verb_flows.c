/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_flows.c - userlan flows: what goes through a network's router */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

#define PAGE 128

enum { OPT_PORT = UL_OPT_LONG, OPT_PROTO, OPT_ENDED, OPT_LIMIT, OPT_CLOSE };

static const char help[] =
"What goes through the router of the network NET.\n"
"\n"
"  --port VM      of this machine's port only\n"
"  --proto PROTO  tcp, udp or icmp only\n"
"  --ended        the last ones that ended, and why\n"
"  --limit N      no more than the first N\n"
"  --close ID     end the flow with this number, and show nothing\n"
"  --json         for scripts\n";

static const struct option options[] = {
	{ "port", required_argument, NULL, OPT_PORT },
	{ "proto", required_argument, NULL, OPT_PROTO },
	{ "ended", no_argument, NULL, OPT_ENDED },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "close", required_argument, NULL, OPT_CLOSE },
	UL_OPTIONS_JSON,
};

struct asked {
	const char *port, *proto;
	bool is_ended;
	guint64 limit, close;		/* 0: not given */
};

/* One page behind the flow @after. */
static int ask_page(struct ul_qmp *qmp, const struct asked *a,
		    json_int_t after, guint64 limit, json_t **out,
		    char **error)
{
	json_t *args = json_pack("{s:b, s:I, s:I, s:s*, s:s*}",
				 "ended", a->is_ended, "after", after,
				 "limit", (json_int_t)limit,
				 "port", a->port, "protocol", a->proto);
	int rc = ul_qmp_execute(qmp, "query-flows", args, out, error);

	if (rc || json_is_array(json_object_get(*out, "flows")))
		return rc;
	json_decref(*out);
	*error = g_strdup("query-flows: an answer that is none");
	return -EPROTO;
}

/* All pages as one, up to the limit. */
static int ask_all(struct ul_qmp *qmp, const struct asked *a, json_t **out,
		   char **error)
{
	guint64 left = a->limit ? a->limit : G_MAXUINT32;
	json_t *all = json_array(), *page = NULL;
	json_int_t after = 0;
	bool has_more;
	int rc;

	do {
		json_decref(page);
		page = NULL;
		rc = ask_page(qmp, a, after, MIN(left, PAGE), &page, error);
		if (rc)
			break;
		json_array_extend(all, json_object_get(page, "flows"));
		left -= MIN(left, json_array_size(
				    json_object_get(page, "flows")));
		after = ul_reach_int(page, "next");
		has_more = ul_reach_bool(page, "truncated") && !a->is_ended;
	} while (has_more && left &&
		 json_array_size(json_object_get(page, "flows")));
	if (rc) {
		json_decref(all);
		return rc;
	}
	json_object_set_new(page, "flows", all);
	*out = page;
	return 0;
}

/* "842 B", "12.4 kB" ... */
static char *amount(json_int_t bytes)
{
	return bytes < 1000 ? g_strdup_printf("%d B", (int)bytes) :
			      g_format_size((guint64)bytes);
}

/* "42 ms", "3.5 s", "7 min", "2 h". */
static char *duration(json_int_t ms)
{
	if (ms < 1000)
		return g_strdup_printf("%d ms", (int)ms);
	if (ms < 100000)
		return g_strdup_printf("%d.%d s", (int)(ms / 1000),
				       (int)(ms % 1000 / 100));
	if (ms < 6000000)
		return g_strdup_printf("%d min", (int)(ms / 60000));
	return g_strdup_printf("%" JSON_INTEGER_FORMAT " h", ms / 3600000);
}

/* The host's end, and the far one where that is not what the guest sees. */
static char *socket_of(const json_t *flow)
{
	const char *local = ul_reach_text(flow, "local");
	const char *remote = ul_reach_text(flow, "remote");

	if (!*remote || !strcmp(remote, ul_reach_text(flow, "outside")))
		return g_strdup(local);
	return g_strdup_printf("%s %s %s", *local ? local : "-",
			       strcmp(ul_reach_text(flow, "direction"), "in") ?
			       "->" : "<-", remote);
}

static void add_flow(struct ul_table *table, const json_t *flow, bool is_ended)
{
	bool is_in = !strcmp(ul_reach_text(flow, "direction"), "in");
	g_autofree char *id = g_strdup_printf("%" JSON_INTEGER_FORMAT,
					      ul_reach_int(flow, "id"));
	g_autofree char *outside = g_strconcat(
		is_in ? "<- " : "-> ", ul_reach_text(flow, "outside"), NULL);
	g_autofree char *own = socket_of(flow);
	g_autofree char *from = amount(ul_reach_int(flow, "from-guest"));
	g_autofree char *to = amount(ul_reach_int(flow, "to-guest"));
	g_autofree char *waiting = amount(ul_reach_int(flow, "waiting-out") +
					  ul_reach_int(flow, "waiting-in"));
	g_autofree char *age = duration(ul_reach_int(flow, "age-ms"));
	g_autofree char *since = duration(ul_reach_int(
		flow, is_ended ? "ended-ms" : "idle-ms"));
	const char *const cells[] = {
		id, ul_reach_text(flow, "protocol"),
		ul_reach_text(flow, "port"), ul_reach_text(flow, "guest"),
		outside, ul_reach_text(flow, is_ended ? "reason" : "state"),
		own, from, to, waiting, age, since,
	};

	ul_table_add(table, cells);
}

static void print(const json_t *all, bool is_ended)
{
	const char *const heads[] = {
		">ID", "PROTO", "PORT", "GUEST", "OUTSIDE",
		is_ended ? "REASON" : "STATE", "HOST SOCKET", ">FROM GUEST",
		">TO GUEST", ">WAITING", is_ended ? ">LASTED" : ">AGE",
		is_ended ? ">AGO" : ">IDLE", NULL,
	};
	const json_t *flows = json_object_get(all, "flows");
	struct ul_table *table = ul_table_new(heads);
	json_t *flow;
	size_t i;

	json_array_foreach(flows, i, flow)
		add_flow(table, flow, is_ended);
	ul_table_print(table, "", stdout);
	ul_table_free(table);
	if (ul_reach_bool(all, "truncated"))
		fprintf(stderr, "the first %zu of %" JSON_INTEGER_FORMAT "\n",
			json_array_size(flows), ul_reach_int(all, "total"));
}

static int show(const struct ul_query *q, const struct asked *a)
{
	struct ul_qmp *qmp = NULL;
	char *error = NULL;
	json_t *all = NULL;
	int rc = ul_reach(&qmp, q->net, &error);

	if (!rc)
		rc = ask_all(qmp, a, &all, &error);
	if (!rc && q->is_json)
		ul_query_print_json(all);
	else if (!rc)
		print(all, a->is_ended);
	json_decref(all);
	ul_qmp_free(qmp);
	return rc ? ul_cli_failed(error) : UL_EXIT_OK;
}

static bool is_proto(const char *text)
{
	static const char *const protos[] = { "tcp", "udp", "icmp", NULL };

	return g_strv_contains(protos, text);
}

static int take_number(guint64 *out, const char *name, const char *value,
		       guint64 max)
{
	if (g_ascii_string_to_unsigned(value, 10, 1, max, out, NULL))
		return 0;
	return ul_cli_usage(&ul_verb_flows, "%s is a number from 1 on, not "
			    "'%s'", name, value);
}

static int take_option(int code, const char *value, void *arg)
{
	struct asked *a = arg;

	switch (code) {
	case OPT_ENDED:
		a->is_ended = true;
		break;
	case OPT_PORT:
		a->port = value;
		break;
	case OPT_PROTO:
		a->proto = value;
		if (!is_proto(value))
			return ul_cli_usage(&ul_verb_flows, "--proto is tcp, "
					    "udp or icmp, not '%s'", value);
		break;
	case OPT_LIMIT:
		return take_number(&a->limit, "--limit", value, G_MAXUINT32);
	case OPT_CLOSE:
		return take_number(&a->close, "--close", value, G_MAXINT64);
	}
	return 0;
}

static int verb_flows(const struct ul_verb *verb, int argc, char **argv)
{
	struct asked a = { .port = NULL };
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, take_option, &a);

	if (status != UL_QUERY_GO_ON)
		return status;
	if (a.close)
		return ul_query_ask(&q, "flow-close",
				    json_pack("{s:I}", "id",
					      (json_int_t)a.close), NULL);
	return show(&q, &a);
}

const struct ul_verb ul_verb_flows = {
	.name = "flows",
	.args = "NET [--port VM] [--proto PROTO] [--ended] [--close ID] "
		"[--json]",
	.summary = "what goes through a network's router",
	.help = help,
	.options = options,
	.run = verb_flows,
};
