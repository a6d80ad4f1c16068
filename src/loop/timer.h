/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timer.h - deadline heap
 *
 * A binary heap of pointers to the embedded ul_timer; index 0 is unused, so
 * that a heap index of 0 means "not armed". Equal deadlines come out in the
 * order in which they were armed.
 */
#ifndef UL_LOOP_TIMER_H
#define UL_LOOP_TIMER_H

#include "loop/loop.h"

struct ul_timer_heap {
	struct ul_timer **slot;
	size_t count;
	size_t cap;
	uint64_t next_seq;	/* of the timer that is armed next */
};

void ul_timer_heap_fini(struct ul_timer_heap *h);
/* Insert, or move when it is in the heap already; then the youngest. */
void ul_timer_heap_set(struct ul_timer_heap *h, struct ul_timer *t,
		       int64_t deadline_us);
void ul_timer_heap_remove(struct ul_timer_heap *h, struct ul_timer *t);
/* The timer with the earliest deadline, or NULL. */
struct ul_timer *ul_timer_heap_first(const struct ul_timer_heap *h);

#endif
