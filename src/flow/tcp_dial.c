/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_dial.c - connecting to the host side while the guest's SYN is held
 *
 * What the host's kernel finds out becomes what the guest sees: refused is
 * RST, unreachable is the ICMP error of whoever said so, and silence stays
 * silence. Exhausted local ports or descriptors are ours to solve, so the
 * guest's SYN is dropped and the guest tries again.
 */
#include "flow/tcp_flow.h"

#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "flow/icmp_error.h"
#include "flow/outbound.h"
#include "flow/policy.h"
#include "flow/recverr.h"
#include "sys/congestion.h"
#include "wire/tcp.h"

#define TTL_DEFAULT 64

struct ul_held_syn *ul_held_syn_new(const struct ul_pkt *pkt)
{
	size_t ip_hdr_len = (size_t)(pkt->l4 - pkt->ip);
	struct ul_held_syn *syn;
	struct ul_tcp h;
	size_t len;

	if (ul_tcp_parse(&h, pkt->l4, pkt->l4_len) < 0)
		return NULL;
	len = ip_hdr_len + h.hdr_len;
	if (len > sizeof(syn->bytes))
		return NULL;
	syn = g_try_new(struct ul_held_syn, 1);
	if (!syn)
		return NULL;
	memcpy(syn->bytes, pkt->ip, len);
	syn->pkt = *pkt;
	syn->pkt.ip = syn->bytes;
	syn->pkt.ip_len = len;
	syn->pkt.l4 = syn->bytes + ip_hdr_len;
	syn->pkt.l4_len = h.hdr_len;
	syn->pkt.buf = NULL;
	return syn;
}

static void set_int(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}

/* A smaller TTL than usual is a traceroute's: it must count this hop too. */
static void carry_ttl_and_tos(int fd, const struct ul_pkt *syn, bool is_v4)
{
	int tos = syn->tos & ~IPTOS_ECN_MASK;

	if (syn->ttl < TTL_DEFAULT)
		set_int(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
			is_v4 ? IP_TTL : IPV6_UNICAST_HOPS, syn->ttl - 1);
	if (tos)
		set_int(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
			is_v4 ? IP_TOS : IPV6_TCLASS, tos);
}

int ul_tcp_dial(struct ul_loop *loop, struct ul_tcp_flow *flow,
		const struct ul_pkt *syn, ul_watch_fn on_event)
{
	bool is_v4 = ul_addr_is_v4(&flow->host.addr);
	struct sockaddr_storage ss;
	socklen_t len = ul_ep_to_sa(&flow->host, &ss);
	int fd = socket(is_v4 ? AF_INET : AF_INET6,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	if (!is_v4)
		set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!is_v4 || flow->proxy->wants_recverr)
		flow->has_recverr = !ul_recverr_enable(fd, is_v4 ? UL_V4 :
							       UL_V6);
	if (flow->proxy->congestion[0])
		ul_congestion_unpace(fd);
	carry_ttl_and_tos(fd, syn, is_v4);
	ret = ul_outbound_bind(flow->proxy->ctx, fd, &flow->host.addr);
	if (!ret && connect(fd, (struct sockaddr *)&ss, len) < 0 &&
	    errno != EINPROGRESS)
		ret = -errno;
	if (ret < 0) {
		/* The error queue is wanted: dial_failed reads it. */
		flow->watch.fd = fd;
		return ret;
	}
	ret = ul_watch_add(loop, &flow->watch, fd, UL_TCP_HOST_EVENTS,
			   on_event, flow);
	if (ret < 0)
		close(fd);
	return ret;
}

static void refuse(struct ul_flow_ctx *ctx, struct ul_tcp_flow *flow)
{
	char dst[UL_EP_STRLEN];

	ctx->stats.tcp_refused++;
	if (!flow->is_guestfwd &&
	    ul_policy_wants_loopback_hint(ctx->policy, flow->syn->pkt.port,
					  &flow->peer))
		ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop),
			       UL_LOG_INFO, "tcp",
			       "%s refused: for a service on the host's loopback give --host-loopback=%u",
			       ul_ep_str(&flow->peer, dst), flow->peer.port);
	ul_conn_refuse(ctx->stack, &flow->syn->pkt);
}

/*
 * What a router told the kernel. False when nobody told anything. For IPv4
 * kernels since 5.9 keep that for whoever connects; of an older one the next
 * connections ask it, with a system call for each.
 */
static bool relay_icmp(struct ul_flow_ctx *ctx, struct ul_tcp_flow *flow)
{
	struct ul_recverr e;
	uint8_t quote[1];

	if (flow->watch.fd < 0)
		return false;
	if (ul_recverr_read(flow->watch.fd, &e, quote, sizeof(quote)) != 1) {
		flow->proxy->wants_recverr = true;
		return false;
	}
	if (e.origin != UL_RECVERR_ICMP || !e.has_offender)
		return false;
	ul_icmp_error_relay(ctx, &flow->syn->pkt, &e.offender, e.type, e.code,
			    e.info);
	return true;
}

static void unreachable(struct ul_flow_ctx *ctx, struct ul_tcp_flow *flow,
			int err)
{
	ctx->stats.tcp_unreachable++;
	if (!relay_icmp(ctx, flow))
		ul_icmp_error_errno(ctx, &flow->syn->pkt, err, 0);
}

static void out_of(struct ul_flow_ctx *ctx, struct ul_tcp_flow *flow, int err)
{
	char dst[UL_EP_STRLEN];

	ul_ep_str(&flow->host, dst);
	if (err == EADDRNOTAVAIL) {
		ctx->stats.tcp_no_port++;
		ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop),
			       UL_LOG_WARN, "tcp",
			       "no free host port towards %s: widen net.ipv4.ip_local_port_range",
			       dst);
		return;
	}
	ctx->stats.tcp_no_fd++;
	ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop), UL_LOG_WARN,
		       "tcp", "connection to %s held back: %s (raise the limit of open files, ulimit -Hn)",
		       dst, strerror(err));
}

void ul_tcp_dial_failed(struct ul_flow_ctx *ctx, struct ul_tcp_flow *flow,
			int err)
{
	switch (err) {
	case ECONNREFUSED:
	case ECONNRESET:
		refuse(ctx, flow);
		break;
	case ETIMEDOUT:
		ctx->stats.tcp_timeout++;
		break;
	case ENETUNREACH:
	case ENETDOWN:
	case EACCES:
	case EPERM:
		unreachable(ctx, flow, err);
		break;
	case EADDRNOTAVAIL:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case ENOSPC:
		out_of(ctx, flow, err);
		break;
	default:
		unreachable(ctx, flow, EHOSTUNREACH);
		break;
	}
}
