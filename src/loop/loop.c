/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loop.c - one epoll descriptor, timers and deferred work
 *
 * epoll hands out pointers to watches, and a callback may remove (and then
 * free) a watch that is still to come in the same batch: ul_watch_del()
 * blanks it out of the rest of the batch. Deferred work may schedule more;
 * after some rounds the rest waits for the next turn, which then does not
 * sleep, so that descriptors are never starved. Endless work does not starve
 * the flush either: both have rounds of their own.
 */
#include "loop/loop.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "loop/timer.h"

#define BATCH 64
#define WORK_ROUNDS 16
#define FLUSH_ROUNDS 8

struct ul_loop {
	int epoll_fd;
	bool is_stopped;
	bool is_in_turn;
	bool is_in_timers;
	bool has_no_pwait2;
	int64_t now_us;
	unsigned int busy_poll_us;
	int64_t awake_until_us;		/* poll until then */
	int64_t (*clock)(void *arg);
	void *clock_arg;
	struct ul_timer_heap timers;
	struct ul_list deferred[UL_DEFER_COUNT];
	struct epoll_event batch[BATCH];
	int batch_at, batch_len;
};

static int64_t monotonic_us(void *arg)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct ul_loop *ul_loop_new(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct ul_loop *loop;

	if (fd < 0)
		return NULL;
	loop = g_new0(struct ul_loop, 1);
	loop->epoll_fd = fd;
	loop->clock = monotonic_us;
	loop->now_us = monotonic_us(NULL);
	for (int i = 0; i < UL_DEFER_COUNT; i++)
		ul_list_init(&loop->deferred[i]);
	return loop;
}

void ul_loop_free(struct ul_loop *loop)
{
	if (!loop)
		return;
	assert(!loop->is_in_turn);
	ul_timer_heap_fini(&loop->timers);
	close(loop->epoll_fd);
	g_free(loop);
}

int ul_loop_fd(const struct ul_loop *loop)
{
	return loop->epoll_fd;
}

int64_t ul_loop_now(const struct ul_loop *loop)
{
	return loop->now_us;
}

void ul_loop_set_busy_poll(struct ul_loop *loop, unsigned int us)
{
	loop->busy_poll_us = us;
}

void ul_loop_set_clock(struct ul_loop *loop, int64_t (*fn)(void *arg),
		       void *arg)
{
	loop->clock = fn ? fn : monotonic_us;
	loop->clock_arg = arg;
	loop->now_us = loop->clock(arg);
}

int64_t ul_loop_next_timeout(const struct ul_loop *loop)
{
	const struct ul_timer *t = ul_timer_heap_first(&loop->timers);

	if (!t)
		return -1;
	return t->deadline_us > loop->now_us ?
	       t->deadline_us - loop->now_us : 0;
}

static bool has_deferred(const struct ul_loop *loop)
{
	for (int i = 0; i < UL_DEFER_COUNT; i++)
		if (!ul_list_is_empty(&loop->deferred[i]))
			return true;
	return false;
}

/* How long this turn may sleep, in us; -1 for ever. */
static int64_t sleep_us(struct ul_loop *loop, int timeout_ms)
{
	int64_t limit = timeout_ms < 0 ? -1 : (int64_t)timeout_ms * 1000;
	int64_t timer;

	if (!limit || has_deferred(loop))
		return 0;
	loop->now_us = loop->clock(loop->clock_arg);
	timer = ul_loop_next_timeout(loop);
	if (timer < 0 || (limit >= 0 && limit < timer))
		return limit;
	return timer;
}

int64_t ul_loop_wait_us(struct ul_loop *loop)
{
	return sleep_us(loop, -1);
}

static int to_ms(int64_t us)
{
	if (us < 0)
		return -1;
	return us / 1000 >= INT_MAX ? INT_MAX : (int)((us + 999) / 1000);
}

/*
 * epoll_pwait2() waits to the microsecond; kernels before 5.11 do not have
 * it and a container may forbid it: then the wait is rounded up to ms.
 */
static int wait_events(struct ul_loop *loop, int64_t us)
{
	struct timespec ts = {
		.tv_sec = us / 1000000,
		.tv_nsec = us % 1000000 * 1000,
	};
	int n;

	if (us > 0 && !loop->has_no_pwait2) {
		n = (int)syscall(SYS_epoll_pwait2, loop->epoll_fd, loop->batch,
				 BATCH, &ts, NULL, 0);
		if (n >= 0 || (errno != ENOSYS && errno != EPERM))
			return n;
		loop->has_no_pwait2 = true;
	}
	return epoll_wait(loop->epoll_fd, loop->batch, BATCH, to_ms(us));
}

/*
 * Look without sleeping, until it is time to; of *@us, that this turn may
 * sleep, what is left stays. As wait_events().
 */
static int poll_events(struct ul_loop *loop, int64_t *us)
{
	int64_t start = loop->now_us, now = start, end = loop->awake_until_us;
	int n = 0;

	if (*us >= 0)
		end = MIN(end, start + *us);
	while (!n && now < end) {
		n = epoll_wait(loop->epoll_fd, loop->batch, BATCH, 0);
		now = loop->clock(loop->clock_arg);
	}
	if (*us > 0)
		*us = MAX(*us - (now - start), 0);
	return n;
}

static void run_events(struct ul_loop *loop)
{
	for (; loop->batch_at < loop->batch_len; ) {
		struct epoll_event *ev = &loop->batch[loop->batch_at++];
		struct ul_watch *w = ev->data.ptr;

		if (w)
			w->fn(ev->events, w->arg);
	}
	loop->batch_at = loop->batch_len = 0;
}

