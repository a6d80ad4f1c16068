/* SPDX-License-Identifier: BSD-3-Clause */
/* test_account.c - guests and what they may use, on a clock of the test's */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/account.h"
#include "harness.h"

#define SECOND 1000000ll
#define FLOWS_MAX 256

/* A flow that is nothing but its share. */
struct flow {
	struct ul_share share;
};

static struct ul_loop *loop;
static struct ul_accounts *all;
static struct ul_flow_limits limits;
static struct flow flows[FLOWS_MAX];
static int64_t now_us;
static char ports[64];		/* what stands for ports */
static unsigned int adopted, forgotten;
static const struct ul_account *gave_up;

static int64_t fake_clock(void *arg)
{
	return now_us;
}

static void on_give_up(struct ul_account *a, void *arg)
{
	struct ul_list *n = ul_list_first(&a->share[UL_USE_TCP]);

	gave_up = a;
	if (n)
		ul_share_put(ul_container_of(n, struct ul_share, node));
}

static void on_forget(struct ul_account *a, void *arg)
{
	struct ul_list *n;

	forgotten++;
	for (int i = 0; i < UL_USE_COUNT; i++)
		while ((n = ul_list_first(&a->share[i])) != NULL)
			ul_share_put(ul_container_of(n, struct ul_share,
						     node));
}

static void on_adopt(struct ul_account *from, struct ul_account *to, void *arg)
{
	adopted++;
}

static const char *on_name_of(const void *port, void *arg)
{
	static char name[16];

	snprintf(name, sizeof(name), "port%d", (int)((char *)port - ports));
	return name;
}

static const struct ul_accounts_handler handler = {
	.give_up = on_give_up, .forget = on_forget, .adopt = on_adopt,
	.name_of = on_name_of,
};

static void start(unsigned int fds)
{
	struct ul_accounts_conf conf = {
		.limits = &limits, .fds = fds, .pinned_bytes = 1000,
		.send_bytes = 2000, .handler = &handler,
	};

	now_us = SECOND;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ul_loop_turn(loop, 0);
	conf.loop = loop;
	all = ul_accounts_new(&conf);
}

static void setup(void)
{
	limits = (struct ul_flow_limits){
		.tcp_flows = 100, .tcp_half_open = 10, .udp_flows = 100,
		.icmp_flows = 100, .pinned_bytes = 500, .send_bytes = 600,
	};
	start(100);
}

static void teardown(void)
{
	for (int i = 0; i < FLOWS_MAX; i++)
		ul_share_put(&flows[i].share);
	ck_assert_uint_eq(ul_accounts_fds(all), 0);
	ul_accounts_free(all);
	ul_loop_free(loop);
}

