/* SPDX-License-Identifier: BSD-3-Clause */
/* router.c - the gateway node of a network: frames in, packets out */
#include "net/router.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "flow/icmp_error.h"
#include "flow/ip_frag.h"
#include "link/gso.h"
#include "net/router_priv.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/tcp.h"

#define TCP4_HEADERS 40		/* what an MSS leaves out of an MTU */
#define TCP6_HEADERS 60
#define CONN_PINNED_MAX (8u << 20)
#define COPIES_MAX (32u << 20)	/* bytes of datagrams in guests' queues */

int ul_router_send(struct ul_router *r, const struct ul_piece *piece,
		   unsigned int count, const struct ul_offload *offload)
{
	return r->link.send(piece, count, offload, r->link.arg);
}

bool ul_router_is_own(const struct ul_router *r, const struct ul_addr *addr)
{
	const struct ul_conf *c = r->conf;

	if (c->tftp_dir && (ul_addr_eq(addr, &c->tftp4) ||
			    (c->has_ipv6 && ul_addr_eq(addr, &c->tftp6))))
		return true;
	return ul_addr_eq(addr, &c->gateway4) || ul_addr_eq(addr, &c->dns4) ||
	       ul_router_has_guestfwd(r, addr) ||
	       (c->has_ipv6 && (ul_addr_eq(addr, &c->gateway6) ||
				ul_addr_eq(addr, &c->dns6) ||
				ul_addr_eq(addr, &r->linklocal6) ||
				(r->conf->slirp.is_on &&
				 ul_addr_eq(addr, &r->dns_linklocal6))));
}

static uint16_t guest_mtu(const struct ul_addr *guest, void *arg)
{
	struct ul_router *r = arg;
	const struct ul_neigh *n = ul_neigh_find(r->neigh, guest);
	unsigned int mtu = n ? n->mtu : UL_NEIGH_MTU_UNKNOWN;

	return (uint16_t)MIN(mtu, r->conf->mtu);
}

/*
 * A guest that does not read keeps a whole buffer for each datagram in its
 * queue, and there are not many: from a half on packed copies are queued
 * instead, so that the others' datagrams always have some. -ENOBUFS without
 * room for a copy.
 */
static int send_copy(struct ul_router *r, const struct ul_piece *piece,
		     unsigned int count, const struct ul_offload *offload)
{
	struct ul_piece copy[UL_PORT_PIECES_MAX];
	struct ul_wr w = ul_wr_new(r->flat, UL_FRAME_MAX);
	int n, ret;

	for (unsigned int i = 0; i < count; i++)
		ul_wr_bytes(&w, piece[i].data, piece[i].len);
	n = w.bad ? -ENOBUFS : ul_compact_copy(&r->copies, r->copy_pool,
					       w.start, w.len, copy);
	if (n < 0)
		return n;
	ret = ul_router_send(r, copy, (unsigned int)n, offload);
	ul_compact_unref(copy, (unsigned int)n);
	return ret;
}

/* One packet, or one fragment of it, with its Ethernet header. */
static int send_to(struct ul_router *r, const uint8_t mac[6],
		   const struct ul_stack_out *out)
{
	struct ul_piece piece[UL_STACK_PIECES_MAX + 1];
	struct ul_offload offload;
	uint8_t head[UL_ETH_HLEN];
	struct ul_wr w = ul_wr_new(head, sizeof(head));
	struct ul_eth eth = {
		.type = ul_addr_is_v4(&out->dst) ? UL_ETHERTYPE_IPV4 :
						   UL_ETHERTYPE_IPV6,
	};

	memcpy(eth.dst, mac, 6);
	ul_router_source_mac(r, out->piece[0].data,
			     eth.type == UL_ETHERTYPE_IPV4, eth.src);
	ul_eth_emit(&w, &eth);
	piece[0] = (struct ul_piece){ head, sizeof(head), NULL };
	for (unsigned int i = 0; i < out->count; i++)
		piece[i + 1] = (struct ul_piece){
			out->piece[i].data, out->piece[i].len,
			out->piece[i].buf,
		};
	offload = out->offload;
	offload.csum_start += UL_ETH_HLEN;
	if (out->proto != UL_IPPROTO_TCP &&
	    ul_stack_buf_is_scarce(r->ctx.stack))
		return send_copy(r, piece, out->count + 1, &offload);
	return ul_router_send(r, piece, out->count + 1, &offload);
}

