/* SPDX-License-Identifier: BSD-3-Clause */
/* hub_path.c - the way of a frame through the hub */
#include "link/hub_priv.h"

#include <errno.h>
#include <string.h>

#include "wire/eth.h"

/* A token bucket for a quarter of a second of flooding. */
#define STORM_BURST_DIV 4
/* Copies that the flooded frames of a port may come to, each second. */
#define STORM_COPIES 2000000u
#define RATE_BURST_DIV 10
/* A reset or an acknowledgement: may be sent ahead of the rate. */
#define SMALL_FRAME UL_PORT_HEAD_MAX

/* One frame that is on its way to one or more plugs. */
struct transit {
	struct ul_hub *hub;
	struct ul_plug *from;		/* NULL: the router */
	const struct ul_piece *piece;
	unsigned int count;
	size_t len;
	const struct ul_offload *offload;
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
	/* A super-frame is cut to the port's measure by the port itself. */
	if (t->offload && t->offload->gso_size)
		return false;
	return port->frame_max && t->len > port->frame_max;
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

/* Queue the frame at one plug; as ul_port_send(). */
static int put(const struct transit *t, struct ul_plug *to)
{
	int ret;

	if (is_too_long(t, to->port)) {
		to->stats.too_long++;
		return -EMSGSIZE;
	}
	if (!is_in_rate(t, to))
		return -ENOBUFS;
	ret = ul_port_send(to->port, t->piece, t->count, t->offload);
	if (ret == -ENOBUFS) {
		to->is_full = true;
		if (t->from)
			to->stats.tx_dropped++;
	} else if (ret == -EMSGSIZE) {
		to->stats.too_long++;
	}
	return ret;
}

static bool is_for(const struct transit *t, const struct ul_plug *to)
{
	return to != t->from && (!t->from || may_talk(t->from, to));
}

/* To everybody who may hear it. */
static void flood(const struct transit *t)
{
	struct ul_list *n;

	for (n = t->hub->plugs.next; n != &t->hub->plugs; n = n->next)
		if (is_for(t, ul_plug_of(n)))
			put(t, ul_plug_of(n));
}

/* A copy for those who hear all; @to (may be NULL) has its own. */
static void overhear(const struct transit *t, const struct ul_plug *to)
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

/*
 * A flooded frame costs a copy for each port, so the default comes down in a
 * network of very many.
 */
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
	return true;
}

/* Learn where the source is. False: the frame is not to be forwarded. */
static bool learn(struct ul_plug *from, const uint8_t mac[6])
{
	struct ul_hub *hub = from->hub;
	int64_t now_us = ul_loop_now(hub->loop);
	struct ul_mac_place *other;

	switch (ul_mac_table_see(hub->macs, &from->place, mac, now_us,
				 &other)) {
	case UL_MAC_HERE:
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

static void forward(struct ul_plug *from, struct ul_frame *frame,
		    const uint8_t dst[6])
{
	struct ul_hub *hub = from->hub;
	struct ul_piece piece = { frame->data, frame->len, frame->buf };
	struct transit t = {
		.hub = hub, .from = from, .piece = &piece, .count = 1,
		.len = frame->len, .offload = &frame->offload,
	};
	struct ul_plug *to;

	if (hub->has_router && !memcmp(dst, hub->router_mac, 6)) {
		overhear(&t, NULL);
		to_router(from, frame);
		return;
	}
	to = ul_mac_is_multicast(dst) ? NULL : ul_plug_at(
		ul_mac_table_find(hub->macs, dst, ul_loop_now(hub->loop)));
	if (to) {
		if (to == from)
			return;
		if (is_for(&t, to))
			put(&t, to);
		else
			from->stats.isolated++;
		overhear(&t, to);
		return;
	}
	if (is_storming(from))
		return;
	from->stats.flooded++;
	flood(&t);
	if (ul_mac_is_multicast(dst))
		to_router(from, frame);
}

void ul_hub_input(struct ul_plug *from, struct ul_frame *frame)
{
	struct ul_hub *hub = from->hub;
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
	if (is_over_rate(from, frame->len))
		return;
	if (learn(from, eth.src))
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
	if (!to) {
		flood(&t);
		return 0;
	}
	ret = put(&t, to);
	if (ret == -ENOBUFS)
		to->owes_router = true;
	else if (!ret)
		overhear(&t, to);
	return ret;
}
