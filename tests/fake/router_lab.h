/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_lab.h - a router and guests that are frames which a test writes
 *
 * The guests' ports are nothing but addresses. The host is a network
 * namespace of the test's.
 */
#ifndef UL_TESTS_ROUTER_LAB_H
#define UL_TESTS_ROUTER_LAB_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/csum.h"
#include "fake/own_net.h"
#include "harness.h"
#include "net/router.h"
#include "net/router_priv.h"
#include "wire/arp.h"
#include "wire/dhcp4.h"
#include "wire/dns.h"
#include "wire/icmp.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/nd.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#define SECOND 1000000ll
#define PORTS 4
#define FRAME_MAX 2048
#define OUTSIDE 0xc6336407	/* 198.51.100.7 */

/* A frame for a guest. */
struct sent {
	struct ul_list node;
	int port;		/* -1: for all */
	size_t len;
	uint8_t bytes[FRAME_MAX];
};

/* A guest: where it is, and a TCP connection of its. */
struct vm {
	int port;
	uint8_t mac[6];
	struct ul_addr addr;
	uint16_t tcp_port;
	uint32_t seq, ack;
};

static struct ul_loop *loop;
static struct ul_conf *conf;
static struct ul_router *router;
static struct ul_buf_pool *frames;
static struct ul_port ports[PORTS];
static bool is_full[PORTS];
static uint8_t at[256];		/* the port of a MAC's last byte, plus 1 */
static struct ul_list sent;
static struct vm one, two;
static int listener;
static struct ul_ep server;
static int64_t now_us;

static inline int64_t fake_clock(void *arg)
{
	return now_us;
}

/* The buffers that a guest's queue holds. */
#define KEPT_MAX 1200
static struct ul_buf *kept[KEPT_MAX];
static unsigned int kept_count;
static bool is_keeping;

static inline void keep(struct ul_buf *buf)
{
	if (buf && is_keeping && kept_count < KEPT_MAX)
		kept[kept_count++] = ul_buf_ref(buf);
}

static inline int link_send(const struct ul_piece *piece, unsigned int count,
		     const struct ul_offload *offload, void *arg)
{
	const uint8_t *dst = piece[0].data;
	int port = dst[0] & 1 ? -1 : at[dst[5]] - 1;
	struct sent *s;

	if (port >= 0 && is_full[port])
		return -ENOBUFS;
	s = calloc(1, sizeof(*s));
	s->port = port;
	for (unsigned int i = 0; i < count; i++) {
		ck_assert_uint_le(s->len + piece[i].len, FRAME_MAX);
		memcpy(s->bytes + s->len, piece[i].data, piece[i].len);
		s->len += piece[i].len;
		if (!port)
			keep(piece[i].buf);
	}
	ul_list_append(&sent, &s->node);
	return 0;
}

static inline struct ul_port *link_port_of(const uint8_t mac[6], void *arg)
{
	return at[mac[5]] ? &ports[at[mac[5]] - 1] : NULL;
}

static const char *port_names[PORTS] = { "vm", "vm", "vm", "vm" };

static inline const char *link_name_of(const struct ul_port *port, void *arg)
{
	return port_names[port - ports];
}

static bool is_told;

static inline bool link_is_told(const struct ul_port *port, void *arg)
{
	return is_told;
}

static inline void vm_init(struct vm *vm, int port, uint8_t host)
{
	*vm = (struct vm){
		.port = port, .mac = { 0x52, 0x54, 0, 0, 0, host },
		.addr = ul_prefix_nth(&conf->subnet, host),
		.tcp_port = (uint16_t)(4000 + host), .seq = 1000,
	};
	at[host] = (uint8_t)(port + 1);
	ul_router_attached(router, &ports[port]);
}

static inline void listen_outside(void)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(OUTSIDE),
	};
	socklen_t len = sizeof(sin);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(listener, 16), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&sin, &len),
			 0);
	ul_ep_from_sa(&server, (struct sockaddr *)&sin);
}

