/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dhcp6_srv.c - the network's DHCPv6 server
 *
 * As the only server of its network it renews what it has no record of when
 * the address is free (RFC 8415 18.3.4 lets it), so that leases survive a
 * restart. An ADVERTISE holds nothing: the client's address comes from its
 * identifier, and what another took in between is answered with another.
 */
#include "svc/dhcp6_srv.h"

#include <errno.h>
#include <glib.h>

#define SECOND_US 1000000ll
#define DUID_LL 3		/* RFC 8415 11.4, and Ethernet */
#define HW_ETHERNET 1

struct ul_dhcp6_srv {
	struct ul_dhcp6_srv_conf conf;
	struct ul_dhcp6_duid duid;
	char domain[UL_DNAME_STRLEN];
	struct ul_lease6_pool *pool;
};

/* A request, and the reply that is made of it. */
struct exchange {
	const struct ul_dhcp6_msg *rq;
	struct ul_dhcp6_msg reply;
	const uint8_t *mac;
	int64_t now_us;
	char host[UL_LEASE_HOST_LEN];	/* "": it tells none */
};

static struct ul_lease6_client client_of(const struct exchange *x,
					 const struct ul_dhcp6_ia *ia)
{
	struct ul_lease6_client c = {
		.duid = &x->rq->client, .iaid = ia->iaid,
		.host = x->host[0] ? x->host : NULL,
	};

	memcpy(c.mac, x->mac, sizeof(c.mac));
	return c;
}

static struct ul_dhcp6_ia *add_ia(struct exchange *x, uint32_t iaid)
{
	struct ul_dhcp6_ia *ia = &x->reply.ia[x->reply.ia_count++];

	*ia = (struct ul_dhcp6_ia){ .iaid = iaid };
	return ia;
}

static void put_addr(const struct ul_dhcp6_srv *srv, struct ul_dhcp6_ia *ia,
		     const struct ul_addr *addr)
{
	uint32_t lease_s = srv->conf.lease_s;

	ia->t1_s = lease_s / 2;
	ia->t2_s = lease_s / 5 * 4;	/* RFC 8415 14.2 */
	ia->addr[ia->addr_count++] = (struct ul_dhcp6_addr){
		*addr, lease_s, lease_s,
	};
}

static void put_status(struct ul_dhcp6_ia *ia, enum ul_dhcp6_status status)
{
	ia->has_status = true;
	ia->status = (uint16_t)status;
}

static int bind_addr(struct ul_dhcp6_srv *srv, const struct exchange *x,
		     const struct ul_lease6_client *c,
		     const struct ul_addr *addr)
{
	bool is_new = !ul_lease6_is_bound(srv->pool, c, addr, x->now_us);
	struct ul_lease lease;
	int rc = ul_lease6_bind(srv->pool, c, addr, x->now_us, x->now_us +
				srv->conf.lease_s * SECOND_US);

	if (!rc && is_new && srv->conf.on_lease &&
	    !ul_lease6_get(srv->pool, addr, x->now_us, &lease))
		srv->conf.on_lease(&lease, srv->conf.arg);
	return rc;
}

/* What it asks for if that is free, else what is its own. */
static void give(struct ul_dhcp6_srv *srv, struct exchange *x,
		 const struct ul_dhcp6_ia *asked)
{
	struct ul_dhcp6_ia *ia = add_ia(x, asked->iaid);
	struct ul_lease6_client c = client_of(x, asked);
	struct ul_addr a;

	if (asked->addr_count &&
	    !bind_addr(srv, x, &c, &asked->addr[0].addr))
		put_addr(srv, ia, &asked->addr[0].addr);
	else if (!ul_lease6_choose(srv->pool, &c, x->now_us, &a) &&
		 !bind_addr(srv, x, &c, &a))
		put_addr(srv, ia, &a);
	else
		put_status(ia, UL_DHCP6_NO_ADDRS);
}

static void offer(struct ul_dhcp6_srv *srv, struct exchange *x,
		  const struct ul_dhcp6_ia *asked)
{
	struct ul_dhcp6_ia *ia = add_ia(x, asked->iaid);
	struct ul_lease6_client c = client_of(x, asked);
	struct ul_addr a;

	if (!ul_lease6_choose(srv->pool, &c, x->now_us, &a))
		put_addr(srv, ia, &a);
	else
		put_status(ia, UL_DHCP6_NO_ADDRS);
}

/* An address that it may not keep comes back with no time left. */
static void extend(struct ul_dhcp6_srv *srv, struct exchange *x,
		   const struct ul_dhcp6_ia *asked)
{
	struct ul_dhcp6_ia *ia = add_ia(x, asked->iaid);
	struct ul_lease6_client c = client_of(x, asked);
	bool has_one = false;

	for (unsigned int i = 0; i < asked->addr_count; i++) {
		const struct ul_addr *a = &asked->addr[i].addr;

		if (!has_one && !bind_addr(srv, x, &c, a)) {
			put_addr(srv, ia, a);
			has_one = true;
		} else {
			ia->addr[ia->addr_count++].addr = *a;
		}
	}
	if (!has_one)
		put_status(ia, UL_DHCP6_NO_BINDING);
}

