/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_dns_stream.c - queries by TCP, of guests and of upstreams
 *
 * The test has the far end of a socket pair, as the TCP proxy has.
 */
#include <errno.h>
#include <unistd.h>

#include "fake/dns_lab.h"

#define PREFIX 2

static struct fake_resolver r;
static int tcp;			/* where the resolver listens */
static int fds[UL_DNS_STREAMS + 1];

static void relay_with_tcp(unsigned int cache_entries)
{
	struct sockaddr_storage ss;
	socklen_t len;

	fake_resolver_open(&r, "127.0.0.1");
	len = ul_ep_to_sa(&r.ep, &ss);
	tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(tcp, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(listen(tcp, 8), 0);
	relay = ul_dns_relay_new(&(struct ul_dns_relay_conf){
		.loop = loop, .upstreams = &r.ep, .upstream_count = 1,
		.cache_entries = cache_entries, .reply = on_reply,
	});
}

/* A connection of a guest at @port: the guest's end, or -errno. */
static int connect_at(const char *port)
{
	struct ul_ep guest = ep_of("10.0.2.15", 40000);
	struct ul_ep service = ep_of("10.0.2.3", 53);
	int pair[2], ret;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    pair), 0);
	ret = ul_dns_relay_accept(relay, pair[1], &guest, &service, port);
	if (ret < 0)
		close(pair[0]);
	return ret < 0 ? ret : pair[0];
}

static size_t framed(uint8_t *buf, size_t cap, uint16_t id, const char *name)
{
	size_t len = fake_query(buf + PREFIX, cap - PREFIX, id, name, 0);

	buf[0] = (uint8_t)(len >> 8);
	buf[1] = (uint8_t)len;
	return PREFIX + len;
}

static void write_all(int fd, const uint8_t *data, size_t len)
{
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	turn(0);
}

static void ask_by(int fd, uint16_t id, const char *name)
{
	uint8_t msg[512];

	write_all(fd, msg, framed(msg, sizeof(msg), id, name));
}

/* The next message at @fd: its length; 0 at the end; -1: none yet. */
static ssize_t read_message(int fd, uint8_t *out, size_t cap)
{
	uint8_t head[PREFIX];
	ssize_t n = read(fd, head, PREFIX), want, at = 0;

	if (n <= 0)
		return n;
	ck_assert_int_eq(n, PREFIX);
	want = head[0] << 8 | head[1];
	ck_assert_uint_le((size_t)want, cap);
	while (at < want) {
		n = read(fd, out + at, (size_t)(want - at));
		if (n < 0)
			turn(0);
		at += n > 0 ? n : 0;
	}
	return want;
}

static void must_be_answered(int fd, uint16_t id, unsigned int rcode)
{
	ssize_t n = read_message(fd, got, sizeof(got));

	ck_assert_int_ge(n, HEADER_LEN);
	got_len = (size_t)n;
	ck_assert_uint_eq(u16_at(got, 0), id);
	ck_assert_uint_eq(got_flags() & 0xf, rcode);
}

START_TEST(queries_are_answered_as_answers_come)
{
	struct fake_resolver first;
	int fd;

	relay_with_tcp(0);
	fd = connect_at("one");
	ask_by(fd, 1, "a.example");
	ck_assert(fake_resolver_asked(&r));
	first = r;
	ask_by(fd, 2, "b.example");
	ck_assert(fake_resolver_asked(&r));
	answer(&r, QR, 0);
	must_be_answered(fd, 2, 0);
	ck_assert_int_eq(read_message(fd, got, sizeof(got)), -1);
	answer(&first, QR, 0);
	must_be_answered(fd, 1, 0);
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->by_tcp, 2);
	ck_assert_uint_eq(got_count, 0);
	close(fd);
	turn(0);
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->streams, 0);
}
END_TEST

