/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forward_lab.h - one rule, clients on loopback, and a guest that a test plays
 *
 * Who is called "web" is the test's to say.
 */
#ifndef UL_TESTS_FORWARD_LAB_H
#define UL_TESTS_FORWARD_LAB_H

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "fake/accounts.h"
#include "fake/tcp_guest.h"
#include "flow/forward.h"
#include "flow/policy.h"
#include "harness.h"

static struct wire wire;
static struct ul_flow_ctx ctx;
static struct ul_tcp_proxy *tcp;
static struct ul_udp_proxy *udp;
static struct ul_forwards *forwards;
static struct ul_addr loopback[2];
static struct ul_forward_rule rule;
static struct ul_forward *added;
static struct ul_buf_pool *frames;
static struct guest guest;

/* What the one name leads to; a family that is none: nobody has it. */
static struct ul_addr web;
static enum ul_family web_family;

static inline int find_guest(const char *name, enum ul_family family,
		      struct ul_addr *out, void *arg)
{
	if ((name && strcmp(name, "web")) || family != web_family)
		return -ENOENT;
	*out = web;
	return 0;
}

static unsigned int failures;
static char *why_failed;

static inline void on_failed(const struct ul_forward_failure *f, void *arg)
{
	failures++;
	g_free(why_failed);
	why_failed = g_strdup(f->reason);
	ck_assert_str_eq(f->forward->text, "the rule as written");
	ck_assert(ul_addr_is_loopback(&f->client.addr));
}
static char *error;

static inline void setup(void)
{
	struct ul_policy_conf pc = { .has_v6 = true };

	wire_init(&wire);
	ul_prefix_parse(&pc.prefix4, "10.0.2.0/24");
	ul_prefix_parse(&pc.prefix6, "fd00:1::/64");
	pc.gateway4 = ctx.gateway4 = ul_prefix_nth(&pc.prefix4, 2);
	pc.gateway6 = ctx.gateway6 = ul_prefix_nth(&pc.prefix6, 2);
	ctx.loop = ul_loop_new();
	ctx.stack = wire_stack_new(&wire);
	ctx.policy = ul_policy_new(&pc);
	ctx.limits = (struct ul_flow_limits){
		.tcp_flows = 100, .tcp_half_open = 100,
	};
	ctx.find_guest = find_guest;
	ctx.forward_failed = on_failed;
	ul_addr_parse(&web, "10.0.2.20");
	web_family = UL_V4;
	failures = 0;
	accounts_init(&ctx);
	frames = ul_buf_pool_new(2048, 1 << 20);
	tcp = ul_tcp_proxy_new(&ctx);
	udp = ul_udp_proxy_new(&ctx);
	forwards = ul_forwards_new(&ctx, tcp, udp);
	ul_addr_parse(&loopback[0], "127.0.0.1");
	ul_addr_parse(&loopback[1], "::1");
	rule = (struct ul_forward_rule){
		.proto = UL_IPPROTO_TCP, .host_addrs = loopback,
		.host_addr_count = 1, .guest_first = 80,
		.text = "the rule as written", .key = "key",
		.guest = ul_prefix_nth(&pc.prefix4, 15),
	};
}

static inline void teardown(void)
{
	g_clear_pointer(&error, g_free);
	g_clear_pointer(&why_failed, g_free);
	ul_forwards_free(forwards);
	ul_udp_proxy_free(udp);
	ul_tcp_proxy_free(tcp);
	ul_accounts_free(ctx.accounts);
	wire_clear(&wire);
	ul_stack_free(ctx.stack);
	ul_policy_free(ctx.policy);
	ul_buf_pool_free(frames);
	ul_loop_free(ctx.loop);
}

/* A socket on 127.0.0.1 and @port (0: any), or -1; where it is. */
static inline int bind_host(uint8_t proto, uint16_t *port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, proto == UL_IPPROTO_TCP ? SOCK_STREAM :
							   SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&sin, len) < 0) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&sin, &len);
	*port = ntohs(sin.sin_port);
	return fd;
}

/* @count ports of the host in a row, free a moment ago. */
static inline uint16_t free_ports(uint8_t proto, unsigned int count)
{
	for (int tries = 0; tries < 100; tries++) {
		uint16_t first = 0;
		int fd[8];
		unsigned int n = 0;

		fd[n++] = bind_host(proto, &first);
		while (n < count) {
			uint16_t port = (uint16_t)(first + n);

			fd[n] = bind_host(proto, &port);
			if (fd[n++] < 0)
				break;
		}
		for (unsigned int i = 0; i < n; i++)
			if (fd[i] >= 0)
				close(fd[i]);
		if (n == count && fd[n - 1] >= 0)
			return first;
	}
	ck_abort_msg("no free ports");
	return 0;
}

static inline int connect_host(uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Of the rule that was added. */
static inline struct ul_forward_info info(void)
{
	struct ul_forward_info i;

	ul_forward_info(added, &i);
	return i;
}

static inline void turns(int count)
{
	while (count--)
		ul_loop_turn(ctx.loop, 10);
}

/* A TCP rule for one free port that leads to @name; the port. */
static inline uint16_t add(const char *name)
{
	rule.guest_name = name;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added, &error), 0);
	return info().host[0].port;
}

/* How the client's connection ended: errno, 0 in order, -1 not yet. */
static inline int ending(int fd)
{
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);

	if (n == 0)
		return 0;
	return errno == EAGAIN ? -1 : errno;
}

/* The guest sees a SYN, which @guest will answer. */
static inline void meet(const char *want)
{
	struct ul_addr addr;
	struct seg *s;

	for (int i = 0; i < 100 && !wire.count; i++)
		turns(1);
	s = wire_next(&wire);
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(s->h.flags, UL_TCP_SYN);
	ul_addr_parse(&addr, want);
	ck_assert(ul_addr_eq(&s->dst, &addr));
	guest = (struct guest){ .stack = ctx.stack, .wire = &wire,
				.frames = frames };
	guest.own = (struct ul_ep){ s->dst, s->h.dst_port };
	guest.peer = (struct ul_ep){ s->src, s->h.src_port };
	guest.seq = 5000;
	guest.ack = s->h.seq + 1;
	free(s);
}

static inline void answer(uint8_t flags)
{
	struct guest_seg s = { .seq = guest.seq, .ack = guest.ack,
			       .flags = flags, .window = 65535 };
	struct ul_pkt pkt = guest_pkt(&guest, &s);

	ul_tcp_proxy_input(tcp, &pkt);
	ul_buf_unref(pkt.buf);
	turns(2);
}

#endif
