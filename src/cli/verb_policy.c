/* SPDX-License-Identifier: BSD-3-Clause */
/* verb_policy.c - userlan policy: what guests may reach, and why not */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "cli/query.h"
#include "cli/reach.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "conf/rule_spec.h"

enum {
	OPT_EGRESS = UL_OPT_LONG, OPT_RULES, OPT_LOOPBACK, OPT_AT, OPT_GUEST,
};

static const struct option options_plain[] = { UL_OPTIONS_END };
static const struct option options_show[] = { UL_OPTIONS_JSON };
static const struct option options_set[] = {
	{ "egress", required_argument, NULL, OPT_EGRESS },
	{ "rules", required_argument, NULL, OPT_RULES },
	{ "host-loopback", required_argument, NULL, OPT_LOOPBACK },
	UL_OPTIONS_END
};
static const struct option options_add[] = {
	{ "at", required_argument, NULL, OPT_AT },
	UL_OPTIONS_END
};
static const struct option options_explain[] = {
	{ "guest", required_argument, NULL, OPT_GUEST },
	UL_OPTIONS_JSON
};

/* policy show */

static void print_loopback(const json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *port = ul_reach_text(one, "port");
		g_autofree char *who = ul_table_clean(*port ? port :
						      "all guests");
		g_autofree char *open =
			ul_table_clean(ul_reach_text(one, "open"));

		printf("host loopback  %s: %s\n", who, open);
	}
}

static void print_rules(const json_t *rules)
{
	static const char *const heads[] = { ">#", "RULE", ">HITS", NULL };
	struct ul_table *table = ul_table_new(heads);
	json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule) {
		g_autofree char *number = g_strdup_printf(
			"%" JSON_INTEGER_FORMAT, ul_reach_int(rule, "number"));
		g_autofree char *hits = g_strdup_printf(
			"%" JSON_INTEGER_FORMAT, ul_reach_int(rule, "hits"));
		const char *const cells[] = {
			number, ul_reach_text(rule, "rule"), hits,
		};

		ul_table_add(table, cells);
	}
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

static void print_names(const json_t *names)
{
	static const char *const heads[] = {
		"NAME", "ADDRESS", ">EXPIRES", NULL,
	};
	struct ul_table *table = ul_table_new(heads);
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		g_autofree char *expires = g_strdup_printf(
			"%" JSON_INTEGER_FORMAT " s",
			ul_reach_int(name, "expires"));
		const char *const cells[] = {
			ul_reach_text(name, "name"),
			ul_reach_text(name, "address"), expires,
		};

		ul_table_add(table, cells);
	}
	ul_table_print(table, "", stdout);
	ul_table_free(table);
}

static void show(const json_t *policy)
{
	printf("egress         %s\n", ul_reach_text(policy, "egress"));
	print_loopback(json_object_get(policy, "host-loopback"));
	printf("refused        %" JSON_INTEGER_FORMAT "\n"
	       "cut            %" JSON_INTEGER_FORMAT "\n",
	       ul_reach_int(policy, "denied"), ul_reach_int(policy, "cut"));
	print_rules(json_object_get(policy, "rules"));
	print_names(json_object_get(policy, "names"));
}

static int policy_show(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);

	if (status != UL_QUERY_GO_ON)
		return status;
	return ul_query_show(&q, "query-policy", NULL, show);
}

/* policy set */

static int on_set(int code, const char *value, void *arg)
{
	json_t *args = arg, *list;

	if (code != OPT_RULES) {
		json_object_set_new(args, code == OPT_EGRESS ? "egress" :
				    "host-loopback", json_string(value));
		return 0;
	}
	list = json_array();
	json_object_set_new(args, "rules", list);
	g_auto(GStrv) rules = g_strsplit(value, ";", -1);
	for (char **r = rules; *r; r++)
		if (*g_strstrip(*r))
			json_array_append_new(list, json_string(*r));
	return 0;
}

static int policy_set(const struct ul_verb *verb, int argc, char **argv)
{
	json_t *args = json_object();
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, on_set, args);

	if (status == UL_QUERY_GO_ON && !json_object_size(args))
		status = ul_cli_usage(verb, "say --egress, --rules or --host-loopback");
	if (status != UL_QUERY_GO_ON) {
		json_decref(args);
		return status;
	}
	return ul_query_ask(&q, "policy-set", args, NULL);
}

