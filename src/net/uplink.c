/* SPDX-License-Identifier: BSD-3-Clause */
/* uplink.c - what joins a network to others: LANs, tunnels, trunks */
#include "net/uplink.h"

#include <errno.h>

#include "base/log.h"
#include "link/trunk.h"
#include "link/uplink_tap.h"
#include "link/vxlan.h"
#include "net/network_priv.h"

struct ul_uplink {
	struct ul_network *network;
	const struct ul_uplink_conf *conf;
	bool has_facts;			/* of a tap or macvtap */
	struct ul_uplink_facts facts;
	struct ul_listener *trunk;
};

static const struct ul_plug_conf plug = { .kind = UL_PLUG_UPLINK };

static int open_tap(struct ul_uplink *u, int *fd, char **error)
{
	const struct ul_uplink_conf *c = u->conf;

	switch (c->kind) {
	case UL_UPLINK_FD:
		return ul_uplink_open_fd(fd, &u->facts, c->fd, error);
	case UL_UPLINK_TAP:
		return ul_uplink_open_tap(fd, &u->facts, c->name, error);
	case UL_UPLINK_HELPER:
		return ul_uplink_open_helper(fd, &u->facts, c->name, error);
	case UL_UPLINK_TRUNK:
	case UL_UPLINK_VXLAN:
		break;
	}
	return -EINVAL;
}

static int plug_port(struct ul_uplink *u, struct ul_port *take_port,
		     const char *wire, char **error)
{
	int ret;

	if (!take_port) {
		*error = g_strdup("it cannot be watched");
		return -EINVAL;
	}
	ret = ul_network_plug_in(u->network, take_port, wire, &plug);
	if (ret < 0)
		*error = g_strdup("there are too many ports");
	return ret;
}

static int join_lan(struct ul_uplink *u, char **error)
{
	g_autofree char *text = NULL;
	g_autofree char *warning = NULL;
	struct ul_port *port;
	int fd, ret = open_tap(u, &fd, error);

	if (ret < 0)
		return ret;
	u->has_facts = true;
	if (u->conf->shares_mac)
		ul_uplink_share_mac(&u->facts);
	text = ul_uplink_describe(&u->facts);
	ul_log(INFO, "uplink", "%s: %s", u->conf->text, text);
	warning = ul_uplink_warning(&u->facts);
	if (warning)
		ul_log(WARN, "uplink", "%s: %s", u->conf->text, warning);
	port = ul_uplink_port_new(u->network->loop, fd, &u->facts, NULL, NULL);
	ret = plug_port(u, port, u->facts.is_macvtap ? "macvtap" : "tap",
			error);
	if (!ret)
		ul_network_find(u->network, port)->detail =
			g_steal_pointer(&text);
	return ret;
}

static struct ul_vxlan_conf vxlan_conf(const struct ul_uplink_conf *c)
{
	return (struct ul_vxlan_conf){
		.vni = c->vni, .local = c->local, .remotes = c->remotes,
		.remote_count = c->remote_count,
	};
}

static int join_vxlan(struct ul_uplink *u, char **error)
{
	struct ul_vxlan_conf vc = vxlan_conf(u->conf);
	struct ul_port *port;

	vc.mtu = (uint16_t)u->network->conf->mtu;
	port = ul_vxlan_new(u->network->loop, &vc, NULL, NULL, error);
	return port ? plug_port(u, port, "vxlan", error) : -EINVAL;
}

static bool may_join(const char **why, void *arg)
{
	return true;
}

static void on_joined(struct ul_port *take_port, void *arg)
{
	struct ul_uplink *u = arg;
	g_autofree char *error = NULL;

	if (plug_port(u, take_port, "trunk", &error) < 0)
		ul_log(WARN, "uplink", "%s: %s", u->conf->text, error);
}

static const struct ul_listener_handler trunk_handler = {
	.may_attach = may_join, .attached = on_joined,
};

static int join_trunk(struct ul_uplink *u, char **error)
{
	const struct sockaddr *sa = (const struct sockaddr *)&u->conf->trunk;
	struct ul_allow allow = ul_network_allow(u->network);

	if (u->conf->trunk_listens) {
		u->trunk = ul_trunk_wait(u->network->loop, sa,
					 u->conf->trunk_len, &allow,
					 &trunk_handler, u, error);
		return u->trunk ? 0 : -EINVAL;
	}
	u->trunk = ul_trunk_dial(u->network->loop, sa, u->conf->trunk_len,
				 &allow, &trunk_handler, u);
	return 0;
}

static int join(struct ul_uplink *u, char **error)
{
	switch (u->conf->kind) {
	case UL_UPLINK_FD:
	case UL_UPLINK_TAP:
	case UL_UPLINK_HELPER:
		return join_lan(u, error);
	case UL_UPLINK_VXLAN:
		return join_vxlan(u, error);
	case UL_UPLINK_TRUNK:
		return join_trunk(u, error);
	}
	return -EINVAL;
}

int ul_uplink_open(struct ul_uplink **out, struct ul_network *network,
		   const struct ul_uplink_conf *conf, char **error)
{
	struct ul_uplink *u = g_new0(struct ul_uplink, 1);
	g_autofree char *why = NULL;
	int ret;

	u->network = network;
	u->conf = conf;
	ret = join(u, &why);
	if (ret < 0) {
		*error = g_strdup_printf("--uplink %s: %s", conf->text, why);
		ul_uplink_free(u);
		return ret;
	}
	*out = u;
	return 0;
}

void ul_uplink_free(struct ul_uplink *u)
{
	if (!u)
		return;
	ul_listener_free(u->trunk);
	g_free(u);
}

bool ul_uplink_takes_guest(const struct ul_uplink *u, unsigned int count,
			   const char **why)
{
	return !u->has_facts || ul_uplink_may_attach(&u->facts, count, why);
}

bool ul_uplink_serves(const struct ul_uplink *u, const uint8_t mac[6])
{
	return !u->has_facts || ul_uplink_reaches(&u->facts, mac);
}

unsigned int ul_uplink_mtu(const struct ul_uplink_conf *conf)
{
	struct ul_vxlan_conf vc = vxlan_conf(conf);

	return conf->kind == UL_UPLINK_VXLAN ? ul_vxlan_inner_mtu(&vc) : 0;
}
