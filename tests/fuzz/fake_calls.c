/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_calls.c - the system calls of fake_host.h
 *
 * The linker takes these before the C library's. They are hidden, so shared
 * libraries go on with the real ones, and descriptors that are not ours go
 * to the kernel by syscall(2).
 */
#include <assert.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>

#include "fuzz/fake_host.h"

#define HOST4 0xc0000201u	/* 192.0.2.1 */
static const struct ul_addr host6 = { { 0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff,
					[15] = 1 } };

static int fail(int err)
{
	errno = err;
	return -1;
}

/* Take what was set to go wrong next. */
static int next_error(int *error)
{
	int err = *error;

	*error = 0;
	return err;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	ts->tv_sec = fake_host.now_us / 1000000;
	ts->tv_nsec = fake_host.now_us % 1000000 * 1000;
	return 0;
}

/* Keys are the same in every run; ids of messages go on counting. */
ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	memset(buf, 0x5c, len);
	if (len < 16) {
		fake_host.random = fake_host.random * 1103515245 + 12345;
		memcpy(buf, &fake_host.random, len < 4 ? len : 4);
	}
	return (ssize_t)len;
}

int getifaddrs(struct ifaddrs **all)
{
	return fail(ENOBUFS);
}

int socket(int domain, int type, int protocol)
{
	enum ul_family family = domain == AF_INET ? UL_V4 : UL_V6;

	if (domain != AF_INET && domain != AF_INET6)
		return fail(EAFNOSUPPORT);
	assert(type & SOCK_NONBLOCK && type & SOCK_CLOEXEC);
	type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (type == SOCK_STREAM)
		return fake_open(FAKE_TCP, family);
	return fake_open(protocol ? FAKE_PING : FAKE_UDP, family);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
	assert(domain == AF_UNIX && type & SOCK_NONBLOCK &&
	       type & SOCK_CLOEXEC);
	return fake_open_pair(fds);
}

int close(int fd)
{
	struct fake_sock *s = fake_find(fd);

	if (!s)
		return (int)syscall(SYS_close, fd);
	s->kind = FAKE_FREE;
	fake_pair_left(s);
	return 0;
}

static socklen_t put_name(const struct ul_ep *ep, enum ul_family family,
			  struct sockaddr *sa, socklen_t cap)
{
	struct ul_ep any = *ep;
	struct sockaddr_storage ss;
	socklen_t len;

	if (family == UL_V4 && !ul_addr_is_v4(&any.addr))
		any.addr = ul_addr_v4(0);
	len = ul_ep_to_sa(&any, &ss);
	memcpy(sa, &ss, len < cap ? len : cap);
	return len;
}

static uint16_t free_port(void)
{
	return fake_host.next_port++;
}

int bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct fake_sock *s = fake_find(fd);

	if (ul_ep_from_sa(&s->local, sa) < 0)
		return fail(EINVAL);
	if (!s->local.port)
		s->local.port = free_port();
	return 0;
}

int listen(int fd, int backlog)
{
	fake_find(fd)->kind = FAKE_LISTENER;
	return 0;
}

int accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	struct fake_sock *s = fake_find(fd), *client;
	bool is_port = s->kind == FAKE_PORT_LISTENER;
	int new_fd;

	if (!s->in_count)
		return fail(EAGAIN);
	new_fd = fake_open(is_port ? FAKE_PORT : FAKE_TCP, s->family);
	if (new_fd < 0)
		return -1;
	client = fake_find(new_fd);
	client->is_connected = true;
	client->peer = s->in[0].from;
	client->local = s->local;
	if (sa)
		*len = put_name(&client->peer, s->family, sa, *len);
	s->in_count--;
	memmove(s->in, s->in + 1, s->in_count * sizeof(*s->in));
	return new_fd;
}

/* Whatever a guest says, the host never talks to these; a client may be one. */
static void check_target(const struct fake_sock *s, const struct ul_ep *to)
{
	bool is_forward = s->local.port && s->local.port < FAKE_FIRST_PORT;

	assert(is_forward || !fake_host.is_forbidden(&to->addr));
}

int connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct fake_sock *s = fake_find(fd);
	int err = next_error(&fake_host.connect_error);

	if (ul_ep_from_sa(&s->peer, sa) < 0)
		return fail(EAFNOSUPPORT);
	assert(ul_addr_family(&s->peer.addr) == s->family);
	check_target(s, &s->peer);
	if (err)
		return fail(err);
	s->local.addr = s->family == UL_V4 ? ul_addr_v4(HOST4) : host6;
	if (!s->local.port)
		s->local.port = free_port();
	if (s->kind != FAKE_TCP)
		return 0;
	s->is_connecting = true;
	if (fake_host.connects_by_itself)
		fake_connected(s, 0);
	return fail(EINPROGRESS);
}

int getsockname(int fd, struct sockaddr *sa, socklen_t *len)
{
	struct fake_sock *s = fake_find(fd);

	*len = put_name(&s->local, s->family, sa, *len);
	return 0;
}

int setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	fake_find(fd);
	return 0;
}

int getsockopt(int fd, int level, int name, void *val, socklen_t *len)
{
	struct fake_sock *s = fake_find(fd);
	struct ucred root = { 0 };

	if (level == SOL_SOCKET && name == SO_PEERCRED) {
		memcpy(val, &root, sizeof(root));
		return 0;
	}
	if (level != SOL_SOCKET || name != SO_ERROR)
		return fail(ENOPROTOOPT);
	*(int *)val = s->error;
	/* A broken connection stays so, whoever has heard of it. */
	if (s->kind == FAKE_TCP && s->error)
		s->has_eof = true;
	s->error = 0;
	return 0;
}

int shutdown(int fd, int how)
{
	struct fake_sock *s = fake_find(fd);

	s->is_shut = true;
	s->has_edge = true;
	fake_pair_left(s);
	return 0;
}

static size_t total(const struct iovec *iov, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += iov[i].iov_len;
	return len;
}

/* The stream from the guest must be the pattern, from its start. */
static void take_stream(struct fake_sock *s, const struct iovec *iov,
			size_t len)
{
	for (; len; iov++) {
		size_t n = iov->iov_len < len ? iov->iov_len : len;

		assert(fake_host.is_tainted ||
		       fake_matches(iov->iov_base, s->written, n));
		s->written += n;
		len -= n;
	}
}

static ssize_t send_stream(struct fake_sock *s, const struct msghdr *msg)
{
	size_t len = total(msg->msg_iov, msg->msg_iovlen);

	assert(!s->is_shut && !s->is_connecting);
	if (s->error)
		return fail(next_error(&s->error));
	if (!s->is_connected)
		return fail(EPIPE);
	if (len > s->writable)
		len = s->writable;
	if (!len)
		return fail(EAGAIN);
	take_stream(s, msg->msg_iov, len);
	s->writable -= len;
	return (ssize_t)len;
}

static ssize_t send_wire(struct fake_sock *s, const struct msghdr *msg)
{
	size_t left = total(msg->msg_iov, msg->msg_iovlen);
	const struct iovec *iov = msg->msg_iov;
	size_t len;

	if (s->has_eof)
		return fail(EPIPE);
	if (left > fake_host.wire_room)
		left = fake_host.wire_room;
	if (!left)
		return fail(EAGAIN);
	fake_host.wire_room -= left;
	for (len = left; left; iov++) {
		size_t n = iov->iov_len < left ? iov->iov_len : left;

		fake_host.to_guest(iov->iov_base, n);
		left -= n;
	}
	return (ssize_t)len;
}

static void gather(uint8_t *out, size_t cap, const struct iovec *iov,
		   size_t count)
{
	for (size_t i = 0; i < count && cap; i++) {
		size_t n = iov[i].iov_len < cap ? iov[i].iov_len : cap;

		if (n)
			memcpy(out, iov[i].iov_base, n);
		out += n;
		cap -= n;
	}
}

static ssize_t send_dgram(struct fake_sock *s, const struct msghdr *msg)
{
	size_t len = total(msg->msg_iov, msg->msg_iovlen);
	int err = next_error(&fake_host.send_error);

	if (!err)
		err = next_error(&s->error);
	s->last->from = s->peer;
	if (msg->msg_name) {
		assert(!ul_ep_from_sa(&s->last->from, msg->msg_name));
		check_target(s, &s->last->from);
	}
	assert(ul_addr_family(&s->last->from.addr) == s->family);
	if (len > 65507)
		err = EMSGSIZE;
	if (err)
		return fail(err);
	s->last->len = len;
	s->has_last = true;
	gather(s->last->head, FAKE_DGRAM_HEAD, msg->msg_iov, msg->msg_iovlen);
	return (ssize_t)len;
}

