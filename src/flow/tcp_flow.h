/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_flow.h - one proxied TCP connection; shared by the files tcp_*.c */
#ifndef UL_FLOW_TCP_FLOW_H
#define UL_FLOW_TCP_FLOW_H

#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"
#include "flow/account.h"
#include "flow/ctx.h"
#include "flow/flow_book.h"
#include "flow/tcp_proxy.h"
#include "flow/tcp_state.h"
#include "loop/loop.h"
#include "stack/conn.h"
#include "sys/congestion.h"

/* The guest's SYN while the host connects: headers only. */
struct ul_held_syn {
	struct ul_pkt pkt;	/* points into bytes */
	uint8_t bytes[128];
};

struct ul_tcp_flow {
	struct ul_hnode node;
	struct ul_tcp_proxy *proxy;
	struct ul_flow_entry entry;
	struct ul_ep guest, peer;	/* the key, as the guest sees it */
	struct ul_ep host;
	struct ul_heard *name;		/* held: a rule by name allowed it */
	struct ul_ep local;		/* once the host socket is closed */
	enum ul_tcp_state state;
	struct ul_share share;		/* none while lingering */
	struct ul_share half;		/* while connecting, either way */
	struct ul_watch watch;		/* the host socket */
	struct ul_conn *conn;		/* NULL while dialling */
	struct ul_held_syn *syn;	/* only while dialling */
	struct ul_list order;		/* idle list, or lingering list */
	struct ul_list dirty, ticking, held;
	struct ul_list resting;		/* an acknowledgement is owed */
	struct ul_tcp_origin *origin;	/* of a forward; NULL: nobody's */
	struct ul_list of_origin;
	int64_t active_us;
	struct ul_program *program;	/* that the host's side is; NULL */
	struct ul_greeter greeter;	/* told once how the guest meets it */
	bool is_forward;
	bool is_met;			/* the guest took the connection */
	bool is_service;		/* the host side is the router */
	bool is_guestfwd;		/* the policy has no say */
	bool is_shared;			/* others may have the descriptor too */
	bool is_keyed;			/* can be found */
	bool host_readable, host_writable;
	bool host_reads_short;		/* EOF or an urgent mark is queued */
	bool host_marked, host_ended;	/* the kernel told of that */
	bool host_shut;			/* our FIN to the host is sent */
	bool reads_much;		/* the last read filled what it had */
	bool is_starved;		/* reading waits for memory */
	bool is_probed;
	bool has_recverr, has_nodelay, has_oobinline, has_keepalive;
	bool was_bulk;			/* has sent much to the host */
};

struct ul_tcp_gro;

struct ul_tcp_proxy {
	struct ul_flow_ctx *ctx;
	struct ul_tcp_gro *gro;
	const struct ul_guestfwds *guestfwds;	/* NULL: none */
	ul_tcp_serve_fn serve;		/* NULL: nothing */
	void *serve_arg;
	struct ul_hash_key key;
	struct ul_htab tab;
	size_t count;
	unsigned int lingering;
	struct ul_list idle;		/* longest idle first */
	struct ul_list linger;		/* oldest first */
	struct ul_list dirty, ticking;
	struct ul_list resting;
	struct ul_defer work;
	struct ul_timer tick;
	struct ul_timer rest;		/* while flows rest */
	struct ul_timer trim;		/* after a while without ticks */
	uint32_t ticks;			/* counted: one may come late */
	struct ul_timer sweep;
	bool wants_recverr;		/* see tcp_dial.c */
	/* The host's, when it paces; else empty. See tcp_sockopt.c. */
	char congestion[UL_CONGESTION_NAME_MAX];
};

/* Registered once. A read stops at an urgent mark, so that is told too. */
#define UL_TCP_HOST_EVENTS \
	(EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET)

/* Log at debug level, with the flow's number and its ends. */
#define ul_flow_log(f, ...) \
	do { \
		if (ul_log_wants(UL_LOG_DEBUG)) \
			ul_tcp_flow_log(f, __VA_ARGS__); \
	} while (0)
