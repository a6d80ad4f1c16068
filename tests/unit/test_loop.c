/* SPDX-License-Identifier: BSD-3-Clause */
/* test_loop.c - descriptors, timers and deferred work of a loop */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "loop/loop.h"

#define MANY 3000

struct trace {
	struct ul_loop *loop;
	int len;
	int id[MANY];
};

struct note {
	struct trace *trace;
	int id;
	struct ul_timer timer;
	struct ul_defer defer;
	int64_t again_us;	/* rearmed for this when not 0 */
};

static int64_t fake_now;

static int64_t fake_clock(void *arg)
{
	return fake_now;
}

static struct ul_loop *fake_loop(void)
{
	struct ul_loop *loop = ul_loop_new();

	ck_assert_ptr_nonnull(loop);
	fake_now = 1000;
	ul_loop_set_clock(loop, fake_clock, NULL);
	ck_assert_int_eq(ul_loop_now(loop), 1000);
	return loop;
}

static void turn(struct ul_loop *loop)
{
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

static void write_down(struct note *n)
{
	ck_assert_int_lt(n->trace->len, MANY);
	n->trace->id[n->trace->len++] = n->id;
}

static void on_timer(int64_t now_us, void *arg)
{
	struct note *n = arg;

	ck_assert_int_eq(now_us, fake_now);
	ck_assert(!ul_timer_is_armed(&n->timer));
	write_down(n);
	if (n->again_us)
		ul_timer_set(n->trace->loop, &n->timer, n->again_us);
}

static struct note *timer_note(struct trace *t, struct note *n, int id)
{
	*n = (struct note){ .trace = t, .id = id };
	ul_timer_init(&n->timer, on_timer, n);
	return n;
}

/* ---- descriptors ---- */

struct end {
	struct ul_loop *loop;
	int fd[2];
	struct ul_watch watch;
	struct end *victim;	/* removed by this one's callback */
	int calls;
};

static void on_end(uint32_t events, void *arg)
{
	struct end *e = arg;

	e->calls++;
	if (e->victim)
		ul_watch_del(e->loop, &e->victim->watch);
}

static void end_open(struct end *e, struct ul_loop *loop)
{
	*e = (struct end){ .loop = loop };
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
				    e->fd), 0);
	ck_assert_int_eq(ul_watch_add(loop, &e->watch, e->fd[0], EPOLLIN,
				      on_end, e), 0);
}

static void end_close(struct end *e)
{
	ul_watch_del(e->loop, &e->watch);
	close(e->fd[0]);
	close(e->fd[1]);
}

static void end_feed(struct end *e)
{
	ck_assert_int_eq(write(e->fd[1], "x", 1), 1);
}

START_TEST(readable_descriptor_calls_back)
{
	struct ul_loop *loop = fake_loop();
	struct pollfd pfd = { .fd = ul_loop_fd(loop), .events = POLLIN };
	struct end e;

	end_open(&e, loop);
	turn(loop);
	ck_assert_int_eq(e.calls, 0);
	ck_assert_int_eq(poll(&pfd, 1, 0), 0);
	end_feed(&e);
	ck_assert_int_eq(poll(&pfd, 1, 0), 1);
	turn(loop);
	turn(loop);		/* level triggered */
	ck_assert_int_eq(e.calls, 2);
	ck_assert_int_eq(ul_watch_mod(loop, &e.watch, 0), 0);
	turn(loop);
	ck_assert_int_eq(e.calls, 2);
	end_close(&e);
	ul_loop_free(loop);
}
END_TEST

/* Whichever callback comes first removes the other: one of them is called. */
START_TEST(removed_watch_gets_no_fetched_event)
{
	struct ul_loop *loop = fake_loop();
	struct end a, b;

	end_open(&a, loop);
	end_open(&b, loop);
	a.victim = &b;
	b.victim = &a;
	end_feed(&a);
	end_feed(&b);
	turn(loop);
	ck_assert_int_eq(a.calls + b.calls, 1);
	turn(loop);
	ck_assert_int_eq(a.calls + b.calls, 2);
	end_close(&a);
	end_close(&b);
	ul_loop_free(loop);
}
END_TEST

START_TEST(watch_may_remove_itself)
{
	struct ul_loop *loop = fake_loop();
	struct end a;

	end_open(&a, loop);
	a.victim = &a;
	end_feed(&a);
	turn(loop);
	turn(loop);
	ck_assert_int_eq(a.calls, 1);
	ck_assert_int_eq(a.watch.fd, -1);
	ul_watch_del(loop, &a.watch);
	end_close(&a);
	ul_loop_free(loop);
}
END_TEST

