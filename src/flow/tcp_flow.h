/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_flow.h - one proxied TCP connection; shared by the files tcp_*.c */
#ifndef UL_FLOW_TCP_FLOW_H
#define UL_FLOW_TCP_FLOW_H

#include "base/htab.h"
#include "base/list.h"
#include "flow/ctx.h"
#include "flow/tcp_state.h"
#include "loop/loop.h"
#include "stack/conn.h"

/* The guest's SYN while the host connects: headers only. */
struct ul_held_syn {
	struct ul_pkt pkt;	/* points into bytes */
	uint8_t bytes[128];
};

struct ul_tcp_flow {
	struct ul_hnode node;
	struct ul_tcp_proxy *proxy;
	struct ul_ep guest, peer;	/* the key, as the guest sees it */
	struct ul_ep host;
	enum ul_tcp_state state;
	struct ul_watch watch;		/* the host socket */
	struct ul_conn *conn;		/* NULL while dialling */
	struct ul_held_syn *syn;	/* only while dialling */
	struct ul_list order;		/* idle list, or lingering list */
	struct ul_list dirty, ticking, held;
	int64_t active_us;
	bool is_forward;
	bool is_half_open;		/* counted as such */
	bool host_readable, host_writable;
	bool host_reads_short;		/* EOF or an urgent mark is queued */
	bool host_shut;			/* our FIN to the host is sent */
	bool is_starved;		/* reading waits for memory */
	bool is_probed;
};

/* Registered once. A read stops at an urgent mark, so that is told too. */
#define UL_TCP_HOST_EVENTS \
	(EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET)

/* Options of every host socket, dialled or accepted. */
void ul_tcp_set_host_options(int fd);

/*
 * Begin to connect to flow->host. 0 when connected or under way, else
 * -errno. @syn gives TTL and TOS. The socket is flow->watch's.
 */
int ul_tcp_dial(struct ul_loop *loop, struct ul_tcp_flow *flow,
		const struct ul_pkt *syn, ul_watch_fn on_event);

/*
 * Tell the guest why its connection failed with @err (positive errno): RST,
 * ICMP of the router that said so, or silence.
 */
void ul_tcp_dial_failed(struct ul_flow_ctx *ctx, struct ul_tcp_flow *flow,
			int err);

struct ul_held_syn *ul_held_syn_new(const struct ul_pkt *pkt);

/* Follow the table of tcp_state.h. */
void ul_tcp_flow_step(struct ul_tcp_flow *f, enum ul_tcp_event event);

/*
 * Move what can move. False when the host's peer is gone; *@has_more when
 * the host has more to read than one turn's share.
 */
bool ul_tcp_flush_to_host(struct ul_tcp_flow *f);
bool ul_tcp_pump_to_guest(struct ul_tcp_flow *f, bool *has_more);
/* The guest's FIN follows its last byte. */
void ul_tcp_pass_on_fin(struct ul_tcp_flow *f);

#endif
