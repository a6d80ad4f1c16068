/* SPDX-License-Identifier: BSD-3-Clause */
/* uplink_tap.c - a real LAN as a port: taps and macvtaps that root made */
#include "link/uplink_tap.h"

#include <string.h>

#include <glib.h>

#include "link/macshare.h"
#include "link/tap.h"
#include "sys/bridge_helper.h"
#include "sys/tapdev.h"
#include "wire/eth.h"

/* Bits of a MAC's first byte (IEEE 802-2014 8.2). */
#define MAC_GROUP 1
#define MAC_LOCAL 2
#define MAC_FLIP 4

static void take(struct ul_uplink_facts *out, const struct ul_tapdev *dev)
{
	struct ul_uplink_facts facts = {
		.is_macvtap = dev->is_macvtap,
		.mode = dev->mode,
		.is_seen = dev->is_seen,
		.is_up = dev->is_up,
		.mtu = (uint16_t)MIN(dev->mtu, UINT16_MAX),
	};

	memcpy(facts.mac, dev->mac, sizeof(facts.mac));
	g_strlcpy(facts.ifname, dev->name, sizeof(facts.ifname));
	g_strlcpy(facts.bridge, dev->bridge, sizeof(facts.bridge));
	*out = facts;
}

int ul_uplink_open_fd(int *out, struct ul_uplink_facts *facts, int fd,
		      char **error)
{
	struct ul_tapdev dev;
	int rc = ul_tapdev_adopt(out, &dev, fd, error);

	if (!rc)
		take(facts, &dev);
	return rc;
}

int ul_uplink_open_tap(int *out, struct ul_uplink_facts *facts,
		       const char *name, char **error)
{
	struct ul_tapdev dev;
	int rc = ul_tapdev_open(out, &dev, name, error);

	if (!rc)
		take(facts, &dev);
	return rc;
}

int ul_uplink_open_helper(int *out, struct ul_uplink_facts *facts,
			  const char *bridge, char **error)
{
	int fd, rc = ul_bridge_helper_run(&fd, bridge, NULL, error);

	return rc ? rc : ul_uplink_open_fd(out, facts, fd, error);
}

void ul_uplink_share_mac(struct ul_uplink_facts *facts)
{
	facts->shares_mac = true;
	memcpy(facts->shared_mac, facts->mac, sizeof(facts->mac));
	if (facts->is_macvtap)
		return;
	facts->shared_mac[0] &= (uint8_t)~MAC_GROUP;
	facts->shared_mac[0] |= MAC_LOCAL;
	facts->shared_mac[0] ^= MAC_FLIP;
}

struct ul_port *ul_uplink_port_new(struct ul_loop *loop, int take_fd,
				   const struct ul_uplink_facts *facts,
				   const struct ul_port_handler *handler,
				   void *arg)
{
	struct ul_port *tap;

	if (!facts->shares_mac)
		return ul_tap_new(loop, take_fd, facts->mtu, handler, arg);
	tap = ul_tap_new(loop, take_fd, facts->mtu, handler, arg);
	return tap ? ul_macshare_new(loop, tap, facts->shared_mac, handler,
				     arg) : NULL;
}

/* Does it deliver frames to its own MAC alone? */
static bool is_one_mac(const struct ul_uplink_facts *facts)
{
	return facts->is_macvtap && !facts->shares_mac &&
	       facts->mode != UL_MACVTAP_PASSTHRU;
}

bool ul_uplink_may_attach(const struct ul_uplink_facts *facts,
			  unsigned int count, const char **why)
{
	if (!is_one_mac(facts) || !count)
		return true;
	*why = "the uplink is a macvtap, which carries one VM; "
	       "mac=shared lets several use it, as does a tap on a bridge";
	return false;
}

bool ul_uplink_reaches(const struct ul_uplink_facts *facts,
		       const uint8_t mac[6])
{
	return !is_one_mac(facts) ||
	       !memcmp(mac, facts->mac, sizeof(facts->mac));
}

char *ul_uplink_describe(const struct ul_uplink_facts *facts)
{
	GString *s = g_string_new(facts->is_macvtap ? "macvtap " : "tap ");
	char mac[UL_MAC_STRLEN];

	g_string_append(s, facts->ifname);
	if (facts->bridge[0])
		g_string_append_printf(s, " on bridge %s", facts->bridge);
	if (facts->is_macvtap)
		g_string_append_printf(s, ", mode %s, %s",
				       ul_macvtap_mode_name(facts->mode),
				       ul_mac_str(facts->mac, mac));
	if (facts->shares_mac)
		g_string_append_printf(s, ", all VMs are %s outside",
				       ul_mac_str(facts->shared_mac, mac));
	if (is_one_mac(facts))
		g_string_append(s, ", for one VM with that MAC");
	if (facts->is_macvtap)
		g_string_append(s, "; this host is out of its reach");
	return g_string_free(s, FALSE);
}

char *ul_uplink_warning(const struct ul_uplink_facts *facts)
{
	const char *name = facts->ifname;

	if (!facts->is_seen)
		return NULL;
	if (!facts->is_up)
		return g_strdup_printf("the interface %s is down: nothing "
				       "passes until root says: ip link set "
				       "%s up", name, name);
	if (!facts->is_macvtap && !facts->bridge[0])
		return g_strdup_printf("the tap %s is a port of no bridge: it "
				       "reaches this host alone until root "
				       "says: ip link set %s master BRIDGE",
				       name, name);
	return NULL;
}
