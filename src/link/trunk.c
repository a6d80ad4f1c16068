/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trunk.c - a cable between the switches of two processes
 *
 * The dialling side is in one of three states, told by what it holds:
 *
 *	resting		the timer is armed, for the next attempt
 *	connecting	the watch is on, and the timer for giving up
 *	connected	there is a port
 *
 * How long it rests grows from attempt to attempt, and also when connections
 * do not last: a peer that accepts and closes must not be dialled in circles.
 */
#include "link/trunk.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#include "base/addr.h"
#include "base/log.h"
#include "link/accept.h"
#include "link/stream.h"
#include "sys/unixfd.h"

#define CONNECT_TIMEOUT_US INT64_C(10000000)
#define BACKLOG 16
#define NAME_MAX_LEN (sizeof(((struct sockaddr_un *)0)->sun_path) + 2)
/* A peer whose machine is gone is noticed within about a minute. */
#define KEEPALIVE_S 20
#define KEEPALIVE_PROBES 3
#define USER_TIMEOUT_MS 60000

struct address {
	struct sockaddr_storage sa;
	socklen_t len;
	char name[NAME_MAX_LEN];	/* as the user writes it */
};

struct dialer {
	struct ul_listener listener;	/* first: ops cast back */
	struct ul_loop *loop;
	struct address addr;
	struct ul_allow allow;
	struct ul_watch watch;
	struct ul_timer timer;
	int64_t rest_us;		/* before the next attempt */
	int64_t connected_us;		/* when the port came into being */
	struct ul_port *port;
	bool has_complained;		/* since the last connection */
};

struct waiter {
	struct ul_listener listener;	/* first: ops cast back */
	struct ul_listener *inner;
	char *path;			/* to unlink; NULL when none */
};

static void name_unix(struct address *a)
{
	const struct sockaddr_un *sun = (const struct sockaddr_un *)&a->sa;
	int len = (int)(a->len - offsetof(struct sockaddr_un, sun_path));

	if (len > 0 && !sun->sun_path[0])
		snprintf(a->name, sizeof(a->name), "@%.*s", len - 1,
			 sun->sun_path + 1);
	else
		snprintf(a->name, sizeof(a->name), "%.*s", MAX(len, 0),
			 sun->sun_path);
}

static void copy_address(struct address *a, const struct sockaddr *sa,
			 socklen_t len)
{
	struct ul_ep ep;
	char buf[UL_EP_STRLEN];

	memset(a, 0, sizeof(*a));
	a->len = MIN(len, (socklen_t)sizeof(a->sa));
	memcpy(&a->sa, sa, a->len);
	if (sa->sa_family == AF_UNIX)
		name_unix(a);
	else if (!ul_ep_from_sa(&ep, sa))
		snprintf(a->name, sizeof(a->name), "%s", ul_ep_str(&ep, buf));
}

static bool is_unix(const struct address *a)
{
	return a->sa.ss_family == AF_UNIX;
}

/* Those who are accepted inherit it from the socket that waits. */
static void set_tcp_options(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		setsockopt(fd, options[i].level, options[i].name,
			   &options[i].value, sizeof(options[i].value));
}

static int open_socket(const struct address *a)
{
	int fd = socket(a->sa.ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !is_unix(a))
		set_tcp_options(fd);
	return fd;
}

static void rest(struct dialer *d)
{
	ul_timer_set(d->loop, &d->timer, ul_loop_now(d->loop) + d->rest_us);
	d->rest_us = MIN(2 * d->rest_us, UL_TRUNK_RETRY_MAX_US);
}

static void give_up(struct dialer *d, const char *why)
{
	ul_watch_close(d->loop, &d->watch);
	if (!d->has_complained)
		ul_log_write(UL_LOG_WARN, "trunk",
			     "no trunk to %s: %s; trying on", d->addr.name,
			     why);
	d->has_complained = true;
	rest(d);
}

/* The port is over or freed: whoever owned it knows. */
static void on_over(void *arg)
{
	struct dialer *d = arg;
	int64_t now = ul_loop_now(d->loop);

	d->port = NULL;
	ul_log_write(UL_LOG_INFO, "trunk", "the trunk to %s is down",
		     d->addr.name);
	if (now - d->connected_us >= UL_TRUNK_RETRY_MAX_US)
		d->rest_us = UL_TRUNK_RETRY_MIN_US;
	rest(d);
}

/*
 * With nobody there, a dialled port of the own host may be chosen for our own
 * end, and TCP connects the socket to itself.
 */
static bool is_self_connected(const struct dialer *d, int fd)
{
	struct sockaddr_storage own = { 0 }, peer = { 0 };
	socklen_t own_len = sizeof(own), peer_len = sizeof(peer);

	if (is_unix(&d->addr))
		return false;
	return !getsockname(fd, (struct sockaddr *)&own, &own_len) &&
	       !getpeername(fd, (struct sockaddr *)&peer, &peer_len) &&
	       own_len == peer_len && !memcmp(&own, &peer, own_len);
}

/* NULL, or why the other end of @fd is not one for us. */
static const char *find_fault(const struct dialer *d, int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	const char *why = "";

	if (is_self_connected(d, fd))
		return strerror(ECONNREFUSED);
	if (is_unix(&d->addr) &&
	    (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ||
	     !ul_allow_has(&d->allow, &cred)))
		return "it is another user's: --allow-uid would allow it";
	if (!d->listener.handler->may_attach(&why, d->listener.arg))
		return why;
	return NULL;
}

