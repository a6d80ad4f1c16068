/* SPDX-License-Identifier: BSD-3-Clause */
/* option_policy.c - setters: what may pass guests, host and beyond */
#include "conf/option_set.h"

#include "base/error.h"
#include "conf/forward_spec.h"
#include "conf/rule_spec.h"
#include "conf/guestfwd_spec.h"
#include "conf/value.h"

int ul_option_set_egress(struct ul_conf *conf, const char *value, char **why)
{
	if (!ul_egress_parse(&conf->egress, value))
		return 0;
	return ul_refuse(why, "write any, internet or none");
}

static int add_rule(struct ul_conf *conf, bool allows, const char *value,
		    char **why)
{
	struct ul_rule rule;
	int rc = ul_rule_spec_parse_as(&rule, allows, value, why);

	return rc ? rc : ul_rule_spec_append(conf->rules, &rule, why);
}

int ul_option_set_allow(struct ul_conf *conf, const char *value, char **why)
{
	return add_rule(conf, true, value, why);
}

int ul_option_set_deny(struct ul_conf *conf, const char *value, char **why)
{
	return add_rule(conf, false, value, why);
}

int ul_option_set_rules(struct ul_conf *conf, const char *value, char **why)
{
	return ul_rule_spec_parse_list(conf->rules, value, why);
}

int ul_option_set_host_loopback(struct ul_conf *conf, const char *value,
				char **why)
{
	conf->host_loopback = true;
	if (!value)
		return 0;
	return ul_value_port_list(conf->host_loopback_ports, value, why);
}

int ul_option_set_forward(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_forward_conf *f;
	int rc = ul_forward_spec_parse(&f, value, why);

	if (!rc)
		g_ptr_array_add(conf->forwards, f);
	return rc;
}

int ul_option_set_guestfwd(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_guestfwd_conf *g;
	int rc = ul_guestfwd_spec_parse(&g, value, why);

	if (!rc)
		g_ptr_array_add(conf->guestfwds, g);
	return rc;
}
