/* SPDX-License-Identifier: BSD-3-Clause */
/* uplink_spec.c - the rule of `--uplink`, from text */
#include "conf/uplink_spec.h"

#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <sys/un.h>

#include <glib.h>

#include "base/error.h"
#include "conf/value.h"

#define FORMS "fd:N, tap:NAME, helper:BRIDGE, trunk:ADDR or " \
	"vxlan:VNI@LOCAL=REMOTE[,REMOTE...]"
#define VXLAN_FORM "vxlan:VNI@LOCAL[:PORT]=REMOTE[:PORT][,REMOTE...], as in " \
	"vxlan:42@192.0.2.1=192.0.2.2"
#define FD_MIN 3		/* behind the standard streams */

/* Replace *@why, which a parser of values wrote, by a better one. */
#define REFUSE_ANEW(why, ...) (g_free(*(why)), ul_refuse(why, __VA_ARGS__))

/* Take ",mac=shared" off the end of @rest. */
static int cut_options(struct ul_uplink_conf *u, char *rest, char **why)
{
	char *comma = strchr(rest, ',');

	if (!comma)
		return 0;
	*comma = '\0';
	if (strcmp(comma + 1, "mac=shared"))
		return ul_refuse(why, "'%s' is no option of %s: write "
				 "mac=shared or nothing", comma + 1,
				 ul_uplink_kind_name(u->kind));
	u->shares_mac = true;
	return 0;
}

static int parse_fd(struct ul_uplink_conf *u, char *rest, char **why)
{
	uint64_t fd;
	int rc = cut_options(u, rest, why);

	if (rc)
		return rc;
	if (ul_value_number(&fd, rest, FD_MIN, INT32_MAX, why) < 0)
		return REFUSE_ANEW(why, "'%s' is no inherited descriptor: "
				   "write a number from %d on, as in fd:3",
				   rest, FD_MIN);
	u->fd = (int)fd;
	return 0;
}

/* What the kernel takes as the name of an interface. */
static bool is_ifname(const char *s)
{
	if (!*s || strlen(s) >= IFNAMSIZ || !strcmp(s, ".") ||
	    !strcmp(s, ".."))
		return false;
	for (; *s; s++)
		if (!g_ascii_isgraph(*s) || *s == '/' || *s == ':')
			return false;
	return true;
}

static int parse_ifname(struct ul_uplink_conf *u, char *rest, char **why)
{
	const char *kind = ul_uplink_kind_name(u->kind);
	int rc = cut_options(u, rest, why);

	if (rc)
		return rc;
	if (!is_ifname(rest))
		return ul_refuse(why, "'%s' is no name of an interface: write "
				 "1 to %d characters without blanks, '/' and "
				 "':', as in %s:%s", rest, IFNAMSIZ - 1, kind,
				 u->kind == UL_UPLINK_TAP ? "tap0" : "br0");
	u->name = g_strdup(rest);
	return 0;
}

/* A path, or "@name" of the abstract namespace. */
static int parse_unix(struct ul_uplink_conf *u, const char *rest, char **why)
{
	struct sockaddr_un *sun = (struct sockaddr_un *)&u->trunk;
	size_t len = strlen(rest);
	bool is_abstract = *rest == '@';

	if (is_abstract && len == 1)
		return ul_refuse(why, "the abstract socket has no name: write "
				 "as in trunk:@lab");
	if (len >= sizeof(sun->sun_path))
		return ul_refuse(why, "the socket's name has %zu bytes and may "
				 "have %zu", len, sizeof(sun->sun_path) - 1);
	sun->sun_family = AF_UNIX;
	memcpy(sun->sun_path, rest, len);
	if (is_abstract)
		sun->sun_path[0] = '\0';
	u->trunk_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				   len + !is_abstract);
	return 0;
}

