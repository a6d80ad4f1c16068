/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * neigh.h - the router's neighbours: addresses, MACs and shown MTUs
 *
 * Pure: time is an argument. Bounded, for each port too; the neighbour that
 * was heard of longest ago makes room. Nothing larger than UL_NEIGH_MTU_UNKNOWN is sent to
 * a guest before it has shown a larger MTU itself.
 */
#ifndef UL_LINK_NEIGH_H
#define UL_LINK_NEIGH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

#define UL_NEIGH_MAX 16384
#define UL_NEIGH_PER_PORT 512	/* so that one guest cannot push others out */
#define UL_NEIGH_MTU_UNKNOWN 1500

struct ul_neigh_table;

struct ul_neigh {
	struct ul_addr addr;
	uint8_t mac[6];
	uint16_t mtu;		/* the largest IP packet it has shown */
	const void *port;	/* it was heard at: an identity */
};

struct ul_neigh_table *ul_neigh_table_new(void);
void ul_neigh_table_free(struct ul_neigh_table *t);
/* Forget those of @port: its guest is gone. */
void ul_neigh_forget_port(struct ul_neigh_table *t, const void *port);

/*
 * @addr is at @mac, heard at @port; it sent, or said it takes, IP packets of @shown bytes. A
 * new MAC starts over: what the one before has shown says nothing about it.
 */
void ul_neigh_learn(struct ul_neigh_table *t, const struct ul_addr *addr,
		    const uint8_t mac[6], uint16_t shown, const void *port);

/* Borrowed until the table changes; NULL when unknown. */
const struct ul_neigh *ul_neigh_find(struct ul_neigh_table *t,
				     const struct ul_addr *addr);

/*
 * Each neighbour that was heard at @port, the last one first, until @fn says
 * false. @fn must not change the table.
 */
void ul_neigh_each_at(const struct ul_neigh_table *t, const void *port,
		      bool (*fn)(const struct ul_neigh *neigh, void *arg),
		      void *arg);
/* Each port at which there is a neighbour. */
void ul_neigh_each_port(const struct ul_neigh_table *t,
			void (*fn)(const void *port, void *arg), void *arg);

/*
 * May a solicitation for @addr be sent now? At most one a second for each of
 * a few addresses; says yes and remembers.
 */
bool ul_neigh_may_ask(struct ul_neigh_table *t, const struct ul_addr *addr,
		      int64_t now_us);

#endif
