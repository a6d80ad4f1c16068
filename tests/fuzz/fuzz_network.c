/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_network.c - a whole network: hub, router, guests that come and go
 *
 * The network is the daemon's, on a fake host (fake_host.h); its ports are
 * virtual ones, some with offload. The input is a byte of flags and a row of
 * records: what the guests send, with facts that may lie, how they stall,
 * attach, leave and are kicked, and what an operator changes meanwhile.
 *
 * It must hold: nothing crashes or asserts; what waits in a port's queue
 * stays as it was sent; a port gets no more than it can take, nothing of a
 * guest that it may not talk to, and from no guest ARP or IPv4 in the name of
 * the router, also not after the sums were filled in; a port is freed once,
 * and in the end nothing is left.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/csum.h"
#include "base/log.h"
#include "conf/conf_check.h"
#include "conf/port_spec.h"
#include "conf/rule_spec.h"
#include "fuzz/fake_host.h"
#include "fuzz/fuzz.h"
#include "link/gso.h"
#include "net/net_info.h"
#include "net/net_policy.h"
#include "net/network_priv.h"
#include "wire/arp.h"
#include "wire/dhcp4.h"
#include "wire/eth.h"
#include "wire/ip4.h"
#include "wire/pkt.h"
#include "wire/udp.h"

#define PORTS 6
#define QUEUE_MAX 48
#define RECORDS_MAX 256
#define BODY_MAX 512
#define PLAIN_MAX 1518
#define NO_TURN 0x80
#define BUF_SIZE (128u << 10)
#define SMALL_BUF_SIZE 4096	/* the less to poison */
#define BUFS 256

enum {				/* of the input's first byte */
	FLAG_MODE = 0x03,
	FLAG_JAIL = 0x04,	/* all guests are isolated */
	FLAG_PINS = 0x08,
	FLAG_CONNECTS = 0x10,
};

enum {				/* of a port and its plug */
	PORT_ISOLATED = 0x01,
	PORT_PROMISCUOUS = 0x02,
	PORT_PINNED = 0x04,
	PORT_OFFLOAD = 0x08,
	PORT_USO = 0x10,
	PORT_UPLINK = 0x20,
	PORT_SMALL = 0x40,
	PORT_HOST = 0x80,
};

enum op {
	OP_ATTACH, OP_DETACH, OP_KICK, OP_SET, OP_DRAIN, OP_ROOM, OP_FRAME,
	OP_PARTIAL, OP_SUPER, OP_ARP, OP_DHCP, OP_UDP, OP_TCP, OP_TIME,
	OP_EGRESS, OP_HOST, OP_LEASE, OP_STALL,
};
#define OP_COUNT (OP_STALL + 1)

struct queued {
	uint8_t *copy;
	unsigned int count;
	struct ul_piece piece[UL_PORT_PIECES_MAX];
};

struct vport {
	struct ul_port port;		/* first */
	unsigned int index, count, room;
	bool was_refused;
	struct queued queue[QUEUE_MAX];
};

static struct {
	struct ul_loop *loop;
	struct ul_conf *conf;
	struct ul_network *net;
	struct ul_buf_pool *pool, *small_pool;
	struct vport *v[PORTS];
	struct vport *sender;		/* whose frame is on its way */
} run;

static int64_t virtual_now(void *arg)
{
	return fake_host.now_us;
}

static bool is_forbidden(const struct ul_addr *addr)
{
	return !run.conf->reaches_host || ul_addr_is_loopback(addr) || ul_addr_is_multicast(addr) ||
	       ul_addr_is_any(addr) || ul_addr_is_linklocal(addr) ||
	       ul_prefix_has(&run.conf->subnet, addr);
}

/* What is seen of a frame at a port. */

static enum ul_plug_kind kind_of(const struct vport *v)
{
	return ul_hub_conf_of(&v->port)->kind;
}

static bool is_isolated(const struct vport *v)
{
	return ul_hub_conf_of(&v->port)->is_isolated;
}

static bool may_talk(const struct vport *a, const struct vport *b)
{
	return (!is_isolated(a) || kind_of(b) == UL_PLUG_UPLINK) &&
	       (!is_isolated(b) || kind_of(a) == UL_PLUG_UPLINK);
}

