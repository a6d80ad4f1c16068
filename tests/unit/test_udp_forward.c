/* SPDX-License-Identifier: BSD-3-Clause */
/* test_udp_forward.c - UDP from the host's ports to the guest */
#include <errno.h>
#include <unistd.h>

#include "fake/own_net.h"
#include "fake/udp_lab.h"

/* Where new clients are led to; port 0: nowhere. */
static struct ul_ep target;
static unsigned int asked;
static struct ul_udp_forward *newest;

static int guest_of(const struct ul_ep *client, struct ul_ep *out, void *arg)
{
	asked++;
	*out = target;
	return target.port ? 0 : -ENOENT;
}

/* Forwards: @fd is the host's port, with a client of the test's. */
static struct ul_ep forward(const char *text, struct ul_ep to)
{
	struct ul_ep own;
	int fd = fake_net_socket(text, &own);

	target = to;
	asked = 0;
	ck_assert_int_eq(ul_udp_proxy_forward(proxy, fd, guest_of, NULL,
					      &newest), 0);
	return own;
}

static struct ul_ep source_of(const struct fake_dgram *d)
{
	ck_assert_ptr_nonnull(d);
	return (struct ul_ep){ d->d.src,
			       (uint16_t)(d->data[0] << 8 | d->data[1]) };
}

START_TEST(forward_joins_loopback_clients_and_guest)
{
	/* Families of guest and host: the same, and crossed. */
	bool guest_v4 = _i % 2, host_v4 = _i / 2;
	const char *text = host_v4 ? "127.0.0.1" : "::1";
	struct ul_ep to = guest(guest_v4, 7777), one, two, from;
	struct ul_ep port = forward(text, to), seen_one, seen_two;
	int fd1 = fake_net_socket(text, &one);
	int fd2 = fake_net_socket(text, &two);
	uint8_t got[16];

	host_send(fd1, port, "one", 3);
	seen_one = source_of(fake_net_wait(&net));
	host_send(fd2, port, "two", 3);
	seen_two = source_of(fake_net_wait(&net));
	ck_assert(ul_addr_eq(&seen_one.addr, guest_v4 ? &net.ctx.gateway4 :
							&net.ctx.gateway6));
	ck_assert(!ul_ep_eq(&seen_one, &seen_two));

	input(fake_net_udp(&net, &to, &seen_two, "TWO", 3));
	input(fake_net_udp(&net, &to, &seen_one, "ONE", 3));
	ck_assert_int_eq(host_recv(fd1, got, sizeof(got), &from), 3);
	ck_assert_mem_eq(got, "ONE", 3);
	ck_assert(ul_ep_eq(&from, &port));
	ck_assert_int_eq(host_recv(fd2, got, sizeof(got), &from), 3);
	ck_assert_mem_eq(got, "TWO", 3);
	ck_assert_uint_eq(mappings(), 0);

	host_send(fd1, port, "again", 5);	/* the same client, the same */
	check_dgram(fake_net_wait(&net), seen_one, to, "again", 5);
	fake_net_pass(&net, 120 * SECOND);
	input(fake_net_udp(&net, &to, &seen_one, "late", 4));
	ck_assert_uint_eq(mappings(), 1);	/* no session: a new flow */
	close(fd1);
	close(fd2);
}
END_TEST

START_TEST(forward_shows_the_clients_address)
{
	struct ul_ep to = guest(true, 7777), port, client, from, seen;
	uint8_t got[16];
	int fd;

	if (!own_net_enter())
		return;
	ul_udp_proxy_free(proxy);
	fake_net_fini(&net);
	setup();		/* with sockets of this namespace */
	port = forward("0.0.0.0", to);
	port.addr = at("198.51.100.7", 0).addr;
	fd = fake_net_socket("198.51.100.7", &client);
	host_send(fd, port, "hello", 5);
	seen = source_of(fake_net_wait(&net));
	ck_assert(ul_ep_eq(&seen, &client));
	input(fake_net_udp(&net, &to, &seen, "answer", 6));
	ck_assert_int_eq(host_recv(fd, got, sizeof(got), &from), 6);
	ck_assert_uint_eq(from.port, port.port);
	close(fd);
}
END_TEST

START_TEST(forward_clients_are_bounded)
{
	struct ul_ep to = guest(true, 7777), own;
	struct ul_ep port = forward("127.0.0.1", to);
	struct ul_ep first = { 0 }, last = { 0 };
	int held = -1, fd;	/* so that no other gets the first's port */

	for (int i = 0; i < 1100; i++) {
		fd = fake_net_socket("127.0.0.1", &own);
		host_send(fd, port, "x", 1);
		last = source_of(fake_net_wait(&net));
		if (!i) {
			first = last;
			held = fd;
		} else {
			close(fd);
		}
	}
	input(fake_net_udp(&net, &to, &last, "x", 1));
	ck_assert_uint_eq(mappings(), 0);
	input(fake_net_udp(&net, &to, &first, "x", 1));
	ck_assert_uint_eq(mappings(), 1);	/* given away long ago */
	close(held);
}
END_TEST

START_TEST(forward_refuses_what_is_no_socket)
{
	int fd = dup(0);

	ck_assert_int_lt(ul_udp_proxy_forward(proxy, fd, guest_of, NULL,
					      &newest), 0);
	ck_assert_int_eq(close(fd), -1);	/* taken all the same */
}
END_TEST

