/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * net_policy.h - what guests of a network may reach: asked, explained, changed
 *
 * Plain values, as in net_info.h; texts are borrowed for the call that hands
 * them out.
 */
#ifndef UL_NET_NET_POLICY_H
#define UL_NET_NET_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rule.h"

struct ul_network;

struct ul_policy_info {
	const char *egress;		/* "any", "internet", "none" */
	bool host_loopback;		/* open to all guests */
	const char *loopback_ports;	/* "80,8000-8010"; NULL: all */
	uint64_t denied, cut;		/* tries, and flows that were open */
};

struct ul_rule_info {
	unsigned int number;		/* from 1 */
	const struct ul_rule *rule;
	uint64_t hits;
};

struct ul_heard_info {
	const char *name;
	struct ul_addr addr;
	int64_t left_us;
};

void ul_network_policy(struct ul_network *network, struct ul_policy_info *out);
void ul_network_each_rule(struct ul_network *network,
			  void (*fn)(const struct ul_rule_info *rule,
				     void *arg), void *arg);
/* Names that rules speak of, and what they were answered with. */
void ul_network_each_heard(struct ul_network *network,
			   void (*fn)(const struct ul_heard_info *heard,
				      void *arg), void *arg);
/* Ports of guests to which the host's loopback is open besides. */
void ul_network_each_loopback(struct ul_network *network,
			      void (*fn)(const char *port, const char *ports,
					 void *arg), void *arg);

/* Change the policy at once: what is open and not allowed any more is cut. */
struct ul_policy_change {
	const char *egress;		/* NULL: as it is */
	const struct ul_rule *rules;	/* NULL: as they are */
	size_t rule_count;
	/* "none", "all", or ports as --host-loopback has them; NULL: as it is. */
	const char *loopback;
};

/* 0, or -errno, a sentence of the caller's in *@error, and nothing changed. */
int ul_network_change_policy(struct ul_network *network,
			     const struct ul_policy_change *change,
			     char **error);

struct ul_policy_question {
	const char *port;		/* the guest's; NULL: any guest */
	uint8_t proto;			/* UL_IPPROTO_* */
	struct ul_ep dst;
};

struct ul_policy_answer {
	bool is_allowed;
	const char *reason;		/* a part of a sentence */
	unsigned int rule;		/* its number; 0: none matched */
	const struct ul_rule *text;	/* that rule; NULL */
	bool is_service;		/* of the router itself */
	struct ul_ep host;		/* where it goes else, when allowed */
};

/* What would happen? -ENOENT and a sentence: no port has that name. */
int ul_network_explain(struct ul_network *network,
		       const struct ul_policy_question *question,
		       struct ul_policy_answer *out, char **error);
/* May guests ask for @name (lower case, no dot at its end)? */
bool ul_network_may_ask(struct ul_network *network, const char *name);

#endif
