/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_status.c - userlan status: what a network is and who is on it */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/paths.h"
#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"

static const char help[] =
"What the network NET is and who is on it; without NET, all of them.\n";

static const struct option options[] = {
	UL_OPTIONS_JSON,
};

/* What is shown of a network, and how it is asked for. */
static const struct {
	const char *name, *query;
} parts[] = {
	{ "network", "query-network" },
	{ "ports", "query-ports" },
	{ "leases", "query-leases" },
};

static int ask(json_t **out, const char *net, char **error)
{
	struct ul_qmp *qmp = NULL;
	json_t *all = json_object();
	int rc = ul_reach(&qmp, net, error);

	for (size_t i = 0; !rc && i < G_N_ELEMENTS(parts); i++) {
		json_t *part = NULL;

		rc = ul_reach_ask(qmp, parts[i].query, &part, error);
		if (!rc)
			json_object_set_new(all, parts[i].name, part);
	}
	ul_qmp_free(qmp);
	if (rc)
		json_decref(all);
	else
		*out = all;
	return rc;
}

/* "a, b, c": texts of a list. */
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

/* One line "name   value" for what is there. */
static void print_fact(const char *name, const json_t *value)
{
	g_autofree char *clean = NULL;
	g_autofree char *list = joined(value);

	if (json_is_string(value) || json_array_size(value)) {
		clean = ul_table_clean(*list ? list :
				       json_string_value(value));
		printf("  %-14s %s\n", name, clean);
	} else if (json_is_integer(value)) {
		printf("  %-14s %" JSON_INTEGER_FORMAT "\n", name,
		       json_integer_value(value));
	} else if (json_is_boolean(value)) {
		printf("  %-14s %s\n", name,
		       json_is_true(value) ? "yes" : "no");
	}
}

static void print_network(const json_t *info)
{
	g_autofree char *name = ul_table_clean(ul_reach_text(info, "name"));
	const char *key;
	json_t *value;

	printf("network %s\n", name);
	json_object_foreach((json_t *)info, key, value)
		if (strcmp(key, "name"))
			print_fact(key, value);
}

/* Somebody is there, and the cable is in. */
static bool is_up(const json_t *port)
{
	const json_t *rules = json_object_get(port, "rules");

	return ul_reach_bool(port, "link") &&
	       strcmp(ul_reach_text(rules, "link"), "down");
}

static bool is_line_bad(const json_t *line)
{
	return ul_reach_int(line, "delay-us") ||
	       ul_reach_int(line, "jitter-us") ||
	       ul_reach_int(line, "loss-ppm");
}

/* What was made bad on purpose is easily forgotten. */
static void print_lines(const json_t *ports)
{
	static const char *const ways[] = { "in", "out" };
	json_t *port;
	size_t i;

	json_array_foreach(ports, i, port) {
		g_autofree char *name =
			ul_table_clean(ul_reach_text(port, "name"));

		for (size_t n = 0; n < G_N_ELEMENTS(ways); n++) {
			const json_t *line = json_object_get(
				json_object_get(port, "rules"), ways[n]);

			if (is_line_bad(line))
				printf("  line %s %s: delay %g ms, jitter %g "
				       "ms, loss %g %%\n",
				       n ? "to" : "from", name,
				       (double)ul_reach_int(line, "delay-us")
				       / 1000,
				       (double)ul_reach_int(line, "jitter-us")
				       / 1000,
				       (double)ul_reach_int(line, "loss-ppm")
				       / 10000);
		}
	}
}

static void add_port(struct ul_table *table, const json_t *port)
{
	const json_t *n = json_object_get(port, "counters");
	g_autofree char *macs = joined(json_object_get(port, "macs"));
	g_autofree char *addrs = joined(json_object_get(port, "addresses"));
	g_autofree char *rx = g_strdup_printf("%" JSON_INTEGER_FORMAT,
					      ul_reach_int(n, "rx-bytes"));
	g_autofree char *tx = g_strdup_printf("%" JSON_INTEGER_FORMAT,
					      ul_reach_int(n, "tx-bytes"));
	g_autofree char *dropped = g_strdup_printf("%" JSON_INTEGER_FORMAT,
		ul_reach_int(n, "tx-dropped") + ul_reach_int(n, "too-long") +
		ul_reach_int(n, "over-rate") + ul_reach_int(n, "over-storm") +
		ul_reach_int(n, "spoofed") + ul_reach_int(n, "guarded"));
	const char *const cells[] = {
		ul_reach_text(port, "name"), ul_reach_text(port, "kind"),
		ul_reach_text(port, "wire"),
		is_up(port) ? "up" : "down",
		*macs ? macs : ul_reach_text(port, "mac"), addrs, rx, tx,
		dropped,
	};

	ul_table_add(table, cells);
}

static void print_ports(const json_t *ports)
{
	static const char *const heads[] = {
		"PORT", "KIND", "WIRE", "LINK", "MAC", "ADDRESS", ">RX BYTES",
		">TX BYTES", ">DROPPED", NULL,
	};
	struct ul_table *table = ul_table_new(heads);
	json_t *port;
	size_t i;

	json_array_foreach(ports, i, port)
		add_port(table, port);
	ul_table_print(table, "  ", stdout);
	ul_table_free(table);
}

