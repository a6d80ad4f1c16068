/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loop.h - one epoll descriptor, timers and deferred work
 *
 * A turn waits, runs the callbacks of ready descriptors, then due timers,
 * then deferred work until none is left (UL_DEFER_WORK first; then
 * UL_DEFER_FLUSH, which may schedule more). Work that keeps rescheduling
 * itself is cut off after some rounds and goes on in the next turn, which
 * then does not wait: descriptors and timers get their share. Watches, timers
 * and deferred items are embedded in their owners and cost no allocation. Any
 * callback may remove or free any of them, itself too: events of a removed
 * watch that were already fetched are dropped. Owners go before the loop.
 */
#ifndef UL_LOOP_LOOP_H
#define UL_LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/list.h"

struct ul_loop;

typedef void (*ul_watch_fn)(uint32_t events, void *arg);
typedef void (*ul_timer_fn)(int64_t now_us, void *arg);
typedef void (*ul_defer_fn)(void *arg);

/* A zeroed one is not watched, too. */
struct ul_watch {
	int fd;			/* -1 while not watched */
	ul_watch_fn fn;
	void *arg;
};

struct ul_timer {
	int64_t deadline_us;
	uint64_t seq;		/* equal deadlines fire as they were armed */
	size_t heap_index;	/* 0 while not armed; the heap starts at 1 */
	ul_timer_fn fn;
	void *arg;
};

enum ul_defer_stage {
	UL_DEFER_WORK,		/* flows: sockets, acknowledgements */
	UL_DEFER_FLUSH,		/* ports: write what the work queued */
};
#define UL_DEFER_COUNT (UL_DEFER_FLUSH + 1)

struct ul_defer {
	struct ul_list node;	/* linked while scheduled */
	enum ul_defer_stage stage;
	ul_defer_fn fn;
	void *arg;
};

/* NULL and errno when epoll cannot be had. */
struct ul_loop *ul_loop_new(void);
void ul_loop_free(struct ul_loop *loop);

/* The epoll descriptor: readable (poll(2)) when a watched one is. */
int ul_loop_fd(const struct ul_loop *loop);

/*
 * After something came, look for more for @us before sleeping: it costs a
 * processor, and saves the time to wake up. 0, as it begins: sleep at once.
 */
void ul_loop_set_busy_poll(struct ul_loop *loop, unsigned int us);

/* Monotonic time at the start of this turn, in us. */
int64_t ul_loop_now(const struct ul_loop *loop);

/*
 * Replace the clock (tests; a host with a virtual clock). @fn returns us.
 * NULL restores CLOCK_MONOTONIC.
 */
void ul_loop_set_clock(struct ul_loop *loop, int64_t (*fn)(void *arg),
		       void *arg);

/*
 * One turn. Wait at most @timeout_ms (-1: until an event or a timer). 0, or
 * -errno when waiting failed for another reason than a signal.
 */
int ul_loop_turn(struct ul_loop *loop, int timeout_ms);

/*
 * Turn until ul_loop_stop(), which counts before the first turn too. 0, or
 * -errno of a failed turn.
 */
int ul_loop_run(struct ul_loop *loop);
void ul_loop_stop(struct ul_loop *loop);

/* us until the next timer: 0 when due, -1 when there is none. */
int64_t ul_loop_next_timeout(const struct ul_loop *loop);

/* us until the next turn has something to do, descriptors aside; -1: never. */
int64_t ul_loop_wait_us(struct ul_loop *loop);

/*
 * Watch @fd for @events (EPOLLIN | EPOLLOUT | EPOLLET ...). @w is filled in
 * and must stay in place until removed. 0 or -errno.
 */
int ul_watch_add(struct ul_loop *loop, struct ul_watch *w, int fd,
		 uint32_t events, ul_watch_fn fn, void *arg);
int ul_watch_mod(struct ul_loop *loop, struct ul_watch *w, uint32_t events);
/* Harmless when not watched. The descriptor stays open. */
void ul_watch_del(struct ul_loop *loop, struct ul_watch *w);
/*
 * Stop watching and close the descriptor, which must have no duplicate:
 * closing it takes it out of epoll, and saves a system call per flow.
 */
void ul_watch_close(struct ul_loop *loop, struct ul_watch *w);

void ul_timer_init(struct ul_timer *t, ul_timer_fn fn, void *arg);
/*
 * (Re)arm for @deadline_us of the loop's clock. A timer that is armed for now
 * or the past by another's callback fires in the next turn.
 */
void ul_timer_set(struct ul_loop *loop, struct ul_timer *t,
		  int64_t deadline_us);
/* Harmless when not armed. */
void ul_timer_cancel(struct ul_loop *loop, struct ul_timer *t);
static inline bool ul_timer_is_armed(const struct ul_timer *t)
{
	return t->heap_index != 0;
}

void ul_defer_init(struct ul_defer *d, enum ul_defer_stage stage,
		   ul_defer_fn fn, void *arg);
/* Run once at the end of this turn; harmless when already scheduled. */
void ul_defer_schedule(struct ul_loop *loop, struct ul_defer *d);
void ul_defer_cancel(struct ul_loop *loop, struct ul_defer *d);

#endif