static inline void setup(void)
{
	struct ul_router_link link = {
		.send = link_send, .port_of = link_port_of,
		.name_of = link_name_of, .is_told = link_is_told,
	};

	if (!own_net_enter())
		exit(0);
	ul_list_init(&sent);
	now_us = 1000 * SECOND;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ul_loop_turn(loop, 0);
	conf = ul_conf_new();
	conf->no_hosts = true;
	conf->mtu = UL_CONF_MTU_TAP;
	conf->limits.max_udp_flows = 3;
	conf->limits.max_tcp_half_open = 5;
	frames = ul_buf_pool_new(4096, 1u << 20);
	router = ul_router_new(loop, conf, &link);
	vm_init(&one, 0, 15);
	vm_init(&two, 1, 16);
	listen_outside();
}

static inline void forget_sent(void)
{
	struct ul_list *n;

	while ((n = ul_list_first(&sent)) != NULL) {
		ul_list_remove(n);
		free(ul_container_of(n, struct sent, node));
	}
}

static inline void teardown(void)
{
	ul_router_free(router);
	forget_sent();
	close(listener);
	ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	ul_buf_pool_free(frames);
	ul_conf_free(conf);
	ul_loop_free(loop);
}

static inline void turns(int n)
{
	while (n--)
		ck_assert_int_eq(ul_loop_turn(loop, 5), 0);
}

static inline void pass(int64_t us)
{
	now_us += us;
	turns(2);
}

/* Frames towards the router */

static inline void put_eth(struct ul_wr *w, const struct vm *vm, uint16_t type)
{
	struct ul_eth eth = { .type = type };

	memcpy(eth.dst, ul_router_mac(router), 6);
	memcpy(eth.src, vm->mac, 6);
	ul_eth_emit(w, &eth);
}

static inline void put_frame(const struct vm *vm, const struct ul_wr *w)
{
	struct ul_frame frame = { .buf = ul_buf_get(frames), .len = w->len };

	ck_assert(!w->bad);
	frame.data = frame.buf->data;
	memcpy(frame.data, w->start, w->len);
	ul_router_input(router, &ports[vm->port], &frame);
	ul_buf_unref(frame.buf);
}

static inline void announce(const struct vm *vm)
{
	uint8_t bytes[64];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));
	struct ul_arp arp = {
		.op = UL_ARP_REQUEST, .spa = vm->addr, .tpa = vm->addr,
	};

	memcpy(arp.sha, vm->mac, 6);
	put_eth(&w, vm, UL_ETHERTYPE_ARP);
	ul_arp_emit(&w, &arp);
	put_frame(vm, &w);
}

/* @l4 in an IPv4 packet; @h says what is not usual. */
static inline void put_ip(const struct vm *vm, struct ul_ip4 h, const void *l4,
		   size_t len)
{
	uint8_t bytes[FRAME_MAX];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));

	h.src = vm->addr;
	h.ttl = 64;
	h.total_len = (uint16_t)(UL_IP4_HLEN + len);
	put_eth(&w, vm, UL_ETHERTYPE_IPV4);
	ul_ip4_emit(&w, &h);
	ul_wr_bytes(&w, l4, len);
	put_frame(vm, &w);
}

static inline void put_udp(const struct vm *vm, uint16_t from,
		    const struct ul_ep *dst, const void *data, size_t len)
{
	uint8_t l4[FRAME_MAX];
	struct ul_wr w = ul_wr_new(l4, sizeof(l4));
	struct ul_ep src = { vm->addr, from };
	struct ul_ip4 h = { .dst = dst->addr, .proto = UL_IPPROTO_UDP };

	ul_udp_emit(&w, &src, dst, data, len);
	ul_wr_bytes(&w, data, len);
	put_ip(vm, h, l4, w.len);
}

static inline void put_tcp(const struct vm *vm, const struct ul_ep *dst,
		    uint8_t flags, const char *data)
{
	uint8_t l4[256];
	struct ul_wr w = ul_wr_new(l4, sizeof(l4));
	struct ul_ip4 h = { .dst = dst->addr, .proto = UL_IPPROTO_TCP };
	uint32_t sum;

	ul_wr_u16(&w, vm->tcp_port);
	ul_wr_u16(&w, dst->port);
	ul_wr_u32(&w, vm->seq);
	ul_wr_u32(&w, vm->ack);
	ul_wr_u8(&w, UL_TCP_HLEN / 4 << 4);
	ul_wr_u8(&w, flags);
	ul_wr_u16(&w, 60000);
	ul_wr_u32(&w, 0);
	ul_wr_bytes(&w, data, strlen(data));
	sum = ul_csum_pseudo(&vm->addr, &dst->addr, UL_IPPROTO_TCP,
			     (uint32_t)w.len);
	ul_wr_patch_u16(&w, 16, ul_csum_fold(ul_csum_add(sum, l4, w.len)));
	put_ip(vm, h, l4, w.len);
}

