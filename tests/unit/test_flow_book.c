/* SPDX-License-Identifier: BSD-3-Clause */
/* test_flow_book.c - flows by their numbers, in pages, and why they ended */
#include <errno.h>
#include <stdio.h>

#include "flow/flow_book.h"
#include "harness.h"

#define FLOWS 1000
#define SECOND 1000000ll

struct flow {
	struct ul_flow_entry entry;
	struct ul_account *account;
	bool is_cut;
};

static struct ul_loop *loop;
static struct ul_accounts *all;
static struct ul_flow_book *book;
static struct ul_flow_limits limits;
static struct flow flows[FLOWS];
static int64_t now_us;
static char ports[2];
static const char *port_names[2];

/* What a page told. */
static uint64_t told[FLOWS + UL_FLOW_BOOK_ENDED];
static struct ul_flow_info last;
static unsigned int told_count;
static struct ul_flow_page page;

static int64_t fake_clock(void *arg)
{
	return now_us;
}

static const char *on_name_of(const void *port, void *arg)
{
	return port_names[(const char *)port - ports];
}

static struct flow *flow_at(const struct ul_flow_entry *entry)
{
	return ul_container_of((struct ul_flow_entry *)(uintptr_t)entry,
			       struct flow, entry);
}

static void describe(const struct ul_flow_entry *entry,
		     struct ul_flow_info *info)
{
	info->state = "open";
	info->guest.port = (uint16_t)(flow_at(entry) - flows);
}

static struct ul_account *account_of(const struct ul_flow_entry *entry)
{
	return flow_at(entry)->account;
}

static void end(struct flow *f, enum ul_flow_end why)
{
	ul_flow_sign_out(book, &f->entry, why);
}

static void cut(struct ul_flow_entry *entry)
{
	flow_at(entry)->is_cut = true;
	end(flow_at(entry), UL_FLOW_SHUTDOWN);
}

static const struct ul_flow_ops ops = {
	.describe = describe, .account_of = account_of, .cut = cut,
};

static void begin(struct flow *f, int port, uint8_t proto)
{
	*f = (struct flow){
		.account = port < 0 ? ul_account_at(all, NULL) :
				      ul_account_at(all, ports + port),
		.entry.proto = proto,
	};
	ul_flow_sign_in(book, &f->entry, &ops);
}

static void setup(void)
{
	static const struct ul_accounts_handler handler = {
		.name_of = on_name_of,
	};
	struct ul_accounts_conf conf = {
		.limits = &limits, .fds = 10, .handler = &handler,
	};

	now_us = SECOND;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	ul_loop_turn(loop, 0);
	conf.loop = loop;
	port_names[0] = "port1";
	port_names[1] = "db";
	all = ul_accounts_new(&conf);
	book = ul_accounts_book(all);
}

static void teardown(void)
{
	for (int i = 0; i < FLOWS; i++)
		end(&flows[i], UL_FLOW_SHUTDOWN);
	ul_accounts_free(all);
	ul_loop_free(loop);
}

static void take(const struct ul_flow_info *info, void *arg)
{
	told[told_count++] = info->id;
	last = *info;
}

static void read_page(struct ul_flow_query q)
{
	told_count = 0;
	ul_flow_book_read(book, &q, take, NULL, &page);
}

static void pass(int64_t us)
{
	now_us += us;
	ul_loop_turn(loop, 0);
}

START_TEST(pages_tell_each_flow_once)
{
	struct ul_flow_query q = { .limit = 64 };
	uint64_t before = 0;
	unsigned int sum = 0;

	for (int i = 0; i < FLOWS; i++)
		begin(&flows[i], 0, UL_IPPROTO_TCP);
	do {
		read_page(q);
		ck_assert_uint_eq(page.total, FLOWS);
		ck_assert_uint_le(told_count, q.limit);
		for (unsigned int i = 0; i < told_count; i++) {
			ck_assert_uint_gt(told[i], before);
			before = told[i];
		}
		sum += told_count;
		q.after = page.next;
	} while (page.is_truncated);
	ck_assert_uint_eq(sum, FLOWS);
}
END_TEST

/* A page is full to the last flow: there is nothing behind it. */
START_TEST(a_full_page_is_not_truncated)
{
	for (int i = 0; i < 10; i++)
		begin(&flows[i], 0, UL_IPPROTO_TCP);
	read_page((struct ul_flow_query){ .limit = 10 });
	ck_assert_uint_eq(told_count, 10);
	ck_assert(!page.is_truncated);
	read_page((struct ul_flow_query){ .limit = 9 });
	ck_assert_uint_eq(told_count, 9);
	ck_assert(page.is_truncated);
	read_page((struct ul_flow_query){ .limit = 0 });
	ck_assert(page.is_truncated);
	ck_assert_uint_eq(page.next, 0);
}
END_TEST

/* The flow at the end of a page ends before the next page is asked for. */
START_TEST(a_page_goes_on_where_a_flow_was)
{
	for (int i = 0; i < 10; i++)
		begin(&flows[i], 0, UL_IPPROTO_TCP);
	read_page((struct ul_flow_query){ .limit = 5 });
	end(&flows[4], UL_FLOW_IDLE);
	end(&flows[5], UL_FLOW_IDLE);
	read_page((struct ul_flow_query){ .limit = 5, .after = page.next });
	ck_assert_uint_eq(told_count, 4);
	ck_assert_uint_eq(told[0], flows[6].entry.id);
	ck_assert_uint_eq(page.total, 8);
	read_page((struct ul_flow_query){ .limit = 5, .after = UINT64_MAX });
	ck_assert_uint_eq(told_count, 0);
	ck_assert(!page.is_truncated);
}
END_TEST

