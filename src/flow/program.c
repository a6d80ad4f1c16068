/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * program.c - programs of the host, each at the end of one connection
 *
 * A program ends by itself, or when its connection does: then it, and all in
 * its session's process group, get SIGTERM and after a while SIGKILL. One that
 * exited is not reaped before its connection is over: until then its number,
 * which is that of the group, is nobody else's.
 */
#include "flow/program.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "base/list.h"
#include "base/rate.h"
#include "sys/spawn.h"
#include "sys/tcp_pair.h"

#define STARTS_LEN 64

struct ul_program {
	struct ul_list node;
	struct ul_programs *all;
	const void *who;
	pid_t pid;
	struct ul_watch exit;
	struct ul_timer grace;
	bool has_exited, is_hung_up;
};

struct ul_programs {
	struct ul_loop *loop;
	struct ul_list list;
	unsigned int count;
	bool use_tcp;
	struct ul_rate starts[STARTS_LEN];	/* of guests, by hash */
};

/* Those whom it has started and left are killed with it. */
static void finish(struct ul_program *p)
{
	ul_spawn_signal(p->pid, SIGKILL);
	ul_spawn_reap(p->pid);
	ul_watch_close(p->all->loop, &p->exit);
	ul_timer_cancel(p->all->loop, &p->grace);
	ul_list_remove(&p->node);
	p->all->count--;
	g_free(p);
}

static void on_exit_of(uint32_t events, void *arg)
{
	struct ul_program *p = arg;

	p->has_exited = true;
	if (p->is_hung_up)
		finish(p);
	else
		ul_watch_mod(p->all->loop, &p->exit, 0);
}

static void on_grace_over(int64_t now_us, void *arg)
{
	struct ul_program *p = arg;

	ul_spawn_signal(p->pid, SIGKILL);
}

struct ul_programs *ul_programs_new(struct ul_loop *loop)
{
	struct ul_programs *all = g_new0(struct ul_programs, 1);

	all->loop = loop;
	ul_list_init(&all->list);
	return all;
}

void ul_programs_use_tcp(struct ul_programs *all)
{
	all->use_tcp = true;
}

void ul_programs_free(struct ul_programs *all)
{
	struct ul_list *n;

	if (!all)
		return;
	while ((n = ul_list_first(&all->list)) != NULL)
		finish(ul_container_of(n, struct ul_program, node));
	g_free(all);
}

/* 0, or -errno and nothing of it is left. */
static int watch(struct ul_program *p)
{
	int fd = ul_spawn_watch_fd(p->pid);
	int rc = fd < 0 ? fd : ul_watch_add(p->all->loop, &p->exit, fd,
					    EPOLLIN, on_exit_of, p);

	if (!rc)
		return 0;
	if (fd >= 0)
		close(fd);
	ul_spawn_signal(p->pid, SIGKILL);
	ul_spawn_reap(p->pid);
	return rc;
}

static unsigned int count_of(const struct ul_programs *all, const void *who)
{
	unsigned int count = 0;
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &all->list)
		count += ul_container_of(n, struct ul_program, node)->who ==
			 who;
	return count;
}

/*
 * One guest leaves some to the others, those that it has hung up too. To start
 * one takes time that is all guests', so none may start and end them at will.
 */
static bool may_start(struct ul_programs *all, const void *who)
{
	struct ul_rate *starts = &all->starts[g_direct_hash(who) / 16 %
					      STARTS_LEN];

	return all->count < UL_PROGRAMS_MAX &&
	       count_of(all, who) < UL_PROGRAMS_MAX_EACH &&
	       ul_rate_take(starts, ul_loop_now(all->loop),
			    UL_PROGRAMS_PER_S, UL_PROGRAMS_BURST);
}

/* Where loopback is down, TCP is none. */
static int connect_ends(const struct ul_programs *all, int sv[2])
{
	if (all->use_tcp && ul_tcp_pair(sv) == 0)
		return 0;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0 ?
	       -errno : 0;
}

int ul_program_start(struct ul_programs *all, const void *who,
		     char *const argv[], int *fd, struct ul_program **out)
{
	struct ul_program *p;
	int sv[2], rc;

	if (!may_start(all, who))
		return -EAGAIN;
	rc = connect_ends(all, sv);
	if (rc < 0)
		return rc;
	p = g_new0(struct ul_program, 1);
	p->all = all;
	p->who = who;
	p->exit.fd = -1;
	ul_timer_init(&p->grace, on_grace_over, p);
	rc = ul_spawn(argv, sv[1], &p->pid);
	close(sv[1]);
	if (!rc)
		rc = watch(p);
	if (rc) {
		close(sv[0]);
		g_free(p);
		return rc;
	}
	ul_list_append(&all->list, &p->node);
	all->count++;
	*fd = sv[0];
	*out = p;
	return 0;
}

void ul_program_hang_up(struct ul_program *p)
{
	p->is_hung_up = true;
	if (p->has_exited) {
		finish(p);
		return;
	}
	ul_spawn_signal(p->pid, SIGTERM);
	ul_timer_set(p->all->loop, &p->grace,
		     ul_loop_now(p->all->loop) + UL_PROGRAM_GRACE_US);
}

unsigned int ul_programs_count(const struct ul_programs *all)
{
	return all->count;
}