static void take_connection(struct dialer *d, int take_fd)
{
	const char *fault = find_fault(d, take_fd);
	struct ul_port *port;

	if (fault) {
		close(take_fd);
		give_up(d, fault);
		return;
	}
	port = ul_stream_new(d->loop, take_fd, NULL, NULL);
	if (!port) {
		give_up(d, "cannot watch the socket");
		return;
	}
	ul_timer_cancel(d->loop, &d->timer);
	d->connected_us = ul_loop_now(d->loop);
	d->has_complained = false;
	d->port = port;
	ul_stream_on_over(port, on_over, d);
	ul_log_write(UL_LOG_INFO, "trunk", "the trunk to %s is up",
		     d->addr.name);
	d->listener.handler->attached(port, d->listener.arg);
}

static void on_connected(uint32_t events, void *arg)
{
	struct dialer *d = arg;
	int fd = d->watch.fd, err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err) {
		give_up(d, strerror(err));
		return;
	}
	ul_watch_del(d->loop, &d->watch);
	take_connection(d, fd);
}

static void dial(struct dialer *d)
{
	int fd = open_socket(&d->addr);
	int ret;

	if (fd < 0) {
		give_up(d, strerror(errno));
		return;
	}
	if (!connect(fd, (struct sockaddr *)&d->addr.sa, d->addr.len)) {
		take_connection(d, fd);
		return;
	}
	ret = -errno;
	if (ret == -EINPROGRESS)
		ret = ul_watch_add(d->loop, &d->watch, fd, EPOLLOUT,
				   on_connected, d);
	if (ret < 0) {
		close(fd);
		give_up(d, strerror(-ret));
		return;
	}
	ul_timer_set(d->loop, &d->timer,
		     ul_loop_now(d->loop) + CONNECT_TIMEOUT_US);
}

static void on_timer(int64_t now_us, void *arg)
{
	struct dialer *d = arg;

	if (d->watch.fd >= 0)
		give_up(d, strerror(ETIMEDOUT));
	else
		dial(d);
}

static void dialer_free(struct ul_listener *listener)
{
	struct dialer *d = ul_container_of(listener, struct dialer, listener);

	if (d->port)
		ul_stream_on_over(d->port, NULL, NULL);
	ul_watch_close(d->loop, &d->watch);
	ul_timer_cancel(d->loop, &d->timer);
	ul_allow_fini(&d->allow);
	g_free(d);
}

static const struct ul_listener_ops dialer_ops = { .free = dialer_free };

/* The first attempt is a timer's, too: attached() comes within a turn. */
struct ul_listener *ul_trunk_dial(struct ul_loop *loop,
				  const struct sockaddr *sa, socklen_t len,
				  const struct ul_allow *allow,
				  const struct ul_listener_handler *handler,
				  void *arg)
{
	struct dialer *d = g_new0(struct dialer, 1);

	d->listener = (struct ul_listener){
		.ops = &dialer_ops, .handler = handler, .arg = arg,
	};
	d->loop = loop;
	copy_address(&d->addr, sa, len);
	ul_allow_copy(&d->allow, allow);
	d->watch.fd = -1;
	d->rest_us = UL_TRUNK_RETRY_MIN_US;
	ul_timer_init(&d->timer, on_timer, d);
	ul_timer_set(loop, &d->timer, ul_loop_now(loop));
	return &d->listener;
}

static void waiter_free(struct ul_listener *listener)
{
	struct waiter *w = ul_container_of(listener, struct waiter, listener);

	ul_listener_free(w->inner);
	if (w->path)
		unlink(w->path);
	g_free(w->path);
	g_free(w);
}

static const struct ul_listener_ops waiter_ops = { .free = waiter_free };

/* A socket that has no file. */
static int bind_socket(int *out, const struct address *a, char **error)
{
	int fd = open_socket(a), on = 1;
	int ret;

	if (fd >= 0 && !is_unix(a))
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd >= 0 && a->sa.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (fd < 0 || bind(fd, (const struct sockaddr *)&a->sa, a->len) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		ret = -errno;
		*error = g_strdup_printf("cannot wait for trunks at %s: %s",
					 a->name, strerror(-ret));
		if (fd >= 0)
			close(fd);
		return ret;
	}
	*out = fd;
	return 0;
}

static void warn_if_open(const struct address *a)
{
	struct ul_ep ep;

	if (ul_ep_from_sa(&ep, (const struct sockaddr *)&a->sa) < 0 ||
	    ul_addr_is_loopback(&ep.addr))
		return;
	ul_log_write(UL_LOG_WARN, "trunk", "whoever reaches %s is on this network: nothing proves who dials a trunk over TCP, so let a firewall or a tunnel see to it",
		     a->name);
}

struct ul_listener *ul_trunk_wait(struct ul_loop *loop,
				  const struct sockaddr *sa, socklen_t len,
				  const struct ul_allow *allow,
				  const struct ul_listener_handler *handler,
				  void *arg, char **error)
{
	struct address a;
	struct waiter *w;
	bool has_path;
	int fd, ret;

	copy_address(&a, sa, len);
	has_path = is_unix(&a) && a.name[0] != '@';
	ret = has_path ? ul_unix_listen(&fd, a.name, error) :
			 bind_socket(&fd, &a, error);
	if (ret < 0)
		return NULL;
	w = g_new0(struct waiter, 1);
	w->listener = (struct ul_listener){
		.ops = &waiter_ops, .handler = handler, .arg = arg,
	};
	w->path = has_path ? g_strdup(a.name) : NULL;
	w->inner = ul_stream_listener_new(loop, fd, allow, handler, arg);
	if (!w->inner) {
		*error = g_strdup_printf("cannot watch the trunk's socket %s",
					 a.name);
		waiter_free(&w->listener);
		return NULL;
	}
	warn_if_open(&a);
	return &w->listener;
}
