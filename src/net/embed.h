/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * embed.h - a network inside the program that has its guest
 *
 * A router with one port and no switch: whatever is on the guest's side of it
 * is one machine, or several that see each other without us. The owner turns
 * the loop; frames pass by calls (link/callport.h).
 */
#ifndef UL_NET_EMBED_H
#define UL_NET_EMBED_H

#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "loop/loop.h"

struct ul_embed;
struct ul_router;

/* @conf is borrowed until it is freed. NULL and *@error: a sentence. */
struct ul_embed *ul_embed_new(struct ul_loop *loop,
			      const struct ul_conf *conf, char **error);
void ul_embed_free(struct ul_embed *embed);

struct ul_router *ul_embed_router(struct ul_embed *embed);

/* As ul_router_forward(). */
int ul_embed_forward(struct ul_embed *embed,
		     const struct ul_forward_conf *conf, char **error);
/* Where a forward is open. */
struct ul_embed_door {
	bool is_udp;
	struct ul_ep host;
	const char *path;	/* of a UNIX socket: no host */
};
/* 0, or -ENOENT: there is none at @door. Connections live on. */
int ul_embed_unforward(struct ul_embed *embed,
		       const struct ul_embed_door *door);

/* As struct ul_guestfwd_rule; borrowed as long as it is there. */
struct ul_embed_guestfwd {
	struct ul_ep at;
	const char *path;
	char *const *argv;
	const char *text;
	int (*open)(void *arg);
	void *arg;
};
void ul_embed_add_guestfwd(struct ul_embed *embed,
			   const struct ul_embed_guestfwd *fwd);
/* 0, or -ENOENT. What is open stays open. */
int ul_embed_remove_guestfwd(struct ul_embed *embed, const struct ul_ep *at);

/* A frame of the guest's: as ul_callport_put(). It waits for a turn. */
int ul_embed_put(struct ul_embed *embed, const uint8_t *frame, size_t len);
/* How many frames wait. */
unsigned int ul_embed_waiting(const struct ul_embed *embed);
/*
 * Take a frame for the guest, of at most UL_EMBED_FRAME_MAX bytes: as
 * ul_callport_take().
 */
#define UL_EMBED_FRAME_MAX 69632
size_t ul_embed_take(struct ul_embed *embed, uint8_t *out);
bool ul_embed_has_output(const struct ul_embed *embed);

/* One turn of the loop without waiting: what is ready, due, and waits. */
void ul_embed_turn(struct ul_embed *embed);

/* us until the next is due, descriptors aside; -1: none is. */
int64_t ul_embed_wait_us(const struct ul_embed *embed);

#endif
