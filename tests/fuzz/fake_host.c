/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_host.c - a host without a kernel: what its sockets are and see */
#include "fuzz/fake_host.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <linux/errqueue.h>

#define START_US (1000 * 1000000ll)
#define SOCKET_ROOM 65536
#define PATTERN_LEN 65521u
#define ICMP4_ECHO_REPLY 0
#define ICMP6_ECHO_REPLY 129

struct fake_host fake_host;
static struct fake_dgram queues[FAKE_FDS][FAKE_DGRAMS + 1];
static uint8_t pipes[FAKE_FDS][FAKE_PIPE];

/*
 * The pattern at @offset, as far as the table goes (*@len is cut to that). A
 * table, since a fuzzer counts every comparison. Its length is a prime, so
 * that what is off by a power of two does not match.
 */
static const uint8_t *pattern(size_t offset, size_t *len)
{
	static uint8_t table[PATTERN_LEN];
	static bool is_made;

	for (uint32_t i = 0, x = 1; !is_made && i < PATTERN_LEN; i++) {
		x = x * 1664525 + 1013904223;
		table[i] = (uint8_t)(x >> 24);
	}
	is_made = true;
	/* Sequence numbers come round: what is before 0 meets it. */
	offset = (uint32_t)offset;
	if (*len > (1ull << 32) - offset)
		*len = (1ull << 32) - offset;
	offset %= PATTERN_LEN;
	if (*len > PATTERN_LEN - offset)
		*len = PATTERN_LEN - offset;
	return table + offset;
}

void fake_fill(uint8_t *out, size_t offset, size_t len)
{
	while (len) {
		size_t n = len;
		const uint8_t *from = pattern(offset, &n);

		memcpy(out, from, n);
		out += n;
		offset += n;
		len -= n;
	}
}

bool fake_matches(const uint8_t *data, size_t offset, size_t len)
{
	while (len) {
		size_t n = len;
		const uint8_t *right = pattern(offset, &n);

		if (memcmp(data, right, n) != 0)
			return false;
		data += n;
		offset += n;
		len -= n;
	}
	return true;
}

void fake_host_reset(void)
{
	fake_host_fini();
	for (int i = 0; i < FAKE_FDS; i++)
		assert(fake_host.sock[i].kind == FAKE_FREE);
	memset(&fake_host, 0, sizeof(fake_host));
	fake_host.now_us = START_US;
	fake_host.next_port = FAKE_FIRST_PORT;
	fake_host.wire_room = SIZE_MAX;
}

void fake_host_fini(void)
{
	free(fake_host.wire);
	fake_host.wire = NULL;
	fake_host.wire_len = fake_host.wire_cap = fake_host.wire_at = 0;
}

int fake_open(enum fake_kind kind, enum ul_family family)
{
	if (fake_host.socket_error) {
		errno = fake_host.socket_error;
		fake_host.socket_error = 0;
		return -1;
	}
	for (int i = 0; i < FAKE_FDS; i++) {
		struct fake_sock *s = &fake_host.sock[i];

		if (s->kind != FAKE_FREE)
			continue;
		memset(s, 0, sizeof(*s));
		s->kind = kind;
		s->family = family;
		s->in = queues[i];
		s->pipe = pipes[i];
		s->last = &queues[i][FAKE_DGRAMS];
		s->last->len = 0;
		s->writable = SOCKET_ROOM;
		return FAKE_FD_BASE + i;
	}
	errno = EMFILE;
	return -1;
}

struct fake_sock *fake_find(int fd)
{
	struct fake_sock *s;

	if (fd < FAKE_FD_BASE || fd >= FAKE_FD_BASE + FAKE_FDS)
		return NULL;
	s = &fake_host.sock[fd - FAKE_FD_BASE];
	assert(s->kind != FAKE_FREE);
	return s;
}

int fake_open_pair(int fds[2])
{
	int first = fake_open(FAKE_PAIR, UL_V4), second;
	struct fake_sock *a, *b;

	if (first < 0)
		return -1;
	a = fake_find(first);
	second = fake_open(FAKE_PAIR, UL_V4);
	if (second < 0) {
		a->kind = FAKE_FREE;
		return -1;
	}
	b = fake_find(second);
	a->other = b;
	b->other = a;
	b->is_second = true;
	fds[0] = first;
	fds[1] = second;
	return 0;
}

