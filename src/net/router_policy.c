/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_policy.c - what guests may reach: the policy of a router
 *
 * DNS follows it. Names that the rules do not allow are not asked for, and
 * where no name may be asked the relay is closed; the addresses that names
 * are answered with are heard before the guest gets them, so a connection
 * that follows finds them known.
 */
#include "net/router_priv.h"

#include <glib.h>

#include "net/net_info.h"
#include "sys/netwatch.h"

#define DNS_PORT 53

static bool opens_loopback(const void *port, uint16_t n, void *arg)
{
	struct ul_router *r = arg;

	return r->link.opens_loopback &&
	       r->link.opens_loopback(port, n, r->link.arg);
}

/* Whether, and which ports, as @conf has it. */
static void set_loopback(struct ul_policy *policy, bool is_open,
			 const GArray *ports)
{
	guint count = ports->len;
	struct ul_port_range *ranges =
		g_new0(struct ul_port_range, count + 1);

	for (guint i = 0; i < count; i++) {
		struct ul_conf_ports *p = &g_array_index(
			ports, struct ul_conf_ports, i);

		ranges[i] = (struct ul_port_range){ p->first, p->last };
	}
	ul_policy_set_loopback(policy, is_open, count ? ranges : NULL, count);
	g_free(ranges);
}

void ul_router_make_policy(struct ul_router *r)
{
	const struct ul_conf *conf = r->conf;
	const struct ul_policy_conf pc = {
		.prefix4 = conf->subnet, .prefix6 = conf->prefix6,
		.has_v6 = conf->has_ipv6,
		.gateway4 = conf->gateway4, .gateway6 = conf->gateway6,
		.opens_loopback = opens_loopback, .arg = r,
		.is_slirp = conf->slirp.is_on,
		.dns4 = conf->slirp.no_dns ? ul_addr_v4(0) : conf->dns4,
		.dns6 = conf->slirp.no_dns ? ul_addr_v4(0) : conf->dns6,
	};

	r->ctx.policy = ul_policy_new(&pc);
	set_loopback(r->ctx.policy, conf->host_loopback,
		     conf->host_loopback_ports);
}

void ul_router_set_loopback(struct ul_router *r, bool is_open,
			    const GArray *ports)
{
	set_loopback(r->ctx.policy, is_open, ports);
	ul_router_policy_changed(r);
}

bool ul_router_may_ask(const char *name, void *arg)
{
	struct ul_router *r = arg;

	return ul_policy_may_ask(r->ctx.policy, name);
}

void ul_router_heard(const char *name, const struct ul_addr *addr,
		     uint32_t ttl_s, void *arg)
{
	struct ul_router *r = arg;

	ul_policy_heard(r->ctx.policy, name, addr, ttl_s);
}

void ul_router_policy_changed(struct ul_router *r)
{
	ul_tcp_proxy_policy_changed(r->tcp);
	ul_udp_proxy_policy_changed(r->udp);
	ul_icmp_proxy_policy_changed(r->icmp);
}

static enum ul_reach reach_of(const struct ul_router *r,
			      enum ul_egress egress)
{
	switch (egress) {
	case UL_EGRESS_ANY:
		return UL_REACH_ANY;
	case UL_EGRESS_INTERNET:
		return UL_REACH_INTERNET;
	case UL_EGRESS_NONE:
		break;
	}
	return r->conf->reaches_host ? UL_REACH_HOST : UL_REACH_NOTHING;
}

static void apply(struct ul_router *r)
{
	if (ul_policy_may_ask_any(r->ctx.policy))
		ul_dns_relay_open(r->dns);
	else
		ul_dns_relay_close(r->dns);
	ul_router_policy_changed(r);
}

void ul_router_set_egress(struct ul_router *r, enum ul_egress egress)
{
	ul_policy_set_reach(r->ctx.policy, reach_of(r, egress));
	apply(r);
}

