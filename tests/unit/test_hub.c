/* SPDX-License-Identifier: BSD-3-Clause */
/* test_hub.c - the switch: learning, flooding, the router's plug */
#include "fake/hub_lab.h"

static void setup(void)
{
	lab_open(true);
}

static void setup_alone(void)
{
	lab_open(false);
}

static void teardown(void)
{
	lab_close();
}

/* ---- learning and flooding ---- */

START_TEST(unknown_goes_to_all_but_its_sender)
{
	lab_plug_many(4);
	lab_unicast(1, 1, 9);
	ck_assert_uint_eq(lab_who_got(), 0xd);
	ck_assert_uint_eq(lab.routed, 0);	/* not for the router */
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->flooded, 1);
}
END_TEST

START_TEST(known_goes_to_its_port_alone)
{
	lab_plug_many(4);
	lab_unicast(2, 2, 9);
	lab_who_got();
	lab_unicast(0, 0, 2);
	ck_assert_uint_eq(lab_who_got(), 1u << 2);
	lab_unicast(2, 2, 0);
	ck_assert_uint_eq(lab_who_got(), 1u << 0);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(2)), &lab.v[2].port);
	ck_assert_ptr_null(ul_hub_find(lab.hub, lab_mac(9)));
}
END_TEST

/* Two machines behind one port talk to each other there. */
START_TEST(never_back_to_where_it_came_from)
{
	lab_plug_many(3);
	lab_unicast(1, 1, 9);
	lab_unicast(1, 2, 9);
	lab_who_got();
	lab_unicast(1, 1, 2);
	ck_assert_uint_eq(lab_who_got(), 0);
}
END_TEST

START_TEST(groups_go_to_all_and_the_router)
{
	static const uint8_t mdns[6] = { 1, 0, 0x5e, 0, 0, 0xfb };

	lab_plug_many(3);
	lab_broadcast(0, 0);
	ck_assert_uint_eq(lab_who_got(), 6);
	ck_assert_uint_eq(lab.routed, 1);
	lab_frame(1, mdns, lab_mac(1), 100);
	ck_assert_uint_eq(lab_who_got(), 5);
	ck_assert_uint_eq(lab.routed, 2);
	ck_assert_uint_eq(lab.last_len, 100);
}
END_TEST

START_TEST(the_routers_own_goes_to_it_alone)
{
	lab_plug_many(3);
	lab_frame(0, lab_router_mac, lab_mac(0), 77);
	ck_assert_uint_eq(lab_who_got(), 0);
	ck_assert_uint_eq(lab.routed, 1);
	ck_assert_uint_eq(lab.last_len, 77);
}
END_TEST

START_TEST(without_a_router_its_mac_is_like_any)
{
	lab_plug_many(2);
	lab_frame(0, lab_router_mac, lab_mac(0), 60);
	ck_assert_uint_eq(lab_who_got(), 2);
	lab_frame(1, ul_mac_broadcast, lab_router_mac, 60);
	ck_assert_uint_eq(lab_who_got(), 1);
	ck_assert_uint_eq(lab.routed, 0);
}
END_TEST

START_TEST(frames_arrive_byte_for_byte)
{
	static const size_t len[] = { 14, 15, 60, 1514, 65550, UL_FRAME_MAX };
	/* A sum left to fill in is for IP alone: the guard looks. */
	struct ul_offload offload = { UL_CSUM_VALID, 34, 16, 1448 };
	uint8_t *data = g_malloc(UL_FRAME_MAX);

	lab_plug_many(2);
	for (size_t i = 0; i < UL_FRAME_MAX; i++)
		data[i] = (uint8_t)(i * 7);
	memcpy(data, lab_mac(1), 6);
	memcpy(data + 6, lab_mac(0), 6);
	for (unsigned int i = 0; i < G_N_ELEMENTS(len); i++) {
		lab_rx(0, data, len[i], &offload);
		ck_assert_uint_eq(lab.v[1].count, 1);
		ck_assert_uint_eq(lab.v[1].sent[0].len, len[i]);
		ck_assert_mem_eq(lab.v[1].sent[0].data, data, len[i]);
		ck_assert_mem_eq(&lab.v[1].sent[0].offload, &offload,
				 sizeof(offload));
		/* Not copied: the queue holds the receive buffer itself. */
		ck_assert_uint_eq(ul_buf_pool_in_use(lab.pool), 128u << 10);
		lab_drain(1);
	}
	g_free(data);
}
END_TEST

