/* SPDX-License-Identifier: BSD-3-Clause */
/* router_local.c - what is for the router itself: ARP, NDP, DHCP, DNS, ping */
#include "net/router_priv.h"

#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "flow/icmp_error.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/udp.h"

#define TTL 64
#define ND_HOP_LIMIT 255	/* RFC 4861 4.3: proves that it is on-link */

/*
 * May one more answer go to all? It costs a copy for each port, and the limit
 * that the switch has for a guest's own does not see whose doing it is.
 */
bool ul_router_may_flood(struct ul_router *r)
{
	return ul_rate_take(&r->broadcasts, ul_loop_now(r->ctx.loop),
			    UL_ROUTER_BROADCASTS, UL_ROUTER_BROADCASTS);
}

/* A small frame that is copied whole into the port's queue. */
static void send_frame(struct ul_router *r, const struct ul_wr *w)
{
	struct ul_piece piece = { w->start, w->len, NULL };

	if (!w->bad)
		ul_router_send(r, &piece, 1, NULL);
}

static void emit_eth(struct ul_wr *w, const uint8_t src[6],
		     const uint8_t dst[6], uint16_t type)
{
	struct ul_eth eth = { .type = type };

	memcpy(eth.dst, dst, 6);
	memcpy(eth.src, src, 6);
	ul_eth_emit(w, &eth);
}

static void send_arp(struct ul_router *r, const uint8_t dst[6],
		     const struct ul_arp *arp)
{
	uint8_t frame[UL_ETH_HLEN + UL_ARP_LEN];
	struct ul_wr w = ul_wr_new(frame, sizeof(frame));

	emit_eth(&w, arp->sha, dst, UL_ETHERTYPE_ARP);
	ul_arp_emit(&w, arp);
	send_frame(r, &w);
}

/*
 * Who names another MAC than its own is not heard: no port has that one, and
 * what is sent to it would go to all of them.
 */
void ul_router_arp(struct ul_router *r, const void *port,
		   const uint8_t mac[6], struct ul_rd *rd)
{
	struct ul_arp arp, reply;

	if (ul_arp_parse(&arp, rd) < 0 || memcmp(arp.sha, mac, 6))
		return;
	ul_router_heard4(r, &arp.spa, arp.sha);
	if (ul_prefix_has(&r->conf->subnet, &arp.spa) &&
	    !ul_router_is_own(r, &arp.spa)) {
		ul_router_learn(r, &arp.spa, arp.sha, 0, port);
		ul_router_claim4(r, &arp.spa, arp.sha, port);
	}
	if (arp.op != UL_ARP_REQUEST || !ul_router_is_own(r, &arp.tpa))
		return;
	reply = (struct ul_arp){
		.op = UL_ARP_REPLY, .spa = arp.tpa, .tpa = arp.spa,
	};
	ul_router_mac_of(r, &arp.tpa, reply.sha);
	memcpy(reply.tha, arp.sha, 6);
	send_arp(r, arp.sha, &reply);
}

/* One neighbour discovery message; @mac is where the frame goes. */
static void send_nd(struct ul_router *r, const uint8_t mac[6],
		    const struct ul_addr *src, const struct ul_addr *dst,
		    const struct ul_nd *nd)
{
	uint8_t frame[UL_ETH_HLEN + UL_IP6_HLEN + UL_ND_NS_LEN], from[6];
	struct ul_wr w = ul_wr_new(frame, sizeof(frame));
	struct ul_ip6 ip = {
		.src = *src, .dst = *dst, .payload_len = UL_ND_NS_LEN,
		.next = UL_IPPROTO_ICMP6, .hop_limit = ND_HOP_LIMIT,
	};

	ul_router_mac_of(r, src, from);
	emit_eth(&w, from, mac, UL_ETHERTYPE_IPV6);
	ul_ip6_emit(&w, &ip);
	ul_nd_emit(&w, nd, src, dst);
	send_frame(r, &w);
}

static void solicit6(struct ul_router *r, const struct ul_addr *addr)
{
	/* ff02::1:ffXX:XXXX, RFC 4291 2.7.1, and its MAC, RFC 2464 7 */
	struct ul_addr group = {
		.b = { 0xff, 0x02, [11] = 1, [12] = 0xff, addr->b[13],
		       addr->b[14], addr->b[15] },
	};
	uint8_t mac[6] = {
		0x33, 0x33, 0xff, addr->b[13], addr->b[14], addr->b[15],
	};
	struct ul_nd ns = { .type = UL_ICMP6_NS, .target = *addr };
	const struct ul_addr *src = ul_addr_is_linklocal(addr) ?
				    &r->linklocal6 : &r->conf->gateway6;

	ul_router_mac_of(r, src, ns.lladdr);
	send_nd(r, mac, src, &group, &ns);
}

static void solicit4(struct ul_router *r, const struct ul_addr *addr)
{
	struct ul_arp arp = {
		.op = UL_ARP_REQUEST, .spa = r->conf->gateway4, .tpa = *addr,
	};

	memcpy(arp.sha, r->mac, 6);
	send_arp(r, ul_mac_broadcast, &arp);
}

