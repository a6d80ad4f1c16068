/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flowbench.c - what a connection costs in src/flow and src/stack, asleep and
 * awake
 *
 * flowbench segments|ticks FLOWS BATCH COUNT: "HEAP RSS NS", the bytes of
 * memory of each flow and the nanoseconds of each segment or tick
 *
 * FLOWS connections of one guest stand in the table of flow/tcp_proxy.h with
 * all that the daemon keeps of one, but no socket each: one socket takes what
 * all of them send, for a process may not have 100 000. Segments of 1460
 * bytes come in over the flows in turn, BATCH in each turn of the loop, and
 * go through the table, lwIP and sendmsg(); the acknowledgement is thrown
 * away. Ticks pass with one connection that waits for its guest to take what
 * was sent, and all others idle.
 *
 * tests/bench/scale.py counts the instructions of measured_batch() and
 * measured_ticks() with callgrind.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "base/cursor.h"
#include "flow/tcp_flow.h"
#include "wire/ip4.h"
#include "wire/tcp.h"

#define SEGMENT 1460
#define HEADERS (UL_IP4_HLEN + UL_TCP_HLEN)
#define BATCH_MAX 64
#define FRAME_SIZE 2048
#define WINDOW 0xffff
#define PORTS 50000		/* of one peer's address that are used */
#define FLOWS_MAX 1000000u
#define MANY 512u << 20

/* The guest's side of a flow. */
struct guest_end {
	struct ul_ep own, peer;
	uint32_t seq, ack;
};

static struct ul_flow_ctx ctx;
static struct ul_tcp_proxy *proxy;
static struct guest_end *guest;
static unsigned int flows, next;
static int sink[2];		/* what all flows send to, its other end */
static uint32_t isn_seen;	/* of the last SYN|ACK */
static int64_t now_us = 1000000;
static struct ul_pkt frame[BATCH_MAX];

static G_GNUC_NORETURN void fail(const char *why)
{
	fprintf(stderr, "flowbench: %s\n", why);
	exit(1);
}

static int64_t clock_us(void *arg)
{
	return now_us;
}

