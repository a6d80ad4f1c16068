/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vxlan.c - a port on a VXLAN segment, over a UDP socket
 *
 * Receiving: one recvmmsg() fills a batch of buffers that are as large as the
 * MTU wants. What is longer spills over into memory that is shared by all and
 * is joined in a large buffer: that happens when the other side is on this
 * machine (below), never on a wire. Only a listed remote is listened to; its
 * port may be any, since a sender's is a hash of the flow inside.
 *
 * Sums: frames come from machines that others verified, or nobody. A wrong
 * sum is dropped here. A partial one is filled in: the kernel's vxlan device
 * hands a neighbour in a namespace what a network card would have completed,
 * TCP in super-segments too, whose size must be guessed: what fits the MTU.
 *
 * Sending: frames wait in the queue and leave by sendmmsg() at the end of the
 * turn, to the remote where the MAC was learnt, else to each (head-end
 * replication). A batch may end between two remotes of a frame; the queue
 * then keeps the frame, and @resume the remote.
 *
 * The source port is the one that we listen on, although RFC 7348 section 5
 * would have it vary with the flow, for the sake of routers that spread load:
 * one socket has one, and a single source port is what firewalls and NAT on
 * the way are opened for.
 */
#include "link/vxlan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"
#include "link/gso.h"
#include "link/mac_table.h"
#include "link/quiet.h"
#include "link/txq.h"
#include "link/vxlan_sock.h"
#include "wire/eth.h"
#include "wire/pkt.h"
#include "wire/sums.h"
#include "wire/tcp.h"
#include "wire/vxlan.h"

#define RX_BATCH 32
#define RX_BATCHES_PER_TURN 4
#define RX_POOL_MAX (64u << 20)
#define RX_LARGE (128u << 10)
#define RX_LARGE_POOL_MAX (16u << 20)
#define RX_SPILL 65536			/* above any UDP payload */
#define RX_RETRY_US 2000
#define TX_BATCH 64
#define TX_MESSAGES_PER_TURN 2048
#define TX_IOV (UL_PORT_PIECES_MAX + 2)	/* the header, copied bytes */
#define AGE_US (300 * INT64_C(1000000))
#define TAGS_ROOM 8			/* two VLAN tags */
#define TCP_SUM_OFFSET 16

struct remote {
	struct ul_ep ep;
	struct sockaddr_storage sa;
	socklen_t sa_len;
	struct ul_mac_place macs;
};

struct rx {
	struct ul_buf *buf[RX_BATCH];
	struct mmsghdr msg[RX_BATCH];
	struct iovec iov[RX_BATCH][2];
	struct sockaddr_storage from[RX_BATCH];
	uint8_t *spill;
};

struct vxlan {
	struct ul_port port;		/* first: ops cast back */
	struct ul_loop *loop;
	struct ul_watch watch;
	struct ul_defer flush;
	struct ul_timer retry;
	struct ul_quiet quiet;
	struct ul_txq *txq;
	struct ul_buf_pool *pool, *large_pool;
	struct rx rx;
	uint32_t vni;
	uint16_t mtu;
	uint8_t header[UL_VXLAN_HLEN];
	struct remote *remotes;
	unsigned int remote_count;
	unsigned int resume;		/* of the first frame in the queue */
	struct ul_mac_table *macs;
	struct ul_vxlan_stats stats;
	struct ul_log_limit log_limit;
	bool was_refused;
	bool wants_out;			/* EPOLLOUT is on */
	bool is_paused;			/* EPOLLIN is off, the pool is used up */
};

/* A message is for @remote of the frame at @frame in the queue. */
struct tx_at {
	unsigned int frame, remote;
};

struct tx_batch {
	struct mmsghdr msg[TX_BATCH];
	struct iovec iov[TX_BATCH][TX_IOV];
	struct tx_at at[TX_BATCH + 1];	/* the last: what comes next */
	unsigned int count;
};

static struct vxlan *vxlan_of(const struct ul_port *port)
{
	return ul_container_of(port, struct vxlan, port);
}

