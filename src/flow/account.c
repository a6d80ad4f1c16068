/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * account.c - what one guest uses of the router, and may use
 *
 * Three rules, from the narrowest:
 *
 * 1. Every limit of the configuration (--max-flows and its kin) is one of
 *    each guest. What it refuses no other guest notices.
 * 2. Flows need descriptors, of which the process has RLIMIT_NOFILE less
 *    what is reserved. A guest may have them all while nobody else wants
 *    one. When there are none left, a guest that holds less than its fair
 *    part, all of them divided by the guests that are there, gets one: the
 *    guest that holds most gives up the flow that it has left unused for
 *    longest; one that left gives first. So each guest is sure of its fair
 *    part at any time, and no more is taken from a guest than what it has
 *    above its own. A part that is set apart for each guest that may come
 *    was rejected: of 1024 that is next to nothing, and is lost to the one
 *    guest that most networks have.
 * 3. Bytes (--max-pinned, --max-send) are limited for each guest, and for
 *    all together by whoever makes the accounts; a network above it holds
 *    each guest to its fair part of it, see stack.h.
 *
 * A guest that leaves keeps its account, and with it its flows, for a
 * minute. Whoever is seen with one of its MACs or addresses in that time is
 * it, and gets them; else they are ended. Its port's address may be another
 * port's by then, so it is forgotten at once.
 */
#include "flow/account.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "base/hash.h"
#include "flow/flow_book.h"

#define NOBODY "no guest"
#define GIVE_UPS_MAX 16		/* for one flow */
#define SPARE_FDS 32		/* of those reserved, for what is set aside */

struct ul_accounts {
	struct ul_accounts_conf conf;
	struct ul_hash_key key;
	struct ul_htab by_port;
	struct ul_htab gone_ids;	/* of guests that left */
	struct ul_list there, gone;	/* gone: who left first, first */
	unsigned int there_count, gone_count;
	struct ul_account *last;	/* asked for last: frames come in rows */
	struct ul_account nobody;
	unsigned int fds;
	unsigned int set_aside;
	struct ul_timer forget;
	struct ul_flow_book *book;
};

/* What a limit is called, and what it counts. */
static const struct {
	const char *option, *what;
} uses[UL_USE_COUNT] = {
	[UL_USE_TCP]		= { "--max-flows", "TCP flows" },
	[UL_USE_TCP_DIAL]	= { "--max-half-open", "half open TCP flows" },
	[UL_USE_TCP_GREET]	= { "--max-half-open", "half open forwards" },
	[UL_USE_UDP]		= { "--max-udp", "UDP flows" },
	[UL_USE_ICMP]		= { "--max-ping", "echo ids" },
	[UL_USE_UDP_CLIENT]	= { "--max-udp", "clients of UDP forwards" },
};

static bool has_fd(enum ul_use use)
{
	return use == UL_USE_TCP || use == UL_USE_UDP || use == UL_USE_ICMP;
}

static unsigned int fds_of(const struct ul_account *a)
{
	return a->used[UL_USE_TCP] + a->used[UL_USE_UDP] +
	       a->used[UL_USE_ICMP];
}

static bool has_flows(const struct ul_account *a)
{
	return fds_of(a) || a->used[UL_USE_UDP_CLIENT];
}

static unsigned int limit_of(const struct ul_accounts *all, enum ul_use use)
{
	const struct ul_flow_limits *l = all->conf.limits;

	switch (use) {
	case UL_USE_TCP:
		return l->tcp_flows;
	case UL_USE_TCP_DIAL:
	case UL_USE_TCP_GREET:
		return l->tcp_half_open;
	case UL_USE_UDP:
	case UL_USE_UDP_CLIENT:
		return l->udp_flows;
	case UL_USE_ICMP:
		return l->icmp_flows;
	}
	return 0;
}

static void account_init(struct ul_account *a, struct ul_accounts *all)
{
	a->all = all;
	ul_list_init(&a->node);
	ul_list_init(&a->held);
	for (int i = 0; i < UL_USE_COUNT; i++)
		ul_list_init(&a->share[i]);
	a->budget.pinned_max = all->conf.limits->pinned_bytes;
	a->budget.send_max = all->conf.limits->send_bytes;
}