struct fragment_to {
	struct ul_router *router;
	const uint8_t *mac;
};

static int send_fragment(const struct ul_stack_out *frag, void *arg)
{
	struct fragment_to *to = arg;

	return send_to(to->router, to->mac, frag);
}

static void wait_for_neighbour(struct ul_router *r,
			       const struct ul_stack_out *out)
{
	struct ul_piece piece[UL_STACK_PIECES_MAX];

	for (unsigned int i = 0; i < out->count; i++)
		piece[i] = (struct ul_piece){
			out->piece[i].data, out->piece[i].len,
			out->piece[i].buf,
		};
	/* Only a guest that was found gets what is not whole. */
	if (ul_offload_is_whole(&out->offload))
		ul_pending_put(r->pending, &out->dst, piece, out->count,
			       ul_loop_now(r->ctx.loop));
	ul_router_solicit(r, &out->dst);
}

/*
 * A packet from the stack. TCP is cut to the guest's MSS already, and so are
 * several datagrams in one; what else is too long is fragmented. A datagram
 * is dropped where TCP is held back.
 */
static int output(const struct ul_stack_out *out, void *arg)
{
	struct ul_router *r = arg;
	const struct ul_neigh *n = ul_neigh_find(r->neigh, &out->dst);
	struct fragment_to to = { .router = r };
	uint16_t mtu;
	int ret;

	if (!n) {
		wait_for_neighbour(r, out);
		return 0;
	}
	to.mac = n->mac;
	mtu = guest_mtu(&out->dst, r);
	if (out->proto == UL_IPPROTO_TCP || out->offload.gso_size ||
	    out->len <= mtu)
		ret = send_to(r, n->mac, out);
	else
		ret = ul_ip_frag(out, mtu, r->frag_id++, send_fragment, &to);
	return ret == -ENOBUFS ? ret : 0;
}

struct found {
	struct ul_router *router;
	const struct ul_addr *addr;
};

/* The packet is ours, its IP header whole in the first piece. */
static void on_found(const struct ul_piece *piece, unsigned int count,
		     void *arg)
{
	struct found *f = arg;
	const uint8_t *ip = piece[0].data;
	bool is_v4 = ul_addr_is_v4(f->addr);
	struct ul_stack_out out = {
		.dst = *f->addr, .proto = is_v4 ? ip[9] : ip[6],
		.ip_hdr_len = is_v4 ? UL_IP4_HLEN : UL_IP6_HLEN,
		.len = ul_pieces_len(piece, count), .count = count,
	};

	for (unsigned int i = 0; i < count; i++)
		out.piece[i] = (struct ul_stack_piece){
			piece[i].data, piece[i].len, piece[i].buf,
		};
	output(&out, f->router);
}

void ul_router_learn(struct ul_router *r, const struct ul_addr *addr,
		     const uint8_t mac[6], uint16_t shown, const void *port)
{
	struct found f = { r, addr };

	ul_neigh_learn(r->neigh, addr, mac, shown, port);
	ul_account_saw(ul_account_at(r->ctx.accounts, port), mac, addr);
	ul_pending_take(r->pending, addr, ul_loop_now(r->ctx.loop), on_found,
			&f);
}

/* What a guest may have as its own address. */
static bool is_guest_source(const struct ul_router *r,
			    const struct ul_addr *src)
{
	if (ul_router_is_own(r, src))
		return false;
	if (ul_addr_is_v4(src))
		return ul_prefix_has(&r->conf->subnet, src);
	return !ul_addr_is_any(src) && !ul_addr_is_multicast(src) &&
	       !ul_addr_is_loopback(src);
}

