/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule_spec.h - the rules of `--allow`, `--deny` and `--rules`, from text
 *
 *	DEST [tcp|udp|icmp] [PORT[-PORT]]
 *
 * DEST is `any`, `host`, an address, a network as in 10.1.0.0/16, a name of
 * DNS, or `*.` and a name for all that are below it.
 */
#ifndef UL_CONF_RULE_SPEC_H
#define UL_CONF_RULE_SPEC_H

#include <glib.h>

#include "base/rule.h"

#define UL_RULES_MAX 1024	/* of one network */

/*
 * Each returns 0, or -EINVAL and in *@why a sentence (the caller's) that says
 * what would be right; *@out is left alone then.
 */

/* The text behind `--allow` (@allows) or `--deny`. */
int ul_rule_spec_parse_as(struct ul_rule *out, bool allows, const char *text,
			  char **why);

/* "allow ..." or "deny ...". */
int ul_rule_spec_parse(struct ul_rule *out, const char *text, char **why);

/*
 * Rules with semicolons between, of which some may be blank, appended to
 * @out, of struct ul_rule, all or none; at most UL_RULES_MAX in all.
 */
int ul_rule_spec_parse_list(GArray *out, const char *text, char **why);

/* Append @rule, or say that there are UL_RULES_MAX. */
int ul_rule_spec_append(GArray *out, const struct ul_rule *rule, char **why);

#endif