static void pass(int64_t us)
{
	now_us += us;
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

static struct ul_account *at(int port)
{
	return ul_account_at(all, &ports[port]);
}

static struct flow *unused(void)
{
	for (int i = 0; i < FLOWS_MAX; i++)
		if (!flows[i].share.account)
			return &flows[i];
	ck_abort_msg("no flow left");
	return NULL;
}

static int take(struct ul_account *a, enum ul_use use)
{
	struct ul_ep dst = { .addr = ul_addr_v4(0xc6336407), .port = 80 };

	return ul_share_take(&unused()->share, a, use, &dst);
}

/* How many were taken before it was refused, with *@why. */
static unsigned int take_all(struct ul_account *a, enum ul_use use, int *why)
{
	unsigned int n = 0;

	while ((*why = take(a, use)) == 0)
		n++;
	return n;
}

static void saw(struct ul_account *a, uint8_t mac, uint8_t host)
{
	uint8_t m[6] = { 0x52, 0x54, 0, 0, 0, mac };
	struct ul_addr addr = ul_addr_v4(0x0a000200u + host);

	ul_account_saw(a, m, &addr);
}

START_TEST(each_port_has_its_own)
{
	struct ul_account *a = at(1), *b = at(2);

	ck_assert_ptr_ne(a, b);
	ck_assert_ptr_eq(at(1), a);
	ck_assert_ptr_eq(ul_account_find(all, &ports[2]), b);
	ck_assert_ptr_null(ul_account_find(all, &ports[3]));
	ck_assert_str_eq(a->name, "port1");
	ck_assert_uint_eq(ul_accounts_count(all), 2);
	ck_assert(ul_account_is_vacant(ul_account_at(all, NULL)));
}
END_TEST

/* Every limit, one below it, and again below it. */
START_TEST(limits_are_of_each_guest)
{
	static const struct {
		enum ul_use use;
		unsigned int limit;
	} cases[] = {
		{ UL_USE_TCP, 5 }, { UL_USE_TCP_DIAL, 3 },
		{ UL_USE_TCP_GREET, 3 }, { UL_USE_UDP, 4 }, { UL_USE_ICMP, 2 },
	};
	enum ul_use use = cases[_i].use;
	int why;

	limits.tcp_flows = 5;
	limits.tcp_half_open = 3;
	limits.udp_flows = 4;
	limits.icmp_flows = 2;
	ck_assert_uint_eq(take_all(at(1), use, &why), cases[_i].limit);
	ck_assert_int_eq(why, -ENOBUFS);
	ck_assert_uint_eq(at(1)->over[use], 1);
	ck_assert_uint_eq(at(1)->used[use], cases[_i].limit);
	ck_assert_uint_eq(take_all(at(2), use, &why), cases[_i].limit);
	ul_share_put(&flows[0].share);
	ck_assert_int_eq(take(at(1), use), 0);
	ck_assert_int_eq(take(at(1), use), -ENOBUFS);
}
END_TEST

/* What the guest dials takes nothing from what is forwarded to it. */
START_TEST(half_open_are_counted_apart)
{
	int why;

	ck_assert_uint_eq(take_all(at(1), UL_USE_TCP_DIAL, &why), 10);
	ck_assert_uint_eq(take_all(at(1), UL_USE_TCP_GREET, &why), 10);
	ck_assert_uint_eq(ul_accounts_fds(all), 0);
}
END_TEST

START_TEST(a_guest_alone_may_have_all_descriptors)
{
	int why;

	limits.tcp_flows = 1000;
	ck_assert_uint_eq(take_all(at(1), UL_USE_TCP, &why), 100);
	ck_assert_int_eq(why, -EMFILE);
	ck_assert_uint_eq(at(1)->over_fds, 1);
	ck_assert_ptr_null(gave_up);
}
END_TEST

/*
 * However greedy the first guests were, each one gets its fair part, at the
 * cost of those that have more; and nobody falls below it.
 */
START_TEST(every_guest_gets_its_fair_part)
{
	unsigned int count = 2 + (unsigned int)_i;
	unsigned int fair;
	int why;

	limits.tcp_flows = 1000;
	for (unsigned int i = 0; i < count; i++)
		take_all(at((int)i), UL_USE_TCP, &why);
	fair = ul_accounts_fds_fair(all);
	ck_assert_uint_eq(fair, (100 - (count - 1)) / count);
	for (unsigned int i = 0; i < count; i++) {
		take_all(at((int)i), UL_USE_TCP, &why);
		ck_assert_int_eq(why, -EMFILE);
	}
	for (unsigned int i = 0; i < count; i++)
		ck_assert_uint_ge(at((int)i)->used[UL_USE_TCP], fair);
	ck_assert_uint_ge(at(0)->gave_up, fair);
}
END_TEST

/* What is unused for longest goes; what was touched stays. */
START_TEST(longest_unused_makes_room)
{
	int why;

	limits.tcp_flows = 1000;
	take_all(at(1), UL_USE_TCP, &why);
	ul_share_touch(&flows[0].share);
	ck_assert_int_eq(take(at(2), UL_USE_TCP), 0);
	ck_assert_ptr_eq(gave_up, at(1));
	ck_assert_ptr_eq(flows[0].share.account, at(1));
	ck_assert(flows[1].share.account != at(1));
}
END_TEST

START_TEST(who_left_makes_room_first)
{
	struct ul_account *gone = at(1);
	int why;

	limits.tcp_flows = 1000;
	for (int i = 0; i < 5; i++)
		take(gone, UL_USE_TCP);
	take_all(at(2), UL_USE_TCP, &why);
	ul_account_leave(all, &ports[1]);
	ck_assert_int_eq(take(at(3), UL_USE_TCP), 0);
	ck_assert_ptr_eq(gave_up, gone);
}
END_TEST

START_TEST(a_guest_that_stays_away_is_forgotten)
{
	saw(at(1), 1, 15);
	saw(at(2), 2, 16);
	take(at(1), UL_USE_TCP);
	take(at(2), UL_USE_TCP);
	ul_account_leave(all, &ports[1]);
	ck_assert_uint_eq(ul_accounts_count(all), 1);
	pass(59 * SECOND);
	ck_assert_uint_eq(forgotten, 0);
	ck_assert_uint_eq(ul_accounts_fds(all), 2);
	pass(SECOND);
	ck_assert_uint_eq(forgotten, 1);
	ck_assert_uint_eq(ul_accounts_fds(all), 1);
	ck_assert_uint_eq(at(2)->used[UL_USE_TCP], 1);
	saw(at(3), 1, 15);		/* too late */
	ck_assert_uint_eq(adopted, 0);
}
END_TEST

/* They have no descriptor, so none of anybody's is taken for them. */
START_TEST(clients_of_a_guest_wait_for_it)
{
	int why;

	limits.udp_flows = 3;
	saw(at(1), 1, 15);
	ck_assert_uint_eq(take_all(at(1), UL_USE_UDP_CLIENT, &why), 3);
	ck_assert_int_eq(why, -ENOBUFS);
	ck_assert_uint_eq(ul_accounts_fds(all), 0);
	ul_account_leave(all, &ports[1]);
	saw(at(3), 1, 15);
	ck_assert_uint_eq(adopted, 1);
	ck_assert_uint_eq(at(3)->used[UL_USE_UDP_CLIENT], 3);
	ul_account_leave(all, &ports[3]);
	pass(60 * SECOND);
	ck_assert_uint_eq(forgotten, 1);
	ck_assert_ptr_null(flows[0].share.account);
}
END_TEST

START_TEST(what_is_set_aside_is_not_for_flows)
{
	int why;

	ul_accounts_set_aside(all, 32);		/* of what is reserved */
	ck_assert_uint_eq(ul_accounts_fds_max(all), 100);
	ul_accounts_set_aside(all, 60);
	ck_assert_uint_eq(take_all(at(1), UL_USE_TCP, &why), 40);
	ck_assert_int_eq(why, -EMFILE);
	ul_accounts_set_aside(all, 1000);
	ck_assert_uint_eq(ul_accounts_fds_max(all), 1);
	ck_assert(!ul_accounts_may_set_aside(all, 1));
	ul_accounts_set_aside(all, -1092);
	ck_assert(ul_accounts_may_set_aside(all, 50));
	ck_assert(!ul_accounts_may_set_aside(all, 51));
	ul_accounts_set_aside(all, 49);
	ck_assert(ul_accounts_may_set_aside(all, 1));
	ck_assert(!ul_accounts_may_set_aside(all, 2));
	ul_accounts_set_aside(all, -49);
	ck_assert_uint_eq(ul_accounts_fds_max(all), 100);
}
END_TEST

/* By its MAC, or by its address, at whatever port. */
START_TEST(a_guest_that_returns_is_known)
{
	struct ul_account *back;

	saw(at(1), 1, 15);
	take(at(1), UL_USE_TCP);
	take(at(1), UL_USE_UDP);
	take(at(1), UL_USE_ICMP);
	ul_account_leave(all, &ports[1]);
	pass(30 * SECOND);
	back = at(_i ? 1 : 7);		/* the old one's address, by chance */
	saw(back, 9, 19);
	ck_assert_uint_eq(adopted, 0);
	saw(back, _i & 1 ? 1 : 8, _i & 1 ? 18 : 15);
	ck_assert_uint_eq(adopted, 1);
	ck_assert_uint_eq(back->used[UL_USE_TCP], 1);
	ck_assert_uint_eq(back->used[UL_USE_UDP], 1);
	ck_assert_uint_eq(back->used[UL_USE_ICMP], 1);
	ck_assert_ptr_eq(flows[0].share.account, back);
	pass(61 * SECOND);
	ck_assert_uint_eq(forgotten, 0);
	ck_assert_uint_eq(ul_accounts_fds(all), 3);
}
END_TEST

START_TEST(who_is_there_is_not_robbed)
{
	saw(at(1), 1, 15);
	take(at(1), UL_USE_TCP);
	saw(at(2), 1, 15);
	ck_assert_uint_eq(adopted, 0);
	ck_assert_uint_eq(at(1)->used[UL_USE_TCP], 1);
}
END_TEST

START_TEST(who_left_is_found_by_address)
{
	struct ul_addr a15 = ul_addr_v4(0x0a00020f);
	struct ul_account *a = at(1);

	saw(a, 1, 15);
	take(a, UL_USE_TCP);
	ck_assert_ptr_null(ul_account_gone(all, &a15));
	ul_account_leave(all, &ports[1]);
	ck_assert_ptr_eq(ul_account_gone(all, &a15), a);
	pass(60 * SECOND);
	ck_assert_ptr_null(ul_account_gone(all, &a15));
}
END_TEST

/* A guest that claims much is known by what it claimed last. */
START_TEST(identities_are_bounded)
{
	struct ul_addr first = ul_addr_v4(0x0a000201);
	struct ul_addr last = ul_addr_v4(0x0a0002c8);

	for (int i = 1; i <= 200; i++)
		saw(at(1), (uint8_t)i, (uint8_t)i);
	ck_assert_uint_eq(at(1)->id_count, UL_ACCOUNT_IDS);
	take(at(1), UL_USE_TCP);
	ul_account_leave(all, &ports[1]);
	ck_assert_ptr_null(ul_account_gone(all, &first));
	ck_assert_ptr_nonnull(ul_account_gone(all, &last));
}
END_TEST

START_TEST(those_who_left_are_bounded)
{
	ul_accounts_free(all);
	ul_loop_free(loop);
	start(100000);
	for (int i = 0; i < UL_ACCOUNTS_LEFT_MAX + 10; i++) {
		struct ul_share *s = &flows[i % 20].share;

		ul_share_put(s);
		if (i < 20)
			take(at(1), UL_USE_TCP);
		ul_account_leave(all, &ports[1]);
	}
	ck_assert_uint_eq(forgotten, 0);	/* those without flows go */
	ck_assert_uint_eq(ul_accounts_count(all), 1);
}
END_TEST

START_TEST(bytes_are_shared_fairly)
{
	ck_assert_uint_eq(at(1)->budget.pinned_max, 500);
	ck_assert_uint_eq(at(1)->budget.send_max, 600);
	ck_assert_uint_eq(at(1)->budget.pinned_fair, 1000);
	ck_assert_uint_eq(at(2)->budget.pinned_fair, 500);
	ck_assert_uint_eq(at(1)->budget.pinned_fair, 500);
	ck_assert_uint_eq(at(1)->budget.send_fair, 1000);
	ul_account_leave(all, &ports[2]);
	ck_assert_uint_eq(at(1)->budget.send_fair, 2000);
}
END_TEST

START_TEST(a_vacant_flow_moves_to_its_guest)
{
	struct ul_account *nobody = ul_account_at(all, NULL);

	ck_assert_int_eq(take(nobody, UL_USE_TCP), 0);
	ul_share_move(&flows[0].share, at(1));
	ck_assert_uint_eq(nobody->used[UL_USE_TCP], 0);
	ck_assert_uint_eq(at(1)->used[UL_USE_TCP], 1);
	ck_assert_uint_eq(ul_accounts_fds(all), 1);
}
END_TEST

static void count(struct ul_account *a, void *arg)
{
	++*(unsigned int *)arg;
}

START_TEST(all_are_listed)
{
	unsigned int n = 0;

	at(1);
	take(at(2), UL_USE_TCP);
	ul_account_leave(all, &ports[2]);
	ul_accounts_each(all, count, &n);
	ck_assert_uint_eq(n, 2);
	take(ul_account_at(all, NULL), UL_USE_TCP);
	n = 0;
	ul_accounts_each(all, count, &n);
	ck_assert_uint_eq(n, 3);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("account");
	TCase *tc = tcase_create("account");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_port_has_its_own);
	tcase_add_loop_test(tc, limits_are_of_each_guest, 0, 5);
	tcase_add_test(tc, half_open_are_counted_apart);
	tcase_add_test(tc, a_guest_alone_may_have_all_descriptors);
	tcase_add_loop_test(tc, every_guest_gets_its_fair_part, 0, 8);
	tcase_add_test(tc, longest_unused_makes_room);
	tcase_add_test(tc, who_left_makes_room_first);
	tcase_add_test(tc, a_guest_that_stays_away_is_forgotten);
	tcase_add_loop_test(tc, a_guest_that_returns_is_known, 0, 4);
	tcase_add_test(tc, who_is_there_is_not_robbed);
	tcase_add_test(tc, who_left_is_found_by_address);
	tcase_add_test(tc, identities_are_bounded);
	tcase_add_test(tc, those_who_left_are_bounded);
	tcase_add_test(tc, bytes_are_shared_fairly);
	tcase_add_test(tc, a_vacant_flow_moves_to_its_guest);
	tcase_add_test(tc, all_are_listed);
	tcase_add_test(tc, clients_of_a_guest_wait_for_it);
	tcase_add_test(tc, what_is_set_aside_is_not_for_flows);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
