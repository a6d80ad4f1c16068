/* SPDX-License-Identifier: BSD-3-Clause */
/* guestfwd.c - addresses of guests' that lead to a service of the host */
#include "flow/guestfwd.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#include "flow/program.h"
#include "flow/tcp_flow.h"

struct ul_guestfwd {
	struct ul_guestfwds *all;
	struct ul_guestfwd_rule rule;
};

struct ul_guestfwds {
	struct ul_flow_ctx *ctx;
	struct ul_programs *programs;
	GPtrArray *list;		/* of struct ul_guestfwd, owned: few */
};

struct ul_guestfwds *ul_guestfwds_new(struct ul_flow_ctx *ctx)
{
	struct ul_guestfwds *all = g_new0(struct ul_guestfwds, 1);

	all->ctx = ctx;
	all->programs = ul_programs_new(ctx->loop);
	if (ctx->programs_use_tcp)
		ul_programs_use_tcp(all->programs);
	all->list = g_ptr_array_new_with_free_func(g_free);
	return all;
}

void ul_guestfwds_free(struct ul_guestfwds *all)
{
	if (!all)
		return;
	ul_programs_free(all->programs);
	g_ptr_array_unref(all->list);
	g_free(all);
}

void ul_guestfwds_add(struct ul_guestfwds *all,
		      const struct ul_guestfwd_rule *rule)
{
	struct ul_guestfwd *fwd = g_new0(struct ul_guestfwd, 1);

	fwd->all = all;
	fwd->rule = *rule;
	g_ptr_array_add(all->list, fwd);
}

const struct ul_guestfwd *ul_guestfwds_find(const struct ul_guestfwds *all,
					    const struct ul_ep *dst)
{
	for (guint i = 0; all && i < all->list->len; i++) {
		const struct ul_guestfwd *fwd = all->list->pdata[i];

		if (ul_ep_eq(&fwd->rule.at, dst))
			return fwd;
	}
	return NULL;
}

int ul_guestfwds_remove(struct ul_guestfwds *all, const struct ul_ep *at)
{
	const struct ul_guestfwd *fwd = ul_guestfwds_find(all, at);

	if (!fwd)
		return -ENOENT;
	g_ptr_array_remove(all->list, (gpointer)fwd);
	return 0;
}

bool ul_guestfwds_has(const struct ul_guestfwds *all,
		      const struct ul_addr *addr)
{
	for (guint i = 0; all && i < all->list->len; i++) {
		const struct ul_guestfwd *fwd = all->list->pdata[i];

		if (ul_addr_eq(&fwd->rule.at.addr, addr))
			return true;
	}
	return false;
}

/* A connected socket, or -errno. */
static int dial_unix(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				     len + (*path != '@'));
	int fd, rc;

	if (len >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	memcpy(sun.sun_path, path, len);
	if (*path == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&sun, size))
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

static int start_program(const struct ul_guestfwd *fwd,
			 struct ul_tcp_flow *flow)
{
	int fd, rc = ul_program_start(fwd->all->programs, flow->share.account,
				      fwd->rule.argv, &fd, &flow->program);

	if (rc < 0)
		return rc;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* What @fwd leads to: a connected socket, or -errno. */
static int open_end(const struct ul_guestfwd *fwd, struct ul_tcp_flow *flow)
{
	if (fwd->rule.open)
		return fwd->rule.open(fwd->rule.arg);
	return fwd->rule.path ? dial_unix(fwd->rule.path) :
				start_program(fwd, flow);
}

/* The guest hears a refusal; the operator, why. */
static int refuse(const struct ul_guestfwd *fwd, int rc)
{
	struct ul_flow_ctx *ctx = fwd->all->ctx;
	bool is_busy = fwd->rule.argv && rc == -EAGAIN;

	if (rc == -EMFILE || rc == -ENFILE)
		return rc;
	ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop), UL_LOG_WARN,
		       "guestfwd", "%s: a guest was refused: %s",
		       fwd->rule.text, is_busy ? "as many programs as may run "
		       "at once, or be started, do" : g_strerror(-rc));
	return -ECONNREFUSED;
}

int ul_guestfwd_dial(const struct ul_guestfwd *fwd, struct ul_tcp_flow *flow,
		     const struct ul_pkt *syn, ul_watch_fn on_event)
{
	struct ul_loop *loop = fwd->all->ctx->loop;
	int fd, rc;

	flow->is_guestfwd = true;
	if (!fwd->rule.path && !fwd->rule.argv && !fwd->rule.open) {
		flow->host = fwd->rule.host;
		return ul_tcp_dial(loop, flow, syn, on_event);
	}
	flow->host = flow->peer;
	fd = open_end(fwd, flow);
	if (fd < 0)
		return refuse(fwd, fd);
	/* A descriptor in the stream would end a read early, as a mark does. */
	flow->host_reads_short = true;
	rc = ul_watch_add(loop, &flow->watch, fd, UL_TCP_HOST_EVENTS,
			  on_event, flow);
	if (rc < 0)
		close(fd);
	if (rc < 0 && flow->program) {
		ul_program_hang_up(flow->program);
		flow->program = NULL;
	}
	return rc;
}
