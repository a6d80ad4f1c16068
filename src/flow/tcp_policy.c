/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_policy.c - what the policy says of TCP, when a flow begins and later */
#include "flow/tcp_flow.h"

#include "flow/icmp_error.h"
#include "flow/policy.h"

static void tell_never(struct ul_flow_ctx *ctx, const struct ul_pkt *pkt,
		       const struct ul_ep *dst)
{
	bool has_hint = ul_policy_wants_loopback_hint(ctx->policy, pkt->port,
						      dst);
	char text[UL_EP_STRLEN];

	ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop), UL_LOG_INFO,
		       "tcp", "connection to %s refused: never proxied%s",
		       ul_ep_str(dst, text), has_hint ?
		       " (--host-loopback opens the host's loopback)" : "");
}

bool ul_tcp_resolve(struct ul_tcp_proxy *p, const struct ul_pkt *pkt,
		    const struct ul_ep *dst, struct ul_decision *d)
{
	struct ul_flow_ctx *ctx = p->ctx;
	struct ul_try attempt = {
		.port = pkt->port, .proto = UL_IPPROTO_TCP, .dst = *dst,
	};

	*d = (struct ul_decision){ .why = UL_WHY_SERVICE };
	switch (ul_policy_map(ctx->policy, &attempt, d)) {
	case UL_VERDICT_ALLOW:
		return true;
	case UL_VERDICT_NEVER:
		tell_never(ctx, pkt, dst);
		ul_flow_denied(ctx, pkt, d);
		ul_conn_refuse(ctx->stack, pkt);
		return false;
	case UL_VERDICT_PROHIBITED:
		ul_flow_denied(ctx, pkt, d);
		ul_conn_refuse(ctx->stack, pkt);
		return false;
	case UL_VERDICT_NO_ROUTE:
		ctx->stats.tcp_unreachable++;
		ul_icmp_error_send(ctx, pkt, UL_ICMP_NET_UNREACHABLE, 0);
		return false;
	}
	return false;
}

static bool may_stay(struct ul_tcp_flow *f)
{
	struct ul_tcp_proxy *p = f->proxy;
	struct ul_try attempt = {
		.port = f->share.account ? f->share.account->port : NULL,
		.proto = UL_IPPROTO_TCP, .dst = f->peer, .is_open = true,
	};

	if (f->is_forward || f->is_service || f->is_guestfwd)
		return true;
	return ul_policy_still_allows(p->ctx->policy, &attempt, &f->host);
}

void ul_tcp_proxy_policy_changed(struct ul_tcp_proxy *p)
{
	struct ul_list *n, *tmp;

	ul_stack_set_time(p->ctx->stack, ul_loop_now(p->ctx->loop));
	ul_list_for_each_safe(n, tmp, &p->idle) {
		struct ul_tcp_flow *f = ul_container_of(n, struct ul_tcp_flow,
							order);

		if (may_stay(f))
			continue;
		p->ctx->stats.cut++;
		if (f->syn)
			ul_conn_refuse(p->ctx->stack, &f->syn->pkt);
		ul_tcp_flow_reset(f, UL_FLOW_POLICY);
	}
}
