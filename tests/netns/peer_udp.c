/* SPDX-License-Identifier: BSD-3-Clause */
/* peer_udp.c - the UDP clients of the tests' traffic */
#include "peer.h"

#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATAGRAM_MAX 65536
#define BUFFER (4 << 20)
#define BURST 16		/* datagrams to each of two peers */

static uint8_t out[DATAGRAM_MAX], in[DATAGRAM_MAX];

static void set_int(int fd, int level, int name, uint64_t value)
{
	int v = (int)value;

	if (setsockopt(fd, level, name, &v, sizeof(v)) < 0)
		die("setsockopt");
}

/* A socket of the family of @a->addr, bound to @port unless that is 0. */
static int open_socket(const struct args *a, uint64_t port)
{
	bool v6 = strchr(a->addr, ':');
	struct sockaddr_storage ss;
	socklen_t len = make_addr(v6 ? "::" : "0.0.0.0", (uint16_t)port, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	set_int(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
	set_int(fd, SOL_SOCKET, SO_SNDBUF, BUFFER);
	if (a->ttl)
		set_int(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			v6 ? IPV6_UNICAST_HOPS : IP_TTL, a->ttl);
	if (a->tos)
		set_int(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			v6 ? IPV6_TCLASS : IP_TOS, a->tos);
	if (bind(fd, (struct sockaddr *)&ss, len) < 0)
		die("bind");
	return fd;
}

static void send_to(const struct args *a, int fd, uint64_t port, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t ss_len = make_addr(a->addr, (uint16_t)port, &ss);

	if (sendto(fd, out, len, 0, (struct sockaddr *)&ss, ss_len) < 0)
		die("sendto");
}

/* Length of the next datagram, or -1 when none comes in @ms. */
static ssize_t receive(int fd, int64_t ms, struct sockaddr_storage *from)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	socklen_t len = sizeof(*from);

	if (poll(&p, 1, (int)ms) <= 0)
		return -1;
	return recvfrom(fd, in, sizeof(in), 0, (struct sockaddr *)from, &len);
}

static bool is_from(const struct args *a, uint64_t port,
		    const struct sockaddr_storage *from)
{
	struct sockaddr_storage want;
	g_autofree char *text = NULL;

	make_addr(a->addr, (uint16_t)port, &want);
	text = g_strdup(addr_text(&want));
	return !strcmp(text, addr_text(from));
}

static void echo_size(const struct args *a, int fd, size_t len)
{
	struct sockaddr_storage from;
	ssize_t n;

	stream_fill(len, 0, out, len);
	send_to(a, fd, a->port, len);
	n = receive(fd, (int64_t)a->timeout, &from);
	if (n < 0)
		die_msg("%zu bytes: no answer", len);
	if ((size_t)n != len || memcmp(in, out, len))
		die_msg("%zu bytes: the answer differs", len);
	if (!is_from(a, a->port, &from))
		die_msg("%zu bytes: answered by %s", len, addr_text(&from));
}

/*
 * All of the first sizes, those around every multiple of 8 that an MTU or a
 * power of two makes a border, and steps up to @len, which is one too.
 */
int verb_udp_sizes(const struct args *a)
{
	static const size_t borders[] = {
		512, 1024, 1232, 1472, 1480, 2048, 2952, 2960, 4096, 8192,
		8972, 16384, 32768, 65492, 65000,
	};
	int fd = open_socket(a, a->from);

	for (size_t len = 1; len <= MIN(64, a->len); len++)
		echo_size(a, fd, len);
	for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++)
		for (size_t len = borders[i] - 9; len < borders[i] + 9; len++)
			if (len <= a->len)
				echo_size(a, fd, len);
	for (size_t len = 100; len < a->len; len += 997)
		echo_size(a, fd, len);
	echo_size(a, fd, a->len);
	puts("OK");
	return 0;
}

/*
 * Runs of equal datagrams with others between: what goes a part of the way
 * as one message must come out as it went in.
 */
static size_t burst_len(size_t i)
{
	static const struct {
		size_t count, len;
	} runs[] = {
		{ 10, 100 }, { 1, 40 }, { 7, 100 }, { 1, 0 }, { 1, 1 },
		{ 3, 1 }, { 12, 1400 }, { 1, 1399 }, { 2, 1472 }, { 3, 1473 },
		{ 5, 64 },
	};

	for (size_t r = 0; r < sizeof(runs) / sizeof(runs[0]); r++) {
		if (i < runs[r].count)
			return runs[r].len;
		i -= runs[r].count;
	}
	return SIZE_MAX;
}

