/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guest_dial.c - connections from the router to a guest */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "fake/tcp_lab.h"
#include "flow/flow_book.h"
#include "flow/guest_dial.h"
#include "wire/icmp.h"
#include "wire/ip4.h"

#define WAIT_US 5000000ll

static struct ul_guest_dials *dials;
static int64_t now_us;
static struct ul_guest_dial_conf conf;
static struct ul_guest_dial *dial;
static int pair[2];		/* the test's end, the dial's */
static int told;
static enum ul_greeting outcome;

static int64_t virtual_clock(void *arg)
{
	return now_us;
}

static void on_outcome(enum ul_greeting how, void *arg)
{
	told++;
	outcome = how;
}

static void setup_net(void)
{
	now_us = 1000000;
	lab_open(virtual_clock, 80);
	dials = ul_guest_dials_new(&ctx, proxy);
}

static void setup(void)
{
	setup_net();
	conf = (struct ul_guest_dial_conf){
		.guest = g.own, .wait_us = WAIT_US, .fn = on_outcome,
	};
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    pair), 0);
}

static void teardown(void)
{
	if (pair[0] >= 0)
		close(pair[0]);
	ul_guest_dials_free(dials);
	lab_close();
}

static void turns(int n)
{
	while (n--)
		ck_assert_int_eq(ul_loop_turn(ctx.loop, 0), 0);
}

/* Let @us pass, in the steps of the connections' clock. */
static void pass(int64_t us)
{
	for (int64_t end = now_us + us; now_us < end; now_us += 50000)
		turns(1);
	turns(2);
}

static void put(uint8_t flags, const void *data, size_t len)
{
	struct guest_seg s = {
		.seq = g.seq, .ack = g.ack, .flags = flags,
		.window = g.window, .data = data, .len = len,
	};
	struct ul_pkt pkt = guest_pkt(&g, &s);

	ul_tcp_proxy_input(proxy, &pkt);
	ul_buf_unref(pkt.buf);
}

/* The router's SYN: from the gateway, and g answers to it. */
static void take_syn(void)
{
	struct seg *s = wire_next(&wire);

	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(s->h.flags & ~0xc0, UL_TCP_SYN);
	ck_assert(ul_addr_eq(&s->src, &ctx.gateway4));
	ck_assert_uint_eq(s->h.dst_port, g.own.port);
	g.peer = (struct ul_ep){ s->src, s->h.src_port };
	g.ack = s->h.seq + 1;
	free(s);
}

static void accept_it(void)
{
	take_syn();
	put(UL_TCP_SYN | UL_TCP_ACK, NULL, 0);
	g.seq++;
}

static struct seg *next_seg(void)
{
	struct seg *s;

	for (int i = 0; i < 20 && !wire.count; i++)
		turns(1);
	s = wire_next(&wire);
	ck_assert_ptr_nonnull(s);
	return s;
}

static void begin(void)
{
	ck_assert_int_eq(ul_guest_dial(dials, &conf, pair[1], &dial), 0);
	ck_assert_uint_eq(ul_guest_dials_count(dials), 1);
	ck_assert_int_eq(told, 0);
}

static void expect_told(enum ul_greeting how)
{
	turns(1);
	ck_assert_int_eq(told, 1);
	ck_assert_int_eq(outcome, how);
	ck_assert_uint_eq(ul_guest_dials_count(dials), 0);
}

/* Nothing is left of it in the proxy, and the other end sees an end. */
static void expect_over(void)
{
	char byte;

	turns(1);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
	ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 0);
}

START_TEST(bytes_pass_both_ways)
{
	struct seg *s;
	char bytes[16];

	begin();
	accept_it();
	ck_assert_int_eq(told, 0);	/* not from within the proxy's work */
	expect_told(UL_GREETING_ACCEPTED);
	wire_clear(&wire);
	put(UL_TCP_ACK, "hello", 5);
	g.seq += 5;
	turns(2);
	ck_assert_int_eq(recv(pair[0], bytes, sizeof(bytes), 0), 5);
	wire_clear(&wire);
	ck_assert_int_eq(write(pair[0], "answer", 6), 6);
	s = next_seg();
	ck_assert_uint_eq(s->len, 6);
	g.ack += 6;
	free(s);
	/* Half closed from here, and the guest goes on. */
	shutdown(pair[0], SHUT_WR);
	s = next_seg();
	ck_assert(s->h.flags & UL_TCP_FIN);
	g.ack++;
	free(s);
	put(UL_TCP_ACK, "more", 4);
	g.seq += 4;
	turns(2);
	ck_assert_int_eq(recv(pair[0], bytes, sizeof(bytes), 0), 4);
	put(UL_TCP_FIN | UL_TCP_ACK, NULL, 0);
	turns(2);
	ck_assert_int_eq(recv(pair[0], bytes, sizeof(bytes), 0), 0);
	pass(2000000);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
	ck_assert_int_eq(told, 1);
}
END_TEST

static void ignore(const struct ul_flow_info *info, void *arg)
{
}

