/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_port_set.c - userlan port-set: how a port is treated, and otherwise
 *
 * KEY=VALUE as people say them (milliseconds, percent, 10M) become what the
 * control socket takes, and what the port has then is shown the same way.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "conf/value.h"

#define RATE_MAX (1ull << 40)
#define NUMBER_MAX 100000000
#define US_PER_MS 1000
#define PPM_PER_PERCENT 10000

static const char help[] =
"Treat the port of the machine VM otherwise from now on; what is not named\n"
"stays as it is. Shows what it has then; without KEY=VALUE, what it has.\n"
"\n"
"  link=up|down              its cable\n"
"  delay=MS jitter=MS        frames are late by that, one way\n"
"  loss=PERCENT              frames are lost by chance, one way\n"
"  direction=both|in|out     for delay, jitter and loss: from it, to it\n"
"  isolated=yes|no           it may talk to the router and to uplinks only\n"
"  promiscuous=yes|no        it hears a copy of every frame\n"
"  pinned=yes|no             it may use its own MAC and addresses only\n"
"  rate-in=SIZE rate-out=SIZE  bytes a second from it and to it; 0 is all\n"
"  burst=SIZE storm=N macs-max=N mac=MAC rename=NAME\n"
"                            see port-set in userland-qmp(7)\n";

static const struct option options[] = {
	UL_OPTIONS_JSON,
};

static int put_text(json_t *args, const char *key, const char *value,
		    char **why)
{
	json_object_set_new(args, key, json_string(value));
	return *value ? 0 : ul_refuse(why, "a value is missing");
}

static int put_bool(json_t *args, const char *key, const char *value,
		    char **why)
{
	static const char *const yes[] = { "yes", "on", "true", NULL };
	static const char *const no[] = { "no", "off", "false", NULL };

	if (!g_strv_contains(yes, value) && !g_strv_contains(no, value))
		return ul_refuse(why, "say yes or no");
	json_object_set_new(args, key,
			    json_boolean(g_strv_contains(yes, value)));
	return 0;
}

static int put_number(json_t *args, const char *key, const char *value,
		      char **why)
{
	uint64_t n;
	int rc = ul_value_number(&n, value, 0, NUMBER_MAX, why);

	if (!rc)
		json_object_set_new(args, key, json_integer((json_int_t)n));
	return rc;
}

static int put_size(json_t *args, const char *key, const char *value,
		    char **why)
{
	uint64_t n;
	int rc = ul_value_size(&n, value, 0, RATE_MAX, why);

	if (!rc)
		json_object_set_new(args, key, json_integer((json_int_t)n));
	return rc;
}

static int put_delay(json_t *args, const char *key, const char *value,
		     char **why)
{
	unsigned int us;
	int rc = ul_value_delay(&us, value, why);

	if (!rc)
		json_object_set_new(args, key, json_integer(us));
	return rc;
}

static int put_loss(json_t *args, const char *key, const char *value,
		    char **why)
{
	unsigned int ppm;
	int rc = ul_value_loss(&ppm, value, why);

	if (!rc)
		json_object_set_new(args, key, json_integer(ppm));
	return rc;
}

static const struct {
	const char *key, *argument;
	int (*put)(json_t *args, const char *argument, const char *value,
		   char **why);
} keys[] = {
	{ "link", "link", put_text },
	{ "delay", "delay-us", put_delay },
	{ "jitter", "jitter-us", put_delay },
	{ "loss", "loss-ppm", put_loss },
	{ "direction", "direction", put_text },
	{ "isolated", "isolated", put_bool },
	{ "promiscuous", "promiscuous", put_bool },
	{ "pinned", "pinned", put_bool },
	{ "rate-in", "rate-in", put_size },
	{ "rate-out", "rate-out", put_size },
	{ "burst", "burst", put_size },
	{ "storm", "storm", put_number },
	{ "macs-max", "macs-max", put_number },
	{ "mac", "mac", put_text },
	{ "rename", "rename", put_text },
};

static int put_rule(json_t *args, const char *rule, char **why)
{
	const char *value = strchr(rule, '=');
	size_t len = value ? (size_t)(value - rule) : 0;

	for (size_t i = 0; value && i < G_N_ELEMENTS(keys); i++)
		if (strlen(keys[i].key) == len &&
		    !strncmp(keys[i].key, rule, len))
			return keys[i].put(args, keys[i].argument, value + 1,
					   why);
	return ul_refuse(why, "write KEY=VALUE; the keys are listed by "
			 "userlan port-set --help");
}

