/* SPDX-License-Identifier: BSD-3-Clause */
/* guest.c - a guest for fuzz_frames: what it sends */
#include "fuzz/guest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/csum.h"
#include "fuzz/fake_host.h"
#include "fuzz/guest_priv.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/pkt.h"
#include "wire/qframe.h"
#include "wire/udp.h"

#define PACKET_MAX 65600
#define TTL 64
#define FIRST_PORT 1000
#define ISN_STEP 0x10000000u	/* old and new connections never meet */
#define USUAL_MSS 1460

const uint8_t guest_mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
const uint8_t guest_router_mac[6] = { 0x52, 0x55, 10, 0, 2, 2 };
struct guest guest;

static const struct ul_addr own6 = { { 0xfd, [15] = 0x15 } };

void guest_reset(uint16_t mtu)
{
	memset(&guest, 0, sizeof(guest));
	guest.mtu = mtu;
}

void guest_set_prompt(bool is_prompt)
{
	guest.is_prompt = is_prompt;
}

void guest_send_frame(const uint8_t *frame, size_t len)
{
	uint8_t head[UL_QFRAME_HLEN];
	struct ul_wr w = ul_wr_new(head, sizeof(head));

	if (!len)
		return;
	ul_wr_u32(&w, (uint32_t)len);
	fake_wire_put(head, sizeof(head));
	fake_wire_put(frame, len);
}

static struct ul_addr own_addr(const struct ul_addr *dst)
{
	return ul_addr_is_v4(dst) ? ul_addr_v4(0x0a00020f) : own6;
}

/* The transport and where it is; false when there is none to speak of. */
static bool find_l4(const uint8_t *ip, size_t len, struct ul_ip6_chain *c,
		    struct ul_addr *src, struct ul_addr *dst, size_t *end)
{
	struct ul_ip4 h4;
	struct ul_ip6 h6;

	if (!ul_ip4_parse(&h4, ip, len)) {
		*c = (struct ul_ip6_chain){
			.proto = h4.proto, .l4_off = h4.hdr_len,
			.has_frag = h4.mf || h4.frag_offset,
		};
		*src = h4.src;
		*dst = h4.dst;
		*end = h4.total_len;
		return true;
	}
	if (ul_ip6_parse(&h6, ip, len) < 0 || ul_ip6_walk(c, &h6, ip) < 0)
		return false;
	*src = h6.src;
	*dst = h6.dst;
	*end = UL_IP6_HLEN + (size_t)h6.payload_len;
	return true;
}

void guest_send_ip(const uint8_t *ip, size_t len)
{
	uint8_t *frame = malloc(UL_ETH_HLEN + len);
	struct ul_wr w = ul_wr_new(frame, UL_ETH_HLEN + len);
	struct ul_eth eth = {
		.type = len && ip[0] >> 4 == 6 ? UL_ETHERTYPE_IPV6 :
						 UL_ETHERTYPE_IPV4,
	};

	assert(frame);
	memcpy(eth.src, guest_mac, 6);
	memcpy(eth.dst, guest_router_mac, 6);
	ul_eth_emit(&w, &eth);
	ul_wr_bytes(&w, ip, len);
	guest_send_frame(frame, w.len);
	free(frame);
}

/* Where a transport keeps its checksum, or 0. */
static size_t csum_at(uint8_t proto)
{
	switch (proto) {
	case UL_IPPROTO_TCP:
		return 16;
	case UL_IPPROTO_UDP:
		return 6;
	case UL_IPPROTO_ICMP:
	case UL_IPPROTO_ICMP6:
		return 2;
	default:
		return 0;
	}
}

