/* SPDX-License-Identifier: BSD-3-Clause */
/* udp_forward.h - host UDP ports that lead to a guest */
#ifndef UL_FLOW_UDP_FORWARD_H
#define UL_FLOW_UDP_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/ctx.h"
#include "flow/udp_io.h"
#include "flow/udp_proxy.h"

struct ul_udp_forwards;

struct ul_udp_forwards *ul_udp_forwards_new(struct ul_flow_ctx *ctx,
					    struct ul_udp_io *io);
/* Closes the forwards' sockets. NULL is fine. */
void ul_udp_forwards_free(struct ul_udp_forwards *forwards);

/* As ul_udp_proxy_forward(). */
int ul_udp_forwards_add(struct ul_udp_forwards *forwards, int take_fd,
			ul_udp_guest_fn guest_of, void *arg,
			struct ul_udp_forward **out);

/* As ul_udp_proxy_end_forward(). */
void ul_udp_forward_free(struct ul_udp_forward *forward);

/* The guest of @account will not come back: end what its clients have. */
void ul_udp_forwards_forget(struct ul_account *account);

/*
 * Is @pkt, from @src to @dst, a guest's answer to a forward's client? Then
 * it is sent there.
 */
bool ul_udp_forwards_input(struct ul_udp_forwards *forwards,
			   const struct ul_pkt *pkt, const struct ul_ep *src,
			   const struct ul_ep *dst, uint8_t ttl);

#endif
