/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * udp_proxy.c - guest UDP through host sockets, one per guest endpoint
 *
 * A mapping is an unconnected host socket that stands for one address and
 * port of a guest, whomever it talks to (RFC 4787 4.1: endpoint-independent
 * mapping). Replies are taken from addresses that the guest has sent to
 * through it, from any port of theirs (5: address-dependent filtering) that
 * the policy's rules do not close. These addresses are the mapping's peers; a
 * peer also says by which address the guest knows it, since the gateway's
 * stands for the host.
 *
 * A mapping ends when nothing passed in either direction for two minutes, or
 * 30 s when it has only ever been used for DNS. Mappings wait in two lists by
 * their last use, one for each time, and one timer looks at the heads.
 */
#include "flow/udp_proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"
#include "flow/flow_book.h"
#include "flow/icmp_error.h"
#include "flow/outbound.h"
#include "flow/policy.h"
#include "flow/udp_forward.h"
#include "flow/udp_io.h"
#include "flow/udp_peer.h"

#define TAG "udp"
#define IDLE_US (120 * 1000000ll)	/* RFC 4787 4.3 */
#define IDLE_DNS_US (30 * 1000000ll)
#define DNS_PORT 53
#define REMAP_US (5 * 1000000ll)	/* ask the policy again after this */

static uint64_t guest_hash(const struct ul_udp_proxy *p,
			   const struct ul_ep *guest)
{
	uint8_t key[18];

	memcpy(key, guest->addr.b, 16);
	memcpy(key + 16, &guest->port, 2);
	return ul_hash(&p->hash_key, key, sizeof(key));
}

static struct ul_udp_mapping *find_mapping(const struct ul_udp_proxy *p,
				    const struct ul_ep *guest)
{
	uint64_t hash = guest_hash(p, guest);
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&p->mappings, hash, n))) {
		struct ul_udp_mapping *m =
			ul_container_of(n, struct ul_udp_mapping, hash_node);

		if (ul_ep_eq(&m->guest, guest))
			return m;
	}
	return NULL;
}

static int64_t idle_limit(const struct ul_udp_mapping *m)
{
	return m->is_dns ? IDLE_DNS_US : IDLE_US;
}

static void touch(struct ul_udp_mapping *m)
{
	struct ul_udp_proxy *p = m->proxy;
	int64_t deadline;

	m->last_us = ul_loop_now(p->ctx->loop);
	ul_share_touch(&m->share);
	ul_list_move_tail(m->is_dns ? &p->by_use_dns : &p->by_use,
			  &m->use_node);
	deadline = m->last_us + idle_limit(m);
	if (!ul_timer_is_armed(&p->timer) || p->timer.deadline_us > deadline)
		ul_timer_set(p->ctx->loop, &p->timer, deadline);
}

static void mapping_free(struct ul_udp_mapping *m, enum ul_flow_end why)
{
	struct ul_udp_peer *q;

	ul_flow_sign_out(ul_accounts_book(m->proxy->ctx->accounts), &m->entry,
			 why);
	while ((q = ul_udp_peer_oldest(m)))
		ul_udp_peer_forget(q);
	ul_htab_remove(&m->proxy->mappings, &m->hash_node);
	ul_list_remove(&m->use_node);
	ul_share_put(&m->share);
	ul_udp_sock_close(&m->sock);
	free(m);
}

/* End the idle ones of a list; when the next one may be, or INT64_MAX. */
static int64_t expire(struct ul_list *list, int64_t now_us)
{
	struct ul_list *n;

	while ((n = ul_list_first(list))) {
		struct ul_udp_mapping *m =
			ul_container_of(n, struct ul_udp_mapping, use_node);

		if (now_us - m->last_us < idle_limit(m))
			return m->last_us + idle_limit(m);
		mapping_free(m, UL_FLOW_IDLE);
	}
	return INT64_MAX;
}

