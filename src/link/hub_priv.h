/* SPDX-License-Identifier: BSD-3-Clause */
/* hub_priv.h - what the files of the hub share */
#ifndef UL_LINK_HUB_PRIV_H
#define UL_LINK_HUB_PRIV_H

#include "base/list.h"
#include "base/rate.h"
#include "link/compact.h"
#include "link/hub.h"
#include "link/lease_map.h"
#include "link/mac_table.h"

/* With whom a plug disputes a MAC; both plugs have a record of it. */
struct ul_plug_dispute {
	struct ul_plug *other;		/* NULL: none */
	uint8_t mac[6];
	bool is_owner;			/* of the MAC; else the intruder */
	int64_t at_us;			/* when it was last intruded on */
};

#define UL_PLUG_TAKEN_MAX 8

struct ul_plug {
	struct ul_hub *hub;
	struct ul_port *port;
	struct ul_list node;		/* of the hub's plugs */
	struct ul_mac_place place;
	struct ul_plug_conf conf;	/* its name is the one below */
	char name[UL_PORT_NAME_MAX + 1];
	struct ul_plug_stats stats;
	struct ul_plug_dispute dispute;
	struct ul_rate dispute_told;
	struct ul_rate storm;
	struct ul_meter rate_in, rate_out;
	struct ul_timer resume;		/* rate_out takes frames again */
	bool has_pin;			/* pinned: to the first MAC it used */
	uint8_t pin[6];
	struct ul_addr taken[UL_PLUG_TAKEN_MAX];	/* IPv6, its own */
	unsigned int taken_count;
	struct ul_compact copies;	/* of what it does not take */
	bool is_full;			/* refused a frame; has_room comes */
	bool has_line;			/* its line is cut, or was ever bad */
	bool is_told_down;
	bool has_told_name;		/* its guest's: others' come first */
	struct ul_impair *line_in, *line_out;	/* NULL: always good */
	bool owes_router;		/* one of the router's was refused */
};

struct ul_hub {
	struct ul_loop *loop;
	const struct ul_hub_handler *handler;
	void *arg;
	bool has_router;
	uint8_t router_mac[6];
	struct ul_addr *router_addrs;
	unsigned int router_addr_count;
	struct ul_prefix auto6;
	struct ul_list plugs;
	unsigned int plug_count;
	unsigned int promiscuous_count;
	bool is_tapped;
	struct ul_buf_pool *late, *late_small;	/* of lines; NULL: none */
	unsigned int next_name;
	int64_t age_us;
	struct ul_buf_pool *backlog;	/* copies for ports that do not drain */
	struct ul_buf_pool *shared;	/* copies of what the router may change */
	struct ul_compact shared_copies;
	struct ul_mac_table *macs;
	struct ul_lease_map *leases;
};

static inline struct ul_plug *ul_plug_of(const struct ul_list *node)
{
	return ul_container_of(node, struct ul_plug, node);
}

static inline struct ul_plug *ul_plug_at(const struct ul_mac_place *place)
{
	return place ? ul_container_of(place, struct ul_plug, place) : NULL;
}

/*
 * @intruder used @mac, which is in use at @owner. The owner of the hub is
 * told, once as long as it goes on: it may change the hub in that call.
 */
void ul_plug_intrudes(struct ul_plug *intruder, struct ul_plug *owner,
		      const uint8_t mac[6]);
/* @plug uses @mac now, or leaves (@mac is NULL). */
void ul_plug_settle(struct ul_plug *plug, const uint8_t mac[6]);

/*
 * Is this frame from @src within guard and pin? What is not is counted. And:
 * such a frame was accepted.
 */
bool ul_plug_may_send(struct ul_plug *plug, const uint8_t src[6],
		      const struct ul_frame *frame);
void ul_plug_sent_from(struct ul_plug *plug, const uint8_t src[6]);
/* The addresses that became its own by use are free again. */
void ul_plug_give_back(struct ul_plug *plug);

/* It may take what it refused the router: the owner is told. */
void ul_plug_resume(struct ul_plug *plug);

/* hub_impair.c: its line is as its conf says; it will be freed. */
/* For what @conf asks of its line: 0 or -ENOMEM. */
int ul_plug_reserve_line(struct ul_plug *plug, const struct ul_plug_conf *conf);
void ul_plug_set_line(struct ul_plug *plug);
void ul_plug_free_line(struct ul_plug *plug);
/* May a frame from it go on now? Else it is late, or lost. */
bool ul_plug_takes_in(struct ul_plug *plug, const struct ul_frame *frame);
/*
 * A frame for it: 0 or -ENOBUFS, and it is late, lost or refused; or
 * *@goes_on, and it is for its port now.
 */
int ul_plug_puts_out(struct ul_plug *plug, const struct ul_piece *piece,
		     unsigned int count, const struct ul_offload *offload,
		     bool *goes_on);
/* A frame in one piece to its port, copied; as ul_port_send(). */
int ul_plug_send_copy(struct ul_plug *plug, const uint8_t *data, size_t len,
		      const struct ul_offload *offload);

/* Switch one frame that came from @plug; that passed its line. */
void ul_hub_accept(struct ul_plug *plug, struct ul_frame *frame);
void ul_hub_input(struct ul_plug *plug, struct ul_frame *frame);

#endif
