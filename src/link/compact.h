/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * compact.h - copies of frames, packed close together
 *
 * A queued frame keeps the whole receive buffer that it lies in, which a
 * guest that does not read would keep for ever. A copy takes no more than its
 * own bytes: copies fill a buffer one behind the other, and go on in the next.
 */
#ifndef UL_LINK_COMPACT_H
#define UL_LINK_COMPACT_H

#include "base/buf.h"
#include "link/port.h"

/*
 * Buffers of a pool for ul_compact: the longest frame is in six of them at
 * most, so that a port has two pieces left for headers of its own.
 */
#define UL_COMPACT_BUF_SIZE (16u << 10)

/* Zero-initialised it is empty; its pool is named with each copy. */
struct ul_compact {
	struct ul_buf *buf;		/* being filled */
	size_t used;
};

/*
 * Copy the @len bytes at @data, a frame's at most. How many of @out were
 * written, each with a reference for the caller; -ENOBUFS when the pool has
 * no more.
 */
int ul_compact_copy(struct ul_compact *c, struct ul_buf_pool *pool,
		    const void *data, size_t len,
		    struct ul_piece out[UL_PORT_PIECES_MAX]);

/* Drop the references of @count pieces. */
void ul_compact_unref(const struct ul_piece *piece, unsigned int count);

/* Let go of the buffer. Copies stay. */
void ul_compact_clear(struct ul_compact *c);

#endif
