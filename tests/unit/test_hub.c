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

static void plug_many(int count)
{
	for (int i = 0; i < count; i++)
		lab_plug(i, NULL);
}

/* Ports that got a frame since the last asking, as bits. */
static unsigned int who_got(void)
{
	unsigned int bits = 0;

	for (int i = 0; i < LAB_PORTS; i++)
		bits |= (lab_got(i) ? 1u : 0u) << i;
	return bits;
}

/* ---- learning and flooding ---- */

START_TEST(unknown_goes_to_all_but_its_sender)
{
	plug_many(4);
	lab_unicast(1, 1, 9);
	ck_assert_uint_eq(who_got(), 0xd);
	ck_assert_uint_eq(lab.routed, 0);	/* not for the router */
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->flooded, 1);
}
END_TEST

START_TEST(known_goes_to_its_port_alone)
{
	plug_many(4);
	lab_unicast(2, 2, 9);
	who_got();
	lab_unicast(0, 0, 2);
	ck_assert_uint_eq(who_got(), 1u << 2);
	lab_unicast(2, 2, 0);
	ck_assert_uint_eq(who_got(), 1u << 0);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(2)), &lab.v[2].port);
	ck_assert_ptr_null(ul_hub_find(lab.hub, lab_mac(9)));
}
END_TEST

/* Two machines behind one port talk to each other there. */
START_TEST(never_back_to_where_it_came_from)
{
	plug_many(3);
	lab_unicast(1, 1, 9);
	lab_unicast(1, 2, 9);
	who_got();
	lab_unicast(1, 1, 2);
	ck_assert_uint_eq(who_got(), 0);
}
END_TEST

START_TEST(groups_go_to_all_and_the_router)
{
	static const uint8_t mdns[6] = { 1, 0, 0x5e, 0, 0, 0xfb };

	plug_many(3);
	lab_broadcast(0, 0);
	ck_assert_uint_eq(who_got(), 6);
	ck_assert_uint_eq(lab.routed, 1);
	lab_frame(1, mdns, lab_mac(1), 100);
	ck_assert_uint_eq(who_got(), 5);
	ck_assert_uint_eq(lab.routed, 2);
	ck_assert_uint_eq(lab.last_len, 100);
}
END_TEST

START_TEST(the_routers_own_goes_to_it_alone)
{
	plug_many(3);
	lab_frame(0, lab_router_mac, lab_mac(0), 77);
	ck_assert_uint_eq(who_got(), 0);
	ck_assert_uint_eq(lab.routed, 1);
	ck_assert_uint_eq(lab.last_len, 77);
}
END_TEST

START_TEST(without_a_router_its_mac_is_like_any)
{
	plug_many(2);
	lab_frame(0, lab_router_mac, lab_mac(0), 60);
	ck_assert_uint_eq(who_got(), 2);
	lab_frame(1, ul_mac_broadcast, lab_router_mac, 60);
	ck_assert_uint_eq(who_got(), 1);
	ck_assert_uint_eq(lab.routed, 0);
}
END_TEST

START_TEST(frames_arrive_byte_for_byte)
{
	static const size_t len[] = { 14, 15, 60, 1514, 65550, UL_FRAME_MAX };
	struct ul_offload offload = { UL_CSUM_PARTIAL, 34, 16, 1448 };
	uint8_t *data = g_malloc(UL_FRAME_MAX);

	plug_many(2);
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

	plug_many(2);
	memcpy(data, ul_mac_broadcast, 6);
	for (size_t len = 0; len < sizeof(data); len++)
		lab_rx(0, data, len, NULL);
	lab_rx(0, data, sizeof(data), NULL);	/* source 0 */
	data[6] = 0x33;				/* a group address */
	lab_rx(0, data, sizeof(data), NULL);
	ck_assert_uint_eq(who_got(), 0);
	ck_assert_uint_eq(lab.routed, 0);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->malformed, 16);
}
END_TEST

