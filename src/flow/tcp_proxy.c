/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_proxy.c - guest TCP through host sockets
 *
 * A guest's SYN is held while a host socket connects; then lwIP completes the
 * handshake and bytes move both ways until both sides are done
 * (tcp_state.h). The table is keyed by what the guest sees.
 *
 * Host sockets are edge triggered and registered once: flags remember what
 * the kernel said and are cleared by EAGAIN or a short count, so an idle
 * direction costs no system call. Everything that happened to a flow in a
 * turn is worked off once at its end (process()): received data goes to the
 * socket in one sendmsg(), the guest's acknowledgement goes out after it and
 * only for what fitted, the socket is read as far as the guest's
 * acknowledgements allow. That is all the flow control there is: a side that
 * does not take data is not read from the other side.
 *
 * Lists: order (idle first; lingering flows have a list of their own), dirty
 * (work this turn), ticking (flows with a timer to run), held (the guest's
 * port was full; a list of each account). A flow is on any number of them;
 * freeing it removes it from all.
 *
 * A guest may begin anew while the host still takes what it sent on the same
 * two endpoints before: the old flow loses its key and drains unseen.
 */
#include "flow/tcp_proxy.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "flow/guestfwd.h"
#include "flow/icmp_error.h"
#include "flow/policy.h"
#include "flow/recverr.h"
#include "flow/tcp_flow.h"
#include "flow/tcp_gro.h"
#include "wire/tcp.h"

#define IDLE_US (2 * 3600 * 1000000ll)	/* RFC 1122 4.2.3.6 */
#define IDLE_SWEEP_US (60 * 1000000ll)
#define LINGER_US 1000000ll
#define LINGER_MAX 1024
#define PEER_PORT_TRIES 64
#define PEER_PORT_MIN 1024
#define QUIET_US 2000000ll
#define KEEP_BYTES (2u << 20)	/* of unused buffers when it gets quiet */

/*
 * The host side is done with: keep the connection for the guest's late
 * segments, for a second, unless too many are kept already.
 */
static void linger(struct ul_tcp_flow *f)
{
	struct ul_tcp_proxy *p = f->proxy;

	ul_tcp_flow_close_host(f, false);
	ul_tcp_flow_sign_out(f);
	if (!ul_conn_is_time_wait(f->conn)) {
		f->state = UL_TCP_END;
		ul_tcp_flow_free(f);
		return;
	}
	if (p->lingering >= LINGER_MAX)
		ul_tcp_flow_free(ul_container_of(ul_list_first(&p->linger),
						 struct ul_tcp_flow, order));
	ul_conn_set_budget(f->conn, NULL);
	ul_share_put(&f->share);
	ul_list_remove(&f->held);
	f->active_us = ul_loop_now(p->ctx->loop);
	p->lingering++;
	ul_list_move_tail(&p->linger, &f->order);
	ul_tcp_arm_tick(p);
}

/* The guest's side failed. */
static enum ul_flow_end why_guest(const struct ul_tcp_flow *f,
				  unsigned int events)
{
	if (events & UL_CONN_TIMEOUT)
		return UL_FLOW_GUEST_TIMEOUT;
	return f->is_forward && f->state == UL_TCP_GREET ?
	       UL_FLOW_GUEST_REFUSED : UL_FLOW_GUEST_RESET;
}

static void tell_greeter(struct ul_tcp_flow *f, unsigned int events)
{
	if (events & UL_CONN_ESTABLISHED)
		ul_tcp_flow_greeted(f, UL_GREETING_ACCEPTED);
	else if (events & UL_CONN_RESET)
		ul_tcp_flow_greeted(f, UL_GREETING_REFUSED);
	else if (events & UL_CONN_TIMEOUT)
		ul_tcp_flow_greeted(f, UL_GREETING_SILENT);
}

/* Act on what a call into the connection brought about. */
static void take_events(struct ul_tcp_flow *f, unsigned int events)
{
	tell_greeter(f, events);
	if (events & UL_CONN_ESTABLISHED)
		ul_tcp_flow_step(f, UL_TCP_EV_GUEST_CONNECTED);
	if (events & UL_CONN_FIN)
		ul_tcp_flow_step(f, UL_TCP_EV_GUEST_FIN);
	if (events & (UL_CONN_CLOSED | UL_CONN_TIME_WAIT))
		ul_tcp_flow_step(f, UL_TCP_EV_GUEST_CLOSED);
	if (events & (UL_CONN_RESET | UL_CONN_TIMEOUT)) {
		ul_flow_blame(&f->entry, why_guest(f, events));
		ul_tcp_flow_close_host(f, true);
		ul_tcp_flow_step(f, UL_TCP_EV_FAIL);
	}
	if (events || ul_conn_unread(f->conn))
		ul_tcp_flow_mark_dirty(f);
}

