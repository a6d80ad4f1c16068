/* SPDX-License-Identifier: BSD-3-Clause */
/* router_dns.c - the router's DNS server, and how guests reach it */
#include "net/router_priv.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"
#include "conf/dns_spec.h"
#include "flow/icmp_error.h"
#include "wire/udp.h"

#define DNS_PORT 53
#define TTL 64
#define PLACES_MIN 16
#define PLACES_PART 16		/* of the descriptors that there are */
#define PLACES_A_STREAM 4

/* Queries that may wait at once, each with a descriptor. */
static unsigned int places(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return PLACES_MIN;
	return (unsigned int)CLAMP(lim.rlim_cur / PLACES_PART, PLACES_MIN,
				   UL_DNS_IN_FLIGHT);
}

static unsigned int streams(void)
{
	return places() / PLACES_A_STREAM;
}

unsigned int ul_router_dns_fds(void)
{
	return places() + streams();
}

void ul_router_reply(const struct ul_ep *guest, const struct ul_ep *service,
		     const uint8_t *data, size_t len, void *arg)
{
	struct ul_router *r = arg;
	struct ul_stack_dgram d = {
		.src = service->addr, .dst = guest->addr,
		.proto = UL_IPPROTO_UDP, .ttl = TTL,
	};
	uint8_t head[UL_UDP_HLEN];
	struct ul_wr w = ul_wr_new(head, sizeof(head));
	struct ul_buf *buf = ul_stack_buf_get(r->ctx.stack);
	struct ul_stack_piece piece[2] = { { head, sizeof(head), NULL } };

	if (!buf || len > buf->cap) {
		ul_buf_unref(buf);
		return;
	}
	memcpy(buf->data, data, len);
	piece[1] = (struct ul_stack_piece){ buf->data, len, buf };
	ul_udp_emit(&w, service, guest, data, len);
	ul_stack_dgram_out(r->ctx.stack, &d, piece, len ? 2 : 1);
	ul_buf_unref(buf);
}

static struct ul_dns_rules *make_rules(const struct ul_conf *conf)
{
	struct ul_dns_rules *rules;

	if (!conf->dns_allow->len && !conf->dns_deny->len)
		return NULL;
	rules = ul_dns_rules_new();
	for (guint i = 0; i < conf->dns_allow->len; i++)
		ul_dns_rules_add(rules, conf->dns_allow->pdata[i],
				 UL_DNS_ALLOW);
	for (guint i = 0; i < conf->dns_deny->len; i++)
		ul_dns_rules_add(rules, conf->dns_deny->pdata[i],
				 UL_DNS_DENY);
	return rules;
}

static void add_domains(struct ul_dns_upstreams *all,
			const struct ul_conf *conf)
{
	for (guint i = 0; i < conf->dns_for->len; i++) {
		const struct ul_dns_for_conf *f = conf->dns_for->pdata[i];
		int rc = ul_dns_upstreams_add(all, f->domain, &f->server);

		if (rc == -ENOSPC)
			ul_log(WARN, "dns", "one server too many for %s: a "
			       "domain has at most %d, and a network %d "
			       "domains", f->domain, UL_DNS_UPSTREAMS,
			       UL_DNS_DOMAINS);
	}
}

void ul_router_make_dns(struct ul_router *r)
{
	const struct ul_conf *conf = r->conf;
	struct ul_dns_relay_conf nc = {
		.loop = r->ctx.loop, .zone = r->zone,
		.upstreams = (const struct ul_ep *)conf->dns_upstreams->data,
		.upstream_count = conf->dns_upstreams->len,
		.in_flight = places(), .streams = streams(),
		.cache_entries = conf->dns_cache,
		.reply = ul_router_reply, .may_ask = ul_router_may_ask,
		.heard = ul_router_heard, .arg = r,
	};

	r->dns = ul_dns_relay_new(&nc);
	add_domains(ul_dns_relay_upstreams(r->dns), conf);
	ul_dns_relay_set_rules(r->dns, make_rules(conf));
}

void ul_router_dns_follow(struct ul_router *r, const struct ul_conf *conf)
{
	ul_dns_upstreams_set(ul_dns_relay_upstreams(r->dns),
			     (const struct ul_ep *)conf->dns_upstreams->data,
			     conf->dns_upstreams->len);
	ul_dns_relay_set_rules(r->dns, make_rules(conf));
}

struct ul_dns_relay *ul_router_dns(const struct ul_router *r)
{
	return r->dns;
}

static bool is_dns(const struct ul_router *r, const struct ul_addr *dst)
{
	if (r->conf->slirp.no_dns)
		return false;
	return ul_addr_eq(dst, &r->conf->dns4) ||
	       (r->conf->has_ipv6 && ul_addr_eq(dst, &r->conf->dns6));
}

bool ul_router_dns_datagram(struct ul_router *r, const struct ul_pkt *pkt,
			    const struct ul_udp *udp)
{
	struct ul_dns_from from = {
		.guest = { pkt->src, udp->src_port },
		.service = { pkt->dst, udp->dst_port },
		.port = pkt->port,
	};

	if (!is_dns(r, &pkt->dst))
		return false;
	if (udp->dst_port != DNS_PORT) {
		ul_icmp_error_send(&r->ctx, pkt, UL_ICMP_PORT_UNREACHABLE, 0);
		return true;
	}
	if (!ul_stack_dgram_in(r->ctx.stack, pkt))
		ul_dns_relay_query(r->dns, &from, pkt->l4 + UL_UDP_HLEN,
				   udp->len - (size_t)UL_UDP_HLEN);
	return true;
}

/* One end of a pair becomes the guest's connection, the server has one. */
int ul_router_dns_serve(const struct ul_ep *guest, const struct ul_ep *dst,
			const void *port, void *arg)
{
	struct ul_router *r = arg;
	int fds[2], ret;

	if (dst->port != DNS_PORT || !is_dns(r, &dst->addr))
		return -ENOENT;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       fds) < 0)
		return errno == ENOENT ? -EIO : -errno;
	ret = ul_dns_relay_accept(r->dns, fds[1], guest, dst, port);
	if (ret < 0) {
		close(fds[0]);
		return ret;
	}
	return fds[0];
}
