/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vhostbench.c - what a vhost-user port costs, without a machine
 *
 * vhostbench up|down LENGTH KIND BATCH COUNT: a driver in this process sends
 * (up) or receives (down) COUNT frames, BATCH of them at a time, of 60 bytes
 * or a super-frame of 64 KiB. KIND is split or packed; split-deaf and
 * packed-deaf have a driver that kicks for each frame or buffer, wanted or
 * not, and always wants to be called. It says frames, bytes, nanoseconds of
 * each frame, kicks and calls. For counts of instructions there is
 *
 *	valgrind --tool=callgrind --toggle-collect=device_turn
 *
 * where the port does all of its work, and the driver nothing.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake/fake_machine.h"
#include "fake/super_frame.h"
#include "wire/vnet.h"

#define RING_SIZE 1024
#define TX_RING_AT (512u << 10)
#define RX_BUF_LEN 1536
#define BATCH_MAX 16
#define PIECES 16
#define SMALL_LEN 60

struct bench {
	struct fake_machine m;
	struct ul_port *port;
	struct super_frame frame;
	struct ul_buf *buf;
	bool is_large, is_deaf;
	unsigned int batch;
	uint64_t kicks, got;
};

static void on_frame(struct ul_port *port, struct ul_frame *f, void *arg)
{
	struct bench *b = arg;

	b->got++;
}

static void on_event(struct ul_port *port, void *arg)
{
}

static const struct ul_port_handler handler = {
	.frame = on_frame, .batch_end = on_event, .has_room = on_event,
	.detached = on_event,
};

/* What callgrind looks at: by its name, so it stays a function. */
__attribute__((noinline)) void
device_turn(struct bench *b, unsigned int send);

void device_turn(struct bench *b, unsigned int send)
{
	size_t len = b->is_large ? b->frame.len : SMALL_LEN;
	struct ul_piece piece = { b->buf->data, len, b->buf };

	for (unsigned int i = 0; i < send; i++)
		if (ul_port_send(b->port, &piece, 1, b->is_large ?
				 &b->frame.offload : NULL) < 0)
			abort();
	if (ul_loop_turn(b->m.loop, 0) < 0)
		abort();
}

static void kick(struct bench *b, unsigned int index, bool is_wanted)
{
	uint64_t one = 1;

	if (!is_wanted && !b->is_deaf)
		return;
	if (write(b->m.kick[index], &one, sizeof(one)) != sizeof(one))
		abort();
	b->kicks++;
}

/* The same bytes each time: header of virtio's, then the frame. */
static void send_one(struct bench *b)
{
	struct fake_ring *r = &b->m.ring[FAKE_TX];
	size_t len = UL_VNET_HLEN_MRG +
		     (b->is_large ? b->frame.len : SMALL_LEN);
	unsigned int pieces = b->is_large ? PIECES : 1;
	struct fake_seg seg[PIECES];
	size_t part = len / pieces;

	for (unsigned int i = 0; i < pieces; i++)
		seg[i] = (struct fake_seg){
			FAKE_TX_BUFS + i * part, (uint32_t)(i + 1 == pieces ?
			len - i * part : part), false,
		};
	if (b->is_large)
		fake_ring_add_indirect(r, seg, pieces);
	else
		fake_ring_add(r, seg, pieces);
	if (b->is_deaf)
		kick(b, FAKE_TX, true);
}

static void up(struct bench *b)
{
	struct fake_ring *r = &b->m.ring[FAKE_TX];
	uint64_t until = b->got + b->batch;
	uint16_t id;
	uint32_t len;

	for (unsigned int i = 0; i < b->batch; i++)
		send_one(b);
	if (!b->is_deaf)
		kick(b, FAKE_TX, fake_ring_must_kick(r));
	while (b->got < until)
		device_turn(b, 0);
	while (fake_ring_used(r, &id, &len))
		;
	/* Linux asks to be called when most of the ring is in use only. */
	fake_ring_want_calls(r, b->is_deaf);
}

static void offer_one(struct bench *b)
{
	struct fake_ring *r = &b->m.ring[FAKE_RX];
	struct fake_seg seg = {
		FAKE_RX_BUFS + r->next * RX_BUF_LEN, RX_BUF_LEN, true,
	};

	fake_ring_add(r, &seg, 1);
	if (b->is_deaf)
		kick(b, FAKE_RX, true);
}

