/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dhcp4_srv.c - the network's DHCPv4 server (RFC 2131)
 *
 * What a client wants is told by its message's type and, for a REQUEST, by
 * which of three fields are filled in (RFC 2131 table 4); ask_of() names it.
 *
 * Being the only server of its network, it does not stay silent about
 * clients that it has no record of, as RFC 2131 4.3.2 asks of one among
 * several: a client that reboots or renews with a free address of the pool
 * gets it, so that leases survive a restart of the network. Every other
 * address is refused at once.
 */
#include "svc/dhcp4_srv.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>

#include "base/log.h"
#include "wire/dhcp4.h"

#define TAG "dhcp4"
#define SECOND_US 1000000ll
#define MAC_LEN 6
#define MAX_SIZE_LEAST 576
#define UDP_IP_HEADERS 28

enum ask {
	ASK_NOTHING,		/* not for us, or not to be understood */
	ASK_OFFER,
	ASK_SELECT,		/* our offer is taken */
	ASK_ELSEWHERE,		/* another server's is */
	ASK_REBOOT,		/* is this address still right? */
	ASK_EXTEND,		/* renewing and rebinding */
	ASK_DECLINE,
	ASK_RELEASE,
	ASK_INFORM,
};
#define ASK_COUNT (ASK_INFORM + 1)

struct ul_dhcp4_srv {
	struct ul_dhcp4_srv_conf conf;
	char *domain;
	struct ul_lease_pool *pool;
};

/* A request and what is known about it. */
struct request {
	const struct ul_dhcp4_msg *msg;
	struct ul_lease_client client;
	struct ul_addr src_ip;
	int64_t now_us;
	char host[UL_LEASE_HOST_LEN];
};

static bool is_set(const struct ul_addr *a)
{
	return !ul_addr_is_any(a);
}

static bool is_ours(const struct ul_dhcp4_srv *srv,
		    const struct ul_dhcp4_msg *m)
{
	return ul_addr_eq(&m->server_id, &srv->conf.server);
}

/* RFC 2131 4.3.2 and table 4. */
static enum ask ask_of_request(const struct ul_dhcp4_srv *srv,
			       const struct ul_dhcp4_msg *m)
{
	if (is_set(&m->server_id) && !is_ours(srv, m))
		return ASK_ELSEWHERE;
	if (is_set(&m->server_id) && is_set(&m->req_addr))
		return ASK_SELECT;
	if (is_set(&m->ciaddr))
		return ASK_EXTEND;
	if (is_set(&m->req_addr))
		return ASK_REBOOT;
	return ASK_NOTHING;
}

static enum ask ask_of(const struct ul_dhcp4_srv *srv,
		       const struct ul_dhcp4_msg *m)
{
	switch (m->type) {
	case UL_DHCP4_DISCOVER:
		return ASK_OFFER;
	case UL_DHCP4_REQUEST:
		return ask_of_request(srv, m);
	case UL_DHCP4_DECLINE:
		return is_ours(srv, m) && is_set(&m->req_addr) ? ASK_DECLINE :
		       ASK_NOTHING;
	case UL_DHCP4_RELEASE:
		return is_ours(srv, m) ? ASK_RELEASE : ASK_NOTHING;
	case UL_DHCP4_INFORM:
		return ASK_INFORM;
	default:
		return ASK_NOTHING;
	}
}

/* Replies */

/* A client that lists nothing is told all. */
static bool wants(const struct ul_dhcp4_msg *m, uint8_t code)
{
	return !m->params_len || ul_dhcp4_wants(m, code);
}

static uint32_t mask_of(const struct ul_prefix *p)
{
	return p->len ? UINT32_MAX << (32 - p->len) : 0;
}

static void set_lease_times(struct ul_dhcp4_msg *r,
			    const struct ul_dhcp4_msg *m, uint32_t lease_s)
{
	r->lease_s = lease_s;
	if (wants(m, UL_DHCP4_OPT_T1))
		r->t1_s = lease_s / 2;
	if (wants(m, UL_DHCP4_OPT_T2))
		r->t2_s = lease_s / 8 * 7;
}

