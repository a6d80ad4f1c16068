/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_dns_relay.c - the relay against resolvers that the test plays
 *
 * On real sockets, by the test's clock.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fake/dns_lab.h"

START_TEST(query_and_answer_are_passed_on)
{
	static const char *const addrs[] = { "127.0.0.1", "::1" };
	unsigned int fds;
	struct fake_resolver r;
	uint8_t sent[512];
	size_t len;

	fake_resolver_open(&r, addrs[_i]);
	fds = open_fds();
	relay_to(&r.ep, 1);
	len = fake_query(sent, sizeof(sent), GUEST_ID, "www.Example.org", 0);
	query(4000, GUEST_ID, "www.Example.org");
	ck_assert(fake_resolver_asked(&r));
	ck_assert_uint_eq(r.len, len);
	ck_assert_uint_ne(r.id, GUEST_ID);
	ck_assert_mem_eq(r.msg + 2, sent + 2, len - 2);

	answer(&r, QR | RD, 100);
	ck_assert_uint_eq(got_count, 1);
	ck_assert_uint_eq(got_len, len + 100);
	ck_assert_uint_eq(u16_at(got, 0), GUEST_ID);
	ck_assert_uint_eq(got_flags(), QR | RD);
	ck_assert_mem_eq(got + HEADER_LEN, sent + HEADER_LEN, len - HEADER_LEN);
	ck_assert_uint_eq(got_guest.port, 4000);
	ck_assert_uint_eq(got_service.port, 53);
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 0);
	ck_assert_uint_eq(open_fds(), fds);
	close(r.fd);
}
END_TEST

START_TEST(guest_gets_its_own_spelling_back)
{
	struct fake_resolver r;
	char *name;

	fake_resolver_open(&r, "127.0.0.1");
	relay_to(&r.ep, 1);
	query(4000, GUEST_ID, "wWw.eXample.org");
	ck_assert(fake_resolver_asked(&r));
	name = (char *)r.msg + HEADER_LEN;
	ck_assert_int_eq(name[2], 'W');
	name[2] = 'w';
	answer(&r, QR, 0);
	ck_assert_uint_eq(got_count, 1);
	ck_assert_int_eq(got[HEADER_LEN + 2], 'W');
	close(r.fd);
}
END_TEST

#define MANY 100

START_TEST(ids_and_ports_cannot_be_foreseen)
{
	bool seen_id[65536] = { false }, seen_port[65536] = { false };
	unsigned int in_step = 0, last_port = 0, last_id = 0;
	struct fake_resolver r;

	fake_resolver_open(&r, "127.0.0.1");
	relay_to(&r.ep, 1);
	for (uint16_t i = 0; i < MANY; i++) {
		unsigned int port;

		g_autofree char *name = g_strdup_printf("%u.org", i);

		query((uint16_t)(4000 + i), i, name);
		ck_assert(fake_resolver_asked(&r));
		port = ntohs(((struct sockaddr_in *)&r.from)->sin_port);
		ck_assert(!seen_id[r.id] && !seen_port[port]);
		seen_id[r.id] = seen_port[port] = true;
		in_step += r.id == last_id + 1 || port == last_port + 1;
		last_id = r.id;
		last_port = port;
	}
	ck_assert_uint_lt(in_step, MANY / 10);
	close(r.fd);
}
END_TEST

