/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * macshare_lab.h - a shared MAC between a network and a LAN that are not
 *
 *	network --- outer port (macshare) --- inner port (a fake): the LAN
 *
 * What the network sends ends in `out'; what the LAN sends and is let in ends
 * in `in'.
 */
#ifndef UL_TESTS_MACSHARE_LAB_H
#define UL_TESTS_MACSHARE_LAB_H

#include <errno.h>

#include <glib.h>

#include "harness.h"
#include "base/csum.h"
#include "link/addr_book.h"
#include "link/macshare.h"
#include "wire/arp.h"
#include "wire/dhcp4.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/pkt.h"
#include "wire/udp.h"

#define FRAME_ROOM 70000

struct bytes {
	uint8_t data[FRAME_ROOM];
	size_t len;
	unsigned int count;
	struct ul_offload offload;
	unsigned int referenced;	/* bytes that were not copied */
};

static const uint8_t shared[6] = { 2, 0xaa, 0, 0, 0, 1 };
static const uint8_t guest_a[6] = { 0x52, 0x54, 0, 0, 0, 0xa };
static const uint8_t guest_b[6] = { 0x52, 0x54, 0, 0, 0, 0xb };
static const uint8_t lan[6] = { 0x02, 0, 0, 0, 0, 9 };
static const uint8_t none[6];

static int64_t now;
static struct ul_loop *loop;
static struct ul_buf_pool *pool;
static struct ul_port *outer;
static struct ul_port inner;
static struct bytes out, in;
static int inner_rc;
static unsigned int has_room, batches, detached, freed;
static uint8_t frame[FRAME_ROOM];
static struct ul_wr w;

static inline int64_t fake_clock(void *arg)
{
	return now;
}

static inline int inner_send(struct ul_port *port,
			     const struct ul_piece *piece, unsigned int count,
			     const struct ul_offload *offload)
{
	size_t copied = 0;

	if (inner_rc)
		return inner_rc;
	out.len = 0;
	out.referenced = 0;
	for (unsigned int i = 0; i < count; i++) {
		memcpy(out.data + out.len, piece[i].data, piece[i].len);
		out.len += piece[i].len;
		if (piece[i].buf)
			out.referenced += (unsigned int)piece[i].len;
		else
			copied += piece[i].len;
	}
	ck_assert_uint_le(count, UL_PORT_PIECES_MAX);
	if (copied > UL_PORT_HEAD_MAX)
		return -EMSGSIZE;
	out.offload = offload ? *offload : (struct ul_offload){ 0 };
	out.count++;
	return 0;
}

static inline void inner_free(struct ul_port *port)
{
	freed++;
}

static const struct ul_port_ops inner_ops = {
	.send = inner_send, .free = inner_free,
};

static inline void on_frame(struct ul_port *port, struct ul_frame *f, void *arg)
{
	ck_assert_ptr_eq(port, outer);
	memcpy(in.data, f->data, f->len);
	in.len = f->len;
	in.offload = f->offload;
	in.count++;
}

static inline void on_batch_end(struct ul_port *port, void *arg)
{
	batches++;
}

static inline void on_has_room(struct ul_port *port, void *arg)
{
	has_room++;
}

static inline void on_detached(struct ul_port *port, void *arg)
{
	detached++;
}

static const struct ul_port_handler handler = {
	.frame = on_frame,
	.batch_end = on_batch_end,
	.has_room = on_has_room,
	.detached = on_detached,
};

static inline void set_up(void)
{
	now = 1;
	inner_rc = 0;
	has_room = batches = detached = freed = 0;
	out.count = in.count = 0;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	pool = ul_buf_pool_new(128 << 10, 4 << 20);
	inner = (struct ul_port){ .ops = &inner_ops, .is_attached = true,
				  .can_offload = true, .can_uso = true };
	outer = ul_macshare_new(loop, &inner, shared, &handler, NULL);
}

static inline void tear_down(void)
{
	ul_port_free(outer);
	ck_assert_uint_eq(freed, 1);
	ck_assert_uint_eq(ul_buf_pool_in_use(pool), 0);
	ul_buf_pool_free(pool);
	ul_loop_free(loop);
}

static inline struct ul_addr addr(const char *text)
{
	struct ul_addr a = { .b = { 0 } };

	ck_assert_int_eq(ul_addr_parse(&a, text), 0);
	return a;
}

/* ---- frames, made into `frame' by way of `w' ----------------------------- */

static inline void start(const uint8_t dst[6], const uint8_t src[6],
			 uint16_t type)
{
	struct ul_eth eth = { .type = type };

	memcpy(eth.dst, dst, 6);
	memcpy(eth.src, src, 6);
	w = ul_wr_new(frame, sizeof(frame));
	ul_eth_emit(&w, &eth);
}

static inline void make_arp(const uint8_t dst[6], const uint8_t src[6],
			    uint16_t op, const char *spa, const uint8_t tha[6], const char *tpa)
{
	struct ul_arp arp = { .op = op, .spa = addr(spa), .tpa = addr(tpa) };

	memcpy(arp.sha, src, 6);
	memcpy(arp.tha, tha, 6);
	start(dst, src, UL_ETHERTYPE_ARP);
	ul_arp_emit(&w, &arp);
	ul_wr_zero(&w, 18);		/* padding */
}