static void set_events(struct vxlan *v, bool is_paused, bool wants_out)
{
	if (v->is_paused == is_paused && v->wants_out == wants_out)
		return;
	v->is_paused = is_paused;
	v->wants_out = wants_out;
	ul_watch_mod(v->loop, &v->watch, (is_paused ? 0u : EPOLLIN) |
					 (wants_out ? EPOLLOUT : 0u));
}

/*
 * Who sent it; NULL when that is none of ours. Two remotes may share an
 * address: then the port tells them apart, if it can.
 */
static struct remote *find_sender(struct vxlan *v,
				  const struct sockaddr_storage *from)
{
	struct remote *found = NULL;
	struct ul_ep ep;

	if (ul_ep_from_sa(&ep, (const struct sockaddr *)from) < 0)
		return NULL;
	for (unsigned int i = 0; i < v->remote_count; i++) {
		struct remote *r = &v->remotes[i];

		if (!ul_addr_eq(&r->ep.addr, &ep.addr))
			continue;
		if (r->ep.port == ep.port)
			return r;
		if (!found)
			found = r;
	}
	return found;
}

static void learn(struct vxlan *v, struct remote *remote,
		  const uint8_t mac[6])
{
	int64_t now = ul_loop_now(v->loop);
	struct ul_mac_place *other;

	if (ul_mac_is_multicast(mac) || ul_mac_is_zero(mac))
		return;
	if (ul_mac_table_see(v->macs, &remote->macs, mac, now, &other) ==
	    UL_MAC_ELSEWHERE)
		ul_mac_table_move(v->macs, &remote->macs, mac, now);
}

/*
 * A frame that is longer than the MTU is a super-segment of TCP's, or too
 * long. Its sender cut it by an MTU, of which ours is the best guess.
 */
static bool take_super(struct vxlan *v, struct ul_frame *f,
		       const struct ul_sums *s)
{
	struct ul_piece piece = { f->data, f->len, f->buf };
	struct ul_rd r = ul_rd_new(f->data, f->len);
	struct ul_gso gso;
	struct ul_tcp tcp;
	size_t headers;

	if (s->state != UL_SUMS_PARTIAL || s->proto != UL_IPPROTO_TCP)
		return false;
	ul_rd_skip(&r, s->l4_off);
	if (r.bad || ul_tcp_parse(&tcp, r.p, r.left) < 0)
		return false;
	headers = s->l4_off - s->l3_off + tcp.hdr_len;
	if (headers >= v->mtu)
		return false;
	f->offload = (struct ul_offload){
		.csum = UL_CSUM_PARTIAL,
		.csum_start = (uint16_t)s->l4_off,
		.csum_offset = TCP_SUM_OFFSET,
		.gso_size = (uint16_t)(v->mtu - headers),
	};
	return ul_gso_check(&gso, &piece, 1, &f->offload) == 0;
}

/* Judge the sums of @f and complete them. False: drop it. */
static bool settle_sums(struct vxlan *v, struct ul_frame *f)
{
	struct ul_sums s = ul_sums_check(f->data, f->len);
	struct ul_wr w = ul_wr_new(f->data, f->len);

	if (s.state == UL_SUMS_WRONG) {
		v->stats.rx_bad_sum++;
		return false;
	}
	if (f->len > UL_ETH_HLEN + TAGS_ROOM + (size_t)v->mtu) {
		if (take_super(v, f, &s))
			return true;
		v->stats.rx_too_long++;
		return false;
	}
	if (s.state == UL_SUMS_PARTIAL) {
		ul_wr_take(&w, f->len);
		ul_wr_patch_u16(&w, s.sum_off, s.whole);
	}
	if (s.state != UL_SUMS_NONE)
		f->offload.csum = UL_CSUM_VALID;
	return true;
}

