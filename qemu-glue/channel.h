/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * channel.h - connections of the guest that end at a function of the host's
 *
 * slirp_add_guestfwd() names a function for what the guest sends. Each
 * connection is a pair of sockets: the engine has one end, as of any server,
 * and a channel has the other. What can be read there is kept until no lock
 * is held, since only then may the host's function be called.
 */
#ifndef UL_QEMU_GLUE_CHANNEL_H
#define UL_QEMU_GLUE_CHANNEL_H

#include "base/list.h"
#include "loop/loop.h"

/* Bytes for the guest that may wait in a channel. */
#define UL_CHANNEL_BYTES (128u << 10)
/* What is read at once for the host. */
#define UL_CHANNEL_READ (64u << 10)

struct ul_channels;

struct ul_channels_conf {
	struct ul_loop *loop;
	/* Something can be read, or there is room again. Calls nobody. */
	void (*changed)(void *arg);
	void *arg;
};

struct ul_channels *ul_channels_new(const struct ul_channels_conf *conf);
/* All end. NULL is fine. */
void ul_channels_free(struct ul_channels *all);

/* Another connection: the engine's end, or -errno. */
int ul_channels_open(struct ul_channels *all);

/*
 * What the guest sent, up to UL_CHANNEL_READ bytes of one connection: how
 * many are in @out. 0: there is nothing now.
 */
size_t ul_channels_read(struct ul_channels *all, uint8_t *out);

/* How many bytes ul_channels_write() takes now. */
size_t ul_channels_room(const struct ul_channels *all);
/* For the oldest connection. What there is no room for is lost. */
void ul_channels_write(struct ul_channels *all, const uint8_t *data,
		       size_t len);
/* There is room, after there was none or little: told once. */
bool ul_channels_take_has_room(struct ul_channels *all);

#endif
