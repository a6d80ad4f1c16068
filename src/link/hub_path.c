/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hub_path.c - the way of a frame through the hub
 *
 * A queue references the receive buffer that a frame came in; nothing is
 * copied, but for two cases. What the router gets too may be changed by it in
 * place, so others get a copy, one for all of them. And a guest that does not
 * read keeps what waits for it: when a sender's receive pool runs low because
 * of that, copies wait in its stead, packed, in a pool of the hub's. With that
 * at its end frames for such guests are dropped, and no other notices.
 */
#include "link/hub_priv.h"

#include <errno.h>
#include <string.h>

#include "link/gso.h"
#include "wire/eth.h"

/* A token bucket for a quarter of a second of flooding. */
#define STORM_BURST_DIV 4
/*
 * Copies that the flooded frames of a port may come to, each second. Each is
 * a wake-up in some guest: on two cores, 100 000 take a third of what 64
 * guests get done.
 */
#define STORM_COPIES 20000u
#define RATE_BURST_DIV 10
/* A reset or an acknowledgement: may be sent ahead of the rate. */
#define SMALL_FRAME UL_PORT_HEAD_MAX

/*
 * A sender's receive pool is low when so much of it is kept: half, or for
 * guests that do not read now a quarter.
 */
#define LOW_DIV 2
#define LOW_STALLED_DIV 4

/* One frame that is on its way to one or more plugs. */
struct transit {
	struct ul_hub *hub;
	struct ul_plug *from;		/* NULL: the router */
	const struct ul_piece *piece;
	unsigned int count;
	size_t len;
	const struct ul_offload *offload;
	struct ul_frame *frame;		/* of a guest; NULL: the router's */
	bool may_change;		/* the router gets it too */
	struct ul_piece shared[UL_PORT_PIECES_MAX];
	unsigned int shared_count;
};

/* May these two talk? An isolated port may with the router and uplinks. */
static bool may_talk(const struct ul_plug *a, const struct ul_plug *b)
{
	if (a->conf.is_isolated && b->conf.kind != UL_PLUG_UPLINK)
		return false;
	return !b->conf.is_isolated || a->conf.kind == UL_PLUG_UPLINK;
}

static bool is_too_long(const struct transit *t, const struct ul_port *port)
{
	struct ul_gso gso;

	if (!port->frame_max || t->len <= port->frame_max)
		return false;
	if (!t->offload || !t->offload->gso_size)
		return true;
	/* Of a super-frame it is the segments that must fit. */
	return ul_gso_check(&gso, t->piece, t->count, t->offload) < 0 ||
	       gso.hdr_len + t->offload->gso_size > port->frame_max;
}

static uint64_t burst_of(const struct ul_plug *p, uint64_t rate)
{
	if (p->conf.burst)
		return p->conf.burst;
	return rate / RATE_BURST_DIV + 1;
}

/*
 * May it go out now? The router's small frames go ahead, up to as much again
 * as the burst: a reset that is refused is lost for good.
 */
static bool is_in_rate(const struct transit *t, struct ul_plug *to)
{
	uint64_t rate = to->conf.rate_out;
	uint64_t burst = burst_of(to, rate);

	if (!rate)
		return true;
	if (!t->from && t->len <= SMALL_FRAME && burst < UINT64_MAX / 2)
		burst *= 2;
	if (ul_meter_take(&to->rate_out, ul_loop_now(t->hub->loop), rate,
			  burst, t->len))
		return true;
	if (t->from)
		to->stats.over_rate++;
	else
		ul_timer_set(t->hub->loop, &to->resume,
			     ul_meter_ready_us(&to->rate_out, rate,
					       burst_of(to, rate)));
	return false;
}

/* May a frame in @buf wait for @port, or is too much of its pool kept? */
static bool may_wait_in(const struct ul_buf *buf, const struct ul_port *port)
{
	size_t max = ul_buf_pool_max(buf->pool);
	size_t kept = ul_buf_pool_in_use(buf->pool);

	return kept <= max / (port->is_stalled ? LOW_STALLED_DIV : LOW_DIV);
}

/* The one copy for all that hear what the router may change. */
static int share(struct transit *t)
{
	int ret;

	if (!t->may_change || t->shared_count)
		return 0;
	ret = ul_compact_copy(&t->hub->shared_copies, t->hub->shared,
			      t->frame->data, t->len, t->shared);
	if (ret < 0)
		return ret;
	t->shared_count = (unsigned int)ret;
	t->piece = t->shared;
	t->count = t->shared_count;
	return 0;
}

/* Only the port says when it has room again, so only it says it has none. */
static int queue(const struct transit *t, struct ul_plug *to,
		 const struct ul_piece *piece, unsigned int count)
{
	int ret = ul_port_send(to->port, piece, count, t->offload);

	if (ret == -ENOBUFS)
		to->is_full = true;
	else if (!ret && t->hub->is_tapped)
		t->hub->handler->sent(to->port, piece, count, t->offload,
				      t->hub->arg);
	return ret;
}

