/* SPDX-License-Identifier: BSD-3-Clause */
/* dgram_sock.h - what UDP and ping sockets carry besides the payload */
#ifndef UL_FLOW_DGRAM_SOCK_H
#define UL_FLOW_DGRAM_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/addr.h"

/* Room for the control messages of one message: three ints at most. */
#define UL_DGRAM_CONTROL_LEN (3 * CMSG_SPACE(sizeof(int)))

/*
 * Write control messages that give one datagram its TTL and TOS (hop limit
 * and traffic class) to @control, which is aligned for struct cmsghdr and
 * UL_DGRAM_CONTROL_LEN long. Returns the length for msg_controllen.
 */
size_t ul_dgram_put_control(char *control, enum ul_family family, uint8_t ttl,
			    uint8_t tos);

/*
 * Write to @control, behind those, that a UDP message stands for datagrams of
 * @size bytes each, the last maybe shorter. Returns what it adds to the
 * length.
 */
size_t ul_dgram_put_segment(char *control, uint16_t size);

/* The TOS of a received datagram; 0 when it was not told. */
uint8_t ul_dgram_read_tos(struct msghdr *msg);

/*
 * What each datagram has that a received UDP message stands for, the last
 * maybe less; 0 when it is one.
 */
uint16_t ul_dgram_read_segment(struct msghdr *msg);

/* Have the kernel hand over equal datagrams of one sender as one message. */
void ul_dgram_join_received(int fd);

/* Have datagrams leave with or without "don't fragment". */
void ul_dgram_set_df(int fd, enum ul_family family, bool df);

/* Ask for TOS and errors. 0 or -errno. */
int ul_dgram_set_options(int fd, enum ul_family family);

#endif