static void check_claims(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	struct ul_arp arp;
	struct ul_ip4 ip;
	struct ul_eth eth;

	assert(!ul_eth_parse(&eth, &r));
	if (eth.type == UL_ETHERTYPE_ARP && !ul_arp_parse(&arp, &r))
		assert(!ul_addr_eq(&arp.spa, &run.conf->gateway4));
	if (eth.type == UL_ETHERTYPE_IPV4 && !ul_ip4_parse(&ip, r.p, r.left))
		assert(!ul_addr_eq(&ip.src, &run.conf->gateway4));
}

static int check_whole(const struct ul_piece *piece, unsigned int count,
		       void *arg)
{
	uint8_t head[128];
	size_t len = 0;

	for (unsigned int i = 0; i < count && len < sizeof(head); i++) {
		size_t n = MIN(piece[i].len, sizeof(head) - len);

		if (n)
			memcpy(head + len, piece[i].data, n);
		len += n;
	}
	check_claims(head, len);
	return 0;
}

static void check_frame(const struct vport *to, const struct ul_piece *piece,
			unsigned int count, const struct ul_offload *offload)
{
	const uint8_t *head = piece[0].data;
	size_t len = ul_pieces_len(piece, count);
	bool is_router;
	struct ul_gso gso;

	assert(count && count <= UL_PORT_PIECES_MAX && len >= UL_ETH_HLEN);
	assert(piece[0].len >= UL_ETH_HLEN && len <= UL_FRAME_MAX);
	if (!ul_offload_is_whole(offload)) {
		assert(ul_gso_is_udp(offload) ? to->port.can_uso :
						to->port.can_offload);
		assert(!ul_gso_check(&gso, piece, count, offload));
	}
	if (to->port.frame_max && (!offload || !offload->gso_size))
		assert(len <= to->port.frame_max);
	is_router = run.net->router &&
		    !memcmp(head + 6, ul_router_mac(run.net->router), 6);
	if (!run.sender || is_router)
		return;
	assert(run.sender != to && may_talk(run.sender, to));
	if (run.net->router && kind_of(run.sender) != UL_PLUG_UPLINK)
		ul_gso_split(piece, count, offload, check_whole, NULL);
}

/* The ports */

static int vport_send(struct ul_port *port, const struct ul_piece *piece,
		      unsigned int count, const struct ul_offload *offload)
{
	struct vport *v = (struct vport *)port;
	size_t len = ul_pieces_len(piece, count), copied = 0, at = 0;
	struct queued *q = &v->queue[v->count];

	if (!port->is_attached)
		return -ENOTCONN;
	check_frame(v, piece, count, offload);
	if (v->count >= v->room) {
		v->was_refused = true;
		return -ENOBUFS;
	}
	v->count++;
	*q = (struct queued){ .copy = g_malloc(len), .count = count };
	for (unsigned int i = 0; i < count; i++) {
		if (piece[i].len)
			memcpy(q->copy + at, piece[i].data, piece[i].len);
		at += piece[i].len;
		q->piece[i] = piece[i];
		if (piece[i].buf)
			ul_buf_ref(piece[i].buf);
		else
			copied += piece[i].len;
	}
	assert(copied <= UL_PORT_HEAD_MAX);
	return 0;
}

static void drain(struct vport *v)
{
	for (unsigned int i = 0; i < v->count; i++) {
		struct queued *q = &v->queue[i];
		size_t at = 0;

		for (unsigned int k = 0; k < q->count; k++) {
			struct ul_piece *p = &q->piece[k];

			assert(!p->buf || !memcmp(q->copy + at, p->data,
						  p->len));
			at += p->len;
			ul_buf_unref(p->buf);
		}
		g_free(q->copy);
	}
	v->count = 0;
}

static void vport_free(struct ul_port *port)
{
	struct vport *v = (struct vport *)port;

	drain(v);
	if (run.v[v->index] == v)
		run.v[v->index] = NULL;
	g_free(v);
}

static const struct ul_port_ops ops = {
	.send = vport_send, .free = vport_free,
};

static void own_mac(uint8_t mac[6], unsigned int n)
{
	memcpy(mac, (uint8_t[]){ 0x52, 0x54, 0, 0, 0, (uint8_t)(n + 1) }, 6);
}

