/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_pair.h - both ends of a TCP connection of this process with itself */
#ifndef UL_SYS_TCP_PAIR_H
#define UL_SYS_TCP_PAIR_H

/*
 * As socketpair(), by TCP on 127.0.0.1: for programs that ask who their peer
 * is. Both block and are close-on-exec. 0 or -errno; -ECONNREFUSED: others
 * connected first, and ours was not among them.
 */
int ul_tcp_pair(int out[2]);

#endif
