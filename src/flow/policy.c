/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * policy.c - may this destination be reached, and where is it on the host?
 *
 * The gateway's address stands for the host. It leads, in this order, to the
 * host's loopback address when that was opened for the port; to the address
 * that others know the host by; and on a host that has none, to loopback,
 * but only for a service that listens on the wildcard address and so would
 * answer others as well. What is bound to loopback alone stays closed.
 *
 * The list of destinations that are never proxied is applied to the result,
 * with one exemption: a nested host can have its only address inside the
 * network's own prefix (10.0.2.15/24, a VM of QEMU's), and the gateway may
 * lead there although the guest can not address it itself.
 *
 * Without egress the gateway is all that a guest can reach. The host's other
 * addresses are closed then like any other: they may be those of networks
 * that the host is on. Where the mode keeps the host out, too, the gateway
 * is an address that gives leases, and leads nowhere.
 */
#include "flow/policy.h"

#include <glib.h>
#include <netinet/in.h>
#include <time.h>

#include "sys/hostaddr.h"
#include "sys/sockdiag.h"
#include "wire/pkt.h"

/* Changes are told, ul_policy_host_changed(); this is for what is missed. */
#define HOST_ADDR_TTL_US 1000000ll

/* The host's address of one family, as last found. */
struct host_addr {
	struct ul_addr addr;
	bool is_known;
	bool was_asked;
	int64_t asked_us;
};

/* Both families; the network's own prefixes come on top. */
static const char *const never_text[] = {
	"0.0.0.0/8",		/* RFC 1122 3.2.1.3: this host */
	"127.0.0.0/8",
	"169.254.0.0/16",	/* link-local, cloud metadata */
	"224.0.0.0/4",
	"240.0.0.0/4",		/* reserved, limited broadcast */
	"::/128",
	"::1/128",
	"fe80::/10",
	"ff00::/8",
	"fd00:ec2::254/128",	/* cloud metadata over IPv6 */
};
#define NEVER_COUNT (sizeof(never_text) / sizeof(*never_text))

struct ul_policy {
	struct ul_prefix never[NEVER_COUNT];
	struct ul_policy_conf conf;
	struct ul_port_range *ports;
	const struct ul_policy_host *host;
	void *host_arg;
	struct host_addr host4, host6;
	unsigned int serial;
};

static int host_find(enum ul_family family, struct ul_addr *out, void *arg)
{
	return ul_hostaddr_find(family, out);
}

static int host_wildcard(enum ul_family family, int ip_proto, uint16_t port,
			 void *arg)
{
	return ul_sockdiag_has_wildcard(family, ip_proto, port);
}

static int64_t host_now(void *arg)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec * 1000000ll + ts.tv_nsec / 1000;
}

static const struct ul_policy_host real_host = {
	.find_address = host_find,
	.has_wildcard = host_wildcard,
	.now_us = host_now,
};

static bool port_is_open(const struct ul_policy *p, uint16_t port)
{
	if (!p->conf.host_loopback)
		return false;
	if (!p->ports)
		return true;
	for (unsigned int i = 0; i < p->conf.loopback_port_count; i++)
		if (port >= p->ports[i].first && port <= p->ports[i].last)
			return true;
	return false;
}

static bool is_gateway(const struct ul_policy *p, const struct ul_addr *a)
{
	if (ul_addr_is_v4(a))
		return ul_addr_eq(a, &p->conf.gateway4);
	return p->conf.has_v6 && ul_addr_eq(a, &p->conf.gateway6);
}

static bool in_own_prefix(const struct ul_policy *p, const struct ul_addr *a)
{
	return ul_prefix_has(&p->conf.prefix4, a) ||
	       (p->conf.has_v6 && ul_prefix_has(&p->conf.prefix6, a));
}

static bool is_listed(const struct ul_policy *p, const struct ul_addr *a)
{
	for (size_t i = 0; i < NEVER_COUNT; i++)
		if (ul_prefix_has(&p->never[i], a))
			return true;
	return false;
}

static void find_host_addr(struct ul_policy *p, struct host_addr *h,
			   enum ul_family family)
{
	struct host_addr had = *h;

	h->is_known = p->host->find_address(family, &h->addr,
					    p->host_arg) == 0;
	if (h->is_known != had.is_known ||
	    (h->is_known && !ul_addr_eq(&h->addr, &had.addr)))
		p->serial++;
}

/* The host's own address, asked for again when it is old. NULL: none. */
static const struct ul_addr *host_addr(struct ul_policy *p,
				       enum ul_family family)
{
	struct host_addr *h = family == UL_V4 ? &p->host4 : &p->host6;
	int64_t now = p->host->now_us(p->host_arg);

	if (!h->was_asked || now - h->asked_us >= HOST_ADDR_TTL_US) {
		h->was_asked = true;
		h->asked_us = now;
		find_host_addr(p, h, family);
	}
	return h->is_known && !is_listed(p, &h->addr) ? &h->addr : NULL;
}

