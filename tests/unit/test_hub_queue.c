/* SPDX-License-Identifier: BSD-3-Clause */
/* test_hub_queue.c - the switch: who keeps which bytes, and for how long */
#include "fake/hub_lab.h"

#define RX_BUF (128u << 10)

static void setup(void)
{
	lab_open(true);
}

static void teardown(void)
{
	lab_close();
}

/* A receive pool of @count buffers. */
static void use_pool(unsigned int count)
{
	ul_buf_pool_free(lab.pool);
	lab.pool = ul_buf_pool_new(RX_BUF, count * RX_BUF);
}

static unsigned int bufs_kept(void)
{
	return (unsigned int)(ul_buf_pool_in_use(lab.pool) / RX_BUF);
}

/* Ports 0 to @count - 1, machine i at port i. */
static void plug_known(int count)
{
	lab_plug_many(count);
	for (int i = 0; i < count; i++)
		lab_broadcast(i, i);
	lab_drain_all();
	lab.routed = 0;
}

/* ---- the router changes what it gets ---- */

START_TEST(groups_are_copied_once_before_the_router_gets_them)
{
	plug_known(4);
	lab.does_scribble = true;
	lab_frame(0, ul_mac_broadcast, lab_mac(0), 1000);
	ck_assert_uint_eq(lab.routed, 1);
	ck_assert_uint_eq(bufs_kept(), 0);
	for (int i = 1; i < 4; i++) {
		ck_assert_uint_eq(lab.v[i].count, 1);
		ck_assert_uint_eq(lab.v[i].sent[0].len, 1000);
		ck_assert_ptr_eq(lab.v[i].sent[0].piece[0].data,
				 lab.v[1].sent[0].piece[0].data);
	}
	lab_drain_all();	/* and looks at the bytes */
}
END_TEST

START_TEST(what_is_overheard_is_a_copy_too)
{
	struct ul_plug_conf all = { .is_promiscuous = true };

	plug_known(2);
	lab_plug(2, &all);
	lab.does_scribble = true;
	lab_frame(0, lab_router_mac, lab_mac(0), UL_FRAME_MAX);
	ck_assert_uint_eq(lab.routed, 1);
	ck_assert_uint_eq(lab.v[2].count, 1);
	ck_assert_uint_le(lab.v[2].sent[0].pieces, UL_PORT_PIECES_MAX - 2);
	lab_drain_all();
	/* What the router does not get is not copied. */
	lab_unicast(0, 0, 1);
	ck_assert_uint_eq(bufs_kept(), 1);
	ck_assert_ptr_eq(lab.v[1].sent[0].piece[0].data,
			 lab.v[2].sent[0].piece[0].data);
}
END_TEST

/* Without others nothing is copied for the router's sake. */
START_TEST(the_router_gets_the_frame_itself)
{
	lab_plug_many(1);
	lab.does_scribble = true;
	lab_frame(0, ul_mac_broadcast, lab_mac(0), 1000);
	ck_assert_uint_eq(lab.last_len, 1000);
	ck_assert_mem_eq(lab.last, ul_mac_broadcast, 6);
}
END_TEST

/* ---- guests that do not read ---- */

START_TEST(a_stalled_port_keeps_little_of_a_senders_pool)
{
	use_pool(16);
	plug_known(3);
	lab.v[1].port.is_stalled = true;
	for (int i = 0; i < 100; i++) {
		lab_frame(0, lab_mac(1), lab_mac(0), 60 + (size_t)i * 600);
		ck_assert_uint_le(bufs_kept(), 4);
	}
	ck_assert_uint_eq(lab.v[1].count, 100);
	/* The sender still reaches others without a copy. */
	lab_unicast(0, 0, 2);
	ck_assert_uint_eq(lab.v[2].sent[0].piece[0].len, 60);
	ck_assert_uint_eq(bufs_kept(), 5);
	lab_drain_all();	/* and looks at the bytes */
	ck_assert_uint_eq(bufs_kept(), 0);
}
END_TEST

/* One that reads now and then keeps more, and never all. */
START_TEST(no_port_keeps_a_senders_whole_pool)
{
	use_pool(16);
	plug_known(2);
	for (int i = 0; i < 100; i++)
		lab_unicast(0, 0, 1);
	ck_assert_uint_eq(lab.v[1].count, 100);
	ck_assert_uint_eq(bufs_kept(), 8);
}
END_TEST

START_TEST(a_stalled_port_keeps_no_buffer_of_others_copies)
{
	plug_known(3);
	lab.v[1].port.is_stalled = true;
	lab.v[1].room = 10;
	/* Broadcasts are shared copies; the stalled port stops at its bound. */
	for (int i = 0; i < 20000; i++) {
		lab_frame(0, ul_mac_broadcast, lab_mac(0), 1500);
		lab_drain(2);
		if (i % 10 == 0)
			lab_pass(10000);
	}
	ck_assert_uint_eq(lab.v[1].count, 10);
	ck_assert_uint_eq(lab.v[2].total, 20002);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->tx_dropped, 19990);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[2].port)->tx_dropped, 0);
}
END_TEST

