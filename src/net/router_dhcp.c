/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_dhcp.c - DHCPv4 between the guests and the server
 *
 * Before a guest is offered an address that it did not have, the others are
 * asked whether one of them is on it. With nobody else there this is left
 * out: the first lease of a network comes at once.
 */
#include "net/router_priv.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "conf/boot_spec.h"
#include "conf/guestfwd_spec.h"
#include "wire/ip4.h"
#include "wire/udp.h"

static_assert((int)UL_BOOT_IPXE == (int)UL_DHCP4_CLASS_IPXE &&
	      UL_BOOT_CLASS_COUNT == UL_DHCP4_CLASS_COUNT, "the same order");

#define TAG "dhcp"
#define TTL 64

void ul_router_leased(const struct ul_lease *lease, void *arg)
{
	struct ul_router *r = arg;
	char addr[UL_ADDR_STRLEN], mac[UL_MAC_STRLEN];

	ul_log_limited(&r->ctx.log_limit, ul_loop_now(r->ctx.loop),
		       UL_LOG_INFO, TAG, "%s leased to %s%s%s",
		       ul_addr_str(&lease->addr, addr),
		       ul_mac_str(lease->mac, mac),
		       lease->host[0] ? " " : "", lease->host);
	ul_forwards_hurry(r->forwards);
	if (r->link.leased)
		r->link.leased(lease->mac, &lease->addr, r->link.arg);
}

void ul_router_note_leases(struct ul_router *r)
{
	uint64_t changes = 0;

	if (r->dhcp)
		changes += ul_dhcp4_srv_changes(r->dhcp);
	if (r->dhcp6)
		changes += ul_dhcp6_srv_changes(r->dhcp6);
	if (changes != r->lease_changes && r->link.leases_changed)
		r->link.leases_changed(r->link.arg);
	r->lease_changes = changes;
}

void ul_router_each_known_lease(const struct ul_router *r,
				void (*fn)(const struct ul_lease *lease,
					   void *arg), void *arg)
{
	if (r->dhcp)
		ul_dhcp4_srv_each_known(r->dhcp, fn, arg);
	if (r->dhcp6)
		ul_dhcp6_srv_each_known(r->dhcp6, fn, arg);
}

int ul_router_restore_lease(struct ul_router *r, const struct ul_lease *lease)
{
	if (ul_addr_is_v4(&lease->addr))
		return r->dhcp ? ul_dhcp4_srv_restore(r->dhcp, lease) :
				 -ENOENT;
	return r->dhcp6 ? ul_dhcp6_srv_restore(r->dhcp6, lease) : -ENOENT;
}

void ul_router_forget_leases(struct ul_router *r)
{
	if (r->dhcp)
		ul_dhcp4_srv_forget_all(r->dhcp);
}

/* The client has no address yet, so the frame is made by hand. */
static void send_reply(struct ul_router *r,
		       const struct ul_dhcp4_reply *reply)
{
	uint8_t bytes[UL_ETH_HLEN + UL_IP4_HLEN + UL_UDP_HLEN];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));
	struct ul_ep src = { r->conf->gateway4, UL_DHCP4_SERVER_PORT };
	struct ul_ep dst = { reply->dst, UL_DHCP4_CLIENT_PORT };
	struct ul_ip4 ip = {
		.src = src.addr, .dst = dst.addr, .proto = UL_IPPROTO_UDP,
		.ttl = TTL,
		.total_len = (uint16_t)(UL_IP4_HLEN + UL_UDP_HLEN +
					reply->len),
	};
	struct ul_piece piece[2] = { { bytes, sizeof(bytes), NULL } };
	struct ul_eth eth = { .type = UL_ETHERTYPE_IPV4 };
	struct ul_buf *buf;

	if (ul_mac_is_multicast(reply->dst_mac) && !ul_router_may_flood(r))
		return;
	buf = ul_stack_buf_get(r->ctx.stack);
	if (!buf)
		return;
	memcpy(buf->data, reply->payload, reply->len);
	piece[1] = (struct ul_piece){ buf->data, reply->len, buf };
	memcpy(eth.dst, reply->dst_mac, 6);
	memcpy(eth.src, r->mac, 6);
	ul_eth_emit(&w, &eth);
	ul_ip4_emit(&w, &ip);
	ul_udp_emit(&w, &src, &dst, reply->payload, reply->len);
	ul_router_send(r, piece, 2, NULL);
	ul_buf_unref(buf);
}

/* A message of @mac; what is to be asked first makes it wait. */
static void handle(struct ul_router *r, const uint8_t *payload, size_t len,
		   const uint8_t mac[6], const struct ul_addr *src_ip)
{
	int64_t now_us = ul_loop_now(r->ctx.loop);
	struct ul_dhcp4_reply reply;
	int rc = ul_dhcp4_srv_handle(r->dhcp, payload, len, mac, src_ip,
				     now_us, &reply);

	if (rc == -EINPROGRESS &&
	    !ul_dhcp4_probe_start(r->dhcp_probe, &reply.dst, mac, src_ip,
				  payload, len))
		return;
	if (rc == -EINPROGRESS) {
		/* Too many ask: who has the address by hand will say so. */
		ul_dhcp4_srv_checked(r->dhcp, &reply.dst);
		rc = ul_dhcp4_srv_handle(r->dhcp, payload, len, mac, src_ip,
					 now_us, &reply);
	}
	if (rc != -EBADMSG && rc != -EPROTO)
		ul_dhcp4_probe_drop(r->dhcp_probe, mac);
	if (!rc)
		send_reply(r, &reply);
	ul_router_note_leases(r);
}