static void on_timer(int64_t now_us, void *arg)
{
	struct ul_udp_proxy *p = arg;
	int64_t next = expire(&p->by_use, now_us);
	int64_t next_dns = expire(&p->by_use_dns, now_us);

	if (next_dns < next)
		next = next_dns;
	if (next != INT64_MAX)
		ul_timer_set(p->ctx->loop, &p->timer, next);
}

static void received(struct ul_udp_sock *sock, const struct ul_ep *from,
		     const struct ul_udp_data *data)
{
	struct ul_udp_mapping *m =
		ul_container_of(sock, struct ul_udp_mapping, sock);
	struct ul_udp_peer *q = ul_udp_peer_find(m, &from->addr);
	struct ul_ep visible;

	if (!q || !ul_udp_peer_may_answer(q, from->port)) {
		m->proxy->ctx->stats.udp_filtered++;
		return;
	}
	touch(m);
	m->entry.to_guest += ul_udp_data_len(data);
	visible = (struct ul_ep){ q->visible, from->port };
	ul_udp_io_to_guest(m->proxy->io, &visible, &m->guest, data);
}

static bool view(struct ul_udp_sock *sock, const struct ul_ep *host,
		 struct ul_ep *guest, struct ul_ep *visible)
{
	struct ul_udp_mapping *m =
		ul_container_of(sock, struct ul_udp_mapping, sock);
	struct ul_udp_peer *q = ul_udp_peer_find(m, &host->addr);

	if (!q)
		return false;
	*guest = m->guest;
	*visible = (struct ul_ep){ q->visible, host->port };
	return true;
}

static const struct ul_udp_sock_ops ops = {
	.received = received,
	.view = view,
};

/* Bound at once, so that listings can show the port. */
static int bind_to(int fd, const struct ul_addr *addr, enum ul_family family,
		   uint16_t *port)
{
	struct ul_ep ep = { .addr = *addr };
	struct sockaddr_storage ss = {
		.ss_family = family == UL_V4 ? AF_INET : AF_INET6,
	};
	socklen_t len = family == UL_V4 ? sizeof(struct sockaddr_in) :
					  sizeof(struct sockaddr_in6);
	static const int on = 1;
	struct ul_ep own;

	if (family == UL_V6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
					  sizeof(on)) < 0)
		return -errno;
	if (!ul_addr_is_any(addr))
		ul_ep_to_sa(&ep, &ss);
	if (bind(fd, (struct sockaddr *)&ss, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return -errno;
	if (ul_ep_from_sa(&own, (struct sockaddr *)&ss) < 0)
		return -EAFNOSUPPORT;
	*port = own.port;
	return 0;
}

static int open_socket(struct ul_udp_mapping *m)
{
	enum ul_family family = ul_addr_family(&m->guest.addr);
	int fd = socket(family == UL_V4 ? AF_INET : AF_INET6,
			SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -errno;
	rc = bind_to(fd, ul_outbound_addr(m->proxy->ctx, family), family,
		     &m->host_port);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	return ul_udp_sock_open(&m->sock, m->proxy->io, fd, family, &ops);
}

/* Say which limit stood in a datagram's way. */
static void log_no_socket(struct ul_flow_ctx *ctx, const struct ul_ep *guest,
			  int err)
{
	char who[UL_EP_STRLEN];
	const char *why = err == -EMFILE ? "the limit of open files "
					   "(RLIMIT_NOFILE) is reached" :
			  err == -ENFILE ? "the system's limit of open files "
					   "(fs.file-max) is reached" :
			  err == -EADDRINUSE ? "no port is free (net.ipv4."
					       "ip_local_port_range)" :
			  strerror(-err);

	ctx->stats.udp_dropped++;
	ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop), UL_LOG_WARN,
		       TAG, "%s: no host socket, datagram dropped: %s",
		       ul_ep_str(guest, who), why);
}

