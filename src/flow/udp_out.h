/* SPDX-License-Identifier: BSD-3-Clause */
/* udp_out.h - datagrams on their way to the host, in batches */
#ifndef UL_FLOW_UDP_OUT_H
#define UL_FLOW_UDP_OUT_H

#include "flow/udp_io.h"

struct ul_udp_out;

struct ul_udp_out *ul_udp_out_new(struct ul_flow_ctx *ctx);
/* Nothing may wait any more. NULL is fine. */
void ul_udp_out_free(struct ul_udp_out *out);

/*
 * Have @pkt leave by @sock to @host with @ttl at the next flush; at once when
 * it has no buffer to be kept by.
 */
void ul_udp_out_put(struct ul_udp_out *out, struct ul_udp_sock *sock,
		    const struct ul_pkt *pkt, const struct ul_ep *host,
		    uint8_t ttl);

/* Send all that waits. */
void ul_udp_out_flush(struct ul_udp_out *out);

/* Forget what waits at @sock, which is closed. */
void ul_udp_out_forget(struct ul_udp_out *out, struct ul_udp_sock *sock);

#endif
