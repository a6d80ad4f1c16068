/* SPDX-License-Identifier: BSD-3-Clause */
/* test_hub_impair.c - ports whose cable is out, or whose line is bad */
#include <sys/resource.h>

#include "base/poison.h"
#include "fake/hub_lab.h"
#include "fake/super_frame.h"
#include "harness.h"

#define MS 1000

static void setup(void)
{
	lab_open(true);
}

/* Machine @i is at port @i, and known there. */
static void plug(int count)
{
	lab_plug_many(count);
	for (int i = 0; i < count; i++)
		lab_broadcast(i, i);
	lab_drain_all();
}

static void say(int from, int to)
{
	lab_unicast(from, from, to);
}

static void set_line(int i, const struct ul_plug_conf *conf)
{
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[i].port, conf), 0);
}

START_TEST(nothing_passes_without_a_cable)
{
	struct ul_plug_conf out = { .is_down = true }, in = { 0 };
	const struct ul_plug_stats *s;
	unsigned int had;

	plug(3);
	s = ul_hub_stats(&lab.v[1].port);
	set_line(1, &out);
	had = lab.v[1].count;
	say(0, 1);
	lab_broadcast(0, 0);
	ck_assert_uint_eq(lab.v[1].count, had);
	ck_assert_uint_eq(s->link_down, 2);
	lab_drain_all();
	had = 0;
	say(1, 0);
	ck_assert_uint_eq(lab.v[0].count, had);
	ck_assert_uint_eq(s->link_down, 3);
	set_line(1, &in);
	say(1, 0);
	ck_assert_uint_eq(lab.v[0].count, had + 1);
}
END_TEST

START_TEST(frames_are_late_in_each_direction)
{
	struct ul_plug_conf conf = { 0 };
	unsigned int had;

	plug(2);
	if (_i == 0)
		conf.impair_in.delay_us = 10 * MS;
	else
		conf.impair_out.delay_us = 10 * MS;
	set_line(_i, &conf);
	had = lab.v[1].count;
	say(0, 1);
	ck_assert_uint_eq(lab.v[1].count, had);
	lab_pass(10 * MS - 1);
	ck_assert_uint_eq(lab.v[1].count, had);
	lab_pass(1);
	ck_assert_uint_eq(lab.v[1].count, had + 1);
	say(1, 0);		/* the way back is good */
	ck_assert_uint_eq(lab.v[0].count, 1);
}
END_TEST

/* A port that leaves takes what waits for it, or from it, along. */
START_TEST(a_port_leaves_while_frames_wait)
{
	struct ul_plug_conf conf = {
		.impair_in.delay_us = MS, .impair_out.delay_us = MS,
	};

	plug(2);
	set_line(1, &conf);
	say(0, 1);
	say(1, 0);
	ul_hub_unplug(lab.hub, &lab.v[1].port);
	lab_pass(10 * MS);
	ck_assert_uint_eq(lab.v[0].count, 0);
}
END_TEST

/* The router is held back by a long line, as by a full queue, and goes on. */
START_TEST(a_full_line_holds_the_router_back)
{
	struct ul_plug_conf conf = { .impair_out.delay_us = 1000 * MS };
	unsigned int sent = 0, got = 0;
	int ret;

	plug(1);
	set_line(0, &conf);
	while ((ret = lab_router_sends(lab_mac(0), 60000)) == 0)
		sent++;
	ck_assert_int_eq(ret, -ENOBUFS);
	ck_assert_uint_gt(sent, 200);
	ck_assert_uint_eq(lab.v[0].has_room, 0);
	lab_pass(1000 * MS);
	for (int i = 0; i < 10; i++) {
		got += lab_got(0);
		lab.v[0].port.handler->has_room(&lab.v[0].port,
						lab.v[0].port.arg);
		lab_pass(0);
	}
	ck_assert_uint_eq(got, sent);
	ck_assert_uint_ge(lab.v[0].has_room, 1);
	ck_assert_int_eq(lab_router_sends(lab_mac(0), 60000), 0);
}
END_TEST