/* How many flows are there to be read of. */
static size_t told_of(bool is_ended)
{
	struct ul_flow_query q = { .is_ended = is_ended, .limit = 10 };
	struct ul_flow_page page;

	ul_flow_book_read(ul_accounts_book(ctx.accounts), &q, ignore, NULL,
			  &page);
	return page.total;
}

START_TEST(refused_is_told)
{
	begin();
	take_syn();
	put(UL_TCP_RST | UL_TCP_ACK, NULL, 0);
	expect_told(UL_GREETING_REFUSED);
	expect_over();
	ck_assert_uint_eq(told_of(true), 1);
}
END_TEST

/* A guest's "destination unreachable" of the SYN that the router sent. */
static bool put_icmp(uint8_t type, uint8_t code, uint32_t seq)
{
	struct ul_icmp icmp = { .type = type, .code = code };
	struct ul_ip4 ip = {
		.src = g.peer.addr, .dst = g.own.addr, .ttl = 64,
		.proto = UL_IPPROTO_TCP, .total_len = 60,
	};
	uint8_t body[UL_IP4_HLEN + 8], msg[UL_ICMP_HLEN + sizeof(body)];
	struct ul_wr w = ul_wr_new(body, sizeof(body));
	struct ul_wr whole = ul_wr_new(msg, sizeof(msg));
	struct ul_pkt pkt = {
		.src = g.own.addr, .dst = g.peer.addr,
		.proto = UL_IPPROTO_ICMP, .ttl = 64,
		.l4 = msg, .l4_len = sizeof(msg),
	};

	ul_ip4_emit(&w, &ip);
	ul_wr_u16(&w, g.peer.port);
	ul_wr_u16(&w, g.own.port);
	ul_wr_u32(&w, seq);
	ul_icmp_emit(&whole, &icmp, &pkt.src, &pkt.dst, body, sizeof(body));
	ul_wr_bytes(&whole, body, sizeof(body));
	ck_assert(!w.bad && !whole.bad);
	return ul_tcp_proxy_unreachable(proxy, &pkt);
}

static const struct {
	uint8_t code;
	enum ul_greeting how;
} rejections[] = {
	{ 3, UL_GREETING_REFUSED },		/* port unreachable */
	{ 1, UL_GREETING_UNREACHABLE },		/* host unreachable */
	{ 13, UL_GREETING_UNREACHABLE },	/* prohibited */
};

START_TEST(rejected_is_told)
{
	begin();
	take_syn();
	ck_assert(put_icmp(UL_ICMP4_UNREACHABLE, rejections[_i].code,
			   g.ack - 1));
	expect_told(rejections[_i].how);
	expect_over();
	ck_assert_uint_eq(told_of(true), 1);
}
END_TEST

/* Who has not seen the SYN, or speaks of other things, ends nothing. */
START_TEST(what_is_no_rejection_ends_nothing)
{
	begin();
	take_syn();
	ck_assert(!put_icmp(UL_ICMP4_UNREACHABLE, 3, g.ack));
	ck_assert(!put_icmp(UL_ICMP4_UNREACHABLE, 4, g.ack - 1));
	ck_assert(!put_icmp(UL_ICMP4_TIME_EXCEEDED, 0, g.ack - 1));
	g.peer.port++;
	ck_assert(!put_icmp(UL_ICMP4_UNREACHABLE, 3, g.ack - 1));
	g.peer.port--;
	put(UL_TCP_SYN | UL_TCP_ACK, NULL, 0);
	expect_told(UL_GREETING_ACCEPTED);
	/* It is open, and lives on what its segments say. */
	ck_assert(!put_icmp(UL_ICMP4_UNREACHABLE, 3, g.ack - 1));
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 1);
}
END_TEST

START_TEST(silence_ends)
{
	begin();
	pass(WAIT_US - 200000);
	ck_assert_int_eq(told, 0);
	pass(400000);
	expect_told(UL_GREETING_SILENT);
	expect_over();
}
END_TEST

START_TEST(cancelled_is_not_told)
{
	begin();
	if (_i) {		/* its outcome waits to be told */
		take_syn();
		put(UL_TCP_RST | UL_TCP_ACK, NULL, 0);
	}
	ul_guest_dial_cancel(dial);
	expect_over();
	pass(2 * WAIT_US);
	ck_assert_int_eq(told, 0);
	ck_assert_uint_eq(ul_guest_dials_count(dials), 0);
}
END_TEST

/* A flow that others need the place of. */
START_TEST(ended_is_told)
{
	struct ul_account *a = ul_account_at(ctx.accounts, NULL);

	begin();
	ul_tcp_proxy_reset_account(proxy, a);
	expect_told(UL_GREETING_ENDED);
	expect_over();
}
END_TEST

