/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * portbench.c - what ports cost, without a switch between them
 *
 * portbench forward KIND LENGTH [BATCH]: one process writes frames to a port,
 * which are sent by reference through a second port to another that reads
 * them. What the process in the middle takes of a CPU is the cost of both
 * ports. KIND is stream, seqpacket or dgram (socket pairs); BATCH frames are
 * in one write of the sender's (stream only).
 *
 * portbench idle KIND COUNT: the memory of COUNT ports that said one frame
 * each, heard one, and are quiet, and the CPU time they take.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "link/dgram.h"
#include "link/stream.h"

#define SECONDS 3
#define PREFIX 4
#define WIRE_MAX (1u << 20)

static struct ul_port *in, *out;
static uint64_t refused;
static uint8_t wire[WIRE_MAX];

static void on_frame(struct ul_port *port, struct ul_frame *f, void *arg)
{
	struct ul_piece piece = { f->data, f->len, f->buf };

	if (out && ul_port_send(out, &piece, 1, NULL) < 0)
		refused++;
}

static void on_event(struct ul_port *port, void *arg)
{
}

static const struct ul_port_handler handler = {
	.frame = on_frame,
	.batch_end = on_event,
	.has_room = on_event,
	.detached = on_event,
};

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double cpu_seconds(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return seconds_of(use.ru_utime) + seconds_of(use.ru_stime);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int type_of(const char *kind)
{
	return !strcmp(kind, "dgram") ? SOCK_DGRAM :
	       !strcmp(kind, "seqpacket") ? SOCK_SEQPACKET : SOCK_STREAM;
}

static struct ul_port *make_port(struct ul_loop *loop, const char *kind,
				 int *guest)
{
	int fd[2];

	if (socketpair(AF_UNIX, type_of(kind) | SOCK_CLOEXEC, 0, fd) < 0)
		abort();
	*guest = fd[1];
	return type_of(kind) == SOCK_STREAM ?
	       ul_stream_new(loop, fd[0], &handler, NULL) :
	       ul_dgram_new(loop, fd[0], &handler, NULL);
}

/* @count frames of @len bytes, as they are in a stream. */
static size_t fill_wire(size_t len, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++, at += PREFIX + len)
		for (int k = 0; k < PREFIX; k++)
			wire[at + (size_t)k] =
				(uint8_t)(len >> (8 * (PREFIX - 1 - k)));
	return at;
}

static pid_t start_sender(int fd, const char *kind, size_t len, size_t batch)
{
	pid_t pid = fork();
	size_t total = fill_wire(len, batch);

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (type_of(kind) == SOCK_STREAM ? write(fd, wire, total) > 0 :
					      send(fd, wire, len, 0) > 0)
		;
	_exit(0);
}

static pid_t start_reader(int fd)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fd, wire, sizeof(wire)) > 0)
		;
	_exit(0);
}

static void forward(struct ul_loop *loop, const char *kind, size_t len,
		    size_t batch)
{
	int from, to;
	double start, cpu, end;
	uint64_t frames, bytes;
	pid_t child[2];

	in = make_port(loop, kind, &from);
	out = make_port(loop, kind, &to);
	child[0] = start_sender(from, kind, len, batch);
	child[1] = start_reader(to);
	start = now();
	cpu = cpu_seconds();
	while ((end = now()) < start + SECONDS)
		ul_loop_turn(loop, 100);
	cpu = cpu_seconds() - cpu;
	frames = out->stats.tx_frames;
	bytes = out->stats.tx_bytes;
	printf("%s %zu bytes x %zu: %.0f frames/s, %.2f Gb/s, CPU %.0f ns per frame, %.2f s per GB, refused %.1f %%\n",
	       kind, len, batch, (double)frames / (end - start),
	       (double)bytes * 8e-9 / (end - start),
	       cpu * 1e9 / (double)(frames + refused), cpu / (double)bytes * 1e9,
	       100.0 * (double)refused / (double)(frames + refused));
	for (int i = 0; i < 2; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	close(from);
	close(to);
	ul_port_free(in);
	ul_port_free(out);
}

static long rss_kib(void)
{
	long size, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%ld %ld", &size, &pages) != 2)
		abort();
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void idle(struct ul_loop *loop, const char *kind, size_t count)
{
	struct ul_port **port = g_new(struct ul_port *, count);
	int *guest = g_new(int, count);
	long before = rss_kib(), busy;
	struct ul_piece piece = { "a frame", 7, NULL };
	size_t len = fill_wire(60, 1);
	double end, cpu;

	for (size_t i = 0; i < count; i++)
		port[i] = make_port(loop, kind, &guest[i]);
	for (size_t i = 0; i < count; i++) {
		ul_port_send(port[i], &piece, 1, NULL);
		if (write(guest[i], wire, len) < 0)
			abort();
	}
	ul_loop_turn(loop, 0);
	for (int i = 0; i < 10; i++)
		ul_loop_turn(loop, 10);
	busy = rss_kib();
	for (end = now() + 5; now() < end; )
		ul_loop_turn(loop, 1000);
	cpu = cpu_seconds();
	for (end = now() + 5; now() < end; )
		ul_loop_turn(loop, 5000);
	printf("%zu idle %s ports: %.1f KiB each (just after a frame %.1f), CPU %.0f us in 5 s\n",
	       count, kind, (double)(rss_kib() - before) / (double)count,
	       (double)(busy - before) / (double)count,
	       (cpu_seconds() - cpu) * 1e6);
	for (size_t i = 0; i < count; i++) {
		ul_port_free(port[i]);
		close(guest[i]);
	}
	g_free(port);
	g_free(guest);
}

int main(int argc, char **argv)
{
	struct ul_loop *loop = ul_loop_new();
	size_t number = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	size_t batch = argc > 4 ? strtoul(argv[4], NULL, 10) : 1;

	signal(SIGPIPE, SIG_IGN);
	if (number && batch && !strcmp(argv[1], "forward") &&
	    (number + PREFIX) * batch <= WIRE_MAX)
		forward(loop, argv[2], number, batch);
	else if (number && !strcmp(argv[1], "idle"))
		idle(loop, argv[2], number);
	else
		fprintf(stderr, "portbench forward KIND LENGTH [BATCH] | idle KIND COUNT\n");
	ul_loop_free(loop);
	return 0;
}
