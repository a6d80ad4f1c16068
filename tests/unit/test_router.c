/* SPDX-License-Identifier: BSD-3-Clause */
/* test_router.c - guests of one router, which must not notice each other */
#include "fake/router_lab.h"

/* The halves are equal, so that no checksum would tell. */
START_TEST(fragments_of_guests_do_not_mix)
{
	size_t len;

	two.addr = one.addr;
	put_half(&one, 0);
	put_half(&two, 1);
	turns(1);
	ck_assert_ptr_null(next_l4(0, UL_IPPROTO_ICMP, &len));
	ck_assert_ptr_null(next_l4(1, UL_IPPROTO_ICMP, &len));
	put_half(&two, 0);
	ck_assert_ptr_nonnull(await_l4(1, UL_IPPROTO_ICMP, &len));
	put_half(&one, 1);
	ck_assert_ptr_nonnull(await_l4(0, UL_IPPROTO_ICMP, &len));
	ck_assert_uint_eq(len, 24);
}
END_TEST

START_TEST(fragments_of_a_guest_that_left_are_forgotten)
{
	size_t len;

	put_half(&one, 0);
	put_half(&two, 0);
	detach(&one);
	attach_at(&one, 0);
	put_half(&one, 1);
	turns(1);
	ck_assert_ptr_null(next_l4(0, UL_IPPROTO_ICMP, &len));
	put_half(&two, 1);
	ck_assert_ptr_nonnull(await_l4(1, UL_IPPROTO_ICMP, &len));
}
END_TEST

START_TEST(a_guest_that_stays_away_is_reset_alone)
{
	int a = connect_vm(&one), b = connect_vm(&two);

	detach(&one);
	pass(59 * SECOND);
	ck_assert_int_eq(state_of(a), -EAGAIN);
	pass(2 * SECOND);
	ck_assert_int_eq(state_of(a), -ECONNRESET);
	ck_assert_int_eq(state_of(b), -EAGAIN);
	put_tcp(&two, &server, UL_TCP_ACK, "x");
	ck_assert_int_eq(state_of(b), 1);
	close(a);
	close(b);
}
END_TEST

/* Its line is late: what it sent comes with no batch, and it leaves. */
START_TEST(what_a_guest_sent_before_it_left_is_not_of_a_port)
{
	int a = connect_vm(&one);

	turns(1);
	put_tcp(&one, &server, UL_TCP_ACK, "x");
	detach(&one);
	turns(2);
	ck_assert_ptr_null(ul_account_find(router->ctx.accounts, &ports[0]));
	ck_assert_int_eq(state_of(a), 1);
	close(a);
}
END_TEST

/* At another port, and what the host said meanwhile arrives. */
START_TEST(a_guest_that_returns_goes_on)
{
	int a = connect_vm(&one);
	struct ul_tcp h;
	size_t len;

	detach(&one);
	ck_assert_int_eq(write(a, "hello", 5), 5);
	pass(30 * SECOND);
	forget_sent();
	attach_at(&one, 3);
	pass(SECOND);
	ck_assert(await_tcp(&one, &h, &len));
	ck_assert_uint_eq(len, 5);
	put_tcp(&one, &server, UL_TCP_ACK, "x");
	ck_assert_int_eq(state_of(a), 1);
	pass(61 * SECOND);
	ck_assert_int_eq(state_of(a), -EAGAIN);
	ck_assert_uint_eq(ul_account_at(router->ctx.accounts, &ports[3])->
			  used[UL_USE_TCP], 1);
	close(a);
}
END_TEST

START_TEST(a_full_port_holds_back_its_own_flows)
{
	int a = connect_vm(&one), b = connect_vm(&two);
	struct ul_tcp h;
	size_t len;

	turns(2);
	forget_sent();
	is_full[0] = true;
	ck_assert_int_eq(write(a, "hello", 5), 5);
	ck_assert_int_eq(write(b, "world", 5), 5);
	ck_assert(await_tcp(&two, &h, &len));
	ck_assert_uint_eq(len, 5);
	ck_assert(!ul_list_is_empty(&ul_account_at(router->ctx.accounts,
						   &ports[0])->held));
	ck_assert(ul_list_is_empty(&ul_account_at(router->ctx.accounts,
						  &ports[1])->held));
	ul_router_resume(router, &ports[1]);
	is_full[0] = false;
	ck_assert_ptr_null(next_l4(0, UL_IPPROTO_TCP, &len));
	ul_router_resume(router, &ports[0]);
	ck_assert(await_tcp(&one, &h, &len));
	ck_assert_uint_eq(len, 5);
	close(a);
	close(b);
}
END_TEST