/* What the guest says first comes after what shall be said before. */
START_TEST(first_is_first)
{
	char bytes[16] = "";

	memcpy(conf.first, "OK\n", 3);
	conf.first_len = 3;
	begin();
	accept_it();
	put(UL_TCP_ACK, "banner", 6);
	g.seq += 6;
	expect_told(UL_GREETING_ACCEPTED);
	turns(2);
	ck_assert_int_eq(recv(pair[0], bytes, sizeof(bytes), 0), 9);
	ck_assert_mem_eq(bytes, "OK\nbanner", 9);
}
END_TEST

/* Who is refused goes on with a descriptor that it kept a copy of. */
START_TEST(a_copy_stays_of_use)
{
	int copy = dup(pair[1]);
	char byte;

	memcpy(conf.first, "OK\n", 3);
	conf.first_len = 3;
	begin();
	take_syn();
	put(UL_TCP_RST | UL_TCP_ACK, NULL, 0);
	expect_told(UL_GREETING_REFUSED);
	ck_assert_int_eq(recv(pair[0], &byte, 1, 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(write(copy, "n", 1), 1);
	ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 1);
	/* Its events are nobody's. */
	ck_assert_int_eq(write(pair[0], "x", 1), 1);
	turns(3);
	close(copy);
}
END_TEST

START_TEST(a_blocking_one_blocks_nothing)
{
	char bytes[16];

	begin();
	accept_it();
	expect_told(UL_GREETING_ACCEPTED);
	fcntl(pair[1], F_SETFL, 0);	/* the copy of whoever gave it */
	ck_assert_int_eq(write(pair[0], "answer", 6), 6);
	turns(3);
	put(UL_TCP_ACK, "hello", 5);
	g.seq += 5;
	turns(3);
	ck_assert_int_eq(recv(pair[0], bytes, sizeof(bytes), 0), 5);
}
END_TEST

static void begin_probe(void)
{
	close(pair[1]);
	ck_assert_int_eq(ul_guest_probe(dials, &conf, &dial), 0);
	ck_assert_uint_eq(told_of(false), 0);
}

/* The guest's program must not see a connection: RST, and no ACK before. */
START_TEST(a_probe_only_knocks)
{
	struct seg *s;

	begin_probe();
	take_syn();
	put(UL_TCP_SYN | UL_TCP_ACK, NULL, 0);
	s = wire_next(&wire);
	ck_assert_ptr_nonnull(s);
	ck_assert(s->h.flags & UL_TCP_RST);
	ck_assert_uint_eq(s->h.seq, g.ack);
	free(s);
	expect_told(UL_GREETING_ACCEPTED);
	expect_over();
	ck_assert_uint_eq(wire.count, 0);
}
END_TEST

START_TEST(a_probe_tells_what_it_found)
{
	begin_probe();
	if (!_i) {
		take_syn();
		put(UL_TCP_RST | UL_TCP_ACK, NULL, 0);
	} else {
		pass(WAIT_US + 200000);
	}
	expect_told(_i ? UL_GREETING_SILENT : UL_GREETING_REFUSED);
	expect_over();
	ck_assert_uint_eq(told_of(true), 0);
}
END_TEST

/* The limit, and that it is one of what is under way. */
START_TEST(no_more_than_some_at_once)
{
	struct ul_guest_dial *more[UL_GUEST_PROBES_MAX];

	begin_probe();
	for (int i = 1; i < UL_GUEST_PROBES_MAX; i++)
		ck_assert_int_eq(ul_guest_probe(dials, &conf, &more[i]), 0);
	ck_assert_int_eq(ul_guest_probe(dials, &conf, &more[0]), -ENOBUFS);
	ul_guest_dial_cancel(more[1]);
	ck_assert_int_eq(ul_guest_probe(dials, &conf, &more[0]), 0);
	ck_assert_int_eq(ul_guest_probe(dials, &conf, &more[1]), -ENOBUFS);
}
END_TEST

START_TEST(a_guests_limit_counts)
{
	ctx.limits.tcp_half_open = 1;
	begin();
	ck_assert_int_eq(ul_guest_probe(dials, &conf, &dial), -ENOBUFS);
	ck_assert_uint_eq(ul_guest_dials_count(dials), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("guest_dial");
	TCase *tc = tcase_create("guest_dial");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, bytes_pass_both_ways);
	tcase_add_test(tc, refused_is_told);
	tcase_add_loop_test(tc, rejected_is_told, 0, G_N_ELEMENTS(rejections));
	tcase_add_test(tc, what_is_no_rejection_ends_nothing);
	tcase_add_test(tc, silence_ends);
	tcase_add_loop_test(tc, cancelled_is_not_told, 0, 2);
	tcase_add_test(tc, ended_is_told);
	tcase_add_test(tc, first_is_first);
	tcase_add_test(tc, a_copy_stays_of_use);
	tcase_add_test(tc, a_blocking_one_blocks_nothing);
	tcase_add_test(tc, a_probe_only_knocks);
	tcase_add_loop_test(tc, a_probe_tells_what_it_found, 0, 2);
	tcase_add_test(tc, no_more_than_some_at_once);
	tcase_add_test(tc, a_guests_limit_counts);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
