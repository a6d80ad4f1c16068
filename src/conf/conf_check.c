/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_check.c - rules between options, and what is settled by them */
#include "conf/conf_check.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/un.h>

#include "base/error.h"
#include "conf/boot_spec.h"
#include "conf/host_spec.h"
#include "conf/forward_check.h"
#include "conf/guestfwd_spec.h"
#include "conf/uplink_spec.h"
#include "wire/eth.h"

#define MTU_MIN_IPV6 1280	/* RFC 8200 5 */

static const char *const listen_option[] = {
	[UL_LISTEN_STREAM] = "socket",
	[UL_LISTEN_SEQPACKET] = "seqpacket",
	[UL_LISTEN_DGRAM] = "dgram",
	[UL_LISTEN_TCP] = "tcp",
	[UL_LISTEN_VHOST_USER] = "vhost-user",
};
static_assert(G_N_ELEMENTS(listen_option) == UL_LISTEN_KIND_COUNT,
	      "each kind");

static int check_listen(const struct ul_listen_conf *l, char **error)
{
	size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (l->kind != UL_LISTEN_TCP && strlen(l->where) > max)
		return ul_refuse(error, "--%s %s: the path is %zu bytes long "
				 "and the kernel takes %zu; choose a shorter "
				 "one", listen_option[l->kind], l->where,
				 strlen(l->where), max);
	return 0;
}

/* The option by which the @i-th way to attach was asked for. */
static const char *way_option(const struct ul_conf *conf, unsigned int i)
{
	const struct ul_listen_conf *l;

	if (i >= conf->listens->len)
		return i - conf->listens->len < conf->fds->len ? "fd" :
								 "netns";
	l = conf->listens->pdata[i];
	return listen_option[l->kind];
}

static int check_one_port(const struct ul_conf *conf, unsigned int ways,
			  char **error)
{
	const char *one, *other;

	if (ways < 2 || ul_mode_parts(conf->mode)->has_many_ports)
		return 0;
	one = way_option(conf, 0);
	other = way_option(conf, 1);
	if (!strcmp(one, other))
		return ul_refuse(error, "--%s is given twice, and mode nat has "
				 "one guest; --mode nat-network has many", one);
	return ul_refuse(error, "--%s and --%s exclude each other in mode nat, "
			 "which has one guest; --mode nat-network has many",
			 one, other);
}

static int settle_port(struct ul_conf *conf, const char *runtime_dir,
		       char **error)
{
	unsigned int ways = conf->listens->len + conf->fds->len +
			    (conf->netns != NULL);
	g_autofree char *path = NULL;
	int rc = check_one_port(conf, ways, error);

	if (conf->fds->len && !conf->listens->len && !conf->netns)
		conf->one_off = true;
	if (!rc && !ways && !runtime_dir)
		return ul_refuse(error, "no place for the socket, since "
				 "XDG_RUNTIME_DIR is not set: say --socket "
				 "PATH");
	if (!rc && !ways) {
		path = g_strdup_printf("%s/userlan/%s.sock", runtime_dir,
				       conf->name);
		ul_conf_add_listen(conf, UL_LISTEN_STREAM, path);
	}
	for (guint i = 0; i < conf->listens->len && !rc; i++)
		rc = check_listen(conf->listens->pdata[i], error);
	return rc;
}

/* A network in our own directory is controlled from there, too. */
static int settle_control(struct ul_conf *conf, const char *runtime_dir,
			  char **error)
{
	size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	g_autofree char *own = g_strdup_printf("%s/userlan/", runtime_dir ?
					       runtime_dir : "");

	for (guint i = 0; runtime_dir && i < conf->listens->len; i++) {
		const struct ul_listen_conf *l = conf->listens->pdata[i];

		if (!conf->control_path && l->kind != UL_LISTEN_TCP &&
		    g_str_has_prefix(l->where, own))
			conf->control_path = g_strdup_printf("%s%s.ctl", own,
							     conf->name);
	}
	if (conf->control_path && strlen(conf->control_path) > max)
		return ul_refuse(error, "--control %s: the path is %zu bytes "
				 "long and the kernel takes %zu; choose a "
				 "shorter one", conf->control_path,
				 strlen(conf->control_path), max);
	return 0;
}