ssize_t fake_pair_put(struct fake_sock *s, const void *data, size_t len)
{
	struct fake_sock *to = s->other;

	if (!to || s->is_shut) {
		errno = EPIPE;
		return -1;
	}
	if (len > FAKE_PIPE - to->pipe_len)
		len = FAKE_PIPE - to->pipe_len;
	if (!len) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(to->pipe + to->pipe_len, data, len);
	to->pipe_len += len;
	to->has_edge = true;
	return (ssize_t)len;
}

ssize_t fake_pair_take(struct fake_sock *s, void *out, size_t cap)
{
	size_t len = s->pipe_len < cap ? s->pipe_len : cap;

	if (!len && s->other && !s->other->is_shut) {
		errno = EAGAIN;
		return -1;
	}
	if (!len)
		return 0;
	memcpy(out, s->pipe, len);
	s->pipe_len -= len;
	memmove(s->pipe, s->pipe + len, s->pipe_len);
	if (s->other)
		s->other->has_edge = true;
	return (ssize_t)len;
}

void fake_pair_left(struct fake_sock *s)
{
	if (!s->other)
		return;
	s->other->has_edge = true;
	if (s->kind == FAKE_FREE)
		s->other->other = NULL;
}

static uint32_t ready_tcp(const struct fake_sock *s)
{
	uint32_t ready = 0;

	if (s->is_connecting)
		return 0;
	if (s->readable || s->has_eof || s->error)
		ready |= EPOLLIN;
	if (s->writable || s->error)
		ready |= EPOLLOUT;
	if (s->has_eof || s->error)
		ready |= EPOLLRDHUP;
	if (s->error || (s->has_eof && s->is_shut) || !s->is_connected)
		ready |= EPOLLHUP;
	if (s->error || s->error_count)
		ready |= EPOLLERR;
	return ready;
}

static uint32_t ready_pair(const struct fake_sock *s)
{
	bool has_ended = !s->other || s->other->is_shut;
	uint32_t ready = 0;

	if (s->pipe_len || has_ended)
		ready |= EPOLLIN;
	if (has_ended)
		ready |= EPOLLRDHUP;
	if (!s->other || s->other->pipe_len < FAKE_PIPE)
		ready |= EPOLLOUT;
	if (!s->other || (has_ended && s->is_shut))
		ready |= EPOLLHUP;
	return ready;
}

uint32_t fake_ready(const struct fake_sock *s)
{
	uint32_t ready = 0;

	switch (s->kind) {
	case FAKE_TCP:
		return ready_tcp(s);
	case FAKE_PAIR:
		return ready_pair(s);
	case FAKE_UDP:
	case FAKE_PING:
		ready = EPOLLOUT;
		if (s->error_count || s->error)
			ready |= EPOLLERR;
		return ready | (s->in_count ? EPOLLIN : 0u);
	case FAKE_LISTENER:
	case FAKE_PORT_LISTENER:
		return s->in_count ? EPOLLIN : 0;
	case FAKE_PORT:
		if (fake_host.wire_at < fake_host.wire_len || s->has_eof)
			ready = EPOLLIN;
		return ready | (fake_host.wire_room ? EPOLLOUT : 0u);
	case FAKE_FREE:
	case FAKE_EPOLL:
		break;
	}
	return 0;
}

static bool is_flow(const struct fake_sock *s)
{
	return s->kind == FAKE_TCP || s->kind == FAKE_UDP ||
	       s->kind == FAKE_PING;
}

struct fake_sock *fake_nth(unsigned int n)
{
	unsigned int count = 0;

	for (int i = 0; i < FAKE_FDS; i++)
		count += is_flow(&fake_host.sock[i]) ||
			 fake_host.sock[i].kind == FAKE_LISTENER;
	if (!count)
		return NULL;
	n %= count;
	for (int i = 0; ; i++) {
		struct fake_sock *s = &fake_host.sock[i];

		if ((is_flow(s) || s->kind == FAKE_LISTENER) && !n--)
			return s;
	}
}

unsigned int fake_flow_sockets(void)
{
	unsigned int count = 0;

	for (int i = 0; i < FAKE_FDS; i++)
		count += is_flow(&fake_host.sock[i]) ||
			 (fake_host.sock[i].kind == FAKE_PAIR &&
			  !fake_host.sock[i].is_second);
	return count;
}

void fake_wire_put(const void *data, size_t len)
{
	struct fake_host *h = &fake_host;

	if (h->wire_len + len > h->wire_cap) {
		h->wire_cap = (h->wire_len + len) * 2;
		h->wire = realloc(h->wire, h->wire_cap);
		assert(h->wire);
	}
	memcpy(h->wire + h->wire_len, data, len);
	h->wire_len += len;
}