static uint64_t real_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static size_t rss(void)
{
	unsigned long total, resident;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu %lu", &total, &resident) != 2)
		fail("no /proc/self/statm");
	fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static int on_output(const struct ul_stack_out *out, void *arg)
{
	const uint8_t *l4 = (const uint8_t *)out->piece[0].data +
			    out->ip_hdr_len;
	struct ul_tcp h;

	if (!ul_tcp_parse(&h, l4, out->piece[0].len - out->ip_hdr_len) &&
	    h.flags & UL_TCP_SYN)
		isn_seen = h.seq;
	return 0;
}

static void make_world(void)
{
	static const struct ul_policy_conf policy = { .has_v6 = false };
	struct ul_stack_conf stack = {
		.output = on_output, .mtu = 1500, .send_bytes_max = MANY,
		.pinned_bytes_max = MANY, .conn_pinned_max = 8u << 20,
	};
	struct ul_accounts_conf accounts = {
		.limits = &ctx.limits, .fds = FLOWS_MAX, .pinned_bytes = MANY,
		.send_bytes = MANY,
	};
	int size = 4 << 20;

	ctx.loop = accounts.loop = ul_loop_new();
	ul_loop_set_clock(ctx.loop, clock_us, NULL);
	ctx.stack = ul_stack_new(&stack);
	ctx.policy = ul_policy_new(&policy);
	ctx.limits = (struct ul_flow_limits){
		.tcp_flows = FLOWS_MAX, .tcp_half_open = FLOWS_MAX,
		.pinned_bytes = MANY, .send_bytes = MANY,
	};
	ctx.accounts = ul_accounts_new(&accounts);
	proxy = ul_tcp_proxy_new(&ctx);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sink) < 0)
		fail("no socket");
	setsockopt(sink[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void make_frames(void)
{
	struct ul_buf_pool *pool = ul_buf_pool_new(FRAME_SIZE, MANY);

	for (unsigned int i = 0; i < BATCH_MAX; i++) {
		frame[i].buf = ul_buf_get(pool);
		frame[i].ip = frame[i].buf->data;
		memset(frame[i].ip, 0, HEADERS + SEGMENT);
	}
}

/* The guest's next segment of @len bytes. */
static void write_segment(struct ul_pkt *pkt, struct guest_end *g,
			  uint8_t flags, size_t len)
{
	struct ul_ip4 h = {
		.src = g->own.addr, .dst = g->peer.addr,
		.proto = UL_IPPROTO_TCP, .ttl = 64,
		.total_len = (uint16_t)(HEADERS + len),
	};
	struct ul_wr w = ul_wr_new(pkt->ip, HEADERS);

	ul_ip4_emit(&w, &h);
	*pkt = (struct ul_pkt){
		.buf = pkt->buf, .ip = pkt->ip, .ip_len = h.total_len,
		.src = h.src, .dst = h.dst, .proto = h.proto, .ttl = h.ttl,
		.l4 = pkt->ip + UL_IP4_HLEN, .l4_len = UL_TCP_HLEN + len,
	};
	ul_wr_u16(&w, g->own.port);
	ul_wr_u16(&w, g->peer.port);
	ul_wr_u32(&w, g->seq);
	ul_wr_u32(&w, g->ack);
	ul_wr_u8(&w, UL_TCP_HLEN / 4 << 4);
	ul_wr_u8(&w, flags);
	ul_wr_u16(&w, WINDOW);
	ul_wr_u32(&w, 0);
	g->seq += (uint32_t)len + (flags & UL_TCP_SYN ? 1 : 0);
}

/* As tcp_proxy.c does when the host is connected. */
static struct ul_tcp_flow *open_one(unsigned int i)
{
	struct guest_end *g = &guest[i];
	struct ul_tcp_flow *f;

	*g = (struct guest_end){
		.own = { ul_addr_v4(0x0a00020f), (uint16_t)(1024 + i % PORTS) },
		.peer = { ul_addr_v4(0xc6336407 + i / PORTS), 80 },
		.seq = i * 7919,
	};
	f = ul_tcp_flow_new(proxy, ul_account_at(ctx.accounts, NULL),
			    UL_USE_TCP_DIAL, &g->own, &g->peer,
			    ul_tcp_hash(proxy, &g->own, &g->peer));
	if (!f)
		fail("no flow");
	write_segment(&frame[0], g, UL_TCP_SYN, 0);
	ul_stack_set_time(ctx.stack, now_us);
	f->host = g->peer;
	f->watch.fd = sink[0];
	f->conn = ul_conn_new_passive(ctx.stack, &frame[0], f);
	if (!f->conn)
		fail("no connection");
	ul_conn_set_budget(f->conn, &f->share.account->budget);
	f->host_writable = true;
	ul_tcp_flow_step(f, UL_TCP_EV_HOST_CONNECTED);
	ul_tcp_flow_schedule(f);
	g->ack = isn_seen + 1;
	write_segment(&frame[0], g, UL_TCP_ACK, 0);
	ul_tcp_proxy_input(proxy, &frame[0]);
	if (f->state != UL_TCP_OPEN)
		fail("a flow did not open");
	return f;
}

/* Until no connection has a timer left. */
static void calm_down(void)
{
	for (int i = 0; i < 100; i++) {
		now_us += UL_CONN_TICK_US;
		ul_loop_turn(ctx.loop, 0);
	}
}

static __attribute__((noinline)) void measured_batch(unsigned int batch)
{
	for (unsigned int i = 0; i < batch; i++)
		ul_tcp_proxy_input(proxy, &frame[i]);
	ul_loop_turn(ctx.loop, 0);
}

static void empty_sink(void)
{
	char byte;

	while (recv(sink[1], &byte, 1, MSG_DONTWAIT) > 0)
		;
}

/* Nanoseconds for each of @count segments. */
static double segments(unsigned int count, unsigned int batch)
{
	uint64_t busy = 0;

	for (unsigned int done = 0; done < count; done += batch) {
		uint64_t start;

		for (unsigned int i = 0; i < batch; i++) {
			write_segment(&frame[i], &guest[next],
				      UL_TCP_ACK | UL_TCP_PSH, SEGMENT);
			next = (next + 1) % flows;
		}
		now_us += 100;
		start = real_ns();
		measured_batch(batch);
		busy += real_ns() - start;
		empty_sink();
	}
	return (double)busy / count;
}

static __attribute__((noinline)) void measured_ticks(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		now_us += UL_CONN_TICK_US;
		ul_loop_turn(ctx.loop, 0);
	}
}

/* Nanoseconds for each of @count ticks; @busy has one to wait for. */
static double ticks(struct ul_tcp_flow *busy, unsigned int count)
{
	struct iovec iov[4];
	bool over_budget;
	uint64_t start;

	if (!ul_conn_reserve(busy->conn, iov, 4, SEGMENT, &over_budget))
		fail("no room for data to the guest");
	ul_conn_commit(busy->conn, SEGMENT);
	ul_tcp_flow_schedule(busy);
	start = real_ns();
	measured_ticks(count);
	return (double)(real_ns() - start) / count;
}

static unsigned int number(const char *text, unsigned int max)
{
	unsigned long n = strtoul(text, NULL, 10);

	if (!n || n > max)
		fail("usage: flowbench segments|ticks FLOWS BATCH COUNT");
	return (unsigned int)n;
}

int main(int argc, char **argv)
{
	struct ul_tcp_flow *last = NULL;
	unsigned int batch, count;
	size_t heap, resident;
	double ns;

	if (argc != 5)
		fail("usage: flowbench segments|ticks FLOWS BATCH COUNT");
	flows = number(argv[2], FLOWS_MAX);
	batch = number(argv[3], BATCH_MAX);
	count = number(argv[4], 1u << 30);
	make_world();
	make_frames();
	guest = g_new0(struct guest_end, flows);
	for (unsigned int i = 0; i < flows; i++)
		guest[i].seq = 1;	/* touched before memory is counted */
	heap = mallinfo2().uordblks;
	resident = rss();
	for (unsigned int i = 0; i < flows; i++)
		last = open_one(i);
	calm_down();
	heap = (mallinfo2().uordblks - heap) / flows;
	resident = (rss() - resident) / flows;
	ns = !strcmp(argv[1], "ticks") ? ticks(last, count) :
	     segments(count, batch);
	printf("%zu %zu %.1f\n", heap, resident, ns);
	return 0;
}
