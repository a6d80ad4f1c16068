/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * udp_out.c - datagrams on their way to the host, in batches
 *
 * They wait in a bounded pool, each with a reference on its frame, and every
 * socket's are sent in their order by sendmmsg(). A socket that has no room
 * now loses the datagram, as a full queue of a router would.
 *
 * Datagrams of one length to one address are one message, which the kernel
 * carries as one and cuts when it leaves (UDP_SEGMENT): most of a datagram's
 * cost is its way through the kernel's layers. What it refuses so, for the
 * MTU of the path or because it cannot, is sent one by one.
 */
#include "flow/udp_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "flow/dgram_sock.h"
#include "flow/icmp_error.h"
#include "flow/udp_errors.h"

#define OUT_MAX 128		/* datagrams that wait, of all sockets */
#define SEND_BATCH 64		/* and of a message: the kernel's old limit */
/* Longer ones are for the kernel to fragment; shorter paths it refuses. */
#define SEGMENT_MAX 1472

/* One datagram on its way to the host. */
struct datagram {
	struct ul_list node;
	struct ul_pkt pkt;
	struct ul_ep host;
	uint8_t ttl;
};

struct ul_udp_out {
	struct ul_flow_ctx *ctx;
	struct ul_list dirty;		/* sockets with a queue */
	struct ul_list unused;		/* of all[] */
	struct datagram all[OUT_MAX];
};

/* One message of a batch: the datagrams from @first on. */
struct message {
	const struct datagram *first;
	unsigned int segments;
	size_t len;
	bool is_full;		/* its last one was shorter */
};

/* Arrays for one sendmmsg(). */
struct batch {
	unsigned int count, datagrams;
	struct message info[SEND_BATCH];
	struct mmsghdr msg[SEND_BATCH];
	struct sockaddr_storage addr[SEND_BATCH];
	struct iovec iov[SEND_BATCH];	/* one for each datagram */
	_Alignas(struct cmsghdr) char control[SEND_BATCH]
					     [UL_DGRAM_CONTROL_LEN];
};

static size_t payload_len(const struct datagram *d)
{
	return d->pkt.l4_len - UL_UDP_HEADER;
}

/* May @d be another segment of @m? The last one may be shorter. */
static bool joins(const struct message *m, const struct datagram *d)
{
	const struct datagram *f = m->first;
	size_t len = payload_len(d);

	return !m->is_full && len && len <= payload_len(f) &&
	       payload_len(f) <= SEGMENT_MAX &&
	       m->len + len <= UL_UDP_PAYLOAD_MAX && d->ttl == f->ttl &&
	       d->pkt.tos == f->pkt.tos && ul_ep_eq(&d->host, &f->host);
}

static void start_message(struct batch *b, const struct datagram *d)
{
	unsigned int i = b->count++;

	b->info[i] = (struct message){ .first = d };
	b->msg[i].msg_hdr = (struct msghdr){
		.msg_name = &b->addr[i],
		.msg_namelen = ul_ep_to_sa(&d->host, &b->addr[i]),
		.msg_iov = &b->iov[b->datagrams],
		.msg_control = b->control[i],
		.msg_controllen = ul_dgram_put_control(b->control[i],
					ul_addr_family(&d->host.addr),
					d->ttl, d->pkt.tos),
	};
}

static void add_segment(struct batch *b, const struct datagram *d)
{
	struct message *m = &b->info[b->count - 1];

	b->iov[b->datagrams++] = (struct iovec){
		.iov_base = d->pkt.l4 + UL_UDP_HEADER,
		.iov_len = payload_len(d),
	};
	b->msg[b->count - 1].msg_hdr.msg_iovlen++;
	m->segments++;
	m->len += payload_len(d);
	m->is_full = payload_len(d) < payload_len(m->first);
}

static void put_segment_sizes(struct batch *b)
{
	for (unsigned int i = 0; i < b->count; i++) {
		struct msghdr *h = &b->msg[i].msg_hdr;

		if (b->info[i].segments > 1)
			h->msg_controllen += ul_dgram_put_segment(
				b->control[i] + h->msg_controllen,
				(uint16_t)payload_len(b->info[i].first));
	}
}

static struct datagram *first_of(const struct ul_udp_sock *s)
{
	struct ul_list *n = ul_list_first(&s->queue);

	return n ? ul_container_of(n, struct datagram, node) : NULL;
}

