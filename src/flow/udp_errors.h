/* SPDX-License-Identifier: BSD-3-Clause */
/* udp_errors.h - what ICMP says about a host UDP socket's datagrams */
#ifndef UL_FLOW_UDP_ERRORS_H
#define UL_FLOW_UDP_ERRORS_H

#include "flow/udp_io.h"

/*
 * Empty the error queue of @sock and pass on what is for guests. *@mtu is
 * set when this kernel refused a datagram for the MTU that it knows of the
 * path.
 */
void ul_udp_errors_drain(struct ul_udp_sock *sock, uint32_t *mtu);

#endif
