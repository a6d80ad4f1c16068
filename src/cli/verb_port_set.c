/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verb_port_set.c - userlan port-set: treat a port otherwise, at once
 *
 * KEY=VALUE as people say them (milliseconds, percent, 10M) become what the
 * control socket takes.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/query.h"
#include "cli/reach.h"
#include "cli/verbs.h"
#include "conf/value.h"

#define RATE_MAX (1ull << 40)
#define NUMBER_MAX 100000000

static const char help[] =
"Treat the port of the machine VM otherwise from now on; what is not named\n"
"stays as it is.\n"
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
	UL_OPTIONS_END,
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

static int verb_port_set(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);
	json_t *args;

	if (status != UL_QUERY_GO_ON)
		return status;
	args = json_pack("{s:s}", "name", q.words[0]);
	for (char *const *w = q.words + 1; *w; w++) {
		g_autofree char *why = NULL;

		if (!put_rule(args, *w, &why))
			continue;
		json_decref(args);
		return ul_cli_usage(verb, "%s: %s", *w, why);
	}
	return ul_query_ask(&q, "port-set", args, NULL);
}

const struct ul_verb ul_verb_port_set = {
	.name = "port-set",
	.args = "NET VM KEY=VALUE...",
	.summary = "take a machine's cable out, make it slow or lossy ...",
	.help = help,
	.options = options,
	.run = verb_port_set,
};
