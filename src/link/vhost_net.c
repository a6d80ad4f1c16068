/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vhost_net.c - a port whose guest has a network card of virtio
 *
 * From the guest: a chain is copied into a buffer of ours, given back at once
 * and only then looked at. So whatever becomes of the frame, and however slow
 * its receiver is, the guest has its descriptors again in the same turn; and
 * it cannot change what was checked.
 *
 * To the guest: a frame is copied into the guest's buffers as it is sent, and
 * made known with all others at the end of the turn. What finds no buffer waits
 * in a queue for a kick of the guest's. While there is no driver frames are
 * dropped, as on a cable without a machine at its end.
 *
 * Kicks are refused while we look by ourselves, and wanted when a ring was
 * found empty (from the guest) or used up (to it).
 *
 * The buffers of ours that a frame is copied to may all be kept by receivers:
 * then the guest's frames stay in its ring, and a timer looks again.
 */
#include "link/vhost_net.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/log.h"
#include "link/accept.h"
#include "link/guest_rx.h"
#include "link/quiet.h"
#include "link/txq.h"
#include "link/vhost.h"
#include "link/vnet_frame.h"
#include "wire/eth.h"

/* The rings (VIRTIO 1.2 section 5.1.2), as the guest names them. */
#define RING_RX 0
#define RING_TX 1

#define FRAMES_PER_TURN 64
#define BYTES_PER_TURN (1u << 20)	/* more would leave the cache */
#define POOL_MAX (64u << 20)
#define RETRY_US 2000
#define PUT_TRIES 4
#define STORM_US 20000
#define LARGE_BUF_SIZE (128u << 10)
#define SMALL_BUF_SIZE 2048
#define ETH_ROOM 18		/* header and a VLAN tag */
#define FRAME_MAX (UINT16_MAX + ETH_ROOM)
#define TX_IOV (UL_PORT_PIECES_MAX + 1)

/* Features of the card (VIRTIO 1.2 section 5.1.3). */
#define F_CSUM (1ull << 0)
#define F_GUEST_CSUM (1ull << 1)
#define F_MTU (1ull << 3)
#define F_GUEST_TSO4 (1ull << 7)
#define F_GUEST_TSO6 (1ull << 8)
#define F_GUEST_ECN (1ull << 9)
#define F_HOST_TSO4 (1ull << 11)
#define F_HOST_TSO6 (1ull << 12)
#define F_HOST_ECN (1ull << 13)
#define F_MRG_RXBUF (1ull << 15)
#define F_GUEST_ANNOUNCE (1ull << 21)
#define F_GUEST_USO4 (1ull << 54)
#define F_GUEST_USO6 (1ull << 55)
#define F_HOST_USO (1ull << 56)

#define F_OFFERED \
	(F_CSUM | F_GUEST_CSUM | F_MTU | F_GUEST_TSO4 | F_GUEST_TSO6 | \
	 F_GUEST_ECN | F_HOST_TSO4 | F_HOST_TSO6 | F_HOST_ECN | F_MRG_RXBUF | \
	 F_GUEST_ANNOUNCE | F_GUEST_USO4 | F_GUEST_USO6 | F_HOST_USO)
/* Without all of these the guest gets whole frames only. */
#define F_OFFLOAD (F_GUEST_CSUM | F_GUEST_TSO4 | F_GUEST_TSO6 | F_GUEST_ECN)
#define F_USO (F_GUEST_USO4 | F_GUEST_USO6)

#define RARP_LEN 60
#define ETHERTYPE_RARP 0x8035

struct card {
	struct ul_port port;		/* first: ops cast back */
	struct ul_loop *loop;
	struct ul_list sibling;		/* of the same listener */
	struct ul_vhost *vhost;
	size_t hlen;			/* of virtio's header */
	struct ul_defer flush;
	struct ul_timer resume;		/* reading on, later */
	struct ul_quiet quiet;
	struct ul_txq *txq;
	struct ul_buf_pool *large, *small;
	struct ul_buf *spare_large, *spare_small;	/* to copy to next */
	bool was_refused;		/* has_room is owed */
	uint64_t driverless;		/* frames that found no driver */
	uint64_t too_long;		/* or too small buffers */
	struct ul_log_limit log_limit;
	struct ul_guest_rx rx;
	struct ul_chain chain;
};

