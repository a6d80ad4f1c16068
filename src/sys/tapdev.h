/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tapdev.h - a tap or macvtap that somebody else made
 *
 * All return 0 or -errno and then in *@error a sentence of the caller's,
 * which says what root does about it where root must.
 */
#ifndef UL_SYS_TAPDEV_H
#define UL_SYS_TAPDEV_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "sys/linkinfo.h"

struct ul_tapdev {
	char name[IFNAMSIZ];
	uint8_t mac[6];			/* the interface's own */
	bool is_macvtap;
	enum ul_macvtap_mode mode;
	/*
	 * Is the interface in our namespace? Else what follows is a guess:
	 * MTU 1500, up, in no bridge.
	 */
	bool is_seen;
	unsigned int mtu;
	bool is_up;
	char bridge[IFNAMSIZ];		/* that it is a port of, or "" */
	bool has_vnet_hdr;		/* virtio's, in front of frames */
};

/*
 * The tap or macvtap @name, which this user may open: *@out is the caller's
 * non-blocking descriptor. Makes no interface, even as root.
 */
int ul_tapdev_open(int *out, struct ul_tapdev *dev, const char *name,
		   char **error);

/*
 * The inherited descriptor @fd: *@out is a non-blocking, close-on-exec one
 * above 2, and @fd is closed.
 */
int ul_tapdev_adopt(int *out, struct ul_tapdev *dev, int fd, char **error);

/* What there is to know of a descriptor that we were given. */
int ul_tapdev_look(struct ul_tapdev *dev, int fd, char **error);

/*
 * Put the cable of a tap in or out, for who has the interface. Kernels before
 * 5.0 and macvtaps have no such thing: nothing happens.
 */
void ul_tapdev_set_carrier(int fd, bool is_in);

/* Open /dev/net/tun: non-blocking, nothing attached yet. */
int ul_tapdev_open_tun(int *out, char **error);

#endif
