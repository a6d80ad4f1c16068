/* SPDX-License-Identifier: BSD-3-Clause */
/* test_udp_policy.c - what the policy lets of guests' UDP pass, and changes */
#include <sys/socket.h>
#include <unistd.h>

#include "fake/udp_lab.h"
#include "harness.h"

/* Closed egress: what talks to the host goes on, all else is forgotten. */
START_TEST(closing_egress_leaves_the_host)
{
	struct ul_ep own, from;
	int fd = fake_net_socket("127.0.0.1", &own);
	char c;

	send_from(guest(true, 5000), gateway(true, own.port), 1);
	send_from(guest(true, 5000), at("198.51.100.7", 9), 1);
	send_from(guest(true, 5001), at("198.51.100.7", 9), 1);
	ck_assert_int_eq(host_recv(fd, &c, 1, &from), 1);
	ck_assert_uint_eq(mappings(), 2);
	ul_policy_set_reach(net.ctx.policy, UL_REACH_HOST);
	ul_udp_proxy_policy_changed(proxy);
	ck_assert_uint_eq(mappings(), 1);
	host_send(fd, from, "y", 1);
	check_dgram(fake_net_wait(&net), gateway(true, own.port),
		    guest(true, 5000), "y", 1);
	send_from(guest(true, 5001), at("198.51.100.7", 9), 1);
	ck_assert_uint_eq(mappings(), 1);
	ck_assert_uint_eq(net.ctx.stats.denied, 1);
	close(fd);
}
END_TEST

/* Of a mapping's peers a rule takes those that it is about. */
START_TEST(a_rule_takes_one_peer)
{
	struct ul_rule rule = { .dest = UL_RULE_PREFIX };
	struct ul_ep own, from;
	int fd = fake_net_socket("127.0.0.1", &own);
	char c;

	send_from(guest(true, 5000), gateway(true, own.port), 1);
	send_from(guest(true, 5000), at("198.51.100.7", 9), 1);
	send_from(guest(true, 5001), at("198.51.100.7", 9), 1);
	ck_assert_int_eq(host_recv(fd, &c, 1, &from), 1);
	ck_assert_int_eq(ul_prefix_parse(&rule.prefix, "198.51.100.0/24"), 0);
	ul_policy_set_rules(net.ctx.policy, &rule, 1);
	ul_udp_proxy_policy_changed(proxy);
	ck_assert_uint_eq(mappings(), 1);
	ck_assert_uint_eq(net.ctx.stats.cut, 2);
	host_send(fd, from, "y", 1);
	check_dgram(fake_net_wait(&net), gateway(true, own.port),
		    guest(true, 5000), "y", 1);
	send_from(guest(true, 5000), at("198.51.100.7", 9), 1);
	ck_assert_uint_eq(net.ctx.stats.denied, 1);
	close(fd);
}
END_TEST

/* It is about one port: the peer stays, and is heard from its others only. */
START_TEST(a_rule_takes_one_port_of_a_peer)
{
	struct ul_rule rule = { .dest = UL_RULE_ANY, .proto = UL_RULE_UDP };
	struct ul_ep closed, last, third, from;
	int fd_closed = fake_net_socket("127.0.0.1", &closed);
	int fd = fake_net_socket("127.0.0.1", &last);
	int fd_third = fake_net_socket("127.0.0.1", &third);
	char c;

	send_from(guest(true, 5000), gateway(true, closed.port), 1);
	ck_assert_int_eq(host_recv(fd_closed, &c, 1, &from), 1);
	send_from(guest(true, 5000), gateway(true, last.port), 1);
	ck_assert_int_eq(host_recv(fd, &c, 1, &from), 1);
	rule.first = rule.last = closed.port;
	ul_policy_set_rules(net.ctx.policy, &rule, 1);
	ul_udp_proxy_policy_changed(proxy);
	ck_assert_uint_eq(mappings(), 1);
	for (int i = 0; i < 2; i++) {
		host_send(fd_closed, from, "x", 1);
		host_send(fd_third, from, "y", 1);
		check_dgram(fake_net_wait(&net), gateway(true, third.port),
			    guest(true, 5000), "y", 1);
		host_send(fd, from, "z", 1);
		check_dgram(fake_net_wait(&net), gateway(true, last.port),
			    guest(true, 5000), "z", 1);
		ck_assert_uint_eq(net.ctx.stats.udp_filtered, i + 1);
	}
	close(fd_closed);
	close(fd);
	close(fd_third);
}
END_TEST

/* Peers that take turns are decided about once, until that is old. */
START_TEST(the_policy_is_asked_once_for_each_peer)
{
	struct ul_rule rule = { .dest = UL_RULE_ANY, .allows = true };

	ul_policy_set_rules(net.ctx.policy, &rule, 1);
	for (int i = 0; i < 50; i++) {
		send_from(guest(true, 5000), at("198.51.100.7", 9), 1);
		send_from(guest(true, 5000), at("198.51.100.8", 9), 1);
	}
	ck_assert_uint_eq(ul_policy_hits(net.ctx.policy, 0), 2);
	fake_net_pass(&net, 4 * SECOND);
	send_from(guest(true, 5000), at("198.51.100.7", 9), 1);
	send_from(guest(true, 5000), at("198.51.100.8", 9), 1);
	ck_assert_uint_eq(ul_policy_hits(net.ctx.policy, 0), 2);
	/* Their turns did not make the decision younger. */
	fake_net_pass(&net, 2 * SECOND);
	send_from(guest(true, 5000), at("198.51.100.8", 9), 1);
	ck_assert_uint_eq(ul_policy_hits(net.ctx.policy, 0), 3);
	rule.allows = false;
	ul_policy_set_rules(net.ctx.policy, &rule, 1);
	send_from(guest(true, 5000), at("198.51.100.7", 9), 1);
	ck_assert_uint_eq(net.ctx.stats.denied, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("udp_policy");
	TCase *tc = tcase_create("udp_policy");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, closing_egress_leaves_the_host);
	tcase_add_test(tc, a_rule_takes_one_peer);
	tcase_add_test(tc, a_rule_takes_one_port_of_a_peer);
	tcase_add_test(tc, the_policy_is_asked_once_for_each_peer);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
