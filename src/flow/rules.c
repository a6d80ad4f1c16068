/* SPDX-License-Identifier: BSD-3-Clause */
/* rules.c - an ordered list of rules: the first that matches decides */
#include "flow/rules.h"

/* A ping has no port: 0, which is in no range. */
static bool has_port(const struct ul_rule *rule,
		     const struct ul_rules_target *t)
{
	if (!rule->last)
		return true;
	return t->port >= rule->first && t->port <= rule->last;
}

/* The gateway's own address is the host's, alone and by no wider network. */
static bool has_addr(const struct ul_rule *rule,
		     const struct ul_rules_target *t)
{
	if (t->gateway && ul_rule_is_address(rule) &&
	    ul_addr_eq(&rule->prefix.addr, t->gateway))
		return true;
	return ul_prefix_has(&rule->prefix, &t->addr);
}

static struct ul_heard *find_name(const struct ul_rule *rule,
				  const struct ul_heard_table *heard,
				  struct ul_heard *first,
				  const struct ul_rules_target *t)
{
	struct ul_heard *h = first;

	for (; h; h = ul_heard_find(heard, &t->addr, h))
		if (ul_rule_has_name(rule, h->name) &&
		    (t->is_open || ul_heard_is_fresh(h, t->now_us)))
			return h;
	return NULL;
}

static bool matches(const struct ul_rule *rule,
		    const struct ul_heard_table *heard,
		    struct ul_heard *first,
		    const struct ul_rules_target *t, struct ul_heard **name)
{
	if (rule->proto != UL_RULE_ALL && rule->proto != t->proto)
		return false;
	if (!has_port(rule, t))
		return false;
	if (t->must_be_named && rule->allows && !ul_rule_is_address(rule))
		return false;
	switch (rule->dest) {
	case UL_RULE_ANY:
		return true;
	case UL_RULE_HOST:
		return t->is_host;
	case UL_RULE_PREFIX:
		return has_addr(rule, t);
	case UL_RULE_NAME:
		*name = find_name(rule, heard, first, t);
		return *name != NULL;
	}
	return false;
}

int ul_rules_find(const struct ul_rule *rules, size_t count,
		  const struct ul_heard_table *heard,
		  const struct ul_rules_target *target,
		  struct ul_heard **name)
{
	/* Most addresses have no name: looked for once, not by each rule. */
	struct ul_heard *first = count ? ul_heard_find(heard, &target->addr,
						       NULL) : NULL;

	*name = NULL;
	for (size_t i = 0; i < count; i++)
		if (matches(&rules[i], heard, first, target, name))
			return (int)i;
	return -1;
}

bool ul_rules_know_name(const struct ul_rule *rules, size_t count,
			const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (ul_rule_has_name(&rules[i], name))
			return true;
	return false;
}

/* Which families a rule without ports speaks of as a whole: bits. */
static unsigned int families_of(const struct ul_rule *rule)
{
	if (rule->dest == UL_RULE_ANY)
		return 3;
	if (rule->dest != UL_RULE_PREFIX || rule->prefix.len)
		return 0;
	return ul_addr_is_v4(&rule->prefix.addr) ? 1 : 2;
}

bool ul_rules_may_ask(const struct ul_rule *rules, size_t count,
		      const char *name, bool falls_open)
{
	unsigned int closed = 0;

	for (size_t i = 0; i < count; i++) {
		const struct ul_rule *r = &rules[i];
		unsigned int families = families_of(r);
		bool is_named = ul_rule_has_name(r, name);

		if (r->allows && (is_named || families & ~closed))
			return true;
		if (r->allows || !ul_rule_is_whole(r))
			continue;
		closed |= families;
		if (is_named || closed == 3)
			return false;
	}
	return falls_open;
}
