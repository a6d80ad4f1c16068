/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * peer.c - the ends of the tests' traffic: servers and clients, TCP and UDP
 *
 * peer VERB ADDRESS PORT [NAME=NUMBER]...
 */
#include "peer.h"

#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT_MS 20000

struct verb {
	const char *name;
	int (*run)(const struct args *a);
	const char *help;
};

struct number {
	const char *name;
	size_t offset;
};

static int verb_digest(const struct args *a)
{
	char *digest = stream_digest(a->seed, a->len);

	printf("%s %llu\n", digest, (unsigned long long)a->len);
	g_free(digest);
	return 0;
}

static const struct verb verbs[] = {
	{ "serve", verb_serve, "TCP and UDP server on ports= ports" },
	{ "digest", verb_digest, "print the digest that put and get print" },
	{ "connect", verb_connect, "print OK or the errno, and milliseconds" },
	{ "put", verb_put, "send len= bytes, print the server's digest" },
	{ "get", verb_get, "receive len= bytes, print our digest" },
	{ "echo", verb_echo, "send, end our direction, read it back" },
	{ "reset", verb_reset, "send len= bytes, then reset" },
	{ "reset-many", verb_reset_many, "receive on count=, then reset" },
	{ "get-reset", verb_get_reset, "expect the server's reset" },
	{ "drip", verb_drip, "one-byte segments until the window closes" },
	{ "short", verb_short, "count= connections one after another" },
	{ "many", verb_many, "count= connections at once, all with data" },
	{ "udp-sizes", verb_udp_sizes, "echo datagrams of 1 to len= bytes" },
	{ "udp-burst", verb_udp_burst, "count= bursts of mixed sizes" },
	{ "udp-many", verb_udp_many, "echo from count= ports of ours" },
	{ "udp-two", verb_udp_two, "one port to port and dead port also=" },
	{ "udp-probe", verb_udp_probe, "one datagram; print OK or the errno" },
};
#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

#define NUMBER(field) { #field, offsetof(struct args, field) }
static const struct number numbers[] = {
	NUMBER(len), NUMBER(seed), NUMBER(count), NUMBER(ports),
	NUMBER(stall), NUMBER(rate), NUMBER(timeout), NUMBER(oob),
	NUMBER(chunk), NUMBER(from), NUMBER(gap), NUMBER(also),
	NUMBER(ttl), NUMBER(tos), NUMBER(sndbuf), NUMBER(rcvbuf),
	NUMBER(close),
};
#define NUMBER_COUNT (sizeof(numbers) / sizeof(numbers[0]))

static void set_number(struct args *a, const char *word)
{
	for (size_t i = 0; i < NUMBER_COUNT; i++) {
		size_t n = strlen(numbers[i].name);
		char *end;

		if (strncmp(word, numbers[i].name, n) || word[n] != '=')
			continue;
		uint64_t value = strtoull(word + n + 1, &end, 10);

		if (*end || end == word + n + 1)
			die_msg("%s: not a number", word);
		memcpy((char *)a + numbers[i].offset, &value, sizeof(value));
		return;
	}
	die_msg("%s: unknown", word);
}

static void usage(void)
{
	fputs("usage: peer VERB ADDRESS PORT [NAME=NUMBER]...\n", stderr);
	for (size_t i = 0; i < VERB_COUNT; i++)
		fprintf(stderr, "  %-10s %s\n", verbs[i].name, verbs[i].help);
	exit(2);
}

int main(int argc, char **argv)
{
	struct args a = {
		.seed = 1, .count = 1, .ports = 1,
		.timeout = DEFAULT_TIMEOUT_MS,
	};

	if (argc < 4)
		usage();
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	a.addr = argv[2];
	a.port = (uint16_t)strtoul(argv[3], NULL, 10);
	for (int i = 4; i < argc; i++)
		set_number(&a, argv[i]);
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(&a);
	usage();
}