int verb_udp_burst(const struct args *a)
{
	int fd = open_socket(a, a->from);
	struct sockaddr_storage from;

	for (uint64_t round = 0; round < a->count; round++) {
		for (size_t i = 0; burst_len(i) != SIZE_MAX; i++) {
			stream_fill(i, 0, out, burst_len(i));
			send_to(a, fd, a->port, burst_len(i));
		}
		for (size_t i = 0; burst_len(i) != SIZE_MAX; i++) {
			ssize_t n = receive(fd, (int64_t)a->timeout, &from);

			if (n != (ssize_t)burst_len(i) ||
			    !stream_matches(i, 0, in, burst_len(i)))
				die_msg("datagram %zu, %zu bytes: got %zd", i,
					burst_len(i), n);
		}
	}
	puts("OK");
	return 0;
}

int verb_udp_many(const struct args *a)
{
	g_autofree int *fd = g_new0(int, a->count);
	size_t len = a->len ? a->len : 100;
	struct sockaddr_storage from;

	for (uint64_t i = 0; i < a->count; i++) {
		fd[i] = open_socket(a, a->from ? a->from + i : 0);
		stream_fill(i, 0, out, len);
		send_to(a, fd[i], a->port, len);
		if (i % 50 == 49)
			g_usleep(2000);
	}
	for (uint64_t i = 0; i < a->count; i++) {
		ssize_t n = receive(fd[i], (int64_t)a->timeout, &from);

		if (n < 0)
			die_msg("port %llu: no answer", (unsigned long long)i);
		if ((size_t)n != len || !stream_matches(i, 0, in, len))
			die_msg("port %llu: another's answer",
				(unsigned long long)i);
	}
	puts("OK");
	return 0;
}

/* Answers of the live peer to the @n datagrams of seeds @first and on. */
static uint64_t take_answers(const struct args *a, int fd, uint64_t first,
			     uint64_t n)
{
	struct sockaddr_storage from;
	uint64_t good = 0;

	for (uint64_t i = 0; i < n; i++) {
		if (receive(fd, (int64_t)a->timeout, &from) != 32)
			break;
		if (is_from(a, a->port, &from) &&
		    stream_matches(first + i, 0, in, 32))
			good++;
	}
	return good;
}

/*
 * One port of ours alternates between a live peer and a dead one (also=),
 * whose errors must not cost the live one a single datagram. They leave in
 * bursts, so that an error of the last is there when the next is sent.
 */
int verb_udp_two(const struct args *a)
{
	int fd = open_socket(a, a->from);
	uint64_t back = 0;

	for (uint64_t i = 0; i < a->count; i += BURST) {
		uint64_t n = MIN(BURST, a->count - i);

		for (uint64_t k = 0; k < n; k++) {
			stream_fill(i + k, 0, out, 32);
			send_to(a, fd, a->also, 32);
			send_to(a, fd, a->port, 32);
		}
		back += take_answers(a, fd, i, n);
	}
	printf("%llu\n", (unsigned long long)back);
	return back == a->count ? 0 : 1;
}

/* Print OK for an answer, the errno of an ICMP error, or SILENCE; and ms. */
int verb_udp_probe(const struct args *a)
{
	struct sockaddr_storage ss;
	socklen_t len = make_addr(a->addr, a->port, &ss);
	int fd = open_socket(a, a->from);
	bool v4 = ss.ss_family == AF_INET;
	int64_t start = now_us();
	const char *result = "OK";
	ssize_t n;

	/* Else an unreachable host is no error to a datagram's sender. */
	set_int(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		v4 ? IP_RECVERR : IPV6_RECVERR, 1);
	if (connect(fd, (struct sockaddr *)&ss, len) < 0)
		die("connect");
	if (send(fd, out, a->len ? a->len : 16, 0) < 0)
		die("send");
	errno = 0;
	n = receive(fd, (int64_t)a->timeout, &ss);
	if (n < 0)
		result = errno ? error_name(errno) : "SILENCE";
	printf("%s %lld\n", result, (long long)(now_us() - start) / 1000);
	return 0;
}
