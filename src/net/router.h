/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router.h - the gateway node of a network
 *
 * Frames come in from a port, are told apart once, and go to the proxy or
 * service that they are for; packets for a guest get their Ethernet header
 * and leave through the port.
 */
#ifndef UL_NET_ROUTER_H
#define UL_NET_ROUTER_H

#include <stdio.h>

#include "conf/conf.h"
#include "link/port.h"
#include "loop/loop.h"
#include "svc/lease.h"

struct ul_denied_info;
struct ul_flow_book;
struct ul_host_conf;
struct ul_network_stats;
struct ul_forward;
struct ul_forward_failure;
struct ul_forwards;
struct ul_guestfwds;
struct ul_decision;
struct ul_policy;
struct ul_router;
struct ul_rule;
struct ul_try;

/*
 * The segment that the router is on, as its owner has it. Ports are told
 * apart by their addresses and may be anything; send() and port_of() may be
 * called from within any call into the router.
 */
struct ul_router_link {
	/* Queue a frame for the port of its destination: as ul_hub_send(). */
	int (*send)(const struct ul_piece *piece, unsigned int count,
		    const struct ul_offload *offload, void *arg);
	/* The port where @mac is, NULL when not known. */
	struct ul_port *(*port_of)(const uint8_t mac[6], void *arg);
	/* What people call @port; NULL while it is let go. */
	const char *(*name_of)(const struct ul_port *port, void *arg);
	/* Is that only what its guest calls itself? NULL: it is not. */
	bool (*is_told)(const struct ul_port *port, void *arg);
	/* Is @mac the only one that anybody heard of? NULL: it is. */
	bool (*is_alone)(const uint8_t mac[6], void *arg);
	/* What ul_router_each_known_lease() tells changed; may be NULL. */
	void (*leases_changed)(void *arg);
	/* @mac was leased @addr; may be NULL. */
	void (*leased)(const uint8_t mac[6], const struct ul_addr *addr,
		       void *arg);
	/* A guest was refused what it may not reach; may be NULL. */
	void (*denied)(const struct ul_denied_info *info, void *arg);
	/* A client of a forward was turned away; may be NULL. */
	void (*forward_failed)(const struct ul_forward_failure *failure,
			       void *arg);
	/* Is port @n of the host's loopback open to @port? May be NULL. */
	bool (*opens_loopback)(const void *port, uint16_t n, void *arg);
	/* The host's interfaces, addresses or routes changed; may be NULL. */
	void (*host_changed)(void *arg);
	void *arg;
};

/*
 * @conf is borrowed until it is freed, @link is
 * copied.
 */
struct ul_router *ul_router_new(struct ul_loop *loop,
				const struct ul_conf *conf,
				const struct ul_router_link *link);
void ul_router_free(struct ul_router *router);

/* Could the programs of guest forwards be run? 0, or -errno and *@error. */
int ul_router_check_guestfwds(struct ul_router *router, char **error);

/* Serve files by TFTP, when asked to: 0, or -errno and *@error. */
int ul_router_start_tftp(struct ul_router *router, char **error);

/* Bind the forwards of the configuration: 0, or -errno and *@error. */
int ul_router_start_forwards(struct ul_router *router, char **error);
/*
 * One more, as ul_forwards_add(); @tie: see ul_forwards_untie(); @take_fd: of
 * its UNIX socket, or NULL.
 */
int ul_router_forward(struct ul_router *router,
		      const struct ul_forward_conf *forward, const void *tie,
		      int *take_fd, struct ul_forward **out, char **error);
struct ul_forwards *ul_router_forwards(const struct ul_router *router);

/* Borrowed: to add to, and to take from. */
struct ul_guestfwds *ul_router_guestfwds(const struct ul_router *router);

/* The router's own MAC, for whoever switches frames. */
const uint8_t *ul_router_mac(const struct ul_router *router);
/* And the link-local address that guests have their default route by. */
const struct ul_addr *
ul_router_linklocal6(const struct ul_router *router);

/* A frame that came in at @port, for the router or for all. */
void ul_router_input(struct ul_router *router, struct ul_port *port,
		     struct ul_frame *frame);
/* The batch of frames that came in at a port is at its end. */
void ul_router_batch_end(struct ul_router *router);
/* @port refused frames and takes them again: what it held back goes on. */
void ul_router_resume(struct ul_router *router, struct ul_port *port);
/*
 * The guest at @port is gone: what it began is forgotten; its connections
 * wait a minute for it to come back, at whatever port, as one whose link was
 * cut does. After this @port may be freed.
 */
void ul_router_attached(struct ul_router *router, struct ul_port *port);
void ul_router_detached(struct ul_router *router, struct ul_port *port);