static void mend_l4(uint8_t *ip, size_t len)
{
	struct ul_ip6_chain c;
	struct ul_addr src, dst;
	size_t end, at, l4_len;
	uint32_t sum = 0;
	struct ul_wr w;

	if (!find_l4(ip, len, &c, &src, &dst, &end) || c.has_frag)
		return;
	if (c.proto == UL_IPPROTO_TCP)
		fake_host.is_tainted = true;
	at = csum_at(c.proto);
	l4_len = end - c.l4_off;
	if (!at || at + 2 > l4_len)
		return;
	w = ul_wr_new(ip + c.l4_off, l4_len);
	ul_wr_take(&w, l4_len);
	ul_wr_patch_u16(&w, at, 0);
	if (c.proto != UL_IPPROTO_ICMP)
		sum = ul_csum_pseudo(&src, &dst, c.proto, (uint32_t)l4_len);
	ul_wr_patch_u16(&w, at, ul_csum_fold(ul_csum_add(sum, ip + c.l4_off,
							 l4_len)));
}

void guest_send_mended(const uint8_t *ip, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct ul_wr w = ul_wr_new(copy, len);
	size_t hdr_len = len ? (ip[0] & 15u) * 4 : 0;

	assert(copy);
	ul_wr_bytes(&w, ip, len);
	if (len && ip[0] >> 4 == 4 && hdr_len >= UL_IP4_HLEN &&
	    hdr_len <= len) {
		ul_wr_patch_u16(&w, 10, 0);
		ul_wr_patch_u16(&w, 10, ul_csum_fold(ul_csum_add(0, copy,
								 hdr_len)));
	}
	mend_l4(copy, len);
	guest_send_ip(copy, len);
	free(copy);
}

/* Headers of a packet with @len bytes behind them; the checksum is mended. */
static void emit_ip(struct ul_wr *w, const struct ul_addr *dst, uint8_t proto,
		    size_t len, uint8_t ttl)
{
	struct ul_addr src = own_addr(dst);
	struct ul_ip4 h4 = {
		.src = src, .dst = *dst, .proto = proto, .ttl = ttl,
		.df = true, .total_len = (uint16_t)(UL_IP4_HLEN + len),
	};
	struct ul_ip6 h6 = {
		.src = src, .dst = *dst, .next = proto, .hop_limit = ttl,
		.payload_len = (uint16_t)len,
	};

	if (ul_addr_is_v4(dst))
		ul_ip4_emit(w, &h4);
	else
		ul_ip6_emit(w, &h6);
}

static void put_pattern(struct ul_wr *w, size_t offset, size_t len)
{
	uint8_t *out = ul_wr_take(w, len);

	if (out)
		fake_fill(out, offset, len);
}

static void put_sack(struct ul_wr *w, uint32_t left, uint32_t right)
{
	ul_wr_u32(w, left);
	ul_wr_u32(w, right);
}

static void put_options(struct ul_wr *w, const struct guest_segment *s,
			const struct guest_conn *c)
{
	static const uint8_t usual[] = {
		2, 4, USUAL_MSS >> 8, USUAL_MSS & 0xff, 4, 2, 1, 3, 3, 7, 1, 1,
	};
	static const uint8_t small[] = { 2, 4, 536 >> 8, 536 & 0xff };
	static const uint8_t large[] = {
		2, 4, 65480 >> 8, 65480 & 0xff, 4, 2, 1, 3, 3, 7, 1, 1,
	};
	static const uint8_t stamp[] = { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2 };
	static const uint8_t broken[] = { 2, 4, 0, 0, 3, 3, 255, 2, 5, 3, 5, 9 };
	uint32_t ack = c->rcv_nxt + (uint32_t)s->ack;

	switch (s->options) {
	case GUEST_OPT_NONE:
		break;
	case GUEST_OPT_USUAL:
		ul_wr_bytes(w, usual, sizeof(usual));
		break;
	case GUEST_OPT_SMALL:
		ul_wr_bytes(w, small, sizeof(small));
		break;
	case GUEST_OPT_LARGE:
		ul_wr_bytes(w, large, sizeof(large));
		break;
	case GUEST_OPT_SACK:
		ul_wr_u32(w, 0x0101050a);
		put_sack(w, ack + USUAL_MSS, c->rcv_nxt);
		break;
	case GUEST_OPT_SACKS:
		ul_wr_u32(w, 0x0101051a);
		put_sack(w, ack + USUAL_MSS, ack + 2 * USUAL_MSS);
		put_sack(w, ack + 3 * USUAL_MSS, ack + 5 * USUAL_MSS);
		put_sack(w, c->rcv_nxt, ack);
		break;
	case GUEST_OPT_TIMESTAMP:
		ul_wr_bytes(w, stamp, sizeof(stamp));
		break;
	case GUEST_OPT_BROKEN:
		ul_wr_bytes(w, broken, sizeof(broken));
		break;
	}
}