static void each_ia(struct ul_dhcp6_srv *srv, struct exchange *x,
		    void (*fn)(struct ul_dhcp6_srv *srv, struct exchange *x,
			       const struct ul_dhcp6_ia *asked))
{
	for (unsigned int i = 0; i < x->rq->ia_count; i++)
		fn(srv, x, &x->rq->ia[i]);
}

static void set_status(struct exchange *x, enum ul_dhcp6_status status)
{
	x->reply.has_status = true;
	x->reply.status = (uint16_t)status;
}

static int solicit(struct ul_dhcp6_srv *srv, struct exchange *x)
{
	x->reply.rapid_commit = x->rq->rapid_commit;
	if (!x->rq->rapid_commit)
		x->reply.type = UL_DHCP6_ADVERTISE;
	each_ia(srv, x, x->rq->rapid_commit ? give : offer);
	return 0;
}

/* Is the client still on this network? */
static int confirm(struct ul_dhcp6_srv *srv, struct exchange *x)
{
	bool is_here = true;
	unsigned int count = 0;

	for (unsigned int i = 0; i < x->rq->ia_count; i++)
		for (unsigned int j = 0; j < x->rq->ia[i].addr_count; j++) {
			is_here &= ul_prefix_has(&srv->conf.prefix,
						 &x->rq->ia[i].addr[j].addr);
			count++;
		}
	if (!count)
		return -ENODATA;	/* RFC 8415 18.3.3 */
	set_status(x, is_here ? UL_DHCP6_SUCCESS : UL_DHCP6_NOT_ON_LINK);
	return 0;
}

static int give_back(struct ul_dhcp6_srv *srv, struct exchange *x)
{
	for (unsigned int i = 0; i < x->rq->ia_count; i++) {
		const struct ul_dhcp6_ia *ia = &x->rq->ia[i];
		struct ul_lease6_client c = client_of(x, ia);

		for (unsigned int j = 0; j < ia->addr_count; j++)
			if (x->rq->type == UL_DHCP6_DECLINE)
				ul_lease6_decline(srv->pool, &c,
						  &ia->addr[j].addr,
						  x->now_us);
			else
				ul_lease6_release(srv->pool, &c,
						  &ia->addr[j].addr,
						  x->now_us);
	}
	set_status(x, UL_DHCP6_SUCCESS);
	return 0;
}

static bool is_ours(const struct ul_dhcp6_srv *srv,
		    const struct ul_dhcp6_duid *duid)
{
	return duid->len == srv->duid.len &&
	       !memcmp(duid->bytes, srv->duid.bytes, duid->len);
}

/* Who must be named in a message, RFC 8415 16. */
static bool is_for_us(const struct ul_dhcp6_srv *srv,
		      const struct ul_dhcp6_msg *m)
{
	switch ((enum ul_dhcp6_type)m->type) {
	case UL_DHCP6_SOLICIT:
	case UL_DHCP6_CONFIRM:
	case UL_DHCP6_REBIND:
		return m->client.len && !m->server.len;
	case UL_DHCP6_REQUEST:
	case UL_DHCP6_RENEW:
	case UL_DHCP6_RELEASE:
	case UL_DHCP6_DECLINE:
		return m->client.len && is_ours(srv, &m->server);
	case UL_DHCP6_INFORM:
		return !m->ia_count &&
		       (!m->server.len || is_ours(srv, &m->server));
	case UL_DHCP6_ADVERTISE:
	case UL_DHCP6_REPLY:
	case UL_DHCP6_RECONFIGURE:
		break;
	}
	return false;
}

/* Can a message say @name? */
static bool may_be_told(const char *name)
{
	uint8_t bytes[UL_DNAME_STRLEN];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));

	ul_dname_emit(&w, name);
	return !w.bad;
}

/* Our DNS has the name, unless nobody is to have it: RFC 4704 6. */
static void set_fqdn(const struct ul_dhcp6_srv *srv, struct exchange *x)
{
	const struct ul_dhcp6_msg *m = x->rq;
	const char *name = srv->conf.name_of ?
		srv->conf.name_of(x->mac, srv->conf.arg) : NULL;
	const char *label = name ? name : x->host;
	int len = (int)strcspn(label, ".");
	uint8_t asked = m->fqdn_flags;
	char *fqdn = x->reply.fqdn;
	size_t size = sizeof(x->reply.fqdn), full;

	if (!m->has_fqdn || !len)
		return;
	full = (size_t)g_snprintf(fqdn, size, "%.*s%s%s", len, label,
				  srv->domain[0] ? "." : "", srv->domain);
	/* The domain may be so long that nothing fits in front of it. */
	if (full >= size || !may_be_told(fqdn))
		g_snprintf(fqdn, size, "%.*s", len, label);
	if (!may_be_told(fqdn)) {
		fqdn[0] = '\0';
		return;
	}
	x->reply.has_fqdn = true;
	x->reply.fqdn_flags = asked & UL_DHCP6_FQDN_N ? UL_DHCP6_FQDN_N :
			      asked & UL_DHCP6_FQDN_S ? UL_DHCP6_FQDN_S :
			      UL_DHCP6_FQDN_S | UL_DHCP6_FQDN_O;
}

