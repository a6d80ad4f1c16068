/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tcp_proxy.c - guest connections through real sockets on loopback */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake/own_net.h"
#include "fake/tcp_lab.h"
#include "flow/flow_book.h"

static struct ul_ep server;	/* where every connection of the guest goes */
static int listener;
static int64_t now_us;

static int64_t virtual_clock(void *arg)
{
	return now_us;
}

static void setup(void)
{
	now_us = 1000000;
	lab_open(virtual_clock, 1000);
	listener = listen_on_loopback(&server, 16);
	aim(&g, &server);
}

static void teardown(void)
{
	close(listener);
	lab_close();
}

static void turns(int n)
{
	while (n--)
		ck_assert_int_eq(ul_loop_turn(ctx.loop, 10), 0);
}

/* Turns until a segment comes; @tries of at most 10 ms. */
static struct seg *await_for(int tries)
{
	for (int i = 0; i < tries && !wire.count; i++)
		turns(1);
	return wire_next(&wire);
}

static struct seg *await(void)
{
	struct seg *s = await_for(1000);

	ck_assert_ptr_nonnull(s);
	return s;
}

static void expect_silence(void)
{
	turns(5);
	ck_assert_uint_eq(wire.count, 0);
}

static void put(struct guest *guest, uint8_t flags, const void *data,
		size_t len)
{
	struct guest_seg s = {
		.seq = guest->seq, .ack = guest->ack, .flags = flags,
		.window = guest->window, .data = data, .len = len,
	};
	struct ul_pkt pkt = guest_pkt(guest, &s);

	ul_tcp_proxy_input(proxy, &pkt);
	ul_buf_unref(pkt.buf);
}

static void finish_handshake(struct guest *guest)
{
	struct seg *s = await();

	ck_assert_uint_eq(s->h.flags, UL_TCP_SYN | UL_TCP_ACK);
	ck_assert_uint_eq(s->h.dst_port, guest->own.port);
	guest->seq++;
	guest->ack = s->h.seq + 1;
	free(s);
	put(guest, UL_TCP_ACK, NULL, 0);
}

/* The guest connects; the server's end. */
static int connect_guest(struct guest *guest)
{
	int fd;

	aim(guest, &server);
	put(guest, UL_TCP_SYN, NULL, 0);
	finish_handshake(guest);
	fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static uint32_t guest_ack_of_wire(void)
{
	struct seg *s = wire_next(&wire);
	uint32_t ack = s->h.ack;

	free(s);
	return ack;
}

/*
 * A guest without TSO: a super-packet of its kernel's comes in segments, of
 * which the last has PSH. All arrives, and is acknowledged as one.
 */
#define SEGMENTS 10
#define SEGMENT 1460

START_TEST(segments_of_a_batch_arrive_as_one)
{
	static uint8_t sent[SEGMENTS * SEGMENT], got[sizeof(sent)];
	int fd = connect_guest(&g);
	struct seg *s;

	stream_fill(sent, 0, sizeof(sent));
	for (int i = 0; i < SEGMENTS; i++) {
		bool is_last = i == SEGMENTS - 1 && _i;

		put(&g, is_last ? UL_TCP_ACK | UL_TCP_PSH : UL_TCP_ACK,
		    sent + i * SEGMENT, SEGMENT);
		g.seq += SEGMENT;
	}
	if (_i == 2)
		ul_tcp_proxy_batch_end(proxy);
	s = await();
	ck_assert_uint_eq(s->h.ack, g.seq);
	free(s);
	ck_assert_uint_eq(wire.count, 0);
	ck_assert_int_eq(recv(fd, got, sizeof(got), MSG_WAITALL),
			 sizeof(sent));
	ck_assert_mem_eq(got, sent, sizeof(sent));
	close(fd);
}
END_TEST

/* The last of much data is acknowledged when its half millisecond is over. */
START_TEST(rest_of_much_is_acknowledged_in_time)
{
	static uint8_t sent[SEGMENT], got[4096];
	int fd = connect_guest(&g);

	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < (1 << 20) / SEGMENT + 10; i++) {
		put(&g, UL_TCP_ACK | UL_TCP_PSH, sent, SEGMENT);
		g.seq += SEGMENT;
		turns(1);
		while (read(fd, got, sizeof(got)) > 0)
			;
		if (i % 50 == 0)	/* what waits is in time, too */
			now_us += UL_CONN_ACK_US;
	}
	now_us += UL_CONN_ACK_US;
	turns(1);
	wire_clear(&wire);
	put(&g, UL_TCP_ACK | UL_TCP_PSH, sent, SEGMENT);
	g.seq += SEGMENT;
	now_us += UL_CONN_ACK_US - 1;
	turns(2);
	ck_assert_uint_eq(wire.count, 0);
	now_us += UL_CONN_ACK_US;
	turns(1);
	ck_assert_uint_eq(wire.count, 1);
	ck_assert_uint_eq(guest_ack_of_wire(), g.seq);
	close(fd);
}
END_TEST

