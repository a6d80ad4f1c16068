/* SPDX-License-Identifier: BSD-3-Clause */
/* test_udp_batch.c - equal datagrams go a part of their way as one */
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake/own_net.h"
#include "fake/udp_lab.h"

#define END SIZE_MAX
#define MAX 80

/* What the guest or the host sends in one turn, and what leaves us. */
struct run {
	const char *what;
	size_t lens[MAX];
	struct {
		size_t len, segment;
	} want[8];
};

static const struct run runs[] = {
	{ "one", { 100, END }, { { 100, 0 } } },
	{ "equal ones", { 100, 100, 100, END }, { { 300, 100 } } },
	{ "the last is shorter", { 100, 100, 40, END }, { { 240, 100 } } },
	{ "a shorter one ends it", { 100, 40, 100, 100, END },
	  { { 140, 100 }, { 200, 100 } } },
	{ "a longer one begins anew", { 40, 100, 100, END },
	  { { 40, 0 }, { 200, 100 } } },
	{ "empty ones are alone", { 0, 0, 8, 8, 0, END },
	  { { 0, 0 }, { 0, 0 }, { 16, 8 }, { 0, 0 } } },
};
#define RUNS (sizeof(runs) / sizeof(runs[0]))

/* A message for the socket @fd, which joins them; the segment or 0. */
static ssize_t host_recv_joined(int fd, uint8_t *buf, size_t cap,
				size_t *segment)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { buf, cap };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);

	*segment = c && c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO ?
		   (size_t)*(int *)CMSG_DATA(c) : 0;
	return n;
}

static int joining_socket(const char *addr, struct ul_ep *own)
{
	static const int on = 1;
	int fd = fake_net_socket(addr, own);

	ck_assert_int_eq(setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on)), 0);
	return fd;
}

START_TEST(guests_datagrams_leave_as_one)
{
	const struct run *run = &runs[_i / 2];
	bool is_v4 = _i % 2;
	static uint8_t got[65536];
	struct ul_ep server;
	int fd = joining_socket(is_v4 ? "127.0.0.1" : "::1", &server);
	size_t at = 0, segment;

	for (size_t i = 0; run->lens[i] != END; i++) {
		struct ul_ep src = guest(is_v4, 5000);
		struct ul_ep dst = gateway(is_v4, server.port);

		input(fake_net_udp(&net, &src, &dst, payload + at,
				   run->lens[i]));
		at += run->lens[i];
	}
	fake_net_turns(&net, 2);
	at = 0;
	for (size_t i = 0; !i || run->want[i].len; i++) {
		ck_assert_int_eq(host_recv_joined(fd, got, sizeof(got),
						  &segment),
				 (ssize_t)run->want[i].len);
		ck_assert_mem_eq(got, payload + at, run->want[i].len);
		ck_assert_uint_eq(segment, run->want[i].segment);
		at += run->want[i].len;
	}
	close(fd);
}
END_TEST

/* What differs in anything but the payload has a message of its own. */
START_TEST(unlike_datagrams_are_apart)
{
	struct ul_ep one, other, src = guest(true, 5000);
	int fd = joining_socket("127.0.0.1", &one);
	int other_fd = joining_socket("127.0.0.1", &other);
	static uint8_t got[65536];
	size_t segment;

	for (int i = 0; i < 8; i++) {
		struct ul_ep dst = gateway(true, i & 1 ? other.port :
							 one.port);
		struct ul_pkt pkt = fake_net_udp(&net, &src, &dst, payload, 9);

		pkt.tos = i & 2 ? 0x20 : 0;
		pkt.ttl = i & 4 ? 9 : 8;
		input(pkt);
	}
	fake_net_turns(&net, 2);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(host_recv_joined(fd, got, sizeof(got),
						  &segment), 9);
		ck_assert_int_eq(host_recv_joined(other_fd, got, sizeof(got),
						  &segment), 9);
	}
	close(fd);
	close(other_fd);
}
END_TEST

/* The kernel refuses segments that are longer than its path takes. */
START_TEST(what_the_kernel_refuses_goes_one_by_one)
{
	bool is_v4 = _i % 2, df = _i / 2;
	struct ul_ep server, from, src = guest(is_v4, 5000);
	struct fake_error e;
	uint8_t got[4096];
	int fd;

	if (!own_net_enter())
		return;
	own_net_mtu(1300);
	fd = fake_net_socket(is_v4 ? "198.51.100.7" : "2001:db8::7", &server);
	for (int i = 0; i < 5; i++) {
		struct ul_pkt pkt = fake_net_udp(&net, &src, &server,
						 payload + i, 1400);

		pkt.df = df;
		input(pkt);
	}
	for (int i = 0; i < 5 && !df; i++) {
		ck_assert_int_eq(host_recv(fd, got, sizeof(got), &from), 1400);
		ck_assert_mem_eq(got, payload + i, 1400);
	}
	for (int i = 0; i < 5 && df; i++) {
		e = fake_error_parse(fake_net_wait(&net));
		ck_assert_uint_eq(e.type, is_v4 ? 3 : 2);
		ck_assert_uint_eq(e.info, 1300);
	}
	close(fd);
}
END_TEST