static int act(struct ul_dhcp6_srv *srv, struct exchange *x)
{
	switch ((enum ul_dhcp6_type)x->rq->type) {
	case UL_DHCP6_SOLICIT:
		return solicit(srv, x);
	case UL_DHCP6_REQUEST:
		each_ia(srv, x, give);
		return 0;
	case UL_DHCP6_RENEW:
	case UL_DHCP6_REBIND:
		each_ia(srv, x, extend);
		return 0;
	case UL_DHCP6_CONFIRM:
		return confirm(srv, x);
	case UL_DHCP6_RELEASE:
	case UL_DHCP6_DECLINE:
		return give_back(srv, x);
	case UL_DHCP6_INFORM:
		return 0;
	case UL_DHCP6_ADVERTISE:
	case UL_DHCP6_REPLY:
	case UL_DHCP6_RECONFIGURE:
		break;
	}
	return -EPROTO;
}

static void make_duid(struct ul_dhcp6_duid *duid, const uint8_t mac[6])
{
	struct ul_wr w = ul_wr_new(duid->bytes, sizeof(duid->bytes));

	ul_wr_u16(&w, DUID_LL);
	ul_wr_u16(&w, HW_ETHERNET);
	ul_wr_bytes(&w, mac, 6);
	duid->len = (uint8_t)w.len;
}

struct ul_dhcp6_srv *ul_dhcp6_srv_new(const struct ul_dhcp6_srv_conf *conf)
{
	struct ul_dhcp6_srv *srv = g_new0(struct ul_dhcp6_srv, 1);

	srv->conf = *conf;
	srv->conf.domain = NULL;	/* the caller's */
	/* One that cannot be told is no reason to tell nothing. */
	if (conf->domain && may_be_told(conf->domain))
		g_strlcpy(srv->domain, conf->domain, sizeof(srv->domain));
	make_duid(&srv->duid, conf->mac);
	srv->pool = ul_lease6_pool_new(&conf->prefix);
	return srv;
}

void ul_dhcp6_srv_free(struct ul_dhcp6_srv *srv)
{
	if (!srv)
		return;
	ul_lease6_pool_free(srv->pool);
	g_free(srv);
}

int ul_dhcp6_srv_handle(struct ul_dhcp6_srv *srv, const uint8_t *payload,
			size_t len, const uint8_t src_mac[6], int64_t now_us,
			struct ul_dhcp6_reply *out)
{
	struct ul_wr w = ul_wr_new(out->payload, sizeof(out->payload));
	struct ul_dhcp6_msg rq;
	struct exchange x = { .rq = &rq, .mac = src_mac, .now_us = now_us };
	int rc = ul_dhcp6_parse(&rq, payload, len);

	if (rc < 0)
		return rc;
	if (!is_for_us(srv, &rq))
		return -EPROTO;
	x.reply.type = UL_DHCP6_REPLY;
	x.reply.xid = rq.xid;
	x.reply.client = rq.client;
	x.reply.server = srv->duid;
	x.reply.dns[x.reply.dns_count++] = srv->conf.dns;
	memcpy(x.reply.domain, srv->domain, sizeof(srv->domain));
	if (!(rq.fqdn_flags & UL_DHCP6_FQDN_N))
		ul_lease_copy_host(x.host, rq.fqdn);
	set_fqdn(srv, &x);
	rc = act(srv, &x);
	if (rc < 0)
		return rc;
	ul_dhcp6_emit(&w, &x.reply);
	if (w.bad)
		return -ENODATA;
	out->len = w.len;
	return 0;
}

int ul_dhcp6_srv_keep(struct ul_dhcp6_srv *srv, const uint8_t mac[6],
		      const struct ul_addr *addr)
{
	return ul_lease6_keep(srv->pool, mac, addr);
}

int ul_dhcp6_srv_unkeep(struct ul_dhcp6_srv *srv, const struct ul_addr *addr)
{
	return ul_lease6_unkeep(srv->pool, addr);
}

void ul_dhcp6_srv_each(const struct ul_dhcp6_srv *srv, int64_t now_us,
		       void (*fn)(const struct ul_lease *lease, void *arg),
		       void *arg)
{
	ul_lease6_each(srv->pool, now_us, fn, arg);
}

uint64_t ul_dhcp6_srv_changes(const struct ul_dhcp6_srv *srv)
{
	return ul_lease6_changes(srv->pool);
}

void ul_dhcp6_srv_each_known(const struct ul_dhcp6_srv *srv,
			      void (*fn)(const struct ul_lease *lease,
					 void *arg), void *arg)
{
	ul_lease6_each_known(srv->pool, fn, arg);
}

int ul_dhcp6_srv_restore(struct ul_dhcp6_srv *srv,
			 const struct ul_lease *lease)
{
	return ul_lease6_restore(srv->pool, lease);
}

void ul_dhcp6_srv_set_lease_time(struct ul_dhcp6_srv *srv, uint32_t lease_s)
{
	srv->conf.lease_s = lease_s;
}
