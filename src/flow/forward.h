/* SPDX-License-Identifier: BSD-3-Clause */
/* forward.h - host ports that lead to a guest */
#ifndef UL_FLOW_FORWARD_H
#define UL_FLOW_FORWARD_H

#include "flow/ctx.h"
#include "flow/tcp_proxy.h"
#include "flow/udp_proxy.h"

struct ul_forwards;

/* One rule, as conf/ has it. */
struct ul_forward_rule {
	uint8_t proto;			/* UL_IPPROTO_TCP or UL_IPPROTO_UDP */
	const struct ul_addr *host_addrs;
	unsigned int host_addr_count;
	uint16_t host_first, host_last;	/* host_first 0: a free port */
	struct ul_addr guest;
	uint16_t guest_first;
	const char *text;		/* as the user wrote it */
};

struct ul_forwards *ul_forwards_new(struct ul_flow_ctx *ctx,
				    struct ul_tcp_proxy *tcp,
				    struct ul_udp_proxy *udp);
/* Host ports are closed; connections that came through them live on. */
void ul_forwards_free(struct ul_forwards *f);

/*
 * Bind every port of @rule. 0, or -errno and in *@error a sentence, the
 * caller's, that names the rule, the address and the remedy; nothing is left
 * bound then. Of several addresses those of a family that the host does not
 * have are passed over, as long as one is bound.
 */
int ul_forwards_add(struct ul_forwards *f, const struct ul_forward_rule *rule,
		    char **error);

#endif
