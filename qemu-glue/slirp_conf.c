/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_conf.c - a SlirpConfig as a network's configuration
 *
 * A config of an old version ends before the fields of later ones, so these
 * are not even looked at.
 */
#include "qemu-glue/slirp_priv.h"

#include <netinet/in.h>
#include <string.h>

#include "base/log.h"
#include "conf/boot_spec.h"

#define TAG "slirp"
#define MTU_MIN 68
#define MTU_MAX 65521
#define MTU_DEFAULT 1500
#define BOOTFILE_MAX 127
#define NAME_MAX_LEN 32
#define LEASES 16		/* state_save() has room for so many */

static struct ul_addr addr4(struct in_addr a)
{
	return ul_addr_v4(ntohl(a.s_addr));
}

static struct ul_addr addr6(const struct in6_addr *a)
{
	struct ul_addr out;

	memcpy(out.b, a->s6_addr, sizeof(out.b));
	return out;
}

/* 0 stands for the usual. False when it is not valid. */
static bool set_mtu(struct ul_conf *conf, const SlirpConfig *cfg)
{
	size_t mtu = cfg->if_mtu ? cfg->if_mtu : MTU_DEFAULT;
	size_t mru = cfg->if_mru ? cfg->if_mru : MTU_DEFAULT;

	if (mtu < MTU_MIN || mtu > MTU_MAX || mru < MTU_MIN || mru > MTU_MAX) {
		ul_log(ERROR, TAG, "if_mtu %zu, if_mru %zu: each must be 0 or %d to %d",
		       cfg->if_mtu, cfg->if_mru, MTU_MIN, MTU_MAX);
		return false;
	}
	conf->mtu = (unsigned int)(mtu < mru ? mtu : mru);
	return true;
}

static char *short_name(const char *name)
{
	return name && *name ? g_strndup(name, NAME_MAX_LEN) : NULL;
}

static void set_ipv4(struct ul_conf *conf, const SlirpConfig *cfg)
{
	uint32_t mask = ntohl(cfg->vnetmask.s_addr);
	uint32_t net = ntohl(cfg->vnetwork.s_addr) & mask;
	uint32_t first = ntohl(cfg->vdhcp_start.s_addr);
	uint32_t last = first + LEASES - 1;
	uint32_t end = (net | ~mask) - 1;

	if (!cfg->in_enabled)
		return;
	conf->subnet.addr = ul_addr_v4(net);
	conf->subnet.len = mask ? (uint8_t)__builtin_popcount(mask) : 0;
	conf->gateway4 = addr4(cfg->vhost);
	conf->dns4 = addr4(cfg->vnameserver);
	conf->tftp4 = conf->gateway4;
	conf->pool_first = conf->guest4 = ul_addr_v4(first);
	conf->pool_last = ul_addr_v4(last <= end || end < first ? last : end);
}

static void set_ipv6(struct ul_conf *conf, const SlirpConfig *cfg)
{
	conf->has_ipv6 = cfg->in6_enabled;
	if (!cfg->in6_enabled)
		return;
	conf->prefix6 = (struct ul_prefix){
		.addr = addr6(&cfg->vprefix_addr6), .len = cfg->vprefix_len,
	};
	conf->gateway6 = addr6(&cfg->vhost6);
	conf->dns6 = addr6(&cfg->vnameserver6);
	conf->tftp6 = conf->gateway6;
}

static void set_boot(struct ul_conf *conf, const SlirpConfig *cfg)
{
	struct ul_boot_conf *boot;

	conf->tftp_dir = g_strdup(cfg->tftp_path);
	conf->slirp.tftp_name = g_strdup(cfg->tftp_server_name);
	if (!cfg->bootfile || !*cfg->bootfile)
		return;
	boot = g_new0(struct ul_boot_conf, 1);
	boot->class = UL_BOOT_ANY;
	boot->file = g_strdup(cfg->bootfile);
	g_ptr_array_add(conf->boots, boot);
	conf->next_server = conf->gateway4;
}

static bool is_valid(const SlirpConfig *cfg)
{
	if (cfg->version < SLIRP_CONFIG_VERSION_MIN ||
	    cfg->version > SLIRP_CONFIG_VERSION_MAX) {
		ul_log(ERROR, TAG, "a config of version %u: this library has %d to %d",
		       cfg->version, SLIRP_CONFIG_VERSION_MIN,
		       SLIRP_CONFIG_VERSION_MAX);
		return false;
	}
	if (cfg->bootfile && strlen(cfg->bootfile) > BOOTFILE_MAX) {
		ul_log(ERROR, TAG, "bootfile: longer than %d bytes",
		       BOOTFILE_MAX);
		return false;
	}
	return true;
}

struct ul_conf *ul_slirp_conf_new(const SlirpConfig *cfg)
{
	struct ul_conf *conf;

	if (!is_valid(cfg))
		return NULL;
	conf = ul_conf_new();
	if (!set_mtu(conf, cfg)) {
		ul_conf_free(conf);
		return NULL;
	}
	set_ipv4(conf, cfg);
	set_ipv6(conf, cfg);
	conf->no_hosts = true;
	conf->slirp.is_on = true;
	conf->slirp.no_ipv4 = !cfg->in_enabled;
	conf->slirp.guest_name = short_name(cfg->vhostname);
	conf->slirp.domain = g_strdup(cfg->vdomainname);
	conf->slirp.search = g_strdupv((char **)cfg->vdnssearch);
	conf->host_loopback = !cfg->disable_host_loopback;
	if (cfg->restricted) {
		conf->egress = UL_EGRESS_NONE;
		conf->reaches_host = conf->tells_route = false;
	}
	set_boot(conf, cfg);
	if (cfg->version >= 2 && cfg->outbound_addr)
		conf->slirp.outbound4 = addr4(cfg->outbound_addr->sin_addr);
	if (cfg->version >= 2 && cfg->outbound_addr6)
		conf->slirp.outbound6 =
			addr6(&cfg->outbound_addr6->sin6_addr);
	if (cfg->version >= 3)
		conf->slirp.no_dns = cfg->disable_dns;
	if (cfg->version >= 4)
		conf->has_dhcp = !cfg->disable_dhcp;
	return conf;
}
