/* SPDX-License-Identifier: BSD-3-Clause */
/* vxlan_sock.h - the UDP socket of a VXLAN port */
#ifndef UL_LINK_VXLAN_SOCK_H
#define UL_LINK_VXLAN_SOCK_H

#include "base/addr.h"

/* Non-blocking and bound to @local; -1 and the caller's *@error. */
int ul_vxlan_socket(const struct ul_ep *local, char **error);

#endif
