/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * account.h - what one guest uses of the router, and may use
 *
 * There is one account for each port that guests' packets came from, and
 * one, nobody's, for forwards to guests that have not been seen. A flow
 * holds a share of the account of the guest that it is for. The rules are at
 * the head of account.c.
 */
#ifndef UL_FLOW_ACCOUNT_H
#define UL_FLOW_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/htab.h"
#include "base/list.h"
#include "base/log.h"
#include "loop/loop.h"
#include "stack/stack.h"

#define UL_ACCOUNT_NAME_MAX 63
#define UL_ACCOUNT_IDS 16		/* MACs and addresses remembered */
#define UL_ACCOUNTS_LEFT_MAX 1024	/* guests that may come back */
#define UL_ACCOUNT_LEFT_US 60000000ll

/* Limits of one guest; every one is an option, a counter and a log line. */
struct ul_flow_limits {
	unsigned int tcp_flows;		/* open */
	unsigned int tcp_half_open;	/* dialled, and forwards: each */
	unsigned int udp_flows;		/* guest source endpoints; and as many */
					/* clients of UDP forwards */
	unsigned int icmp_flows;	/* echo ids */
	uint64_t pinned_bytes;
	uint64_t send_bytes;
};

enum ul_use {
	UL_USE_TCP,		/* connections */
	UL_USE_TCP_DIAL,	/* of these, the host is being connected to */
	UL_USE_TCP_GREET,	/* of these, a forward's guest is */
	UL_USE_UDP,		/* source endpoints */
	UL_USE_ICMP,		/* echo ids */
	UL_USE_UDP_CLIENT,	/* of forwards, whose sockets they share */
};
#define UL_USE_COUNT (UL_USE_UDP_CLIENT + 1)

struct ul_accounts;
struct ul_account;
struct ul_flow_book;

/* A guest's MAC or address, by which it is known again. */
struct ul_account_id {
	struct ul_hnode node;		/* while the guest is gone */
	struct ul_addr id;
	struct ul_account *account;
};

struct ul_account {
	struct ul_accounts *all;
	struct ul_hnode by_port;
	struct ul_list node;		/* of those that are there, or gone */
	const void *port;		/* NULL: nobody's, or gone */
	int64_t left_us;
	char name[UL_ACCOUNT_NAME_MAX + 1];

	unsigned int used[UL_USE_COUNT];
	uint64_t over[UL_USE_COUNT];	/* refused at the limit */
	uint64_t over_fds;		/* refused for lack of descriptors */
	uint64_t gave_up;		/* flows ended for others' sake */
	struct ul_budget budget;
	uint64_t told_pinned, told_send;	/* of the budget, in the log */

	struct ul_list share[UL_USE_COUNT];	/* longest unused first */
	unsigned int udp_peers;		/* that its UDP flows remember */
	struct ul_list held;		/* flows that its port holds back */
	struct ul_log_limit log_limit;

	struct ul_account_id id[UL_ACCOUNT_IDS];
	unsigned int id_count, next_id;
	unsigned int last_id;		/* seen last: usually again */
};

/* A flow's part in an account, embedded in the flow. Zeroed it holds none. */
struct ul_share {
	struct ul_list node;
	struct ul_account *account;	/* NULL: none is held */
	enum ul_use use;
};

/* What the accounts ask of those that have the flows. */
struct ul_accounts_handler {
	/* End the flow that @account has left unused for longest. */
	void (*give_up)(struct ul_account *account, void *arg);
	/* The guest will not come back: end all its flows. */
	void (*forget)(struct ul_account *account, void *arg);
	/* @from's flows are @to's from now on: shares move after this. */
	void (*adopt)(struct ul_account *from, struct ul_account *to,
		      void *arg);
	/* How people call @port; borrowed. NULL: it is on its way out. */
	const char *(*name_of)(const void *port, void *arg);
};

struct ul_accounts_conf {
	struct ul_loop *loop;
	const struct ul_flow_limits *limits;	/* borrowed */
	unsigned int fds;	/* that all flows together may have */
	uint64_t pinned_bytes, send_bytes;	/* of all together */
	const struct ul_accounts_handler *handler;	/* NULL: nobody cares */
	void *arg;
};

struct ul_accounts *ul_accounts_new(const struct ul_accounts_conf *conf);
/* All flows must have ended. NULL is fine. */
void ul_accounts_free(struct ul_accounts *all);

/* The account of @port, made when it is new. NULL is nobody's. */
struct ul_account *ul_account_at(struct ul_accounts *all, const void *port);

/* The same, NULL when there is none yet. */
struct ul_account *ul_account_find(struct ul_accounts *all, const void *port);

/* How people call its guest's port now; of one that left, the last name. */
const char *ul_account_name(struct ul_account *account);

/* The book that all flows of these accounts are in. */
struct ul_flow_book *ul_accounts_book(const struct ul_accounts *all);

/*
 * The guest of @account uses @mac and @addr. When a guest that left did, it
 * is that one, and its flows are this account's.
 */
void ul_account_saw(struct ul_account *account, const uint8_t mac[6],
		    const struct ul_addr *addr);

/* The guest at @port is gone; @port means nothing any more. */
void ul_account_leave(struct ul_accounts *all, const void *port);

/* The account of a guest that left and had @addr, or NULL. */
struct ul_account *ul_account_gone(struct ul_accounts *all,
				   const struct ul_addr *addr);

/* May a flow be charged to someone else, its guest being seen there? */
static inline bool ul_account_is_vacant(const struct ul_account *account)
{
	return !account->port;
}

/*
 * Take one of @use for a flow to @dst (for the log). 0; -ENOBUFS at a limit
 * of the guest's, -EMFILE when the process has no descriptor for it: counted
 * and logged.
 */
int ul_share_take(struct ul_share *share, struct ul_account *account,
		  enum ul_use use, const struct ul_ep *dst);
/* Harmless when none is held. */
void ul_share_put(struct ul_share *share);
/* The flow was used. */
void ul_share_touch(struct ul_share *share);
/* Charge it to @account, whatever its limits are. */
void ul_share_move(struct ul_share *share, struct ul_account *account);

/* Log when a budget of bytes was hit since the last call. */
void ul_account_tell_budget(struct ul_account *account);

/* What is no flow's takes @count descriptors more, or less. */
void ul_accounts_set_aside(struct ul_accounts *all, int count);
/* May it take @count more, and leave half of all to flows? */
bool ul_accounts_may_set_aside(const struct ul_accounts *all,
			       unsigned int count);

/* How many guests are there, at least 1. */
unsigned int ul_accounts_count(const struct ul_accounts *all);
/* Descriptors: in use by flows, for all flows, and each guest's fair part. */
unsigned int ul_accounts_fds(const struct ul_accounts *all);
unsigned int ul_accounts_fds_max(const struct ul_accounts *all);
unsigned int ul_accounts_fds_fair(const struct ul_accounts *all);

/* Those of guests that are there, that left, and nobody's when it is used. */
void ul_accounts_each(struct ul_accounts *all,
		      void (*fn)(struct ul_account *account, void *arg),
		      void *arg);

#endif
