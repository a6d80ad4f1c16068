/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_poll.c - the host's sleep: what it waits for, and that it woke up
 *
 * All of an instance's descriptors are behind one, the loop's, which is what
 * the host waits for. What happened there is asked of the kernel and not of
 * the host: some hosts say nothing about descriptors whenever the guest sent
 * something, and a busy guest would keep the others waiting.
 */
#include "qemu-glue/slirp_priv.h"

#include <glib.h>

#define ROUNDS 4		/* of work for one time that the host woke */

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

void slirp_pollfds_poll(Slirp *s, int select_error,
			SlirpGetREventsCb get_revents, void *opaque)
{
	for (int i = 0; i < ROUNDS; i++) {
		bool has_more;

		ul_slirp_enter(s);
		s->is_notified = false;
		ul_embed_turn(s->net);
		has_more = ul_embed_wait_us(s->net) == 0 ||
			   ul_embed_has_output(s->net);
		ul_slirp_leave(s);
		if (!has_more)
			break;
	}
}

void ul_slirp_on_timer(struct Slirp *s)
{
	ul_slirp_enter(s);
	ul_embed_turn(s->net);
	ul_slirp_leave(s);
}

void slirp_handle_timer(Slirp *s, SlirpTimerId id, void *cb_opaque)
{
	if (id == SLIRP_TIMER_RA)
		ul_slirp_on_timer(s);
}
