/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * impair.h - a bad line, on purpose: delay, jitter and loss, in one direction
 *
 * Frames are copied, wait in a bounded queue in their order and are handed on
 * when their time has come.
 */
#ifndef UL_LINK_IMPAIR_H
#define UL_LINK_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/port.h"
#include "loop/loop.h"

#define UL_IMPAIR_BYTES_MAX (16u << 20)	/* that wait; 1 Gb/s for 134 ms */
#define UL_IMPAIR_DELAY_MAX_US 10000000
#define UL_IMPAIR_CERTAIN 1000000u	/* a loss of all */

/* All zero is a good line. */
struct ul_impair_conf {
	uint32_t delay_us;
	uint32_t jitter_us;	/* as much earlier or later, evenly */
	uint32_t loss_ppm;	/* of frames as a wire carries them */
};

struct ul_impair;

struct ul_impair_handler {
	/*
	 * The time of this frame has come. 0; or -ENOBUFS: not now, and it
	 * is offered again after ul_impair_go().
	 */
	int (*release)(const uint8_t *data, size_t len,
		       const struct ul_offload *offload, void *arg);
	/* A frame was refused, and now there is room; may be NULL. */
	void (*has_room)(void *arg);
};

/*
 * Chance begins at @seed, which is not 0: the same losses each time. NULL when
 * there is no memory for what is late.
 */
struct ul_impair *ul_impair_new(struct ul_loop *loop,
				const struct ul_impair_handler *handler,
				void *arg, uint64_t seed);
/* What waits is forgotten. NULL is fine. */
void ul_impair_free(struct ul_impair *impair);

/* From now on; what waits already keeps its time. */
void ul_impair_set(struct ul_impair *impair,
		   const struct ul_impair_conf *conf);
/* A good line on which nothing waits. */
bool ul_impair_is_idle(const struct ul_impair *impair);

enum ul_impaired {
	UL_IMPAIRED_NOT,	/* go on with it, now */
	UL_IMPAIRED_LATE,	/* it waits */
	UL_IMPAIRED_LOST,	/* by chance */
	UL_IMPAIRED_FULL,	/* no room; has_room() follows */
};

/* What becomes of a frame; the pieces are copied where they must be. */
enum ul_impaired ul_impair_put(struct ul_impair *impair,
			       const struct ul_piece *piece,
			       unsigned int count,
			       const struct ul_offload *offload);

/* release() may be tried again. */
void ul_impair_go(struct ul_impair *impair);

#endif
