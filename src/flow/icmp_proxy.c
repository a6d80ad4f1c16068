/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * icmp_proxy.c - guest ICMP echo through unprivileged ping sockets
 *
 * One socket stands for one echo id of a guest, in one family. The kernel
 * chooses an id of its own for it (bound to the guest's, two processes could
 * share one and take each other's replies) and puts it in place of ours; the
 * guest's id is restored in replies and in the quotes of errors. Replies are
 * taken from the few addresses that were asked last.
 *
 * Where net.ipv4.ping_group_range does not hold our group the kernel refuses
 * such sockets; the guest is told "administratively prohibited" at once, and
 * the log once what to set.
 */
#include "flow/icmp_proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/csum.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"
#include "flow/dgram_sock.h"
#include "flow/flow_book.h"
#include "flow/icmp_error.h"
#include "flow/outbound.h"
#include "flow/policy.h"
#include "flow/recverr.h"

#define TAG "icmp"
#define IDLE_US (30 * 1000000ll)
#define ECHO_HEADER 8
#define PEERS_MAX 16		/* addresses that one id may ping at a time */
#define RECV_TURN 16		/* replies of one socket in one turn */
#define ERRORS_TURN 16
#define QUOTE_MAX 1232
#define COPY_MAX 64		/* a usual ping's reply is sent as a copy */
#define GUEST_TTL 64

#define ICMP4_ECHO_REPLY 0
#define ICMP4_ECHO 8
#define ICMP6_ECHO 128
#define ICMP6_ECHO_REPLY 129

struct ul_icmp_proxy {
	struct ul_flow_ctx *ctx;
	struct ul_hash_key hash_key;
	struct ul_htab echoes;		/* by guest address and id */
	struct ul_list by_use;		/* oldest use first */
	struct ul_timer timer;
	bool said_closed;		/* the sysctl was named */
};

struct peer {
	struct ul_addr host, visible;
};

struct echo {
	struct ul_hnode hash_node;
	struct ul_list use_node;
	struct ul_icmp_proxy *proxy;
	struct ul_share share;
	struct ul_flow_entry entry;
	struct ul_watch watch;
	struct ul_addr guest;
	uint16_t id;
	int df;				/* as the socket has it; -1 unknown */
	int64_t last_us;
	struct peer peer[PEERS_MAX];
	unsigned int peer_count;
	unsigned int next_peer;		/* is overwritten next */
	struct peer last;		/* that was asked */
};

/* An echo message, parsed. */
struct message {
	uint8_t type, code;
	uint16_t id, seq;
	const uint8_t *data;
	size_t len;
};

static uint64_t echo_hash(const struct ul_icmp_proxy *p,
			  const struct ul_addr *guest, uint16_t id)
{
	uint8_t key[18];

	memcpy(key, guest->b, 16);
	memcpy(key + 16, &id, 2);
	return ul_hash(&p->hash_key, key, sizeof(key));
}

static struct echo *find_echo(const struct ul_icmp_proxy *p,
			      const struct ul_addr *guest, uint16_t id)
{
	uint64_t hash = echo_hash(p, guest, id);
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&p->echoes, hash, n))) {
		struct echo *e = ul_container_of(n, struct echo, hash_node);

		if (e->id == id && ul_addr_eq(&e->guest, guest))
			return e;
	}
	return NULL;
}

static const struct peer *find_peer(const struct echo *e,
				    const struct ul_addr *host)
{
	for (unsigned int i = 0; i < e->peer_count; i++)
		if (ul_addr_eq(&e->peer[i].host, host))
			return &e->peer[i];
	return NULL;
}

static void remember_peer(struct echo *e, const struct ul_addr *host,
			  const struct ul_addr *visible)
{
	const struct peer *known = find_peer(e, host);
	unsigned int i = e->next_peer;

	if (known) {
		e->peer[known - e->peer].visible = *visible;
		return;
	}
	e->peer[i] = (struct peer){ *host, *visible };
	e->next_peer = (i + 1) % PEERS_MAX;
	if (e->peer_count < PEERS_MAX)
		e->peer_count++;
}

