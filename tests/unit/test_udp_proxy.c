/* SPDX-License-Identifier: BSD-3-Clause */
/* test_udp_proxy.c - guest UDP through real host sockets */
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/csum.h"
#include "fake/own_net.h"
#include "fake/udp_lab.h"
#include "harness.h"

static const size_t sizes[] = {
	0, 1, 2, 512, 1472, 2047, 2048, 2049, 9000, 65506, 65507,
};
#define SIZES (sizeof(sizes) / sizeof(*sizes))

START_TEST(every_size_goes_there_and_back)
{
	bool is_v4 = _i % 2;
	size_t len = sizes[_i / 2];
	static uint8_t got[65536];
	struct ul_ep server, from;
	int fd = fake_net_socket(is_v4 ? "127.0.0.1" : "::1", &server);

	send_from(guest(is_v4, 5000), gateway(is_v4, server.port), len);
	ck_assert_int_eq(host_recv(fd, got, sizeof(got), &from),
			 (ssize_t)len);
	ck_assert_mem_eq(got, payload, len);
	host_send(fd, from, payload, len);
	check_dgram(fake_net_wait(&net), gateway(is_v4, server.port),
		    guest(is_v4, 5000), payload, len);
	close(fd);
}
END_TEST

START_TEST(many_in_one_turn_keep_their_order)
{
	struct ul_ep server, from;
	uint16_t got;
	int fd = fake_net_socket("127.0.0.1", &server);
	struct ul_ep src = guest(true, 5000), dst;

	dst = gateway(true, server.port);
	for (uint16_t i = 0; i < 300; i++) {
		struct ul_pkt pkt = fake_net_udp(&net, &src, &dst, &i, 2);

		/* DF is a socket option: changing it must not reorder. */
		pkt.df = i / 7 % 2;
		if (i % 11 == 0) {	/* bytes that do not outlive the call */
			struct ul_buf *buf = pkt.buf;

			pkt.buf = NULL;
			ul_udp_proxy_input(proxy, &pkt);
			ul_buf_unref(buf);
			continue;
		}
		input(pkt);
	}
	for (uint16_t i = 0; i < 300; i++) {
		ck_assert_int_eq(host_recv(fd, &got, 2, &from), 2);
		ck_assert_uint_eq(got, i);
	}
	for (uint16_t i = 0; i < 300; i++)
		host_send(fd, from, &i, 2);
	for (int i = 0; i < 99 && fake_stack_waiting(net.ctx.stack) < 300; i++)
		fake_net_turns(&net, 1);	/* all wait for a slow guest */
	for (uint16_t i = 0; i < 300; i++)
		check_dgram(fake_net_wait(&net), dst, src, &i, 2);
	close(fd);
}
END_TEST

START_TEST(mapping_is_independent_of_the_endpoint)
{
	struct ul_ep one, two, seen_one, seen_two;
	int fd1 = fake_net_socket("127.0.0.1", &one);
	int fd2 = fake_net_socket("127.0.0.1", &two);
	uint8_t got[16];

	send_from(guest(true, 5000), gateway(true, one.port), 3);
	send_from(guest(true, 5000), gateway(true, two.port), 4);
	ck_assert_int_eq(host_recv(fd1, got, sizeof(got), &seen_one), 3);
	ck_assert_int_eq(host_recv(fd2, got, sizeof(got), &seen_two), 4);
	ck_assert(ul_ep_eq(&seen_one, &seen_two));
	ck_assert_uint_eq(mappings(), 1);
	send_from(guest(true, 5001), gateway(true, one.port), 5);
	ck_assert_int_eq(host_recv(fd1, got, sizeof(got), &seen_two), 5);
	ck_assert_uint_ne(seen_one.port, seen_two.port);
	ck_assert_uint_eq(mappings(), 2);
	close(fd1);
	close(fd2);
}
END_TEST

