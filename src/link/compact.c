/* SPDX-License-Identifier: BSD-3-Clause */
/* compact.c - copies of frames, packed close together */
#include "link/compact.h"

#include <assert.h>
#include <errno.h>

#include "base/cursor.h"

static_assert(UL_FRAME_MAX <= 5 * (UL_COMPACT_BUF_SIZE -
				   sizeof(struct ul_buf)),
	      "a part, and five buffers, hold the longest frame");

void ul_compact_clear(struct ul_compact *c)
{
	ul_buf_unref(c->buf);
	*c = (struct ul_compact){ 0 };
}

/* Room in the buffer that is being filled, which may be another then. */
static size_t make_room(struct ul_compact *c, struct ul_buf_pool *pool)
{
	/* All copies in it are gone. */
	if (c->buf && c->buf->refs == 1)
		c->used = 0;
	if (c->buf && c->used < c->buf->cap)
		return c->buf->cap - c->used;
	ul_compact_clear(c);
	c->buf = ul_buf_get(pool);
	return c->buf ? c->buf->cap : 0;
}

void ul_compact_unref(const struct ul_piece *piece, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		ul_buf_unref(piece[i].buf);
}

int ul_compact_copy(struct ul_compact *c, struct ul_buf_pool *pool,
		    const void *data, size_t len,
		    struct ul_piece out[UL_PORT_PIECES_MAX])
{
	struct ul_rd r = ul_rd_new(data, len);
	unsigned int n = 0;

	while (r.left && n < UL_PORT_PIECES_MAX) {
		size_t room = make_room(c, pool);
		size_t part = room < r.left ? room : r.left;

		if (!room)
			break;
		ul_rd_bytes(&r, c->buf->data + c->used, part);
		out[n++] = (struct ul_piece){
			c->buf->data + c->used, part, ul_buf_ref(c->buf),
		};
		c->used += part;
	}
	if (!r.left)
		return (int)n;
	ul_compact_unref(out, n);
	return -ENOBUFS;
}