/* However the bytes are cut. */
START_TEST(messages_may_come_in_pieces)
{
	uint8_t two[512];
	size_t one_len, len;
	int fd;

	relay_with_tcp(0);
	fd = connect_at("one");
	one_len = framed(two, sizeof(two), 1, "a.example");
	len = one_len + framed(two + one_len, sizeof(two) - one_len, 2,
			       "b.example");
	for (size_t i = 0; i < len; i++)
		write_all(fd, two + i, 1);
	for (uint16_t id = 1; id <= 2; id++) {
		ck_assert(fake_resolver_asked(&r));
		answer(&r, QR, 0);
		must_be_answered(fd, id, 0);
	}
	for (size_t cut = 0; cut <= len; cut++) {
		write_all(fd, two, cut);
		write_all(fd, two + cut, len - cut);
		for (uint16_t id = 1; id <= 2; id++) {
			ck_assert(fake_resolver_asked(&r));
			answer(&r, QR, 0);
			must_be_answered(fd, id, 0);
		}
	}
}
END_TEST

START_TEST(pipelining_is_bounded_and_nothing_is_lost)
{
	unsigned int answered = 0;
	uint8_t all[4096];
	size_t len = 0;
	int fd;

	relay_with_tcp(0);
	fd = connect_at("one");
	for (uint16_t i = 0; i < 2 * UL_DNS_PIPELINED; i++) {
		g_autofree char *name = g_strdup_printf("%u.example", i);

		len += framed(all + len, sizeof(all) - len, i, name);
	}
	write_all(fd, all, len);
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), UL_DNS_PIPELINED);
	for (int i = 0; i < 4 * UL_DNS_PIPELINED; i++) {
		if (fake_resolver_asked(&r))
			answer(&r, QR, 0);
		answered += read_message(fd, got, sizeof(got)) > 0;
	}
	ck_assert_uint_eq(answered, 2 * UL_DNS_PIPELINED);
}
END_TEST

START_TEST(a_half_closed_guest_gets_its_answers)
{
	int fd;

	relay_with_tcp(0);
	fd = connect_at("one");
	ask_by(fd, 1, "a.example");
	shutdown(fd, SHUT_WR);
	turn(0);
	ck_assert(fake_resolver_asked(&r));
	answer(&r, QR, 0);
	must_be_answered(fd, 1, 0);
	turn(0);
	ck_assert_int_eq(read_message(fd, got, sizeof(got)), 0);
	close(fd);
}
END_TEST

/* Who is gone is not waited for, and what it asked is not asked. */
START_TEST(a_guest_that_went_is_forgotten)
{
	unsigned int open;
	int fd;

	relay_with_tcp(0);
	open = open_fds();
	fd = connect_at("one");
	ask_by(fd, 1, "a.example");
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 1);
	close(fd);
	turn(0);
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 0);
	ck_assert_uint_eq(open_fds(), open);
}
END_TEST

START_TEST(idle_connections_end)
{
	uint8_t part[] = { 0, 29, 1 };
	int fd;

	relay_with_tcp(0);
	fd = connect_at("one");
	ask_by(fd, 1, "a.example");
	turn(UL_DNS_IDLE_US - 1);
	/* Part of a query is no query. */
	write_all(fd, part, sizeof(part));
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->streams, 1);
	turn(1);
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->streams, 0);
	close(fd);
}
END_TEST

START_TEST(what_is_no_query_ends_the_connection)
{
	static const uint8_t long_one[] = { 0xff, 0xff, 1 };
	uint8_t zeros[PREFIX] = { 0, 0 };
	int fd;

	relay_with_tcp(0);
	fd = connect_at("one");
	write_all(fd, long_one, sizeof(long_one));
	ck_assert_int_eq(read_message(fd, got, sizeof(got)), 0);
	close(fd);
	/* An empty one is passed over. */
	fd = connect_at("one");
	write_all(fd, zeros, sizeof(zeros));
	ask_by(fd, 1, "a.example");
	ck_assert(fake_resolver_asked(&r));
	answer(&r, QR, 0);
	must_be_answered(fd, 1, 0);
	close(fd);
}
END_TEST