void ul_router_set_policy(struct ul_router *r, enum ul_egress egress,
			  const struct ul_rule *rules, size_t count)
{
	ul_policy_set_reach(r->ctx.policy, reach_of(r, egress));
	ul_policy_set_rules(r->ctx.policy, rules, count);
	apply(r);
}

/* Is it the router's own to answer, whatever the policy says? */
static bool is_service(const struct ul_router *r, const struct ul_try *t)
{
	const struct ul_addr *a = &t->dst.addr;

	if (t->proto == UL_IPPROTO_ICMP || t->proto == UL_IPPROTO_ICMP6)
		return ul_router_is_own(r, a);
	if (t->dst.port == DNS_PORT &&
	    (ul_addr_eq(a, &r->conf->dns4) ||
	     (r->conf->has_ipv6 && ul_addr_eq(a, &r->conf->dns6))))
		return true;
	return t->proto == UL_IPPROTO_TCP &&
	       ul_guestfwds_find(r->guestfwds, &t->dst);
}

void ul_router_explain(struct ul_router *r, const struct ul_try *attempt,
		       struct ul_decision *out)
{
	if (is_service(r, attempt))
		*out = (struct ul_decision){ .why = UL_WHY_SERVICE };
	else
		ul_policy_explain(r->ctx.policy, attempt, out);
}

struct ul_policy *ul_router_policy(struct ul_router *r)
{
	return r->ctx.policy;
}

void ul_router_count_denied(const struct ul_router *r, uint64_t *denied,
			    uint64_t *cut)
{
	*denied = r->ctx.stats.denied;
	*cut = r->ctx.stats.cut;
}

static const char *proto_name(uint8_t proto)
{
	switch (proto) {
	case UL_IPPROTO_TCP:
		return "tcp";
	case UL_IPPROTO_UDP:
		return "udp";
	}
	return "icmp";
}

void ul_router_denied(const struct ul_pkt *pkt, const struct ul_decision *d,
		      void *arg)
{
	struct ul_router *r = arg;
	struct ul_rd rd = ul_rd_new(pkt->l4, pkt->l4_len);
	char text[UL_RULE_STRLEN];
	struct ul_denied_info info = {
		.proto = proto_name(pkt->proto),
		.guest = { .addr = pkt->src }, .dst = { .addr = pkt->dst },
		.reason = ul_why_text(d->why), .rule = d->rule,
	};
	size_t count;

	if (!r->link.denied)
		return;
	if (d->rule)
		info.rule_text = ul_rule_str(
			&ul_policy_rules(r->ctx.policy, &count)[d->rule - 1],
			text);
	if (pkt->port)
		info.port = r->link.name_of(pkt->port, r->link.arg);
	if (pkt->proto == UL_IPPROTO_TCP || pkt->proto == UL_IPPROTO_UDP) {
		info.guest.port = ul_rd_u16(&rd);
		info.dst.port = ul_rd_u16(&rd);
	}
	r->link.denied(&info, r->link.arg);
}

static void on_host_net(uint32_t events, void *arg)
{
	struct ul_router *r = arg;

	if (!ul_netwatch_drain(r->host_net.fd))
		return;
	ul_policy_host_changed(r->ctx.policy);
	if (ul_policy_minds_host(r->ctx.policy) &&
	    ul_policy_own_changed(r->ctx.policy))
		ul_router_policy_changed(r);
	ul_router_host6_changed(r);
	if (r->link.host_changed)
		r->link.host_changed(r->link.arg);
}

/* Without it the policy still asks once a second. */
void ul_router_watch_host(struct ul_router *r)
{
	int fd = ul_netwatch_open();

	r->host_net.fd = -1;
	if (fd < 0)
		return;
	if (ul_watch_add(r->ctx.loop, &r->host_net, fd, EPOLLIN, on_host_net,
			 r) < 0) {
		close(fd);
		r->host_net.fd = -1;
	}
}
