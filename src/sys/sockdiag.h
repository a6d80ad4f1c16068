/* SPDX-License-Identifier: BSD-3-Clause */
/* sockdiag.h - ask the kernel who listens (sock_diag(7)) */
#ifndef UL_SYS_SOCKDIAG_H
#define UL_SYS_SOCKDIAG_H

#include <stdint.h>

#include "base/addr.h"

/*
 * Does a socket of @ip_proto (IPPROTO_TCP: listening, IPPROTO_UDP: bound) in
 * this network namespace hold @port on the wildcard address, so that it
 * would answer on any address of @family? A dual-stack IPv6 socket answers
 * for both. 1, 0, or -errno. The kernel answers at once, from its tables.
 */
int ul_sockdiag_has_wildcard(enum ul_family family, int ip_proto,
			     uint16_t port);

#endif
