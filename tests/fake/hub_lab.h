/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hub_lab.h - a hub with virtual ports on a virtual clock
 *
 * A virtual port writes down what it is sent and keeps the references that a
 * queue would keep until lab_drain(). Its owner, the lab, writes down what
 * the hub tells it.
 */
#ifndef UL_TESTS_HUB_LAB_H
#define UL_TESTS_HUB_LAB_H

#include <errno.h>

#include <glib.h>

#include "harness.h"
#include "link/hub.h"
#include "wire/eth.h"

#define LAB_PORTS 8
#define LAB_KEPT 128
#define LAB_SECOND 1000000ll

struct lab_sent {
	uint8_t *data;			/* as it was when it was sent */
	size_t len;
	struct ul_offload offload;
	unsigned int pieces;
	struct ul_piece piece[UL_PORT_PIECES_MAX];	/* references held */
};

struct vport {
	struct ul_port port;		/* first */
	unsigned int count;		/* sent since lab_drain() */
	struct lab_sent sent[LAB_KEPT];
	unsigned int room;		/* frames that it takes before ENOBUFS */
	unsigned int total, calls;
	unsigned int detached, has_room, batches;
};

struct lab_conflict {
	unsigned int count;
	struct ul_port *owner, *intruder;
	uint8_t mac[6];
};

static struct {
	struct ul_loop *loop;
	struct ul_hub *hub;
	int64_t now_us;
	struct vport v[LAB_PORTS];
	struct ul_buf_pool *pool;	/* of what the ports receive */
	unsigned int routed;
	uint8_t last[UL_FRAME_MAX];	/* the router's last frame */
	size_t last_len;
	bool does_scribble;		/* the router changes frames in place */
	struct lab_conflict conflict;
	char detached_name[UL_PORT_NAME_MAX + 1];
	unsigned int learned, seen;
	uint8_t learned_mac[6];
	uint8_t seen_last[UL_FRAME_MAX];
	size_t seen_len;
	const struct ul_port *seen_from;
	unsigned int sent;
	const struct ul_port *sent_to;	/* the last */
} lab;

static const uint8_t lab_router_mac[6] = { 0x52, 0x55, 10, 0, 2, 2 };

static inline int64_t lab_clock(void *arg)
{
	return lab.now_us;
}

/* Pass @us; timers that are due fire. */
static inline void lab_pass(int64_t us)
{
	lab.now_us += us;
	ck_assert_int_eq(ul_loop_turn(lab.loop, 0), 0);
}

static inline int vport_send(struct ul_port *port, const struct ul_piece *piece,
			     unsigned int count,
			     const struct ul_offload *offload)
{
	struct vport *v = (struct vport *)port;
	size_t len = ul_pieces_len(piece, count), copied = 0, at = 0;
	struct lab_sent *s;

	v->calls++;
	if (v->count >= v->room)
		return -ENOBUFS;
	ck_assert_uint_lt(v->count, LAB_KEPT);
	ck_assert_uint_le(count, UL_PORT_PIECES_MAX);
	s = &v->sent[v->count++];
	v->total++;
	*s = (struct lab_sent){ .data = malloc(len), .len = len,
				.pieces = count };
	if (offload)
		s->offload = *offload;
	for (unsigned int i = 0; i < count; i++) {
		memcpy(s->data + at, piece[i].data, piece[i].len);
		at += piece[i].len;
		s->piece[i] = piece[i];
		if (piece[i].buf)
			ul_buf_ref(piece[i].buf);
		else
			copied += piece[i].len;
	}
	ck_assert_uint_le(copied, UL_PORT_HEAD_MAX);
	return 0;
}

static inline void vport_free(struct ul_port *port)
{
}

static const struct ul_port_ops vport_ops = {
	.send = vport_send, .free = vport_free,
};

/* What waits must be what was sent. */
static inline void lab_write(struct lab_sent *s)
{
	size_t at = 0;

	for (unsigned int k = 0; k < s->pieces; k++) {
		if (s->piece[k].buf)
			ck_assert_mem_eq(s->data + at, s->piece[k].data,
					 s->piece[k].len);
		at += s->piece[k].len;
		ul_buf_unref(s->piece[k].buf);
	}
	free(s->data);
	/* A pointer that stays would hide a leak. */
	*s = (struct lab_sent){ 0 };
}

