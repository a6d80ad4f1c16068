/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * talk.c - many connections that say little, for the benchmarks
 *
 * talk ADDR PORT SECONDS COUNT INTERVAL_MS
 *
 * opens COUNT connections to loadgen's echo (`loadgen serve`, whose base PORT
 * is), and on each sends a byte every INTERVAL_MS, evenly spread. An answer's
 * time counts from when its byte was due: one that could not be sent because
 * the answer before it had not come yet is late for that, too.
 *
 * Prints "ANSWERS P50us P99us MAXus".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ECHO 2			/* loadgen's services are in this order */
#define COUNT_MAX 1000
#define SAMPLES_MAX 1000000
#define GRACE_US 2000000	/* for the last answers */

struct talker {
	int64_t due_us;		/* of the next byte, or of the one sent */
	bool is_asked;
};

static struct talker talker[COUNT_MAX];
static struct pollfd polled[COUNT_MAX];
static float *sample;
static size_t samples;

static void die(const char *what)
{
	fprintf(stderr, "talk: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int dial(const char *addr, int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || inet_pton(AF_INET, addr, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* Send what is due; when the next will be. */
static int64_t ask(size_t count, int64_t now, int64_t end)
{
	int64_t next = end;

	for (size_t i = 0; i < count; i++) {
		struct talker *t = &talker[i];

		if (t->is_asked || t->due_us >= end)
			continue;
		if (t->due_us <= now) {
			t->is_asked = true;
			if (write(polled[i].fd, "?", 1) != 1)
				die("write");
		} else if (t->due_us < next) {
			next = t->due_us;
		}
	}
	return next;
}

static void hear(size_t count, int64_t interval_us)
{
	int64_t now = now_us();

	for (size_t i = 0; i < count; i++) {
		struct talker *t = &talker[i];
		char byte;

		if (!polled[i].revents)
			continue;
		if (read(polled[i].fd, &byte, 1) != 1 || !t->is_asked)
			die("read");
		if (samples < SAMPLES_MAX)
			sample[samples++] = (float)(now - t->due_us);
		t->is_asked = false;
		t->due_us += interval_us;
	}
}

static bool is_waiting(size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (talker[i].is_asked)
			return true;
	return false;
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static void talk(size_t count, int64_t seconds_us, int64_t interval_us)
{
	int64_t start = now_us(), end = start + seconds_us, now = start;

	for (size_t i = 0; i < count; i++)
		talker[i].due_us = start + (int64_t)i * interval_us /
				   (int64_t)count;
	while (now < end || (is_waiting(count) && now < end + GRACE_US)) {
		int64_t left = ask(count, now, end) - now;

		/* After the end there are only answers to wait for. */
		left = left > 0 ? left : now < end ? 0 : GRACE_US;
		if (ppoll(polled, count, &(struct timespec){
				left / 1000000, left % 1000000 * 1000 },
			  NULL) > 0)
			hear(count, interval_us);
		now = now_us();
	}
}

int main(int argc, char **argv)
{
	size_t count = argc == 6 ? (size_t)atoi(argv[4]) : 0;

	if (!count || count > COUNT_MAX || atoi(argv[5]) < 1) {
		fputs("usage: talk ADDR PORT SECONDS COUNT INTERVAL_MS\n",
		      stderr);
		return 2;
	}
	sample = malloc(SAMPLES_MAX * sizeof(*sample));
	if (!sample)
		die("malloc");
	for (size_t i = 0; i < count; i++)
		polled[i] = (struct pollfd){
			dial(argv[1], atoi(argv[2]) + ECHO), POLLIN, 0,
		};
	talk(count, (int64_t)(atof(argv[3]) * 1e6), atoi(argv[5]) * 1000ll);
	if (!samples)
		return 1;
	qsort(sample, samples, sizeof(*sample), by_value);
	printf("%zu %.1f %.1f %.1f\n", samples, sample[samples / 2],
	       sample[samples * 99 / 100], sample[samples - 1]);
	return 0;
}
