/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * txq.h - the bounded queue of frames that wait for a guest
 *
 * A frame is a copied head, with room for a length prefix in front, and body
 * pieces whose buffers the queue references. A frame of which a part was
 * written stays first until it is finished: a stream cannot drop it.
 */
#ifndef UL_LINK_TXQ_H
#define UL_LINK_TXQ_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "link/port.h"

#define UL_TXQ_FRAMES 1024
#define UL_TXQ_BYTES (4u << 20)
/*
 * More frames that hold no data of TCP's, only copied bytes: a reset or an
 * acknowledgement that a full queue refused would be lost for good.
 */
#define UL_TXQ_RESERVE 128

struct ul_txq;

/* In front of each frame, at most: a length or virtio's header. */
#define UL_TXQ_PREFIX_MAX 10

/*
 * @prefix_len bytes are in front of each frame: 4 that hold its length, or
 * those that are given with it.
 */
struct ul_txq *ul_txq_new(size_t prefix_len);
void ul_txq_free(struct ul_txq *q);

/* The contract of ul_port_send(): 0, -ENOBUFS or -EMSGSIZE. */
int ul_txq_push(struct ul_txq *q, const struct ul_piece *piece,
		unsigned int count);
int ul_txq_push_prefixed(struct ul_txq *q, const void *prefix,
			 const struct ul_piece *piece, unsigned int count);

bool ul_txq_is_empty(const struct ul_txq *q);
/* Below half of both limits. */
bool ul_txq_has_room(const struct ul_txq *q);

/*
 * Describe what is first in at most @max of @iov; how many were used. @max is
 * UL_PORT_PIECES_MAX + 1 or more, so that the first frame always fits.
 */
unsigned int ul_txq_peek(const struct ul_txq *q, struct iovec *iov,
			 unsigned int max);
/*
 * The same of frame @index (0: the first) alone, from its start. 0 when there
 * are not so many.
 */
unsigned int ul_txq_peek_frame(const struct ul_txq *q, unsigned int index,
			       struct iovec *iov, unsigned int max);
/* Bytes of the first frame, its prefix too. The queue is not empty. */
size_t ul_txq_first_len(const struct ul_txq *q);
/* @len bytes from the front were written. */
void ul_txq_consume(struct ul_txq *q, size_t len);
/* Drop the first frame. */
void ul_txq_pop(struct ul_txq *q);
/* Drop everything. */
void ul_txq_clear(struct ul_txq *q);
/* Give back the memory of an empty queue; one that is not empty keeps it. */
void ul_txq_trim(struct ul_txq *q);

#endif