static int parse_tcp(struct ul_uplink_conf *u, const char *rest, char **why)
{
	struct ul_ep ep;

	if (ul_value_ep(&ep, rest, 0, why) < 0)
		return REFUSE_ANEW(why, "'%s' is no address of a trunk: write "
				   "a path with a '/' in it, @NAME, or "
				   "HOST:PORT with HOST a number, as in "
				   "./lab.sock, 192.0.2.1:7000 or "
				   "[2001:db8::1]:7000", rest);
	if (!ep.port)
		return ul_refuse(why, "the trunk's port is missing: write as "
				 "in 192.0.2.1:7000 or [2001:db8::1]:7000");
	if (ul_addr_is_multicast(&ep.addr) ||
	    (ul_addr_is_any(&ep.addr) && !u->trunk_listens))
		return ul_refuse(why, "'%s' is not the address of one host",
				 rest);
	u->trunk_len = ul_ep_to_sa(&ep, &u->trunk);
	return 0;
}

static int parse_trunk(struct ul_uplink_conf *u, char *rest, char **why)
{
	static const char listen[] = "listen:";

	if (g_str_has_prefix(rest, listen)) {
		u->trunk_listens = true;
		rest += strlen(listen);
	}
	if (!*rest)
		return ul_refuse(why, "the trunk's address is empty: write the "
				 "path of a UNIX socket, @NAME, or HOST:PORT");
	if (*rest == '@' || strchr(rest, '/'))
		return parse_unix(u, rest, why);
	return parse_tcp(u, rest, why);
}

static int parse_vxlan_ep(struct ul_ep *out, const char *text, uint16_t port,
			  const char *whose, char **why)
{
	if (ul_value_ep(out, text, port, why) < 0)
		return REFUSE_ANEW(why, "'%s' is not the %s address: write "
				   "192.0.2.1, 2001:db8::1, or with a port "
				   "192.0.2.1:4789, [2001:db8::1]:4789",
				   text, whose);
	if (ul_addr_is_linklocal(&out->addr) &&
	    !ul_addr_is_v4(&out->addr))
		return ul_refuse(why, "'%s' is link-local, which says no "
				 "interface: write a global or unique local "
				 "address", text);
	return 0;
}

static int parse_remote(struct ul_uplink_conf *u, const char *text, char **why)
{
	struct ul_ep ep;
	int rc = parse_vxlan_ep(&ep, text, u->local.port, "remote", why);

	if (rc)
		return rc;
	if (ul_addr_is_multicast(&ep.addr))
		return ul_refuse(why, "'%s' is a multicast group, which is not "
				 "used here: list the remotes one by one",
				 text);
	if (ul_addr_is_any(&ep.addr) ||
	    (ul_addr_is_v4(&ep.addr) && ul_addr_to_v4(&ep.addr) == UINT32_MAX))
		return ul_refuse(why, "'%s' is not the address of one host",
				 text);
	if (ul_addr_is_v4(&ep.addr) != ul_addr_is_v4(&u->local.addr))
		return ul_refuse(why, "the remote '%s' and the local address "
				 "are of two families: write both as IPv4 or "
				 "both as IPv6", text);
	if (ul_ep_eq(&ep, &u->local))
		return ul_refuse(why, "the remote '%s' is the local address: "
				 "list the other machines only", text);
	for (unsigned int i = 0; i < u->remote_count; i++)
		if (ul_ep_eq(&ep, &u->remotes[i]))
			return ul_refuse(why, "the remote '%s' is there twice",
					 text);
	if (u->remote_count == UL_UPLINK_REMOTES_MAX)
		return ul_refuse(why, "more than %d remotes",
				 UL_UPLINK_REMOTES_MAX);
	u->remotes[u->remote_count++] = ep;
	return 0;
}

