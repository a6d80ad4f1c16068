/* SPDX-License-Identifier: BSD-3-Clause */
/* test_gate.c - when a guest's port is asked, and what follows from it */
#include <errno.h>

#include <glib.h>

#include "flow/gate.h"
#include "harness.h"

#define MS 1000ll
#define TICK_US (50 * MS)

/* The dials, of which the test is the guest. */
struct ul_guest_dial {
	struct ul_guest_dial_conf conf;
};

static struct ul_guest_dial under_way;
static bool is_asked, is_busy, is_nobody;
static unsigned int asked;
static struct ul_loop *loop;
static struct ul_gate *gate;
static int64_t now_us;
static unsigned int changes;
static bool is_open, is_stuck;

int ul_guest_probe(struct ul_guest_dials *all,
		   const struct ul_guest_dial_conf *conf,
		   struct ul_guest_dial **out)
{
	ck_assert(!is_asked);
	ck_assert_uint_eq(conf->guest.port, 80);
	if (is_busy)
		return -ENOBUFS;
	asked++;
	is_asked = true;
	under_way.conf = *conf;
	*out = &under_way;
	return 0;
}

void ul_guest_dial_cancel(struct ul_guest_dial *dial)
{
	ck_assert(is_asked && dial == &under_way);
	is_asked = false;
}

static void answer(enum ul_greeting how)
{
	ck_assert(is_asked);
	is_asked = false;
	under_way.conf.fn(how, under_way.conf.arg);
}

static int find(struct ul_ep *guest, void *arg)
{
	*guest = (struct ul_ep){ ul_addr_v4(0x0a00020f), 80 };
	return is_nobody ? -ENOENT : 0;
}

static bool on_change(bool is_open_now, void *arg)
{
	ck_assert(is_open != is_open_now);
	if (is_open_now && is_stuck)
		return false;
	is_open = is_open_now;
	changes++;
	return true;
}

static int64_t virtual_clock(void *arg)
{
	return now_us;
}