static struct ul_udp_mapping *mapping_at(const struct ul_flow_entry *entry)
{
	return ul_container_of((struct ul_flow_entry *)(uintptr_t)entry,
			       struct ul_udp_mapping, entry);
}

static void describe(const struct ul_flow_entry *entry,
		     struct ul_flow_info *info)
{
	const struct ul_udp_mapping *m = mapping_at(entry);

	info->state = "open";
	info->guest = m->guest;
	info->outside = m->last_dst;
	info->remote = m->last_host;
	info->has_remote = m->has_last;
	if (ul_addr_is_v4(&m->guest.addr))
		info->local.addr = ul_addr_v4(0);
	info->local.port = m->host_port;
	info->has_local = true;
	info->peers = m->peer_count;
	info->idle_us = ul_loop_now(m->proxy->ctx->loop) - m->last_us;
	info->left_us = idle_limit(m) - info->idle_us;
	info->fd = m->sock.watch.fd;
}

static struct ul_account *account_of(const struct ul_flow_entry *entry)
{
	return mapping_at(entry)->share.account;
}

static void cut(struct ul_flow_entry *entry)
{
	mapping_free(mapping_at(entry), UL_FLOW_CUT);
}

static const struct ul_flow_ops flow_ops = {
	.describe = describe, .account_of = account_of, .cut = cut,
};

static struct ul_udp_mapping *new_mapping(struct ul_udp_proxy *p,
					  const void *port,
					  const struct ul_ep *guest,
					  const struct ul_ep *dst)
{
	struct ul_udp_mapping *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return NULL;
	rc = ul_share_take(&m->share, ul_account_at(p->ctx->accounts, port),
			   UL_USE_UDP, dst);
	if (rc < 0) {
		if (rc == -ENOBUFS)
			p->ctx->stats.udp_over_flows++;
		else
			p->ctx->stats.udp_dropped++;
		free(m);
		return NULL;
	}
	m->proxy = p;
	m->guest = *guest;
	m->is_dns = true;
	ul_list_init(&m->peers);
	ul_list_init(&m->use_node);
	rc = open_socket(m);
	if (rc < 0) {
		log_no_socket(p->ctx, guest, rc);
		ul_share_put(&m->share);
		free(m);
		return NULL;
	}
	m->hash_node.hash = guest_hash(p, guest);
	ul_htab_insert(&p->mappings, &m->hash_node);
	m->entry.proto = UL_IPPROTO_UDP;
	ul_flow_sign_in(ul_accounts_book(p->ctx->accounts), &m->entry,
			&flow_ops);
	p->ctx->stats.udp_opened++;
	return m;
}

static void deny(struct ul_udp_proxy *p, const struct ul_pkt *pkt,
		 const struct ul_ep *dst, const struct ul_decision *d)
{
	struct ul_flow_ctx *ctx = p->ctx;
	bool has_hint = ul_policy_wants_loopback_hint(ctx->policy, pkt->port,
						      dst);
	char to[UL_EP_STRLEN];

	if (d->verdict == UL_VERDICT_NO_ROUTE) {
		ul_icmp_error_send(ctx, pkt, UL_ICMP_NET_UNREACHABLE, 0);
		return;
	}
	ul_flow_denied(ctx, pkt, d);
	if (d->verdict != UL_VERDICT_PROHIBITED)
		ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop),
			       has_hint ? UL_LOG_INFO : UL_LOG_DEBUG, TAG,
			       "%s is not to be reached: answered prohibited%s",
			       ul_ep_str(dst, to), has_hint ?
			       " (--host-loopback would open it)" : "");
	ul_icmp_error_send(ctx, pkt, UL_ICMP_PROHIBITED, 0);
}

static bool is_current(const struct ul_udp_proxy *p, unsigned int serial,
		       int64_t since_us)
{
	return serial == ul_policy_serial(p->ctx->policy) &&
	       ul_loop_now(p->ctx->loop) - since_us < REMAP_US;
}