/* As RFC 5227 1.1: the sender has no address, and no cache learns one. */
void ul_router_probe4(struct ul_router *r, const struct ul_addr *addr)
{
	struct ul_arp arp = {
		.op = UL_ARP_REQUEST, .spa = ul_addr_v4(0), .tpa = *addr,
	};

	memcpy(arp.sha, r->mac, 6);
	send_arp(r, ul_mac_broadcast, &arp);
}

void ul_router_solicit(struct ul_router *r, const struct ul_addr *addr)
{
	if (!ul_neigh_may_ask(r->neigh, addr, ul_loop_now(r->ctx.loop)))
		return;
	if (ul_addr_is_v4(addr))
		solicit4(r, addr);
	else
		solicit6(r, addr);
}

static void on_ns(struct ul_router *r, const struct ul_pkt *pkt,
		  const struct ul_nd *ns)
{
	static const struct ul_addr all_nodes = {
		.b = { 0xff, 0x02, [15] = 1 },
	};
	static const uint8_t all_nodes_mac[6] = { 0x33, 0x33, [5] = 1 };
	struct ul_nd na = {
		.type = UL_ICMP6_NA, .target = ns->target,
		.flags = UL_ND_NA_ROUTER | UL_ND_NA_OVERRIDE,
	};

	if (!ul_router_is_own(r, &ns->target)) {
		if (ul_addr_is_any(&pkt->src))
			ul_router_dad_heard(r, &ns->target);
		return;
	}
	ul_router_mac_of(r, &ns->target, na.lladdr);
	/* Someone probes whether the address is free: tell everybody. */
	if (ul_addr_is_any(&pkt->src)) {
		if (!ul_router_may_flood(r))
			return;
		send_nd(r, all_nodes_mac, &ns->target, &all_nodes, &na);
		return;
	}
	na.flags |= UL_ND_NA_SOLICITED;
	send_nd(r, pkt->mac, &ns->target, &pkt->src, &na);
}

/* True when the message was neighbour discovery. */
static bool neighbour_discovery(struct ul_router *r, const struct ul_pkt *pkt)
{
	struct ul_nd nd;
	uint8_t type = pkt->l4_len ? pkt->l4[0] : 0;

	if (type < UL_ICMP6_RS || type > UL_ICMP6_REDIRECT)
		return false;
	if (pkt->ttl == ND_HOP_LIMIT && type == UL_ICMP6_RS)
		ul_router_solicited6(r, pkt);
	if (pkt->ttl != ND_HOP_LIMIT ||
	    ul_nd_parse(&nd, pkt->l4, pkt->l4_len) < 0)
		return true;
	if (nd.type == UL_ICMP6_NS)
		on_ns(r, pkt, &nd);
	else if (nd.has_lladdr && !ul_router_is_own(r, &nd.target) &&
		 !memcmp(nd.lladdr, pkt->mac, 6))
		ul_router_learn(r, &nd.target, nd.lladdr, 0, pkt->port);
	return true;
}

/* All_DHCP_Relay_Agents_and_Servers, RFC 8415 7.1, or the router. */
static bool is_dhcp6(const struct ul_router *r, const struct ul_addr *dst)
{
	static const struct ul_addr servers = {
		.b = { 0xff, 0x02, [13] = 1, [15] = 2 },
	};

	return r->dhcp6 && (ul_addr_eq(dst, &servers) ||
			    ul_addr_eq(dst, &r->linklocal6) ||
			    ul_addr_eq(dst, &r->conf->gateway6));
}

static bool local_udp(struct ul_router *r, const struct ul_pkt *pkt)
{
	struct ul_udp udp;

	if (ul_udp_parse(&udp, pkt->l4, pkt->l4_len) < 0)
		return true;
	if (r->dhcp && udp.dst_port == UL_DHCP4_SERVER_PORT &&
	    ul_addr_is_v4(&pkt->dst) &&
	    (ul_addr_eq(&pkt->dst, &r->conf->gateway4) ||
	     ul_policy_is_broadcast(r->ctx.policy, &pkt->dst))) {
		ul_router_dhcp4(r, pkt, &udp);
		return true;
	}
	if (udp.dst_port == UL_DHCP6_SERVER_PORT && is_dhcp6(r, &pkt->dst)) {
		ul_router_dhcp6(r, pkt);
		return true;
	}
	if (ul_router_tftp(r, pkt, &udp))
		return true;
	return ul_router_dns_datagram(r, pkt, &udp);
}

bool ul_router_local(struct ul_router *r, const struct ul_pkt *pkt)
{
	struct ul_icmp icmp;
	bool is_v4 = ul_addr_is_v4(&pkt->dst);

	if (pkt->proto == UL_IPPROTO_UDP)
		return local_udp(r, pkt);
	if (pkt->proto != (is_v4 ? UL_IPPROTO_ICMP : UL_IPPROTO_ICMP6))
		return false;
	if (!is_v4 && neighbour_discovery(r, pkt))
		return true;
	if (!ul_router_is_own(r, &pkt->dst))
		return false;
	if (!ul_tcp_proxy_unreachable(r->tcp, pkt) &&
	    !ul_icmp_parse(&icmp, pkt->l4, pkt->l4_len) &&
	    icmp.type == (is_v4 ? UL_ICMP4_ECHO : UL_ICMP6_ECHO) &&
	    !ul_stack_dgram_in(r->ctx.stack, pkt))
		ul_icmp_proxy_answer(r->icmp, pkt);
	return true;
}