static void warn_stranger(struct vxlan *v, const struct sockaddr_storage *from)
{
	char buf[UL_EP_STRLEN];
	struct ul_ep ep;

	v->stats.rx_stranger++;
	if (ul_ep_from_sa(&ep, (const struct sockaddr *)from) < 0)
		return;
	ul_log_limited(&v->log_limit, ul_loop_now(v->loop), UL_LOG_WARN,
		       "vxlan", "dropped a datagram of %s, which is not among the remotes",
		       ul_ep_str(&ep, buf));
}

/* Count what is wrong with a datagram's header; true when nothing is. */
static bool header_is_ours(struct vxlan *v, struct ul_rd *r)
{
	struct ul_vxlan h;
	int ret = ul_vxlan_parse(&h, r);

	if (ret == -EPROTO)
		v->stats.rx_no_vni++;
	else if (ret < 0 || r->left < UL_ETH_HLEN)
		v->stats.rx_short++;
	else if (h.vni != v->vni)
		v->stats.rx_other_vni++;
	else
		return true;
	return false;
}

/* One datagram of @len bytes, all of them in @buf. */
static void take_datagram(struct vxlan *v, struct ul_buf *buf, size_t len,
			  const struct sockaddr_storage *from)
{
	struct remote *remote = find_sender(v, from);
	struct ul_rd r = ul_rd_new(buf->data, len);
	struct ul_frame f = { .buf = buf };
	struct ul_eth eth;

	if (!remote) {
		warn_stranger(v, from);
		return;
	}
	if (!header_is_ours(v, &r)) {
		v->port.stats.rx_bad++;
		return;
	}
	f.data = buf->data + UL_VXLAN_HLEN;
	f.len = r.left;
	if (ul_eth_parse(&eth, &r) < 0 || !settle_sums(v, &f)) {
		v->port.stats.rx_bad++;
		return;
	}
	learn(v, remote, eth.src);
	v->port.stats.rx_frames++;
	v->port.stats.rx_bytes += f.len;
	v->port.handler->frame(&v->port, &f, v->port.arg);
}

/* The datagram in slot @i spilled over: join it in a large buffer. */
static void take_spilled(struct vxlan *v, unsigned int i, size_t len)
{
	struct ul_buf *buf = ul_buf_get(v->large_pool);
	const struct ul_buf *head = v->rx.buf[i];
	struct ul_wr w;

	if (!buf) {
		v->stats.rx_no_room++;
		return;
	}
	w = ul_wr_new(buf->data, buf->cap);
	ul_wr_bytes(&w, head->data, head->cap);
	ul_wr_bytes(&w, v->rx.iov[i][1].iov_base, len - head->cap);
	if (!w.bad)
		take_datagram(v, buf, len, &v->rx.from[i]);
	ul_buf_unref(buf);
}

/* Slots with a buffer that nobody else holds, from the first on. */
static unsigned int prepare_slots(struct vxlan *v)
{
	struct rx *rx = &v->rx;
	unsigned int i;

	for (i = 0; i < RX_BATCH; i++) {
		if (rx->buf[i] && rx->buf[i]->refs > 1) {
			ul_buf_unref(rx->buf[i]);
			rx->buf[i] = NULL;
		}
		if (!rx->buf[i])
			rx->buf[i] = ul_buf_get(v->pool);
		if (!rx->buf[i])
			break;
		rx->iov[i][0] = (struct iovec){
			rx->buf[i]->data, rx->buf[i]->cap,
		};
		rx->iov[i][1] = (struct iovec){
			rx->spill + (size_t)i * RX_SPILL, RX_SPILL,
		};
		rx->msg[i].msg_hdr = (struct msghdr){
			.msg_name = &rx->from[i],
			.msg_namelen = sizeof(rx->from[i]),
			.msg_iov = rx->iov[i], .msg_iovlen = 2,
		};
	}
	return i;
}

/* Nothing happened for a while: what the batches took goes back. */
static void trim(void *arg)
{
	struct vxlan *v = arg;

	for (unsigned int i = 0; i < RX_BATCH; i++) {
		ul_buf_unref(v->rx.buf[i]);
		v->rx.buf[i] = NULL;
	}
	ul_buf_pool_trim(v->pool, 0);
	ul_buf_pool_trim(v->large_pool, 0);
	madvise(v->rx.spill, RX_BATCH * (size_t)RX_SPILL, MADV_DONTNEED);
	ul_txq_trim(v->txq);
}

