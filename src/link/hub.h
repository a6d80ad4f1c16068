/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hub.h - the learning switch of a network
 *
 * Ports are plugged in; the router is one more plug with a MAC of its own.
 * The hub is the handler of every port that it has: it takes their frames,
 * learns where MACs are, and queues each frame at the ports it is for. What
 * it refuses it drops and counts.
 */
#ifndef UL_LINK_HUB_H
#define UL_LINK_HUB_H

#include "base/addr.h"
#include "link/impair.h"
#include "link/port.h"
#include "loop/loop.h"

#define UL_HUB_PORTS_MAX 1024
#define UL_HUB_MACS_DEFAULT 64	/* of a guest's port */
#define UL_HUB_MACS_UPLINK 4096
#define UL_HUB_LEASES_MAX 65536
#define UL_HUB_STORM_PPS 20000

struct ul_hub;
struct ul_plug;

enum ul_plug_kind {
	UL_PLUG_GUEST,
	UL_PLUG_HOST,		/* the host port of `userlan shell` */
	UL_PLUG_UPLINK,		/* a real LAN: nobody's own, never pinned */
};
#define UL_PLUG_KIND_COUNT (UL_PLUG_UPLINK + 1)

/* How a port is treated. All zero is a guest's port without limits. */
struct ul_plug_conf {
	enum ul_plug_kind kind;
	const char *name;	/* copied; NULL: "port1", "port2", ... */
	bool is_isolated;	/* may talk to the router and uplinks only */
	bool is_promiscuous;	/* hears a copy of all */
	bool is_pinned;		/* MAC and leased addresses only */
	bool has_mac;		/* pinned to, or known for, @mac */
	uint8_t mac[6];
	unsigned int macs_max;	/* 0: the default of its kind */
	uint64_t rate_in, rate_out;	/* bytes/s from and to the guest; 0: none */
	uint64_t burst;		/* bytes; 0: a tenth of a second */
	bool is_down;		/* its cable is out: nothing passes */
	struct ul_impair_conf impair_in, impair_out;	/* from and to it */
	unsigned int storm_pps;	/* flooded frames/s; 0: UL_HUB_STORM_PPS or
				   20 000 copies, what is less */
};

struct ul_plug_stats {
	uint64_t flooded;	/* frames from it that went to many */
	uint64_t tx_dropped;	/* its queue was full */
	uint64_t too_long;	/* above what it takes */
	uint64_t storm, over_rate;	/* dropped at its limits */
	uint64_t spoofed;	/* pinned: a foreign MAC or address */
	uint64_t guarded;	/* ARP, NDP, RA, DHCP that is the router's */
	uint64_t isolated;	/* to a port that it may not talk to */
	uint64_t malformed;	/* no Ethernet, from a group, false offload */
	uint64_t mac_conflicts;	/* from a MAC that another port has */
	uint64_t macs_over;	/* from more MACs than it may have */
	uint64_t looped;	/* uplink: from the MAC of a guest here */
	uint64_t link_down;	/* while its cable was out */
	uint64_t lost;		/* by chance, as impair_in and _out want */
	uint64_t delay_full;	/* from it: too many waited for their time */
};

/* What the hub tells its owner; each may be NULL. The last argument is arg. */
struct ul_hub_handler {
	/*
	 * A frame for the router. It may be changed in place: every copy that
	 * others get was made before.
	 */
	void (*to_router)(struct ul_port *port, struct ul_frame *frame,
			  void *arg);
	/* The batch of frames of @port is at its end. */
	void (*batch_end)(struct ul_port *port, void *arg);
	/* @port refused frames of the router's and takes them again. */
	void (*has_room)(struct ul_port *port, void *arg);
	/*
	 * The guest is gone: unplugged already (what follows of its name and
	 * counters may be asked for until this returns), free it at the turn's
	 * end.
	 */
	void (*detached)(struct ul_port *port, void *arg);
	/*
	 * @mac, in use at @owner, was used by @intruder: not moved, and what
	 * the intruder sends with it is dropped. Told once while it goes on.
	 */
	void (*mac_conflict)(struct ul_port *owner, struct ul_port *intruder,
			     const uint8_t mac[6], void *arg);
	/* @mac was heard of at @port, and not before; no uplink's. */
	void (*learned)(struct ul_port *port, const uint8_t mac[6], void *arg);
	/*
	 * Each frame that passes: what guests and uplinks sent (@from), before
	 * it goes anywhere, and what the router sent (NULL) and a port took.
	 */
	void (*seen)(struct ul_port *from, const struct ul_piece *piece,
		     unsigned int count, const struct ul_offload *offload,
		     void *arg);
	/* Each frame that @to took, while ul_hub_tap() is on. */
	void (*sent)(struct ul_port *to, const struct ul_piece *piece,
		     unsigned int count, const struct ul_offload *offload,
		     void *arg);
};

