/* SPDX-License-Identifier: BSD-3-Clause */
/* option_dns.c - setters: whom to ask for names, and for which */
#include "conf/dns_spec.h"
#include "conf/option_set.h"
#include "conf/value.h"

#define CACHE_MAX 1000000u

int ul_option_set_dns_for(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_dns_for_conf *f;
	int rc = ul_dns_for_parse(&f, value, why);

	if (!rc)
		g_ptr_array_add(conf->dns_for, f);
	return rc;
}

static int add_domain(GPtrArray *list, const char *value, char **why)
{
	char *domain;
	int rc = ul_domain_parse(&domain, value, why);

	if (!rc)
		g_ptr_array_add(list, domain);
	return rc;
}

int ul_option_set_dns_allow(struct ul_conf *conf, const char *value,
			    char **why)
{
	return add_domain(conf->dns_allow, value, why);
}

int ul_option_set_dns_deny(struct ul_conf *conf, const char *value, char **why)
{
	return add_domain(conf->dns_deny, value, why);
}

int ul_option_set_dns_cache(struct ul_conf *conf, const char *value,
			    char **why)
{
	return ul_value_uint(&conf->dns_cache, value, 0, CACHE_MAX, why);
}
