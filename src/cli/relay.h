/* SPDX-License-Identifier: BSD-3-Clause */
/* relay.h - bytes between two descriptors and a socket, both ways */
#ifndef UL_CLI_RELAY_H
#define UL_CLI_RELAY_H

/*
 * Carry what @in has to @sock and what @sock has to @out until both have
 * ended. The end of one way is passed on and the other goes on; but when @in
 * is a terminal, the end of what @sock has is the end. @out is closed. 0, or
 * -errno when a side went away in the middle.
 */
int ul_relay(int in, int out, int sock);

#endif
