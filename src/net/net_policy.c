/* SPDX-License-Identifier: BSD-3-Clause */
/* net_policy.c - what guests may reach: asked, explained, changed */
#include "net/net_policy.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "conf/rule_spec.h"
#include "conf/value.h"
#include "flow/policy.h"
#include "net/network_priv.h"

/* "80,8000-8010"; NULL for all. */
static char *ports_text(const GArray *ports)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < ports->len; i++) {
		const struct ul_conf_ports *p = &g_array_index(
			ports, struct ul_conf_ports, i);

		g_string_append_printf(text, "%s%u", i ? "," : "", p->first);
		if (p->last != p->first)
			g_string_append_printf(text, "-%u", p->last);
	}
	return g_string_free(text, !ports->len);
}

static void put_loopback(struct ul_network *n, struct ul_policy_info *out)
{
	const struct ul_port_range *ranges;
	g_autoptr(GArray) ports = g_array_new(FALSE, FALSE,
					      sizeof(struct ul_conf_ports));
	unsigned int count;

	out->host_loopback = ul_policy_loopback(ul_router_policy(n->router),
						&ranges, &count);
	for (unsigned int i = 0; ranges && i < count; i++) {
		struct ul_conf_ports p = { ranges[i].first, ranges[i].last };

		g_array_append_val(ports, p);
	}
	g_free(n->loopback_text);
	n->loopback_text = ports_text(ports);
	out->loopback_ports = n->loopback_text;
}

void ul_network_policy(struct ul_network *n, struct ul_policy_info *out)
{
	*out = (struct ul_policy_info){
		.egress = ul_egress_name(n->egress),
	};
	if (!n->router)
		return;
	put_loopback(n, out);
	ul_router_count_denied(n->router, &out->denied, &out->cut);
}

void ul_network_each_rule(struct ul_network *n,
			  void (*fn)(const struct ul_rule_info *rule,
				     void *arg), void *arg)
{
	const struct ul_policy *policy;
	const struct ul_rule *rules;
	size_t count;

	if (!n->router)
		return;
	policy = ul_router_policy(n->router);
	rules = ul_policy_rules(policy, &count);
	for (size_t i = 0; i < count; i++) {
		struct ul_rule_info info = {
			.number = (unsigned int)i + 1, .rule = &rules[i],
			.hits = ul_policy_hits(policy, i),
		};

		fn(&info, arg);
	}
}

struct each_heard {
	void (*fn)(const struct ul_heard_info *heard, void *arg);
	void *arg;
};

static void tell_heard(const char *name, const struct ul_addr *addr,
		       int64_t left_us, void *arg)
{
	const struct each_heard *e = arg;
	struct ul_heard_info info = { name, *addr, left_us };

	e->fn(&info, e->arg);
}

void ul_network_each_heard(struct ul_network *n,
			   void (*fn)(const struct ul_heard_info *heard,
				      void *arg), void *arg)
{
	struct each_heard e = { fn, arg };

	if (n->router)
		ul_policy_each_heard(ul_router_policy(n->router), tell_heard,
				     &e);
}

void ul_network_each_loopback(struct ul_network *n,
			      void (*fn)(const char *port, const char *ports,
					 void *arg), void *arg)
{
	for (guint i = 0; i < n->conf->ports->len; i++) {
		const struct ul_port_conf *p = n->conf->ports->pdata[i];
		g_autofree char *text = NULL;

		if (!p->host_loopback)
			continue;
		text = ports_text(p->loopback_ports);
		fn(p->name, text, arg);
	}
}

bool ul_network_opens_loopback(const void *port, uint16_t n_port, void *arg)
{
	struct ul_network *n = arg;
	const struct ul_port_conf *rule = ul_network_port_rule(n, port);

	if (!rule || !rule->host_loopback)
		return false;
	for (guint i = 0; i < rule->loopback_ports->len; i++) {
		const struct ul_conf_ports *p = &g_array_index(
			rule->loopback_ports, struct ul_conf_ports, i);

		if (n_port >= p->first && n_port <= p->last)
			return true;
	}
	return !rule->loopback_ports->len;
}

/* Live changes. */

/* Which ports of loopback @text opens. 0, or -EINVAL and a sentence. */
static int read_loopback(const char *text, bool *is_open, GArray *ports,
			 char **error)
{
	*is_open = text && strcmp(text, "none") != 0;
	if (!*is_open || !strcmp(text, "all"))
		return 0;
	return ul_value_port_list(ports, text, error);
}

int ul_network_change_policy(struct ul_network *n,
			     const struct ul_policy_change *change,
			     char **error)
{
	g_autoptr(GArray) ports = g_array_new(FALSE, FALSE,
					      sizeof(struct ul_conf_ports));
	enum ul_egress egress = n->egress;
	bool opens;

	if (read_loopback(change->loopback, &opens, ports, error) < 0)
		return -EINVAL;
	if (change->egress && ul_egress_parse(&egress, change->egress) < 0)
		return ul_refuse(error, "'%s' is no egress: say any, internet "
				 "or none", change->egress);
	if (!n->router || !n->conf->reaches_host)
		return ul_fail(error, -EOPNOTSUPP,
			       "a network of mode %s has no way out through "
			       "this host, so there is nothing to open or "
			       "close", ul_mode_parts(n->conf->mode)->name);
	if (change->rules && change->rule_count > UL_RULES_MAX)
		return ul_refuse(error, "a network has at most %d rules",
				 UL_RULES_MAX);
	n->egress = egress;
	if (change->loopback)
		ul_router_set_loopback(n->router, opens, ports);
	if (change->rules)
		ul_router_set_policy(n->router, egress, change->rules,
				     change->rule_count);
	else
		ul_router_set_egress(n->router, egress);
	return 0;
}

/* What would happen. */

int ul_network_explain(struct ul_network *n,
		       const struct ul_policy_question *q,
		       struct ul_policy_answer *out, char **error)
{
	struct ul_try attempt = { .proto = q->proto, .dst = q->dst };
	const struct ul_rule *rules;
	struct ul_decision d;
	size_t count;

	if (q->port) {
		attempt.port = ul_hub_find_name(n->hub, q->port);
		if (!attempt.port)
			return ul_fail(error, -ENOENT,
				       "no port is called '%s'", q->port);
	}
	if (!n->router)
		return ul_fail(error, -EOPNOTSUPP, "the network has no router: "
			       "guests reach each other, and nothing through "
			       "this host");
	ul_router_explain(n->router, &attempt, &d);
	rules = ul_policy_rules(ul_router_policy(n->router), &count);
	*out = (struct ul_policy_answer){
		.is_allowed = d.verdict == UL_VERDICT_ALLOW,
		.reason = ul_why_text(d.why), .rule = d.rule,
		.text = d.rule ? &rules[d.rule - 1] : NULL, .host = d.host,
		.is_service = d.why == UL_WHY_SERVICE,
	};
	return 0;
}

bool ul_network_may_ask(struct ul_network *n, const char *name)
{
	return n->router &&
	       ul_policy_may_ask(ul_router_policy(n->router), name);
}
