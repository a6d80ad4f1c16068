/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loadgen.c - both ends of the benchmarks
 *
 * loadgen serve PORT                  the far end, one thread, epoll
 * loadgen up|down ADDR PORT SECONDS   one flow: "BYTES SECONDS"
 * loadgen rr ADDR PORT SECONDS        1 byte each way: "COUNT P50us P99us"
 * loadgen udp-up|udp-down ADDR PORT SECONDS [LEN]
 *                                     datagrams of LEN bytes one way, by
 *                                     default such that their frames have 64
 *                                     (the frame check counted): "COUNT
 *                                     SECONDS"
 * loadgen connect|exchange ADDR PORT SECONDS
 *                                     connections: "COUNT SECONDS P99us"
 * loadgen flows ADDR PORT COUNT       opens COUNT flows, says "open SECONDS",
 *                                     then obeys lines "send SEGMENTS WINDOW"
 *                                     with "sent SECONDS" until stdin ends
 *
 * PORT is always the base; each service is at a fixed distance from it. An
 * upload is timed until the server has answered that it read all, so bytes in
 * some queue do not count as sent; its last chunk is marked by its first byte,
 * for not every peer passes the end of a stream on. Connections go round 16
 * ports so that the ports of one address pair do not run out. "flows" sends
 * whole segments round-robin; each is answered by one byte, and WINDOW of them
 * may be unanswered: 1 shows the cost of a segment by itself, more that of a
 * batch.
 *
 * Datagrams count where they arrive, and DGRAM_WINDOW of them may be on their
 * way, so that it is the way's pace that shows and not its losses. Upwards the
 * server tells how many it got at each DGRAM_STEP; downwards it sends
 * DGRAM_STEP of them for each datagram that asks for some of its length.
 *
 * One program, linked statically, serves in a namespace and inside a VM alike.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK		(128 * 1024)
#define SEGMENT		1460
#define SPREAD_PORTS	16
#define MAX_SAMPLES	4000000
#define LAST		'E'	/* marks an upload's last chunk */
#define DGRAM_LEN	18	/* 14 + 20 + 8 + 18 + 4 are 64 */
#define DGRAM_MAX	(CHUNK / DGRAM_STEP)
#define DGRAM_STEP	32
#define DGRAM_WINDOW	512
#define DGRAM_LOST_US	20000	/* so long without an answer: start anew */
#define STALL_S		5	/* a read or write this long has failed */

enum service {
	SINK,			/* reads chunks; answers the last with a byte */
	SOURCE,			/* writes without end */
	ECHO,			/* answers bytes with the same bytes */
	ACK,			/* answers every SEGMENT bytes with one byte */
};

#define SERVICE_COUNT	(ACK + 1)
#define DGRAM_PORT	8	/* of UDP: counts */
#define DGRAM_SOURCE	9	/* of UDP: sends what is asked for */
#define SPREAD_BASE	16	/* SPREAD_PORTS more of ECHO */

enum kind {
	STREAM,
	LISTENER,
	DGRAM_COUNTER,
	DGRAM_SENDER,
};

struct conn {
	int fd;
	enum kind kind;
	enum service service;	/* of a stream */
	bool is_last;		/* the chunk being read is the marked one */
	uint64_t count;		/* bytes read */
	uint64_t answered;	/* segments answered */
};

static char chunk[CHUNK];

static void die(const char *what)
{
	fprintf(stderr, "loadgen: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void set_nodelay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* The server. */

static void watch(int poll_fd, struct conn *c, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		die("epoll_ctl");
}

static void listen_on(int poll_fd, uint16_t port, enum service service)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
		.sin6_addr = IN6ADDR_ANY_INIT,
	};
	struct conn *c = calloc(1, sizeof(*c));
	int on = 1;

	if (!c)
		die("calloc");
	c->fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		die("socket");
	setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(c->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(c->fd, 4096) < 0)
		die("listen");
	c->service = service;
	c->kind = LISTENER;
	watch(poll_fd, c, EPOLLIN);
}

static void accept_one(int poll_fd, const struct conn *listener)
{
	struct conn *c;
	int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK);

	if (fd < 0)
		return;
	c = calloc(1, sizeof(*c));
	if (!c)
		die("calloc");
	set_nodelay(fd);
	c->fd = fd;
	c->service = listener->service;
	watch(poll_fd, c, c->service == SOURCE ? EPOLLOUT : EPOLLIN);
}