START_TEST(limits_are_of_each_guest)
{
	for (uint16_t i = 0; i < 5; i++)
		put_udp(&one, 2000 + i, &server, "x", 1);
	ck_assert_uint_eq(router->ctx.stats.udp_opened, 3);
	ck_assert_uint_eq(router->ctx.stats.udp_over_flows, 2);
	for (uint16_t i = 0; i < 3; i++)
		put_udp(&two, 2000 + i, &server, "x", 1);
	ck_assert_uint_eq(router->ctx.stats.udp_opened, 6);
	turns(1);
}
END_TEST

/* An echo request for the gateway, longer than what is copied anyway. */
static void put_echo(const struct vm *vm)
{
	static const char body[500];
	uint8_t l4[UL_ICMP_HLEN + sizeof(body)];
	struct ul_wr w = ul_wr_new(l4, sizeof(l4));
	struct ul_icmp echo = { .type = UL_ICMP4_ECHO, .rest = 0x00070001 };
	struct ul_ip4 h = {
		.dst = conf->gateway4, .proto = UL_IPPROTO_ICMP,
	};

	ul_icmp_emit(&w, &echo, &vm->addr, &conf->gateway4, body,
		     sizeof(body));
	ul_wr_bytes(&w, body, sizeof(body));
	put_ip(vm, h, l4, w.len);
}

/* Its queue keeps what it was sent; others are answered all the same. */
START_TEST(a_guest_that_does_not_read_leaves_buffers)
{
	size_t len;

	is_keeping = true;
	for (int i = 0; i < KEPT_MAX / 2; i++)
		put_echo(&one);
	ck_assert_uint_gt(kept_count, KEPT_MAX / 4);
	put_echo(&two);
	ck_assert_ptr_nonnull(await_l4(1, UL_IPPROTO_ICMP, &len));
	ck_assert_uint_eq(len, UL_ICMP_HLEN + 500);
	while (kept_count)
		ul_buf_unref(kept[--kept_count]);
}
END_TEST

/* Type and code of an ICMP error for @vm; -1 when none comes at once. */
static int icmp_error(const struct vm *vm)
{
	size_t len;
	const uint8_t *l4 = next_l4(vm->port, UL_IPPROTO_ICMP, &len);

	return l4 ? l4[0] << 8 | l4[1] : -1;
}

START_TEST(closing_egress_cuts_what_is_open)
{
	int a = connect_vm(&one), udp = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_storage ss;
	struct ul_tcp h;
	size_t len;

	ck_assert_int_eq(bind(udp, (struct sockaddr *)&ss,
			      ul_ep_to_sa(&server, &ss)), 0);
	put_udp(&two, 2000, &server, "x", 1);
	turns(1);
	forget_sent();
	ul_router_set_egress(router, UL_EGRESS_NONE);
	ck_assert(await_tcp(&one, &h, &len));
	ck_assert(h.flags & UL_TCP_RST);
	ck_assert_int_eq(state_of(a), -ECONNRESET);
	ck_assert_uint_eq(ul_accounts_fds(router->ctx.accounts), 0);

	put_udp(&two, 2000, &server, "x", 1);
	ck_assert_int_eq(icmp_error(&two), 3 << 8 | 13);
	one.tcp_port++;
	put_tcp(&one, &server, UL_TCP_SYN, "");
	ck_assert(await_tcp(&one, &h, &len));
	ck_assert(h.flags & UL_TCP_RST);

	ul_router_set_egress(router, UL_EGRESS_ANY);
	one.tcp_port++;
	close(connect_vm(&one));
	close(udp);
	close(a);
}
END_TEST

/* Not even one that waits for the host may go on. */
START_TEST(closing_egress_refuses_a_held_syn)
{
	struct ul_tcp h;
	size_t len;

	/* A full queue: the kernel's SYN gets no answer. */
	ck_assert_int_eq(listen(listener, 0), 0);
	for (int i = 0; i < 4; i++) {
		one.tcp_port++;
		put_tcp(&one, &server, UL_TCP_SYN, "");
	}
	turns(3);
	forget_sent();
	ck_assert_uint_gt(ul_tcp_proxy_count(router->tcp), 0);
	ul_router_set_egress(router, UL_EGRESS_NONE);
	ck_assert_uint_eq(ul_tcp_proxy_count(router->tcp), 0);
	ck_assert(await_tcp(&one, &h, &len));
	ck_assert(h.flags & UL_TCP_RST);
}
END_TEST