/* The flow's acknowledgement may wait for more data, but not for long. */
static void rest(struct ul_tcp_flow *f)
{
	struct ul_tcp_proxy *p = f->proxy;

	if (!ul_conn_ack_rests(f->conn)) {
		ul_list_remove(&f->resting);
		return;
	}
	if (!ul_list_is_linked(&f->resting))
		ul_list_append(&p->resting, &f->resting);
	if (!ul_timer_is_armed(&p->rest))
		ul_timer_set(p->ctx->loop, &p->rest,
			     ul_loop_now(p->ctx->loop) + UL_CONN_ACK_US);
}

static void on_rest(int64_t now_us, void *arg)
{
	struct ul_tcp_proxy *p = arg;
	struct ul_list *n;

	ul_stack_set_time(p->ctx->stack, now_us);
	while ((n = ul_list_first(&p->resting)) != NULL) {
		struct ul_tcp_flow *f = ul_container_of(n, struct ul_tcp_flow,
							resting);

		ul_list_remove(n);
		ul_conn_ack(f->conn);
		ul_tcp_flow_schedule(f);
	}
}

/* Work off what happened to the flow; it may be freed. */
static void process(struct ul_tcp_flow *f)
{
	bool has_more;

	if (f->state == UL_TCP_END) {
		ul_tcp_flow_free(f);
		return;
	}
	if (f->state == UL_TCP_LINGER || !f->conn)
		return;
	f->active_us = ul_loop_now(f->proxy->ctx->loop);
	f->is_probed = false;
	ul_list_move_tail(&f->proxy->idle, &f->order);
	ul_share_touch(&f->share);
	if (!ul_tcp_flush_to_host(f) || !ul_tcp_pump_to_guest(f, &has_more)) {
		ul_tcp_flow_reset(f, ul_tcp_why(errno));
		return;
	}
	if (has_more)
		ul_tcp_flow_mark_dirty(f);
	ul_conn_settle(f->conn);
	rest(f);
	ul_tcp_pass_on_fin(f);
	if (f->state == UL_TCP_LINGER)
		linger(f);
	else
		ul_tcp_flow_schedule(f);
}

static void on_work(void *arg)
{
	struct ul_tcp_proxy *p = arg;
	struct ul_list now;
	struct ul_list *n;

	ul_stack_set_time(p->ctx->stack, ul_loop_now(p->ctx->loop));
	ul_tcp_gro_flush(p->gro);
	/* What gets dirty again meanwhile waits for the next turn. */
	ul_list_init(&now);
	while ((n = ul_list_first(&p->dirty)) != NULL) {
		ul_list_remove(n);
		ul_list_append(&now, n);
	}
	while ((n = ul_list_first(&now)) != NULL) {
		ul_list_remove(n);
		process(ul_container_of(n, struct ul_tcp_flow, dirty));
	}
}

static void on_connected(struct ul_tcp_flow *f)
{
	struct ul_flow_ctx *ctx = f->proxy->ctx;

	f->conn = ul_conn_new_passive(ctx->stack, &f->syn->pkt, f);
	if (!f->conn) {
		ul_tcp_flow_reset(f, UL_FLOW_NO_RESOURCES);
		return;
	}
	ul_conn_set_budget(f->conn, &f->share.account->budget);
	g_free(f->syn);
	f->syn = NULL;
	/*
	 * ICMP errors about an open connection are advice (RFC 1122 4.2.3.9),
	 * but with an error queue the kernel fails the next call for them.
	 */
	if (f->has_recverr)
		ul_recverr_disable(f->watch.fd, ul_addr_is_v4(&f->host.addr) ?
						UL_V4 : UL_V6);
	f->host_writable = true;
	ul_tcp_flow_step(f, UL_TCP_EV_HOST_CONNECTED);
	ul_tcp_flow_schedule(f);
}

static int socket_error(int fd)
{
	socklen_t len;
	int err = 0;

	len = sizeof(err);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return errno;
	return err;
}