/* Loopback, open to one guest. */
static int check_port_loopback(const struct ul_conf *conf, char **error)
{
	for (guint i = 0; i < conf->ports->len; i++) {
		const struct ul_port_conf *p = conf->ports->pdata[i];

		if (p->host_loopback)
			return ul_refuse(error, "--port %s,host-loopback and "
					 "--mode %s contradict each other: the "
					 "mode keeps the host out", p->name,
					 ul_mode_parts(conf->mode)->name);
	}
	return 0;
}

/* Options of a part that the mode does not have. */
static int check_router_options(const struct ul_conf *conf, char **error)
{
	const char *mode = ul_mode_parts(conf->mode)->name;

	if (conf->reaches_host)
		return 0;
	if (conf->egress != UL_EGRESS_NONE)
		return ul_refuse(error, "--egress %s and --mode %s contradict "
				 "each other: the mode has no way out through "
				 "this host", ul_egress_name(conf->egress),
				 mode);
	if (conf->rules->len)
		return ul_refuse(error, "--allow, --deny and --mode %s "
				 "contradict each other: the mode has no way "
				 "out through this host", mode);
	if (conf->host_loopback)
		return ul_refuse(error, "--host-loopback and --mode %s "
				 "contradict each other: the mode keeps the "
				 "host out", mode);
	if (conf->dns_upstreams->len || conf->dns_for->len)
		return ul_refuse(error, "%s and --mode %s contradict each "
				 "other: no query leaves the network",
				 conf->dns_upstreams->len ? "--dns" :
				 "--dns-for", mode);
	if (conf->mode == UL_MODE_BRIDGED && conf->has_dhcp)
		return ul_refuse(error, "--dhcp and --mode bridged contradict "
				 "each other: the LAN has a DHCP server of its "
				 "own");
	return check_port_loopback(conf, error);
}

static int check_netns(const struct ul_conf *conf, char **error)
{
	if (conf->netns && !conf->netns_no_config &&
	    conf->mode == UL_MODE_BRIDGED)
		return ul_refuse(error, "--netns and --mode bridged contradict "
				 "each other: the LAN gives the addresses; say "
				 "--no-netns-config, too, and ask it for one");
	return 0;
}

static int check_uplink(const struct ul_conf *conf,
			const struct ul_uplink_conf *u, char **error)
{
	const struct ul_mode_parts *parts = ul_mode_parts(conf->mode);
	bool is_segment = u->kind == UL_UPLINK_TRUNK ||
			  u->kind == UL_UPLINK_VXLAN;

	switch (parts->uplink) {
	case UL_UPLINK_NEVER:
		return ul_refuse(error, "--uplink %s and --mode %s contradict "
				 "each other: that mode has no uplink", u->text,
				 parts->name);
	case UL_UPLINK_SEGMENT:
		if (!is_segment)
			return ul_refuse(error, "--uplink %s and --mode %s "
					 "contradict each other: a LAN of this "
					 "host is for --mode bridged; here an "
					 "uplink is trunk: or vxlan:", u->text,
					 parts->name);
		return 0;
	case UL_UPLINK_MUST:
		return 0;
	}
	return 0;
}

static int check_uplinks(const struct ul_conf *conf, char **error)
{
	int rc = 0;

	if (ul_mode_parts(conf->mode)->uplink == UL_UPLINK_MUST &&
	    !conf->uplinks->len)
		return ul_refuse(error, "--mode bridged needs an --uplink:\n%s",
				 ul_uplink_spec_help());
	for (guint i = 0; i < conf->uplinks->len && !rc; i++)
		rc = check_uplink(conf, conf->uplinks->pdata[i], error);
	return rc;
}