START_TEST(macs_age_and_are_flooded_again)
{
	plug_many(3);
	lab_unicast(1, 1, 9);
	who_got();
	lab_pass(300 * LAB_SECOND - 1);
	lab_unicast(0, 0, 1);
	ck_assert_uint_eq(who_got(), 2);
	lab_pass(1);
	lab_unicast(0, 0, 1);
	ck_assert_uint_eq(who_got(), 6);
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
	plug_many(3);
	ck_assert_int_eq(lab_router_sends(ul_mac_broadcast, 60), 0);
	ck_assert_uint_eq(who_got(), 7);
	ck_assert_int_eq(lab_router_sends(lab_mac(1), 60), 0);
	ck_assert_uint_eq(who_got(), 7);
	lab_broadcast(1, 1);
	who_got();
	ck_assert_int_eq(lab_router_sends(lab_mac(1), 60), 0);
	ck_assert_uint_eq(who_got(), 2);
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

static void detach(int i)
{
	struct ul_port *port = &lab.v[i].port;

	port->is_attached = false;
	port->handler->detached(port, port->arg);
}

START_TEST(one_that_left_is_out)
{
	struct ul_plug_conf db = { .name = "db" };

	plug_many(2);
	lab_plug(2, &db);
	lab_broadcast(2, 2);
	lab_drain_all();
	detach(2);
	ck_assert_uint_eq(lab.v[2].detached, 1);
	ck_assert_str_eq(lab.detached_name, "db");
	ck_assert_ptr_null(lab.v[2].port.plug);
	ck_assert_ptr_null(ul_hub_find(lab.hub, lab_mac(2)));
	ck_assert_ptr_null(ul_hub_find_name(lab.hub, "db"));
	lab_broadcast(0, 0);
	lab_unicast(0, 0, 2);
	ck_assert_uint_eq(who_got(), 2);
}
END_TEST

/* Its owner took it out in one callback; another may still be on its way. */
START_TEST(one_that_was_unplugged_is_not_heard)
{
	plug_many(2);
	ul_hub_unplug(lab.hub, &lab.v[0].port);
	lab_broadcast(0, 0);
	lab.v[0].port.handler->batch_end(&lab.v[0].port, NULL);
	lab.v[0].port.handler->has_room(&lab.v[0].port, NULL);
	detach(0);
	ck_assert_uint_eq(who_got(), 0);
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

	plug_many(3);
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

START_TEST(batches_are_passed_on)
{
	plug_many(1);
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
	ck_assert_uint_eq(who_got(), 1u << 3);
	ck_assert_uint_eq(lab.routed, 1);
	lab_broadcast(1, 1);
	ck_assert_uint_eq(who_got(), 1u << 3);
	lab_broadcast(2, 2);
	ck_assert_uint_eq(who_got(), 1u << 3 | 1u << 4);
	lab_broadcast(4, 4);
	ck_assert_uint_eq(who_got(), 1u << 3 | 1u << 2);
	lab_broadcast(3, 3);
	ck_assert_uint_eq(who_got(), 0x17);
	/* Unicast, to a known MAC. */
	lab_unicast(0, 0, 1);
	lab_unicast(0, 0, 2);
	lab_unicast(2, 2, 0);
	ck_assert_uint_eq(who_got(), 0);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[0].port)->isolated, 2);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[2].port)->isolated, 1);
	lab_unicast(0, 0, 3);
	ck_assert_uint_eq(who_got(), 1u << 3);
	lab_unicast(3, 3, 0);
	ck_assert_uint_eq(who_got(), 1u << 0);
	lab_router_sends(lab_mac(0), 60);
	ck_assert_uint_eq(who_got(), 1u << 0);
	/* And to an unknown one. */
	lab_unicast(0, 0, 9);
	ck_assert_uint_eq(who_got(), 1u << 3);
}
END_TEST

START_TEST(a_promiscuous_port_hears_all)
{
	struct ul_plug_conf all = { .is_promiscuous = true };

	plug_many(3);
	lab_plug(3, &all);
	for (int i = 0; i < 3; i++)
		lab_broadcast(i, i);
	lab_drain_all();
	lab_unicast(0, 0, 1);
	ck_assert_uint_eq(lab.v[3].count, 1);
	ck_assert_uint_eq(who_got(), 1u << 3 | 1u << 1);
	lab_frame(0, lab_router_mac, lab_mac(0), 60);
	ck_assert_uint_eq(who_got(), 1u << 3);
	lab_router_sends(lab_mac(0), 60);
	ck_assert_uint_eq(who_got(), 1u << 3 | 1u << 0);
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
	ck_assert_uint_eq(who_got(), 1u << 1);
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
	ck_assert_uint_eq(who_got(), 0);
	ck_assert_uint_eq(lab.routed, 1);
}
END_TEST

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
	plug_many(3);
	lab_broadcast(0, 5);
	ck_assert_uint_eq(lab.routed, 1);
	lab_drain_all();
	for (int i = 0; i < 100; i++) {
		lab_broadcast(1, 5);
		lab_frame(1, lab_router_mac, lab_mac(5), 60);
	}
	ck_assert_uint_eq(who_got(), 0);
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
	plug_many(3);
	lab_broadcast(0, 5);
	lab_broadcast(1, 5);
	detach(0);
	ck_assert(!has_dispute(1));
	lab_drain_all();
	lab_broadcast(1, 5);
	ck_assert_uint_eq(who_got(), 4);
	ck_assert_uint_eq(lab.routed, 2);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(5)), &lab.v[1].port);
}
END_TEST