/* Has the last chunk been read whole, now that @len more bytes have come? */
static bool sink_is_full(struct conn *c, size_t len)
{
	uint64_t left = CHUNK - c->count % CHUNK;

	if (left == CHUNK)
		left = 0;
	if (left < len && chunk[left] == LAST)
		c->is_last = true;
	return c->is_last && (c->count + len) % CHUNK == 0;
}

/* What the bytes just read ask for; false when the answer cannot be sent. */
static bool answer(struct conn *c, size_t len)
{
	bool is_full = c->service == SINK && sink_is_full(c, len);
	uint64_t due;

	c->count += len;
	switch (c->service) {
	case ECHO:
		return send(c->fd, chunk, len, MSG_NOSIGNAL) == (ssize_t)len;
	case ACK:
		due = c->count / SEGMENT - c->answered;
		c->answered += due;
		return !due || send(c->fd, chunk, due, MSG_NOSIGNAL) ==
			(ssize_t)due;
	case SINK:
		return !is_full || send(c->fd, chunk, 1, MSG_NOSIGNAL) == 1;
	case SOURCE:
		break;
	}
	return true;
}

static bool serve_one(struct conn *c)
{
	ssize_t len;

	if (c->service == SOURCE) {
		len = send(c->fd, chunk, sizeof(chunk), MSG_NOSIGNAL);
		return len >= 0 || errno == EAGAIN;
	}
	len = read(c->fd, chunk, sizeof(chunk));
	if (len < 0)
		return errno == EAGAIN;
	return len > 0 && answer(c, (size_t)len);
}

static void bind_dgram(int poll_fd, uint16_t port, enum kind kind)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons(port),
	};
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		die("calloc");
	c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0 ||
	    bind(c->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die("udp");
	c->kind = kind;
	watch(poll_fd, c, EPOLLIN);
}

/* Up to @max datagrams at once; how many, or less than 1. */
static int recv_many(int fd, void *bufs, size_t len, unsigned int max,
		     struct sockaddr_in *from)
{
	struct mmsghdr m[DGRAM_STEP] = { 0 };
	struct iovec iov[DGRAM_STEP];

	for (unsigned int i = 0; i < max; i++) {
		iov[i] = (struct iovec){ (char *)bufs + i * len, len };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	m[0].msg_hdr.msg_name = from;
	m[0].msg_hdr.msg_namelen = from ? sizeof(*from) : 0;
	return recvmmsg(fd, m, max, MSG_DONTWAIT, NULL);
}

/* Tell the total at each DGRAM_STEP. */
static void count_dgrams(struct conn *c)
{
	struct sockaddr_in from;
	int n = recv_many(c->fd, chunk, DGRAM_MAX, DGRAM_STEP, &from);

	if (n < 1)
		return;
	c->count += (uint64_t)n;
	if (c->count / DGRAM_STEP == c->answered)
		return;
	c->answered = c->count / DGRAM_STEP;
	sendto(c->fd, &c->count, sizeof(c->count), 0,
	       (struct sockaddr *)&from, sizeof(from));
}

/* DGRAM_STEP datagrams of @len bytes; @to may be NULL: connected. */
static int send_step(int fd, size_t len, struct sockaddr_in *to)
{
	struct mmsghdr m[DGRAM_STEP] = { 0 };
	struct iovec iov = { chunk, len };

	for (unsigned int i = 0; i < DGRAM_STEP; i++) {
		m[i].msg_hdr.msg_iov = &iov;
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_name = to;
		m[i].msg_hdr.msg_namelen = to ? sizeof(*to) : 0;
	}
	return sendmmsg(fd, m, DGRAM_STEP, 0);
}

/* Each datagram asks for as many as long as itself. */
static void send_dgrams(const struct conn *c)
{
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t len = recvfrom(c->fd, chunk, DGRAM_MAX, 0,
			       (struct sockaddr *)&from, &from_len);

	if (len > 0)
		send_step(c->fd, (size_t)len, &from);
}

/* False when the connection is over. */
static bool serve_event(int poll_fd, struct conn *c)
{
	switch (c->kind) {
	case STREAM:
		return serve_one(c);
	case LISTENER:
		accept_one(poll_fd, c);
		break;
	case DGRAM_COUNTER:
		count_dgrams(c);
		break;
	case DGRAM_SENDER:
		send_dgrams(c);
		break;
	}
	return true;
}

static void serve(uint16_t base)
{
	struct epoll_event ev[64];
	int poll_fd = epoll_create1(0);

	for (int i = 0; i < SERVICE_COUNT; i++)
		listen_on(poll_fd, (uint16_t)(base + i), (enum service)i);
	for (int i = 0; i < SPREAD_PORTS; i++)
		listen_on(poll_fd, (uint16_t)(base + SPREAD_BASE + i), ECHO);
	bind_dgram(poll_fd, (uint16_t)(base + DGRAM_PORT), DGRAM_COUNTER);
	bind_dgram(poll_fd, (uint16_t)(base + DGRAM_SOURCE), DGRAM_SENDER);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(poll_fd, ev, 64, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = ev[i].data.ptr;

			if (!serve_event(poll_fd, c)) {
				close(c->fd);
				free(c);
			}
		}
	}
}

