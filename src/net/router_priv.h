/* SPDX-License-Identifier: BSD-3-Clause */
/* router_priv.h - shared by router.c, router_local.c and router_status.c */
#ifndef UL_NET_ROUTER_PRIV_H
#define UL_NET_ROUTER_PRIV_H

#include "flow/ctx.h"
#include "flow/forward.h"
#include "flow/icmp_proxy.h"
#include "flow/ip_in.h"
#include "flow/policy.h"
#include "flow/tcp_proxy.h"
#include "flow/udp_proxy.h"
#include "link/neigh.h"
#include "link/pending.h"
#include "net/router.h"
#include "svc/dhcp4_srv.h"
#include "svc/dns_relay.h"
#include "wire/eth.h"

struct ul_router {
	struct ul_flow_ctx ctx;
	const struct ul_conf *conf;
	struct ul_pcap *pcap;
	struct ul_router_link link;
	uint8_t mac[6];
	uint32_t frag_id;
	struct ul_addr linklocal6;	/* fe80:: and the gateway's MAC */
	struct ul_neigh_table *neigh;
	struct ul_timer forget;		/* flows of a guest that left */
	struct ul_pending *pending;	/* for neighbours not yet found */
	struct ul_ip_in *ip_in;
	struct ul_tcp_proxy *tcp;
	struct ul_udp_proxy *udp;
	struct ul_icmp_proxy *icmp;
	struct ul_forwards *forwards;
	struct ul_dhcp4_srv *dhcp;
	struct ul_dns_relay *dns;
};

/* Send a frame, through the capture. 0 or -ENOBUFS ... */
int ul_router_send(struct ul_router *r, const struct ul_piece *piece,
		   unsigned int count);

/*
 * @addr is at @mac, it takes packets of @shown bytes (ul_neigh_learn()): what
 * waited for it leaves.
 */
void ul_router_learn(struct ul_router *r, const struct ul_addr *addr,
		     const uint8_t mac[6], uint16_t shown);

/* Is @addr one that the router itself answers for? */
bool ul_router_is_own(const struct ul_router *r, const struct ul_addr *addr);

/* router_local.c: what is for the router itself. */
void ul_router_arp(struct ul_router *r, struct ul_rd *rd);
/* True when the packet was for a service of the router. */
bool ul_router_local(struct ul_router *r, const struct ul_pkt *pkt);
/* Ask who has @addr. */
void ul_router_solicit(struct ul_router *r, const struct ul_addr *addr);
void ul_router_dns_reply(const struct ul_ep *guest,
			 const struct ul_ep *service, const uint8_t *data,
			 size_t len, void *arg);
void ul_router_leased(const struct ul_lease *lease, void *arg);

#endif
