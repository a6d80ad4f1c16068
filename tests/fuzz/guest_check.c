/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_check.c - a guest for fuzz_frames: what it gets */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/csum.h"
#include "fuzz/fake_host.h"
#include "fuzz/guest_priv.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/pkt.h"
#include "wire/qframe.h"
#include "wire/udp.h"

#define WINDOW 65535

static struct guest_conn *find_conn(const struct ul_ep *own,
				    const struct ul_ep *peer)
{
	for (int i = 0; i < GUEST_CONNS; i++)
		if (ul_ep_eq(&guest.conn[i].own, own) &&
		    ul_ep_eq(&guest.conn[i].peer, peer))
			return &guest.conn[i];
	return NULL;
}

static void answer(const struct guest_conn *c, uint8_t flags)
{
	struct guest_segment s = {
		.conn = (unsigned int)(c - guest.conn), .flags = flags,
		.window = WINDOW,
		.options = flags & UL_TCP_SYN ? GUEST_OPT_USUAL :
						GUEST_OPT_NONE,
	};

	guest_send_tcp(&s);
}

/* A forward reaches for us. */
static void on_syn(const struct ul_ep *own, const struct ul_ep *peer,
		   uint32_t seq)
{
	struct guest_conn *c = find_conn(own, peer);
	uint32_t step = ++guest.generation;

	if (step > 12)
		fake_host.is_tainted = true;
	if (!c)
		c = &guest.conn[GUEST_OWN_CONNS + guest.next_forward++ %
				(GUEST_CONNS - GUEST_OWN_CONNS)];
	*c = (struct guest_conn){
		.state = GUEST_OPEN, .own = *own, .peer = *peer,
		.isn = step * 0x10000000u, .irs = seq, .rcv_nxt = seq + 1,
	};
	c->snd_nxt = c->snd_max = c->isn;
	if (guest.is_prompt)
		answer(c, UL_TCP_SYN | UL_TCP_ACK);
}

static void check_data(struct guest_conn *c, const struct ul_tcp *h,
		       const uint8_t *data, size_t len)
{
	uint32_t offset = h->seq - (c->irs + 1);
	uint32_t end = h->seq + (uint32_t)len + !!(h->flags & UL_TCP_FIN);
	bool is_new = (int32_t)(end - c->rcv_nxt) > 0;

	assert(fake_host.is_tainted || fake_matches(data, offset, len));
	if ((int32_t)(h->seq - c->rcv_nxt) > 0 || end == h->seq)
		return;
	if (is_new)
		c->rcv_nxt = end;
	if (guest.is_prompt)
		answer(c, is_new && h->flags & UL_TCP_FIN ?
			  UL_TCP_ACK | UL_TCP_FIN : UL_TCP_ACK);
}

static void check_tcp(const struct ul_addr *src, const struct ul_addr *dst,
		      const uint8_t *l4, size_t len)
{
	struct ul_ep own = { .addr = *dst }, peer = { .addr = *src };
	struct guest_conn *c;
	struct ul_tcp h;

	assert(ul_tcp_checksum_ok(src, dst, l4, len));
	assert(!ul_tcp_parse(&h, l4, len));
	own.port = h.dst_port;
	peer.port = h.src_port;
	if ((h.flags & (UL_TCP_SYN | UL_TCP_ACK)) == UL_TCP_SYN) {
		on_syn(&own, &peer, h.seq);
		return;
	}
	c = find_conn(&own, &peer);
	if (!c)
		return;
	if (h.flags & UL_TCP_RST) {
		c->state = GUEST_CLOSED;
		return;
	}
	if (h.flags & UL_TCP_SYN) {
		if (c->state != GUEST_SYN_SENT || h.ack != c->isn + 1)
			return;
		c->state = GUEST_OPEN;
		c->irs = h.seq;
		c->rcv_nxt = h.seq + 1;
		if (guest.is_prompt)
			answer(c, UL_TCP_ACK);
		return;
	}
	if (c->state != GUEST_OPEN)
		return;
	assert(fake_host.is_tainted || !(h.flags & UL_TCP_ACK) ||
	       (int32_t)(h.ack - c->snd_max) <= 0);
	check_data(c, &h, l4 + h.hdr_len, len - h.hdr_len);
}