/* Of a guest that does not read nothing is lost behind the delay. */
START_TEST(a_late_frame_waits_for_its_port)
{
	struct ul_plug_conf conf = { .impair_out.delay_us = MS };

	plug(2);
	set_line(1, &conf);
	lab.v[1].room = 0;
	say(0, 1);
	lab_pass(MS);
	ck_assert_uint_eq(lab.v[1].count, 0);
	lab.v[1].room = 10;
	lab.v[1].port.handler->has_room(&lab.v[1].port, lab.v[1].port.arg);
	lab_pass(0);
	ck_assert_uint_eq(lab.v[1].count, 1);
	ck_assert_uint_eq(ul_hub_stats(&lab.v[1].port)->tx_dropped, 0);
}
END_TEST

/* The address space is used up: an error, and the line stays as it was. */
#ifndef UL_HAS_ASAN		/* which maps what it likes */
START_TEST(without_memory_it_is_refused)
{
	struct ul_plug_conf conf = { .impair_in.delay_us = 1000 };
	struct rlimit had, low;

	plug(1);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &had), 0);
	low = (struct rlimit){ 1, had.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &low), 0);
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &conf), -ENOMEM);
	conf.impair_in.delay_us = 0;
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &conf), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &had), 0);
	conf.impair_out.loss_ppm = 1;
	ck_assert_int_eq(ul_hub_set(lab.hub, &lab.v[0].port, &conf), 0);
}
END_TEST
#endif

START_TEST(half_of_the_frames_are_lost)
{
	struct ul_plug_conf conf = { .impair_out.loss_ppm = 500000 };
	const struct ul_plug_stats *s;
	unsigned int got = 0;

	plug(2);
	s = ul_hub_stats(&lab.v[1].port);
	set_line(1, &conf);
	for (int i = 0; i < 1000; i++) {
		say(0, 1);
		got += lab_got(1);
	}
	ck_assert_uint_eq(s->lost + got, 1000);
	ck_assert_uint_gt(s->lost, 400);
	ck_assert_uint_lt(s->lost, 600);
}
END_TEST

/* Of a super-frame it is the frames on the wire that are lost, or late. */
START_TEST(a_super_frame_is_lost_in_parts)
{
	static struct super_frame f;
	struct ul_plug_conf conf = { .impair_in.loss_ppm = 300000 };
	const struct ul_plug_stats *s;
	unsigned int got, frames = (65000 + 1447) / 1448;

	plug(2);
	s = ul_hub_stats(&lab.v[0].port);
	if (_i)
		conf.impair_in.delay_us = MS;
	set_line(0, &conf);
	super_frame_make(&f, &super_kinds[0]);
	memcpy(f.frame, lab_mac(1), 6);
	memcpy(f.frame + 6, lab_mac(0), 6);
	lab_rx(0, f.frame, f.len, &f.offload);
	lab_pass(MS);
	got = lab.v[1].count;
	ck_assert_uint_eq(got + s->lost, frames);
	ck_assert_uint_gt(s->lost, 0);
	ck_assert_uint_gt(got, 0);
	for (unsigned int i = 0; i < got; i++)
		ck_assert_uint_le(lab.v[1].sent[i].len, 1514);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hub_impair");
	TCase *tc = tcase_create("hub_impair");

	tcase_add_checked_fixture(tc, setup, lab_close);
	tcase_add_test(tc, nothing_passes_without_a_cable);
	tcase_add_loop_test(tc, frames_are_late_in_each_direction, 0, 2);
	tcase_add_test(tc, a_port_leaves_while_frames_wait);
	tcase_add_test(tc, a_full_line_holds_the_router_back);
	tcase_add_test(tc, a_late_frame_waits_for_its_port);
#ifndef UL_HAS_ASAN
	tcase_add_test(tc, without_memory_it_is_refused);
#endif
	tcase_add_test(tc, half_of_the_frames_are_lost);
	tcase_add_loop_test(tc, a_super_frame_is_lost_in_parts, 0, 2);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