/* A guest shows its MTU by what it sends and by its MSS. */
static void learn(struct ul_router *r, const struct ul_pkt *pkt)
{
	size_t shown = pkt->ip_len;
	struct ul_tcp h;

	if (!is_guest_source(r, &pkt->src))
		return;
	/* A super-frame has shown the size of its segments. */
	if (pkt->gso_size && !ul_tcp_parse(&h, pkt->l4, pkt->l4_len))
		shown -= pkt->l4_len - h.hdr_len - MIN(pkt->gso_size,
						       pkt->l4_len - h.hdr_len);
	if (pkt->proto == UL_IPPROTO_TCP &&
	    !ul_tcp_parse(&h, pkt->l4, pkt->l4_len) &&
	    (h.flags & UL_TCP_SYN) && h.mss)
		shown = MAX(shown, (size_t)h.mss +
			    (ul_addr_is_v4(&pkt->src) ? TCP4_HEADERS :
							TCP6_HEADERS));
	ul_router_learn(r, &pkt->src, pkt->mac,
			(uint16_t)MIN(shown, r->conf->mtu), pkt->port);
}

static bool is_for_many(const struct ul_router *r, const struct ul_addr *dst)
{
	/* 0.0.0.0 is an old form of broadcast (RFC 1122 3.2.1.3). */
	return ul_addr_is_any(dst) ||
	       ul_policy_is_broadcast(r->ctx.policy, dst);
}

static void proxy_datagram(struct ul_router *r, const struct ul_pkt *pkt)
{
	if (ul_stack_dgram_in(r->ctx.stack, pkt) < 0) {
		r->ctx.stats.bad_proto++;
		return;
	}
	if (pkt->proto == UL_IPPROTO_UDP)
		ul_udp_proxy_input(r->udp, pkt);
	else if (!ul_tcp_proxy_unreachable(r->tcp, pkt))
		ul_icmp_proxy_input(r->icmp, pkt);
}

/* For somewhere else: the host's side of the world. */
static void route(struct ul_router *r, const struct ul_pkt *pkt)
{
	bool is_icmp = ul_addr_is_v4(&pkt->dst) ?
		       pkt->proto == UL_IPPROTO_ICMP :
		       pkt->proto == UL_IPPROTO_ICMP6;

	/* Link-local sources stay on their link (RFC 4291 2.5.6). */
	if (ul_addr_is_linklocal(&pkt->src) &&
	    !ul_router_is_own(r, &pkt->dst)) {
		r->ctx.stats.bad_ip++;
		return;
	}
	/* The gateway stands for the host: that is no hop further. */
	if (pkt->ttl <= 1 && !ul_router_is_own(r, &pkt->dst)) {
		ul_icmp_error_send(&r->ctx, pkt, UL_ICMP_TTL_EXCEEDED, 0);
		return;
	}
	if (pkt->proto == UL_IPPROTO_TCP)
		ul_tcp_proxy_input(r->tcp, pkt);
	else if (pkt->proto == UL_IPPROTO_UDP || is_icmp)
		proxy_datagram(r, pkt);
	else
		ul_icmp_error_send(&r->ctx, pkt, UL_ICMP_PROTO_UNREACHABLE,
				   0);
}

static void input_ip(struct ul_router *r, struct ul_port *port,
		     const struct ul_eth *eth, struct ul_rd *rd,
		     const struct ul_frame *frame)
{
	struct ul_pkt pkt;

	if (!rd->left || !ul_ip_in_parse(r->ip_in, port, eth->src,
					 (uint8_t *)rd->p, rd->left,
					 frame->buf, &frame->offload, &pkt))
		return;
	if (!ul_addr_is_v4(&pkt.src) && !r->conf->has_ipv6)
		return;
	learn(r, &pkt);
	if (ul_router_local(r, &pkt))
		return;
	if (!is_guest_source(r, &pkt.src)) {
		r->ctx.stats.bad_ip++;
		return;
	}
	if (!is_for_many(r, &pkt.dst))
		route(r, &pkt);
}