/* Queue a copy that is for @to alone. */
static int send_copy(struct transit *t, struct ul_plug *to)
{
	struct ul_piece piece[UL_PORT_PIECES_MAX];
	int count, ret;

	count = ul_compact_copy(&to->copies, t->hub->backlog, t->frame->data,
				t->len, piece);
	if (count < 0)
		return count;
	ret = queue(t, to, piece, (unsigned int)count);
	ul_compact_unref(piece, (unsigned int)count);
	return ret;
}

int ul_plug_send_copy(struct ul_plug *p, const uint8_t *data, size_t len,
		      const struct ul_offload *offload)
{
	struct ul_piece piece[UL_PORT_PIECES_MAX];
	struct transit t = { .hub = p->hub, .len = len, .offload = offload };
	int count, ret;

	count = ul_compact_copy(&p->copies, p->hub->backlog, data, len, piece);
	if (count < 0)
		return count;
	ret = queue(&t, p, piece, (unsigned int)count);
	ul_compact_unref(piece, (unsigned int)count);
	return ret;
}

static int send_frame(struct transit *t, struct ul_plug *to)
{
	if (!t->frame)
		return queue(t, to, t->piece, t->count);
	/* It would be refused: do not copy for that. */
	if (to->is_full && to->port->is_stalled)
		return -ENOBUFS;
	if (!t->frame->buf || share(t) < 0 ||
	    !may_wait_in(t->piece[0].buf, to->port))
		return send_copy(t, to);
	return queue(t, to, t->piece, t->count);
}

/* Queue the frame at one plug; as ul_port_send(). */
static int put(struct transit *t, struct ul_plug *to)
{
	bool goes_on = true;
	int ret;

	if (is_too_long(t, to->port)) {
		to->stats.too_long++;
		return -EMSGSIZE;
	}
	if (!is_in_rate(t, to))
		return -ENOBUFS;
	ret = to->has_line ? ul_plug_puts_out(to, t->piece, t->count,
					      t->offload, &goes_on) : 0;
	if (goes_on)
		ret = send_frame(t, to);
	if (ret == -ENOBUFS && t->from)
		to->stats.tx_dropped++;
	else if (ret == -EMSGSIZE)
		to->stats.too_long++;
	else if (ret == -EBADMSG && t->from)
		t->from->stats.malformed++;
	return ret;
}

static bool is_for(const struct transit *t, const struct ul_plug *to)
{
	return to != t->from && (!t->from || may_talk(t->from, to));
}

/* To everybody who may hear it. */
static void flood(struct transit *t)
{
	struct ul_list *n;

	for (n = t->hub->plugs.next; n != &t->hub->plugs; n = n->next)
		if (is_for(t, ul_plug_of(n)))
			put(t, ul_plug_of(n));
}

/* A copy for those who hear all; @to (may be NULL) has its own. */
static void overhear(struct transit *t, const struct ul_plug *to)
{
	struct ul_list *n;

	if (!t->hub->promiscuous_count)
		return;
	for (n = t->hub->plugs.next; n != &t->hub->plugs; n = n->next) {
		struct ul_plug *p = ul_plug_of(n);

		if (p->conf.is_promiscuous && p != to && is_for(t, p))
			put(t, p);
	}
}

/* A flooded frame costs a copy for each port: with many, fewer may come. */
static uint32_t storm_limit(const struct ul_plug *from)
{
	uint32_t most = STORM_COPIES / from->hub->plug_count;

	if (from->conf.storm_pps)
		return from->conf.storm_pps;
	return most < UL_HUB_STORM_PPS ? most : UL_HUB_STORM_PPS;
}

static bool is_storming(struct ul_plug *from)
{
	uint32_t pps = storm_limit(from);

	if (ul_rate_take(&from->storm, ul_loop_now(from->hub->loop), pps,
			 pps / STORM_BURST_DIV + 1))
		return false;
	from->stats.storm++;
	/* An uplink carries for others, who did nothing. */
	from->port->has_stormed = from->conf.kind != UL_PLUG_UPLINK;
	return true;
}

static void tell_learned(struct ul_plug *from, const uint8_t mac[6])
{
	const struct ul_hub_handler *handler = from->hub->handler;

	if (from->conf.kind != UL_PLUG_UPLINK && handler->learned)
		handler->learned(from->port, mac, from->hub->arg);
}

/* Learn where the source is. False: the frame is not to be forwarded. */
static bool learn(struct ul_plug *from, const uint8_t mac[6])
{
	struct ul_hub *hub = from->hub;
	int64_t now_us = ul_loop_now(hub->loop);
	unsigned int known = from->place.count;
	struct ul_mac_place *other;

	switch (ul_mac_table_see(hub->macs, &from->place, mac, now_us,
				 &other)) {
	case UL_MAC_HERE:
		if (from->place.count != known)
			tell_learned(from, mac);
		if (from->dispute.other)
			ul_plug_settle(from, mac);
		return true;
	case UL_MAC_REFUSED:
		from->stats.macs_over++;
		return false;
	case UL_MAC_ELSEWHERE:
		break;
	}
	if (ul_plug_at(other)->conf.kind == UL_PLUG_UPLINK)
		return !ul_mac_table_move(hub->macs, &from->place, mac, now_us);
	/* What a guest sent comes back from outside: there is a loop. */
	if (from->conf.kind == UL_PLUG_UPLINK)
		from->stats.looped++;
	else
		ul_plug_intrudes(from, ul_plug_at(other), mac);
	return false;
}