static struct card *card_of(struct ul_port *port)
{
	return ul_container_of(port, struct card, port);
}

static struct ul_vring *ring(struct card *c, unsigned int index)
{
	return c->port.is_attached ? ul_vhost_ring(c->vhost, index) : NULL;
}

static void detach(struct card *c)
{
	if (!c->port.is_attached)
		return;
	c->port.is_attached = false;
	c->port.is_stalled = false;
	c->was_refused = false;
	ul_list_remove(&c->sibling);
	ul_timer_cancel(c->loop, &c->resume);
	ul_defer_cancel(c->loop, &c->flush);
	ul_quiet_fini(&c->quiet);
	ul_txq_clear(c->txq);
	if (c->port.handler)
		c->port.handler->detached(&c->port, c->port.arg);
}

static void on_over(void *arg)
{
	detach(arg);
}

/* A ring or memory that is no good costs this port, and no other. */
static void tell_broken(struct card *c)
{
	ul_log_limited(&c->log_limit, ul_loop_now(c->loop), UL_LOG_WARN,
		       "vhost", "a guest broke the rules of its virtqueue: it is left alone until its driver starts anew");
}

static bool has_lost_memory(struct card *c)
{
	if (!ul_guest_mem_is_lost(ul_vhost_mem(c->vhost)))
		return false;
	ul_log_limited(&c->log_limit, ul_loop_now(c->loop), UL_LOG_WARN,
		       "vhost", "a machine took its guest's memory away: let go");
	ul_vhost_close(c->vhost);
	return true;
}

/* From the guest. */

/* A buffer for @len bytes; NULL when all are kept by somebody. */
static struct ul_buf *buffer_for(struct card *c, size_t len)
{
	bool is_small = len <= ul_buf_pool_cap(c->small);
	struct ul_buf **spare = is_small ? &c->spare_small : &c->spare_large;

	if (!*spare)
		*spare = ul_buf_get(is_small ? c->small : c->large);
	return *spare;
}

static void gather(uint8_t *to, const struct ul_chain *chain)
{
	for (unsigned int i = 0; i < chain->out_count; i++) {
		memcpy(to, chain->seg[i].iov_base, chain->seg[i].iov_len);
		to += chain->seg[i].iov_len;
	}
}

/* The buffer stays the spare one unless somebody kept it. */
static void leave_buffer(struct card *c, struct ul_buf *buf)
{
	if (buf->refs == 1)
		return;
	if (buf == c->spare_small)
		c->spare_small = NULL;
	else
		c->spare_large = NULL;
	ul_buf_unref(buf);
}

static void hand_up(struct card *c, struct ul_buf *buf, size_t len)
{
	struct ul_frame frame = { .data = buf->data, .len = len, .buf = buf };

	if (ul_vnet_frame_take(&frame, c->hlen) < 0) {
		c->port.stats.rx_bad++;
		return;
	}
	c->port.stats.rx_frames++;
	c->port.stats.rx_bytes += frame.len;
	c->port.handler->frame(&c->port, &frame, c->port.arg);
	leave_buffer(c, buf);
}

/* 1 and *@len a frame was taken; 0 none; -ENOBUFS no buffer; -EPROTO. */
static int take_frame(struct card *c, struct ul_vring *vr, size_t *len)
{
	struct ul_vring_mark at = ul_vring_tell(vr);
	struct ul_chain *chain = &c->chain;
	struct ul_buf *buf = NULL;
	int ret = ul_vring_pop(vr, chain);

	if (ret <= 0)
		return ret;
	*len = chain->out_len;
	if (*len > c->hlen && *len <= c->hlen + FRAME_MAX) {
		buf = buffer_for(c, *len);
		if (!buf) {
			ul_vring_seek(vr, at);
			return -ENOBUFS;
		}
		gather(buf->data, chain);
	}
	ul_vring_push(vr, chain->id, chain->slots, 0);
	if (buf)
		hand_up(c, buf, *len);
	else
		c->port.stats.rx_bad++;
	return 1;
}

