/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forward.c - host ports that lead to a guest
 *
 * A guest that is known by name is looked for when a client comes, so it may
 * come and go, and have another address each time. While it has none, and
 * when it does not take the connection, the client is reset: the kernel has
 * told it already that somebody is there, and an end would look like an
 * answer.
 *
 * A guest sees the client's own address, unless that means nothing to it:
 * loopback, another family, or an address of the guest's own network. Then
 * the gateway's address stands for it. So of a guest's addresses the one of
 * the client's family is preferred, unless the client is on loopback.
 */
#include "flow/forward.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "base/list.h"
#include "flow/forward_bind.h"
#include "flow/gate.h"
#include "flow/policy.h"

#define ACCEPTS_PER_TURN 64
#define PORT_FIRST 49152u	/* RFC 6335 6: dynamic ports */
#define PORT_COUNT 16384u
#define PAUSE_US 100000		/* when there are no descriptors left */

/* One bound port. */
struct door {
	struct ul_list node;
	struct ul_forward *forward;
	struct ul_watch watch;		/* of TCP; fd -1 else */
	struct ul_timer pause;
	struct ul_udp_forward *udp;	/* of UDP; NULL else */
	int closed_fd;			/* bound, and does not listen; -1 */
	uint16_t guest_port;
};

/* One port of a guest, whose doors are open while it listens. */
struct passage {
	struct ul_list node;
	struct ul_forward *forward;
	struct ul_gate *gate;
	uint16_t guest_port;
};

struct ul_forward {
	struct ul_list node;
	struct ul_forwards *owner;
	struct ul_tcp_origin origin;
	struct ul_list doors;
	struct ul_list passages;	/* of a rule when_listening */
	unsigned int door_count, port_count;
	uint8_t proto;
	char *text, *key, *guest_name;
	char *path;			/* of a UNIX socket; NULL */
	bool has_fd, owns_path;		/* it came; it was made here */
	bool is_free;
	struct ul_ep guest;
	bool is_vm, when_listening;
	const void *tie;
	unsigned int host_count;
	struct ul_ep host[2];
	uint64_t connections, failed;
	const char *reason;
	int64_t failed_us, since_us;
};

struct ul_forwards {
	struct ul_flow_ctx *ctx;
	struct ul_tcp_proxy *tcp;
	struct ul_udp_proxy *udp;
	struct ul_guest_dials *dials;	/* NULL: no rule is when_listening */
	struct ul_list list;
	unsigned int door_count;
	uint32_t next_port;		/* of clients that have none */
};

/* Who the guest shall see. */
static struct ul_ep peer_of(struct ul_flow_ctx *ctx, const struct ul_ep *client,
			    const struct ul_addr *guest)
{
	struct ul_ep peer = *client;

	if (ul_addr_is_v4(&client->addr) != ul_addr_is_v4(guest) ||
	    ul_policy_is_never(ctx->policy, &client->addr))
		peer.addr = ul_addr_is_v4(guest) ? ctx->gateway4 :
						   ctx->gateway6;
	return peer;
}

static int find_guest(const struct ul_forward *f, enum ul_family family,
		      struct ul_addr *out)
{
	const struct ul_flow_ctx *ctx = f->owner->ctx;

	return ctx->find_guest ? ctx->find_guest(f->guest_name, family, out,
						 ctx->find_guest_arg) :
				 -ENOENT;
}

/* Where @client is led to now; NULL: anybody. 0 or -ENOENT. */
static int guest_of(const struct ul_forward *f, const struct ul_ep *client,
		    struct ul_addr *out)
{
	bool wants_v6 = client && client->port &&
			!ul_addr_is_v4(&client->addr) &&
			!ul_addr_is_loopback(&client->addr);
	int ret;

