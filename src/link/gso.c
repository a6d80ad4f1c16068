/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gso.c - frames that still need something, made whole
 *
 * What leaves is what the kernel would make of the same super-frame, byte for
 * byte (tests/unit/test_gso_kernel.c): IPv4 ids count up, FIN and PSH are the
 * last segment's, CWR is the first one's.
 *
 * The facts come from a guest, so the headers are parsed anew and must agree
 * with them. Sums are made over what is there; the partial sum that the guest
 * wrote is used only where nothing but the offsets is known.
 */
#include "link/gso.h"

#include <errno.h>
#include <string.h>

#include "base/csum.h"
#include "base/cursor.h"
#include "wire/eth.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/pkt.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#define HEAD_MAX UL_PORT_HEAD_MAX
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8
#define VLAN_HLEN 4

#define IP4_LEN_AT 2
#define IP4_ID_AT 4
#define IP4_CSUM_AT 10
#define IP4_FRAGMENT 0x3fff	/* more fragments, or an offset */
#define IP6_LEN_AT 4
#define TCP_SEQ_AT 4
#define TCP_HLEN_AT 12
#define TCP_FLAGS_AT 13
#define TCP_CSUM_AT 16
#define TCP_CWR 0x80		/* RFC 3168 6.1 */
#define UDP_LEN_AT 4
#define UDP_CSUM_AT 6

/* The first bytes of a frame, flat and ours to change. */
struct head {
	uint8_t b[HEAD_MAX];
	size_t len;
};

/* A position in the pieces of a frame. */
struct at {
	const struct ul_piece *piece;
	unsigned int left;		/* pieces, this one too */
	size_t off;			/* in this one */
};

/* The next bytes of a frame, at most @want of them and of one piece. */
static struct ul_piece next_slice(struct at *at, size_t want)
{
	struct ul_piece slice = { 0 };

	while (at->left && at->off == at->piece->len) {
		at->piece++;
		at->left--;
		at->off = 0;
	}
	if (!at->left)
		return slice;
	slice = *at->piece;
	slice.data = (const uint8_t *)slice.data + at->off;
	slice.len -= at->off;
	if (slice.len > want)
		slice.len = want;
	at->off += slice.len;
	return slice;
}

/* Up to @want bytes from @at on, to the head. */
static void gather(struct head *h, struct at *at, size_t want)
{
	h->len = 0;
	while (h->len < want) {
		struct ul_piece s = next_slice(at, want - h->len);

		if (!s.len)
			return;
		memcpy(h->b + h->len, s.data, s.len);
		h->len += s.len;
	}
}

static uint16_t get_u16(const struct head *h, size_t off)
{
	struct ul_rd r = ul_rd_new(h->b, h->len);

	ul_rd_skip(&r, off);
	return ul_rd_u16(&r);
}

static uint8_t get_u8(const struct head *h, size_t off)
{
	struct ul_rd r = ul_rd_new(h->b, h->len);

	ul_rd_skip(&r, off);
	return ul_rd_u8(&r);
}

static void put_u16(struct head *h, size_t off, uint16_t v)
{
	struct ul_wr w = { .start = h->b, .len = h->len, .cap = HEAD_MAX };

	ul_wr_patch_u16(&w, off, v);
}

static void put_u8(struct head *h, size_t off, uint8_t v)
{
	put_u16(h, off, (uint16_t)(v << 8 | get_u8(h, off + 1)));
}

static uint16_t parse_link(struct ul_gso *g, const struct head *h)
{
	uint16_t type = get_u16(h, UL_ETH_HLEN - 2);

	g->l3_off = UL_ETH_HLEN;
	if (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) {
		g->l3_off += VLAN_HLEN;
		type = get_u16(h, g->l3_off - 2);
	}
	return type;
}

