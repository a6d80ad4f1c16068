/* SPDX-License-Identifier: BSD-3-Clause */
/* router_guests.c - guests come, go, and share what the router has */
#include "net/router_priv.h"

#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"

#define RESERVED_FDS 64		/* for forwards and files */

static struct ul_account *account_of(const struct ul_addr *guest, void *arg)
{
	struct ul_router *r = arg;
	const struct ul_neigh *n = ul_neigh_find(r->neigh, guest);
	const void *port;

	if (!n)
		return ul_account_gone(r->ctx.accounts, guest);
	port = r->link.port_of(n->mac, r->link.arg);
	return ul_account_at(r->ctx.accounts, port ? port : n->port);
}

/* What it has most of can be spared best. */
static void on_give_up(struct ul_account *a, void *arg)
{
	struct ul_router *r = arg;
	bool has_more_udp = a->used[UL_USE_UDP] > a->used[UL_USE_TCP];

	if (has_more_udp && ul_udp_proxy_give_up(r->udp, a))
		return;
	if (!ul_tcp_proxy_give_up(r->tcp, a) &&
	    !ul_udp_proxy_give_up(r->udp, a))
		ul_icmp_proxy_give_up(r->icmp, a);
}

/* Its peers on the host side learn that nobody is there any more. */
static void on_forget(struct ul_account *a, void *arg)
{
	struct ul_router *r = arg;

	if (a->used[UL_USE_TCP])
		ul_log(INFO, "router",
		       "the guest of %s did not come back: %u TCP flows reset",
		       a->name, a->used[UL_USE_TCP]);
	ul_tcp_proxy_reset_account(r->tcp, a);
	ul_udp_proxy_forget(r->udp, a);
	ul_icmp_proxy_forget(r->icmp, a);
}

static void on_adopt(struct ul_account *from, struct ul_account *to, void *arg)
{
	struct ul_router *r = arg;

	ul_log(INFO, "router", "the guest of %s is back at %s: %u TCP flows go on",
	       from->name, to->name, from->used[UL_USE_TCP]);
	ul_tcp_proxy_adopt(r->tcp, from, to);
	ul_udp_proxy_adopt(r->udp, from, to);
}

static const char *on_name_of(const void *port, void *arg)
{
	struct ul_router *r = arg;

	return r->link.name_of(port, r->link.arg);
}

static const struct ul_accounts_handler handler = {
	.give_up = on_give_up,
	.forget = on_forget,
	.adopt = on_adopt,
	.name_of = on_name_of,
};

/* What flows leave: besides the fixed part what DNS may have. */
static rlim_t reserved_fds(void)
{
	return RESERVED_FDS + ul_router_dns_fds();
}

/* How many descriptors flows may have together. */
static unsigned int flow_fds(void)
{
	rlim_t reserved = reserved_fds();
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return UINT_MAX;
	if (lim.rlim_cur <= reserved)
		return 1;
	return (unsigned int)MIN(lim.rlim_cur - reserved, UINT_MAX);
}

/*
 * Every flow has a descriptor. When there are not as many as the limits add
 * up to, each gives up its part: no kind of flow can push the others out.
 */
static void fit_limits(struct ul_flow_limits *l, uint64_t have)
{
	uint64_t want = (uint64_t)l->tcp_flows + l->udp_flows + l->icmp_flows;

	if (want <= have)
		return;
	l->tcp_flows = (unsigned int)MAX(1, l->tcp_flows * have / want);
	l->udp_flows = (unsigned int)MAX(1, l->udp_flows * have / want);
	l->icmp_flows = (unsigned int)MAX(1, l->icmp_flows * have / want);
	ul_log(INFO, "router",
	       "%u open files leave room for %u TCP, %u UDP and %u ping flows",
	       (unsigned int)(have + reserved_fds()), l->tcp_flows, l->udp_flows,
	       l->icmp_flows);
}

void ul_router_make_accounts(struct ul_router *r)
{
	const struct ul_conf_limits *c = &r->conf->limits;
	struct ul_accounts_conf ac = {
		.loop = r->ctx.loop, .limits = &r->ctx.limits,
		.fds = flow_fds(),
		.pinned_bytes = UL_ROUTER_BUDGETS * c->max_pinned_bytes,
		.send_bytes = UL_ROUTER_BUDGETS * c->max_send_bytes,
		.handler = &handler, .arg = r,
	};

	r->ctx.limits = (struct ul_flow_limits){
		.tcp_flows = c->max_tcp_flows,
		.tcp_half_open = c->max_tcp_half_open,
		.udp_flows = c->max_udp_flows,
		.icmp_flows = c->max_icmp_flows,
		.pinned_bytes = c->max_pinned_bytes,
		.send_bytes = c->max_send_bytes,
	};
	fit_limits(&r->ctx.limits, ac.fds);
	r->ctx.accounts = ul_accounts_new(&ac);
	r->ctx.account_of = account_of;
	r->ctx.account_of_arg = r;
}

void ul_router_resume(struct ul_router *r, struct ul_port *port)
{
	struct ul_account *a = ul_account_find(r->ctx.accounts, port);

	if (a)
		ul_tcp_proxy_resume(r->tcp, a);
}

void ul_router_attached(struct ul_router *r, struct ul_port *port)
{
	ul_account_at(r->ctx.accounts, port);
	ul_router_attached6(r);
	ul_forwards_hurry(r->forwards);
}

/* The next guest is another machine, with an MTU of its own. */
void ul_router_detached(struct ul_router *r, struct ul_port *port)
{
	/* What waits to go on with more would come from a port that is not. */
	ul_router_batch_end(r);
	ul_ip_in_forget_port(r->ip_in, port);
	ul_neigh_forget_port(r->neigh, port);
	ul_router_unclaim4(r, port);
	ul_router_resume(r, port);
	ul_account_leave(r->ctx.accounts, port);
}

struct each_neighbor {
	const struct ul_router *router;
	void (*fn)(const struct ul_addr *addr, const uint8_t mac[6],
		   void *arg);
	void *arg;
};

static bool tell_neighbor(const struct ul_neigh *n, void *arg)
{
	const struct each_neighbor *e = arg;

	e->fn(&n->addr, n->mac, e->arg);
	return true;
}

static void tell_neighbors_at(const void *port, void *arg)
{
	struct each_neighbor *e = arg;

	ul_neigh_each_at(e->router->neigh, port, tell_neighbor, e);
}

void ul_router_each_neighbor(const struct ul_router *r,
			     void (*fn)(const struct ul_addr *addr,
					const uint8_t mac[6], void *arg),
			     void *arg)
{
	struct each_neighbor e = { r, fn, arg };

	ul_neigh_each_port(r->neigh, tell_neighbors_at, &e);
}

void ul_router_each_lingering(const struct ul_router *r,
			      void (*fn)(const struct ul_flow_info *info,
					 void *arg), void *arg)
{
	ul_tcp_proxy_each_lingering(r->tcp, fn, arg);
}
