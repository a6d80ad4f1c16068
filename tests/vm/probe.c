/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * probe.c - one question of the connectivity matrix, asked and witnessed
 *
 * probe serve PORT		answers TCP (one line back for one line) and UDP
 * probe watch			a line for each frame that this namespace sees
 *				of a probe: an echo request, TCP or UDP
 * probe router DEV PREFIX	a router advertisement each second: addresses of
 *				PREFIX, a /64, and a default route this way
 * probe ping|tcp|udp ADDR [PORT]
 *				"yes", or "no" and why; status 0 or 1
 * probe each ADDR PORT KIND...	the same of several kinds at once, each after
 *				its name
 *
 * One static program for namespaces and guests. A question takes at most
 * PATIENCE_MS. The watch lines are "PROTO SOURCE DESTINATION DPORT" in the
 * order of arrival, from a packet socket: what the kernel then does with the
 * frame does not matter.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 1500
#define TRY_MS 400
#define TEXT "a probe\n"

static int die(const char *what)
{
	perror(what);
	return 2;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

static const char *lead = "";	/* of an answer */

static int answer(bool is_yes, const char *why)
{
	printf("%s%s %s\n", lead, is_yes ? "yes" : "no", why);
	return is_yes ? 0 : 1;
}

static socklen_t address(struct sockaddr_storage *out, const char *text,
			 unsigned int port)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)out;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &sin->sin_addr) == 1) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons((uint16_t)port);
		return sizeof(*sin);
	}
	if (inet_pton(AF_INET6, text, &sin6->sin6_addr) == 1) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons((uint16_t)port);
		return sizeof(*sin6);
	}
	return 0;
}

static bool is_readable(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, ms > 0 ? ms : 0) > 0;
}

/* Wait for a connect() that was begun; 0 or an errno. */
static int await_connect(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t len = sizeof(error);

	if (poll(&pfd, 1, PATIENCE_MS) <= 0)
		return ETIMEDOUT;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

/* By a reset: frames of a farewell could come during the next question. */
static void abort_tcp(int fd)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static int ask_tcp(const struct sockaddr_storage *to, socklen_t len)
{
	int fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	char buf[64];
	ssize_t n;
	int error = 0;

	if (connect(fd, (const struct sockaddr *)to, len) < 0)
		error = errno == EINPROGRESS ? await_connect(fd) : errno;
	if (error)
		return answer(false, strerror(error));
	if (send(fd, TEXT, strlen(TEXT), MSG_NOSIGNAL) < 0)
		return answer(false, strerror(errno));
	if (!is_readable(fd, PATIENCE_MS))
		return answer(false, "connected, and then silence");
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < 0)
		return answer(false, strerror(errno));
	abort_tcp(fd);
	return answer(n > 0, n > 0 ? "tcp" : "closed at once");
}

/* Send @text until something comes back that @is_answer. */
static int ask_datagram(int fd, const void *text, size_t len,
			bool (*is_answer)(const uint8_t *data, ssize_t len))
{
	int64_t end = now_ms() + PATIENCE_MS;
	uint8_t buf[2048];

	while (now_ms() < end) {
		if (send(fd, text, len, 0) < 0)
			return answer(false, strerror(errno));
		while (is_readable(fd, TRY_MS)) {
			ssize_t n = recv(fd, buf, sizeof(buf), 0);

			if (n < 0)
				return answer(false, strerror(errno));
			if (is_answer(buf, n))
				return answer(true, "answered");
		}
	}
	return answer(false, "silence");
}

static bool is_any(const uint8_t *data, ssize_t len)
{
	return true;
}

static int ask_udp(const struct sockaddr_storage *to, socklen_t len)
{
	int fd = socket(to->ss_family, SOCK_DGRAM, 0);

	if (connect(fd, (const struct sockaddr *)to, len) < 0)
		return answer(false, strerror(errno));
	return ask_datagram(fd, TEXT, strlen(TEXT), is_any);
}

/* A raw socket shows the IPv4 header, and the requests of others too. */
static bool is_echo4(const uint8_t *data, ssize_t len)
{
	size_t ihl = len > 0 ? (data[0] & 15) * 4u : 0;

	return (size_t)len > ihl && data[ihl] == ICMP_ECHOREPLY;
}

static bool is_echo6(const uint8_t *data, ssize_t len)
{
	return len > 0 && data[0] == ICMP6_ECHO_REPLY;
}

