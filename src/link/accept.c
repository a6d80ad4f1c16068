/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * accept.c - a listener on a socket that is connected to, of any kind
 *
 * A guest that left and its successor may be found in one turn, the new one
 * first. Before the owner is asked about a new guest, those that are gone are
 * detached: the owner sees no dead ones, and what they sent last is of no use
 * to anyone.
 */
#include "link/accept.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"

#define RETRY_US 100000
#define GUESTS_PER_TURN 16

struct acceptor {
	struct ul_listener listener;	/* first: ops cast back */
	struct ul_loop *loop;
	const struct ul_accept_kind *kind;
	struct ul_watch watch;
	struct ul_timer retry;
	struct ul_list ports;
	struct ul_allow allow;
	bool knows_peers;		/* their uid can be had */
	struct ul_log_limit log_limit;
};

bool ul_allow_has(const struct ul_allow *allow, const struct ucred *cred)
{
	if (cred->uid == 0 || cred->uid == geteuid())
		return true;
	for (size_t i = 0; i < allow->count; i++)
		if (allow->uid[i] == cred->uid)
			return true;
	return false;
}

void ul_allow_copy(struct ul_allow *out, const struct ul_allow *allow)
{
	size_t count = allow ? allow->count : 0;

	out->uid = count ? g_memdup2(allow->uid, count * sizeof(*out->uid)) :
			   NULL;
	out->count = count;
}

void ul_allow_fini(struct ul_allow *allow)
{
	g_free((void *)allow->uid);
}

bool ul_accept_is_gone(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLRDHUP };

	return poll(&pfd, 1, 0) > 0 &&
	       pfd.revents & (POLLHUP | POLLERR | POLLRDHUP);
}

static bool peer_is_allowed(struct acceptor *a, int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (!a->knows_peers)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return false;
	if (ul_allow_has(&a->allow, &cred))
		return true;
	ul_log_limited(&a->log_limit, ul_loop_now(a->loop), UL_LOG_WARN,
		       a->kind->name, "refused a peer of uid %u: uid %u, root and those listed may attach",
		       cred.uid, geteuid());
	return false;
}

static bool owner_allows(struct acceptor *a)
{
	const char *why = "";

	a->kind->reap(&a->ports);
	if (a->listener.handler->may_attach(&why, a->listener.arg))
		return true;
	ul_log_limited(&a->log_limit, ul_loop_now(a->loop), UL_LOG_WARN,
		       a->kind->name, "refused a guest: %s", why);
	return false;
}

/* Out of descriptors or memory: the listener would stay readable. */
static void pause_accepting(struct acceptor *a, int err)
{
	if (err == EAGAIN || err == EINTR || err == ECONNABORTED)
		return;
	ul_log_limited(&a->log_limit, ul_loop_now(a->loop), UL_LOG_WARN,
		       a->kind->name, "cannot accept a guest now: %s",
		       strerror(err));
	ul_watch_mod(a->loop, &a->watch, 0);
	ul_timer_set(a->loop, &a->retry, ul_loop_now(a->loop) + RETRY_US);
}

static void on_retry(int64_t now_us, void *arg)
{
	struct acceptor *a = arg;

	ul_watch_mod(a->loop, &a->watch, EPOLLIN);
}

/* False when there is none to accept. */
static bool accept_one(struct acceptor *a)
{
	int fd = accept4(a->watch.fd, NULL, NULL,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct ul_port *port;

	if (fd < 0) {
		pause_accepting(a, errno);
		return false;
	}
	if (!peer_is_allowed(a, fd) || !owner_allows(a)) {
		close(fd);
		return true;
	}
	port = a->kind->make(a->loop, fd, &a->ports);
	if (!port) {
		pause_accepting(a, ENOMEM);
		return false;
	}
	a->listener.handler->attached(port, a->listener.arg);
	return true;
}

static void on_listener(uint32_t events, void *arg)
{
	struct acceptor *a = arg;

	/* The owner may have had enough and freed the port, not us. */
	for (int i = 0; i < GUESTS_PER_TURN && accept_one(a); i++)
		;
}

static void acceptor_free(struct ul_listener *listener)
{
	struct acceptor *a = ul_container_of(listener, struct acceptor,
					     listener);

	while (!ul_list_is_empty(&a->ports))
		ul_list_remove(ul_list_first(&a->ports));
	ul_watch_close(a->loop, &a->watch);
	ul_timer_cancel(a->loop, &a->retry);
	ul_allow_fini(&a->allow);
	g_free(a);
}

static const struct ul_listener_ops acceptor_ops = { .free = acceptor_free };

static bool is_tcp(int fd)
{
	int domain;
	socklen_t len = sizeof(domain);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) &&
	       (domain == AF_INET || domain == AF_INET6);
}

struct ul_listener *ul_accept_new(struct ul_loop *loop, int take_fd,
				  const struct ul_accept_kind *kind,
				  const struct ul_allow *allow,
				  const struct ul_listener_handler *handler,
				  void *arg)
{
	struct acceptor *a = g_new0(struct acceptor, 1);

	a->listener = (struct ul_listener){
		.ops = &acceptor_ops, .handler = handler, .arg = arg,
	};
	a->loop = loop;
	a->kind = kind;
	a->watch.fd = -1;
	a->knows_peers = !is_tcp(take_fd);
	ul_allow_copy(&a->allow, allow);
	ul_list_init(&a->ports);
	ul_timer_init(&a->retry, on_retry, a);
	if (ul_watch_add(loop, &a->watch, take_fd, EPOLLIN, on_listener, a)) {
		close(take_fd);
		acceptor_free(&a->listener);
		return NULL;
	}
	return &a->listener;
}
