/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_host.h - a program that uses the library in libslirp's place
 *
 * It keeps what it is sent and counts what it is called for. The clock is the
 * test's, and starts at zero.
 */
#ifndef UL_TESTS_FAKE_SLIRP_HOST_H
#define UL_TESTS_FAKE_SLIRP_HOST_H

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "slirp/libslirp.h"

#define HOST_FRAMES 64
#define HOST_FDS 8
#define HOST_TURNS 200

struct slirp_host {
	Slirp *slirp;
	int64_t now_ns;
	uint8_t frame[HOST_FRAMES][2048];
	size_t len[HOST_FRAMES];
	unsigned int frames;
	unsigned int registered, unregistered, notified;
	unsigned int timers, timers_freed, timers_set;
	int64_t timer_ms;
	bool has_completed;		/* before the timer was made */
	bool made_timer_first;
	struct pollfd fds[HOST_FDS];
	unsigned int fd_count;
	uint32_t timeout_ms;
	/* Called with each frame; NULL: nobody. */
	void (*on_frame)(struct slirp_host *h, const uint8_t *f, size_t len);
};

static slirp_ssize_t host_send(const void *buf, size_t len, void *opaque)
{
	struct slirp_host *h = opaque;

	if (h->frames < HOST_FRAMES && len <= sizeof(h->frame[0])) {
		memcpy(h->frame[h->frames], buf, len);
		h->len[h->frames++] = len;
	}
	if (h->on_frame)
		h->on_frame(h, buf, len);
	return (slirp_ssize_t)len;
}

static inline int64_t host_clock(void *opaque)
{
	struct slirp_host *h = opaque;

	return h->now_ns;
}

static inline void *host_timer_new(SlirpTimerCb cb, void *cb_opaque,
				   void *opaque)
{
	struct slirp_host *h = opaque;

	h->timers++;
	return cb_opaque;
}

static inline void *host_timer_new_opaque(SlirpTimerId id, void *cb_opaque,
					  void *opaque)
{
	struct slirp_host *h = opaque;

	h->timers++;
	h->made_timer_first = !h->has_completed;
	return h;
}

static inline void host_timer_free(void *timer, void *opaque)
{
	struct slirp_host *h = opaque;

	h->timers_freed++;
}

static inline void host_timer_mod(void *timer, int64_t ms, void *opaque)
{
	struct slirp_host *h = opaque;

	h->timers_set++;
	h->timer_ms = ms;
}

static inline void host_register(int fd, void *opaque)
{
	struct slirp_host *h = opaque;

	h->registered++;
}

static inline void host_unregister(int fd, void *opaque)
{
	struct slirp_host *h = opaque;

	h->unregistered++;
}

static inline void host_notify(void *opaque)
{
	struct slirp_host *h = opaque;

	h->notified++;
}

static inline void host_completed(Slirp *slirp, void *opaque)
{
	struct slirp_host *h = opaque;

	h->has_completed = true;
	h->slirp = slirp;
}

/* As QEMU of our days. */
static const SlirpCb host_callbacks = {
	.send_packet = host_send, .clock_get_ns = host_clock,
	.timer_free = host_timer_free, .timer_mod = host_timer_mod,
	.notify = host_notify, .init_completed = host_completed,
	.timer_new_opaque = host_timer_new_opaque,
	.register_poll_socket = host_register,
	.unregister_poll_socket = host_unregister,
};

static inline struct in_addr host_in(const char *text)
{
	struct in_addr a;

	inet_pton(AF_INET, text, &a);
	return a;
}

/* 10.0.2.0/24 and fec0::/64, as QEMU's user network. */
static inline SlirpConfig host_config(uint32_t version)
{
	SlirpConfig cfg = {
		.version = version, .in_enabled = true, .in6_enabled = true,
		.vnetwork = host_in("10.0.2.0"),
		.vnetmask = host_in("255.255.255.0"),
		.vhost = host_in("10.0.2.2"),
		.vdhcp_start = host_in("10.0.2.15"),
		.vnameserver = host_in("10.0.2.3"), .vprefix_len = 64,
	};

	inet_pton(AF_INET6, "fec0::", &cfg.vprefix_addr6);
	inet_pton(AF_INET6, "fec0::2", &cfg.vhost6);
	inet_pton(AF_INET6, "fec0::3", &cfg.vnameserver6);
	return cfg;
}

static inline int host_add_poll(int fd, int events, void *opaque)
{
	struct slirp_host *h = opaque;

	if (h->fd_count == HOST_FDS)
		return -1;
	h->fds[h->fd_count] = (struct pollfd){ .fd = fd, .events = POLLIN };
	return (int)h->fd_count++;
}

static inline int host_revents(int i, void *opaque)
{
	struct slirp_host *h = opaque;

	return i >= 0 && h->fds[i].revents ? SLIRP_POLL_IN : 0;
}

/* One turn of the host's loop, which sleeps at most @max_ms. */
static inline void host_turn(struct slirp_host *h, uint32_t max_ms)
{
	int n;

	h->timeout_ms = max_ms;
	h->fd_count = 0;
	slirp_pollfds_fill_socket(h->slirp, &h->timeout_ms, host_add_poll, h);
	n = poll(h->fds, h->fd_count, (int)h->timeout_ms);
	slirp_pollfds_poll(h->slirp, n <= 0, host_revents, h);
}

/* Turns until @count frames were sent. */
static inline bool host_frames(struct slirp_host *h, unsigned int count)
{
	for (int i = 0; i < HOST_TURNS && h->frames < count; i++)
		host_turn(h, 10);
	return h->frames >= count;
}

static inline void host_start(struct slirp_host *h, const SlirpConfig *cfg,
			      const SlirpCb *cb)
{
	memset(h, 0, sizeof(*h));
	h->slirp = slirp_new(cfg, cb, h);
}

/* Frames of the guest 10.0.2.15 at 52:54:00:12:34:56. */

static const uint8_t host_arp[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56,
	0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1,
	0x52, 0x54, 0, 0x12, 0x34, 0x56, 10, 0, 2, 15,
	0, 0, 0, 0, 0, 0, 10, 0, 2, 2,
};

/* An echo request to 10.0.2.2, without asking for its MAC before. */
static const uint8_t host_echo[] = {
	0x52, 0x55, 10, 0, 2, 2, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x08, 0,
	0x45, 0, 0, 36, 0, 1, 0, 0, 64, 1, 0x62, 0xc8, 10, 0, 2, 15,
	10, 0, 2, 2,
	8, 0, 0x06, 0xfa, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g', 0, 0, 0, 0,
};

#endif