struct heap_end {
	struct ul_loop *loop;
	struct ul_watch watch;
	struct heap_end *other;
	int *calls;
};

static void on_heap_end(uint32_t events, void *arg)
{
	struct heap_end *e = arg;

	++*e->calls;
	ul_watch_close(e->loop, &e->other->watch);
	free(e->other);
	ul_watch_close(e->loop, &e->watch);
	free(e);
}

/* Both are freed by the first callback: the sanitizer sees a second one. */
START_TEST(callback_may_free_itself_and_others)
{
	struct ul_loop *loop = fake_loop();
	struct heap_end *e[2];
	int calls = 0;
	int fd[2][2];

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd[i]),
				 0);
		e[i] = calloc(1, sizeof(*e[i]));
		e[i]->loop = loop;
		e[i]->calls = &calls;
		ck_assert_int_eq(write(fd[i][1], "x", 1), 1);
		ck_assert_int_eq(ul_watch_add(loop, &e[i]->watch, fd[i][0],
					      EPOLLIN, on_heap_end, e[i]), 0);
	}
	e[0]->other = e[1];
	e[1]->other = e[0];
	turn(loop);
	turn(loop);
	ck_assert_int_eq(calls, 1);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(fcntl(fd[i][0], F_GETFD), -1);
		close(fd[i][1]);
	}
	ul_loop_free(loop);
}
END_TEST

/* A watch that was replaced in the turn does not get its old event. */
static void on_replace(uint32_t events, void *arg)
{
	struct end *e = arg;
	struct end *other = e->victim;

	e->calls++;
	ul_watch_del(e->loop, &other->watch);
	ul_watch_add(e->loop, &other->watch, other->fd[1], EPOLLIN, on_end,
		     other);
}

START_TEST(replaced_watch_does_not_get_the_old_event)
{
	struct ul_loop *loop = fake_loop();
	struct end a, b;

	end_open(&a, loop);
	end_open(&b, loop);
	a.watch.fn = b.watch.fn = on_replace;
	a.victim = &b;
	b.victim = &a;
	end_feed(&a);
	end_feed(&b);
	turn(loop);
	ck_assert_int_eq(a.calls + b.calls, 1);
	end_close(&a);
	end_close(&b);
	ul_loop_free(loop);
}
END_TEST

START_TEST(watch_errors_are_told)
{
	struct ul_loop *loop = fake_loop();
	struct ul_watch w = { 0 };

	ul_watch_del(loop, &w);		/* zeroed: not descriptor 0 */
	ck_assert_int_eq(ul_watch_add(loop, &w, -1, EPOLLIN, on_end, NULL),
			 -EBADF);
	ck_assert_int_eq(w.fd, -1);
	ul_watch_del(loop, &w);
	ul_watch_close(loop, &w);
	ul_loop_free(loop);
}
END_TEST

/* More ready descriptors than one turn fetches: all get their turn. */
START_TEST(no_ready_descriptor_is_starved)
{
	struct ul_loop *loop = fake_loop();
	struct end e[150];
	int n = sizeof(e) / sizeof(*e);

	for (int i = 0; i < n; i++) {
		end_open(&e[i], loop);
		end_feed(&e[i]);
	}
	for (int i = 0; i < 3; i++)
		turn(loop);
	for (int i = 0; i < n; i++) {
		ck_assert_int_ge(e[i].calls, 1);
		end_close(&e[i]);
	}
	ul_loop_free(loop);
}
END_TEST

/* ---- timers ---- */

/* A clock that is read once each time the loop looks. */
struct ticking_clock {
	int64_t now;
	unsigned int reads;
	unsigned int write_at;	/* that read makes the descriptor readable */
	int fd[2];
	unsigned int heard;
};

static int64_t tick_10_us(void *arg)
{
	struct ticking_clock *c = arg;

	if (++c->reads == c->write_at)
		ck_assert_int_eq(write(c->fd[1], "x", 1), 1);
	return c->now += 10;
}

static void on_byte(uint32_t events, void *arg)
{
	struct ticking_clock *c = arg;
	char byte;

	ck_assert_int_eq(read(c->fd[0], &byte, 1), 1);
	c->heard++;
}

