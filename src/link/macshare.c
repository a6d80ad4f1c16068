/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * macshare.c - a port on which all guests have one MAC outside
 *
 * Outwards each frame's source becomes the shared MAC, and so do the MACs
 * that ARP and neighbour discovery tell. A DHCP request asks for a broadcast
 * answer: one to the guest's own MAC would not arrive. Inwards a frame to the
 * shared MAC goes to the guest that has its IP address, which is learnt from
 * what guests say of themselves in ARP, neighbour discovery and DHCP and,
 * while nobody else is known to have it, from the source of their packets.
 *
 * Frames of the network's may be queued at other ports too: a frame going out
 * is never changed in place. Its Ethernet header is copied and the rest
 * referenced; the few whose inside changes are copied whole. A frame that
 * comes in is ours alone (struct ul_frame) and changed where it is.
 *
 * Limits: machines behind a guest that routes are found only by what they
 * send; of VLAN-tagged frames the source MAC alone is changed; other
 * protocols than IP and ARP come in only when they are for all.
 */
#include "link/macshare.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/csum.h"
#include "link/addr_book.h"
#include "wire/arp.h"
#include "wire/dhcp4.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/pkt.h"
#include "wire/udp.h"

/* Frames that are copied whole are small: ARP, DHCP, discovery. */
#define COPY_SIZE 2048
#define COPY_POOL_MAX (4u << 20)

#define ETH_SRC_OFF 6
#define DHCP4_SERVER_PORT 67
#define DHCP4_CLIENT_PORT 68
#define DHCP4_FLAGS_OFF 10		/* RFC 2131 2 */
#define DHCP4_BROADCAST 0x8000
#define UDP_CSUM_OFF 6
#define ICMP6_CSUM_OFF 2
#define MAC_LEN 6

struct share {
	struct ul_port port;		/* first: ops cast back */
	struct ul_port *inner;
	struct ul_loop *loop;
	struct ul_addr_book *book;
	struct ul_buf_pool *pool;
	struct ul_macshare_stats stats;
	uint8_t mac[MAC_LEN];
};

enum kind {
	OTHER,
	ARP,
	IP,
	DHCP_REQUEST,
	DHCP_REPLY,
	ND,
};

/* What a frame is, as far as we care. */
struct look {
	enum kind kind;
	struct ul_eth eth;
	struct ul_arp arp;
	struct ul_addr src, dst;	/* of all kinds of IP */
	size_t l4_off, l4_len;		/* of DHCP and ND */
	uint8_t nd_type;
};

static struct share *share_of(const struct ul_port *port)
{
	return ul_container_of(port, struct share, port);
}

/* ---- looking ------------------------------------------------------------- */

static void look_at_udp(struct look *k, const uint8_t *l4, size_t len)
{
	struct ul_udp udp;

	if (ul_udp_parse(&udp, l4, len) < 0)
		return;
	if (udp.dst_port == DHCP4_SERVER_PORT)
		k->kind = DHCP_REQUEST;
	else if (udp.dst_port == DHCP4_CLIENT_PORT)
		k->kind = DHCP_REPLY;
	k->l4_len = udp.len;
}

static void look_at_ip4(struct look *k, struct ul_rd r)
{
	struct ul_rd l4 = r;
	struct ul_ip4 ip;

	if (ul_ip4_parse(&ip, r.p, r.left) < 0)
		return;
	k->kind = IP;
	k->src = ip.src;
	k->dst = ip.dst;
	if (ip.proto != UL_IPPROTO_UDP || ip.mf || ip.frag_offset)
		return;
	ul_rd_skip(&l4, ip.hdr_len);
	k->l4_off = UL_ETH_HLEN + ip.hdr_len;
	look_at_udp(k, l4.p, ip.total_len - (size_t)ip.hdr_len);
}

