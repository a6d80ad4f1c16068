/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flow_book.c - every flow by its number, and why the last ones ended
 *
 * Numbers only grow and a flow signs in behind all others, so the list is in
 * their order. A page goes on behind the flow that the page before ended
 * with; when that one is gone meanwhile, the list is walked to the place,
 * which for ten thousand flows costs less than telling of a page of them.
 *
 * Ended ones are kept in a ring as they last described themselves.
 */
#include "flow/flow_book.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <glib.h>

struct ended {
	struct ul_flow_info info;
	char port[UL_ACCOUNT_NAME_MAX + 1];
	int64_t at_us;
};

struct ul_flow_book {
	struct ul_loop *loop;
	struct ul_list open;
	struct ul_htab by_id;		/* ids are their own hash */
	uint64_t last_id;
	uint64_t ended_count;		/* since the start */
	struct ended ended[UL_FLOW_BOOK_ENDED];
};

static const char *const end_names[] = {
	[UL_FLOW_NOT_ENDED] = "",
	[UL_FLOW_GUEST_CLOSED] = "guest-closed",
	[UL_FLOW_OUTSIDE_CLOSED] = "outside-closed",
	[UL_FLOW_GUEST_RESET] = "guest-reset",
	[UL_FLOW_OUTSIDE_RESET] = "outside-reset",
	[UL_FLOW_REFUSED] = "refused",
	[UL_FLOW_GUEST_REFUSED] = "guest-refused",
	[UL_FLOW_UNREACHABLE] = "unreachable",
	[UL_FLOW_TIMEOUT] = "timeout",
	[UL_FLOW_GUEST_TIMEOUT] = "guest-timeout",
	[UL_FLOW_IDLE] = "idle",
	[UL_FLOW_POLICY] = "policy",
	[UL_FLOW_QUOTA] = "quota",
	[UL_FLOW_NO_RESOURCES] = "no-resources",
	[UL_FLOW_GUEST_LEFT] = "guest-left",
	[UL_FLOW_CUT] = "cut",
	[UL_FLOW_SHUTDOWN] = "shutdown",
};
static_assert(G_N_ELEMENTS(end_names) == UL_FLOW_END_COUNT, "one each");

const char *ul_flow_end_name(enum ul_flow_end why)
{
	return end_names[why];
}

struct ul_flow_book *ul_flow_book_new(struct ul_loop *loop)
{
	struct ul_flow_book *book = g_new0(struct ul_flow_book, 1);

	book->loop = loop;
	ul_list_init(&book->open);
	ul_htab_init(&book->by_id);
	return book;
}

void ul_flow_book_free(struct ul_flow_book *book)
{
	if (!book)
		return;
	assert(ul_list_is_empty(&book->open));
	ul_htab_fini(&book->by_id);
	g_free(book);
}

static struct ul_flow_entry *entry_of(struct ul_list *n)
{
	return ul_container_of(n, struct ul_flow_entry, node);
}

static struct ul_flow_entry *find(const struct ul_flow_book *book, uint64_t id)
{
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&book->by_id, id, n)) != NULL) {
		struct ul_flow_entry *e = ul_container_of(
			n, struct ul_flow_entry, by_id);

		if (e->id == id)
			return e;
	}
	return NULL;
}

void ul_flow_sign_in(struct ul_flow_book *book, struct ul_flow_entry *e,
		     const struct ul_flow_ops *ops)
{
	e->ops = ops;
	e->id = ++book->last_id;
	e->since_us = ul_loop_now(book->loop);
	e->by_id.hash = e->id;
	ul_list_init(&e->node);
	ul_list_append(&book->open, &e->node);
	ul_htab_insert(&book->by_id, &e->by_id);
}

static const char *port_of(const struct ul_flow_entry *e)
{
	struct ul_account *a = e->ops->account_of(e);

	return a && a != ul_account_at(a->all, NULL) ? ul_account_name(a)
						     : NULL;
}

static void describe(const struct ul_flow_book *book,
		     const struct ul_flow_entry *e, struct ul_flow_info *info)
{
	*info = (struct ul_flow_info){
		.id = e->id, .proto = e->proto, .is_forward = e->is_forward,
		.fd = -1,
		.port = port_of(e), .from_guest = e->from_guest,
		.to_guest = e->to_guest,
		.age_us = ul_loop_now(book->loop) - e->since_us,
	};
	e->ops->describe(e, info);
}

/* What points elsewhere is copied, or forgotten. */
static void keep(struct ul_flow_book *book, const struct ul_flow_entry *e,
		 enum ul_flow_end why)
{
	struct ended *kept = &book->ended[book->ended_count++ %
					  UL_FLOW_BOOK_ENDED];