/* One guest has a quarter; its oldest connection gives way to its newest. */
START_TEST(connections_are_shared_out)
{
	unsigned int each = UL_DNS_STREAMS / 4;
	int other;

	relay_with_tcp(0);
	other = connect_at("two");
	for (unsigned int i = 0; i <= each; i++) {
		fds[i] = connect_at("one");
		ck_assert_int_ge(fds[i], 0);
	}
	turn(0);
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->streams, each + 1);
	ck_assert_int_eq(read_message(fds[0], got, sizeof(got)), 0);
	ck_assert_int_eq(read_message(fds[1], got, sizeof(got)), -1);
	ck_assert_int_eq(read_message(other, got, sizeof(got)), -1);
}
END_TEST

START_TEST(a_guest_that_does_not_read_is_not_waited_for)
{
	static struct fake_dns m;
	static uint8_t big[60000];
	int fd;

	relay_with_tcp(10);
	fd = connect_at("one");
	ask_by(fd, 1, "a.example");
	ck_assert(fake_resolver_asked(&r));
	fake_dns_begin(&m, r.id, QR, "a.example", UL_DNS_A);
	fake_dns_record(&m, UL_DNS_ANSWER, "a.example", UL_DNS_A, 60, big,
			sizeof(big));
	fake_resolver_send(r.fd, &r, m.bytes, m.w.len);
	turn(0);
	for (uint16_t i = 0; i < 100; i++)
		ask_by(fd, i, "a.example");
	/* It has asked for more than is sent or kept for it. */
	turn(0);
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->streams, 1);
	ck_assert_uint_lt(ul_dns_relay_stats(relay)->cached, 20);
	/* When it reads, it gets all of them. */
	for (int i = 0; i < 101; i++) {
		ssize_t n = -1;

		for (int k = 0; n < 0 && k < 10; k++) {
			n = read_message(fd, got, sizeof(got));
			turn(0);
		}
		ck_assert_int_eq(n, (ssize_t)m.w.len);
	}
}
END_TEST

/* It asked for all of them before the first answer came. */
START_TEST(answers_that_are_not_taken_are_bounded)
{
	unsigned int answered = 0;
	int fd;

	relay_with_tcp(0);
	fd = connect_at("one");
	for (uint16_t i = 0; i < UL_DNS_PIPELINED; i++) {
		g_autofree char *name = g_strdup_printf("%u.example", i);

		ask_by(fd, i, name);
	}
	while (fake_resolver_asked(&r)) {
		answer(&r, QR, 60000);
		answered++;
	}
	ck_assert_uint_eq(answered, UL_DNS_PIPELINED);
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->streams, 0);
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 0);
	close(fd);
}
END_TEST

/* The resolver takes a connection and its query: its end. */
static int accept_query(uint8_t *query, size_t cap, size_t *len)
{
	int fd;
	ssize_t n;

	turn(0);
	fd = accept4(tcp, NULL, NULL, SOCK_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	turn(0);
	n = read_message(fd, query, cap);
	ck_assert_int_gt(n, 0);
	*len = (size_t)n;
	return fd;
}

static void must_be_cut_by_udp(void)
{
	query(4000, GUEST_ID, "a.example");
	ck_assert(fake_resolver_asked(&r));
	answer(&r, QR | TC, 0);
	ck_assert_uint_eq(got_count, 1);
	ck_assert_uint_eq(got_flags() & TC, TC);
	ck_assert_int_lt(accept(tcp, NULL, NULL), 0);
}

/* A guest that asks by UDP is told; by TCP the upstream is, too. */
START_TEST(a_truncated_answer_is_asked_for_by_tcp)
{
	static uint8_t big[40000], text[39000];
	static struct fake_dns m;
	uint8_t head[PREFIX], query[512];
	size_t len;
	int fd, up;

	relay_with_tcp(10);
	must_be_cut_by_udp();
	fd = connect_at("one");
	ask_by(fd, 7, "a.example");
	ck_assert(fake_resolver_asked(&r));
	answer(&r, QR | TC, 0);
	ck_assert_int_eq(read_message(fd, got, sizeof(got)), -1);
	up = accept_query(query, sizeof(query), &len);
	ck_assert_mem_eq(query, r.msg, len);
	fake_dns_begin(&m, r.id, QR, "a.example", UL_DNS_A);
	fake_dns_record(&m, UL_DNS_ANSWER, "a.example", UL_DNS_A, 60, text,
			sizeof(text));
	head[0] = (uint8_t)(m.w.len >> 8);
	head[1] = (uint8_t)m.w.len;
	/* Byte by byte at first. */
	write_all(up, head, 1);
	write_all(up, head + 1, 1);
	write_all(up, m.bytes, 1);
	write_all(up, m.bytes + 1, m.w.len - 1);
	turn(0);
	ck_assert_int_eq(read_message(fd, big, sizeof(big)),
			 (ssize_t)m.w.len);
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->asked_by_tcp, 1);
	close(up);
	/* All of it is kept: the next is told at once that it is long. */
	got_count = 0;
	query_edns(4000, GUEST_ID, "a.example", 1232);
	ck_assert_uint_eq(got_count, 1);
	ck_assert_uint_eq(got_flags() & TC, TC);
	ck_assert(!fake_resolver_asked(&r));
}
END_TEST