static void look_at_ip6(struct look *k, struct ul_rd r)
{
	struct ul_ip6_chain chain;
	struct ul_rd l4 = r;
	struct ul_icmp icmp;
	struct ul_ip6 ip;
	size_t len;

	if (ul_ip6_parse(&ip, r.p, r.left) < 0)
		return;
	k->kind = IP;
	k->src = ip.src;
	k->dst = ip.dst;
	if (ul_ip6_walk(&chain, &ip, r.p) < 0 || chain.has_frag ||
	    chain.proto != UL_IPPROTO_ICMP6)
		return;
	ul_rd_skip(&l4, chain.l4_off);
	len = UL_IP6_HLEN + (size_t)ip.payload_len - chain.l4_off;
	if (ul_icmp_parse(&icmp, l4.p, len) < 0 || icmp.type < UL_ICMP6_RS ||
	    icmp.type > UL_ICMP6_REDIRECT)
		return;
	k->kind = ND;
	k->nd_type = icmp.type;
	k->l4_off = UL_ETH_HLEN + chain.l4_off;
	k->l4_len = len;
}

/* 0, or -EBADMSG for what has no Ethernet header. */
static int look_at(struct look *k, const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);

	*k = (struct look){ .kind = OTHER };
	if (ul_eth_parse(&k->eth, &r) < 0)
		return -EBADMSG;
	if (k->eth.type == UL_ETHERTYPE_IPV4)
		look_at_ip4(k, r);
	else if (k->eth.type == UL_ETHERTYPE_IPV6)
		look_at_ip6(k, r);
	else if (k->eth.type == UL_ETHERTYPE_ARP &&
		 ul_arp_parse(&k->arp, &r) == 0)
		k->kind = ARP;
	return 0;
}

/* The transport header and what is behind it; look_at() checked the lengths. */
static const uint8_t *l4_of(const struct look *k, const uint8_t *data,
			    size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);

	ul_rd_skip(&r, k->l4_off);
	return ul_rd_take(&r, k->l4_len);
}

static bool parse_dhcp(struct ul_dhcp4_msg *m, const struct look *k,
		       const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(l4_of(k, data, len), k->l4_len);

	ul_rd_skip(&r, UL_UDP_HLEN);
	return !r.bad && ul_dhcp4_parse(m, r.p, r.left) == 0;
}

/* ---- learning ------------------------------------------------------------ */

static bool is_limited_broadcast(const struct ul_addr *a)
{
	return ul_addr_is_v4(a) && ul_addr_to_v4(a) == UINT32_MAX;
}

static bool is_hosts(const struct ul_addr *a)
{
	return !ul_addr_is_any(a) && !ul_addr_is_multicast(a) &&
	       !ul_addr_is_loopback(a) && !is_limited_broadcast(a);
}

static void claim(struct share *s, const struct ul_addr *addr,
		  const uint8_t mac[MAC_LEN])
{
	if (is_hosts(addr) && !ul_mac_is_multicast(mac) && !ul_mac_is_zero(mac))
		ul_addr_book_claim(s->book, addr, mac, ul_loop_now(s->loop));
}

static void hear(struct share *s, const struct ul_addr *addr,
		 const uint8_t mac[MAC_LEN])
{
	if (is_hosts(addr))
		ul_addr_book_hear(s->book, addr, mac, ul_loop_now(s->loop));
}

/* A solicitation from :: asks whether anybody has the address (RFC 4862). */
static void learn_nd(struct share *s, const struct look *k,
		     const uint8_t *data, size_t len)
{
	struct ul_nd nd;

	claim(s, &k->src, k->eth.src);
	if (ul_nd_parse(&nd, l4_of(k, data, len), k->l4_len) < 0)
		return;
	if (nd.type == UL_ICMP6_NA)
		claim(s, &nd.target, nd.has_lladdr ? nd.lladdr : k->eth.src);
	else if (ul_addr_is_any(&k->src))
		hear(s, &nd.target, k->eth.src);
}

static void learn_out(struct share *s, const struct look *k,
		      const uint8_t *data, size_t len)
{
	if (ul_mac_is_multicast(k->eth.src))
		return;
	ul_addr_book_hear_mac(s->book, k->eth.src, ul_loop_now(s->loop));
	switch (k->kind) {
	case ARP:
		claim(s, &k->arp.spa, k->arp.sha);
		break;
	case ND:
		learn_nd(s, k, data, len);
		break;
	case IP:
	case DHCP_REQUEST:
	case DHCP_REPLY:
		hear(s, &k->src, k->eth.src);
		break;
	case OTHER:
		break;
	}
}

