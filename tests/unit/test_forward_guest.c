/* SPDX-License-Identifier: BSD-3-Clause */
/* test_forward_guest.c - host ports that lead to a guest: clients and guests */
#include "fake/forward_lab.h"

START_TEST(a_name_is_looked_up_for_each_client)
{
	uint16_t port = add("web");
	int one = connect_host(port), two;

	meet("10.0.2.20");
	ul_addr_parse(&web, "10.0.2.77");
	two = connect_host(port);
	meet("10.0.2.77");
	ul_addr_parse(&web, "fd00:1::77");
	web_family = UL_V6;
	close(one);
	one = connect_host(port);
	meet("fd00:1::77");
	ck_assert_uint_eq(info().connections, 3);
	ck_assert(info().has_guest);
	close(one);
	close(two);
}
END_TEST

/* A client hears that at once, and as a reset: no end is an answer. */
START_TEST(without_a_guest_clients_are_reset)
{
	uint16_t port = add("web");
	int fd;

	web_family = 0;
	fd = connect_host(port);
	turns(2);
	ck_assert_int_eq(ending(fd), ECONNRESET);
	close(fd);
	ck_assert_uint_eq(wire.count, 0);
	ck_assert_uint_eq(info().failed, 1);
	ck_assert_uint_eq(info().connections, 1);
	ck_assert_uint_eq(info().open, 0);
	ck_assert(!info().has_guest);
	ck_assert_str_eq(info().reason, "no VM of that name has an address "
			 "now");
	ck_assert_uint_eq(failures, 1);
	ck_assert_str_eq(why_failed, info().reason);
	web_family = UL_V4;	/* it comes back */
	fd = connect_host(port);
	meet("10.0.2.20");
	close(fd);
}
END_TEST

START_TEST(a_guest_that_refuses_resets_the_client)
{
	int fd = connect_host(add(NULL));

	meet("10.0.2.15");
	ck_assert_int_eq(ending(fd), -1);
	answer(UL_TCP_RST | UL_TCP_ACK);
	ck_assert_int_eq(ending(fd), ECONNRESET);
	ck_assert_uint_eq(info().failed, 1);
	ck_assert_uint_eq(info().open, 0);
	ck_assert_str_eq(info().reason, "the VM refused the connection");
	ck_assert_uint_eq(failures, 1);
	close(fd);
}
END_TEST

static int64_t now_us;

static int64_t fake_clock(void *arg)
{
	return now_us;
}

/* As long as TCP tries; the clock is the test's. */
START_TEST(a_silent_guest_resets_the_client)
{
	int fd;

	now_us = ul_loop_now(ctx.loop);
	ul_loop_set_clock(ctx.loop, fake_clock, NULL);
	fd = connect_host(add(NULL));
	meet("10.0.2.15");
	for (int s = 0; s < 200 && !failures; s++) {
		ck_assert_int_eq(ending(fd), -1);
		for (int i = 0; i < 20; i++, now_us += 50000)
			ul_loop_turn(ctx.loop, 0);
		wire_clear(&wire);
	}
	ck_assert_int_eq(ending(fd), ECONNRESET);
	ck_assert_uint_eq(failures, 1);
	ck_assert_uint_eq(info().open, 0);
	ck_assert_str_eq(info().reason, "the VM did not answer");
	close(fd);
}
END_TEST

/* A client that does not wait is nobody's failure. */
START_TEST(a_client_that_leaves_is_no_failure)
{
	struct linger reset = { .l_onoff = 1 };
	int fd = connect_host(add(NULL));

	meet("10.0.2.15");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	turns(5);
	ck_assert_uint_eq(info().open, 0);
	ck_assert_uint_eq(info().connections, 1);
	ck_assert_uint_eq(info().failed, 0);
}
END_TEST

/* What ends later, or was the client's wish, is no failure. */
START_TEST(a_guest_that_accepts_is_no_failure)
{
	uint16_t port = add(NULL);
	int fd = connect_host(port), other = connect_host(port);

	meet("10.0.2.15");
	answer(UL_TCP_SYN | UL_TCP_ACK);
	wire_clear(&wire);
	guest.seq++;
	ck_assert_uint_eq(info().open, 2);
	answer(UL_TCP_RST | UL_TCP_ACK);
	ck_assert_int_eq(ending(fd), ECONNRESET);
	close(other);
	turns(2);
	ck_assert_uint_eq(info().failed, 0);
	ck_assert_uint_eq(failures, 0);
	close(fd);
}
END_TEST

START_TEST(a_guest_with_too_many_is_a_failure)
{
	uint16_t port = add(NULL);
	int one = connect_host(port), two;

	ctx.limits.tcp_flows = 1;
	meet("10.0.2.15");
	two = connect_host(port);
	turns(2);
	ck_assert_int_eq(ending(two), ECONNRESET);
	ck_assert_uint_eq(failures, 1);
	ck_assert_uint_eq(info().open, 1);
	close(one);
	close(two);
}
END_TEST

/* What is open goes on, unless that is to be cut too. */
START_TEST(a_removed_rule_closes_its_port)
{
	enum ul_forward_open how = _i ? UL_FORWARD_CUT : UL_FORWARD_KEEP;
	uint16_t port = add("web");
	int fd = connect_host(port);

	meet("10.0.2.20");
	answer(UL_TCP_SYN | UL_TCP_ACK);
	ul_forward_remove(added, how);
	ck_assert_int_lt(connect_host(port), 0);
	ck_assert_int_eq(ending(fd), _i ? ECONNRESET : -1);
	ck_assert_uint_eq(ul_tcp_proxy_count(tcp), _i ? 0 : 1);
	ck_assert_uint_eq(failures, 0);
	close(fd);
	turns(2);
}
END_TEST

START_TEST(a_tied_rule_ends_with_what_it_is_tied_to)
{
	uint16_t port, other;
	int tie, fd;

	rule.tie = &tie;
	port = add("web");
	rule.tie = &fd;
	other = add("web");
	fd = connect_host(port);
	meet("10.0.2.20");
	ul_forwards_untie(forwards, &tie);
	ck_assert_int_eq(ending(fd), ECONNRESET);
	ck_assert_int_lt(connect_host(port), 0);
	close(fd);
	fd = connect_host(other);
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

/* The only VM is where it is found, or where it is by custom. */
START_TEST(the_only_vm_is_looked_for)
{
	uint16_t port;
	int one, two;

	rule.is_vm = true;
	port = add(NULL);
	one = connect_host(port);
	meet("10.0.2.20");
	web_family = 0;
	two = connect_host(port);
	meet("10.0.2.15");
	ck_assert_uint_eq(info().failed, 0);
	close(one);
	close(two);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("forward_guest");
	TCase *tc = tcase_create("forward_guest");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_name_is_looked_up_for_each_client);
	tcase_add_test(tc, without_a_guest_clients_are_reset);
	tcase_add_test(tc, a_guest_that_refuses_resets_the_client);
	tcase_add_test(tc, a_silent_guest_resets_the_client);
	tcase_add_test(tc, a_client_that_leaves_is_no_failure);
	tcase_add_test(tc, a_guest_that_accepts_is_no_failure);
	tcase_add_test(tc, a_guest_with_too_many_is_a_failure);
	tcase_add_loop_test(tc, a_removed_rule_closes_its_port, 0, 2);
	tcase_add_test(tc, a_tied_rule_ends_with_what_it_is_tied_to);
	tcase_add_test(tc, the_only_vm_is_looked_for);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
