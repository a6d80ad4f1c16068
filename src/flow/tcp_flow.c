/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_flow.c - the table of proxied TCP connections: begin, find, end, list */
#include "flow/tcp_flow.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "base/foreign_fd.h"
#include "flow/policy.h"
#include "flow/program.h"

struct flow_key {
	struct ul_addr guest, peer;
	uint16_t guest_port, peer_port;
};

void ul_tcp_flow_log(const struct ul_tcp_flow *f, const char *fmt, ...)
{
	char guest[UL_EP_STRLEN], peer[UL_EP_STRLEN], text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ul_log_write(UL_LOG_DEBUG, "tcp", "#%llu %s %s %s: %s",
		     (unsigned long long)f->entry.id, ul_ep_str(&f->guest, guest),
		     f->is_forward ? "<-" : "->", ul_ep_str(&f->peer, peer),
		     text);
}

uint64_t ul_tcp_hash(const struct ul_tcp_proxy *p, const struct ul_ep *guest,
		     const struct ul_ep *peer)
{
	struct flow_key k = {
		guest->addr, peer->addr, guest->port, peer->port,
	};

	return ul_hash(&p->key, &k, sizeof(k));
}

struct ul_tcp_flow *ul_tcp_flow_find(const struct ul_tcp_proxy *p,
				     const struct ul_ep *guest,
				     const struct ul_ep *peer, uint64_t hash)
{
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&p->tab, hash, n)) != NULL) {
		struct ul_tcp_flow *f = ul_container_of(n, struct ul_tcp_flow,
							node);

		if (ul_ep_eq(&f->guest, guest) && ul_ep_eq(&f->peer, peer))
			return f;
	}
	return NULL;
}

/* 0, or -errno and a counter. */
static int charge(struct ul_tcp_flow *f, struct ul_account *account,
		  enum ul_use half)
{
	struct ul_flow_stats *stats = &f->proxy->ctx->stats;
	int ret = ul_share_take(&f->half, account, half, &f->peer);

	if (ret < 0) {
		stats->tcp_over_half_open++;
		return ret;
	}
	ret = ul_share_take(&f->share, account, UL_USE_TCP, &f->peer);
	if (ret == -ENOBUFS)
		stats->tcp_over_flows++;
	else if (ret < 0)
		stats->tcp_no_fd++;
	if (ret < 0)
		ul_share_put(&f->half);
	return ret;
}

static const struct ul_tcp_flow *flow_at(const struct ul_flow_entry *entry)
{
	return ul_container_of((struct ul_flow_entry *)(uintptr_t)entry,
			       struct ul_tcp_flow, entry);
}

static bool read_local(int fd, struct ul_ep *out)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	return getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	       ul_ep_from_sa(out, (struct sockaddr *)&ss) == 0;
}

static void describe(const struct ul_flow_entry *entry,
		     struct ul_flow_info *info)
{
	const struct ul_tcp_flow *f = flow_at(entry);

	info->state = ul_tcp_state_word(f->state);
	/* A SYN that is held was received, to all but lwIP. */
	info->tcp_state = f->conn ? ul_conn_state_name(f->conn) : "SYN_RCVD";
	info->fd = f->watch.fd;
	info->guest = f->guest;
	info->outside = f->peer;
	info->remote = f->host;
	/* Of a descriptor that a client gave, the far end is the client's. */
	info->has_remote = f->host.port && !f->is_shared;
	info->local = f->local;
	if (f->watch.fd >= 0)
		read_local(f->watch.fd, &info->local);
	info->has_local = info->local.port != 0;
	info->idle_us = ul_loop_now(f->proxy->ctx->loop) - f->active_us;
	if (!f->conn)
		return;
	info->waiting_out = ul_conn_unread(f->conn);
	info->waiting_in = ul_conn_unacked(f->conn);
	info->pinned = ul_conn_pinned(f->conn);
}

void ul_tcp_proxy_each_lingering(const struct ul_tcp_proxy *p,
				 void (*fn)(const struct ul_flow_info *info,
					    void *arg), void *arg)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &p->linger) {
		const struct ul_flow_entry *e =
			&ul_container_of(n, struct ul_tcp_flow, order)->entry;
		struct ul_flow_info info = {
			.id = e->id, .proto = e->proto,
			.is_forward = e->is_forward, .fd = -1,
			.age_us = ul_loop_now(p->ctx->loop) - e->since_us,
		};

		describe(e, &info);
		fn(&info, arg);
	}
}

