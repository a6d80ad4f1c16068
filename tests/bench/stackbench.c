/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stackbench.c - what one segment costs inside src/stack
 *
 * A scripted guest opens N connections and drives them through
 * src/stack/conn.h: no socket, no port, no kernel. Segments of 1460 bytes are
 * put in in turn over the flows, or in a random order, in batches of 64; what
 * arrived is consumed and settled at the end of its batch, as in
 * flow/tcp_proxy. Then every flow of a batch has one acknowledgement to send,
 * while a single flow has one for all 64: so a single flow is measured in
 * batches of one too, which is what the many are to be compared with.
 *
 * Frames are built outside of the measured time. Checksums are left out, as
 * src/stack trusts those who call it. The sizes are measured in turn, round
 * by round, so that a busy spell of the machine hits all alike; a number is
 * the median of the rounds, and a round's is that of its median batch.
 */
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"
#include "stack/conn.h"
#include "wire/ip4.h"
#include "wire/tcp.h"

#define SEGMENT 1460
#define BATCH 64
#define HEADERS (UL_IP4_HLEN + UL_TCP_HLEN)
#define FRAME_SIZE 2048
#define WINDOW 0xffff
#define PORTS 50000		/* of one peer's address that are used */
#define ROUNDS_MAX 99

/* What the daemon's flow has of use here: its key and its connection. */
struct flow {
	struct ul_hnode node;
	struct ul_ep guest, peer;
	struct ul_conn *conn;
};

/* The same flow, as the guest knows it. */
struct guest_end {
	struct ul_ep own, peer;
	uint32_t seq, ack;
};

struct sent {
	uint64_t packets;
	uint64_t bytes;
	uint32_t next_seq;	/* after the last SYN|ACK */
	bool is_opening;
};

struct world {
	unsigned int count;
	unsigned int batch;
	struct ul_stack *stack;
	struct ul_hash_key key;
	struct ul_htab tab;
	struct flow **flow;
	struct guest_end *guest;
	uint32_t *in_turn, *shuffled;
	unsigned int at;	/* in the order */
	int64_t now_us;
	struct sent sent;
	size_t heap_each, rss_each;
};

/* A batch of frames, and whose they are. */
struct frames {
	struct ul_buf_pool *pool;
	struct ul_pkt pkt[BATCH];
	uint32_t owner[BATCH];
};

struct run {
	struct world *w;
	struct frames *fr;
	const uint32_t *order;
	uint64_t segments;
	uint64_t busy_ns;		/* of the last batch */
	struct ul_conn *conn[BATCH];	/* of the frames, found by the run */
};

static G_GNUC_NORETURN void fail(const char *why)
{
	fprintf(stderr, "stackbench: %s\n", why);
	exit(1);
}

static uint64_t now_ns(void)
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
	struct sent *sent = arg;
	struct ul_tcp h;

	sent->packets++;
	sent->bytes += out->len;
	if (sent->is_opening &&
	    !ul_tcp_parse(&h, (const uint8_t *)out->piece[0].data +
			      out->ip_hdr_len,
			  out->piece[0].len - out->ip_hdr_len))
		sent->next_seq = h.seq + 1;
	return 0;
}

/* Frames of the guest. */

static void put_tcp(struct ul_wr *w, const struct guest_end *g, uint8_t flags,
		    size_t opt_len)
{
	ul_wr_u16(w, g->own.port);
	ul_wr_u16(w, g->peer.port);
	ul_wr_u32(w, g->seq);
	ul_wr_u32(w, g->ack);
	ul_wr_u8(w, (uint8_t)((UL_TCP_HLEN + opt_len) / 4 << 4));
	ul_wr_u8(w, flags);
	ul_wr_u16(w, WINDOW);
	ul_wr_u32(w, 0);
}

static void aim(struct ul_pkt *pkt, const struct guest_end *g, size_t l4_len)
{
	struct ul_ip4 h = {
		.src = g->own.addr, .dst = g->peer.addr,
		.proto = UL_IPPROTO_TCP, .ttl = 64,
		.total_len = (uint16_t)(UL_IP4_HLEN + l4_len),
	};
	struct ul_wr w = ul_wr_new(pkt->ip, UL_IP4_HLEN);

	ul_ip4_emit(&w, &h);
	pkt->src = h.src;
	pkt->dst = h.dst;
	pkt->proto = h.proto;
	pkt->ttl = h.ttl;
	pkt->ip_len = h.total_len;
	pkt->l4 = pkt->ip + UL_IP4_HLEN;
	pkt->l4_len = l4_len;
}

