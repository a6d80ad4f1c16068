/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * callport.h - a port without a descriptor: its owner hands frames over
 *
 * For a network inside the program that has the guest. What the guest sends
 * is put in, at any time, and handed up later, all in one batch; what is for
 * it waits until its owner takes it, a frame at a time.
 */
#ifndef UL_LINK_CALLPORT_H
#define UL_LINK_CALLPORT_H

#include "link/port.h"

/* Frames of the guest's that may wait to be handed up. */
#define UL_CALLPORT_FRAMES 1024

/* Attached from the start. Frames up to @frame_max bytes are sent to it. */
struct ul_port *ul_callport_new(size_t frame_max);

/*
 * A frame of the guest's; it is copied. 0; -ENOBUFS when too many wait;
 * -EMSGSIZE when it is empty or longer than UL_FRAME_MAX.
 */
int ul_callport_put(struct ul_port *port, const uint8_t *frame, size_t len);
/* How many wait to be handed up. */
unsigned int ul_callport_waiting(const struct ul_port *port);
/* Hand up what waits, and end the batch. */
void ul_callport_run(struct ul_port *port);

/*
 * Take the first frame that is for the guest: how long it is, once copied to
 * @out, which has room for UL_FRAME_MAX bytes. 0: there is none.
 */
size_t ul_callport_take(struct ul_port *port, uint8_t *out);
bool ul_callport_has_output(const struct ul_port *port);
/* Was somebody refused, and there is room now? Then resume. */
bool ul_callport_owes_room(const struct ul_port *port);
/* After frames were taken: tell who was refused that there is room. */
void ul_callport_resume(struct ul_port *port);

/* Give back memory that is not in use. */
void ul_callport_trim(struct ul_port *port);

#endif