START_TEST(malformed_frames_are_counted)
{
	uint8_t data[14] = { 0 };

	lab_plug_many(2);
	memcpy(data, ul_mac_broadcast, 6);
	for (size_t len = 0; len < sizeof(data); len++)
		lab_rx(0, data, len, NULL);
	lab_rx(0, data, sizeof(data), NULL);	/* source 0 */
	data[6] = 0x33;				/* a group address */
	lab_rx(0, data, sizeof(data), NULL);
	ck_assert_uint_eq(lab_who_got(), 0);
	ck_assert_uint_eq(lab.routed, 0);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->malformed, 16);
}
END_TEST

START_TEST(macs_age_and_are_flooded_again)
{
	lab_plug_many(3);
	lab_unicast(1, 1, 9);
	lab_who_got();
	lab_pass(300 * LAB_SECOND - 1);
	lab_unicast(0, 0, 1);
	ck_assert_uint_eq(lab_who_got(), 2);
	lab_pass(1);
	lab_unicast(0, 0, 1);
	ck_assert_uint_eq(lab_who_got(), 6);
}
END_TEST

START_TEST(a_port_has_a_limit_of_macs)
{
	struct ul_plug_conf conf = { .macs_max = 2 };

	lab_plug(0, &conf);
	lab_plug(1, NULL);
	for (int i = 0; i < 5; i++)
		lab_unicast(0, i, 9);
	ck_assert_uint_eq(lab_got(1), 2);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->macs_over, 3);
	for (int i = 0; i < 70; i++) {
		lab_frame(1, ul_mac_broadcast, lab_mac(100 + i), 60);
		lab_drain_all();
	}
	ck_assert_uint_eq(lab.routed, 64);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->macs_over, 6);
}
END_TEST

/* ---- the router sends ---- */

START_TEST(the_router_reaches_one_or_all)
{
	ck_assert_int_eq(lab_router_sends(ul_mac_broadcast, 60), -ENOTCONN);
	lab_plug_many(3);
	ck_assert_int_eq(lab_router_sends(ul_mac_broadcast, 60), 0);
	ck_assert_uint_eq(lab_who_got(), 7);
	ck_assert_int_eq(lab_router_sends(lab_mac(1), 60), 0);
	ck_assert_uint_eq(lab_who_got(), 7);
	lab_broadcast(1, 1);
	lab_who_got();
	ck_assert_int_eq(lab_router_sends(lab_mac(1), 60), 0);
	ck_assert_uint_eq(lab_who_got(), 2);
	ck_assert_int_eq(lab_router_sends(lab_mac(1), UL_FRAME_MAX + 1),
			 -EMSGSIZE);
	ck_assert_int_eq(lab_router_sends(lab_mac(1), 5), -EMSGSIZE);
	ck_assert_int_eq(ul_hub_send(lab.hub, NULL, 0, NULL), -EMSGSIZE);
}
END_TEST

START_TEST(the_router_is_held_back_and_told)
{
	struct ul_port *port = lab_plug(0, NULL);

	lab_plug(1, NULL);
	lab_broadcast(0, 0);
	lab_drain_all();
	lab.v[0].room = 1;
	ck_assert_int_eq(lab_router_sends(lab_mac(0), 60), 0);
	ck_assert_int_eq(lab_router_sends(lab_mac(0), 60), -ENOBUFS);
	/* What is dropped is counted; what the router holds back is not. */
	ck_assert_uint_eq(ul_hub_stats(port)->tx_dropped, 0);
	lab_drain(0);
	port->handler->has_room(port, port->arg);
	ck_assert_uint_eq(lab.v[0].has_room, 1);
	/* A guest's frames that were refused are not the router's. */
	lab_unicast(1, 1, 0);
	lab_unicast(1, 1, 0);
	ck_assert_uint_eq(ul_hub_stats(port)->tx_dropped, 1);
	port->handler->has_room(port, port->arg);
	ck_assert_uint_eq(lab.v[0].has_room, 1);
	/* Nor is a broadcast: others had it. */
	ck_assert_int_eq(lab_router_sends(ul_mac_broadcast, 60), 0);
	ck_assert_uint_eq(lab.v[0].count, 1);
}
END_TEST