/* What is next of the guest's: a segment with @len bytes. */
static void write_segment(struct ul_pkt *pkt, struct guest_end *g, size_t len)
{
	struct ul_wr w;

	aim(pkt, g, UL_TCP_HLEN + len);
	w = ul_wr_new(pkt->l4, UL_TCP_HLEN);
	put_tcp(&w, g, UL_TCP_ACK, 0);
	g->seq += (uint32_t)len;
}

static void write_syn(struct ul_pkt *pkt, struct guest_end *g)
{
	static const uint8_t options[] = {
		2, 4, SEGMENT >> 8, SEGMENT & 0xff, 1, 3, 3, 7,
	};
	struct ul_wr w;

	aim(pkt, g, UL_TCP_HLEN + sizeof(options));
	w = ul_wr_new(pkt->l4, pkt->l4_len);
	put_tcp(&w, g, UL_TCP_SYN, sizeof(options));
	ul_wr_bytes(&w, options, sizeof(options));
	g->seq++;
}

static void frames_init(struct frames *fr)
{
	fr->pool = ul_buf_pool_new(FRAME_SIZE, 4 * BATCH * FRAME_SIZE);
	for (unsigned int i = 0; i < BATCH; i++) {
		struct ul_pkt *pkt = &fr->pkt[i];

		*pkt = (struct ul_pkt){ .buf = ul_buf_get(fr->pool) };
		pkt->ip = pkt->buf->data;
		memset(pkt->ip, 0, HEADERS + SEGMENT);
	}
}

static void frames_fini(struct frames *fr)
{
	for (unsigned int i = 0; i < BATCH; i++)
		ul_buf_unref(fr->pkt[i].buf);
	if (ul_buf_pool_in_use(fr->pool))
		fail("the stack kept a frame");
	ul_buf_pool_free(fr->pool);
}

/*
 * The next BATCH segments over the flows, outside of the measured time: each
 * with @up bytes, and the acknowledgement of @down bytes that will be sent.
 */
static void frames_build(struct run *run, size_t up, size_t down)
{
	struct world *w = run->w;

	for (unsigned int i = 0; i < BATCH; i++) {
		uint32_t owner = run->order[w->at];

		if (++w->at == w->count)
			w->at = 0;
		run->fr->owner[i] = owner;
		w->guest[owner].ack += (uint32_t)down;
		write_segment(&run->fr->pkt[i], &w->guest[owner], up);
	}
}

/* A world of flows. */

static uint64_t hash_of(const struct world *w, const struct ul_ep *guest,
			const struct ul_ep *peer)
{
	struct {
		struct ul_addr guest, peer;
		uint16_t guest_port, peer_port;
	} key = { guest->addr, peer->addr, guest->port, peer->port };

	return ul_hash(&w->key, &key, sizeof(key));
}

static struct ul_conn *look_up(const struct world *w, const struct ul_pkt *pkt)
{
	struct ul_ep guest = { .addr = pkt->src }, peer = { .addr = pkt->dst };
	struct ul_hnode *n = NULL;
	struct ul_tcp h;
	uint64_t hash;

	if (ul_tcp_parse(&h, pkt->l4, pkt->l4_len) < 0)
		fail("a frame of our own is bad");
	guest.port = h.src_port;
	peer.port = h.dst_port;
	hash = hash_of(w, &guest, &peer);
	while ((n = ul_htab_find(&w->tab, hash, n)) != NULL) {
		struct flow *f = ul_container_of(n, struct flow, node);

		if (ul_ep_eq(&f->guest, &guest) && ul_ep_eq(&f->peer, &peer))
			return f->conn;
	}
	fail("no flow for a frame");
}

static void open_one(struct world *w, struct ul_pkt *pkt, unsigned int i)
{
	struct guest_end *g = &w->guest[i];
	struct flow *f = g_new0(struct flow, 1);

	*g = (struct guest_end){
		.own = { ul_addr_v4(0x0a00020f), (uint16_t)(1024 + i % PORTS) },
		.peer = { ul_addr_v4(0xc6336407 + i / PORTS), 80 },
		.seq = i * 7919,
	};
	f->guest = g->own;
	f->peer = g->peer;
	f->node.hash = hash_of(w, &f->guest, &f->peer);
	ul_htab_insert(&w->tab, &f->node);
	w->flow[i] = f;
	w->sent.is_opening = true;
	write_syn(pkt, g);
	f->conn = ul_conn_new_passive(w->stack, pkt, f);
	g->ack = w->sent.next_seq;
	w->sent.is_opening = false;
	write_segment(pkt, g, 0);
	if (!f->conn || ul_conn_input(f->conn, pkt) != UL_CONN_ESTABLISHED)
		fail("a connection did not open");
}