static void touch(struct echo *e)
{
	struct ul_icmp_proxy *p = e->proxy;

	e->last_us = ul_loop_now(p->ctx->loop);
	ul_list_move_tail(&p->by_use, &e->use_node);
	ul_share_touch(&e->share);
	if (!ul_timer_is_armed(&p->timer))
		ul_timer_set(p->ctx->loop, &p->timer, e->last_us + IDLE_US);
}

static void echo_free(struct echo *e, enum ul_flow_end why)
{
	int fd = e->watch.fd;

	ul_flow_sign_out(ul_accounts_book(e->proxy->ctx->accounts), &e->entry,
			 why);
	ul_htab_remove(&e->proxy->echoes, &e->hash_node);
	ul_list_remove(&e->use_node);
	ul_share_put(&e->share);
	ul_watch_del(e->proxy->ctx->loop, &e->watch);
	close(fd);
	free(e);
}

static struct echo *oldest(const struct ul_icmp_proxy *p)
{
	struct ul_list *n = ul_list_first(&p->by_use);

	return n ? ul_container_of(n, struct echo, use_node) : NULL;
}

static void on_timer(int64_t now_us, void *arg)
{
	struct ul_icmp_proxy *p = arg;
	struct echo *e;

	while ((e = oldest(p)) && now_us - e->last_us >= IDLE_US)
		echo_free(e, UL_FLOW_IDLE);
	if (e)
		ul_timer_set(p->ctx->loop, &p->timer, e->last_us + IDLE_US);
}

/* Make the message at @data an echo one of @type and @id, checksum too. */
static void rewrite(uint8_t *data, size_t len, uint8_t type, uint16_t id,
		    const struct ul_addr *src, const struct ul_addr *dst)
{
	struct ul_wr w = ul_wr_new(data, len);
	uint32_t sum = 0;

	if (!ul_addr_is_v4(src))
		sum = ul_csum_pseudo(src, dst, UL_IPPROTO_ICMP6,
				     (uint32_t)len);
	ul_wr_u8(&w, type);
	ul_wr_u8(&w, 0);
	ul_wr_u16(&w, 0);
	ul_wr_u16(&w, id);
	ul_wr_patch_u16(&w, 2, ul_csum_fold(ul_csum_add(sum, data, len)));
}

/* Send the message in @buf, whole and checksummed, to the guest. */
static void to_guest(struct ul_flow_ctx *ctx, const struct ul_addr *src,
		     const struct ul_addr *dst, uint8_t tos,
		     struct ul_buf *buf, size_t len)
{
	struct ul_stack_dgram d = {
		.src = *src,
		.dst = *dst,
		.proto = ul_addr_is_v4(src) ? UL_IPPROTO_ICMP :
					      UL_IPPROTO_ICMP6,
		.ttl = GUEST_TTL,
		.tos = tos,
	};
	struct ul_stack_piece piece = {
		buf->data, len, len <= COPY_MAX ? NULL : buf,
	};

	ul_stack_dgram_out(ctx->stack, &d, &piece, 1);
}