/* Port @i writes what it has; nobody is told. */
static inline void lab_drain(int i)
{
	struct vport *v = &lab.v[i];

	for (unsigned int n = 0; n < v->count; n++)
		lab_write(&v->sent[n]);
	v->count = 0;
}

static inline void lab_drain_all(void)
{
	for (int i = 0; i < LAB_PORTS; i++)
		lab_drain(i);
}

static inline void lab_to_router(struct ul_port *port, struct ul_frame *frame,
				 void *arg)
{
	lab.routed++;
	lab.last_len = frame->len;
	memcpy(lab.last, frame->data, frame->len);
	if (lab.does_scribble)
		memset(frame->data, 0xee, frame->len);
}

static inline void lab_batch_end(struct ul_port *port, void *arg)
{
	((struct vport *)port)->batches++;
}

static inline void lab_has_room(struct ul_port *port, void *arg)
{
	((struct vport *)port)->has_room++;
}

static inline void lab_detached(struct ul_port *port, void *arg)
{
	((struct vport *)port)->detached++;
	g_strlcpy(lab.detached_name, ul_hub_name(port),
		  sizeof(lab.detached_name));
}

static inline void lab_conflict(struct ul_port *owner, struct ul_port *intruder,
				const uint8_t mac[6], void *arg)
{
	lab.conflict.count++;
	lab.conflict.owner = owner;
	lab.conflict.intruder = intruder;
	memcpy(lab.conflict.mac, mac, 6);
}

static inline void lab_learned(struct ul_port *port, const uint8_t mac[6],
			       void *arg)
{
	lab.learned++;
	memcpy(lab.learned_mac, mac, 6);
}

static inline void lab_seen(struct ul_port *from, const struct ul_piece *piece,
			    unsigned int count,
			    const struct ul_offload *offload, void *arg)
{
	lab.seen++;
	lab.seen_from = from;
	lab.seen_len = 0;
	for (unsigned int i = 0; i < count; i++) {
		memcpy(lab.seen_last + lab.seen_len, piece[i].data,
		       piece[i].len);
		lab.seen_len += piece[i].len;
	}
}

static inline void lab_sent(struct ul_port *to, const struct ul_piece *piece,
			    unsigned int count,
			    const struct ul_offload *offload, void *arg)
{
	lab.sent++;
	lab.sent_to = to;
}

static const struct ul_hub_handler lab_handler = {
	.to_router = lab_to_router,
	.batch_end = lab_batch_end,
	.has_room = lab_has_room,
	.detached = lab_detached,
	.mac_conflict = lab_conflict,
	.learned = lab_learned,
	.seen = lab_seen,
	.sent = lab_sent,
};

/* Plug port @i in, treated by @conf (NULL: a plain guest). */
static inline struct ul_port *lab_plug(int i, const struct ul_plug_conf *conf)
{
	static const struct ul_plug_conf plain;
	struct vport *v = &lab.v[i];

	*v = (struct vport){
		.port = { .ops = &vport_ops, .is_attached = true,
			  .can_offload = true, .can_uso = true },
		.room = LAB_KEPT,
	};
	ck_assert_int_eq(ul_hub_plug(lab.hub, &v->port, conf ? conf : &plain),
			 0);
	return &v->port;
}

static inline void lab_open(bool has_router)
{
	static const struct ul_addr addrs[3] = {
		{ .b = { [10] = 0xff, 0xff, 10, 0, 2, 2 } },
		{ .b = { 0xfd, [15] = 2 } },
		{ .b = { 0xfd, 9, [15] = 2 } },
	};
	struct ul_hub_conf conf = {
		.handler = &lab_handler, .has_router = has_router,
		.router_addrs = addrs, .router_addr_count = 3,
		.auto6 = { { .b = { 0xfd, 9 } }, 64 },
	};

	memset(&lab, 0, sizeof(lab));
	lab.now_us = 1000;
	lab.loop = ul_loop_new();
	ul_loop_set_clock(lab.loop, lab_clock, NULL);
	conf.loop = lab.loop;
	memcpy(conf.router_mac, lab_router_mac, 6);
	lab.hub = ul_hub_new(&conf);
	lab.pool = ul_buf_pool_new(128u << 10, 64u << 20);
}