/* Writable and no error: the common case asks the kernel nothing. */
static void on_dialled(struct ul_tcp_flow *f, uint32_t events)
{
	int err = events & (EPOLLERR | EPOLLHUP) ? socket_error(f->watch.fd) :
						   0;

	if (!err && !(events & EPOLLOUT))
		return;
	if (!err) {
		on_connected(f);
		return;
	}
	ul_flow_blame(&f->entry, ul_tcp_why(err));
	ul_tcp_dial_failed(f->proxy->ctx, f, err);
	ul_tcp_flow_free(f);
}

static void on_host_event(uint32_t events, void *arg)
{
	struct ul_tcp_flow *f = arg;
	int err;

	/* Edges that come while dialling are not repeated: note them first. */
	if (events & EPOLLIN)
		f->host_readable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLPRI))
		f->host_readable = f->host_reads_short = true;
	f->host_marked |= (events & EPOLLPRI) != 0;
	f->host_ended |= (events & EPOLLRDHUP) != 0;
	if (events & EPOLLOUT)
		f->host_writable = true;
	if (f->state == UL_TCP_DIAL) {
		on_dialled(f, events);
		return;
	}
	err = events & EPOLLERR ? socket_error(f->watch.fd) : 0;
	if (err) {
		ul_tcp_flow_reset(f, ul_tcp_why(err));
		return;
	}
	ul_tcp_flow_mark_dirty(f);
}

static void open_flow(struct ul_tcp_proxy *p, const struct ul_pkt *pkt,
		      const struct ul_ep *guest, const struct ul_ep *dst,
		      uint64_t hash)
{
	const struct ul_guestfwd *fwd = ul_guestfwds_find(p->guestfwds, dst);
	struct ul_decision decision = {
		.why = UL_WHY_SERVICE, .host = *dst,
	};
	struct ul_tcp_flow *f;
	int ret;

	if (!fwd && !ul_tcp_resolve(p, pkt, dst, &decision))
		return;
	f = ul_tcp_flow_new(p, ul_account_at(p->ctx->accounts, pkt->port),
			    UL_USE_TCP_DIAL, guest, dst, hash);
	if (!f)
		return;
	f->host = decision.host;
	f->name = ul_heard_hold(decision.name);
	f->syn = ul_held_syn_new(pkt);
	if (!f->syn) {
		ul_flow_blame(&f->entry, UL_FLOW_NO_RESOURCES);
		ul_tcp_flow_free(f);
		return;
	}
	if (fwd)
		ret = ul_guestfwd_dial(fwd, f, pkt, on_host_event);
	else
		ret = ul_tcp_dial(p->ctx->loop, f, pkt, on_host_event);
	if (ret < 0) {
		ul_flow_blame(&f->entry, ul_tcp_why(-ret));
		ul_tcp_dial_failed(p->ctx, f, -ret);
		if (f->watch.fd >= 0)
			close(f->watch.fd);
		f->watch.fd = -1;
		ul_tcp_flow_free(f);
	}
}

/* The guest sent another segment while its SYN is held. */
static void while_dialling(struct ul_tcp_flow *f, const struct ul_pkt *pkt,
			   uint8_t flags)
{
	struct ul_held_syn *again;

	if (flags & UL_TCP_RST) {
		ul_tcp_flow_reset(f, UL_FLOW_GUEST_RESET);
		return;
	}
	if (!(flags & UL_TCP_SYN) || flags & UL_TCP_ACK)
		return;
	again = ul_held_syn_new(pkt);
	if (!again)
		return;
	g_free(f->syn);
	f->syn = again;
}

static void input_open(struct ul_tcp_flow *f, const struct ul_pkt *pkt,
		       unsigned int count)
{
	/* An answer to a probe brings no event, but it is life. */
	if (f->is_probed) {
		f->is_probed = false;
		f->active_us = ul_loop_now(f->proxy->ctx->loop);
		ul_list_move_tail(&f->proxy->idle, &f->order);
	}
	take_events(f, ul_conn_input_train(f->conn, pkt, count));
	ul_tcp_flow_schedule(f);
}

