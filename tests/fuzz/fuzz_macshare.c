/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_macshare.c - any frames from both sides of a shared MAC
 *
 * The input is rows of a way (one byte: odd is in, the rest of it seconds
 * that pass), a length (two bytes, big-endian) and a frame.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "link/macshare.h"
#include "wire/arp.h"
#include "wire/eth.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/pkt.h"
#include "wire/udp.h"

#define SECOND 1000000ll

static const uint8_t shared[6] = { 2, 0xaa, 0, 0, 0, 1 };

static int64_t now;
static uint8_t sent[UL_FRAME_MAX];
static size_t sent_len;
static unsigned int sent_count;
static const uint8_t *given;		/* what the last sent was made of */

static int64_t fake_clock(void *arg)
{
	return now;
}

/* Is the transport checksum of the frame right? False when it has none. */
static bool is_sum_right(const uint8_t *frame, size_t len)
{
	struct ul_rd r = ul_rd_new(frame, len);
	struct ul_ip6_chain chain;
	struct ul_ip6 ip6;
	struct ul_ip4 ip4;
	struct ul_udp udp;
	struct ul_eth eth;

	if (ul_eth_parse(&eth, &r) < 0)
		return false;
	if (eth.type == UL_ETHERTYPE_IPV4) {
		if (ul_ip4_parse(&ip4, r.p, r.left) < 0 || ip4.mf ||
		    ip4.frag_offset || ip4.proto != UL_IPPROTO_UDP)
			return false;
		r = ul_rd_new(r.p, ip4.total_len);
		ul_rd_skip(&r, ip4.hdr_len);
		return ul_udp_parse(&udp, r.p, r.left) == 0 &&
		       ul_udp_checksum_ok(&ip4.src, &ip4.dst, r.p, udp.len);
	}
	if (eth.type != UL_ETHERTYPE_IPV6 ||
	    ul_ip6_parse(&ip6, r.p, r.left) < 0 ||
	    ul_ip6_walk(&chain, &ip6, r.p) < 0 || chain.has_frag ||
	    chain.proto != UL_IPPROTO_ICMP6)
		return false;
	r = ul_rd_new(r.p, UL_IP6_HLEN + (size_t)ip6.payload_len);
	ul_rd_skip(&r, chain.l4_off);
	return r.left >= UL_ICMP_HLEN &&
	       ul_icmp_checksum_ok(&ip6.src, &ip6.dst, r.p, r.left);
}

static int inner_send(struct ul_port *port, const struct ul_piece *piece,
		      unsigned int count, const struct ul_offload *offload)
{
	struct ul_arp arp;
	struct ul_eth eth;
	struct ul_rd r;

	sent_len = 0;
	for (unsigned int i = 0; i < count; i++) {
		assert(piece[i].len <= sizeof(sent) - sent_len);
		memcpy(sent + sent_len, piece[i].data, piece[i].len);
		sent_len += piece[i].len;
	}
	sent_count++;
	r = ul_rd_new(sent, sent_len);
	assert(!ul_eth_parse(&eth, &r));
	assert(!memcmp(eth.src, shared, 6));
	assert(!memcmp(eth.dst, given, 6));
	if (eth.type == UL_ETHERTYPE_ARP && !ul_arp_parse(&arp, &r) &&
	    sent_len < 1500)
		assert(!memcmp(arp.sha, shared, 6));
	return 0;
}

static void inner_free(struct ul_port *port)
{
}

static void on_frame(struct ul_port *port, struct ul_frame *f, void *arg)
{
	const bool is_self = !memcmp(given, shared, 6);
	struct ul_eth eth;
	struct ul_rd r = ul_rd_new(f->data, f->len);

	assert(!ul_eth_parse(&eth, &r));
	assert(memcmp(eth.src, shared, 6) != 0);
	/* Only what was for us was changed. */
	assert(is_self || !memcmp(f->data, given, f->len));
}

static const struct ul_port_ops inner_ops = {
	.send = inner_send, .free = inner_free,
};
static const struct ul_port_handler handler = { .frame = on_frame };

static void go_out(struct ul_port *outer, struct ul_buf *buf,
		   const uint8_t *frame, size_t len)
{
	uint8_t *before = malloc(len);
	unsigned int count = sent_count;
	struct ul_piece piece = { frame, len, buf };

	memcpy(before, frame, len);
	given = before;
	if (ul_port_send(outer, &piece, 1, NULL) == 0) {
		assert(sent_count == count + 1 && sent_len == len);
		assert(!is_sum_right(frame, len) ||
		       is_sum_right(sent, sent_len));
	}
	assert(!memcmp(before, frame, len));
	/* In pieces it is the same frame. */
	if (len > 2 && sent_count > count) {
		struct ul_piece cut[] = {
			{ frame, 1, buf }, { frame + 1, len - 1, buf },
		};
		uint8_t *whole = malloc(sent_len);

		memcpy(whole, sent, sent_len);
		if (ul_port_send(outer, cut, 2, NULL) == 0)
			assert(!memcmp(whole, sent, sent_len));
		free(whole);
	}
	free(before);
}

static void come_in(struct ul_port *inner, uint8_t *frame, size_t len)
{
	struct ul_frame f = { .data = frame, .len = len };
	uint8_t *before = malloc(len);

	memcpy(before, frame, len);
	given = before;
	inner->handler->frame(inner, &f, inner->arg);
	free(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_loop *loop = ul_loop_new();
	struct ul_buf_pool *pool = ul_buf_pool_new(512, 4096);
	struct ul_buf *buf = ul_buf_get(pool);
	struct ul_port inner = { .ops = &inner_ops, .is_attached = true };
	struct ul_port *outer;
	struct ul_rd r = ul_rd_new(data, len);

	now = 0;
	ul_loop_set_clock(loop, fake_clock, NULL);
	outer = ul_macshare_new(loop, &inner, shared, &handler, NULL);
	while (r.left > 3) {
		uint8_t way = ul_rd_u8(&r);
		size_t n = ul_rd_u16(&r);
		uint8_t *frame;

		if (n > r.left)
			n = r.left;
		if (!n)
			continue;
		frame = malloc(n);
		ul_rd_bytes(&r, frame, n);
		now += way / 2 * SECOND;
		ul_loop_turn(loop, 0);
		if (way & 1)
			come_in(&inner, frame, n);
		else
			go_out(outer, buf, frame, n);
		free(frame);
	}
	ul_port_free(outer);
	ul_buf_unref(buf);
	ul_buf_pool_free(pool);
	ul_loop_free(loop);
	return 0;
}