	if (f->is_vm && !find_guest(f, UL_V4, out))
		return 0;
	if (!f->guest_name) {
		*out = f->guest.addr;
		return 0;
	}
	ret = find_guest(f, wants_v6 ? UL_V6 : UL_V4, out);
	return ret ? find_guest(f, wants_v6 ? UL_V4 : UL_V6, out) : 0;
}

static unsigned int udp_clients(const struct ul_forward *f)
{
	unsigned int count = 0;
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &f->doors) {
		const struct door *d = ul_container_of(n, struct door, node);

		if (d->udp)
			count += ul_udp_forward_clients(d->udp);
	}
	return count;
}

static struct passage *passage_of(struct ul_list *node)
{
	return ul_container_of(node, struct passage, node);
}

static unsigned int count_listening(const struct ul_forward *f)
{
	unsigned int count = 0;
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &f->passages)
		count += ul_gate_is_open(passage_of(n)->gate);
	return count;
}

static void hurry(struct ul_forward *f)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &f->passages)
		ul_gate_hurry(passage_of(n)->gate);
}

static int first_fd(const struct ul_forward *f)
{
	struct ul_list *n = ul_list_first(&f->doors);
	const struct door *d;

	if (!n)
		return -1;
	d = ul_container_of(n, struct door, node);
	return d->udp ? ul_udp_forward_fd(d->udp) : d->watch.fd;
}

/* All but where its guest is now. */
static void describe(const struct ul_forward *f, struct ul_forward_info *out)
{
	int64_t now = ul_loop_now(f->owner->ctx->loop);

	*out = (struct ul_forward_info){
		.text = f->text, .key = f->key, .is_free = f->is_free,
		.is_udp = f->proto == UL_IPPROTO_UDP,
		.path = f->path, .host_count = f->host_count,
		.host = { f->host[0], f->host[1] },
		.port_count = f->port_count,
		.guest_name = f->guest_name, .guest = f->guest,
		.when_listening = f->when_listening,
		.listening = count_listening(f),
		.connections = f->connections,
		.open = f->proto == UL_IPPROTO_TCP ? f->origin.open :
						     udp_clients(f),
		.failed = f->failed, .reason = f->reason,
		.failed_us = now - f->failed_us,
		.age_us = now - f->since_us, .fd = first_fd(f),
	};
}

/* A client was not led to its guest. */
static void fail(struct ul_forward *f, const struct ul_ep *client,
		 const char *reason)
{
	struct ul_flow_ctx *ctx = f->owner->ctx;
	int64_t now = ul_loop_now(ctx->loop);
	struct ul_forward_info info;
	struct ul_forward_failure failure = {
		.forward = &info, .client = *client, .reason = reason,
	};

	f->failed++;
	f->reason = reason;
	f->failed_us = now;
	ul_log_limited(&ctx->log_limit, now, UL_LOG_INFO, "forward",
		       "%s: a client was turned away: %s", f->text, reason);
	describe(f, &info);
	if (ctx->forward_failed)
		ctx->forward_failed(&failure, ctx->forward_failed_arg);
}

static const char no_guest[] = "no VM of that name has an address now";
static const char no_room[] =
	"the VM has as many connections as it may, or this host no descriptors";

/* The guest did not take it; NULL: that is nobody's failure. */
static const char *reason_of(enum ul_flow_end why)
{
	switch (why) {
	case UL_FLOW_GUEST_REFUSED:
	case UL_FLOW_GUEST_RESET:
		return "the VM refused the connection";
	case UL_FLOW_GUEST_TIMEOUT:
		return "the VM did not answer";
	case UL_FLOW_GUEST_LEFT:
		return "the VM is gone";
	case UL_FLOW_QUOTA:
	case UL_FLOW_NO_RESOURCES:
		return no_room;
	case UL_FLOW_NOT_ENDED:
	case UL_FLOW_GUEST_CLOSED:
	case UL_FLOW_OUTSIDE_CLOSED:
	case UL_FLOW_OUTSIDE_RESET:
	case UL_FLOW_REFUSED:
	case UL_FLOW_UNREACHABLE:
	case UL_FLOW_TIMEOUT:
	case UL_FLOW_IDLE:
	case UL_FLOW_POLICY:
	case UL_FLOW_CUT:
	case UL_FLOW_SHUTDOWN:
		break;
	}
	return NULL;
}

