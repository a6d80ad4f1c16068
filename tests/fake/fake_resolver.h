/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_resolver.h - a resolver on loopback that the test plays, and queries
 *
 * A real socket: on loopback a datagram has arrived when send returns.
 */
#ifndef UL_TESTS_FAKE_RESOLVER_H
#define UL_TESTS_FAKE_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/addr.h"

/* Where it is, and what it was asked last. */
struct fake_resolver {
	int fd;
	struct ul_ep ep;
	uint8_t msg[4096];
	size_t len;
	uint16_t id;
	struct sockaddr_storage from;
	socklen_t from_len;
};

/* On a free port of @addr. The caller closes fd. */
void fake_resolver_open(struct fake_resolver *r, const char *addr);
/* Was it asked since the last call? */
bool fake_resolver_asked(struct fake_resolver *r);
/* Send any bytes from @fd to who asked @to. */
void fake_resolver_send(int fd, const struct fake_resolver *to,
			const void *msg, size_t len);
/* The question back with @flags, and @extra bytes after it. */
void fake_resolver_answer(struct fake_resolver *r, uint16_t flags,
			  size_t extra);

/*
 * Write a recursive query for the A of @name to the @cap bytes at @buf, with
 * an OPT record of size @edns unless that is 0. Returns its length.
 */
size_t fake_query(uint8_t *buf, size_t cap, uint16_t id, const char *name,
		  uint16_t edns);

#endif