static void resume_in(struct card *c, int64_t us)
{
	if (c->port.is_attached)
		ul_timer_set(c->loop, &c->resume, ul_loop_now(c->loop) + us);
}

/* Take what is there, up to a turn's share. As take_frame(). */
static int take_frames(struct card *c, struct ul_vring *vr)
{
	size_t bytes = 0, len = 0;
	int ret = 1;

	for (int i = 0; ret == 1; i++) {
		if (i == FRAMES_PER_TURN || bytes >= BYTES_PER_TURN)
			return 1;
		ret = take_frame(c, vr, &len);
		bytes += len;
		/* Kicks are off until it is seen that there is no more. */
		if (!ret && ul_vring_want_kicks(vr, ul_vring_tell(vr))) {
			ul_vring_refuse_kicks(vr);
			ret = 1;
		}
		if (c->port.has_stormed)
			break;
	}
	return ret;
}

static void run_tx(struct card *c)
{
	struct ul_vring *vr = ring(c, RING_TX);
	int ret;

	if (!vr || !c->port.handler || ul_timer_is_armed(&c->resume))
		return;
	ul_quiet_touch(&c->quiet);
	ul_vring_refuse_kicks(vr);
	ret = take_frames(c, vr);
	ul_vhost_publish(c->vhost, RING_TX);
	if (c->port.has_stormed)
		resume_in(c, STORM_US);
	else if (ret == -ENOBUFS)
		resume_in(c, RETRY_US);
	else if (ret == 1)
		resume_in(c, 0);
	else if (ret < 0)
		tell_broken(c);
	c->port.has_stormed = false;
	c->port.handler->batch_end(&c->port, c->port.arg);
}

static void on_resume(int64_t now_us, void *arg)
{
	struct card *c = arg;

	if (!has_lost_memory(c))
		run_tx(c);
}

/* To the guest. */

/* As ul_guest_rx_put(); kicks are wanted when there is no buffer. */
static int put(struct card *c, const struct iovec *iov, unsigned int count)
{
	struct ul_vring *vr = ring(c, RING_RX);
	int ret, tries = PUT_TRIES;

	if (!vr)
		return -ENOTCONN;
	ret = ul_guest_rx_put(&c->rx, vr, iov, count);
	/* It may offer buffers in just this moment. */
	while (!ret && ul_vring_want_kicks(vr, c->rx.seen)) {
		ul_vring_refuse_kicks(vr);
		if (!tries--) {
			ul_defer_schedule(c->loop, &c->flush);
			break;
		}
		ret = ul_guest_rx_put(&c->rx, vr, iov, count);
	}
	if (ret == -EPROTO)
		tell_broken(c);
	return ret;
}

/* A frame that can never be put there is dropped. */
static void drop(struct card *c, int error)
{
	if (error == -EMSGSIZE)
		c->too_long++;
	else
		c->driverless++;
}

static void drain(struct card *c)
{
	int ret = 1;

	while (ret && !ul_txq_is_empty(c->txq)) {
		struct iovec iov[TX_IOV];
		unsigned int n = ul_txq_peek_frame(c->txq, 0, iov, TX_IOV);

		ret = put(c, iov, n);
		if (ret < 0)
			drop(c, ret);
		if (ret)
			ul_txq_pop(c->txq);
	}
	c->port.is_stalled = !ul_txq_is_empty(c->txq);
}

static void flush(void *arg)
{
	struct card *c = arg;

	if (!c->port.is_attached)
		return;
	drain(c);
	ul_vhost_publish(c->vhost, RING_RX);
	if (has_lost_memory(c))
		return;
	if (c->was_refused && ul_txq_has_room(c->txq)) {
		c->was_refused = false;
		c->port.handler->has_room(&c->port, c->port.arg);
	}
}

static int queue(struct card *c, const uint8_t *header,
		 const struct ul_piece *piece, unsigned int count)
{
	int ret = ul_txq_push_prefixed(c->txq, header, piece, count);

	if (ret == -ENOBUFS) {
		c->was_refused = true;
		c->port.stats.tx_refused++;
	}
	return ret;
}

