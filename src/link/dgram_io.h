/* SPDX-License-Identifier: BSD-3-Clause */
/* dgram_io.h - many frames at once from and to a socket of datagrams */
#ifndef UL_LINK_DGRAM_IO_H
#define UL_LINK_DGRAM_IO_H

#include <sys/socket.h>
#include <sys/un.h>

#include "link/port.h"
#include "link/txq.h"

#define UL_DGRAM_BATCH 16

/* One datagram as it was received, valid until the next are. */
struct ul_dgram {
	const uint8_t *data;
	size_t len;
	bool is_cut;			/* longer than UL_FRAME_MAX */
	const struct sockaddr_un *from;	/* @from_len 0: not known */
	socklen_t from_len;
	bool has_cred;
	struct ucred cred;
};

/* Where datagrams are received to. Zeroed it has no memory yet. */
struct ul_dgram_rx {
	bool wants_cred;		/* the socket has SO_PASSCRED */
	struct ul_dgram_stage *stage;
	struct ul_dgram in[UL_DGRAM_BATCH];
};

/*
 * Receive what waits at @fd into rx->in: how many, 0 when nothing waits, or
 * -errno (-ENOMEM too).
 */
int ul_dgram_receive(struct ul_dgram_rx *rx, int fd);
/* Does it say "VFKT" and no more? */
bool ul_dgram_is_greeting(const struct ul_dgram *in);
/* Give its memory back; the next ul_dgram_receive() takes it again. */
void ul_dgram_rx_release(struct ul_dgram_rx *rx);

/*
 * A port's copies of its frames, packed into buffers. They are copies, so
 * that ports on one socket cannot use up each other's memory.
 */
struct ul_frame_store {
	struct ul_buf_pool *pool;
	struct ul_buf *buf;		/* NULL until something was stored */
	size_t used;
};

void ul_frame_store_init(struct ul_frame_store *store);
void ul_frame_store_fini(struct ul_frame_store *store);
/* Is there room for a whole batch, of whatever length? */
bool ul_frame_store_has_room(const struct ul_frame_store *store);
/* *@frame is valid until the next is stored. -ENOBUFS at the limit. */
int ul_frame_store_put(struct ul_frame_store *store, const uint8_t *data,
		       size_t len, struct ul_frame *frame);
void ul_frame_store_trim(struct ul_frame_store *store);

/* About what the kernel charges for a datagram besides its bytes. */
#define UL_DGRAM_OVERHEAD 768

/*
 * Send what @q holds over @fd, to @to unless it is NULL, up to @cost_max (the
 * last frame may go over it). 1 when all is sent; 0 when the rest has to
 * wait; -errno when nobody is there. A frame that is too long for the socket
 * is dropped. *@cost grows by what was sent.
 */
int ul_dgram_send(struct ul_txq *q, int fd, const struct sockaddr_un *to,
		  socklen_t to_len, size_t cost_max, size_t *cost);

#endif
