/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_host.c - userlan host: machines that a network knows beforehand */
#include <glib.h>
#include <stdio.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

static const struct option options_plain[] = { UL_OPTIONS_END };
static const struct option options_list[] = { UL_OPTIONS_JSON };

static int host_add(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	for (int i = 0; status == UL_QUERY_GO_ON && q.words[i]; i++) {
		int failed = ul_query_ask(&q, "host-add",
					  json_pack("{s:s}", "spec",
						    q.words[i]), NULL);

		if (failed)
			return failed;
	}
	return status == UL_QUERY_GO_ON ? UL_EXIT_OK : status;
}

static int host_rm(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	for (int i = 0; status == UL_QUERY_GO_ON && q.words[i]; i++) {
		int failed = ul_query_ask(&q, "host-remove",
					  json_pack("{s:s}", "name",
						    q.words[i]), NULL);

		if (failed)
			return failed;
	}
	return status == UL_QUERY_GO_ON ? UL_EXIT_OK : status;
}

/* Texts with commas between; the caller's. */
static char *joined(const json_t *list)
{
	GString *out = g_string_new(NULL);
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		g_string_append_printf(out, "%s%s", i ? "," : "",
				       json_string_value(one) ?
				       json_string_value(one) : "?");
	return g_string_free(out, FALSE);
}

static void add_row(struct ul_table *table, const json_t *host)
{
	const char *a4 = ul_reach_text(host, "address");
	const char *a6 = ul_reach_text(host, "address6");
	g_autofree char *kept = g_strconcat(a4, *a4 && *a6 ? "," : "", a6,
					    NULL);
	g_autofree char *id = g_strconcat("id:", ul_reach_text(host,
							       "client-id"),
					  NULL);
	g_autofree char *leases = joined(json_object_get(host, "leases"));
	const char *mac = ul_reach_text(host, "mac");
	const char *const cells[] = {
		ul_reach_text(host, "name"), *mac ? mac : id, kept, leases,
		ul_reach_text(host, "port"),
	};

	ul_table_add(table, cells);
}

static void show(const json_t *hosts)
{
	static const char *const heads[] = {
		"NAME", "MAC", "KEPT", "LEASED", "PORT", NULL,
	};
	struct ul_table *table = ul_table_new(heads);
	json_t *host;
	size_t i;

	json_array_foreach(hosts, i, host)
		add_row(table, host);
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

static int host_ls(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	if (status != UL_QUERY_GO_ON)
		return status;
	return ul_query_show(&q, "query-hosts", NULL, show);
}

static const struct ul_verb subs[] = {
	{
		.name = "host add",
		.args = "NET HOST...",
		.summary = "name a machine, and keep addresses for it",
		.help = "A HOST is NAME=MAC[,IPV4][,IPV6] or "
			"NAME=id:HEX[,IPV4], as --host of userland(8).\n",
		.options = options_plain,
		.run = host_add,
	},
	{
		.name = "host rm",
		.args = "NET NAME...",
		.summary = "forget it: its addresses are anybody's again",
		.help = "A lease of an address within --dhcp-range stays.\n",
		.options = options_plain,
		.run = host_rm,
	},
	{
		.name = "host ls",
		.args = "NET [--json]",
		.summary = "which there are, and what they lease now",
		.help = "KEPT is for the machine alone, LEASED what it has.\n",
		.options = options_list,
		.run = host_ls,
	},
	{ .name = NULL },
};

const struct ul_verb ul_verb_host = {
	.name = "host",
	.args = "add|rm|ls",
	.summary = "names and addresses kept for machines",
	.subs = subs,
};