static void set_fair(struct ul_account *a, unsigned int guests)
{
	a->budget.pinned_fair = a->all->conf.pinned_bytes / guests;
	a->budget.send_fair = a->all->conf.send_bytes / guests;
}

/* The number of guests changed: so did each one's part. */
static void share_out(struct ul_accounts *all)
{
	unsigned int guests = MAX(all->there_count, 1);
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &all->there)
		set_fair(ul_container_of(n, struct ul_account, node), guests);
	ul_list_for_each_safe(n, tmp, &all->gone)
		set_fair(ul_container_of(n, struct ul_account, node), guests);
	set_fair(&all->nobody, guests);
}

const char *ul_account_name(struct ul_account *a)
{
	const struct ul_accounts_conf *conf = &a->all->conf;
	const char *name = a->port && conf->handler ?
		conf->handler->name_of(a->port, conf->arg) : NULL;

	if (name && strcmp(name, a->name))
		g_strlcpy(a->name, name, sizeof(a->name));
	return a->name;
}

struct ul_flow_book *ul_accounts_book(const struct ul_accounts *all)
{
	return all->book;
}

static uint64_t port_hash(const struct ul_accounts *all, const void *port)
{
	return ul_hash(&all->key, &port, sizeof(port));
}

static struct ul_account *find(const struct ul_accounts *all,
			       const void *port, uint64_t hash)
{
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&all->by_port, hash, n)) != NULL) {
		struct ul_account *a = ul_container_of(n, struct ul_account,
						       by_port);

		if (a->port == port)
			return a;
	}
	return NULL;
}

static struct ul_account *account_new(struct ul_accounts *all,
				      const void *port, uint64_t hash)
{
	struct ul_account *a = g_try_new0(struct ul_account, 1);

	if (!a)
		return &all->nobody;
	account_init(a, all);
	a->port = port;
	a->by_port.hash = hash;
	ul_account_name(a);
	ul_htab_insert(&all->by_port, &a->by_port);
	ul_list_append(&all->there, &a->node);
	all->there_count++;
	share_out(all);
	return a;
}

struct ul_account *ul_account_at(struct ul_accounts *all, const void *port)
{
	struct ul_account *a;
	uint64_t hash;

	if (!port)
		return &all->nobody;
	if (all->last && all->last->port == port)
		return all->last;
	hash = port_hash(all, port);
	a = find(all, port, hash);
	if (!a)
		a = account_new(all, port, hash);
	all->last = a;
	return a;
}

struct ul_account *ul_account_find(struct ul_accounts *all, const void *port)
{
	return port ? find(all, port, port_hash(all, port)) : NULL;
}

/* Identities */

/* In 100::/64, which is discarded everywhere (RFC 6666): no guest's. */
static struct ul_addr id_of_mac(const uint8_t mac[6])
{
	struct ul_addr id = { .b = { 1 } };

	memcpy(id.b + 10, mac, 6);
	return id;
}

static uint64_t id_hash(const struct ul_accounts *all,
			const struct ul_addr *id)
{
	return ul_hash(&all->key, id, sizeof(*id));
}

static struct ul_account *find_gone(const struct ul_accounts *all,
				    const struct ul_addr *id)
{
	struct ul_hnode *n = NULL;
	uint64_t hash;

	if (!all->gone_ids.count)
		return NULL;
	hash = id_hash(all, id);
	while ((n = ul_htab_find(&all->gone_ids, hash, n)) != NULL) {
		struct ul_account_id *i = ul_container_of(
			n, struct ul_account_id, node);

		if (ul_addr_eq(&i->id, id))
			return i->account;
	}
	return NULL;
}

struct ul_account *ul_account_gone(struct ul_accounts *all,
				   const struct ul_addr *addr)
{
	return find_gone(all, addr);
}

static void move_shares(struct ul_account *from, struct ul_account *to)
{
	struct ul_list *n;

	for (int i = 0; i < UL_USE_COUNT; i++)
		while ((n = ul_list_first(&from->share[i])) != NULL)
			ul_share_move(ul_container_of(n, struct ul_share,
						      node), to);
}

