/* SPDX-License-Identifier: BSD-3-Clause */
/* ip_in.c - the one IP parser in front of everything */
#include "flow/ip_in.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "flow/icmp_error.h"
#include "flow/reass.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

struct ul_ip_in {
	struct ul_flow_ctx *ctx;
	struct ul_reass *reass;
	struct ul_buf *whole;	/* the last joined packet */
};

static void on_timeout(const struct ul_frag *first, void *arg)
{
	struct ul_ip_in *in = arg;
	uint8_t quote[256];
	struct ul_wr w = ul_wr_new(quote, sizeof(quote));
	struct ul_pkt pkt = { .src = first->src, .dst = first->dst,
			      .proto = first->proto };

	in->ctx->stats.frags_timeout++;
	if (!first->data)
		return;
	ul_wr_bytes(&w, first->header, first->header_len);
	ul_wr_bytes(&w, first->data, MIN(first->len, 64));
	if (w.bad || first->len < UL_ICMP_HLEN)
		return;
	pkt.ip = quote;
	pkt.ip_len = w.len;
	pkt.l4 = quote + first->header_len;
	pkt.l4_len = w.len - first->header_len;
	ul_icmp_error_send(in->ctx, &pkt, UL_ICMP_REASSEMBLY_TIMEOUT, 0);
}

struct ul_ip_in *ul_ip_in_new(struct ul_flow_ctx *ctx)
{
	struct ul_ip_in *in = g_new0(struct ul_ip_in, 1);

	in->ctx = ctx;
	in->reass = ul_reass_new(ctx->loop, on_timeout, in);
	return in;
}

void ul_ip_in_free(struct ul_ip_in *in)
{
	if (!in)
		return;
	ul_reass_free(in->reass);
	ul_buf_unref(in->whole);
	g_free(in);
}

void ul_ip_in_forget_port(struct ul_ip_in *in, const void *port)
{
	ul_reass_forget_port(in->reass, port);
}

/*
 * The header's options are gone from here on: a plain header is written
 * right in front of the transport, over the end of the old one.
 */
static void plain_header4(struct ul_pkt *pkt, const struct ul_ip4 *h)
{
	struct ul_ip4 plain = *h;
	struct ul_wr w;

	if (h->hdr_len == UL_IP4_HLEN)
		return;
	pkt->ip_len -= h->hdr_len - (size_t)UL_IP4_HLEN;
	pkt->ip += h->hdr_len - UL_IP4_HLEN;
	plain.total_len = (uint16_t)pkt->ip_len;
	w = ul_wr_new(pkt->ip, UL_IP4_HLEN);
	ul_ip4_emit(&w, &plain);
}

static void plain_header6(struct ul_pkt *pkt, const struct ul_ip6 *h,
			  const struct ul_ip6_chain *c)
{
	struct ul_ip6 plain = *h;
	struct ul_wr w;

	if (c->l4_off == UL_IP6_HLEN)
		return;
	pkt->ip_len -= c->l4_off - UL_IP6_HLEN;
	pkt->ip += c->l4_off - UL_IP6_HLEN;
	plain.next = c->proto;
	plain.payload_len = (uint16_t)(pkt->ip_len - UL_IP6_HLEN);
	w = ul_wr_new(pkt->ip, UL_IP6_HLEN);
	ul_ip6_emit(&w, &plain);
}

/* What came in fragments may go on in fragments: df is for the others. */
static bool fill4(struct ul_pkt *out, const uint8_t mac[6], uint8_t *data,
		  const struct ul_ip4 *h, struct ul_buf *buf)
{
	*out = (struct ul_pkt){
		.src = h->src, .dst = h->dst, .proto = h->proto,
		.ttl = h->ttl, .tos = h->tos, .df = h->df,
		.ip = data, .ip_len = h->total_len,
		.l4 = data + h->hdr_len,
		.l4_len = (size_t)(h->total_len - h->hdr_len), .buf = buf,
	};
	memcpy(out->mac, mac, 6);
	plain_header4(out, h);
	return true;
}

static bool fill6(struct ul_pkt *out, const uint8_t mac[6], uint8_t *data,
		  const struct ul_ip6 *h, const struct ul_ip6_chain *c,
		  struct ul_buf *buf)
{
	*out = (struct ul_pkt){
		.src = h->src, .dst = h->dst, .proto = c->proto,
		.ttl = h->hop_limit, .tos = h->tc, .df = true,
		.ip = data, .ip_len = UL_IP6_HLEN + (size_t)h->payload_len,
		.l4 = data + c->l4_off,
		.l4_len = UL_IP6_HLEN + h->payload_len - c->l4_off,
		.buf = buf,
	};
	memcpy(out->mac, mac, 6);
	plain_header6(out, h, c);
	return true;
}

/*
 * Add a fragment. True when its datagram is whole: a copy of it, in a buffer
 * of its own so that it can be kept, is at *@data.
 */
static bool join(struct ul_ip_in *in, const struct ul_frag *frag,
		 uint8_t **data, size_t *len)
{
	struct ul_flow_stats *stats = &in->ctx->stats;
	uint8_t *joined;
	size_t joined_len;
	int ret = ul_reass_add(in->reass, frag, &joined, &joined_len);

	stats->frags_in++;
	if (ret == -ENOBUFS)
		stats->frags_over++;
	else if (ret < 0)
		stats->frags_bad++;
	if (ret != 1)
		return false;
	ul_buf_unref(in->whole);
	in->whole = ul_stack_buf_get(in->ctx->stack);
	if (!in->whole || joined_len > in->whole->cap)
		return false;
	memcpy(in->whole->data, joined, joined_len);
	*data = in->whole->data;
	*len = joined_len;
	return true;
}