static void input(struct ul_router *r, struct ul_port *port,
		  struct ul_frame *frame)
{
	struct ul_rd rd = ul_rd_new(frame->data, frame->len);
	struct ul_eth eth;

	if (ul_eth_parse(&eth, &rd) < 0 || ul_mac_is_multicast(eth.src))
		return;
	/* A hub of QEMU's may show us what is for others. */
	if (!ul_mac_is_multicast(eth.dst) && !ul_router_is_own_mac(r, eth.dst))
		return;
	if (eth.type == UL_ETHERTYPE_ARP)
		ul_router_arp(r, port, eth.src, &rd);
	else if (eth.type == UL_ETHERTYPE_IPV4 ||
		 eth.type == UL_ETHERTYPE_IPV6)
		input_ip(r, port, &eth, &rd, frame);
}

struct segment_of {
	struct ul_router *router;
	struct ul_port *port;
};

static int input_segment(const struct ul_piece *piece, unsigned int count,
			 void *arg)
{
	struct segment_of *of = arg;
	struct ul_buf *buf = ul_stack_buf_get(of->router->ctx.stack);
	struct ul_frame frame = { .buf = buf };
	struct ul_wr w;

	if (!buf)
		return -ENOBUFS;
	w = ul_wr_new(buf->data, buf->cap);
	for (unsigned int i = 0; i < count; i++)
		ul_wr_bytes(&w, piece[i].data, piece[i].len);
	frame.data = buf->data;
	frame.len = w.len;
	if (!w.bad)
		input(of->router, of->port, &frame);
	ul_buf_unref(buf);
	return 0;
}

void ul_router_input(struct ul_router *r, struct ul_port *port,
		     struct ul_frame *frame)
{
	struct ul_piece piece = { frame->data, frame->len, NULL };
	struct segment_of of = { r, port };

	/* TCP takes a segment of any length; a datagram is one of many. */
	if (ul_gso_is_udp(&frame->offload))
		ul_gso_split(&piece, 1, &frame->offload, input_segment, &of);
	else
		input(r, port, frame);
}

void ul_router_batch_end(struct ul_router *r)
{
	ul_tcp_proxy_batch_end(r->tcp);
}

bool ul_router_is_found(const struct ul_router *r, const struct ul_addr *guest)
{
	return ul_neigh_find(r->neigh, guest) != NULL;
}

const uint8_t *ul_router_mac(const struct ul_router *r)
{
	return r->mac;
}

const struct ul_addr *ul_router_linklocal6(const struct ul_router *r)
{
	return &r->linklocal6;
}

static bool can_offload(const struct ul_addr *guest, void *arg)
{
	struct ul_router *r = arg;
	const struct ul_neigh *n = ul_neigh_find(r->neigh, guest);
	struct ul_port *port = n ? r->link.port_of(n->mac, r->link.arg) : NULL;

	return port && port->can_offload;
}

static void make_stack(struct ul_router *r, const struct ul_conf *conf)
{
	struct ul_stack_conf sc = {
		.output = output, .can_offload = can_offload, .arg = r,
		.mtu = (uint16_t)conf->mtu,
		.send_bytes_max = UL_ROUTER_BUDGETS *
				  conf->limits.max_send_bytes,
		.pinned_bytes_max = UL_ROUTER_BUDGETS *
				    conf->limits.max_pinned_bytes,
		.conn_pinned_max = CONN_PINNED_MAX,
	};

	r->ctx.stack = ul_stack_new(&sc);
}

