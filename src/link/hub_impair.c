/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hub_impair.c - the line of a plug: cut, or bad on purpose
 *
 * What a guest sends is late or lost before the switch looks at it; what it
 * is sent, behind rate and size limits, before its port's own queue. A port
 * whose line is good has no stage, and costs one branch.
 *
 * Frames that are lost by chance are those that a wire would carry: a
 * super-frame is cut before it is drawn for.
 */
#include "link/hub_priv.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "link/gso.h"

/*
 * Buffers for frames whose time has come: usual ones have small ones, so that
 * a turn that comes late finds room for all of them.
 */
#define LATE_SIZE (128u << 10)
#define LATE_SMALL_SIZE 2048u
#define LATE_MAX (64u << 20)

static struct ul_buf *get_buf(const struct ul_hub *hub, size_t len)
{
	return ul_buf_get(len <= ul_buf_pool_cap(hub->late_small) ?
			  hub->late_small : hub->late);
}

/* Its time has come to enter the switch, in a buffer as from a port. */
static int release_in(const uint8_t *data, size_t len,
		      const struct ul_offload *offload, void *arg)
{
	struct ul_plug *p = arg;
	struct ul_buf *buf = get_buf(p->hub, len);
	struct ul_frame frame = {
		.len = len, .buf = buf, .offload = *offload,
	};

	if (!buf) {
		p->stats.delay_full++;
		return 0;
	}
	memcpy(buf->data, data, len);
	frame.data = buf->data;
	ul_hub_accept(p, &frame);
	ul_buf_unref(buf);
	return 0;
}

static int release_out(const uint8_t *data, size_t len,
		       const struct ul_offload *offload, void *arg)
{
	struct ul_plug *p = arg;
	int ret = ul_plug_send_copy(p, data, len, offload);

	/* Only its port says when there is room again. */
	if (ret == -ENOBUFS && p->is_full)
		return ret;
	if (ret == -ENOBUFS)
		p->stats.tx_dropped++;
	return 0;
}

static void out_has_room(void *arg)
{
	struct ul_plug *p = arg;

	if (!p->is_full)
		ul_plug_resume(p);
}

static const struct ul_impair_handler handler_in = { .release = release_in };
static const struct ul_impair_handler handler_out = {
	.release = release_out, .has_room = out_has_room,
};

static bool is_bad(const struct ul_impair_conf *c)
{
	return c->delay_us || c->jitter_us || c->loss_ppm;
}

/* Its stage is there, or need not be. */
static bool reserve(struct ul_plug *p, struct ul_impair **stage,
		    const struct ul_impair_handler *handler,
		    const struct ul_impair_conf *conf)
{
	if (!*stage && is_bad(conf))
		*stage = ul_impair_new(p->hub->loop, handler, p,
				       (uint64_t)g_random_int() << 32 |
				       g_random_int() | 1);
	return *stage || !is_bad(conf);
}

int ul_plug_reserve_line(struct ul_plug *p, const struct ul_plug_conf *conf)
{
	return reserve(p, &p->line_in, &handler_in, &conf->impair_in) &&
	       reserve(p, &p->line_out, &handler_out, &conf->impair_out) ?
	       0 : -ENOMEM;
}

static void set(struct ul_plug *p, struct ul_impair *stage,
		const struct ul_impair_conf *conf)
{
	if (!stage)
		return;
	if (!p->hub->late) {
		p->hub->late = ul_buf_pool_new(LATE_SIZE, LATE_MAX);
		p->hub->late_small = ul_buf_pool_new(LATE_SMALL_SIZE,
						     LATE_MAX);
	}
	ul_impair_set(stage, conf);
}

void ul_plug_set_line(struct ul_plug *p)
{
	set(p, p->line_in, &p->conf.impair_in);
	set(p, p->line_out, &p->conf.impair_out);
	p->has_line = p->conf.is_down || p->line_in || p->line_out;
	if (p->conf.is_down != p->is_told_down && p->port->ops->set_link)
		p->port->ops->set_link(p->port, !p->conf.is_down);
	p->is_told_down = p->conf.is_down;
}

