/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * udp_io.c - host UDP sockets, and what they receive, in batches
 *
 * In: recvmmsg() into slots of one buffer, so that many small datagrams pin
 * one buffer and not one each; what is longer than a slot goes on in a
 * buffer of its own. The buffers are held during a turn only.
 *
 * Who keeps up with a fast sender is woken for each datagram and has nothing
 * to batch. So a socket where they come faster than any questions and answers
 * would, one by one, is not looked at for some microseconds after each wake:
 * then several are one message, and one frame where the guest's port takes
 * that. Below that rate nothing waits.
 */
#include "flow/udp_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "base/csum.h"
#include "flow/dgram_sock.h"
#include "flow/udp_errors.h"
#include "flow/udp_out.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/udp.h"

#define RECV_BATCH 16
#define RECV_TURN 4		/* batches of one socket in one turn */
#define SLOT_LEN 2048u
#define RECV_MAX 65527	/* of IPv6; over IPv4 it is less */
#define COUNT_US 1000		/* the rate is looked at so often */
#define FAST_COUNT 50		/* in that time: a round trip takes longer */
#define NAP_US 40		/* the kernel's slack adds as much again */
#define NAP_BELOW 32		/* who finds as many has enough */
#define SOCKET_BUFFER (1 << 20)	/* asked for; the kernel has its limit */
#define GUEST_TTL 64
#define SUPER_MAX 65487	/* with IPv6's and its own header lwIP can say it */
#define SEGMENTS_MAX 64	/* of a super-packet: the kernel's old limit */

struct ul_udp_io {
	struct ul_flow_ctx *ctx;
	struct ul_udp_out *out;
	struct ul_defer defer;
	struct ul_buf *slots;
	size_t slots_used;
	struct ul_buf *rest[RECV_BATCH];	/* behind the slots */
};

/* Arrays for one recvmmsg(). */
struct batch {
	struct mmsghdr msg[RECV_BATCH];
	struct sockaddr_storage addr[RECV_BATCH];
	struct iovec iov[RECV_BATCH][2];
	_Alignas(struct cmsghdr) char control[RECV_BATCH]
					     [UL_DGRAM_CONTROL_LEN];
};

static void release_buffers(struct ul_udp_io *io)
{
	ul_buf_unref(io->slots);
	io->slots = NULL;
	for (int i = 0; i < RECV_BATCH; i++) {
		ul_buf_unref(io->rest[i]);
		io->rest[i] = NULL;
	}
}

static void on_turn_end(void *arg)
{
	struct ul_udp_io *io = arg;

	ul_udp_out_flush(io->out);
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
		io->rest[i]->data, RECV_MAX - SLOT_LEN,
	};
	m->msg_iovlen = 2;
}

/* Message @i of @b, which is @len bytes long, to the socket's owner. */
static void hand_over(struct ul_udp_sock *s, struct batch *b, unsigned int i,
		      size_t len, uint16_t segment)
{
	struct ul_udp_io *io = s->io;
	struct ul_udp_data data = {
		.segment = segment,
		.tos = ul_dgram_read_tos(&b->msg[i].msg_hdr),
	};
	size_t in_slots = b->iov[i][0].iov_len;
	struct ul_ep from;

	if (ul_ep_from_sa(&from, (struct sockaddr *)&b->addr[i]) < 0)
		return;
	if (len)
		data.piece[data.count++] = (struct ul_stack_piece){
			b->iov[i][0].iov_base, MIN(len, in_slots), io->slots,
		};
	if (len > in_slots)
		data.piece[data.count++] = (struct ul_stack_piece){
			b->iov[i][1].iov_base, len - in_slots, io->rest[i],
		};
	s->ops->received(s, &from, &data);
	if (len > in_slots) {
		ul_buf_unref(io->rest[i]);
		io->rest[i] = NULL;
	}
}

/* Is message @i of @b one datagram, whole and within its slot? */
static bool is_plain(struct batch *b, unsigned int i)
{
	size_t len = b->msg[i].msg_len;

	return len && len <= SLOT_LEN && b->msg[i].msg_hdr.msg_iovlen &&
	       !(b->msg[i].msg_hdr.msg_flags & MSG_TRUNC) &&
	       !ul_dgram_read_segment(&b->msg[i].msg_hdr);
}

static bool is_same_sender(struct batch *b, unsigned int i, unsigned int j)
{
	const struct msghdr *m = &b->msg[i].msg_hdr;

	return m->msg_namelen == b->msg[j].msg_hdr.msg_namelen &&
	       !memcmp(&b->addr[i], &b->addr[j], m->msg_namelen) &&
	       ul_dgram_read_tos(&b->msg[i].msg_hdr) ==
	       ul_dgram_read_tos(&b->msg[j].msg_hdr);
}

/*
 * Move the datagrams from @first of @b on together, as far as they may go on
 * as one: they are equally long, or the last one is shorter. How many.
 */