START_TEST(filtering_depends_on_the_address)
{
	struct ul_ep server, other, stranger, seen;
	int fd = fake_net_socket("127.0.0.1", &server);
	int fd_other = fake_net_socket("127.0.0.1", &other);
	int fd_stranger = fake_net_socket("127.0.0.2", &stranger);
	uint8_t got[16];

	send_from(guest(true, 5000), gateway(true, server.port), 3);
	ck_assert_int_eq(host_recv(fd, got, sizeof(got), &seen), 3);
	host_send(fd_stranger, seen, "x", 1);
	host_send(fd_other, seen, "y", 1);	/* another port may answer */
	check_dgram(fake_net_wait(&net), gateway(true, other.port),
		    guest(true, 5000), "y", 1);
	ck_assert_uint_eq(net.ctx.stats.udp_filtered, 1);
	ck_assert_uint_eq(fake_stack_waiting(net.ctx.stack), 0);
	close(fd);
	close(fd_other);
	close(fd_stranger);
}
END_TEST

START_TEST(mapping_ends_after_two_idle_minutes)
{
	struct ul_ep server, seen;
	int fd = fake_net_socket("127.0.0.1", &server);
	uint8_t got[16];

	send_from(guest(true, 5000), gateway(true, server.port), 1);
	ck_assert_int_eq(host_recv(fd, got, sizeof(got), &seen), 1);
	fake_net_pass(&net, 119 * SECOND);
	send_from(guest(true, 5000), gateway(true, server.port), 1);
	fake_net_pass(&net, 119 * SECOND);
	ck_assert_uint_eq(mappings(), 1);	/* refreshed from inside */
	host_send(fd, seen, "x", 1);
	ck_assert_ptr_nonnull(fake_net_wait(&net));
	fake_net_pass(&net, 119 * SECOND);
	ck_assert_uint_eq(mappings(), 1);	/* and from outside */
	fake_net_pass(&net, 1 * SECOND);
	ck_assert_uint_eq(mappings(), 0);
	close(fd);
}
END_TEST

START_TEST(dns_mapping_ends_after_30_idle_seconds)
{
	send_from(guest(true, 5000), gateway(true, 53), 1);
	send_from(guest(true, 5001), gateway(true, 53), 1);
	send_from(guest(true, 5001), gateway(true, 9), 1);
	fake_net_pass(&net, 30 * SECOND - 1);
	ck_assert_uint_eq(mappings(), 2);
	fake_net_pass(&net, 1);
	ck_assert_uint_eq(mappings(), 1);
	fake_net_pass(&net, 90 * SECOND);
	ck_assert_uint_eq(mappings(), 0);
}
END_TEST

START_TEST(closed_port_is_reported)
{
	bool is_v4 = _i;
	struct ul_ep closed;
	const struct fake_dgram *d;
	struct fake_error e;

	close(fake_net_socket(is_v4 ? "127.0.0.1" : "::1", &closed));
	send_from(guest(is_v4, 5000), gateway(is_v4, closed.port), 100);
	d = fake_net_wait(&net);
	ck_assert_ptr_nonnull(d);
	e = fake_error_parse(d);
	ck_assert_uint_eq(e.type, is_v4 ? 3 : 1);
	ck_assert_uint_eq(e.code, is_v4 ? 3 : 4);
	ck_assert(ul_addr_eq(&d->d.src, is_v4 ? &net.ctx.gateway4 :
					       &net.ctx.gateway6));
	ck_assert(ul_addr_eq(&d->d.dst, is_v4 ? &net.guest4 : &net.guest6));
	/* The quote is the guest's packet, not the host's. */
	ck_assert(ul_addr_eq(&e.src, is_v4 ? &net.guest4 : &net.guest6));
	ck_assert(ul_addr_eq(&e.dst, is_v4 ? &net.ctx.gateway4 :
					    &net.ctx.gateway6));
	ck_assert_uint_eq(e.proto, UL_IPPROTO_UDP);
	ck_assert_uint_eq(e.l4[0] << 8 | e.l4[1], 5000);
	ck_assert_uint_eq(e.l4[2] << 8 | e.l4[3], closed.port);
	ck_assert_uint_ge(e.l4_len, 8 + 100);
	ck_assert_mem_eq(e.l4 + 8, payload, 100);
}
END_TEST