	describe(book, e, &kept->info);
	kept->info.why = why;
	kept->info.reason = end_names[why];
	kept->at_us = ul_loop_now(book->loop);
	if (!kept->info.port)
		return;
	g_strlcpy(kept->port, kept->info.port, sizeof(kept->port));
	kept->info.port = kept->port;
}

void ul_flow_strike_out(struct ul_flow_book *book, struct ul_flow_entry *e)
{
	ul_list_remove(&e->node);
	ul_htab_remove(&book->by_id, &e->by_id);
}

void ul_flow_sign_out(struct ul_flow_book *book, struct ul_flow_entry *e,
		      enum ul_flow_end why)
{
	/* Its number stays, for logs. */
	if (!e->id || !ul_list_is_linked(&e->node))
		return;
	keep(book, e, e->why ? e->why : why);
	ul_flow_strike_out(book, e);
}

static bool is_in_order(enum ul_flow_end why)
{
	return why == UL_FLOW_GUEST_CLOSED || why == UL_FLOW_OUTSIDE_CLOSED;
}

void ul_flow_blame(struct ul_flow_entry *e, enum ul_flow_end why)
{
	if (!e->why || (is_in_order(e->why) && !is_in_order(why)))
		e->why = why;
}

/* Reading */

static bool is_asked(const struct ul_flow_query *q, uint8_t proto,
		     const char *port)
{
	if (q->proto && q->proto != proto)
		return false;
	return !q->port || (port && !strcmp(q->port, port));
}

static bool is_entry_asked(const struct ul_flow_query *q,
			   const struct ul_flow_entry *e)
{
	return is_asked(q, e->proto, q->port ? port_of(e) : NULL);
}

/* The one that a page begins with; the list's head at the end. */
static struct ul_list *begin(struct ul_flow_book *book, uint64_t after)
{
	struct ul_flow_entry *e = after ? find(book, after) : NULL;
	struct ul_list *n = book->open.next;

	if (e)
		return e->node.next;
	while (n != &book->open && entry_of(n)->id <= after)
		n = n->next;
	return n;
}

static size_t count_asked(struct ul_flow_book *book,
			  const struct ul_flow_query *q)
{
	size_t count = 0;

	if (!q->port && !q->proto)
		return book->by_id.count;
	for (struct ul_list *n = book->open.next; n != &book->open;
	     n = n->next)
		count += is_entry_asked(q, entry_of(n));
	return count;
}

static void read_open(struct ul_flow_book *book, const struct ul_flow_query *q,
		      void (*fn)(const struct ul_flow_info *info, void *arg),
		      void *arg, struct ul_flow_page *page)
{
	unsigned int told = 0;

	page->total = count_asked(book, q);
	for (struct ul_list *n = begin(book, q->after); n != &book->open;
	     n = n->next) {
		const struct ul_flow_entry *e = entry_of(n);
		struct ul_flow_info info;

		if (!is_entry_asked(q, e))
			continue;
		if (told++ == q->limit) {
			page->is_truncated = true;
			return;
		}
		describe(book, e, &info);
		fn(&info, arg);
		page->next = e->id;
	}
}

static void read_ended(struct ul_flow_book *book,
		       const struct ul_flow_query *q,
		       void (*fn)(const struct ul_flow_info *info, void *arg),
		       void *arg, struct ul_flow_page *page)
{
	uint64_t kept = MIN(book->ended_count, UL_FLOW_BOOK_ENDED);
	int64_t now_us = ul_loop_now(book->loop);

	page->forgotten = book->ended_count - kept;
	for (uint64_t i = 1; i <= kept; i++) {
		const struct ended *e = &book->ended[
			(book->ended_count - i) % UL_FLOW_BOOK_ENDED];
		struct ul_flow_info info = e->info;

		if (!is_asked(q, info.proto, info.port))
			continue;
		if (page->total++ >= q->limit) {
			page->is_truncated = true;
			continue;
		}
		info.ended_us = now_us - e->at_us;
		fn(&info, arg);
	}
}

void ul_flow_book_read(struct ul_flow_book *book,
		       const struct ul_flow_query *query,
		       void (*fn)(const struct ul_flow_info *info, void *arg),
		       void *arg, struct ul_flow_page *out)
{
	struct ul_flow_page page = { .next = query->after };

	if (query->is_ended)
		read_ended(book, query, fn, arg, &page);
	else
		read_open(book, query, fn, arg, &page);
	*out = page;
}

int ul_flow_book_cut(struct ul_flow_book *book, uint64_t id)
{
	struct ul_flow_entry *e = find(book, id);

	if (!e)
		return -ENOENT;
	ul_flow_blame(e, UL_FLOW_CUT);
	e->ops->cut(e);
	return 0;
}