static void open_conn(struct guest_conn *c, const struct guest_segment *s)
{
	c->peer = s->dst;
	c->own.addr = own_addr(&s->dst.addr);
	c->own.port = (uint16_t)(FIRST_PORT + s->conn);
	if (++guest.generation > 12)
		fake_host.is_tainted = true;	/* numbers come round */
	c->isn = guest.generation * ISN_STEP + s->conn;
	c->snd_nxt = c->snd_max = c->isn;
	c->has_end = false;
	c->state = GUEST_SYN_SENT;
	c->rcv_nxt = 0;
}

/* A stream has one end: who says otherwise can not complain about its bytes. */
static void note_end(struct guest_conn *c, const struct guest_segment *s,
		     uint32_t end)
{
	bool is_end = s->flags & UL_TCP_FIN;

	if ((c->has_end && (int32_t)(end - c->end) > 0) ||
	    (is_end && (int32_t)(c->snd_max - end) > 0))
		fake_host.is_tainted = true;
	if (is_end) {
		c->has_end = true;
		c->end = end;
	}
}

/* What the segment does to the connection, as far as we follow it. */
static void note_sent(struct guest_conn *c, const struct guest_segment *s,
		      uint32_t seq)
{
	uint32_t len = (uint32_t)s->len + !!(s->flags & UL_TCP_SYN) +
		       !!(s->flags & UL_TCP_FIN);

	note_end(c, s, seq + len);
	if (!s->seq)
		c->snd_nxt += len;
	if ((int32_t)(seq + len - c->snd_max) > 0)
		c->snd_max = seq + len;
	if (s->flags & UL_TCP_RST)
		c->state = GUEST_CLOSED;
	/* lwIP takes urgent data for a part of the stream, as we do. */
}

void guest_send_tcp(const struct guest_segment *s)
{
	struct guest_conn *c = &guest.conn[s->conn];
	size_t cap = PACKET_MAX, l4_at;
	uint8_t *ip = malloc(cap);
	struct ul_wr w = ul_wr_new(ip, cap);
	uint32_t seq;

	assert(ip);
	if (s->flags & UL_TCP_SYN && !(s->flags & UL_TCP_ACK))
		open_conn(c, s);
	if (!c->own.port) {
		free(ip);
		return;
	}
	seq = c->snd_nxt + (uint32_t)s->seq;
	emit_ip(&w, &c->peer.addr, UL_IPPROTO_TCP, 0, TTL);
	l4_at = w.len;
	ul_wr_u16(&w, c->own.port);
	ul_wr_u16(&w, c->peer.port);
	ul_wr_u32(&w, seq);
	ul_wr_u32(&w, s->flags & UL_TCP_ACK ? c->rcv_nxt + (uint32_t)s->ack :
					      0);
	ul_wr_u16(&w, s->flags);
	ul_wr_u16(&w, s->window);
	ul_wr_u16(&w, 0);
	ul_wr_u16(&w, s->flags & UL_TCP_URG ? 1 : 0);
	put_options(&w, s, c);
	ip[l4_at + 12] = (uint8_t)((w.len - l4_at) / 4 << 4);
	put_pattern(&w, seq + !!(s->flags & UL_TCP_SYN) - (c->isn + 1),
		    s->len);
	if (ul_addr_is_v4(&c->peer.addr))
		ul_wr_patch_u16(&w, 2, (uint16_t)w.len);
	else
		ul_wr_patch_u16(&w, 4, (uint16_t)(w.len - UL_IP6_HLEN));
	if (!w.bad && w.len <= guest.mtu) {
		bool was_tainted = fake_host.is_tainted;

		guest_send_mended(ip, w.len);
		fake_host.is_tainted = was_tainted;
		note_sent(c, s, seq);
	}
	free(ip);
}