/* The clients. */

struct target {
	const char *addr;
	uint16_t base;
};

static int dial(const struct target *to, int offset)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct timeval stall = { .tv_sec = STALL_S };
	bool is_v6 = strchr(to->addr, ':');
	int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	int ret;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &stall, sizeof(stall));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof(stall));
	set_nodelay(fd);
	v4.sin_port = v6.sin6_port = htons((uint16_t)(to->base + offset));
	inet_pton(AF_INET, to->addr, &v4.sin_addr);
	inet_pton(AF_INET6, to->addr, &v6.sin6_addr);
	if (is_v6)
		ret = connect(fd, (struct sockaddr *)&v6, sizeof(v6));
	else
		ret = connect(fd, (struct sockaddr *)&v4, sizeof(v4));
	if (ret < 0)
		die("connect");
	return fd;
}

static void write_all(int fd, size_t len)
{
	while (len) {
		ssize_t n = write(fd, chunk, len);

		if (n <= 0)
			die("write");
		len -= (size_t)n;
	}
}

static void read_all(int fd, void *to, size_t len)
{
	char *at = to;

	while (len) {
		ssize_t n = read(fd, at, len);

		if (n <= 0)
			die("read");
		at += n;
		len -= (size_t)n;
	}
}

static int run_up(const struct target *to, double seconds)
{
	int fd = dial(to, SINK);
	double start = now_s();
	uint64_t count = sizeof(chunk);

	for (; now_s() - start < seconds; count += sizeof(chunk))
		write_all(fd, sizeof(chunk));
	chunk[0] = LAST;
	write_all(fd, sizeof(chunk));
	read_all(fd, chunk, 1);
	printf("%llu %.6f\n", (unsigned long long)count, now_s() - start);
	return 0;
}

static int run_down(const struct target *to, double seconds)
{
	int fd = dial(to, SOURCE);
	double start = now_s();
	uint64_t count = 0;

	while (now_s() - start < seconds) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n <= 0)
			die("read");
		count += (uint64_t)n;
	}
	printf("%llu %.6f\n", (unsigned long long)count, now_s() - start);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static float *new_samples(void)
{
	float *us = malloc(MAX_SAMPLES * sizeof(*us));

	if (!us)
		die("malloc");
	return us;
}

static int run_rr(const struct target *to, double seconds)
{
	float *us = new_samples();
	int fd = dial(to, ECHO);
	double end = now_s() + seconds;
	size_t n = 0;

	while (n < MAX_SAMPLES) {
		double start = now_s();

		if (start >= end)
			break;
		write_all(fd, 1);
		read_all(fd, chunk, 1);
		us[n++] = (float)((now_s() - start) * 1e6);
	}
	if (!n)
		return 1;
	qsort(us, n, sizeof(*us), by_value);
	printf("%zu %.1f %.1f\n", n, us[n / 2], us[n * 99 / 100]);
	free(us);
	return 0;
}

static int dial_dgram(const struct target *to, int offset)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)(to->base + offset)),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, to->addr, &addr.sin_addr);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die("udp");
	return fd;
}

/* The newest total of the server's; false when none came in time. */
static bool hear_total(int fd, uint64_t *total)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t heard[DGRAM_STEP];
	int n;

	if (poll(&p, 1, DGRAM_LOST_US / 1000) < 1)
		return false;
	n = recv_many(fd, heard, sizeof(*heard), DGRAM_STEP, NULL);
	if (n > 0)
		*total = heard[n - 1];
	return true;
}

static int run_udp_up(const struct target *to, double seconds, size_t len)
{
	int fd = dial_dgram(to, DGRAM_PORT);
	double start = now_s();
	uint64_t total = 0, first = 0, sent = 0, lost = 0;

	while (now_s() - start < seconds) {
		while (sent - lost - total < DGRAM_WINDOW) {
			if (send_step(fd, len, NULL) < 0 && errno != ENOBUFS)
				die("sendmmsg");
			sent += DGRAM_STEP;
		}
		if (!hear_total(fd, &total))
			lost = sent - total;	/* or are very late */
		if (!first && total) {
			first = total;
			sent = lost + total;
		}
	}
	printf("%llu %.6f\n", (unsigned long long)(total - first),
	       now_s() - start);
	return 0;
}

