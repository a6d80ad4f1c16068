/* SPDX-License-Identifier: BSD-3-Clause */
/* test_hub_limits.c - the switch: disputed MACs, storms, rates, lengths */
#include "fake/hub_lab.h"
#include "wire/ip4.h"
#include "wire/pkt.h"

static void setup(void)
{
	lab_open(true);
}

static void teardown(void)
{
	lab_close();
}

/* ---- one MAC at two ports ---- */

static void check_dispute(int i, int with, int mac, bool is_owner)
{
	struct ul_hub_dispute d;

	ck_assert(ul_hub_dispute(&lab.v[i].port, &d));
	ck_assert_ptr_eq(d.other, &lab.v[with].port);
	ck_assert_mem_eq(d.mac, lab_mac(mac), 6);
	ck_assert_int_eq(d.is_owner, is_owner);
}

static bool has_dispute(int i)
{
	struct ul_hub_dispute d;

	return ul_hub_dispute(&lab.v[i].port, &d);
}

START_TEST(a_mac_in_use_is_not_moved)
{
	lab_plug_many(3);
	lab_broadcast(0, 5);
	ck_assert_uint_eq(lab.routed, 1);
	lab_drain_all();
	for (int i = 0; i < 100; i++) {
		lab_broadcast(1, 5);
		lab_frame(1, lab_router_mac, lab_mac(5), 60);
	}
	ck_assert_uint_eq(lab_who_got(), 0);
	ck_assert_uint_eq(lab.routed, 1);	/* and so no lease */
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(5)), &lab.v[0].port);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->mac_conflicts, 200);
	/* Told once, with both. */
	ck_assert_uint_eq(lab.conflict.count, 1);
	ck_assert_ptr_eq(lab.conflict.owner, &lab.v[0].port);
	ck_assert_ptr_eq(lab.conflict.intruder, &lab.v[1].port);
	ck_assert_mem_eq(lab.conflict.mac, lab_mac(5), 6);
	check_dispute(0, 1, 5, true);
	check_dispute(1, 0, 5, false);
	ck_assert(!has_dispute(2));
	/* With a MAC of its own it is welcome; the dispute is still shown. */
	lab_broadcast(1, 6);
	ck_assert_uint_eq(lab.routed, 2);
	check_dispute(1, 0, 5, false);
}
END_TEST

START_TEST(the_second_works_when_the_first_has_left)
{
	lab_plug_many(3);
	lab_broadcast(0, 5);
	lab_broadcast(1, 5);
	lab_detach(0);
	ck_assert(!has_dispute(1));
	lab_drain_all();
	lab_broadcast(1, 5);
	ck_assert_uint_eq(lab_who_got(), 4);
	ck_assert_uint_eq(lab.routed, 2);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(5)), &lab.v[1].port);
}
END_TEST

START_TEST(a_dispute_ends_with_the_intruder)
{
	lab_plug_many(3);
	lab_broadcast(0, 5);
	lab_broadcast(1, 5);
	lab_broadcast(2, 5);
	ck_assert_uint_eq(lab.conflict.count, 2);
	check_dispute(0, 2, 5, true);
	ul_hub_unplug(lab.hub, &lab.v[2].port);
	ck_assert(!has_dispute(0));
	check_dispute(1, 0, 5, false);
	lab_broadcast(1, 5);
	check_dispute(0, 1, 5, true);
	/* Or when it has not tried for long. */
	lab_pass(300 * LAB_SECOND - 1);
	ck_assert(has_dispute(0) && has_dispute(1));
	lab_broadcast(0, 5);
	lab_pass(1);
	ck_assert(!has_dispute(0) && !has_dispute(1));
	lab_broadcast(1, 5);
	ck_assert_uint_eq(lab.conflict.count, 3);
}
END_TEST

START_TEST(a_dispute_ends_when_the_mac_is_free)
{
	lab_plug_many(3);
	lab_broadcast(0, 5);
	lab_pass(200 * LAB_SECOND);
	lab_broadcast(1, 5);
	lab_pass(100 * LAB_SECOND);
	check_dispute(1, 0, 5, false);
	lab_broadcast(1, 5);		/* 0 was silent for 300 s */
	ck_assert(!has_dispute(0) && !has_dispute(1));
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(5)), &lab.v[1].port);
}
END_TEST