static int check_ports(const struct ul_conf *conf, char **error)
{
	for (guint i = 0; i < conf->ports->len; i++) {
		const struct ul_port_conf *p = conf->ports->pdata[i];

		for (guint j = 0; j < i; j++) {
			const struct ul_port_conf *q = conf->ports->pdata[j];

			if (!strcmp(p->name, q->name))
				return ul_refuse(error, "--port: two rules for "
						 "%s", p->name);
			if (p->has_mac && q->has_mac &&
			    !memcmp(p->mac, q->mac, sizeof(p->mac)))
				return ul_refuse(error, "--port: %s and %s "
						 "have the same MAC", q->name,
						 p->name);
		}
	}
	return 0;
}

static int check_hosts(const struct ul_conf *conf, char **error)
{
	if (conf->hosts->len && !conf->has_router)
		return ul_refuse(error, "--host and --mode %s contradict each "
				 "other: nobody leases addresses or tells "
				 "names there%s", ul_mode_parts(conf->mode)->name,
				 conf->mode == UL_MODE_BRIDGED ? "" :
				 "; add --dhcp");
	for (guint i = 0; i < conf->hosts->len; i++) {
		const struct ul_host_conf *host = conf->hosts->pdata[i];
		g_autofree char *text = ul_host_spec_text(host);
		g_autofree char *why = NULL;

		if (!ul_host_spec_check(host, conf, conf->hosts, i, &why))
			continue;
		return ul_refuse(error, "--host %s: %s", text, why);
	}
	return 0;
}

static int check_fd(const char *option, int fd, char **error)
{
	if (fd >= 0 && fcntl(fd, F_GETFD) < 0)
		return ul_refuse(error, "--%s %d: is not an open descriptor",
				 option, fd);
	return 0;
}

static int check_fds(const struct ul_conf *conf, char **error)
{
	int rc = check_fd("ready-fd", conf->ready_fd, error);

	for (guint i = 0; i < conf->fds->len && !rc; i++) {
		int fd = g_array_index(conf->fds, int, i);

		rc = check_fd("fd", fd, error);
		if (!rc && fd == conf->ready_fd)
			rc = ul_refuse(error, "--fd and --ready-fd are both %d",
				       fd);
		for (guint j = 0; j < i && !rc; j++)
			if (fd == g_array_index(conf->fds, int, j))
				rc = ul_refuse(error, "--fd %d is given twice",
					       fd);
	}
	return rc;
}

/* What has offload needs no large MTU. */
static bool has_offload(const struct ul_conf *conf)
{
	for (guint i = 0; i < conf->listens->len; i++) {
		const struct ul_listen_conf *l = conf->listens->pdata[i];

		if (l->kind == UL_LISTEN_VHOST_USER)
			return true;
	}
	return conf->netns || conf->uplinks->len;
}

static int settle_mtu(struct ul_conf *conf, char **error)
{
	conf->has_auto_mtu = !conf->mtu;
	if (conf->has_auto_mtu)
		conf->mtu = has_offload(conf) ?
			    UL_CONF_MTU_TAP : UL_CONF_MTU_STREAM;
	if (conf->has_ipv6 && conf->mtu < MTU_MIN_IPV6)
		return ul_refuse(error, "--mtu %u: IPv6 needs %d; say "
				 "--no-ipv6 for less", conf->mtu, MTU_MIN_IPV6);
	return 0;
}

int ul_conf_check(struct ul_conf *conf, const char *runtime_dir, char **error)
{
	int rc = settle_port(conf, runtime_dir, error);

	if (!rc)
		rc = settle_control(conf, runtime_dir, error);
	if (!rc)
		rc = check_router_options(conf, error);
	if (!rc)
		rc = check_netns(conf, error);
	if (!rc)
		rc = check_uplinks(conf, error);
	if (!rc)
		rc = check_ports(conf, error);
	if (!rc)
		rc = ul_boot_settle(conf, error);
	if (!rc)
		rc = check_hosts(conf, error);
	if (!rc && !conf->is_running)
		rc = check_fds(conf, error);
	if (!rc)
		rc = settle_mtu(conf, error);
	if (!rc)
		rc = ul_forwards_check(conf, error);
	if (!rc)
		rc = ul_guestfwds_check(conf, error);
	return rc;
}
