/* SPDX-License-Identifier: BSD-3-Clause */
/* outbound.c - which of the host's addresses guests' flows leave from */
#include "flow/outbound.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

const struct ul_addr *ul_outbound_addr(const struct ul_flow_ctx *ctx,
				       enum ul_family family)
{
	return family == UL_V4 ? &ctx->outbound4 : &ctx->outbound6;
}

int ul_outbound_bind(const struct ul_flow_ctx *ctx, int fd,
		     const struct ul_addr *to)
{
	const struct ul_addr *own = ul_outbound_addr(ctx, ul_addr_family(to));
	struct ul_ep ep = { .addr = *own };
	struct sockaddr_storage ss;
	static const int on = 1;
	socklen_t len;

	if (ul_addr_is_any(own))
		return 0;
	/* The port is chosen when the other end is known: more are free. */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	len = ul_ep_to_sa(&ep, &ss);
	return bind(fd, (struct sockaddr *)&ss, len) < 0 ? -errno : 0;
}
