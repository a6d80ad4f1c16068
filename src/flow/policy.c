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
 * What is never proxied stays closed, with two exemptions. A rule may name
 * one address of that list (base/special.h says which). And a nested host can
 * have its only address inside the network's own prefix (10.0.2.15/24, a VM
 * of QEMU's): the gateway may lead there although the guest can not address
 * it itself. No rule opens the network's own prefixes.
 *
 * Then the rules are asked in their order, about the address after mapping,
 * and the first that matches decides. What none matches is up to the reach:
 * of the internet, private networks and the host are not a part, but for
 * loopback ports, which somebody opened by name. Without egress the gateway
 * is all that a guest can reach. The host's other addresses are closed then
 * like any other: they may be those of networks that the host is on. Where
 * the mode keeps the host out, too, the gateway is an address that gives
 * leases, and leads nowhere, and there are no rules.
 */
#include "flow/policy.h"

#include <assert.h>
#include <glib.h>
#include <netinet/in.h>
#include <time.h>

#include "base/special.h"
#include "flow/rules.h"
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

struct ul_policy {
	struct ul_policy_conf conf;
	struct ul_port_range *ports;
	const struct ul_policy_host *host;
	void *host_arg;
	struct host_addr host4, host6;
	GArray *own;			/* of struct ul_addr: all the host's */
	bool own_was_asked;
	int64_t own_asked_us;
	GArray *rules;			/* of struct ul_rule */
	GArray *hits;			/* of uint64_t, one for each rule */
	bool has_host_rule;		/* one of them is about the host */
	struct ul_heard_table *heard;
	unsigned int serial;
};

static const char *const why_texts[] = {
	[UL_WHY_EGRESS] = "the network's egress is open to it",
	[UL_WHY_GATEWAY] = "the gateway's address stands for the host",
	[UL_WHY_LOOPBACK] = "the host's loopback is open to the guest there",
	[UL_WHY_SERVICE] = "is a service of the router",
	[UL_WHY_RULE] = "a rule says so",
	[UL_WHY_NEVER] = "is an address that is never proxied",
	[UL_WHY_OWN_NET] = "is of the network itself, which is not behind the "
			   "router",
	[UL_WHY_CLOSED_LOOPBACK] = "the host has no address but loopback, "
				   "which is closed: --host-loopback opens it",
	[UL_WHY_NO_EGRESS] = "the network has no egress",
	[UL_WHY_PRIVATE] = "is of a private network, and the egress is the "
			   "internet alone",
	[UL_WHY_HOST] = "is the host itself, and the egress is the internet "
			"alone",
	[UL_WHY_NO_HOST] = "the network has no way to the host",
	[UL_WHY_NO_IPV6] = "the network has no IPv6",
};
static_assert(G_N_ELEMENTS(why_texts) == UL_WHY_COUNT, "each reason");

const char *ul_why_text(enum ul_why why)
{
	return why_texts[why];
}

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

static void host_each(void (*fn)(const struct ul_addr *addr, void *fn_arg),
		      void *fn_arg, void *arg)
{
	ul_hostaddr_each(fn, fn_arg);
}

static const struct ul_policy_host real_host = {
	.find_address = host_find,
	.has_wildcard = host_wildcard,
	.now_us = host_now,
	.each_address = host_each,
};

static int64_t now_of(const struct ul_policy *p)
{
	return p->host->now_us(p->host_arg);
}

static bool is_open_to_all(const struct ul_policy *p, uint16_t port)
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

/* Is loopback's @port open to the guest at @guest? */
static bool port_is_open(const struct ul_policy *p, const void *guest,
			 uint16_t port)
{
	return is_open_to_all(p, port) ||
	       (guest && p->conf.opens_loopback &&
		p->conf.opens_loopback(guest, port, p->conf.arg));
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
	int64_t now = now_of(p);

	if (!h->was_asked || now - h->asked_us >= HOST_ADDR_TTL_US) {
		h->was_asked = true;
		h->asked_us = now;
		find_host_addr(p, h, family);
	}
	return h->is_known && !ul_special_is_never(&h->addr) ? &h->addr : NULL;
}