START_TEST(more_than_a_message_takes)
{
	struct ul_ep server, from, src = guest(true, 5000), dst;
	int fd = fake_net_socket("127.0.0.1", &server);
	uint8_t got[4096];

	dst = gateway(true, server.port);
	for (int i = 0; i < 120; i++)	/* more than 64, more than 64 KiB */
		input(fake_net_udp(&net, &src, &dst, payload + i, 1200));
	for (int i = 0; i < 120; i++) {
		ck_assert_int_eq(host_recv(fd, got, sizeof(got), &from), 1200);
		ck_assert_mem_eq(got, payload + i, 1200);
	}
	close(fd);
}
END_TEST

/* A mapping, so that the host's datagrams get in. */
static struct ul_ep open_mapping(int fd, bool is_v4, uint16_t port)
{
	struct ul_ep seen;
	uint8_t got[16];

	send_from(guest(is_v4, 5000), gateway(is_v4, port), 1);
	ck_assert_int_eq(host_recv(fd, got, sizeof(got), &seen), 1);
	return seen;
}

/* Check a super-datagram: its checksum is the pseudo-header's alone. */
static void check_super(const struct fake_dgram *d, const void *data,
			size_t len, size_t segment)
{
	uint32_t sum;

	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(d->d.gso_size, segment);
	ck_assert_uint_eq(d->len, 8 + len);
	ck_assert_uint_eq(d->data[4] << 8 | d->data[5], 8 + len);
	sum = ul_csum_pseudo(&d->d.src, &d->d.dst, UL_IPPROTO_UDP,
			     (uint32_t)d->len);
	ck_assert_uint_eq(d->data[6] << 8 | d->data[7],
			  (uint16_t)~ul_csum_fold(sum));
	ck_assert_mem_eq(d->data + 8, data, len);
}

static uint16_t mtu_of_all(const struct ul_addr *guest, void *arg)
{
	return *(uint16_t *)arg;
}

START_TEST(hosts_datagrams_reach_the_guest_as_one)
{
	const struct run *run = &runs[_i / 2];
	bool is_v4 = _i % 2;
	uint16_t mtu = 1500;
	struct ul_ep server, seen;
	int fd = fake_net_socket(is_v4 ? "127.0.0.1" : "::1", &server);
	size_t at = 0;

	fake_stack_offload(net.ctx.stack);
	net.ctx.guest_mtu = mtu_of_all;
	net.ctx.guest_mtu_arg = &mtu;
	seen = open_mapping(fd, is_v4, server.port);
	for (size_t i = 0; run->lens[i] != END; i++) {
		host_send(fd, seen, payload + at, run->lens[i]);
		at += run->lens[i];
	}
	at = 0;
	for (size_t i = 0; !i || run->want[i].len; i++) {
		const struct fake_dgram *d = fake_net_wait(&net);

		if (run->want[i].segment)
			check_super(d, payload + at, run->want[i].len,
				    run->want[i].segment);
		else
			check_dgram(d, gateway(is_v4, server.port),
				    guest(is_v4, 5000), payload + at,
				    run->want[i].len);
		at += run->want[i].len;
	}
	close(fd);
}
END_TEST

/* Its port cannot, or they are too long for it, or tiny: one by one. */
START_TEST(guest_that_takes_no_more_than_one)
{
	static const struct {
		bool can_offload;
		uint16_t mtu;
		size_t len;
	} cases[] = { { false, 1500, 973 }, { true, 1000, 973 },
		      { true, 1500, UL_GSO_SIZE_MIN - 1 } };
	uint16_t mtu = cases[_i].mtu;
	size_t len = cases[_i].len;
	struct ul_ep server, seen;
	int fd = fake_net_socket("127.0.0.1", &server);

	if (cases[_i].can_offload)
		fake_stack_offload(net.ctx.stack);
	net.ctx.guest_mtu = mtu_of_all;
	net.ctx.guest_mtu_arg = &mtu;
	seen = open_mapping(fd, true, server.port);
	for (int i = 0; i < 5; i++)
		host_send(fd, seen, payload + i, len);
	for (int i = 0; i < 5; i++)
		check_dgram(fake_net_wait(&net), gateway(true, server.port),
			    guest(true, 5000), payload + i, len);
	close(fd);
}
END_TEST