void ul_tcp_flow_log(const struct ul_tcp_flow *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* tcp_flow.c: the table of connections. */
uint64_t ul_tcp_hash(const struct ul_tcp_proxy *p, const struct ul_ep *guest,
		     const struct ul_ep *peer);
struct ul_tcp_flow *ul_tcp_flow_find(const struct ul_tcp_proxy *p,
				     const struct ul_ep *guest,
				     const struct ul_ep *peer, uint64_t hash);
/*
 * A flow in UL_TCP_DIAL, or with @half UL_USE_TCP_GREET a forward's, in that
 * state. NULL when @account may not have it, or without memory.
 */
struct ul_tcp_flow *ul_tcp_flow_new(struct ul_tcp_proxy *p,
				    struct ul_account *account,
				    enum ul_use half,
				    const struct ul_ep *guest,
				    const struct ul_ep *peer, uint64_t hash);
/* It is over already, or was never more than a wish. */
void ul_tcp_flow_free(struct ul_tcp_flow *f);
/* Whoever began it hears of the guest's answer, the first time. */
void ul_tcp_flow_greeted(struct ul_tcp_flow *f, enum ul_greeting how);
/* The book has it among those that ended from now on. */
void ul_tcp_flow_sign_out(struct ul_tcp_flow *f);
/* End a flow by reset towards both sides, because of @why. */
void ul_tcp_flow_reset(struct ul_tcp_flow *f, enum ul_flow_end why);
void ul_tcp_flow_close_host(struct ul_tcp_flow *f, bool with_reset);
/*
 * The guest is through with @f and begins anew: what is left of it goes on
 * where it cannot be found, or ends. False when it is in use.
 */
bool ul_tcp_flow_make_way(struct ul_tcp_flow *f);
/* There is work for it at the end of this turn. */
void ul_tcp_flow_mark_dirty(struct ul_tcp_flow *f);
/* Put the flow on the lists that its connection asks for. */
void ul_tcp_flow_schedule(struct ul_tcp_flow *f);
void ul_tcp_arm_tick(struct ul_tcp_proxy *p);
/* The flow's guest was seen at @account. */
void ul_tcp_flow_seen_at(struct ul_tcp_flow *f, struct ul_account *account);

/*
 * Where the connection goes on the host, in *@d; false when the guest was
 * told no.
 */
bool ul_tcp_resolve(struct ul_tcp_proxy *p, const struct ul_pkt *pkt,
		    const struct ul_ep *dst, struct ul_decision *d);

/*
 * Options of the host's socket: before @bytes are sent, before it is read,
 * and once the connection is more than a moment old. (tcp_sockopt.c)
 */
void ul_tcp_before_send(struct ul_tcp_flow *f, size_t bytes);
void ul_tcp_before_read(struct ul_tcp_flow *f);
void ul_tcp_lives_on(struct ul_tcp_flow *f);

/*
 * Connect the guest to a service of the router's, if @dst is one's: true, and
 * it was told when there is none for it. (tcp_serve.c)
 */
bool ul_tcp_serve(struct ul_tcp_proxy *p, const struct ul_pkt *pkt,
		  const struct ul_ep *guest, const struct ul_ep *dst,
		  uint64_t hash, ul_watch_fn on_event);

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

/* What an error of the host's socket (positive errno) means to the flow. */
enum ul_flow_end ul_tcp_why(int err);

/* Follow the table of tcp_state.h. */
void ul_tcp_flow_step(struct ul_tcp_flow *f, enum ul_tcp_event event);

/*
 * Move what can move. False when the host's peer is gone, and errno says
 * how; *@has_more when the host has more to read than one turn's share.
 */
bool ul_tcp_flush_to_host(struct ul_tcp_flow *f);
bool ul_tcp_pump_to_guest(struct ul_tcp_flow *f, bool *has_more);
/* The guest's FIN follows its last byte. */
void ul_tcp_pass_on_fin(struct ul_tcp_flow *f);

#endif