static struct ul_account *account_of(const struct ul_flow_entry *entry)
{
	return flow_at(entry)->share.account;
}

static void cut(struct ul_flow_entry *entry)
{
	struct ul_tcp_flow *f = (struct ul_tcp_flow *)(uintptr_t)flow_at(entry);
	const struct ul_flow_ctx *ctx = f->proxy->ctx;

	ul_stack_set_time(ctx->stack, ul_loop_now(ctx->loop));
	if (f->syn)
		ul_conn_refuse(ctx->stack, &f->syn->pkt);
	ul_tcp_flow_reset(f, UL_FLOW_CUT);
}

static const struct ul_flow_ops flow_ops = {
	.describe = describe, .account_of = account_of, .cut = cut,
};

static void leave_origin(struct ul_tcp_flow *f)
{
	struct ul_tcp_origin *o = f->origin;

	f->origin = NULL;
	if (!o)
		return;
	ul_list_remove(&f->of_origin);
	o->open--;
	if (!f->is_met)
		o->failed(o, &f->host, f->entry.why);
}

void ul_tcp_flow_sign_out(struct ul_tcp_flow *f)
{
	leave_origin(f);
	ul_flow_sign_out(ul_accounts_book(f->proxy->ctx->accounts), &f->entry,
			 UL_FLOW_SHUTDOWN);
}

enum ul_flow_end ul_tcp_why(int err)
{
	switch (err) {
	case ECONNREFUSED:
		return UL_FLOW_REFUSED;
	case ETIMEDOUT:
		return UL_FLOW_TIMEOUT;
	case ECONNRESET:
	case EPIPE:
		return UL_FLOW_OUTSIDE_RESET;
	case EADDRNOTAVAIL:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case ENOSPC:
		return UL_FLOW_NO_RESOURCES;
	}
	return UL_FLOW_UNREACHABLE;
}

struct ul_tcp_flow *ul_tcp_flow_new(struct ul_tcp_proxy *p,
				    struct ul_account *account,
				    enum ul_use half,
				    const struct ul_ep *guest,
				    const struct ul_ep *peer, uint64_t hash)
{
	struct ul_tcp_flow *f = g_try_new0(struct ul_tcp_flow, 1);

	if (!f)
		return NULL;
	f->proxy = p;
	f->guest = *guest;
	f->peer = *peer;
	f->is_forward = half == UL_USE_TCP_GREET;
	f->state = f->is_forward ? UL_TCP_GREET : UL_TCP_DIAL;
	f->watch.fd = -1;
	f->node.hash = hash;
	f->active_us = ul_loop_now(p->ctx->loop);
	if (charge(f, account, half) < 0) {
		g_free(f);
		return NULL;
	}
	f->entry.proto = UL_IPPROTO_TCP;
	f->entry.is_forward = f->is_forward;
	ul_flow_sign_in(ul_accounts_book(p->ctx->accounts), &f->entry,
			&flow_ops);
	ul_list_init(&f->order);
	ul_list_init(&f->dirty);
	ul_list_init(&f->ticking);
	ul_list_init(&f->held);
	ul_list_init(&f->resting);
	ul_list_init(&f->of_origin);
	ul_htab_insert(&p->tab, &f->node);
	f->is_keyed = true;
	p->count++;
	ul_list_append(&p->idle, &f->order);
	p->ctx->stats.tcp_opened++;
	ul_flow_log(f, "%s for %s", ul_tcp_state_name(f->state),
		    account->name);
	return f;
}

void ul_tcp_flow_greeted(struct ul_tcp_flow *f, enum ul_greeting how)
{
	struct ul_greeter greeter = f->greeter;

	f->greeter.fn = NULL;
	if (greeter.fn)
		greeter.fn(how, greeter.arg);
}

/* Closing one of several does not end the watch. */
static void close_shared(struct ul_tcp_flow *f, bool is_reset)
{
	int fd = f->watch.fd;

	ul_watch_del(f->proxy->ctx->loop, &f->watch);
	if (is_reset)
		close(fd);
	else
		ul_foreign_fd_close(fd);
}

/* Closing with data in the queues unsent must look like a reset. */
void ul_tcp_flow_close_host(struct ul_tcp_flow *f, bool with_reset)
{
	struct linger reset = { .l_onoff = 1 };
	/* Who handed it over may have another use for it yet. */
	bool is_reset = with_reset &&
			!(f->is_shared && f->state == UL_TCP_GREET);

	if (f->watch.fd < 0)
		return;
	read_local(f->watch.fd, &f->local);
	if (is_reset)
		setsockopt(f->watch.fd, SOL_SOCKET, SO_LINGER, &reset,
			   sizeof(reset));
	if (f->is_shared)
		close_shared(f, is_reset);
	else
		ul_watch_close(f->proxy->ctx->loop, &f->watch);
	if (f->program)
		ul_program_hang_up(f->program);
	f->program = NULL;
}

