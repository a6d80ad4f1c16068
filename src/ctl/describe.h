/* SPDX-License-Identifier: BSD-3-Clause */
/* describe.h - parts of a network as JSON, for answers and events alike */
#ifndef UL_CTL_DESCRIBE_H
#define UL_CTL_DESCRIBE_H

#include <jansson.h>

#include "net/net_forward.h"
#include "net/net_info.h"

/* The results are the caller's. */
json_t *ul_describe_port(const struct ul_port_info *port);
/* Of a port: what all have, and what its wire alone has. */
json_t *ul_describe_counters(const struct ul_port_info *port);
json_t *ul_describe_wire_counters(const struct ul_port_info *port);
json_t *ul_describe_lease(const struct ul_lease_info *lease);
/* Whom it leads to, as its rule says: a name or an address. */
json_t *ul_describe_guest(const struct ul_forward_info *forward);
json_t *ul_describe_forward(const struct ul_forward_info *forward);

#endif