/* True when there may be more. */
static bool read_batch(struct vxlan *v)
{
	unsigned int slots = prepare_slots(v);
	int n;

	if (!slots) {
		set_events(v, true, v->wants_out);
		ul_timer_set(v->loop, &v->retry,
			     ul_loop_now(v->loop) + RX_RETRY_US);
		return false;
	}
	/* An error is one that ICMP brought, and gone by being told. */
	n = recvmmsg(v->watch.fd, v->rx.msg, slots, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		size_t len = v->rx.msg[i].msg_len;

		if (len > v->rx.buf[i]->cap)
			take_spilled(v, (unsigned int)i, len);
		else
			take_datagram(v, v->rx.buf[i], len, &v->rx.from[i]);
	}
	return n == (int)slots;
}

static void on_retry(int64_t now_us, void *arg)
{
	struct vxlan *v = arg;

	set_events(v, false, v->wants_out);
}

/* The destination MAC of the frame in @iov. */
static void read_dst(uint8_t mac[6], const struct iovec *iov, unsigned int n)
{
	struct ul_wr w = ul_wr_new(mac, 6);

	for (unsigned int i = 0; i < n && w.len < 6; i++)
		ul_wr_bytes(&w, iov[i].iov_base,
			    MIN(iov[i].iov_len, 6 - w.len));
}

/* The one remote that the frame in @iov is for; NULL when it is for all. */
static struct remote *find_receiver(struct vxlan *v, const struct iovec *iov,
				    unsigned int n)
{
	struct ul_mac_place *place;
	uint8_t mac[6] = { 0 };

	read_dst(mac, iov, n);
	if (ul_mac_is_multicast(mac))
		return NULL;
	place = ul_mac_table_find(v->macs, mac, ul_loop_now(v->loop));
	return place ? ul_container_of(place, struct remote, macs) : NULL;
}

static void fill_batch(struct vxlan *v, struct tx_batch *b)
{
	struct tx_at at = { .frame = 0, .remote = v->resume };

	for (b->count = 0; b->count < TX_BATCH; b->count++) {
		struct iovec *iov = b->iov[b->count];
		unsigned int n = ul_txq_peek_frame(v->txq, at.frame, iov + 1,
						   TX_IOV - 1);
		struct remote *one = NULL, *to;

		if (!n)
			break;
		/* Begun with many is ended with many. */
		if (!at.remote)
			one = find_receiver(v, iov + 1, n);
		to = one ? one : &v->remotes[at.remote];
		iov[0] = (struct iovec){ v->header, sizeof(v->header) };
		b->msg[b->count].msg_hdr = (struct msghdr){
			.msg_name = &to->sa, .msg_namelen = to->sa_len,
			.msg_iov = iov, .msg_iovlen = n + 1,
		};
		b->at[b->count] = at;
		at.remote++;
		if (one || at.remote == v->remote_count)
			at = (struct tx_at){ .frame = at.frame + 1 };
	}
	b->at[b->count] = at;
}

/* The kernel does not take this message: it is lost, and no more than it. */
static void count_failure(struct vxlan *v, const struct mmsghdr *msg, int err)
{
	char buf[UL_EP_STRLEN] = "";
	struct ul_ep ep;
	size_t len = 0;

	for (size_t i = 1; i < msg->msg_hdr.msg_iovlen; i++)
		len += msg->msg_hdr.msg_iov[i].iov_len;
	if (!ul_ep_from_sa(&ep, msg->msg_hdr.msg_name))
		ul_ep_str(&ep, buf);
	if (err == EMSGSIZE) {
		v->stats.tx_too_long++;
		ul_log_limited(&v->log_limit, ul_loop_now(v->loop),
			       UL_LOG_WARN, "vxlan", "dropped a frame of %zu bytes, too long for the path to %s: start with a smaller --mtu",
			       len, buf);
	} else {
		v->stats.tx_failed++;
		ul_log_limited(&v->log_limit, ul_loop_now(v->loop),
			       UL_LOG_WARN, "vxlan", "cannot send to %s: %s",
			       buf, strerror(err));
	}
}

