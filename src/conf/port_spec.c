/* SPDX-License-Identifier: BSD-3-Clause */
/* port_spec.c - how a guest's port is treated, from text */
#include "conf/port_spec.h"

#include <errno.h>

#include "base/error.h"
#include "conf/value.h"
#include "wire/eth.h"

#define MACS_MAX 4096
#define RATE_MIN 1024
#define RATE_MAX (1ull << 40)
#define RULES "isolated, promiscuous, pinned, macs=N, rate-in=SIZE and rate-out=SIZE"

static int set_macs(struct ul_port_conf *port, const char *value, char **why)
{
	uint64_t n;
	int rc = ul_value_number(&n, value, 1, MACS_MAX, why);

	if (!rc)
		port->macs_max = (unsigned int)n;
	return rc;
}

/* One rule without a value: false when there is none of that name. */
static bool set_flag(struct ul_port_conf *port, const char *rule)
{
	if (!strcmp(rule, "isolated"))
		port->is_isolated = true;
	else if (!strcmp(rule, "promiscuous"))
		port->is_promiscuous = true;
	else if (!strcmp(rule, "pinned"))
		port->is_pinned = true;
	else
		return false;
	return true;
}

static int set_rule(struct ul_port_conf *port, const char *rule, char **why)
{
	if (set_flag(port, rule))
		return 0;
	if (g_str_has_prefix(rule, "macs="))
		return set_macs(port, rule + strlen("macs="), why);
	if (g_str_has_prefix(rule, "rate-in="))
		return ul_value_size(&port->rate_in, rule + strlen("rate-in="),
				     RATE_MIN, RATE_MAX, why);
	if (g_str_has_prefix(rule, "rate-out="))
		return ul_value_size(&port->rate_out,
				     rule + strlen("rate-out="), RATE_MIN,
				     RATE_MAX, why);
	return ul_refuse(why, "'%s' is no rule of a port; there are " RULES,
			 rule);
}

/* "NAME=MAC" or "*". */
static int set_who(struct ul_port_conf *port, const char *who, char **why)
{
	const char *mac = strchr(who, '=');

	port->name = mac ? g_strndup(who, (gsize)(mac - who)) : g_strdup(who);
	if (!mac && !strcmp(who, "*"))
		return 0;
	if (!mac || ul_mac_parse(port->mac, mac + 1) < 0 ||
	    ul_mac_is_multicast(port->mac) || ul_mac_is_zero(port->mac))
		return ul_refuse(why, "write NAME=MAC, the MAC of one guest as "
				 "in web=52:54:00:00:00:01, or * for all "
				 "others");
	port->has_mac = true;
	return ul_value_check_label(port->name, why);
}

int ul_port_spec_parse(struct ul_port_conf **out, const char *text,
		       char **why)
{
	struct ul_port_conf *port = g_new0(struct ul_port_conf, 1);
	g_auto(GStrv) part = g_strsplit(text, ",", -1);
	int rc = *text ? set_who(port, part[0], why) :
			 ul_refuse(why, "is empty");

	for (unsigned int i = 1; !rc && part[i]; i++)
		rc = set_rule(port, part[i], why);
	if (rc)
		ul_port_conf_free(port);
	else
		*out = port;
	return rc;
}

void ul_port_conf_free(struct ul_port_conf *port)
{
	if (!port)
		return;
	g_free(port->name);
	g_free(port);
}
