/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mode.h - the five modes of a network: presets of the same parts
 *
 *               VM->host  host->VM  VM<->VM  VM->outside  outside->VM
 *  nat          yes       forward   -        yes          forward
 *  nat-network  yes       forward   yes      yes          forward
 *  internal     no        no        yes      no           no
 *  host-only    yes       forward   yes      no           no
 *  bridged      yes       yes       yes      yes          yes
 */
#ifndef UL_CONF_MODE_H
#define UL_CONF_MODE_H

#include <stdbool.h>
#include <stdint.h>

enum ul_mode {
	UL_MODE_NAT,
	UL_MODE_NAT_NETWORK,
	UL_MODE_INTERNAL,
	UL_MODE_HOST_ONLY,
	UL_MODE_BRIDGED,
};
#define UL_MODE_COUNT (UL_MODE_BRIDGED + 1)

enum ul_egress {
	UL_EGRESS_NONE,
	UL_EGRESS_INTERNET,	/* not private networks, not the host */
	UL_EGRESS_ANY,
};
#define UL_EGRESS_COUNT (UL_EGRESS_ANY + 1)

/* What a mode says of uplinks. */
enum ul_uplink_use {
	UL_UPLINK_NEVER,
	UL_UPLINK_SEGMENT,	/* VXLAN and trunks only: more of the same LAN */
	UL_UPLINK_MUST,
};
#define UL_UPLINK_USE_COUNT (UL_UPLINK_MUST + 1)

struct ul_mode_parts {
	const char *name;
	bool has_many_ports;
	bool has_router;	/* a gateway with NAT, which is the host */
	bool has_dhcp;
	enum ul_egress egress;
	bool tells_route;	/* leases and RAs carry a default route */
	enum ul_uplink_use uplink;
	/* The first subnet to try where none is given; 0: takes no free one. */
	uint32_t first_subnet;
	uint8_t gateway, first_lease;	/* last octets of the address plan */
};

const struct ul_mode_parts *ul_mode_parts(enum ul_mode mode);
/* 0 or -EINVAL, then *@out is left alone. */
int ul_mode_parse(enum ul_mode *out, const char *text);

const char *ul_egress_name(enum ul_egress egress);
int ul_egress_parse(enum ul_egress *out, const char *text);

#endif
