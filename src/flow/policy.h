/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * policy.h - may this destination be reached, and where is it on the host?
 *
 * One function decides, on the address that is handed to connect() or
 * sendto(), after all mapping.
 */
#ifndef UL_FLOW_POLICY_H
#define UL_FLOW_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rule.h"
#include "flow/heard.h"

struct ul_policy;

struct ul_port_range {
	uint16_t first, last;
};

/* What guests may reach through the router where no rule says it. */
enum ul_reach {
	UL_REACH_ANY,
	UL_REACH_INTERNET,	/* not private networks, not the host */
	UL_REACH_HOST,		/* the gateway, which stands for it, alone */
	UL_REACH_NOTHING,	/* not even that: it is there for its services */
};

struct ul_policy_conf {
	struct ul_prefix prefix4, prefix6;	/* the network's own */
	bool has_v6;
	struct ul_addr gateway4, gateway6;	/* they stand for the host */
	bool host_loopback;			/* gateway -> 127.0.0.1, ::1 */
	const struct ul_port_range *loopback_ports;	/* NULL: all; copied */
	unsigned int loopback_port_count;
	enum ul_reach reach;
	/*
	 * As libslirp's guests know it: the gateway is the host's loopback or
	 * nothing, so is all of prefix6, and of prefix4 the rest is the world's.
	 */
	bool is_slirp;
	struct ul_addr dns4, dns6;	/* servers; "any": none. With is_slirp */
	/*
	 * Is loopback's port @n open to the guest at @port of the switch, even
	 * if not to all? NULL: to none.
	 */
	bool (*opens_loopback)(const void *port, uint16_t n, void *arg);
	void *arg;
};

enum ul_verdict {
	UL_VERDICT_ALLOW,
	UL_VERDICT_NEVER,	/* never proxied: RST or ICMP prohibited */
	UL_VERDICT_NO_ROUTE,	/* the host has no address of that family */
	UL_VERDICT_PROHIBITED,	/* by a rule or the egress: the same */
};

/* Why a verdict is what it is. */
enum ul_why {
	UL_WHY_EGRESS,		/* allowed, as by each of the next four */
	UL_WHY_GATEWAY,		/* which stands for the host */
	UL_WHY_LOOPBACK,	/* the host's, which was opened */
	UL_WHY_SERVICE,		/* of the router's own */
	UL_WHY_RULE,		/* either way */
	UL_WHY_NEVER,
	UL_WHY_OWN_NET,		/* the router never sends back */
	UL_WHY_CLOSED_LOOPBACK,
	UL_WHY_NO_EGRESS,
	UL_WHY_PRIVATE,		/* with UL_REACH_INTERNET */
	UL_WHY_HOST,		/* with UL_REACH_INTERNET */
	UL_WHY_NO_HOST,		/* with UL_REACH_NOTHING */
	UL_WHY_NO_IPV6,
};
#define UL_WHY_COUNT (UL_WHY_NO_IPV6 + 1)

/* A part of a sentence. */
const char *ul_why_text(enum ul_why why);

/* What a guest would reach. */
struct ul_try {
	const void *port;	/* the guest's, of the switch; NULL: not known */
	uint8_t proto;		/* UL_IPPROTO_* */
	struct ul_ep dst;	/* as the guest addresses it; ICMP: port 0 */
	bool is_open;		/* and does already */
};

struct ul_decision {
	enum ul_verdict verdict;
	enum ul_why why;
	unsigned int rule;	/* its number, from 1; 0: none matched */
	struct ul_ep host;	/* where it goes; with UL_VERDICT_ALLOW only */
	struct ul_heard *name;	/* by which the rule matched; NULL */
};

/*
 * What the policy asks the host. The default asks the kernel; tests and
 * namespaces bring their own. The last argument is the arg given.
 */
struct ul_policy_host {
	/* As ul_hostaddr_find(). Asked at most every second of now_us(). */
	int (*find_address)(enum ul_family family, struct ul_addr *out,
			    void *arg);
	/* As ul_sockdiag_has_wildcard(). */
	int (*has_wildcard)(enum ul_family family, int ip_proto,
			    uint16_t port, void *arg);
	int64_t (*now_us)(void *arg);
	/* As ul_hostaddr_each(); as rarely. NULL: it has none. */
	void (*each_address)(void (*fn)(const struct ul_addr *addr,
					void *fn_arg),
			     void *fn_arg, void *arg);
};