/* After something came the loop looks on for as long as it was told. */
START_TEST(busy_poll_looks_before_it_sleeps)
{
	struct ticking_clock c = { .now = 1 };
	struct ul_loop *loop = ul_loop_new();
	struct ul_watch w;

	ck_assert_int_eq(pipe2(c.fd, O_NONBLOCK), 0);
	ul_loop_set_clock(loop, tick_10_us, &c);
	ul_loop_set_busy_poll(loop, 500);
	ck_assert_int_eq(ul_watch_add(loop, &w, c.fd[0], EPOLLIN, on_byte,
				      &c), 0);
	c.reads = 0;
	ul_loop_turn(loop, 1);
	ck_assert_uint_lt(c.reads, 5);	/* nothing came before */
	c.write_at = c.reads + 1;
	ul_loop_turn(loop, 1);
	ck_assert_uint_eq(c.heard, 1);
	/* It comes while the loop looks, which else would sleep for long. */
	c.reads = 0;
	c.write_at = 30;
	ul_loop_turn(loop, 1000000);
	ck_assert_uint_eq(c.heard, 2);
	ck_assert_uint_lt(c.reads, 35);
	c.reads = c.write_at = 0;
	ul_loop_turn(loop, 1);		/* at most as long as it may sleep */
	ck_assert_uint_gt(c.reads, 40);
	ck_assert_uint_lt(c.reads, 60);
	ul_watch_del(loop, &w);
	ul_loop_free(loop);
	close(c.fd[0]);
	close(c.fd[1]);
}
END_TEST

START_TEST(timers_fire_by_deadline_then_by_arming)
{
	static const int64_t at[] = { 50, 20, 50, 10, 50, 20, 2000 };
	static const int order[] = { 3, 1, 5, 0, 2, 4 };
	struct ul_loop *loop = fake_loop();
	struct trace t = { .loop = loop };
	struct note n[7];

	ck_assert_int_eq(ul_loop_next_timeout(loop), -1);
	for (int i = 0; i < 7; i++)
		ul_timer_set(loop, &timer_note(&t, &n[i], i)->timer,
			     fake_now + at[i]);
	ck_assert_int_eq(ul_loop_next_timeout(loop), 10);
	turn(loop);
	ck_assert_int_eq(t.len, 0);
	fake_now += 100;
	turn(loop);
	ck_assert_int_eq(t.len, 6);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(t.id[i], order[i]);
	ck_assert_int_eq(ul_loop_next_timeout(loop), 1900);
	ul_loop_free(loop);
}
END_TEST

START_TEST(timer_rearmed_for_the_past_fires_next_turn)
{
	struct ul_loop *loop = fake_loop();
	struct trace t = { .loop = loop };
	struct note n[2];

	ul_timer_set(loop, &timer_note(&t, &n[0], 0)->timer, fake_now - 10);
	ul_timer_set(loop, &timer_note(&t, &n[1], 1)->timer, fake_now - 5);
	n[0].again_us = 1;	/* before the other one that is due */
	for (int i = 1; i <= 3; i++) {
		turn(loop);
		ck_assert_int_eq(t.len, i + 1);
		ck_assert_int_eq(t.id[i], i == 1 ? 1 : 0);
		ck_assert_int_eq(ul_loop_next_timeout(loop), 0);
	}
	ul_timer_cancel(loop, &n[0].timer);
	ul_loop_free(loop);
}
END_TEST

struct canceller {
	struct ul_loop *loop;
	struct ul_timer timer;
	struct ul_timer *victim;
	int calls;
};

static void on_canceller(int64_t now_us, void *arg)
{
	struct canceller *c = arg;

	c->calls++;
	ul_timer_cancel(c->loop, c->victim);
}

START_TEST(due_timer_may_be_cancelled_by_another)
{
	struct ul_loop *loop = fake_loop();
	struct canceller a = { .loop = loop }, b = { .loop = loop };

	ul_timer_init(&a.timer, on_canceller, &a);
	ul_timer_init(&b.timer, on_canceller, &b);
	a.victim = &b.timer;
	b.victim = &b.timer;
	ul_timer_set(loop, &a.timer, fake_now);
	ul_timer_set(loop, &b.timer, fake_now);
	turn(loop);
	ck_assert_int_eq(a.calls, 1);
	ck_assert_int_eq(b.calls, 0);
	ck_assert(!ul_timer_is_armed(&b.timer));
	ul_loop_free(loop);
}
END_TEST

static uint32_t random_state = 1;

