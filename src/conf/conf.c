/* SPDX-License-Identifier: BSD-3-Clause */
/* conf.c - the defaults, and the address plan */
#include "conf/conf.h"

#include <assert.h>
#include <sys/types.h>

#include "base/hash.h"
#include "base/rule.h"
#include "conf/boot_spec.h"
#include "conf/dns_spec.h"
#include "conf/guestfwd_spec.h"
#include "conf/host_spec.h"
#include "conf/port_spec.h"
#include "conf/uplink_spec.h"

/* The address plan as QEMU's users know it: 10.0.2.0/24, .2, .3, .15. */
#define SUBNET_V4 0x0a000200u
#define SUBNET_LEN 24
#define HOST_GATEWAY6 2
#define HOST_DNS 3
#define HOST_DNS_ELSE 2
#define HOST_GUEST6 0x15	/* reads as ::15 */

#define DNS_CACHE 10000
#define LEASE_TIME_S 86400

/*
 * Flows: a flow takes one descriptor, and 20 000 is the hard limit of small
 * machines; the rest of it is left to UDP, pings and forwards. Bytes: a
 * stalled guest or server costs at most this much memory.
 */
#define MAX_TCP_FLOWS 15000
#define MAX_TCP_HALF_OPEN 1024
#define MAX_UDP_FLOWS 4096
#define MAX_ICMP_FLOWS 64
#define MAX_PINNED_BYTES (256ull << 20)
#define MAX_SEND_BYTES (512ull << 20)

static void free_guestfwd(gpointer data)
{
	ul_guestfwd_conf_free(data);
}

static void free_forward(gpointer data)
{
	ul_forward_conf_free(data);
}

static void free_listen(gpointer data)
{
	struct ul_listen_conf *listen = data;

	g_free(listen->where);
	g_free(listen);
}

static void free_boot(gpointer data)
{
	ul_boot_conf_free(data);
}

static void free_host(gpointer data)
{
	ul_host_conf_free(data);
}

static void free_port(gpointer data)
{
	ul_port_conf_free(data);
}

static void free_dns_for(gpointer data)
{
	ul_dns_for_free(data);
}

static void free_uplink(gpointer data)
{
	ul_uplink_conf_free(data);
}

/* How many addresses of @subnet, without its own and the broadcast. */
static uint32_t host_count(const struct ul_prefix *subnet)
{
	return (UINT32_MAX >> subnet->len) - 1;
}

/* The first host address of @subnet that is neither @a nor @b. */
static struct ul_addr first_besides(const struct ul_prefix *subnet,
				    const struct ul_addr *a,
				    const struct ul_addr *b)
{
	uint32_t n = 1;
	struct ul_addr addr = ul_prefix_nth(subnet, n);

	while (ul_addr_eq(&addr, a) || ul_addr_eq(&addr, b))
		addr = ul_prefix_nth(subnet, ++n);
	return addr;
}

/* Two hosts leave no address for the DNS: the gateway answers there too. */
static struct ul_addr plan_dns4(const struct ul_prefix *subnet,
				const struct ul_addr *gateway)
{
	struct ul_addr dns = ul_prefix_nth(subnet, HOST_DNS);

	if (host_count(subnet) < HOST_DNS)
		return *gateway;
	if (ul_addr_eq(&dns, gateway))
		return ul_prefix_nth(subnet, HOST_DNS_ELSE);
	return dns;
}

struct ul_prefix ul_conf_prefix6_of(const char *name)
{
	/* Part of what users see: it must not change between versions. */
	static const struct ul_hash_key key = {
		{ 0x7573657266616e64ull, 0x7072656669783636ull },
	};
	uint64_t h = ul_hash(&key, name, strlen(name));
	struct ul_prefix p = { .len = 64 };

	p.addr.b[0] = 0xfd;
	for (int i = 1; i < 8; i++)
		p.addr.b[i] = (uint8_t)(h >> 8 * (7 - i));
	return p;
}

void ul_conf_set_prefix6(struct ul_conf *conf, const struct ul_prefix *prefix)
{
	assert(!ul_addr_is_v4(&prefix->addr) && prefix->len == 64);
	conf->prefix6 = *prefix;
	conf->gateway6 = ul_prefix_nth(prefix, HOST_GATEWAY6);
	conf->dns6 = ul_prefix_nth(prefix, HOST_DNS);
	conf->guest6 = ul_prefix_nth(prefix, HOST_GUEST6);
}

void ul_conf_set_gateway4(struct ul_conf *conf, const struct ul_addr *gateway)
{
	const struct ul_prefix *subnet = &conf->subnet;
	uint32_t hosts = host_count(subnet);
	uint32_t first = ul_mode_parts(conf->mode)->first_lease;
	struct ul_addr guest = ul_prefix_nth(subnet, first);

	assert(ul_prefix_has(subnet, gateway));
	conf->gateway4 = *gateway;
	conf->dns4 = plan_dns4(subnet, gateway);
	if (hosts <= first)
		guest = first_besides(subnet, gateway, &conf->dns4);
	conf->pool_first = guest;
	conf->pool_last = ul_prefix_nth(subnet, hosts);
	if (ul_addr_eq(&guest, gateway))
		guest = ul_prefix_nth(subnet, first + 1);
	conf->guest4 = guest;
}

void ul_conf_set_subnet(struct ul_conf *conf, const struct ul_prefix *subnet)
{
	struct ul_addr gateway = ul_prefix_nth(
		subnet, ul_mode_parts(conf->mode)->gateway);

	assert(ul_addr_is_v4(&subnet->addr) && subnet->len <= 30);
	conf->subnet = *subnet;
	ul_conf_set_gateway4(conf, &gateway);
}

