/* SPDX-License-Identifier: BSD-3-Clause */
/* router_status.c - what the router tells of its guests, and to the log */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "net/net_info.h"
#include "net/net_stats.h"
#include "net/router_priv.h"

static void log_tcp(const struct ul_tcp_info *info, void *arg)
{
	char guest[UL_EP_STRLEN], peer[UL_EP_STRLEN], host[UL_EP_STRLEN];

	ul_log(INFO, "flow",
	       "tcp %s %s %s host %s from port %u %s to-host %zu to-guest %zu idle %" PRId64 " s",
	       ul_ep_str(&info->guest, guest), info->is_forward ? "<-" : "->",
	       ul_ep_str(&info->peer, peer), ul_ep_str(&info->host, host),
	       info->host_port, ul_tcp_state_name(info->state),
	       info->to_host, info->to_guest, info->idle_us / 1000000);
}

static void log_udp(const struct ul_ep *guest, uint16_t host_port,
		    int64_t idle_us, void *arg)
{
	char text[UL_EP_STRLEN];

	ul_log(INFO, "flow", "udp %s host from port %u idle %" PRId64 " s",
	       ul_ep_str(guest, text), host_port, idle_us / 1000000);
}

static void log_counters(const struct ul_router *r)
{
	const struct ul_flow_stats *s = &r->ctx.stats;

	ul_log(INFO, "status",
	       "tcp opened %" PRIu64 " refused %" PRIu64 " unreachable %" PRIu64 " timeout %" PRIu64 " over-flows %" PRIu64 " over-half-open %" PRIu64 " no-port %" PRIu64 " no-fd %" PRIu64,
	       s->tcp_opened, s->tcp_refused, s->tcp_unreachable,
	       s->tcp_timeout, s->tcp_over_flows, s->tcp_over_half_open,
	       s->tcp_no_port, s->tcp_no_fd);
	ul_log(INFO, "status",
	       "udp opened %" PRIu64 " over-flows %" PRIu64 " filtered %" PRIu64 " dropped %" PRIu64 "; icmp opened %" PRIu64 " over-flows %" PRIu64 " prohibited %" PRIu64,
	       s->udp_opened, s->udp_over_flows, s->udp_filtered,
	       s->udp_dropped, s->icmp_opened, s->icmp_over_flows,
	       s->icmp_prohibited);
	ul_log(INFO, "status",
	       "denied %" PRIu64 " bad-ip %" PRIu64 " bad-checksum %" PRIu64 " bad-proto %" PRIu64 " fragments %" PRIu64 " bad %" PRIu64 " timeout %" PRIu64 " over %" PRIu64,
	       s->denied, s->bad_ip, s->bad_checksum, s->bad_proto,
	       s->frags_in, s->frags_bad, s->frags_timeout, s->frags_over);
}

static void log_account(struct ul_account *a, void *arg)
{
	const struct ul_router *r = arg;
	const struct ul_flow_limits *l = &r->ctx.limits;

	ul_log(INFO, "status",
	       "%s%s: tcp %u of %u, dialled %u and forwarded %u half open of %u, udp %u and %u clients of %u, icmp %u of %u, pinned %zu of %zu, send buffers %zu of %zu",
	       a->name, ul_account_is_vacant(a) ? " (gone)" : "",
	       a->used[UL_USE_TCP], l->tcp_flows, a->used[UL_USE_TCP_DIAL],
	       a->used[UL_USE_TCP_GREET], l->tcp_half_open,
	       a->used[UL_USE_UDP], a->used[UL_USE_UDP_CLIENT], l->udp_flows,
	       a->used[UL_USE_ICMP], l->icmp_flows, a->budget.pinned, a->budget.pinned_max,
	       a->budget.send, a->budget.send_max);
	ul_log(INFO, "status",
	       "%s: refused tcp %" PRIu64 ", half open %" PRIu64 " and %" PRIu64 ", udp %" PRIu64 ", icmp %" PRIu64 ", descriptors %" PRIu64 "; held back pinned %" PRIu64 ", send %" PRIu64 "; gave up %" PRIu64,
	       a->name, a->over[UL_USE_TCP], a->over[UL_USE_TCP_DIAL],
	       a->over[UL_USE_TCP_GREET], a->over[UL_USE_UDP],
	       a->over[UL_USE_ICMP], a->over_fds, a->budget.over_pinned,
	       a->budget.over_send, a->gave_up);
}

