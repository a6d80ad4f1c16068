/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dnsload.c - ask a DNS server as fast as it answers
 *
 * dnsload SERVER SECONDS WINDOW NAMES: WINDOW questions are under way at any
 * time, about NAMES names in turn, or with 0 a new name each time. Prints the
 * right answers, the questions lost (a second without an answer), and the
 * median and the 99th percentile of the answers' times in microseconds.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WINDOW_MAX 256
#define SLOWEST_US 1000000u
#define NAME_FORMAT "%08x"
#define QUERY_LEN (12 + 1 + 8 + 1 + 5 + 1 + 4)
#define RCODE 15

struct slot {
	uint8_t generation;	/* the upper half of the id */
	int64_t sent_us;
};

static struct slot slots[WINDOW_MAX];
static uint32_t times[SLOWEST_US + 1];	/* answers that took so long */
static unsigned long asked, answered, lost;
static unsigned long names;
static int fd;

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ll + ts.tv_nsec / 1000;
}

static void ask(unsigned int i)
{
	static const uint8_t head[12] = { [2] = 1, [5] = 1 };
	static const uint8_t tail[] = "\5bench\0\0\1\0\1";
	unsigned long number = names ? asked % names : asked;
	uint8_t msg[QUERY_LEN];
	char label[9];

	memcpy(msg, head, sizeof(head));
	msg[0] = ++slots[i].generation;
	msg[1] = (uint8_t)i;
	/* What an earlier run asked for is no new name. */
	snprintf(label, sizeof(label), NAME_FORMAT,
		 (unsigned int)(names ? number :
				number + ((unsigned int)getpid() << 16)));
	msg[12] = 8;
	memcpy(msg + 13, label, 8);
	memcpy(msg + 21, tail, sizeof(tail) - 1);
	slots[i].sent_us = now_us();
	asked++;
	if (send(fd, msg, sizeof(msg), 0) < 0 && errno != ENOBUFS &&
	    errno != EAGAIN)
		err(1, "send");
}

static void take(unsigned int window)
{
	uint8_t msg[512];
	int64_t took;
	ssize_t n;

	while ((n = recv(fd, msg, sizeof(msg), MSG_DONTWAIT)) >= 12) {
		struct slot *s = &slots[msg[1]];

		if (msg[1] >= window || msg[0] != s->generation)
			continue;
		if (msg[3] & RCODE || !msg[7])
			errx(1, "answered with response code %d",
			     msg[3] & RCODE);
		took = now_us() - s->sent_us;
		times[took < SLOWEST_US ? took : SLOWEST_US]++;
		answered++;
		ask(msg[1]);
	}
	if (n < 0 && errno != EAGAIN)
		err(1, "recv");
}

static void ask_again(unsigned int window)
{
	int64_t now = now_us();

	for (unsigned int i = 0; i < window; i++) {
		if (now - slots[i].sent_us < SLOWEST_US)
			continue;
		lost++;
		ask(i);
	}
}

static unsigned int percentile(unsigned long percent)
{
	unsigned long seen = 0;
	unsigned int us = 0;

	for (; us < SLOWEST_US; us++) {
		seen += times[us];
		if (seen * 100 >= answered * percent)
			break;
	}
	return us;
}

int main(int argc, char **argv)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(53),
	};
	unsigned int window;
	int64_t end;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &sin.sin_addr) != 1)
		errx(2, "usage: dnsload SERVER SECONDS WINDOW NAMES");
	end = now_us() + (int64_t)(atof(argv[2]) * 1e6);
	window = (unsigned int)atoi(argv[3]);
	names = strtoul(argv[4], NULL, 10);
	if (!window || window > WINDOW_MAX)
		errx(2, "a window is from 1 to %d", WINDOW_MAX);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0)
		err(1, "socket");
	for (unsigned int i = 0; i < window; i++)
		ask(i);
	while (now_us() < end) {
		struct pollfd p = { fd, POLLIN, 0 };

		if (poll(&p, 1, 100) > 0)
			take(window);
		else
			ask_again(window);
	}
	printf("%lu %lu %u %u\n", answered, lost, percentile(50),
	       percentile(99));
	return 0;
}
