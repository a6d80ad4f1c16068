/* SPDX-License-Identifier: BSD-3-Clause */
/* icmp_error.c - tell a guest why its packet was not delivered */
#include "flow/icmp_error.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>

#include "base/csum.h"
#include "base/cursor.h"
#include "flow/policy.h"

#define ERRORS_PER_S 1000
#define ERRORS_BURST 200

#define ERROR_HEADER 8
#define IP4_HEADER 20
#define IP6_HEADER 40
#define IP4_ERROR_MAX 576	/* RFC 1812 4.3.2.3, IP header included */
#define IP6_ERROR_MAX 1280	/* RFC 4443 2.4 c */
#define ERROR_TTL 64
#define ERROR_TOS 0xc0		/* RFC 1812 4.3.2.5: precedence 6 */

#define ICMP4_UNREACHABLE 3
#define ICMP4_FRAG_NEEDED 4
#define ICMP4_PARAMETER 12
#define ICMP6_TOO_BIG 2
#define ICMP6_PARAMETER 4
#define ICMP6_ECHO_REQUEST 128	/* below: errors */
#define ICMP6_REDIRECT 137

/* Type and code of a reason, by family. */
struct meaning {
	uint8_t type4, code4;
	uint8_t type6, code6;
};

static const struct meaning meanings[] = {
	[UL_ICMP_NET_UNREACHABLE]	= { 3, 0, 1, 0 },
	[UL_ICMP_HOST_UNREACHABLE]	= { 3, 1, 1, 3 },
	[UL_ICMP_PROTO_UNREACHABLE]	= { 3, 2, 4, 1 },
	[UL_ICMP_PORT_UNREACHABLE]	= { 3, 3, 1, 4 },
	[UL_ICMP_PROHIBITED]		= { 3, 13, 1, 1 },
	[UL_ICMP_TTL_EXCEEDED]		= { 11, 0, 3, 0 },
	[UL_ICMP_REASSEMBLY_TIMEOUT]	= { 11, 1, 3, 1 },
	[UL_ICMP_TOO_BIG]		= { 3, 4, 2, 0 },
};
static_assert(sizeof(meanings) / sizeof(*meanings) == UL_ICMP_REASON_COUNT,
	      "every reason has a type and a code");

/* What an error message says, whoever found it. */
struct error {
	struct ul_addr from;
	uint8_t type, code;
	uint32_t info;		/* the four bytes after the checksum */
};