static void on_ask(const struct ul_addr *addr, void *arg)
{
	struct ul_router *r = arg;

	if (ul_router_may_flood(r))
		ul_router_probe4(r, addr);
}

/* @by answered on @addr. One that has every address is not believed. */
static void on_taken(struct ul_router *r, const struct ul_addr *addr,
		     const uint8_t by[6])
{
	int64_t now_us = ul_loop_now(r->ctx.loop);
	bool is_believed = ul_dhcp4_srv_taken(r->dhcp, addr, by, now_us);
	char text[UL_ADDR_STRLEN], mac[UL_MAC_STRLEN];

	ul_addr_str(addr, text);
	ul_mac_str(by, mac);
	if (is_believed)
		ul_log_limited(&r->ctx.log_limit, now_us, UL_LOG_WARN, TAG,
			       "%s is not leased for now: %s has it already",
			       text, mac);
	else
		ul_log_limited(&r->ctx.log_limit, now_us, UL_LOG_WARN, TAG,
			       "%s is leased although %s says that it has it: it says so of too many",
			       text, mac);
}

static void on_done(const struct ul_dhcp4_asked *asked, const uint8_t *by,
		    void *arg)
{
	struct ul_router *r = arg;

	if (by)
		on_taken(r, &asked->addr, by);
	else
		ul_dhcp4_srv_checked(r->dhcp, &asked->addr);
	handle(r, asked->payload, asked->len, asked->mac, &asked->src_ip);
}

static bool must_probe(const uint8_t mac[6], void *arg)
{
	struct ul_router *r = arg;

	return r->link.is_alone && !r->link.is_alone(mac, r->link.arg);
}

/* Somebody has these. */
static GArray *excluded_addrs(const struct ul_conf *conf)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct ul_addr));

	g_array_append_val(list, conf->gateway4);
	g_array_append_val(list, conf->dns4);
	/* The tap of --netns has the first guest's address. */
	if (conf->netns && !conf->netns_no_config)
		g_array_append_val(list, conf->guest4);
	for (guint i = 0; i < conf->guestfwds->len; i++) {
		const struct ul_guestfwd_conf *g = conf->guestfwds->pdata[i];

		g_array_append_val(list, g->at.addr);
	}
	if (conf->tftp_dir)
		g_array_append_val(list, conf->tftp4);
	return list;
}

/* Borrowed from the conf, which stays. */
static void fill_boot(struct ul_dhcp4_boot *boot, const struct ul_conf *conf)
{
	bool has_server = !ul_addr_is_any(&conf->next_server);

	boot->next_server = has_server ? conf->next_server :
			    conf->tftp_dir ? conf->tftp4 : ul_addr_v4(0);
	for (guint i = 0; i < conf->boots->len; i++) {
		const struct ul_boot_conf *b = conf->boots->pdata[i];

		boot->file[(int)b->class] = b->file;
	}
}

static const char *name_of(const struct ul_lease_client *client, void *arg)
{
	return ul_router_name_of(arg, client);
}

void ul_router_make_dhcp4(struct ul_router *r)
{
	const struct ul_conf *conf = r->conf;
	bool tells_route = ul_mode_parts(conf->mode)->tells_route;
	g_autoptr(GArray) excluded = excluded_addrs(conf);
	struct ul_dhcp4_srv_conf dc = {
		.server = conf->gateway4, .prefix = conf->subnet,
		.router = tells_route ? conf->gateway4 : ul_addr_v4(0),
		.dns = conf->dns4,
		.mtu = (uint16_t)conf->mtu, .lease_s = conf->lease_time_s,
		.domain = conf->domain,
		.first = conf->pool_first, .last = conf->pool_last,
		.excluded = (const struct ul_addr *)excluded->data,
		.excluded_count = excluded->len,
		.must_probe = must_probe, .name_of = name_of,
		.on_lease = ul_router_leased, .arg = r,
	};
	const struct ul_conf_slirp *slirp = &conf->slirp;
	struct ul_dhcp4_probe_conf pc = {
		.loop = r->ctx.loop, .ask = on_ask, .done = on_done, .arg = r,
	};

	if (!conf->has_dhcp)
		return;
	if (slirp->is_on) {
		dc.mtu = 0;
		dc.domain = slirp->domain;
		dc.search = (const char *const *)slirp->search;
		dc.tftp_name = slirp->tftp_name;
		if (!conf->tells_route)
			dc.router = dc.dns = ul_addr_v4(0);
	}
	fill_boot(&dc.boot, conf);
	r->dhcp = ul_dhcp4_srv_new(&dc);
	r->dhcp_probe = ul_dhcp4_probe_new(&pc);
}

void ul_router_dhcp4(struct ul_router *r, const struct ul_pkt *pkt,
		     const struct ul_udp *udp)
{
	handle(r, pkt->l4 + UL_UDP_HLEN, udp->len - (size_t)UL_UDP_HLEN,
	       pkt->mac, &pkt->src);
}

void ul_router_heard4(struct ul_router *r, const struct ul_addr *addr,
		      const uint8_t mac[6])
{
	if (r->dhcp_probe)
		ul_dhcp4_probe_heard(r->dhcp_probe, addr, mac);
}

void ul_router_set_lease_time(struct ul_router *r, uint32_t lease_s)
{
	if (r->dhcp)
		ul_dhcp4_srv_set_lease_time(r->dhcp, lease_s);
	if (r->dhcp6)
		ul_dhcp6_srv_set_lease_time(r->dhcp6, lease_s);
}