static void shuffle(uint32_t *order, unsigned int count)
{
	uint64_t x = 88172645463325252u;

	for (unsigned int i = count - 1; i > 0; i--) {
		unsigned int j;
		uint32_t kept = order[i];

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		j = (unsigned int)(x % (i + 1));
		order[i] = order[j];
		order[j] = kept;
	}
}

static void world_init(struct world *w, struct frames *fr, unsigned int count,
		       unsigned int batch)
{
	struct ul_stack_conf conf = {
		.output = on_output, .arg = &w->sent, .mtu = 1500,
		.send_bytes_max = 512u << 20, .pinned_bytes_max = 512u << 20,
		.conn_pinned_max = 8u << 20,
	};
	size_t heap, resident;

	*w = (struct world){ .count = count, .batch = batch,
			     .now_us = 1000000 };
	w->stack = ul_stack_new(&conf);
	ul_hash_key_random(&w->key);
	ul_htab_init(&w->tab);
	w->flow = g_new0(struct flow *, count);
	w->guest = g_new0(struct guest_end, count);
	w->in_turn = g_new0(uint32_t, count);
	w->shuffled = g_new0(uint32_t, count);
	for (unsigned int i = 0; i < count; i++) {
		w->in_turn[i] = w->shuffled[i] = i;
		w->guest[i].seq = 1;	/* touch it before memory is counted */
	}
	shuffle(w->shuffled, count);
	heap = mallinfo2().uordblks;
	resident = rss();
	ul_stack_set_time(w->stack, w->now_us);
	for (unsigned int i = 0; i < count; i++)
		open_one(w, &fr->pkt[0], i);
	w->heap_each = (mallinfo2().uordblks - heap) / count;
	w->rss_each = (rss() - resident) / count;
}

static void world_fini(struct world *w)
{
	for (unsigned int i = 0; i < w->count; i++) {
		ul_conn_free(w->flow[i]->conn);
		ul_htab_remove(&w->tab, &w->flow[i]->node);
		g_free(w->flow[i]);
	}
	if (ul_stack_pinned_bytes(w->stack) || ul_stack_send_bytes(w->stack))
		fail("the stack kept memory");
	ul_htab_fini(&w->tab);
	ul_stack_free(w->stack);
	g_free(w->flow);
	g_free(w->guest);
	g_free(w->in_turn);
	g_free(w->shuffled);
}

/* The measured parts: one batch each. */

static void take_all(struct ul_conn *conn)
{
	struct iovec iov[BATCH];
	size_t bytes;

	while (ul_conn_peek(conn, iov, BATCH, &bytes))
		ul_conn_consume(conn, bytes);
	ul_conn_settle(conn);
}

static void take_batch(struct run *run, unsigned int from)
{
	for (unsigned int i = from; i < from + run->w->batch; i++)
		if (ul_conn_unread(run->conn[i]))
			take_all(run->conn[i]);
}

static void name_conns(struct run *run)
{
	for (unsigned int i = 0; i < BATCH; i++)
		run->conn[i] = run->w->flow[run->fr->owner[i]]->conn;
}

static void up_batches(struct run *run)
{
	const struct world *w = run->w;
	uint64_t start;

	name_conns(run);
	start = now_ns();
	for (unsigned int i = 0; i < BATCH; i += w->batch) {
		for (unsigned int j = i; j < i + w->batch; j++)
			ul_conn_input(run->conn[j], &run->fr->pkt[j]);
		take_batch(run, i);
	}
	run->busy_ns = now_ns() - start;
}

static void up_found(struct run *run)
{
	const struct world *w = run->w;
	uint64_t start = now_ns();
	for (unsigned int i = 0; i < BATCH; i += w->batch) {
		for (unsigned int j = i; j < i + w->batch; j++) {
			run->conn[j] = look_up(w, &run->fr->pkt[j]);
			ul_conn_input(run->conn[j], &run->fr->pkt[j]);
		}
		take_batch(run, i);
	}
	run->busy_ns = now_ns() - start;
}

/* A segment's worth from the host; nothing is written to it. */
static void put_down(struct ul_conn *conn)
{
	struct iovec iov[4];
	bool over_budget;

	if (!ul_conn_reserve(conn, iov, 4, SEGMENT, &over_budget))
		fail("no room for data to the guest");
	ul_conn_commit(conn, SEGMENT);
}

static void down_batches(struct run *run)
{
	const struct world *w = run->w;
	uint64_t start;

	name_conns(run);
	start = now_ns();
	for (unsigned int i = 0; i < BATCH; i += w->batch) {
		for (unsigned int j = i; j < i + w->batch; j++)
			put_down(run->conn[j]);
		for (unsigned int j = i; j < i + w->batch; j++)
			ul_conn_input(run->conn[j], &run->fr->pkt[j]);
	}
	run->busy_ns = now_ns() - start;
}