/*
 * Where @dst is on the host: as before, or by the policy. In *@since_us when
 * it said so.
 */
static enum ul_verdict map(struct ul_udp_proxy *p,
			   const struct ul_udp_mapping *m,
			   const struct ul_try *attempt,
			   struct ul_decision *d, int64_t *since_us)
{
	const struct ul_ep *dst = &attempt->dst;
	struct ul_try again = *attempt;
	const struct ul_udp_peer *q = NULL;

	d->host = *dst;
	if (m && m->has_last && ul_ep_eq(&m->last_dst, dst) &&
	    is_current(p, m->mapped_serial, m->mapped_us)) {
		d->host = m->last_host;
		*since_us = m->mapped_us;
		return UL_VERDICT_ALLOW;
	}
	/* All but the gateway are themselves. */
	if (m)
		q = ul_udp_peer_find(m, &dst->addr);
	if (q && q->port == dst->port && ul_addr_eq(&q->visible, &dst->addr) &&
	    is_current(p, q->mapped_serial, q->mapped_us)) {
		*since_us = q->mapped_us;
		return UL_VERDICT_ALLOW;
	}
	again.is_open = q != NULL;
	*since_us = ul_loop_now(p->ctx->loop);
	return ul_policy_map(p->ctx->policy, &again, d);
}

/* The policy said at @since_us that @dst may be reached, at @host. */
static void remember_last(struct ul_udp_mapping *m, const struct ul_ep *dst,
			  const struct ul_ep *host, int64_t since_us)
{
	unsigned int serial = ul_policy_serial(m->proxy->ctx->policy);
	struct ul_udp_peer *q = ul_udp_peer_remember(m, &host->addr,
						     &dst->addr);

	if (q) {
		q->port = dst->port;
		q->mapped_us = since_us;
		q->mapped_serial = serial;
	}
	m->last_dst = *dst;
	m->last_host = *host;
	m->mapped_us = since_us;
	m->mapped_serial = serial;
	m->has_last = true;
}

static void send_through(struct ul_udp_mapping *m, const struct ul_pkt *pkt,
			 const struct ul_ep *dst, const struct ul_ep *host,
			 int64_t since_us, uint8_t ttl)
{
	if (!m->has_last || !ul_ep_eq(&m->last_dst, dst) ||
	    !ul_ep_eq(&m->last_host, host) || m->mapped_us != since_us ||
	    m->mapped_serial != ul_policy_serial(m->proxy->ctx->policy))
		remember_last(m, dst, host, since_us);
	if (dst->port != DNS_PORT)
		m->is_dns = false;
	touch(m);
	m->entry.from_guest += pkt->l4_len - UL_UDP_HEADER;
	ul_udp_sock_send(&m->sock, pkt, host, ttl);
}

/*
 * The datagram's two ends, and @pkt cut to what the UDP header says. False
 * when that says more than came, or a port is 0.
 */
static bool parse(struct ul_pkt *pkt, struct ul_ep *src, struct ul_ep *dst)
{
	struct ul_rd r = ul_rd_new(pkt->l4, pkt->l4_len);
	uint16_t len;

	*src = (struct ul_ep){ pkt->src, ul_rd_u16(&r) };
	*dst = (struct ul_ep){ pkt->dst, ul_rd_u16(&r) };
	len = ul_rd_u16(&r);
	ul_rd_skip(&r, 2);
	if (r.bad || len < UL_UDP_HEADER || len > pkt->l4_len)
		return false;
	pkt->l4_len = len;
	return src->port && dst->port;
}

static bool is_unicast_source(const struct ul_flow_ctx *ctx,
			      const struct ul_addr *a)
{
	if (ul_addr_is_v4(a) && ul_addr_to_v4(a) >> 24 == 0)
		return false;
	return !ul_addr_is_any(a) && !ul_addr_is_loopback(a) &&
	       !ul_policy_is_broadcast(ctx->policy, a);
}