static void do_attach(unsigned int i, uint8_t flags)
{
	struct ul_plug_conf pc = {
		.kind = flags & PORT_UPLINK ? UL_PLUG_UPLINK :
			flags & PORT_HOST ? UL_PLUG_HOST : UL_PLUG_GUEST,
		.is_promiscuous = flags & PORT_PROMISCUOUS,
		.macs_max = 4,
	};
	struct vport *v;

	if (run.v[i])
		return;
	if (pc.kind != UL_PLUG_UPLINK) {
		pc.is_isolated = flags & PORT_ISOLATED;
		pc.is_pinned = flags & PORT_PINNED;
	}
	v = g_new0(struct vport, 1);
	v->port = (struct ul_port){
		.ops = &ops, .is_attached = true,
		.can_offload = flags & PORT_OFFLOAD,
		.can_uso = flags & PORT_USO,
		.frame_max = flags & PORT_SMALL ? PLAIN_MAX : 0,
	};
	v->index = i;
	v->room = QUEUE_MAX;
	run.v[i] = v;
	assert(!ul_network_plug_in(run.net, &v->port, "virtual", &pc));
}

static void do_detach(struct vport *v)
{
	if (!v->port.is_attached)
		return;
	v->port.is_attached = false;
	drain(v);
	v->port.handler->detached(&v->port, v->port.arg);
}

static void do_kick(struct vport *v)
{
	char *error = NULL;

	if (v->port.plug)
		ul_network_port_kick(run.net, ul_hub_name(&v->port), &error);
	g_free(error);
}

static void do_set(struct vport *v, uint8_t flags)
{
	struct ul_plug_conf pc;
	char *error = NULL;

	if (!v->port.plug)
		return;
	pc = *ul_hub_conf_of(&v->port);
	pc.name = NULL;
	pc.is_isolated = flags & PORT_ISOLATED;
	pc.is_promiscuous = flags & PORT_PROMISCUOUS;
	pc.is_pinned = flags & PORT_PINNED;
	pc.rate_out = flags & PORT_SMALL ? 20000 : 0;
	pc.rate_in = flags & PORT_HOST ? 20000 : 0;
	ul_network_port_set(run.net, ul_hub_name(&v->port), &pc, &error);
	g_free(error);
}

static void do_drain(struct vport *v)
{
	bool was_refused = v->was_refused;

	drain(v);
	v->was_refused = v->port.is_stalled = false;
	if (was_refused && v->port.is_attached)
		v->port.handler->has_room(&v->port, v->port.arg);
}

/* Frames */

static void receive(struct vport *v, const uint8_t *data, size_t len,
		    const struct ul_offload *offload)
{
	bool is_small = len <= ul_buf_pool_cap(run.small_pool);
	struct ul_frame f = {
		.len = len,
		.buf = ul_buf_get(is_small ? run.small_pool : run.pool),
	};
	struct ul_piece piece;
	struct ul_gso gso;

	if (!f.buf)
		return;
	/* At the end, so that a read beyond the frame leaves the buffer. */
	f.data = f.buf->data + f.buf->cap - len;
	memcpy(f.data, data, len);
	if (offload)
		f.offload = *offload;
	piece = (struct ul_piece){ f.data, len, f.buf };
	/* As a tap does. */
	if (v->port.is_attached && !ul_gso_check(&gso, &piece, 1, &f.offload)) {
		run.sender = v->port.plug ? v : NULL;
		v->port.handler->frame(&v->port, &f, v->port.arg);
		run.sender = NULL;
		v->port.handler->batch_end(&v->port, v->port.arg);
	}
	ul_buf_unref(f.buf);
}

/* Addresses are chosen by a byte: 0 the own, others' from 1 to PORTS. */
static void put_eth(struct ul_wr *w, const struct vport *v, uint8_t who,
		    uint16_t type)
{
	struct ul_eth eth = { .type = type };
	unsigned int dst = who & 0xf, src = who >> 4;

	own_mac(eth.src, src ? src - 1 : v->index);
	if (dst < PORTS)
		own_mac(eth.dst, dst);
	else if (dst == PORTS && run.net->router)
		memcpy(eth.dst, ul_router_mac(run.net->router), 6);
	else if (dst == PORTS + 1)
		memcpy(eth.dst, "\x33\x33\0\0\0\1", 6);
	else
		memcpy(eth.dst, ul_mac_broadcast, 6);
	ul_eth_emit(w, &eth);
}

static struct ul_addr host(uint8_t n)
{
	return n & 0x80 ? ul_addr_v4(0xc6336400u | n) :
			  ul_prefix_nth(&run.conf->subnet, n);
}