/* One that tries many MACs cannot fill a log. */
START_TEST(disputes_are_told_of_at_a_limited_rate)
{
	lab_plug_many(2);
	for (int i = 0; i < 50; i++)
		lab_broadcast(0, i);
	lab_drain_all();
	for (int i = 0; i < 1000; i++)
		lab_broadcast(1, i % 50);
	ck_assert_uint_eq(lab.conflict.count, 4);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->mac_conflicts, 1000);
}
END_TEST

START_TEST(uplinks_see_macs_move)
{
	struct ul_plug_conf uplink = { .kind = UL_PLUG_UPLINK };

	lab_plug_many(1);
	lab_plug(1, &uplink);
	lab_plug(2, &uplink);
	/* Between two of them, and from there to a guest that came here. */
	lab_broadcast(1, 5);
	lab_broadcast(2, 5);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(5)), &lab.v[2].port);
	lab_broadcast(0, 5);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(5)), &lab.v[0].port);
	lab_drain_all();
	/* But a guest's own broadcast that comes back shows a loop. */
	lab_broadcast(1, 5);
	ck_assert_uint_eq(lab_who_got(), 0);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(5)), &lab.v[0].port);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->looped, 1);
	ck_assert_uint_eq(lab.conflict.count, 0);
	ck_assert(!has_dispute(0) && !has_dispute(1));
	/* The router's comes back the same way. */
	lab_frame(1, ul_mac_broadcast, lab_router_mac, 60);
	ck_assert_uint_eq(lab_who_got(), 0);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->guarded, 1);
}
END_TEST

START_TEST(a_known_mac_needs_no_frame)
{
	struct ul_plug_conf conf = { .has_mac = true };

	memcpy(conf.mac, lab_mac(7), 6);
	lab_plug(0, &conf);
	lab_plug(1, NULL);
	lab_pass(1000 * LAB_SECOND);
	ck_assert_int_eq(lab_router_sends(lab_mac(7), 60), 0);
	ck_assert_uint_eq(lab_who_got(), 1);
	lab_broadcast(1, 7);
	check_dispute(1, 0, 7, false);
	/* Another MAC, and none. */
	memcpy(conf.mac, lab_mac(8), 6);
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &conf), 0);
	ck_assert_ptr_null(ul_hub_find(lab.hub, lab_mac(7)));
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(8)), &lab.v[0].port);
	conf.has_mac = false;
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &conf), 0);
	ck_assert_ptr_null(ul_hub_find(lab.hub, lab_mac(8)));
	/* It is not taken from one who has it, and not later either. */
	lab_broadcast(1, 9);
	conf.has_mac = true;
	memcpy(conf.mac, lab_mac(9), 6);
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &conf), 0);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(9)), &lab.v[1].port);
	conf.has_mac = false;
	ul_hub_set(lab.hub, &lab.v[0].port, &conf);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(9)), &lab.v[1].port);
}
END_TEST

/* ---- limits ---- */

START_TEST(floods_have_a_limit)
{
	struct ul_plug_conf conf = { .storm_pps = 40 };

	lab_plug(0, &conf);
	lab_plug(1, NULL);
	lab_unicast(1, 1, 9);
	for (int i = 0; i < 15; i++) {
		lab_broadcast(0, 0);
		lab_unicast(0, 0, 9);
		lab_unicast(0, 0, 1);	/* known: not flooded */
	}
	ck_assert_uint_eq(lab.v[1].count, 11 + 15);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->flooded, 11);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->storm, 19);
	ck_assert_uint_eq(lab.routed, 6);
	lab_drain_all();
	lab_pass(100000);
	for (int i = 0; i < 10; i++)
		lab_broadcast(0, 0);
	ck_assert_uint_eq(lab.v[1].count, 4);
	/* Others are not held to it. */
	lab_broadcast(1, 1);
	ck_assert_uint_eq(lab.v[0].count, 1);
}
END_TEST

/* By default a second's floods come to 20 000 copies, at eight ports 2 500. */
START_TEST(more_ports_lower_the_limit)
{
	struct ul_plug_conf conf = {
		.kind = _i ? UL_PLUG_UPLINK : UL_PLUG_GUEST,
	};

	lab_plug(0, &conf);
	for (int i = 1; i < LAB_PORTS; i++)
		lab_plug(i, NULL);
	for (int i = 0; i < 1100; i++) {
		lab_broadcast(0, 9);
		lab_drain_all();
	}
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->flooded, 626);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->storm, 474);
	/* A guest's port rests; an uplink carries for others. */
	ck_assert(lab.v[0].port.has_stormed == !_i);
}
END_TEST