static void lose_key(struct ul_tcp_flow *f)
{
	if (f->is_keyed)
		ul_htab_remove(&f->proxy->tab, &f->node);
	f->is_keyed = false;
}

void ul_tcp_flow_free(struct ul_tcp_flow *f)
{
	struct ul_tcp_proxy *p = f->proxy;

	ul_tcp_flow_greeted(f, UL_GREETING_ENDED);
	if (f->state == UL_TCP_LINGER)
		p->lingering--;
	if (f->state != UL_TCP_END)
		ul_flow_log(f, "%s -> END", ul_tcp_state_name(f->state));
	ul_tcp_flow_sign_out(f);
	lose_key(f);
	p->count--;
	ul_list_remove(&f->order);
	ul_list_remove(&f->dirty);
	ul_list_remove(&f->ticking);
	ul_list_remove(&f->held);
	ul_list_remove(&f->resting);
	ul_tcp_flow_close_host(f, false);
	ul_conn_free(f->conn);
	ul_share_put(&f->half);
	ul_share_put(&f->share);
	ul_heard_release(f->name);
	g_free(f->syn);
	g_free(f);
}

void ul_tcp_flow_reset(struct ul_tcp_flow *f, enum ul_flow_end why)
{
	ul_flow_blame(&f->entry, why);
	ul_tcp_flow_close_host(f, true);
	if (f->conn)
		ul_conn_abort(f->conn);
	ul_tcp_flow_free(f);
}

bool ul_tcp_flow_make_way(struct ul_tcp_flow *f)
{
	if (f->state >= UL_TCP_LINGER)
		ul_tcp_flow_free(f);
	else if (f->state == UL_TCP_DRAIN)
		lose_key(f);
	else
		return false;
	return true;
}

void ul_tcp_flow_mark_dirty(struct ul_tcp_flow *f)
{
	if (!ul_list_is_linked(&f->dirty))
		ul_list_append(&f->proxy->dirty, &f->dirty);
	ul_defer_schedule(f->proxy->ctx->loop, &f->proxy->work);
}

void ul_tcp_arm_tick(struct ul_tcp_proxy *p)
{
	int64_t now = ul_loop_now(p->ctx->loop);

	ul_timer_cancel(p->ctx->loop, &p->trim);
	if (!ul_timer_is_armed(&p->tick))
		ul_timer_set(p->ctx->loop, &p->tick, now + UL_CONN_TICK_US);
}

/*
 * Its guest's port is full. Where the guest is now counts, not who pays; a
 * lingering flow has nothing to send that would be missed.
 */
static void hold(struct ul_tcp_flow *f)
{
	struct ul_account *a;

	if (ul_list_is_linked(&f->held) || !f->share.account)
		return;
	a = f->share.account;
	if (f->proxy->ctx->account_of)
		a = ul_flow_account_of(f->proxy->ctx, &f->guest.addr);
	ul_list_append(&a->held, &f->held);
}

void ul_tcp_flow_schedule(struct ul_tcp_flow *f)
{
	struct ul_tcp_proxy *p = f->proxy;

	if (!f->conn)
		return;
	if (ul_conn_is_held(f->conn))
		hold(f);
	if (!ul_list_is_linked(&f->ticking) &&
	    (f->is_starved || ul_conn_wants_tick(f->conn))) {
		ul_list_append(&p->ticking, &f->ticking);
		ul_tcp_arm_tick(p);
	}
}

void ul_tcp_flow_step(struct ul_tcp_flow *f, enum ul_tcp_event event)
{
	enum ul_tcp_state next = ul_tcp_next(f->state, event);

	if (next == f->state)
		return;
	if (next > UL_TCP_GREET)
		ul_share_put(&f->half);
	f->is_met |= event == UL_TCP_EV_GUEST_CONNECTED;
	if (event == UL_TCP_EV_GUEST_FIN)
		ul_flow_blame(&f->entry, UL_FLOW_GUEST_CLOSED);
	else if (event == UL_TCP_EV_GUEST_CLOSED)
		ul_flow_blame(&f->entry, UL_FLOW_GUEST_CLOSED);
	else if (event == UL_TCP_EV_HOST_EOF)
		ul_flow_blame(&f->entry, UL_FLOW_OUTSIDE_CLOSED);
	ul_flow_log(f, "%s -> %s", ul_tcp_state_name(f->state),
		    ul_tcp_state_name(next));
	f->state = next;
}

