/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * capture.h - one capture of frames, as pcapng, into a descriptor
 *
 * An interface for each name that frames are told of. Writing never waits:
 * what a slow reader has no room for is left out and counted.
 */
#ifndef UL_LINK_CAPTURE_H
#define UL_LINK_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "link/port.h"
#include "loop/loop.h"
#include "wire/pcapng.h"

struct ul_capture;

struct ul_capture_conf {
	struct ul_loop *loop;
	uint32_t snap_len;	/* bytes kept of each frame; 0: all */
	uint64_t count;		/* frames until it ends; 0: no end */
	const char *application;	/* borrowed */
};

struct ul_capture_stats {
	uint64_t frames, bytes;	/* written, or waiting to be */
	uint64_t left_out;	/* the reader was slow */
};

/* @take_fd is a file, a pipe or a stream socket, and does not block. */
struct ul_capture *ul_capture_new(const struct ul_capture_conf *conf,
				  int take_fd);
/* NULL is fine. */
void ul_capture_free(struct ul_capture *capture);

/* One frame as a wire carries it, at the interface @name. */
void ul_capture_frame(struct ul_capture *capture, const char *name,
		      enum ul_pcapng_direction direction,
		      const struct ul_piece *piece, unsigned int count);
/*
 * End it behind the last frame; @why is some words, and static. What waits for
 * a slow reader is written for some seconds more, then closed.
 */
void ul_capture_end(struct ul_capture *capture, const char *why);

/* NULL while it goes on. */
const char *ul_capture_why_ended(const struct ul_capture *capture);
struct ul_capture_stats ul_capture_stats(const struct ul_capture *capture);

#endif