static void on_failed(struct ul_tcp_origin *origin, const struct ul_ep *client,
		      enum ul_flow_end why)
{
	struct ul_forward *f = ul_container_of(origin, struct ul_forward,
					       origin);
	const char *reason = reason_of(why);

	if (!reason)
		return;
	fail(f, client, reason);
	/* Is it still there, behind an open door? */
	hurry(f);
}

static void on_pause_over(int64_t now_us, void *arg)
{
	struct door *d = arg;

	ul_watch_mod(d->forward->owner->ctx->loop, &d->watch, EPOLLIN);
}

static void out_of_descriptors(struct door *d, int err)
{
	struct ul_flow_ctx *ctx = d->forward->owner->ctx;
	int64_t now = ul_loop_now(ctx->loop);

	ctx->stats.tcp_no_fd++;
	ul_log_limited(&ctx->log_limit, now, UL_LOG_WARN, "forward",
		       "connections wait: %s (raise the limit of open files, ulimit -Hn)",
		       strerror(err));
	ul_watch_mod(ctx->loop, &d->watch, 0);
	ul_timer_set(ctx->loop, &d->pause, now + PAUSE_US);
}

static void close_with_reset(int fd)
{
	struct linger reset = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

static void lead(struct door *d, int take_fd, const struct ul_ep *client)
{
	struct ul_forward *f = d->forward;
	struct ul_ep guest = { .port = d->guest_port }, peer;

	f->connections++;
	if (guest_of(f, client, &guest.addr) < 0) {
		close_with_reset(take_fd);
		fail(f, client, no_guest);
		return;
	}
	peer = peer_of(f->owner->ctx, client, &guest.addr);
	if (!peer.port)
		peer.port = (uint16_t)(PORT_FIRST +
				       f->owner->next_port++ % PORT_COUNT);
	if (ul_tcp_proxy_forward(f->owner->tcp, take_fd, client, &peer, &guest,
				 &f->origin) < 0)
		fail(f, client, no_room);
}

/* False when there is nothing more to accept now. */
static bool accept_one(struct door *d)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ul_ep client;
	int fd = accept4(d->watch.fd, (struct sockaddr *)&ss, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			out_of_descriptors(d, errno);
		return errno == ECONNABORTED || errno == EINTR;
	}
	if (ss.ss_family == AF_UNIX)
		client = (struct ul_ep){ .port = 0 };
	else if (ul_ep_from_sa(&client, (struct sockaddr *)&ss) < 0)
		client.port = 0;
	if (client.port || d->forward->path)
		lead(d, fd, &client);
	else
		close(fd);
	return true;
}

static void on_door(uint32_t events, void *arg)
{
	struct door *d = arg;

	for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(d); i++)
		;
}

static int on_udp_client(const struct ul_ep *client, struct ul_ep *guest,
			 void *arg)
{
	struct door *d = arg;
	struct ul_forward *f = d->forward;
	int ret = guest_of(f, client, &guest->addr);

	guest->port = d->guest_port;
	if (ret < 0)
		fail(f, client, no_guest);
	else
		f->connections++;
	return ret;
}

struct ul_forwards *ul_forwards_new(struct ul_flow_ctx *ctx,
				    struct ul_tcp_proxy *tcp,
				    struct ul_udp_proxy *udp)
{
	struct ul_forwards *f = g_new0(struct ul_forwards, 1);

	f->ctx = ctx;
	f->tcp = tcp;
	f->udp = udp;
	ul_list_init(&f->list);
	return f;
}