/*
 * A server's answer: its address is the guest's from now on. The guest's MAC,
 * when it is one of ours, or NULL.
 */
static const uint8_t *learn_dhcp(struct share *s, const struct look *k,
				 const struct ul_frame *f,
				 struct ul_dhcp4_msg *m)
{
	if (!parse_dhcp(m, k, f->data, f->len) ||
	    m->op != UL_DHCP4_OP_REPLY ||
	    !ul_addr_book_knows(s->book, m->chaddr, ul_loop_now(s->loop)))
		return NULL;
	if (m->type == UL_DHCP4_ACK)
		claim(s, &m->yiaddr, m->chaddr);
	return m->chaddr;
}

/* ---- out ----------------------------------------------------------------- */

/* @csum with @len (even) bytes of its data changed (RFC 1624). */
static uint16_t fix_csum(uint16_t csum, const uint8_t *was, const uint8_t *is,
			 size_t len)
{
	uint8_t both[2 + MAC_LEN];
	struct ul_wr w = ul_wr_new(both, sizeof(both));

	ul_wr_u16(&w, (uint16_t)~csum);
	for (size_t i = 0; i < len; i++)
		ul_wr_u8(&w, (uint8_t)~was[i]);
	return ul_csum_fold(ul_csum_add(ul_csum_add(0, both, w.len), is, len));
}

static uint16_t get_u16(const struct ul_wr *w, size_t off)
{
	struct ul_rd r = ul_rd_new(w->start, w->len);

	ul_rd_skip(&r, off);
	return ul_rd_u16(&r);
}

/* Overwrite @len bytes at @off; *@was gets what was there. */
static void patch(struct ul_wr *w, size_t off, const uint8_t *is,
		  uint8_t *was, size_t len)
{
	for (size_t i = 0; i < len; i += 2) {
		uint16_t v = get_u16(w, off + i);

		was[i] = (uint8_t)(v >> 8);
		was[i + 1] = (uint8_t)v;
		ul_wr_patch_u16(w, off + i,
				(uint16_t)(is[i] << 8 | is[i + 1]));
	}
}

/*
 * The same of what a transport checksum at @csum_off covers. A partial one
 * (@is_partial) does not know of it yet.
 */
static void patch_summed(struct ul_wr *w, size_t off, const uint8_t *is,
			 size_t len, size_t csum_off, bool is_partial)
{
	uint8_t was[MAC_LEN];

	patch(w, off, is, was, len);
	if (!is_partial)
		ul_wr_patch_u16(w, csum_off,
				fix_csum(get_u16(w, csum_off), was, is, len));
}

static void rewrite_arp(struct share *s, struct look *k, struct ul_wr *w)
{
	struct ul_wr body = ul_wr_new(w->start, w->cap);

	ul_wr_take(&body, UL_ETH_HLEN);
	if (!memcmp(k->arp.tha, k->arp.sha, MAC_LEN))
		memcpy(k->arp.tha, s->mac, MAC_LEN);
	memcpy(k->arp.sha, s->mac, MAC_LEN);
	ul_arp_emit(&body, &k->arp);
}

static void rewrite_nd(struct share *s, const struct look *k, struct ul_wr *w,
		       bool is_partial)
{
	size_t off[UL_ND_LLADDRS_MAX];
	int count = ul_nd_find_lladdrs(off, l4_of(k, w->start, w->len),
				       k->l4_len);

	for (int i = 0; i < count; i++) {
		size_t at = k->l4_off + off[i];
		struct ul_rd r = ul_rd_new(w->start, w->len);

		/* A redirect tells of the target, which may be outside. */
		ul_rd_skip(&r, at);
		if (k->nd_type == UL_ICMP6_REDIRECT &&
		    !ul_addr_book_knows(s->book, r.p, ul_loop_now(s->loop)))
			continue;
		patch_summed(w, at, s->mac, MAC_LEN,
			     k->l4_off + ICMP6_CSUM_OFF, is_partial);
	}
}

