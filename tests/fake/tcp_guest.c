/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_guest.c - the guest's end of a TCP connection, one segment at a time */
#include "fake/tcp_guest.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/csum.h"
#include "base/cursor.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#define PACKET_MAX 66000

const uint8_t guest_usual_options[12] = {
	2, 4, 1460 >> 8, 1460 & 0xff, 1, 3, 3, 7, 1, 1, 4, 2,
};

void wire_init(struct wire *w)
{
	*w = (struct wire){ .count = 0 };
	ul_list_init(&w->segs);
}

struct seg *wire_next(struct wire *w)
{
	struct ul_list *n = ul_list_first(&w->segs);

	if (!n)
		return NULL;
	ul_list_remove(n);
	w->count--;
	return ul_container_of(n, struct seg, node);
}

void wire_clear(struct wire *w)
{
	struct seg *s;

	while ((s = wire_next(w)) != NULL)
		free(s);
}

/* The transport of a packet whose header must be right. */
static struct ul_rd open_packet(struct seg *s, const uint8_t *data, size_t len)
{
	size_t hdr_len;

	if (data[0] >> 4 == 4) {
		struct ul_ip4 h;

		ck_assert_int_eq(ul_ip4_parse(&h, data, len), 0);
		ck_assert_uint_eq(h.total_len, len);
		ck_assert_uint_eq(h.proto, UL_IPPROTO_TCP);
		ck_assert(!h.mf && !h.frag_offset);
		s->src = h.src;
		s->dst = h.dst;
		hdr_len = h.hdr_len;
	} else {
		struct ul_ip6 h;

		ck_assert_int_eq(ul_ip6_parse(&h, data, len), 0);
		ck_assert_uint_eq(h.payload_len + 40u, len);
		ck_assert_uint_eq(h.next, UL_IPPROTO_TCP);
		s->src = h.src;
		s->dst = h.dst;
		hdr_len = UL_IP6_HLEN;
	}
	return ul_rd_new(data + hdr_len, len - hdr_len);
}

/* Right, or the sum of the pseudo-header that others complete. */
static void check_checksum(const struct seg *s, const struct ul_rd *tcp,
			   const struct ul_stack_out *out)
{
	uint8_t field[2];
	uint16_t sum;

	if (out->offload.csum != UL_CSUM_PARTIAL) {
		ck_assert(ul_tcp_checksum_ok(&s->src, &s->dst, tcp->p,
					     tcp->left));
		return;
	}
	sum = (uint16_t)~ul_csum_fold(ul_csum_pseudo(&s->src, &s->dst,
						     UL_IPPROTO_TCP,
						     (uint32_t)tcp->left));
	memcpy(field, tcp->p + 16, 2);
	ck_assert_uint_eq(out->offload.csum_start, out->ip_hdr_len);
	ck_assert_uint_eq(out->offload.csum_offset, 16);
	ck_assert_uint_eq(field[0] << 8 | field[1], sum);
}

static bool wire_can_offload(const struct ul_addr *guest, void *arg)
{
	struct wire *w = arg;

	return w->can_offload;
}

int wire_output(const struct ul_stack_out *out, void *arg)
{
	struct wire *w = arg;
	static uint8_t flat[PACKET_MAX];
	struct seg *s;
	struct ul_rd r;
	size_t len = 0;

	if (w->is_full) {
		w->refused++;
		return -ENOBUFS;
	}
	for (unsigned int i = 0; i < out->count; i++) {
		ck_assert_uint_le(len + out->piece[i].len, sizeof(flat));
		memcpy(flat + len, out->piece[i].data, out->piece[i].len);
		len += out->piece[i].len;
	}
	ck_assert_uint_eq(len, out->len);
	s = calloc(1, sizeof(*s) + len);
	r = open_packet(s, flat, len);
	ck_assert(ul_addr_eq(&s->dst, &out->dst));
	check_checksum(s, &r, out);
	s->offload = out->offload;
	ck_assert_int_eq(ul_tcp_parse(&s->h, r.p, r.left), 0);
	s->len = r.left - s->h.hdr_len;
	memcpy(s->data, r.p + s->h.hdr_len, s->len);
	ul_list_append(&w->segs, &s->node);
	w->count++;
	return 0;
}

