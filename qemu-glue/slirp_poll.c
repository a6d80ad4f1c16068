/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_poll.c - the host's sleep: what it waits for, and that it woke up
 *
 * All of an instance's descriptors are behind one, the loop's, which is what
 * the host waits for. What happened there is asked of the kernel and not of
 * the host: some hosts say nothing about descriptors whenever the guest sent
 * something, and a busy guest would keep the others waiting.
 *
 * Some hosts bring one frame each time they wake. To acknowledge it and to
 * write it to a socket would cost more than all else, so the next one is
 * waited for, as long as it comes at once. A host whose guest waits for an
 * answer brings none: that is noticed, and not tried for a while.
 *
 * Timers are the timeout of slirp_pollfds_fill(). A host's own timer, where it
 * offers one, is armed too, for when it sleeps longer than it was told; as
 * rarely as possible, so it may expire early, but never late.
 */
#include "qemu-glue/slirp_priv.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#define ROUNDS 4		/* of work for one time that the host woke */
#define BATCH 32		/* frames that are enough */
#define BATCH_US 200		/* and how long one waits for others */
#define PATIENCE 16		/* how well waiting has paid, at most */
#define IMPATIENCE (-64)

static int64_t real_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void on_wake(uint32_t events, void *arg)
{
	struct Slirp *s = arg;
	uint64_t n;

	if (read(s->wake.fd, &n, sizeof(n)) < 0)
		return;		/* somebody was quicker */
}

int ul_slirp_wake_init(struct Slirp *s)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = ul_watch_add(s->loop, &s->wake, fd, EPOLLIN, on_wake, s);
	if (ret < 0)
		close(fd);
	s->poller = pthread_self();
	return ret;
}

void ul_slirp_wake_fini(struct Slirp *s)
{
	ul_watch_close(s->loop, &s->wake);
}

/*
 * A host with one thread is awake, or it could not call us. Others may not
 * mind notify(): for them something happens on the descriptor, too.
 */
void ul_slirp_wake(struct Slirp *s)
{
	static const uint64_t one = 1;
	bool is_elsewhere;

	ul_slirp_lock(s);
	is_elsewhere = !pthread_equal(s->poller, pthread_self());
	ul_slirp_unlock(s);
	if (is_elsewhere && write(s->wake.fd, &one, sizeof(one)) < 0 &&
	    errno != EAGAIN)
		return;
	ul_slirp_cb_notify(s);
}

static uint32_t wait_ms(const struct Slirp *s)
{
	int64_t us = ul_embed_wait_us(s->net);

	return us < 0 ? UINT32_MAX : (uint32_t)MIN((us + 999) / 1000,
						   UINT32_MAX);
}

static void fill(struct Slirp *s, uint32_t *timeout, SlirpAddPollCb add_poll,
		 void *opaque)
{
	uint32_t ms;
	int fd;

	ul_slirp_lock(s);
	ms = wait_ms(s);
	fd = ul_loop_fd(s->loop);
	s->poller = pthread_self();
	s->is_awake = !ms;
	ul_slirp_unlock(s);
	*timeout = MIN(*timeout, ms);
	add_poll(fd, SLIRP_POLL_IN | SLIRP_POLL_ERR | SLIRP_POLL_HUP, opaque);
}

void slirp_pollfds_fill(Slirp *s, uint32_t *timeout, SlirpAddPollCb add_poll,
			void *opaque)
{
	fill(s, timeout, add_poll, opaque);
}

void slirp_pollfds_fill_socket(Slirp *s, uint32_t *timeout,
			       SlirpAddPollSocketCb add_poll, void *opaque)
{
	fill(s, timeout, add_poll, opaque);
}

/* True when the host is let go without work, to come back with a frame. */
static bool waits_for_more(struct Slirp *s)
{
	unsigned int waiting = ul_embed_waiting(s->net);
	unsigned int more = waiting - MIN(s->had_waiting, waiting);
	bool is_first = !s->had_waiting;
	bool may_wait;

	s->had_waiting = waiting;
	if (!is_first && more)
		s->patience = MIN(s->patience + 1, PATIENCE);
	else if (!is_first)
		s->patience = MAX(s->patience - 4, IMPATIENCE);
	else if (waiting && s->patience < 0)
		s->patience++;
	may_wait = more == 1 && waiting < BATCH && s->patience >= 0;
	if (may_wait && is_first)
		s->wait_began_us = real_us();
	if (may_wait && real_us() - s->wait_began_us < BATCH_US)
		return true;
	s->had_waiting = 0;
	return false;
}

static bool has_more(struct Slirp *s)
{
	return !ul_embed_wait_us(s->net) || ul_embed_has_output(s->net);
}

bool ul_slirp_run(struct Slirp *s)
{
	bool goes_on = true;

	for (int i = 0; goes_on && i < ROUNDS; i++) {
		ul_slirp_enter(s);
		s->had_waiting = 0;
		ul_embed_turn(s->net);
		goes_on = has_more(s);
		if (!ul_slirp_leave(s))
			return false;
	}
	return true;
}

void slirp_pollfds_poll(Slirp *s, int select_error,
			SlirpGetREventsCb get_revents, void *opaque)
{
	bool waits;

	ul_slirp_lock(s);
	s->is_awake = true;
	waits = waits_for_more(s);
	ul_slirp_unlock(s);
	if (!waits)
		ul_slirp_run(s);
}

void ul_slirp_on_timer(struct Slirp *s)
{
	ul_slirp_lock(s);
	s->timer_us = -1;
	ul_slirp_unlock(s);
	ul_slirp_run(s);
}

void ul_slirp_arm_timer(struct Slirp *s)
{
	int64_t wait_us = ul_embed_wait_us(s->net);
	int64_t due_us = s->now_us + wait_us;
	int64_t clock_us = s->clock_us + wait_us;

	if (!s->timer || wait_us < 0 ||
	    (s->timer_us >= 0 && s->timer_us <= due_us))
		return;
	s->timer_us = due_us;
	ul_slirp_unlock(s);
	ul_slirp_cb_timer_mod(s, clock_us);
	ul_slirp_lock(s);
}

void slirp_handle_timer(Slirp *s, SlirpTimerId id, void *cb_opaque)
{
	if (id == SLIRP_TIMER_RA)
		ul_slirp_on_timer(s);
}