/* The pending error of the dead one must not cost the live one anything. */
START_TEST(dead_peer_costs_a_live_one_nothing)
{
	struct ul_ep live, dead, from;
	int fd = fake_net_socket("127.0.0.1", &live);
	uint16_t got;
	struct ul_ep src = guest(true, 5000), dst;

	dst = gateway(true, live.port);
	close(fake_net_socket("127.0.0.1", &dead));
	for (uint16_t i = 0; i < 200; i++) {
		send_from(src, gateway(true, dead.port), 10);
		input(fake_net_udp(&net, &src, &dst, &i, 2));
		send_from(src, gateway(true, dead.port), 10);
		if (i % 3 == 0)
			fake_net_turns(&net, 1);
	}
	for (uint16_t i = 0; i < 200; i++) {
		ck_assert_int_eq(host_recv(fd, &got, 2, &from), 2);
		ck_assert_uint_eq(got, i);
	}
	close(fd);
}
END_TEST

START_TEST(ttl_one_ends_here)
{
	struct ul_ep src = guest(true, 5000), dst = at("198.51.100.7", 9);
	const struct fake_dgram *d;

	for (uint8_t ttl = 0; ttl < 2; ttl++) {
		struct ul_pkt pkt = fake_net_udp(&net, &src, &dst, "", 0);

		pkt.ttl = ttl;
		input(pkt);
		d = fake_net_wait(&net);
		ck_assert_ptr_nonnull(d);
		ck_assert_uint_eq(fake_error_parse(d).type, 11);
		ck_assert(ul_addr_eq(&d->d.src, &net.ctx.gateway4));
	}
	ck_assert_uint_eq(mappings(), 0);
}
END_TEST

/* TTL and TOS of what a host socket receives next. */
static void recv_facts(int fd, bool is_v4, int *ttl, int *tos)
{
	char byte, control[256];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};

	*ttl = *tos = -1;
	for (int i = 0; i < 200 && recvmsg(fd, &m, 0) < 0; i++) {
		m.msg_controllen = sizeof(control);
		fake_net_turns(&net, 1);
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c;
	     c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_type == (is_v4 ? IP_TTL : IPV6_HOPLIMIT))
			memcpy(ttl, CMSG_DATA(c), sizeof(*ttl));
		else if (is_v4)
			*tos = *CMSG_DATA(c);
		else
			memcpy(tos, CMSG_DATA(c), sizeof(*tos));
	}
}

START_TEST(ttl_and_tos_travel)
{
	bool is_v4 = _i;
	static const int on = 1;
	static const int tos_back = 0x48;
	struct ul_ep server, src, mapped;
	struct ul_pkt pkt;
	const struct fake_dgram *d;
	int fd, ttl, tos;

	if (!own_net_enter())
		return;
	fd = fake_net_socket(is_v4 ? "198.51.100.7" : "2001:db8::7", &server);
	setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
		   is_v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, &on, sizeof(on));
	setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
		   is_v4 ? IP_RECVTOS : IPV6_RECVTCLASS, &on, sizeof(on));
	src = guest(is_v4, 5000);
	for (int i = 0; i < 2; i++) {
		pkt = fake_net_udp(&net, &src, &server, "x", 1);
		pkt.ttl = i ? 2 : 200;
		pkt.tos = i ? 0 : 0xb8;
		input(pkt);
		recv_facts(fd, is_v4, &ttl, &tos);
		ck_assert_int_eq(ttl, pkt.ttl - 1);
		ck_assert_int_eq(tos, pkt.tos);
	}
	send_from(src, server, 1);
	ck_assert_int_eq(host_recv(fd, payload, 1, &mapped), 1);
	setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
		   is_v4 ? IP_TOS : IPV6_TCLASS, &tos_back, sizeof(tos_back));
	host_send(fd, mapped, "y", 1);
	d = fake_net_wait(&net);
	check_dgram(d, server, src, "y", 1);
	ck_assert_uint_eq(d->d.tos, 0x48);
	close(fd);
}
END_TEST