/* policy allow, deny */

static int on_at(int code, const char *value, void *arg)
{
	char *end;
	guint64 n = g_ascii_strtoull(value, &end, 10);

	if (!g_ascii_isdigit(*value) || *end || !n || n > UL_RULES_MAX)
		return ul_cli_usage(&ul_verb_policy, "--at %s: write the "
				    "number that the rule is to have, from 1 "
				    "to %d", value, UL_RULES_MAX);
	*(guint64 *)arg = n;
	return 0;
}

static int add(const struct ul_verb *verb, int argc, char **argv,
	       const char *action)
{
	guint64 at = 0;
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, on_at, &at);
	g_autofree char *dest = NULL;
	g_autofree char *rule = NULL;
	json_t *args;

	if (status != UL_QUERY_GO_ON)
		return status;
	dest = g_strjoinv(" ", (char **)(uintptr_t)q.words);
	rule = g_strconcat(action, " ", dest, NULL);
	args = json_pack("{s:s}", "add", rule);
	if (!args)
		return ul_cli_usage(verb, "a rule is plain text");
	if (at)
		json_object_set_new(args, "at", json_integer((json_int_t)at));
	return ul_query_ask(&q, "policy-set", args, NULL);
}

static int policy_allow(const struct ul_verb *verb, int argc, char **argv)
{
	return add(verb, argc, argv, "allow");
}

static int policy_deny(const struct ul_verb *verb, int argc, char **argv)
{
	return add(verb, argc, argv, "deny");
}

/* policy rm */

/* The number of the rule @text as the network shows it; 0: it has none. */
static json_int_t number_of(const json_t *policy, const char *text)
{
	json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(policy, "rules"), i, rule)
		if (!strcmp(ul_reach_text(rule, "rule"), text))
			return ul_reach_int(rule, "number");
	return 0;
}

/* By its text: *@number, or an exit status. */
static int find_rule(const struct ul_query *q, const char *text,
		     json_int_t *number)
{
	g_autofree char *why = NULL;
	char shown[UL_RULE_STRLEN];
	json_t *policy = NULL;
	struct ul_rule rule;
	int status;

	if (ul_rule_spec_parse(&rule, text, &why) < 0)
		return ul_cli_usage(q->verb, "'%s' is neither the number of a "
				    "rule nor a rule: %s", text, why);
	status = ul_query_ask(q, "query-policy", NULL, &policy);
	if (status)
		return status;
	*number = number_of(policy, ul_rule_str(&rule, shown));
	json_decref(policy);
	if (*number)
		return UL_EXIT_OK;
	return ul_cli_failed(g_strdup_printf(
		"network %s has no rule '%s'; those it has: userlan policy "
		"show %s", q->net, shown, q->net));
}

static int policy_rm(const struct ul_verb *verb, int argc, char **argv)
{
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, NULL, NULL);
	g_autofree char *text = NULL;
	json_int_t number = 0;

	if (status != UL_QUERY_GO_ON)
		return status;
	text = g_strjoinv(" ", (char **)(uintptr_t)q.words);
	if (*text && strspn(text, "0123456789") == strlen(text))
		number = (json_int_t)MIN(g_ascii_strtoull(text, NULL, 10),
					 UL_RULES_MAX);
	else
		status = find_rule(&q, text, &number);
	if (status > UL_EXIT_OK)
		return status;
	return ul_query_ask(&q, "policy-set",
			    json_pack("{s:I}", "remove", number), NULL);
}

/* policy explain */

static void print_verdict(const json_t *v)
{
	const char *host = ul_reach_text(v, "host");
	g_autofree char *rule = ul_table_clean(ul_reach_text(v, "rule-text"));

	printf("%s  %s", ul_reach_text(v, "address"),
	       ul_reach_bool(v, "allowed") ? "allowed" : "refused");
	if (*rule)
		printf(": rule %" JSON_INTEGER_FORMAT ", %s",
		       ul_reach_int(v, "rule"), rule);
	else
		printf(": %s", ul_reach_text(v, "reason"));
	if (*host)
		printf("; the host connects to %s", host);
	putchar('\n');
}

