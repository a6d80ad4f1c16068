/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vhost.h - the back-end's side of a vhost-user connection
 *
 * A machine tells us by its messages where the memory of its guest is and
 * where two virtqueues are in it, and hands us descriptors for kicks and calls.
 * What the rings carry is somebody else's (link/vhost_net). Nothing that a
 * machine says is believed; one that breaks the rules is let go.
 */
#ifndef UL_LINK_VHOST_H
#define UL_LINK_VHOST_H

#include "link/guest_mem.h"
#include "link/vring.h"
#include "loop/loop.h"

#define UL_VHOST_RINGS 2

/* Features of any device (VIRTIO 1.2 section 6) and of vhost-user itself. */
#define UL_VIRTIO_F_LOG_ALL (1ull << 26)
#define UL_VIRTIO_F_ANY_LAYOUT (1ull << 27)
#define UL_VIRTIO_F_INDIRECT (1ull << 28)
#define UL_VIRTIO_F_EVENT_IDX (1ull << 29)
#define UL_VIRTIO_F_PROTOCOL (1ull << 30)
#define UL_VIRTIO_F_VERSION_1 (1ull << 32)
#define UL_VIRTIO_F_PACKED (1ull << 34)

struct ul_vhost;

/* The last argument is the arg given. All come within a turn of the loop. */
struct ul_vhost_handler {
	/* Ring @index was kicked, started or enabled: look. */
	void (*kicked)(unsigned int index, void *arg);
	/* Features, or which rings run, may have changed. */
	void (*changed)(void *arg);
	/* The guest that has @mac is here now and cannot say so itself. */
	void (*rarp)(const uint8_t mac[6], void *arg);
	/* The machine is gone or was let go. Free it later than here. */
	void (*over)(void *arg);
};

/*
 * The machine is at the other end of the stream socket @take_fd. @features of
 * the device are offered beside those of rings. NULL, and @take_fd is closed,
 * when it cannot be watched.
 */
struct ul_vhost *ul_vhost_new(struct ul_loop *loop, int take_fd,
			      uint64_t features,
			      const struct ul_vhost_handler *handler,
			      void *arg);
/* NULL is fine. */
void ul_vhost_free(struct ul_vhost *v);
/* Let the machine go: over() follows at once. */
void ul_vhost_close(struct ul_vhost *v);

int ul_vhost_fd(const struct ul_vhost *v);
/* What machine and guest agreed to. */
uint64_t ul_vhost_features(const struct ul_vhost *v);
struct ul_guest_mem *ul_vhost_mem(struct ul_vhost *v);
/* Ring @index while it runs, else NULL. */
struct ul_vring *ul_vhost_ring(struct ul_vhost *v, unsigned int index);
/* Make known what was given back, and tell the driver if it wants to be. */
void ul_vhost_publish(struct ul_vhost *v, unsigned int index);
/* How often the driver of ring @index was told, and told us. */
uint64_t ul_vhost_calls(const struct ul_vhost *v, unsigned int index);
uint64_t ul_vhost_kicks(const struct ul_vhost *v, unsigned int index);

#endif