/* What the kernel hands over as one, for a guest that takes it or not. */
START_TEST(joined_by_the_kernel)
{
	bool can_offload = _i;
	uint16_t mtu = 1500;
	struct ul_ep server, seen;
	int fd = fake_net_socket("127.0.0.1", &server);
	int segment = 1000;

	if (can_offload)
		fake_stack_offload(net.ctx.stack);
	net.ctx.guest_mtu = mtu_of_all;
	net.ctx.guest_mtu_arg = &mtu;
	seen = open_mapping(fd, true, server.port);
	ck_assert_int_eq(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment,
				    sizeof(segment)), 0);
	host_send(fd, seen, payload, 9500);
	if (can_offload)
		check_super(fake_net_wait(&net), payload, 9500, 1000);
	for (size_t at = 0; at < 9500 && !can_offload; at += 1000)
		check_dgram(fake_net_wait(&net), gateway(true, server.port),
			    guest(true, 5000), payload + at,
			    at < 9000 ? 1000 : 500);
	ck_assert_ptr_null(fake_stack_next(net.ctx.stack));
	close(fd);
}
END_TEST

#define NAP_US 40

/* One by one, @us apart; how many were there at once. */
static int send_apart(int fd, struct ul_ep to, int count, int64_t us)
{
	int came = 0;

	for (int i = 0; i < count; i++) {
		fake_net_pass(&net, us);
		host_send(fd, to, payload, 100);
		fake_net_turns(&net, 1);
		while (fake_stack_next(net.ctx.stack))
			came++;
	}
	return came;
}

/* Questions and answers, even many of them, wait for nothing. */
START_TEST(slow_datagrams_pass_at_once)
{
	struct ul_ep server, seen;
	int fd = fake_net_socket("127.0.0.1", &server);

	seen = open_mapping(fd, true, server.port);
	ck_assert_int_eq(send_apart(fd, seen, 200, 25), 200);
	ck_assert_int_eq(send_apart(fd, seen, 200, 1000), 200);
	close(fd);
}
END_TEST

START_TEST(fast_datagrams_are_gathered)
{
	uint16_t mtu = 1500;
	struct ul_ep server, seen;
	int fd = fake_net_socket("127.0.0.1", &server);

	fake_stack_offload(net.ctx.stack);
	net.ctx.guest_mtu = mtu_of_all;
	net.ctx.guest_mtu_arg = &mtu;
	seen = open_mapping(fd, true, server.port);
	send_apart(fd, seen, 250, 10);
	fake_net_pass(&net, NAP_US);
	while (fake_stack_next(net.ctx.stack))
		;
	for (int i = 0; i < 5; i++)
		host_send(fd, seen, payload + i * 100, 100);
	fake_net_turns(&net, 2);
	ck_assert_ptr_null(fake_stack_next(net.ctx.stack));
	fake_net_pass(&net, NAP_US);
	check_super(fake_stack_next(net.ctx.stack), payload, 500, 100);
	ck_assert_ptr_null(fake_stack_next(net.ctx.stack));
	/* A pause: it is watched again, and nothing waits. */
	fake_net_pass(&net, NAP_US);
	ck_assert_int_eq(send_apart(fd, seen, 100, 2000), 100);
	close(fd);
}
END_TEST

/* A guest may go while its socket is not looked at. */
START_TEST(nap_ends_with_its_socket)
{
	struct ul_ep server, seen;
	int fd = fake_net_socket("127.0.0.1", &server);

	seen = open_mapping(fd, true, server.port);
	send_apart(fd, seen, 250, 10);
	ul_udp_proxy_free(proxy);
	proxy = NULL;
	fake_net_pass(&net, NAP_US);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("udp_batch");
	TCase *tc = tcase_create("udp_batch");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, guests_datagrams_leave_as_one, 0, RUNS * 2);
	tcase_add_test(tc, unlike_datagrams_are_apart);
	tcase_add_loop_test(tc, what_the_kernel_refuses_goes_one_by_one, 0, 4);
	tcase_add_test(tc, more_than_a_message_takes);
	tcase_add_loop_test(tc, hosts_datagrams_reach_the_guest_as_one, 0,
			    RUNS * 2);
	tcase_add_loop_test(tc, guest_that_takes_no_more_than_one, 0, 3);
	tcase_add_loop_test(tc, joined_by_the_kernel, 0, 2);
	tcase_add_test(tc, slow_datagrams_pass_at_once);
	tcase_add_test(tc, fast_datagrams_are_gathered);
	tcase_add_test(tc, nap_ends_with_its_socket);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