struct ul_hub_conf {
	struct ul_loop *loop;
	const struct ul_hub_handler *handler;
	void *arg;
	bool has_router;	/* and with it the guard */
	uint8_t router_mac[6];
	/* The router's addresses, which no guest may claim; copied. */
	const struct ul_addr *router_addrs;
	unsigned int router_addr_count;
	/* Guests make addresses of it by themselves; of length 0: of none. */
	struct ul_prefix auto6;
	int64_t age_us;		/* of a MAC not heard of; 0: 5 minutes */
};

/* @conf is copied, its addresses too. */
struct ul_hub *ul_hub_new(const struct ul_hub_conf *conf);
/* The ports must be out. NULL is fine. */
void ul_hub_free(struct ul_hub *hub);

/*
 * Plug @port in; it must outlive its plug. Its handler becomes the hub's. 0;
 * -ENOSPC with UL_HUB_PORTS_MAX ports in; -EEXIST when a port has that name,
 * and not because its guest told it;
 * -EINVAL when the name is empty or longer than UL_PORT_NAME_MAX; -ENOMEM
 * when there is no memory for frames that are to be late.
 */
int ul_hub_plug(struct ul_hub *hub, struct ul_port *port,
		const struct ul_plug_conf *conf);
/* The port hears nothing any more, its owner neither: free it. */
void ul_hub_unplug(struct ul_hub *hub, struct ul_port *port);

/*
 * Its guest says that it is called @name: so it is, until another port is
 * plugged in or set with that name. As ul_hub_set().
 */
int ul_hub_tell_name(struct ul_hub *hub, struct ul_port *port,
		     const char *name);
/* Is its name such a one? */
bool ul_hub_is_told(const struct ul_port *port);

/*
 * Treat @port by @conf from now on. Its name stays when conf->name is NULL.
 * 0, or -EEXIST or -EINVAL for the name, or -ENOMEM, and nothing changes.
 */
int ul_hub_set(struct ul_hub *hub, struct ul_port *port,
	       const struct ul_plug_conf *conf);

/*
 * A frame of the router's: to the port where its destination is, else to
 * all. 0; -ENOBUFS when that one port's queue is full (has_room follows);
 * -ENOTCONN with no port to send it to; -EMSGSIZE as ul_port_send().
 */
int ul_hub_send(struct ul_hub *hub, const struct ul_piece *piece,
		unsigned int count, const struct ul_offload *offload);

/* Tell of each frame that a port takes, too: sent(). */
void ul_hub_tap(struct ul_hub *hub, bool is_on);

/* The port where @mac is, NULL when not known. */
struct ul_port *ul_hub_find(struct ul_hub *hub, const uint8_t mac[6]);
/* By its name; NULL when there is none. */
struct ul_port *ul_hub_find_name(struct ul_hub *hub, const char *name);

/*
 * @mac was leased @addr (or has it by configuration): what a pin allows, and
 * what no other may claim while @mac is there. It stays when the port leaves.
 * 0, or -ENOSPC with too many.
 */
int ul_hub_lease(struct ul_hub *hub, const uint8_t mac[6],
		 const struct ul_addr *addr);
/* The lease is over. Harmless when there was none. */
void ul_hub_unlease(struct ul_hub *hub, const struct ul_addr *addr);

/* With whom a port disputes a MAC. */
struct ul_hub_dispute {
	struct ul_port *other;
	uint8_t mac[6];
	bool is_owner;		/* the port has the MAC; else the other has */
};

/* Does @port dispute a MAC now? *@out is written only then. */
bool ul_hub_dispute(const struct ul_port *port, struct ul_hub_dispute *out);

/* What is known of a port, for status; borrowed until the hub changes. */
const char *ul_hub_name(const struct ul_port *port);
const struct ul_plug_conf *ul_hub_conf_of(const struct ul_port *port);
const struct ul_plug_stats *ul_hub_stats(const struct ul_port *port);
/* Call @fn for each port, and for each MAC of a port; not reentrant. */
void ul_hub_each(struct ul_hub *hub,
		 void (*fn)(struct ul_port *port, void *arg), void *arg);
void ul_hub_each_mac(struct ul_hub *hub, const struct ul_port *port,
		     void (*fn)(const uint8_t mac[6], void *arg), void *arg);

#endif