/* Send what fill_batch() chose. False when the socket takes no more. */
static bool send_batch(struct vxlan *v, struct tx_batch *b)
{
	unsigned int sent = 0;

	while (sent < b->count) {
		int n = sendmmsg(v->watch.fd, b->msg + sent, b->count - sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			sent += (unsigned int)n;
		} else if (errno == EAGAIN) {
			break;
		} else if (errno != EINTR) {
			count_failure(v, &b->msg[sent], errno);
			sent++;
		}
	}
	for (unsigned int i = 0; i < b->at[sent].frame; i++)
		ul_txq_pop(v->txq);
	v->resume = b->at[sent].remote;
	return sent == b->count;
}

/* Write what is queued, as much as a turn may. True when all is out. */
static bool write_some(struct vxlan *v)
{
	struct tx_batch b;
	unsigned int messages = 0;
	bool takes_more = true;

	memset(b.msg, 0, sizeof(b.msg));
	while (takes_more && messages < TX_MESSAGES_PER_TURN &&
	       !ul_txq_is_empty(v->txq)) {
		fill_batch(v, &b);
		takes_more = send_batch(v, &b);
		messages += b.count;
	}
	v->port.is_stalled = !takes_more;
	return ul_txq_is_empty(v->txq);
}

static void flush(void *arg)
{
	struct vxlan *v = arg;

	set_events(v, v->is_paused, !write_some(v));
	if (v->was_refused && ul_txq_has_room(v->txq)) {
		v->was_refused = false;
		v->port.handler->has_room(&v->port, v->port.arg);
	}
}

static void on_event(uint32_t events, void *arg)
{
	struct vxlan *v = arg;

	if (events & EPOLLOUT)
		flush(v);
	if (!(events & (EPOLLIN | EPOLLERR)))
		return;
	ul_quiet_touch(&v->quiet);
	for (int i = 0; i < RX_BATCHES_PER_TURN && read_batch(v); i++)
		;
	v->port.handler->batch_end(&v->port, v->port.arg);
}

static int vxlan_send(struct ul_port *port, const struct ul_piece *piece,
		      unsigned int count, const struct ul_offload *offload)
{
	struct vxlan *v = vxlan_of(port);
	size_t len = ul_pieces_len(piece, count);
	int ret;

	if (len < UL_ETH_HLEN)
		return -EMSGSIZE;
	ret = ul_txq_push(v->txq, piece, count);
	if (ret == -ENOBUFS) {
		v->was_refused = true;
		port->stats.tx_refused++;
	}
	if (ret < 0)
		return ret;
	port->stats.tx_frames++;
	port->stats.tx_bytes += len;
	ul_quiet_touch(&v->quiet);
	if (!v->wants_out)
		ul_defer_schedule(v->loop, &v->flush);
	return 0;
}

static void vxlan_free(struct ul_port *port)
{
	struct vxlan *v = vxlan_of(port);

	/* The last frames are resets: what the socket takes at once. */
	if (v->watch.fd >= 0)
		write_some(v);
	ul_watch_close(v->loop, &v->watch);
	ul_timer_cancel(v->loop, &v->retry);
	ul_defer_cancel(v->loop, &v->flush);
	ul_quiet_fini(&v->quiet);
	ul_txq_free(v->txq);
	for (unsigned int i = 0; i < RX_BATCH; i++)
		ul_buf_unref(v->rx.buf[i]);
	free(v->rx.spill);
	ul_buf_pool_free(v->pool);
	ul_buf_pool_free(v->large_pool);
	for (unsigned int i = 0; i < v->remote_count; i++)
		ul_mac_table_forget(v->macs, &v->remotes[i].macs);
	ul_mac_table_free(v->macs);
	g_free(v->remotes);
	g_free(v);
}