static inline void put_ip4(const char *src, const char *dst, uint8_t proto,
		    size_t len)
{
	struct ul_ip4 ip = {
		.src = addr(src), .dst = addr(dst), .proto = proto, .ttl = 64,
		.total_len = (uint16_t)(UL_IP4_HLEN + len),
	};

	ul_ip4_emit(&w, &ip);
}

static inline void put_udp(const char *src, uint16_t sport, const char *dst,
		    uint16_t dport, const void *data, size_t len)
{
	struct ul_ep from = { addr(src), sport }, to = { addr(dst), dport };

	ul_udp_emit(&w, &from, &to, data, len);
	ul_wr_bytes(&w, data, len);
}

static inline void make_udp(const uint8_t dst_mac[6], const uint8_t src_mac[6],
		     const char *src, const char *dst, uint16_t dport,
		     const void *data, size_t len)
{
	start(dst_mac, src_mac, UL_ETHERTYPE_IPV4);
	put_ip4(src, dst, UL_IPPROTO_UDP, UL_UDP_HLEN + len);
	put_udp(src, 1000, dst, dport, data, len);
}

static inline void make_dhcp(const uint8_t dst[6], const uint8_t src[6],
		      struct ul_dhcp4_msg *m, const char *from,
		      const char *to)
{
	uint8_t data[600];
	struct ul_wr d = ul_wr_new(data, sizeof(data));

	ul_dhcp4_emit(&d, m);
	ck_assert(!d.bad);
	make_udp(dst, src, from, to,
		 m->op == UL_DHCP4_OP_REQUEST ? 67 : 68, data, d.len);
}

static inline void put_ip6(const char *src, const char *dst, size_t len)
{
	struct ul_ip6 ip = {
		.src = addr(src), .dst = addr(dst), .next = UL_IPPROTO_ICMP6,
		.hop_limit = 255, .payload_len = (uint16_t)len,
	};

	ul_ip6_emit(&w, &ip);
}

static inline void make_nd(const uint8_t dst_mac[6], const uint8_t src_mac[6],
		    uint8_t type, const char *src, const char *dst,
		    const char *target, const uint8_t lladdr[6])
{
	struct ul_nd nd = { .type = type, .target = addr(target) };
	struct ul_addr s = addr(src), d = addr(dst);

	memcpy(nd.lladdr, lladdr, 6);
	start(dst_mac, src_mac, UL_ETHERTYPE_IPV6);
	put_ip6(src, dst, UL_ND_NS_LEN);
	ul_nd_emit(&w, &nd, &s, &d);
}

/* An ICMPv6 message with the bytes @body behind its first eight. */
static inline void make_icmp6(const uint8_t dst_mac[6], const uint8_t src_mac[6],
		       uint8_t type, const char *src, const char *dst,
		       const void *body, size_t len)
{
	struct ul_icmp h = { .type = type };
	struct ul_addr s = addr(src), d = addr(dst);

	start(dst_mac, src_mac, UL_ETHERTYPE_IPV6);
	put_ip6(src, dst, UL_ICMP_HLEN + len);
	ul_icmp_emit(&w, &h, &s, &d, body, len);
	ul_wr_bytes(&w, body, len);
}

/* ---- moving them --------------------------------------------------------- */

static inline int send_as(const struct ul_offload *offload)
{
	struct ul_buf *buf = ul_buf_get(pool);
	struct ul_piece piece = { buf->data, w.len, buf };
	uint8_t *before;
	int rc;

	ck_assert(!w.bad);
	memcpy(buf->data, frame, w.len);
	before = exact_copy(frame, w.len);
	rc = ul_port_send(outer, &piece, 1, offload);
	/* Others may have the same bytes queued. */
	ck_assert_mem_eq(buf->data, before, w.len);
	free(before);
	ul_buf_unref(buf);
	return rc;
}

/* The guests' side sends what was made; what of it came out? */
static inline const struct bytes *go_out(void)
{
	unsigned int before = out.count;

	ck_assert_int_eq(send_as(NULL), 0);
	ck_assert_uint_eq(out.count, before + 1);
	ck_assert_uint_eq(out.len, w.len);
	ck_assert_mem_eq(out.data + 6, shared, 6);
	return &out;
}

/* The LAN sends what was made; was it let in? */
static inline bool come_in(void)
{
	struct ul_frame f = { .data = exact_copy(frame, w.len), .len = w.len };
	unsigned int before = in.count;

	ck_assert(!w.bad);
	inner.handler->frame(&inner, &f, inner.arg);
	free(f.data);
	return in.count > before;
}

#define ck_is_for(mac) ck_assert_mem_eq(in.data, mac, 6)

/* Only bytes @from to @to of what was made differ in what came out. */
static inline void ck_same_but(const struct bytes *b, size_t from, size_t to)
{
	ck_assert_uint_eq(b->len, w.len);
	ck_assert_mem_eq(b->data, frame, from);
	ck_assert_mem_eq(b->data + to, frame + to, w.len - to);
}

static inline void introduce(void)
{
	make_arp(ul_mac_broadcast, guest_a, UL_ARP_REQUEST, "10.0.0.10", none,
		 "10.0.0.1");
	go_out();
	make_arp(ul_mac_broadcast, guest_b, UL_ARP_REQUEST, "10.0.0.11", none,
		 "10.0.0.1");
	go_out();
}

#endif