static void log_limits(struct ul_router *r)
{
	const struct ul_accounts *all = r->ctx.accounts;

	ul_log(INFO, "status",
	       "%zu tcp flows; descriptors of flows: %u of %u, a guest's fair part %u",
	       ul_tcp_proxy_count(r->tcp), ul_accounts_fds(all),
	       ul_accounts_fds_max(all), ul_accounts_fds_fair(all));
	ul_accounts_each(r->ctx.accounts, log_account, r);
}

static void log_memory(const struct ul_router *r)
{
	const struct ul_stack_stats *s = ul_stack_stats(r->ctx.stack);

	ul_log(INFO, "status", "over-pinned %" PRIu64 " over-send %" PRIu64,
	       s->over_pinned, s->over_send);
	ul_log(INFO, "status",
	       "pinned %zu of %" PRIu64 ", send buffers %zu of %" PRIu64,
	       ul_stack_pinned_bytes(r->ctx.stack),
	       UL_ROUTER_BUDGETS * r->conf->limits.max_pinned_bytes,
	       ul_stack_send_bytes(r->ctx.stack),
	       UL_ROUTER_BUDGETS * r->conf->limits.max_send_bytes);
}

static void count_udp(const struct ul_ep *guest, uint16_t host_port,
		      int64_t idle_us, void *arg)
{
	size_t *count = arg;

	(*count)++;
}

void ul_router_count_flows(const struct ul_router *r, size_t *tcp, size_t *udp)
{
	*tcp = ul_tcp_proxy_count(r->tcp);
	*udp = 0;
	ul_udp_proxy_each(r->udp, count_udp, udp);
}

int ul_router_lease(struct ul_router *r, const uint8_t mac[6],
		    const char *host, struct ul_addr *out)
{
	struct ul_lease_client client = { .host = host };
	int rc;

	if (!r->dhcp)
		return -ENOENT;
	memcpy(client.mac, mac, sizeof(client.mac));
	rc = ul_dhcp4_srv_lease(r->dhcp, &client, ul_loop_now(r->ctx.loop),
				out);
	ul_router_note_leases(r);
	return rc;
}

void ul_router_each_lease(const struct ul_router *r,
			  void (*fn)(const struct ul_lease *lease, void *arg),
			  void *arg)
{
	if (r->dhcp6)
		ul_dhcp6_srv_each(r->dhcp6, ul_loop_now(r->ctx.loop), fn, arg);
	if (r->dhcp)
		ul_dhcp4_srv_each(r->dhcp, ul_loop_now(r->ctx.loop), fn,
				  arg);
}

struct ul_flow_book *ul_router_flows(const struct ul_router *r)
{
	return ul_accounts_book(r->ctx.accounts);
}

static void count_lease(const struct ul_lease *lease, void *arg)
{
	++*(uint64_t *)arg;
}

void ul_router_stats(const struct ul_router *r, struct ul_network_stats *out)
{
	const struct ul_stack_stats *s = ul_stack_stats(r->ctx.stack);
	size_t tcp, udp;

	ul_router_count_flows(r, &tcp, &udp);
	out->tcp_open = tcp;
	out->udp_open = udp;
	out->flow = r->ctx.stats;
	out->pinned = ul_stack_pinned_bytes(r->ctx.stack);
	out->pinned_max = UL_ROUTER_BUDGETS * r->conf->limits.max_pinned_bytes;
	out->send = ul_stack_send_bytes(r->ctx.stack);
	out->send_max = UL_ROUTER_BUDGETS * r->conf->limits.max_send_bytes;
	out->over_pinned = s->over_pinned;
	out->over_send = s->over_send;
	out->fds = ul_accounts_fds(r->ctx.accounts);
	out->fds_max = ul_accounts_fds_max(r->ctx.accounts);
	out->dns = *ul_dns_relay_stats(r->dns);
	out->dns_in_flight = ul_dns_relay_in_flight(r->dns);
	ul_router_each_lease(r, count_lease, &out->leases);
}

void ul_router_log_status(struct ul_router *r)
{
	log_counters(r);
	log_limits(r);
	log_memory(r);
	ul_tcp_proxy_each(r->tcp, log_tcp, NULL);
	ul_udp_proxy_each(r->udp, log_udp, NULL);
}
