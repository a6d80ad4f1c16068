/* SPDX-License-Identifier: BSD-3-Clause */
/* ns.h - a tap in somebody else's network namespace */
#ifndef UL_SYS_NS_H
#define UL_SYS_NS_H

#include "sys/tapif.h"

/*
 * As ul_tapif_make(), in the network namespace of @target: the id of a
 * process or the path of a namespace's file. A forked child goes there, so
 * the caller must have one thread and stays where it is; our own namespace
 * is refused. Waits for the child.
 */
int ul_ns_make_tap(int *out, const char *target,
		   const struct ul_tap_conf *conf, char **error);

#endif
