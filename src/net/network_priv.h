/* SPDX-License-Identifier: BSD-3-Clause */
/* network_priv.h - a network's inside, for network.c and net_info.c */
#ifndef UL_NET_NETWORK_PRIV_H
#define UL_NET_NETWORK_PRIV_H

#include <glib.h>

#include "base/log.h"
#include "link/listener.h"
#include "link/pcap.h"
#include "net/lease_watch.h"
#include "net/net_info.h"
#include "net/net_leases.h"
#include "net/network.h"
#include "net/router.h"
#include "net/uplink.h"
#include "sys/ifaddrs.h"

/* One port that is plugged in, or was and will be freed. */
struct ul_attachment {
	struct ul_list node;
	struct ul_port *port;
	const char *wire;		/* "stream", "tap" ... */
	int64_t attached_us;
	char *detail;			/* of an uplink, for people; NULL */
};

struct ul_network {
	struct ul_loop *loop;
	const struct ul_conf *conf;
	struct ul_hub *hub;
	struct ul_router *router;	/* NULL: the segment has no gateway */
	GPtrArray *listeners;		/* of struct ul_listener, owned */
	GPtrArray *uplinks;		/* of struct ul_uplink, owned */
	struct ul_list attachments;
	struct ul_list gone;		/* unplugged, freed at the turn's end */
	struct ul_defer reap;
	struct ul_pcap *pcap;
	GPtrArray *captures;		/* NULL: none was ever made */
	uint64_t last_capture;
	enum ul_egress egress;		/* as it is now */
	char *loopback_text;		/* of the last who asked */
	bool overlaps;			/* its subnet, with one of the host's */
	int64_t started_us;
	struct ul_log_limit log_limit;
	void (*ended)(void *arg);
	void *arg;
	struct ul_lease_watch *lease_watch;
	struct ul_net_leases *leases;	/* NULL: they are not kept */
	const struct ul_network_events *events;
	void *events_arg;
};

/* How the guest at @port is treated by the configuration; NULL: as all. */
const struct ul_port_conf *ul_network_port_rule(const struct ul_network *n,
						const struct ul_port *port);
/* net_policy.c: a part of struct ul_router_link. */
bool ul_network_opens_loopback(const void *port, uint16_t n_port, void *arg);

/* The record of @port; NULL when it is not this network's. */
struct ul_attachment *ul_network_find(struct ul_network *n,
				      const struct ul_port *port);
/* How many guests' and host's ports are plugged in. */
unsigned int ul_network_guests(const struct ul_network *n);
/*
 * Plug @take_port in; @wire is what status calls its kind, @asked may be NULL.
 * 0, or as ul_hub_plug(); the port is freed then.
 */
int ul_network_plug_in(struct ul_network *n, struct ul_port *take_port,
		       const char *wire, const struct ul_plug_conf *asked);
/* Who may attach besides the own uid and root; borrowed from the conf. */
struct ul_allow ul_network_allow(const struct ul_network *n);
/* Take @port out; it is freed at the end of the turn. */
void ul_network_drop(struct ul_network *n, struct ul_port *port);
/* The same as when its guest leaves by itself. */
void ul_network_kick(struct ul_network *n, struct ul_port *port);

/*
 * net_info.c: tell whoever listens. A port that leaves is told of while it
 * has its plug.
 */
void ul_network_tell_connected(struct ul_network *n, struct ul_port *port);
void ul_network_tell_disconnected(struct ul_network *n, struct ul_port *port);
void ul_network_tell_conflict(struct ul_network *n,
			      const struct ul_conflict_info *info);
void ul_network_tell_overlap(struct ul_network *n,
			     const struct ul_connected *found);
/* A lease that was there before the start, and is not over. */
void ul_network_take_lease(struct ul_network *n, const struct ul_lease *lease);
void ul_network_tell_leased(struct ul_network *n, const struct ul_addr *addr);
/* For the router: is no other MAC than @mac on the network @arg? */
bool ul_network_is_alone(const uint8_t mac[6], void *arg);
/* net_forward.c. Those that were added with @port end with it. */
void ul_network_forwards_end_with(struct ul_network *n,
				  const struct ul_port *port);
void ul_network_forward_failed(const struct ul_forward_failure *failure,
			       void *arg);
extern const struct ul_lease_watch_handler ul_network_lease_handler;

/* net_capture.c: what the switch tells, while there are captures. */
void ul_network_capture_seen(struct ul_network *n, struct ul_port *from,
			     const struct ul_piece *piece, unsigned int count,
			     const struct ul_offload *offload);
void ul_network_capture_sent(struct ul_port *to, const struct ul_piece *piece,
			     unsigned int count,
			     const struct ul_offload *offload, void *arg);
void ul_network_capture_fini(struct ul_network *n);

#endif
