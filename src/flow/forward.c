/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forward.c - host ports that lead to a guest
 *
 * A guest sees the client's own address, unless that means nothing to it:
 * loopback, another family, or an address of the guest's own network. Then
 * the gateway's address stands for it.
 */
#include "flow/forward.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "base/list.h"
#include "flow/policy.h"

#define BACKLOG 1024
#define ACCEPTS_PER_TURN 64
#define PAUSE_US 100000		/* when there are no descriptors left */
#define FREE_PORT_TRIES 16

struct listener {
	struct ul_list node;
	struct ul_forwards *owner;
	struct ul_watch watch;
	struct ul_timer pause;
	struct ul_ep guest;
};

struct ul_forwards {
	struct ul_flow_ctx *ctx;
	struct ul_tcp_proxy *tcp;
	struct ul_udp_proxy *udp;
	struct ul_list listeners;
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

static void on_pause_over(int64_t now_us, void *arg)
{
	struct listener *l = arg;

	ul_watch_mod(l->owner->ctx->loop, &l->watch, EPOLLIN);
}

static void out_of_descriptors(struct listener *l, int err)
{
	struct ul_flow_ctx *ctx = l->owner->ctx;
	int64_t now = ul_loop_now(ctx->loop);

	ctx->stats.tcp_no_fd++;
	ul_log_limited(&ctx->log_limit, now, UL_LOG_WARN, "forward",
		       "connections wait: %s (raise the limit of open files, ulimit -Hn)",
		       strerror(err));
	ul_watch_mod(ctx->loop, &l->watch, 0);
	ul_timer_set(ctx->loop, &l->pause, now + PAUSE_US);
}

/* False when there is nothing more to accept now. */
static bool accept_one(struct listener *l)
{
	struct ul_flow_ctx *ctx = l->owner->ctx;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ul_ep client, peer;
	int fd = accept4(l->watch.fd, (struct sockaddr *)&ss, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			out_of_descriptors(l, errno);
		return errno == ECONNABORTED || errno == EINTR;
	}
	if (ul_ep_from_sa(&client, (struct sockaddr *)&ss) < 0) {
		close(fd);
		return true;
	}
	peer = peer_of(ctx, &client, &l->guest.addr);
	ul_tcp_proxy_forward(l->owner->tcp, fd, &peer, &l->guest);
	return true;
}

static void on_listener(uint32_t events, void *arg)
{
	struct listener *l = arg;

	for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(l); i++)
		;
}

struct ul_forwards *ul_forwards_new(struct ul_flow_ctx *ctx,
				    struct ul_tcp_proxy *tcp,
				    struct ul_udp_proxy *udp)
{
	struct ul_forwards *f = g_new0(struct ul_forwards, 1);

	f->ctx = ctx;
	f->tcp = tcp;
	f->udp = udp;
	ul_list_init(&f->listeners);
	return f;
}

static void listener_free(struct listener *l)
{
	ul_list_remove(&l->node);
	ul_timer_cancel(l->owner->ctx->loop, &l->pause);
	ul_watch_close(l->owner->ctx->loop, &l->watch);
	g_free(l);
}

void ul_forwards_free(struct ul_forwards *f)
{
	struct ul_list *n;

	if (!f)
		return;
	while ((n = ul_list_first(&f->listeners)) != NULL)
		listener_free(ul_container_of(n, struct listener, node));
	g_free(f);
}

/* A bound (TCP: listening) socket, or -errno. */
static int bind_socket(uint8_t proto, const struct ul_ep *host)
{
	bool is_v4 = ul_addr_is_v4(&host->addr), is_tcp = proto == UL_IPPROTO_TCP;
	struct sockaddr_storage ss;
	socklen_t len = ul_ep_to_sa(host, &ss);
	int one = 1, ret;
	int fd = socket(is_v4 ? AF_INET : AF_INET6,
			(is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK |
			SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (is_tcp)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!is_v4)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&ss, len) < 0 ||
	    (is_tcp && listen(fd, BACKLOG) < 0)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ul_ep ep = { .port = 0 };

	if (!getsockname(fd, (struct sockaddr *)&ss, &len))
		ul_ep_from_sa(&ep, (struct sockaddr *)&ss);
	return ep.port;
}

static int unprivileged_start(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");
	int start = 1024;

	if (!f)
		return start;
	if (fscanf(f, "%d", &start) != 1)
		start = 1024;
	fclose(f);
	return start;
}

static char *bind_error(const struct ul_forward_rule *rule,
			const struct ul_ep *host, int err)
{
	char ep[UL_EP_STRLEN];

	ul_ep_str(host, ep);
	if (err == EACCES)
		return g_strdup_printf(
			"forward %s: cannot bind %s: port %u is below net.ipv4.ip_unprivileged_port_start (%d); use a port from there on, or lower that sysctl",
			rule->text, ep, host->port, unprivileged_start());
	return g_strdup_printf("forward %s: cannot bind %s: %s", rule->text,
			       ep, strerror(err));
}