/* @count segments, of which only the flow's connection sees more than one. */
static void input(struct ul_tcp_proxy *p, const struct ul_pkt *pkt,
		  unsigned int count)
{
	struct ul_ep guest = { .addr = pkt->src }, dst = { .addr = pkt->dst };
	struct ul_tcp_flow *f;
	struct ul_tcp h;
	uint64_t hash;
	bool is_open;

	if (ul_tcp_parse(&h, pkt->l4, pkt->l4_len) < 0)
		return;
	ul_stack_set_time(p->ctx->stack, ul_loop_now(p->ctx->loop));
	guest.port = h.src_port;
	dst.port = h.dst_port;
	is_open = (h.flags & (UL_TCP_SYN | UL_TCP_ACK | UL_TCP_RST)) ==
		  UL_TCP_SYN;
	hash = ul_tcp_hash(p, &guest, &dst);
	f = ul_tcp_flow_find(p, &guest, &dst, hash);
	/* A new SYN never has to wait for what is left of an old connection. */
	if (f && is_open && ul_tcp_flow_make_way(f))
		f = NULL;
	if (f)
		ul_tcp_flow_seen_at(f, ul_account_at(p->ctx->accounts,
						     pkt->port));
	if (!f && is_open &&
	    ul_tcp_serve(p, pkt, &guest, &dst, hash, on_host_event))
		return;
	if (!f && is_open)
		open_flow(p, pkt, &guest, &dst, hash);
	else if (!f)
		ul_conn_refuse(p->ctx->stack, pkt);
	else if (f->state == UL_TCP_DIAL)
		while_dialling(f, pkt, h.flags);
	else
		input_open(f, pkt, count);
}

static void on_train(const struct ul_pkt *pkt, unsigned int count, void *arg)
{
	input(arg, pkt, count);
}

void ul_tcp_proxy_input(struct ul_tcp_proxy *p, const struct ul_pkt *pkt)
{
	struct ul_tcp h;

	if (ul_tcp_parse(&h, pkt->l4, pkt->l4_len) < 0 || !h.src_port ||
	    !h.dst_port)
		return;
	if (ul_tcp_gro_put(p->gro, pkt, &h))
		ul_defer_schedule(p->ctx->loop, &p->work);
}

void ul_tcp_proxy_batch_end(struct ul_tcp_proxy *p)
{
	ul_tcp_gro_flush(p->gro);
}

/*
 * Two clients may look alike to the guest: one local port that is connected
 * to two forwards of the same service, or loopback addresses that all become
 * the gateway's. Change the port of @peer until it is nobody else's.
 */
static bool make_unique(struct ul_tcp_proxy *p, struct ul_ep *peer,
			const struct ul_ep *guest, uint64_t *hash)
{
	for (int i = 0; i < PEER_PORT_TRIES; i++) {
		struct ul_tcp_flow *f;

		*hash = ul_tcp_hash(p, guest, peer);
		f = ul_tcp_flow_find(p, guest, peer, *hash);
		if (!f || ul_tcp_flow_make_way(f))
			return true;
		peer->port++;
		peer->port = MAX(peer->port, PEER_PORT_MIN);
	}
	return false;
}

typedef struct ul_conn *(*new_conn_fn)(struct ul_stack *stack,
				       const struct ul_ep *peer,
				       const struct ul_ep *guest, void *arg);

/*
 * Begin towards @guest as @peer, with the host's side at @fd (-1: none). @fd
 * is the flow's only when it is made.
 */
static int greet(struct ul_tcp_proxy *p, int fd, const struct ul_ep *peer,
		 const struct ul_ep *guest, new_conn_fn new_conn,
		 struct ul_tcp_flow **out)
{
	struct ul_ep seen = *peer;
	struct ul_tcp_flow *f;
	uint64_t hash;
	int ret = 0;

	if (!make_unique(p, &seen, guest, &hash))
		return -EADDRINUSE;
	f = ul_tcp_flow_new(p, ul_flow_account_of(p->ctx, &guest->addr),
			    UL_USE_TCP_GREET, guest, &seen, hash);
	if (!f)
		return -ENOBUFS;
	f->host = *peer;
	if (fd >= 0)
		ret = ul_watch_add(p->ctx->loop, &f->watch, fd,
				   UL_TCP_HOST_EVENTS, on_host_event, f);
	if (ret < 0)
		goto fail;
	ul_stack_set_time(p->ctx->stack, ul_loop_now(p->ctx->loop));
	f->conn = new_conn(p->ctx->stack, &seen, guest, f);
	if (!f->conn) {
		ul_watch_del(p->ctx->loop, &f->watch);
		f->watch.fd = -1;
		ret = -ENOMEM;
		goto fail;
	}
	ul_conn_set_budget(f->conn, &f->share.account->budget);
	ul_tcp_flow_schedule(f);
	*out = f;
	return 0;
fail:
	ul_flow_blame(&f->entry, UL_FLOW_NO_RESOURCES);
	ul_tcp_flow_free(f);
	return ret;
}