/* Frames from the router */

/* The next IPv4 packet of @proto for @port, or NULL; others are dropped. */
static inline const uint8_t *next_l4(int port, uint8_t proto, size_t *len)
{
	static struct sent got;
	struct ul_list *n, *tmp;
	struct ul_ip4 h;

	ul_list_for_each_safe(n, tmp, &sent) {
		struct sent *s = ul_container_of(n, struct sent, node);

		if (s->port != port)
			continue;
		got = *s;
		ul_list_remove(n);
		free(s);
		if (ul_ip4_parse(&h, got.bytes + UL_ETH_HLEN,
				 got.len - UL_ETH_HLEN) < 0 ||
		    h.proto != proto)
			continue;
		*len = h.total_len - (size_t)UL_IP4_HLEN;
		return got.bytes + UL_ETH_HLEN + UL_IP4_HLEN;
	}
	return NULL;
}

static inline const uint8_t *await_l4(int port, uint8_t proto, size_t *len)
{
	const uint8_t *l4 = next_l4(port, proto, len);

	for (int i = 0; i < 100 && !l4; i++) {
		turns(1);
		l4 = next_l4(port, proto, len);
	}
	return l4;
}

/* The next segment for @vm; its data is acknowledged. */
static inline bool await_tcp(struct vm *vm, struct ul_tcp *h, size_t *data_len)
{
	const uint8_t *l4;
	size_t len;

	l4 = await_l4(vm->port, UL_IPPROTO_TCP, &len);
	if (!l4)
		return false;
	ck_assert_int_eq(ul_tcp_parse(h, l4, len), 0);
	*data_len = len - h->hdr_len;
	vm->ack = h->seq + (uint32_t)*data_len +
		  !!(h->flags & (UL_TCP_SYN | UL_TCP_FIN));
	return true;
}

/* @vm connects to the outside; the server's end, not blocking. */
static inline int connect_vm(struct vm *vm)
{
	struct ul_tcp h;
	size_t len;
	int fd;

	put_tcp(vm, &server, UL_TCP_SYN, "");
	ck_assert(await_tcp(vm, &h, &len));
	ck_assert_uint_eq(h.flags, UL_TCP_SYN | UL_TCP_ACK);
	vm->seq++;
	put_tcp(vm, &server, UL_TCP_ACK, "");
	turns(1);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* What the host's end says: -EAGAIN while the connection lives. */
static inline int state_of(int fd)
{
	char c;
	ssize_t n;

	turns(2);
	n = recv(fd, &c, 1, 0);
	return n < 0 ? -errno : (int)n;
}

static inline void detach(const struct vm *vm)
{
	at[vm->mac[5]] = 0;
	ul_router_detached(router, &ports[vm->port]);
	turns(1);
}

static inline void attach_at(struct vm *vm, int port)
{
	vm->port = port;
	at[vm->mac[5]] = (uint8_t)(port + 1);
	ul_router_attached(router, &ports[port]);
	announce(vm);
	turns(1);
}

/* An echo request for the gateway in two fragments: put one of them. */
static inline void put_half(const struct vm *vm, int half)
{
	static const char body[] = "sixteen bytes ..";
	uint8_t l4[24];
	struct ul_wr w = ul_wr_new(l4, sizeof(l4));
	struct ul_icmp echo = { .type = UL_ICMP4_ECHO, .rest = 0x00070001 };
	struct ul_ip4 h = {
		.dst = conf->gateway4, .proto = UL_IPPROTO_ICMP, .id = 4711,
		.mf = half == 0, .frag_offset = half ? 16 : 0,
	};

	ul_icmp_emit(&w, &echo, &vm->addr, &conf->gateway4, body, 16);
	ul_wr_bytes(&w, body, 16);
	put_ip(vm, h, l4 + (half ? 16 : 0), half ? 8 : 16);
}

#endif