static unsigned int join(struct batch *b, unsigned int first,
			 unsigned int end, size_t *len)
{
	size_t each = b->msg[first].msg_len;
	uint8_t *at = b->iov[first][0].iov_base;
	unsigned int i = first + 1;

	*len = each;
	if (!is_plain(b, first))
		return 1;
	while (i < end && is_plain(b, i) && b->msg[i].msg_len <= each &&
	       is_same_sender(b, first, i)) {
		size_t n = b->msg[i].msg_len;

		memmove(at + *len, b->iov[i][0].iov_base, n);
		*len += n;
		i++;
		if (n < each)
			break;
	}
	b->iov[first][0].iov_len = (i - first) * SLOT_LEN;
	return i - first;
}

/* The messages from @first on that may go on as one; how many those were. */
static unsigned int take(struct ul_udp_sock *s, struct batch *b,
			 unsigned int first, unsigned int end)
{
	struct msghdr *m = &b->msg[first].msg_hdr;
	uint16_t segment = ul_dgram_read_segment(m);
	size_t len;
	unsigned int count = join(b, first, end, &len);

	if ((m->msg_flags & MSG_TRUNC) || (len && !m->msg_iovlen)) {
		s->ctx->stats.udp_dropped++;
		return count;
	}
	if (count > 1)
		segment = (uint16_t)b->msg[first].msg_len;
	hand_over(s, b, first, len, segment < len ? segment : 0);
	return count;
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
	for (int i = 0; i < n;)
		i += (int)take(s, &b, (unsigned int)i, (unsigned int)n);
	io->slots_used += (size_t)n * SLOT_LEN;
	return n;
}

/* How many messages came. */
static uint32_t receive_all(struct ul_udp_sock *s)
{
	uint32_t mtu = 0, count = 0;

	ul_defer_schedule(s->io->ctx->loop, &s->io->defer);
	for (int i = 0; i < RECV_TURN; i++) {
		int n = receive(s);

		if (n > 0)
			count += (uint32_t)n;
		if (n == -EAGAIN || (n >= 0 && n < RECV_BATCH))
			break;
		if (n < 0)
			ul_udp_errors_drain(s, &mtu);
	}
	return count;
}

/* Is it time to look again, and not before? @n messages came just now. */
static bool must_nap(struct ul_udp_sock *s, uint32_t n)
{
	int64_t now = ul_loop_now(s->ctx->loop);
	int64_t took = now - s->counted_us;

	if (took >= COUNT_US) {
		s->is_fast = (int64_t)s->counted * COUNT_US >=
			     took * FAST_COUNT;
		s->counted_us = now;
		s->counted = 0;
	}
	s->counted += n;
	return s->is_fast && n && n < NAP_BELOW;
}

/* From nap to nap it is not watched: that would be a system call more. */
static void receive_and_nap(struct ul_udp_sock *s)
{
	bool naps = must_nap(s, receive_all(s));

	if (naps != s->naps)
		ul_watch_mod(s->ctx->loop, &s->watch, naps ? 0 : EPOLLIN);
	s->naps = naps;
	if (naps)
		ul_timer_set(s->ctx->loop, &s->nap,
			     ul_loop_now(s->ctx->loop) + NAP_US);
}

static void on_nap_over(int64_t now_us, void *arg)
{
	receive_and_nap(arg);
}

static void on_event(uint32_t events, void *arg)
{
	struct ul_udp_sock *s = arg;
	socklen_t len = sizeof(int);
	uint32_t mtu = 0;
	int err;

	if (events & EPOLLERR) {
		ul_udp_errors_drain(s, &mtu);
		/* An error that found no room in the queue would stay. */
		getsockopt(s->watch.fd, SOL_SOCKET, SO_ERROR, &err, &len);
	}
	if (events & EPOLLIN)
		receive_and_nap(s);
}

static int set_options(int fd, enum ul_family family)
{
	static const int room = SOCKET_BUFFER;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	ul_dgram_join_received(fd);
	return ul_dgram_set_options(fd, family);
}

struct ul_udp_io *ul_udp_io_new(struct ul_flow_ctx *ctx)
{
	struct ul_udp_io *io = calloc(1, sizeof(*io));

	if (!io)
		return NULL;
	io->ctx = ctx;
	io->out = ul_udp_out_new(ctx);
	if (!io->out) {
		free(io);
		return NULL;
	}
	ul_defer_init(&io->defer, UL_DEFER_WORK, on_turn_end, io);
	return io;
}

void ul_udp_io_free(struct ul_udp_io *io)
{
	if (!io)
		return;
	ul_defer_cancel(io->ctx->loop, &io->defer);
	release_buffers(io);
	ul_udp_out_free(io->out);
	free(io);
}