START_TEST(path_mtu_is_reported_for_df_only)
{
	bool is_v4 = _i;
	struct ul_ep server, src, from;
	struct fake_error e;
	struct ul_pkt pkt;
	uint8_t got[4096];
	int fd;

	if (!own_net_enter())
		return;
	own_net_mtu(1400);
	fd = fake_net_socket(is_v4 ? "198.51.100.7" : "2001:db8::7", &server);
	src = guest(is_v4, 5000);
	for (int i = 0; i < 2; i++) {	/* the second knows the MTU already */
		const struct fake_dgram *d;

		pkt = fake_net_udp(&net, &src, &server, payload, 2000);
		pkt.df = true;
		input(pkt);
		d = fake_net_wait(&net);
		ck_assert_ptr_nonnull(d);
		e = fake_error_parse(d);
		ck_assert_uint_eq(e.type, is_v4 ? 3 : 2);
		ck_assert_uint_eq(e.code, is_v4 ? 4 : 0);
		ck_assert_uint_eq(e.info, 1400);
		ck_assert(ul_addr_eq(&e.dst, &server.addr));
	}
	send_from(src, server, 2000);
	ck_assert_int_eq(host_recv(fd, got, sizeof(got), &from), 2000);
	close(fd);
}
END_TEST

START_TEST(no_route_is_reported)
{
	struct fake_error e;
	const struct fake_dgram *d;

	if (!own_net_enter())
		return;
	send_from(guest(_i, 5000), at(_i ? "203.0.113.9" : "2001:db8:1::9", 9),
		  1);
	d = fake_net_wait(&net);
	ck_assert_ptr_nonnull(d);
	e = fake_error_parse(d);
	ck_assert_uint_eq(e.type, _i ? 3 : 1);
	ck_assert_uint_eq(e.code, 0);
}
END_TEST

/* { type, code, info } of what a router says, IPv4 then IPv6. */
static const struct {
	uint8_t type, code;
	uint32_t info;
} said[][2] = {
	{ { 11, 0, 0 }, { 3, 0, 0 } },
	{ { 3, 1, 0 }, { 1, 3, 0 } },
	{ { 3, 13, 0 }, { 1, 1, 0 } },
	{ { 3, 4, 1300 }, { 2, 0, 1300 } },
};

START_TEST(routers_on_the_way_are_heard)
{
	bool is_v4 = _i % 2;
	struct ul_ep dst = at(is_v4 ? "192.0.2.99" : "2001:db8:2::99", 33434);
	struct ul_ep src = guest(is_v4, 5000);
	uint8_t type = said[_i / 2][!is_v4].type, buf[2048];
	struct ul_pkt pkt = fake_net_udp(&net, &src, &dst, payload, 32);
	const struct fake_dgram *d;
	struct fake_error e;
	ssize_t n;
	int tun;

	pkt.ttl = 5;
	pkt.df = true;
	tun = own_net_enter() ? own_net_tun() : -1;
	if (tun < 0) {
		ul_buf_unref(pkt.buf);
		return;
	}
	input(pkt);
	fake_net_turns(&net, 1);
	n = own_net_tun_read(tun, UL_IPPROTO_UDP, buf, sizeof(buf));
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(buf[is_v4 ? 8 : 7], 4);
	if (is_v4)
		ck_assert_uint_eq(buf[6], 0x40);
	own_net_tun_error(tun, buf, (size_t)n, type, said[_i / 2][!is_v4].code,
			  said[_i / 2][!is_v4].info);
	d = fake_net_wait(&net);
	ck_assert_ptr_nonnull(d);
	e = fake_error_parse(d);
	ck_assert_uint_eq(e.type, type);
	ck_assert_uint_eq(e.code, said[_i / 2][!is_v4].code);
	ck_assert_uint_eq(e.info, said[_i / 2][!is_v4].info);
	src = at(is_v4 ? "192.0.2.254" : "2001:db8:2::fe", 0);
	ck_assert(ul_addr_eq(&d->d.src, &src.addr));
	ck_assert(ul_addr_eq(&e.src, is_v4 ? &net.guest4 : &net.guest6));
	ck_assert(ul_addr_eq(&e.dst, &dst.addr));
	ck_assert_uint_eq(e.l4[0] << 8 | e.l4[1], 5000);
	ck_assert_uint_eq(e.l4[2] << 8 | e.l4[3], 33434);
	ck_assert_uint_eq(e.l4_len, 8 + 32);
	ck_assert_mem_eq(e.l4 + 8, payload, 32);
	close(tun);
}
END_TEST