/* One reply into @buf. 0, -EAGAIN when there is none, or -errno. */
static int receive(struct echo *e, struct ul_buf *buf)
{
	struct ul_flow_ctx *ctx = e->proxy->ctx;
	_Alignas(struct cmsghdr) char control[UL_DGRAM_CONTROL_LEN];
	struct sockaddr_storage ss = { 0 };
	struct iovec iov = { buf->data, buf->cap };
	struct msghdr msg = {
		.msg_name = &ss,
		.msg_namelen = sizeof(ss),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	bool is_v4 = ul_addr_is_v4(&e->guest);
	uint8_t type = is_v4 ? ICMP4_ECHO_REPLY : ICMP6_ECHO_REPLY;
	ssize_t n = recvmsg(e->watch.fd, &msg, MSG_DONTWAIT);
	const struct peer *peer;
	struct ul_ep from;

	if (n < 0)
		return -errno;
	if (n < ECHO_HEADER || (msg.msg_flags & MSG_TRUNC) ||
	    buf->data[0] != type ||
	    ul_ep_from_sa(&from, (struct sockaddr *)&ss) < 0)
		return 0;
	peer = find_peer(e, &from.addr);
	if (!peer)
		return 0;
	touch(e);
	e->entry.to_guest += (size_t)n - ECHO_HEADER;
	rewrite(buf->data, (size_t)n, type, e->id, &peer->visible, &e->guest);
	to_guest(ctx, &peer->visible, &e->guest, ul_dgram_read_tos(&msg), buf,
		 (size_t)n);
	return 0;
}

/* Tell the guest what ICMP told us about an echo request of its. */
static void relay(struct echo *e, const struct ul_recverr *err,
		  uint8_t *bytes, size_t header_len)
{
	bool is_v4 = ul_addr_is_v4(&e->guest);
	uint8_t proto = is_v4 ? UL_IPPROTO_ICMP : UL_IPPROTO_ICMP6;
	const struct peer *peer;
	struct ul_addr from;
	struct ul_pkt pkt;

	if (!err->has_dst || !err->has_offender || err->len < ECHO_HEADER)
		return;
	peer = find_peer(e, &err->dst.addr);
	if (!peer)
		return;
	ul_icmp_quote_header(bytes, &e->guest, &peer->visible, proto,
			     err->len);
	rewrite(bytes + header_len, err->len, is_v4 ? ICMP4_ECHO : ICMP6_ECHO,
		e->id, &e->guest, &peer->visible);
	pkt = (struct ul_pkt){
		.src = e->guest,
		.dst = peer->visible,
		.proto = proto,
		.ip = bytes,
		.ip_len = header_len + err->len,
		.l4 = bytes + header_len,
		.l4_len = err->len,
	};
	from = ul_addr_eq(&err->offender, &err->dst.addr) ? peer->visible
							  : err->offender;
	ul_icmp_error_relay(e->proxy->ctx, &pkt, &from, err->type, err->code,
			    err->info);
}

/* Empty the error queue; as in udp_io.c. */
static void drain(struct echo *e, uint32_t *mtu)
{
	size_t header_len = ul_addr_is_v4(&e->guest) ? 20 : 40;
	uint8_t bytes[UL_ICMP_QUOTE_HEADER_MAX + QUOTE_MAX];
	struct ul_recverr err;

	for (int i = 0; i < ERRORS_TURN; i++) {
		if (ul_recverr_read(e->watch.fd, &err, bytes + header_len,
				    QUOTE_MAX) <= 0)
			return;
		if (err.origin == UL_RECVERR_LOCAL && err.err == EMSGSIZE)
			*mtu = err.info;
		else if (err.origin == UL_RECVERR_ICMP)
			relay(e, &err, bytes, header_len);
	}
}

/* Without a buffer replies are read into nothing: they must not pile up. */
static void discard(struct echo *e)
{
	char byte;

	for (int i = 0; i < RECV_TURN; i++)
		if (recv(e->watch.fd, &byte, 1, MSG_DONTWAIT) < 0)
			return;
}

static void on_event(uint32_t events, void *arg)
{
	struct echo *e = arg;
	socklen_t len = sizeof(int);
	uint32_t mtu = 0;
	int err;

	if (events & EPOLLERR) {
		drain(e, &mtu);
		getsockopt(e->watch.fd, SOL_SOCKET, SO_ERROR, &err, &len);
	}
	if (!(events & EPOLLIN))
		return;
	for (int i = 0; i < RECV_TURN; i++) {
		struct ul_buf *buf = ul_stack_buf_get(e->proxy->ctx->stack);

		if (!buf) {
			discard(e);
			return;
		}
		err = receive(e, buf);
		ul_buf_unref(buf);
		if (err < 0)
			return;
	}
}

static int open_socket(struct echo *e)
{
	static const int on = 1;
	enum ul_family family = ul_addr_family(&e->guest);
	bool is_v4 = family == UL_V4;
	int fd = socket(is_v4 ? AF_INET : AF_INET6,
			SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			is_v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	int rc;

	if (fd < 0)
		return -errno;
	rc = ul_dgram_set_options(fd, family);
	if (rc == 0 && !is_v4 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
					    &on, sizeof(on)) < 0)
		rc = -errno;
	if (rc == 0)
		rc = ul_outbound_bind(e->proxy->ctx, fd, &e->guest);
	if (rc == 0)
		rc = ul_watch_add(e->proxy->ctx->loop, &e->watch, fd, EPOLLIN,
				  on_event, e);
	if (rc < 0)
		close(fd);
	return rc;
}

/* No socket: the guest and the log get to know why. */
static void complain(struct ul_icmp_proxy *p, const struct ul_pkt *pkt,
		     int err)
{
	struct ul_flow_ctx *ctx = p->ctx;
	char who[UL_ADDR_STRLEN];

	if (err == -EACCES || err == -EPERM || err == -EPROTONOSUPPORT) {
		ctx->stats.icmp_prohibited++;
		if (!p->said_closed)
			ul_log(WARN, TAG, "guests cannot ping: no ping socket "
			       "for our group; \"sysctl net.ipv4."
			       "ping_group_range='0 2147483647'\" opens them");
		p->said_closed = true;
		ul_icmp_error_send(ctx, pkt, UL_ICMP_PROHIBITED, 0);
		return;
	}
	if (err == -EAFNOSUPPORT) {
		ul_icmp_error_send(ctx, pkt, UL_ICMP_NET_UNREACHABLE, 0);
		return;
	}
	ul_log_limited(&ctx->log_limit, ul_loop_now(ctx->loop), UL_LOG_WARN,
		       TAG, "%s: no ping socket, echo request dropped: %s",
		       ul_addr_str(&pkt->src, who), strerror(-err));
}

static struct echo *echo_at(const struct ul_flow_entry *entry)
{
	return ul_container_of((struct ul_flow_entry *)(uintptr_t)entry,
			       struct echo, entry);
}

static void describe(const struct ul_flow_entry *entry,
		     struct ul_flow_info *info)
{
	const struct echo *e = echo_at(entry);
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	info->state = "open";
	info->guest = (struct ul_ep){ e->guest, e->id };
	info->outside.addr = e->last.visible;
	info->remote.addr = e->last.host;
	info->has_remote = e->peer_count != 0;
	info->has_local = getsockname(e->watch.fd, (struct sockaddr *)&ss,
				      &len) == 0 &&
			  ul_ep_from_sa(&info->local,
					(struct sockaddr *)&ss) == 0;
	info->peers = e->peer_count;
	info->idle_us = ul_loop_now(e->proxy->ctx->loop) - e->last_us;
	info->left_us = IDLE_US - info->idle_us;
	info->fd = e->watch.fd;
}

static struct ul_account *account_of(const struct ul_flow_entry *entry)
{
	return echo_at(entry)->share.account;
}

static void cut(struct ul_flow_entry *entry)
{
	echo_free(echo_at(entry), UL_FLOW_CUT);
}

static const struct ul_flow_ops flow_ops = {
	.describe = describe, .account_of = account_of, .cut = cut,
};

static struct echo *new_echo(struct ul_icmp_proxy *p, const struct ul_pkt *pkt,
			     uint16_t id)
{
	struct ul_flow_ctx *ctx = p->ctx;
	struct ul_ep dst = { .addr = pkt->dst };
	struct echo *e = calloc(1, sizeof(*e));
	int rc;

	if (!e)
		return NULL;
	if (ul_share_take(&e->share, ul_account_at(ctx->accounts, pkt->port),
			  UL_USE_ICMP, &dst) < 0) {
		ctx->stats.icmp_over_flows++;
		free(e);
		return NULL;
	}
	e->proxy = p;
	e->guest = pkt->src;
	e->id = id;
	e->df = -1;
	ul_list_init(&e->use_node);
	rc = open_socket(e);
	if (rc < 0) {
		complain(p, pkt, rc);
		ul_share_put(&e->share);
		free(e);
		return NULL;
	}
	e->hash_node.hash = echo_hash(p, &e->guest, id);
	ul_htab_insert(&p->echoes, &e->hash_node);
	e->entry.proto = UL_IPPROTO_ICMP;
	ul_flow_sign_in(ul_accounts_book(ctx->accounts), &e->entry, &flow_ops);
	ctx->stats.icmp_opened++;
	return e;
}

/* As in udp_io.c: an old error is passed on, then the message sent again. */
static void send_message(struct echo *e, const struct ul_pkt *pkt,
			 struct msghdr *msg)
{
	int fd = e->watch.fd, err;
	uint32_t mtu = 0;

	if (sendmsg(fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return;
	if (errno == EAGAIN || errno == ENOBUFS)
		return;
	drain(e, &mtu);
	if (sendmsg(fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return;
	err = errno;
	drain(e, &mtu);
	ul_icmp_error_errno(e->proxy->ctx, pkt, err, mtu);
}

static void send_echo(struct echo *e, const struct ul_pkt *pkt,
		      const struct message *m, const struct ul_addr *host)
{
	enum ul_family family = ul_addr_family(&e->guest);
	_Alignas(struct cmsghdr) char control[UL_DGRAM_CONTROL_LEN];
	struct sockaddr_storage ss;
	struct ul_ep to = { .addr = *host };
	uint8_t header[ECHO_HEADER];
	struct ul_wr w = ul_wr_new(header, sizeof(header));
	struct iovec iov[2] = {
		{ header, sizeof(header) },
		{ (void *)m->data, m->len },
	};
	struct msghdr msg = {
		.msg_name = &ss,
		.msg_namelen = ul_ep_to_sa(&to, &ss),
		.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control,
		.msg_controllen = ul_dgram_put_control(control, family,
						       pkt->ttl - 1,
						       pkt->tos),
	};

	ul_wr_u8(&w, m->type);
	ul_wr_u8(&w, m->code);
	ul_wr_u16(&w, 0);		/* the kernel's to fill in, as the id */
	ul_wr_u16(&w, 0);
	ul_wr_u16(&w, m->seq);
	if (e->df != pkt->df)
		ul_dgram_set_df(e->watch.fd, family, pkt->df);
	e->df = pkt->df;
	remember_peer(e, host, &pkt->dst);
	e->last = (struct peer){ *host, pkt->dst };
	e->entry.from_guest += m->len;
	touch(e);
	send_message(e, pkt, &msg);
}

/* True for an echo request, which *@m then describes. */
static bool parse(const struct ul_pkt *pkt, struct message *m)
{
	struct ul_rd r = ul_rd_new(pkt->l4, pkt->l4_len);
	bool is_v4 = ul_addr_is_v4(&pkt->src);

	if (pkt->proto != (is_v4 ? UL_IPPROTO_ICMP : UL_IPPROTO_ICMP6))
		return false;
	m->type = ul_rd_u8(&r);
	m->code = ul_rd_u8(&r);
	ul_rd_skip(&r, 2);
	m->id = ul_rd_u16(&r);
	m->seq = ul_rd_u16(&r);
	if (r.bad || m->code)
		return false;
	m->data = r.p;
	m->len = r.left;
	return m->type == (is_v4 ? ICMP4_ECHO : ICMP6_ECHO);
}

/* Both ends can be spoken to, and none of them is many. */
static bool is_unicast(const struct ul_flow_ctx *ctx, const struct ul_pkt *pkt)
{
	if (ul_addr_is_v4(&pkt->src) && ul_addr_to_v4(&pkt->src) >> 24 == 0)
		return false;
	return !ul_addr_is_any(&pkt->src) &&
	       !ul_addr_is_loopback(&pkt->src) &&
	       !ul_policy_is_broadcast(ctx->policy, &pkt->src) &&
	       !ul_policy_is_broadcast(ctx->policy, &pkt->dst);
}

static void deny(struct ul_flow_ctx *ctx, const struct ul_pkt *pkt,
		 const struct ul_decision *d)
{
	if (d->verdict == UL_VERDICT_NO_ROUTE) {
		ul_icmp_error_send(ctx, pkt, UL_ICMP_NET_UNREACHABLE, 0);
		return;
	}
	ul_flow_denied(ctx, pkt, d);
	ul_icmp_error_send(ctx, pkt, UL_ICMP_PROHIBITED, 0);
}

struct ul_icmp_proxy *ul_icmp_proxy_new(struct ul_flow_ctx *ctx)
{
	struct ul_icmp_proxy *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->ctx = ctx;
	ul_hash_key_random(&p->hash_key);
	ul_htab_init(&p->echoes);
	ul_list_init(&p->by_use);
	ul_timer_init(&p->timer, on_timer, p);
	return p;
}

void ul_icmp_proxy_free(struct ul_icmp_proxy *proxy)
{
	struct echo *e;

	if (!proxy)
		return;
	while ((e = oldest(proxy)))
		echo_free(e, UL_FLOW_SHUTDOWN);
	ul_timer_cancel(proxy->ctx->loop, &proxy->timer);
	ul_htab_fini(&proxy->echoes);
	free(proxy);
}

void ul_icmp_proxy_input(struct ul_icmp_proxy *proxy, const struct ul_pkt *pkt)
{
	struct ul_flow_ctx *ctx = proxy->ctx;
	struct ul_try attempt = {
		.port = pkt->port, .proto = pkt->proto,
		.dst = { .addr = pkt->dst },
	};
	struct ul_decision d;
	struct message m;
	struct echo *e;

	if (!parse(pkt, &m) || !is_unicast(ctx, pkt))
		return;
	if (ul_addr_eq(&pkt->dst, &ctx->gateway4) ||
	    ul_addr_eq(&pkt->dst, &ctx->gateway6)) {
		ul_icmp_proxy_answer(proxy, pkt);
		return;
	}
	if (pkt->ttl <= 1) {
		ul_icmp_error_send(ctx, pkt, UL_ICMP_TTL_EXCEEDED, 0);
		return;
	}
	e = find_echo(proxy, &pkt->src, m.id);
	attempt.is_open = e && find_peer(e, &pkt->dst);
	if (ul_policy_map(ctx->policy, &attempt, &d) != UL_VERDICT_ALLOW) {
		deny(ctx, pkt, &d);
		return;
	}
	if (!e)
		e = new_echo(proxy, pkt, m.id);
	else if (ul_account_is_vacant(e->share.account))
		ul_share_move(&e->share, ul_account_at(ctx->accounts,
						       pkt->port));
	if (e)
		send_echo(e, pkt, &m, &d.host.addr);
}

static bool end_oldest(struct ul_account *a, enum ul_flow_end why)
{
	struct ul_list *n = ul_list_first(&a->share[UL_USE_ICMP]);

	if (n)
		echo_free(ul_container_of(n, struct echo, share.node), why);
	return n != NULL;
}

bool ul_icmp_proxy_give_up(struct ul_icmp_proxy *proxy, struct ul_account *a)
{
	return end_oldest(a, UL_FLOW_QUOTA);
}

void ul_icmp_proxy_forget(struct ul_icmp_proxy *proxy, struct ul_account *a)
{
	while (end_oldest(a, UL_FLOW_GUEST_LEFT))
		;
}

static void drop_prohibited(struct echo *e)
{
	struct ul_flow_ctx *ctx = e->proxy->ctx;

	for (unsigned int i = 0; i < e->peer_count; i++) {
		struct ul_ep host = { .addr = e->peer[i].host };
		struct ul_try attempt = {
			.port = e->share.account->port,
			.proto = e->entry.proto,
			.dst = { .addr = e->peer[i].visible }, .is_open = true,
		};

		if (ul_policy_still_allows(ctx->policy, &attempt, &host))
			continue;
		ctx->stats.cut++;
		echo_free(e, UL_FLOW_POLICY);
		return;
	}
}

void ul_icmp_proxy_policy_changed(struct ul_icmp_proxy *proxy)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &proxy->by_use)
		drop_prohibited(ul_container_of(n, struct echo, use_node));
}

void ul_icmp_proxy_answer(struct ul_icmp_proxy *proxy,
			  const struct ul_pkt *pkt)
{
	struct ul_flow_ctx *ctx = proxy->ctx;
	bool is_v4 = ul_addr_is_v4(&pkt->src);
	struct message m;
	struct ul_buf *buf;

	if (!parse(pkt, &m) || !is_unicast(ctx, pkt))
		return;
	buf = ul_stack_buf_get(ctx->stack);
	if (!buf)
		return;
	if (pkt->l4_len <= buf->cap) {
		memcpy(buf->data, pkt->l4, pkt->l4_len);
		rewrite(buf->data, pkt->l4_len, is_v4 ? ICMP4_ECHO_REPLY :
			ICMP6_ECHO_REPLY, m.id, &pkt->dst, &pkt->src);
		to_guest(ctx, &pkt->dst, &pkt->src, pkt->tos, buf,
			 pkt->l4_len);
	}
	ul_buf_unref(buf);
}