START_TEST(forged_answers_are_ignored)
{
	struct fake_resolver r, forger;
	uint8_t bad[512];

	fake_resolver_open(&r, "127.0.0.1");
	fake_resolver_open(&forger, "127.0.0.1");
	relay_to(&r.ep, 1);
	query(4000, GUEST_ID, "example.org");
	ck_assert(fake_resolver_asked(&r));

	r.msg[2] |= 0x80;
	/* From elsewhere, */
	fake_resolver_send(forger.fd, &r, r.msg, r.len);
	memcpy(bad, r.msg, r.len);
	bad[1] ^= 1;
	/* with another id, */
	fake_resolver_send(r.fd, &r, bad, r.len);
	memcpy(bad, r.msg, r.len);
	bad[HEADER_LEN + 1] ^= 1;
	/* another name, */
	fake_resolver_send(r.fd, &r, bad, r.len);
	memcpy(bad, r.msg, r.len);
	bad[r.len - 3] ^= 1;
	/* another type, */
	fake_resolver_send(r.fd, &r, bad, r.len);
	memcpy(bad, r.msg, r.len);
	bad[2] &= 0x7f;
	/* as a query, */
	fake_resolver_send(r.fd, &r, bad, r.len);
	memcpy(bad, r.msg, r.len);
	bad[5] = 0;
	/* without question, */
	fake_resolver_send(r.fd, &r, bad, r.len);
	/* cut off anywhere. */
	for (size_t len = 0; len < r.len; len++) {
		fake_resolver_send(r.fd, &r, r.msg, len);
		turn(0);
	}
	turn(0);
	ck_assert_uint_eq(got_count, 0);
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 1);
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->ignored, 5 + r.len);
	answer(&r, QR, 0);
	ck_assert_uint_eq(got_count, 1);
	close(r.fd);
	close(forger.fd);
}
END_TEST

static struct fake_resolver r1, r2;

static void relay_to_two(void)
{
	struct ul_ep eps[2];

	fake_resolver_open(&r1, "127.0.0.1");
	fake_resolver_open(&r2, "127.0.0.1");
	eps[0] = r1.ep;
	eps[1] = r2.ep;
	relay_to(eps, 2);
}

START_TEST(silent_upstream_is_left_for_the_next)
{
	uint16_t id;

	relay_to_two();
	query(4000, GUEST_ID, "example.org");
	ck_assert(fake_resolver_asked(&r1));
	/* The datagram may have been lost: the same once more. */
	id = r1.id;
	turn(UL_DNS_RESEND_US - 1);
	ck_assert(!fake_resolver_asked(&r1));
	turn(1);
	ck_assert(fake_resolver_asked(&r1));
	ck_assert_uint_eq(r1.id, id);
	turn(UL_DNS_TRY_US - UL_DNS_RESEND_US - 1);
	ck_assert(!fake_resolver_asked(&r2));
	turn(1);
	ck_assert(!fake_resolver_asked(&r1));
	must_be_passed_on(&r2);
	ck_assert_uint_ne(r1.id, r2.id);

	/* The silent one comes last for a while, then first again. */
	ck_assert(ul_ep_eq(&first_server()->ep, &r2.ep));
	got_count = 0;
	query(4001, GUEST_ID, "example.org");
	must_be_passed_on(&r2);
	turn(UL_DNS_AVOID_US);
	got_count = 0;
	query(4002, GUEST_ID, "example.org");
	must_be_passed_on(&r1);
	ck_assert(ul_ep_eq(&first_server()->ep, &r1.ep));
}
END_TEST

/* Slow for one name, but alive: it stays the first. */
START_TEST(slow_upstream_is_not_avoided)
{
	relay_to_two();
	query(4000, 1, "slow.example.org");
	ck_assert(fake_resolver_asked(&r1));
	turn(SECOND);
	ck_assert(fake_resolver_asked(&r1));	/* once more */
	query(4001, 2, "example.org");
	ck_assert(fake_resolver_asked(&r1));
	answer(&r1, QR, 0);
	turn(SECOND);
	ck_assert(fake_resolver_asked(&r2));
	query(4002, 3, "example.org");
	ck_assert(fake_resolver_asked(&r1));
}
END_TEST