static void turn(void)
{
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

static void setup(void)
{
	struct ul_gate_conf conf = { .find = find, .change = on_change };

	now_us = 1000000;
	conf.loop = loop = ul_loop_new();
	ul_loop_set_clock(loop, virtual_clock, NULL);
	turn();
	gate = ul_gate_new(&conf);
	turn();
	turn();
	ck_assert_uint_eq(asked, 1);
}

static void teardown(void)
{
	ul_gate_free(gate);
	ck_assert(!is_asked);
	ul_loop_free(loop);
}

/* How long until the next question; none within @limit_us: that. */
static int64_t pause_of(int64_t limit_us)
{
	int64_t start = now_us;

	while (!is_asked && now_us - start < limit_us) {
		now_us += TICK_US;
		turn();
	}
	return now_us - start;
}

static void expect_pause(int64_t us)
{
	int64_t pause = pause_of(2 * us + 1000 * MS);

	ck_assert_msg(pause >= us && pause <= us + TICK_US,
		      "%lld ms, not %lld", (long long)(pause / MS),
		      (long long)(us / MS));
}

START_TEST(what_is_closed_is_asked_ever_more_rarely)
{
	static const int64_t pauses_ms[] = {
		500, 1000, 2000, 4000, 8000, 16000, 30000, 30000,
	};
	enum ul_greeting no[] = {
		UL_GREETING_REFUSED, UL_GREETING_SILENT,
		UL_GREETING_UNREACHABLE,
	};

	for (size_t i = 0; i < G_N_ELEMENTS(pauses_ms); i++) {
		answer(no[_i]);
		expect_pause(pauses_ms[i] * MS);
	}
	ck_assert_uint_eq(changes, 0);
	ck_assert(!ul_gate_is_open(gate));
}
END_TEST

START_TEST(it_opens_and_closes_with_the_answers)
{
	answer(UL_GREETING_ACCEPTED);
	ck_assert(is_open && ul_gate_is_open(gate));
	expect_pause(UL_GATE_CHECK_US);
	answer(UL_GREETING_ACCEPTED);
	ck_assert_uint_eq(changes, 1);
	expect_pause(UL_GATE_CHECK_US);
	answer(_i ? UL_GREETING_SILENT : UL_GREETING_REFUSED);
	ck_assert(!is_open && !ul_gate_is_open(gate));
	expect_pause(UL_GATE_STEP_MIN_US);
	answer(UL_GREETING_ACCEPTED);
	ck_assert(is_open);
}
END_TEST

START_TEST(a_hint_is_followed_at_once)
{
	for (int i = 0; i < 6; i++) {
		answer(UL_GREETING_REFUSED);
		pause_of(60000 * MS);
	}
	answer(UL_GREETING_REFUSED);
	ul_gate_hurry(gate);
	expect_pause(UL_GATE_PACE_US);
	answer(UL_GREETING_REFUSED);
	now_us += UL_GATE_PACE_US;
	turn();
	ul_gate_hurry(gate);
	ck_assert_int_le(pause_of(60000 * MS), TICK_US);
	/* One that comes while the guest is asked counts for the next. */
	ul_gate_hurry(gate);
	ck_assert_uint_eq(asked, 9);
	answer(UL_GREETING_REFUSED);
	expect_pause(UL_GATE_STEP_MIN_US);
}
END_TEST

/* Hints without end do not make questions without end. */
START_TEST(a_flood_of_hints_is_paced)
{
	int64_t end = now_us + 10000 * MS;

	while (now_us < end) {
		if (is_asked)
			answer(UL_GREETING_REFUSED);
		ul_gate_hurry(gate);
		now_us += 1 * MS;
		turn();
	}
	ck_assert_uint_le(asked, 10000 * MS / UL_GATE_PACE_US + 2);
	ck_assert_uint_ge(asked, 40);
}
END_TEST

/* A client was refused: the truth is asked for before it is changed. */
START_TEST(an_open_one_is_asked_before_it_closes)
{
	answer(UL_GREETING_ACCEPTED);
	ul_gate_hurry(gate);
	ck_assert(is_open);
	ck_assert_int_le(pause_of(60000 * MS), UL_GATE_PACE_US + TICK_US);
	answer(_i ? UL_GREETING_ACCEPTED : UL_GREETING_REFUSED);
	ck_assert_int_eq(is_open, _i);
}
END_TEST

START_TEST(what_says_nothing_changes_nothing)
{
	answer(UL_GREETING_ACCEPTED);
	pause_of(60000 * MS);
	answer(UL_GREETING_ENDED);
	ck_assert(is_open);
	is_busy = true;
	ck_assert_int_ge(pause_of(3000 * MS), 3000 * MS);
	is_busy = false;
	ck_assert_int_le(pause_of(3000 * MS), 300 * MS);
	ck_assert(is_open);
}
END_TEST

/* Another program has the host's port: it is tried again. */
START_TEST(what_cannot_open_is_tried_again)
{
	is_stuck = true;
	answer(UL_GREETING_ACCEPTED);
	ck_assert(!ul_gate_is_open(gate));
	expect_pause(UL_GATE_STEP_MIN_US);
	answer(UL_GREETING_ACCEPTED);
	expect_pause(2 * UL_GATE_STEP_MIN_US);
	is_stuck = false;
	answer(UL_GREETING_ACCEPTED);
	ck_assert(is_open && ul_gate_is_open(gate));
}
END_TEST

START_TEST(nobody_listens_nowhere)
{
	answer(UL_GREETING_ACCEPTED);
	is_nobody = true;
	ck_assert_int_ge(pause_of(60000 * MS), 60000 * MS);
	ck_assert(!is_open);
	is_nobody = false;
	ul_gate_hurry(gate);
	ck_assert_int_le(pause_of(60000 * MS), TICK_US);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gate");
	TCase *tc = tcase_create("gate");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_is_closed_is_asked_ever_more_rarely, 0,
			    3);
	tcase_add_loop_test(tc, it_opens_and_closes_with_the_answers, 0, 2);
	tcase_add_test(tc, a_hint_is_followed_at_once);
	tcase_add_loop_test(tc, an_open_one_is_asked_before_it_closes, 0, 2);
	tcase_add_test(tc, a_flood_of_hints_is_paced);
	tcase_add_test(tc, what_says_nothing_changes_nothing);
	tcase_add_test(tc, what_cannot_open_is_tried_again);
	tcase_add_test(tc, nobody_listens_nowhere);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
