/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_leases.c - userlan leases: who has which address by DHCP, how long */
#include <glib.h>
#include <stdio.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const struct option options[] = { UL_OPTIONS_JSON };

/* "23:59:10", and days before that; the caller's. */
static char *duration(json_int_t s)
{
	char *clock = g_strdup_printf("%02" JSON_INTEGER_FORMAT
				      ":%02" JSON_INTEGER_FORMAT
				      ":%02" JSON_INTEGER_FORMAT,
				      s % DAY / HOUR, s % HOUR / MINUTE,
				      s % MINUTE);
	char *all;

	if (s < DAY)
		return clock;
	all = g_strdup_printf("%" JSON_INTEGER_FORMAT "d %s", s / DAY, clock);
	g_free(clock);
	return all;
}

static void add_row(struct ul_table *table, const json_t *lease)
{
	g_autofree char *expires = duration(ul_reach_int(lease, "expires"));
	const char *name = ul_reach_text(lease, "name");
	const char *const cells[] = {
		ul_reach_text(lease, "address"), ul_reach_text(lease, "mac"),
		*name ? name : ul_reach_text(lease, "host"),
		ul_reach_text(lease, "port"),
		ul_reach_bool(lease, "static") ? "static" : "dynamic",
		expires,
	};

	ul_table_add(table, cells);
}

static void show(const json_t *leases)
{
	static const char *const heads[] = {
		"ADDRESS", "MAC", "HOST", "PORT", "KIND", ">EXPIRES IN", NULL,
	};
	struct ul_table *table = ul_table_new(heads);
	json_t *lease;
	size_t i;

	json_array_foreach(leases, i, lease)
		add_row(table, lease);
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

static int leases(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	if (status != UL_QUERY_GO_ON)
		return status;
	return ul_query_show(&q, "query-leases", NULL, show);
}

const struct ul_verb ul_verb_leases = {
	.name = "leases",
	.args = "NET [--json]",
	.summary = "who has which address by DHCP",
	.help = "The addresses that the network's DHCP has given, IPv4 and "
		"IPv6.\n"
		"A static one is kept for that machine: see userlan host.\n",
	.options = options,
	.run = leases,
};