/* ---- plugging ---- */

/* By DHCP, whoever comes first: no reason to keep its owner out. */
START_TEST(a_told_name_makes_room)
{
	struct ul_plug_conf web = { .name = "web" };

	lab_plug(0, NULL);
	lab_plug(1, NULL);
	ck_assert_int_eq(ul_hub_tell_name(lab.hub, &lab.v[0].port, "web"), 0);
	ck_assert_str_eq(ul_hub_name(&lab.v[0].port), "web");
	ck_assert(ul_hub_is_told(&lab.v[0].port));
	ck_assert(!ul_hub_is_told(&lab.v[1].port));
	ck_assert_int_eq(ul_hub_tell_name(lab.hub, &lab.v[1].port, "web"),
			 -EEXIST);
	ck_assert_int_eq(ul_hub_tell_name(lab.hub, &lab.v[0].port, ""),
			 -EINVAL);
	lab_plug(2, &web);
	ck_assert_str_eq(ul_hub_name(&lab.v[2].port), "web");
	ck_assert_str_eq(ul_hub_name(&lab.v[0].port), "port3");
	ck_assert_str_eq(ul_hub_conf_of(&lab.v[0].port)->name, "port3");
	/* One that was given does not. */
	ck_assert_int_eq(ul_hub_tell_name(lab.hub, &lab.v[1].port, "web"),
			 -EEXIST);
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &web), -EEXIST);
	ck_assert_int_eq(ul_hub_tell_name(lab.hub, &lab.v[0].port, "db"), 0);
	web.name = "db";
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &web), 0);
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[1].port, &web), -EEXIST);
}
END_TEST

START_TEST(ports_have_names)
{
	struct ul_plug_conf web = { .name = "web" };
	struct ul_plug_conf port2 = { .name = "port2" };
	char longest[UL_PORT_NAME_MAX + 2];
	struct ul_plug_conf named = { .name = longest };

	lab_plug(0, &web);
	lab_plug(1, &port2);
	lab_plug(2, NULL);
	lab_plug(3, NULL);
	ck_assert_str_eq(ul_hub_name(&lab.v[0].port), "web");
	ck_assert_str_eq(ul_hub_name(&lab.v[2].port), "port1");
	ck_assert_str_eq(ul_hub_name(&lab.v[3].port), "port3");
	ck_assert_ptr_eq(ul_hub_find_name(lab.hub, "web"), &lab.v[0].port);
	ck_assert_ptr_null(ul_hub_find_name(lab.hub, "we"));
	ck_assert_int_eq(ul_hub_plug(lab.hub, &lab.v[4].port, &web), -EEXIST);
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[2].port, &web), -EEXIST);
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &web), 0);
	web.name = "";
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &web), -EINVAL);
	web.name = NULL;
	web.is_isolated = true;
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &web), 0);
	ck_assert_str_eq(ul_hub_name(&lab.v[0].port), "web");
	ck_assert(ul_hub_conf_of(&lab.v[0].port)->is_isolated);
	ck_assert_str_eq(ul_hub_conf_of(&lab.v[0].port)->name, "web");
	memset(longest, 'x', sizeof(longest));
	longest[UL_PORT_NAME_MAX + 1] = '\0';
	ck_assert_int_eq(ul_hub_plug(lab.hub, &lab.v[4].port, &named),
			 -EINVAL);
	longest[UL_PORT_NAME_MAX] = '\0';
	lab_plug(4, &named);
	ck_assert_str_eq(ul_hub_name(&lab.v[4].port), longest);
}
END_TEST