START_TEST(silence_of_all_is_servfail_in_the_end)
{
	relay_to_two();
	query(4000, GUEST_ID, "example.org");
	turn(UL_DNS_TRY_US);
	turn(UL_DNS_TRY_US);
	ck_assert(fake_resolver_asked(&r1));
	ck_assert(fake_resolver_asked(&r1));
	ck_assert(fake_resolver_asked(&r2));
	turn(UL_DNS_GIVE_UP_US - 2 * UL_DNS_TRY_US - 1);
	ck_assert_uint_eq(got_count, 0);
	turn(1);
	must_get_error(SERVFAIL);
	ck_assert_uint_eq(u16_at(got, 4), 1);
	ck_assert_uint_eq(got_len, HEADER_LEN + 13 + 4);
}
END_TEST

/* With one upstream the answer to the first asking may come after another. */
START_TEST(only_upstream_is_asked_again_on_the_same_socket)
{
	struct fake_resolver r;
	uint16_t id;

	fake_resolver_open(&r, "127.0.0.1");
	relay_to(&r.ep, 1);
	query(4000, GUEST_ID, "example.org");
	ck_assert(fake_resolver_asked(&r));
	id = r.id;
	turn(UL_DNS_TRY_US);
	ck_assert(fake_resolver_asked(&r));
	ck_assert_uint_eq(r.id, id);
	answer(&r, QR, 0);
	ck_assert_uint_eq(got_count, 1);
}
END_TEST

static const uint16_t refusals[] = { SERVFAIL, REFUSED };

START_TEST(refusing_upstream_is_left_at_once)
{
	relay_to_two();
	query(4000, GUEST_ID, "example.org");
	ck_assert(fake_resolver_asked(&r1));
	answer(&r1, QR | refusals[_i], 0);
	ck_assert_uint_eq(got_count, 0);
	must_be_passed_on(&r2);
}
END_TEST

START_TEST(refusal_of_all_reaches_the_guest_at_once)
{
	relay_to_two();
	query(4000, GUEST_ID, "example.org");
	ck_assert(fake_resolver_asked(&r1));
	answer(&r1, QR | SERVFAIL, 0);
	ck_assert(fake_resolver_asked(&r2));
	answer(&r2, QR | refusals[_i], 7);
	must_get_error(refusals[_i]);
	ck_assert_uint_eq(got_len, r2.len + 7);
}
END_TEST

START_TEST(error_without_question_is_a_refusal)
{
	struct fake_resolver r;

	fake_resolver_open(&r, "127.0.0.1");
	relay_to(&r.ep, 1);
	query(4000, GUEST_ID, "example.org");
	ck_assert(fake_resolver_asked(&r));
	r.len = HEADER_LEN;
	r.msg[5] = 0;
	answer(&r, QR | 1, 0);
	must_get_error(SERVFAIL);
}
END_TEST

START_TEST(closed_port_is_left_at_once)
{
	relay_to_two();
	close(r1.fd);
	query(4000, GUEST_ID, "example.org");
	turn(0);
	must_be_passed_on(&r2);
	close(r2.fd);
	got_count = 0;
	query(4001, GUEST_ID, "example.org");
	turn(0);
	must_get_error(SERVFAIL);
}
END_TEST

START_TEST(retransmission_joins_the_query_in_flight)
{
	struct fake_resolver r;

	fake_resolver_open(&r, "127.0.0.1");
	relay_to(&r.ep, 1);
	query(4000, GUEST_ID, "example.org");
	query(4000, GUEST_ID, "example.org");
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 1);
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->merged, 1);
	query(4000, GUEST_ID, "example.com");
	query(4000, GUEST_ID + 1, "example.org");
	query(4001, GUEST_ID, "example.org");
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 4);
	/* The same question is asked once, for all that wait for it. */
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->joined, 2);
	ck_assert(fake_resolver_asked(&r));
	answer(&r, QR, 0);
	ck_assert_uint_eq(got_count, 3);
	ck_assert(fake_resolver_asked(&r));
	ck_assert(!fake_resolver_asked(&r));
	query(4000, GUEST_ID, "example.org");
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 2);
}
END_TEST

/* Of a quarter less than all, so that another's query has room at once. */
#define FLOOD (UL_DNS_IN_FLIGHT - UL_DNS_IN_FLIGHT / 4)