/* The packet's length must be the frame's: a lie would end in a segment. */
static int parse_ip4(struct ul_gso *g, const struct head *h, size_t len,
		     uint8_t *proto)
{
	uint8_t first = get_u8(h, g->l3_off);
	size_t hdr_len = (first & 0xfu) * 4;

	if (first >> 4 != 4 || hdr_len < UL_IP4_HLEN ||
	    get_u16(h, g->l3_off + IP4_LEN_AT) != len - g->l3_off ||
	    get_u16(h, g->l3_off + 6) & IP4_FRAGMENT)
		return -EBADMSG;
	*proto = get_u8(h, g->l3_off + 9);
	g->l4_off = g->l3_off + hdr_len;
	return 0;
}

static int parse_ip6(struct ul_gso *g, const struct head *h, size_t len,
		     uint8_t *proto)
{
	struct ul_ip6 ip = { .next = get_u8(h, g->l3_off + 6) };
	struct ul_ip6_chain chain;
	size_t there = h->len - g->l3_off - UL_IP6_HLEN;
	int ret;

	if (get_u8(h, g->l3_off) >> 4 != 6 ||
	    get_u16(h, g->l3_off + IP6_LEN_AT) !=
	    len - g->l3_off - UL_IP6_HLEN)
		return -EBADMSG;
	/* The chain of headers has to end in the head. */
	ip.payload_len = (uint16_t)there;
	ret = ul_ip6_walk(&chain, &ip, h->b + g->l3_off);
	if (ret < 0)
		return ret == -EBADMSG && len > h->len ? -EMSGSIZE : -EBADMSG;
	if (chain.has_frag)
		return -EBADMSG;
	*proto = chain.proto;
	g->l4_off = g->l3_off + chain.l4_off;
	g->is_v6 = true;
	return 0;
}

static int parse_l4(struct ul_gso *g, const struct head *h, size_t len,
		    uint8_t proto)
{
	size_t l4_len = UL_UDP_HLEN;

	if (proto == UL_IPPROTO_TCP) {
		if (g->l4_off + UL_TCP_HLEN > HEAD_MAX)
			return -EMSGSIZE;
		l4_len = (get_u8(h, g->l4_off + TCP_HLEN_AT) >> 4) * 4u;
		if (l4_len < UL_TCP_HLEN)
			return -EBADMSG;
		g->is_tcp = true;
		g->has_cwr = get_u8(h, g->l4_off + TCP_FLAGS_AT) & TCP_CWR;
	} else if (proto != UL_IPPROTO_UDP) {
		return -EBADMSG;
	}
	g->hdr_len = g->l4_off + l4_len;
	if (g->hdr_len >= len)
		return -EBADMSG;
	if (g->hdr_len > HEAD_MAX)
		return -EMSGSIZE;
	if (!g->is_tcp && get_u16(h, g->l4_off + UDP_LEN_AT) != len - g->l4_off)
		return -EBADMSG;
	g->payload_len = len - g->hdr_len;
	return 0;
}

static int parse(struct ul_gso *out, const struct head *h, size_t len,
		 const struct ul_offload *o)
{
	struct ul_gso g = { 0 };
	uint16_t type = parse_link(&g, h);
	uint8_t proto;
	int ret = -EBADMSG;

	if (type == UL_ETHERTYPE_IPV4 && h->len > g.l3_off + UL_IP4_HLEN)
		ret = parse_ip4(&g, h, len, &proto);
	else if (type == UL_ETHERTYPE_IPV6 && h->len > g.l3_off + UL_IP6_HLEN)
		ret = parse_ip6(&g, h, len, &proto);
	if (ret == 0)
		ret = parse_l4(&g, h, len, proto);
	if (ret < 0)
		return ret;
	if (o->csum != UL_CSUM_PARTIAL || o->csum_start != g.l4_off ||
	    o->csum_offset != (g.is_tcp ? TCP_CSUM_AT : UDP_CSUM_AT) ||
	    o->gso_size < UL_GSO_SIZE_MIN)
		return -EBADMSG;
	*out = g;
	return 0;
}

/* One packet: nothing is known of it but where its sum starts and goes. */
static int check_partial(const struct ul_offload *o, size_t len)
{
	size_t end = (size_t)o->csum_start + o->csum_offset + 2;

	if (o->csum_start < UL_ETH_HLEN || end > len)
		return -EBADMSG;
	return end > HEAD_MAX ? -EMSGSIZE : 0;
}

