/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule.h - one rule of what guests may reach, as a plain value
 *
 *	allow|deny DEST [tcp|udp|icmp] [PORT[-PORT]]
 *
 * conf/rule_spec.h makes it of text, flow/rules.h decides by a list of them.
 */
#ifndef UL_BASE_RULE_H
#define UL_BASE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

#define UL_RULE_NAME_SIZE 254	/* a name's longest text and its NUL */
#define UL_RULE_STRLEN 300	/* longest text of a rule, and its NUL */

enum ul_rule_dest {
	UL_RULE_ANY,
	UL_RULE_HOST,		/* the gateway, and the host's own addresses */
	UL_RULE_PREFIX,
	UL_RULE_NAME,		/* what a name of DNS was resolved to */
};
#define UL_RULE_DEST_COUNT (UL_RULE_NAME + 1)

enum ul_rule_proto {
	UL_RULE_ALL,
	UL_RULE_TCP,
	UL_RULE_UDP,
	UL_RULE_ICMP,		/* of both families */
};
#define UL_RULE_PROTO_COUNT (UL_RULE_ICMP + 1)

struct ul_rule {
	bool allows;
	enum ul_rule_dest dest;
	enum ul_rule_proto proto;
	uint16_t first, last;	/* ports; 0 and 0: whatever they are */
	struct ul_prefix prefix;		/* of UL_RULE_PREFIX */
	char name[UL_RULE_NAME_SIZE];	/* of UL_RULE_NAME: lower case */
	bool is_below;		/* "*.": all names below it, not itself */
};

/* Does the rule speak of all protocols and ports? */
bool ul_rule_is_whole(const struct ul_rule *rule);

/* Is @name (lower case, no dot at its end) the rule's? */
bool ul_rule_has_name(const struct ul_rule *rule, const char *name);

/* A rule of one address alone, "/32" or "/128". */
bool ul_rule_is_address(const struct ul_rule *rule);

/* "deny 10.1.0.0/16 tcp 443". Returns @buf, always terminated. */
const char *ul_rule_str(const struct ul_rule *rule, char buf[UL_RULE_STRLEN]);

/* "tcp"; "" for all. */
const char *ul_rule_proto_name(enum ul_rule_proto proto);

#endif