/*
 * Two uplinks on one LAN: what goes out of one comes in at the other, for
 * ever. A second of that costs no more than the limit.
 */
START_TEST(a_loop_of_uplinks_is_held_down)
{
	struct ul_plug_conf uplink = {
		.kind = UL_PLUG_UPLINK, .storm_pps = 20000,
	};
	unsigned int total = 0;

	lab_plug(0, &uplink);
	lab_plug(1, &uplink);
	lab_plug(2, NULL);
	lab_broadcast(0, 5);
	for (int ms = 0; ms < 1000; ms++, lab_pass(1000)) {
		for (int n = 0; n < 100; n++) {
			bool at[2] = { lab_got(0) > 0, lab_got(1) > 0 };

			lab_drain(2);
			for (int i = 0; i < 2; i++)
				if (at[i])
					lab_broadcast(i, 5);
			total += at[0] + at[1];
			if (!at[0] && !at[1] && n < 2)
				lab_broadcast(0, 5);
		}
	}
	ck_assert_uint_ge(total, 20000);
	ck_assert_uint_le(total, 2 * (20000 + 5001));
	ck_assert_uint_gt(ul_hub_stats(&lab.v[0].port)->storm, 0);
}
END_TEST

START_TEST(what_a_guest_sends_has_a_rate)
{
	struct ul_plug_conf conf = { .rate_in = 100000 };

	lab_plug(0, &conf);
	lab_plug(1, NULL);
	lab_broadcast(1, 1);
	for (int i = 0; i < 20; i++)
		lab_frame(0, lab_mac(1), lab_mac(0), 1000);
	ck_assert_uint_eq(lab_got(1), 11);	/* a tenth of a second */
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->over_rate, 9);
	lab_pass(50000);
	for (int i = 0; i < 20; i++)
		lab_frame(0, lab_mac(1), lab_mac(0), 1000);
	ck_assert_uint_eq(lab_got(1), 5);
	/* Towards it there is none. */
	lab_drain_all();
	for (int i = 0; i < 20; i++)
		lab_frame(1, lab_mac(0), lab_mac(1), 1000);
	ck_assert_uint_eq(lab_got(0), 20);
}
END_TEST

START_TEST(what_a_guest_gets_has_a_rate)
{
	struct ul_plug_conf conf = { .rate_out = 100000, .burst = 5000 };

	lab_plug(0, &conf);
	lab_plug(1, NULL);
	lab_broadcast(0, 0);
	lab_drain_all();
	for (int i = 0; i < 20; i++)
		lab_frame(1, lab_mac(0), lab_mac(1), 1000);
	ck_assert_uint_eq(lab_got(0), 5);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->over_rate, 15);
	/* The router is held back, and told when half of the burst is there. */
	ck_assert_int_eq(lab_router_sends(lab_mac(0), 1000), -ENOBUFS);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->over_rate, 15);
	lab_pass(25000);
	ck_assert_uint_eq(lab.v[0].has_room, 0);
	lab_pass(2);
	ck_assert_uint_eq(lab.v[0].has_room, 1);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(lab_router_sends(lab_mac(0), 1000),
				 i < 3 ? 0 : -ENOBUFS);
	/* Its small frames go ahead of the rate, within bounds. */
	lab_drain_all();
	for (int i = 0; i < 60; i++)
		lab_router_sends(lab_mac(0), 100);
	ck_assert_uint_ge(lab.v[0].count, 40);
	ck_assert_uint_le(lab.v[0].count, 55);
	lab_drain_all();
	lab_pass(LAB_SECOND);
	ck_assert_uint_eq(lab.v[0].has_room, 2);
	/* A queue that is full says itself when it has room. */
	lab.v[0].room = 0;
	while (lab_router_sends(lab_mac(0), 1000) == -ENOBUFS &&
	       ul_loop_next_timeout(lab.loop) < 0)
		;
	lab_pass(LAB_SECOND);
	ck_assert_uint_eq(lab.v[0].has_room, 2);
	lab.v[0].port.handler->has_room(&lab.v[0].port, lab.v[0].port.arg);
	ck_assert_uint_eq(lab.v[0].has_room, 3);
}
END_TEST