static uint32_t random_next(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

/* The plain model: what is due, sorted by deadline, then by arming. */
struct model {
	int64_t deadline;	/* 0: not armed */
	int seq;
};

static int model_next(const struct model *m, int count, int64_t now)
{
	int best = -1;

	for (int i = 0; i < count; i++) {
		if (!m[i].deadline || m[i].deadline > now)
			continue;
		if (best < 0 || m[i].deadline < m[best].deadline ||
		    (m[i].deadline == m[best].deadline &&
		     m[i].seq < m[best].seq))
			best = i;
	}
	return best;
}

static void shuffle_timers(struct ul_loop *loop, struct note *n,
			   struct model *m, int count)
{
	static int seq;

	for (int i = 0; i < count; i++) {
		int k = (int)(random_next() % (uint32_t)count);

		if (random_next() % 3) {
			int64_t at = fake_now + random_next() % 500 - 20;

			ul_timer_set(loop, &n[k].timer, at);
			m[k] = (struct model){ at, seq++ };
		} else {
			ul_timer_cancel(loop, &n[k].timer);
			m[k].deadline = 0;
		}
	}
}

START_TEST(thousands_of_timers_agree_with_a_model)
{
	static struct note n[MANY];
	static struct model m[MANY];
	static struct trace t;
	struct ul_loop *loop = fake_loop();

	t.loop = loop;
	for (int i = 0; i < MANY; i++)
		timer_note(&t, &n[i], i);
	for (int round = 0; round < 20; round++) {
		shuffle_timers(loop, n, m, MANY);
		fake_now += 60;
		t.len = 0;
		turn(loop);
		for (int i = 0; i < t.len; i++) {
			ck_assert_int_eq(t.id[i],
					 model_next(m, MANY, fake_now));
			m[t.id[i]].deadline = 0;
		}
		ck_assert_int_eq(model_next(m, MANY, fake_now), -1);
	}
	ul_loop_free(loop);
}
END_TEST

static void on_stop_timer(int64_t now_us, void *arg)
{
	ul_loop_stop(arg);
}

/* On the real clock: neither early nor rounded up to milliseconds. */
START_TEST(run_waits_for_the_timer)
{
	struct ul_loop *loop = ul_loop_new();
	struct ul_timer timer;
	int64_t start = ul_loop_now(loop);

	ul_timer_init(&timer, on_stop_timer, loop);
	ul_timer_set(loop, &timer, start + 2500);
	ck_assert_int_eq(ul_loop_run(loop), 0);
	ck_assert_int_ge(ul_loop_now(loop) - start, 2500);
	ul_loop_stop(loop);	/* counts before the first turn */
	ck_assert_int_eq(ul_loop_run(loop), 0);
	ul_loop_free(loop);
}
END_TEST

START_TEST(limit_of_a_turn_is_kept)
{
	struct ul_loop *loop = ul_loop_new();
	int64_t start = ul_loop_now(loop);
	struct ul_timer timer;

	ul_timer_init(&timer, on_stop_timer, loop);
	ul_timer_set(loop, &timer, INT64_MAX);
	ck_assert_int_eq(ul_loop_turn(loop, 5), 0);
	ck_assert_int_ge(ul_loop_now(loop) - start, 5000);
	ck_assert_int_lt(ul_loop_now(loop) - start, 5000000);
	ul_loop_free(loop);
}
END_TEST

/* ---- deferred work ---- */

static void on_defer(void *arg)
{
	write_down(arg);
}

static struct note *defer_note(struct trace *t, struct note *n, int id,
			       enum ul_defer_stage stage, ul_defer_fn fn)
{
	*n = (struct note){ .trace = t, .id = id };
	ul_defer_init(&n->defer, stage, fn, n);
	return n;
}

START_TEST(work_runs_before_flush_and_once)
{
	struct ul_loop *loop = fake_loop();
	struct trace t = { .loop = loop };
	struct note n[4];

	defer_note(&t, &n[0], 0, UL_DEFER_FLUSH, on_defer);
	for (int i = 1; i < 4; i++)
		defer_note(&t, &n[i], i, UL_DEFER_WORK, on_defer);
	for (int i = 0; i < 4; i++) {
		ul_defer_schedule(loop, &n[i].defer);
		ul_defer_schedule(loop, &n[i].defer);
	}
	ul_defer_cancel(loop, &n[2].defer);
	ul_defer_cancel(loop, &n[2].defer);
	turn(loop);
	turn(loop);
	ck_assert_int_eq(t.len, 3);
	ck_assert_int_eq(t.id[0], 1);
	ck_assert_int_eq(t.id[1], 3);
	ck_assert_int_eq(t.id[2], 0);
	ul_loop_free(loop);
}
END_TEST

static struct note *chain[4];

/* Each runs its successor in the chain. */
static void on_chain(void *arg)
{
	struct note *n = arg;

	write_down(n);
	if (n->id + 1 < 4)
		ul_defer_schedule(n->trace->loop, &chain[n->id + 1]->defer);
}

/* Work, a flush, work that the flush scheduled and its flush: one turn. */
START_TEST(deferred_work_may_schedule_more)
{
	struct ul_loop *loop = fake_loop();
	struct trace t = { .loop = loop };
	struct note n[4];

	for (int i = 0; i < 4; i++)
		chain[i] = defer_note(&t, &n[i], i, i % 2 ? UL_DEFER_FLUSH :
				      UL_DEFER_WORK, on_chain);
	ul_defer_schedule(loop, &n[0].defer);
	turn(loop);
	ck_assert_int_eq(t.len, 4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(t.id[i], i);
	ul_loop_free(loop);
}
END_TEST

static void on_cancel_next(void *arg)
{
	struct note *n = arg;

	write_down(n);
	ul_defer_cancel(n->trace->loop, &chain[1]->defer);
}

START_TEST(work_of_this_round_may_be_cancelled)
{
	struct ul_loop *loop = fake_loop();
	struct trace t = { .loop = loop };
	struct note n[3];

	defer_note(&t, &n[0], 0, UL_DEFER_WORK, on_cancel_next);
	chain[1] = defer_note(&t, &n[1], 1, UL_DEFER_WORK, on_defer);
	defer_note(&t, &n[2], 2, UL_DEFER_WORK, on_defer);
	for (int i = 0; i < 3; i++)
		ul_defer_schedule(loop, &n[i].defer);
	turn(loop);
	ck_assert_int_eq(t.len, 2);
	ck_assert_int_eq(t.id[1], 2);
	ul_loop_free(loop);
}
END_TEST

static void on_endless(void *arg)
{
	struct note *n = arg;

	n->again_us++;
	ul_defer_schedule(n->trace->loop, &n->defer);
}

/* Endless work starves neither the flush nor a descriptor, nor do we sleep. */
START_TEST(endless_work_starves_nobody)
{
	struct ul_loop *loop = fake_loop();
	struct trace t = { .loop = loop };
	struct note endless, flush;
	struct end e;

	end_open(&e, loop);
	end_feed(&e);
	defer_note(&t, &endless, 0, UL_DEFER_WORK, on_endless);
	defer_note(&t, &flush, 1, UL_DEFER_FLUSH, on_defer);
	ul_defer_schedule(loop, &endless.defer);
	for (int i = 1; i <= 3; i++) {
		ul_defer_schedule(loop, &flush.defer);
		ck_assert_int_eq(ul_loop_turn(loop, -1), 0);
		ck_assert_int_eq(t.len, i);
		ck_assert_int_eq(e.calls, i);
	}
	ck_assert_int_lt(endless.again_us, 1000);
	ul_watch_mod(loop, &e.watch, 0);
	ck_assert_int_eq(ul_loop_turn(loop, -1), 0);	/* does not hang */
	ul_defer_cancel(loop, &endless.defer);
	end_close(&e);
	ul_loop_free(loop);
}
END_TEST

static void add_watch_tests(Suite *s)
{
	TCase *tc = tcase_create("watch");

	tcase_add_test(tc, readable_descriptor_calls_back);
	tcase_add_test(tc, removed_watch_gets_no_fetched_event);
	tcase_add_test(tc, watch_may_remove_itself);
	tcase_add_test(tc, callback_may_free_itself_and_others);
	tcase_add_test(tc, replaced_watch_does_not_get_the_old_event);
	tcase_add_test(tc, watch_errors_are_told);
	tcase_add_test(tc, no_ready_descriptor_is_starved);
	suite_add_tcase(s, tc);
}

static void add_timer_tests(Suite *s)
{
	TCase *tc = tcase_create("timer");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, busy_poll_looks_before_it_sleeps);
	tcase_add_test(tc, timers_fire_by_deadline_then_by_arming);
	tcase_add_test(tc, timer_rearmed_for_the_past_fires_next_turn);
	tcase_add_test(tc, due_timer_may_be_cancelled_by_another);
	tcase_add_test(tc, thousands_of_timers_agree_with_a_model);
	tcase_add_test(tc, run_waits_for_the_timer);
	tcase_add_test(tc, limit_of_a_turn_is_kept);
	suite_add_tcase(s, tc);
}

static void add_defer_tests(Suite *s)
{
	TCase *tc = tcase_create("defer");

	tcase_add_test(tc, work_runs_before_flush_and_once);
	tcase_add_test(tc, deferred_work_may_schedule_more);
	tcase_add_test(tc, work_of_this_round_may_be_cancelled);
	tcase_add_test(tc, endless_work_starves_nobody);
	suite_add_tcase(s, tc);
}

int main(void)
{
	Suite *s = suite_create("loop");

	add_watch_tests(s);
	add_timer_tests(s);
	add_defer_tests(s);
	return run_suite(s);
}