/* Frames that a port's MTU kept out: who looks for a reason finds it. */
static void print_too_long(const json_t *ports)
{
	json_t *port;
	size_t i;

	json_array_foreach(ports, i, port) {
		g_autofree char *name = NULL;
		json_int_t count = ul_reach_int(
			json_object_get(port, "counters"), "too-long");

		if (!count)
			continue;
		name = ul_table_clean(ul_reach_text(port, "name"));
		printf("  too long: %" JSON_INTEGER_FORMAT " frames for %s, "
		       "whose MTU is smaller than that of who sent them\n",
		       count, name);
	}
}

/* What an uplink is, and what it cannot do. */
static void print_details(const json_t *ports)
{
	json_t *port;
	size_t i;

	json_array_foreach(ports, i, port) {
		g_autofree char *name = NULL;
		g_autofree char *detail = NULL;

		if (!json_object_get(port, "detail"))
			continue;
		name = ul_table_clean(ul_reach_text(port, "name"));
		detail = ul_table_clean(ul_reach_text(port, "detail"));
		printf("  uplink: %s is %s\n", name, detail);
	}
}

/* What only the wire of a port could not take, and why. */
static void print_wire_drops(const json_t *ports)
{
	const char *why;
	json_t *port, *n;
	size_t i;

	json_array_foreach(ports, i, port) {
		g_autofree char *name =
			ul_table_clean(ul_reach_text(port, "name"));
		g_autoptr(GString) text = g_string_new(NULL);

		json_object_foreach(json_object_get(port, "wire-counters"),
				    why, n)
			if (json_integer_value(n))
				g_string_append_printf(
					text, "%s %s %" JSON_INTEGER_FORMAT,
					text->len ? "," : "", why,
					json_integer_value(n));
		if (text->len)
			printf("  dropped on the wire of %s:%s\n", name,
			       text->str);
	}
}

/* What somebody must do something about. */
static void print_conflicts(const json_t *ports)
{
	json_t *port;
	size_t i;

	json_array_foreach(ports, i, port) {
		const json_t *c = json_object_get(port, "conflict");
		g_autofree char *name = NULL;
		g_autofree char *with = NULL;

		if (!c)
			continue;
		name = ul_table_clean(ul_reach_text(port, "name"));
		with = ul_table_clean(ul_reach_text(c, "with"));
		printf("  conflict: %s and %s both have the MAC %s, and %s "
		       "has no network; give one another: userlan run does, "
		       "by hand it is -device ...,mac=\n", name, with,
		       ul_reach_text(c, "mac"), name);
	}
}

static void print_leases(const json_t *leases)
{
	static const char *const heads[] = {
		"LEASE", "MAC", "HOST", "PORT", ">EXPIRES", NULL,
	};
	struct ul_table *table = ul_table_new(heads);
	json_t *lease;
	size_t i;

	json_array_foreach(leases, i, lease) {
		g_autofree char *expires = g_strdup_printf(
			"%" JSON_INTEGER_FORMAT " s",
			ul_reach_int(lease, "expires"));
		const char *const cells[] = {
			ul_reach_text(lease, "address"),
			ul_reach_text(lease, "mac"),
			ul_reach_text(lease, "host"),
			ul_reach_text(lease, "port"), expires,
		};

		ul_table_add(table, cells);
	}
	ul_table_print(table, "  ", stdout);
	ul_table_free(table);
}

static void print(const json_t *all)
{
	const json_t *ports = json_object_get(all, "ports");

	print_network(json_object_get(all, "network"));
	print_ports(ports);
	print_leases(json_object_get(all, "leases"));
	print_details(ports);
	print_wire_drops(ports);
	print_lines(ports);
	print_too_long(ports);
	print_conflicts(ports);
}

/* The named one, or all that are up; *@out is a list. */
static int collect(json_t **out, const char *net, char **error)
{
	g_autofree char *dir = NULL;
	json_t *list = json_array(), *one;
	GPtrArray *names;
	int rc = 0;

	if (net) {
		rc = ask(&one, net, error);
		if (!rc)
			json_array_append_new(list, one);
		*out = list;
		return rc;
	}
	*out = list;
	rc = ul_paths_dir(&dir, error);
	if (rc)
		return rc;
	names = ul_paths_networks(dir);
	for (guint i = 0; !rc && i < names->len; i++) {
		rc = ask(&one, names->pdata[i], error);
		if (!rc)
			json_array_append_new(list, one);
		if (rc == -ENOENT) {
			g_clear_pointer(error, g_free);
			rc = 0;	/* dead: userlan ls says so */
		}
	}
	g_ptr_array_free(names, TRUE);
	return rc;
}

static int status(const char *net, bool is_json)
{
	json_t *list, *one;
	char *error = NULL;
	int rc = collect(&list, net, &error);
	size_t i;

	if (!rc && is_json) {
		ul_query_print_json(net ? json_array_get(list, 0) : list);
	} else if (!rc) {
		if (!json_array_size(list))
			fputs("no network is up; to make one: userlan up "
			      "NET\n", stderr);
		json_array_foreach(list, i, one) {
			if (i)
				putchar('\n');
			print(one);
		}
	}
	json_decref(list);
	return rc ? ul_cli_failed(error) : UL_EXIT_OK;
}

static int verb_status(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int rc = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	return rc == UL_QUERY_GO_ON ? status(q.net, q.is_json) : rc;
}

const struct ul_verb ul_verb_status = {
	.name = "status",
	.args = "[NET] [--json]",
	.summary = "what a network is and who is on it",
	.help = help,
	.options = options,
	.run = verb_status,
};