START_TEST(df_is_each_datagrams_own)
{
	struct ul_ep src = guest(true, 5000), dst = at("192.0.2.99", 9);
	uint8_t buf[2048];
	int tun = own_net_enter() ? own_net_tun() : -1;

	if (tun < 0)
		return;
	for (int i = 0; i < 8; i++) {
		struct ul_pkt pkt = fake_net_udp(&net, &src, &dst, "x", 1);

		pkt.df = i % 3 == 0;
		input(pkt);
	}
	fake_net_turns(&net, 1);
	for (int i = 0; i < 8; i++) {
		ck_assert_int_gt(own_net_tun_read(tun, UL_IPPROTO_UDP, buf,
						  sizeof(buf)), 0);
		ck_assert_uint_eq(buf[6], i % 3 ? 0 : 0x40);
	}
	close(tun);
}
END_TEST

static int find_test_address(enum ul_family family, struct ul_addr *out,
			     void *arg)
{
	return ul_addr_parse(out, family == UL_V4 ? "198.51.100.7" :
						    "2001:db8::7");
}

static int64_t no_time(void *arg)
{
	return 0;
}

/* The host's own address is not to be seen where the gateway stands. */
START_TEST(gateway_stands_for_the_hosts_address)
{
	static const struct ul_policy_host host = {
		.find_address = find_test_address, .now_us = no_time,
	};
	struct ul_policy_conf conf = {
		.has_v6 = true,
		.gateway4 = net.ctx.gateway4, .gateway6 = net.ctx.gateway6,
	};
	const char *text = _i ? "198.51.100.7" : "2001:db8::7";
	struct ul_ep server, from;
	const struct fake_dgram *d;
	struct fake_error e;
	uint8_t got[16];
	int fd;

	if (!own_net_enter())
		return;
	ul_prefix_parse(&conf.prefix4, "10.0.2.0/24");
	ul_prefix_parse(&conf.prefix6, "fd00:1::/64");
	ul_policy_free(net.ctx.policy);
	net.ctx.policy = ul_policy_new(&conf);
	ul_policy_set_host(net.ctx.policy, &host, NULL);

	fd = fake_net_socket(text, &server);
	send_from(guest(_i, 5000), gateway(_i, server.port), 3);
	ck_assert_int_eq(host_recv(fd, got, sizeof(got), &from), 3);
	host_send(fd, from, "x", 1);
	check_dgram(fake_net_wait(&net), gateway(_i, server.port),
		    guest(_i, 5000), "x", 1);
	close(fd);
	send_from(guest(_i, 5000), gateway(_i, server.port), 3);
	d = fake_net_wait(&net);
	ck_assert_ptr_nonnull(d);
	ck_assert(ul_addr_eq(&d->d.src, _i ? &net.ctx.gateway4 :
					    &net.ctx.gateway6));
	e = fake_error_parse(d);
	ck_assert(ul_addr_eq(&d->d.src, &e.dst));
}
END_TEST

static const struct {
	const char *dst;
	int type;	/* of the ICMP error, 0: silence */
} refused[] = {
	{ "127.0.0.1", 3 }, { "10.0.2.16", 3 }, { "0.0.0.0", 3 },
	{ "169.254.169.254", 3 }, { "240.0.0.1", 3 },
	{ "255.255.255.255", 0 }, { "10.0.2.255", 0 }, { "224.0.0.251", 0 },
	{ "::1", 1 }, { "fe80::1", 1 }, { "fd00:1::16", 1 },
	{ "ff02::fb", 0 },
};

START_TEST(forbidden_destination_is_refused_at_once)
{
	struct ul_ep dst = at(refused[_i].dst, 9);
	const struct fake_dgram *d;
	struct fake_error e;

	send_from(guest(ul_addr_is_v4(&dst.addr), 5000), dst, 1);
	d = fake_stack_next(net.ctx.stack);
	ck_assert_uint_eq(mappings(), 0);
	if (!refused[_i].type) {
		ck_assert_ptr_null(d);
		return;
	}
	ck_assert_ptr_nonnull(d);
	e = fake_error_parse(d);
	ck_assert_uint_eq(e.type, refused[_i].type);
	ck_assert_uint_eq(e.code, refused[_i].type == 3 ? 13 : 1);
	ck_assert_uint_eq(net.ctx.stats.denied, 1);
}
END_TEST

