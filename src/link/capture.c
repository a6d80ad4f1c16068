/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture.c - one capture of frames, as pcapng, into a descriptor
 *
 * An interface block is written before the first frame of a name. When that
 * block has no room, the name is not known yet and the frame is left out
 * with it: a packet never refers to an interface that is not there.
 *
 * What a pipe had no room for is tried again by a timer, so that the last
 * frames before a silence reach a reader, and those before the end too.
 */
#include "link/capture.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <glib.h>

#include "link/record_file.h"

#define INTERFACES_MAX 4096	/* names; ports that come later share one */
#define FLUSH_US 50000
#define DRAIN_US 5000000ll	/* for what waits at the end */
#define OTHERS "others"
#define IOV_COUNT (UL_PORT_PIECES_MAX + 2)	/* head and tail */

struct interface {
	uint32_t number;
	uint64_t frames, left_out;
};

struct ul_capture {
	struct ul_capture_conf conf;
	struct ul_record_file *file;	/* NULL when it has ended */
	const char *why;		/* it ended */
	GHashTable *interfaces;		/* of struct interface, by name */
	struct ul_timer flush;
	int64_t drained_us;		/* closed then, whatever waits */
	struct ul_capture_stats stats;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static const char *why_of(int err)
{
	switch (err) {
	case EPIPE:
	case ECONNRESET:
		return "the reader is gone";
	case ENOSPC:
	case EDQUOT:
		return "the disk is full";
	case EFBIG:
		return "the file may not grow further";
	}
	return "a write failed";
}

/* Closed, without a last word. */
static void close_file(struct ul_capture *c, const char *why)
{
	if (!c->why)
		c->why = why;
	ul_timer_cancel(c->conf.loop, &c->flush);
	ul_record_file_free(c->file);
	c->file = NULL;
}

/* 0; -EAGAIN left out; otherwise it has ended. */
static int put(struct ul_capture *c, const struct iovec *iov, int count)
{
	int ret = ul_record_file_write(c->file, iov, count);

	if (ret < 0 && ret != -EAGAIN)
		close_file(c, why_of(-ret));
	else if (ul_record_file_is_waiting(c->file) &&
		 !ul_timer_is_armed(&c->flush))
		ul_timer_set(c->conf.loop, &c->flush,
			     ul_loop_now(c->conf.loop) + FLUSH_US);
	return ret;
}

static int put_block(struct ul_capture *c, const struct ul_wr *w)
{
	struct iovec iov = { w->start, w->len };

	return put(c, &iov, 1);
}

static void on_flush(int64_t now_us, void *arg)
{
	struct ul_capture *c = arg;
	int ret = ul_record_file_flush(c->file);

	if (ret < 0)
		close_file(c, why_of(-ret));
	else if (c->why && (!ul_record_file_is_waiting(c->file) ||
			    now_us >= c->drained_us))
		close_file(c, c->why);
	else if (ul_record_file_is_waiting(c->file))
		ul_timer_set(c->conf.loop, &c->flush, now_us + FLUSH_US);
}

struct ul_capture *ul_capture_new(const struct ul_capture_conf *conf,
				  int take_fd)
{
	struct ul_capture *c = g_new0(struct ul_capture, 1);
	uint8_t block[UL_PCAPNG_BLOCK_MAX];
	struct ul_wr w = ul_wr_new(block, sizeof(block));

	c->conf = *conf;
	c->file = ul_record_file_new(take_fd);
	c->interfaces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					      g_free);
	ul_timer_init(&c->flush, on_flush, c);
	ul_pcapng_section(&w, conf->application);
	put_block(c, &w);
	return c;
}

void ul_capture_free(struct ul_capture *c)
{
	if (!c)
		return;
	ul_capture_end(c, "the network ends");
	if (c->file)
		close_file(c, c->why);
	g_hash_table_unref(c->interfaces);
	g_free(c);
}

static struct interface *add_interface(struct ul_capture *c, const char *name)
{
	uint8_t block[UL_PCAPNG_BLOCK_MAX];
	struct ul_wr w = ul_wr_new(block, sizeof(block));
	struct interface *i;

