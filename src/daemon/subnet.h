/* SPDX-License-Identifier: BSD-3-Clause */
/* subnet.h - the network's subnet beside the ones that this host has */
#ifndef UL_DAEMON_SUBNET_H
#define UL_DAEMON_SUBNET_H

#include "conf/conf.h"

/*
 * Settle the subnet of @conf on this host. Where it is free to choose: the
 * one that the network had before, when that is still free, else the next
 * free /24; the choice is kept in @state_dir (NULL: nowhere). An explicit one
 * that overlaps a connected prefix is refused; in mode nat it is only a
 * warning, since a nested VM's host is on 10.0.2.0/24 itself. 0, or -errno
 * and in *@error a sentence of the caller's.
 */
int ul_subnet_settle(struct ul_conf *conf, const char *state_dir,
		     char **error);

#endif
