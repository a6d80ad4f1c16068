/* SPDX-License-Identifier: BSD-3-Clause */
/* rule.c - one rule of what guests may reach, as a plain value */
#include "base/rule.h"

#include <assert.h>
#include <stdio.h>

static const char *const proto_names[] = {
	[UL_RULE_ALL] = "",
	[UL_RULE_TCP] = "tcp",
	[UL_RULE_UDP] = "udp",
	[UL_RULE_ICMP] = "icmp",
};
static_assert(sizeof(proto_names) / sizeof(*proto_names) ==
	      UL_RULE_PROTO_COUNT, "each protocol");

const char *ul_rule_proto_name(enum ul_rule_proto proto)
{
	return proto_names[proto];
}

bool ul_rule_is_whole(const struct ul_rule *rule)
{
	return rule->proto == UL_RULE_ALL && !rule->last;
}

bool ul_rule_has_name(const struct ul_rule *rule, const char *name)
{
	size_t len = strlen(name), own;

	if (rule->dest != UL_RULE_NAME)
		return false;
	if (!rule->is_below)
		return !strcmp(rule->name, name);
	own = strlen(rule->name);
	return len > own + 1 && name[len - own - 1] == '.' &&
	       !strcmp(name + len - own, rule->name);
}

bool ul_rule_is_address(const struct ul_rule *rule)
{
	return rule->dest == UL_RULE_PREFIX &&
	       rule->prefix.len == (ul_addr_is_v4(&rule->prefix.addr) ? 32 :
									128);
}

/* One address alone is written without the length of its prefix. */
static void print_dest(const struct ul_rule *rule, char *buf, size_t size)
{
	char addr[UL_ADDR_STRLEN];

	switch (rule->dest) {
	case UL_RULE_ANY:
		snprintf(buf, size, "any");
		return;
	case UL_RULE_HOST:
		snprintf(buf, size, "host");
		return;
	case UL_RULE_PREFIX:
		ul_addr_str(&rule->prefix.addr, addr);
		if (ul_rule_is_address(rule))
			snprintf(buf, size, "%s", addr);
		else
			snprintf(buf, size, "%s/%u", addr, rule->prefix.len);
		return;
	case UL_RULE_NAME:
		snprintf(buf, size, "%s%s", rule->is_below ? "*." : "",
			 rule->name);
		return;
	}
}

const char *ul_rule_str(const struct ul_rule *rule, char buf[UL_RULE_STRLEN])
{
	char dest[UL_RULE_NAME_SIZE + 2], ports[16] = "";

	print_dest(rule, dest, sizeof(dest));
	if (rule->last && rule->first == rule->last)
		snprintf(ports, sizeof(ports), " %u", rule->first);
	else if (rule->last)
		snprintf(ports, sizeof(ports), " %u-%u", rule->first,
			 rule->last);
	snprintf(buf, UL_RULE_STRLEN, "%s %s%s%s%s",
		 rule->allows ? "allow" : "deny", dest,
		 rule->proto ? " " : "", proto_names[rule->proto], ports);
	return buf;
}
