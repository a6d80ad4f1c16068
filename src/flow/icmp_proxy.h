/* SPDX-License-Identifier: BSD-3-Clause */
/* icmp_proxy.h - guest ICMP echo through unprivileged ping sockets */
#ifndef UL_FLOW_ICMP_PROXY_H
#define UL_FLOW_ICMP_PROXY_H

#include "flow/ctx.h"

struct ul_icmp_proxy;

struct ul_icmp_proxy *ul_icmp_proxy_new(struct ul_flow_ctx *ctx);
void ul_icmp_proxy_free(struct ul_icmp_proxy *proxy);

/*
 * An ICMP or ICMPv6 message from a guest that is neither NDP nor addressed
 * to the router. Echo requests are proxied; all else is dropped.
 */
void ul_icmp_proxy_input(struct ul_icmp_proxy *proxy,
			 const struct ul_pkt *pkt);

/* As the functions of udp_proxy.h that are named so. */
bool ul_icmp_proxy_give_up(struct ul_icmp_proxy *proxy,
			   struct ul_account *account);
void ul_icmp_proxy_forget(struct ul_icmp_proxy *proxy,
			  struct ul_account *account);
void ul_icmp_proxy_policy_changed(struct ul_icmp_proxy *proxy);

/* Answer an echo request addressed to the router itself. */
void ul_icmp_proxy_answer(struct ul_icmp_proxy *proxy,
			  const struct ul_pkt *pkt);

#endif
