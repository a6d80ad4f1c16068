/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * udp_forward.c - host UDP ports that lead to a guest
 *
 * A session joins a client of a forward with the address that the guest sees
 * it at. That is the client's own, when the guest can answer there; else (a
 * loopback address, one inside the network's prefix, another family) it is
 * the gateway's, with a port that stands for this client alone. The guest's
 * answers are recognised by both of their ends, before any mapping is made.
 *
 * A session is the guest's, and counts as one of --max-udp clients; it keeps
 * the guest that it began with. A forward or a guest at its limit gives its
 * longest silent client's session away, since clients come as they like.
 */
#include "flow/udp_forward.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/htab.h"
#include "flow/flow_book.h"
#include "flow/policy.h"

#define SESSIONS_MAX 1024	/* of one forward */
#define IDLE_US (120 * 1000000ll)
#define PORT_FIRST 49152u	/* RFC 6335 6: dynamic ports */
#define PORT_COUNT 16384u
#define PORT_TRIES 64
#define KEY_LEN (2 * 18)

struct ul_udp_forward {
	struct ul_list node;
	struct ul_udp_forwards *all;
	struct ul_udp_sock sock;
	ul_udp_guest_fn guest_of;
	void *arg;
	struct ul_list sessions;	/* the longest silent first */
	unsigned int count;
};

struct session {
	struct ul_hnode by_client, by_visible;
	struct ul_list node;
	struct ul_flow_entry entry;
	struct ul_share share;
	struct ul_udp_forward *forward;
	struct ul_ep guest, client, visible;
	int64_t last_us;
};

struct ul_udp_forwards {
	struct ul_flow_ctx *ctx;
	struct ul_udp_io *io;
	struct ul_list list;
	struct ul_hash_key hash_key;
	struct ul_htab by_client;	/* forward, client */
	struct ul_htab by_visible;	/* guest, visible */
	struct ul_timer timer;
	uint32_t next_port;
};

static void put_ep(uint8_t *out, const struct ul_ep *ep)
{
	memcpy(out, ep->addr.b, 16);
	memcpy(out + 16, &ep->port, 2);
}

static uint64_t client_hash(const struct ul_udp_forwards *all,
			    const struct ul_udp_forward *f,
			    const struct ul_ep *client)
{
	uint8_t key[KEY_LEN] = { 0 };

	memcpy(key, &f, sizeof(f));
	put_ep(key + 18, client);
	return ul_hash(&all->hash_key, key, sizeof(key));
}

static uint64_t visible_hash(const struct ul_udp_forwards *all,
			     const struct ul_ep *guest,
			     const struct ul_ep *visible)
{
	uint8_t key[KEY_LEN];

	put_ep(key, guest);
	put_ep(key + 18, visible);
	return ul_hash(&all->hash_key, key, sizeof(key));
}

static struct session *find_client(struct ul_udp_forward *f,
				   const struct ul_ep *client)
{
	uint64_t hash = client_hash(f->all, f, client);
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&f->all->by_client, hash, n))) {
		struct session *s = ul_container_of(n, struct session,
						    by_client);

		if (s->forward == f && ul_ep_eq(&s->client, client))
			return s;
	}
	return NULL;
}

static struct session *find_visible(const struct ul_udp_forwards *all,
				    const struct ul_ep *guest,
				    const struct ul_ep *visible)
{
	uint64_t hash = visible_hash(all, guest, visible);
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&all->by_visible, hash, n))) {
		struct session *s = ul_container_of(n, struct session,
						    by_visible);

		if (ul_ep_eq(&s->guest, guest) &&
		    ul_ep_eq(&s->visible, visible))
			return s;
	}
	return NULL;
}

static void end_session(struct session *s, enum ul_flow_end why)
{
	struct ul_udp_forwards *all = s->forward->all;

	ul_flow_sign_out(ul_accounts_book(all->ctx->accounts), &s->entry, why);
	ul_htab_remove(&all->by_client, &s->by_client);
	ul_htab_remove(&all->by_visible, &s->by_visible);
	ul_list_remove(&s->node);
	s->forward->count--;
	ul_share_put(&s->share);
	free(s);
}

static struct session *oldest(const struct ul_udp_forward *f)
{
	struct ul_list *n = ul_list_first(&f->sessions);

	return n ? ul_container_of(n, struct session, node) : NULL;
}

static void touch(struct session *s)
{
	struct ul_udp_forwards *all = s->forward->all;

	s->last_us = ul_loop_now(all->ctx->loop);
	ul_list_move_tail(&s->forward->sessions, &s->node);
	ul_share_touch(&s->share);
	if (!ul_timer_is_armed(&all->timer))
		ul_timer_set(all->ctx->loop, &all->timer,
			     s->last_us + IDLE_US);
}