static void charge_to(struct ul_tcp_flow *f, struct ul_account *account)
{
	if (f->conn)
		ul_conn_set_budget(f->conn, &account->budget);
	ul_share_move(&f->half, account);
	ul_share_move(&f->share, account);
}

void ul_tcp_flow_seen_at(struct ul_tcp_flow *f, struct ul_account *account)
{
	if (f->share.account && f->share.account != account &&
	    ul_account_is_vacant(f->share.account))
		charge_to(f, account);
}

static struct ul_tcp_flow *flow_of(struct ul_list *share_node)
{
	return ul_container_of(share_node, struct ul_tcp_flow, share.node);
}

static struct ul_tcp_flow *oldest_of(struct ul_account *a)
{
	struct ul_list *n = ul_list_first(&a->share[UL_USE_TCP]);

	return n ? flow_of(n) : NULL;
}

void ul_tcp_proxy_reset_account(struct ul_tcp_proxy *p, struct ul_account *a)
{
	struct ul_tcp_flow *f;

	while ((f = oldest_of(a)) != NULL)
		ul_tcp_flow_reset(f, UL_FLOW_GUEST_LEFT);
}

bool ul_tcp_proxy_give_up(struct ul_tcp_proxy *p, struct ul_account *a)
{
	struct ul_tcp_flow *f = oldest_of(a);

	if (!f)
		return false;
	ul_flow_log(f, "ended for a descriptor");
	ul_tcp_flow_reset(f, UL_FLOW_QUOTA);
	return true;
}

void ul_tcp_proxy_adopt(struct ul_tcp_proxy *p, struct ul_account *from,
			struct ul_account *to)
{
	struct ul_list *n;

	while ((n = ul_list_first(&from->share[UL_USE_TCP])) != NULL)
		charge_to(flow_of(n), to);
	ul_tcp_proxy_resume(p, from);
}

static uint16_t local_port(int fd)
{
	struct ul_ep ep;

	return fd >= 0 && read_local(fd, &ep) ? ep.port : 0;
}

void ul_tcp_proxy_each(struct ul_tcp_proxy *p,
		       void (*fn)(const struct ul_tcp_info *info, void *arg),
		       void *arg)
{
	struct ul_list *n, *tmp;
	int64_t now = ul_loop_now(p->ctx->loop);

	ul_list_for_each_safe(n, tmp, &p->idle) {
		struct ul_tcp_flow *f = ul_container_of(n, struct ul_tcp_flow,
							order);
		struct ul_tcp_info info = {
			.id = f->entry.id, .account = f->share.account,
			.guest = f->guest, .peer = f->peer, .host = f->host,
			.host_port = local_port(f->watch.fd),
			.state = f->state, .is_forward = f->is_forward,
			.idle_us = now - f->active_us,
		};

		if (f->conn) {
			info.to_host = ul_conn_unread(f->conn);
			info.to_guest = ul_conn_unacked(f->conn);
		}
		fn(&info, arg);
	}
}

size_t ul_tcp_proxy_count(const struct ul_tcp_proxy *p)
{
	return p->count;
}

void ul_tcp_origin_init(struct ul_tcp_origin *o,
			void (*failed)(struct ul_tcp_origin *origin,
				       const struct ul_ep *client,
				       enum ul_flow_end why))
{
	ul_list_init(&o->flows);
	o->open = 0;
	o->failed = failed;
}

static struct ul_tcp_flow *first_of(const struct ul_tcp_origin *o)
{
	struct ul_list *n = ul_list_first(&o->flows);

	return n ? ul_container_of(n, struct ul_tcp_flow, of_origin) : NULL;
}

void ul_tcp_origin_leave(struct ul_tcp_origin *o)
{
	struct ul_tcp_flow *f;

	while ((f = first_of(o)) != NULL) {
		ul_list_remove(&f->of_origin);
		f->origin = NULL;
	}
	o->open = 0;
}

void ul_tcp_origin_cut(struct ul_tcp_origin *o)
{
	struct ul_tcp_flow *f;

	while ((f = first_of(o)) != NULL) {
		ul_stack_set_time(f->proxy->ctx->stack,
				  ul_loop_now(f->proxy->ctx->loop));
		ul_tcp_flow_reset(f, UL_FLOW_CUT);
	}
}
