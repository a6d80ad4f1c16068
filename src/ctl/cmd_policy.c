/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cmd_policy.c - commands about what guests may reach
 *
 * A change of rules is a whole new list, made of the old one and checked
 * before any of it takes effect.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "conf/rule_spec.h"
#include "conf/value.h"
#include "ctl/cmd.h"
#include "ctl/json.h"
#include "net/net_policy.h"
#include "wire/pkt.h"

static void add_rule(const struct ul_rule_info *rule, void *arg)
{
	char text[UL_RULE_STRLEN];
	json_t *o = json_object();

	ul_json_put(o, "number", ul_json_count(rule->number));
	ul_json_put(o, "rule", ul_json_text(ul_rule_str(rule->rule, text)));
	ul_json_put(o, "hits", ul_json_count(rule->hits));
	json_array_append_new(arg, o);
}

static void add_heard(const struct ul_heard_info *heard, void *arg)
{
	json_t *o = json_object();

	ul_json_put(o, "name", ul_json_text(heard->name));
	ul_json_put(o, "address", ul_json_addr(&heard->addr));
	ul_json_put(o, "expires", ul_json_seconds(heard->left_us));
	json_array_append_new(arg, o);
}

static void add_loopback(const char *port, const char *ports, void *arg)
{
	json_t *o = json_object();

	if (port)
		ul_json_put(o, "port", ul_json_text(port));
	ul_json_put(o, "open", ul_json_text(ports ? ports : "all"));
	json_array_append_new(arg, o);
}

static json_t *query_policy(struct ul_call *call)
{
	struct ul_policy_info info;
	json_t *rules = json_array(), *names = json_array();
	json_t *loopback = json_array(), *o = json_object();

	ul_network_policy(call->network, &info);
	ul_network_each_rule(call->network, add_rule, rules);
	ul_network_each_heard(call->network, add_heard, names);
	if (info.host_loopback)
		add_loopback(NULL, info.loopback_ports, loopback);
	ul_network_each_loopback(call->network, add_loopback, loopback);
	ul_json_put(o, "egress", ul_json_text(info.egress));
	ul_json_put(o, "rules", rules);
	ul_json_put(o, "host-loopback", loopback);
	ul_json_put(o, "names", names);
	ul_json_put(o, "denied", ul_json_count(info.denied));
	ul_json_put(o, "cut", ul_json_count(info.cut));
	return o;
}

/* policy-set */

static void copy_rule(const struct ul_rule_info *rule, void *arg)
{
	g_array_append_vals(arg, rule->rule, 1);
}

static int read_rule(struct ul_call *call, GArray *rules, const char *text)
{
	g_autofree char *why = NULL;
	struct ul_rule rule;
	int rc = ul_rule_spec_parse(&rule, text, &why);

	if (!rc)
		rc = ul_rule_spec_append(rules, &rule, &why);
	if (rc)
		ul_call_fail(call, "GenericError", "rule '%s': %s", text, why);
	return rc;
}

static int read_rules(struct ul_call *call, GArray *rules)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(call->args, "rules"), i, one) {
		if (!json_is_string(one)) {
			ul_call_fail(call, "GenericError", "argument 'rules' "
				     "must be a list of strings, as in "
				     "'allow 10.1.0.0/16 tcp 443'");
			return -EINVAL;
		}
		if (read_rule(call, rules, json_string_value(one)) < 0)
			return -EINVAL;
	}
	return 0;
}

/* Behind the others, or where `at` says. */
static int add_one(struct ul_call *call, GArray *rules)
{
	uint64_t at = ul_call_int(call, "at", rules->len + 1);
	struct ul_rule rule;

	if (at < 1 || at > rules->len + 1) {
		ul_call_fail(call, "GenericError", "argument 'at' must be from "
			     "1 to %u, since there are %u rules",
			     rules->len + 1, rules->len);
		return -EINVAL;
	}
	if (read_rule(call, rules, ul_call_text(call, "add")) < 0)
		return -EINVAL;
	rule = g_array_index(rules, struct ul_rule, rules->len - 1);
	g_array_set_size(rules, rules->len - 1);
	g_array_insert_vals(rules, (guint)at - 1, &rule, 1);
	return 0;
}