/* Everything that was kept is given back; nothing may be left. */
static inline void lab_close(void)
{
	for (int i = 0; i < LAB_PORTS; i++)
		if (lab.v[i].port.plug)
			ul_hub_unplug(lab.hub, &lab.v[i].port);
	lab_drain_all();
	ul_hub_free(lab.hub);
	ck_assert_uint_eq(ul_buf_pool_in_use(lab.pool), 0);
	ul_buf_pool_free(lab.pool);
	ul_loop_free(lab.loop);
}

/* The MAC of the lab's machine @n. */
static inline const uint8_t *lab_mac(int n)
{
	static uint8_t mac[16][6];
	uint8_t *m = mac[n & 15];

	memcpy(m, (uint8_t[]){ 0x52, 0x54, 0, 0, (uint8_t)(n >> 8),
			       (uint8_t)n }, 6);
	return m;
}

/* The frame @data of @len bytes arrives at port @i, in a buffer of its own. */
static inline void lab_rx(int i, const uint8_t *data, size_t len,
			  const struct ul_offload *offload)
{
	struct ul_buf *buf = ul_buf_get(lab.pool);
	struct ul_frame frame = { .len = len, .buf = buf };
	struct ul_port *port = &lab.v[i].port;

	ck_assert_ptr_nonnull(buf);
	/* At the end, so that a read beyond the frame leaves the buffer. */
	frame.data = buf->data + buf->cap - len;
	memcpy(frame.data, data, len);
	if (offload)
		frame.offload = *offload;
	port->handler->frame(port, &frame, port->arg);
	ul_buf_unref(buf);
}

/* A frame of @len bytes from @src to @dst, of a type that nobody parses. */
static inline void lab_frame(int i, const uint8_t *dst, const uint8_t *src,
			     size_t len)
{
	uint8_t data[UL_FRAME_MAX];

	memset(data, 0x5a, len);
	memcpy(data, dst, 6);
	memcpy(data + 6, src, 6);
	data[12] = 0x88;
	data[13] = 0xb5;		/* IEEE 802: local experiments */
	lab_rx(i, data, len, NULL);
}

/* Machine @to gets a frame of machine @from, which is at port @i. */
static inline void lab_unicast(int i, int from, int to)
{
	lab_frame(i, lab_mac(to), lab_mac(from), 60);
}

static inline void lab_broadcast(int i, int from)
{
	lab_frame(i, ul_mac_broadcast, lab_mac(from), 60);
}

/* The router sends one frame; what the hub said. */
static inline int lab_router_sends(const uint8_t *dst, size_t len)
{
	struct ul_buf *buf = ul_buf_get(lab.pool);
	struct ul_piece piece = { buf->data, len, buf };
	int ret;

	memcpy(buf->data, dst, 6);
	memcpy(buf->data + 6, lab_router_mac, 6);
	ret = ul_hub_send(lab.hub, &piece, 1, NULL);
	ul_buf_unref(buf);
	return ret;
}

/* How many frames were sent to port @i since the last asking. */
static inline unsigned int lab_got(int i)
{
	unsigned int count = lab.v[i].count;

	lab_drain(i);
	return count;
}

/* Ports that got a frame since the last asking, as bits. */
static inline unsigned int lab_who_got(void)
{
	unsigned int bits = 0;

	for (int i = 0; i < LAB_PORTS; i++)
		bits |= (lab_got(i) ? 1u : 0u) << i;
	return bits;
}

static inline void lab_plug_many(int count)
{
	for (int i = 0; i < count; i++)
		lab_plug(i, NULL);
}

/* The guest at port @i goes away. */
static inline void lab_detach(int i)
{
	struct ul_port *port = &lab.v[i].port;

	port->is_attached = false;
	port->handler->detached(port, port->arg);
}

#endif