static void door_free(struct door *d)
{
	struct ul_forwards *all = d->forward->owner;

	ul_list_remove(&d->node);
	d->forward->door_count--;
	all->door_count--;
	ul_accounts_set_aside(all->ctx->accounts, -1);
	ul_timer_cancel(all->ctx->loop, &d->pause);
	if (d->watch.fd >= 0)
		ul_watch_close(all->ctx->loop, &d->watch);
	if (d->closed_fd >= 0)
		close(d->closed_fd);
	ul_udp_proxy_end_forward(all->udp, d->udp);
	g_free(d);
}

static void passage_free(struct passage *p)
{
	ul_gate_free(p->gate);
	ul_list_remove(&p->node);
	g_free(p);
}

void ul_forward_remove(struct ul_forward *f, enum ul_forward_open open)
{
	struct ul_list *n;

	while ((n = ul_list_first(&f->passages)) != NULL)
		passage_free(passage_of(n));
	while ((n = ul_list_first(&f->doors)) != NULL)
		door_free(ul_container_of(n, struct door, node));
	if (open == UL_FORWARD_CUT)
		ul_tcp_origin_cut(&f->origin);
	ul_tcp_origin_leave(&f->origin);
	ul_list_remove(&f->node);
	if (f->owns_path)
		unlink(f->path);
	g_free(f->path);
	g_free(f->text);
	g_free(f->key);
	g_free(f->guest_name);
	g_free(f);
}

void ul_forwards_free(struct ul_forwards *f)
{
	struct ul_list *n;

	if (!f)
		return;
	while ((n = ul_list_first(&f->list)) != NULL)
		ul_forward_remove(ul_container_of(n, struct ul_forward, node),
				  UL_FORWARD_KEEP);
	g_free(f);
}

void ul_forwards_untie(struct ul_forwards *f, const void *tie)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &f->list) {
		struct ul_forward *forward = ul_container_of(
			n, struct ul_forward, node);

		if (forward->tie == tie)
			ul_forward_remove(forward, UL_FORWARD_CUT);
	}
}

static int open_door(struct door *d, int take_fd)
{
	struct ul_forwards *all = d->forward->owner;
	int ret;

	if (d->forward->when_listening) {
		d->closed_fd = take_fd;
		return 0;
	}
	if (d->forward->proto == UL_IPPROTO_UDP)
		return ul_udp_proxy_forward(all->udp, take_fd, on_udp_client,
					    d, &d->udp);
	ret = ul_watch_add(all->ctx->loop, &d->watch, take_fd, EPOLLIN,
			   on_door, d);
	if (ret < 0) {
		close(take_fd);
		d->watch.fd = -1;
	}
	return ret;
}

/*
 * A socket that is bound and does not listen keeps its port, and the kernel
 * refuses who connects: that is what a closed door is.
 */
static int unbar(struct door *d)
{
	int ret, fd = d->closed_fd;

	if (fd < 0)
		return 0;
	if (listen(fd, UL_FORWARD_BACKLOG) < 0)
		return -errno;
	ret = ul_watch_add(d->forward->owner->ctx->loop, &d->watch, fd,
			   EPOLLIN, on_door, d);
	if (ret < 0)
		shutdown(fd, SHUT_RD);
	else
		d->closed_fd = -1;
	return ret;
}

/*
 * The end of listening resets who waits to be let in. A port that was free
 * is let go of by it, and is taken again.
 */
static void bar(struct door *d)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd = d->watch.fd;

	if (fd < 0)
		return;
	ul_timer_cancel(d->forward->owner->ctx->loop, &d->pause);
	ul_watch_del(d->forward->owner->ctx->loop, &d->watch);
	d->closed_fd = fd;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return;
	shutdown(fd, SHUT_RD);
	if (d->forward->is_free)
		bind(fd, (struct sockaddr *)&ss, len);
}

static void bar_all(const struct passage *p)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &p->forward->doors) {
		struct door *d = ul_container_of(n, struct door, node);

		if (d->guest_port == p->guest_port)
			bar(d);
	}
}

