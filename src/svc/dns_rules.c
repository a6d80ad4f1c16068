/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_rules.c - which names may be asked for: lists of domains */
#include "svc/dns_rules.h"

#include <glib.h>

#include "svc/dns_upstream.h"

struct ul_dns_rules {
	GHashTable *domains;	/* text to a verdict, 1 more than the enum */
	enum ul_dns_verdict otherwise;
};

struct ul_dns_rules *ul_dns_rules_new(void)
{
	struct ul_dns_rules *rules = g_new0(struct ul_dns_rules, 1);

	rules->domains = g_hash_table_new_full(g_str_hash, g_str_equal,
					       g_free, NULL);
	rules->otherwise = UL_DNS_ALLOW;
	return rules;
}

void ul_dns_rules_free(struct ul_dns_rules *rules)
{
	if (!rules)
		return;
	g_hash_table_unref(rules->domains);
	g_free(rules);
}

/* 0 when no rule is about this very domain. */
static int rule_about(const struct ul_dns_rules *rules, const char *domain)
{
	return GPOINTER_TO_INT(g_hash_table_lookup(rules->domains, domain));
}

void ul_dns_rules_add(struct ul_dns_rules *rules, const char *domain,
		      enum ul_dns_verdict verdict)
{
	int now = rule_about(rules, domain);

	g_hash_table_replace(rules->domains, g_strdup(domain),
			     GINT_TO_POINTER(MAX(now, (int)verdict + 1)));
	if (verdict == UL_DNS_ALLOW)
		rules->otherwise = UL_DNS_DENY;
}

enum ul_dns_verdict ul_dns_rules_judge(const struct ul_dns_rules *rules,
				       const char *name)
{
	int rule = 0;

	for (; name && !rule; name = ul_dns_parent_of(name))
		rule = rule_about(rules, name);
	if (!rule)
		rule = rule_about(rules, "");
	return rule ? (enum ul_dns_verdict)(rule - 1) : rules->otherwise;
}