/* @a is of no list any more, and has no flows. */
static void account_free(struct ul_account *a)
{
	struct ul_accounts *all = a->all;

	struct ul_list *n;

	if (all->last == a)
		all->last = NULL;
	/* Of other guests' flows, perhaps: their timers find out. */
	while ((n = ul_list_first(&a->held)) != NULL)
		ul_list_remove(n);
	ul_list_remove(&a->node);
	g_free(a);
}

static void no_longer_gone(struct ul_account *a)
{
	for (unsigned int i = 0; i < a->id_count; i++)
		ul_htab_remove(&a->all->gone_ids, &a->id[i].node);
	ul_list_remove(&a->node);
	a->all->gone_count--;
}

/* The guest that left with @from is back as @to. */
static void adopt(struct ul_account *from, struct ul_account *to)
{
	const struct ul_accounts_conf *conf = &from->all->conf;

	no_longer_gone(from);
	if (conf->handler)
		conf->handler->adopt(from, to, conf->arg);
	move_shares(from, to);
	account_free(from);
}

static void remember(struct ul_account *a, const struct ul_addr *id)
{
	unsigned int i = a->next_id;

	a->id[i] = (struct ul_account_id){ .id = *id, .account = a };
	a->last_id = i;
	a->next_id = (i + 1) % UL_ACCOUNT_IDS;
	a->id_count = MAX(a->id_count, i + 1);
}

static bool is_known(struct ul_account *a, const struct ul_addr *id)
{
	if (a->id_count && ul_addr_eq(&a->id[a->last_id].id, id))
		return true;
	for (unsigned int i = 0; i < a->id_count; i++) {
		if (ul_addr_eq(&a->id[i].id, id)) {
			a->last_id = i;
			return true;
		}
	}
	return false;
}

static void saw(struct ul_account *a, const struct ul_addr *id)
{
	struct ul_account *gone;

	if (is_known(a, id))
		return;
	remember(a, id);
	gone = find_gone(a->all, id);
	if (gone)
		adopt(gone, a);
}

/* A MAC that is new comes with an address that is looked at for the first. */
void ul_account_saw(struct ul_account *a, const uint8_t mac[6],
		    const struct ul_addr *addr)
{
	struct ul_addr id;

	if (ul_account_is_vacant(a))
		return;
	saw(a, addr);
	id = id_of_mac(mac);
	saw(a, &id);
}

/* Leaving */

static void arm(struct ul_accounts *all)
{
	struct ul_list *n = ul_list_first(&all->gone);

	if (!n)
		ul_timer_cancel(all->conf.loop, &all->forget);
	else
		ul_timer_set(all->conf.loop, &all->forget,
			     ul_container_of(n, struct ul_account, node)->
			     left_us + UL_ACCOUNT_LEFT_US);
}

static void forget(struct ul_account *a)
{
	const struct ul_accounts_conf *conf = &a->all->conf;

	no_longer_gone(a);
	if (conf->handler)
		conf->handler->forget(a, conf->arg);
	move_shares(a, &a->all->nobody);	/* there are none left */
	account_free(a);
}

static struct ul_account *first_gone(const struct ul_accounts *all)
{
	struct ul_list *n = ul_list_first(&all->gone);

	return n ? ul_container_of(n, struct ul_account, node) : NULL;
}

static void on_forget(int64_t now_us, void *arg)
{
	struct ul_accounts *all = arg;
	struct ul_account *a;

	while ((a = first_gone(all)) != NULL &&
	       now_us - a->left_us >= UL_ACCOUNT_LEFT_US)
		forget(a);
	arm(all);
}

/* An id that an earlier guest left as well leads to the later one. */
static void become_gone(struct ul_account *a)
{
	struct ul_accounts *all = a->all;

	a->left_us = ul_loop_now(all->conf.loop);
	ul_list_append(&all->gone, &a->node);
	all->gone_count++;
	for (unsigned int i = 0; i < a->id_count; i++) {
		a->id[i].node.hash = id_hash(all, &a->id[i].id);
		ul_htab_insert(&all->gone_ids, &a->id[i].node);
	}
	if (all->gone_count > UL_ACCOUNTS_LEFT_MAX)
		forget(first_gone(all));
	arm(all);
}

