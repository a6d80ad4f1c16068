/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_cb.c - the host's callbacks, each of which may be missing
 *
 * Hosts leave out what they believe not to be called, and a struct of an old
 * version ends early: nothing behind its end is read.
 */
#include "qemu-glue/slirp_priv.h"

#include <time.h>

#define VERSION_TIMER_ID 4
#define VERSION_SOCKET 6

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t ul_slirp_cb_clock_us(const struct Slirp *s)
{
	int64_t ns = s->cb->clock_get_ns ? s->cb->clock_get_ns(s->opaque) :
					   monotonic_ns();

	return ns / 1000;
}

void ul_slirp_cb_register(const struct Slirp *s, int fd)
{
	if (s->cfg_version >= VERSION_SOCKET && s->cb->register_poll_socket)
		s->cb->register_poll_socket(fd, s->opaque);
	else if (s->cb->register_poll_fd)
		s->cb->register_poll_fd(fd, s->opaque);
}

void ul_slirp_cb_unregister(const struct Slirp *s, int fd)
{
	if (s->cfg_version >= VERSION_SOCKET && s->cb->unregister_poll_socket)
		s->cb->unregister_poll_socket(fd, s->opaque);
	else if (s->cb->unregister_poll_fd)
		s->cb->unregister_poll_fd(fd, s->opaque);
}

void ul_slirp_cb_notify(const struct Slirp *s)
{
	if (s->cb->notify)
		s->cb->notify(s->opaque);
}

void ul_slirp_cb_send(const struct Slirp *s, const uint8_t *frame, size_t len)
{
	s->cb->send_packet(frame, len, s->opaque);
}

void ul_slirp_cb_guest_error(const struct Slirp *s, const char *what)
{
	if (s->cb->guest_error)
		s->cb->guest_error(what, s->opaque);
}

static void on_timer(void *arg)
{
	ul_slirp_on_timer(arg);
}

/* A host with neither timer has the timeout of slirp_pollfds_fill(). */
void ul_slirp_cb_timer_new(struct Slirp *s)
{
	if (s->cfg_version >= VERSION_TIMER_ID && s->cb->timer_new_opaque)
		s->timer = s->cb->timer_new_opaque(SLIRP_TIMER_RA, s,
						   s->opaque);
	else if (s->cb->timer_new)
		s->timer = s->cb->timer_new(on_timer, s, s->opaque);
}

void ul_slirp_cb_timer_free(struct Slirp *s)
{
	if (s->timer && s->cb->timer_free)
		s->cb->timer_free(s->timer, s->opaque);
	s->timer = NULL;
}

void ul_slirp_cb_timer_mod(struct Slirp *s, int64_t clock_us)
{
	if (s->timer && s->cb->timer_mod)
		s->cb->timer_mod(s->timer, clock_us / 1000 + 1, s->opaque);
}
