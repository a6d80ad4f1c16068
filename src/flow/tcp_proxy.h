/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_proxy.h - guest TCP through host sockets
 *
 * Theory of operation is at the head of tcp_proxy.c.
 */
#ifndef UL_FLOW_TCP_PROXY_H
#define UL_FLOW_TCP_PROXY_H

#include "flow/account.h"
#include "flow/ctx.h"
#include "flow/flow_book.h"
#include "flow/tcp_state.h"

struct ul_guestfwds;
struct ul_tcp_proxy;

struct ul_tcp_proxy *ul_tcp_proxy_new(struct ul_flow_ctx *ctx);
/* Every flow is reset on both sides. NULL is fine. */
void ul_tcp_proxy_free(struct ul_tcp_proxy *proxy);

/*
 * Is @dst a service of the router's own? Then it gets a connection from
 * @guest at @port of the switch: a descriptor, whose far end it has, of a
 * stream socket that does not block; -ENOENT when not, another -errno when it
 * takes none now.
 */
typedef int (*ul_tcp_serve_fn)(const struct ul_ep *guest,
			       const struct ul_ep *dst, const void *port,
			       void *arg);
void ul_tcp_proxy_set_serve(struct ul_tcp_proxy *proxy, ul_tcp_serve_fn serve,
			    void *arg);
/* Connections to these go there; borrowed. */
void ul_tcp_proxy_set_guestfwds(struct ul_tcp_proxy *proxy,
				const struct ul_guestfwds *guestfwds);

/*
 * A segment from a guest, its checksum verified. @pkt's bytes are changed, at
 * the latest when the batch ends: it may wait for those that follow it.
 */
void ul_tcp_proxy_input(struct ul_tcp_proxy *proxy, const struct ul_pkt *pkt);
/* All segments of a batch were put in; without it the turn's end counts. */
void ul_tcp_proxy_batch_end(struct ul_tcp_proxy *proxy);

/*
 * Where connections were forwarded from, embedded in its owner, who outlives
 * them or says goodbye before.
 */
struct ul_tcp_origin {
	struct ul_list flows;
	unsigned int open;		/* in flows */
	/* A guest did not take the connection from @client. */
	void (*failed)(struct ul_tcp_origin *origin,
		       const struct ul_ep *client, enum ul_flow_end why);
};

void ul_tcp_origin_init(struct ul_tcp_origin *origin,
			void (*failed)(struct ul_tcp_origin *origin,
				       const struct ul_ep *client,
				       enum ul_flow_end why));
/* Its connections go on and are nobody's; or they are reset. */
void ul_tcp_origin_leave(struct ul_tcp_origin *origin);
void ul_tcp_origin_cut(struct ul_tcp_origin *origin);

/*
 * Connect the accepted host socket @take_fd (non-blocking) to @guest, from
 * @peer as the guest shall see @client; it gets another port when the guest
 * has a connection from there already. @origin may be NULL. 0, or -errno after
 * closing it with RST.
 */
int ul_tcp_proxy_forward(struct ul_tcp_proxy *proxy, int take_fd,
			 const struct ul_ep *client, const struct ul_ep *peer,
			 const struct ul_ep *guest,
			 struct ul_tcp_origin *origin);

/* How a guest met a connection that was begun towards it. */
enum ul_greeting {
	UL_GREETING_ACCEPTED,
	UL_GREETING_REFUSED,		/* by its RST, or "port unreachable" */
	UL_GREETING_UNREACHABLE,
	UL_GREETING_SILENT,		/* it never answered */
	UL_GREETING_ENDED,		/* by us, before it answered */
};
#define UL_GREETING_COUNT (UL_GREETING_ENDED + 1)

/*
 * Who is told, once, from within the proxy: it may end no flow, begin none
 * and do nothing that calls the proxy.
 */
struct ul_greeter {
	void (*fn)(enum ul_greeting how, void *arg);
	void *arg;
};

struct ul_tcp_flow;

/*
 * Connect @fd (a connected stream socket; others may have it too) to @guest,
 * as ul_tcp_proxy_forward() does, and tell @greeter (copied). 0, and @fd is
 * the flow's, which lives until it told, or longer; else -errno, and @fd is
 * the caller's.
 */
int ul_tcp_proxy_greet(struct ul_tcp_proxy *proxy, int fd,
		       const struct ul_ep *peer, const struct ul_ep *guest,
		       const struct ul_greeter *greeter,
		       struct ul_tcp_flow **out);
/*
 * The same without a host's side: what accepts is hung up on before a program
 * there sees a connection.
 */
int ul_tcp_proxy_knock(struct ul_tcp_proxy *proxy, const struct ul_ep *peer,
		       const struct ul_ep *guest,
		       const struct ul_greeter *greeter,
		       struct ul_tcp_flow **out);

/*
 * An ICMP error of a guest's: the connection that it ends, for it was begun
 * towards the guest and had no answer yet, is reset. False: it ends none.
 */
bool ul_tcp_proxy_unreachable(struct ul_tcp_proxy *proxy,
			      const struct ul_pkt *pkt);

/* The guest will not come back: reset every flow of it on both sides. */
void ul_tcp_proxy_reset_account(struct ul_tcp_proxy *proxy,
				struct ul_account *account);
/* Reset the flow that is unused for longest. False when there is none. */
bool ul_tcp_proxy_give_up(struct ul_tcp_proxy *proxy,
			  struct ul_account *account);
/* The guest of @from is back as @to: its flows are charged there. */
void ul_tcp_proxy_adopt(struct ul_tcp_proxy *proxy, struct ul_account *from,
			struct ul_account *to);

/* The port of @account has room again: flows that it held back go on. */
void ul_tcp_proxy_resume(struct ul_tcp_proxy *proxy,
			 struct ul_account *account);

/* Reset the flows, all but forwards, that the policy allows no more. */
void ul_tcp_proxy_policy_changed(struct ul_tcp_proxy *proxy);

/* For the log; flow_book.h has more. */
struct ul_tcp_info {
	uint64_t id;
	const struct ul_account *account;
	struct ul_ep guest, peer;	/* as the guest sees them */
	struct ul_ep host;		/* what the host socket is connected to */
	uint16_t host_port;		/* of our end; 0 when not yet known */
	enum ul_tcp_state state;
	bool is_forward;
	size_t to_host, to_guest;	/* bytes waiting */
	int64_t idle_us;
};
void ul_tcp_proxy_each(struct ul_tcp_proxy *proxy,
		       void (*fn)(const struct ul_tcp_info *info, void *arg),
		       void *arg);
/*
 * Connections that ended and that the book has no more, while the guest's
 * late segments are still answered.
 */
void ul_tcp_proxy_each_lingering(const struct ul_tcp_proxy *proxy,
				 void (*fn)(const struct ul_flow_info *info,
					    void *arg), void *arg);
size_t ul_tcp_proxy_count(const struct ul_tcp_proxy *proxy);

#endif