/* The queue's start, as far as it agrees on DF, which is the socket's. */
static void fill(struct batch *b, const struct ul_udp_sock *s)
{
	bool df = first_of(s)->pkt.df;
	struct ul_list *n, *tmp;

	b->count = b->datagrams = 0;
	ul_list_for_each_safe(n, tmp, &s->queue) {
		const struct datagram *d = ul_container_of(n, struct datagram,
							   node);

		if (b->datagrams == SEND_BATCH || d->pkt.df != df)
			break;
		if (!b->count || s->sends_singly ||
		    !joins(&b->info[b->count - 1], d))
			start_message(b, d);
		add_segment(b, d);
	}
	put_segment_sizes(b);
}

static void done(struct ul_udp_out *out, struct datagram *d)
{
	ul_buf_unref(d->pkt.buf);
	d->pkt.buf = NULL;
	ul_list_move_tail(&out->unused, &d->node);
}

static void done_many(struct ul_udp_out *out, struct ul_udp_sock *s,
		      unsigned int count)
{
	while (count--)
		done(out, first_of(s));
}

/*
 * The first message failed with @err: once more, then it is given up, or
 * tried in parts. How many datagrams are done with.
 */
static unsigned int retry(struct ul_udp_out *out, struct ul_udp_sock *s,
			  const struct batch *b, int err)
{
	const struct message *m = &b->info[0];
	uint32_t mtu = 0;

	if (err == EAGAIN || err == ENOBUFS) {
		out->ctx->stats.udp_dropped += m->segments;
		return m->segments;
	}
	ul_udp_errors_drain(s, &mtu);
	if (sendmsg(s->watch.fd, &b->msg[0].msg_hdr,
		    MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return m->segments;
	err = errno;
	ul_udp_errors_drain(s, &mtu);
	if (m->segments > 1) {
		s->sends_singly = true;
		return 0;
	}
	out->ctx->stats.udp_dropped++;
	ul_icmp_error_errno(out->ctx, &m->first->pkt, err, mtu);
	return 1;
}

static void set_df(struct ul_udp_sock *s, bool df)
{
	if (s->df == df)
		return;
	ul_dgram_set_df(s->watch.fd, s->family, df);
	s->df = df;
}

static void flush_sock(struct ul_udp_out *out, struct ul_udp_sock *s)
{
	struct batch b;

	ul_list_remove(&s->dirty_node);
	while (first_of(s)) {
		int sent;

		fill(&b, s);
		set_df(s, first_of(s)->pkt.df);
		sent = sendmmsg(s->watch.fd, b.msg, b.count,
				MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent <= 0)
			done_many(out, s, retry(out, s, &b,
						sent < 0 ? errno : EAGAIN));
		for (int i = 0; i < sent; i++)
			done_many(out, s, b.info[i].segments);
	}
}

void ul_udp_out_flush(struct ul_udp_out *out)
{
	struct ul_list *n;

	while ((n = ul_list_first(&out->dirty)))
		flush_sock(out, ul_container_of(n, struct ul_udp_sock,
						dirty_node));
}

struct ul_udp_out *ul_udp_out_new(struct ul_flow_ctx *ctx)
{
	struct ul_udp_out *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->ctx = ctx;
	ul_list_init(&out->dirty);
	ul_list_init(&out->unused);
	for (int i = 0; i < OUT_MAX; i++)
		ul_list_append(&out->unused, &out->all[i].node);
	return out;
}

void ul_udp_out_free(struct ul_udp_out *out)
{
	free(out);
}

void ul_udp_out_put(struct ul_udp_out *out, struct ul_udp_sock *sock,
		    const struct ul_pkt *pkt, const struct ul_ep *host,
		    uint8_t ttl)
{
	struct datagram *d;

	if (ul_list_is_empty(&out->unused))
		ul_udp_out_flush(out);
	d = ul_container_of(ul_list_first(&out->unused), struct datagram,
			    node);
	d->pkt = *pkt;
	d->host = *host;
	d->ttl = ttl;
	ul_list_move_tail(&sock->queue, &d->node);
	if (!ul_list_is_linked(&sock->dirty_node))
		ul_list_append(&out->dirty, &sock->dirty_node);
	if (pkt->buf)
		ul_buf_ref(pkt->buf);
	else	/* the bytes do not outlive the call */
		flush_sock(out, sock);
}

void ul_udp_out_forget(struct ul_udp_out *out, struct ul_udp_sock *sock)
{
	struct datagram *d;

	while ((d = first_of(sock)))
		done(out, d);
	ul_list_remove(&sock->dirty_node);
}
