/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_auto6.c - guests configure IPv6 by the router
 *
 * The default route that they are told is the host's: it goes when that goes,
 * so that no guest waits for what cannot be reached and all take IPv4.
 */
#include "net/router_priv.h"

#include "sys/hostaddr.h"
#include "wire/icmp.h"
#include "wire/ip6.h"
#include "wire/ra.h"
#include "wire/udp.h"

#define PREFIX_LEN_MAX 64
#define HOP_LIMIT 255		/* of discovery, RFC 4861 6.1.2 */

static bool has_route(void *arg)
{
	struct ul_router *r = arg;

	return r->conf->tells_route && ul_hostaddr_has_route(UL_V6);
}

/* A packet from the router's link-local address, @l4 its transport. */
static void send_packet(struct ul_router *r, const uint8_t mac[6],
			const struct ul_addr *dst, uint8_t proto,
			const uint8_t *l4, size_t len)
{
	uint8_t head[UL_ETH_HLEN + UL_IP6_HLEN];
	struct ul_wr w = ul_wr_new(head, sizeof(head));
	struct ul_eth eth = { .type = UL_ETHERTYPE_IPV6 };
	struct ul_ip6 ip = {
		.src = r->linklocal6, .dst = *dst,
		.payload_len = (uint16_t)len,
		.next = proto, .hop_limit = HOP_LIMIT,
	};
	struct ul_buf *buf = ul_stack_buf_get(r->ctx.stack);
	struct ul_piece piece[2] = { { head, sizeof(head), NULL } };

	if (!buf)
		return;
	memcpy(eth.dst, mac, 6);
	ul_router_mac_of(r, &r->linklocal6, eth.src);
	ul_eth_emit(&w, &eth);
	ul_ip6_emit(&w, &ip);
	memcpy(buf->data, l4, len);
	piece[1] = (struct ul_piece){ buf->data, len, buf };
	ul_router_send(r, piece, 2, NULL);
	ul_buf_unref(buf);
}

static void send_ra(const uint8_t *msg, size_t len, const struct ul_addr *dst,
		    const uint8_t mac[6], void *arg)
{
	send_packet(arg, mac, dst, UL_IPPROTO_ICMP6, msg, len);
}

static const char *name_of(const uint8_t mac[6], void *arg)
{
	struct ul_lease_client client = { .id_len = 0 };

	memcpy(client.mac, mac, sizeof(client.mac));
	return ul_router_name_of(arg, &client);
}

static void make_dhcp6(struct ul_router *r)
{
	struct ul_dhcp6_srv_conf dc = {
		.prefix = r->conf->prefix6, .dns = r->conf->dns6,
		.domain = r->conf->domain, .lease_s = r->conf->lease_time_s,
		.name_of = name_of,
		.on_lease = ul_router_leased, .arg = r,
	};

	memcpy(dc.mac, r->mac, sizeof(dc.mac));
	r->dhcp6 = ul_dhcp6_srv_new(&dc);
}

void ul_router_make_auto6(struct ul_router *r)
{
	struct ul_ra_srv_conf rc = {
		.loop = r->ctx.loop, .router = r->linklocal6,
		.prefix = r->conf->prefix6, .dns = r->conf->dns6,
		.mtu = r->conf->mtu, .domain = r->conf->domain,
		.has_route = has_route, .send = send_ra, .arg = r,
	};

	if (!r->conf->has_ipv6)
		return;
	/* Below a /64 no guest makes addresses, and the pool is too large. */
	if (r->conf->has_dhcp && r->conf->prefix6.len <= PREFIX_LEN_MAX)
		make_dhcp6(r);
	rc.has_dhcp = r->conf->has_dhcp;
	if (r->conf->slirp.is_on) {
		rc.mtu = 0;
		rc.domain = NULL;
		rc.has_dhcp = false;
		if (r->conf->slirp.no_dns)
			rc.dns = ul_addr_v4(0);
	}
	ul_router_mac_of(r, &r->linklocal6, rc.mac);
	r->ra = ul_ra_srv_new(&rc);
}

/* Who has no address has none to name, RFC 4861 6.1.1. */
void ul_router_solicited6(struct ul_router *r, const struct ul_pkt *pkt)
{
	struct ul_rs rs;

	if (!r->ra || ul_rs_parse(&rs, pkt->l4, pkt->l4_len) < 0 ||
	    (ul_addr_is_any(&pkt->src) && rs.has_lladdr) ||
	    ul_addr_is_multicast(&pkt->src) || ul_router_is_own(r, &pkt->src))
		return;
	ul_ra_srv_solicited(r->ra, &pkt->src, pkt->mac);
}

/* Who has no address yet has a link-local one: RFC 8415 14. */
void ul_router_dhcp6(struct ul_router *r, const struct ul_pkt *pkt)
{
	uint8_t l4[UL_UDP_HLEN + UL_DHCP6_MAX];
	struct ul_wr w = ul_wr_new(l4, sizeof(l4));
	struct ul_ep src = { r->linklocal6, UL_DHCP6_SERVER_PORT };
	struct ul_ep dst = { pkt->src, UL_DHCP6_CLIENT_PORT };
	struct ul_dhcp6_reply reply;
	struct ul_udp udp;
	int rc;

	if (ul_addr_is_any(&pkt->src) || ul_addr_is_multicast(&pkt->src) ||
	    ul_udp_parse(&udp, pkt->l4, pkt->l4_len) < 0)
		return;
	rc = ul_dhcp6_srv_handle(r->dhcp6, pkt->l4 + UL_UDP_HLEN,
				 udp.len - (size_t)UL_UDP_HLEN, pkt->mac,
				 ul_loop_now(r->ctx.loop), &reply);
	ul_router_note_leases(r);
	if (rc < 0)
		return;
	ul_udp_emit(&w, &src, &dst, reply.payload, reply.len);
	ul_wr_bytes(&w, reply.payload, reply.len);
	if (!w.bad)
		send_packet(r, pkt->mac, &pkt->src, UL_IPPROTO_UDP, w.start,
			    w.len);
}

void ul_router_host6_changed(struct ul_router *r)
{
	if (r->ra)
		ul_ra_srv_host_changed(r->ra);
}

/* It may have asked before anybody could hear it. */
void ul_router_attached6(struct ul_router *r)
{
	static const struct ul_addr nobody;

	if (r->ra)
		ul_ra_srv_solicited(r->ra, &nobody, r->mac);
}
