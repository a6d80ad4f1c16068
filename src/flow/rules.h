/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rules.h - an ordered list of rules: the first that matches decides
 *
 * Destinations are seen after mapping: as the address that the host connects
 * to.
 */
#ifndef UL_FLOW_RULES_H
#define UL_FLOW_RULES_H

#include <stddef.h>

#include "base/rule.h"
#include "flow/heard.h"

/* What a flow is to, or would be. */
struct ul_rules_target {
	struct ul_addr addr;		/* on the host's side */
	/* As the guest addresses it where that is the gateway; else NULL. */
	const struct ul_addr *gateway;
	bool is_host;			/* the gateway, or one of the host's own */
	/* Never proxied: a rule allows it only that is of this one address. */
	bool must_be_named;
	enum ul_rule_proto proto;
	uint16_t port;			/* 0: it has none */
	bool is_open;			/* the flow exists: names do not expire */
	int64_t now_us;
};

/*
 * The place of the first rule that matches, or -1. In *@name, when it is one
 * by name, what was heard of that; else NULL.
 */
int ul_rules_find(const struct ul_rule *rules, size_t count,
		  const struct ul_heard_table *heard,
		  const struct ul_rules_target *target,
		  struct ul_heard **name);

/* Is there a rule that speaks of @name? What it is answered with matters. */
bool ul_rules_know_name(const struct ul_rule *rules, size_t count,
			const char *name);

/*
 * May a guest ask for @name? Not when the rules deny it, nor when they allow
 * nothing that it might lead to by name and deny all else; @falls_open says
 * whether what no rule matches is open. An address that a rule allows is no
 * reason to tell the host's resolvers a name.
 */
bool ul_rules_may_ask(const struct ul_rule *rules, size_t count,
		      const char *name, bool falls_open);

#endif
