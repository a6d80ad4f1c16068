/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * quiet.h - tells when nothing happened for some seconds
 *
 * A port that was busy holds buffers, which go back when it is quiet. While
 * it stays quiet no timer runs.
 */
#ifndef UL_LINK_QUIET_H
#define UL_LINK_QUIET_H

#include "loop/loop.h"

#define UL_QUIET_US 2000000

struct ul_quiet {
	struct ul_loop *loop;
	struct ul_timer timer;
	bool is_busy;
	void (*fn)(void *arg);
	void *arg;
};

static inline void ul_quiet_on_timer(int64_t now_us, void *arg)
{
	struct ul_quiet *q = arg;

	if (!q->is_busy) {
		q->fn(q->arg);
		return;
	}
	q->is_busy = false;
	ul_timer_set(q->loop, &q->timer, now_us + UL_QUIET_US);
}

/* @fn is called once after each busy time. */
static inline void ul_quiet_init(struct ul_quiet *q, struct ul_loop *loop,
				 void (*fn)(void *arg), void *arg)
{
	*q = (struct ul_quiet){ .loop = loop, .fn = fn, .arg = arg };
	ul_timer_init(&q->timer, ul_quiet_on_timer, q);
}

/* Something happened. */
static inline void ul_quiet_touch(struct ul_quiet *q)
{
	q->is_busy = true;
	if (!ul_timer_is_armed(&q->timer))
		ul_timer_set(q->loop, &q->timer,
			     ul_loop_now(q->loop) + UL_QUIET_US);
}

static inline void ul_quiet_fini(struct ul_quiet *q)
{
	ul_timer_cancel(q->loop, &q->timer);
}

#endif