struct ul_stack_conf wire_stack_conf(struct wire *w)
{
	return (struct ul_stack_conf){
		.output = wire_output, .can_offload = wire_can_offload,
		.arg = w, .mtu = 1500,
		.send_bytes_max = 64u << 20, .pinned_bytes_max = 64u << 20,
		.conn_pinned_max = 8u << 20,
	};
}

struct ul_stack *wire_stack_new(struct wire *w)
{
	struct ul_stack_conf conf = wire_stack_conf(w);
	struct ul_stack *stack = ul_stack_new(&conf);

	ul_stack_set_time(stack, 1000000);
	return stack;
}

void guest_init(struct guest *g, struct ul_stack *stack, struct wire *w,
		struct ul_buf_pool *frames, bool is_v4, uint16_t port)
{
	*g = (struct guest){
		.stack = stack, .wire = w, .frames = frames,
		.own.port = port, .peer.port = 80,
		.seq = 0xfffff000u + port, .window = 0xffff,
	};
	ul_addr_parse(&g->own.addr, is_v4 ? "10.0.2.15" : "fd00:1::15");
	ul_addr_parse(&g->peer.addr, is_v4 ? "198.51.100.7" : "2001:db8::7");
}

void guest_fini(struct guest *g)
{
	ul_conn_free(g->conn);
	g->conn = NULL;
}

static void put_ip_header(struct ul_wr *w, struct guest *g, size_t l4_len)
{
	if (ul_addr_is_v4(&g->own.addr)) {
		struct ul_ip4 h = {
			.src = g->own.addr, .dst = g->peer.addr,
			.proto = UL_IPPROTO_TCP, .ttl = 64,
			.total_len = (uint16_t)(20 + l4_len),
		};

		ul_ip4_emit(w, &h);
	} else {
		struct ul_ip6 h = {
			.src = g->own.addr, .dst = g->peer.addr,
			.next = UL_IPPROTO_TCP, .hop_limit = 64,
			.payload_len = (uint16_t)l4_len,
		};

		ul_ip6_emit(w, &h);
	}
}

struct ul_pkt guest_pkt(struct guest *g, const struct guest_seg *s)
{
	struct ul_buf *buf = ul_buf_get(g->frames);
	size_t l4_len = UL_TCP_HLEN + s->opt_len + s->len;
	struct ul_pkt pkt = {
		.src = g->own.addr, .dst = g->peer.addr,
		.proto = UL_IPPROTO_TCP, .ttl = 64, .buf = buf,
	};
	struct ul_wr w;

	ck_assert_ptr_nonnull(buf);
	w = ul_wr_new(buf->data, buf->cap);
	put_ip_header(&w, g, l4_len);
	pkt.ip = buf->data;
	pkt.l4 = buf->data + w.len;
	pkt.l4_len = l4_len;
	pkt.ip_len = w.len + l4_len;
	ul_wr_u16(&w, g->own.port);
	ul_wr_u16(&w, g->peer.port);
	ul_wr_u32(&w, s->seq);
	ul_wr_u32(&w, s->ack);
	ul_wr_u8(&w, (uint8_t)((UL_TCP_HLEN + s->opt_len) / 4 << 4));
	ul_wr_u8(&w, s->flags);
	ul_wr_u16(&w, s->window);
	ul_wr_u32(&w, 0);
	ul_wr_bytes(&w, s->opt, s->opt_len);
	ul_wr_bytes(&w, s->data, s->len);
	ck_assert(!w.bad);
	return pkt;
}

unsigned int guest_put(struct guest *g, const struct guest_seg *s)
{
	struct ul_pkt pkt = guest_pkt(g, s);
	struct ul_buf *buf = pkt.buf;
	unsigned int events;

	if (s->is_unowned)
		pkt.buf = NULL;
	events = ul_conn_input(g->conn, &pkt);
	ul_buf_unref(buf);
	g->events |= events;
	return events;
}

static unsigned int put_next(struct guest *g, uint8_t flags, const void *data,
			     size_t len)
{
	struct guest_seg s = {
		.seq = g->seq, .ack = g->ack, .flags = flags,
		.window = g->window, .data = data, .len = len,
	};

	return guest_put(g, &s);
}

