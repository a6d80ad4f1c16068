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
#define STORM_MAX 100000000
#define RULES "isolated, promiscuous, pinned, macs-max=N, rate-in=SIZE, " \
	"rate-out=SIZE, burst=SIZE, storm=N, delay=MS, jitter=MS, " \
	"loss=PERCENT and host-loopback[=PORTS]"

static int set_macs(struct ul_port_conf *port, const char *value, char **why)
{
	return ul_value_uint(&port->macs_max, value, 1, MACS_MAX, why);
}

static int set_rate_in(struct ul_port_conf *port, const char *value,
		       char **why)
{
	return ul_value_size(&port->rate_in, value, RATE_MIN, RATE_MAX, why);
}

static int set_rate_out(struct ul_port_conf *port, const char *value,
			char **why)
{
	return ul_value_size(&port->rate_out, value, RATE_MIN, RATE_MAX, why);
}

static int set_burst(struct ul_port_conf *port, const char *value, char **why)
{
	return ul_value_size(&port->burst, value, RATE_MIN, RATE_MAX, why);
}

static int set_storm(struct ul_port_conf *port, const char *value, char **why)
{
	return ul_value_uint(&port->storm_pps, value, 1, STORM_MAX, why);
}

static int set_delay(struct ul_port_conf *port, const char *value, char **why)
{
	return ul_value_delay(&port->delay_us, value, why);
}

static int set_jitter(struct ul_port_conf *port, const char *value,
		      char **why)
{
	return ul_value_delay(&port->jitter_us, value, why);
}

static int set_loss(struct ul_port_conf *port, const char *value, char **why)
{
	return ul_value_loss(&port->loss_ppm, value, why);
}

static int add_ports(struct ul_port_conf *port, const char *ports, char **why)
{
	port->host_loopback = true;
	return ul_value_port_list(port->loopback_ports, ports, why);
}

static const struct {
	const char *name;
	int (*set)(struct ul_port_conf *port, const char *value, char **why);
} pairs[] = {
	{ "macs-max=", set_macs },
	{ "rate-in=", set_rate_in },
	{ "rate-out=", set_rate_out },
	{ "burst=", set_burst },
	{ "storm=", set_storm },
	{ "delay=", set_delay },
	{ "jitter=", set_jitter },
	{ "loss=", set_loss },
	{ "host-loopback=", add_ports },
};

/* One rule without a value: false when there is none of that name. */
static bool set_flag(struct ul_port_conf *port, const char *rule)
{
	if (!strcmp(rule, "isolated"))
		port->is_isolated = true;
	else if (!strcmp(rule, "promiscuous"))
		port->is_promiscuous = true;
	else if (!strcmp(rule, "pinned"))
		port->is_pinned = true;
	else if (!strcmp(rule, "host-loopback"))
		port->host_loopback = true;
	else
		return false;
	return true;
}

static int set_rule(struct ul_port_conf *port, const char *rule, char **why)
{
	if (set_flag(port, rule))
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
		if (g_str_has_prefix(rule, pairs[i].name))
			return pairs[i].set(port, rule + strlen(pairs[i].name),
					    why);
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

/* Is the rule @part[i] there before? The numbers of a list are no rules. */
static bool is_repeated(char **part, unsigned int i)
{
	size_t len = strcspn(part[i], "=");

	for (unsigned int j = 1; j < i && len; j++)
		if (!g_ascii_isdigit(*part[i]) &&
		    strcspn(part[j], "=") == len &&
		    !strncmp(part[i], part[j], len))
			return true;
	return false;
}

int ul_port_spec_parse(struct ul_port_conf **out, const char *text,
		       char **why)
{
	struct ul_port_conf *port = g_new0(struct ul_port_conf, 1);
	bool is_list = false;
	g_auto(GStrv) part = g_strsplit(text, ",", -1);
	int rc;

	port->loopback_ports = g_array_new(FALSE, FALSE,
					   sizeof(struct ul_conf_ports));
	rc = *text ? set_who(port, part[0], why) :
		     ul_refuse(why, "is empty");
	for (unsigned int i = 1; !rc && part[i]; i++) {
		/* "host-loopback=80,8000-8010": the list goes on. */
		is_list = (is_list && g_ascii_isdigit(*part[i])) ||
			  g_str_has_prefix(part[i], "host-loopback=");
		if (is_repeated(part, i))
			rc = ul_refuse(why, "'%s' is there twice", part[i]);
		else if (g_ascii_isdigit(*part[i]) && is_list)
			rc = add_ports(port, part[i], why);
		else
			rc = set_rule(port, part[i], why);
	}
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
	g_array_unref(port->loopback_ports);
	g_free(port);
}
