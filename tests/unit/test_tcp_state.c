/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tcp_state.c - the laws of the table of proxied connections */
#include "flow/tcp_state.h"
#include "harness.h"

/* How far a state is: no event leads back. */
static const int progress[UL_TCP_STATE_COUNT] = {
	[UL_TCP_DIAL] = 0, [UL_TCP_GREET] = 1, [UL_TCP_OPEN] = 2,
	[UL_TCP_GUEST_DONE] = 3, [UL_TCP_HOST_DONE] = 3,
	[UL_TCP_BOTH_DONE] = 4, [UL_TCP_DRAIN] = 5, [UL_TCP_LINGER] = 6,
	[UL_TCP_END] = 7,
};

#define FOR_ALL(s, e) \
	for (enum ul_tcp_state s = 0; s < UL_TCP_STATE_COUNT; s++) \
		for (enum ul_tcp_event e = 0; e < UL_TCP_EVENT_COUNT; e++)

START_TEST(no_event_leads_back)
{
	FOR_ALL(s, e) {
		enum ul_tcp_state next = ul_tcp_next(s, e);

		ck_assert_uint_lt(next, UL_TCP_STATE_COUNT);
		ck_assert(next == s || progress[next] > progress[s]);
	}
}
END_TEST

START_TEST(the_end_is_the_end)
{
	for (enum ul_tcp_event e = 0; e < UL_TCP_EVENT_COUNT; e++)
		ck_assert_uint_eq(ul_tcp_next(UL_TCP_END, e), UL_TCP_END);
}
END_TEST

START_TEST(failure_ends_everything)
{
	for (enum ul_tcp_state s = 0; s < UL_TCP_STATE_COUNT; s++)
		ck_assert_uint_eq(ul_tcp_next(s, UL_TCP_EV_FAIL), UL_TCP_END);
}
END_TEST

START_TEST(events_that_repeat_change_nothing)
{
	FOR_ALL(s, e) {
		enum ul_tcp_state next = ul_tcp_next(s, e);

		ck_assert_uint_eq(ul_tcp_next(next, e), next);
	}
}
END_TEST

/* The two directions end independently of each other. */
START_TEST(order_of_the_ends_does_not_matter)
{
	enum ul_tcp_state guest_first, host_first;

	guest_first = ul_tcp_next(ul_tcp_next(UL_TCP_OPEN,
					      UL_TCP_EV_GUEST_FIN),
				  UL_TCP_EV_HOST_EOF);
	host_first = ul_tcp_next(ul_tcp_next(UL_TCP_OPEN, UL_TCP_EV_HOST_EOF),
				 UL_TCP_EV_GUEST_FIN);
	ck_assert_uint_eq(guest_first, UL_TCP_BOTH_DONE);
	ck_assert_uint_eq(host_first, UL_TCP_BOTH_DONE);
}
END_TEST

/* Only an open connection moves data; it is opened by both handshakes. */
START_TEST(both_handshakes_come_before_data)
{
	FOR_ALL(s, e) {
		if (ul_tcp_next(s, e) == UL_TCP_OPEN && s != UL_TCP_OPEN) {
			ck_assert_uint_eq(s, UL_TCP_GREET);
			ck_assert_uint_eq(e, UL_TCP_EV_GUEST_CONNECTED);
		}
		if (s == UL_TCP_DIAL && ul_tcp_next(s, e) != s)
			ck_assert(e == UL_TCP_EV_HOST_CONNECTED ||
				  ul_tcp_next(s, e) == UL_TCP_END);
	}
}
END_TEST

/* The host's socket closes when it has everything, or by failure. */
START_TEST(lingering_begins_when_all_was_taken)
{
	FOR_ALL(s, e) {
		if (ul_tcp_next(s, e) != UL_TCP_LINGER || s == UL_TCP_LINGER)
			continue;
		ck_assert_uint_eq(s, UL_TCP_DRAIN);
		ck_assert_uint_eq(e, UL_TCP_EV_DRAINED);
	}
}
END_TEST

START_TEST(every_state_has_a_name_of_its_own)
{
	for (enum ul_tcp_state a = 0; a < UL_TCP_STATE_COUNT; a++)
		for (enum ul_tcp_state b = 0; b < a; b++)
			ck_assert_str_ne(ul_tcp_state_name(a),
					 ul_tcp_state_name(b));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tcp_state");
	TCase *tc = tcase_create("tcp_state");

	tcase_add_test(tc, no_event_leads_back);
	tcase_add_test(tc, the_end_is_the_end);
	tcase_add_test(tc, failure_ends_everything);
	tcase_add_test(tc, events_that_repeat_change_nothing);
	tcase_add_test(tc, order_of_the_ends_does_not_matter);
	tcase_add_test(tc, both_handshakes_come_before_data);
	tcase_add_test(tc, lingering_begins_when_all_was_taken);
	tcase_add_test(tc, every_state_has_a_name_of_its_own);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