static uint16_t sum(const uint8_t *data, size_t len)
{
	uint32_t s = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		s += (uint32_t)(data[i] << 8 | data[i + 1]);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static int ask_ping(const struct sockaddr_storage *to, socklen_t len)
{
	bool is_v4 = to->ss_family == AF_INET;
	uint8_t echo[16] = { is_v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST };
	uint16_t id = (uint16_t)getpid(), checksum;
	int fd = socket(to->ss_family, SOCK_RAW,
			is_v4 ? IPPROTO_ICMP : (int)IPPROTO_ICMPV6);

	if (fd < 0)
		return die("probe: raw socket");
	memcpy(echo + 4, &id, sizeof(id));
	checksum = sum(echo, sizeof(echo));
	echo[2] = (uint8_t)(checksum >> 8);
	echo[3] = (uint8_t)checksum;
	if (connect(fd, (const struct sockaddr *)to, len) < 0)
		return answer(false, strerror(errno));
	return ask_datagram(fd, echo, sizeof(echo), is_v4 ? is_echo4 :
							    is_echo6);
}

/* -EINVAL: no such question. */
static int ask(int *status, const char *kind, const char *addr,
	       unsigned int port)
{
	struct sockaddr_storage to;
	socklen_t len = address(&to, addr, port);

	if (!len)
		return -EINVAL;
	if (!strcmp(kind, "ping"))
		*status = ask_ping(&to, len);
	else if (port && !strcmp(kind, "tcp"))
		*status = ask_tcp(&to, len);
	else if (port && !strcmp(kind, "udp"))
		*status = ask_udp(&to, len);
	else
		return -EINVAL;
	return 0;
}

/* Silence costs its time once, and not once for each kind. */
static int ask_each(const char *addr, unsigned int port, char *const *kinds)
{
	char text[32];

	for (; *kinds; kinds++) {
		int status = 2;

		if (fork())
			continue;
		snprintf(text, sizeof(text), "%s ", *kinds);
		lead = text;
		if (ask(&status, *kinds, addr, port))
			answer(false, "is no question");
		return status;
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

static int bound(int type, unsigned int port)
{
	struct sockaddr_storage any;
	socklen_t len = address(&any, "::", port);
	int fd = socket(AF_INET6, type, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&any, len) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void serve_one(int listener)
{
	int fd = accept(listener, NULL, NULL);
	char buf[64];

	if (fd < 0)
		return;
	if (is_readable(fd, PATIENCE_MS)) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n > 0)
			send(fd, buf, (size_t)n, MSG_NOSIGNAL);
	}
	close(fd);
}

/* An answer has to come from the address that was asked. */
static void echo_one(int fd)
{
	char buf[2048], control[256];
	struct sockaddr_storage from;
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return;
	iov.iov_len = (size_t)n;
	m.msg_flags = 0;
	sendmsg(fd, &m, 0);
}

static int serve(unsigned int port)
{
	int tcp = bound(SOCK_STREAM, port), udp = bound(SOCK_DGRAM, port);
	int on = 1;
	struct pollfd pfd[2] = {
		{ .fd = tcp, .events = POLLIN }, { .fd = udp, .events = POLLIN },
	};

	if (tcp < 0 || udp < 0 || listen(tcp, 16) < 0)
		return die("probe: serve");
	setsockopt(udp, SOL_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	puts("serving");
	fflush(stdout);
	while (poll(pfd, 2, -1) > 0) {
		if (pfd[0].revents)
			serve_one(tcp);
		if (pfd[1].revents)
			echo_one(udp);
	}
	return 0;
}

/* Tell of one IP packet, when it asks something. */
static void tell(const uint8_t *p, size_t len)
{
	bool is_v4 = len >= 20 && p[0] >> 4 == 4;
	size_t head = is_v4 ? (p[0] & 15) * 4u : 40;
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	unsigned int proto, port;

	if (len < head + 8 || (!is_v4 && p[0] >> 4 != 6))
		return;
	proto = p[is_v4 ? 9 : 6];
	port = (unsigned int)(p[head + 2] << 8 | p[head + 3]);
	inet_ntop(is_v4 ? AF_INET : AF_INET6, p + (is_v4 ? 12 : 8), src,
		  sizeof(src));
	inet_ntop(is_v4 ? AF_INET : AF_INET6, p + (is_v4 ? 16 : 24), dst,
		  sizeof(dst));
	if ((proto == IPPROTO_ICMP && p[head] == ICMP_ECHO) ||
	    (proto == IPPROTO_ICMPV6 && p[head] == ICMP6_ECHO_REQUEST))
		printf("ping %s %s 0\n", src, dst);
	else if (proto == IPPROTO_TCP || proto == IPPROTO_UDP)
		printf("%s %s %s %u\n", proto == IPPROTO_TCP ? "tcp" : "udp",
		       src, dst, port);
	fflush(stdout);
}

static int watch(void)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	uint8_t buf[2048];

	if (fd < 0)
		return die("probe: packet socket");
	puts("watching");
	fflush(stdout);
	for (;;) {
		struct sockaddr_ll from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0,
				     (struct sockaddr *)&from, &len);

		if (n > 0 && from.sll_pkttype != PACKET_OUTGOING)
			tell(buf, (size_t)n);
	}
}

/* RFC 4861 4.2 with a prefix that makes addresses (4.6.2). */
static int router(const char *device, const char *prefix)
{
	uint8_t ra[] = {
		134, 0, 0, 0, 64, 0, 0, 60, [16] = 3, 4, 64, 0xc0,
		0, 0, 14, 16, 0, 0, 14, 16, [47] = 0,
	};
	struct sockaddr_in6 all = {
		.sin6_family = AF_INET6,
		.sin6_scope_id = if_nametoindex(device),
	};
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), hops = 255;

	inet_pton(AF_INET6, "ff02::1", &all.sin6_addr);
	if (fd < 0 || inet_pton(AF_INET6, prefix, ra + 32) != 1)
		return die("probe: router");
	setsockopt(fd, SOL_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops));
	for (;;) {
		if (sendto(fd, ra, sizeof(ra), 0, (struct sockaddr *)&all,
			   sizeof(all)) < 0)
			perror("probe: router");
		sleep(1);
	}
}

int main(int argc, char **argv)
{
	unsigned int port = argc > 3 ? (unsigned int)atoi(argv[3]) : 0;
	int status;

	if (argc == 2 && !strcmp(argv[1], "watch"))
		return watch();
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve((unsigned int)atoi(argv[2]));
	if (argc == 4 && !strcmp(argv[1], "router"))
		return router(argv[2], argv[3]);
	if (argc > 4 && !strcmp(argv[1], "each"))
		return ask_each(argv[2], (unsigned int)atoi(argv[3]),
				argv + 4);
	if (argc > 2 && !ask(&status, argv[1], argv[2], port))
		return status;
	fputs("usage: see the head of probe.c\n", stderr);
	return 2;
}
