/* SPDX-License-Identifier: BSD-3-Clause */
/* mode.c - the five modes of a network: presets of the same parts */
#include "conf/mode.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define NET(a, b, c) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8)

static const struct ul_mode_parts parts[] = {
	[UL_MODE_NAT] = {
		.name = "nat", .has_router = true, .has_dhcp = true,
		.egress = UL_EGRESS_ANY, .tells_route = true,
		.gateway = 2, .first_lease = 15,
	},
	[UL_MODE_NAT_NETWORK] = {
		.name = "nat-network", .has_many_ports = true,
		.has_router = true, .has_dhcp = true,
		.egress = UL_EGRESS_ANY, .tells_route = true,
		.uplink = UL_UPLINK_SEGMENT,
		.first_subnet = NET(10, 0, 2),
		.gateway = 2, .first_lease = 15,
	},
	[UL_MODE_INTERNAL] = {
		.name = "internal", .has_many_ports = true,
		.uplink = UL_UPLINK_SEGMENT,
		.gateway = 2, .first_lease = 15,
	},
	[UL_MODE_HOST_ONLY] = {
		.name = "host-only", .has_many_ports = true,
		.has_router = true, .has_dhcp = true,
		.first_subnet = NET(192, 168, 56),
		.gateway = 1, .first_lease = 101,
	},
	[UL_MODE_BRIDGED] = {
		.name = "bridged", .has_many_ports = true,
		.uplink = UL_UPLINK_MUST,
		.gateway = 2, .first_lease = 15,
	},
};
static_assert(sizeof(parts) / sizeof(*parts) == UL_MODE_COUNT, "each mode");

static const char *const egress_name[] = {
	[UL_EGRESS_NONE] = "none",
	[UL_EGRESS_INTERNET] = "internet",
	[UL_EGRESS_ANY] = "any",
};
static_assert(sizeof(egress_name) / sizeof(*egress_name) == UL_EGRESS_COUNT,
	      "each egress");

const struct ul_mode_parts *ul_mode_parts(enum ul_mode mode)
{
	return &parts[mode];
}

int ul_mode_parse(enum ul_mode *out, const char *text)
{
	for (unsigned int i = 0; i < UL_MODE_COUNT; i++) {
		if (strcmp(text, parts[i].name))
			continue;
		*out = (enum ul_mode)i;
		return 0;
	}
	return -EINVAL;
}

const char *ul_egress_name(enum ul_egress egress)
{
	return egress_name[egress];
}

int ul_egress_parse(enum ul_egress *out, const char *text)
{
	for (unsigned int i = 0; i < UL_EGRESS_COUNT; i++) {
		if (strcmp(text, egress_name[i]))
			continue;
		*out = (enum ul_egress)i;
		return 0;
	}
	return -EINVAL;
}