static ssize_t send_pair(struct fake_sock *s, const struct msghdr *msg)
{
	uint8_t flat[FAKE_PIPE];
	size_t len = total(msg->msg_iov, msg->msg_iovlen);

	gather(flat, sizeof(flat), msg->msg_iov, msg->msg_iovlen);
	return fake_pair_put(s, flat, len < FAKE_PIPE ? len : FAKE_PIPE);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct fake_sock *s = fake_find(fd);

	assert(flags & MSG_NOSIGNAL);
	if (s->kind == FAKE_PAIR)
		return send_pair(s, msg);
	if (s->kind == FAKE_TCP)
		return send_stream(s, msg);
	return s->kind == FAKE_PORT ? send_wire(s, msg) : send_dgram(s, msg);
}

int sendmmsg(int fd, struct mmsghdr *msg, unsigned int count, int flags)
{
	for (unsigned int i = 0; i < count; i++) {
		ssize_t n = sendmsg(fd, &msg[i].msg_hdr, flags);

		if (n < 0)
			return i ? (int)i : -1;
		msg[i].msg_len = (unsigned int)n;
	}
	return (int)count;
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sendmsg(fd, &msg, flags);
}

static ssize_t read_pair(struct fake_sock *s, const struct iovec *iov,
			 int count)
{
	ssize_t len = fake_pair_take(s, iov->iov_base, iov->iov_len);

	for (int i = 1; len > 0 && s->pipe_len && i < count; i++)
		len += fake_pair_take(s, iov[i].iov_base, iov[i].iov_len);
	return len;
}

ssize_t readv(int fd, const struct iovec *iov, int count)
{
	struct fake_sock *s = fake_find(fd);
	size_t len = total(iov, (size_t)count), left;

	if (!len)
		return 0;
	if (s->kind == FAKE_PAIR)
		return read_pair(s, iov, count);
	if (len > s->readable)
		len = s->readable;
	if (!len && s->error)
		return fail(next_error(&s->error));
	if (!len)
		return s->has_eof ? 0 : fail(EAGAIN);
	for (left = len; left; iov++) {
		size_t n = iov->iov_len < left ? iov->iov_len : left;

		fake_fill(iov->iov_base, s->read, n);
		s->read += n;
		left -= n;
	}
	s->readable -= len;
	return (ssize_t)len;
}

static ssize_t recv_wire(struct fake_sock *s, void *buf, size_t cap)
{
	struct fake_host *h = &fake_host;
	size_t len = h->wire_len - h->wire_at;

	if (!len)
		return s->has_eof ? 0 : fail(EAGAIN);
	if (h->wire_chunk && len > h->wire_chunk)
		len = h->wire_chunk;
	if (len > cap)
		len = cap;
	memcpy(buf, h->wire + h->wire_at, len);
	h->wire_at += len;
	if (h->wire_at == h->wire_len)
		h->wire_at = h->wire_len = 0;
	return (ssize_t)len;
}

/* The first datagram into @iov; the bytes that were there. */
static size_t take_dgram(struct fake_sock *s, struct msghdr *msg)
{
	struct fake_dgram *d = &s->in[0];
	size_t len = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		size_t n = d->len - len, cap = msg->msg_iov[i].iov_len;

		n = n < cap ? n : cap;
		if (!n)
			continue;
		fake_fill(msg->msg_iov[i].iov_base, len, n);
		if (len < FAKE_DGRAM_HEAD)
			memcpy(msg->msg_iov[i].iov_base, d->head + len,
			       n < FAKE_DGRAM_HEAD - len ? n :
			       FAKE_DGRAM_HEAD - len);
		len += n;
	}
	msg->msg_flags = len < d->len ? MSG_TRUNC : 0;
	msg->msg_controllen = 0;
	if (msg->msg_name)
		msg->msg_namelen = put_name(&d->from, s->family,
					    msg->msg_name, msg->msg_namelen);
	s->in_count--;
	memmove(s->in, s->in + 1, s->in_count * sizeof(*s->in));
	return len;
}