	ul_pcapng_interface(&w, name, c->conf.snap_len ? c->conf.snap_len :
							 UL_FRAME_MAX);
	if (put_block(c, &w) < 0)
		return NULL;
	i = g_new0(struct interface, 1);
	i->number = g_hash_table_size(c->interfaces);
	g_hash_table_insert(c->interfaces, g_strdup(name), i);
	return i;
}

/* NULL when its block could not be written. */
static struct interface *interface_of(struct ul_capture *c, const char *name)
{
	struct interface *i = g_hash_table_lookup(c->interfaces, name);

	if (!i && g_hash_table_size(c->interfaces) >= INTERFACES_MAX) {
		name = OTHERS;
		i = g_hash_table_lookup(c->interfaces, name);
	}
	return i ? i : add_interface(c, name);
}

/* Head, the first @len bytes of the pieces, and tail; how many were used. */
static int put_packet(struct ul_capture *c, const struct ul_pcapng_packet *p,
		      const struct ul_piece *piece, unsigned int count)
{
	uint8_t head[UL_PCAPNG_PACKET_HLEN], tail[UL_PCAPNG_PACKET_TLEN_MAX];
	struct ul_wr h = ul_wr_new(head, sizeof(head));
	struct ul_wr t = ul_wr_new(tail, sizeof(tail));
	struct iovec iov[IOV_COUNT];
	size_t left = p->cap_len;
	int n = 0;

	ul_pcapng_packet_head(&h, p);
	ul_pcapng_packet_tail(&t, p);
	iov[n++] = (struct iovec){ head, h.len };
	for (unsigned int i = 0; i < count && left; i++) {
		size_t len = MIN(left, piece[i].len);

		iov[n++] = (struct iovec){ (void *)(uintptr_t)piece[i].data,
					   len };
		left -= len;
	}
	iov[n++] = (struct iovec){ tail, t.len };
	return put(c, iov, n);
}

void ul_capture_frame(struct ul_capture *c, const char *name,
		      enum ul_pcapng_direction direction,
		      const struct ul_piece *piece, unsigned int count)
{
	size_t len = ul_pieces_len(piece, count);
	struct ul_pcapng_packet p = {
		.time_ns = now_ns(), .len = (uint32_t)len,
		.direction = direction,
	};
	struct interface *i;

	if (c->why || count > UL_PORT_PIECES_MAX || len > UL_FRAME_MAX)
		return;
	i = interface_of(c, name);
	if (!i) {
		c->stats.left_out++;
		return;
	}
	p.interface = i->number;
	p.cap_len = c->conf.snap_len ? MIN(p.len, c->conf.snap_len) : p.len;
	if (put_packet(c, &p, piece, count) < 0) {
		c->stats.left_out++;
		i->left_out++;
		return;
	}
	i->frames++;
	c->stats.frames++;
	c->stats.bytes += p.cap_len;
	if (c->conf.count && c->stats.frames >= c->conf.count)
		ul_capture_end(c, "all frames that were wanted are there");
}

void ul_capture_end(struct ul_capture *c, const char *why)
{
	uint8_t block[UL_PCAPNG_BLOCK_MAX];
	GHashTableIter iter;
	gpointer value;

	if (c->why)
		return;
	g_hash_table_iter_init(&iter, c->interfaces);
	while (c->file && g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct interface *i = value;
		struct ul_wr w = ul_wr_new(block, sizeof(block));

		ul_pcapng_statistics(&w, i->number, now_ns(),
				     i->frames + i->left_out, i->left_out);
		put_block(c, &w);
	}
	if (!c->file)
		return;
	c->why = why;
	c->drained_us = ul_loop_now(c->conf.loop) + DRAIN_US;
	if (!ul_record_file_is_waiting(c->file))
		close_file(c, why);
}

const char *ul_capture_why_ended(const struct ul_capture *c)
{
	return c->why;
}

struct ul_capture_stats ul_capture_stats(const struct ul_capture *c)
{
	return c->stats;
}