void ul_conf_set_mode(struct ul_conf *conf, enum ul_mode mode)
{
	const struct ul_mode_parts *parts = ul_mode_parts(mode);
	struct ul_prefix subnet = {
		.addr = ul_addr_v4(parts->first_subnet ? parts->first_subnet :
							 SUBNET_V4),
		.len = SUBNET_LEN,
	};

	conf->mode = mode;
	conf->has_router = conf->reaches_host = parts->has_router;
	conf->has_dhcp = parts->has_dhcp;
	conf->tells_route = parts->tells_route;
	conf->egress = parts->egress;
	conf->has_free_subnet = parts->first_subnet != 0;
	ul_conf_set_subnet(conf, &subnet);
}

void ul_conf_set_name(struct ul_conf *conf, const char *name)
{
	struct ul_prefix prefix6 = ul_conf_prefix6_of(name);

	g_free(conf->name);
	conf->name = g_strdup(name);
	g_free(conf->domain);
	conf->domain = g_strconcat(name, ".internal", NULL);
	ul_conf_set_prefix6(conf, &prefix6);
}

struct ul_conf *ul_conf_new(void)
{
	struct ul_conf *conf = g_new0(struct ul_conf, 1);

	conf->listens = g_ptr_array_new_with_free_func(free_listen);
	conf->fds = g_array_new(FALSE, FALSE, sizeof(int));
	conf->allowed_uids = g_array_new(FALSE, FALSE, sizeof(uid_t));
	conf->ports = g_ptr_array_new_with_free_func(free_port);
	conf->boots = g_ptr_array_new_with_free_func(free_boot);
	conf->next_server = ul_addr_v4(0);
	conf->hosts = g_ptr_array_new_with_free_func(free_host);
	conf->uplinks = g_ptr_array_new_with_free_func(free_uplink);
	conf->netns_ifname = g_strdup("tap0");
	ul_conf_set_name(conf, "nat");
	ul_conf_set_mode(conf, UL_MODE_NAT);
	conf->has_ipv6 = true;
	conf->forwards = g_ptr_array_new_with_free_func(free_forward);
	conf->rules = g_array_new(FALSE, FALSE, sizeof(struct ul_rule));
	conf->guestfwds = g_ptr_array_new_with_free_func(free_guestfwd);
	conf->host_loopback_ports = g_array_new(FALSE, FALSE,
						sizeof(struct ul_conf_ports));
	conf->dns_upstreams = g_array_new(FALSE, FALSE, sizeof(struct ul_ep));
	conf->dns_for = g_ptr_array_new_with_free_func(free_dns_for);
	conf->dns_allow = g_ptr_array_new_with_free_func(g_free);
	conf->dns_deny = g_ptr_array_new_with_free_func(g_free);
	conf->dns_cache = DNS_CACHE;
	conf->lease_time_s = LEASE_TIME_S;
	conf->limits = (struct ul_conf_limits){
		.max_tcp_flows = MAX_TCP_FLOWS,
		.max_tcp_half_open = MAX_TCP_HALF_OPEN,
		.max_udp_flows = MAX_UDP_FLOWS,
		.max_icmp_flows = MAX_ICMP_FLOWS,
		.max_pinned_bytes = MAX_PINNED_BYTES,
		.max_send_bytes = MAX_SEND_BYTES,
	};
	conf->ready_fd = -1;
	return conf;
}

void ul_conf_free(struct ul_conf *conf)
{
	if (!conf)
		return;
	g_free(conf->name);
	g_ptr_array_unref(conf->listens);
	g_array_unref(conf->fds);
	g_array_unref(conf->allowed_uids);
	g_ptr_array_unref(conf->ports);
	g_ptr_array_unref(conf->boots);
	g_free(conf->tftp_dir);
	g_ptr_array_unref(conf->hosts);
	g_ptr_array_unref(conf->uplinks);
	g_free(conf->netns);
	g_free(conf->netns_ifname);
	g_ptr_array_unref(conf->forwards);
	g_ptr_array_unref(conf->guestfwds);
	g_array_unref(conf->host_loopback_ports);
	g_array_unref(conf->rules);
	g_array_unref(conf->dns_upstreams);
	g_ptr_array_unref(conf->dns_for);
	g_ptr_array_unref(conf->dns_allow);
	g_ptr_array_unref(conf->dns_deny);
	g_free(conf->domain);
	g_free(conf->config_file);
	g_free(conf->control_path);
	g_free(conf->pid_file);
	g_free(conf->lease_file);
	g_free(conf->log_file);
	g_free(conf->log_dir);
	g_free(conf->hosts_path);
	g_free(conf->pcap_file);
	g_free(conf->slirp.guest_name);
	g_free(conf->slirp.domain);
	g_strfreev(conf->slirp.search);
	g_free(conf->slirp.tftp_name);
	g_free(conf);
}

void ul_conf_add_listen(struct ul_conf *conf, enum ul_listen_kind kind,
			const char *where)
{
	struct ul_listen_conf *listen = g_new(struct ul_listen_conf, 1);

	listen->kind = kind;
	listen->where = g_strdup(where);
	g_ptr_array_add(conf->listens, listen);
}

struct ul_forward_conf *ul_forward_conf_new(void)
{
	return g_new0(struct ul_forward_conf, 1);
}

void ul_forward_conf_free(struct ul_forward_conf *forward)
{
	if (!forward)
		return;
	g_free(forward->text);
	g_free(forward->path);
	g_free(forward->guest_name);
	g_free(forward);
}
