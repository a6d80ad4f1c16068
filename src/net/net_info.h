/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_info.h - what a network tells of itself, and what is changed live
 *
 * For whoever shows or controls a network: plain values, no part of the
 * network's inside. Texts are borrowed for the call that hands them out.
 */
#ifndef UL_NET_NET_INFO_H
#define UL_NET_NET_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "link/hub.h"

#define UL_NETWORK_UPLINKS 8
#define UL_PORT_INFO_MACS 64	/* of a port that are told */
#define UL_PORT_INFO_ADDRS 64
#define UL_PORT_INFO_WIRE 16	/* counters of its wire */

struct ul_forward_failure;
struct ul_network;

struct ul_network_info {
	const char *name;
	const char *mode;		/* as --mode has it */
	const char *domain;
	bool has_router;		/* else none of the addresses is there */
	bool has_dhcp;
	struct ul_prefix subnet;
	struct ul_addr gateway4, dns4;
	bool has_ipv6;
	struct ul_prefix prefix6;
	struct ul_addr gateway6, dns6;
	unsigned int mtu;
	const char *egress;		/* "any", "internet", "none" */
	unsigned int uplink_count;	/* in uplinks */
	const char *uplinks[UL_NETWORK_UPLINKS];	/* as --uplink has them */
	unsigned int ports, guests;	/* attached; guests are among the ports */
	size_t tcp_flows, udp_flows;
	int64_t up_us;			/* since its start */
};

struct ul_counter {
	const char *name;
	uint64_t n;
};

struct ul_port_info {
	const char *name;
	const char *wire;		/* "stream", "dgram", "tap" ... */
	const struct ul_plug_conf *conf;
	bool is_attached;		/* link state */
	bool is_stalled;		/* does not take what waits for it */
	int64_t attached_us;		/* how long */
	unsigned int mac_count;		/* in macs; there may be more */
	uint8_t macs[UL_PORT_INFO_MACS][6];
	unsigned int addr_count;	/* leased to these */
	struct ul_addr addrs[UL_PORT_INFO_ADDRS];
	const struct ul_port_stats *stats;
	const struct ul_plug_stats *plug_stats;
	/* What only its kind of wire counts: mostly nothing. */
	unsigned int wire_count;
	struct ul_counter wire_counters[UL_PORT_INFO_WIRE];
	const char *conflict_with;	/* the port that has its MAC; NULL */
	uint8_t conflict_mac[6];	/* when there is one */
	const char *detail;		/* of an uplink, a sentence; NULL */
};

struct ul_lease_info {
	struct ul_addr addr;
	uint8_t mac[6];
	const char *host;		/* "" when it told none */
	const char *name;		/* by configuration; NULL: none */
	bool is_static;			/* kept for it alone */
	const char *port;		/* where the MAC is; NULL: not known */
	int64_t left_us;		/* until it expires */
};

struct ul_conflict_info {
	uint8_t mac[6];
	const char *owner, *intruder;	/* names of ports */
	const char *remedy;		/* a sentence */
};

struct ul_denied_info {
	const char *port;		/* NULL: not known */
	const char *proto;		/* "tcp", "udp", "icmp" */
	struct ul_ep guest, dst;
	const char *reason;		/* a part of a sentence */
	unsigned int rule;		/* its number, from 1; 0: none */
	const char *rule_text;		/* NULL: none */
};

/*
 * What happens in a network; each may be NULL. The last argument is the arg
 * given. They come within a turn of the loop only, and may ask the network
 * but not change it.
 */
struct ul_network_events {
	void (*port_connected)(const struct ul_port_info *port, void *arg);
	void (*port_disconnected)(const struct ul_port_info *port, void *arg);
	void (*mac_conflict)(const struct ul_conflict_info *c, void *arg);
	/* An interface @ifname with @prefix came up: it is in the subnet. */
	void (*subnet_overlap)(const char *ifname,
			       const struct ul_prefix *prefix, void *arg);
	void (*lease_added)(const struct ul_lease_info *lease, void *arg);
	void (*lease_expired)(const struct ul_lease_info *lease, void *arg);
	void (*flow_denied)(const struct ul_denied_info *denied, void *arg);
	void (*forward_failed)(const struct ul_forward_failure *failure,
			       void *arg);
};

/* @events is borrowed until another is set; NULL: nobody listens. */
void ul_network_set_events(struct ul_network *network,
			   const struct ul_network_events *events, void *arg);

void ul_network_info(struct ul_network *network, struct ul_network_info *out);
void ul_network_each_port(struct ul_network *network,
			  void (*fn)(const struct ul_port_info *port,
				     void *arg), void *arg);
void ul_network_each_lease(struct ul_network *network,
			   void (*fn)(const struct ul_lease_info *lease,
				      void *arg), void *arg);

/*
 * Live changes: 0, or -errno and in *@error a sentence of the caller's.
 * -ENOENT: no port has that name.
 */
/*
 * An address for @mac from the network's DHCP, for who has no DHCP client;
 * @host may be NULL.
 */
int ul_network_lease(struct ul_network *network, const uint8_t mac[6],
		     const char *host, struct ul_addr *out, char **error);
/* A copy of how the port @name is treated, to be changed and set again. */
int ul_network_port_conf(struct ul_network *network, const char *name,
			 struct ul_plug_conf *out, char **error);
int ul_network_port_set(struct ul_network *network, const char *name,
			const struct ul_plug_conf *conf, char **error);
/* Close the port @name; its guest sees its link go. */
int ul_network_port_kick(struct ul_network *network, const char *name,
			 char **error);

#endif
