/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ctx.h - what every proxy of a network shares
 *
 * Plain pointers, borrowed, set once by the network: the loop, the stack,
 * the policy that maps and refuses destinations, the counters and the way to
 * send an ICMP error. A proxy takes from it what it needs.
 */
#ifndef UL_FLOW_CTX_H
#define UL_FLOW_CTX_H

#include <stdint.h>

#include "base/addr.h"
#include "base/log.h"
#include "base/rate.h"
#include "flow/account.h"
#include "flow/policy.h"
#include "loop/loop.h"
#include "stack/stack.h"
#include "wire/pkt.h"

struct ul_forward_failure;

/* Events since start; printed by the daemon on SIGUSR1. */
struct ul_flow_stats {
	uint64_t tcp_opened, tcp_refused, tcp_unreachable, tcp_timeout;
	uint64_t tcp_over_flows, tcp_over_half_open, tcp_no_port, tcp_no_fd;
	uint64_t udp_opened, udp_over_flows, udp_filtered, udp_dropped;
	uint64_t icmp_opened, icmp_over_flows, icmp_prohibited;
	uint64_t denied;		/* tries that the policy refused */
	uint64_t cut;			/* flows that it allows no more */
	uint64_t bad_ip, bad_checksum, bad_proto;
	uint64_t frags_in, frags_bad, frags_timeout, frags_over;
};

struct ul_flow_ctx {
	struct ul_loop *loop;
	struct ul_stack *stack;
	struct ul_policy *policy;
	struct ul_flow_limits limits;	/* of each guest */
	struct ul_accounts *accounts;
	struct ul_flow_stats stats;
	struct ul_log_limit log_limit;
	struct ul_addr gateway4, gateway6;	/* sources of our ICMP errors */
	struct ul_addr outbound4, outbound6;	/* see outbound.h */
	bool programs_use_tcp;		/* see ul_programs_use_tcp() */
	/* The MTU that may be used towards a guest address (router's). */
	uint16_t (*guest_mtu)(const struct ul_addr *guest, void *arg);
	void *guest_mtu_arg;
	/* The account of whoever has the address @guest; NULL: nobody's. */
	struct ul_account *(*account_of)(const struct ul_addr *guest,
					 void *arg);
	void *account_of_arg;
	/* @pkt is for what its guest may not reach; may be NULL. */
	void (*denied)(const struct ul_pkt *pkt,
		       const struct ul_decision *decision, void *arg);
	void *denied_arg;
	/*
	 * The address that the guest @name has now, or, when @name is NULL,
	 * the only one's: 0 or -ENOENT. May be NULL: nobody is found.
	 */
	int (*find_guest)(const char *name, enum ul_family family,
			  struct ul_addr *out, void *arg);
	void *find_guest_arg;
	/* A client of a forward was turned away; may be NULL. */
	void (*forward_failed)(const struct ul_forward_failure *failure,
			       void *arg);
	void *forward_failed_arg;
	struct ul_rate icmp_error_rate;		/* of icmp_error.c */
};

/* Count a packet that is refused by the policy, and tell. */
static inline void ul_flow_denied(struct ul_flow_ctx *ctx,
				  const struct ul_pkt *pkt,
				  const struct ul_decision *decision)
{
	ctx->stats.denied++;
	if (ctx->denied)
		ctx->denied(pkt, decision, ctx->denied_arg);
}

/* Whom a flow towards @guest, which has not spoken, is charged to. */
static inline struct ul_account *
ul_flow_account_of(const struct ul_flow_ctx *ctx, const struct ul_addr *guest)
{
	struct ul_account *a = ctx->account_of ?
		ctx->account_of(guest, ctx->account_of_arg) : NULL;

	return a ? a : ul_account_at(ctx->accounts, NULL);
}

#endif