static void join_origin(struct ul_tcp_flow *f, struct ul_tcp_origin *origin)
{
	f->origin = origin;
	ul_list_append(&origin->flows, &f->of_origin);
	origin->open++;
}

int ul_tcp_proxy_forward(struct ul_tcp_proxy *p, int take_fd,
			 const struct ul_ep *client, const struct ul_ep *peer,
			 const struct ul_ep *guest,
			 struct ul_tcp_origin *origin)
{
	struct linger reset = { .l_onoff = 1 };
	struct ul_tcp_flow *f;
	int ret = greet(p, take_fd, peer, guest, ul_conn_new_active, &f);

	if (ret < 0) {
		setsockopt(take_fd, SOL_SOCKET, SO_LINGER, &reset,
			   sizeof(reset));
		close(take_fd);
		return ret;
	}
	f->host = *client;
	/* Of a UNIX socket: a descriptor in the stream ends a read early. */
	f->host_reads_short = !client->port;
	if (origin)
		join_origin(f, origin);
	return 0;
}

int ul_tcp_proxy_greet(struct ul_tcp_proxy *p, int fd,
		       const struct ul_ep *peer, const struct ul_ep *guest,
		       const struct ul_greeter *greeter,
		       struct ul_tcp_flow **out)
{
	struct ul_tcp_flow *f;
	int ret = greet(p, fd, peer, guest, ul_conn_new_active, &f);

	if (ret < 0)
		return ret;
	f->greeter = *greeter;
	f->is_shared = true;
	/* A descriptor in the stream ends a read early, as a mark does. */
	f->host_reads_short = true;
	*out = f;
	return 0;
}

int ul_tcp_proxy_knock(struct ul_tcp_proxy *p, const struct ul_ep *peer,
		       const struct ul_ep *guest,
		       const struct ul_greeter *greeter,
		       struct ul_tcp_flow **out)
{
	int ret = greet(p, -1, peer, guest, ul_conn_new_probe, out);

	if (ret < 0)
		return ret;
	(*out)->greeter = *greeter;
	/* One comes every ten seconds for a forward that is when-listening. */
	ul_flow_strike_out(ul_accounts_book(p->ctx->accounts),
			   &(*out)->entry);
	return 0;
}

void ul_tcp_proxy_resume(struct ul_tcp_proxy *p, struct ul_account *account)
{
	struct ul_list *n, *tmp;

	ul_stack_set_time(p->ctx->stack, ul_loop_now(p->ctx->loop));
	ul_list_for_each_safe(n, tmp, &account->held) {
		struct ul_tcp_flow *f = ul_container_of(n, struct ul_tcp_flow,
							held);

		ul_conn_resume(f->conn);
		if (ul_conn_is_held(f->conn))
			return;
		ul_list_remove(n);
		ul_tcp_flow_mark_dirty(f);
	}
}

static void expire_lingering(struct ul_tcp_proxy *p, int64_t now)
{
	struct ul_list *n;

	while ((n = ul_list_first(&p->linger)) != NULL) {
		struct ul_tcp_flow *f = ul_container_of(n, struct ul_tcp_flow,
							order);

		if (now - f->active_us < LINGER_US)
			return;
		ul_tcp_flow_free(f);
	}
}

/* A timer of the guest's side: free, go on, or leave the ticking list. */
static void tick_flow(struct ul_tcp_flow *f, uint32_t tick)
{
	if (f->state >= UL_TCP_LINGER) {
		ul_list_remove(&f->ticking);
		return;
	}
	ul_tcp_lives_on(f);
	if (f->is_starved)
		ul_tcp_flow_mark_dirty(f);
	take_events(f, ul_conn_tick(f->conn, tick));
	if (!f->is_starved && !ul_conn_wants_tick(f->conn))
		ul_list_remove(&f->ticking);
	if (f->share.account)
		ul_account_tell_budget(f->share.account);
	ul_tcp_flow_schedule(f);
}

