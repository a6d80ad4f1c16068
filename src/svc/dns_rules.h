/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_rules.h - which names may be asked for: lists of domains
 *
 * A rule is about a domain and what is below it; of several the longest
 * counts, and of two about the same domain the denial. With any domain that
 * is allowed, names that no rule is about are denied.
 */
#ifndef UL_SVC_DNS_RULES_H
#define UL_SVC_DNS_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum ul_dns_verdict {
	UL_DNS_ALLOW,
	UL_DNS_DENY,
};

struct ul_dns_rules;

struct ul_dns_rules *ul_dns_rules_new(void);
/* NULL is fine. */
void ul_dns_rules_free(struct ul_dns_rules *rules);

/* @domain in lower case without the last dot; "" is every name. */
void ul_dns_rules_add(struct ul_dns_rules *rules, const char *domain,
		      enum ul_dns_verdict verdict);

enum ul_dns_verdict ul_dns_rules_judge(const struct ul_dns_rules *rules,
				       const char *name);

#endif
