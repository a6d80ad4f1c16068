/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer_serve.c - the server side of the tests' traffic
 *
 * One epoll loop for all. A TCP connection brings a request and gets what it
 * asks for; a datagram is sent back from where it arrived. Every connection
 * and datagram is a log line on stdout, with the client as we see it:
 *
 *   tcp open 198.51.100.1 40000 port 5000
 *   tcp end 198.51.100.1 40000 put 100 DIGEST (or reset, ETIMEDOUT ...)
 *   udp 198.51.100.1 40000 port 5000 len 20 ttl 63 tos 0
 *
 * A reader that stalls or is slow leaves the epoll set's EPOLLIN and sits in
 * the list of sleepers until its time comes.
 */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BACKLOG 4096
#define EVENTS_MAX 256
#define READ_MAX 65536
#define TICK_MS 10
#define TICKS_A_SECOND (1000 / TICK_MS)
#define UDP_BUFFER (4 << 20)
#define UDP_BATCH 64

enum kind { KIND_LISTENER, KIND_UDP, KIND_CONN };

struct source {
	enum kind kind;
	int fd;
	uint16_t port;
};

struct conn {
	struct source source;		/* first */
	struct sockaddr_storage peer;
	uint8_t head[REQUEST_LEN];
	size_t head_len;
	struct request req;
	GChecksum *sum;			/* of what came */
	uint64_t got;
	bool is_ended;			/* the client sends no more */
	uint64_t sent;			/* of GET's stream */
	bool is_shut;			/* our direction is ended */
	GByteArray *out;		/* answers and echoes */
	size_t out_sent;
	int64_t wake_ms;		/* 0: not asleep */
};

struct server {
	const struct args *args;
	int epfd;
	GPtrArray *sleepers;
};

static uint8_t scratch[READ_MAX];

static void set_events(struct server *s, struct conn *c, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (epoll_ctl(s->epfd, EPOLL_CTL_MOD, c->source.fd, &ev) < 0)
		die("epoll_ctl");
}

static void conn_end(struct server *s, struct conn *c, const char *how)
{
	printf("tcp end %s %s %llu %s\n", addr_text(&c->peer),
	       task_names[c->req.task], (unsigned long long)c->got,
	       how ? how : g_checksum_get_string(c->sum));
	g_ptr_array_remove_fast(s->sleepers, c);
	if (c->req.task == TASK_RESET && how && !strcmp(how, "reset-by-us"))
		reset_close(c->source.fd);
	else
		close(c->source.fd);
	g_checksum_free(c->sum);
	g_byte_array_free(c->out, TRUE);
	g_free(c);
}

static void sleep_until(struct server *s, struct conn *c, int64_t wake_ms)
{
	if (!c->wake_ms)
		g_ptr_array_add(s->sleepers, c);
	c->wake_ms = wake_ms;
	set_events(s, c, 0);
}

/* Queue an answer line: how much came and what it was. */
static void answer_digest(struct conn *c)
{
	g_autofree char *line = g_strdup_printf("%s %llu\n",
		g_checksum_get_string(c->sum), (unsigned long long)c->got);

	g_byte_array_append(c->out, (uint8_t *)line, (guint)strlen(line));
}

/* The request is complete: do what it asks for at once. */
static int conn_begin(struct server *s, struct conn *c)
{
	if (request_parse(&c->req, c->head))
		return -EBADMSG;
	if (c->req.stall_ms)
		sleep_until(s, c, now_ms() + (int64_t)c->req.stall_ms);
	return 0;
}

static void conn_take(struct conn *c, const uint8_t *data, size_t len)
{
	g_checksum_update(c->sum, data, (gssize)len);
	c->got += len;
	if (c->req.task == TASK_ECHO || c->req.task == TASK_MIRROR)
		g_byte_array_append(c->out, data, (guint)len);
}

/* How much to read now: bounded by the rate, and by what a mirror holds. */
static size_t read_budget(const struct conn *c)
{
	if (c->head_len < REQUEST_LEN)
		return REQUEST_LEN - c->head_len;
	if (c->req.task == TASK_MIRROR && c->out->len - c->out_sent > READ_MAX)
		return 0;
	if (c->req.rate)
		return MIN(READ_MAX, MAX(1, c->req.rate / TICKS_A_SECOND));
	return READ_MAX;
}