static void do_frame(struct vport *v, struct ul_rd *r, bool is_partial)
{
	uint8_t data[BODY_MAX + UL_ETH_HLEN];
	struct ul_wr w = ul_wr_new(data, sizeof(data));
	struct ul_offload o = { 0 };
	uint8_t who = ul_rd_u8(r);
	uint16_t type = ul_rd_u16(r);
	size_t len = ul_rd_u16(r) % BODY_MAX;
	const uint8_t *body;

	if (is_partial) {
		o.csum = UL_CSUM_PARTIAL;
		o.csum_start = ul_rd_u8(r);
		o.csum_offset = ul_rd_u8(r) & 0x3f;
	}
	len = MIN(len, r->left);
	body = ul_rd_take(r, len);
	if (!body)
		return;
	put_eth(&w, v, who, type);
	ul_wr_bytes(&w, body, len);
	receive(v, data, w.len, &o);
}

static void do_arp(struct vport *v, struct ul_rd *r)
{
	uint8_t data[UL_ETH_HLEN + UL_ARP_LEN];
	struct ul_wr w = ul_wr_new(data, sizeof(data));
	struct ul_arp arp;
	uint8_t who = ul_rd_u8(r), sha = ul_rd_u8(r);

	arp = (struct ul_arp){
		.op = sha & 0x80 ? UL_ARP_REPLY : UL_ARP_REQUEST,
		.spa = host(ul_rd_u8(r)), .tpa = host(ul_rd_u8(r)),
	};
	own_mac(arp.sha, sha & 0x7f ? sha & 0x7f : v->index);
	put_eth(&w, v, who, UL_ETHERTYPE_ARP);
	ul_arp_emit(&w, &arp);
	receive(v, data, w.len, NULL);
}

static void put_ip(struct ul_wr *w, struct ul_addr src, struct ul_addr dst,
		   uint8_t proto, size_t len)
{
	struct ul_ip4 ip = {
		.src = src, .dst = dst, .proto = proto, .ttl = 64,
		.total_len = (uint16_t)(UL_IP4_HLEN + len),
	};

	ul_ip4_emit(w, &ip);
}

static void do_dhcp(struct vport *v, struct ul_rd *r)
{
	struct ul_ep src = { ul_addr_v4(0), 68 }, dst = { ul_addr_v4(~0u), 67 };
	uint8_t who = ul_rd_u8(r), type = ul_rd_u8(r);
	struct ul_dhcp4_msg m = {
		.op = UL_DHCP4_OP_REQUEST,
		.type = type % (UL_DHCP4_INFORM + 1),
		.broadcast = type & 0x80, .rapid_commit = type & 0x40,
		.req_addr = host(ul_rd_u8(r)),
	};
	uint8_t msg[600], data[700];
	struct ul_wr b = ul_wr_new(msg, sizeof(msg));
	struct ul_wr w = ul_wr_new(data, sizeof(data));

	if (type & 0x20)
		m.server_id = run.conf->gateway4;
	if (type & 0x10)
		g_strlcpy(m.hostname, "pin", sizeof(m.hostname));
	put_eth(&w, v, who, UL_ETHERTYPE_IPV4);
	memcpy(m.chaddr, data + 6, 6);
	ul_dhcp4_emit(&b, &m);
	put_ip(&w, src.addr, dst.addr, UL_IPPROTO_UDP, UL_UDP_HLEN + b.len);
	ul_udp_emit(&w, &src, &dst, msg, b.len);
	ul_wr_bytes(&w, msg, b.len);
	receive(v, data, w.len, NULL);
}

static void do_udp(struct vport *v, struct ul_rd *r)
{
	uint8_t who = ul_rd_u8(r);
	struct ul_ep src = { host(ul_rd_u8(r)), (uint16_t)(ul_rd_u8(r) + 60) };
	struct ul_ep dst = { host(ul_rd_u8(r)), (uint16_t)(ul_rd_u8(r) + 50) };
	size_t len = ul_rd_u16(r) % 1473;
	uint8_t body[1473] = { 0 }, data[PLAIN_MAX];
	struct ul_wr w = ul_wr_new(data, sizeof(data));

	put_eth(&w, v, who, UL_ETHERTYPE_IPV4);
	put_ip(&w, src.addr, dst.addr, UL_IPPROTO_UDP, UL_UDP_HLEN + len);
	ul_udp_emit(&w, &src, &dst, body, len);
	ul_wr_bytes(&w, body, len);
	receive(v, data, w.len, NULL);
}