START_TEST(without_egress_dns_is_refused)
{
	static const uint8_t query[] = {
		0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1,
	};
	struct ul_ep dns = { conf->dns4, 53 };
	const uint8_t *l4;
	struct ul_tcp h;
	size_t len;

	ul_router_set_egress(router, UL_EGRESS_NONE);
	put_udp(&one, 2000, &dns, query, sizeof(query));
	l4 = next_l4(0, UL_IPPROTO_UDP, &len);
	ck_assert_ptr_nonnull(l4);
	ck_assert_uint_eq(len, UL_UDP_HLEN + sizeof(query));
	ck_assert_uint_eq(l4[UL_UDP_HLEN + 3] & 15, UL_DNS_REFUSED);
	ck_assert_uint_eq(ul_dns_relay_in_flight(router->dns), 0);
	/* By TCP too it is the server that says so: local names are there. */
	put_tcp(&one, &dns, UL_TCP_SYN, "");
	ck_assert(await_tcp(&one, &h, &len));
	ck_assert_uint_eq(h.flags, UL_TCP_SYN | UL_TCP_ACK);
}
END_TEST

/* There is no route: said at once, by whoever is asked. */
static void ask_by_arp(const struct vm *vm, const uint8_t sha[6])
{
	uint8_t bytes[UL_ETH_HLEN + UL_ARP_LEN];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));
	struct ul_arp arp = {
		.op = UL_ARP_REQUEST, .spa = vm->addr, .tpa = conf->gateway4,
	};

	put_eth(&w, vm, UL_ETHERTYPE_ARP);
	memcpy(arp.sha, sha, 6);
	ul_arp_emit(&w, &arp);
	put_frame(vm, &w);
}

/* What is sent to a MAC that no port has goes to all ports. */
START_TEST(a_mac_that_is_not_the_senders_is_not_learnt)
{
	static const uint8_t nobodys[6] = { 0x52, 0x54, 0, 0, 0, 99 };

	ask_by_arp(&one, nobodys);
	ask_by_arp(&one, ul_mac_broadcast);
	ck_assert(ul_list_is_empty(&sent));
	ck_assert_ptr_null(ul_neigh_find(router->neigh, &one.addr));
	ask_by_arp(&one, one.mac);
	ck_assert(!ul_list_is_empty(&sent));
	ck_assert_ptr_nonnull(ul_neigh_find(router->neigh, &one.addr));
}
END_TEST

/* A request for an address that is not the network's is denied to all. */
START_TEST(a_guest_cannot_make_the_router_flood)
{
	struct ul_ep src = { .addr = ul_addr_v4(0), .port = 68 };
	struct ul_ep dst = { .addr = ul_addr_v4(UINT32_MAX), .port = 67 };
	struct ul_dhcp4_msg m = {
		.op = UL_DHCP4_OP_REQUEST, .type = UL_DHCP4_REQUEST,
		.req_addr = ul_addr_v4(0x01020304),
	};
	struct ul_ip4 ip = { .src = src.addr, .dst = dst.addr, .ttl = 64,
			     .proto = UL_IPPROTO_UDP };
	uint8_t msg[600], bytes[700];
	struct ul_wr b = ul_wr_new(msg, sizeof(msg));
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));
	unsigned int heard = 0;

	memcpy(m.chaddr, one.mac, 6);
	ul_dhcp4_emit(&b, &m);
	put_eth(&w, &one, UL_ETHERTYPE_IPV4);
	ip.total_len = (uint16_t)(UL_IP4_HLEN + UL_UDP_HLEN + b.len);
	ul_ip4_emit(&w, &ip);
	ul_udp_emit(&w, &src, &dst, msg, b.len);
	ul_wr_bytes(&w, msg, b.len);
	for (int i = 0; i < 3 * UL_ROUTER_BROADCASTS; i++) {
		put_frame(&one, &w);
		heard += !ul_list_is_empty(&sent);
		forget_sent();
	}
	ck_assert_uint_eq(heard, UL_ROUTER_BROADCASTS);
}
END_TEST