/* 1 when something was read, 0 when there is nothing now, or -errno. */
static int conn_read(struct server *s, struct conn *c)
{
	size_t budget = read_budget(c);
	ssize_t n;

	if (c->is_ended || c->wake_ms || !budget)
		return 0;
	n = recv(c->source.fd, scratch, budget, 0);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n == 0) {
		c->is_ended = true;
		if (c->req.task == TASK_PUT && c->head_len == REQUEST_LEN)
			answer_digest(c);
		return 0;
	}
	if (c->head_len < REQUEST_LEN) {
		memcpy(c->head + c->head_len, scratch, (size_t)n);
		c->head_len += (size_t)n;
		if (c->head_len < REQUEST_LEN)
			return 1;
		n = conn_begin(s, c);
		return n ? (int)n : 1;
	}
	conn_take(c, scratch, (size_t)n);
	if (c->req.task == TASK_RESET && c->got >= c->req.len)
		return -ECANCELED;
	if (c->req.rate)
		sleep_until(s, c, now_ms() + TICK_MS);
	return 1;
}

/* Is there something to send now, or our direction to end? */
static bool wants_write(const struct conn *c)
{
	if (c->is_shut || c->head_len < REQUEST_LEN)
		return false;
	switch (c->req.task) {
	case TASK_GET:
		return true;
	case TASK_MIRROR:
		return c->out_sent < c->out->len || c->is_ended;
	case TASK_PUT:
	case TASK_ECHO:
		return c->is_ended;
	case TASK_RESET:
		return false;
	}
	return false;
}

/* The next bytes to send; 0 when all is sent. */
static size_t next_out(struct conn *c, const uint8_t **data)
{
	if (c->req.task == TASK_GET) {
		size_t n = MIN(READ_MAX, c->req.len - c->sent);

		stream_fill(c->req.seed, c->sent, scratch, n);
		*data = scratch;
		return n;
	}
	*data = c->out->data + c->out_sent;
	return c->out->len - c->out_sent;
}

static void did_send(struct conn *c, size_t n)
{
	if (c->req.task == TASK_GET) {
		c->sent += n;
		return;
	}
	c->out_sent += n;
	if (c->out_sent == c->out->len) {
		g_byte_array_set_size(c->out, 0);
		c->out_sent = 0;
	}
}

static int conn_write(struct conn *c)
{
	while (wants_write(c)) {
		const uint8_t *data;
		size_t len = next_out(c, &data);
		ssize_t n;

		if (!len) {
			if (c->req.task == TASK_MIRROR && !c->is_ended)
				return 0;
			shutdown(c->source.fd, SHUT_WR);
			c->is_shut = true;
			return 0;
		}
		n = send(c->source.fd, data, len, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		did_send(c, (size_t)n);
	}
	return 0;
}

static const char *end_reason(int error)
{
	if (error == -ECANCELED)
		return "reset-by-us";
	return error == -ECONNRESET ? "reset" : error_name(error);
}

static void conn_event(struct server *s, struct conn *c)
{
	int rc;

	for (int i = 0; i < 8; i++) {
		rc = conn_read(s, c);
		if (rc <= 0)
			break;
	}
	if (rc >= 0)
		rc = conn_write(c);
	if (rc < 0) {
		conn_end(s, c, end_reason(rc));
		return;
	}
	if (c->is_ended && (c->is_shut || c->head_len < REQUEST_LEN ||
			    c->req.task == TASK_RESET)) {
		conn_end(s, c, NULL);
		return;
	}
	uint32_t events = wants_write(c) ? EPOLLOUT : 0;

	if (!c->is_ended && !c->wake_ms && read_budget(c))
		events |= EPOLLIN;
	set_events(s, c, events);
}

static void add_fd(struct server *s, struct source *src)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = src };

	if (epoll_ctl(s->epfd, EPOLL_CTL_ADD, src->fd, &ev) < 0)
		die("epoll_ctl");
}

static void accept_one(struct server *s, const struct source *listener)
{
	struct conn *c = g_new0(struct conn, 1);
	socklen_t len = sizeof(c->peer);
	int one = 1;
	int fd = accept4(listener->fd, (struct sockaddr *)&c->peer, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		g_free(c);
		return;
	}
	/* Urgent bytes stay in the stream, so that digests cover them. */
	setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &one, sizeof(one));
	c->source = (struct source) { KIND_CONN, fd, listener->port };
	c->sum = g_checksum_new(G_CHECKSUM_SHA256);
	c->out = g_byte_array_new();
	printf("tcp open %s port %u\n", addr_text(&c->peer), listener->port);
	add_fd(s, &c->source);
}

/* The value of the integer control message @type, or -1. */
static int control_int(struct msghdr *m, int level, int type)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		int value = 0;
		size_t len = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != level || c->cmsg_type != type)
			continue;
		memcpy(&value, CMSG_DATA(c), MIN(len, sizeof(value)));
		return value;
	}
	return -1;
}

