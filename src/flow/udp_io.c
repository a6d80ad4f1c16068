/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * udp_io.c - host UDP sockets in batches, with their error queues
 *
 * Out: datagrams wait in a bounded pool, each with a reference on its frame,
 * and every socket's are sent in their order by sendmmsg(). A socket that
 * has no room now loses the datagram, as a full queue of a router would.
 *
 * In: recvmmsg() into slots of one buffer, so that many small datagrams pin
 * one buffer and not one each; what is longer than a slot goes on in a
 * buffer of its own. The buffers are held during a turn only.
 *
 * Errors: a socket that talks to many peers gets the pending error of one of
 * them as the result of its next send to another. So after any error the
 * error queue is read, what ICMP said is passed on to the guest it is about,
 * and the datagram is sent once more; only then the error is its own.
 */
#include "flow/udp_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/csum.h"
#include "flow/dgram_sock.h"
#include "flow/icmp_error.h"
#include "flow/policy.h"
#include "flow/recverr.h"

#define OUT_MAX 128		/* datagrams that wait, of all sockets */
#define SEND_BATCH 64
#define RECV_BATCH 16
#define RECV_TURN 4		/* batches of one socket in one turn */
#define ERRORS_TURN 64		/* error queue entries in one turn */
#define SLOT_LEN 2048u
#define SOCKET_BUFFER (1 << 20)	/* asked for; the kernel has its limit */
#define QUOTE_MAX 1232		/* of a payload, in an ICMP error */
#define IP4_HEADER 20
#define IP6_HEADER 40
#define GUEST_TTL 64

/* One datagram on its way to the host. */
struct out {
	struct ul_list node;
	struct ul_pkt pkt;
	struct ul_ep host;
	uint8_t ttl;
};

struct ul_udp_io {
	struct ul_flow_ctx *ctx;
	struct ul_list dirty;		/* sockets with a queue */
	struct ul_list unused;		/* of out[] */
	struct ul_defer defer;
	struct ul_buf *slots;
	size_t slots_used;
	struct ul_buf *rest[RECV_BATCH];	/* behind the slots */
	struct out out[OUT_MAX];
};

/* Arrays for one sendmmsg() or recvmmsg(). */
struct batch {
	struct mmsghdr msg[SEND_BATCH];
	struct sockaddr_storage addr[SEND_BATCH];
	struct iovec iov[SEND_BATCH][2];
	_Alignas(struct cmsghdr) char control[SEND_BATCH]
					     [UL_DGRAM_CONTROL_LEN];
};

static void fill_send(struct batch *b, unsigned int i, const struct out *o)
{
	struct msghdr *m = &b->msg[i].msg_hdr;

	b->iov[i][0] = (struct iovec){
		.iov_base = o->pkt.l4 + UL_UDP_HEADER,
		.iov_len = o->pkt.l4_len - UL_UDP_HEADER,
	};
	*m = (struct msghdr){
		.msg_name = &b->addr[i],
		.msg_namelen = ul_ep_to_sa(&o->host, &b->addr[i]),
		.msg_iov = b->iov[i],
		.msg_iovlen = 1,
		.msg_control = b->control[i],
		.msg_controllen = ul_dgram_put_control(b->control[i],
					ul_addr_family(&o->host.addr),
					o->ttl, o->pkt.tos),
	};
}

static void put_u16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/*
 * The start of a packet as the guest sent it, for the quote: headers before
 * the @payload_len bytes that are at their place in @bytes already.
 */
static void rebuild(struct ul_pkt *pkt, uint8_t *bytes, size_t payload_len,
		    const struct ul_ep *guest, const struct ul_ep *visible)
{
	size_t udp_len = UL_UDP_HEADER + payload_len;
	size_t header_len = ul_icmp_quote_header(bytes, &guest->addr,
						 &visible->addr,
						 UL_IPPROTO_UDP, udp_len);
	uint8_t *udp = bytes + header_len;
	uint32_t sum = ul_csum_pseudo(&guest->addr, &visible->addr,
				      UL_IPPROTO_UDP, (uint32_t)udp_len);

	put_u16(udp, guest->port);
	put_u16(udp + 2, visible->port);
	put_u16(udp + 4, udp_len);
	put_u16(udp + 6, 0);
	put_u16(udp + 6, ul_csum_fold(ul_csum_add(sum, udp, udp_len)));
	*pkt = (struct ul_pkt){
		.src = guest->addr,
		.dst = visible->addr,
		.proto = UL_IPPROTO_UDP,
		.ip = bytes,
		.ip_len = header_len + udp_len,
		.l4 = udp,
		.l4_len = udp_len,
	};
}

