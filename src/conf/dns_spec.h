/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_spec.h - domains, and the servers that know them, as text */
#ifndef UL_CONF_DNS_SPEC_H
#define UL_CONF_DNS_SPEC_H

#include <stdbool.h>

#include "base/addr.h"

/* DOMAIN=ADDR[#PORT]: whom to ask for names in a domain. */
struct ul_dns_for_conf {
	char *domain;
	bool has_server;
	struct ul_ep server;
};

/*
 * @text as a domain: lower case, without a last dot. 0, or -EINVAL and half a
 * sentence in *@why. The caller's to g_free().
 */
int ul_domain_parse(char **out, const char *text, char **why);

/* The same for a domain and its server. */
int ul_dns_for_parse(struct ul_dns_for_conf **out, const char *text,
		     char **why);
/* To remove one: the server may be left out, which is all of the domain. */
int ul_dns_for_parse_some(struct ul_dns_for_conf **out, const char *text,
			  char **why);
/* The caller's to g_free(). */
char *ul_dns_for_text(const char *domain, const struct ul_ep *server);
/* NULL is fine. */
void ul_dns_for_free(struct ul_dns_for_conf *conf);

#endif
