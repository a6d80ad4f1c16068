/* SPDX-License-Identifier: BSD-3-Clause */
/* forward_bind.h - the host's side of a forward: sockets for each port */
#ifndef UL_FLOW_FORWARD_BIND_H
#define UL_FLOW_FORWARD_BIND_H

#include <glib.h>

#include "base/addr.h"
#include "flow/forward.h"

#define UL_FORWARD_BACKLOG 1024

/* A bound socket; of TCP it listens, unless its rule is when_listening. */
struct ul_forward_bound {
	int fd;			/* whoever takes it makes it -1 */
	uint16_t offset;	/* of its port from the rule's first */
	struct ul_ep host;	/* port 0 and no address: a UNIX socket */
};

/*
 * Bind every port of @rule on every address and append what that gives to
 * @out, of struct ul_forward_bound. 0, or -errno and a sentence, the caller's,
 * that names the rule, the address and the remedy; what is in @out then is to
 * be closed. Of several addresses those of a family that the host does not
 * have are passed over, as long as one is bound.
 */
int ul_forward_bind(const struct ul_forward_rule *rule, GArray *out,
		    char **error);

#endif