/* Nobody answers at the host's address: the service may be on loopback. */
static void hint(struct ul_flow_ctx *ctx, const struct ul_recverr *e,
		 const struct ul_ep *visible)
{
	char to[UL_EP_STRLEN];

	if (e->err == ECONNREFUSED &&
	    ul_policy_wants_loopback_hint(ctx->policy, NULL, visible))
		ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop),
			       UL_LOG_INFO, "udp", "%s was refused by the "
			       "host; --host-loopback=%u would open what "
			       "listens on its loopback only",
			       ul_ep_str(visible, to), visible->port);
}

/* Tell the guest what ICMP told us about a datagram of its. */
static void relay(struct ul_udp_sock *s, const struct ul_recverr *e,
		  uint8_t *bytes)
{
	struct ul_ep guest, visible;
	struct ul_addr from;
	struct ul_pkt pkt;

	if (!e->has_dst || !e->has_offender ||
	    !s->ops->view(s, &e->dst, &guest, &visible))
		return;
	from = ul_addr_eq(&e->offender, &e->dst.addr) ? visible.addr
						      : e->offender;
	/* A forward may join families; the errors of one mean nothing then. */
	if (ul_addr_family(&guest.addr) != s->family)
		return;
	hint(s->io->ctx, e, &visible);
	rebuild(&pkt, bytes, e->len, &guest, &visible);
	ul_icmp_error_relay(s->io->ctx, &pkt, &from, e->type, e->code,
			    e->info);
}

/*
 * Empty the error queue. *@mtu is set when this kernel refused a datagram
 * for the MTU that it knows of the path.
 */
static void drain(struct ul_udp_sock *s, uint32_t *mtu)
{
	size_t header_len = (s->family == UL_V4 ? IP4_HEADER : IP6_HEADER) +
			    UL_UDP_HEADER;
	uint8_t bytes[IP6_HEADER + UL_UDP_HEADER + QUOTE_MAX];
	struct ul_recverr e;

	for (int i = 0; i < ERRORS_TURN; i++) {
		if (ul_recverr_read(s->watch.fd, &e, bytes + header_len,
				    QUOTE_MAX) <= 0)
			return;
		if (e.origin == UL_RECVERR_LOCAL && e.err == EMSGSIZE)
			*mtu = e.info;
		else if (e.origin == UL_RECVERR_ICMP)
			relay(s, &e, bytes);
	}
}