static void keep_info(const struct ul_flow_info *info, void *arg)
{
	*(struct ul_flow_info *)arg = *info;
}

/* What is known of the one flow, or of the one that ended last. */
static struct ul_flow_info flow_info(bool is_ended)
{
	struct ul_flow_query q = { .is_ended = is_ended, .limit = 1 };
	struct ul_flow_info info = { .id = 0 };
	struct ul_flow_page page;

	ul_flow_book_read(ul_accounts_book(ctx.accounts), &q, keep_info,
			  &info, &page);
	return info;
}

/* The flow that ended last was the guest's, and this is why. */
static void expect_end(enum ul_flow_end why)
{
	struct ul_flow_info info = flow_info(true);

	ck_assert_str_eq(ul_flow_end_name(info.why), ul_flow_end_name(why));
	ck_assert(ul_ep_eq(&info.guest, &g.own));
	ck_assert(ul_ep_eq(&info.outside, &g.peer));
	ck_assert_uint_eq(info.proto, UL_IPPROTO_TCP);
	ck_assert(info.has_remote && ul_ep_eq(&info.remote, &server));
}

static void expect_reset(void)
{
	struct seg *s = await();

	ck_assert(s->h.flags & UL_TCP_RST);
	free(s);
}

/* Connections that fill the queue of a listener, so that more must wait. */
static int waiting[4];

static void clog_server(void)
{
	struct sockaddr_storage ss;
	socklen_t len;

	close(listener);
	listener = listen_on_loopback(&server, 0);
	aim(&g, &server);
	len = ul_ep_to_sa(&server, &ss);
	for (int i = 0; i < 4; i++) {
		waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(waiting[i], (struct sockaddr *)&ss, len);
	}
}

static void unclog_server(void)
{
	fcntl(listener, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 4; i++)
		close(waiting[i]);
	for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;)
		close(fd);
}

START_TEST(syn_is_held_until_the_host_connected)
{
	struct seg *s;

	clog_server();
	put(&g, UL_TCP_SYN, NULL, 0);
	expect_silence();
	put(&g, UL_TCP_SYN, NULL, 0);		/* impatient */
	put(&g, UL_TCP_ACK, "x", 1);		/* confused */
	expect_silence();
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 1);
	ck_assert_str_eq(flow_info(false).state, "connecting");
	if (_i) {		/* it gives up */
		put(&g, UL_TCP_RST, NULL, 0);
		expect_end(UL_FLOW_GUEST_RESET);
		ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
		unclog_server();
		expect_silence();
		return;
	}
	unclog_server();
	s = await_for(1000);	/* the kernel repeats its SYN after seconds */
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(s->h.flags, UL_TCP_SYN | UL_TCP_ACK);
	free(s);
}
END_TEST