/* Where @guest will see @client. -EADDRINUSE when no port is left. */
static int choose_visible(struct ul_udp_forward *f, const struct ul_ep *guest,
			  const struct ul_ep *client, struct ul_ep *out)
{
	struct ul_udp_forwards *all = f->all;
	const struct ul_flow_ctx *ctx = all->ctx;
	bool is_v4 = ul_addr_is_v4(&guest->addr);
	bool same_family = ul_addr_is_v4(&client->addr) == is_v4;
	struct ul_ep ep = *client;

	if (same_family && !ul_policy_is_never(ctx->policy, &client->addr) &&
	    !find_visible(all, guest, &ep)) {
		*out = ep;
		return 0;
	}
	/* Its own port, if that is free, tells most to who reads logs. */
	ep.addr = is_v4 ? ctx->gateway4 : ctx->gateway6;
	for (int i = 0; i < PORT_TRIES; i++) {
		if (!find_visible(all, guest, &ep)) {
			*out = ep;
			return 0;
		}
		ep.port = (uint16_t)(PORT_FIRST +
				     all->next_port++ % PORT_COUNT);
	}
	return -EADDRINUSE;
}

static struct session *session_at(const struct ul_flow_entry *entry)
{
	return ul_container_of((struct ul_flow_entry *)(uintptr_t)entry,
			       struct session, entry);
}

static void describe(const struct ul_flow_entry *entry,
		     struct ul_flow_info *info)
{
	const struct session *s = session_at(entry);
	const struct ul_udp_forward *f = s->forward;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	info->state = "open";
	info->guest = s->guest;
	info->outside = s->visible;
	info->remote = s->client;
	info->has_remote = true;
	info->has_local = getsockname(f->sock.watch.fd,
				      (struct sockaddr *)&ss, &len) == 0 &&
			  ul_ep_from_sa(&info->local,
					(struct sockaddr *)&ss) == 0;
	info->peers = 1;
	info->idle_us = ul_loop_now(f->all->ctx->loop) - s->last_us;
	info->left_us = IDLE_US - info->idle_us;
	info->fd = f->sock.watch.fd;
}

static struct ul_account *account_of(const struct ul_flow_entry *entry)
{
	return session_at(entry)->share.account;
}

static void cut(struct ul_flow_entry *entry)
{
	end_session(session_at(entry), UL_FLOW_CUT);
}

static const struct ul_flow_ops flow_ops = {
	.describe = describe, .account_of = account_of, .cut = cut,
};

static struct session *session_of(struct ul_list *share_node)
{
	return ul_container_of(share_node, struct session, share.node);
}

static struct session *first_of(const struct ul_account *a)
{
	struct ul_list *n = ul_list_first(&a->share[UL_USE_UDP_CLIENT]);

	return n ? session_of(n) : NULL;
}

/* One more client of @account's guest: its first one gives way. */
static int charge(struct session *s, struct ul_account *a)
{
	const struct ul_flow_ctx *ctx = s->forward->all->ctx;

	if (a->used[UL_USE_UDP_CLIENT] >= ctx->limits.udp_flows && first_of(a))
		end_session(first_of(a), UL_FLOW_QUOTA);
	return ul_share_take(&s->share, a, UL_USE_UDP_CLIENT, &s->client);
}

static struct session *session_new(struct ul_udp_forward *f,
				   const struct ul_ep *client,
				   const struct ul_ep *guest)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->forward = f;
	s->guest = *guest;
	s->client = *client;
	if (choose_visible(f, guest, client, &s->visible) < 0 ||
	    charge(s, ul_flow_account_of(f->all->ctx, &guest->addr)) < 0) {
		free(s);
		return NULL;
	}
	return s;
}

static struct session *start_session(struct ul_udp_forward *f,
				     const struct ul_ep *client)
{
	struct ul_udp_forwards *all = f->all;
	struct ul_ep guest;
	struct session *s;

	if (f->guest_of(client, &guest, f->arg) < 0)
		return NULL;
	if (f->count == SESSIONS_MAX)
		end_session(oldest(f), UL_FLOW_QUOTA);
	s = session_new(f, client, &guest);
	if (!s)
		return NULL;
	s->by_client.hash = client_hash(all, f, client);
	s->by_visible.hash = visible_hash(all, &guest, &s->visible);
	ul_htab_insert(&all->by_client, &s->by_client);
	ul_htab_insert(&all->by_visible, &s->by_visible);
	ul_list_append(&f->sessions, &s->node);
	f->count++;
	s->entry.proto = UL_IPPROTO_UDP;
	s->entry.is_forward = true;
	ul_flow_sign_in(ul_accounts_book(all->ctx->accounts), &s->entry,
			&flow_ops);
	return s;
}

static void received(struct ul_udp_sock *sock, const struct ul_ep *from,
		     const struct ul_udp_data *data)
{
	struct ul_udp_forward *f = ul_container_of(sock, struct ul_udp_forward,
						   sock);
	struct session *s = find_client(f, from);

	/* Nothing could be sent back to port 0 or, unscoped, to fe80::/10. */
	if (!s && from->port && !(ul_addr_is_linklocal(&from->addr) &&
				  !ul_addr_is_v4(&from->addr)))
		s = start_session(f, from);
	if (!s) {
		f->all->ctx->stats.udp_dropped++;
		return;
	}
	touch(s);
	s->entry.to_guest += ul_udp_data_len(data);
	ul_udp_io_to_guest(f->all->io, &s->visible, &s->guest, data);
}

