/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_host.h - a host without a kernel: sockets, epoll, clock, random
 *
 * The program defines the system calls that the engine makes (fake_calls.c),
 * so nothing leaves the process, no time passes by itself and a run depends
 * on its input only. What the far ends do is said by the functions here.
 *
 * A byte stream carries one pattern (fake_fill()) in either direction:
 * whoever gets a byte that is not the next one of it has found a bug.
 */
#ifndef UL_TESTS_FAKE_HOST_H
#define UL_TESTS_FAKE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"

#define FAKE_FDS 64
#define FAKE_FD_BASE 1000000	/* far from the real ones */
#define FAKE_FIRST_PORT 40000	/* that is given when none is asked for */
#define FAKE_DGRAMS 24		/* that wait in one socket */
#define FAKE_DGRAM_HEAD 600	/* bytes that are kept; the rest is pattern */
#define FAKE_ERRORS 4
#define FAKE_PIPE 4096		/* bytes that wait in one end of a pair */

enum fake_kind {
	FAKE_FREE,
	FAKE_EPOLL,
	FAKE_TCP,
	FAKE_LISTENER,
	FAKE_UDP,
	FAKE_PING,
	FAKE_PAIR,		/* one end of socketpair() */
	FAKE_PORT_LISTENER,	/* where the guest attaches */
	FAKE_PORT,		/* the guest's end of the wire */
};

struct fake_dgram {
	struct ul_ep from;
	size_t len;
	uint8_t head[FAKE_DGRAM_HEAD];
};

/* One entry of an error queue. */
struct fake_error {
	struct ul_ep dst;
	struct ul_addr offender;
	uint8_t origin, type, code;
	uint32_t info;
	int err;
};

struct fake_sock {
	enum fake_kind kind;
	enum ul_family family;
	struct ul_ep local, peer;
	int error;			/* SO_ERROR */

	bool is_watched, has_edge;
	uint32_t mask;
	void *watch;

	/* TCP */
	bool is_connecting, is_connected, has_eof, is_shut;
	size_t readable, writable;
	size_t read, written;		/* since it was opened */

	/* A pair: what came, and its other end while that is open. */
	struct fake_sock *other;
	bool is_second;			/* the router's own end */
	uint8_t *pipe;			/* FAKE_PIPE bytes */
	size_t pipe_len;

	/* UDP, ping, listeners (whose clients are the froms) */
	struct fake_dgram *in;		/* FAKE_DGRAMS of them */
	unsigned int in_count;
	struct fake_dgram *last;	/* sent; its from is where to */
	bool has_last;
	struct fake_error errors[FAKE_ERRORS];
	unsigned int error_count;
};

struct fake_host {
	struct fake_sock sock[FAKE_FDS];	/* small: all are looked at */
	int64_t now_us;
	uint32_t random;
	uint16_t next_port;
	/* What goes wrong next; 0 nothing. */
	int connect_error, send_error, socket_error;
	bool connects_by_itself;
	bool is_tainted;	/* raw segments: streams prove nothing */
	/* The wire: bytes from the guest, how many may be written to it. */
	uint8_t *wire;
	size_t wire_len, wire_cap, wire_at;
	size_t wire_chunk, wire_room;
	void (*to_guest)(const uint8_t *data, size_t len);
	/* Must a guest never reach this address? */
	bool (*is_forbidden)(const struct ul_addr *addr);
};

extern struct fake_host fake_host;

/* As after start; fails when a socket was left open. */
void fake_host_reset(void);
void fake_host_fini(void);

/* The pattern from @offset on: write it, or tell whether @data is it. */
void fake_fill(uint8_t *out, size_t offset, size_t len);
bool fake_matches(const uint8_t *data, size_t offset, size_t len);

/* A descriptor of a new socket, or -1 and errno. */
int fake_open(enum fake_kind kind, enum ul_family family);
/* Two ends of a pair; -1 and errno. */
int fake_open_pair(int fds[2]);
/* Move bytes over a pair, as send() and recv() do. */
ssize_t fake_pair_put(struct fake_sock *s, const void *data, size_t len);
ssize_t fake_pair_take(struct fake_sock *s, void *out, size_t cap);
/* This end is closed, or shut for writing. */
void fake_pair_left(struct fake_sock *s);
/* NULL for one that is not ours; a closed one is a bug of its user. */
struct fake_sock *fake_find(int fd);
/* What epoll would report of it. */
uint32_t fake_ready(const struct fake_sock *s);
/* The @n-th open socket of a guest's (not wire, not epoll), or NULL. */
struct fake_sock *fake_nth(unsigned int n);
/* Sockets that live as long as a flow. */
unsigned int fake_flow_sockets(void);

/* Bytes from the guest onto the wire. */
void fake_wire_put(const void *data, size_t len);

/* A guest attaches (again), or goes away. */
void fake_attach(void);
void fake_detach(void);

/* What happens at the far end of a socket. */
void fake_connected(struct fake_sock *s, int err);
void fake_data(struct fake_sock *s, size_t len);
void fake_eof(struct fake_sock *s);
void fake_broken(struct fake_sock *s, int err);
void fake_room(struct fake_sock *s, size_t len);
void fake_client(struct fake_sock *s, const struct ul_ep *from);
/* @len bytes from @from, or the last datagram sent back. */
void fake_datagram(struct fake_sock *s, const struct ul_ep *from, size_t len);
void fake_reply(struct fake_sock *s, size_t at, uint8_t value);
void fake_icmp(struct fake_sock *s, uint8_t type, uint8_t code, int err);
void fake_local_error(struct fake_sock *s, int err, uint32_t info);

#endif