static void flood(const char *port, const char *guest)
{
	uint8_t msg[512];

	lab_port = port;
	for (uint16_t i = 0; i < 1000; i++) {
		g_autofree char *name = g_strdup_printf("%u.%s.org", i, port);

		put(guest, (uint16_t)(4000 + i), msg,
		    fake_query(msg, sizeof(msg), i, name, 0));
	}
}

START_TEST(flood_is_bounded_and_leaves_room_for_others)
{
	unsigned int fds;
	struct fake_resolver r;

	fake_resolver_open(&r, "127.0.0.1");
	fds = open_fds();
	relay_to(&r.ep, 1);
	flood("one", "10.0.2.15");
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), FLOOD);
	/* Under another's address it is the same guest. */
	flood("one", "10.0.2.99");
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), FLOOD);
	ck_assert_uint_eq(got_count, 0);
	flood("two", "10.0.2.16");
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), UL_DNS_IN_FLIGHT);
	ck_assert_uint_le(open_fds(), fds + UL_DNS_IN_FLIGHT);
	/* Each has a half now: a quarter of the first's were given up. */
	ck_assert_uint_eq(got_count, UL_DNS_IN_FLIGHT / 4);
	ck_assert_uint_eq(got_flags() & 0xf, SERVFAIL);
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->over_limit,
			  3000 - UL_DNS_IN_FLIGHT);
	/* However many floods there are, one more query gets in. */
	flood("three", "10.0.2.17");
	lab_port = "four";
	while (fake_resolver_asked(&r))
		continue;
	query(5000, GUEST_ID, "example.org");
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), UL_DNS_IN_FLIGHT);
	got_count = 0;
	ck_assert(fake_resolver_asked(&r));
	answer(&r, QR, 0);
	ck_assert_uint_eq(got_count, 1);
	ck_assert_uint_eq(u16_at(got, 0), GUEST_ID);
	for (int i = 0; i < 3; i++)
		turn(UL_DNS_TRY_US);
	ck_assert_uint_eq(got_count, UL_DNS_IN_FLIGHT);
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 0);
	ck_assert_uint_eq(open_fds(), fds);
}
END_TEST

START_TEST(without_descriptors_the_guest_is_told_at_once)
{
	struct rlimit limit, none;
	struct fake_resolver r;
	int next;

	fake_resolver_open(&r, "127.0.0.1");
	relay_to(&r.ep, 1);
	next = dup(r.fd);
	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = (rlim_t)next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	query(4000, GUEST_ID, "example.org");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	must_get_error(SERVFAIL);
	got_count = 0;
	query(4001, GUEST_ID, "example.org");
	must_be_passed_on(&r);
}
END_TEST

/* What the guest takes, bytes after the question, and is it cut? */
static const struct {
	uint16_t edns;
	size_t extra;
	bool is_cut;
} sizes[] = {
	{ 0, 512 - 29, false },
	{ 0, 512 - 28, true },
	{ 100, 512 - 40, false },
	{ 1232, 1232 - 40, false },
	{ 1232, 1232 - 39, true },
	{ 65535, 1232 - 40, false },	/* never more than we offer */
	{ 65535, 1232 - 39, true },
};

