/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ip_frag.c - cutting an IP packet for a guest with a smaller MTU
 *
 * A fragment is a header of its own and slices of the packet's pieces.
 * Pieces are not copied, but for the bytes behind the IP header that have no
 * buffer (a transport header): they are put behind the fragment's header, so
 * that it stays one piece.
 */
#include "flow/ip_frag.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/csum.h"
#include "base/cursor.h"

#define IP4_HEADER_MIN 20
#define IP4_HEADER_MAX 60
#define IP4_MTU_MIN 68		/* RFC 791 3.2 */
#define IP4_MORE 0x2000
#define IP6_HEADER 40
#define IP6_FRAG_HEADER 8
#define IP6_MTU_MIN 1280	/* RFC 8200 5 */
#define IP6_NEXT_FRAGMENT 44
#define COPIED_MAX 64		/* bytes without buffer behind a header */

/* Where the walk through the packet's pieces is. */
struct walk {
	const struct ul_stack_out *pkt;
	unsigned int piece;
	size_t offset;		/* inside that piece */
};

struct cutter {
	struct walk walk;
	const uint8_t *ip;	/* the original header */
	size_t header_len;	/* the part that each fragment repeats */
	bool is_v4;
	uint32_t id;
	uint8_t header[IP4_HEADER_MAX + COPIED_MAX];
	size_t header_used;
};

/* The next at most @want bytes of one piece. */
static struct ul_stack_piece take(struct walk *w, size_t want)
{
	const struct ul_stack_piece *p = &w->pkt->piece[w->piece];
	struct ul_stack_piece out = {
		.data = (const uint8_t *)p->data + w->offset,
		.len = p->len - w->offset < want ? p->len - w->offset : want,
		.buf = p->buf,
	};

	w->offset += out.len;
	if (w->offset == p->len) {
		w->piece++;
		w->offset = 0;
	}
	return out;
}

static void put_u16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void header_v4(struct cutter *c, size_t offset, size_t len, bool more)
{
	uint8_t *h = c->header;

	memcpy(h, c->ip, c->header_len);
	put_u16(h + 2, c->header_len + len);
	put_u16(h + 4, c->id & 0xffff);
	put_u16(h + 6, offset / 8 | (more ? IP4_MORE : 0));
	put_u16(h + 10, 0);
	put_u16(h + 10, ul_csum_fold(ul_csum_add(0, h, c->header_len)));
	c->header_used = c->header_len;
}

static void header_v6(struct cutter *c, size_t offset, size_t len, bool more)
{
	struct ul_wr w = ul_wr_new(c->header, sizeof(c->header));

	ul_wr_bytes(&w, c->ip, IP6_HEADER);
	c->header[6] = IP6_NEXT_FRAGMENT;
	ul_wr_u8(&w, c->ip[6]);
	ul_wr_u8(&w, 0);
	ul_wr_u16(&w, (uint16_t)(offset | more));
	ul_wr_u32(&w, c->id);
	put_u16(c->header + 4, IP6_FRAG_HEADER + len);
	c->header_used = w.len;
}

/* Slices for @len bytes behind the header. 0; -EMSGSIZE: too many or few. */
static int add_slices(struct cutter *c, struct ul_stack_out *frag, size_t len)
{
	while (len) {
		struct ul_stack_piece s;

		if (c->walk.piece >= c->walk.pkt->count)
			return -EMSGSIZE;
		s = take(&c->walk, len);
		len -= s.len;
		if (!s.buf && frag->count == 1 &&
		    s.len <= sizeof(c->header) - c->header_used) {
			memcpy(c->header + c->header_used, s.data, s.len);
			c->header_used += s.len;
			continue;
		}
		if (frag->count == UL_STACK_PIECES_MAX)
			return -EMSGSIZE;
		if (s.len)
			frag->piece[frag->count++] = s;
	}
	frag->piece[0] = (struct ul_stack_piece){ c->header, c->header_used,
						  NULL };
	return 0;
}

static int cut_one(struct cutter *c, size_t offset, size_t len, bool more,
		   ul_ip_frag_fn fn, void *arg)
{
	struct ul_stack_out frag = {
		.dst = c->walk.pkt->dst,
		.proto = c->walk.pkt->proto,
		.count = 1,
	};
	int rc;

	if (c->is_v4)
		header_v4(c, offset, len, more);
	else
		header_v6(c, offset, len, more);
	frag.ip_hdr_len = (uint8_t)c->header_used;
	frag.len = c->header_used + len;
	rc = add_slices(c, &frag, len);
	return rc < 0 ? rc : fn(&frag, arg);
}

/* The header must be whole in the first piece, as stack.h promises. */
static int check(const struct ul_stack_out *pkt, uint16_t mtu)
{
	bool is_v4 = ul_addr_is_v4(&pkt->dst);
	size_t least = is_v4 ? IP4_HEADER_MIN : IP6_HEADER;

	if (mtu < (is_v4 ? IP4_MTU_MIN : IP6_MTU_MIN))
		return -EMSGSIZE;
	if (!pkt->count || pkt->ip_hdr_len < least ||
	    pkt->piece[0].len < pkt->ip_hdr_len ||
	    (is_v4 && pkt->ip_hdr_len > IP4_HEADER_MAX))
		return -EMSGSIZE;
	return 0;
}

int ul_ip_frag(const struct ul_stack_out *pkt, uint16_t mtu, uint32_t id,
	       ul_ip_frag_fn fn, void *arg)
{
	struct cutter c = {
		.walk.pkt = pkt,
		.is_v4 = ul_addr_is_v4(&pkt->dst),
		.id = id,
	};
	int rc = check(pkt, mtu);
	size_t total, room;

	if (rc < 0)
		return rc;
	if (pkt->len <= mtu) {
		rc = fn(pkt, arg);
		return rc < 0 ? rc : 0;
	}
	c.ip = pkt->piece[0].data;
	c.header_len = c.is_v4 ? pkt->ip_hdr_len : IP6_HEADER;
	take(&c.walk, c.header_len);
	total = pkt->len - c.header_len;
	room = (mtu - c.header_len - (c.is_v4 ? 0 : IP6_FRAG_HEADER)) & ~7ul;
	for (size_t offset = 0; offset < total && rc >= 0; offset += room) {
		bool more = total - offset > room;

		rc = cut_one(&c, offset, more ? room : total - offset, more,
			     fn, arg);
	}
	return rc < 0 ? rc : 0;
}