START_TEST(malformed_datagrams_are_dropped)
{
	struct ul_ep src = guest(true, 5000), dst = gateway(true, 9);
	struct ul_pkt pkt;

	for (size_t cut = 0; cut < 12; cut++) {
		uint8_t *copy;

		pkt = fake_net_udp(&net, &src, &dst, "abcd", 4);
		copy = exact_copy(pkt.l4, cut);
		pkt.l4 = copy;
		pkt.l4_len = cut;
		input(pkt);
		free(copy);
	}
	pkt = fake_net_udp(&net, &src, &dst, "abcd", 4);
	pkt.l4[5] = 7;				/* shorter than its header */
	input(pkt);
	src.port = 0;
	send_from(src, dst, 1);
	src.port = 5000;
	dst.port = 0;
	send_from(src, dst, 1);
	dst.port = 9;
	src.addr = ul_addr_v4(0x7f000001);
	send_from(src, dst, 1);
	src.addr = ul_addr_v4(0);
	send_from(src, dst, 1);
	src.addr = ul_addr_v4(0xe0000001);
	send_from(src, dst, 1);
	ck_assert_uint_eq(net.ctx.stats.udp_dropped, 12 + 6);
	ck_assert_uint_eq(mappings(), 0);
	ck_assert_uint_eq(fake_stack_waiting(net.ctx.stack), 0);
}
END_TEST

START_TEST(quota_is_hit_and_recovers)
{
	net.ctx.limits.udp_flows = 2;
	for (uint16_t i = 0; i < 5; i++)
		send_from(guest(true, 5000 + i), gateway(true, 9), 1);
	ck_assert_uint_eq(mappings(), 2);
	ck_assert_uint_eq(net.ctx.stats.udp_over_flows, 3);
	fake_net_pass(&net, 120 * SECOND);
	send_from(guest(true, 5004), gateway(true, 9), 1);
	ck_assert_uint_eq(mappings(), 1);
	ck_assert_uint_eq(net.ctx.stats.udp_over_flows, 3);
}
END_TEST

/* A guest at another port has limits of its own, and may come back there. */
START_TEST(mappings_follow_their_guest)
{
	static const char ports[2];
	struct ul_account *a, *b;
	struct ul_ep g5000 = guest(true, 5000), dst = gateway(true, 9);
	struct ul_pkt pkt = fake_net_udp(&net, &g5000, &dst, "x", 1);

	a = ul_account_at(net.ctx.accounts, &ports[0]);
	b = ul_account_at(net.ctx.accounts, &ports[1]);
	pkt.port = &ports[0];
	input(pkt);
	ck_assert_uint_eq(a->used[UL_USE_UDP], 1);
	ck_assert_uint_eq(a->udp_peers, 1);
	ul_udp_proxy_adopt(proxy, a, b);
	ck_assert_uint_eq(a->used[UL_USE_UDP] + a->udp_peers, 0);
	ck_assert_uint_eq(b->used[UL_USE_UDP], 1);
	ck_assert_uint_eq(b->udp_peers, 1);
	ck_assert(!ul_udp_proxy_give_up(proxy, a));
	ul_udp_proxy_forget(proxy, b);
	ck_assert_uint_eq(mappings(), 0);
	ck_assert_uint_eq(b->used[UL_USE_UDP] + b->udp_peers, 0);
}
END_TEST

START_TEST(no_descriptors_is_survived)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &limit);
	send_from(guest(true, 5000), gateway(true, 9), 1);
	ck_assert_uint_eq(mappings(), 0);
	ck_assert_uint_eq(net.ctx.stats.udp_dropped, 1);
	limit.rlim_cur = 256;
	setrlimit(RLIMIT_NOFILE, &limit);
	send_from(guest(true, 5000), gateway(true, 9), 1);
	ck_assert_uint_eq(mappings(), 1);
}
END_TEST

