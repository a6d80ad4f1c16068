/* SPDX-License-Identifier: BSD-3-Clause */
/* cmd_port.c - commands about the ports of the network */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "ctl/cmd.h"
#include "ctl/describe.h"
#include "ctl/json.h"
#include "net/network.h"

#define RATE_MAX (1ll << 50)
#define STORM_MAX 100000000
#define JITTER_MAX UL_IMPAIR_DELAY_MAX_US

static void add_port(const struct ul_port_info *port, void *arg)
{
	json_array_append_new(arg, ul_describe_port(port));
}

static json_t *query_ports(struct ul_call *call)
{
	json_t *list = json_array();

	ul_network_each_port(call->network, add_port, list);
	return list;
}

static void take_impairment(struct ul_call *call, struct ul_impair_conf *line)
{
	line->delay_us = (uint32_t)ul_call_int(call, "delay-us",
					       line->delay_us);
	line->jitter_us = (uint32_t)ul_call_int(call, "jitter-us",
						line->jitter_us);
	line->loss_ppm = (uint32_t)ul_call_int(call, "loss-ppm",
					       line->loss_ppm);
}

/* Its cable, and how bad it is, in one direction or both. */
static void take_line(struct ul_call *call, struct ul_plug_conf *conf)
{
	const char *link = ul_call_text(call, "link");
	const char *direction = ul_call_text(call, "direction");

	if (link)
		conf->is_down = !strcmp(link, "down");
	if (!direction || strcmp(direction, "out"))
		take_impairment(call, &conf->impair_in);
	if (!direction || strcmp(direction, "in"))
		take_impairment(call, &conf->impair_out);
}

/* The rules that the arguments name; the others stay. */
static int take_rules(struct ul_call *call, struct ul_plug_conf *conf)
{
	const char *mac = ul_call_text(call, "mac");

	if (mac && ul_call_mac(call, "mac", conf->mac) < 0)
		return -EINVAL;
	conf->has_mac |= mac != NULL;
	conf->is_isolated = ul_call_bool(call, "isolated", conf->is_isolated);
	conf->is_promiscuous = ul_call_bool(call, "promiscuous",
					    conf->is_promiscuous);
	conf->is_pinned = ul_call_bool(call, "pinned", conf->is_pinned);
	conf->macs_max = (unsigned int)ul_call_int(call, "macs-max",
						   conf->macs_max);
	conf->rate_in = ul_call_int(call, "rate-in", conf->rate_in);
	conf->rate_out = ul_call_int(call, "rate-out", conf->rate_out);
	conf->burst = ul_call_int(call, "burst", conf->burst);
	conf->storm_pps = (unsigned int)ul_call_int(call, "storm",
						    conf->storm_pps);
	take_line(call, conf);
	return 0;
}

static json_t *fail_port(struct ul_call *call, int rc, const char *error)
{
	return ul_call_fail(call, rc == -ENOENT ? "DeviceNotFound" :
						  "GenericError", "%s", error);
}

static json_t *port_add(struct ul_call *call)
{
	const char *fdname = ul_call_text(call, "fdname");
	const char *kind = ul_call_text(call, "kind");
	struct ul_plug_conf conf = { .name = ul_call_text(call, "name") };
	g_autofree char *error = NULL;
	const char *wire = ul_call_text(call, "wire");
	int fd, rc;

	if (take_rules(call, &conf) < 0)
		return NULL;
	if (kind && !strcmp(kind, "host"))
		conf.kind = UL_PLUG_HOST;
	fd = ul_client_take_fd(call->client, fdname);
	if (fd < 0)
		return ul_call_fail(call, "GenericError", "this client has no "
				    "descriptor named '%s': send it with "
				    "getfd first", fdname);
	rc = wire ? ul_network_attach_vhost(call->network, fd, &conf, &error) :
		    ul_network_attach_fd(call->network, fd, &conf, &error);
	return rc < 0 ? fail_port(call, rc, error) : json_object();
}

static json_t *port_set(struct ul_call *call)
{
	const char *name = ul_call_text(call, "name");
	g_autofree char *error = NULL;
	struct ul_plug_conf conf;
	int rc = ul_network_port_conf(call->network, name, &conf, &error);

	if (!rc && take_rules(call, &conf) < 0)
		return NULL;
	conf.name = ul_call_text(call, "rename");
	if (!rc)
		rc = ul_network_port_set(call->network, name, &conf, &error);
	return rc < 0 ? fail_port(call, rc, error) : json_object();
}

static json_t *port_kick(struct ul_call *call)
{
	g_autofree char *error = NULL;
	int rc = ul_network_port_kick(call->network,
				      ul_call_text(call, "name"), &error);

	return rc < 0 ? fail_port(call, rc, error) : json_object();
}

static const char *const kinds[] = { "guest", "host", NULL };
static const char *const wires[] = { "vhost-user", NULL };

static const char *const links[] = { "up", "down", NULL };
static const char *const directions[] = { "both", "in", "out", NULL };

#define RULES \
	UL_ARG("mac", UL_ARG_TEXT), \
	UL_ARG("isolated", UL_ARG_BOOL), \
	UL_ARG("promiscuous", UL_ARG_BOOL), \
	UL_ARG("pinned", UL_ARG_BOOL), \
	UL_ARG("macs-max", UL_ARG_INT, .max = UL_HUB_MACS_UPLINK), \
	UL_ARG("rate-in", UL_ARG_INT, .max = RATE_MAX), \
	UL_ARG("rate-out", UL_ARG_INT, .max = RATE_MAX), \
	UL_ARG("burst", UL_ARG_INT, .max = RATE_MAX), \
	UL_ARG("storm", UL_ARG_INT, .max = STORM_MAX), \
	UL_ARG("link", UL_ARG_CHOICE, .choices = links), \
	UL_ARG("delay-us", UL_ARG_INT, .max = UL_IMPAIR_DELAY_MAX_US), \
	UL_ARG("jitter-us", UL_ARG_INT, .max = JITTER_MAX), \
	UL_ARG("loss-ppm", UL_ARG_INT, .max = UL_IMPAIR_CERTAIN), \
	UL_ARG("direction", UL_ARG_CHOICE, .choices = directions)

static const struct ul_arg args_add[] = {
	UL_ARG("fdname", UL_ARG_TEXT, .is_needed = true),
	UL_ARG("name", UL_ARG_TEXT),
	UL_ARG("kind", UL_ARG_CHOICE, .choices = kinds),
	UL_ARG("wire", UL_ARG_CHOICE, .choices = wires),
	RULES,
	UL_ARG_END,
};

static const struct ul_arg args_set[] = {
	UL_ARG("name", UL_ARG_TEXT, .is_needed = true),
	UL_ARG("rename", UL_ARG_TEXT),
	RULES,
	UL_ARG_END,
};

static const struct ul_arg args_kick[] = {
	UL_ARG("name", UL_ARG_TEXT, .is_needed = true), UL_ARG_END,
};

const struct ul_cmd ul_cmds_port[] = {
	UL_CMD("query-ports", NULL, query_ports),
	UL_CMD("port-add", args_add, port_add),
	UL_CMD("port-set", args_set, port_set),
	UL_CMD("port-kick", args_kick, port_kick),
	UL_CMD_END,
};