/* Each domain that fits behind the others; RFC 3397 2. */
static void set_search_list(struct ul_dhcp4_msg *r, const char *const *domain)
{
	for (; *domain; domain++) {
		struct ul_wr w = ul_wr_new(r->search_list + r->search_list_len,
					   sizeof(r->search_list) -
					   r->search_list_len);

		ul_dname_emit(&w, *domain);
		if (!w.bad)
			r->search_list_len += (uint8_t)w.len;
	}
}

/* What a host must know is told unasked; the rest as it is asked for. */
static void set_network(struct ul_dhcp4_msg *r, const struct ul_dhcp4_msg *m,
			const struct ul_dhcp4_srv *srv)
{
	const struct ul_dhcp4_srv_conf *conf = &srv->conf;

	r->mask = ul_addr_v4(mask_of(&conf->prefix));
	if (is_set(&conf->router))
		r->router[r->router_count++] = conf->router;
	if (is_set(&conf->dns))
		r->dns[r->dns_count++] = conf->dns;
	if (wants(m, UL_DHCP4_OPT_MTU))
		r->mtu = conf->mtu;
	if (wants(m, UL_DHCP4_OPT_DOMAIN))
		g_strlcpy(r->domain, srv->domain, sizeof(r->domain));
	if (conf->search)
		set_search_list(r, conf->search);
	else if (ul_dhcp4_wants(m, UL_DHCP4_OPT_SEARCH))
		g_strlcpy(r->search, srv->domain, sizeof(r->search));
	/* Who takes these does not look at the router: RFC 3442. */
	if (ul_dhcp4_wants(m, UL_DHCP4_OPT_ROUTES) && is_set(&conf->router))
		r->route[r->route_count++] = (struct ul_dhcp4_route){
			{ ul_addr_v4(0), 0 }, conf->router,
		};
}

static void set_boot(struct ul_dhcp4_msg *r, const struct ul_dhcp4_msg *m,
		     const struct ul_dhcp4_srv *srv)
{
	const struct ul_dhcp4_boot *boot = &srv->conf.boot;
	const char *file = ul_dhcp4_boot_file(boot, m);
	char server[UL_ADDR_STRLEN];

	if (srv->conf.tftp_name)
		g_strlcpy(r->tftp_name, srv->conf.tftp_name,
			  sizeof(r->tftp_name));
	if (!file)
		return;
	/* UEFI 2.10 24.7.3: a client of HTTP wants to hear its class. */
	if (g_str_has_prefix(file, "http://") ||
	    g_str_has_prefix(file, "https://"))
		g_strlcpy(r->vendor_class, "HTTPClient",
			  sizeof(r->vendor_class));
	g_strlcpy(r->file, file, sizeof(r->file));
	if (ul_dhcp4_wants(m, UL_DHCP4_OPT_BOOTFILE))
		g_strlcpy(r->bootfile, file, sizeof(r->bootfile));
	if (ul_addr_is_any(&boot->next_server))
		return;
	r->siaddr = boot->next_server;
	if (!srv->conf.tftp_name && ul_dhcp4_wants(m, UL_DHCP4_OPT_TFTP_NAME))
		g_strlcpy(r->tftp_name,
			  ul_addr_str(&boot->next_server, server),
			  sizeof(r->tftp_name));
}