static void add_own(const struct ul_addr *addr, void *arg)
{
	g_array_append_vals(arg, addr, 1);
}

/* True when they are others. */
static bool find_own(struct ul_policy *p)
{
	GArray *had = p->own;
	bool has_changed;

	p->own = g_array_new(FALSE, FALSE, sizeof(struct ul_addr));
	if (p->host->each_address)
		p->host->each_address(add_own, p->own, p->host_arg);
	has_changed = had->len != p->own->len ||
		      (had->len && memcmp(had->data, p->own->data,
					  had->len * sizeof(struct ul_addr)));
	p->serial += has_changed;
	p->own_was_asked = true;
	p->own_asked_us = now_of(p);
	g_array_unref(had);
	return has_changed;
}

/* Is @a one of the host's, whatever interface it is of? */
static bool is_own(struct ul_policy *p, const struct ul_addr *a)
{
	if (!p->own_was_asked || now_of(p) - p->own_asked_us >=
				 HOST_ADDR_TTL_US)
		find_own(p);
	for (guint i = 0; i < p->own->len; i++)
		if (ul_addr_eq(a, &g_array_index(p->own, struct ul_addr, i)))
			return true;
	return false;
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

static void refuse(struct ul_decision *d, enum ul_verdict verdict,
		   enum ul_why why)
{
	d->verdict = verdict;
	d->why = why;
}

/* Where the gateway leads; d->host is that. */
static void map_gateway(struct ul_policy *p, const struct ul_try *t,
			struct ul_decision *d)
{
	enum ul_family family = ul_addr_family(&t->dst.addr);
	const struct ul_addr *own;

	d->why = UL_WHY_GATEWAY;
	if (port_is_open(p, t->port, t->dst.port)) {
		d->host.addr = loopback(family);
		d->why = UL_WHY_LOOPBACK;
		return;
	}
	own = host_addr(p, family);
	if (own)
		d->host.addr = *own;
	else if (others_are_answered(p, t->proto, family, t->dst.port))
		d->host.addr = loopback(family);
	else
		refuse(d, UL_VERDICT_NEVER, UL_WHY_CLOSED_LOOPBACK);
}

static enum ul_rule_proto rule_proto(uint8_t proto)
{
	if (proto == UL_IPPROTO_TCP)
		return UL_RULE_TCP;
	return proto == UL_IPPROTO_UDP ? UL_RULE_UDP : UL_RULE_ICMP;
}

/* The rules' word on d->host. False when none matches. */
static bool ask_rules(struct ul_policy *p, const struct ul_try *t,
		      bool is_gw, struct ul_decision *d)
{
	const struct ul_rule *rules = (const struct ul_rule *)p->rules->data;
	struct ul_rules_target target = {
		.addr = d->host.addr,
		.gateway = is_gw ? &t->dst.addr : NULL,
		.is_host = is_gw || (p->has_host_rule &&
				     is_own(p, &d->host.addr)),
		.must_be_named = !is_gw &&
				 ul_special_is_never(&d->host.addr),
		.proto = rule_proto(t->proto), .port = t->dst.port,
		.is_open = t->is_open, .now_us = now_of(p),
	};
	int i = ul_rules_find(rules, p->rules->len, p->heard, &target,
			      &d->name);

	if (i < 0)
		return false;
	d->rule = (unsigned int)i + 1;
	refuse(d, rules[i].allows ? UL_VERDICT_ALLOW : UL_VERDICT_PROHIBITED,
	       UL_WHY_RULE);
	return true;
}

/* The gateway, which no rule is about. */
static void ask_reach_gateway(const struct ul_policy *p, struct ul_decision *d)
{
	if (p->conf.reach == UL_REACH_INTERNET && d->why != UL_WHY_LOOPBACK)
		refuse(d, UL_VERDICT_PROHIBITED, UL_WHY_HOST);
}

/* Another address that no rule is about. */
static void ask_reach(struct ul_policy *p, struct ul_decision *d)
{
	switch (p->conf.reach) {
	case UL_REACH_ANY:
		return;
	case UL_REACH_INTERNET:
		if (is_own(p, &d->host.addr))
			refuse(d, UL_VERDICT_PROHIBITED, UL_WHY_HOST);
		else if (ul_special_is_private(&d->host.addr))
			refuse(d, UL_VERDICT_PROHIBITED, UL_WHY_PRIVATE);
		return;
	case UL_REACH_HOST:
	case UL_REACH_NOTHING:
		refuse(d, UL_VERDICT_PROHIBITED, UL_WHY_NO_EGRESS);
		return;
	}
}

static void decide_gateway(struct ul_policy *p, const struct ul_try *t,
			   const struct ul_ep *known, struct ul_decision *d)
{
	if (p->conf.reach == UL_REACH_NOTHING) {
		refuse(d, UL_VERDICT_PROHIBITED, UL_WHY_NO_HOST);
		return;
	}
	map_gateway(p, t, d);
	/* It goes where it went when it began, as long as that is open. */
	if (known && !ul_addr_is_loopback(&known->addr)) {
		d->host = *known;
		d->verdict = UL_VERDICT_ALLOW;
	} else if (known && !ul_addr_eq(&d->host.addr, &known->addr)) {
		refuse(d, UL_VERDICT_NEVER, UL_WHY_CLOSED_LOOPBACK);
	}
	if (d->verdict == UL_VERDICT_ALLOW &&
	    (!p->rules->len || !ask_rules(p, t, true, d)))
		ask_reach_gateway(p, d);
}

static void decide_else(struct ul_policy *p, const struct ul_try *t,
			struct ul_decision *d)
{
	const struct ul_addr *dst = &t->dst.addr;

	if (in_own_prefix(p, dst))
		refuse(d, UL_VERDICT_NEVER, UL_WHY_OWN_NET);
	else if ((!p->rules->len || !ask_rules(p, t, false, d)) &&
		 ul_special_is_never(dst))
		refuse(d, UL_VERDICT_NEVER, UL_WHY_NEVER);
	else if (!d->rule)
		ask_reach(p, d);
	if (d->verdict == UL_VERDICT_ALLOW && !ul_addr_is_v4(dst) &&
	    !p->conf.has_v6)
		refuse(d, UL_VERDICT_NO_ROUTE, UL_WHY_NO_IPV6);
}

/* Does @a stand for the host as libslirp has it? */
static bool is_slirp_host(const struct ul_policy *p, const struct ul_addr *a)
{
	return is_gateway(p, a) || (p->conf.has_v6 &&
				    ul_prefix_has(&p->conf.prefix6, a));
}

/* What the guest sees of a closed loopback is that of libslirp, too. */
static void decide_slirp(struct ul_policy *p, const struct ul_try *t,
			 struct ul_decision *d)
{
	const struct ul_addr *dst = &t->dst.addr;

	if (p->conf.reach == UL_REACH_NOTHING)
		refuse(d, UL_VERDICT_PROHIBITED, UL_WHY_NO_EGRESS);
	else if (ul_addr_eq(dst, &p->conf.dns4) ||
		 ul_addr_eq(dst, &p->conf.dns6))
		refuse(d, UL_VERDICT_NO_ROUTE, UL_WHY_OWN_NET);
	else if (is_slirp_host(p, dst) && !port_is_open(p, t->port,
							 t->dst.port))
		refuse(d, UL_VERDICT_NO_ROUTE, UL_WHY_CLOSED_LOOPBACK);
	else if (is_slirp_host(p, dst))
		d->host.addr = loopback(ul_addr_family(dst));
	else if (ul_special_is_never(dst))
		refuse(d, UL_VERDICT_NEVER, UL_WHY_NEVER);
	else if (!ul_addr_is_v4(dst) && !p->conf.has_v6)
		refuse(d, UL_VERDICT_NO_ROUTE, UL_WHY_NO_IPV6);
}

static void decide(struct ul_policy *p, const struct ul_try *t,
		   const struct ul_ep *known, struct ul_decision *d)
{
	*d = (struct ul_decision){ .host = t->dst, .why = UL_WHY_EGRESS };
	if (p->conf.is_slirp)
		decide_slirp(p, t, d);
	else if (is_gateway(p, &t->dst.addr))
		decide_gateway(p, t, known, d);
	else
		decide_else(p, t, d);
}

void ul_policy_explain(struct ul_policy *policy, const struct ul_try *attempt,
		       struct ul_decision *out)
{
	decide(policy, attempt, NULL, out);
}

enum ul_verdict ul_policy_map(struct ul_policy *policy,
			      const struct ul_try *attempt,
			      struct ul_decision *out)
{
	decide(policy, attempt, NULL, out);
	if (out->rule)
		g_array_index(policy->hits, uint64_t, out->rule - 1)++;
	if (out->name && attempt->is_open)
		ul_heard_use(out->name, now_of(policy));
	return out->verdict;
}

bool ul_policy_still_allows(struct ul_policy *policy,
			    const struct ul_try *attempt,
			    const struct ul_ep *host)
{
	struct ul_decision d;

	decide(policy, attempt, host, &d);
	return d.verdict == UL_VERDICT_ALLOW;
}

void ul_policy_set_loopback(struct ul_policy *policy, bool is_open,
			    const struct ul_port_range *ports,
			    unsigned int count)
{
	g_free(policy->ports);
	policy->ports = ports ? g_memdup2(ports, count * sizeof(*ports)) :
				NULL;
	policy->conf.loopback_port_count = count;
	/* An empty list opens none. */
	policy->conf.host_loopback = is_open && (!ports || policy->ports);
	policy->serial++;
}

bool ul_policy_loopback(const struct ul_policy *policy,
			const struct ul_port_range **ports,
			unsigned int *count)
{
	*ports = policy->ports;
	*count = policy->conf.loopback_port_count;
	return policy->conf.host_loopback;
}

struct ul_policy *ul_policy_new(const struct ul_policy_conf *conf)
{
	struct ul_policy *p = g_new0(struct ul_policy, 1);

	p->conf = *conf;
	p->conf.loopback_ports = NULL;
	ul_policy_set_loopback(p, conf->host_loopback, conf->loopback_ports,
			       conf->loopback_port_count);
	p->own = g_array_new(FALSE, FALSE, sizeof(struct ul_addr));
	p->rules = g_array_new(FALSE, FALSE, sizeof(struct ul_rule));
	p->hits = g_array_new(FALSE, TRUE, sizeof(uint64_t));
	p->heard = ul_heard_table_new();
	p->host = &real_host;
	return p;
}

void ul_policy_free(struct ul_policy *policy)
{
	if (!policy)
		return;
	g_free(policy->ports);
	g_array_unref(policy->own);
	g_array_unref(policy->rules);
	g_array_unref(policy->hits);
	ul_heard_table_free(policy->heard);
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
	policy->own_was_asked = false;
	policy->serial++;
}

bool ul_policy_own_changed(struct ul_policy *policy)
{
	return find_own(policy);
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

static bool is_same_rule(const struct ul_rule *a, const struct ul_rule *b)
{
	return a->allows == b->allows && a->dest == b->dest &&
	       a->proto == b->proto && a->first == b->first &&
	       a->last == b->last && a->is_below == b->is_below &&
	       a->prefix.len == b->prefix.len &&
	       ul_addr_eq(&a->prefix.addr, &b->prefix.addr) &&
	       !strcmp(a->name, b->name);
}

/* What @rule has decided, taken from the old list: once for each there. */
static uint64_t take_hits(struct ul_policy *p, const struct ul_rule *rule)
{
	for (guint i = 0; i < p->rules->len; i++) {
		uint64_t *had = &g_array_index(p->hits, uint64_t, i), n = *had;

		if (!n || !is_same_rule(&g_array_index(p->rules,
						       struct ul_rule, i),
					rule))
			continue;
		*had = 0;
		return n;
	}
	return 0;
}

void ul_policy_set_rules(struct ul_policy *policy,
			 const struct ul_rule *rules, size_t count)
{
	GArray *hits = g_array_sized_new(FALSE, TRUE, sizeof(uint64_t),
					 (guint)count);

	policy->has_host_rule = false;
	for (size_t i = 0; i < count; i++) {
		uint64_t n = take_hits(policy, &rules[i]);

		g_array_append_val(hits, n);
		policy->has_host_rule |= rules[i].dest == UL_RULE_HOST;
	}
	g_array_unref(policy->hits);
	policy->hits = hits;
	g_array_set_size(policy->rules, 0);
	g_array_append_vals(policy->rules, rules, (guint)count);
	policy->serial++;
}

const struct ul_rule *ul_policy_rules(const struct ul_policy *policy,
				      size_t *count)
{
	*count = policy->rules->len;
	return (const struct ul_rule *)policy->rules->data;
}

uint64_t ul_policy_hits(const struct ul_policy *policy, size_t i)
{
	return g_array_index(policy->hits, uint64_t, i);
}

bool ul_policy_minds_host(const struct ul_policy *policy)
{
	return policy->conf.reach == UL_REACH_INTERNET ||
	       policy->has_host_rule;
}

static bool falls_open(const struct ul_policy *p)
{
	return p->conf.reach == UL_REACH_ANY ||
	       p->conf.reach == UL_REACH_INTERNET;
}

bool ul_policy_may_ask(const struct ul_policy *policy, const char *name)
{
	size_t count;
	const struct ul_rule *rules = ul_policy_rules(policy, &count);

	return ul_rules_may_ask(rules, count, name, falls_open(policy));
}

bool ul_policy_may_ask_any(const struct ul_policy *policy)
{
	if (ul_policy_may_ask(policy, ""))
		return true;
	for (guint i = 0; i < policy->rules->len; i++) {
		const struct ul_rule *r = &g_array_index(policy->rules,
							 struct ul_rule, i);

		if (r->allows && r->dest == UL_RULE_NAME)
			return true;
	}
	return false;
}

void ul_policy_heard(struct ul_policy *policy, const char *name,
		     const struct ul_addr *addr, uint32_t ttl_s)
{
	size_t count;
	const struct ul_rule *rules = ul_policy_rules(policy, &count);

	if (!ul_rules_know_name(rules, count, name))
		return;
	ul_heard_add(policy->heard, name, addr, ttl_s, now_of(policy));
}

struct each_heard {
	const struct ul_policy *policy;
	void (*fn)(const char *name, const struct ul_addr *addr,
		   int64_t left_us, void *arg);
	void *arg;
	int64_t now_us;
};

static void tell_heard(const struct ul_heard *h, void *arg)
{
	struct each_heard *e = arg;
	size_t count;
	const struct ul_rule *rules = ul_policy_rules(e->policy, &count);

	if (ul_rules_know_name(rules, count, h->name))
		e->fn(h->name, &h->addr, MAX(0, h->until_us - e->now_us),
		      e->arg);
}

void ul_policy_each_heard(const struct ul_policy *policy,
			  void (*fn)(const char *name,
				     const struct ul_addr *addr,
				     int64_t left_us, void *arg), void *arg)
{
	struct each_heard e = { policy, fn, arg, now_of(policy) };

	ul_heard_each(policy->heard, e.now_us, tell_heard, &e);
}

bool ul_policy_wants_loopback_hint(const struct ul_policy *policy,
				   const void *port, const struct ul_ep *dst)
{
	return policy->conf.reach != UL_REACH_NOTHING &&
	       is_gateway(policy, &dst->addr) &&
	       !port_is_open(policy, port, dst->port);
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
	return ul_special_is_never(host) || in_own_prefix(policy, host);
}
