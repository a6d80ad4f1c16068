/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_relay.h - guests' DNS queries to the host's resolvers
 *
 * Messages pass unchanged but for their id, so every record type works. TCP
 * is the TCP proxy's: it connects to ul_dns_relay_upstream().
 */
#ifndef UL_SVC_DNS_RELAY_H
#define UL_SVC_DNS_RELAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "loop/loop.h"
#include "svc/dns_addrs.h"

#define UL_DNS_IN_FLIGHT 256	/* queries, each with a socket */
#define UL_DNS_PER_GUEST 192	/* of one guest address, so others get in */
#define UL_DNS_QUERY_MAX 4096	/* bytes of a query */
#define UL_DNS_UPSTREAMS 8

#define UL_DNS_TRY_US 2000000ll		/* silence before the next upstream */
#define UL_DNS_GIVE_UP_US 6000000ll	/* then SERVFAIL */
#define UL_DNS_AVOID_US 30000000ll	/* a silent upstream comes last */

typedef void (*ul_dns_reply_fn)(const struct ul_ep *guest,
				const struct ul_ep *service,
				const uint8_t *data, size_t len, void *arg);

struct ul_dns_zone;

struct ul_dns_relay_conf {
	struct ul_loop *loop;
	/* What is answered here, closed or not; borrowed. NULL: nothing. */
	const struct ul_dns_zone *zone;
	/* Copied, the first UL_DNS_UPSTREAMS; without any, resolv_path says. */
	const struct ul_ep *upstreams;
	size_t upstream_count;
	const char *resolv_path;	/* NULL: UL_RESOLV_PATH */
	/* @data for @guest, from @service; borrowed. May be called at once. */
	ul_dns_reply_fn reply;
	/*
	 * May the host's resolvers be asked for @name (lower case, without
	 * the last dot)? If not it is REFUSED at once. NULL: every name. The
	 * zone's names are answered without asking.
	 */
	bool (*may_ask)(const char *name, void *arg);
	/* Called before the answer goes to the guest. NULL: nobody cares. */
	ul_dns_heard_fn heard;
	void *arg;
};

struct ul_dns_relay_stats {
	uint64_t queries;	/* relayed */
	uint64_t answers;
	uint64_t merged;	/* guest's retransmissions */
	uint64_t failed;	/* answered SERVFAIL by us */
	uint64_t local;		/* answered by the zone */
	uint64_t turned_away;	/* answered REFUSED while closed */
	uint64_t forbidden;	/* answered REFUSED: may_ask() said no */
	uint64_t failovers;
	uint64_t truncated;
	uint64_t over_limit;	/* dropped: too many in flight */
	uint64_t malformed;	/* dropped or answered with an error */
	uint64_t ignored;	/* datagrams that answered no question */
};

struct ul_dns_relay;

struct ul_dns_relay *ul_dns_relay_new(const struct ul_dns_relay_conf *conf);
/* Queries in flight are forgotten. NULL is fine. */
void ul_dns_relay_free(struct ul_dns_relay *relay);

/* The payload of a UDP datagram from @guest to @service. */
void ul_dns_relay_query(struct ul_dns_relay *relay, const struct ul_ep *guest,
			const struct ul_ep *service, const uint8_t *data,
			size_t len);

/*
 * The resolver to connect to over TCP: the first in order that is not
 * known to be silent; *@scope is the interface of a link-local one, else 0.
 * -ENOENT when there is none, and while the relay is closed.
 */
int ul_dns_relay_upstream(struct ul_dns_relay *relay, struct ul_ep *out,
			  uint32_t *scope);

/*
 * Closed, a relay answers every query REFUSED at once that is not the zone's,
 * those in flight too, and no query leaves the process. It is made open.
 */
void ul_dns_relay_close(struct ul_dns_relay *relay);
void ul_dns_relay_open(struct ul_dns_relay *relay);

size_t ul_dns_relay_in_flight(const struct ul_dns_relay *relay);
const struct ul_dns_relay_stats *
ul_dns_relay_stats(const struct ul_dns_relay *relay);

#endif