/* Does the guest send more than it may? */
static bool is_over_rate(struct ul_plug *from, size_t len)
{
	uint64_t rate = from->conf.rate_in;

	if (!rate || ul_meter_take(&from->rate_in,
				   ul_loop_now(from->hub->loop), rate,
				   burst_of(from, rate), len))
		return false;
	from->stats.over_rate++;
	return true;
}

static void to_router(struct ul_plug *from, struct ul_frame *frame)
{
	struct ul_hub *hub = from->hub;

	if (hub->has_router && hub->handler->to_router)
		hub->handler->to_router(from->port, frame, hub->arg);
}

static struct transit begin(struct ul_plug *from, struct ul_frame *frame,
			    const struct ul_piece *piece)
{
	return (struct transit){
		.hub = from->hub, .from = from, .piece = piece, .count = 1,
		.len = frame->len, .offload = &frame->offload, .frame = frame,
	};
}

static void end(struct transit *t)
{
	ul_compact_unref(t->shared, t->shared_count);
}

static void forward_to(struct transit *t, struct ul_plug *to)
{
	if (to == t->from)
		return;
	if (is_for(t, to))
		put(t, to);
	else
		t->from->stats.isolated++;
	overhear(t, to);
}

static void forward(struct ul_plug *from, struct ul_frame *frame,
		    const uint8_t dst[6])
{
	struct ul_hub *hub = from->hub;
	struct ul_piece piece = { frame->data, frame->len, frame->buf };
	struct transit t = begin(from, frame, &piece);
	bool is_group = ul_mac_is_multicast(dst);
	bool is_routers = hub->has_router && !memcmp(dst, hub->router_mac, 6);
	struct ul_plug *to = NULL;

	t.may_change = is_routers || (is_group && hub->has_router);
	if (!is_routers && !is_group)
		to = ul_plug_at(ul_mac_table_find(hub->macs, dst,
						  ul_loop_now(hub->loop)));
	if (to) {
		forward_to(&t, to);
	} else if (is_routers) {
		overhear(&t, NULL);
	} else {
		if (is_storming(from))
			return;
		from->stats.flooded++;
		flood(&t);
	}
	end(&t);
	/* Last: it may change the frame. */
	if (t.may_change)
		to_router(from, frame);
}

static void show(struct ul_hub *hub, struct ul_port *from,
		 const struct ul_piece *piece, unsigned int count,
		 const struct ul_offload *offload)
{
	if (hub->handler->seen)
		hub->handler->seen(from, piece, count, offload, hub->arg);
}

void ul_hub_input(struct ul_plug *from, struct ul_frame *frame)
{
	if (!from->has_line || ul_plug_takes_in(from, frame))
		ul_hub_accept(from, frame);
}

void ul_hub_accept(struct ul_plug *from, struct ul_frame *frame)
{
	struct ul_hub *hub = from->hub;
	struct ul_piece piece = { frame->data, frame->len, NULL };
	struct ul_rd r = ul_rd_new(frame->data, frame->len);
	struct ul_eth eth;

	if (ul_eth_parse(&eth, &r) < 0 || ul_mac_is_multicast(eth.src) ||
	    ul_mac_is_zero(eth.src)) {
		from->stats.malformed++;
		return;
	}
	if (hub->has_router && !memcmp(eth.src, hub->router_mac, 6)) {
		from->stats.guarded++;
		return;
	}
	if (!ul_plug_may_send(from, eth.src, frame) ||
	    is_over_rate(from, frame->len) || !learn(from, eth.src))
		return;
	ul_plug_sent_from(from, eth.src);
	show(hub, from->port, &piece, 1, &frame->offload);
	forward(from, frame, eth.dst);
}

int ul_hub_send(struct ul_hub *hub, const struct ul_piece *piece,
		unsigned int count, const struct ul_offload *offload)
{
	struct transit t = {
		.hub = hub, .piece = piece, .count = count,
		.len = ul_pieces_len(piece, count), .offload = offload,
	};
	struct ul_plug *to = NULL;
	const uint8_t *dst;
	int ret;

	if (!count || piece[0].len < 6 || t.len > UL_FRAME_MAX)
		return -EMSGSIZE;
	dst = piece[0].data;
	if (!hub->plug_count)
		return -ENOTCONN;
	if (!ul_mac_is_multicast(dst))
		to = ul_plug_at(ul_mac_table_find(hub->macs, dst,
						  ul_loop_now(hub->loop)));
	ret = to ? put(&t, to) : 0;
	if (ret == -ENOBUFS)
		to->owes_router = true;
	if (ret < 0)
		return ret;
	show(hub, NULL, piece, count, offload);
	if (to)
		overhear(&t, to);
	else
		flood(&t);
	return 0;
}
