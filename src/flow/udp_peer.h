/* SPDX-License-Identifier: BSD-3-Clause */
/* udp_peer.h - whom a guest's endpoint talks to; shared by the files udp_*.c */
#ifndef UL_FLOW_UDP_PEER_H
#define UL_FLOW_UDP_PEER_H

#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"
#include "flow/flow_book.h"
#include "flow/udp_io.h"
#include "flow/udp_proxy.h"
#include "loop/loop.h"

struct ul_udp_forwards;

struct ul_udp_proxy {
	struct ul_flow_ctx *ctx;
	struct ul_udp_io *io;
	struct ul_udp_forwards *forwards;
	struct ul_hash_key hash_key;
	struct ul_htab mappings;		/* by guest endpoint */
	struct ul_htab peers;			/* by mapping and address */
	struct ul_list by_use, by_use_dns;	/* mappings, oldest use first */
	struct ul_timer timer;
};

struct ul_udp_mapping {
	struct ul_hnode hash_node;
	struct ul_list use_node;
	struct ul_udp_proxy *proxy;
	struct ul_share share;
	struct ul_flow_entry entry;
	struct ul_udp_sock sock;
	struct ul_ep guest;
	uint16_t host_port;
	bool is_dns;			/* all it sent went to port 53 */
	int64_t last_us;
	struct ul_list peers;		/* oldest use first */
	unsigned int peer_count;
	/* The last destination, so that a stream asks the policy rarely. */
	struct ul_ep last_dst, last_host;
	unsigned int mapped_serial;	/* of the policy */
	int64_t mapped_us;
	bool has_last;
};

struct ul_udp_peer {
	struct ul_hnode hash_node;
	struct ul_list node;
	struct ul_udp_mapping *mapping;
	struct ul_addr host, visible;
	uint16_t port;			/* that was last sent to */
	unsigned int mapped_serial;	/* of the policy, which allowed it */
	int64_t mapped_us;
	uint16_t other_port;		/* another that may answer */
	unsigned int other_serial;	/* so said the policy of then */
};

/* The mapping's peer at @host; NULL: the guest never sent there from it. */
struct ul_udp_peer *ul_udp_peer_find(const struct ul_udp_mapping *m,
				     const struct ul_addr *host);

/*
 * From now on @host may answer, and is @visible to the guest. The one that was
 * not used for longest gives way when there are too many; NULL: no memory.
 */
struct ul_udp_peer *ul_udp_peer_remember(struct ul_udp_mapping *m,
					 const struct ul_addr *host,
					 const struct ul_addr *visible);
void ul_udp_peer_forget(struct ul_udp_peer *q);
struct ul_udp_peer *ul_udp_peer_oldest(const struct ul_udp_mapping *m);

/*
 * A peer answers from any port of its own (RFC 4787 5), but from one that the
 * rules close it would speak with a guest that may not answer it.
 */
bool ul_udp_peer_may_answer(struct ul_udp_peer *q, uint16_t port);

#endif
