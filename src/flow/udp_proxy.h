/* SPDX-License-Identifier: BSD-3-Clause */
/* udp_proxy.h - guest UDP through host sockets, one per guest endpoint */
#ifndef UL_FLOW_UDP_PROXY_H
#define UL_FLOW_UDP_PROXY_H

#include "flow/ctx.h"

struct ul_udp_forward;
struct ul_udp_proxy;

struct ul_udp_proxy *ul_udp_proxy_new(struct ul_flow_ctx *ctx);
void ul_udp_proxy_free(struct ul_udp_proxy *proxy);

/* A datagram from a guest, not for one of our services. */
void ul_udp_proxy_input(struct ul_udp_proxy *proxy, const struct ul_pkt *pkt);

/* Where a forward leads a new @client: 0 and *@guest, or -errno: nowhere. */
typedef int (*ul_udp_guest_fn)(const struct ul_ep *client,
			       struct ul_ep *guest, void *arg);

/*
 * Forward datagrams that arrive at the bound, non-blocking socket @take_fd to
 * the guest that @guest_of says for each client, which keeps it until it was
 * silent for a while; from the client's real address, or, when the guest could
 * not answer that (loopback, the network's own prefix, the other family), from
 * the gateway's. Replies go back the same way. 0 or -errno.
 */
int ul_udp_proxy_forward(struct ul_udp_proxy *proxy, int take_fd,
			 ul_udp_guest_fn guest_of, void *arg,
			 struct ul_udp_forward **out);
/* Close the forward's port; its clients are forgotten. NULL is fine. */
void ul_udp_proxy_end_forward(struct ul_udp_proxy *proxy,
			      struct ul_udp_forward *forward);
/* How many clients were heard of lately. */
unsigned int ul_udp_forward_clients(const struct ul_udp_forward *forward);
/* The host's socket. */
int ul_udp_forward_fd(const struct ul_udp_forward *forward);

/* End the mapping that is unused for longest. False when there is none. */
bool ul_udp_proxy_give_up(struct ul_udp_proxy *proxy,
			  struct ul_account *account);
/* End all mappings of a guest that will not come back. */
void ul_udp_proxy_forget(struct ul_udp_proxy *proxy,
			 struct ul_account *account);
/* The guest of @from is back as @to: its mappings are charged there. */
void ul_udp_proxy_adopt(struct ul_udp_proxy *proxy, struct ul_account *from,
			struct ul_account *to);
/* Forget the peers that the policy allows no more. */
void ul_udp_proxy_policy_changed(struct ul_udp_proxy *proxy);

/* One line per mapping to @fn, for listings: guest, host port, age. */
void ul_udp_proxy_each(struct ul_udp_proxy *proxy,
		       void (*fn)(const struct ul_ep *guest, uint16_t host_port,
				  int64_t idle_us, void *arg), void *arg);

#endif
