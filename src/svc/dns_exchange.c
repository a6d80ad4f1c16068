/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_exchange.c - one question to a server by TCP (RFC 7766) */
#include "svc/dns_exchange.h"

#include <errno.h>
#include <glib.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cursor.h"

#define PREFIX 2		/* the length before a message */
#define READS_PER_EVENT 8

struct ul_dns_exchange {
	struct ul_loop *loop;
	struct ul_watch watch;
	ul_dns_exchange_fn fn;
	void *arg;
	const uint8_t *query;
	size_t len, sent;		/* the prefix counts */
	size_t got;
	uint8_t buf[PREFIX + UINT16_MAX];
};

static void end(struct ul_dns_exchange *x, ssize_t len)
{
	ul_watch_close(x->loop, &x->watch);
	x->fn(x->buf + PREFIX, len, x->arg);
}

/* 0 also when it has to wait. */
static int send_rest(struct ul_dns_exchange *x)
{
	uint8_t prefix[PREFIX] = {
		(uint8_t)(x->len >> 8), (uint8_t)x->len,
	};
	size_t head = MIN(x->sent, PREFIX), body = x->sent - head;
	struct iovec iov[2] = {
		{ prefix + head, PREFIX - head },
		{ (void *)(x->query + body), x->len - body },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n = sendmsg(x->watch.fd, &msg, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	x->sent += (size_t)n;
	if (x->sent < PREFIX + x->len)
		return 0;
	return ul_watch_mod(x->loop, &x->watch, EPOLLIN);
}

/* The length of the whole answer, PREFIX while it is not known. */
static size_t want(const struct ul_dns_exchange *x)
{
	struct ul_rd r = ul_rd_new(x->buf, x->got);
	size_t len = ul_rd_u16(&r);

	return r.bad ? PREFIX : PREFIX + len;
}

/* -EAGAIN when there is more to come. */
static int receive(struct ul_dns_exchange *x)
{
	for (int i = 0; i < READS_PER_EVENT; i++) {
		size_t room = want(x) - x->got;
		ssize_t n = recv(x->watch.fd, x->buf + x->got, room, 0);

		if (n < 0)
			return errno == EINTR ? -EAGAIN : -errno;
		if (!n)
			return -ECONNRESET;
		x->got += (size_t)n;
		if (x->got > PREFIX && x->got == want(x))
			return 0;
		if (x->got == PREFIX && want(x) == PREFIX)
			return -EBADMSG;
	}
	return -EAGAIN;
}

static void on_event(uint32_t events, void *arg)
{
	struct ul_dns_exchange *x = arg;
	int ret = 0;

	if (x->sent < PREFIX + x->len)
		ret = send_rest(x);
	if (!ret && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		ret = receive(x);
	else if (!ret)
		return;
	if (ret == -EAGAIN)
		return;
	end(x, ret ? ret : (ssize_t)(x->got - PREFIX));
}

static int start(struct ul_dns_exchange *x, const struct ul_resolver *server)
{
	struct sockaddr_storage ss;
	socklen_t len = ul_resolver_to_sa(server, &ss);
	int one = 1, ret;
	int fd = socket(ss.ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	ret = connect(fd, (struct sockaddr *)&ss, len) < 0 &&
	      errno != EINPROGRESS ? -errno :
	      ul_watch_add(x->loop, &x->watch, fd, EPOLLIN | EPOLLOUT,
			   on_event, x);
	if (ret < 0) {
		close(fd);
		x->watch.fd = -1;
	}
	return ret;
}

int ul_dns_exchange_new(struct ul_dns_exchange **out, struct ul_loop *loop,
			const struct ul_resolver *server, const uint8_t *query,
			size_t len, ul_dns_exchange_fn fn, void *arg)
{
	struct ul_dns_exchange *x = g_try_new(struct ul_dns_exchange, 1);
	int ret;

	if (!x)
		return -ENOMEM;
	x->loop = loop;
	x->watch = (struct ul_watch){ .fd = -1 };
	x->fn = fn;
	x->arg = arg;
	x->query = query;
	x->len = len;
	x->sent = x->got = 0;
	ret = start(x, server);
	if (ret < 0) {
		g_free(x);
		return ret;
	}
	*out = x;
	return 0;
}

void ul_dns_exchange_free(struct ul_dns_exchange *x)
{
	if (!x)
		return;
	ul_watch_close(x->loop, &x->watch);
	g_free(x);
}