struct ul_policy *ul_policy_new(const struct ul_policy_conf *conf);
void ul_policy_free(struct ul_policy *policy);

/* Replace the host that is asked; @host must outlive the policy. */
void ul_policy_set_host(struct ul_policy *policy,
			const struct ul_policy_host *host, void *arg);

/*
 * From now on. Flows that are open are their owners' business: whatever
 * ul_policy_still_allows() not any more.
 */
void ul_policy_set_reach(struct ul_policy *policy, enum ul_reach reach);
/* As host_loopback and its ports in the conf. */
void ul_policy_set_loopback(struct ul_policy *policy, bool is_open,
			    const struct ul_port_range *ports,
			    unsigned int count);
/* Is it open to all guests? At these ports; NULL: at all. */
bool ul_policy_loopback(const struct ul_policy *policy,
			const struct ul_port_range **ports,
			unsigned int *count);
/* All rules, in order; copied. One that was there keeps its count. */
void ul_policy_set_rules(struct ul_policy *policy,
			 const struct ul_rule *rules, size_t count);

/* The rules as they are, and how many flows each has decided. */
const struct ul_rule *ul_policy_rules(const struct ul_policy *policy,
				      size_t *count);
uint64_t ul_policy_hits(const struct ul_policy *policy, size_t i);

/*
 * The host's addresses may be others now: it is asked anew. The serial
 * changes with whatever may change where a destination is, or whether it is
 * open, for those that remember a decision.
 */
void ul_policy_host_changed(struct ul_policy *policy);
/* Are the host's own addresses others than when they were last asked for? */
bool ul_policy_own_changed(struct ul_policy *policy);
unsigned int ul_policy_serial(const struct ul_policy *policy);
/* Do decisions depend on which addresses are the host's own? */
bool ul_policy_minds_host(const struct ul_policy *policy);

/* Decide; nothing is counted. */
void ul_policy_explain(struct ul_policy *policy, const struct ul_try *attempt,
		       struct ul_decision *out);
/* Decide for a flow that begins or goes on; the rule's count is raised. */
enum ul_verdict ul_policy_map(struct ul_policy *policy,
			      const struct ul_try *attempt,
			      struct ul_decision *out);
/* May a flow that goes to @host on the host's side stay open? */
bool ul_policy_still_allows(struct ul_policy *policy,
			    const struct ul_try *attempt,
			    const struct ul_ep *host);

/* May guests ask for @name (lower case, no dot at its end)? */
bool ul_policy_may_ask(const struct ul_policy *policy, const char *name);
/* For some names; else there is no use in a resolver. */
bool ul_policy_may_ask_any(const struct ul_policy *policy);
/* A guest is told that @name has @addr. */
void ul_policy_heard(struct ul_policy *policy, const char *name,
		     const struct ul_addr *addr, uint32_t ttl_s);
/* What was heard of names that the rules speak of now. */
void ul_policy_each_heard(const struct ul_policy *policy,
			  void (*fn)(const char *name,
				     const struct ul_addr *addr,
				     int64_t left_us, void *arg), void *arg);

/*
 * Is @dst the address that stands for the host, and would --host-loopback
 * (for its port) have led to the host's loopback instead of where the mapping
 * led? For the hint when such a connection of the guest at @port (NULL: not
 * known) was refused.
 */
bool ul_policy_wants_loopback_hint(const struct ul_policy *policy,
				   const void *port, const struct ul_ep *dst);

/*
 * Is @addr one that many hear: multicast, 255.255.255.255, the broadcast
 * address of the network? No ICMP error is ever sent about it.
 */
bool ul_policy_is_broadcast(const struct ul_policy *policy,
			    const struct ul_addr *addr);

/*
 * The never-proxied list (base/special.h) on a host address after mapping,
 * and the network's own prefixes.
 */
bool ul_policy_is_never(const struct ul_policy *policy,
			const struct ul_addr *host);

#endif