START_TEST(large_answer_is_cut_to_what_the_guest_takes)
{
	struct fake_resolver r;

	fake_resolver_open(&r, "127.0.0.1");
	relay_to(&r.ep, 1);
	query_edns(4000, GUEST_ID, "example.org", sizes[_i].edns);
	ck_assert(fake_resolver_asked(&r));
	ck_assert_uint_eq(r.len, sizes[_i].edns ? 40 : 29);
	answer(&r, QR, sizes[_i].extra);
	ck_assert_uint_eq(got_count, 1);
	ck_assert_uint_eq(u16_at(got, 0), GUEST_ID);
	if (!sizes[_i].is_cut) {
		ck_assert_uint_eq(got_len, r.len + sizes[_i].extra);
		ck_assert_uint_eq(got_flags(), QR | RD);
		return;
	}
	ck_assert_uint_eq(got_len, sizes[_i].edns ? 40 : 29);
	ck_assert_uint_eq(got_flags(), QR | TC);
	ck_assert_uint_eq(u16_at(got, 4), 1);
	ck_assert_uint_eq(u16_at(got, 10), sizes[_i].edns ? 1 : 0);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	struct fake_resolver r;
	uint8_t msg[512];
	size_t len = fake_query(msg, sizeof(msg), GUEST_ID, "example.org", 0);

	fake_resolver_open(&r, "127.0.0.1");
	relay_to(&r.ep, 1);
	for (size_t cut = 0; cut < len; cut++) {
		got_count = 0;
		put("10.0.2.15", 4000, msg, cut);
		ck_assert(!fake_resolver_asked(&r));
		if (cut >= HEADER_LEN)
			must_get_error(1);
		else
			ck_assert_uint_eq(got_count, 0);
	}
}
END_TEST

/* A byte of a good query set to another value, and the error for it. */
static const struct {
	size_t off;
	uint8_t value;
	int rcode;		/* -1: no answer at all */
} oddities[] = {
	{ 2, 0x80, -1 },	/* an answer */
	{ 2, 0x28, 4 },		/* an update */
	{ 5, 0, 1 },		/* no question */
	{ 5, 2, 1 },		/* two questions */
	{ HEADER_LEN, 0xc0, 1 },/* a pointer in the question */
	{ HEADER_LEN, 0x40, 1 },/* a label of no known kind */
};

START_TEST(what_is_no_plain_query_is_not_relayed)
{
	struct fake_resolver r;
	uint8_t msg[512];
	size_t len = fake_query(msg, sizeof(msg), GUEST_ID, "example.org", 0);

	fake_resolver_open(&r, "127.0.0.1");
	relay_to(&r.ep, 1);
	msg[oddities[_i].off] = oddities[_i].value;
	put("10.0.2.15", 4000, msg, len);
	ck_assert(!fake_resolver_asked(&r));
	if (oddities[_i].rcode >= 0)
		must_get_error((unsigned int)oddities[_i].rcode);
	else
		ck_assert_uint_eq(got_count, 0);
}
END_TEST

START_TEST(over_long_query_is_dropped)
{
	static uint8_t msg[UL_DNS_QUERY_MAX + 1];
	struct fake_resolver r;

	fake_resolver_open(&r, "127.0.0.1");
	relay_to(&r.ep, 1);
	fake_query(msg, sizeof(msg), GUEST_ID, "example.org", 0);
	put("10.0.2.15", 4000, msg, sizeof(msg));
	ck_assert(!fake_resolver_asked(&r));
	put("10.0.2.15", 4000, msg, sizeof(msg) - 1);
	ck_assert(fake_resolver_asked(&r));
}
END_TEST

static char *write_file(const char *dir, const char *name, const char *text)
{
	char *path = g_build_filename(dir, name, NULL);

	ck_assert(g_file_set_contents(path, text, -1, NULL));
	return path;
}

static void must_use(const char *addr)
{
	struct ul_ep want = ep_of(addr, 53);

	turn(0);
	ck_assert_ptr_nonnull(first_server());
	ck_assert(ul_ep_eq(&first_server()->ep, &want));
}