/* The first label of what it is called, and what it calls itself. */
static void set_name(struct ul_dhcp4_msg *r, const struct request *rq,
		     const struct ul_dhcp4_srv *srv)
{
	const struct ul_dhcp4_msg *m = rq->msg;
	const char *name = srv->conf.name_of ?
		srv->conf.name_of(&rq->client, srv->conf.arg) : NULL;
	const char *label = name ? name : rq->host;
	int len = (int)strcspn(label, ".");
	uint8_t asked = m->fqdn_flags;

	if (name && wants(m, UL_DHCP4_OPT_HOSTNAME))
		g_strlcpy(r->hostname, name, sizeof(r->hostname));
	if (!m->has_fqdn || !len)
		return;
	/* Its name points to it by our DNS, unless nobody is to do that. */
	r->has_fqdn = true;
	r->fqdn_flags = asked & UL_DHCP4_FQDN_E;
	if (asked & UL_DHCP4_FQDN_N)
		r->fqdn_flags |= UL_DHCP4_FQDN_N;
	else
		r->fqdn_flags |= asked & UL_DHCP4_FQDN_S ? UL_DHCP4_FQDN_S :
				 UL_DHCP4_FQDN_S | UL_DHCP4_FQDN_O;
	g_snprintf(r->fqdn, sizeof(r->fqdn), "%.*s%s%s", len, label,
		   srv->domain[0] ? "." : "", srv->domain);
}

/* RFC 2131 3.5: what a client can take, at least 576 with its headers. */
static size_t room_of(const struct ul_dhcp4_msg *m)
{
	size_t max = MAX(m->max_size, MAX_SIZE_LEAST) - UDP_IP_HEADERS;

	return MIN(max, UL_DHCP4_REPLY_MAX);
}

/* What does not fit is left out, what is needed least first. */
static void emit_fitting(struct ul_wr *w, struct ul_dhcp4_msg *r,
			 size_t room)
{
	char *const spare[] = {
		r->search, r->bootfile, r->hostname, r->domain, r->tftp_name,
		r->vendor_class,
	};
	size_t at = 0;

	for (;;) {
		uint8_t *start = w->start;

		*w = ul_wr_new(start, room);
		ul_dhcp4_emit(w, r);
		if (!w->bad)
			return;
		if (r->has_fqdn)
			r->has_fqdn = false;
		else if (r->search_list_len)
			r->search_list_len = 0;
		else if (at < G_N_ELEMENTS(spare))
			*spare[at++] = '\0';
		else if (room < UL_DHCP4_REPLY_MAX)
			room = UL_DHCP4_REPLY_MAX;	/* its own long id */
		else
			return;
	}
}

/* RFC 2131 4.1: where a client without an address can hear it. */
static void set_destination(const struct request *rq,
			    const struct ul_dhcp4_msg *r,
			    struct ul_dhcp4_reply *out)
{
	bool has_none = is_set(&r->yiaddr) && !is_set(&r->ciaddr);
	bool is_broadcast = r->type == UL_DHCP4_NAK ||
			    (r->broadcast && has_none);

	out->dst = is_set(&r->yiaddr) ? r->yiaddr :
		   is_set(&r->ciaddr) ? r->ciaddr :
		   rq->src_ip;		/* INFORM without ciaddr */
	memcpy(out->dst_mac, r->chaddr, sizeof(out->dst_mac));
	if (is_broadcast) {
		out->dst = ul_addr_v4(UINT32_MAX);
		memset(out->dst_mac, 0xff, sizeof(out->dst_mac));
	}
}

/* @yiaddr is 0.0.0.0 in what gives no address. */
static int reply(const struct ul_dhcp4_srv *srv, const struct request *rq,
		 enum ul_dhcp4_type type, const struct ul_addr *yiaddr,
		 struct ul_dhcp4_reply *out)
{
	const struct ul_dhcp4_msg *m = rq->msg;
	struct ul_wr w = ul_wr_new(out->payload, sizeof(out->payload));
	struct ul_dhcp4_msg r = {
		.op = UL_DHCP4_OP_REPLY,
		.xid = m->xid,
		.broadcast = m->broadcast,
		.yiaddr = *yiaddr,
		.type = type,
		.server_id = srv->conf.server,
		.client_id_len = m->client_id_len,
	};

