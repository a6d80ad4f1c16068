/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * userns.h - user, network and mount namespaces of our own
 *
 * The caller has one thread. It is root in there, and outside it stays who
 * it is.
 */
#ifndef UL_SYS_USERNS_H
#define UL_SYS_USERNS_H

#include <stdbool.h>

/*
 * Enter new ones, for good. Mounts made in there are seen only there. 0, or
 * -errno and a sentence that names the setting of the host that forbids it.
 */
int ul_userns_enter(char **error);

/* In there, go on to another network namespace, which is empty. */
int ul_userns_next_netns(char **error);

/*
 * The setting that forbids namespaces, as a sentence of the caller's, or
 * NULL when none is known to. @proc_sys: "/proc/sys", but for tests.
 * @is_root: not bound by what is meant for ordinary users.
 */
char *ul_userns_obstacle(const char *proc_sys, bool is_root);

/*
 * In there, have /etc/resolv.conf be @text, and ways around it closed: the
 * sockets of nscd and of systemd-resolved are hidden. A file is made in
 * @dir for a moment.
 */
int ul_userns_set_resolv(const char *text, const char *dir, char **error);

#endif
