/* SPDX-License-Identifier: BSD-3-Clause */
/* router_priv.h - shared by the files router*.c */
#ifndef UL_NET_ROUTER_PRIV_H
#define UL_NET_ROUTER_PRIV_H

#include "base/rate.h"
#include "flow/ctx.h"
#include "flow/forward.h"
#include "flow/guest_dial.h"
#include "flow/guestfwd.h"
#include "flow/icmp_proxy.h"
#include "flow/ip_in.h"
#include "flow/policy.h"
#include "flow/tcp_proxy.h"
#include "flow/udp_proxy.h"
#include "link/compact.h"
#include "link/neigh.h"
#include "link/pending.h"
#include "net/router.h"
#include "svc/dhcp4_probe.h"
#include "svc/dhcp4_srv.h"
#include "svc/dhcp6_srv.h"
#include "svc/dns_relay.h"
#include "svc/dns_names.h"
#include "svc/dns_zone.h"
#include "svc/ra_srv.h"
#include "sys/followed.h"
#include "svc/tftp_srv.h"
#include "wire/eth.h"
#include "wire/udp.h"
#include "wire/udp.h"

/* Frames for all that guests can make the router send, each second. */
#define UL_ROUTER_BROADCASTS 1000

/* The budgets of bytes of all guests together, in those of one. */
#define UL_ROUTER_BUDGETS 4

/* Addresses that a guest probes for: router_dad.c. */
#define UL_ROUTER_DAD_MAX 64
struct ul_router_dad {
	struct ul_timer timer;
	unsigned int count;
	struct {
		struct ul_addr addr;
		int64_t due_us;
	} heard[UL_ROUTER_DAD_MAX];	/* the oldest first */
};

/* What a machine says by ARP that it has: router_claims.c. */
struct ul_router_claim {
	struct ul_addr addr;
	uint8_t mac[6];
	const void *port;	/* it said so there */
};
struct ul_router_claims {
	GHashTable *by_port;	/* of struct ul_router_claim, owned */
	GHashTable *by_addr;	/* the same */
};

struct ul_router {
	struct ul_flow_ctx ctx;
	const struct ul_conf *conf;
	struct ul_router_link link;
	uint8_t mac[6];
	uint32_t frag_id;
	struct ul_rate broadcasts;	/* answers that go to all */
	struct ul_addr linklocal6;	/* fe80:: and the gateway's MAC */
	struct ul_addr dns_linklocal6;	/* "any": none */
	struct ul_neigh_table *neigh;
	struct ul_watch host_net;	/* the host's addresses change */
	/* Of datagrams, when queues hold the stack's own buffers. */
	struct ul_compact copies;
	struct ul_buf_pool *copy_pool;
	uint8_t *flat;			/* one frame, to be copied from */
	struct ul_pending *pending;	/* for neighbours not yet found */
	struct ul_ip_in *ip_in;
	struct ul_tcp_proxy *tcp;
	struct ul_udp_proxy *udp;
	struct ul_icmp_proxy *icmp;
	struct ul_forwards *forwards;
	struct ul_guest_dials *dials;
	struct ul_guestfwds *guestfwds;
	struct ul_dhcp4_srv *dhcp;	/* NULL without DHCP */
	struct ul_dhcp4_probe *dhcp_probe;	/* as dhcp */
	uint64_t lease_changes;		/* that were told of */
	struct ul_dns_zone *zone;
	struct ul_dns_names *records;	/* that were added live */
	struct ul_dns_names *hosts_names;	/* of hosts_file, once read */
	struct ul_followed *hosts_file;	/* NULL: not to be answered */
	struct ul_watch hosts_watch;
	struct ul_dns_relay *dns;
	struct ul_dhcp6_srv *dhcp6;	/* NULL without IPv6 or DHCP */
	struct ul_ra_srv *ra;		/* NULL without IPv6 */
	struct ul_router_dad dad;
	struct ul_router_claims claims;
	GPtrArray *hosts;		/* of struct ul_host_conf, owned */
	GHashTable *host_by_who;	/* the same, by MAC or identifier */
	struct ul_tftp_srv *tftp;	/* NULL without TFTP */
	int tftp_root;			/* its directory, while there is one */
};

/* Send a frame. 0 or -ENOBUFS ... */
int ul_router_send(struct ul_router *r, const struct ul_piece *piece,
		   unsigned int count, const struct ul_offload *offload);

/*
 * @addr is at @mac, which spoke at @port; it takes packets of @shown bytes
 * (ul_neigh_learn()): what waited for it leaves, and a guest that was gone is
 * known again.
 */
void ul_router_learn(struct ul_router *r, const struct ul_addr *addr,
		     const uint8_t mac[6], uint16_t shown, const void *port);

/*
 * router_mac.c: the MAC that @addr has, which is the router's own or the
 * host's behind it; and is @mac such a one? As libslirp has it there are many.
 */
void ul_router_mac_of(const struct ul_router *r, const struct ul_addr *addr,
		      uint8_t mac[6]);
bool ul_router_is_own_mac(const struct ul_router *r, const uint8_t mac[6]);
/* The source MAC of the IP packet whose header is at @ip. */
void ul_router_source_mac(const struct ul_router *r, const uint8_t *ip,
			  bool is_v4, uint8_t mac[6]);
/* The link-local addresses: of the router, and of the DNS, "any": none. */
void ul_router_make_linklocal(struct ul_router *r);

