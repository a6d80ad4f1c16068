/* SPDX-License-Identifier: BSD-3-Clause */
/* slirp_api.c - an instance's life, its locks, and what goes in and out */
#include "qemu-glue/slirp_priv.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#include "base/log.h"

/* The engine's time starts here: 0 is "never" to some of it. */
#define START_US 1000000000ll
#define ETHERTYPE_AT 12

static_assert(offsetof(struct Slirp, mfr_id) == 0x9c &&
	      offsetof(struct Slirp, oob_eth_addr) == 0xa0 &&
	      offsetof(struct Slirp, opaque) == 0x1780, "as in libslirp");

static pthread_mutex_t engine = PTHREAD_MUTEX_INITIALIZER;

void ul_slirp_engine_lock(void)
{
	pthread_mutex_lock(&engine);
}

void ul_slirp_engine_unlock(void)
{
	pthread_mutex_unlock(&engine);
}

void ul_slirp_lock(struct Slirp *s)
{
	pthread_mutex_lock(&s->lock);
}

void ul_slirp_unlock(struct Slirp *s)
{
	pthread_mutex_unlock(&s->lock);
}

/*
 * The guest's clock stands still while it is stopped, and jumps when it is
 * restored from a snapshot. The engine's goes on from where it was.
 */
static void pass_time(struct Slirp *s, int64_t clock_us)
{
	if (clock_us > s->clock_us)
		s->now_us += clock_us - s->clock_us;
	s->clock_us = clock_us;
}

void ul_slirp_enter(struct Slirp *s)
{
	int64_t clock_us = ul_slirp_cb_clock_us(s);

	ul_slirp_lock(s);
	pass_time(s, clock_us);
	pthread_mutex_lock(&engine);
}

/* One caller hands over at a time, so that frames keep their order. */
static void deliver(struct Slirp *s)
{
	size_t len;

	if (s->is_delivering)
		return;
	s->is_delivering = true;
	while (!s->is_dying && (len = ul_embed_take(s->net, s->frame)) > 0) {
		if (len < SHORTEST_FRAME) {
			memset(s->frame + len, 0, SHORTEST_FRAME - len);
			len = SHORTEST_FRAME;
		}
		ul_slirp_unlock(s);
		ul_slirp_cb_send(s, s->frame, len);
		ul_slirp_lock(s);
	}
	if (!s->is_dying)
		ul_slirp_guestfwds_deliver(s);
	if (!s->is_dying)
		ul_slirp_arm_timer(s);
	s->is_delivering = false;
}

static void destroy(struct Slirp *s)
{
	pthread_mutex_destroy(&s->lock);
	g_free(s->frame);
	g_free(s);
}

bool ul_slirp_leave(struct Slirp *s)
{
	bool is_dying, is_last, has_work;

	pthread_mutex_unlock(&engine);
	deliver(s);
	is_dying = s->is_dying;
	is_last = is_dying && !s->is_delivering;
	has_work = !is_dying && !s->is_awake &&
		   !ul_embed_wait_us(s->net);
	s->is_awake |= has_work;
	ul_slirp_unlock(s);
	if (has_work)
		ul_slirp_wake(s);
	if (is_last)
		destroy(s);
	return !is_dying;
}

static int64_t loop_clock(void *arg)
{
	const struct Slirp *s = arg;

	return s->now_us;
}

/* The engine's part. False, and nothing is left of it. */
static bool start(struct Slirp *s)
{
	char *error = NULL;

	s->loop = ul_loop_new();
	if (!s->loop)
		return false;
	ul_loop_set_clock(s->loop, loop_clock, s);
	ul_slirp_guestfwds_init(s);
	s->net = ul_embed_new(s->loop, s->conf, &error);
	if (s->net && ul_slirp_wake_init(s) == 0)
		return true;
	ul_log(ERROR, "slirp", "%s", error ? error : "no descriptor is free");
	g_free(error);
	ul_slirp_wake_fini(s);
	ul_embed_free(s->net);
	ul_slirp_guestfwds_fini(s);
	ul_loop_free(s->loop);
	return false;
}

static void stop(struct Slirp *s)
{
	ul_embed_free(s->net);
	ul_slirp_guestfwds_fini(s);
	ul_loop_free(s->loop);
	ul_conf_free(s->conf);
}

