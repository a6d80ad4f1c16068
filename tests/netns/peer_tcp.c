/* SPDX-License-Identifier: BSD-3-Clause */
/* peer_tcp.c - the TCP clients of the tests' traffic */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536
#define DIGEST_LINE_MAX 100
#define DRIP_QUIET_MS 2000
#define TOLD_WITHIN_MS 20

static uint8_t scratch[CHUNK];

static void set_int(int fd, int level, int name, uint64_t value)
{
	int v = (int)value;

	if (value && setsockopt(fd, level, name, &v, sizeof(v)) < 0)
		die("setsockopt");
}

/* Leave from port @a->from, which may have served before. */
static void bind_from(const struct args *a, int fd)
{
	bool v6 = strchr(a->addr, ':');
	struct sockaddr_storage ss;
	socklen_t len = make_addr(v6 ? "::" : "0.0.0.0", (uint16_t)a->from,
				  &ss);

	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, (struct sockaddr *)&ss, len) < 0)
		die("bind");
}

/* A non-blocking socket whose connect() has begun. */
static int start_connect(const struct args *a, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = make_addr(a->addr, port, &ss);
	int fd = socket(ss.ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	set_int(fd, SOL_SOCKET, SO_SNDBUF, a->sndbuf);
	set_int(fd, SOL_SOCKET, SO_RCVBUF, a->rcvbuf);
	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (a->from)
		bind_from(a, fd);
	if (connect(fd, (struct sockaddr *)&ss, len) < 0 &&
	    errno != EINPROGRESS)
		die("connect");
	return fd;
}

static int socket_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

static int connect_to(const struct args *a, uint16_t port)
{
	int fd = start_connect(a, port);

	wait_for(fd, POLLOUT, (int64_t)a->timeout);
	errno = socket_error(fd);
	if (errno)
		die("connect");
	return fd;
}

static void send_all(const struct args *a, int fd, const uint8_t *data,
		     size_t len, int flags)
{
	while (len) {
		ssize_t n = send(fd, data, len, flags | MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			die("send");
		if (n < 0) {
			wait_for(fd, POLLOUT, (int64_t)a->timeout);
			continue;
		}
		data += n;
		len -= (size_t)n;
	}
}

static void send_request(const struct args *a, int fd, enum task task)
{
	struct request r = {
		.task = task, .seed = a->seed, .len = a->len,
		.stall_ms = task == TASK_GET ? 0 : a->stall,
		.rate = task == TASK_GET ? 0 : a->rate,
	};
	uint8_t head[REQUEST_LEN];

	request_emit(head, &r);
	send_all(a, fd, head, sizeof(head), 0);
}

/* Send @a->len bytes of the stream, one urgent every @a->oob. */
static void send_stream(const struct args *a, int fd)
{
	size_t chunk = a->chunk ? a->chunk : CHUNK;
	uint64_t urgent = 0;

	for (uint64_t pos = 0; pos < a->len;) {
		size_t n = MIN(MIN(chunk, CHUNK), a->len - pos);
		bool is_urgent = a->oob && pos >= urgent + a->oob;

		stream_fill(a->seed, pos, scratch, n);
		send_all(a, fd, scratch, n, is_urgent ? MSG_OOB : 0);
		if (is_urgent)
			urgent = pos;
		pos += n;
	}
}

/* Read up to @max; 0 at the end. Waits, and dies on any error. */
static size_t receive(const struct args *a, int fd, void *buf, size_t max)
{
	for (;;) {
		ssize_t n = recv(fd, buf, max, 0);

		if (n >= 0)
			return (size_t)n;
		if (errno != EAGAIN)
			die("recv");
		wait_for(fd, POLLIN, (int64_t)a->timeout);
	}
}

int verb_connect(const struct args *a)
{
	int64_t start = now_us();
	int fd = start_connect(a, a->port);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	const char *result = "SILENCE";

	if (poll(&p, 1, (int)a->timeout) > 0) {
		int error = socket_error(fd);

		result = error ? error_name(error) : "OK";
	}
	printf("%s %lld\n", result, (long long)(now_us() - start) / 1000);
	close(fd);
	return 0;
}

int verb_put(const struct args *a)
{
	int fd = connect_to(a, a->port);
	char line[DIGEST_LINE_MAX];
	size_t n = 0;

	send_request(a, fd, TASK_PUT);
	send_stream(a, fd);
	shutdown(fd, SHUT_WR);
	while (n < sizeof(line)) {
		size_t more = receive(a, fd, line + n, sizeof(line) - n);

		if (!more)
			break;
		n += more;
	}
	printf("%.*s", (int)n, line);
	close(fd);
	return n ? 0 : 1;
}

/* Sleep so long that @got bytes since @start_ms are no more than the rate. */
static void hold_rate(const struct args *a, uint64_t got, int64_t start_ms)
{
	int64_t due = start_ms + (int64_t)(got * 1000 / a->rate);

	if (due > now_ms())
		g_usleep((gulong)(due - now_ms()) * 1000);
}

int verb_get(const struct args *a)
{
	int fd = connect_to(a, a->port);
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	size_t max = a->chunk ? MIN(a->chunk, CHUNK) : CHUNK;
	uint64_t got = 0;
	int64_t start;
	size_t n;

	send_request(a, fd, TASK_GET);
	g_usleep((gulong)a->stall * 1000);
	start = now_ms();
	while ((n = receive(a, fd, scratch, max))) {
		g_checksum_update(sum, scratch, (gssize)n);
		got += n;
		if (a->rate)
			hold_rate(a, got, start);
	}
	/* The server's direction is closed; ours still works. */
	if (a->also) {
		struct args after = *a;

		after.len = a->also;
		send_stream(&after, fd);
	}
	printf("%s %llu\n", g_checksum_get_string(sum),
	       (unsigned long long)got);
	close(fd);
	return 0;
}

int verb_echo(const struct args *a)
{
	int fd = connect_to(a, a->port);
	uint64_t got = 0;
	size_t n;

	send_request(a, fd, TASK_ECHO);
	send_stream(a, fd);
	shutdown(fd, SHUT_WR);
	while ((n = receive(a, fd, scratch, CHUNK))) {
		if (!stream_matches(a->seed, got, scratch, n))
			die_msg("echo differs after %llu bytes",
				(unsigned long long)got);
		got += n;
	}
	close(fd);
	if (got != a->len)
		die_msg("echo ended after %llu of %llu bytes",
			(unsigned long long)got, (unsigned long long)a->len);
	puts("OK");
	return 0;
}

/* Send, then reset after a pause. */
int verb_reset(const struct args *a)
{
	int fd = connect_to(a, a->port);

	send_request(a, fd, TASK_PUT);
	send_stream(a, fd);
	g_usleep((gulong)a->gap * 1000);
	reset_close(fd);
	return 0;
}

static volatile sig_atomic_t is_told;

static void on_told(int signal)
{
	is_told = 1;
}

/* Receive on count= connections until SIGUSR1, or for gap= milliseconds; then
 * reset all.
 */
int verb_reset_many(const struct args *a)
{
	g_autofree struct pollfd *p = g_new0(struct pollfd, a->count);
	int64_t end, left;

	signal(SIGUSR1, on_told);
	for (uint64_t i = 0; i < a->count; i++) {
		p[i].fd = connect_to(a, a->port);
		p[i].events = POLLIN;
		send_request(a, p[i].fd, TASK_GET);
	}
	puts("open");
	end = now_ms() + (int64_t)a->gap;
	while (!is_told && (left = end - now_ms()) > 0) {
		if (poll(p, a->count, (int)MIN(left, TOLD_WITHIN_MS)) <= 0)
			continue;
		for (uint64_t i = 0; i < a->count; i++)
			if (p[i].revents &&
			    recv(p[i].fd, scratch, CHUNK, 0) == 0)
				die_msg("a stream ended too early");
	}
	for (uint64_t i = 0; i < a->count; i++)
		reset_close(p[i].fd);
	return 0;
}

int verb_get_reset(const struct args *a)
{
	int fd = connect_to(a, a->port);
	ssize_t n;

	send_request(a, fd, TASK_RESET);
	send_stream(a, fd);
	wait_for(fd, POLLIN | POLLHUP, (int64_t)a->timeout);
	n = recv(fd, scratch, sizeof(scratch), 0);
	puts(n < 0 ? error_name(errno) : n ? "DATA" : "EOF");
	return 0;
}

/*
 * Single bytes, count= of them, paced by gap= microseconds for each so that
 * the kernel does not join them; then large writes, until nothing more is
 * taken for a while. Prints how many bytes were taken in all.
 */
int verb_drip(const struct args *a)
{
	int fd = connect_to(a, a->port);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	uint64_t sent = 0;
	int64_t start = now_us();

	send_request(a, fd, TASK_PUT);
	while (sent < a->len) {
		bool is_single = sent < a->count;
		ssize_t n = send(fd, scratch, is_single ? 1 : CHUNK,
				 MSG_NOSIGNAL);

		if (n > 0)
			sent += (uint64_t)n;
		else if (errno != EAGAIN)
			die("send");
		else if (poll(&p, 1, DRIP_QUIET_MS) == 0)
			break;
		while (is_single && now_us() - start <
		       (int64_t)(sent * a->gap))
			;
	}
	printf("%llu\n", (unsigned long long)sent);
	return 0;
}

int verb_short(const struct args *a)
{
	struct args one = *a;

	for (uint64_t i = 0; i < a->count; i++) {
		char answer[DIGEST_LINE_MAX];
		size_t got = 0, n;
		int fd = connect_to(a, (uint16_t)(a->port + i % a->ports));

		one.seed = i;
		one.len = a->len ? a->len : 16;
		/* Every other one is ended by the server, unless close=1. */
		if (a->close || i % 2) {
			send_request(&one, fd, TASK_PUT);
			send_stream(&one, fd);
			shutdown(fd, SHUT_WR);
		} else {
			send_request(&one, fd, TASK_GET);
		}
		while ((n = receive(a, fd, answer, sizeof(answer))))
			got += n;
		if (!got)
			die_msg("connection %llu: no answer",
				(unsigned long long)i);
		close(fd);
	}
	puts("OK");
	return 0;
}

/* One of many mirrored connections. */
struct mirror {
	uint64_t sent, got;
	bool is_shut, is_done;
};

static void mirror_send(const struct args *a, struct mirror *m, int fd,
			uint64_t seed)
{
	uint8_t buf[16384];

	while (m->sent < a->len) {
		size_t n = MIN(sizeof(buf), a->len - m->sent);
		ssize_t done;

		stream_fill(seed, m->sent, buf, n);
		done = send(fd, buf, n, MSG_NOSIGNAL);
		if (done < 0 && errno == EAGAIN)
			return;
		if (done < 0)
			die("send");
		m->sent += (uint64_t)done;
	}
	if (!m->is_shut)
		shutdown(fd, SHUT_WR);
	m->is_shut = true;
}

static void mirror_receive(const struct args *a, struct mirror *m, int fd,
			   uint64_t seed)
{
	ssize_t n;

	while ((n = recv(fd, scratch, sizeof(scratch), 0)) > 0) {
		if (!stream_matches(seed, m->got, scratch, (size_t)n))
			die_msg("connection %llu: differs after %llu bytes",
				(unsigned long long)seed,
				(unsigned long long)m->got);
		m->got += (uint64_t)n;
	}
	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		die("recv");
	if (m->got != a->len)
		die_msg("connection %llu: ended after %llu bytes",
			(unsigned long long)seed, (unsigned long long)m->got);
	m->is_done = true;
}

/* Carry data on all until each has its whole stream back. */
static void run_mirrors(const struct args *a, struct pollfd *p,
			struct mirror *m)
{
	uint64_t left = a->count;

	while (left) {
		for (uint64_t i = 0; i < a->count; i++)
			p[i].events = m[i].is_done ? 0 : m[i].is_shut ? POLLIN
				: POLLIN | POLLOUT;
		int n = poll(p, a->count, (int)a->timeout);

		if (n <= 0)
			die_msg("%llu connections are stuck",
				(unsigned long long)left);
		for (uint64_t i = 0; i < a->count; i++) {
			if (!p[i].revents || m[i].is_done)
				continue;
			mirror_send(a, &m[i], p[i].fd, i);
			mirror_receive(a, &m[i], p[i].fd, i);
			if (!m[i].is_done)
				continue;
			p[i].fd = -p[i].fd - 1;	/* poll() skips it */
			left--;
		}
	}
}

/* Rest until SIGUSR1 says that they were looked at, or for gap= ms. */
static void hold(const struct args *a, const sigset_t *go)
{
	struct timespec limit = {
		.tv_sec = (time_t)(a->gap / 1000),
		.tv_nsec = (long)(a->gap % 1000) * 1000000,
	};

	if (a->gap)
		sigtimedwait(go, NULL, &limit);
}

int verb_many(const struct args *a)
{
	g_autofree struct pollfd *p = g_new0(struct pollfd, a->count);
	g_autofree struct mirror *m = g_new0(struct mirror, a->count);
	sigset_t go;

	sigemptyset(&go);
	sigaddset(&go, SIGUSR1);
	sigprocmask(SIG_BLOCK, &go, NULL);
	for (uint64_t i = 0; i < a->count; i++) {
		p[i].fd = start_connect(a,
					(uint16_t)(a->port + i % a->ports));
		/* A burst above the tap's queue would test its drops. */
		if (i % 200 == 199)
			g_usleep(5000);
	}
	for (uint64_t i = 0; i < a->count; i++) {
		wait_for(p[i].fd, POLLOUT, (int64_t)a->timeout);
		errno = socket_error(p[i].fd);
		if (errno)
			die("connect");
		send_request(a, p[i].fd, TASK_MIRROR);
	}
	puts("open");
	hold(a, &go);
	run_mirrors(a, p, m);
	puts("OK");
	return 0;
}
