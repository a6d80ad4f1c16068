/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dgram.h - ports on UNIX sockets that carry one frame in each datagram
 *
 * QEMU's -netdev dgram, vfkit, libkrun and UML speak so. The four bytes
 * "VFKT", with which some of them begin, are swallowed once. What is no
 * frame (empty, or longer than UL_FRAME_MAX) is dropped, counted in rx_bad
 * and logged once for each port.
 */
#ifndef UL_LINK_DGRAM_H
#define UL_LINK_DGRAM_H

#include "link/listener.h"
#include "loop/loop.h"

/* Peers on one socket at most. */
#define UL_DGRAM_PEERS_MAX 256

/*
 * The guest is at the other end of the connected SOCK_SEQPACKET or SOCK_DGRAM
 * socket @take_fd, which is closed on failure too (NULL). Over for good when
 * it leaves; with SOCK_DGRAM that is found out when a frame is sent to it.
 */
struct ul_port *ul_dgram_new(struct ul_loop *loop, int take_fd,
			     const struct ul_port_handler *handler, void *arg);

/* A port for each guest that connects to the SOCK_SEQPACKET @take_fd. */
struct ul_listener *
ul_seqpacket_listener_new(struct ul_loop *loop, int take_fd,
			  const struct ul_allow *allow,
			  const struct ul_listener_handler *handler,
			  void *arg);

/*
 * A port for each address that sends to the bound SOCK_DGRAM @take_fd, from
 * its first datagram on. Senders without an address are ignored.
 */
struct ul_listener *
ul_dgram_listener_new(struct ul_loop *loop, int take_fd,
		      const struct ul_allow *allow,
		      const struct ul_listener_handler *handler, void *arg);

#endif