static int run_udp_down(const struct target *to, double seconds, size_t len)
{
	int fd = dial_dgram(to, DGRAM_SOURCE);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t count = 0, due = 0;	/* what is on its way or lost */
	double start = now_s();
	int n;

	while (now_s() - start < seconds) {
		for (; due < DGRAM_WINDOW; due += DGRAM_STEP)
			if (send(fd, chunk, len, 0) < 0 && errno != ENOBUFS)
				die("send");
		if (poll(&p, 1, DGRAM_LOST_US / 1000) < 1) {
			due = 0;
			continue;
		}
		n = recv_many(fd, chunk, DGRAM_MAX, DGRAM_STEP, NULL);
		if (n < 1)
			continue;
		count += (uint64_t)n;
		due -= due < (uint64_t)n ? due : (uint64_t)n;
	}
	printf("%llu %.6f\n", (unsigned long long)count, now_s() - start);
	return 0;
}

static int run_connect(const struct target *to, double seconds, size_t bytes)
{
	double start = now_s(), began = start;
	float *us = new_samples();
	size_t n = 0;

	while (began - start < seconds && n < MAX_SAMPLES) {
		int fd = dial(to, SPREAD_BASE + (int)(n % SPREAD_PORTS));
		double ended;

		write_all(fd, bytes);
		read_all(fd, chunk, bytes);
		close(fd);
		ended = now_s();
		us[n++] = (float)((ended - began) * 1e6);
		began = ended;
	}
	qsort(us, n, sizeof(*us), by_value);
	printf("%zu %.6f %.1f\n", n, began - start, us[n * 99 / 100]);
	free(us);
	return 0;
}

static void send_segments(const int *fds, size_t flows, size_t segments,
			  size_t window)
{
	size_t sent = 0, answered = 0;

	while (answered < segments) {
		while (sent < segments && sent - answered < window)
			write_all(fds[sent++ % flows], SEGMENT);
		read_all(fds[answered++ % flows], chunk, 1);
	}
}

static int run_flows(const struct target *to, size_t flows)
{
	int *fds = calloc(flows, sizeof(*fds));
	size_t segments, window;
	double start = now_s();
	char line[80];

	if (!fds)
		die("calloc");
	for (size_t i = 0; i < flows; i++)
		fds[i] = dial(to, ACK);
	printf("open %.6f\n", now_s() - start);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "send %zu %zu", &segments, &window) != 2)
			break;
		start = now_s();
		send_segments(fds, flows, segments, window);
		printf("sent %.6f\n", now_s() - start);
		fflush(stdout);
	}
	free(fds);
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: loadgen serve PORT | up|down|rr|udp-up|"
		"udp-down|connect|exchange ADDR PORT SECONDS [LEN] | flows "
		"ADDR PORT COUNT\n");
	return 2;
}

static int run_client(const char *what, const struct target *to, double amount,
		      size_t len)
{
	if (!strcmp(what, "up"))
		return run_up(to, amount);
	if (!strcmp(what, "down"))
		return run_down(to, amount);
	if (!strcmp(what, "rr"))
		return run_rr(to, amount);
	if (!strcmp(what, "udp-up"))
		return run_udp_up(to, amount, len);
	if (!strcmp(what, "udp-down"))
		return run_udp_down(to, amount, len);
	if (!strcmp(what, "connect"))
		return run_connect(to, amount, 0);
	if (!strcmp(what, "exchange"))
		return run_connect(to, amount, 1);
	if (!strcmp(what, "flows"))
		return run_flows(to, (size_t)amount);
	return usage();
}

int main(int argc, char **argv)
{
	struct target to;
	size_t len = DGRAM_LEN;

	raise_fd_limit();
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && !strcmp(argv[1], "serve"))
		serve((uint16_t)atoi(argv[2]));
	if (argc < 5 || argc > 6)
		return usage();
	if (argc == 6)
		len = (size_t)atoi(argv[5]);
	if (!len || len > DGRAM_MAX)
		return usage();
	to.addr = argv[2];
	to.base = (uint16_t)atoi(argv[3]);
	return run_client(argv[1], &to, atof(argv[4]), len);
}