START_TEST(one_that_waits_for_its_rate_may_leave)
{
	struct ul_plug_conf conf = { .rate_out = 1000, .burst = 1 };

	lab_plug(0, &conf);
	lab_broadcast(0, 0);
	lab_router_sends(lab_mac(0), 1000);
	ck_assert_int_eq(lab_router_sends(lab_mac(0), 1000), -ENOBUFS);
	ck_assert_int_ge(ul_loop_next_timeout(lab.loop), 0);
	ul_hub_unplug(lab.hub, &lab.v[0].port);
	ck_assert_int_eq(ul_loop_next_timeout(lab.loop), -1);
}
END_TEST

START_TEST(a_frame_too_long_is_dropped_and_counted)
{
	lab_plug_many(3);
	lab.v[1].port.frame_max = 1518;
	lab_frame(0, ul_mac_broadcast, lab_mac(0), 1519);
	ck_assert_uint_eq(lab_who_got(), 4);
	lab_frame(0, ul_mac_broadcast, lab_mac(0), 1518);
	ck_assert_uint_eq(lab_who_got(), 6);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->too_long, 1);
	lab_broadcast(1, 1);
	ck_assert_int_eq(lab_router_sends(lab_mac(1), 1519), -EMSGSIZE);
}
END_TEST

/* A TCP super-frame of 3000 bytes, for machine 1. */
static void send_super(uint16_t gso_size)
{
	struct ul_offload offload = { UL_CSUM_PARTIAL, 34, 16, gso_size };
	uint8_t data[3000] = { 0 };
	struct ul_wr w = ul_wr_new(data, sizeof(data));
	struct ul_eth eth = { .type = UL_ETHERTYPE_IPV4 };
	struct ul_ip4 ip = {
		.src = ul_addr_v4(0x0a00020f), .dst = ul_addr_v4(0x0a000210),
		.proto = UL_IPPROTO_TCP, .ttl = 64, .total_len = 3000 - 14,
	};

	memcpy(eth.dst, lab_mac(1), 6);
	memcpy(eth.src, lab_mac(0), 6);
	ul_eth_emit(&w, &eth);
	ul_ip4_emit(&w, &ip);
	data[34 + 12] = 5 << 4;		/* TCP's header length */
	lab_rx(0, data, sizeof(data), &offload);
}

/* Of a super-frame it is the segments that must fit. */
START_TEST(a_super_frame_may_be_longer)
{
	struct ul_port *port;

	lab_plug_many(2);
	port = &lab.v[1].port;
	port->frame_max = 1514;
	lab_broadcast(1, 1);
	lab_drain_all();
	send_super(1460);
	ck_assert_uint_eq(lab_got(1), 1);
	send_super(1461);
	ck_assert_uint_eq(lab_got(1), 0);
	ck_assert_uint_eq(ul_hub_stats(port)->too_long, 1);
	/* To a port that cannot take it whole it goes in parts. */
	port->can_offload = false;
	send_super(1460);
	ck_assert_uint_eq(lab.v[1].count, 3);
	ck_assert_uint_eq(lab.v[1].sent[0].len, 1514);
	lab_drain(1);
	/* Facts that lie are the sender's fault. */
	port->frame_max = 0;
	send_super(1);
	ck_assert_uint_eq(lab_got(1), 0);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->malformed, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hub_limits");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_mac_in_use_is_not_moved);
	tcase_add_test(tc, the_second_works_when_the_first_has_left);
	tcase_add_test(tc, a_dispute_ends_with_the_intruder);
	tcase_add_test(tc, a_dispute_ends_when_the_mac_is_free);
	tcase_add_test(tc, disputes_are_told_of_at_a_limited_rate);
	tcase_add_test(tc, uplinks_see_macs_move);
	tcase_add_test(tc, a_known_mac_needs_no_frame);
	tcase_add_test(tc, floods_have_a_limit);
	tcase_add_loop_test(tc, more_ports_lower_the_limit, 0, 2);
	tcase_add_test(tc, a_loop_of_uplinks_is_held_down);
	tcase_add_test(tc, what_a_guest_sends_has_a_rate);
	tcase_add_test(tc, what_a_guest_gets_has_a_rate);
	tcase_add_test(tc, one_that_waits_for_its_rate_may_leave);
	tcase_add_test(tc, a_frame_too_long_is_dropped_and_counted);
	tcase_add_test(tc, a_super_frame_may_be_longer);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