int ul_gso_check(struct ul_gso *out, const struct ul_piece *piece,
		 unsigned int count, const struct ul_offload *offload)
{
	struct at at = { .piece = piece, .left = count };
	struct head h;

	if (ul_offload_is_whole(offload))
		return 0;
	if (!offload->gso_size)
		return check_partial(offload, ul_pieces_len(piece, count));
	gather(&h, &at, HEAD_MAX);
	return parse(out, &h, ul_pieces_len(piece, count), offload);
}

/* Add @len bytes that come after @before others. */
static uint32_t add_after(uint32_t sum, size_t before, const void *data,
			  size_t len)
{
	uint16_t part;

	if (before % 2 == 0)
		return ul_csum_add(sum, data, len);
	/* RFC 1071 2.B: at an odd offset the bytes of the sum are swapped. */
	part = (uint16_t)~ul_csum_fold(ul_csum_add(0, data, len));
	part = (uint16_t)(part << 8 | part >> 8);
	return ul_csum_add(sum, &(uint8_t[2]){ part >> 8, part & 0xff }, 2);
}

/* A frame on its way out: a head of its own and slices of the payload. */
struct segment {
	struct head head;
	struct ul_piece piece[UL_PORT_PIECES_MAX];
	unsigned int count;
	size_t payload_len;
};

/* The next @want bytes of payload behind the head. */
static int add_payload(struct segment *s, struct at *at, size_t want)
{
	s->piece[0] = (struct ul_piece){ s->head.b, s->head.len, NULL };
	s->count = 1;
	s->payload_len = 0;
	while (s->payload_len < want) {
		if (s->count == UL_PORT_PIECES_MAX)
			return -EMSGSIZE;
		s->piece[s->count] = next_slice(at, want - s->payload_len);
		s->payload_len += s->piece[s->count++].len;
	}
	return 0;
}

/* The sum of the frame from @off, which is in the head, to its end. */
static uint32_t sum_from(const struct segment *s, size_t off, uint32_t sum)
{
	size_t before = s->head.len - off;

	sum = ul_csum_add(sum, s->head.b + off, before);
	for (unsigned int i = 1; i < s->count; i++) {
		sum = add_after(sum, before, s->piece[i].data,
				s->piece[i].len);
		before += s->piece[i].len;
	}
	return sum;
}

/*
 * As the kernel has it: a sum of zero is written in its other form, because
 * UDP's zero means none (RFC 768), but not in a segment of TCP's.
 */
static void put_csum(struct segment *s, size_t off, uint32_t sum)
{
	uint16_t csum = ul_csum_fold(sum);

	put_u16(&s->head, off, csum ? csum : 0xffff);
}

static int complete(const struct ul_piece *piece, unsigned int count,
		    const struct ul_offload *o,
		    int (*emit)(const struct ul_piece *piece,
				unsigned int count, void *arg),
		    void *arg)
{
	struct at at = { .piece = piece, .left = count };
	size_t len = ul_pieces_len(piece, count);
	size_t field = (size_t)o->csum_start + o->csum_offset;
	struct segment s;
	int ret = check_partial(o, len);

	if (ret < 0)
		return ret;
	gather(&s.head, &at, field + 2);
	ret = add_payload(&s, &at, len - s.head.len);
	if (ret < 0)
		return ret;
	put_csum(&s, field, sum_from(&s, o->csum_start, 0));
	return emit(s.piece, s.count, arg);
}

static uint32_t pseudo_sum(const struct ul_gso *g, const struct segment *s)
{
	const uint8_t *ip = s->head.b + g->l3_off;
	size_t len = s->head.len - g->l4_off + s->payload_len;
	uint8_t tail[4] = {
		(uint8_t)(len >> 8), (uint8_t)len,
		0, g->is_tcp ? UL_IPPROTO_TCP : UL_IPPROTO_UDP,
	};
	uint32_t sum = ul_csum_add(0, tail, sizeof(tail));

	return g->is_v6 ? ul_csum_add(sum, ip + 8, 32) :
			  ul_csum_add(sum, ip + 12, 8);
}

