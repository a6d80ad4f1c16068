/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_priv.h - an instance of the library, for the files of qemu-glue
 *
 * Locks. Slirp.lock guards an instance. The engine has globals (lwIP's lists,
 * the log), which all instances of a process share, so it is entered under
 * one lock of the process. The host's callbacks are called with neither:
 * whatever they call of the library, and from whatever thread, is done at
 * once. So nothing in the engine calls the host; it queues, and what it
 * queued is handed over afterwards by ul_slirp_leave().
 */
#ifndef UL_QEMU_GLUE_SLIRP_PRIV_H
#define UL_QEMU_GLUE_SLIRP_PRIV_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* The library exports what this declares, and nothing else. */
#pragma GCC visibility push(default)
#include "slirp/libslirp.h"
#pragma GCC visibility pop

#include "conf/conf.h"
#include "loop/loop.h"
#include "net/embed.h"
#include "net/router.h"

/* Some network cards lose what is shorter. */
#define SHORTEST_FRAME 60

struct Slirp {
	/*
	 * libslirp's own test of NC-SI looks at these three where libslirp
	 * 4.8 has them; tests/unit/test_slirp_abi.c watches the places.
	 */
	uint8_t before[0x9c];
	uint32_t mfr_id;
	uint8_t oob_eth_addr[6];
	uint8_t between[0x1780 - 0xa8];
	void *opaque;

	pthread_mutex_t lock;
	const SlirpCb *cb;
	uint32_t cfg_version;
	struct ul_conf *conf;
	struct ul_loop *loop;
	struct ul_embed *net;
	GPtrArray *guestfwds;		/* of slirp_guestfwd.c */
	bool has_guestfwd_news;		/* they have something for the host */

	/* The engine's time, in us: the guest's clock, made monotonic. */
	int64_t now_us;
	int64_t clock_us;		/* the guest's, when last asked */

	void *timer;			/* the host's; NULL: none */
	int64_t timer_us;		/* when it is armed for; -1: not */

	/* Of the host's thread, and how it brings frames: slirp_poll.c. */
	pthread_t poller;
	struct ul_watch wake;
	unsigned int had_waiting;
	int64_t wait_began_us;
	int patience;

	uint8_t *frame;			/* the one that is handed over */
	bool is_delivering;		/* somebody hands frames over */
	bool is_awake;			/* the host is told, or here already */
	bool is_dying;			/* cleaned up by a callback */
};

/*
 * Begin a call from the host: time passes, the instance and the engine are
 * the caller's own. Between this and ul_slirp_leave() nobody outside is
 * called, and s->net and its router may be used.
 */
void ul_slirp_enter(struct Slirp *s);
/*
 * Hand over what is for the host, with no lock held. False when the host has
 * ended the instance meanwhile: it is gone.
 */
bool ul_slirp_leave(struct Slirp *s);

/* The engine of all instances, for what is of none. */
void ul_slirp_engine_lock(void);
void ul_slirp_engine_unlock(void);

/* The instance alone, for what does not enter the engine. */
void ul_slirp_lock(struct Slirp *s);
void ul_slirp_unlock(struct Slirp *s);

/*
 * slirp_guestfwd.c. The last hands over what guests sent: with the instance
 * locked, which it is not while the host is called.
 */
void ul_slirp_guestfwds_init(struct Slirp *s);
void ul_slirp_guestfwds_fini(struct Slirp *s);
void ul_slirp_guestfwds_deliver(struct Slirp *s);

/* slirp_debug.c: once the engine is locked. */
void ul_slirp_debug_init(void);

/* slirp_conf.c: NULL, and said why on stderr, when @cfg is not valid. */
struct ul_conf *ul_slirp_conf_new(const SlirpConfig *cfg);

/*
 * slirp_cb.c: the host's callbacks, each of which may be missing. To be called
 * with no lock held.
 */
int64_t ul_slirp_cb_clock_us(const struct Slirp *s);
void ul_slirp_cb_register(const struct Slirp *s, int fd);
void ul_slirp_cb_unregister(const struct Slirp *s, int fd);
void ul_slirp_cb_notify(const struct Slirp *s);
void ul_slirp_cb_send(const struct Slirp *s, const uint8_t *frame,
		      size_t len);
void ul_slirp_cb_guest_error(const struct Slirp *s, const char *what);
void ul_slirp_cb_timer_new(struct Slirp *s);
void ul_slirp_cb_timer_free(struct Slirp *s);
/* Let the timer expire at @clock_us of the guest's clock. */
void ul_slirp_cb_timer_mod(struct Slirp *s, int64_t clock_us);

/*
 * slirp_ncsi.c: true when @frame was for the network controller. To be called
 * with no lock held.
 */
bool ul_slirp_ncsi_input(const struct Slirp *s, const uint8_t *frame,
			 size_t len);

/*
 * slirp_poll.c: the host's timer expired; have a way to wake the host, 0 or
 * -errno; the host should come, wherever it is: with no lock held.
 */
void ul_slirp_on_timer(struct Slirp *s);
/* Do what there is to do, and hand over: as ul_slirp_leave(). */
bool ul_slirp_run(struct Slirp *s);
int ul_slirp_wake_init(struct Slirp *s);
void ul_slirp_wake_fini(struct Slirp *s);
void ul_slirp_wake(struct Slirp *s);
/* With the instance locked, which it is not while the host is called. */
void ul_slirp_arm_timer(struct Slirp *s);

#endif
