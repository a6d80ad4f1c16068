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
#include <stdint.h>

#include "base/addr.h"

struct ul_policy;

struct ul_port_range {
	uint16_t first, last;
};

/* What guests may reach through the router. */
enum ul_reach {
	UL_REACH_ANY,
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
};

enum ul_verdict {
	UL_VERDICT_ALLOW,
	UL_VERDICT_NEVER,	/* never proxied: RST or ICMP prohibited */
	UL_VERDICT_NO_ROUTE,	/* the host has no address of that family */
	UL_VERDICT_PROHIBITED,	/* no egress: RST or ICMP prohibited */
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
};

struct ul_policy *ul_policy_new(const struct ul_policy_conf *conf);
void ul_policy_free(struct ul_policy *policy);

/* Replace the host that is asked; @host must outlive the policy. */
void ul_policy_set_host(struct ul_policy *policy,
			const struct ul_policy_host *host, void *arg);

/*
 * From now on. Flows that are open are their owners' business: whatever
 * ul_policy_is_prohibited() now.
 */
void ul_policy_set_reach(struct ul_policy *policy, enum ul_reach reach);

/* Is @dst, as a guest addresses it, closed for lack of egress? */
bool ul_policy_is_prohibited(const struct ul_policy *policy,
			     const struct ul_addr *dst);

/*
 * The host's addresses may be others now: it is asked anew. The serial
 * changes with whatever may change where a destination is, for those that
 * remember what ul_policy_map() said.
 */
void ul_policy_host_changed(struct ul_policy *policy);
unsigned int ul_policy_serial(const struct ul_policy *policy);

/*
 * Where a guest's packet of @proto (UL_IPPROTO_*) to @dst goes on the host.
 * *@host is written only for UL_VERDICT_ALLOW. @dst->port is 0 for ICMP.
 */
enum ul_verdict ul_policy_map(struct ul_policy *policy, uint8_t proto,
			      const struct ul_ep *dst, struct ul_ep *host);

/*
 * Is @addr the address that stands for the host, and would --host-loopback
 * (for @port) have led to the host's loopback instead of where the mapping
 * led? For the hint when such a connection was refused.
 */
bool ul_policy_wants_loopback_hint(const struct ul_policy *policy,
				   const struct ul_ep *dst);

/*
 * Is @addr one that many hear: multicast, 255.255.255.255, the broadcast
 * address of the network? No ICMP error is ever sent about it.
 */
bool ul_policy_is_broadcast(const struct ul_policy *policy,
			    const struct ul_addr *addr);

/*
 * The never-proxied list on a host address after mapping: 0/8, 127/8,
 * 169.254/16, 224/4, 240/4, ::, ::1, ::ffff:0:0/96, fe80::/10, ff00::/8,
 * fd00:ec2::254 and the network's own prefixes.
 */
bool ul_policy_is_never(const struct ul_policy *policy,
			const struct ul_addr *host);

#endif
