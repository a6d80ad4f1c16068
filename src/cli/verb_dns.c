/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_dns.c - userlan dns: the names that a network answers, and who else */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

static const struct option options_show[] = { UL_OPTIONS_JSON };
static const struct option options_flush[] = { UL_OPTIONS_END };
static const struct option options_change[] = {
	{ "server", required_argument, NULL, UL_OPT_LONG },
	UL_OPTIONS_END,
};

static char *number(const json_t *o, const char *name)
{
	return g_strdup_printf("%" JSON_INTEGER_FORMAT, ul_reach_int(o, name));
}

static void print_servers(const json_t *servers)
{
	static const char *const heads[] = {
		"DOMAIN", "SERVER", "STATE", ">ASKED", ">ANSWERED", NULL,
	};
	struct ul_table *table = ul_table_new(heads);
	json_t *s;
	size_t i;

	json_array_foreach(servers, i, s) {
		const char *domain = ul_reach_text(s, "domain");
		g_autofree char *asked = number(s, "asked");
		g_autofree char *answered = number(s, "answered");
		const char *const cells[] = {
			*domain ? domain : "*", ul_reach_text(s, "server"),
			ul_reach_bool(s, "silent") ? "silent" : "used",
			asked, answered,
		};

		ul_table_add(table, cells);
	}
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

static void print_records(const json_t *records)
{
	static const char *const heads[] = { "NAME", "ADDRESS", NULL };
	struct ul_table *table = ul_table_new(heads);
	json_t *r;
	size_t i;

	json_array_foreach(records, i, r) {
		const char *const cells[] = {
			ul_reach_text(r, "name"), ul_reach_text(r, "address"),
		};

		ul_table_add(table, cells);
	}
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

/* "cache: entries 3, bytes 412" */
static void print_counters(const char *name, const json_t *counters)
{
	const char *sep = "", *key;
	json_t *value;

	printf("%s: ", name);
	json_object_foreach((json_t *)counters, key, value) {
		g_autofree char *clean = ul_table_clean(key);

		printf("%s%s %" JSON_INTEGER_FORMAT, sep, clean,
		       json_integer_value(value));
		sep = ", ";
	}
	putchar('\n');
}

static void show(const json_t *answer)
{
	print_servers(json_object_get(answer, "servers"));
	print_records(json_object_get(answer, "records"));
	printf("hosts file: %" JSON_INTEGER_FORMAT " names\n",
	       ul_reach_int(answer, "hosts-file"));
	print_counters("cache", json_object_get(answer, "cache"));
	print_counters("queries", json_object_get(answer, "queries"));
}

static int dns_show(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	return status == UL_QUERY_GO_ON ?
	       ul_query_show(&q, "query-dns", NULL, show) : status;
}

static int set_server(int code, const char *value, void *arg)
{
	*(const char **)arg = value;
	return 0;
}

/* A server, or a name with its address. */
static int change(const struct ul_verb *verb, int argc, char **argv,
		  const char *command, int words_needed)
{
	const char *server = NULL;
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, set_server, &server);
	int words = 0;

	if (status != UL_QUERY_GO_ON)
		return status;
	while (q.words[words])
		words++;
	if (server ? words : words < words_needed)
		return ul_cli_usage(verb, server ? "either --server, or a name"
				    : "say NAME%s, or --server",
				    words_needed > 1 ? " and ADDRESS" : "");
	if (server)
		return ul_query_ask(&q, command,
				    json_pack("{s:s}", "server", server),
				    NULL);
	return ul_query_ask(&q, command, json_pack(
		"{s:s, s:s*}", "name", q.words[0], "address", q.words[1]),
		NULL);
}

static int dns_add(const struct ul_verb *verb, int argc, char **argv)
{
	return change(verb, argc, argv, "dns-add", 2);
}

static int dns_rm(const struct ul_verb *verb, int argc, char **argv)
{
	return change(verb, argc, argv, "dns-remove", 1);
}

static void show_flushed(const json_t *answer)
{
	printf("%" JSON_INTEGER_FORMAT " answers forgotten\n",
	       ul_reach_int(answer, "flushed"));
}

static int dns_flush(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	return status == UL_QUERY_GO_ON ?
	       ul_query_show(&q, "dns-flush", NULL, show_flushed) : status;
}

static const struct ul_verb subs[] = {
	{
		.name = "dns show",
		.args = "NET [--json]",
		.summary = "whom it asks, which records it has, what it did",
		.help = "Servers by the domain that they are asked for.\n",
		.options = options_show,
		.run = dns_show,
	},
	{
		.name = "dns add",
		.args = "NET [NAME] [ADDRESS] [--server DOMAIN=ADDR]",
		.summary = "answer a name, or ask a server for a domain",
		.help = "Answer NAME with ADDRESS from now on; without a dot "
			"it is also below the\nnetwork's domain.\n"
			"\n"
			"  --server DOMAIN=ADDR[#PORT]  ask that server for "
			"the domain instead\n",
		.options = options_change,
		.run = dns_add,
	},
	{
		.name = "dns rm",
		.args = "NET [NAME] [ADDRESS] [--server DOMAIN]",
		.summary = "no longer",
		.help = "Without ADDRESS, all that NAME has.\n"
			"\n"
			"  --server DOMAIN[=ADDR[#PORT]]  a server, or all of "
			"the domain\n",
		.options = options_change,
		.run = dns_rm,
	},
	{
		.name = "dns flush",
		.args = "NET",
		.summary = "forget what servers answered",
		.help = "",
		.options = options_flush,
		.run = dns_flush,
	},
	{ .name = NULL },
};

const struct ul_verb ul_verb_dns = {
	.name = "dns",
	.args = "show|add|rm|flush",
	.summary = "names that a network answers, and whom it asks",
	.help = "",
	.subs = subs,
};