static bool echo_datagram(const struct source *src)
{
	struct sockaddr_storage from;
	struct iovec iov = { scratch, sizeof(scratch) };
	union { struct cmsghdr align; char room[256]; } control;
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	ssize_t n = recvmsg(src->fd, &m, MSG_DONTWAIT);
	bool v4 = from.ss_family == AF_INET;
	int ttl, tos;

	if (n < 0)
		return false;
	ttl = v4 ? control_int(&m, IPPROTO_IP, IP_TTL)
		 : control_int(&m, IPPROTO_IPV6, IPV6_HOPLIMIT);
	tos = v4 ? control_int(&m, IPPROTO_IP, IP_TOS)
		 : control_int(&m, IPPROTO_IPV6, IPV6_TCLASS);
	printf("udp %s port %u len %zd ttl %d tos %d\n", addr_text(&from),
	       src->port, n, ttl, tos);
	sendto(src->fd, scratch, (size_t)n, 0, (struct sockaddr *)&from,
	       m.msg_namelen);
	return true;
}

static void set_int(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		die("setsockopt");
}

static int bound_socket(const char *addr, uint16_t port, int type)
{
	struct sockaddr_storage ss;
	socklen_t len = make_addr(addr, port, &ss);
	int fd = socket(ss.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (ss.ss_family == AF_INET6)
		set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (bind(fd, (struct sockaddr *)&ss, len) < 0)
		die(addr_text(&ss));
	return fd;
}

static void listen_tcp(struct server *s, const char *addr, uint16_t port)
{
	struct source *src = g_new0(struct source, 1);
	int rcvbuf = (int)s->args->rcvbuf;

	*src = (struct source) {
		KIND_LISTENER, bound_socket(addr, port, SOCK_STREAM), port,
	};
	if (rcvbuf)
		set_int(src->fd, SOL_SOCKET, SO_RCVBUF, rcvbuf);
	if (listen(src->fd, BACKLOG) < 0)
		die("listen");
	add_fd(s, src);
}

static void listen_udp(struct server *s, const char *addr, uint16_t port)
{
	struct source *src = g_new0(struct source, 1);
	int size = UDP_BUFFER;

	*src = (struct source) {
		KIND_UDP, bound_socket(addr, port, SOCK_DGRAM), port,
	};
	/* Beyond the limit where that is allowed; else what there is. */
	if (setsockopt(src->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)) < 0)
		set_int(src->fd, SOL_SOCKET, SO_RCVBUF, size);
	if (strchr(addr, ':')) {
		set_int(src->fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
		set_int(src->fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
	} else {
		set_int(src->fd, IPPROTO_IP, IP_RECVTTL, 1);
		set_int(src->fd, IPPROTO_IP, IP_RECVTOS, 1);
	}
	add_fd(s, src);
}

static void handle(struct server *s, struct source *src)
{
	switch (src->kind) {
	case KIND_LISTENER:
		accept_one(s, src);
		break;
	case KIND_UDP:
		for (int i = 0; i < UDP_BATCH && echo_datagram(src); i++)
			;
		break;
	case KIND_CONN:
		conn_event(s, (struct conn *)src);
		break;
	}
}

static void wake_sleepers(struct server *s)
{
	int64_t now = now_ms();

	for (guint i = s->sleepers->len; i > 0; i--) {
		struct conn *c = s->sleepers->pdata[i - 1];

		if (c->wake_ms > now)
			continue;
		c->wake_ms = 0;
		g_ptr_array_remove_index_fast(s->sleepers, i - 1);
		conn_event(s, c);
	}
}

int verb_serve(const struct args *a)
{
	struct server s = {
		.args = a,
		.epfd = epoll_create1(EPOLL_CLOEXEC),
		.sleepers = g_ptr_array_new(),
	};
	struct epoll_event ev[EVENTS_MAX];
	bool any = !strcmp(a->addr, "any");

	for (uint16_t i = 0; i < a->ports; i++) {
		uint16_t port = (uint16_t)(a->port + i);

		listen_tcp(&s, any ? "0.0.0.0" : a->addr, port);
		listen_udp(&s, any ? "0.0.0.0" : a->addr, port);
		if (!any)
			continue;
		listen_tcp(&s, "::", port);
		listen_udp(&s, "::", port);
	}
	puts("ready");
	for (;;) {
		int n = epoll_wait(s.epfd, ev, EVENTS_MAX,
				   s.sleepers->len ? TICK_MS : -1);

		for (int i = 0; i < n; i++)
			handle(&s, ev[i].data.ptr);
		wake_sleepers(&s);
	}
}
