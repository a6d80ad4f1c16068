/* SPDX-License-Identifier: BSD-3-Clause */
/* test_forward.c - host ports that lead to a guest: binding and accepting */
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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
static char *error;

static void setup(void)
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
	accounts_init(&ctx);
	tcp = ul_tcp_proxy_new(&ctx, NULL, NULL);
	udp = ul_udp_proxy_new(&ctx);
	forwards = ul_forwards_new(&ctx, tcp, udp);
	ul_addr_parse(&loopback[0], "127.0.0.1");
	ul_addr_parse(&loopback[1], "::1");
	rule = (struct ul_forward_rule){
		.proto = UL_IPPROTO_TCP, .host_addrs = loopback,
		.host_addr_count = 1, .guest_first = 80,
		.text = "the rule as written",
		.guest = ul_prefix_nth(&pc.prefix4, 15),
	};
}

/* The kernel's limit of watches (max_user_watches), as if it were near. */
static int watches_left = -1;

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	if (op == EPOLL_CTL_ADD && watches_left >= 0 && !watches_left--) {
		watches_left = 0;
		errno = ENOSPC;
		return -1;
	}
	return (int)syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

static void teardown(void)
{
	g_clear_pointer(&error, g_free);
	ul_forwards_free(forwards);
	ul_udp_proxy_free(udp);
	ul_tcp_proxy_free(tcp);
	ul_accounts_free(ctx.accounts);
	wire_clear(&wire);
	ul_stack_free(ctx.stack);
	ul_policy_free(ctx.policy);
	ul_loop_free(ctx.loop);
}

/* A socket on 127.0.0.1 and @port (0: any), or -1; where it is. */
static int bind_host(uint8_t proto, uint16_t *port)
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
static uint16_t free_ports(uint8_t proto, unsigned int count)
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

static int connect_host(uint16_t port)
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

static bool is_bound(uint8_t proto, uint16_t port)
{
	int fd = bind_host(proto, &port);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static const uint8_t proto_of[] = { UL_IPPROTO_TCP, UL_IPPROTO_UDP };

START_TEST(busy_port_names_the_rule)
{
	uint16_t port = 0;
	int fd;

	rule.proto = proto_of[_i];
	fd = bind_host(rule.proto, &port);
	if (!_i)
		listen(fd, 1);
	rule.host_first = rule.host_last = port;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &error),
			 -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(error, "the rule as written"));
	ck_assert_ptr_nonnull(strstr(error, "127.0.0.1"));
	close(fd);
}
END_TEST

START_TEST(address_that_is_not_there_names_the_rule)
{
	struct ul_addr far;

	ul_addr_parse(&far, "192.0.2.77");
	rule.host_addrs = &far;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &error),
			 -EADDRNOTAVAIL);
	ck_assert_ptr_nonnull(strstr(error, "the rule as written"));
	ck_assert_ptr_nonnull(strstr(error, "192.0.2.77"));
}
END_TEST

START_TEST(range_leads_port_by_port)
{
	uint16_t first;

	rule.host_first = first = free_ports(UL_IPPROTO_TCP, 4);
	rule.host_last = (uint16_t)(first + 3);
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &error), 0);
	for (uint16_t i = 0; i < 4; i++) {
		int fd = connect_host((uint16_t)(first + i));
		struct seg *s;

		ck_assert_int_ge(fd, 0);
		for (int t = 0; t < 100 && !wire.count; t++)
			ul_loop_turn(ctx.loop, 10);
		s = wire_next(&wire);
		ck_assert_ptr_nonnull(s);
		ck_assert_uint_eq(s->h.flags, UL_TCP_SYN);
		ck_assert_uint_eq(s->h.dst_port, 80 + i);
		ck_assert(ul_addr_eq(&s->dst, &rule.guest));
		ck_assert(ul_addr_eq(&s->src, &ctx.gateway4));
		free(s);
		close(fd);
	}
	ul_forwards_free(forwards);
	forwards = NULL;
	ck_assert_int_lt(connect_host(first), 0);
}
END_TEST

/* The last of a range is busy: the others are given back. */
START_TEST(range_is_bound_whole_or_not_at_all)
{
	uint16_t first, last;
	int fd;

	rule.proto = proto_of[_i];
	rule.host_first = first = free_ports(rule.proto, 4);
	rule.host_last = last = (uint16_t)(first + 3);
	fd = bind_host(rule.proto, &last);
	ck_assert_int_ge(fd, 0);
	if (!_i)
		listen(fd, 1);
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &error),
			 -EADDRINUSE);
	for (uint16_t i = 0; i < 3; i++)
		ck_assert(!is_bound(rule.proto, (uint16_t)(first + i)));
	close(fd);
}
END_TEST

/* The loop cannot watch the last of them: the others are given back. */
START_TEST(range_is_started_whole_or_not_at_all)
{
	uint16_t first;

	rule.proto = proto_of[_i];
	rule.host_first = first = free_ports(rule.proto, 4);
	rule.host_last = (uint16_t)(first + 3);
	watches_left = 3;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &error), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(error, "the rule as written"));
	watches_left = -1;
	for (uint16_t i = 0; i < 4; i++)
		ck_assert(!is_bound(rule.proto, (uint16_t)(first + i)));
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &error), 0);
	for (uint16_t i = 0; i < 4; i++)
		ck_assert(is_bound(rule.proto, (uint16_t)(first + i)));
}
END_TEST

/* Any number of rules may ask for a free port; both families get the same. */
START_TEST(free_ports_are_found)
{
	rule.proto = proto_of[_i];
	rule.host_addr_count = 2;
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(ul_forwards_add(forwards, &rule, &error), 0);
	ck_assert_ptr_null(error);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("forward");
	TCase *tc = tcase_create("forward");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, busy_port_names_the_rule, 0, 2);
	tcase_add_test(tc, address_that_is_not_there_names_the_rule);
	tcase_add_test(tc, range_leads_port_by_port);
	tcase_add_loop_test(tc, range_is_bound_whole_or_not_at_all, 0, 2);
	tcase_add_loop_test(tc, range_is_started_whole_or_not_at_all, 0, 2);
	tcase_add_loop_test(tc, free_ports_are_found, 0, 2);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