START_TEST(refused_is_refused)
{
	struct seg *s;

	close(listener);
	listener = -1;
	put(&g, UL_TCP_SYN, NULL, 0);
	s = await();
	ck_assert_uint_eq(s->h.flags, UL_TCP_RST | UL_TCP_ACK);
	ck_assert_uint_eq(s->h.ack, g.seq + 1);
	free(s);
	ck_assert_uint_eq(ctx.stats.tcp_refused, 1);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
	expect_end(UL_FLOW_REFUSED);
}
END_TEST

START_TEST(forbidden_is_refused_at_once)
{
	ul_addr_parse(&g.peer.addr, (const char *[]){
		"127.0.0.1", "169.254.1.1", "0.0.0.1", "10.0.2.99" }[_i]);
	put(&g, UL_TCP_SYN, NULL, 0);
	ck_assert_uint_eq(wire.count, 1);
	expect_reset();
	ck_assert_uint_eq(ctx.stats.denied, 1);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
}
END_TEST

/* No descriptor left: the guest hears nothing and tries again. */
START_TEST(out_of_descriptors_is_silence)
{
	struct rlimit had, low = { .rlim_max = 0 };
	int fd = dup(0);

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &had), 0);
	low = (struct rlimit){ (rlim_t)fd, had.rlim_max };
	close(fd);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	put(&g, UL_TCP_SYN, NULL, 0);
	expect_silence();
	ck_assert_uint_eq(ctx.stats.tcp_no_fd, 1);
	expect_end(UL_FLOW_NO_RESOURCES);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &had), 0);
	close(connect_guest(&g));
}
END_TEST

START_TEST(flow_limit_hits_and_recovers)
{
	struct guest two;
	int fd;

	guest_init(&two, ctx.stack, &wire, frames, true, 1001);
	aim(&two, &server);
	ctx.limits.tcp_flows = 1;
	fd = connect_guest(&g);
	put(&two, UL_TCP_SYN, NULL, 0);
	expect_silence();
	ck_assert_uint_eq(ctx.stats.tcp_over_flows, 1);
	put(&g, UL_TCP_RST, NULL, 0);
	turns(2);
	close(fd);
	close(connect_guest(&two));
}
END_TEST

START_TEST(half_open_limit_hits_and_recovers)
{
	struct guest two;

	guest_init(&two, ctx.stack, &wire, frames, true, 1001);
	ctx.limits.tcp_half_open = 1;
	clog_server();
	aim(&two, &server);
	put(&g, UL_TCP_SYN, NULL, 0);
	put(&two, UL_TCP_SYN, NULL, 0);
	expect_silence();
	ck_assert_uint_eq(ctx.stats.tcp_over_half_open, 1);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 1);
	put(&g, UL_TCP_RST, NULL, 0);
	unclog_server();
	fcntl(listener, F_SETFL, 0);
	close(connect_guest(&two));
	ck_assert_uint_eq(ctx.stats.tcp_over_half_open, 1);
}
END_TEST

START_TEST(resets_pass_both_ways)
{
	struct linger reset = { .l_onoff = 1 };
	int fd = connect_guest(&g);
	char c;

	if (_i == 0) {
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
		expect_reset();
	} else {
		put(&g, UL_TCP_RST, NULL, 0);
		turns(2);
		ck_assert_int_eq(read(fd, &c, 1), -1);
		ck_assert_int_eq(errno, ECONNRESET);
		close(fd);
		ck_assert_uint_eq(wire.count, 0);
	}
	turns(1);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
	expect_end(_i ? UL_FLOW_GUEST_RESET : UL_FLOW_OUTSIDE_RESET);
	ck_assert(flow_info(true).has_local);
}
END_TEST

static void expect_fin(void)
{
	struct seg *s = await();

	ck_assert(s->h.flags & UL_TCP_FIN);
	ck_assert_uint_eq(s->h.seq, g.ack);
	g.ack++;
	free(s);
}

/* The host closes, then the guest; what is left waits for late segments. */
static void close_host_first(int fd)
{
	char c;

	shutdown(fd, SHUT_WR);
	expect_fin();
	put(&g, UL_TCP_ACK, NULL, 0);
	put(&g, UL_TCP_ACK, "bye", 3);
	g.seq += 3;
	put(&g, UL_TCP_FIN | UL_TCP_ACK, NULL, 0);
	g.seq++;
	turns(2);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(read(fd, &c, 1), 1);
	ck_assert_int_eq(read(fd, &c, 1), 0);
	close(fd);
	wire_clear(&wire);
}