void ul_account_leave(struct ul_accounts *all, const void *port)
{
	struct ul_account *a = ul_account_find(all, port);

	if (!a)
		return;
	ul_htab_remove(&all->by_port, &a->by_port);
	ul_list_remove(&a->node);
	all->there_count--;
	all->last = NULL;
	a->port = NULL;
	share_out(all);
	if (has_flows(a))
		become_gone(a);
	else
		account_free(a);
}

/* Shares */

static int over(struct ul_account *a, enum ul_use use, const struct ul_ep *dst)
{
	char text[UL_EP_STRLEN];

	a->over[use]++;
	ul_log_limited(&a->log_limit, ul_loop_now(a->all->conf.loop),
		       UL_LOG_WARN, "flow",
		       "%s: nothing new towards %s: it has %u %s, the limit of %s",
		       ul_account_name(a), ul_ep_str(dst, text), a->used[use],
		       uses[use].what, uses[use].option);
	return -ENOBUFS;
}

/* Whoever left, else whoever holds most. */
static struct ul_account *richest(struct ul_accounts *all)
{
	struct ul_account *best = &all->nobody;
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &all->gone) {
		struct ul_account *a = ul_container_of(n, struct ul_account,
						       node);

		if (fds_of(a))
			return a;
	}
	ul_list_for_each_safe(n, tmp, &all->there) {
		struct ul_account *a = ul_container_of(n, struct ul_account,
						       node);

		if (fds_of(a) > fds_of(best))
			best = a;
	}
	/* Nobody's flows go before a guest's fair part does. */
	if (fds_of(best) <= ul_accounts_fds_fair(all) && fds_of(&all->nobody))
		best = &all->nobody;
	return best;
}

/* Take one descriptor from whoever can spare it for @a. */
static bool take_from_others(struct ul_account *a)
{
	struct ul_accounts *all = a->all;
	const struct ul_accounts_conf *conf = &all->conf;
	struct ul_account *rich = richest(all);
	unsigned int had = all->fds;

	if (rich == a || (rich->port && fds_of(rich) <= fds_of(a) + 1))
		return false;
	rich->gave_up++;
	ul_log_limited(&rich->log_limit, ul_loop_now(conf->loop), UL_LOG_WARN,
		       "flow",
		       "%s: its longest unused flow makes room for %s: no descriptors are left, and it holds %u (raise the limit of open files, ulimit -Hn)",
		       ul_account_name(rich), ul_account_name(a),
		       fds_of(rich));
	conf->handler->give_up(rich, conf->arg);
	return all->fds < had;
}

/* The second rule. Ports that came meanwhile took descriptors as well. */
static bool get_descriptor(struct ul_account *a)
{
	struct ul_accounts *all = a->all;

	for (int i = 0; i < GIVE_UPS_MAX; i++) {
		if (all->fds < ul_accounts_fds_max(all))
			return true;
		if (!all->conf.handler ||
		    fds_of(a) >= ul_accounts_fds_fair(all) ||
		    !take_from_others(a))
			return false;
	}
	return all->fds < ul_accounts_fds_max(all);
}

static int no_descriptor(struct ul_account *a, const struct ul_ep *dst)
{
	char text[UL_EP_STRLEN];

	a->over_fds++;
	ul_log_limited(&a->log_limit, ul_loop_now(a->all->conf.loop),
		       UL_LOG_WARN, "flow",
		       "%s: nothing new towards %s: it has its part of all open files, %u of %u (raise their limit, ulimit -Hn)",
		       ul_account_name(a), ul_ep_str(dst, text), fds_of(a),
		       ul_accounts_fds_max(a->all));
	return -EMFILE;
}

static void link_share(struct ul_share *s, struct ul_account *a)
{
	s->account = a;
	a->used[s->use]++;
	ul_list_init(&s->node);
	ul_list_append(&a->share[s->use], &s->node);
}

int ul_share_take(struct ul_share *share, struct ul_account *a,
		  enum ul_use use, const struct ul_ep *dst)
{
	if (a->used[use] >= limit_of(a->all, use))
		return over(a, use, dst);
	if (has_fd(use) && !get_descriptor(a))
		return no_descriptor(a, dst);
	share->use = use;
	link_share(share, a);
	a->all->fds += has_fd(use);
	return 0;
}

