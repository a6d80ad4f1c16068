/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_stream.c - any bytes in any pieces into a port on a stream socket
 *
 * The input says how the guest's bytes are cut into writes, and which frames
 * are kept for how long: a byte of how much to write and what to do next,
 * then that many bytes of the stream. A second reading of all bytes at once
 * says which frames there are; the port must hand up the same, must leave at
 * the same byte what is no framing, and must not touch what is kept.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "base/cursor.h"
#include "base/log.h"
#include "fuzz.h"
#include "link/stream.h"
#include "wire/qframe.h"

#define INPUT_MAX 4096
#define REPEAT_MAX 80		/* a frame's length may be up to 69632 */
#define KEPT_MAX 16
#define TURNS 3

enum {				/* of a piece's first byte */
	PIECE_LEN = 0x3f,
	PIECE_KEEP = 0x40,	/* keep the frames that it ends */
	PIECE_SEND = 0x80,	/* and send one back */
};

struct kept {
	struct ul_buf *buf;
	const uint8_t *data;
	size_t len;
	uint32_t sum;
};

static struct {
	struct ul_loop *loop;
	struct ul_port *port;
	int guest;
	GByteArray *stream;		/* all that the guest wrote */
	size_t heard;			/* bytes of it that came as frames */
	bool is_keeping, is_over;
	struct kept kept[KEPT_MAX];
	unsigned int kept_count;
} run;

static uint32_t sum_of(const uint8_t *data, size_t len)
{
	uint32_t sum = 1;

	for (size_t i = 0; i < len; i++)
		sum = sum * 31 + data[i];
	return sum;
}

static void release(void)
{
	while (run.kept_count) {
		struct kept *k = &run.kept[--run.kept_count];

		assert(sum_of(k->data, k->len) == k->sum);
		ul_buf_unref(k->buf);
	}
}

static void on_frame(struct ul_port *port, struct ul_frame *f, void *arg)
{
	struct ul_rd r = ul_rd_new(run.stream->data + run.heard,
				   run.stream->len - run.heard);
	const uint8_t *want;
	size_t len;

	assert(!run.is_over);
	assert(ul_qframe_next(&r, &want, &len) == 1);
	assert(f->len == len && !memcmp(f->data, want, len));
	run.heard = run.stream->len - r.left;
	if (!run.is_keeping) {
		memset(f->data, 0xee, f->len);
		return;
	}
	if (run.kept_count == KEPT_MAX)
		release();
	run.kept[run.kept_count++] = (struct kept){
		ul_buf_ref(f->buf), f->data, f->len, sum_of(f->data, f->len),
	};
}

static void on_event(struct ul_port *port, void *arg)
{
}

static void on_detached(struct ul_port *port, void *arg)
{
	run.is_over = true;
}

static const struct ul_port_handler handler = {
	.frame = on_frame,
	.batch_end = on_event,
	.has_room = on_event,
	.detached = on_detached,
};

static void turns(void)
{
	for (int i = 0; i < TURNS; i++)
		assert(!ul_loop_turn(run.loop, 0));
}

static void guest_writes(const uint8_t *data, size_t len)
{
	g_byte_array_append(run.stream, data, (guint)len);
	while (len && !run.is_over) {
		ssize_t n = send(run.guest, data, len,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		turns();
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
}

/*
 * A piece, and behind it much that is the same where a large frame is
 * begun, or no input would ever finish one.
 */
static void play_piece(struct ul_rd *r)
{
	static uint8_t same[1024];
	uint8_t how = ul_rd_u8(r);
	size_t len = how & PIECE_LEN;
	const uint8_t *data;
	struct ul_piece echo = { "echo", 4, NULL };

	len = len < r->left ? len : r->left;
	data = ul_rd_take(r, len);
	run.is_keeping = how & PIECE_KEEP;
	guest_writes(data, len);
	if (how & PIECE_SEND)
		ul_port_send(run.port, &echo, 1, NULL);
	if (len != 4)
		return;
	for (int i = 0; i < (data[1] & 1 ? REPEAT_MAX : data[2] >> 2); i++)
		guest_writes(same, sizeof(same));
}

static void check_end(void)
{
	struct ul_rd r = ul_rd_new(run.stream->data + run.heard,
				   run.stream->len - run.heard);
	const uint8_t *data;
	size_t len;
	int ret = ul_qframe_next(&r, &data, &len);

	/* All whole frames were heard; it is over when the framing broke. */
	assert(ret != 1 || run.is_over);
	assert(run.is_over == (ret < 0));
	assert(run.is_over == !run.port->is_attached);
	assert(run.port->stats.rx_bad == (run.is_over ? 1 : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new((uint8_t *)data,
				   len < INPUT_MAX ? len : INPUT_MAX);
	int fd[2];

	ul_log_set_level(UL_LOG_ERROR);
	memset(&run, 0, sizeof(run));
	run.stream = g_byte_array_sized_new(INPUT_MAX);
	run.loop = ul_loop_new();
	assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	run.guest = fd[1];
	run.port = ul_stream_new(run.loop, fd[0], &handler, NULL);
	while (r.left && !run.is_over)
		play_piece(&r);
	turns();
	check_end();
	release();
	close(run.guest);
	turns();
	assert(run.is_over);
	ul_port_free(run.port);
	ul_loop_free(run.loop);
	g_byte_array_free(run.stream, TRUE);
	return 0;
}
