/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * macshare.h - a port on which all guests have one MAC outside
 *
 * It wraps an uplink's port, for networks that take one MAC alone: Wi-Fi,
 * switches with a limit, 802.1X.
 */
#ifndef UL_LINK_MACSHARE_H
#define UL_LINK_MACSHARE_H

#include <stdint.h>

#include "link/port.h"
#include "loop/loop.h"

struct ul_macshare_stats {
	uint64_t rx_reflected;	/* our own frames, sent back to us */
	uint64_t rx_unknown;	/* to our MAC, for no guest that we know */
	uint64_t rx_foreign;	/* to other MACs */
	uint64_t tx_short;	/* from guests, without an Ethernet header */
};

/* Guests are @mac outside. @take_inner's handler becomes ours. */
struct ul_port *ul_macshare_new(struct ul_loop *loop,
				struct ul_port *take_inner,
				const uint8_t mac[6],
				const struct ul_port_handler *handler,
				void *arg);

/* Borrowed until the port is freed. */
const struct ul_macshare_stats *ul_macshare_stats(const struct ul_port *port);

#endif
