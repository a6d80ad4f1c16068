/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * udp_errors.c - what ICMP says about a host UDP socket's datagrams
 *
 * A socket that talks to many peers gets the pending error of one of them as
 * the result of its next send to another. So after any error the error queue
 * is read, and what it says is told to the guest that it is about.
 */
#include "flow/udp_errors.h"

#include <errno.h>

#include "base/cursor.h"
#include "flow/icmp_error.h"
#include "flow/policy.h"
#include "flow/recverr.h"
#include "wire/udp.h"

#define ERRORS_TURN 64		/* error queue entries in one turn */
#define QUOTE_MAX 1232		/* of a payload, in an ICMP error */
#define IP4_HEADER 20
#define IP6_HEADER 40

/*
 * The start of a packet as the guest sent it, for the quote: headers before
 * the @payload_len bytes that are at their place in @bytes already.
 */
static void rebuild(struct ul_pkt *pkt, uint8_t *bytes, size_t payload_len,
		    const struct ul_ep *guest, const struct ul_ep *visible)
{
	size_t udp_len = UL_UDP_HLEN + payload_len;
	size_t header_len = ul_icmp_quote_header(bytes, &guest->addr,
						 &visible->addr,
						 UL_IPPROTO_UDP, udp_len);
	uint8_t *udp = bytes + header_len;
	struct ul_wr w = ul_wr_new(udp, UL_UDP_HLEN);

	ul_udp_emit(&w, guest, visible, udp + UL_UDP_HLEN, payload_len);
	*pkt = (struct ul_pkt){
		.src = guest->addr,
		.dst = visible->addr,
		.proto = UL_IPPROTO_UDP,
		.ip = bytes,
		.ip_len = header_len + udp_len,
		.l4 = udp,
		.l4_len = udp_len,
	};
}

/* Nobody answers at the host's address: the service may be on loopback. */
static void hint(struct ul_flow_ctx *ctx, const struct ul_recverr *e,
		 const struct ul_ep *visible)
{
	char to[UL_EP_STRLEN];

	if (e->err == ECONNREFUSED &&
	    ul_policy_wants_loopback_hint(ctx->policy, NULL, visible))
		ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop),
			       UL_LOG_INFO, "udp", "%s was refused by the "
			       "host; --host-loopback=%u would open what "
			       "listens on its loopback only",
			       ul_ep_str(visible, to), visible->port);
}

/* Tell the guest what ICMP told us about a datagram of its. */
static void relay(struct ul_udp_sock *s, const struct ul_recverr *e,
		  uint8_t *bytes)
{
	struct ul_ep guest, visible;
	struct ul_addr from;
	struct ul_pkt pkt;

	if (!e->has_dst || !e->has_offender ||
	    !s->ops->view(s, &e->dst, &guest, &visible))
		return;
	from = ul_addr_eq(&e->offender, &e->dst.addr) ? visible.addr
						      : e->offender;
	/* A forward may join families; the errors of one mean nothing then. */
	if (ul_addr_family(&guest.addr) != s->family)
		return;
	hint(s->ctx, e, &visible);
	rebuild(&pkt, bytes, e->len, &guest, &visible);
	ul_icmp_error_relay(s->ctx, &pkt, &from, e->type, e->code,
			    e->info);
}

void ul_udp_errors_drain(struct ul_udp_sock *s, uint32_t *mtu)
{
	size_t header_len = (s->family == UL_V4 ? IP4_HEADER : IP6_HEADER) +
			    UL_UDP_HLEN;
	uint8_t bytes[IP6_HEADER + UL_UDP_HLEN + QUOTE_MAX];
	struct ul_recverr e;

	for (int i = 0; i < ERRORS_TURN; i++) {
		if (ul_recverr_read(s->watch.fd, &e, bytes + header_len,
				    QUOTE_MAX) <= 0)
			return;
		if (e.origin == UL_RECVERR_LOCAL && e.err == EMSGSIZE)
			*mtu = e.info;
		else if (e.origin == UL_RECVERR_ICMP)
			relay(s, &e, bytes);
	}
}