/* Nothing is copied, or asked, for a port that would refuse it. */
START_TEST(a_full_stalled_port_costs_nothing)
{
	struct ul_port *port = &lab.v[1].port;
	unsigned int calls;

	plug_known(2);
	port->is_stalled = true;
	lab.v[1].room = 1;
	lab_unicast(0, 0, 1);
	lab_unicast(0, 0, 1);
	calls = lab.v[1].calls;
	for (int i = 0; i < 50; i++)
		lab_unicast(0, 0, 1);
	ck_assert_uint_eq(lab.v[1].calls, calls);
	ck_assert_uint_eq(ul_hub_stats(port)->tx_dropped, 51);
	/* The router's are for the port to decide: it has a reserve. */
	ck_assert_int_eq(lab_router_sends(lab_mac(1), 60), -ENOBUFS);
	ck_assert_uint_eq(lab.v[1].calls, calls + 1);
	lab_drain(1);
	port->handler->has_room(port, port->arg);
	lab_unicast(0, 0, 1);
	ck_assert_uint_eq(lab.v[1].count, 1);
	/* Full but reading: it is asked each time. */
	port->is_stalled = false;
	lab_unicast(0, 0, 1);
	lab_drain(1);
	lab_unicast(0, 0, 1);
	ck_assert_uint_eq(lab.v[1].count, 1);
}
END_TEST

/* All but two are dead; the copies that wait for them have a bound. */
START_TEST(copies_have_a_bound_and_come_back)
{
	unsigned int waiting = 0;
	uint64_t dropped = 0;

	use_pool(16);
	plug_known(8);
	for (int i = 2; i < 8; i++)
		lab.v[i].port.is_stalled = true;
	for (int n = 0; n < 100; n++)
		for (int i = 2; i < 8; i++)
			lab_frame(0, lab_mac(i), lab_mac(0), UL_FRAME_MAX);
	for (int i = 2; i < 8; i++) {
		waiting += lab.v[i].count;
		dropped += ul_hub_stats(&lab.v[i].port)->tx_dropped;
	}
	ck_assert_uint_eq(waiting + dropped, 600);
	ck_assert_uint_ge(waiting, 450);
	ck_assert_uint_le(waiting, (32u << 20) / UL_FRAME_MAX + 5);
	/* Those that read notice nothing, and nobody is held back for it. */
	lab_frame(0, lab_mac(1), lab_mac(0), 1000);
	ck_assert_uint_eq(lab_got(1), 1);
	lab_frame(0, ul_mac_broadcast, lab_mac(0), 1000);
	ck_assert_uint_eq(lab_got(1), 1);
	ck_assert_int_eq(lab_router_sends(lab_mac(2), 60), 0);
	lab_drain_all();
	lab_frame(0, lab_mac(7), lab_mac(0), UL_FRAME_MAX);
	ck_assert_uint_eq(lab_got(7), 1);
}
END_TEST

/* What was refused for want of a copy does not count as a full queue. */
START_TEST(a_port_without_copies_still_resumes_the_router)
{
	struct ul_plug_conf conf = { .rate_out = 100000, .burst = 1 };

	use_pool(16);
	plug_known(8);
	for (int i = 2; i < 8; i++)
		lab.v[i].port.is_stalled = true;
	for (int n = 0; n < 100; n++)
		for (int i = 2; i < 8; i++)
			lab_frame(0, lab_mac(i), lab_mac(0), UL_FRAME_MAX);
	ck_assert_uint_gt(ul_hub_stats(&lab.v[7].port)->tx_dropped, 0);
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[7].port, &conf), 0);
	ck_assert_int_eq(lab_router_sends(lab_mac(7), 1000), 0);
	ck_assert_int_eq(lab_router_sends(lab_mac(7), 1000), -ENOBUFS);
	lab_pass(LAB_SECOND);
	ck_assert_uint_eq(lab.v[7].has_room, 1);
}
END_TEST

/* ---- churn ---- */

START_TEST(ten_thousand_come_and_go)
{
	struct ul_plug_conf conf[4] = {
		{ .is_promiscuous = true },
		{ .is_isolated = true, .rate_out = 1000000 },
		{ .kind = UL_PLUG_UPLINK },
		{ .has_mac = true, .is_pinned = true },
	};
	unsigned int seed = 1;

	memcpy(conf[3].mac, lab_mac(3), 6);
	lab.does_scribble = true;
	for (int n = 0; n < 10000; n++) {
		int i = n % LAB_PORTS;

		if (lab.v[i].port.plug && n % 3)
			ul_hub_unplug(lab.hub, &lab.v[i].port);
		else if (lab.v[i].port.plug)
			lab_detach(i);
		lab_drain(i);
		lab_plug(i, n % 5 ? &conf[n % 4] : NULL);
		lab.v[i].room = 5;
		lab.v[i].port.is_stalled = n % 2;
		for (int k = 0; k < 4; k++) {
			seed = seed * 1103515245 + 12345;
			lab_frame(i, seed & 0x10000 ? ul_mac_broadcast :
						      lab_mac(seed >> 20 & 7),
				  lab_mac(seed >> 24 & 7),
				  14 + (seed >> 8) % 3000);
			lab_router_sends(lab_mac(k), 200);
		}
		lab_pass(1000);
	}
	ck_assert_uint_gt(lab.routed, 5000);
	for (int i = 0; i < LAB_PORTS; i++)
		lab_detach(i);
	ck_assert_int_eq(lab_router_sends(ul_mac_broadcast, 60), -ENOTCONN);
	ck_assert_int_eq(ul_loop_next_timeout(lab.loop), -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hub_queue");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, groups_are_copied_once_before_the_router_gets_them);
	tcase_add_test(tc, what_is_overheard_is_a_copy_too);
	tcase_add_test(tc, the_router_gets_the_frame_itself);
	tcase_add_test(tc, a_stalled_port_keeps_little_of_a_senders_pool);
	tcase_add_test(tc, no_port_keeps_a_senders_whole_pool);
	tcase_add_test(tc, a_stalled_port_keeps_no_buffer_of_others_copies);
	tcase_add_test(tc, a_full_stalled_port_costs_nothing);
	tcase_add_test(tc, copies_have_a_bound_and_come_back);
	tcase_add_test(tc, a_port_without_copies_still_resumes_the_router);
	tcase_add_test(tc, ten_thousand_come_and_go);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