/* What is measured, as columns. */

enum order { IN_TURN, SHUFFLED };

static const struct column {
	const char *name;
	void (*batch)(struct run *run);
	enum order order;
	size_t up, down;	/* bytes of each segment */
} columns[] = {
	{ "up ns", up_batches, IN_TURN, SEGMENT, 0 },
	{ "up, random ns", up_batches, SHUFFLED, SEGMENT, 0 },
	{ "up, random, look-up ns", up_found, SHUFFLED, SEGMENT, 0 },
	{ "down ns", down_batches, IN_TURN, 0, SEGMENT },
	{ "down, random ns", down_batches, SHUFFLED, 0, SEGMENT },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const struct row {
	unsigned int flows, batch;
} rows[] = {
	{ 1, BATCH }, { 1, 1 }, { 1000, BATCH }, { 10000, BATCH },
	{ 100000, BATCH },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void check(const struct run *run, const struct column *c,
		  uint64_t packets)
{
	const struct world *w = run->w;
	uint64_t least = run->segments;

	if (c->up && w->count == 1)
		least /= w->batch;	/* one acknowledgement a batch */
	if (w->sent.packets - packets != least)
		fail("the stack did not send what was expected");
	for (unsigned int i = 0; i < w->count; i++)
		if (ul_conn_unread(w->flow[i]->conn) ||
		    ul_conn_unacked(w->flow[i]->conn))
			fail("the stack kept data");
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, unsigned int n)
{
	qsort(v, n, sizeof(*v), compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Nanoseconds a segment: of the median batch, else a busy spell counts. */
static double measure(struct world *w, struct frames *fr,
		      const struct column *c, uint64_t segments)
{
	struct run run = {
		.w = w, .fr = fr,
		.order = c->order == SHUFFLED ? w->shuffled : w->in_turn,
	};
	uint64_t packets = w->sent.packets;
	double *ns = g_new(double, segments / BATCH + 1);
	unsigned int count = 0;
	double typical;

	while (run.segments < segments) {
		frames_build(&run, c->up, c->down);
		ul_stack_set_time(w->stack, w->now_us += 100);
		c->batch(&run);
		run.segments += BATCH;
		ns[count++] = (double)run.busy_ns / BATCH;
	}
	check(&run, c, packets);
	typical = median(ns, count);
	g_free(ns);
	return typical;
}

static double results[ROWS][COLUMNS][ROUNDS_MAX];

static void measure_all(struct world *w, unsigned int count, struct frames *fr,
			unsigned int rounds, uint64_t segments)
{
	for (unsigned int round = 0; round < rounds; round++)
		for (unsigned int r = 0; r < count; r++)
			for (unsigned int c = 0; c < COLUMNS; c++) {
				measure(&w[r], fr, &columns[c], w[r].count);
				results[r][c][round] =
					measure(&w[r], fr, &columns[c],
						segments);
			}
}

static void show(const struct world *w, unsigned int count, unsigned int rounds)
{
	printf("| flows, batch |");
	for (unsigned int c = 0; c < COLUMNS; c++)
		printf(" %s |", columns[c].name);
	printf(" heap B/flow | RSS B/flow |\n|---|");
	for (unsigned int c = 0; c < COLUMNS; c++)
		printf("---|");
	printf("---|---|\n");
	for (unsigned int r = 0; r < count; r++) {
		printf("| %u, %u |", w[r].count, w[r].batch);
		for (unsigned int c = 0; c < COLUMNS; c++)
			printf(" %.0f |", median(results[r][c], rounds));
		if (w[r].count >= 1000)
			printf(" %zu | %zu |\n", w[r].heap_each, w[r].rss_each);
		else
			printf(" - | - |\n");
	}
}

static unsigned int number(const char *text, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !n || n > max)
		fail("usage: stackbench [ROUNDS [SEGMENTS [ROWS]]]");
	return (unsigned int)n;
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? number(argv[1], ROUNDS_MAX) : 5;
	uint64_t segments = argc > 2 ? number(argv[2], 1u << 30) : 200000;
	unsigned int count = argc > 3 ? number(argv[3], ROWS) : ROWS;
	struct world w[ROWS];
	struct frames fr;

	frames_init(&fr);
	for (unsigned int r = 0; r < count; r++)
		world_init(&w[r], &fr, rows[r].flows, rows[r].batch);
	measure_all(w, count, &fr, rounds, segments);
	show(w, count, rounds);
	for (unsigned int r = 0; r < count; r++)
		world_fini(&w[r]);
	frames_fini(&fr);
	return 0;
}