	memcpy(r.chaddr, m->chaddr, sizeof(r.chaddr));
	memcpy(r.client_id, m->client_id, m->client_id_len); /* RFC 6842 */
	if (type != UL_DHCP4_NAK) {
		r.ciaddr = m->type == UL_DHCP4_DISCOVER ? ul_addr_v4(0) :
			   m->ciaddr;
		r.rapid_commit = type == UL_DHCP4_ACK &&
				 m->type == UL_DHCP4_DISCOVER;
		if (is_set(yiaddr))
			set_lease_times(&r, m, srv->conf.lease_s);
		set_network(&r, m, srv);
		set_name(&r, rq, srv);
		set_boot(&r, m, srv);
	}
	emit_fitting(&w, &r, room_of(m));
	assert(!w.bad);		/* UL_DHCP4_REPLY_MAX holds any reply */
	set_destination(rq, &r, out);
	out->len = w.len;
	return 0;
}

static int nak(const struct ul_dhcp4_srv *srv, const struct request *rq,
	       struct ul_dhcp4_reply *out)
{
	struct ul_addr none = ul_addr_v4(0);

	return reply(srv, rq, UL_DHCP4_NAK, &none, out);
}

static void tell_lease(const struct ul_dhcp4_srv *srv,
		       const struct ul_addr *addr, int64_t now_us)
{
	struct ul_lease lease;

	if (srv->conf.on_lease &&
	    !ul_lease_get(srv->pool, addr, now_us, &lease))
		srv->conf.on_lease(&lease, srv->conf.arg);
}

/* ACK when the client may have @addr, else NAK. */
static int give(struct ul_dhcp4_srv *srv, const struct request *rq,
		const struct ul_addr *addr, struct ul_dhcp4_reply *out)
{
	int64_t until_us = rq->now_us + srv->conf.lease_s * SECOND_US;
	bool is_new = ul_lease_state(srv->pool, addr, rq->now_us) !=
		      UL_LEASE_BOUND;

	if (ul_lease_bind(srv->pool, &rq->client, addr, rq->now_us,
			  until_us) < 0)
		return nak(srv, rq, out);
	if (is_new)
		tell_lease(srv, addr, rq->now_us);
	return reply(srv, rq, UL_DHCP4_ACK, addr, out);
}

/* Asks */

static int on_nothing(struct ul_dhcp4_srv *srv, const struct request *rq,
		      struct ul_dhcp4_reply *out)
{
	return -EPROTO;
}

static bool must_probe(const struct ul_dhcp4_srv *srv,
		       const struct request *rq, const struct ul_addr *addr)
{
	return srv->conf.must_probe &&
	       !ul_lease_is_checked(srv->pool, addr) &&
	       srv->conf.must_probe(rq->client.mac, srv->conf.arg);
}

static int on_offer(struct ul_dhcp4_srv *srv, const struct request *rq,
		    struct ul_dhcp4_reply *out)
{
	const struct ul_addr *wanted = &rq->msg->req_addr;
	struct ul_addr a;

	if (ul_lease_offer(srv->pool, &rq->client,
			   is_set(wanted) ? wanted : NULL, rq->now_us,
			   rq->now_us + UL_DHCP4_OFFER_US, &a) < 0) {
		ul_log(DEBUG, TAG, "no address is free");
		return -ENODATA;
	}
	if (must_probe(srv, rq, &a)) {
		out->dst = a;
		return -EINPROGRESS;
	}
	if (rq->msg->rapid_commit)	/* RFC 4039 */
		return give(srv, rq, &a, out);
	return reply(srv, rq, UL_DHCP4_OFFER, &a, out);
}

static int on_select(struct ul_dhcp4_srv *srv, const struct request *rq,
		     struct ul_dhcp4_reply *out)
{
	return give(srv, rq, &rq->msg->req_addr, out);
}

/* Our offer is free again. */
static int on_elsewhere(struct ul_dhcp4_srv *srv, const struct request *rq,
			struct ul_dhcp4_reply *out)
{
	struct ul_addr a;

	if (!ul_lease_find(srv->pool, &rq->client, rq->now_us, &a) &&
	    ul_lease_state(srv->pool, &a, rq->now_us) == UL_LEASE_OFFERED)
		ul_lease_release(srv->pool, &rq->client, &a, rq->now_us);
	return -ENODATA;
}

