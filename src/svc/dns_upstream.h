/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_upstream.h - whom to ask for a name: lists of servers
 *
 * One list is for every name: fixed, or the host's own (sys/resolv.h),
 * followed as it changes. Others are for a domain and what is below it; of
 * several the longest counts. What is learned about a server (it is silent,
 * it answered) stays with its list until that changes.
 */
#ifndef UL_SVC_DNS_UPSTREAM_H
#define UL_SVC_DNS_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/loop.h"
#include "sys/resolv.h"

#define UL_DNS_UPSTREAMS 8	/* servers of one list */
#define UL_DNS_DOMAINS 256	/* lists */

#define UL_DNS_AVOID_US 30000000ll	/* a silent upstream comes last */

struct ul_dns_server {
	struct ul_resolver at;
	int64_t answered_us;	/* last; 0: never */
	int64_t avoid_until_us;
	uint64_t asked, answered;	/* attempts */
};

/* A list. Its id changes whenever its servers do; no other ever has it. */
struct ul_dns_servers {
	unsigned int id;
	size_t count;
	struct ul_dns_server server[UL_DNS_UPSTREAMS];
};

struct ul_dns_upstreams;

struct ul_dns_upstreams_conf {
	struct ul_loop *loop;
	/* Copied, the first UL_DNS_UPSTREAMS; without any, resolv_path says. */
	const struct ul_ep *servers;
	size_t count;
	const char *resolv_path;	/* NULL: UL_RESOLV_PATH */
};

struct ul_dns_upstreams *
ul_dns_upstreams_new(const struct ul_dns_upstreams_conf *conf);
/* NULL is fine. */
void ul_dns_upstreams_free(struct ul_dns_upstreams *all);

/* Other servers for every name, as in the conf; without any, the host's. */
void ul_dns_upstreams_set(struct ul_dns_upstreams *all,
			  const struct ul_ep *servers, size_t count);

/*
 * The list for @name (lower case, without the last dot), borrowed until a
 * list changes: until the next call, or the next turn.
 */
struct ul_dns_servers *ul_dns_upstreams_for(struct ul_dns_upstreams *all,
					    const char *name);

/* Changes with any list: what was learned from others is worth less. */
unsigned int ul_dns_upstreams_serial(struct ul_dns_upstreams *all);

/*
 * Ask @server for names in @domain, after those that it has. 0, -EEXIST when
 * it is asked already, -ENOSPC when the list or the table is full.
 */
int ul_dns_upstreams_add(struct ul_dns_upstreams *all, const char *domain,
			 const struct ul_ep *server);
/* No longer, or no server of its own with NULL. 0 or -ENOENT. */
int ul_dns_upstreams_remove(struct ul_dns_upstreams *all, const char *domain,
			    const struct ul_ep *server);

/* Every server, those for every name first: their @domain is NULL. */
typedef void (*ul_dns_server_fn)(const char *domain,
				 const struct ul_dns_server *server, void *arg);
void ul_dns_upstreams_each(struct ul_dns_upstreams *all, ul_dns_server_fn fn,
			   void *arg);

/* The first of @mask, one that is not avoided if there is one; or -1. */
int ul_dns_servers_first(const struct ul_dns_servers *list, uint32_t mask,
			 int64_t now_us);

/* The name above @name, or NULL: "com" of "example.com". */
const char *ul_dns_parent_of(const char *name);

#endif
