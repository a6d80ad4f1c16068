/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs.h - every verb of userlan(1), in the order of its help
 *
 * To add one: a line below, and verb_NAME.c in local.mk.
 */
#ifndef UL_CLI_VERBS_H
#define UL_CLI_VERBS_H

#include "cli/cli.h"

#define UL_VERBS(X) \
	X(run) \
	X(up) \
	X(down) \
	X(reload) \
	X(ls) \
	X(status) \
	X(events) \
	X(flows) \
	X(logs) \
	X(stats) \
	X(capture) \
	X(port_set) \
	X(log_level) \
	X(forward) \
	X(leases) \
	X(host) \
	X(dns) \
	X(policy) \
	X(connect) \
	X(wait) \
	X(proxy) \
	X(shell)

#define UL_VERB_DECLARE(name) extern const struct ul_verb ul_verb_##name;
UL_VERBS(UL_VERB_DECLARE)

/* The verbs, up to NULL. */
extern const struct ul_verb *const ul_verbs[];

#endif