/* The first datagram of @b failed with @err: once more, then give it up. */
static void retry(struct ul_udp_sock *s, struct batch *b,
		  const struct out *o, int err)
{
	uint32_t mtu = 0;

	if (err == EAGAIN || err == ENOBUFS) {
		s->io->ctx->stats.udp_dropped++;
		return;
	}
	drain(s, &mtu);
	if (sendmsg(s->watch.fd, &b->msg[0].msg_hdr,
		    MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return;
	err = errno;
	drain(s, &mtu);
	s->io->ctx->stats.udp_dropped++;
	ul_icmp_error_errno(s->io->ctx, &o->pkt, err, mtu);
}

/* DF is the socket's, not the datagram's: set when it changes. */
static void set_df(struct ul_udp_sock *s, bool df)
{
	if (s->df == df)
		return;
	ul_dgram_set_df(s->watch.fd, s->family, df);
	s->df = df;
}

static struct out *first_out(const struct ul_udp_sock *s)
{
	struct ul_list *n = ul_list_first(&s->queue);

	return n ? ul_container_of(n, struct out, node) : NULL;
}

static void out_done(struct ul_udp_io *io, struct out *o)
{
	ul_buf_unref(o->pkt.buf);
	o->pkt.buf = NULL;
	ul_list_move_tail(&io->unused, &o->node);
}

/* The queue's start, as far as it agrees on DF; how many. */
static unsigned int fill_batch(const struct ul_udp_sock *s, struct batch *b)
{
	bool df = first_out(s)->pkt.df;
	struct ul_list *n, *tmp;
	unsigned int count = 0;

	ul_list_for_each_safe(n, tmp, &s->queue) {
		const struct out *o = ul_container_of(n, struct out, node);

		if (count == SEND_BATCH || o->pkt.df != df)
			break;
		fill_send(b, count++, o);
	}
	return count;
}

static void flush_sock(struct ul_udp_sock *s)
{
	struct batch b;
	struct out *o;

	ul_list_remove(&s->dirty_node);
	while ((o = first_out(s))) {
		unsigned int count = fill_batch(s, &b);
		int sent;

		set_df(s, o->pkt.df);
		sent = sendmmsg(s->watch.fd, b.msg, count,
				MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent <= 0) {
			retry(s, &b, o, sent < 0 ? errno : EAGAIN);
			sent = 1;
		}
		while (sent-- && (o = first_out(s)))
			out_done(s->io, o);
	}
}

static void release_buffers(struct ul_udp_io *io)
{
	ul_buf_unref(io->slots);
	io->slots = NULL;
	for (int i = 0; i < RECV_BATCH; i++) {
		ul_buf_unref(io->rest[i]);
		io->rest[i] = NULL;
	}
}

static void flush_all(struct ul_udp_io *io)
{
	struct ul_list *n;

	while ((n = ul_list_first(&io->dirty)))
		flush_sock(ul_container_of(n, struct ul_udp_sock,
					   dirty_node));
}

static void on_turn_end(void *arg)
{
	struct ul_udp_io *io = arg;

	flush_all(io);
	release_buffers(io);
}

/* Room for a batch of slots. False over the budget: read into nothing. */
static bool have_slots(struct ul_udp_io *io)
{
	if (io->slots && io->slots_used + RECV_BATCH * SLOT_LEN >
			 io->slots->cap) {
		ul_buf_unref(io->slots);
		io->slots = NULL;
	}
	if (!io->slots) {
		io->slots = ul_stack_buf_get(io->ctx->stack);
		io->slots_used = 0;
	}
	return io->slots != NULL;
}

static void fill_recv(struct ul_udp_io *io, struct batch *b, unsigned int i,
		      bool has_slots)
{
	struct msghdr *m = &b->msg[i].msg_hdr;

	*m = (struct msghdr){
		.msg_name = &b->addr[i],
		.msg_namelen = sizeof(b->addr[i]),
		.msg_iov = b->iov[i],
		.msg_control = b->control[i],
		.msg_controllen = UL_DGRAM_CONTROL_LEN,
	};
	if (!has_slots)
		return;
	b->iov[i][0] = (struct iovec){
		io->slots->data + io->slots_used + i * SLOT_LEN, SLOT_LEN,
	};
	m->msg_iovlen = 1;
	if (!io->rest[i])
		io->rest[i] = ul_stack_buf_get(io->ctx->stack);
	if (!io->rest[i])
		return;
	b->iov[i][1] = (struct iovec){
		io->rest[i]->data, UL_UDP_PAYLOAD_MAX - SLOT_LEN,
	};
	m->msg_iovlen = 2;
}

/* Datagram @i of @b came in: hand it to the socket's owner. */
static void take_one(struct ul_udp_sock *s, struct batch *b, unsigned int i)
{
	struct ul_udp_io *io = s->io;
	struct msghdr *m = &b->msg[i].msg_hdr;
	size_t len = b->msg[i].msg_len;
	struct ul_udp_data data = { .tos = ul_dgram_read_tos(m) };
	bool has_rest = len > SLOT_LEN;
	struct ul_ep from;

	if ((m->msg_flags & MSG_TRUNC) || (len && !m->msg_iovlen)) {
		io->ctx->stats.udp_dropped++;
		return;
	}
	if (ul_ep_from_sa(&from, (struct sockaddr *)&b->addr[i]) < 0)
		return;
	if (len)
		data.piece[data.count++] = (struct ul_stack_piece){
			b->iov[i][0].iov_base,
			has_rest ? SLOT_LEN : len, io->slots,
		};
	if (has_rest)
		data.piece[data.count++] = (struct ul_stack_piece){
			b->iov[i][1].iov_base, len - SLOT_LEN, io->rest[i],
		};
	s->ops->received(s, &from, &data);
	if (has_rest) {
		ul_buf_unref(io->rest[i]);
		io->rest[i] = NULL;
	}
}

/* One batch. How many came in, or -errno. */
static int receive(struct ul_udp_sock *s)
{
	struct ul_udp_io *io = s->io;
	bool has_slots = have_slots(io);
	struct batch b;
	int n;

	for (unsigned int i = 0; i < RECV_BATCH; i++)
		fill_recv(io, &b, i, has_slots);
	n = recvmmsg(s->watch.fd, b.msg, RECV_BATCH, MSG_DONTWAIT, NULL);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		take_one(s, &b, (unsigned int)i);
	io->slots_used += (size_t)n * SLOT_LEN;
	return n;
}

static void on_event(uint32_t events, void *arg)
{
	struct ul_udp_sock *s = arg;
	socklen_t len = sizeof(int);
	uint32_t mtu = 0;
	int err, n;

	if (events & EPOLLERR) {
		drain(s, &mtu);
		/* An error that found no room in the queue would stay. */
		getsockopt(s->watch.fd, SOL_SOCKET, SO_ERROR, &err, &len);
	}
	if (!(events & EPOLLIN))
		return;
	ul_defer_schedule(s->io->ctx->loop, &s->io->defer);
	for (int i = 0; i < RECV_TURN; i++) {
		n = receive(s);
		if (n == -EAGAIN || (n >= 0 && n < RECV_BATCH))
			return;
		if (n < 0)
			drain(s, &mtu);
	}
}

static int set_options(int fd, enum ul_family family)
{
	static const int room = SOCKET_BUFFER;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	return ul_dgram_set_options(fd, family);
}

struct ul_udp_io *ul_udp_io_new(struct ul_flow_ctx *ctx)
{
	struct ul_udp_io *io = calloc(1, sizeof(*io));

	if (!io)
		return NULL;
	io->ctx = ctx;
	ul_list_init(&io->dirty);
	ul_list_init(&io->unused);
	ul_defer_init(&io->defer, UL_DEFER_WORK, on_turn_end, io);
	for (int i = 0; i < OUT_MAX; i++)
		ul_list_append(&io->unused, &io->out[i].node);
	return io;
}

void ul_udp_io_free(struct ul_udp_io *io)
{
	if (!io)
		return;
	ul_defer_cancel(io->ctx->loop, &io->defer);
	release_buffers(io);
	free(io);
}

int ul_udp_sock_open(struct ul_udp_sock *sock, struct ul_udp_io *io,
		     int take_fd, enum ul_family family,
		     const struct ul_udp_sock_ops *ops)
{
	int rc = set_options(take_fd, family);

	*sock = (struct ul_udp_sock){
		.ops = ops, .io = io, .family = family, .df = -1,
		.watch.fd = -1,
	};
	ul_list_init(&sock->queue);
	ul_list_init(&sock->dirty_node);
	if (rc == 0)
		rc = ul_watch_add(io->ctx->loop, &sock->watch, take_fd,
				  EPOLLIN, on_event, sock);
	if (rc < 0)
		close(take_fd);
	return rc;
}

void ul_udp_sock_close(struct ul_udp_sock *sock)
{
	int fd = sock->watch.fd;
	struct out *o;

	while ((o = first_out(sock)))
		out_done(sock->io, o);
	ul_list_remove(&sock->dirty_node);
	ul_watch_del(sock->io->ctx->loop, &sock->watch);
	close(fd);
}

void ul_udp_sock_send(struct ul_udp_sock *sock, const struct ul_pkt *pkt,
		      const struct ul_ep *host, uint8_t ttl)
{
	struct ul_udp_io *io = sock->io;
	struct out *o;

	if (ul_list_is_empty(&io->unused))
		flush_all(io);
	o = ul_container_of(ul_list_first(&io->unused), struct out, node);
	o->pkt = *pkt;
	o->host = *host;
	o->ttl = ttl;
	ul_list_move_tail(&sock->queue, &o->node);
	if (!ul_list_is_linked(&sock->dirty_node))
		ul_list_append(&io->dirty, &sock->dirty_node);
	if (!pkt->buf) {	/* the bytes do not outlive the call */
		flush_sock(sock);
		return;
	}
	ul_buf_ref(pkt->buf);
	ul_defer_schedule(io->ctx->loop, &io->defer);
}

void ul_udp_io_to_guest(struct ul_udp_io *io, const struct ul_ep *visible,
			const struct ul_ep *guest,
			const struct ul_udp_data *data)
{
	struct ul_stack_dgram d = {
		.src = visible->addr,
		.dst = guest->addr,
		.proto = UL_IPPROTO_UDP,
		.ttl = GUEST_TTL,
		.tos = data->tos,
	};
	struct ul_stack_piece piece[3];
	uint8_t header[UL_UDP_HEADER] = { 0 };
	size_t len = sizeof(header);
	uint32_t sum;
	uint16_t csum;

	for (unsigned int i = 0; i < data->count; i++) {
		piece[i + 1] = data->piece[i];
		len += data->piece[i].len;
	}
	put_u16(header, visible->port);
	put_u16(header + 2, guest->port);
	put_u16(header + 4, len);
	sum = ul_csum_pseudo(&visible->addr, &guest->addr, UL_IPPROTO_UDP,
			     (uint32_t)len);
	sum = ul_csum_add(sum, header, sizeof(header));
	for (unsigned int i = 0; i < data->count; i++)
		sum = ul_csum_add(sum, data->piece[i].data,
				  data->piece[i].len);
	csum = ul_csum_fold(sum);
	put_u16(header + 6, csum ? csum : 0xffff);	/* RFC 768 */
	piece[0] = (struct ul_stack_piece){ header, sizeof(header), NULL };
	if (ul_stack_dgram_out(io->ctx->stack, &d, piece, data->count + 1) < 0)
		io->ctx->stats.udp_dropped++;
}
