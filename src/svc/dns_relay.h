/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_relay.h - the network's DNS server
 *
 * A query, by UDP or TCP, is answered by the zone (dns_zone.h), refused by
 * the rules, answered out of the cache, or asked of the host's resolvers: in
 * this order. Every record type passes.
 */
#ifndef UL_SVC_DNS_RELAY_H
#define UL_SVC_DNS_RELAY_H

#include <stddef.h>
#include <stdint.h>

#include "loop/loop.h"
#include "svc/dns_addrs.h"
#include "svc/dns_ask.h"
#include "svc/dns_rules.h"
#include "svc/dns_stream.h"
#include "svc/dns_upstream.h"
#include "svc/dns_waiter.h"

/* Guests' queries that wait for an answer, each with a descriptor at most. */
#define UL_DNS_IN_FLIGHT 256
#define UL_DNS_CACHE_ENTRIES 10000

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
	unsigned int in_flight;		/* 0: UL_DNS_IN_FLIGHT */
	unsigned int streams;		/* 0: UL_DNS_STREAMS */
	unsigned int cache_entries;	/* 0: nothing is kept */
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
	uint64_t queries;	/* that had to wait for an upstream's answer */
	uint64_t answers;	/* to these */
	uint64_t cached;	/* answered out of the cache */
	uint64_t joined;	/* waited for a question that was under way */
	uint64_t merged;	/* guest's retransmissions */
	uint64_t failed;	/* answered SERVFAIL by us */
	uint64_t local;		/* answered by the zone */
	uint64_t turned_away;	/* answered REFUSED while closed */
	uint64_t denied;	/* answered REFUSED by the lists of names */
	uint64_t forbidden;	/* answered REFUSED: may_ask() said no */
	uint64_t asked;		/* questions to upstreams */
	uint64_t asked_by_tcp;	/* of these, again by TCP */
	uint64_t failovers;
	uint64_t truncated;
	uint64_t over_limit;	/* dropped: too many in flight */
	uint64_t malformed;	/* dropped or answered with an error */
	uint64_t ignored;	/* datagrams that answered no question */
	uint64_t by_tcp;	/* queries, of all kinds, that came by TCP */
	uint64_t cache_hits, cache_misses, cache_evicted;
	uint64_t cache_entries, cache_bytes;	/* now */
	uint64_t in_flight, streams;		/* now */
};

struct ul_dns_relay;

struct ul_dns_relay *ul_dns_relay_new(const struct ul_dns_relay_conf *conf);
/* Queries in flight are forgotten. NULL is fine. */
void ul_dns_relay_free(struct ul_dns_relay *relay);

/* The payload of a UDP datagram, sent as @from says. */
void ul_dns_relay_query(struct ul_dns_relay *relay,
			const struct ul_dns_from *from, const uint8_t *data,
			size_t len);
/*
 * A guest's TCP connection, of which @take_fd is the near end: a connected
 * stream socket that does not block. 0, or -errno, closed.
 */
int ul_dns_relay_accept(struct ul_dns_relay *relay, int take_fd,
			const struct ul_ep *guest,
			const struct ul_ep *service, const void *port);

/*
 * Closed, a relay answers every query REFUSED at once that is not the zone's,
 * those in flight too, and no query leaves the process. It is made open.
 */
void ul_dns_relay_close(struct ul_dns_relay *relay);
void ul_dns_relay_open(struct ul_dns_relay *relay);

/* Whom to ask, borrowed; what changes there is noticed. */
struct ul_dns_upstreams *ul_dns_relay_upstreams(struct ul_dns_relay *relay);
/* Names that are denied whatever may_ask() says; consumed. None at first. */
void ul_dns_relay_set_rules(struct ul_dns_relay *relay,
			    struct ul_dns_rules *take_rules);
/* Forget the answers that are kept. Returns how many there were. */
size_t ul_dns_relay_flush(struct ul_dns_relay *relay);

size_t ul_dns_relay_in_flight(const struct ul_dns_relay *relay);
/* As of now; borrowed until the next call. */
const struct ul_dns_relay_stats *ul_dns_relay_stats(struct ul_dns_relay *relay);

#endif
