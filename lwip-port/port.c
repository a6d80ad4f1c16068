/* SPDX-License-Identifier: BSD-3-Clause */
/* port.c - what lwIP asks of its platform */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/csum.h"
#include "base/hash.h"
#include "lwip/ip_addr.h"
#include "lwip/sys.h"

void ul_lwip_assert_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "lwip assert: %s (%s:%d)\n", what, file, line);
	abort();
}

static uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

u32_t sys_now(void)
{
	return (u32_t)(monotonic_ns() / 1000000);
}

uint32_t ul_lwip_rand(void)
{
	uint32_t v;

	if (getrandom(&v, sizeof(v), 0) != (ssize_t)sizeof(v))
		abort();
	return v;
}

/* lwIP wants the folded sum, not complemented, in the order of memory. */
uint16_t ul_lwip_chksum(const void *data, int len)
{
	return htobe16((uint16_t)~ul_csum_fold(ul_csum_add(0, data,
							   (size_t)len)));
}

/* RFC 6528: a clock of 4 us plus a keyed hash of the connection. */
uint32_t ul_lwip_isn(const struct ip_addr *local, uint16_t local_port,
		     const struct ip_addr *remote, uint16_t remote_port)
{
	static struct ul_hash_key key;
	static int has_key;
	struct {
		ip_addr_t local, remote;
		uint16_t local_port, remote_port;
	} conn;

	if (!has_key) {
		ul_hash_key_random(&key);
		has_key = 1;
	}
	memset(&conn, 0, sizeof(conn));
	conn.local = *local;
	conn.remote = *remote;
	conn.local_port = local_port;
	conn.remote_port = remote_port;
	return (uint32_t)(monotonic_ns() / 4000) +
	       (uint32_t)ul_hash(&key, &conn, sizeof(conn));
}

/* lwIP asks for its timer here; src/stack ticks each connection by itself. */
void tcp_timer_needed(void);
void tcp_timer_needed(void)
{
}