START_TEST(forward_client_that_left_is_reported)
{
	struct ul_ep to = guest(true, 7777), client, seen;
	struct ul_ep port = forward("127.0.0.1", to);
	int fd = fake_net_socket("127.0.0.1", &client);
	const struct fake_dgram *d;
	struct fake_error e;

	host_send(fd, port, "x", 1);
	seen = source_of(fake_net_wait(&net));
	close(fd);
	input(fake_net_udp(&net, &to, &seen, "y", 1));
	d = fake_net_wait(&net);
	ck_assert_ptr_nonnull(d);
	e = fake_error_parse(d);
	ck_assert_uint_eq(e.type, 3);
	ck_assert_uint_eq(e.code, 3);
	ck_assert(ul_addr_eq(&e.dst, &seen.addr));
	ck_assert_uint_eq(e.l4[2] << 8 | e.l4[3], seen.port);
}
END_TEST

/* A client keeps the guest that it began with. */
START_TEST(forward_asks_for_each_new_client)
{
	struct ul_ep one = guest(true, 7777), two = guest(true, 8888);
	struct ul_ep port = forward("127.0.0.1", one), own;
	int fd1 = fake_net_socket("127.0.0.1", &own);
	int fd2 = fake_net_socket("127.0.0.1", &own);
	struct ul_ep seen;

	target.port = 0;
	host_send(fd1, port, "lost", 4);
	fake_net_turns(&net, 5);
	ck_assert_uint_eq(asked, 1);
	ck_assert_uint_eq(net.ctx.stats.udp_dropped, 1);
	ck_assert_uint_eq(ul_udp_forward_clients(newest), 0);

	target = one;
	host_send(fd1, port, "one", 3);
	seen = source_of(fake_net_wait(&net));
	target = two;
	host_send(fd1, port, "1", 1);
	check_dgram(fake_net_wait(&net), seen, one, "1", 1);
	host_send(fd2, port, "2", 1);
	seen = source_of(fake_net_wait(&net));
	ck_assert_uint_eq(asked, 3);
	ck_assert_uint_eq(ul_udp_forward_clients(newest), 2);
	input(fake_net_udp(&net, &one, &seen, "x", 1));
	ck_assert_uint_eq(mappings(), 1);	/* the other's client */
	close(fd1);
	close(fd2);
}
END_TEST

START_TEST(forward_that_is_removed_is_closed)
{
	struct ul_ep to = guest(true, 7777), own, seen;
	struct ul_ep port = forward("127.0.0.1", to);
	int fd = fake_net_socket("127.0.0.1", &own), again;

	host_send(fd, port, "x", 1);
	seen = source_of(fake_net_wait(&net));
	ul_udp_proxy_end_forward(proxy, newest);
	input(fake_net_udp(&net, &to, &seen, "x", 1));
	ck_assert_uint_eq(mappings(), 1);
	again = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(again, (struct sockaddr *)
			      &(struct sockaddr_in){
				.sin_family = AF_INET,
				.sin_port = htons(port.port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
			      }, sizeof(struct sockaddr_in)), 0);
	close(again);
	close(fd);
}
END_TEST

/* Of a guest with 2 the longest silent one makes room for the third. */
START_TEST(clients_are_the_guests)
{
	struct ul_ep to = guest(true, 7777), own, seen[3];
	struct ul_ep port = forward("127.0.0.1", to);
	struct ul_account *a;
	int fd[3];

	net.ctx.limits.udp_flows = 2;
	for (int i = 0; i < 3; i++) {
		fd[i] = fake_net_socket("127.0.0.1", &own);
		host_send(fd[i], port, "x", 1);
		seen[i] = source_of(fake_net_wait(&net));
		if (i == 1) {
			host_send(fd[0], port, "y", 1);
			fake_net_wait(&net);
		}
	}
	a = ul_flow_account_of(&net.ctx, &to.addr);
	ck_assert_uint_eq(a->used[UL_USE_UDP_CLIENT], 2);
	ck_assert_uint_eq(a->used[UL_USE_UDP], 0);
	ck_assert_uint_eq(ul_udp_forward_clients(newest), 2);
	input(fake_net_udp(&net, &to, &seen[0], "x", 1));
	input(fake_net_udp(&net, &to, &seen[2], "x", 1));
	ck_assert_uint_eq(mappings(), 0);
	input(fake_net_udp(&net, &to, &seen[1], "x", 1));
	ck_assert_uint_eq(mappings(), 1);

	ul_udp_proxy_forget(proxy, a);
	ck_assert_uint_eq(ul_udp_forward_clients(newest), 0);
	ck_assert_uint_eq(a->used[UL_USE_UDP_CLIENT], 0);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("udp_forward");
	TCase *tc = tcase_create("udp_forward");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, forward_joins_loopback_clients_and_guest, 0,
			    4);
	tcase_add_test(tc, forward_shows_the_clients_address);
	tcase_add_test(tc, forward_clients_are_bounded);
	tcase_add_test(tc, forward_refuses_what_is_no_socket);
	tcase_add_test(tc, forward_client_that_left_is_reported);
	tcase_add_test(tc, forward_asks_for_each_new_client);
	tcase_add_test(tc, forward_that_is_removed_is_closed);
	tcase_add_test(tc, clients_are_the_guests);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