START_TEST(a_dispute_ends_with_the_intruder)
{
	plug_many(3);
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
	plug_many(3);
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
	plug_many(2);
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

	plug_many(1);
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
	ck_assert_uint_eq(who_got(), 0);
	ck_assert_ptr_eq(ul_hub_find(lab.hub, lab_mac(5)), &lab.v[0].port);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->looped, 1);
	ck_assert_uint_eq(lab.conflict.count, 0);
	ck_assert(!has_dispute(0) && !has_dispute(1));
	/* The router's comes back the same way. */
	lab_frame(1, ul_mac_broadcast, lab_router_mac, 60);
	ck_assert_uint_eq(who_got(), 0);
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
	ck_assert_uint_eq(who_got(), 1);
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

/*
 * Two uplinks on one LAN: what goes out of one comes in at the other, for
 * ever. A second of that costs no more than the limit.
 */
START_TEST(a_loop_of_uplinks_is_held_down)
{
	struct ul_plug_conf uplink = { .kind = UL_PLUG_UPLINK };
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
	struct ul_offload super = { .gso_size = 1448 };
	uint8_t data[3000] = { 0 };

	plug_many(3);
	lab.v[1].port.frame_max = 1518;
	lab_frame(0, ul_mac_broadcast, lab_mac(0), 1519);
	ck_assert_uint_eq(who_got(), 4);
	lab_frame(0, ul_mac_broadcast, lab_mac(0), 1518);
	ck_assert_uint_eq(who_got(), 6);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->too_long, 1);
	lab_broadcast(1, 1);
	ck_assert_int_eq(lab_router_sends(lab_mac(1), 1519), -EMSGSIZE);
	/* A super-frame is cut by the port. */
	memcpy(data, lab_mac(1), 6);
	memcpy(data + 6, lab_mac(0), 6);
	lab_drain_all();
	lab_rx(0, data, sizeof(data), &super);
	ck_assert_uint_eq(who_got(), 2);
	lab_rx(0, data, sizeof(data), NULL);
	ck_assert_uint_eq(who_got(), 0);
}
END_TEST

static Suite *hub_suite(void)
{
	Suite *s = suite_create("hub");
	TCase *tc = tcase_create("router");
	TCase *alone = tcase_create("alone");

	tcase_add_checked_fixture(tc, setup, teardown);
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
	tcase_add_test(tc, batches_are_passed_on);
	tcase_add_test(tc, isolated_ports_reach_router_and_uplink_only);
	tcase_add_test(tc, a_promiscuous_port_hears_all);
	tcase_add_test(tc, isolated_frames_are_not_overheard_by_guests);
	tcase_add_test(tc, a_mac_in_use_is_not_moved);
	tcase_add_test(tc, the_second_works_when_the_first_has_left);
	tcase_add_test(tc, a_dispute_ends_with_the_intruder);
	tcase_add_test(tc, a_dispute_ends_when_the_mac_is_free);
	tcase_add_test(tc, disputes_are_told_of_at_a_limited_rate);
	tcase_add_test(tc, uplinks_see_macs_move);
	tcase_add_test(tc, a_known_mac_needs_no_frame);
	tcase_add_test(tc, floods_have_a_limit);
	tcase_add_test(tc, a_loop_of_uplinks_is_held_down);
	tcase_add_test(tc, what_a_guest_sends_has_a_rate);
	tcase_add_test(tc, what_a_guest_gets_has_a_rate);
	tcase_add_test(tc, one_that_waits_for_its_rate_may_leave);
	tcase_add_test(tc, a_frame_too_long_is_dropped_and_counted);
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