/*
 * The TTL that is left when the packet leaves the host; 0 when it ends here.
 * The gateway's address is this hop itself.
 */
static uint8_t ttl_left(const struct ul_flow_ctx *ctx,
			const struct ul_pkt *pkt)
{
	if (ul_addr_eq(&pkt->dst, &ctx->gateway4) ||
	    ul_addr_eq(&pkt->dst, &ctx->gateway6))
		return pkt->ttl;
	return pkt->ttl ? pkt->ttl - 1 : 0;
}

static void charge_to(struct ul_udp_mapping *m, struct ul_account *account)
{
	m->share.account->udp_peers -= m->peer_count;
	account->udp_peers += m->peer_count;
	ul_share_move(&m->share, account);
}

/* The mapping's guest was seen there. */
static void seen_at(struct ul_udp_mapping *m, struct ul_account *account)
{
	if (m->share.account != account &&
	    ul_account_is_vacant(m->share.account))
		charge_to(m, account);
}

static struct ul_udp_mapping *mapping_of(struct ul_list *share_node)
{
	return ul_container_of(share_node, struct ul_udp_mapping, share.node);
}

static bool end_oldest(struct ul_account *a, enum ul_flow_end why)
{
	struct ul_list *n = ul_list_first(&a->share[UL_USE_UDP]);

	if (n)
		mapping_free(mapping_of(n), why);
	return n != NULL;
}

bool ul_udp_proxy_give_up(struct ul_udp_proxy *proxy, struct ul_account *a)
{
	return end_oldest(a, UL_FLOW_QUOTA);
}

void ul_udp_proxy_forget(struct ul_udp_proxy *proxy, struct ul_account *a)
{
	while (end_oldest(a, UL_FLOW_GUEST_LEFT))
		;
	ul_udp_forwards_forget(a);
}

void ul_udp_proxy_adopt(struct ul_udp_proxy *proxy, struct ul_account *from,
			struct ul_account *to)
{
	struct ul_list *n;

	while ((n = ul_list_first(&from->share[UL_USE_UDP])) != NULL)
		charge_to(mapping_of(n), to);
}

static bool may_stay(const struct ul_udp_mapping *m,
		     const struct ul_udp_peer *q)
{
	struct ul_try attempt = {
		.port = m->share.account->port, .proto = UL_IPPROTO_UDP,
		.dst = { q->visible, q->port }, .is_open = true,
	};
	struct ul_ep host = { q->host, q->port };

	return ul_policy_still_allows(m->proxy->ctx->policy, &attempt, &host);
}

static void drop_prohibited(struct ul_udp_mapping *m)
{
	struct ul_list *n, *tmp;

	m->has_last = false;
	ul_list_for_each_safe(n, tmp, &m->peers) {
		struct ul_udp_peer *q =
			ul_container_of(n, struct ul_udp_peer, node);

		if (may_stay(m, q))
			continue;
		m->proxy->ctx->stats.cut++;
		ul_udp_peer_forget(q);
	}
	if (!m->peer_count)
		mapping_free(m, UL_FLOW_POLICY);
}

static void drop_prohibited_of(struct ul_list *list)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, list)
		drop_prohibited(ul_container_of(n, struct ul_udp_mapping,
						use_node));
}

void ul_udp_proxy_policy_changed(struct ul_udp_proxy *proxy)
{
	drop_prohibited_of(&proxy->by_use);
	drop_prohibited_of(&proxy->by_use_dns);
}

struct ul_udp_proxy *ul_udp_proxy_new(struct ul_flow_ctx *ctx)
{
	struct ul_udp_proxy *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->ctx = ctx;
	p->io = ul_udp_io_new(ctx);
	p->forwards = p->io ? ul_udp_forwards_new(ctx, p->io) : NULL;
	if (!p->forwards) {
		ul_udp_io_free(p->io);
		free(p);
		return NULL;
	}
	ul_hash_key_random(&p->hash_key);
	ul_htab_init(&p->mappings);
	ul_htab_init(&p->peers);
	ul_list_init(&p->by_use);
	ul_list_init(&p->by_use_dns);
	ul_timer_init(&p->timer, on_timer, p);
	return p;
}

