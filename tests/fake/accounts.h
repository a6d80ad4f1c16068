/* SPDX-License-Identifier: BSD-3-Clause */
/* accounts.h - accounts with room for all that a test does */
#ifndef UL_TESTS_ACCOUNTS_H
#define UL_TESTS_ACCOUNTS_H

#include "flow/ctx.h"

/* The limits that are not set yet are none. The test frees ctx->accounts. */
static inline void accounts_init(struct ul_flow_ctx *ctx)
{
	struct ul_accounts_conf conf = {
		.loop = ctx->loop, .limits = &ctx->limits, .fds = 65536,
		.pinned_bytes = 1u << 30, .send_bytes = 1u << 30,
	};

	if (!ctx->limits.pinned_bytes)
		ctx->limits.pinned_bytes = 1u << 30;
	if (!ctx->limits.send_bytes)
		ctx->limits.send_bytes = 1u << 30;
	ctx->accounts = ul_accounts_new(&conf);
}

#endif
