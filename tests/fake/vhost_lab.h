/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_lab.h - a vhost-user port, a machine at it, and what the port said */
#ifndef UL_TESTS_VHOST_LAB_H
#define UL_TESTS_VHOST_LAB_H

#include <unistd.h>

#include "fake/fake_machine.h"
#include "fake/super_frame.h"
#include "harness.h"
#include "wire/vnet.h"

struct seen {
	unsigned int frames, batches, detached, has_room;
	size_t len;
	struct ul_offload offload;
	uint8_t data[UL_FRAME_MAX];
	struct ul_buf *kept[4096];	/* while keeps */
	bool keeps;
};

static int64_t now;
static struct ul_loop *loop;
static struct ul_port *port;
static struct fake_machine m;
static struct seen seen;

static int64_t lab_clock(void *arg)
{
	return now;
}

static void lab_frame(struct ul_port *p, struct ul_frame *f, void *arg)
{
	ck_assert_uint_le(f->len, sizeof(seen.data));
	memcpy(seen.data, f->data, f->len);
	seen.len = f->len;
	seen.offload = f->offload;
	if (seen.keeps)
		seen.kept[seen.frames] = ul_buf_ref(f->buf);
	seen.frames++;
	/* Its receiver may change it: the guest's own must not. */
	memset(f->data, 0xee, f->len);
}

static void lab_batch_end(struct ul_port *p, void *arg)
{
	seen.batches++;
}

static void lab_has_room(struct ul_port *p, void *arg)
{
	seen.has_room++;
}

static void lab_detached(struct ul_port *p, void *arg)
{
	seen.detached++;
}

static const struct ul_port_handler lab_handler = {
	.frame = lab_frame, .batch_end = lab_batch_end,
	.has_room = lab_has_room, .detached = lab_detached,
};

static void lab_setup(void)
{
	seen = (struct seen){ 0 };
	loop = ul_loop_new();
	now = 1000000;
	ul_loop_set_clock(loop, lab_clock, NULL);
	fake_machine_init(&m, loop);
	port = ul_vhost_net_new(loop, m.theirs, &lab_handler, NULL);
	ck_assert_ptr_nonnull(port);
}

static void lab_teardown(void)
{
	ul_port_free(port);
	fake_machine_fini(&m);
	ul_loop_free(loop);
}

/* Send a header of virtio's and @len bytes of a frame. */
static void lab_transmit(const struct ul_vnet *h, const void *frame,
			 size_t len, unsigned int pieces)
{
	static uint8_t data[FAKE_TX_BUF_LEN];
	struct ul_wr w = ul_wr_new(data, sizeof(data));
	bool is_long = m.features & (FAKE_F_VERSION_1 | FAKE_F_MRG);

	ul_vnet_emit(&w, h, is_long ? UL_VNET_HLEN_MRG : UL_VNET_HLEN);
	ul_wr_bytes(&w, frame, len);
	ck_assert(!w.bad);
	fake_machine_transmit(&m, data, w.len, pieces);
}

static inline void lab_transmit_plain(const void *frame, size_t len)
{
	struct ul_vnet h = { 0 };

	lab_transmit(&h, frame, len, 2);
}

static inline int lab_send(const void *data, size_t len,
		    const struct ul_offload *offload)
{
	struct ul_buf_pool *pool = ul_buf_pool_new(128 << 10, 1 << 20);
	struct ul_buf *buf = ul_buf_get(pool);
	struct ul_piece piece = { buf->data, len, buf };
	int ret;

	memcpy(buf->data, data, len);
	ret = ul_port_send(port, &piece, 1, offload);
	ul_buf_unref(buf);
	ul_buf_pool_free(pool);
	return ret;
}

#endif