START_TEST(lingering_does_not_stand_in_the_way)
{
	close_host_first(connect_guest(&g));
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 1);
	expect_end(UL_FLOW_OUTSIDE_CLOSED);
	ck_assert_uint_eq(flow_info(true).from_guest, 3);
	ck_assert_uint_eq(flow_info(false).id, 0);	/* it has ended */
	put(&g, UL_TCP_FIN | UL_TCP_ACK, NULL, 0);	/* late: answered */
	free(await());
	if (_i) {
		g.seq += 100;
		close(connect_guest(&g));
		return;
	}
	for (int i = 0; i < 30; i++) {		/* or it goes by itself */
		now_us += 50000;
		ul_loop_turn(ctx.loop, 0);
	}
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
}
END_TEST

/* More than the host's sockets hold: the rest waits with us. */
static size_t overfill(struct guest *guest)
{
	char bytes[1000] = { 0 };
	size_t sent = 0;

	while (sent < 40000) {
		put(guest, UL_TCP_ACK, bytes, sizeof(bytes));
		guest->seq += sizeof(bytes);
		sent += sizeof(bytes);
	}
	turns(1);
	return sent;
}

/* The server reads slowly; the guest is through with it and begins anew. */
START_TEST(what_drains_does_not_stand_in_the_way)
{
	size_t want, got = 0;
	char bytes[4096];
	int old, fd;

	if (!own_net_enter())
		return;
	own_net_sysctl("ipv4/tcp_wmem", "4096 4096 4096");
	own_net_sysctl("ipv4/tcp_rmem", "4096 4096 4096");
	close(listener);
	listener = listen_on_loopback(&server, 16);
	old = connect_guest(&g);
	want = overfill(&g);
	shutdown(old, SHUT_WR);
	wire_clear(&wire);
	turns(1);
	while (wire.count)
		free(wire_next(&wire));
	g.ack++;
	put(&g, UL_TCP_FIN | UL_TCP_ACK, NULL, 0);
	g.seq++;
	turns(2);
	wire_clear(&wire);

	g.seq += 100000;
	fd = connect_guest(&g);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 2);
	put(&g, UL_TCP_ACK, "new", 3);
	turns(1);
	ck_assert_int_eq(read(fd, bytes, sizeof(bytes)), 3);
	while (got < want) {
		ssize_t n = recv(old, bytes, sizeof(bytes), MSG_DONTWAIT);

		ck_assert(n > 0 || errno == EAGAIN);
		got += n > 0 ? (size_t)n : 0;
		turns(1);
	}
	ck_assert_int_eq(read(old, bytes, 1), 0);
	for (int i = 0; i < 30; i++) {
		now_us += 50000;
		ul_loop_turn(ctx.loop, 0);
	}
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 1);
	close(old);
	close(fd);
}
END_TEST

START_TEST(guest_closes_first)
{
	int fd = connect_guest(&g);
	char buf[8];
	struct seg *s;

	put(&g, UL_TCP_FIN | UL_TCP_ACK, "hi", 2);
	g.seq += 3;
	turns(2);
	ck_assert_int_eq(read(fd, buf, sizeof(buf)), 2);
	ck_assert_int_eq(read(fd, buf, sizeof(buf)), 0);
	wire_clear(&wire);
	ck_assert_int_eq(write(fd, "answer", 6), 6);
	s = await();
	ck_assert_uint_eq(s->len, 6);
	ck_assert_mem_eq(s->data, "answer", 6);
	g.ack += 6;
	free(s);
	put(&g, UL_TCP_ACK, NULL, 0);
	close(fd);
	expect_fin();
	put(&g, UL_TCP_ACK, NULL, 0);
	turns(2);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
	expect_end(UL_FLOW_GUEST_CLOSED);
	ck_assert_uint_eq(flow_info(true).from_guest, 2);
	ck_assert_uint_eq(flow_info(true).to_guest, 6);
}
END_TEST