static void rewrite_dhcp(const struct look *k, struct ul_wr *w,
			 bool is_partial)
{
	size_t at = k->l4_off + UL_UDP_HLEN + DHCP4_FLAGS_OFF;
	size_t csum_off = k->l4_off + UDP_CSUM_OFF;
	uint16_t flags = get_u16(w, at) | DHCP4_BROADCAST;
	const uint8_t is[2] = { (uint8_t)(flags >> 8), (uint8_t)flags };
	bool has_sum = get_u16(w, csum_off) != 0;

	patch_summed(w, at, is, sizeof(is), csum_off, is_partial || !has_sum);
	/* Zero would mean that there is none (RFC 768). */
	if (has_sum && !get_u16(w, csum_off))
		ul_wr_patch_u16(w, csum_off, UINT16_MAX);
}

/* Is there more to change than the Ethernet header? */
static bool is_told_inside(const struct look *k, const uint8_t *data,
			   size_t len)
{
	struct ul_dhcp4_msg m;

	if (k->kind == DHCP_REQUEST)
		return parse_dhcp(&m, k, data, len) &&
		       m.op == UL_DHCP4_OP_REQUEST && !m.broadcast;
	return k->kind == ARP || k->kind == ND;
}

/* A copy of the frame, as it is seen outside. NULL without memory. */
static struct ul_buf *rewritten(struct share *s, struct look *k,
				const uint8_t *data, size_t len,
				bool is_partial)
{
	struct ul_buf *buf = ul_buf_get(s->pool);
	struct ul_wr w;

	if (!buf)
		return NULL;
	w = ul_wr_new(buf->data, buf->cap);
	ul_wr_bytes(&w, data, len);
	if (k->kind == ARP)
		rewrite_arp(s, k, &w);
	else if (k->kind == ND)
		rewrite_nd(s, k, &w, is_partial);
	else
		rewrite_dhcp(k, &w, is_partial);
	return buf;
}

static void put_header(struct share *s, const struct ul_eth *eth,
		       uint8_t out[UL_ETH_HLEN])
{
	struct ul_wr w = ul_wr_new(out, UL_ETH_HLEN);
	struct ul_eth h = *eth;

	memcpy(h.src, s->mac, MAC_LEN);
	ul_eth_emit(&w, &h);
}

/* The frame with another Ethernet header, its rest by reference. */
static int send_headed(struct share *s, const struct ul_eth *eth,
		       const struct ul_piece *piece, unsigned int count,
		       const struct ul_offload *offload)
{
	struct ul_piece out[UL_PORT_PIECES_MAX + 1];
	struct ul_rd r = ul_rd_new(piece->data, piece->len);
	uint8_t head[UL_ETH_HLEN];

	if (count >= UL_PORT_PIECES_MAX)
		return -EMSGSIZE;
	ul_rd_skip(&r, UL_ETH_HLEN);
	if (r.bad)
		return -EMSGSIZE;
	put_header(s, eth, head);
	out[0] = (struct ul_piece){ head, sizeof(head), NULL };
	out[1] = (struct ul_piece){ r.p, r.left, piece->buf };
	memcpy(out + 2, piece + 1, (count - 1) * sizeof(*piece));
	return ul_port_send(s->inner, out, count + 1, offload);
}

/* One whole frame that lies in one piece. */
static int send_linear(struct share *s, const struct ul_piece *piece,
		       const struct ul_offload *offload)
{
	bool is_partial = offload && offload->csum == UL_CSUM_PARTIAL;
	struct ul_buf *buf;
	struct look k;
	int rc;

	if (look_at(&k, piece->data, piece->len) < 0) {
		s->stats.tx_short++;
		return -EMSGSIZE;
	}
	learn_out(s, &k, piece->data, piece->len);
	if (piece->len > ul_buf_pool_cap(s->pool) ||
	    !is_told_inside(&k, piece->data, piece->len))
		return send_headed(s, &k.eth, piece, 1, offload);
	buf = rewritten(s, &k, piece->data, piece->len, is_partial);
	if (!buf)
		return -ENOBUFS;
	put_header(s, &k.eth, buf->data);
	rc = ul_port_send(s->inner,
			  &(struct ul_piece){ buf->data, piece->len, buf }, 1,
			  offload);
	ul_buf_unref(buf);
	return rc;
}