static struct ul_addr loopback(enum ul_family family)
{
	struct ul_addr one = { .b = { [15] = 1 } };

	return family == UL_V4 ? ul_addr_v4(INADDR_LOOPBACK) : one;
}

static bool others_are_answered(struct ul_policy *p, uint8_t proto,
				enum ul_family family, uint16_t port)
{
	if (proto != UL_IPPROTO_TCP && proto != UL_IPPROTO_UDP)
		return false;
	return p->host->has_wildcard(family, proto, port, p->host_arg) > 0;
}

static enum ul_verdict map_gateway(struct ul_policy *p, uint8_t proto,
				   const struct ul_ep *dst,
				   struct ul_ep *host)
{
	enum ul_family family = ul_addr_family(&dst->addr);
	const struct ul_addr *own;

	host->port = dst->port;
	if (port_is_open(p, dst->port)) {
		host->addr = loopback(family);
		return UL_VERDICT_ALLOW;
	}
	own = host_addr(p, family);
	if (own) {
		host->addr = *own;
		return UL_VERDICT_ALLOW;
	}
	if (!others_are_answered(p, proto, family, dst->port))
		return UL_VERDICT_NEVER;
	host->addr = loopback(family);
	return UL_VERDICT_ALLOW;
}

struct ul_policy *ul_policy_new(const struct ul_policy_conf *conf)
{
	struct ul_policy *p = g_new0(struct ul_policy, 1);

	for (size_t i = 0; i < NEVER_COUNT; i++)
		if (ul_prefix_parse(&p->never[i], never_text[i]) < 0)
			g_assert_not_reached();
	p->conf = *conf;
	if (conf->loopback_ports)
		p->ports = g_memdup2(conf->loopback_ports,
				     conf->loopback_port_count *
				     sizeof(*conf->loopback_ports));
	if (conf->loopback_ports && !p->ports)	/* an empty list */
		p->conf.host_loopback = false;
	p->conf.loopback_ports = NULL;
	p->host = &real_host;
	return p;
}

void ul_policy_free(struct ul_policy *policy)
{
	if (!policy)
		return;
	g_free(policy->ports);
	g_free(policy);
}

void ul_policy_set_host(struct ul_policy *policy,
			const struct ul_policy_host *host, void *arg)
{
	policy->host = host;
	policy->host_arg = arg;
	ul_policy_host_changed(policy);
}

void ul_policy_host_changed(struct ul_policy *policy)
{
	policy->host4.was_asked = false;
	policy->host6.was_asked = false;
	policy->serial++;
}

unsigned int ul_policy_serial(const struct ul_policy *policy)
{
	return policy->serial;
}

void ul_policy_set_reach(struct ul_policy *policy, enum ul_reach reach)
{
	policy->conf.reach = reach;
	policy->serial++;
}

bool ul_policy_is_prohibited(const struct ul_policy *policy,
			     const struct ul_addr *dst)
{
	switch (policy->conf.reach) {
	case UL_REACH_ANY:
		return false;
	case UL_REACH_HOST:
		return !is_gateway(policy, dst);
	case UL_REACH_NOTHING:
		break;
	}
	return true;
}

enum ul_verdict ul_policy_map(struct ul_policy *policy, uint8_t proto,
			      const struct ul_ep *dst, struct ul_ep *host)
{
	struct ul_ep to = *dst;
	enum ul_verdict verdict;

	if (is_gateway(policy, &dst->addr) &&
	    !ul_policy_is_prohibited(policy, &dst->addr)) {
		verdict = map_gateway(policy, proto, dst, &to);
		if (verdict == UL_VERDICT_ALLOW)
			*host = to;
		return verdict;
	}
	if (!is_gateway(policy, &dst->addr) &&
	    ul_policy_is_never(policy, &dst->addr))
		return UL_VERDICT_NEVER;
	if (ul_policy_is_prohibited(policy, &dst->addr))
		return UL_VERDICT_PROHIBITED;
	if (!ul_addr_is_v4(&dst->addr) && !policy->conf.has_v6)
		return UL_VERDICT_NO_ROUTE;
	*host = to;
	return UL_VERDICT_ALLOW;
}

bool ul_policy_wants_loopback_hint(const struct ul_policy *policy,
				   const struct ul_ep *dst)
{
	return policy->conf.reach != UL_REACH_NOTHING &&
	       is_gateway(policy, &dst->addr) &&
	       !port_is_open(policy, dst->port);
}

bool ul_policy_is_broadcast(const struct ul_policy *policy,
			    const struct ul_addr *addr)
{
	struct ul_addr last;

	if (ul_addr_is_multicast(addr))
		return true;
	if (!ul_addr_is_v4(addr))
		return false;
	last = ul_prefix_broadcast(&policy->conf.prefix4);
	return ul_addr_to_v4(addr) == INADDR_BROADCAST ||
	       ul_addr_eq(addr, &last);
}

bool ul_policy_is_never(const struct ul_policy *policy,
			const struct ul_addr *host)
{
	return is_listed(policy, host) || in_own_prefix(policy, host);
}