static ssize_t take_error(struct fake_sock *s, struct msghdr *msg)
{
	struct fake_error *e = &s->errors[0];
	struct ul_ep offender = { .addr = e->offender };
	bool is_v4 = s->family == UL_V4;
	struct sock_extended_err ee = {
		.ee_errno = (uint32_t)e->err, .ee_origin = e->origin,
		.ee_type = e->type, .ee_code = e->code, .ee_info = e->info,
	};
	struct cmsghdr *c = msg->msg_control;
	struct iovec *iov = msg->msg_iov;
	struct sockaddr_storage ss;
	socklen_t len = ul_ep_to_sa(&offender, &ss);
	size_t n = s->last->len < FAKE_DGRAM_HEAD ? s->last->len :
						   FAKE_DGRAM_HEAD;

	if (!s->error_count)
		return fail(EAGAIN);
	if (e->origin == SO_EE_ORIGIN_LOCAL)
		memset(&ss, 0, sizeof(ss));
	assert(msg->msg_controllen >= CMSG_SPACE(sizeof(ee) + sizeof(ss)));
	c->cmsg_level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = is_v4 ? IP_RECVERR : IPV6_RECVERR;
	c->cmsg_len = CMSG_LEN(sizeof(ee) + len);
	memcpy(CMSG_DATA(c), &ee, sizeof(ee));
	memcpy(CMSG_DATA(c) + sizeof(ee), &ss, len);
	msg->msg_controllen = CMSG_SPACE(sizeof(ee) + len);
	msg->msg_flags = MSG_ERRQUEUE;
	msg->msg_namelen = put_name(&e->dst, s->family, msg->msg_name,
				    msg->msg_namelen);
	if (s->kind == FAKE_TCP)
		n = 0;
	if (n > iov->iov_len)
		n = iov->iov_len;
	memcpy(iov->iov_base, s->last->head, n);
	s->error_count--;
	memmove(s->errors, s->errors + 1,
		s->error_count * sizeof(*s->errors));
	return (ssize_t)n;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct fake_sock *s = fake_find(fd);

	if (flags & MSG_ERRQUEUE)
		return take_error(s, msg);
	if (s->error)
		return fail(next_error(&s->error));
	return s->in_count ? (ssize_t)take_dgram(s, msg) : fail(EAGAIN);
}

int recvmmsg(int fd, struct mmsghdr *msg, unsigned int count, int flags,
	     struct timespec *timeout)
{
	for (unsigned int i = 0; i < count; i++) {
		ssize_t n = recvmsg(fd, &msg[i].msg_hdr, flags);

		if (n < 0)
			return i ? (int)i : -1;
		msg[i].msg_len = (unsigned int)n;
	}
	return (int)count;
}

ssize_t recv(int fd, void *buf, size_t cap, int flags)
{
	struct fake_sock *s = fake_find(fd);
	struct iovec iov = { buf, cap };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (s->kind == FAKE_PAIR)
		return fake_pair_take(s, buf, cap);
	return s->kind == FAKE_PORT ? recv_wire(s, buf, cap) :
				      recvmsg(fd, &msg, flags);
}

int epoll_create1(int flags)
{
	return fake_open(FAKE_EPOLL, UL_V4);
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	struct fake_sock *s = fake_find(fd);

	s->is_watched = op != EPOLL_CTL_DEL;
	if (!s->is_watched)
		return 0;
	s->mask = ev->events | EPOLLERR | EPOLLHUP;
	s->watch = ev->data.ptr;
	s->has_edge = true;
	return 0;
}

int epoll_wait(int epfd, struct epoll_event *ev, int max, int timeout)
{
	int n = 0;

	assert(!timeout);
	for (int i = 0; i < FAKE_FDS && n < max; i++) {
		struct fake_sock *s = &fake_host.sock[i];
		uint32_t ready;

		if (s->kind == FAKE_FREE || !s->is_watched ||
		    (s->mask & EPOLLET && !s->has_edge))
			continue;
		ready = fake_ready(s) & s->mask;
		if (!ready)
			continue;
		s->has_edge = false;
		ev[n].events = ready;
		ev[n++].data.ptr = s->watch;
	}
	return n;
}
