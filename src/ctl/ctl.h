/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ctl.h - the control socket of a network, which speaks QMP
 *
 * QEMU's own JSON protocol, so that its clients work on it: userland-qmp(7)
 * has the commands. Only the user who runs it, and root, get in.
 */
#ifndef UL_CTL_CTL_H
#define UL_CTL_CTL_H

#include <glib.h>

#include "loop/loop.h"
#include "net/net_info.h"

#define UL_CTL_CLIENTS_MAX 32

struct ul_ctl;

struct ul_ctl_conf {
	struct ul_loop *loop;
	struct ul_network *network;	/* whose events it takes */
	const char *log_path;		/* absolute; NULL: none, or unknown */
	/* The command `quit`: end, when this turn is over. */
	void (*quit)(void *arg);
	/* The command `reload`: as ul_reload_run(); may be NULL. */
	int (*reload)(GPtrArray **changes, char **error, void *arg);
	void *arg;
};

/* @conf is copied. */
struct ul_ctl *ul_ctl_new(const struct ul_ctl_conf *conf);
/* Clients are told what is written at once. NULL is fine. */
void ul_ctl_free(struct ul_ctl *ctl);

/*
 * Take clients at @take_fd, a listening socket that does not block. 0 or
 * -errno, then it is closed. Once.
 */
int ul_ctl_listen(struct ul_ctl *ctl, int take_fd);
/* One that is connected, whoever it is. */
void ul_ctl_adopt(struct ul_ctl *ctl, int take_fd);

/* Tell all that the end is near; @reason is one word. */
void ul_ctl_say_shutdown(struct ul_ctl *ctl, const char *reason);

unsigned int ul_ctl_clients(const struct ul_ctl *ctl);

#endif