void ul_share_put(struct ul_share *share)
{
	struct ul_account *a = share->account;

	if (!a)
		return;
	ul_list_remove(&share->node);
	a->used[share->use]--;
	a->all->fds -= has_fd(share->use);
	share->account = NULL;
}

void ul_share_touch(struct ul_share *share)
{
	if (share->account)
		ul_list_move_tail(&share->account->share[share->use],
				  &share->node);
}

void ul_share_move(struct ul_share *share, struct ul_account *account)
{
	if (!share->account)
		return;
	ul_list_remove(&share->node);
	share->account->used[share->use]--;
	link_share(share, account);
}

void ul_account_tell_budget(struct ul_account *a)
{
	const struct ul_budget *b = &a->budget;
	int64_t now = ul_loop_now(a->all->conf.loop);

	if (b->over_pinned != a->told_pinned)
		ul_log_limited(&a->log_limit, now, UL_LOG_WARN, "tcp",
			       "%s: data from it is held back: the limit of --max-pinned, or of one connection, is reached",
			       ul_account_name(a));
	if (b->over_send != a->told_send)
		ul_log_limited(&a->log_limit, now, UL_LOG_WARN, "tcp",
			       "%s: data for it is held back: the limit of --max-send is reached",
			       ul_account_name(a));
	a->told_pinned = b->over_pinned;
	a->told_send = b->over_send;
}

/* All */

struct ul_accounts *ul_accounts_new(const struct ul_accounts_conf *conf)
{
	struct ul_accounts *all = g_new0(struct ul_accounts, 1);

	all->conf = *conf;
	all->book = ul_flow_book_new(conf->loop);
	ul_hash_key_random(&all->key);
	ul_htab_init(&all->by_port);
	ul_htab_init(&all->gone_ids);
	ul_list_init(&all->there);
	ul_list_init(&all->gone);
	ul_timer_init(&all->forget, on_forget, all);
	account_init(&all->nobody, all);
	g_strlcpy(all->nobody.name, NOBODY, sizeof(all->nobody.name));
	share_out(all);
	return all;
}

void ul_accounts_free(struct ul_accounts *all)
{
	struct ul_list *n;

	if (!all)
		return;
	while ((n = ul_list_first(&all->there)) != NULL ||
	       (n = ul_list_first(&all->gone)) != NULL)
		account_free(ul_container_of(n, struct ul_account, node));
	ul_timer_cancel(all->conf.loop, &all->forget);
	ul_htab_fini(&all->by_port);
	ul_htab_fini(&all->gone_ids);
	ul_flow_book_free(all->book);
	g_free(all);
}

unsigned int ul_accounts_count(const struct ul_accounts *all)
{
	return MAX(all->there_count, 1);
}

unsigned int ul_accounts_fds(const struct ul_accounts *all)
{
	return all->fds;
}

void ul_accounts_set_aside(struct ul_accounts *all, int count)
{
	all->set_aside += (unsigned int)count;
}

bool ul_accounts_may_set_aside(const struct ul_accounts *all,
			       unsigned int count)
{
	return count <= all->conf.fds / 2 &&
	       all->set_aside <= all->conf.fds / 2 - count;
}

/* A port has a descriptor of its own; what is reserved has room for some. */
unsigned int ul_accounts_fds_max(const struct ul_accounts *all)
{
	unsigned int ports = all->there_count > 1 ? all->there_count - 1 : 0;
	unsigned int others = ports;

	if (all->set_aside > SPARE_FDS)
		others += all->set_aside - SPARE_FDS;
	return all->conf.fds > others ? all->conf.fds - others : 1;
}

unsigned int ul_accounts_fds_fair(const struct ul_accounts *all)
{
	return MAX(ul_accounts_fds_max(all) / ul_accounts_count(all), 1);
}

void ul_accounts_each(struct ul_accounts *all,
		      void (*fn)(struct ul_account *account, void *arg),
		      void *arg)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &all->there)
		fn(ul_container_of(n, struct ul_account, node), arg);
	ul_list_for_each_safe(n, tmp, &all->gone)
		fn(ul_container_of(n, struct ul_account, node), arg);
	if (fds_of(&all->nobody))
		fn(&all->nobody, arg);
}