static int remove_one(struct ul_call *call, GArray *rules)
{
	uint64_t number = ul_call_int(call, "remove", 0);

	if (number < 1 || number > rules->len) {
		ul_call_fail(call, "GenericError", "there is no rule %"
			     G_GUINT64_FORMAT ": there are %u", number,
			     rules->len);
		return -EINVAL;
	}
	g_array_remove_index(rules, (guint)number - 1);
	return 0;
}

/* The list as it is to be, in @rules. */
static int make_list(struct ul_call *call, GArray *rules)
{
	bool is_whole = ul_call_has(call, "rules");
	unsigned int ways = is_whole + ul_call_has(call, "add") +
			    ul_call_has(call, "remove");

	if (ways > 1 || (ul_call_has(call, "at") && !ul_call_has(call, "add"))) {
		ul_call_fail(call, "GenericError", "policy-set takes one of "
			     "'rules', 'add' and 'remove', and 'at' with 'add' "
			     "alone");
		return -EINVAL;
	}
	if (is_whole)
		return read_rules(call, rules);
	ul_network_each_rule(call->network, copy_rule, rules);
	if (ul_call_has(call, "add"))
		return add_one(call, rules);
	if (ul_call_has(call, "remove"))
		return remove_one(call, rules);
	return 0;
}

static json_t *policy_set(struct ul_call *call)
{
	g_autoptr(GArray) rules = g_array_new(FALSE, FALSE,
					      sizeof(struct ul_rule));
	struct ul_policy_change change = {
		.egress = ul_call_text(call, "egress"),
		.loopback = ul_call_text(call, "host-loopback"),
	};
	g_autofree char *error = NULL;

	if (!json_object_size(call->args))
		return ul_call_fail(call, "GenericError", "policy-set needs "
				    "'egress', 'rules', 'add', 'remove' or "
				    "'host-loopback'");
	if (make_list(call, rules) < 0)
		return NULL;
	/* An empty list has no data, and is a list. */
	g_array_set_size(rules, rules->len + 1);
	change.rules = (const struct ul_rule *)rules->data;
	change.rule_count = rules->len - 1;
	if (!ul_call_has(call, "rules") && !ul_call_has(call, "add") &&
	    !ul_call_has(call, "remove"))
		change.rules = NULL;
	if (ul_network_change_policy(call->network, &change, &error) < 0)
		return ul_call_fail(call, "GenericError", "%s", error);
	return json_object();
}

/* explain */

static json_t *describe(const struct ul_policy_question *q,
			const struct ul_policy_answer *a)
{
	char text[UL_RULE_STRLEN];
	json_t *o = json_object();

	ul_json_put(o, "address", ul_json_addr(&q->dst.addr));
	ul_json_put(o, "allowed", json_boolean(a->is_allowed));
	ul_json_put(o, "reason", ul_json_text(a->reason));
	if (a->rule) {
		ul_json_put(o, "rule", ul_json_count(a->rule));
		ul_json_put(o, "rule-text",
			    ul_json_text(ul_rule_str(a->text, text)));
	}
	if (!a->is_allowed || a->is_service)
		return o;
	if (q->dst.port)
		ul_json_put(o, "host", ul_json_ep(&a->host));
	else
		ul_json_put(o, "host", ul_json_addr(&a->host.addr));
	return o;
}

/* Add the verdict to @verdicts; -errno after ul_call_fail(). */
static int explain_one(struct ul_call *call, const struct ul_policy_question *q,
		       json_t *verdicts)
{
	g_autofree char *error = NULL;
	struct ul_policy_answer answer;
	int rc = ul_network_explain(call->network, q, &answer, &error);

	if (rc < 0)
		ul_call_fail(call, rc == -ENOENT ? "DeviceNotFound" :
						   "GenericError", "%s", error);
	else
		json_array_append_new(verdicts, describe(q, &answer));
	return rc;
}