static void fix_ip(const struct ul_gso *g, struct segment *s, unsigned int n)
{
	struct head *h = &s->head;
	size_t len = h->len - g->l3_off + s->payload_len;
	size_t ip = g->l3_off;

	if (g->is_v6) {
		put_u16(h, ip + IP6_LEN_AT, (uint16_t)(len - UL_IP6_HLEN));
		return;
	}
	put_u16(h, ip + IP4_LEN_AT, (uint16_t)len);
	put_u16(h, ip + IP4_ID_AT,
		(uint16_t)(get_u16(h, ip + IP4_ID_AT) + n));
	put_u16(h, ip + IP4_CSUM_AT, 0);
	put_u16(h, ip + IP4_CSUM_AT,
		ul_csum_fold(ul_csum_add(0, h->b + ip, g->l4_off - ip)));
}

static void fix_tcp(const struct ul_gso *g, struct segment *s, size_t done)
{
	struct head *h = &s->head;
	size_t seq_at = g->l4_off + TCP_SEQ_AT;
	uint32_t seq = (uint32_t)get_u16(h, seq_at) << 16 |
		       get_u16(h, seq_at + 2);
	uint8_t flags = get_u8(h, g->l4_off + TCP_FLAGS_AT);

	seq += (uint32_t)done;
	put_u16(h, seq_at, (uint16_t)(seq >> 16));
	put_u16(h, seq_at + 2, (uint16_t)seq);
	if (done)
		flags &= (uint8_t)~TCP_CWR;
	if (done + s->payload_len < g->payload_len)
		flags &= (uint8_t)~(UL_TCP_FIN | UL_TCP_PSH);
	put_u8(h, g->l4_off + TCP_FLAGS_AT, flags);
	put_u16(h, g->l4_off + TCP_CSUM_AT, 0);
}

static void fix_udp(const struct ul_gso *g, struct segment *s)
{
	put_u16(&s->head, g->l4_off + UDP_LEN_AT,
		(uint16_t)(UL_UDP_HLEN + s->payload_len));
	put_u16(&s->head, g->l4_off + UDP_CSUM_AT, 0);
}

static void fix_headers(const struct ul_gso *g, struct segment *s,
			unsigned int n, size_t done)
{
	uint32_t sum = pseudo_sum(g, s);

	fix_ip(g, s, n);
	if (g->is_tcp) {
		fix_tcp(g, s, done);
		put_u16(&s->head, g->l4_off + TCP_CSUM_AT,
			ul_csum_fold(sum_from(s, g->l4_off, sum)));
	} else {
		fix_udp(g, s);
		put_csum(s, g->l4_off + UDP_CSUM_AT,
			 sum_from(s, g->l4_off, sum));
	}
}

int ul_gso_split(const struct ul_piece *piece, unsigned int count,
		 const struct ul_offload *offload,
		 int (*emit)(const struct ul_piece *piece, unsigned int count,
			     void *arg),
		 void *arg)
{
	struct at at = { .piece = piece, .left = count };
	struct head original;
	struct segment s;
	struct ul_gso g;
	size_t done = 0;
	int ret;

	if (ul_offload_is_whole(offload))
		return emit(piece, count, arg);
	if (!offload->gso_size)
		return complete(piece, count, offload, emit, arg);
	ret = ul_gso_check(&g, piece, count, offload);
	if (ret < 0)
		return ret;
	gather(&original, &at, g.hdr_len);
	for (unsigned int n = 0; done < g.payload_len; n++) {
		size_t left = g.payload_len - done;

		memcpy(&s.head, &original, sizeof(original));
		ret = add_payload(&s, &at, left < offload->gso_size ?
					   left : offload->gso_size);
		if (ret < 0)
			return ret;
		fix_headers(&g, &s, n, done);
		ret = emit(s.piece, s.count, arg);
		if (ret < 0)
			return ret;
		done += s.payload_len;
	}
	return 0;
}