void ul_udp_proxy_free(struct ul_udp_proxy *proxy)
{
	struct ul_list *n;

	if (!proxy)
		return;
	while ((n = ul_list_first(&proxy->by_use)) ||
	       (n = ul_list_first(&proxy->by_use_dns)))
		mapping_free(ul_container_of(n, struct ul_udp_mapping,
					     use_node),
			     UL_FLOW_SHUTDOWN);
	ul_udp_forwards_free(proxy->forwards);
	ul_udp_io_free(proxy->io);
	ul_timer_cancel(proxy->ctx->loop, &proxy->timer);
	ul_htab_fini(&proxy->mappings);
	ul_htab_fini(&proxy->peers);
	free(proxy);
}

void ul_udp_proxy_input(struct ul_udp_proxy *proxy, const struct ul_pkt *pkt)
{
	struct ul_flow_ctx *ctx = proxy->ctx;
	struct ul_pkt dgram = *pkt;
	struct ul_try attempt = { .port = pkt->port, .proto = UL_IPPROTO_UDP };
	struct ul_decision d;
	struct ul_ep src, dst;
	struct ul_udp_mapping *m;
	int64_t since_us;
	uint8_t ttl;

	if (!parse(&dgram, &src, &dst) || !is_unicast_source(ctx, &pkt->src)) {
		ctx->stats.udp_dropped++;
		return;
	}
	if (ul_policy_is_broadcast(ctx->policy, &pkt->dst))
		return;
	ttl = ttl_left(ctx, pkt);
	if (!ttl) {
		ul_icmp_error_send(ctx, pkt, UL_ICMP_TTL_EXCEEDED, 0);
		return;
	}
	if (ul_udp_forwards_input(proxy->forwards, &dgram, &src, &dst, ttl))
		return;
	m = find_mapping(proxy, &src);
	attempt.dst = dst;
	if (map(proxy, m, &attempt, &d, &since_us) != UL_VERDICT_ALLOW) {
		deny(proxy, pkt, &dst, &d);
		return;
	}
	if (m)
		seen_at(m, ul_account_at(ctx->accounts, pkt->port));
	else
		m = new_mapping(proxy, pkt->port, &src, &dst);
	if (m)
		send_through(m, &dgram, &dst, &d.host, since_us, ttl);
}

int ul_udp_proxy_forward(struct ul_udp_proxy *proxy, int take_fd,
			 ul_udp_guest_fn guest_of, void *arg,
			 struct ul_udp_forward **out)
{
	return ul_udp_forwards_add(proxy->forwards, take_fd, guest_of, arg,
				   out);
}

void ul_udp_proxy_end_forward(struct ul_udp_proxy *proxy,
			      struct ul_udp_forward *forward)
{
	ul_udp_forward_free(forward);
}

static void each_of(struct ul_udp_proxy *proxy, struct ul_list *list,
		    void (*fn)(const struct ul_ep *guest, uint16_t host_port,
			       int64_t idle_us, void *arg), void *arg)
{
	int64_t now = ul_loop_now(proxy->ctx->loop);
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, list) {
		struct ul_udp_mapping *m =
			ul_container_of(n, struct ul_udp_mapping, use_node);

		fn(&m->guest, m->host_port, now - m->last_us, arg);
	}
}

void ul_udp_proxy_each(struct ul_udp_proxy *proxy,
		       void (*fn)(const struct ul_ep *guest, uint16_t host_port,
				  int64_t idle_us, void *arg), void *arg)
{
	each_of(proxy, &proxy->by_use, fn, arg);
	each_of(proxy, &proxy->by_use_dns, fn, arg);
}
