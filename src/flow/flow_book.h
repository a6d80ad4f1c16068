/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flow_book.h - every flow by its number, and why the last ones ended
 *
 * A flow embeds an entry and signs in when it begins. Whoever ends it says
 * why, if it was anything but its turn; the last UL_FLOW_BOOK_ENDED of those
 * that ended are remembered.
 */
#ifndef UL_FLOW_FLOW_BOOK_H
#define UL_FLOW_FLOW_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/htab.h"
#include "base/list.h"
#include "flow/account.h"

#define UL_FLOW_BOOK_ENDED 256

/* Why a flow ended. */
enum ul_flow_end {
	UL_FLOW_NOT_ENDED,
	UL_FLOW_GUEST_CLOSED,	/* in order, the guest first */
	UL_FLOW_OUTSIDE_CLOSED,
	UL_FLOW_GUEST_RESET,
	UL_FLOW_OUTSIDE_RESET,
	UL_FLOW_REFUSED,	/* by the outside */
	UL_FLOW_GUEST_REFUSED,	/* a forward's */
	UL_FLOW_UNREACHABLE,
	UL_FLOW_TIMEOUT,	/* the outside did not answer */
	UL_FLOW_GUEST_TIMEOUT,
	UL_FLOW_IDLE,
	UL_FLOW_POLICY,		/* is not allowed any more */
	UL_FLOW_QUOTA,		/* made room for another */
	UL_FLOW_NO_RESOURCES,	/* of the host's: a port, a descriptor */
	UL_FLOW_GUEST_LEFT,	/* its port, and did not come back */
	UL_FLOW_CUT,		/* by the operator */
	UL_FLOW_SHUTDOWN,
};
#define UL_FLOW_END_COUNT (UL_FLOW_SHUTDOWN + 1)

/* "guest-closed" ...; "" for UL_FLOW_NOT_ENDED. */
const char *ul_flow_end_name(enum ul_flow_end why);

/* What a flow tells of itself. Texts are borrowed for the call. */
struct ul_flow_info {
	uint64_t id;
	uint8_t proto;			/* of IP; ICMPv6 is ICMP */
	bool is_forward;		/* the outside began it */
	const char *state;		/* one word; of one that ended the last */
	/* TCP's own, towards the guest, like "ESTABLISHED"; else NULL. */
	const char *tcp_state;
	int fd;				/* the host's socket; -1: none now */
	const char *port;		/* the guest's; NULL: not known */
	struct ul_ep guest, outside;	/* as the guest sees them */
	/* The host's socket; the port of an echo's is its id. */
	bool has_local, has_remote;
	struct ul_ep local, remote;
	unsigned int peers;		/* of a datagram flow: spoken to */
	uint64_t from_guest, to_guest;	/* bytes of payload that passed */
	size_t waiting_out;		/* bytes for the outside */
	size_t waiting_in;		/* bytes that the guest has not taken */
	size_t pinned;			/* memory that waiting_out holds */
	int64_t age_us, idle_us;
	int64_t left_us;		/* until it ends unused; 0: TCP */
	enum ul_flow_end why;
	const char *reason;		/* the name of why; NULL: still open */
	int64_t ended_us;		/* ago */
};

struct ul_flow_entry;

struct ul_flow_ops {
	/*
	 * Fill in what the entry does not have itself: state, addresses,
	 * peers, what waits, idle_us.
	 */
	void (*describe)(const struct ul_flow_entry *entry,
			 struct ul_flow_info *info);
	/* Whose it is; NULL: nobody's. */
	struct ul_account *(*account_of)(const struct ul_flow_entry *entry);
	/* End it now, towards both sides. The entry is gone after that. */
	void (*cut)(struct ul_flow_entry *entry);
};

/* Embedded in a flow. */
struct ul_flow_entry {
	struct ul_list node;		/* of the book, in order of ids */
	struct ul_hnode by_id;
	const struct ul_flow_ops *ops;
	uint64_t id;
	uint8_t proto;
	bool is_forward;
	enum ul_flow_end why;
	int64_t since_us;
	uint64_t from_guest, to_guest;
};

struct ul_flow_book;

struct ul_flow_book *ul_flow_book_new(struct ul_loop *loop);
/* All flows must have signed out. NULL is fine. */
void ul_flow_book_free(struct ul_flow_book *book);

/* @entry, zeroed but for proto and is_forward, gets an id. */
void ul_flow_sign_in(struct ul_flow_book *book, struct ul_flow_entry *entry,
		     const struct ul_flow_ops *ops);
/*
 * The flow ends, for the reason that it was blamed for, or in lack of one
 * for @why. It must still be able to describe itself. Harmless twice.
 */
void ul_flow_sign_out(struct ul_flow_book *book, struct ul_flow_entry *entry,
		      enum ul_flow_end why);

/* It is none that anybody wants to read of: not now, and not when it ended. */
void ul_flow_strike_out(struct ul_flow_book *book, struct ul_flow_entry *entry);

/*
 * The flow will end because of this. What is said first stays, but an end
 * in order gives way to whatever comes between.
 */
void ul_flow_blame(struct ul_flow_entry *entry, enum ul_flow_end why);

/* What is asked for. All zero: the first page of all that are open. */
struct ul_flow_query {
	bool is_ended;		/* those that ended, the last one first */
	uint64_t after;		/* the id of the last one of the page before */
	unsigned int limit;	/* of what is told */
	const char *port;	/* of this guest's port; NULL: of all */
	uint8_t proto;		/* 0: all */
};

/* What the answer is of. */
struct ul_flow_page {
	size_t total;		/* that were asked for, on all pages */
	bool is_truncated;	/* there are more behind these */
	uint64_t next;		/* the after of the next page */
	uint64_t forgotten;	/* that ended, in all, and are not kept */
};

/*
 * Tell of flows in order of their ids; or of those that ended, which have no
 * pages. @fn must not end flows.
 */
void ul_flow_book_read(struct ul_flow_book *book,
		       const struct ul_flow_query *query,
		       void (*fn)(const struct ul_flow_info *info, void *arg),
		       void *arg, struct ul_flow_page *out);

/* End a flow. -ENOENT: none that is open has that number. */
int ul_flow_book_cut(struct ul_flow_book *book, uint64_t id);

#endif