/* Pieces are joined, but those of frames too large to be told inside. */
static int send_pieces(struct share *s, const struct ul_piece *piece,
		       unsigned int count, size_t len,
		       const struct ul_offload *offload)
{
	struct ul_rd r = ul_rd_new(piece->data, piece->len);
	struct ul_buf *buf;
	struct ul_eth eth;
	struct ul_wr w;
	int rc;

	if (len > ul_buf_pool_cap(s->pool))
		return ul_eth_parse(&eth, &r) < 0 ? -EMSGSIZE :
		       send_headed(s, &eth, piece, count, offload);
	buf = ul_buf_get(s->pool);
	if (!buf)
		return -ENOBUFS;
	w = ul_wr_new(buf->data, buf->cap);
	for (unsigned int i = 0; i < count; i++)
		ul_wr_bytes(&w, piece[i].data, piece[i].len);
	rc = send_linear(s, &(struct ul_piece){ buf->data, len, buf },
			 offload);
	ul_buf_unref(buf);
	return rc;
}

static int share_send(struct ul_port *port, const struct ul_piece *piece,
		      unsigned int count, const struct ul_offload *offload)
{
	struct share *s = share_of(port);
	size_t len = ul_pieces_len(piece, count);
	int rc;

	if (count == 1 && piece->buf)
		rc = send_linear(s, piece, offload);
	else
		rc = send_pieces(s, piece, count, len, offload);
	port->is_stalled = s->inner->is_stalled;
	if (rc == -ENOBUFS)
		port->stats.tx_refused++;
	if (rc < 0)
		return rc;
	port->stats.tx_frames++;
	port->stats.tx_bytes += len;
	return 0;
}

/* ---- in ------------------------------------------------------------------ */

/* The group's MAC (RFC 1112 6.4, RFC 2464 7). */
static void group_mac(uint8_t out[MAC_LEN], const struct ul_addr *addr)
{
	const uint8_t *b = addr->b + 12;

	if (ul_addr_is_v4(addr))
		memcpy(out, (uint8_t[]){ 1, 0, 0x5e, b[1] & 0x7f, b[2], b[3] },
		       MAC_LEN);
	else
		memcpy(out, (uint8_t[]){ 0x33, 0x33, b[0], b[1], b[2], b[3] },
		       MAC_LEN);
}

/*
 * Whose @addr is; a group's comes in a frame to one where an access point
 * makes such of groups. False when it is nobody's that we know.
 */
static bool find_owner(struct share *s, uint8_t out[MAC_LEN],
		       const struct ul_addr *addr)
{
	const uint8_t *mac;

	if (ul_addr_is_multicast(addr)) {
		group_mac(out, addr);
		return true;
	}
	mac = is_limited_broadcast(addr) ? ul_mac_broadcast :
	      ul_addr_book_find(s->book, addr, ul_loop_now(s->loop));
	if (mac)
		memcpy(out, mac, MAC_LEN);
	return mac;
}

static bool find_target(struct share *s, uint8_t out[MAC_LEN],
			const struct look *k, const struct ul_frame *f)
{
	struct ul_dhcp4_msg m;
	const uint8_t *mac;

	switch (k->kind) {
	case ARP:
		if (!ul_addr_is_any(&k->arp.tpa))
			return find_owner(s, out, &k->arp.tpa);
		/* To one who asks before it has an address (RFC 5227). */
		memcpy(out, ul_mac_broadcast, MAC_LEN);
		return true;
	case DHCP_REPLY:
		mac = learn_dhcp(s, k, f, &m);
		if (!mac)
			return find_owner(s, out, &k->dst);
		memcpy(out, mac, MAC_LEN);
		return true;
	case IP:
	case DHCP_REQUEST:
	case ND:
		return find_owner(s, out, &k->dst);
	case OTHER:
		break;
	}
	return false;
}

/* A frame to the shared MAC becomes one to the guest's. */
static void redirect(struct share *s, struct look *k, struct ul_frame *f,
		     const uint8_t mac[MAC_LEN])
{
	struct ul_wr w = ul_wr_new(f->data, f->len);

	memcpy(k->eth.dst, mac, MAC_LEN);
	ul_eth_emit(&w, &k->eth);
	if (k->kind != ARP || memcmp(k->arp.tha, s->mac, MAC_LEN) != 0 ||
	    ul_mac_is_multicast(mac))
		return;
	memcpy(k->arp.tha, mac, MAC_LEN);
	ul_arp_emit(&w, &k->arp);
}