/* What a hostile upstream says by TCP instead of an answer. */
static const struct {
	const char *bytes;
	size_t len;
} lies[] = {
	{ "", 0 },
	{ "\0", 1 },
	{ "\0\0", 2 },
	{ "\0\1x", 3 },
	{ "\0\14............", 14 },
	{ "\377\377.", 3 },
};

START_TEST(an_upstream_that_lies_by_tcp_is_left)
{
	uint8_t query[512];
	size_t len;
	int fd, up;

	relay_with_tcp(0);
	fd = connect_at("one");
	ask_by(fd, 7, "a.example");
	ck_assert(fake_resolver_asked(&r));
	answer(&r, QR | TC, 0);
	up = accept_query(query, sizeof(query), &len);
	if (lies[_i].len)
		write_all(up, (const uint8_t *)lies[_i].bytes, lies[_i].len);
	close(up);
	turn(0);
	must_be_answered(fd, 7, SERVFAIL);
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 0);
}
END_TEST

START_TEST(silence_by_tcp_ends_in_time)
{
	uint8_t query[512];
	size_t len;
	int fd, up;

	relay_with_tcp(0);
	fd = connect_at("one");
	ask_by(fd, 7, "a.example");
	ck_assert(fake_resolver_asked(&r));
	answer(&r, QR | TC, 0);
	up = accept_query(query, sizeof(query), &len);
	for (int i = 0; i < 3; i++)
		turn(UL_DNS_TRY_US);
	must_be_answered(fd, 7, SERVFAIL);
	close(up);
}
END_TEST

START_TEST(closed_by_tcp_is_refused_too)
{
	int fd;

	relay_with_tcp(0);
	fd = connect_at("one");
	ask_by(fd, 1, "a.example");
	ul_dns_relay_close(relay);
	turn(0);
	must_be_answered(fd, 1, REFUSED);
	ask_by(fd, 2, "b.example");
	must_be_answered(fd, 2, REFUSED);
	fake_resolver_asked(&r);
	ck_assert(!fake_resolver_asked(&r));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_stream");
	TCase *tc = tcase_create("dns_stream");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, queries_are_answered_as_answers_come);
	tcase_add_test(tc, messages_may_come_in_pieces);
	tcase_add_test(tc, pipelining_is_bounded_and_nothing_is_lost);
	tcase_add_test(tc, a_half_closed_guest_gets_its_answers);
	tcase_add_test(tc, a_guest_that_went_is_forgotten);
	tcase_add_test(tc, idle_connections_end);
	tcase_add_test(tc, what_is_no_query_ends_the_connection);
	tcase_add_test(tc, connections_are_shared_out);
	tcase_add_test(tc, a_guest_that_does_not_read_is_not_waited_for);
	tcase_add_test(tc, answers_that_are_not_taken_are_bounded);
	tcase_add_test(tc, a_truncated_answer_is_asked_for_by_tcp);
	tcase_add_loop_test(tc, an_upstream_that_lies_by_tcp_is_left, 0,
			    sizeof(lies) / sizeof(*lies));
	tcase_add_test(tc, silence_by_tcp_ends_in_time);
	tcase_add_test(tc, closed_by_tcp_is_refused_too);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
