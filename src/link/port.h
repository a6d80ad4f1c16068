/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port.h - where a guest's frames come in and go out
 *
 * A port reads frames in batches and hands them up; frames for the guest are
 * queued and written together at the end of the turn. Its queue is bounded:
 * a full one refuses a frame, which TCP holds back and all else drops.
 */
#ifndef UL_LINK_PORT_H
#define UL_LINK_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/offload.h"

/* The longest frame on any wire of ours: QEMU's NET_BUFSIZE. */
#define UL_FRAME_MAX 69632
/* Bytes of a frame that may be copied into the queue (pieces without buf). */
#define UL_PORT_HEAD_MAX 124
/* Pieces of one frame at most. */
#define UL_PORT_PIECES_MAX 8

#define UL_PORT_NAME_MAX 63

struct ul_port;

/*
 * One received frame, valid for the call. @data is writable, since TCP input
 * turns its header to host order in place; a reference on @buf keeps it.
 */
struct ul_frame {
	uint8_t *data;
	size_t len;
	struct ul_buf *buf;
	struct ul_offload offload;
};

/*
 * A part of a frame to send. With @buf the queue takes a reference of its
 * own; without, the bytes are copied and may not exceed UL_PORT_HEAD_MAX in
 * all of the frame's pieces together.
 */
struct ul_piece {
	const void *data;
	size_t len;
	struct ul_buf *buf;
};

/*
 * What a port tells whoever owns it. The last argument is the arg given. All
 * come within a turn of the loop only; frames may be sent from any of them,
 * but the port may not be freed there.
 */
struct ul_port_handler {
	/* One frame from the guest. */
	void (*frame)(struct ul_port *port, struct ul_frame *frame, void *arg);
	/* The batch of frames that frame() was called for is at its end. */
	void (*batch_end)(struct ul_port *port, void *arg);
	/* Frames were refused for a full queue, and now there is room. */
	void (*has_room)(struct ul_port *port, void *arg);
	/* The guest is gone, and the port over: freed at the turn's end. */
	void (*detached)(struct ul_port *port, void *arg);
};

struct ul_port_stats {
	uint64_t rx_frames, rx_bytes;	/* from the guest */
	uint64_t tx_frames, tx_bytes;	/* queued for the guest */
	uint64_t tx_refused;		/* queue full */
	uint64_t rx_bad;		/* malformed framing, lying facts */
};

/* A counter that only one kind of wire has. */
typedef void (*ul_port_counter_fn)(const char *name, uint64_t n, void *arg);

struct ul_port_ops {
	int (*send)(struct ul_port *port, const struct ul_piece *piece,
		    unsigned int count, const struct ul_offload *offload);
	void (*free)(struct ul_port *port);
	/* Tell the guest that its cable is in or out; NULL: it cannot be. */
	void (*set_link)(struct ul_port *port, bool is_up);
	/* NULL: there are none. */
	void (*each_counter)(const struct ul_port *port,
			     ul_port_counter_fn fn, void *arg);
};

/* Embedded at the start of every kind of port. */
struct ul_port {
	const struct ul_port_ops *ops;
	const struct ul_port_handler *handler;
	void *arg;
	struct ul_port_stats stats;
	bool is_attached;		/* from its birth till detached() */
	bool is_stalled;		/* the guest does not take what waits */
	bool has_stormed;		/* floods too much; the port may rest */
	bool can_offload;		/* takes partial sums and TCP's gso */
	bool can_uso;			/* and UDP's */
	size_t frame_max;		/* longest frame it takes; 0: any */
	void *plug;			/* the switch's record of it */
};

/* Change who hears of @port. */
static inline void ul_port_set_handler(struct ul_port *port,
				       const struct ul_port_handler *handler,
				       void *arg)
{
	port->handler = handler;
	port->arg = arg;
}

static inline size_t ul_pieces_len(const struct ul_piece *piece,
				   unsigned int count)
{
	size_t len = 0;

	for (unsigned int i = 0; i < count; i++)
		len += piece[i].len;
	return len;
}

/*
 * Queue one frame, Ethernet header first. 0; -ENOBUFS when the queue is full
 * (has_room follows); -ENOTCONN when no guest is attached; -EMSGSIZE above
 * UL_FRAME_MAX or with too many pieces or copied bytes. @offload may be NULL:
 * the frame is whole. What the port cannot take as it is is made whole here
 * (link/gso.h); facts that do not go with the frame are -EBADMSG. Of a
 * super-frame that is made into several, those that a full queue refuses are
 * lost: 0 when the first was taken.
 */
int ul_port_send(struct ul_port *port, const struct ul_piece *piece,
		 unsigned int count, const struct ul_offload *offload);

/* Close and free. What cannot be written at once is dropped. NULL is fine. */
static inline void ul_port_free(struct ul_port *port)
{
	if (port)
		port->ops->free(port);
}

#endif
