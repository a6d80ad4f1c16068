/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hosts_file.h - the host's own names for addresses, as hosts(5) has them
 *
 * Left out is what means something else to a guest than to the host: loopback
 * addresses, "127.0.1.1 myhost" with them, addresses of one link and of many
 * machines. 0.0.0.0 and :: stay, by which people make a name lead nowhere.
 */
#ifndef UL_SYS_HOSTS_FILE_H
#define UL_SYS_HOSTS_FILE_H

#include <stddef.h>

#include "base/addr.h"

#define UL_HOSTS_PATH "/etc/hosts"
#define UL_HOSTS_LEN_MAX (1 << 20)	/* bytes read of a longer file */
#define UL_HOSTS_NAME_LEN 254		/* with its NUL */

/* @name is in lower case, a host's name without a last dot. */
typedef void (*ul_hosts_fn)(const char *name, const struct ul_addr *addr,
			    void *arg);

/*
 * Each name in the @len bytes of hosts(5) at @text, in their order. Lines that
 * cannot be understood and names that are none are passed over.
 */
void ul_hosts_parse(const char *text, size_t len, ul_hosts_fn fn, void *arg);

#endif