START_TEST(resolv_conf_is_followed)
{
	g_autofree char *dir = g_dir_make_tmp("relay-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "resolv.conf", NULL);
	g_autofree char *one, *two, *link;
	relay_by(path);
	ck_assert_ptr_null(first_server());
	query(4000, GUEST_ID, "example.org");
	must_get_error(SERVFAIL);

	one = write_file(dir, "one", "nameserver 127.0.0.53\n");
	two = write_file(dir, "two", "nameserver fe80::1%lo\n"
			 "nameserver fd00::3\nnameserver 10.9.9.9\n");
	link = g_build_filename(dir, "link", NULL);
	ck_assert_int_eq(symlink(one, path), 0);
	must_use("127.0.0.53");
	ck_assert_int_eq(symlink("two", link), 0);
	ck_assert_int_eq(rename(link, path), 0);
	must_use("fe80::1");
	/* lo is the first interface */
	ck_assert_uint_eq(first_server()->scope_id, 1);
	g_free(write_file(dir, "two", "nameserver 10.9.9.9\n"));
	must_use("10.9.9.9");
	ck_assert_int_eq(rename(one, path), 0);
	must_use("127.0.0.53");
	unlink(path);
	unlink(two);
	rmdir(dir);
}
END_TEST

START_TEST(closed_relay_refuses_at_once)
{
	relay_to_two();
	query(4000, GUEST_ID, "example.org");
	ck_assert(fake_resolver_asked(&r1));
	got_count = 0;
	ul_dns_relay_close(relay);
	must_get_error(REFUSED);	/* what was in flight */
	answer(&r1, QR, 0);		/* too late */
	ck_assert_uint_eq(got_count, 1);

	got_count = 0;
	query(4001, GUEST_ID, "example.org");
	must_get_error(REFUSED);
	ck_assert(!fake_resolver_asked(&r1));
	ck_assert(!fake_resolver_asked(&r2));
	ck_assert_uint_eq(ul_dns_relay_stats(relay)->turned_away, 1);

	got_count = 0;
	ul_dns_relay_open(relay);
	query(4002, GUEST_ID, "example.org");
	must_be_passed_on(&r1);
}
END_TEST

START_TEST(freeing_forgets_what_is_in_flight)
{
	unsigned int fds;

	relay_to_two();
	fds = open_fds();
	query(4000, GUEST_ID, "example.org");
	query(4001, GUEST_ID, "example.org");
	ul_dns_relay_free(relay);
	relay = NULL;
	ck_assert_uint_eq(open_fds(), fds);
	turn(UL_DNS_GIVE_UP_US);
	ck_assert_uint_eq(got_count, 0);
}
END_TEST

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

int main(void)
{
	Suite *s = suite_create("dns_relay");
	TCase *tc = tcase_create("dns_relay");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, query_and_answer_are_passed_on, 0, 2);
	tcase_add_test(tc, guest_gets_its_own_spelling_back);
	tcase_add_test(tc, ids_and_ports_cannot_be_foreseen);
	tcase_add_test(tc, forged_answers_are_ignored);
	tcase_add_test(tc, silent_upstream_is_left_for_the_next);
	tcase_add_test(tc, slow_upstream_is_not_avoided);
	tcase_add_test(tc, silence_of_all_is_servfail_in_the_end);
	tcase_add_test(tc, only_upstream_is_asked_again_on_the_same_socket);
	tcase_add_loop_test(tc, refusing_upstream_is_left_at_once, 0,
			    ROWS(refusals));
	tcase_add_loop_test(tc, refusal_of_all_reaches_the_guest_at_once, 0,
			    ROWS(refusals));
	tcase_add_test(tc, error_without_question_is_a_refusal);
	tcase_add_test(tc, closed_port_is_left_at_once);
	tcase_add_test(tc, retransmission_joins_the_query_in_flight);
	tcase_add_test(tc, flood_is_bounded_and_leaves_room_for_others);
	tcase_add_test(tc, without_descriptors_the_guest_is_told_at_once);
	tcase_add_loop_test(tc, large_answer_is_cut_to_what_the_guest_takes, 0,
			    ROWS(sizes));
	tcase_add_test(tc, every_truncation_is_refused);
	tcase_add_loop_test(tc, what_is_no_plain_query_is_not_relayed, 0,
			    ROWS(oddities));
	tcase_add_test(tc, over_long_query_is_dropped);
	tcase_add_test(tc, resolv_conf_is_followed);
	tcase_add_test(tc, closed_relay_refuses_at_once);
	tcase_add_test(tc, freeing_forgets_what_is_in_flight);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
