/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_vhost.c - any messages and any rings against a vhost-user port
 *
 * A row of steps: each has a letter, and what follows of it.
 *
 *	m HEADER PAYLOAD FDS	a message with FDS (0 to 8) descriptors
 *	w OFF LEN BYTES		the guest writes its memory (two bytes each)
 *	k INDEX			a kick
 *	s LEN			a frame of LEN * 256 bytes is sent to the guest
 *	u KIND			a whole start, features by KIND
 */
#include <assert.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "fake/fake_machine.h"
#include "fuzz/fuzz.h"
#include "link/vhost_net.h"

static int64_t now;

static int64_t fuzz_clock(void *arg)
{
	return now;
}

static void on_frame(struct ul_port *p, struct ul_frame *f, void *arg)
{
	assert(f->len && f->len <= UL_FRAME_MAX);
	memset(f->data, 0, f->len);
}

static void on_event(struct ul_port *p, void *arg)
{
}

static const struct ul_port_handler handler = {
	.frame = on_frame, .batch_end = on_event, .has_room = on_event,
	.detached = on_event,
};

static void step_message(struct fake_machine *m, struct ul_rd *r)
{
	struct ul_vhost_msg msg;
	size_t len = ul_rd_u8(r) | (size_t)ul_rd_u8(r) << 8;
	struct ul_rd own = ul_rd_sub(r, len);
	unsigned int count = ul_rd_u8(r) % (UL_VHOST_FDS_MAX + 1);
	int fds[UL_VHOST_FDS_MAX];

	for (unsigned int i = 0; i < count; i++)
		fds[i] = i % 2 ? m->mem.fd : m->kick[0];
	if (count > 1)
		fds[0] = m->mem.fd;
	if (!own.bad && !ul_vhost_msg_parse(&msg, &own))
		fake_machine_send(m, &msg, fds, count);
	else if (!own.bad && send(m->sock, own.p, own.left,
				   MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
	/* Replies are read, so that there may be more. */
	while (fake_machine_reply(m, &msg, NULL))
		;
}

static void step_write(struct fake_machine *m, struct ul_rd *r)
{
	size_t off = ((size_t)ul_rd_u16(r) * 64) % (FAKE_MEM_LEN - 65536);
	size_t len = ul_rd_u16(r);
	const uint8_t *p = ul_rd_take(r, len);

	if (p)
		memcpy(m->mem.data + off, p, len);
}

static void step_send(struct ul_port *port, size_t len)
{
	static struct ul_buf_pool *pool;
	struct ul_buf *buf;
	struct ul_piece piece;

	if (!pool)
		pool = ul_buf_pool_new(128 << 10, 256 << 20);
	buf = ul_buf_get(pool);
	if (!buf)
		return;
	memset(buf->data, 0x55, 65536);
	piece = (struct ul_piece){ buf->data, len, buf };
	if (port->is_attached)
		ul_port_send(port, &piece, 1, NULL);
	ul_buf_unref(buf);
}

static void run(struct fake_machine *m, struct ul_port *port, struct ul_rd *r)
{
	static const uint64_t kinds[] = {
		FAKE_F_MODERN, FAKE_F_MODERN | FAKE_F_PACKED, 0,
		FAKE_F_MODERN & ~FAKE_F_MRG,
	};

	for (int i = 0; i < 64 && !r->bad; i++) {
		switch (ul_rd_u8(r)) {
		case 'm':
			step_message(m, r);
			break;
		case 'w':
			step_write(m, r);
			break;
		case 'k':
			fake_machine_kick(m, ul_rd_u8(r) & 1);
			break;
		case 's':
			step_send(port, ul_rd_u8(r) * 256u + 14);
			break;
		case 'u':
			fake_machine_start(m, kinds[ul_rd_u8(r) & 3]);
			break;
		}
		now += 1000;
	}
	fake_machine_turn(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_loop *loop = ul_loop_new();
	struct ul_rd r = ul_rd_new(data, len);
	struct fake_machine m;
	struct ul_port *port;

	ul_log_set_level(UL_LOG_ERROR);
	ul_loop_set_clock(loop, fuzz_clock, NULL);
	fake_machine_init(&m, loop);
	port = ul_vhost_net_new(loop, m.theirs, &handler, NULL);
	assert(port);
	run(&m, port, &r);
	ul_port_free(port);
	fake_machine_fini(&m);
	ul_loop_free(loop);
	return 0;
}