unsigned int guest_ack(struct guest *g)
{
	return put_next(g, UL_TCP_ACK, NULL, 0);
}

unsigned int guest_send(struct guest *g, const void *data, size_t len)
{
	unsigned int events = put_next(g, UL_TCP_ACK | UL_TCP_PSH, data, len);

	g->seq += (uint32_t)len;
	return events;
}

unsigned int guest_fin(struct guest *g)
{
	unsigned int events = put_next(g, UL_TCP_ACK | UL_TCP_FIN, NULL, 0);

	g->seq++;
	return events;
}

struct seg *guest_take(struct guest *g)
{
	struct seg *s = wire_next(g->wire);

	ck_assert_ptr_nonnull(s);
	ck_assert(ul_addr_eq(&s->src, &g->peer.addr));
	ck_assert(ul_addr_eq(&s->dst, &g->own.addr));
	ck_assert_uint_eq(s->h.src_port, g->peer.port);
	ck_assert_uint_eq(s->h.dst_port, g->own.port);
	return s;
}

void guest_open(struct guest *g, const void *opt, size_t opt_len)
{
	struct guest_seg syn = {
		.seq = g->seq, .flags = UL_TCP_SYN, .window = g->window,
		.opt = opt, .opt_len = opt_len,
	};
	struct ul_pkt pkt = guest_pkt(g, &syn);
	struct seg *s;

	g->conn = ul_conn_new_passive(g->stack, &pkt, g);
	ul_buf_unref(pkt.buf);
	ck_assert_ptr_nonnull(g->conn);
	g->seq++;
	s = guest_take(g);
	ck_assert_uint_eq(s->h.flags, UL_TCP_SYN | UL_TCP_ACK);
	ck_assert_uint_eq(s->h.ack, g->seq);
	g->ack = s->h.seq + 1;
	g->scale = s->h.wscale < 0 ? 0 : (uint8_t)s->h.wscale;
	free(s);
	ck_assert_uint_eq(guest_ack(g), UL_CONN_ESTABLISHED);
	ck_assert_uint_eq(g->wire->count, 0);
}

size_t guest_accept(struct guest *g, const struct seg *s, uint8_t *out)
{
	uint32_t known = g->ack - s->h.seq;
	bool has_fin = (s->h.flags & UL_TCP_FIN) != 0;
	size_t n;

	if (known > s->len || (known == s->len && !has_fin))
		return 0;
	n = s->len - known;
	memcpy(out, s->data + known, n);
	g->ack += (uint32_t)(n + has_fin);
	g->has_fin |= has_fin;
	return n;
}

size_t guest_receive(struct guest *g, uint8_t *out, size_t cap)
{
	struct seg *s;
	size_t got = 0;

	while ((s = wire_next(g->wire)) != NULL) {
		ck_assert_uint_le(got + s->len, cap);
		got += guest_accept(g, s, out + got);
		if (s->len || s->h.flags & UL_TCP_FIN)
			guest_ack(g);
		free(s);
	}
	return got;
}

size_t host_receive(struct guest *g, uint8_t *out, size_t cap)
{
	struct iovec iov[16];
	size_t bytes, got = 0;
	unsigned int n;

	while ((n = ul_conn_peek(g->conn, iov, 16, &bytes)) > 0) {
		for (unsigned int i = 0; i < n; i++) {
			ck_assert_uint_le(got + iov[i].iov_len, cap);
			memcpy(out + got, iov[i].iov_base, iov[i].iov_len);
			got += iov[i].iov_len;
		}
		ul_conn_consume(g->conn, bytes);
	}
	return got;
}

size_t host_send(struct guest *g, const uint8_t *data, size_t len)
{
	size_t sent = 0;

	while (sent < len) {
		struct iovec iov[4];
		bool over_budget;
		unsigned int n = ul_conn_reserve(g->conn, iov, 4, len - sent,
						 &over_budget);
		size_t filled = 0;

		for (unsigned int i = 0; i < n; i++) {
			memcpy(iov[i].iov_base, data + sent + filled,
			       iov[i].iov_len);
			filled += iov[i].iov_len;
		}
		ul_conn_commit(g->conn, filled);
		sent += filled;
		if (!n)
			break;
	}
	return sent;
}

void stream_fill(uint8_t *out, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = stream_byte(at + i);
}