static void on_tick(int64_t now_us, void *arg)
{
	struct ul_tcp_proxy *p = arg;
	struct ul_list *n, *tmp;

	p->ticks++;
	ul_stack_set_time(p->ctx->stack, now_us);
	ul_list_for_each_safe(n, tmp, &p->ticking)
		tick_flow(ul_container_of(n, struct ul_tcp_flow, ticking),
			  p->ticks);
	expire_lingering(p, now_us);
	if (!ul_list_is_empty(&p->ticking) || !ul_list_is_empty(&p->linger))
		ul_timer_set(p->ctx->loop, &p->tick, now_us + UL_CONN_TICK_US);
	else
		ul_timer_set(p->ctx->loop, &p->trim, now_us + QUIET_US);
}

/*
 * Unused memory goes back to the system, but not in the pauses of a
 * transfer: its pages would have to be made again each time.
 */
static void on_quiet(int64_t now_us, void *arg)
{
	struct ul_tcp_proxy *p = arg;

	ul_stack_trim(p->ctx->stack, KEEP_BYTES);
}

/* Is a guest that was silent for two hours still there? */
static void on_sweep(int64_t now_us, void *arg)
{
	struct ul_tcp_proxy *p = arg;
	struct ul_list *n, *tmp;

	ul_timer_set(p->ctx->loop, &p->sweep, now_us + IDLE_SWEEP_US);
	ul_stack_set_time(p->ctx->stack, now_us);
	ul_list_for_each_safe(n, tmp, &p->idle) {
		struct ul_tcp_flow *f = ul_container_of(n, struct ul_tcp_flow,
							order);

		if (now_us - f->active_us < IDLE_US)
			return;
		if (!f->conn || f->is_probed)
			continue;
		/* There lwIP does not probe, or there is no guest to probe. */
		if (f->state == UL_TCP_HOST_DONE || f->state == UL_TCP_DRAIN) {
			ul_tcp_flow_reset(f, UL_FLOW_IDLE);
			continue;
		}
		f->is_probed = true;
		ul_conn_probe(f->conn);
		ul_tcp_flow_schedule(f);
	}
}

struct ul_tcp_proxy *ul_tcp_proxy_new(struct ul_flow_ctx *ctx)
{
	struct ul_tcp_proxy *p = g_new0(struct ul_tcp_proxy, 1);

	p->ctx = ctx;
	p->gro = ul_tcp_gro_new(on_train, p);
	ul_hash_key_random(&p->key);
	ul_htab_init(&p->tab);
	ul_congestion_paced_default(p->congestion);
	ul_list_init(&p->idle);
	ul_list_init(&p->linger);
	ul_list_init(&p->dirty);
	ul_list_init(&p->ticking);
	ul_defer_init(&p->work, UL_DEFER_WORK, on_work, p);
	ul_list_init(&p->resting);
	ul_timer_init(&p->tick, on_tick, p);
	ul_timer_init(&p->rest, on_rest, p);
	ul_timer_init(&p->trim, on_quiet, p);
	ul_timer_init(&p->sweep, on_sweep, p);
	ul_timer_set(ctx->loop, &p->sweep,
		     ul_loop_now(ctx->loop) + IDLE_SWEEP_US);
	return p;
}

void ul_tcp_proxy_free(struct ul_tcp_proxy *p)
{
	struct ul_list *n;

	if (!p)
		return;
	while ((n = ul_list_first(&p->idle)) != NULL)
		ul_tcp_flow_reset(ul_container_of(n, struct ul_tcp_flow,
						  order), UL_FLOW_SHUTDOWN);
	while ((n = ul_list_first(&p->linger)) != NULL)
		ul_tcp_flow_free(ul_container_of(n, struct ul_tcp_flow,
						 order));
	ul_defer_cancel(p->ctx->loop, &p->work);
	ul_timer_cancel(p->ctx->loop, &p->tick);
	ul_timer_cancel(p->ctx->loop, &p->rest);
	ul_timer_cancel(p->ctx->loop, &p->trim);
	ul_timer_cancel(p->ctx->loop, &p->sweep);
	ul_htab_fini(&p->tab);
	ul_tcp_gro_free(p->gro);
	g_free(p);
}

void ul_tcp_proxy_set_guestfwds(struct ul_tcp_proxy *p,
				const struct ul_guestfwds *guestfwds)
{
	p->guestfwds = guestfwds;
}
