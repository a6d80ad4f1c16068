/* SPDX-License-Identifier: BSD-3-Clause */
/* test_tcp_host.c - the host's side of proxied TCP: real sockets, real stack */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake/tcp_lab.h"

static struct ul_ep server;	/* where every connection of the guest goes */
static int listener;

static void setup(void)
{
	lab_open(NULL, 1000);
	listener = listen_on_loopback(&server, 16);
	aim(&g, &server);
}

static void teardown(void)
{
	close(listener);
	lab_close();
}

/* Turns of the loop until a segment comes; at most two seconds. */
static struct seg *await(void)
{
	for (int i = 0; i < 200 && !wire.count; i++)
		ul_loop_turn(ctx.loop, 10);
	return wire_next(&wire);
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

/* The guest connects; the server's end. */
static int connect_guest(void)
{
	struct seg *s;
	int fd;

	put(UL_TCP_SYN, NULL, 0);
	s = await();
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(s->h.flags, UL_TCP_SYN | UL_TCP_ACK);
	g.seq++;
	g.ack = s->h.seq + 1;
	free(s);
	put(UL_TCP_ACK, NULL, 0);
	fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Data from the host for the guest until @want bytes came. */
static size_t receive(char *out, size_t want)
{
	size_t got = 0;
	struct seg *s;

	while (got < want && (s = await()) != NULL) {
		if (s->len && s->h.seq == g.ack) {
			memcpy(out + got, s->data, s->len);
			got += s->len;
			g.ack += (uint32_t)s->len;
			put(UL_TCP_ACK, NULL, 0);
		}
		free(s);
	}
	return got;
}

/* Nothing stays behind the mark, and the urgent byte is one of the stream. */
START_TEST(urgent_data_does_no_harm)
{
	int fd = connect_guest();
	char got[64];

	ck_assert_int_eq(send(fd, "abc", 3, 0), 3);
	ck_assert_int_eq(send(fd, "!", 1, MSG_OOB), 1);
	ck_assert_int_eq(send(fd, "def", 3, 0), 3);
	ck_assert_uint_eq(receive(got, 7), 7);
	ck_assert_mem_eq(got, "abc!def", 7);
	close(fd);
}
END_TEST

/* The mark and the end of the stream are told at once. */
START_TEST(urgent_data_is_last)
{
	int fd = connect_guest();
	char got[64];

	ck_assert_int_eq(send(fd, "abc", 3, 0), 3);
	ck_assert_int_eq(send(fd, "!", 1, MSG_OOB), 1);
	close(fd);
	ck_assert_uint_eq(receive(got, 4), 4);
	ck_assert_mem_eq(got, "abc!", 4);
}
END_TEST

/* A guest that resets and connects again from the same port need not wait. */
START_TEST(syn_follows_reset_at_once)
{
	int fd = connect_guest(), again;

	put(UL_TCP_RST | UL_TCP_ACK, NULL, 0);
	g.seq += 1000;
	again = connect_guest();
	close(fd);
	close(again);
	ck_assert_uint_eq(ul_tcp_proxy_count(proxy), 1);
}
END_TEST

/* A host connection that is accepted: our end; the client's is at *@client. */
static int accepted(int *client)
{
	struct sockaddr_storage ss;
	socklen_t len = ul_ep_to_sa(&server, &ss);
	int fd;

	*client = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(*client, (struct sockaddr *)&ss, len), 0);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Clients that look the same to the guest are told apart by the port. */
START_TEST(alike_clients_are_told_apart)
{
	struct ul_ep peer = { ctx.gateway4, (uint16_t)_i };
	struct ul_ep to = { g.own.addr, 80 };
	struct seg *s[3];
	int client[3];

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ul_tcp_proxy_forward(proxy,
						      accepted(&client[i]),
						      &peer, &peer, &to,
						      NULL), 0);
		s[i] = wire_next(&wire);
		ck_assert_ptr_nonnull(s[i]);
		ck_assert_uint_eq(s[i]->h.flags, UL_TCP_SYN);
	}
	ck_assert_uint_eq(s[0]->h.src_port, peer.port);
	ck_assert_uint_ne(s[1]->h.src_port, s[0]->h.src_port);
	ck_assert_uint_ne(s[2]->h.src_port, s[0]->h.src_port);
	ck_assert_uint_ne(s[2]->h.src_port, s[1]->h.src_port);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_gt(s[i]->h.src_port, 0);
		free(s[i]);
		close(client[i]);
	}
}
END_TEST

/* An option of the host's socket @fd. */
static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

/* A client's connection that the guest took; the host's socket. */
static int forward_to_guest(int *client)
{
	struct ul_ep peer = { ctx.gateway4, 5000 }, to = { g.own.addr, 80 };
	int fd = accepted(client);
	struct seg *s;

	ck_assert_int_eq(ul_tcp_proxy_forward(proxy, fd, &peer, &peer,
					      &to, NULL), 0);
	s = wire_next(&wire);
	ck_assert_ptr_nonnull(s);
	g.own.port = to.port;
	g.peer = peer;
	g.ack = s->h.seq + 1;
	free(s);
	put(UL_TCP_SYN | UL_TCP_ACK, NULL, 0);
	g.seq++;
	wire_clear(&wire);
	return fd;
}

/* The guest sends @len bytes, which the client gets. */
static void send_to_client(int client, size_t len)
{
	char bytes[1400] = { 0 };

	put(UL_TCP_PSH | UL_TCP_ACK, bytes, len);
	g.seq += (uint32_t)len;
	ul_loop_turn(ctx.loop, 10);
	ck_assert_int_eq(recv(client, bytes, sizeof(bytes), MSG_DONTWAIT),
			 (int)len);
}

/* The first small write waits for nobody, so it needs no option. */
START_TEST(small_writes_to_a_client_are_not_delayed)
{
	int client, fd = forward_to_guest(&client);

	send_to_client(client, 1);
	ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	send_to_client(client, 1);
	ck_assert_int_ne(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	close(client);
}
END_TEST

/* More than a segment may be: its last part is a small write, too. */
START_TEST(a_large_first_write_is_not_delayed)
{
	int client, fd = forward_to_guest(&client);

	send_to_client(client, 1400);
	ck_assert_int_ne(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	close(client);
}
END_TEST

START_TEST(a_client_that_stays_is_probed)
{
	int client, fd = forward_to_guest(&client);

	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	for (int i = 0; i < 20 && !option(fd, SOL_SOCKET, SO_KEEPALIVE); i++)
		ul_loop_turn(ctx.loop, 100);
	ck_assert_int_ne(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	close(client);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tcp_host");
	TCase *tc = tcase_create("tcp_host");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, urgent_data_does_no_harm);
	tcase_add_test(tc, urgent_data_is_last);
	tcase_add_test(tc, syn_follows_reset_at_once);
	tcase_add_loop_test(tc, alike_clients_are_told_apart, 65534, 65536);
	tcase_add_test(tc, small_writes_to_a_client_are_not_delayed);
	tcase_add_test(tc, a_large_first_write_is_not_delayed);
	tcase_add_test(tc, a_client_that_stays_is_probed);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