static void each_counter(const struct ul_port *port, ul_port_counter_fn fn,
			 void *arg)
{
	const struct ul_vxlan_stats *s = ul_vxlan_stats(port);

	fn("rx-stranger", s->rx_stranger, arg);
	fn("rx-short", s->rx_short, arg);
	fn("rx-no-vni", s->rx_no_vni, arg);
	fn("rx-other-vni", s->rx_other_vni, arg);
	fn("rx-bad-sum", s->rx_bad_sum, arg);
	fn("rx-too-long", s->rx_too_long, arg);
	fn("rx-no-room", s->rx_no_room, arg);
	fn("tx-too-long", s->tx_too_long, arg);
	fn("tx-failed", s->tx_failed, arg);
}

static const struct ul_port_ops vxlan_ops = {
	.send = vxlan_send,
	.free = vxlan_free,
	.each_counter = each_counter,
};

const struct ul_vxlan_stats *ul_vxlan_stats(const struct ul_port *port)
{
	return &vxlan_of(port)->stats;
}

static size_t buffer_size(uint16_t mtu)
{
	size_t need = sizeof(struct ul_buf) + UL_VXLAN_HLEN + UL_ETH_HLEN +
		      TAGS_ROOM + mtu;
	size_t size = 512;

	while (size < need)
		size *= 2;
	return size;
}

static void set_up_remotes(struct vxlan *v, const struct ul_vxlan_conf *conf)
{
	v->macs = ul_mac_table_new(conf->age_us ? conf->age_us : AGE_US);
	v->remotes = g_new0(struct remote, conf->remote_count);
	v->remote_count = conf->remote_count;
	for (unsigned int i = 0; i < v->remote_count; i++) {
		struct remote *r = &v->remotes[i];

		r->ep = conf->remotes[i];
		r->sa_len = ul_ep_to_sa(&r->ep, &r->sa);
		ul_mac_place_init(&r->macs, UL_VXLAN_MACS_MAX);
		r->macs.does_evict = true;
	}
}

struct ul_port *ul_vxlan_new(struct ul_loop *loop,
			     const struct ul_vxlan_conf *conf,
			     const struct ul_port_handler *handler, void *arg,
			     char **error)
{
	struct ul_vxlan header = { .vni = conf->vni };
	int fd = ul_vxlan_socket(&conf->local, error);
	struct vxlan *v;
	struct ul_wr w;
	int ret;

	if (fd < 0)
		return NULL;
	v = g_new0(struct vxlan, 1);
	v->port = (struct ul_port){
		.ops = &vxlan_ops, .handler = handler, .arg = arg,
	};
	v->loop = loop;
	v->watch.fd = -1;
	v->vni = conf->vni;
	v->mtu = conf->mtu ? conf->mtu : ul_vxlan_inner_mtu(conf);
	w = ul_wr_new(v->header, sizeof(v->header));
	ul_vxlan_emit(&w, &header);
	v->txq = ul_txq_new(0);
	v->pool = ul_buf_pool_new(buffer_size(v->mtu), RX_POOL_MAX);
	v->large_pool = ul_buf_pool_new(RX_LARGE, RX_LARGE_POOL_MAX);
	v->rx.spill = aligned_alloc((size_t)sysconf(_SC_PAGESIZE),
				    RX_BATCH * (size_t)RX_SPILL);
	g_assert(v->rx.spill);
	set_up_remotes(v, conf);
	ul_timer_init(&v->retry, on_retry, v);
	ul_quiet_init(&v->quiet, loop, trim, v);
	ul_defer_init(&v->flush, UL_DEFER_FLUSH, flush, v);
	ret = ul_watch_add(loop, &v->watch, fd, EPOLLIN, on_event, v);
	if (ret < 0) {
		*error = g_strdup_printf("cannot watch the VXLAN socket: %s",
					 strerror(-ret));
		close(fd);
		ul_port_free(&v->port);
		return NULL;
	}
	v->port.frame_max = UL_ETH_HLEN + TAGS_ROOM + (size_t)v->mtu;
	v->port.is_attached = true;
	return &v->port;
}