/*
 * Timers armed by a timer for now or the past run in the next turn: they are
 * armed for now at the earliest (ul_timer_set), so they and their higher seq
 * are behind all others that are due.
 */
static void run_timers(struct ul_loop *loop)
{
	int64_t now = loop->now_us;
	uint64_t end = loop->timers.next_seq;
	struct ul_timer *t;

	loop->is_in_timers = true;
	while ((t = ul_timer_heap_first(&loop->timers)) != NULL &&
	       t->deadline_us <= now && t->seq < end) {
		ul_timer_heap_remove(&loop->timers, t);
		t->fn(now, t->arg);
	}
	loop->is_in_timers = false;
}

/* Run what is scheduled at @stage now; what it adds waits for a next round. */
static void run_stage(struct ul_list *stage)
{
	struct ul_list now;
	struct ul_list *n;

	if (ul_list_is_empty(stage))
		return;
	ul_list_init(&now);
	now.next = stage->next;
	now.prev = stage->prev;
	now.next->prev = now.prev->next = &now;
	ul_list_init(stage);
	while ((n = ul_list_first(&now)) != NULL) {
		struct ul_defer *d = ul_container_of(n, struct ul_defer, node);

		ul_list_remove(n);
		d->fn(d->arg);
	}
}

static void run_deferred(struct ul_loop *loop)
{
	struct ul_list *work = &loop->deferred[UL_DEFER_WORK];

	for (int i = 0; i < FLUSH_ROUNDS && has_deferred(loop); i++) {
		for (int j = 0; j < WORK_ROUNDS && !ul_list_is_empty(work); j++)
			run_stage(work);
		run_stage(&loop->deferred[UL_DEFER_FLUSH]);
	}
}

int ul_loop_turn(struct ul_loop *loop, int timeout_ms)
{
	int64_t us;
	int n = 0;

	assert(!loop->is_in_turn);
	us = sleep_us(loop, timeout_ms);
	if (loop->busy_poll_us)
		n = poll_events(loop, &us);
	if (!n)
		n = wait_events(loop, us);
	if (n < 0 && errno != EINTR)
		return -errno;
	loop->now_us = loop->clock(loop->clock_arg);
	if (n > 0)
		loop->awake_until_us = loop->now_us + loop->busy_poll_us;
	loop->batch_at = 0;
	loop->batch_len = n > 0 ? n : 0;
	loop->is_in_turn = true;
	run_events(loop);
	run_timers(loop);
	run_deferred(loop);
	loop->is_in_turn = false;
	return 0;
}

int ul_loop_run(struct ul_loop *loop)
{
	int ret = 0;

	while (!ret && !loop->is_stopped)
		ret = ul_loop_turn(loop, -1);
	loop->is_stopped = false;
	return ret;
}

void ul_loop_stop(struct ul_loop *loop)
{
	loop->is_stopped = true;
}

int ul_watch_add(struct ul_loop *loop, struct ul_watch *w, int fd,
		 uint32_t events, ul_watch_fn fn, void *arg)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	*w = (struct ul_watch){ .fd = -1, .fn = fn, .arg = arg };
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	w->fd = fd;
	return 0;
}

int ul_watch_mod(struct ul_loop *loop, struct ul_watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, w->fd, &ev) < 0)
		return -errno;
	return 0;
}

static bool is_watched(const struct ul_watch *w)
{
	return w->fn && w->fd >= 0;
}

static void forget_events(struct ul_loop *loop, const struct ul_watch *w)
{
	for (int i = loop->batch_at; i < loop->batch_len; i++)
		if (loop->batch[i].data.ptr == w)
			loop->batch[i].data.ptr = NULL;
}

void ul_watch_del(struct ul_loop *loop, struct ul_watch *w)
{
	if (!is_watched(w))
		return;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	forget_events(loop, w);
	w->fd = -1;
}

void ul_watch_close(struct ul_loop *loop, struct ul_watch *w)
{
	int fd = w->fd;

	if (!is_watched(w))
		return;
	forget_events(loop, w);
	w->fd = -1;
	close(fd);
}

void ul_timer_init(struct ul_timer *t, ul_timer_fn fn, void *arg)
{
	*t = (struct ul_timer){ .fn = fn, .arg = arg };
}

void ul_timer_set(struct ul_loop *loop, struct ul_timer *t,
		  int64_t deadline_us)
{
	if (loop->is_in_timers && deadline_us < loop->now_us)
		deadline_us = loop->now_us;
	ul_timer_heap_set(&loop->timers, t, deadline_us);
}

void ul_timer_cancel(struct ul_loop *loop, struct ul_timer *t)
{
	ul_timer_heap_remove(&loop->timers, t);
}

void ul_defer_init(struct ul_defer *d, enum ul_defer_stage stage,
		   ul_defer_fn fn, void *arg)
{
	*d = (struct ul_defer){ .stage = stage, .fn = fn, .arg = arg };
	ul_list_init(&d->node);
}

void ul_defer_schedule(struct ul_loop *loop, struct ul_defer *d)
{
	if (!ul_list_is_linked(&d->node))
		ul_list_append(&loop->deferred[d->stage], &d->node);
}

void ul_defer_cancel(struct ul_loop *loop, struct ul_defer *d)
{
	ul_list_remove(&d->node);
}