static int start_tcp(struct ul_forwards *f, int take_fd,
		     const struct ul_ep *guest)
{
	struct listener *l = g_new0(struct listener, 1);
	int ret;

	l->owner = f;
	l->guest = *guest;
	ul_timer_init(&l->pause, on_pause_over, l);
	ret = ul_watch_add(f->ctx->loop, &l->watch, take_fd, EPOLLIN,
			   on_listener, l);
	if (ret < 0) {
		close(take_fd);
		g_free(l);
		return ret;
	}
	ul_list_append(&f->listeners, &l->node);
	return 0;
}

static int start(struct ul_forwards *f, const struct ul_forward_rule *rule,
		 int take_fd, const struct ul_ep *guest)
{
	struct ul_addr gateway = ul_addr_is_v4(&guest->addr) ?
				 f->ctx->gateway4 : f->ctx->gateway6;

	if (rule->proto == UL_IPPROTO_TCP)
		return start_tcp(f, take_fd, guest);
	return ul_udp_proxy_forward(f->udp, take_fd, guest, &gateway);
}

/* The host may lack a family; one bound address is enough. */
static bool is_missing_family(int err)
{
	return err == EADDRNOTAVAIL || err == EAFNOSUPPORT;
}

/* Bind one port on every address: how many, or -errno and *@error. */
static int bind_all(const struct ul_forward_rule *rule, uint16_t port, int *fds,
		    char **error)
{
	struct ul_ep host = { .port = port };
	int bound = 0, err = 0;

	for (unsigned int i = 0; i < rule->host_addr_count; i++) {
		host.addr = rule->host_addrs[i];
		fds[i] = bind_socket(rule->proto, &host);
		if (fds[i] >= 0) {
			host.port = bound_port(fds[i]);
			bound++;
			continue;
		}
		err = -fds[i];
		if (rule->host_addr_count > 1 && is_missing_family(err))
			continue;
		bound = 0;
		break;
	}
	if (bound)
		return bound;
	*error = bind_error(rule, &host, err);
	for (unsigned int i = 0; i < rule->host_addr_count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
	return -err;
}

/* A bound socket of a rule, and where it shall lead. */
struct bound {
	int fd;			/* -1: given on */
	struct ul_ep guest;
};

/* Bind one port of a rule, on every address, and append the sockets. */
static int bind_port(const struct ul_forward_rule *rule, uint16_t host_port,
		     const struct ul_ep *guest, GArray *sockets, char **error)
{
	int tries = host_port ? 1 : FREE_PORT_TRIES;
	int fds[2] = { -1, -1 };
	char to[UL_EP_STRLEN];
	int ret;

	do {
		g_clear_pointer(error, g_free);
		ret = bind_all(rule, host_port, fds, error);
	} while (ret == -EADDRINUSE && --tries);
	if (ret < 0)
		return ret;
	if (!host_port)
		ul_log(INFO, "forward", "host port %u leads to %s",
		       bound_port(fds[0] >= 0 ? fds[0] : fds[1]),
		       ul_ep_str(guest, to));
	for (int i = 0; i < 2; i++) {
		struct bound b = { fds[i], *guest };

		if (b.fd >= 0)
			g_array_append_val(sockets, b);
	}
	return 0;
}

static int bind_rule(const struct ul_forward_rule *rule, GArray *sockets,
		     char **error)
{
	struct ul_ep guest = { rule->guest, rule->guest_first };

	if (!rule->host_first)
		return bind_port(rule, 0, &guest, sockets, error);
	for (unsigned int port = rule->host_first; port <= rule->host_last;
	     port++, guest.port++) {
		int ret = bind_port(rule, (uint16_t)port, &guest, sockets,
				    error);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Close the @count ports that were started last. */
static void undo(struct ul_forwards *f, const struct ul_forward_rule *rule,
		 unsigned int count)
{
	while (count--) {
		if (rule->proto == UL_IPPROTO_TCP)
			listener_free(ul_container_of(f->listeners.prev,
						      struct listener, node));
		else
			ul_udp_proxy_undo_forward(f->udp);
	}
}

static int start_all(struct ul_forwards *f, const struct ul_forward_rule *rule,
		     GArray *sockets, char **error)
{
	for (unsigned int i = 0; i < sockets->len; i++) {
		struct bound *b = &g_array_index(sockets, struct bound, i);
		int fd = b->fd, ret;

		b->fd = -1;
		ret = start(f, rule, fd, &b->guest);
		if (ret < 0) {
			*error = g_strdup_printf("forward %s: %s", rule->text,
						 strerror(-ret));
			undo(f, rule, i);
			return ret;
		}
	}
	return 0;
}

int ul_forwards_add(struct ul_forwards *f, const struct ul_forward_rule *rule,
		    char **error)
{
	GArray *sockets;
	int ret;

	if (rule->host_addr_count > 2)
		return -EINVAL;
	sockets = g_array_new(FALSE, FALSE, sizeof(struct bound));
	ret = bind_rule(rule, sockets, error);
	if (!ret)
		ret = start_all(f, rule, sockets, error);
	for (unsigned int i = 0; i < sockets->len; i++) {
		struct bound *b = &g_array_index(sockets, struct bound, i);

		if (b->fd >= 0)
			close(b->fd);
	}
	g_array_free(sockets, TRUE);
	return ret;
}
