/* SPDX-License-Identifier: BSD-3-Clause */
/* outbound.h - which of the host's addresses guests' flows leave from */
#ifndef UL_FLOW_OUTBOUND_H
#define UL_FLOW_OUTBOUND_H

#include "flow/ctx.h"

/* The address of ctx->outbound4 and 6 for @family, "any": the host's choice. */
const struct ul_addr *ul_outbound_addr(const struct ul_flow_ctx *ctx,
				       enum ul_family family);

/*
 * Bind @fd, which is going to be connected to @to, on loopback too, as
 * libslirp does. 0 or -errno.
 */
int ul_outbound_bind(const struct ul_flow_ctx *ctx, int fd,
		     const struct ul_addr *to);

#endif