int ul_udp_sock_open(struct ul_udp_sock *sock, struct ul_udp_io *io,
		     int take_fd, enum ul_family family,
		     const struct ul_udp_sock_ops *ops)
{
	int rc = set_options(take_fd, family);

	*sock = (struct ul_udp_sock){
		.ops = ops, .io = io, .ctx = io->ctx, .family = family,
		.df = -1,
		.watch.fd = -1,
	};
	ul_timer_init(&sock->nap, on_nap_over, sock);
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

	ul_udp_out_forget(sock->io->out, sock);
	ul_timer_cancel(sock->io->ctx->loop, &sock->nap);
	ul_watch_del(sock->io->ctx->loop, &sock->watch);
	close(fd);
}

void ul_udp_sock_send(struct ul_udp_sock *sock, const struct ul_pkt *pkt,
		      const struct ul_ep *host, uint8_t ttl)
{
	struct ul_udp_io *io = sock->io;

	ul_udp_out_put(io->out, sock, pkt, host, ttl);
	if (pkt->buf)
		ul_defer_schedule(io->ctx->loop, &io->defer);
}

/* Where datagrams go, and what they carry. */
struct towards {
	struct ul_udp_io *io;
	const struct ul_ep *visible, *guest;
	const struct ul_udp_data *data;
};

/* The bytes from @at to @at + @len of the payload, behind @piece[0]. */
static unsigned int slice(struct ul_stack_piece *piece,
			  const struct ul_udp_data *data, size_t at,
			  size_t len)
{
	unsigned int count = 1;

	for (unsigned int i = 0; i < data->count && len; i++) {
		const struct ul_stack_piece *p = &data->piece[i];
		size_t n = at < p->len ? MIN(len, p->len - at) : 0;

		if (n)
			piece[count++] = (struct ul_stack_piece){
				(const uint8_t *)p->data + at, n, p->buf,
			};
		at -= MIN(at, p->len);
		len -= n;
	}
	return count;
}

/* @len bytes from @at on as one packet; @segment as in struct ul_udp_data. */
static void send_part(const struct towards *to, size_t at, size_t len,
		      uint16_t segment)
{
	struct ul_stack_dgram d = {
		.src = to->visible->addr,
		.dst = to->guest->addr,
		.proto = UL_IPPROTO_UDP,
		.ttl = GUEST_TTL,
		.tos = to->data->tos,
		.gso_size = segment < len ? segment : 0,
	};
	uint8_t header[UL_UDP_HLEN];
	struct ul_stack_piece piece[3] = { { header, sizeof(header), NULL } };
	unsigned int count = slice(piece, to->data, at, len);
	struct ul_wr w = ul_wr_new(header, sizeof(header));
	size_t udp_len = sizeof(header) + len;
	uint32_t sum = ul_csum_pseudo(&d.src, &d.dst, UL_IPPROTO_UDP,
				      (uint32_t)udp_len);
	uint16_t csum;

	ul_wr_u16(&w, to->visible->port);
	ul_wr_u16(&w, to->guest->port);
	ul_wr_u16(&w, (uint16_t)udp_len);
	ul_wr_u16(&w, 0);
	if (d.gso_size) {	/* completed for each when they are cut */
		csum = (uint16_t)~ul_csum_fold(sum);
	} else {
		sum = ul_csum_add(sum, header, sizeof(header));
		for (unsigned int i = 1; i < count; i++)
			sum = ul_csum_add(sum, piece[i].data, piece[i].len);
		csum = ul_csum_fold(sum);
		csum = csum ? csum : 0xffff;	/* RFC 768 */
	}
	ul_wr_patch_u16(&w, 6, csum);
	if (ul_stack_dgram_out(to->io->ctx->stack, &d, piece, count) < 0)
		to->io->ctx->stats.udp_dropped++;
}

/*
 * How much of the payload goes into one packet: all that fits, where its port
 * cuts it and the guest takes what is cut off as it is.
 */
static size_t part_len(const struct towards *to, size_t len)
{
	const struct ul_flow_ctx *ctx = to->io->ctx;
	const struct ul_addr *guest = &to->guest->addr;
	size_t each = to->data->segment;
	size_t packet = each + UL_UDP_HLEN +
			(ul_addr_is_v4(guest) ? UL_IP4_HLEN : UL_IP6_HLEN);

	if (!each)
		return len;
	if (each < UL_GSO_SIZE_MIN ||
	    !ul_stack_can_offload(ctx->stack, guest) ||
	    packet > ctx->guest_mtu(guest, ctx->guest_mtu_arg))
		return each;
	return MIN(SUPER_MAX / each, SEGMENTS_MAX) * each;
}

void ul_udp_io_to_guest(struct ul_udp_io *io, const struct ul_ep *visible,
			const struct ul_ep *guest,
			const struct ul_udp_data *data)
{
	struct towards to = { io, visible, guest, data };
	size_t len = ul_udp_data_len(data), at = 0;
	size_t step = part_len(&to, len);

	do {
		size_t part = MIN(step, len - at);

		send_part(&to, at, part, data->segment);
		at += part;
	} while (at < len);
}