static void check_udp(const struct ul_addr *src, const struct ul_addr *dst,
		      const uint8_t *l4, size_t len)
{
	struct ul_udp h;

	assert(!ul_udp_parse(&h, l4, len));
	assert(h.len == len && h.csum && h.src_port);
	assert(ul_udp_checksum_ok(src, dst, l4, len));
}

static void check_l4(const struct ul_addr *src, const struct ul_addr *dst,
		     uint8_t proto, const uint8_t *l4, size_t len)
{
	bool is_v4 = ul_addr_is_v4(src);

	assert(ul_addr_is_v4(dst) == is_v4);
	if (proto == UL_IPPROTO_TCP) {
		check_tcp(src, dst, l4, len);
	} else if (proto == UL_IPPROTO_UDP) {
		check_udp(src, dst, l4, len);
	} else {
		assert(proto == (is_v4 ? UL_IPPROTO_ICMP : UL_IPPROTO_ICMP6));
		assert(len >= UL_ICMP_HLEN);
		assert(ul_icmp_checksum_ok(src, dst, l4, len));
	}
}

static void check_ip4(const uint8_t *ip, size_t len)
{
	struct ul_ip4 h;

	assert(!ul_ip4_parse(&h, ip, len));
	assert(h.total_len == len && h.hdr_len == UL_IP4_HLEN);
	assert(h.ttl);
	if (!h.mf && !h.frag_offset)
		check_l4(&h.src, &h.dst, h.proto, ip + h.hdr_len,
			 len - h.hdr_len);
	else
		assert(!h.df && (!h.mf || (len - h.hdr_len) % 8 == 0));
}

static void check_ip6(const uint8_t *ip, size_t len)
{
	struct ul_ip6_chain c;
	struct ul_ip6 h;

	assert(!ul_ip6_parse(&h, ip, len));
	assert(UL_IP6_HLEN + (size_t)h.payload_len == len);
	assert(h.hop_limit && !ul_ip6_walk(&c, &h, ip));
	if (!c.has_frag)
		check_l4(&h.src, &h.dst, c.proto, ip + c.l4_off,
			 len - c.l4_off);
	else
		assert(!c.frag_more || (len - c.l4_off) % 8 == 0);
}

static void check_frame(const uint8_t *frame, size_t len)
{
	struct ul_rd r = ul_rd_new(frame, len);
	struct ul_eth eth;
	struct ul_arp arp;

	assert(!ul_eth_parse(&eth, &r));
	assert(!memcmp(eth.src, guest_router_mac, 6));
	if (eth.type == UL_ETHERTYPE_ARP) {
		assert(!ul_arp_parse(&arp, &r) && !r.left);
		return;
	}
	assert(r.left <= guest.mtu);
	if (eth.type == UL_ETHERTYPE_IPV4)
		check_ip4(r.p, r.left);
	else if (eth.type == UL_ETHERTYPE_IPV6)
		check_ip6(r.p, r.left);
	else
		assert(!"a frame of a type that we do not speak");
}

void guest_receive(const uint8_t *data, size_t len)
{
	const uint8_t *frame;
	size_t frame_len;
	struct ul_rd r;
	int ret;

	while (len) {
		size_t room = sizeof(guest.partial) - guest.partial_len;
		size_t n = len < room ? len : room;

		assert(n);
		memcpy(guest.partial + guest.partial_len, data, n);
		guest.partial_len += n;
		data += n;
		len -= n;
		r = ul_rd_new(guest.partial, guest.partial_len);
		while ((ret = ul_qframe_next(&r, &frame, &frame_len)) == 1)
			check_frame(frame, frame_len);
		assert(ret == 0);
		memmove(guest.partial, r.p, r.left);
		guest.partial_len = r.left;
	}
}

void guest_cut(void)
{
	guest.partial_len = 0;
}
