/* SPDX-License-Identifier: BSD-3-Clause */
/* forward.h - host ports that lead to a guest */
#ifndef UL_FLOW_FORWARD_H
#define UL_FLOW_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/ctx.h"
#include "flow/guest_dial.h"
#include "flow/tcp_proxy.h"
#include "flow/udp_proxy.h"

#define UL_FORWARD_SOCKETS_MAX 8192	/* of all rules */

struct ul_forwards;
struct ul_forward;

/* One rule, as conf/ has it; the texts are copied. */
struct ul_forward_rule {
	uint8_t proto;			/* UL_IPPROTO_TCP or UL_IPPROTO_UDP */
	const char *path;		/* a UNIX socket, or NULL */
	int *take_fd;			/* which listens there; NULL: bind it */
	const struct ul_addr *host_addrs;
	unsigned int host_addr_count;
	uint16_t host_first, host_last;	/* host_first 0: a free port */
	bool when_listening;		/* open while the guest listens; TCP */
	const char *guest_name;		/* NULL: its address is @guest */
	bool is_vm;			/* or the only one's, whatever it is */
	struct ul_addr guest;
	uint16_t guest_first;
	const char *text;		/* as the user wrote it */
	const char *key;		/* what tells it from others */
	const void *tie;		/* see ul_forwards_untie() */
};

/* A rule and what became of it. Borrowed for the call that hands it out. */
struct ul_forward_info {
	const char *text, *key;
	bool is_free;			/* the host's port was free */
	bool is_udp;
	const char *path;		/* a UNIX socket: no host */
	int fd;				/* of its first socket; -1: none */
	int64_t age_us;
	unsigned int host_count;	/* in host, with their first ports */
	struct ul_ep host[2];
	unsigned int port_count;	/* on each of these */
	const char *guest_name;
	struct ul_ep guest;		/* with its first port */
	bool has_guest;			/* else nobody has that name now */
	bool when_listening;
	unsigned int listening;		/* of the guest's ports: those are open */
	uint64_t connections;		/* of TCP; UDP: clients */
	unsigned int open;		/* of these */
	uint64_t failed;		/* of these, and of those not begun */
	const char *reason;		/* of the last that did; NULL: none */
	int64_t failed_us;		/* how long ago */
};

/* What a forward could not lead to its guest. */
struct ul_forward_failure {
	const struct ul_forward_info *forward;
	struct ul_ep client;		/* port 0: not known */
	const char *reason;		/* a part of a sentence */
};

struct ul_forwards *ul_forwards_new(struct ul_flow_ctx *ctx,
				    struct ul_tcp_proxy *tcp,
				    struct ul_udp_proxy *udp);
/* What rules that are open while the guest listens need; borrowed. */
void ul_forwards_set_dials(struct ul_forwards *f, struct ul_guest_dials *dials);
/* Host ports are closed; connections that came through them live on. */
void ul_forwards_free(struct ul_forwards *f);

/*
 * Bind every port of @rule, as ul_forward_bind(). 0, or -errno and in *@error
 * a sentence, the caller's; nothing is left bound then. -ENOSPC: that would
 * be more than UL_FORWARD_SOCKETS_MAX; -EMFILE: than half of all open files. *@out, which may be NULL, is borrowed.
 * What is taken at rule->take_fd is -1 after that.
 */
int ul_forwards_add(struct ul_forwards *f, const struct ul_forward_rule *rule,
		    struct ul_forward **out, char **error);

/* A guest came or got an address: ask again who listens. NULL is fine. */
void ul_forwards_hurry(struct ul_forwards *f);

enum ul_forward_open {
	UL_FORWARD_KEEP,	/* TCP connections; UDP has none */
	UL_FORWARD_CUT,
};
void ul_forward_remove(struct ul_forward *forward, enum ul_forward_open open);
/* Remove those that were added with @tie, and cut what is open. */
void ul_forwards_untie(struct ul_forwards *f, const void *tie);

/* The first that @is_it says of, whose has_guest is not filled in; NULL. */
struct ul_forward *
ul_forwards_find(const struct ul_forwards *f,
		 bool (*is_it)(const struct ul_forward_info *info, void *arg),
		 void *arg);
void ul_forward_info(const struct ul_forward *forward,
		     struct ul_forward_info *out);
void ul_forwards_each(const struct ul_forwards *f,
		      void (*fn)(const struct ul_forward_info *info,
				 void *arg), void *arg);

#endif