/* @l4 in IP fragments of @frag bytes. */
static void send_fragments(const struct ul_addr *dst, uint8_t proto,
			   const uint8_t *l4, size_t len, size_t frag)
{
	static uint16_t id;
	uint8_t *ip = malloc(PACKET_MAX);

	assert(ip);
	id++;
	for (size_t at = 0; at < len; at += frag) {
		size_t n = len - at < frag ? len - at : frag;
		bool more = at + n < len;
		struct ul_wr w = ul_wr_new(ip, PACKET_MAX);
		struct ul_ip4 h = {
			.src = own_addr(dst), .dst = *dst, .proto = proto,
			.ttl = TTL, .id = id, .mf = more,
			.frag_offset = (uint16_t)at,
			.total_len = (uint16_t)(UL_IP4_HLEN + n),
		};

		if (ul_addr_is_v4(dst)) {
			ul_ip4_emit(&w, &h);
		} else {
			emit_ip(&w, dst, UL_IP6_NEXT_FRAGMENT,
				UL_IP6_FRAG_HLEN + n, TTL);
			ul_wr_u8(&w, proto);
			ul_wr_u8(&w, 0);
			ul_wr_u16(&w, (uint16_t)(at | more));
			ul_wr_u32(&w, id);
		}
		ul_wr_bytes(&w, l4 + at, n);
		guest_send_ip(ip, w.len);
	}
	free(ip);
}

void guest_send_udp(uint16_t port, const struct ul_ep *dst, size_t len,
		    size_t frag, uint8_t ttl)
{
	struct ul_ep src = { own_addr(&dst->addr), port };
	uint8_t *ip = malloc(PACKET_MAX), *payload = malloc(len + 1);
	struct ul_wr w = ul_wr_new(ip, PACKET_MAX), p;

	assert(ip && payload);
	p = ul_wr_new(payload, len + 1);
	put_pattern(&p, 0, len);
	if (!frag)
		emit_ip(&w, &dst->addr, UL_IPPROTO_UDP, UL_UDP_HLEN + len,
			ttl);
	ul_udp_emit(&w, &src, dst, payload, len);
	ul_wr_bytes(&w, payload, len);
	if (!w.bad && !frag)
		guest_send_ip(ip, w.len);
	else if (!w.bad)
		send_fragments(&dst->addr, UL_IPPROTO_UDP, ip, w.len, frag);
	free(payload);
	free(ip);
}

void guest_send_echo(const struct ul_addr *dst, uint16_t id, size_t len,
		     uint8_t ttl)
{
	bool is_v4 = ul_addr_is_v4(dst);
	struct ul_addr src = own_addr(dst);
	struct ul_icmp h = {
		.type = is_v4 ? UL_ICMP4_ECHO : UL_ICMP6_ECHO,
		.rest = (uint32_t)id << 16 | 1,
	};
	uint8_t *ip = malloc(PACKET_MAX), *body = malloc(len + 1);
	struct ul_wr w = ul_wr_new(ip, PACKET_MAX), b;

	assert(ip && body);
	b = ul_wr_new(body, len + 1);
	put_pattern(&b, 0, len);
	emit_ip(&w, dst, is_v4 ? UL_IPPROTO_ICMP : UL_IPPROTO_ICMP6,
		UL_ICMP_HLEN + len, ttl);
	ul_icmp_emit(&w, &h, &src, dst, body, len);
	ul_wr_bytes(&w, body, len);
	if (!w.bad)
		guest_send_ip(ip, w.len);
	free(body);
	free(ip);
}