/* --mode internal --dhcp: it is there for the leases. */
START_TEST(a_router_that_keeps_the_host_out_leads_nowhere)
{
	struct ul_try attempt = {
		.proto = UL_IPPROTO_TCP,
		.dst = { .addr = conf->gateway4, .port = server.port },
	};
	struct ul_decision d;

	ul_router_set_egress(router, UL_EGRESS_NONE);
	ck_assert_int_ne(ul_policy_map(router->ctx.policy, &attempt, &d),
			 UL_VERDICT_PROHIBITED);
	conf->reaches_host = false;
	ul_router_set_egress(router, UL_EGRESS_NONE);
	ck_assert_int_eq(ul_policy_map(router->ctx.policy, &attempt, &d),
			 UL_VERDICT_PROHIBITED);
	attempt.proto = UL_IPPROTO_UDP;
	ck_assert_int_eq(ul_policy_map(router->ctx.policy, &attempt, &d),
			 UL_VERDICT_PROHIBITED);
}
END_TEST

START_TEST(an_offline_host_is_told_of_at_once)
{
	struct ul_ep far = { ul_addr_v4(0xcb007109), 80 };

	put_tcp(&one, &far, UL_TCP_SYN, "");
	ck_assert_int_eq(icmp_error(&one), 3 << 8 | 0);
	put_udp(&one, 2000, &far, "x", 1);
	turns(1);
	ck_assert_int_eq(icmp_error(&one), 3 << 8 | 0);
}
END_TEST

/* A super-frame of @vm's, its transport at @l4, its sum left to others. */
static void put_super(const struct vm *vm, uint8_t proto, const uint8_t *l4,
		      size_t len, uint16_t gso_size)
{
	struct ul_frame frame = {
		.buf = ul_buf_get(frames),
		.offload = {
			.csum = UL_CSUM_PARTIAL,
			.csum_start = UL_ETH_HLEN + UL_IP4_HLEN,
			.csum_offset = proto == UL_IPPROTO_TCP ? 16 : 6,
			.gso_size = gso_size,
		},
	};
	struct ul_ip4 h = {
		.src = vm->addr, .dst = server.addr, .proto = proto,
		.ttl = 64, .total_len = (uint16_t)(UL_IP4_HLEN + len),
	};
	struct ul_wr w = ul_wr_new(frame.buf->data, frame.buf->cap);

	put_eth(&w, vm, UL_ETHERTYPE_IPV4);
	ul_ip4_emit(&w, &h);
	ul_wr_bytes(&w, l4, len);
	ck_assert(!w.bad);
	frame.data = frame.buf->data;
	frame.len = w.len;
	ul_router_input(router, &ports[vm->port], &frame);
	ul_buf_unref(frame.buf);
}

START_TEST(a_super_frame_shows_the_size_of_its_segments)
{
	uint8_t l4[UL_TCP_HLEN + 3000] = {
		[12] = UL_TCP_HLEN / 4 << 4, [13] = UL_TCP_ACK,
	};

	conf->mtu = 9000;
	announce(&one);
	put_super(&one, UL_IPPROTO_TCP, l4, sizeof(l4), 1400);
	ck_assert_uint_eq(router->ctx.guest_mtu(&one.addr,
						router->ctx.guest_mtu_arg),
			  1500);
	put_super(&one, UL_IPPROTO_TCP, l4, sizeof(l4), 2000);
	ck_assert_uint_eq(router->ctx.guest_mtu(&one.addr,
						router->ctx.guest_mtu_arg),
			  2000 + UL_IP4_HLEN + UL_TCP_HLEN);
	ck_assert_uint_eq(router->ctx.stats.bad_checksum, 0);
}
END_TEST

START_TEST(datagrams_of_one_super_frame_go_out_one_by_one)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(OUTSIDE),
	};
	socklen_t len = sizeof(sin);
	uint8_t l4[UL_UDP_HLEN + 1000] = { 4, 0 }, got[2000];
	struct ul_wr w = ul_wr_new(l4, sizeof(l4));
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	ul_wr_u16(&w, 1024);
	ul_wr_u16(&w, ntohs(sin.sin_port));
	ul_wr_u16(&w, sizeof(l4));
	announce(&one);
	put_super(&one, UL_IPPROTO_UDP, l4, sizeof(l4), 300);
	turns(5);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(recv(fd, got, sizeof(got), 0),
				 i < 3 ? 300 : 100);
	ck_assert_int_lt(recv(fd, got, sizeof(got), 0), 0);
	close(fd);
}
END_TEST

