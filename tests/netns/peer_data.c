/* SPDX-License-Identifier: BSD-3-Clause */
/* peer_data.c - the test stream, requests, addresses and complaints */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAGIC 0x756c2d70656572ULL
#define WORD sizeof(uint64_t)
#define CHUNK 65536

const char *const task_names[TASK_COUNT] = {
	[TASK_PUT] = "put",
	[TASK_GET] = "get",
	[TASK_ECHO] = "echo",
	[TASK_MIRROR] = "mirror",
	[TASK_RESET] = "reset",
};

/* Word @n of the stream: a counter through a mixing function. */
static uint64_t stream_word(uint64_t seed, uint64_t n)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ULL + n;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

void stream_fill(uint64_t seed, uint64_t pos, uint8_t *buf, size_t len)
{
	while (len) {
		uint64_t word = stream_word(seed, pos / WORD);
		size_t skip = pos % WORD;
		size_t n = MIN(WORD - skip, len);

		if (n == WORD)
			memcpy(buf, &word, WORD);
		else
			memcpy(buf, (uint8_t *)&word + skip, n);
		buf += n;
		pos += n;
		len -= n;
	}
}

bool stream_matches(uint64_t seed, uint64_t pos, const uint8_t *buf,
		    size_t len)
{
	static uint8_t want[CHUNK];

	while (len) {
		size_t n = MIN(len, sizeof(want));

		stream_fill(seed, pos, want, n);
		if (memcmp(want, buf, n))
			return false;
		pos += n;
		buf += n;
		len -= n;
	}
	return true;
}

char *stream_digest(uint64_t seed, uint64_t len)
{
	static uint8_t buf[CHUNK];
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	for (uint64_t pos = 0; pos < len;) {
		size_t n = MIN(len - pos, sizeof(buf));

		stream_fill(seed, pos, buf, n);
		g_checksum_update(sum, buf, (gssize)n);
		pos += n;
	}
	return g_strdup(g_checksum_get_string(sum));
}

void request_emit(uint8_t out[REQUEST_LEN], const struct request *r)
{
	uint64_t words[REQUEST_LEN / WORD] = {
		REQUEST_MAGIC << 8 | r->task,
		r->seed, r->len, r->stall_ms, r->rate,
	};

	memcpy(out, words, REQUEST_LEN);
}

int request_parse(struct request *out, const uint8_t in[REQUEST_LEN])
{
	uint64_t words[REQUEST_LEN / WORD];

	memcpy(words, in, REQUEST_LEN);
	if (words[0] >> 8 != REQUEST_MAGIC || (words[0] & 0xff) >= TASK_COUNT)
		return -EBADMSG;
	*out = (struct request) {
		.task = (enum task)(words[0] & 0xff),
		.seed = words[1],
		.len = words[2],
		.stall_ms = words[3],
		.rate = words[4],
	};
	return 0;
}

int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t now_ms(void)
{
	return now_us() / 1000;
}

const char *error_name(int error)
{
	const char *name = strerrorname_np(error < 0 ? -error : error);

	return name ? name : "EUNKNOWN";
}

void die(const char *what)
{
	int error = errno;

	fflush(stdout);
	fprintf(stderr, "peer: %s: %s (%s)\n", what, strerror(error),
		error_name(error));
	exit(EXIT_FAILURE);
}

void die_msg(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("peer: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

socklen_t make_addr(const char *addr, uint16_t port,
		    struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, addr, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, addr, &v6->sin6_addr) != 1)
		die_msg("%s: not an address", addr);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

const char *addr_text(const struct sockaddr_storage *ss)
{
	static char text[INET6_ADDRSTRLEN + 8];
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)ss;
	bool is_v4 = ss->ss_family == AF_INET;
	char ip[INET6_ADDRSTRLEN] = "?";

	inet_ntop(ss->ss_family,
		  is_v4 ? (const void *)&v4->sin_addr : &v6->sin6_addr,
		  ip, sizeof(ip));
	snprintf(text, sizeof(text), "%s %u", ip,
		 ntohs(is_v4 ? v4->sin_port : v6->sin6_port));
	return text;
}

void wait_for(int fd, short events, int64_t ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, (int)ms);

	if (n < 0)
		die("poll");
	if (n == 0)
		die_msg("nothing for %lld ms", (long long)ms);
}

void reset_close(int fd)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}