static int parse_vxlan(struct ul_uplink_conf *u, char *rest, char **why)
{
	char *at = strchr(rest, '@');
	char *equals = at ? strchr(at, '=') : NULL;
	uint64_t vni;
	int rc;

	if (!equals)
		return ul_refuse(why, "the %s missing: write " VXLAN_FORM,
				 at ? "remotes are" : "local address is");
	*at = *equals = '\0';
	if (ul_value_number(&vni, rest, 0, UL_UPLINK_VNI_MAX, why) < 0)
		return REFUSE_ANEW(why, "'%s' is no VNI: write a number from "
				   "0 to %d", rest, UL_UPLINK_VNI_MAX);
	u->vni = (uint32_t)vni;
	rc = parse_vxlan_ep(&u->local, at + 1, UL_UPLINK_VXLAN_PORT, "local",
			    why);
	if (rc)
		return rc;
	if (ul_addr_is_multicast(&u->local.addr))
		return ul_refuse(why, "the local address '%s' is a multicast "
				 "group", at + 1);

	g_auto(GStrv) words = g_strsplit(equals + 1, ",", -1);

	if (!*words)
		return ul_refuse(why, "the remotes are missing: write "
				 VXLAN_FORM);
	for (char **w = words; *w && !rc; w++)
		rc = parse_remote(u, *w, why);
	return rc;
}

static const struct {
	const char *name;
	int (*parse)(struct ul_uplink_conf *u, char *rest, char **why);
} kinds[] = {
	[UL_UPLINK_FD] = { "fd", parse_fd },
	[UL_UPLINK_TAP] = { "tap", parse_ifname },
	[UL_UPLINK_HELPER] = { "helper", parse_ifname },
	[UL_UPLINK_TRUNK] = { "trunk", parse_trunk },
	[UL_UPLINK_VXLAN] = { "vxlan", parse_vxlan },
};
static_assert(G_N_ELEMENTS(kinds) == UL_UPLINK_KIND_COUNT,
	      "each kind has a name and a parser");

const char *ul_uplink_kind_name(enum ul_uplink_kind kind)
{
	return kinds[kind].name;
}

/* Fill @u from @text, of which @copy is a copy. */
static int parse(struct ul_uplink_conf *u, const char *text, char *copy,
		 char **why)
{
	char *colon = strchr(copy, ':');

	if (!colon)
		return ul_refuse(why, "'%s' is no uplink: write " FORMS, text);
	*colon = '\0';
	for (unsigned int i = 0; i < UL_UPLINK_KIND_COUNT; i++) {
		if (strcmp(copy, kinds[i].name))
			continue;
		u->kind = (enum ul_uplink_kind)i;
		return kinds[i].parse(u, colon + 1, why);
	}
	return ul_refuse(why, "'%s' is no kind of uplink: write " FORMS, copy);
}

int ul_uplink_spec_parse(struct ul_uplink_conf **out, const char *text,
			 char **why)
{
	g_autofree char *copy = g_strdup(text);
	struct ul_uplink_conf *u = g_new0(struct ul_uplink_conf, 1);
	int rc;

	u->fd = -1;
	u->text = g_strdup(text);
	rc = parse(u, text, copy, why);
	if (rc) {
		ul_uplink_conf_free(u);
		return rc;
	}
	*out = u;
	return 0;
}

void ul_uplink_conf_free(struct ul_uplink_conf *uplink)
{
	if (!uplink)
		return;
	g_free(uplink->text);
	g_free(uplink->name);
	g_free(uplink);
}

const char *ul_uplink_spec_help(void)
{
	return
"  --uplink helper:BRIDGE  a port of that bridge by QEMU's helper; once, root:\n"
"                          echo allow BRIDGE >> /etc/qemu/bridge.conf && chmod u+s /usr/lib/qemu/qemu-bridge-helper\n"
"  --uplink tap:NAME       a tap of this user's; root: ip tuntap add NAME mode tap user USER && ip link set NAME up master BRIDGE\n"
"  --uplink fd:N           a tap or macvtap that was inherited; root: ip link add NAME link eth0 type macvtap mode bridge && ip link set NAME allmulticast on up && chown USER /dev/tap$(cat /sys/class/net/NAME/ifindex)\n"
"  --uplink vxlan:VNI@LOCAL=REMOTE,... and --uplink trunk:ADDR need no root";
}
