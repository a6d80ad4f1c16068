/* SPDX-License-Identifier: BSD-3-Clause */
/* tapif.h - make and configure a tap in the network namespace we are in */
#ifndef UL_SYS_TAPIF_H
#define UL_SYS_TAPIF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

struct ul_tap_conf {
	const char *name;		/* at most 15 bytes */
	unsigned int mtu;
	bool is_configured;		/* else made, and left alone */
	bool has_mac;			/* else the kernel's choice */
	uint8_t mac[6];
	bool no_ipv4;			/* no address of IPv4 */
	bool no_routes;			/* on-link only */
	bool has_offload;		/* virtio's header before frames */
	struct ul_prefix subnet;
	struct ul_addr addr4, gateway4;
	bool has_ipv6;
	struct ul_prefix prefix6;
	struct ul_addr addr6, gateway6;
};

/*
 * A tap, and when conf->is_configured: its addresses, MTU,
 * default routes through the gateways, it and the loopback up. 0 and the
 * caller's non-blocking descriptor, or -errno and in *@error a sentence (the
 * caller's) with the step that failed. The tap ends with its descriptor.
 */
int ul_tapif_make(int *out, const struct ul_tap_conf *conf, char **error);

/*
 * Whoever has the descriptor of a tap keeps the network namespace in which
 * it was made. For a tap that ends with its namespace, all the same: make it
 * in one, open *@out there (-errno: none), enter another, and have the tap
 * @name follow.
 */
int ul_tapif_open_door(int *out, char **error);
int ul_tapif_follow(int door, const char *name, char **error);

/* What conf->is_configured does, for a tap that was made without. */
int ul_tapif_configure(const struct ul_tap_conf *conf, char **error);

#endif