void ul_plug_free_line(struct ul_plug *p)
{
	ul_impair_free(p->line_in);
	ul_impair_free(p->line_out);
	p->line_in = p->line_out = NULL;
	p->has_line = false;
}

struct cut {
	struct ul_plug *plug;
	struct ul_impair *stage;
	int (*release)(const uint8_t *data, size_t len,
		       const struct ul_offload *offload, void *arg);
	enum ul_impaired fate;		/* of the last piece */
	bool is_partly_taken;
};

/* It was neither lost nor delayed, but is a frame of its own now. */
static int pass_on(const struct cut *c, const struct ul_piece *piece,
		   unsigned int count)
{
	static const struct ul_offload whole;
	struct ul_buf *buf = get_buf(c->plug->hub,
				     ul_pieces_len(piece, count));
	struct ul_wr w;
	int ret;

	if (!buf)
		return -ENOBUFS;
	w = ul_wr_new(buf->data, buf->cap);
	for (unsigned int i = 0; i < count; i++)
		ul_wr_bytes(&w, piece[i].data, piece[i].len);
	ret = c->release(buf->data, w.len, &whole, c->plug);
	ul_buf_unref(buf);
	return ret;
}

/* A frame that is part of one is on its way, whatever becomes of the rest. */
static int put_segment(const struct ul_piece *piece, unsigned int count,
		       void *arg)
{
	struct cut *c = arg;

	c->fate = ul_impair_put(c->stage, piece, count, NULL);
	if (c->fate == UL_IMPAIRED_NOT && pass_on(c, piece, count) < 0)
		c->fate = UL_IMPAIRED_FULL;
	if (c->fate == UL_IMPAIRED_FULL)
		return -ENOBUFS;
	c->is_partly_taken = true;
	if (c->fate == UL_IMPAIRED_LOST)
		c->plug->stats.lost++;
	return 0;
}

/* The fate of a frame, whole or cut. */
static enum ul_impaired put(struct ul_plug *p, struct ul_impair *stage,
			    const struct ul_impair_conf *conf,
			    const struct ul_piece *piece, unsigned int count,
			    const struct ul_offload *offload)
{
	struct cut c = {
		.plug = p, .stage = stage,
		.release = stage == p->line_in ? release_in : release_out,
	};

	if (!conf->loss_ppm || !offload || !offload->gso_size) {
		c.fate = ul_impair_put(stage, piece, count, offload);
		p->stats.lost += c.fate == UL_IMPAIRED_LOST;
		return c.fate;
	}
	ul_gso_split(piece, count, offload, put_segment, &c);
	if (c.is_partly_taken)
		return UL_IMPAIRED_LATE;
	/* Facts that are false are for whoever refuses such a frame. */
	return c.fate;
}

bool ul_plug_takes_in(struct ul_plug *p, const struct ul_frame *frame)
{
	struct ul_piece piece = { frame->data, frame->len, NULL };
	enum ul_impaired fate = UL_IMPAIRED_NOT;

	if (p->conf.is_down) {
		p->stats.link_down++;
		return false;
	}
	if (p->line_in)
		fate = put(p, p->line_in, &p->conf.impair_in, &piece, 1,
			   &frame->offload);
	p->stats.delay_full += fate == UL_IMPAIRED_FULL;
	return fate == UL_IMPAIRED_NOT;
}

int ul_plug_puts_out(struct ul_plug *p, const struct ul_piece *piece,
		     unsigned int count, const struct ul_offload *offload,
		     bool *goes_on)
{
	enum ul_impaired fate = UL_IMPAIRED_NOT;

	*goes_on = false;
	if (p->conf.is_down) {
		p->stats.link_down++;
		return 0;
	}
	if (p->line_out)
		fate = put(p, p->line_out, &p->conf.impair_out, piece, count,
			   offload);
	*goes_on = fate == UL_IMPAIRED_NOT;
	return fate == UL_IMPAIRED_FULL ? -ENOBUFS : 0;
}