START_TEST(ports_have_a_limit)
{
	struct vport *v = g_new0(struct vport, UL_HUB_PORTS_MAX + 1);
	struct ul_plug_conf conf = { .kind = UL_PLUG_GUEST };

	for (int i = 0; i <= UL_HUB_PORTS_MAX; i++) {
		v[i].port.ops = &vport_ops;
		ck_assert_int_eq(ul_hub_plug(lab.hub, &v[i].port, &conf),
				 i < UL_HUB_PORTS_MAX ? 0 : -ENOSPC);
	}
	ck_assert_str_eq(ul_hub_name(&v[1023].port), "port1024");
	for (int i = 0; i < UL_HUB_PORTS_MAX; i++)
		ul_hub_unplug(lab.hub, &v[i].port);
	g_free(v);
}
END_TEST

START_TEST(one_that_left_is_out)
{
	struct ul_plug_conf db = { .name = "db" };

	lab_plug_many(2);
	lab_plug(2, &db);
	lab_broadcast(2, 2);
	lab_drain_all();
	lab_detach(2);
	ck_assert_uint_eq(lab.v[2].detached, 1);
	ck_assert_str_eq(lab.detached_name, "db");
	ck_assert_ptr_null(lab.v[2].port.plug);
	ck_assert_ptr_null(ul_hub_find(lab.hub, lab_mac(2)));
	ck_assert_ptr_null(ul_hub_find_name(lab.hub, "db"));
	lab_broadcast(0, 0);
	lab_unicast(0, 0, 2);
	ck_assert_uint_eq(lab_who_got(), 2);
}
END_TEST

/* Its owner took it out in one callback; another may still be on its way. */
START_TEST(one_that_was_unplugged_is_not_heard)
{
	lab_plug_many(2);
	ul_hub_unplug(lab.hub, &lab.v[0].port);
	lab_broadcast(0, 0);
	lab.v[0].port.handler->batch_end(&lab.v[0].port, NULL);
	lab.v[0].port.handler->has_room(&lab.v[0].port, NULL);
	lab_detach(0);
	ck_assert_uint_eq(lab_who_got(), 0);
	ck_assert_uint_eq(lab.routed, 0);
	ck_assert_uint_eq(lab.v[0].detached, 0);
}
END_TEST

static void count_port(struct ul_port *port, void *arg)
{
	++*(int *)arg;
}

static void unplug_it(struct ul_port *port, void *arg)
{
	ul_hub_unplug(lab.hub, port);
}

static void sum_mac(const uint8_t mac[6], void *arg)
{
	*(int *)arg += mac[5];
}

START_TEST(all_that_is_in_can_be_listed)
{
	int ports = 0, sum = 0;

	lab_plug_many(3);
	lab_unicast(1, 5, 9);
	lab_unicast(1, 6, 9);
	ul_hub_each(lab.hub, count_port, &ports);
	ck_assert_int_eq(ports, 3);
	ul_hub_each_mac(lab.hub, &lab.v[1].port, sum_mac, &sum);
	ck_assert_int_eq(sum, 11);
	ul_hub_each_mac(lab.hub, &lab.v[0].port, sum_mac, &sum);
	ck_assert_int_eq(sum, 11);
	ul_hub_each(lab.hub, unplug_it, NULL);
	ul_hub_each(lab.hub, count_port, &ports);
	ck_assert_int_eq(ports, 3);
}
END_TEST

START_TEST(a_new_mac_is_told_once)
{
	const struct ul_plug_conf uplink = { .kind = UL_PLUG_UPLINK };

	lab_plug_many(2);
	lab_unicast(0, 3, 9);
	lab_unicast(0, 3, 9);
	ck_assert_uint_eq(lab.learned, 1);
	ck_assert_mem_eq(lab.learned_mac, lab_mac(3), 6);
	lab_unicast(0, 4, 9);
	ck_assert_uint_eq(lab.learned, 2);
	lab_plug(5, &uplink);
	lab_unicast(5, 6, 9);
	ck_assert_uint_eq(lab.learned, 2);
}
END_TEST