/* A client that had another address last is to come for that one. */
static int on_reboot(struct ul_dhcp4_srv *srv, const struct request *rq,
		     struct ul_dhcp4_reply *out)
{
	struct ul_addr last;

	if (!ul_lease_find(srv->pool, &rq->client, rq->now_us, &last) &&
	    !ul_addr_eq(&last, &rq->msg->req_addr))
		return nak(srv, rq, out);
	return give(srv, rq, &rq->msg->req_addr, out);
}

static int on_extend(struct ul_dhcp4_srv *srv, const struct request *rq,
		     struct ul_dhcp4_reply *out)
{
	const struct ul_addr *a = &rq->msg->ciaddr;

	if (is_set(&rq->src_ip) && !ul_addr_eq(&rq->src_ip, a))
		return -EPROTO;
	return give(srv, rq, a, out);
}

static int on_decline(struct ul_dhcp4_srv *srv, const struct request *rq,
		      struct ul_dhcp4_reply *out)
{
	ul_lease_decline(srv->pool, &rq->client, &rq->msg->req_addr,
			 rq->now_us);
	return -ENODATA;
}

static int on_release(struct ul_dhcp4_srv *srv, const struct request *rq,
		      struct ul_dhcp4_reply *out)
{
	ul_lease_release(srv->pool, &rq->client, &rq->msg->ciaddr,
			 rq->now_us);
	return -ENODATA;
}

/* Some clients leave ciaddr empty here. */
static int on_inform(struct ul_dhcp4_srv *srv, const struct request *rq,
		     struct ul_dhcp4_reply *out)
{
	const struct ul_addr *a = is_set(&rq->msg->ciaddr) ?
				  &rq->msg->ciaddr : &rq->src_ip;
	struct ul_addr none = ul_addr_v4(0);

	if (!ul_prefix_has(&srv->conf.prefix, a))
		return -EPROTO;
	return reply(srv, rq, UL_DHCP4_ACK, &none, out);
}

static int (*const acts[])(struct ul_dhcp4_srv *srv, const struct request *rq,
			   struct ul_dhcp4_reply *out) = {
	[ASK_NOTHING] = on_nothing,
	[ASK_OFFER] = on_offer,
	[ASK_SELECT] = on_select,
	[ASK_ELSEWHERE] = on_elsewhere,
	[ASK_REBOOT] = on_reboot,
	[ASK_EXTEND] = on_extend,
	[ASK_DECLINE] = on_decline,
	[ASK_RELEASE] = on_release,
	[ASK_INFORM] = on_inform,
};
static_assert(sizeof(acts) / sizeof(*acts) == ASK_COUNT,
	      "every ask is acted on");

/* Relay agents (giaddr) are for other links; there are none behind ours. */
static bool is_of_link(const struct ul_dhcp4_msg *m, const uint8_t src_mac[6])
{
	return m->op == UL_DHCP4_OP_REQUEST && !is_set(&m->giaddr) &&
	       !memcmp(m->chaddr, src_mac, MAC_LEN);
}

struct ul_dhcp4_srv *ul_dhcp4_srv_new(const struct ul_dhcp4_srv_conf *conf)
{
	struct ul_dhcp4_srv *srv = g_new0(struct ul_dhcp4_srv, 1);

	srv->conf = *conf;
	srv->domain = g_strdup(conf->domain ? conf->domain : "");
	srv->conf.domain = NULL;	/* the caller's: ours is the copy */
	srv->conf.excluded = NULL;
	srv->pool = ul_lease_pool_new(&conf->first, &conf->last,
				      conf->excluded, conf->excluded_count);
	return srv;
}

void ul_dhcp4_srv_free(struct ul_dhcp4_srv *srv)
{
	if (!srv)
		return;
	ul_lease_pool_free(srv->pool);
	g_free(srv->domain);
	g_free(srv);
}

