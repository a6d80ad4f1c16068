/* SPDX-License-Identifier: BSD-3-Clause */
/* slirp_debug.c - how much the library says on stderr */
#include "qemu-glue/slirp_priv.h"

void slirp_set_debug(unsigned int flags)
{
}

void slirp_reset_debug(unsigned int flags)
{
}