START_TEST(filters_count_what_they_let_through)
{
	struct ul_flow_query q = { .limit = 3 };

	for (int i = 0; i < 30; i++)
		begin(&flows[i], i % 3 - 1,
		      i % 2 ? UL_IPPROTO_TCP : UL_IPPROTO_UDP);
	q.port = "db";
	read_page(q);
	ck_assert_uint_eq(page.total, 10);
	ck_assert_uint_eq(told_count, 3);
	ck_assert_str_eq(last.port, "db");
	q.proto = UL_IPPROTO_UDP;
	q.limit = 100;
	read_page(q);
	ck_assert_uint_eq(page.total, 5);
	ck_assert_uint_eq(told_count, 5);
	ck_assert(!page.is_truncated);
	q.port = "nobody";
	read_page(q);
	ck_assert_uint_eq(page.total, 0);
}
END_TEST

/* Ports get their names after their guests have begun to talk. */
START_TEST(ports_are_called_as_they_are_now)
{
	begin(&flows[0], 0, UL_IPPROTO_TCP);
	port_names[0] = "web";
	read_page((struct ul_flow_query){ .limit = 1 });
	ck_assert_str_eq(last.port, "web");
	port_names[0] = NULL;		/* let go just now */
	read_page((struct ul_flow_query){ .limit = 1, .port = "web" });
	ck_assert_uint_eq(told_count, 1);
	ul_account_leave(all, ports);
	flows[0].account = ul_account_at(all, NULL);
	read_page((struct ul_flow_query){ .limit = 1 });
	ck_assert_ptr_null(last.port);
}
END_TEST

START_TEST(the_first_blame_counts_but_not_against_a_reset)
{
	struct ul_flow_query q = { .is_ended = true, .limit = 1 };

	begin(&flows[0], 0, UL_IPPROTO_TCP);
	ul_flow_blame(&flows[0].entry, UL_FLOW_GUEST_CLOSED);
	ul_flow_blame(&flows[0].entry, UL_FLOW_OUTSIDE_CLOSED);
	if (_i)
		ul_flow_blame(&flows[0].entry, UL_FLOW_OUTSIDE_RESET);
	ul_flow_blame(&flows[0].entry, UL_FLOW_GUEST_CLOSED);
	end(&flows[0], UL_FLOW_SHUTDOWN);
	read_page(q);
	ck_assert_int_eq(last.why, _i ? UL_FLOW_OUTSIDE_RESET :
					UL_FLOW_GUEST_CLOSED);
}
END_TEST

START_TEST(the_last_that_ended_are_remembered)
{
	struct ul_flow_query q = {
		.is_ended = true, .limit = UL_FLOW_BOOK_ENDED,
	};

	for (int i = 0; i < 300; i++) {
		begin(&flows[i], 0, UL_IPPROTO_UDP);
		flows[i].entry.from_guest = (uint64_t)i;
		pass(SECOND);
		end(&flows[i], UL_FLOW_IDLE);
		end(&flows[i], UL_FLOW_CUT);	/* once only */
	}
	port_names[0] = "another";
	pass(5 * SECOND);
	read_page(q);
	ck_assert_uint_eq(page.total, UL_FLOW_BOOK_ENDED);
	ck_assert_uint_eq(told_count, UL_FLOW_BOOK_ENDED);
	ck_assert_uint_eq(page.forgotten, 300 - UL_FLOW_BOOK_ENDED);
	ck_assert(!page.is_truncated);
	ck_assert_uint_eq(told[0], flows[299].entry.id);
	q.limit = 1;
	read_page(q);
	ck_assert(page.is_truncated);
	ck_assert_uint_eq(page.total, UL_FLOW_BOOK_ENDED);
	ck_assert_str_eq(last.port, "port1");
	ck_assert_int_eq(last.age_us, SECOND);
	ck_assert_int_eq(last.ended_us, 5 * SECOND);
	ck_assert_uint_eq(last.from_guest, 299);
	ck_assert_str_eq(ul_flow_end_name(last.why), "idle");
	q.proto = UL_IPPROTO_TCP;
	read_page(q);
	ck_assert_uint_eq(page.total, 0);
}
END_TEST

START_TEST(a_flow_is_cut_once)
{
	struct ul_flow_query q = { .is_ended = true, .limit = 1 };
	uint64_t id;

	begin(&flows[0], 0, UL_IPPROTO_TCP);
	id = flows[0].entry.id;
	ck_assert_int_eq(ul_flow_book_cut(book, id + 1), -ENOENT);
	ck_assert_int_eq(ul_flow_book_cut(book, 0), -ENOENT);
	ck_assert_int_eq(ul_flow_book_cut(book, id), 0);
	ck_assert(flows[0].is_cut);
	ck_assert_int_eq(ul_flow_book_cut(book, id), -ENOENT);
	read_page(q);
	ck_assert_int_eq(last.why, UL_FLOW_CUT);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("flow_book");
	TCase *tc = tcase_create("flow_book");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, pages_tell_each_flow_once);
	tcase_add_test(tc, a_full_page_is_not_truncated);
	tcase_add_test(tc, a_page_goes_on_where_a_flow_was);
	tcase_add_test(tc, filters_count_what_they_let_through);
	tcase_add_test(tc, ports_are_called_as_they_are_now);
	tcase_add_loop_test(tc, the_first_blame_counts_but_not_against_a_reset,
			    0, 2);
	tcase_add_test(tc, the_last_that_ended_are_remembered);
	tcase_add_test(tc, a_flow_is_cut_once);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
