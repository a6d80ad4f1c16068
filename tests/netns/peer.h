/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer.h - what the parts of the traffic program share
 *
 * A TCP client opens a connection with a request, which says what the server
 * shall do with it; the data of both sides is a pseudo-random stream that
 * follows from a seed alone, so either side can check any part of it.
 */
#ifndef UL_TESTS_PEER_H
#define UL_TESTS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* What a client may ask of a connection. */
enum task {
	TASK_PUT,	/* read to the end, answer with length and digest */
	TASK_GET,	/* send, end our direction, then read to the end */
	TASK_ECHO,	/* keep all until the end, then send it back */
	TASK_MIRROR,	/* send back as it comes */
	TASK_RESET,	/* read this much, then reset the connection */
};
#define TASK_COUNT (TASK_RESET + 1)

extern const char *const task_names[TASK_COUNT];

struct request {
	enum task task;
	uint64_t seed;
	uint64_t len;
	uint64_t stall_ms;	/* read nothing for so long first */
	uint64_t rate;		/* bytes a second to read; 0: no limit */
};

#define REQUEST_LEN 40

void request_emit(uint8_t out[REQUEST_LEN], const struct request *r);
/* 0 or -EBADMSG. */
int request_parse(struct request *out, const uint8_t in[REQUEST_LEN]);

/* The arguments of a verb: "name=value" words set the numbers. */
struct args {
	const char *addr;
	uint16_t port;
	uint64_t len, seed, count, ports, stall, rate, timeout;
	uint64_t oob, chunk, from, gap, also, ttl, tos, sndbuf, rcvbuf, close;
};

/* Bytes @pos to @pos + @len of the stream of @seed. */
void stream_fill(uint64_t seed, uint64_t pos, uint8_t *buf, size_t len);
/* Are the @len bytes at @buf those of the stream from @pos on? */
bool stream_matches(uint64_t seed, uint64_t pos, const uint8_t *buf,
		    size_t len);
/* SHA-256 of the stream's first @len bytes; g_free() it. */
char *stream_digest(uint64_t seed, uint64_t len);

int64_t now_ms(void);
int64_t now_us(void);
/* "ECONNREFUSED" for a positive or negative errno. */
const char *error_name(int error);
/* Print to stderr what failed and why (errno), and exit with 1. */
void die(const char *what) __attribute__((noreturn));
/* The same for a failure that has no errno. */
void die_msg(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* A socket address of @addr, IPv4 or IPv6 text, and @port; its length. */
socklen_t make_addr(const char *addr, uint16_t port,
		    struct sockaddr_storage *out);
/* "192.0.2.1 80" for log lines; a static buffer. */
const char *addr_text(const struct sockaddr_storage *ss);
/* Wait for @events (POLLIN...) on @fd; dies when @ms pass. */
void wait_for(int fd, short events, int64_t ms);
void reset_close(int fd);

/* peer_serve.c: TCP and UDP server on @count ports, for ever. */
int verb_serve(const struct args *a);
/* peer_tcp.c */
int verb_connect(const struct args *a);
int verb_put(const struct args *a);
int verb_get(const struct args *a);
int verb_echo(const struct args *a);
int verb_reset(const struct args *a);
int verb_reset_many(const struct args *a);
int verb_get_reset(const struct args *a);
int verb_drip(const struct args *a);
int verb_short(const struct args *a);
int verb_many(const struct args *a);
/* peer_udp.c */
int verb_udp_sizes(const struct args *a);
int verb_udp_burst(const struct args *a);
int verb_udp_many(const struct args *a);
int verb_udp_two(const struct args *a);
int verb_udp_probe(const struct args *a);

#endif
