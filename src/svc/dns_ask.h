/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_ask.h - questions to the host's resolvers, from asking to the answer
 *
 * Theory of operation is at the head of dns_ask.c.
 */
#ifndef UL_SVC_DNS_ASK_H
#define UL_SVC_DNS_ASK_H

#include "base/list.h"
#include "loop/loop.h"
#include "svc/dns_query.h"
#include "svc/dns_upstream.h"

#define UL_DNS_EXCHANGES 16	/* by TCP, each with 64 KiB */

#define UL_DNS_RESEND_US 600000ll	/* one datagram was lost, perhaps */
#define UL_DNS_TRY_US 2000000ll		/* silence before the next upstream */
#define UL_DNS_GIVE_UP_US 6000000ll	/* then SERVFAIL */

struct ul_dns_exchange;
struct ul_dns_asks;

/* One question in flight, and who waits for its answer. */
struct ul_dns_ask {
	struct ul_list node;
	struct ul_dns_asks *all;
	struct ul_list waiters;		/* the owner's */
	bool is_plain, has_edns;
	bool wants_all;			/* by TCP, when UDP has no room */
	struct ul_dns_key key;		/* of a plain one */
	char name[UL_DNS_NAME_LEN];
	unsigned int list_id;		/* that the masks are about */
	uint32_t tried, hopeless;
	int server;			/* asked now, of that list */
	int64_t asked_us, give_up_us;
	struct ul_watch watch;
	struct ul_timer timer;
	struct ul_dns_exchange *exchange;
	uint16_t id, flags;
	size_t question_len, len;
	uint8_t msg[UL_DNS_QUERY_MAX];
};

/* How it ended. */
struct ul_dns_outcome {
	uint8_t *msg;			/* the answer, or NULL: it failed */
	size_t len;
	uint16_t flags;			/* of the answer */
	bool is_ours;			/* it failed for lack of something here */
};

struct ul_dns_asks_conf {
	struct ul_loop *loop;
	struct ul_dns_upstreams *upstreams;	/* borrowed */
	/* Told once; the ask is gone after it. */
	void (*done)(struct ul_dns_ask *ask, const struct ul_dns_outcome *o,
		     void *arg);
	void *arg;
};

struct ul_dns_asks_stats {
	uint64_t asked;		/* questions */
	uint64_t failovers;
	uint64_t by_tcp;
	uint64_t ignored;	/* datagrams that answered no question */
};

struct ul_dns_asks *ul_dns_asks_new(const struct ul_dns_asks_conf *conf);
/* What is in flight is forgotten. NULL is fine. */
void ul_dns_asks_free(struct ul_dns_asks *all);

/*
 * A question for @query (its message @msg), to be started. NULL without
 * memory; how many there are is the owner's concern.
 */
struct ul_dns_ask *ul_dns_ask_new(struct ul_dns_asks *all,
				  const struct ul_dns_query *query,
				  const uint8_t *msg, size_t len);
/* May end it at once. */
void ul_dns_ask_start(struct ul_dns_ask *ask);
/* End it untold. */
void ul_dns_ask_cancel(struct ul_dns_ask *ask);

/* One in flight that is the same as plain @query, or NULL. */
struct ul_dns_ask *ul_dns_ask_find(struct ul_dns_asks *all,
				   const struct ul_dns_query *query);

size_t ul_dns_asks_count(const struct ul_dns_asks *all);
const struct ul_dns_asks_stats *
ul_dns_asks_stats(const struct ul_dns_asks *all);

#endif