/* Queries are the few types that ask or answer; all else is no query. */
static bool is_icmp4_query(uint8_t type)
{
	return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

/* RFC 1122 3.2.2, RFC 4443 2.4 e: is an error about @pkt allowed? */
static bool may_complain(const struct ul_flow_ctx *ctx,
			 const struct ul_pkt *pkt)
{
	bool is_v4 = ul_addr_is_v4(&pkt->src);

	if (ul_addr_is_any(&pkt->src) || ul_addr_is_loopback(&pkt->src) ||
	    ul_policy_is_broadcast(ctx->policy, &pkt->src) ||
	    ul_policy_is_broadcast(ctx->policy, &pkt->dst))
		return false;
	if (is_v4 && (pkt->ip_len < IP4_HEADER ||
		      pkt->ip[7] || pkt->ip[6] & 0x1f))
		return false;	/* not the first fragment */
	if (pkt->proto == UL_IPPROTO_ICMP)
		return pkt->l4_len && is_icmp4_query(pkt->l4[0]);
	if (pkt->proto == UL_IPPROTO_ICMP6)
		return pkt->l4_len && pkt->l4[0] >= ICMP6_ECHO_REQUEST &&
		       pkt->l4[0] != ICMP6_REDIRECT;
	return true;
}

/* RFC 1191 4, RFC 792: where the family's message carries @info. */
static uint32_t wire_info(bool is_v4, uint8_t type, uint8_t code,
			  uint32_t info)
{
	if (is_v4 && type == ICMP4_UNREACHABLE && code == ICMP4_FRAG_NEEDED)
		return info > 0xffff ? 0xffff : info;
	if (is_v4 && type == ICMP4_PARAMETER)
		return info << 24;
	if (!is_v4 && (type == ICMP6_TOO_BIG || type == ICMP6_PARAMETER))
		return info;
	return 0;
}

/* Header, quote and checksum into @w. */
static void write_error(struct ul_wr *w, const struct error *e,
			const struct ul_pkt *pkt)
{
	bool is_v4 = ul_addr_is_v4(&pkt->src);
	size_t room = is_v4 ? IP4_ERROR_MAX - IP4_HEADER - ERROR_HEADER :
			      IP6_ERROR_MAX - IP6_HEADER - ERROR_HEADER;
	size_t quote = pkt->ip_len < room ? pkt->ip_len : room;
	uint32_t sum = 0;

	ul_wr_u8(w, e->type);
	ul_wr_u8(w, e->code);
	ul_wr_u16(w, 0);
	ul_wr_u32(w, e->info);
	ul_wr_bytes(w, pkt->ip, quote);
	if (!is_v4)
		sum = ul_csum_pseudo(&e->from, &pkt->src, UL_IPPROTO_ICMP6,
				     (uint32_t)w->len);
	ul_wr_patch_u16(w, 2, ul_csum_fold(ul_csum_add(sum, w->start,
						       w->len)));
}

static void send_error(struct ul_flow_ctx *ctx, const struct ul_pkt *pkt,
		       const struct error *e)
{
	bool is_v4 = ul_addr_is_v4(&pkt->src);
	struct ul_stack_dgram d = {
		.src = e->from,
		.dst = pkt->src,
		.proto = is_v4 ? UL_IPPROTO_ICMP : UL_IPPROTO_ICMP6,
		.ttl = ERROR_TTL,
		.tos = ERROR_TOS,
	};
	struct ul_stack_piece piece;
	struct ul_buf *buf;
	struct ul_wr w;

	if (!ul_rate_take(&ctx->icmp_error_rate, ul_loop_now(ctx->loop),
			  ERRORS_PER_S, ERRORS_BURST))
		return;
	buf = ul_stack_buf_get(ctx->stack);
	if (!buf)
		return;
	w = ul_wr_new(buf->data, buf->cap);
	write_error(&w, e, pkt);
	piece = (struct ul_stack_piece){ buf->data, w.len, buf };
	if (!w.bad)
		ul_stack_dgram_out(ctx->stack, &d, &piece, 1);
	ul_buf_unref(buf);
}

static const struct ul_addr *gateway(const struct ul_flow_ctx *ctx,
				     const struct ul_pkt *pkt)
{
	return ul_addr_is_v4(&pkt->src) ? &ctx->gateway4 : &ctx->gateway6;
}

void ul_icmp_error_send(struct ul_flow_ctx *ctx, const struct ul_pkt *pkt,
			enum ul_icmp_reason reason, uint32_t mtu)
{
	bool is_v4 = ul_addr_is_v4(&pkt->src);
	const struct meaning *m = &meanings[reason];
	struct error e = {
		.from = *gateway(ctx, pkt),
		.type = is_v4 ? m->type4 : m->type6,
		.code = is_v4 ? m->code4 : m->code6,
	};

	if (reason == UL_ICMP_TOO_BIG)
		e.info = wire_info(is_v4, e.type, e.code, mtu);
	else if (reason == UL_ICMP_PROTO_UNREACHABLE && !is_v4)
		e.info = 6;	/* the next-header byte of the IP header */
	if (may_complain(ctx, pkt))
		send_error(ctx, pkt, &e);
}

void ul_icmp_error_relay(struct ul_flow_ctx *ctx, const struct ul_pkt *pkt,
			 const struct ul_addr *from, uint8_t type,
			 uint8_t code, uint32_t info)
{
	bool is_v4 = ul_addr_is_v4(&pkt->src);
	struct error e = {
		.from = *from,
		.type = type,
		.code = code,
		.info = wire_info(is_v4, type, code, info),
	};

	/*
	 * A router that the guest can not have seen, such as the host's own
	 * loopback or a link-local address of another link, is the gateway.
	 */
	if (ul_addr_is_v4(from) != is_v4 || ul_policy_is_never(ctx->policy,
							       from))
		e.from = *gateway(ctx, pkt);
	if (may_complain(ctx, pkt))
		send_error(ctx, pkt, &e);
}

void ul_icmp_error_errno(struct ul_flow_ctx *ctx, const struct ul_pkt *pkt,
			 int err, uint32_t mtu)
{
	if (err == EMSGSIZE && mtu)
		ul_icmp_error_send(ctx, pkt, UL_ICMP_TOO_BIG, mtu);
	else if (err == ENETUNREACH || err == ENETDOWN)
		ul_icmp_error_send(ctx, pkt, UL_ICMP_NET_UNREACHABLE, 0);
	else if (err == EHOSTUNREACH || err == EHOSTDOWN)
		ul_icmp_error_send(ctx, pkt, UL_ICMP_HOST_UNREACHABLE, 0);
	else if (err == EACCES || err == EPERM)
		ul_icmp_error_send(ctx, pkt, UL_ICMP_PROHIBITED, 0);
}

size_t ul_icmp_quote_header(uint8_t *out, const struct ul_addr *src,
			    const struct ul_addr *dst, uint8_t proto,
			    size_t l4_len)
{
	bool is_v4 = ul_addr_is_v4(src);
	struct ul_wr w = ul_wr_new(out, UL_ICMP_QUOTE_HEADER_MAX);
	const uint8_t *from, *to;
	size_t n;

	from = ul_addr_bytes(src, &n);
	to = ul_addr_bytes(dst, &n);
	if (is_v4) {
		ul_wr_u16(&w, 0x4500);
		ul_wr_u16(&w, (uint16_t)(IP4_HEADER + l4_len));
		ul_wr_u32(&w, 0);
		ul_wr_u8(&w, 1);	/* TTL, as it arrived there */
		ul_wr_u8(&w, proto);
		ul_wr_u16(&w, 0);
	} else {
		ul_wr_u32(&w, 0x60000000);
		ul_wr_u16(&w, (uint16_t)l4_len);
		ul_wr_u8(&w, proto);
		ul_wr_u8(&w, 1);
	}
	ul_wr_bytes(&w, from, n);
	ul_wr_bytes(&w, to, n);
	if (is_v4)
		ul_wr_patch_u16(&w, 10, ul_csum_fold(ul_csum_add(0, out,
								 IP4_HEADER)));
	return w.len;
}