/*
 * What guests may reach from now on; flows that are not allowed any more are
 * cut: TCP is reset on both sides. Without egress, DNS is not relayed.
 */
void ul_router_set_egress(struct ul_router *router, enum ul_egress egress);
/* The same, and all rules in their order. */
void ul_router_set_policy(struct ul_router *router, enum ul_egress egress,
			  const struct ul_rule *rules, size_t count);
/* What is leased from now on lasts @lease_s. */
void ul_router_set_lease_time(struct ul_router *router, uint32_t lease_s);
/* Servers for every name, and names that may be asked, as @conf has them. */
void ul_router_dns_follow(struct ul_router *router,
			  const struct ul_conf *conf);
/* The host's loopback is open to all guests at @ports; empty: at all. */
void ul_router_set_loopback(struct ul_router *router, bool is_open,
			    const GArray *ports);
/* For who asks it; what is changed is changed as above. */
struct ul_policy *ul_router_policy(struct ul_router *router);
/* As ul_policy_explain(), and what the router answers itself. */
void ul_router_explain(struct ul_router *router, const struct ul_try *attempt,
		       struct ul_decision *out);
/* Tries that were refused, and flows that were cut. */
void ul_router_count_denied(const struct ul_router *router, uint64_t *denied,
			    uint64_t *cut);
/* The policy was changed otherwise: cut what it allows no more. */
void ul_router_policy_changed(struct ul_router *router);

/*
 * An address for @mac from the network's DHCP, without asking by DHCP. @host
 * may be NULL. -ENOENT: it has none; -ENOSPC: none is free.
 */
int ul_router_lease(struct ul_router *router, const uint8_t mac[6],
		    const char *host, struct ul_addr *out);
/* Each address that is leased now, in order. */
void ul_router_each_lease(const struct ul_router *router,
			  void (*fn)(const struct ul_lease *lease, void *arg),
			  void *arg);
/*
 * The address of a guest, by a name as the network's DNS has it or by the
 * address itself. -ENOENT: there is none of that family now, or no guest can
 * have it.
 */
int ul_router_find_guest(const struct ul_router *router, const char *name,
			 enum ul_family family, struct ul_addr *out);
/* Is it known which card has the address @guest? */
bool ul_router_is_found(const struct ul_router *router,
			const struct ul_addr *guest);
/* As ul_lease_each_known() and ul_lease_restore(), of both families. */
void ul_router_each_known_lease(const struct ul_router *router,
				void (*fn)(const struct ul_lease *lease,
					   void *arg), void *arg);
int ul_router_restore_lease(struct ul_router *router,
			    const struct ul_lease *lease);
/* All of IPv4's. */
void ul_router_forget_leases(struct ul_router *router);
/* Each guest's address that was heard, the last one first. */
void ul_router_each_neighbor(const struct ul_router *router,
			     void (*fn)(const struct ul_addr *addr,
					const uint8_t mac[6], void *arg),
			     void *arg);
/*
 * Machines that are known beforehand, of struct ul_host_conf: 0, or -errno
 * and half a sentence; -ENOENT: none is called so. Borrowed until a change.
 */
const GPtrArray *ul_router_hosts(const struct ul_router *router);
int ul_router_add_host(struct ul_router *router,
		       const struct ul_host_conf *host, char **error);
int ul_router_remove_host(struct ul_router *router, const char *name);
/* Is it @host that has @lease? And who has it; NULL: nobody that is known. */
bool ul_router_is_host(const struct ul_host_conf *host,
		       const struct ul_lease *lease);
const struct ul_host_conf *ul_router_host_of(const struct ul_router *router,
					     const struct ul_lease *lease);

void ul_router_count_flows(const struct ul_router *router, size_t *tcp,
			   size_t *udp);

struct ul_dns_relay;
struct ul_dns_relay *ul_router_dns(const struct ul_router *router);

/* All its flows. */
struct ul_flow_book *ul_router_flows(const struct ul_router *router);
/* As ul_tcp_proxy_each_lingering(). */
struct ul_flow_info;
void ul_router_each_lingering(const struct ul_router *router,
			      void (*fn)(const struct ul_flow_info *info,
					 void *arg), void *arg);
/* All that it counted, added to *@out. */
void ul_router_stats(const struct ul_router *router,
		     struct ul_network_stats *out);

/* Counters and flows to the log. */
void ul_router_log_status(struct ul_router *router);

/* Names that are answered and no guest's: to be changed as one likes. */
#define UL_ROUTER_RECORDS_MAX 1024
struct ul_dns_names;
struct ul_dns_names *ul_router_records(const struct ul_router *router);
/* And how many the host's hosts file has, where it is answered. */
size_t ul_router_hosts_count(struct ul_router *router);

#endif