/* Duplicate address detection: from nobody, whether @target is taken. */
static void put_dad(const struct vm *vm, const struct ul_addr *target)
{
	static const struct ul_addr nobody;
	struct ul_addr group = { .b = { 0xff, 0x02, [11] = 1, 0xff } };
	uint8_t bytes[128];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));
	struct ul_nd ns = { .type = UL_ICMP6_NS, .target = *target };
	struct ul_ip6 ip = {
		.next = UL_IPPROTO_ICMP6, .hop_limit = 255,
		.payload_len = UL_ND_NS_LEN,
	};

	memcpy(group.b + 13, target->b + 13, 3);
	ip.dst = group;
	put_eth(&w, vm, UL_ETHERTYPE_IPV6);
	ul_ip6_emit(&w, &ip);
	ul_nd_emit(&w, &ns, &nobody, &group);
	put_frame(vm, &w);
}

/* How many of the router's solicitations left since the last look. */
static unsigned int solicitations(const struct ul_addr *target)
{
	unsigned int count = 0;
	struct ul_list *n;

	while ((n = ul_list_first(&sent)) != NULL) {
		struct sent *s = ul_container_of(n, struct sent, node);
		const uint8_t *icmp = s->bytes + UL_ETH_HLEN + UL_IP6_HLEN;

		count += s->bytes[12] == 0x86 && icmp[0] == UL_ICMP6_NS &&
			 !memcmp(icmp + 8, target->b, 16);
		ul_list_remove(n);
		free(s);
	}
	return count;
}

START_TEST(who_makes_itself_an_address_is_asked)
{
	struct ul_addr mine = ul_prefix_nth(&conf->prefix6, 0x99);
	struct ul_addr foreign = { .b = { 0x20, 1, 0xd, 0xb8, [15] = 9 } };

	put_dad(&one, &mine);
	put_dad(&one, &mine);
	put_dad(&one, &foreign);
	pass(SECOND);
	ck_assert_uint_eq(solicitations(&mine), 0);	/* it must not answer */
	pass(SECOND);
	ck_assert_uint_eq(solicitations(&mine), 1);
	pass(9 * SECOND);
	ck_assert_uint_eq(solicitations(&mine), 0);
	put_dad(&one, &mine);
	put_dad(&one, &foreign);
	pass(2 * SECOND);
	ck_assert_uint_eq(solicitations(&foreign), 0);
	/* A guest that probes for more than there is room for is not heard. */
	for (uint64_t i = 0; i < UL_ROUTER_DAD_MAX + 10; i++) {
		struct ul_addr addr = ul_prefix_nth(&conf->prefix6, 0x100 + i);

		put_dad(&one, &addr);
	}
	ck_assert_uint_eq(router->dad.count, UL_ROUTER_DAD_MAX);
	pass(2 * SECOND);
	ck_assert_uint_eq(router->dad.count, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("router");
	TCase *tc = tcase_create("guests");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, fragments_of_guests_do_not_mix);
	tcase_add_test(tc, fragments_of_a_guest_that_left_are_forgotten);
	tcase_add_test(tc, a_guest_that_stays_away_is_reset_alone);
	tcase_add_test(tc, what_a_guest_sent_before_it_left_is_not_of_a_port);
	tcase_add_test(tc, a_guest_that_returns_goes_on);
	tcase_add_test(tc, a_full_port_holds_back_its_own_flows);
	tcase_add_test(tc, limits_are_of_each_guest);
	tcase_add_test(tc, a_guest_that_does_not_read_leaves_buffers);
	tcase_add_test(tc, closing_egress_cuts_what_is_open);
	tcase_add_test(tc, closing_egress_refuses_a_held_syn);
	tcase_add_test(tc, without_egress_dns_is_refused);
	tcase_add_test(tc, a_mac_that_is_not_the_senders_is_not_learnt);
	tcase_add_test(tc, a_guest_cannot_make_the_router_flood);
	tcase_add_test(tc, a_router_that_keeps_the_host_out_leads_nowhere);
	tcase_add_test(tc, an_offline_host_is_told_of_at_once);
	tcase_add_test(tc, a_super_frame_shows_the_size_of_its_segments);
	tcase_add_test(tc, datagrams_of_one_super_frame_go_out_one_by_one);
	tcase_add_test(tc, who_makes_itself_an_address_is_asked);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