static void down(struct bench *b)
{
	struct fake_ring *r = &b->m.ring[FAKE_RX];
	unsigned int used = 0;
	uint16_t id;
	uint32_t len;

	device_turn(b, b->batch);
	for (; fake_ring_used(r, &id, &len); used++)
		b->got += used == 0 ? b->batch : 0;
	while (used--)
		offer_one(b);
	if (!b->is_deaf)
		kick(b, FAKE_RX, fake_ring_must_kick(r));
	fake_ring_want_calls(r, true);
}

static void fill_frames(struct bench *b)
{
	struct ul_buf_pool *pool = ul_buf_pool_new(128 << 10, 1 << 20);
	struct ul_vnet h = { 0 };
	struct ul_wr w = ul_wr_new(b->m.mem.data + FAKE_TX_BUFS,
				   FAKE_TX_BUF_LEN);

	super_frame_make(&b->frame, &super_kinds[0]);
	if (b->is_large) {
		h.offload = b->frame.offload;
		h.gso = UL_VNET_GSO_TCP4;
		h.hdr_len = (uint16_t)b->frame.hdr_len;
	}
	ul_vnet_emit(&w, &h, UL_VNET_HLEN_MRG);
	ul_wr_bytes(&w, b->frame.frame, b->frame.len);
	b->buf = ul_buf_get(pool);
	memcpy(b->buf->data, b->frame.frame, b->frame.len);
}

static void start(struct bench *b, const char *kind)
{
	bool is_packed = strstr(kind, "packed");
	struct ul_vring_conf conf = {
		.is_packed = is_packed, .has_indirect = true,
		.has_event_idx = !b->is_deaf, .size = RING_SIZE,
	};

	b->m.features = FAKE_F_MODERN | (is_packed ? FAKE_F_PACKED : 0);
	if (b->is_deaf)
		b->m.features &= ~FAKE_F_EVENT;
	fake_machine_send_u64(&b->m, UL_VHOST_SET_FEATURES, b->m.features,
			      -1);
	fake_machine_send_table(&b->m);
	for (unsigned int i = 0; i < 2; i++) {
		fake_ring_init(&b->m.ring[i], &b->m.mem, i ? TX_RING_AT : 0,
			       &conf);
		b->m.base[i] = is_packed ? 0x80008000 : 0;
		fake_machine_start_ring(&b->m, i);
	}
	for (unsigned int i = 0; i < RING_SIZE; i++)
		offer_one(b);
	fake_ring_want_calls(&b->m.ring[FAKE_RX], true);
	fake_machine_kick(&b->m, FAKE_RX);
	fake_machine_kick(&b->m, FAKE_TX);
	b->kicks = 0;
}

static void add_calls(const char *name, uint64_t n, void *arg)
{
	uint64_t *calls = arg;

	if (strstr(name, "-calls"))
		*calls += n;
}

static uint64_t calls(const struct bench *b)
{
	uint64_t n = 0;

	b->port->ops->each_counter(b->port, add_calls, &n);
	return n;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void measure(struct bench *b, bool is_up, uint64_t count)
{
	uint64_t before = calls(b);
	size_t len = b->is_large ? b->frame.len : SMALL_LEN;
	double begin = now();

	b->got = 0;
	while (b->got < count)
		is_up ? up(b) : down(b);
	printf("%llu %llu %.1f %llu %llu\n", (unsigned long long)b->got,
	       (unsigned long long)(b->got * len),
	       (now() - begin) * 1e9 / (double)b->got,
	       (unsigned long long)b->kicks,
	       (unsigned long long)(calls(b) - before));
}

int main(int argc, char **argv)
{
	static struct bench b;
	unsigned long count = argc > 5 ? strtoul(argv[5], NULL, 10) : 0;

	b.batch = argc > 4 ? (unsigned int)strtoul(argv[4], NULL, 10) : 0;
	if (!count || !b.batch || b.batch > BATCH_MAX) {
		fprintf(stderr, "vhostbench up|down 60|65536 KIND BATCH COUNT\n");
		return 2;
	}
	b.is_large = strtoul(argv[2], NULL, 10) > SMALL_LEN;
	b.is_deaf = strstr(argv[3], "-deaf");
	fake_machine_init(&b.m, ul_loop_new());
	b.port = ul_vhost_net_new(b.m.loop, b.m.theirs, &handler, &b);
	if (!b.port)
		return 1;
	fill_frames(&b);
	start(&b, argv[3]);
	measure(&b, !strcmp(argv[1], "up"), count);
	return 0;
}