/* Is @addr one that the router itself answers for? */
bool ul_router_is_own(const struct ul_router *r, const struct ul_addr *addr);

/*
 * router_guestfwd.c. Is a guest forward at @addr, and is that an address that
 * guests look for on their link?
 */
void ul_router_make_guestfwds(struct ul_router *r);
bool ul_router_has_guestfwd(const struct ul_router *r,
			    const struct ul_addr *addr);

/* router_guests.c */
void ul_router_make_accounts(struct ul_router *r);

/* router_policy.c */
void ul_router_make_policy(struct ul_router *r);
void ul_router_watch_host(struct ul_router *r);
bool ul_router_may_ask(const char *name, void *arg);
void ul_router_heard(const char *name, const struct ul_addr *addr,
		     uint32_t ttl_s, void *arg);
void ul_router_denied(const struct ul_pkt *pkt,
		      const struct ul_decision *decision, void *arg);

/* router_dad.c: who made itself the address @addr? Asked a moment later. */
void ul_router_dad_init(struct ul_router *r);
void ul_router_dad_fini(struct ul_router *r);
void ul_router_dad_heard(struct ul_router *r, const struct ul_addr *addr);

/*
 * router_claims.c: the IPv4 addresses of machines that lease none. The router
 * heard by ARP that @mac at @port has @addr, one of the subnet that is not the
 * router's own.
 */
void ul_router_claims_init(struct ul_router *r);
void ul_router_claims_fini(struct ul_router *r);
void ul_router_claim4(struct ul_router *r, const struct ul_addr *addr,
		      const uint8_t mac[6], const void *port);
/* The machine at @port is gone. */
void ul_router_unclaim4(struct ul_router *r, const void *port);
void ul_router_each_claim(struct ul_router *r,
			  void (*fn)(const struct ul_router_claim *claim,
				     void *arg), void *arg);

/* router_auto6.c: how guests come to their IPv6 configuration. */
void ul_router_make_auto6(struct ul_router *r);
/* A router solicitation, its hop limit checked. */
void ul_router_solicited6(struct ul_router *r, const struct ul_pkt *pkt);
/* A datagram for the DHCPv6 server, its checksum checked. */
void ul_router_dhcp6(struct ul_router *r, const struct ul_pkt *pkt);
void ul_router_host6_changed(struct ul_router *r);
void ul_router_attached6(struct ul_router *r);
/* router_dhcp.c */
void ul_router_make_dhcp4(struct ul_router *r);
void ul_router_leased(const struct ul_lease *lease, void *arg);
/* Tell when leases changed. */
void ul_router_note_leases(struct ul_router *r);
void ul_router_dhcp4(struct ul_router *r, const struct ul_pkt *pkt,
		     const struct ul_udp *udp);
/* @mac says by ARP that it has @addr. */
void ul_router_heard4(struct ul_router *r, const struct ul_addr *addr,
		      const uint8_t mac[6]);
/* router_tftp.c: true when the datagram was for it. */
bool ul_router_tftp(struct ul_router *r, const struct ul_pkt *pkt,
		    const struct ul_udp *udp);
void ul_router_free_tftp(struct ul_router *r);
void ul_router_make_hosts(struct ul_router *r);	/* router_hosts.c */
void ul_router_make_forward_hooks(struct ul_router *r);
/*
 * router_names.c: the IPv4 address of the guest that is there alone. -ENOENT:
 * none was leased one.
 */
int ul_router_find_vm(struct ul_router *r, struct ul_addr *out);
/* What a client of DHCP is called, by all but itself; NULL: nothing. */
const char *ul_router_name_of(struct ul_router *r,
			      const struct ul_lease_client *client);
void ul_router_make_zone(struct ul_router *r);	/* router_names.c */

/* router_records.c: names of others. */
void ul_router_make_records(struct ul_router *r);
void ul_router_free_records(struct ul_router *r);
size_t ul_router_known(enum ul_dns_known source, const char *name,
		       struct ul_addr out[UL_DNS_ZONE_ADDRS], void *arg);
bool ul_router_known_at(enum ul_dns_known source, const struct ul_addr *addr,
			char out[UL_DNS_ZONE_NAME_LEN], void *arg);

/* router_dns.c: the DNS server. The first is a datagram of any service. */
void ul_router_reply(const struct ul_ep *guest, const struct ul_ep *service,
		     const uint8_t *data, size_t len, void *arg);
void ul_router_make_dns(struct ul_router *r);
/* True when the datagram was for one of its addresses. */
bool ul_router_dns_datagram(struct ul_router *r, const struct ul_pkt *pkt,
			    const struct ul_udp *udp);
int ul_router_dns_serve(const struct ul_ep *guest, const struct ul_ep *dst,
			const void *port, void *arg);
/* Descriptors that it may have: of queries that wait, of connections. */
unsigned int ul_router_dns_fds(void);

/* router_local.c: what is for the router itself. */
void ul_router_arp(struct ul_router *r, const void *port,
		   const uint8_t mac[6], struct ul_rd *rd);
/* True when the packet was for a service of the router. */
bool ul_router_local(struct ul_router *r, const struct ul_pkt *pkt);
/* May one more frame go to all? */
bool ul_router_may_flood(struct ul_router *r);
/* Ask who has @addr, without having one. */
void ul_router_probe4(struct ul_router *r, const struct ul_addr *addr);
/* Ask who has @addr. */
void ul_router_solicit(struct ul_router *r, const struct ul_addr *addr);

#endif