int ul_dhcp4_srv_handle(struct ul_dhcp4_srv *srv, const uint8_t *payload,
			size_t len, const uint8_t src_mac[6],
			const struct ul_addr *src_ip, int64_t now_us,
			struct ul_dhcp4_reply *out)
{
	struct ul_dhcp4_msg m;
	struct request rq = {
		.msg = &m,
		.src_ip = *src_ip,
		.now_us = now_us,
	};
	int err = ul_dhcp4_parse(&m, payload, len);

	if (err < 0)
		return err;
	if (!is_of_link(&m, src_mac))
		return -EPROTO;
	ul_lease_copy_host(rq.host, m.hostname);
	if (!rq.host[0] && !(m.fqdn_flags & UL_DHCP4_FQDN_N))
		ul_lease_copy_host(rq.host, m.fqdn);
	rq.client.id = m.client_id;
	rq.client.id_len = m.client_id_len;
	rq.client.host = rq.host[0] ? rq.host : NULL;
	memcpy(rq.client.mac, m.chaddr, MAC_LEN);
	return acts[ask_of(srv, &m)](srv, &rq, out);
}

int ul_dhcp4_srv_lease(struct ul_dhcp4_srv *srv,
		       const struct ul_lease_client *client, int64_t now_us,
		       struct ul_addr *out)
{
	int64_t until_us = now_us + srv->conf.lease_s * SECOND_US;
	struct ul_addr addr;
	bool is_new;
	int rc;

	rc = ul_lease_offer(srv->pool, client, NULL, now_us,
			    now_us + UL_DHCP4_OFFER_US, &addr);
	if (rc)
		return rc;
	is_new = ul_lease_state(srv->pool, &addr, now_us) != UL_LEASE_BOUND;
	rc = ul_lease_bind(srv->pool, client, &addr, now_us, until_us);
	if (rc)
		return rc;
	if (is_new)
		tell_lease(srv, &addr, now_us);
	*out = addr;
	return 0;
}

void ul_dhcp4_srv_checked(struct ul_dhcp4_srv *srv,
			  const struct ul_addr *addr)
{
	ul_lease_set_checked(srv->pool, addr);
}

bool ul_dhcp4_srv_taken(struct ul_dhcp4_srv *srv, const struct ul_addr *addr,
			const uint8_t by[6], int64_t now_us)
{
	return ul_lease_set_taken(srv->pool, addr, by, now_us);
}

bool ul_dhcp4_srv_is_open(const struct ul_dhcp4_srv *srv,
			  const struct ul_addr *addr, const uint8_t mac[6],
			  int64_t now_us)
{
	return ul_lease_is_open(srv->pool, addr, mac, now_us);
}

int ul_dhcp4_srv_keep(struct ul_dhcp4_srv *srv,
		      const struct ul_lease_owner *owner,
		      const struct ul_addr *addr)
{
	return ul_lease_keep(srv->pool, owner, addr);
}

int ul_dhcp4_srv_unkeep(struct ul_dhcp4_srv *srv, const struct ul_addr *addr)
{
	return ul_lease_unkeep(srv->pool, addr);
}

void ul_dhcp4_srv_each(const struct ul_dhcp4_srv *srv, int64_t now_us,
		       ul_dhcp4_lease_fn fn, void *arg)
{
	ul_lease_each(srv->pool, now_us, fn, arg);
}

uint64_t ul_dhcp4_srv_changes(const struct ul_dhcp4_srv *srv)
{
	return ul_lease_changes(srv->pool);
}

void ul_dhcp4_srv_each_known(const struct ul_dhcp4_srv *srv,
			      void (*fn)(const struct ul_lease *lease,
					 void *arg), void *arg)
{
	ul_lease_each_known(srv->pool, fn, arg);
}

int ul_dhcp4_srv_restore(struct ul_dhcp4_srv *srv,
			 const struct ul_lease *lease)
{
	return ul_lease_restore(srv->pool, lease);
}

void ul_dhcp4_srv_forget_all(struct ul_dhcp4_srv *srv)
{
	ul_lease_forget_all(srv->pool);
}

void ul_dhcp4_srv_set_lease_time(struct ul_dhcp4_srv *srv, uint32_t lease_s)
{
	srv->conf.lease_s = lease_s;
}