static struct fake_sock *find_kind(enum fake_kind kind)
{
	for (int i = 0; i < FAKE_FDS; i++)
		if (fake_host.sock[i].kind == kind)
			return &fake_host.sock[i];
	return NULL;
}

void fake_attach(void)
{
	struct fake_sock *s = find_kind(FAKE_PORT_LISTENER);

	if (s && s->in_count < FAKE_DGRAMS)
		s->in_count++;
}

void fake_detach(void)
{
	struct fake_sock *s = find_kind(FAKE_PORT);

	if (s)
		s->has_eof = true;
}

void fake_connected(struct fake_sock *s, int err)
{
	if (s->kind != FAKE_TCP || !s->is_connecting)
		return;
	s->is_connecting = false;
	s->is_connected = !err;
	s->error = err;
	s->has_edge = true;
}

void fake_data(struct fake_sock *s, size_t len)
{
	if (s->kind != FAKE_TCP || !s->is_connected || s->has_eof)
		return;
	s->readable += len;
	s->has_edge = true;
}

void fake_eof(struct fake_sock *s)
{
	if (s->kind != FAKE_TCP || !s->is_connected)
		return;
	s->has_eof = true;
	s->has_edge = true;
}

void fake_broken(struct fake_sock *s, int err)
{
	if (s->kind == FAKE_TCP && !s->is_connected)
		return;
	if (s->kind == FAKE_LISTENER)
		return;
	s->error = err;
	s->has_edge = true;
}

void fake_room(struct fake_sock *s, size_t len)
{
	s->writable = len;
	s->has_edge = true;
}

void fake_client(struct fake_sock *s, const struct ul_ep *from)
{
	if (s->kind == FAKE_LISTENER && s->in_count < FAKE_DGRAMS)
		s->in[s->in_count++].from = *from;
}

static struct fake_dgram *new_dgram(struct fake_sock *s)
{
	if ((s->kind != FAKE_UDP && s->kind != FAKE_PING) ||
	    s->in_count == FAKE_DGRAMS)
		return NULL;
	s->has_edge = true;
	return &s->in[s->in_count++];
}

void fake_datagram(struct fake_sock *s, const struct ul_ep *from, size_t len)
{
	struct fake_dgram *d = new_dgram(s);

	if (!d)
		return;
	d->from = *from;
	d->len = len;
	fake_fill(d->head, 0, FAKE_DGRAM_HEAD);
}

/* As a friendly far end would answer, but for one byte. */
void fake_reply(struct fake_sock *s, size_t at, uint8_t value)
{
	struct fake_dgram *d = s->has_last ? new_dgram(s) : NULL;

	if (!d)
		return;
	*d = *s->last;
	if (s->kind == FAKE_PING && d->len)
		d->head[0] = s->family == UL_V4 ? ICMP4_ECHO_REPLY :
						  ICMP6_ECHO_REPLY;
	if (at < d->len && at < FAKE_DGRAM_HEAD)
		d->head[at] ^= value;
}

static struct fake_error *new_error(struct fake_sock *s, int err)
{
	struct fake_error *e;

	if (s->kind == FAKE_LISTENER || s->error_count == FAKE_ERRORS)
		return NULL;
	s->has_edge = true;
	e = &s->errors[s->error_count++];
	*e = (struct fake_error){ .err = err };
	e->dst = s->has_last ? s->last->from : s->peer;
	return e;
}

void fake_icmp(struct fake_sock *s, uint8_t type, uint8_t code, int err)
{
	struct fake_error *e = new_error(s, err);

	if (!e)
		return;
	e->type = type;
	e->code = code;
	e->info = 1400;
	if (s->family == UL_V4) {
		e->origin = SO_EE_ORIGIN_ICMP;
		e->offender = ul_addr_v4(0xc0000263);	/* 192.0.2.99 */
	} else {
		e->origin = SO_EE_ORIGIN_ICMP6;
		e->offender = (struct ul_addr){ { 0x20, 0x01, 0x0d, 0xb8,
						  [15] = 0x99 } };
	}
}

void fake_local_error(struct fake_sock *s, int err, uint32_t info)
{
	struct fake_error *e = new_error(s, err);

	if (!e)
		return;
	e->origin = SO_EE_ORIGIN_LOCAL;
	e->info = info;
}
