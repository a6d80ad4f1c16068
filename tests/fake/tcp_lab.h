/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_lab.h - the TCP proxy with a guest that a test plays
 *
 * What the tests of the proxy have in common: each includes this once, and
 * has the network 10.0.2.0/24 with the guest g on a wire.
 */
#ifndef UL_TESTS_TCP_LAB_H
#define UL_TESTS_TCP_LAB_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "fake/accounts.h"
#include "fake/tcp_guest.h"
#include "flow/policy.h"
#include "flow/tcp_proxy.h"
#include "harness.h"

static struct wire wire;
static struct ul_flow_ctx ctx;
static struct ul_tcp_proxy *proxy;
static struct ul_buf_pool *frames;
static struct guest g;

/* @clock NULL: the real one. The host's loopback is at the gateway. */
static inline void lab_open(int64_t (*clock)(void *arg), uint16_t guest_port)
{
	struct ul_policy_conf pc = { .host_loopback = true };

	wire_init(&wire);
	ul_addr_parse(&ctx.gateway4, "10.0.2.2");
	ul_addr_parse(&ctx.gateway6, "fd00:1::2");
	pc.gateway4 = ctx.gateway4;
	ul_prefix_parse(&pc.prefix4, "10.0.2.0/24");
	ctx.loop = ul_loop_new();
	if (clock)
		ul_loop_set_clock(ctx.loop, clock, NULL);
	ul_loop_turn(ctx.loop, 0);
	ctx.stack = wire_stack_new(&wire);
	ctx.policy = ul_policy_new(&pc);
	ctx.limits = (struct ul_flow_limits){
		.tcp_flows = 1000, .tcp_half_open = 1000,
	};
	accounts_init(&ctx);
	proxy = ul_tcp_proxy_new(&ctx);
	frames = ul_buf_pool_new(2048, 1u << 20);
	guest_init(&g, ctx.stack, &wire, frames, true, guest_port);
}

static inline void lab_close(void)
{
	ul_tcp_proxy_free(proxy);
	ul_accounts_free(ctx.accounts);
	wire_clear(&wire);
	ck_assert_uint_eq(ul_stack_pinned_bytes(ctx.stack), 0);
	ck_assert_uint_eq(ul_stack_send_bytes(ctx.stack), 0);
	ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	ul_stack_free(ctx.stack);
	ul_policy_free(ctx.policy);
	ul_loop_free(ctx.loop);
	ul_buf_pool_free(frames);
}

/* A server on the host's 127.0.0.1; *@at is where. */
static inline int listen_on_loopback(struct ul_ep *at, int backlog)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	ul_ep_from_sa(at, (struct sockaddr *)&sin);
	return fd;
}

/* The guest will connect to the host's loopback server @at. */
static inline void aim(struct guest *guest, const struct ul_ep *at)
{
	guest->peer = (struct ul_ep){ ctx.gateway4, at->port };
}

#endif