/* TCP of any length and kind, its sum left to others; perhaps a super-frame. */
static void do_tcp(struct vport *v, struct ul_rd *r, bool is_super)
{
	static uint8_t data[UL_FRAME_MAX];
	struct ul_wr w = ul_wr_new(data, sizeof(data));
	struct ul_offload o = {
		.csum = UL_CSUM_PARTIAL, .csum_offset = 16,
		.csum_start = UL_ETH_HLEN + UL_IP4_HLEN,
	};
	uint8_t who = ul_rd_u8(r), src = ul_rd_u8(r), dst = ul_rd_u8(r);
	uint16_t port = ul_rd_u8(r), flags = ul_rd_u8(r);
	uint32_t seq = ul_rd_u16(r), ack = ul_rd_u16(r);
	size_t len = is_super ? ul_rd_u16(r) % 60000 : ul_rd_u8(r);

	if (is_super)
		o.gso_size = ul_rd_u16(r);
	put_eth(&w, v, who, UL_ETHERTYPE_IPV4);
	put_ip(&w, host(src), host(dst), UL_IPPROTO_TCP, 20 + len);
	ul_wr_u16(&w, port);
	ul_wr_u16(&w, 80);
	ul_wr_u32(&w, seq);
	ul_wr_u32(&w, ack);
	ul_wr_u16(&w, (uint16_t)(0x5000 | flags));
	ul_wr_u16(&w, 60000);
	ul_wr_u32(&w, 0);
	memset(ul_wr_take(&w, len), 0x55, len);
	receive(v, data, w.len, &o);
}

/* The world */

static void turn(void)
{
	assert(!ul_loop_turn(run.loop, 0));
}

static void do_time(uint16_t value)
{
	int64_t end = fake_host.now_us + (value & 0x8000 ?
		(value & 0x7fff) * 100000ll : value * 1000ll);

	for (int i = 0; i < 32; i++) {
		int64_t next = ul_loop_next_timeout(run.loop);

		if (next < 0 || next > end - fake_host.now_us)
			break;
		fake_host.now_us += next;
		turn();
	}
	fake_host.now_us = end;
}

static void do_egress(uint8_t value)
{
	static const char *const egresses[] = { "none", "any", "internet" };
	static const char *const lists[] = {
		"deny any", "allow host;deny any tcp 1-1023",
		"allow *.example.com;deny example.com;allow 169.254.169.254",
		"deny 10.0.0.0/8;allow any icmp;deny any udp",
	};
	GArray *rules = g_array_new(FALSE, FALSE, sizeof(struct ul_rule));
	struct ul_policy_change change = {
		.egress = egresses[(value & 3) % G_N_ELEMENTS(egresses)],
	};
	char *error = NULL;

	if (value & 4 &&
	    !ul_rule_spec_parse_list(rules, lists[value >> 3 & 3], &error)) {
		change.rules = (const struct ul_rule *)rules->data;
		change.rule_count = value & 0x80 ? 0 : rules->len;
	}
	ul_network_change_policy(run.net, &change, &error);
	g_array_unref(rules);
	g_free(error);
}

static void do_host(uint8_t which, uint8_t action, uint16_t value)
{
	struct fake_sock *s = fake_nth(which);

	if (!s)
		return;
	switch (action % 5) {
	case 0:
		fake_connected(s, value & 1 ? ECONNREFUSED : 0);
		break;
	case 1:
		fake_data(s, value);
		break;
	case 2:
		fake_eof(s);
		break;
	case 3:
		if (s->has_last)
			fake_datagram(s, &s->last->from, value);
		break;
	case 4:
		fake_room(s, value);
		break;
	}
}

static void do_lease(uint8_t which)
{
	static const char *const names[] = { NULL, "web", "jail", "port9" };
	struct ul_addr addr;
	char *error = NULL;
	uint8_t mac[6];

	own_mac(mac, which % 32);
	ul_network_lease(run.net, mac, names[which >> 6], &addr, &error);
	g_free(error);
}

static void do_port(struct vport *v, enum op op, struct ul_rd *r)
{
	switch (op) {
	case OP_DETACH:
		do_detach(v);
		break;
	case OP_KICK:
		do_kick(v);
		break;
	case OP_SET:
		do_set(v, ul_rd_u8(r));
		break;
	case OP_DRAIN:
		do_drain(v);
		break;
	case OP_ROOM:
		v->room = ul_rd_u8(r) % (QUEUE_MAX + 1);
		break;
	case OP_STALL:
		v->port.is_stalled = v->was_refused;
		break;
	case OP_FRAME:
	case OP_PARTIAL:
		do_frame(v, r, op == OP_PARTIAL);
		break;
	case OP_ARP:
		do_arp(v, r);
		break;
	case OP_DHCP:
		do_dhcp(v, r);
		break;
	case OP_UDP:
		do_udp(v, r);
		break;
	case OP_TCP:
	case OP_SUPER:
		do_tcp(v, r, op == OP_SUPER);
		break;
	case OP_ATTACH:
	case OP_TIME:
	case OP_EGRESS:
	case OP_HOST:
	case OP_LEASE:
		break;
	}
}

