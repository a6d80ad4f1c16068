/* SPDX-License-Identifier: BSD-3-Clause */
/* hub_priv.h - what the files of the hub share */
#ifndef UL_LINK_HUB_PRIV_H
#define UL_LINK_HUB_PRIV_H

#include "base/list.h"
#include "base/rate.h"
#include "link/hub.h"
#include "link/mac_table.h"

struct ul_plug {
	struct ul_hub *hub;
	struct ul_port *port;
	struct ul_list node;		/* of the hub's plugs */
	struct ul_mac_place place;
	struct ul_plug_conf conf;	/* its name is the one below */
	char name[UL_PORT_NAME_MAX + 1];
	struct ul_plug_stats stats;
	struct ul_rate storm;
	bool is_full;			/* refused a frame; has_room comes */
	bool owes_router;		/* and one of the router's */
};

struct ul_hub {
	struct ul_loop *loop;
	const struct ul_hub_handler *handler;
	void *arg;
	bool has_router;
	uint8_t router_mac[6];
	struct ul_addr *router_addrs;
	unsigned int router_addr_count;
	struct ul_list plugs;
	unsigned int plug_count;
	unsigned int promiscuous_count;
	unsigned int next_name;
	struct ul_mac_table *macs;
};

static inline struct ul_plug *ul_plug_of(const struct ul_list *node)
{
	return ul_container_of(node, struct ul_plug, node);
}

static inline struct ul_plug *ul_plug_at(const struct ul_mac_place *place)
{
	return place ? ul_container_of(place, struct ul_plug, place) : NULL;
}

/* Switch one frame that came from @plug. */
void ul_hub_input(struct ul_plug *plug, struct ul_frame *frame);

#endif
