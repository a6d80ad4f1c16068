/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vxlan.h - a port on a VXLAN segment (RFC 7348), over a UDP socket
 *
 * The other machines of the segment are listed: a frame for many goes to each
 * of them, and frames are taken from them only.
 */
#ifndef UL_LINK_VXLAN_H
#define UL_LINK_VXLAN_H

#include "base/addr.h"
#include "link/port.h"
#include "loop/loop.h"

#define UL_VXLAN_REMOTES_MAX 64
#define UL_VXLAN_MACS_MAX 4096		/* learnt of one remote */
/* What VXLAN takes from the underlay's MTU: IP, UDP, VXLAN, Ethernet. */
#define UL_VXLAN_OVERHEAD4 50
#define UL_VXLAN_OVERHEAD6 70

struct ul_vxlan_conf {
	uint32_t vni;
	struct ul_ep local;		/* the port is that of the segment */
	const struct ul_ep *remotes;	/* copied; of the local's family */
	unsigned int remote_count;	/* 1 to UL_VXLAN_REMOTES_MAX */
	uint16_t mtu;			/* inner; 0: ul_vxlan_inner_mtu() */
	int64_t age_us;			/* of a MAC; 0: 5 minutes */
};

/* Datagrams and frames that were dropped, by reason. */
struct ul_vxlan_stats {
	uint64_t rx_stranger;		/* from none of the remotes */
	uint64_t rx_short;		/* no header, or no frame behind it */
	uint64_t rx_no_vni;		/* the I flag is not set */
	uint64_t rx_other_vni;
	uint64_t rx_bad_sum;		/* of the frame inside */
	uint64_t rx_too_long;		/* above the inner MTU */
	uint64_t rx_no_room;		/* no buffer for a large one */
	uint64_t tx_too_long;		/* the kernel: above the path's MTU */
	uint64_t tx_failed;		/* no route, refused, ... */
};

/*
 * The port, attached; it is never detached: whatever the kernel says of a
 * datagram is said of that one. NULL, and in *@error a sentence of the
 * caller's, when the socket cannot be had.
 */
struct ul_port *ul_vxlan_new(struct ul_loop *loop,
			     const struct ul_vxlan_conf *conf,
			     const struct ul_port_handler *handler, void *arg,
			     char **error);

/*
 * What fits into a datagram to each of the remotes by the kernel's routes of
 * now, less the overhead. Where there is no route 1500 is taken for its MTU.
 */
uint16_t ul_vxlan_inner_mtu(const struct ul_vxlan_conf *conf);

/* Borrowed, of a port that ul_vxlan_new() made. */
const struct ul_vxlan_stats *ul_vxlan_stats(const struct ul_port *port);

#endif
