/* SPDX-License-Identifier: BSD-3-Clause */
/* tap.h - a port on a tap device (IFF_TAP | IFF_NO_PI) */
#ifndef UL_LINK_TAP_H
#define UL_LINK_TAP_H

#include "link/port.h"
#include "loop/loop.h"
#include "sys/tapoffload.h"

/*
 * @take_fd is non-blocking; @mtu is the device's. A device with virtio's
 * header in front of frames gives and takes super-frames. NULL: epoll refused
 * it.
 */
struct ul_port *ul_tap_new(struct ul_loop *loop, int take_fd, uint16_t mtu,
			   const struct ul_port_handler *handler, void *arg);
/* The same where the device's abilities are known. */
struct ul_port *ul_tap_new_vnet(struct ul_loop *loop, int take_fd,
				uint16_t mtu,
				const struct ul_tap_offload *offload,
				const struct ul_port_handler *handler,
				void *arg);

#endif