/* As its KEY=VALUE takes it. */
static char *size_text(json_int_t n)
{
	static const struct {
		const char *unit;
		json_int_t bytes;
	} units[] = { { "G", 1 << 30 }, { "M", 1 << 20 }, { "K", 1 << 10 } };

	for (size_t i = 0; n && i < G_N_ELEMENTS(units); i++)
		if (n % units[i].bytes == 0)
			return g_strdup_printf("%" JSON_INTEGER_FORMAT "%s",
					       n / units[i].bytes,
					       units[i].unit);
	return g_strdup_printf("%" JSON_INTEGER_FORMAT, n);
}

/* One value for both directions, or each with its own name. */
static char *both_ways(const json_t *rules, const char *key, int scale)
{
	double in = (double)ul_reach_int(json_object_get(rules, "in"), key);
	double out = (double)ul_reach_int(json_object_get(rules, "out"), key);

	in /= scale;
	out /= scale;
	return in == out ? g_strdup_printf("%.7g", in) :
			   g_strdup_printf("%.7g in, %.7g out", in, out);
}

static char *value_text(const json_t *rules, const char *key)
{
	const json_t *value = json_object_get(rules, key);

	if (!strcmp(key, "delay-us") || !strcmp(key, "jitter-us"))
		return both_ways(rules, key, US_PER_MS);
	if (!strcmp(key, "loss-ppm"))
		return both_ways(rules, key, PPM_PER_PERCENT);
	if (json_is_boolean(value))
		return g_strdup(json_is_true(value) ? "yes" : "no");
	if (json_is_integer(value))
		return size_text(json_integer_value(value));
	return g_strdup(json_string_value(value));
}

static void show(const json_t *port)
{
	static const char *const heads[] = { "KEY", "VALUE", NULL };
	const json_t *rules = json_object_get(port, "rules");
	struct ul_table *table = ul_table_new(heads);

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		bool is_mac = !strcmp(keys[i].key, "mac");
		g_autofree char *value = NULL;

		if (!strcmp(keys[i].key, "direction") ||
		    !strcmp(keys[i].key, "rename"))
			continue;
		value = value_text(is_mac ? port : rules, keys[i].argument);
		ul_table_add(table, (const char *const[]){ keys[i].key,
							   value });
	}
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

/* Its name, MAC and rules, the caller's; or NULL. */
static json_t *find_port(const json_t *ports, const char *name)
{
	static const char *const members[] = { "name", "mac", "rules" };
	json_t *port, *out = NULL;
	size_t i;

	json_array_foreach(ports, i, port) {
		if (strcmp(ul_reach_text(port, "name"), name))
			continue;
		out = json_object();
		for (size_t m = 0; m < G_N_ELEMENTS(members); m++)
			json_object_set(out, members[m],
					json_object_get(port, members[m]));
		break;
	}
	return out;
}

/* @take_args NULL: nothing is set. */
static int set_and_ask(const struct ul_query *q, const char *name,
		       json_t *take_args, json_t **out, char **error)
{
	struct ul_qmp *qmp = NULL;
	json_t *ports = NULL;
	int rc = ul_reach(&qmp, q->net, error);

	if (rc)
		json_decref(take_args);
	else if (take_args)
		rc = ul_qmp_execute(qmp, "port-set", take_args, NULL, error);
	if (!rc)
		rc = ul_reach_ask(qmp, "query-ports", &ports, error);
	if (!rc)
		*out = find_port(ports, name);
	if (!rc && !*out)
		rc = ul_fail(error, -ENOENT, "no port of network %s is called "
			     "'%s'", q->net, name);
	json_decref(ports);
	ul_qmp_free(qmp);
	return rc;
}

/* Changes what @args names; the port is called @name from then on. */
static int change(const struct ul_query *q, const char *name, json_t *args)
{
	json_t *port = NULL;
	char *error = NULL;

	if (set_and_ask(q, name, args, &port, &error))
		return ul_cli_failed(error);
	if (q->is_json)
		ul_query_print_json(port);
	else
		show(port);
	json_decref(port);
	return UL_EXIT_OK;
}

static int verb_port_set(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);
	g_autofree char *name = NULL;
	json_t *args;

	if (status != UL_QUERY_GO_ON)
		return status;
	if (!q.words[1])
		return change(&q, q.words[0], NULL);
	args = json_pack("{s:s}", "name", q.words[0]);
	for (char *const *w = q.words + 1; *w; w++) {
		g_autofree char *why = NULL;

		if (!put_rule(args, *w, &why))
			continue;
		json_decref(args);
		return ul_cli_usage(verb, "%s: %s", *w, why);
	}
	name = g_strdup(ul_reach_text(args, "rename"));
	return change(&q, *name ? name : q.words[0], args);
}

const struct ul_verb ul_verb_port_set = {
	.name = "port-set",
	.args = "NET VM [KEY=VALUE]... [--json]",
	.summary = "take a machine's cable out, make it slow or lossy ...",
	.help = help,
	.options = options,
	.run = verb_port_set,
};
