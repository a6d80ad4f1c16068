/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_check.h - rules between options, and what is settled by them */
#ifndef UL_CONF_CONF_CHECK_H
#define UL_CONF_CONF_CHECK_H

#include "conf/conf.h"

/*
 * Check @conf as a whole and settle what was left open: where the guest
 * attaches (a socket in @runtime_dir, which may be NULL, when nothing was
 * said), the MTU, one_off with an inherited descriptor. 0, or -EINVAL and in
 * *@error a sentence (the caller's) that names what is wrong.
 */
int ul_conf_check(struct ul_conf *conf, const char *runtime_dir,
		  char **error);

#endif