/* What the router changes in place was seen before that. */
START_TEST(each_frame_is_seen_once)
{
	lab_plug_many(3);
	lab.does_scribble = true;
	lab_broadcast(0, 1);
	ck_assert_uint_eq(lab.seen, 1);
	ck_assert_uint_eq(lab.seen_len, 60);
	ck_assert_ptr_eq(lab.seen_from, &lab.v[0].port);
	ck_assert_uint_eq(lab.seen_last[20], 0x5a);
	lab_router_sends(lab_mac(1), 100);
	ck_assert_uint_eq(lab.seen, 2);
	ck_assert_uint_eq(lab.seen_len, 100);
	ck_assert_ptr_null(lab.seen_from);
	lab_router_sends(lab_mac(9), 100);	/* to all */
	ck_assert_uint_eq(lab.seen, 3);
	lab.v[0].room = 0;
	lab_router_sends(lab_mac(1), 100);	/* refused */
	lab_frame(0, lab_mac(2), lab_router_mac, 60);	/* guarded */
	ck_assert_uint_eq(lab.seen, 3);
}
END_TEST

/* Each copy that a port took, while somebody wants to know. */
START_TEST(what_ports_take_is_told_while_tapped)
{
	lab_plug_many(3);
	lab_broadcast(0, 1);
	ck_assert_uint_eq(lab.sent, 0);
	ul_hub_tap(lab.hub, true);
	lab_broadcast(0, 1);
	ck_assert_uint_eq(lab.sent, 2);
	lab_unicast(1, 0, 1);
	ck_assert_uint_eq(lab.sent, 3);
	ck_assert_ptr_eq(lab.sent_to, &lab.v[0].port);
	lab.v[0].room = 0;
	lab_unicast(1, 0, 1);		/* refused */
	ck_assert_uint_eq(lab.sent, 3);
	ul_hub_tap(lab.hub, false);
	lab_broadcast(0, 1);
	ck_assert_uint_eq(lab.sent, 3);
}
END_TEST

START_TEST(batches_are_passed_on)
{
	lab_plug_many(1);
	lab.v[0].port.handler->batch_end(&lab.v[0].port, lab.v[0].port.arg);
	ck_assert_uint_eq(lab.v[0].batches, 1);
}
END_TEST

/* ---- who may talk to whom ---- */

START_TEST(isolated_ports_reach_router_and_uplink_only)
{
	struct ul_plug_conf isolated = { .is_isolated = true };
	struct ul_plug_conf uplink = { .kind = UL_PLUG_UPLINK };
	struct ul_plug_conf host = { .kind = UL_PLUG_HOST };

	lab_plug(0, &isolated);
	lab_plug(1, &isolated);
	lab_plug(2, NULL);
	lab_plug(3, &uplink);
	lab_plug(4, &host);
	lab_broadcast(0, 0);
	ck_assert_uint_eq(lab_who_got(), 1u << 3);
	ck_assert_uint_eq(lab.routed, 1);
	lab_broadcast(1, 1);
	ck_assert_uint_eq(lab_who_got(), 1u << 3);
	lab_broadcast(2, 2);
	ck_assert_uint_eq(lab_who_got(), 1u << 3 | 1u << 4);
	lab_broadcast(4, 4);
	ck_assert_uint_eq(lab_who_got(), 1u << 3 | 1u << 2);
	lab_broadcast(3, 3);
	ck_assert_uint_eq(lab_who_got(), 0x17);
	/* Unicast, to a known MAC. */
	lab_unicast(0, 0, 1);
	lab_unicast(0, 0, 2);
	lab_unicast(2, 2, 0);
	ck_assert_uint_eq(lab_who_got(), 0);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->isolated, 2);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[2].port)->isolated, 1);
	lab_unicast(0, 0, 3);
	ck_assert_uint_eq(lab_who_got(), 1u << 3);
	lab_unicast(3, 3, 0);
	ck_assert_uint_eq(lab_who_got(), 1u << 0);
	lab_router_sends(lab_mac(0), 60);
	ck_assert_uint_eq(lab_who_got(), 1u << 0);
	/* And to an unknown one. */
	lab_unicast(0, 0, 9);
	ck_assert_uint_eq(lab_who_got(), 1u << 3);
}
END_TEST