struct ul_router *ul_router_new(struct ul_loop *loop,
				const struct ul_conf *conf,
				const struct ul_router_link *link)
{
	struct ul_router *r = g_new0(struct ul_router, 1);

	r->conf = conf;
	r->link = *link;
	/* The address that QEMU's own user network has taught people. */
	r->mac[0] = 0x52;
	r->mac[1] = 0x55;
	memcpy(r->mac + 2, conf->gateway4.b + 12, 4);
	ul_router_make_linklocal(r);
	r->frag_id = g_random_int();
	r->ctx.loop = loop;
	r->ctx.gateway4 = conf->gateway4;
	r->ctx.gateway6 = conf->gateway6;
	r->ctx.outbound4 = conf->slirp.outbound4;
	r->ctx.outbound6 = conf->slirp.outbound6;
	r->ctx.programs_use_tcp = conf->slirp.is_on;
	r->ctx.guest_mtu = guest_mtu;
	r->ctx.guest_mtu_arg = r;
	r->ctx.denied = ul_router_denied;
	r->ctx.denied_arg = r;
	ul_router_make_forward_hooks(r);
	ul_router_make_accounts(r);
	ul_router_make_policy(r);
	make_stack(r, conf);
	ul_router_make_records(r);
	ul_router_make_zone(r);
	ul_router_make_dhcp4(r);
	ul_router_make_dns(r);
	r->neigh = ul_neigh_table_new();
	r->pending = ul_pending_new();
	r->copy_pool = ul_buf_pool_new(UL_COMPACT_BUF_SIZE, COPIES_MAX);
	r->flat = g_malloc(UL_FRAME_MAX);
	r->ip_in = ul_ip_in_new(&r->ctx);
	r->tcp = ul_tcp_proxy_new(&r->ctx);
	ul_tcp_proxy_set_serve(r->tcp, ul_router_dns_serve, r);
	r->udp = ul_udp_proxy_new(&r->ctx);
	r->icmp = ul_icmp_proxy_new(&r->ctx);
	ul_router_make_guestfwds(r);
	r->dials = ul_guest_dials_new(&r->ctx, r->tcp);
	r->forwards = ul_forwards_new(&r->ctx, r->tcp, r->udp);
	ul_forwards_set_dials(r->forwards, r->dials);
	ul_router_make_auto6(r);
	ul_router_dad_init(r);
	ul_router_claims_init(r);
	ul_router_make_hosts(r);
	ul_router_watch_host(r);
	ul_router_set_policy(r, conf->egress,
			     (const struct ul_rule *)conf->rules->data,
			     conf->rules->len);
	return r;
}

void ul_router_free(struct ul_router *r)
{
	if (!r)
		return;
	ul_watch_close(r->ctx.loop, &r->host_net);
	ul_router_dad_fini(r);
	ul_router_claims_fini(r);
	ul_forwards_free(r->forwards);
	ul_guest_dials_free(r->dials);
	ul_icmp_proxy_free(r->icmp);
	ul_udp_proxy_free(r->udp);
	ul_tcp_proxy_free(r->tcp);
	ul_guestfwds_free(r->guestfwds);
	ul_accounts_free(r->ctx.accounts);
	ul_ip_in_free(r->ip_in);
	ul_neigh_table_free(r->neigh);
	ul_pending_free(r->pending);
	ul_compact_clear(&r->copies);
	ul_buf_pool_free(r->copy_pool);
	g_free(r->flat);
	ul_dns_relay_free(r->dns);
	ul_dns_zone_free(r->zone);
	ul_router_free_records(r);
	ul_dhcp4_probe_free(r->dhcp_probe);
	ul_dhcp4_srv_free(r->dhcp);
	ul_dhcp6_srv_free(r->dhcp6);
	ul_ra_srv_free(r->ra);
	ul_router_free_tftp(r);
	g_hash_table_unref(r->host_by_who);
	g_ptr_array_unref(r->hosts);
	ul_stack_free(r->ctx.stack);
	ul_policy_free(r->ctx.policy);
	g_free(r);
}
