/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_unreach.c - a guest refuses a connection by ICMP
 *
 * A firewall in the guest that rejects says so with "destination unreachable"
 * more often than with RST. To a connection that is not open yet it is a
 * refusal (RFC 1122 4.2.3.9; so does Linux); an open one lives on what its
 * segments say (RFC 5927 5.2).
 */
#include "flow/tcp_flow.h"
#include "wire/icmp.h"

#define PORT_UNREACHABLE4 3
#define FRAGMENTATION_NEEDED 4
#define PORT_UNREACHABLE6 4

/* Is it an error that ends an attempt, and how does its client meet it? */
static bool ends(const struct ul_icmp *h, enum ul_family family,
		 enum ul_greeting *how)
{
	bool is_v4 = family == UL_V4;

	if (h->type != (is_v4 ? UL_ICMP4_UNREACHABLE : UL_ICMP6_UNREACHABLE) ||
	    (is_v4 && h->code == FRAGMENTATION_NEEDED))
		return false;
	*how = h->code == (is_v4 ? PORT_UNREACHABLE4 : PORT_UNREACHABLE6) ?
	       UL_GREETING_REFUSED : UL_GREETING_UNREACHABLE;
	return true;
}

bool ul_tcp_proxy_unreachable(struct ul_tcp_proxy *p,
			      const struct ul_pkt *pkt)
{
	enum ul_family family = ul_addr_family(&pkt->src);
	struct ul_icmp_quote q;
	struct ul_tcp_flow *f;
	enum ul_greeting how;
	struct ul_icmp h;

	if (ul_icmp_parse(&h, pkt->l4, pkt->l4_len) < 0 ||
	    !ends(&h, family, &how) ||
	    ul_icmp_quote_parse(&q, pkt->l4, pkt->l4_len, family) < 0 ||
	    q.proto != UL_IPPROTO_TCP)
		return false;
	f = ul_tcp_flow_find(p, &q.dst, &q.src,
			     ul_tcp_hash(p, &q.dst, &q.src));
	if (!f || !f->conn || !ul_conn_awaits(f->conn, q.seq))
		return false;
	ul_stack_set_time(p->ctx->stack, ul_loop_now(p->ctx->loop));
	ul_tcp_flow_greeted(f, how);
	ul_tcp_flow_reset(f, UL_FLOW_GUEST_REFUSED);
	return true;
}