static void print_explained(const json_t *answer)
{
	const json_t *lookup = json_object_get(answer, "lookup");
	const json_t *verdicts = json_object_get(answer, "verdicts");
	json_t *one;
	size_t i;

	if (lookup)
		printf("the name may %sbe asked for\n",
		       json_is_true(lookup) ? "" : "not ");
	if (json_is_true(lookup) && !json_array_size(verdicts))
		puts("no rule speaks of it, or no guest asked for it lately: "
		     "try an address");
	json_array_foreach(verdicts, i, one)
		print_verdict(one);
}

static int on_guest(int code, const char *value, void *arg)
{
	json_object_set_new(arg, "guest", json_string(value));
	return 0;
}

/* "443", "udp": in either order. 0 or an exit status. */
static int take_word(const struct ul_verb *verb, json_t *args,
		     const char *word)
{
	char *end;
	guint64 port = g_ascii_strtoull(word, &end, 10);

	if (!strcmp(word, "tcp") || !strcmp(word, "udp") ||
	    !strcmp(word, "icmp"))
		json_object_set_new(args, "proto", json_string(word));
	else if (g_ascii_isdigit(*word) && !*end && port && port <= UINT16_MAX)
		json_object_set_new(args, "port",
				    json_integer((json_int_t)port));
	else
		return ul_cli_usage(verb, "'%s' is no port from 1 to 65535 and "
				    "none of tcp, udp and icmp", word);
	return 0;
}

static int policy_explain(const struct ul_verb *verb, int argc, char **argv)
{
	json_t *args = json_object();
	struct ul_query q;
	int status = ul_query_parse(&q, verb, argc, argv, on_guest, args);

	if (status == UL_QUERY_GO_ON)
		json_object_set_new(args, "dest", json_string(q.words[0]));
	for (int i = 1; status == UL_QUERY_GO_ON && q.words[i]; i++) {
		int failed = take_word(verb, args, q.words[i]);

		status = failed ? failed : status;
	}
	if (status != UL_QUERY_GO_ON) {
		json_decref(args);
		return status;
	}
	return ul_query_show(&q, "explain", args, print_explained);
}

#define RULE_HELP \
	"A RULE is DEST [tcp|udp|icmp] [PORT[-PORT]]; DEST is any, host, an\n" \
	"address, a network, a name of DNS, or *.NAME for all below it.\n" \
	"\n" \
	"  --at N   the number that it gets; else it comes behind all others\n"

static const struct ul_verb subs[] = {
	{
		.name = "policy show",
		.args = "NET [--json]",
		.summary = "the rules, how often each has decided, names heard",
		.help = "What no rule matches is up to the egress.\n",
		.options = options_show,
		.run = policy_show,
	},
	{
		.name = "policy set",
		.args = "NET [--egress any|internet|none] [--rules 'RULE;...'] "
			"[--host-loopback none|all|PORTS]",
		.summary = "the egress, all rules, who reaches loopback",
		.help = "Rules begin with allow or deny; '' is none. What is "
			"open and not allowed\nany more is cut.\n",
		.options = options_set,
		.run = policy_set,
	},
	{
		.name = "policy allow",
		.args = "NET RULE... [--at N]",
		.summary = "one rule more",
		.help = RULE_HELP,
		.options = options_add,
		.run = policy_allow,
	},
	{
		.name = "policy deny",
		.args = "NET RULE... [--at N]",
		.summary = "one rule more; what it closes is cut",
		.help = RULE_HELP,
		.options = options_add,
		.run = policy_deny,
	},
	{
		.name = "policy rm",
		.args = "NET RULE...",
		.summary = "one rule less: its number, or allow or deny and it",
		.help = "Those behind it move up.\n",
		.options = options_plain,
		.run = policy_rm,
	},
	{
		.name = "policy explain",
		.args = "NET DEST [PORT] [tcp|udp|icmp] [--guest VM] [--json]",
		.summary = "what would happen to a packet, and why",
		.help = "DEST is an address, or a name that guests have asked "
			"for. Without PORT it is a\nping. Nothing is sent.\n"
			"\n"
			"  --guest VM  to this machine's: loopback may be open "
			"to it alone\n",
		.options = options_explain,
		.run = policy_explain,
	},
	{ .name = NULL },
};

const struct ul_verb ul_verb_policy = {
	.name = "policy",
	.args = "show|set|allow|deny|rm|explain",
	.summary = "what guests may reach, and why not",
	.subs = subs,
};