START_TEST(a_promiscuous_port_hears_all)
{
	struct ul_plug_conf all = { .is_promiscuous = true };

	lab_plug_many(3);
	lab_plug(3, &all);
	for (int i = 0; i < 3; i++)
		lab_broadcast(i, i);
	lab_drain_all();
	lab_unicast(0, 0, 1);
	ck_assert_uint_eq(lab.v[3].count, 1);
	ck_assert_uint_eq(lab_who_got(), 1u << 3 | 1u << 1);
	lab_frame(0, lab_router_mac, lab_mac(0), 60);
	ck_assert_uint_eq(lab_who_got(), 1u << 3);
	lab_router_sends(lab_mac(0), 60);
	ck_assert_uint_eq(lab_who_got(), 1u << 3 | 1u << 0);
	/* Nothing twice, nothing of its own. */
	lab_broadcast(0, 0);
	lab_unicast(0, 0, 9);
	ck_assert_uint_eq(lab.v[3].count, 2);
	lab_broadcast(3, 3);
	ck_assert_uint_eq(lab_got(3), 2);
	lab_drain_all();
	lab_unicast(0, 0, 3);
	ck_assert_uint_eq(lab_got(3), 1);
	/* Until it may not. */
	all.is_promiscuous = false;
	ul_hub_set(lab.hub, &lab.v[3].port, &all);
	lab_drain_all();
	lab_unicast(0, 0, 1);
	ck_assert_uint_eq(lab_who_got(), 1u << 1);
}
END_TEST

/* Isolation is not undone by one who overhears. */
START_TEST(isolated_frames_are_not_overheard_by_guests)
{
	struct ul_plug_conf all = { .is_promiscuous = true };
	struct ul_plug_conf isolated = { .is_isolated = true };

	lab_plug(0, &isolated);
	lab_plug(1, &all);
	lab_frame(0, lab_router_mac, lab_mac(0), 60);
	ck_assert_uint_eq(lab_who_got(), 0);
	ck_assert_uint_eq(lab.routed, 1);
}
END_TEST

static Suite *hub_suite(void)
{
	Suite *s = suite_create("hub");
	TCase *tc = tcase_create("router");
	TCase *alone = tcase_create("alone");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_told_name_makes_room);
	tcase_add_test(tc, unknown_goes_to_all_but_its_sender);
	tcase_add_test(tc, known_goes_to_its_port_alone);
	tcase_add_test(tc, never_back_to_where_it_came_from);
	tcase_add_test(tc, groups_go_to_all_and_the_router);
	tcase_add_test(tc, the_routers_own_goes_to_it_alone);
	tcase_add_test(tc, frames_arrive_byte_for_byte);
	tcase_add_test(tc, malformed_frames_are_counted);
	tcase_add_test(tc, macs_age_and_are_flooded_again);
	tcase_add_test(tc, a_port_has_a_limit_of_macs);
	tcase_add_test(tc, the_router_reaches_one_or_all);
	tcase_add_test(tc, the_router_is_held_back_and_told);
	tcase_add_test(tc, ports_have_names);
	tcase_add_test(tc, ports_have_a_limit);
	tcase_add_test(tc, one_that_left_is_out);
	tcase_add_test(tc, one_that_was_unplugged_is_not_heard);
	tcase_add_test(tc, all_that_is_in_can_be_listed);
	tcase_add_test(tc, a_new_mac_is_told_once);
	tcase_add_test(tc, each_frame_is_seen_once);
	tcase_add_test(tc, what_ports_take_is_told_while_tapped);
	tcase_add_test(tc, batches_are_passed_on);
	tcase_add_test(tc, isolated_ports_reach_router_and_uplink_only);
	tcase_add_test(tc, a_promiscuous_port_hears_all);
	tcase_add_test(tc, isolated_frames_are_not_overheard_by_guests);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(alone, setup_alone, teardown);
	tcase_add_test(alone, without_a_router_its_mac_is_like_any);
	suite_add_tcase(s, alone);
	return s;
}

int main(void)
{
	return run_suite(hub_suite());
}