struct named {
	const char *name;
	GArray *addrs;			/* of struct ul_addr */
};

static void add_addr(const struct ul_heard_info *heard, void *arg)
{
	struct named *n = arg;

	if (!strcmp(heard->name, n->name))
		g_array_append_val(n->addrs, heard->addr);
}

static int explain_name(struct ul_call *call, struct ul_policy_question *q,
			const char *dest, json_t *answer, json_t *verdicts)
{
	g_autofree char *name = g_ascii_strdown(dest, -1);
	g_autofree char *wrong = NULL;
	struct named named = {
		name, g_array_new(FALSE, FALSE, sizeof(struct ul_addr)),
	};
	int rc = 0;

	if (ul_value_check_domain(name, &wrong) < 0) {
		ul_call_fail(call, "GenericError", "argument 'dest' must be an "
			     "address or a name");
		rc = -EINVAL;
	} else {
		ul_json_put(answer, "lookup", json_boolean(
			ul_network_may_ask(call->network, name)));
		ul_network_each_heard(call->network, add_addr, &named);
	}
	for (guint i = 0; i < named.addrs->len && !rc; i++) {
		q->dst.addr = g_array_index(named.addrs, struct ul_addr, i);
		rc = explain_one(call, q, verdicts);
	}
	g_array_unref(named.addrs);
	return rc;
}

static uint8_t proto_of(const struct ul_call *call)
{
	const char *proto = ul_call_text(call, "proto");

	if (proto && !strcmp(proto, "udp"))
		return UL_IPPROTO_UDP;
	if (proto ? !strcmp(proto, "icmp") : !ul_call_has(call, "port"))
		return UL_IPPROTO_ICMP;
	return UL_IPPROTO_TCP;
}

static json_t *explain(struct ul_call *call)
{
	const char *dest = ul_call_text(call, "dest");
	struct ul_policy_question q = {
		.port = ul_call_text(call, "guest"), .proto = proto_of(call),
		.dst.port = (uint16_t)ul_call_int(call, "port", 0),
	};
	json_t *answer, *verdicts;
	int rc;

	if ((q.proto == UL_IPPROTO_ICMP) != !q.dst.port)
		return ul_call_fail(call, "GenericError", "tcp and udp need "
				    "the argument 'port', from 1 to 65535, and "
				    "icmp has none");
	answer = json_object();
	verdicts = json_array();
	if (ul_addr_parse(&q.dst.addr, dest) < 0)
		rc = explain_name(call, &q, dest, answer, verdicts);
	else
		rc = explain_one(call, &q, verdicts);
	ul_json_put(answer, "verdicts", verdicts);
	if (!rc)
		return answer;
	json_decref(answer);
	return NULL;
}

static const char *const egresses[] = { "any", "internet", "none", NULL };
static const char *const protos[] = { "tcp", "udp", "icmp", NULL };

static const struct ul_arg args_set[] = {
	UL_ARG("egress", UL_ARG_CHOICE, .choices = egresses),
	UL_ARG("rules", UL_ARG_LIST),
	UL_ARG("add", UL_ARG_TEXT),
	UL_ARG("at", UL_ARG_INT, .max = UL_RULES_MAX),
	UL_ARG("remove", UL_ARG_INT, .max = UL_RULES_MAX),
	UL_ARG("host-loopback", UL_ARG_TEXT),
	UL_ARG_END,
};

static const struct ul_arg args_explain[] = {
	UL_ARG("dest", UL_ARG_TEXT, .is_needed = true),
	UL_ARG("port", UL_ARG_INT, .max = UINT16_MAX),
	UL_ARG("proto", UL_ARG_CHOICE, .choices = protos),
	UL_ARG("guest", UL_ARG_TEXT),
	UL_ARG_END,
};

const struct ul_cmd ul_cmds_policy[] = {
	UL_CMD("query-policy", NULL, query_policy),
	UL_CMD("policy-set", args_set, policy_set),
	UL_CMD("explain", args_explain, explain),
	UL_CMD_END,
};