Slirp *slirp_new(const SlirpConfig *cfg, const SlirpCb *callbacks,
		 void *opaque)
{
	struct Slirp *s;
	bool is_started = false;

	g_return_val_if_fail(cfg && callbacks && callbacks->send_packet, NULL);
	s = g_new0(struct Slirp, 1);
	s->cb = callbacks;
	s->opaque = opaque;
	s->cfg_version = cfg->version;
	if (cfg->version >= 5) {
		s->mfr_id = cfg->mfr_id;
		memcpy(s->oob_eth_addr, cfg->oob_eth_addr, 6);
	}
	s->frame = g_malloc(UL_EMBED_FRAME_MAX);
	s->timer_us = -1;
	pthread_mutex_init(&s->lock, NULL);
	s->clock_us = ul_slirp_cb_clock_us(s);
	s->now_us = START_US;
	ul_slirp_engine_lock();
	ul_slirp_debug_init();
	s->conf = ul_slirp_conf_new(cfg);
	if (s->conf)
		is_started = start(s);
	if (!is_started)
		ul_conf_free(s->conf);
	pthread_mutex_unlock(&engine);
	if (!is_started) {
		destroy(s);
		return NULL;
	}
	/* A host's timer may ask it for the instance. */
	if (cfg->version >= 4 && callbacks->init_completed)
		callbacks->init_completed(s, opaque);
	ul_slirp_cb_timer_new(s);
	ul_slirp_cb_register(s, ul_loop_fd(s->loop));
	return s;
}

Slirp *slirp_init(int restricted, bool in_enabled, struct in_addr vnetwork,
		  struct in_addr vnetmask, struct in_addr vhost,
		  bool in6_enabled, struct in6_addr vprefix_addr6,
		  uint8_t vprefix_len, struct in6_addr vhost6,
		  const char *vhostname, const char *tftp_server_name,
		  const char *tftp_path, const char *bootfile,
		  struct in_addr vdhcp_start, struct in_addr vnameserver,
		  struct in6_addr vnameserver6, const char **vdnssearch,
		  const char *vdomainname, const SlirpCb *callbacks,
		  void *opaque)
{
	SlirpConfig cfg = {
		.version = 1, .restricted = restricted,
		.in_enabled = in_enabled, .vnetwork = vnetwork,
		.vnetmask = vnetmask, .vhost = vhost,
		.in6_enabled = in6_enabled, .vprefix_addr6 = vprefix_addr6,
		.vprefix_len = vprefix_len, .vhost6 = vhost6,
		.vhostname = vhostname, .tftp_server_name = tftp_server_name,
		.tftp_path = tftp_path, .bootfile = bootfile,
		.vdhcp_start = vdhcp_start, .vnameserver = vnameserver,
		.vnameserver6 = vnameserver6, .vdnssearch = vdnssearch,
		.vdomainname = vdomainname,
	};

	return slirp_new(&cfg, callbacks, opaque);
}

/*
 * The host hears nothing any more when this returns. Called by one of its
 * callbacks, the rest goes when that has returned.
 */
void slirp_cleanup(Slirp *s)
{
	bool is_last;

	if (!s)
		return;
	ul_slirp_cb_timer_free(s);
	ul_slirp_cb_unregister(s, ul_loop_fd(s->loop));
	ul_slirp_lock(s);
	pthread_mutex_lock(&engine);
	stop(s);
	pthread_mutex_unlock(&engine);
	s->is_dying = true;
	is_last = !s->is_delivering;
	ul_slirp_unlock(s);
	if (is_last)
		destroy(s);
}

/* What has no business on a network without IPv4. */
static bool is_ipv4(const uint8_t *pkt, int len)
{
	return len >= ETHERTYPE_AT + 2 && pkt[ETHERTYPE_AT] == 0x08 &&
	       (pkt[ETHERTYPE_AT + 1] == 0x00 || pkt[ETHERTYPE_AT + 1] == 0x06);
}

/*
 * The frame waits for the host to come with all that it has: the engine then
 * acknowledges and writes to sockets once for many.
 */
void slirp_input(Slirp *s, const uint8_t *pkt, int pkt_len)
{
	bool wakes;
	int ret;

	if (pkt_len <= 0 || ul_slirp_ncsi_input(s, pkt, (size_t)pkt_len))
		return;
	if (s->conf->slirp.no_ipv4 && is_ipv4(pkt, pkt_len))
		return;
	ul_slirp_lock(s);
	ret = ul_embed_put(s->net, pkt, (size_t)pkt_len);
	wakes = !s->is_awake;
	s->is_awake = true;
	ul_slirp_unlock(s);
	if (wakes)
		ul_slirp_wake(s);
	if (ret != -ENOBUFS || !ul_slirp_run(s))
		return;
	ul_slirp_lock(s);
	ul_embed_put(s->net, pkt, (size_t)pkt_len);
	ul_slirp_unlock(s);
}

const char *slirp_version_string(void)
{
	return SLIRP_VERSION_STRING;
}