static bool parse4(struct ul_ip_in *in, const void *port, const uint8_t mac[6],
		   uint8_t *data, size_t len, struct ul_buf *buf,
		   struct ul_pkt *out)
{
	struct ul_flow_stats *stats = &in->ctx->stats;
	struct ul_ip4 h;
	int ret = ul_ip4_parse(&h, data, len);

	if (ret < 0) {
		if (ret == -EILSEQ)
			stats->bad_checksum++;
		else
			stats->bad_ip++;
		return false;
	}
	if (!h.mf && !h.frag_offset)
		return fill4(out, mac, data, &h, buf);

	struct ul_frag frag = {
		.port = port, .src = h.src, .dst = h.dst, .id = h.id,
		.proto = h.proto, .offset = h.frag_offset, .more = h.mf,
		.header = data, .header_len = h.hdr_len,
		.data = data + h.hdr_len,
		.len = (size_t)(h.total_len - h.hdr_len),
	};

	if (!join(in, &frag, &data, &len) || ul_ip4_parse(&h, data, len) < 0)
		return false;
	h.df = false;
	return fill4(out, mac, data, &h, in->whole);
}

/* The unfragmentable part must not hold the fragment header (RFC 8200 4.5). */
static size_t unfragmentable(uint8_t *out, size_t cap, const uint8_t *data,
			     const struct ul_ip6_chain *c)
{
	if (c->frag_off > cap)
		return 0;
	memcpy(out, data, c->frag_off);
	out[c->prev_next_off] = c->proto;
	return c->frag_off;
}

static bool parse6(struct ul_ip_in *in, const void *port, const uint8_t mac[6],
		   uint8_t *data, size_t len, struct ul_buf *buf,
		   struct ul_pkt *out)
{
	struct ul_flow_stats *stats = &in->ctx->stats;
	struct ul_ip6_chain c;
	uint8_t header[512];
	struct ul_ip6 h;

	if (ul_ip6_parse(&h, data, len) < 0 || ul_ip6_walk(&c, &h, data) < 0) {
		stats->bad_ip++;
		return false;
	}
	if (!c.has_frag)
		return fill6(out, mac, data, &h, &c, buf);

	struct ul_frag frag = {
		.port = port, .src = h.src, .dst = h.dst, .id = c.frag_id,
		.proto = c.proto, .offset = c.frag_offset,
		.more = c.frag_more, .header = header,
		.header_len = unfragmentable(header, sizeof(header), data, &c),
		.data = data + c.l4_off,
		.len = UL_IP6_HLEN + h.payload_len - c.l4_off,
	};

	if (!frag.header_len || !join(in, &frag, &data, &len) ||
	    ul_ip6_parse(&h, data, len) < 0 || ul_ip6_walk(&c, &h, data) < 0 ||
	    c.has_frag)
		return false;
	fill6(out, mac, data, &h, &c, in->whole);
	out->df = false;
	return true;
}

static bool checksum_is_ok(const struct ul_pkt *pkt)
{
	struct ul_udp udp;

	switch (pkt->proto) {
	case UL_IPPROTO_TCP:
		return ul_tcp_checksum_ok(&pkt->src, &pkt->dst, pkt->l4,
					  pkt->l4_len);
	case UL_IPPROTO_UDP:
		return !ul_udp_parse(&udp, pkt->l4, pkt->l4_len) &&
		       ul_udp_checksum_ok(&pkt->src, &pkt->dst, pkt->l4,
					  udp.len);
	case UL_IPPROTO_ICMP:
		return ul_addr_is_v4(&pkt->src) &&
		       ul_icmp_checksum_ok(&pkt->src, &pkt->dst, pkt->l4,
					   pkt->l4_len);
	case UL_IPPROTO_ICMP6:
		return !ul_addr_is_v4(&pkt->src) &&
		       ul_icmp_checksum_ok(&pkt->src, &pkt->dst, pkt->l4,
					   pkt->l4_len);
	default:
		return true;
	}
}

/* What came in fragments has no checksum but the one that is in it. */
static bool is_believed(const struct ul_offload *offload,
			const struct ul_pkt *pkt, const struct ul_buf *buf)
{
	return offload->csum != UL_CSUM_UNKNOWN && pkt->buf == buf;
}

bool ul_ip_in_parse(struct ul_ip_in *in, const void *port,
		    const uint8_t mac[6], uint8_t *data, size_t len,
		    struct ul_buf *buf, const struct ul_offload *offload,
		    struct ul_pkt *out)
{
	bool is_whole;

	if (len && data[0] >> 4 == 6)
		is_whole = parse6(in, port, mac, data, len, buf, out);
	else
		is_whole = parse4(in, port, mac, data, len, buf, out);
	if (!is_whole)
		return false;
	out->port = port;
	if (!is_believed(offload, out, buf) && !checksum_is_ok(out)) {
		in->ctx->stats.bad_checksum++;
		return false;
	}
	out->gso_size = offload->gso_size;
	return true;
}