/* Straight into the guest's memory, unless others wait already. */
static int put_or_queue(struct card *c, const uint8_t *header,
			const struct ul_piece *piece, unsigned int count)
{
	struct iovec iov[TX_IOV] = { { (void *)header, UL_VNET_HLEN } };
	int ret = 0;

	if (count > UL_PORT_PIECES_MAX ||
	    ul_pieces_len(piece, count) > UL_FRAME_MAX)
		return -EMSGSIZE;
	for (unsigned int i = 0; i < count; i++)
		iov[i + 1] = (struct iovec){ (void *)piece[i].data,
					     piece[i].len };
	if (ul_txq_is_empty(c->txq))
		ret = put(c, iov, count + 1);
	if (!ret)
		return queue(c, header, piece, count);
	if (ret < 0)
		drop(c, ret);
	return 0;
}

static int card_send(struct ul_port *port, const struct ul_piece *piece,
		     unsigned int count, const struct ul_offload *offload)
{
	struct card *c = card_of(port);
	uint8_t header[UL_VNET_HLEN];
	int ret;

	if (!port->is_attached)
		return -ENOTCONN;
	if (!ring(c, RING_RX)) {
		c->driverless++;
		return 0;
	}
	ret = ul_vnet_frame_head(header, sizeof(header), piece, count, offload);
	if (!ret)
		ret = put_or_queue(c, header, piece, count);
	if (ret < 0)
		return ret;
	port->stats.tx_frames++;
	port->stats.tx_bytes += ul_pieces_len(piece, count);
	ul_quiet_touch(&c->quiet);
	if (!port->is_stalled)
		ul_defer_schedule(c->loop, &c->flush);
	return 0;
}

/* What the machine says. */

static void on_kicked(unsigned int index, void *arg)
{
	struct card *c = arg;
	struct ul_vring *vr = ring(c, index);

	if (!vr || has_lost_memory(c))
		return;
	if (index == RING_TX) {
		run_tx(c);
		return;
	}
	ul_vring_refuse_kicks(vr);
	ul_defer_schedule(c->loop, &c->flush);
}

static void on_changed(void *arg)
{
	struct card *c = arg;
	uint64_t f = ul_vhost_features(c->vhost);

	c->rx.is_merging = f & F_MRG_RXBUF;
	c->rx.has_count = f & (F_MRG_RXBUF | UL_VIRTIO_F_VERSION_1);
	c->hlen = c->rx.has_count ? UL_VNET_HLEN_MRG : UL_VNET_HLEN;
	c->port.can_offload = (f & F_OFFLOAD) == F_OFFLOAD;
	c->port.can_uso = c->port.can_offload && (f & F_USO) == F_USO;
	/* A driver that left does not want what waits for it. */
	if (!ring(c, RING_RX) && !ul_txq_is_empty(c->txq)) {
		ul_txq_clear(c->txq);
		c->port.is_stalled = false;
		if (c->port.is_attached)
			ul_defer_schedule(c->loop, &c->flush);
	}
}

/* In the guest's name, so that all learn where it is now. */
static void on_rarp(const uint8_t mac[6], void *arg)
{
	static const uint8_t fixed[8] = { 0, 1, 8, 0, 6, 4, 0, 3 };
	struct card *c = arg;
	uint8_t data[RARP_LEN] = { 0 };
	struct ul_wr w = ul_wr_new(data, sizeof(data));
	struct ul_frame frame = { .data = data, .len = sizeof(data) };

	for (int i = 0; i < 6; i++)
		ul_wr_u8(&w, 0xff);
	ul_wr_bytes(&w, mac, 6);
	ul_wr_u16(&w, ETHERTYPE_RARP);
	ul_wr_bytes(&w, fixed, sizeof(fixed));
	ul_wr_bytes(&w, mac, 6);
	ul_wr_zero(&w, 4);
	ul_wr_bytes(&w, mac, 6);
	if (!c->port.is_attached || !c->port.handler)
		return;
	c->port.handler->frame(&c->port, &frame, c->port.arg);
	c->port.handler->batch_end(&c->port, c->port.arg);
}