/* May the network see the frame, changed or not? */
static bool let_in(struct share *s, struct ul_frame *f)
{
	struct ul_dhcp4_msg m;
	uint8_t mac[MAC_LEN];
	struct look k;

	if (look_at(&k, f->data, f->len) < 0)
		return false;
	if (!memcmp(k.eth.src, s->mac, MAC_LEN)) {
		s->stats.rx_reflected++;
		return false;
	}
	if (ul_mac_is_multicast(k.eth.dst)) {
		if (k.kind == DHCP_REPLY)
			learn_dhcp(s, &k, f, &m);
		return true;
	}
	if (memcmp(k.eth.dst, s->mac, MAC_LEN) != 0) {
		bool ok = ul_addr_book_knows(s->book, k.eth.dst,
					     ul_loop_now(s->loop));

		s->stats.rx_foreign += !ok;
		return ok;
	}
	if (!find_target(s, mac, &k, f)) {
		s->stats.rx_unknown++;
		return false;
	}
	redirect(s, &k, f, mac);
	return true;
}

static void on_frame(struct ul_port *inner, struct ul_frame *f, void *arg)
{
	struct share *s = arg;

	if (!let_in(s, f))
		return;
	s->port.stats.rx_frames++;
	s->port.stats.rx_bytes += f->len;
	s->port.handler->frame(&s->port, f, s->port.arg);
}

static void on_batch_end(struct ul_port *inner, void *arg)
{
	struct share *s = arg;

	s->port.handler->batch_end(&s->port, s->port.arg);
}

static void on_has_room(struct ul_port *inner, void *arg)
{
	struct share *s = arg;

	s->port.is_stalled = inner->is_stalled;
	s->port.handler->has_room(&s->port, s->port.arg);
}

static void on_detached(struct ul_port *inner, void *arg)
{
	struct share *s = arg;

	s->port.is_attached = false;
	s->port.handler->detached(&s->port, s->port.arg);
}

static const struct ul_port_handler inner_handler = {
	.frame = on_frame,
	.batch_end = on_batch_end,
	.has_room = on_has_room,
	.detached = on_detached,
};

static void share_free(struct ul_port *port)
{
	struct share *s = share_of(port);

	ul_port_free(s->inner);
	ul_addr_book_free(s->book);
	ul_buf_pool_free(s->pool);
	g_free(s);
}

static void each_counter(const struct ul_port *port, ul_port_counter_fn fn,
			 void *arg)
{
	const struct ul_macshare_stats *s = ul_macshare_stats(port);

	fn("rx-reflected", s->rx_reflected, arg);
	fn("rx-unknown", s->rx_unknown, arg);
	fn("rx-foreign", s->rx_foreign, arg);
	fn("tx-short", s->tx_short, arg);
}

static const struct ul_port_ops share_ops = {
	.send = share_send,
	.free = share_free,
	.each_counter = each_counter,
};

struct ul_port *ul_macshare_new(struct ul_loop *loop,
				struct ul_port *take_inner,
				const uint8_t mac[6],
				const struct ul_port_handler *handler,
				void *arg)
{
	struct share *s = g_new0(struct share, 1);

	s->port = (struct ul_port){
		.ops = &share_ops, .handler = handler, .arg = arg,
		.is_attached = take_inner->is_attached,
		.can_offload = take_inner->can_offload,
		.can_uso = take_inner->can_uso,
		.frame_max = take_inner->frame_max,
	};
	s->loop = loop;
	s->inner = take_inner;
	memcpy(s->mac, mac, MAC_LEN);
	s->book = ul_addr_book_new();
	s->pool = ul_buf_pool_new(COPY_SIZE, COPY_POOL_MAX);
	ul_port_set_handler(take_inner, &inner_handler, s);
	return &s->port;
}

const struct ul_macshare_stats *ul_macshare_stats(const struct ul_port *port)
{
	return &share_of(port)->stats;
}
