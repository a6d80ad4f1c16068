/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * resolv.h - the host's name servers, as resolv.conf(5) tells them
 *
 * Followed: the next look at the list after the file, or a symbolic link on
 * the way to it, was changed or replaced reads it again.
 */
#ifndef UL_SYS_RESOLV_H
#define UL_SYS_RESOLV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/addr.h"

#define UL_RESOLV_PATH "/etc/resolv.conf"
#define UL_RESOLV_MAX 8		/* servers used of a longer list */

struct ul_resolver {
	struct ul_ep ep;
	uint32_t scope_id;	/* of a link-local address, else 0 */
};

/* As ul_ep_to_sa(), with the scope. */
socklen_t ul_resolver_to_sa(const struct ul_resolver *r,
			    struct sockaddr_storage *ss);

/*
 * The servers in the @len bytes of resolv.conf(5) at @text, at most
 * UL_RESOLV_MAX. Lines that cannot be understood are passed over; without
 * any server it is the one on 127.0.0.1. Returns how many.
 */
size_t ul_resolv_parse(const char *text, size_t len,
		       struct ul_resolver out[UL_RESOLV_MAX]);

struct ul_resolv;

struct ul_resolv *ul_resolv_new(const char *path);
void ul_resolv_free(struct ul_resolv *r);

/* Becomes readable when the file may have changed; -1 without inotify. */
int ul_resolv_fd(const struct ul_resolv *r);
/* Take what is readable there: the next look reads the file. */
void ul_resolv_drain(struct ul_resolv *r);

/*
 * The servers now, borrowed until the next call. @now_us (from 0 on) limits
 * looks at the disk to one a second while nothing was drained. The list is
 * empty when the file cannot be read. *@serial changes with the list.
 */
const struct ul_resolver *ul_resolv_list(struct ul_resolv *r, int64_t now_us,
					 size_t *count, unsigned int *serial);

/* 0, or -errno of the last attempt to read the file. */
int ul_resolv_error(const struct ul_resolv *r);

#endif