static bool view(struct ul_udp_sock *sock, const struct ul_ep *host,
		 struct ul_ep *guest, struct ul_ep *visible)
{
	struct ul_udp_forward *f = ul_container_of(sock, struct ul_udp_forward,
						   sock);
	struct session *s = find_client(f, host);

	if (!s)
		return false;
	*guest = s->guest;
	*visible = s->visible;
	return true;
}

static const struct ul_udp_sock_ops ops = {
	.received = received,
	.view = view,
};

/* End what is idle; go on when the next session may be. */
static void on_timer(int64_t now_us, void *arg)
{
	struct ul_udp_forwards *all = arg;
	struct ul_list *n, *tmp;
	int64_t next = INT64_MAX;
	struct session *s;

	ul_list_for_each_safe(n, tmp, &all->list) {
		struct ul_udp_forward *f = ul_container_of(
			n, struct ul_udp_forward, node);

		while ((s = oldest(f)) && now_us - s->last_us >= IDLE_US)
			end_session(s, UL_FLOW_IDLE);
		if (s && s->last_us + IDLE_US < next)
			next = s->last_us + IDLE_US;
	}
	if (next != INT64_MAX)
		ul_timer_set(all->ctx->loop, &all->timer, next);
}

static int family_of(int fd, enum ul_family *out)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return -errno;
	if (ss.ss_family != AF_INET && ss.ss_family != AF_INET6)
		return -EAFNOSUPPORT;
	*out = ss.ss_family == AF_INET ? UL_V4 : UL_V6;
	return 0;
}

void ul_udp_forward_free(struct ul_udp_forward *f)
{
	struct session *s;

	if (!f)
		return;
	while ((s = oldest(f)))
		end_session(s, UL_FLOW_CUT);
	ul_list_remove(&f->node);
	ul_udp_sock_close(&f->sock);
	free(f);
}

struct ul_udp_forwards *ul_udp_forwards_new(struct ul_flow_ctx *ctx,
					    struct ul_udp_io *io)
{
	struct ul_udp_forwards *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->ctx = ctx;
	all->io = io;
	ul_list_init(&all->list);
	ul_hash_key_random(&all->hash_key);
	ul_htab_init(&all->by_client);
	ul_htab_init(&all->by_visible);
	ul_timer_init(&all->timer, on_timer, all);
	return all;
}

void ul_udp_forwards_free(struct ul_udp_forwards *forwards)
{
	struct ul_list *n;

	if (!forwards)
		return;
	while ((n = ul_list_first(&forwards->list)))
		ul_udp_forward_free(ul_container_of(n, struct ul_udp_forward,
						    node));
	ul_timer_cancel(forwards->ctx->loop, &forwards->timer);
	ul_htab_fini(&forwards->by_client);
	ul_htab_fini(&forwards->by_visible);
	free(forwards);
}

int ul_udp_forwards_add(struct ul_udp_forwards *forwards, int take_fd,
			ul_udp_guest_fn guest_of, void *arg,
			struct ul_udp_forward **out)
{
	struct ul_udp_forward *f = calloc(1, sizeof(*f));
	enum ul_family family = UL_V4;
	int rc = f ? family_of(take_fd, &family) : -ENOMEM;

	if (rc < 0) {
		close(take_fd);
		free(f);
		return rc;
	}
	rc = ul_udp_sock_open(&f->sock, forwards->io, take_fd, family, &ops);
	if (rc < 0) {
		free(f);
		return rc;
	}
	f->all = forwards;
	f->guest_of = guest_of;
	f->arg = arg;
	ul_list_init(&f->sessions);
	ul_list_append(&forwards->list, &f->node);
	*out = f;
	return 0;
}

unsigned int ul_udp_forward_clients(const struct ul_udp_forward *f)
{
	return f->count;
}

int ul_udp_forward_fd(const struct ul_udp_forward *f)
{
	return f->sock.watch.fd;
}

void ul_udp_forwards_forget(struct ul_account *a)
{
	struct session *s;

	while ((s = first_of(a)) != NULL)
		end_session(s, UL_FLOW_GUEST_LEFT);
}

bool ul_udp_forwards_input(struct ul_udp_forwards *forwards,
			   const struct ul_pkt *pkt, const struct ul_ep *src,
			   const struct ul_ep *dst, uint8_t ttl)
{
	struct session *s;

	if (!forwards->by_visible.count)
		return false;
	s = find_visible(forwards, src, dst);
	if (!s)
		return false;
	touch(s);
	s->entry.from_guest += pkt->l4_len - UL_UDP_HEADER;
	ul_udp_sock_send(&s->forward->sock, pkt, &s->client, ttl);
	return true;
}
