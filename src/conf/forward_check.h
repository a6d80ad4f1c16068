/* SPDX-License-Identifier: BSD-3-Clause */
/* forward_check.h - may a network have a forward? */
#ifndef UL_CONF_FORWARD_CHECK_H
#define UL_CONF_FORWARD_CHECK_H

#include "conf/conf.h"

/*
 * May the network of @conf (settled) have @f, whatever its other forwards
 * are? 0, or -EINVAL and a sentence, the caller's, that begins with @option
 * and the rule: "--forward", or "forward" for one that came later.
 */
int ul_forward_check(const struct ul_conf *conf,
		     const struct ul_forward_conf *f, const char *option,
		     char **error);

/* The same of all forwards that @conf has, and of each beside the others. */
int ul_forwards_check(const struct ul_conf *conf, char **error);

#endif