static void do_record(struct ul_rd *r)
{
	uint8_t code = ul_rd_u8(r), which = ul_rd_u8(r);
	enum op op = (code & ~NO_TURN) % OP_COUNT;
	unsigned int i = which % PORTS;

	if (op == OP_ATTACH)
		do_attach(i, ul_rd_u8(r));
	else if (op == OP_TIME)
		do_time(ul_rd_u16(r));
	else if (op == OP_EGRESS)
		do_egress(which);
	else if (op == OP_LEASE)
		do_lease(which);
	else if (op == OP_HOST)
		do_host(which, ul_rd_u8(r), ul_rd_u16(r));
	else if (run.v[i])
		do_port(run.v[i], op, r);
	if (!(code & NO_TURN))
		turn();
}

/* All */

static void add_rule(const char *text)
{
	struct ul_port_conf *rule;
	char *why = NULL;

	assert(!ul_port_spec_parse(&rule, text, &why));
	g_ptr_array_add(run.conf->ports, rule);
}

static void make_conf(uint8_t flags)
{
	static const enum ul_mode modes[] = {
		UL_MODE_NAT_NETWORK, UL_MODE_HOST_ONLY, UL_MODE_INTERNAL,
		UL_MODE_INTERNAL,
	};
	struct ul_ep dns = { ul_addr_v4(0xc0000235), 53 };
	char *error = NULL;

	run.conf = ul_conf_new();
	run.conf->no_hosts = true;	/* of this machine */
	ul_conf_set_mode(run.conf, modes[flags & FLAG_MODE]);
	if ((flags & FLAG_MODE) == 3)	/* --dhcp */
		run.conf->has_router = run.conf->has_dhcp = true;
	ul_conf_add_listen(run.conf, UL_LISTEN_STREAM, "/nowhere");
	add_rule("jail=52:54:00:00:00:01,isolated");
	add_rule("pin=52:54:00:00:00:02,pinned,macs-max=1");
	if (flags & FLAG_JAIL)
		add_rule("*,isolated");
	else if (flags & FLAG_PINS)
		add_rule("*,pinned");
	assert(!ul_conf_check(run.conf, NULL, &error));
	/* Given, or the relay would watch a file of the real host. */
	g_array_append_val(run.conf->dns_upstreams, dns);
}

static void on_ended(void *arg)
{
}

static void start(uint8_t flags)
{
	char *error = NULL;

	ul_log_set_level(UL_LOG_ERROR);
	memset(&run, 0, sizeof(run));
	fake_host_reset();
	fake_host.is_forbidden = is_forbidden;
	fake_host.is_tainted = true;
	fake_host.connects_by_itself = flags & FLAG_CONNECTS;
	make_conf(flags);
	run.loop = ul_loop_new();
	ul_loop_set_clock(run.loop, virtual_now, NULL);
	run.pool = ul_buf_pool_new(BUF_SIZE, BUFS * BUF_SIZE);
	run.small_pool = ul_buf_pool_new(SMALL_BUF_SIZE,
					 BUFS * SMALL_BUF_SIZE);
	assert(!ul_network_start(&run.net, run.loop, run.conf, on_ended, NULL,
				 &error));
	turn();
}

static void finish(void)
{
	ul_network_free(run.net);
	for (int i = 0; i < PORTS; i++)
		assert(!run.v[i]);
	assert(!ul_buf_pool_in_use(run.pool));
	assert(!ul_buf_pool_in_use(run.small_pool));
	ul_buf_pool_free(run.pool);
	ul_buf_pool_free(run.small_pool);
	ul_loop_free(run.loop);
	ul_conf_free(run.conf);
	for (int i = 0; i < FAKE_FDS; i++)
		assert(fake_host.sock[i].kind == FAKE_FREE);
	fake_host_fini();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);

	start(ul_rd_u8(&r));
	for (int i = 0; i < RECORDS_MAX && r.left; i++)
		do_record(&r);
	finish();
	return 0;
}