static int unbar_all(const struct passage *p)
{
	struct ul_list *n, *tmp;
	int ret = 0;

	ul_list_for_each_safe(n, tmp, &p->forward->doors) {
		struct door *d = ul_container_of(n, struct door, node);

		if (!ret && d->guest_port == p->guest_port)
			ret = unbar(d);
	}
	if (ret < 0)
		bar_all(p);
	return ret;
}

/* A guest can do this at will, so the lines are limited. */
static bool on_gate(bool is_open, void *arg)
{
	struct passage *p = arg;
	struct ul_forward *f = p->forward;
	struct ul_flow_ctx *ctx = f->owner->ctx;
	int ret = 0;

	if (is_open)
		ret = unbar_all(p);
	else
		bar_all(p);
	if (ret < 0)
		ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop),
			       UL_LOG_WARN, "forward", "%s: the VM listens at port %u, and the host's port cannot: %s",
			       f->text, p->guest_port, strerror(-ret));
	else
		ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop),
			       UL_LOG_INFO, "forward", is_open ?
			       "%s: the VM listens at port %u: the host's port is open" :
			       "%s: the VM does not listen at port %u any more: the host's port is closed",
			       f->text, p->guest_port);
	return ret == 0;
}

static int find_of_passage(struct ul_ep *guest, void *arg)
{
	const struct passage *p = arg;

	guest->port = p->guest_port;
	return guest_of(p->forward, NULL, &guest->addr);
}

static void make_passages(struct ul_forward *f)
{
	struct ul_gate_conf gc = {
		.loop = f->owner->ctx->loop, .dials = f->owner->dials,
		.find = find_of_passage, .change = on_gate,
	};

	for (unsigned int i = 0; i < f->port_count; i++) {
		struct passage *p = g_new0(struct passage, 1);

		p->forward = f;
		p->guest_port = (uint16_t)(f->guest.port + i);
		gc.arg = p;
		p->gate = ul_gate_new(&gc);
		ul_list_append(&f->passages, &p->node);
	}
}

/* A door at the bound socket, which it takes. */
static int add_door(struct ul_forward *f, struct ul_forward_bound *b)
{
	struct door *d = g_new0(struct door, 1);
	int fd = b->fd;

	b->fd = -1;
	d->forward = f;
	d->watch.fd = d->closed_fd = -1;
	d->guest_port = (uint16_t)(f->guest.port + b->offset);
	ul_timer_init(&d->pause, on_pause_over, d);
	ul_list_append(&f->doors, &d->node);
	f->door_count++;
	f->owner->door_count++;
	ul_accounts_set_aside(f->owner->ctx->accounts, 1);
	f->owns_path = f->path && *f->path == '/' && !f->has_fd;
	if (!f->path && !b->offset && f->host_count < G_N_ELEMENTS(f->host))
		f->host[f->host_count++] = b->host;
	return open_door(d, fd);
}

static int open_doors(struct ul_forward *f, GArray *sockets, char **error)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < sockets->len; i++)
		ret = add_door(f, &g_array_index(sockets,
						 struct ul_forward_bound, i));
	if (ret < 0)
		*error = g_strdup_printf("forward %s: %s", f->text,
					 strerror(-ret));
	return ret;
}

static struct ul_forward *forward_new(struct ul_forwards *all,
				      const struct ul_forward_rule *rule)
{
	struct ul_forward *f = g_new0(struct ul_forward, 1);

	f->owner = all;
	f->since_us = ul_loop_now(all->ctx->loop);
	f->proto = rule->proto;
	f->text = g_strdup(rule->text);
	f->key = g_strdup(rule->key);
	f->path = g_strdup(rule->path);
	f->has_fd = rule->take_fd != NULL;
	f->is_free = !rule->path && !rule->host_first;
	f->guest_name = g_strdup(rule->guest_name);
	f->is_vm = rule->is_vm;
	f->guest = (struct ul_ep){ rule->guest, rule->guest_first };
	f->port_count = rule->host_last - rule->host_first + 1u;
	f->when_listening = rule->when_listening;
	f->tie = rule->tie;
	ul_list_init(&f->doors);
	ul_list_init(&f->passages);
	ul_tcp_origin_init(&f->origin, on_failed);
	ul_list_append(&all->list, &f->node);
	return f;
}