/* What an operator sees, and cuts. */
START_TEST(an_open_flow_is_shown_and_cut)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd = connect_guest(&g);
	struct ul_flow_info info;
	struct ul_ep ours;
	char c;

	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&ss, &len), 0);
	ul_ep_from_sa(&ours, (struct sockaddr *)&ss);
	ck_assert_int_eq(write(fd, "answer", 6), 6);
	free(await());
	now_us += 3000000;
	turns(1);
	info = flow_info(false);
	ck_assert_str_eq(info.state, "open");
	ck_assert(info.has_local && ul_ep_eq(&info.local, &ours));
	ck_assert(ul_ep_eq(&info.guest, &g.own));
	ck_assert_uint_eq(info.waiting_in, 6);
	ck_assert_int_eq(info.age_us, 3000000);
	wire_clear(&wire);
	ck_assert_int_eq(ul_flow_book_cut(ul_accounts_book(ctx.accounts),
					  info.id), 0);
	expect_reset();
	ck_assert_int_eq(read(fd, &c, 1), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
	expect_end(UL_FLOW_CUT);
	ck_assert(flow_info(true).has_local);
	close(fd);
}
END_TEST

/* A slow machine whose ticks come at even times only, or at odd ones. */
START_TEST(timers_run_whatever_the_phase)
{
	unsigned int resent = 0;

	put(&g, UL_TCP_SYN, NULL, 0);
	free(await());
	now_us += 50000 * _i;
	for (int i = 0; i < 20; i++) {
		now_us += 100000;
		ul_loop_turn(ctx.loop, 0);
	}
	for (struct seg *s; (s = wire_next(&wire)) != NULL; free(s))
		resent += s->h.flags == (UL_TCP_SYN | UL_TCP_ACK);
	ck_assert_uint_ge(resent, 2);
}
END_TEST

/* A thousand connections come and go; no descriptor stays. */
static unsigned int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

START_TEST(nothing_leaks)
{
	unsigned int before = open_files();

	for (uint16_t port = 2000; port < 2300; port++) {
		int fd;

		guest_init(&g, ctx.stack, &wire, frames, true, port);
		fd = connect_guest(&g);
		if (port % 3 == 0) {
			close_host_first(fd);
			continue;
		}
		put(&g, UL_TCP_RST, NULL, 0);
		turns(1);
		close(fd);
		wire_clear(&wire);
	}
	for (int i = 0; i < 30; i++) {
		now_us += 50000;
		ul_loop_turn(ctx.loop, 0);
	}
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 0);
	ck_assert_uint_eq(open_files(), before);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tcp_proxy");
	TCase *tc = tcase_create("tcp_proxy");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, syn_is_held_until_the_host_connected, 0, 2);
	tcase_add_loop_test(tc, segments_of_a_batch_arrive_as_one, 0, 3);
	tcase_add_test(tc, rest_of_much_is_acknowledged_in_time);
	tcase_add_test(tc, refused_is_refused);
	tcase_add_loop_test(tc, forbidden_is_refused_at_once, 0, 4);
	tcase_add_test(tc, out_of_descriptors_is_silence);
	tcase_add_test(tc, flow_limit_hits_and_recovers);
	tcase_add_test(tc, half_open_limit_hits_and_recovers);
	tcase_add_loop_test(tc, resets_pass_both_ways, 0, 2);
	tcase_add_loop_test(tc, lingering_does_not_stand_in_the_way, 0, 2);
	tcase_add_test(tc, what_drains_does_not_stand_in_the_way);
	tcase_add_test(tc, guest_closes_first);
	tcase_add_test(tc, an_open_flow_is_shown_and_cut);
	tcase_add_loop_test(tc, timers_run_whatever_the_phase, 0, 2);
	tcase_add_test(tc, nothing_leaks);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