/* No buffers: what comes is read and dropped, not left to spin on. */
START_TEST(no_buffers_is_survived)
{
	struct ul_ep server, seen;
	int fd = fake_net_socket("127.0.0.1", &server);
	struct ul_buf *held[1024];
	unsigned int n = 0;
	uint8_t got[16];

	send_from(guest(true, 5000), gateway(true, server.port), 1);
	ck_assert_int_eq(host_recv(fd, got, sizeof(got), &seen), 1);
	while ((held[n] = ul_stack_buf_get(net.ctx.stack)))
		ck_assert_uint_lt(++n, 1024);
	for (int i = 0; i < 20; i++)
		host_send(fd, seen, payload, 3000);
	fake_net_turns(&net, 4);
	ck_assert_uint_eq(net.ctx.stats.udp_dropped, 20);

	ul_buf_unref(held[--n]);	/* one: enough for small ones only */
	host_send(fd, seen, payload, 3000);
	host_send(fd, seen, payload, 100);
	check_dgram(fake_net_wait(&net), gateway(true, server.port),
		    guest(true, 5000), payload, 100);
	ck_assert_uint_eq(net.ctx.stats.udp_dropped, 21);
	while (n)
		ul_buf_unref(held[--n]);
	close(fd);
}
END_TEST

START_TEST(peers_are_bounded)
{
	struct ul_ep first, seen;
	int fd, stranger;
	uint8_t got[16];
	struct ul_ep other;

	if (!own_net_enter())
		return;
	fd = fake_net_socket("198.51.100.7", &first);
	stranger = fake_net_socket("198.51.100.7", &other);
	send_from(guest(true, 5000), first, 1);
	ck_assert_int_eq(host_recv(fd, got, sizeof(got), &seen), 1);
	host_send(stranger, seen, "x", 1);
	ck_assert_ptr_nonnull(fake_net_wait(&net));
	for (uint32_t i = 0; i < 1024; i++) {
		struct ul_ep to = { ul_addr_v4(0xc6336500 + i), 9 };

		send_from(guest(true, 5000), to, 1);
		fake_net_turns(&net, i % 32 == 0);
	}
	while (fake_stack_next(net.ctx.stack))
		;		/* no route to those */
	host_send(stranger, seen, "x", 1);
	fake_net_turns(&net, 3);
	ck_assert_uint_eq(net.ctx.stats.udp_filtered, 1);
	ck_assert_uint_eq(mappings(), 1);
	close(fd);
	close(stranger);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("udp_proxy");
	TCase *tc = tcase_create("udp_proxy");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, every_size_goes_there_and_back, 0, SIZES * 2);
	tcase_add_test(tc, many_in_one_turn_keep_their_order);
	tcase_add_test(tc, mapping_is_independent_of_the_endpoint);
	tcase_add_test(tc, filtering_depends_on_the_address);
	tcase_add_test(tc, mapping_ends_after_two_idle_minutes);
	tcase_add_test(tc, dns_mapping_ends_after_30_idle_seconds);
	tcase_add_loop_test(tc, closed_port_is_reported, 0, 2);
	tcase_add_test(tc, dead_peer_costs_a_live_one_nothing);
	tcase_add_test(tc, ttl_one_ends_here);
	tcase_add_loop_test(tc, ttl_and_tos_travel, 0, 2);
	tcase_add_loop_test(tc, path_mtu_is_reported_for_df_only, 0, 2);
	tcase_add_loop_test(tc, no_route_is_reported, 0, 2);
	tcase_add_test(tc, df_is_each_datagrams_own);
	tcase_add_loop_test(tc, gateway_stands_for_the_hosts_address, 0, 2);
	tcase_add_loop_test(tc, routers_on_the_way_are_heard, 0, 8);
	tcase_add_loop_test(tc, forbidden_destination_is_refused_at_once, 0,
			    sizeof(refused) / sizeof(*refused));
	tcase_add_test(tc, malformed_datagrams_are_dropped);
	tcase_add_test(tc, quota_is_hit_and_recovers);
	tcase_add_test(tc, mappings_follow_their_guest);
	tcase_add_test(tc, no_descriptors_is_survived);
	tcase_add_test(tc, no_buffers_is_survived);
	tcase_add_test(tc, peers_are_bounded);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