static const struct ul_vhost_handler vhost_handler = {
	.kicked = on_kicked, .changed = on_changed, .rarp = on_rarp,
	.over = on_over,
};

/* The port. */

static void drop_spares(struct card *c)
{
	ul_buf_unref(c->spare_large);
	ul_buf_unref(c->spare_small);
	c->spare_large = c->spare_small = NULL;
}

/* A guest that is quiet costs no buffer. */
static void trim(void *arg)
{
	struct card *c = arg;

	drop_spares(c);
	ul_buf_pool_trim(c->large, 0);
	ul_buf_pool_trim(c->small, 0);
	ul_txq_trim(c->txq);
}

static void card_free(struct ul_port *port)
{
	struct card *c = card_of(port);

	/* The last frames are resets: what the guest has buffers for. */
	if (port->is_attached)
		drain(c);
	ul_vhost_free(c->vhost);
	ul_list_remove(&c->sibling);
	ul_timer_cancel(c->loop, &c->resume);
	ul_defer_cancel(c->loop, &c->flush);
	ul_quiet_fini(&c->quiet);
	ul_txq_free(c->txq);
	drop_spares(c);
	ul_buf_pool_free(c->large);
	ul_buf_pool_free(c->small);
	g_free(c);
}

static void each_counter(const struct ul_port *port, ul_port_counter_fn fn,
			 void *arg)
{
	const struct card *c = ul_container_of(port, const struct card, port);

	fn("rx-kicks", ul_vhost_kicks(c->vhost, RING_TX), arg);
	fn("rx-calls", ul_vhost_calls(c->vhost, RING_TX), arg);
	fn("tx-kicks", ul_vhost_kicks(c->vhost, RING_RX), arg);
	fn("tx-calls", ul_vhost_calls(c->vhost, RING_RX), arg);
	fn("tx-no-driver", c->driverless, arg);
	fn("tx-small-buffers", c->too_long, arg);
}

static const struct ul_port_ops card_ops = {
	.send = card_send,
	.free = card_free,
	.each_counter = each_counter,
};

struct ul_port *ul_vhost_net_new(struct ul_loop *loop, int take_fd,
				 const struct ul_port_handler *handler,
				 void *arg)
{
	struct card *c = g_new0(struct card, 1);

	c->port = (struct ul_port){
		.ops = &card_ops, .handler = handler, .arg = arg,
	};
	c->loop = loop;
	c->hlen = UL_VNET_HLEN;
	c->txq = ul_txq_new(UL_VNET_HLEN);
	c->large = ul_buf_pool_new(LARGE_BUF_SIZE, POOL_MAX);
	c->small = ul_buf_pool_new(SMALL_BUF_SIZE, POOL_MAX);
	ul_list_init(&c->sibling);
	ul_timer_init(&c->resume, on_resume, c);
	ul_defer_init(&c->flush, UL_DEFER_FLUSH, flush, c);
	ul_quiet_init(&c->quiet, loop, trim, c);
	c->vhost = ul_vhost_new(loop, take_fd, F_OFFERED, &vhost_handler, c);
	if (!c->vhost) {
		card_free(&c->port);
		return NULL;
	}
	c->port.is_attached = true;
	return &c->port;
}

static struct ul_port *make(struct ul_loop *loop, int take_fd,
			    struct ul_list *siblings)
{
	struct ul_port *port = ul_vhost_net_new(loop, take_fd, NULL, NULL);

	if (port)
		ul_list_append(siblings, &card_of(port)->sibling);
	return port;
}

static void reap(struct ul_list *siblings)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, siblings) {
		struct card *c = ul_container_of(n, struct card, sibling);

		if (ul_accept_is_gone(ul_vhost_fd(c->vhost)))
			ul_vhost_close(c->vhost);
	}
}

static const struct ul_accept_kind accept_kind = {
	.name = "vhost", .make = make, .reap = reap,
};

struct ul_listener *
ul_vhost_net_listener_new(struct ul_loop *loop, int take_fd,
			  const struct ul_allow *allow,
			  const struct ul_listener_handler *handler,
			  void *arg)
{
	return ul_accept_new(loop, take_fd, &accept_kind, allow, handler, arg);
}