static int check_room(const struct ul_forwards *all,
		      const struct ul_forward_rule *rule, char **error)
{
	unsigned int want = rule->path ? 1 :
		(rule->host_last - rule->host_first + 1u) *
		rule->host_addr_count;

	if (!ul_accounts_may_set_aside(all->ctx->accounts, want)) {
		*error = g_strdup_printf("forward %s: it takes %u sockets, and forwards may have half of all open files (raise their limit, ulimit -Hn)",
					 rule->text, want);
		return -EMFILE;
	}
	if (want <= UL_FORWARD_SOCKETS_MAX - all->door_count)
		return 0;
	*error = g_strdup_printf("forward %s: it takes %u sockets, and %u of the %d that all forwards may have are in use",
				 rule->text, want, all->door_count,
				 UL_FORWARD_SOCKETS_MAX);
	return -ENOSPC;
}

static void tell_free_port(const struct ul_forward *f)
{
	char host[UL_EP_STRLEN];

	for (unsigned int i = 0; i < f->host_count; i++)
		ul_log(INFO, "forward", "%s: the host's port is %s", f->text,
		       ul_ep_str(&f->host[i], host));
}

int ul_forwards_add(struct ul_forwards *all,
		    const struct ul_forward_rule *rule,
		    struct ul_forward **out, char **error)
{
	struct ul_forward *f;
	GArray *sockets;
	int ret = check_room(all, rule, error);

	if (ret < 0)
		return ret;
	f = forward_new(all, rule);
	sockets = g_array_new(FALSE, FALSE, sizeof(struct ul_forward_bound));
	ret = ul_forward_bind(rule, sockets, error);
	if (!ret)
		ret = open_doors(f, sockets, error);
	for (unsigned int i = 0; i < sockets->len; i++) {
		int fd = g_array_index(sockets, struct ul_forward_bound,
				       i).fd;

		if (fd >= 0)
			close(fd);
	}
	g_array_free(sockets, TRUE);
	if (ret < 0) {
		ul_forward_remove(f, UL_FORWARD_KEEP);
		return ret;
	}
	if (f->when_listening)
		make_passages(f);
	if (f->is_free)
		tell_free_port(f);
	if (out)
		*out = f;
	return 0;
}

void ul_forwards_set_dials(struct ul_forwards *f, struct ul_guest_dials *dials)
{
	f->dials = dials;
}

void ul_forwards_hurry(struct ul_forwards *all)
{
	struct ul_list *n, *tmp;

	if (!all)
		return;
	ul_list_for_each_safe(n, tmp, &all->list)
		hurry(ul_container_of(n, struct ul_forward, node));
}

void ul_forward_info(const struct ul_forward *f, struct ul_forward_info *out)
{
	describe(f, out);
	out->has_guest = guest_of(f, NULL, &out->guest.addr) == 0;
}

struct ul_forward *
ul_forwards_find(const struct ul_forwards *all,
		 bool (*is_it)(const struct ul_forward_info *info, void *arg),
		 void *arg)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &all->list) {
		struct ul_forward *f = ul_container_of(n, struct ul_forward,
						       node);
		struct ul_forward_info info;

		describe(f, &info);
		if (is_it(&info, arg))
			return f;
	}
	return NULL;
}

void ul_forwards_each(const struct ul_forwards *all,
		      void (*fn)(const struct ul_forward_info *info,
				 void *arg), void *arg)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &all->list) {
		struct ul_forward_info info;

		ul_forward_info(ul_container_of(n, struct ul_forward, node),
				&info);
		fn(&info, arg);
	}
}
