/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_network.c - a network for those who only ask it */
#include "fake/fake_network.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "net/net_capture.h"
#include "net/net_dns.h"
#include "net/net_flows.h"
#include "net/net_hosts.h"
#include "net/net_records.h"
#include "net/net_stats.h"
#include "net/network.h"

static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
static const struct ul_port_stats stats = {
	.rx_frames = 7, .rx_bytes = UINT64_MAX,
};
static const struct ul_plug_stats plug_stats = { .spoofed = 3 };

static struct fake_port *add(struct ul_network *n, const char *name, int fd)
{
	struct fake_port *p = &n->ports[n->port_count++];

	*p = (struct fake_port){ .fd = fd };
	g_strlcpy(p->name, name, sizeof(p->name));
	return p;
}

void fake_network_init(struct ul_network *n)
{
	struct fake_port *p;

	memset(n, 0, sizeof(*n));
	n->egress = "any";
	g_strlcpy(n->loopback, "80,8000-8010", sizeof(n->loopback));
	n->rules[0] = (struct ul_rule){ .dest = UL_RULE_HOST, .allows = true };
	n->rule_count = 1;
	p = add(n, "web", -1);
	p->conf.has_mac = true;
	memcpy(p->conf.mac, mac, 6);
	p = add(n, "db", -1);
	p->has_conflict = true;
}

void fake_network_fini(struct ul_network *n)
{
	for (unsigned int i = 0; i < n->port_count; i++)
		if (n->ports[i].fd >= 0)
			close(n->ports[i].fd);
	n->port_count = 0;
}

void fake_network_fill(struct ul_network *n)
{
	while (n->port_count < FAKE_PORTS_MAX)
		add(n, "many", -1);
}

struct fake_port *fake_network_port(struct ul_network *n, const char *name)
{
	for (unsigned int i = 0; i < n->port_count; i++)
		if (!strcmp(n->ports[i].name, name))
			return &n->ports[i];
	return NULL;
}

void ul_network_set_events(struct ul_network *n,
			   const struct ul_network_events *events, void *arg)
{
	n->events = events;
	n->events_arg = arg;
}

void ul_network_info(struct ul_network *n, struct ul_network_info *out)
{
	*out = (struct ul_network_info){
		.name = "lab", .mode = "nat-network", .domain = "lab.internal",
		.has_router = true, .has_dhcp = true, .has_ipv6 = true,
		.mtu = 65520, .egress = n->egress,
		.uplink_count = 1, .uplinks = { "tap:br-tap" },
		.ports = n->port_count, .up_us = 5000000,
	};
	ul_prefix_parse(&out->subnet, "10.0.2.0/24");
	ul_prefix_parse(&out->prefix6, "fd00::/64");
	out->gateway4 = ul_prefix_nth(&out->subnet, 2);
	out->dns4 = ul_prefix_nth(&out->subnet, 3);
	out->gateway6 = ul_prefix_nth(&out->prefix6, 2);
	out->dns6 = ul_prefix_nth(&out->prefix6, 3);
	for (unsigned int i = 0; i < n->port_count; i++)
		out->guests += n->ports[i].conf.kind == UL_PLUG_GUEST;
	if (!n->is_bare)
		return;
	out->has_router = out->has_dhcp = false;
	out->uplink_count = 0;
	out->domain = NULL;
}

static struct ul_port_info info_of(const struct fake_port *p)
{
	struct ul_port_info info = {
		.name = p->name, .wire = "stream", .conf = &p->conf,
		.is_attached = true, .attached_us = 61000000, .mac_count = 1,
		.addr_count = 1, .stats = &stats, .plug_stats = &plug_stats,
		.detail = "a tap of br0", .wire_count = 1,
		.wire_counters = { { "rx-stranger", 5 } },
		.conflict_with = p->has_conflict ? "web" : NULL,
	};

	memcpy(info.macs[0], mac, 6);
	memcpy(info.conflict_mac, mac, 6);
	info.addrs[0] = ul_addr_v4(0x0a00020f);
	return info;
}

void ul_network_each_port(struct ul_network *n,
			  void (*fn)(const struct ul_port_info *port,
				     void *arg), void *arg)
{
	for (unsigned int i = 0; i < n->port_count; i++) {
		struct ul_port_info info = info_of(&n->ports[i]);

		fn(&info, arg);
	}
}

static struct ul_lease_info a_lease(void)
{
	struct ul_lease_info lease = {
		.addr = ul_addr_v4(0x0a00020f), .host = "web", .port = "web",
		.name = "www", .is_static = true,
		.left_us = 86400000000,
	};

	memcpy(lease.mac, mac, 6);
	return lease;
}

void ul_network_each_lease(struct ul_network *n,
			   void (*fn)(const struct ul_lease_info *lease,
				      void *arg), void *arg)
{
	struct ul_lease_info lease = a_lease();

	if (!n->is_bare)
		fn(&lease, arg);
}

void ul_network_each_host(struct ul_network *n,
			  void (*fn)(const struct ul_host_info *host,
				     void *arg), void *arg)
{
	static const char *const specs[] = {
		"www=52:54:00:00:00:01,10.0.2.80,fd00::80", "db=id:01ff",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(specs) && !n->is_bare; i++) {
		struct ul_host_info info = {
			.port = "web", .lease_count = 1,
			.leases = { ul_addr_v4(0x0a000250) },
		};
		struct ul_host_conf *host;
		char *why;

		g_assert(!ul_host_spec_parse(&host, specs[i], &why));
		info.conf = host;
		fn(&info, arg);
		ul_host_conf_free(host);
	}
}

int ul_network_add_host(struct ul_network *n, const struct ul_host_conf *host,
			char **error)
{
	if (!strcmp(host->name, "new"))
		return 0;
	*error = g_strdup_printf("there is another host %s", host->name);
	return -EINVAL;
}

int ul_network_remove_host(struct ul_network *n, const char *name,
			   char **error)
{
	if (!strcmp(name, "www"))
		return 0;
	*error = g_strdup_printf("there is no host %s", name);
	return -ENOENT;
}

int ul_network_add_dns_server(struct ul_network *n, const char *spec,
			      char **error)
{
	if (!strcmp(spec, "corp.example=192.0.2.1"))
		return 0;
	*error = g_strdup("write DOMAIN=ADDR");
	return -EINVAL;
}

int ul_network_remove_dns_server(struct ul_network *n, const char *spec,
				 char **error)
{
	if (g_str_has_prefix(spec, "corp.example"))
		return 0;
	*error = g_strdup_printf("no server is asked for %s alone", spec);
	return -ENOENT;
}

void ul_network_each_dns_server(struct ul_network *n,
				void (*fn)(const struct ul_dns_server_info *i,
					   void *arg), void *arg)
{
	struct ul_dns_server_info info = {
		.domain = "corp.example", .asked = 5, .answered = 4,
		.server = { ul_addr_v4(0xc0000201), 53 },
	};

	fn(&info, arg);
}

int ul_network_add_record(struct ul_network *n, const char *name,
			  const char *addr, char **error)
{
	if (!strcmp(name, "git") && !strcmp(addr, "192.0.2.7"))
		return 0;
	*error = g_strdup("it has that address already");
	return -EEXIST;
}

int ul_network_remove_record(struct ul_network *n, const char *name,
			     const char *addr, char **error)
{
	if (!strcmp(name, "git"))
		return 0;
	*error = g_strdup("there is no record of it");
	return -ENOENT;
}

void ul_network_each_record(struct ul_network *n,
			    void (*fn)(const char *name,
				       const struct ul_addr *addr, void *arg),
			    void *arg)
{
	struct ul_addr addr = ul_addr_v4(0xc0000207);

	fn("git", &addr, arg);
}

size_t ul_network_hosts_names(struct ul_network *n)
{
	return 3;
}

int ul_network_flush_dns(struct ul_network *n, char **error)
{
	if (!n->is_bare)
		return 7;
	*error = g_strdup("this network has no router");
	return -ENOENT;
}

int ul_network_lease(struct ul_network *n, const uint8_t guest[6],
		     const char *host, struct ul_addr *out, char **error)
{
	if (n->is_bare) {
		*error = g_strdup("this network has no DHCP");
		return -ENOENT;
	}
	*out = ul_addr_v4(0x0a000200u | guest[5]);
	return 0;
}

/* Policy. */

void ul_network_policy(struct ul_network *n, struct ul_policy_info *out)
{
	*out = (struct ul_policy_info){
		.egress = n->egress, .host_loopback = !n->is_bare,
		.loopback_ports = n->loopback, .denied = 7, .cut = 1,
	};
}

void ul_network_each_rule(struct ul_network *n,
			  void (*fn)(const struct ul_rule_info *rule,
				     void *arg), void *arg)
{
	for (unsigned int i = 0; i < n->rule_count; i++) {
		struct ul_rule_info info = { i + 1, &n->rules[i], i };

		fn(&info, arg);
	}
}

void ul_network_each_heard(struct ul_network *n,
			   void (*fn)(const struct ul_heard_info *heard,
				      void *arg), void *arg)
{
	struct ul_heard_info info = {
		"www.example.com", ul_addr_v4(0xc0000207), 60000000,
	};

	if (!n->is_bare)
		fn(&info, arg);
}

void ul_network_each_loopback(struct ul_network *n,
			      void (*fn)(const char *port, const char *ports,
					 void *arg), void *arg)
{
	if (!n->is_bare)
		fn("web", NULL, arg);
}

int ul_network_change_policy(struct ul_network *n,
			     const struct ul_policy_change *change,
			     char **error)
{
	if (n->is_bare || (change->rules &&
			   change->rule_count > FAKE_RULES_MAX)) {
		*error = g_strdup("this network has no router");
		return -EINVAL;
	}
	if (change->loopback && strlen(change->loopback) > 20) {
		*error = g_strdup("write ports");
		return -EINVAL;
	}
	if (change->loopback)
		g_strlcpy(n->loopback, change->loopback, sizeof(n->loopback));
	if (change->egress)
		n->egress = !strcmp(change->egress, "any") ? "any" :
			    !strcmp(change->egress, "none") ? "none" :
							      "internet";
	if (change->rules) {
		memcpy(n->rules, change->rules,
		       change->rule_count * sizeof(*n->rules));
		n->rule_count = change->rule_count;
	}
	return 0;
}

/* Allowed by the gateway, else by the first rule, if there is one. */
int ul_network_explain(struct ul_network *n,
		       const struct ul_policy_question *q,
		       struct ul_policy_answer *out, char **error)
{
	if (q->port && !fake_network_port(n, q->port)) {
		*error = g_strdup_printf("no port is called '%s'", q->port);
		return -ENOENT;
	}
	*out = (struct ul_policy_answer){
		.is_allowed = !n->rule_count || n->rules[0].allows,
		.reason = "why", .rule = n->rule_count ? 1 : 0,
		.text = n->rules, .host = q->dst,
	};
	return 0;
}

bool ul_network_may_ask(struct ul_network *n, const char *name)
{
	return !n->is_bare;
}

static struct fake_port *find(struct ul_network *n, const char *name,
			      char **error)
{
	struct fake_port *p = fake_network_port(n, name);

	if (!p)
		*error = g_strdup_printf("no port is named %s", name);
	return p;
}

int ul_network_port_conf(struct ul_network *n, const char *name,
			 struct ul_plug_conf *out, char **error)
{
	const struct fake_port *p = find(n, name, error);

	if (!p)
		return -ENOENT;
	*out = p->conf;
	return 0;
}

int ul_network_port_set(struct ul_network *n, const char *name,
			const struct ul_plug_conf *conf, char **error)
{
	struct fake_port *p = find(n, name, error);

	if (!p)
		return -ENOENT;
	p->conf = *conf;
	if (conf->name)
		g_strlcpy(p->name, conf->name, sizeof(p->name));
	p->conf.name = NULL;
	return 0;
}

int ul_network_port_kick(struct ul_network *n, const char *name, char **error)
{
	struct fake_port *p = find(n, name, error);
	struct ul_port_info info;

	if (!p)
		return -ENOENT;
	info = info_of(p);
	if (n->events)
		n->events->port_disconnected(&info, n->events_arg);
	if (p->fd >= 0)
		close(p->fd);
	*p = n->ports[--n->port_count];
	return 0;
}

int ul_network_attach_fd(struct ul_network *n, int take_fd,
			 const struct ul_plug_conf *conf, char **error)
{
	struct ul_port_info info;
	struct fake_port *p;

	if (n->port_count == FAKE_PORTS_MAX) {
		*error = g_strdup("no more ports");
		close(take_fd);
		return -ENOSPC;
	}
	p = add(n, conf->name ? conf->name : "port", take_fd);
	p->conf = *conf;
	p->conf.name = NULL;
	info = info_of(p);
	if (n->events)
		n->events->port_connected(&info, n->events_arg);
	return 0;
}

int ul_network_attach_vhost(struct ul_network *n, int take_fd,
			    const struct ul_plug_conf *conf, char **error)
{
	return ul_network_attach_fd(n, take_fd, conf, error);
}

struct ul_net_dial {
	struct ul_network *network;
	struct ul_net_dial_conf conf;
	int fd;				/* -1: it only knocks */
};

const char *ul_greeting_name(enum ul_greeting how)
{
	return how == UL_GREETING_ACCEPTED ? "accepted" : "refused";
}

static int begin(struct ul_network *n, const struct ul_net_dial_conf *conf,
		 int take_fd, struct ul_net_dial **out, char **error)
{
	struct ul_net_dial *d;

	if (strcmp(conf->guest, "web") || n->dial_count == FAKE_DIALS_MAX) {
		*error = g_strdup_printf("no guest is %s", conf->guest);
		if (take_fd >= 0)
			close(take_fd);
		return -ENOENT;
	}
	if (n->is_crowded)
		fake_network_forward_failed(n);
	d = g_new0(struct ul_net_dial, 1);
	*d = (struct ul_net_dial){ n, *conf, take_fd };
	n->dials[n->dial_count++] = *out = d;
	return 0;
}

int ul_network_dial(struct ul_network *n, const struct ul_net_dial_conf *conf,
		    int take_fd, struct ul_net_dial **out, char **error)
{
	return begin(n, conf, take_fd, out, error);
}

int ul_network_probe(struct ul_network *n, const struct ul_net_dial_conf *conf,
		     struct ul_net_dial **out, char **error)
{
	return begin(n, conf, -1, out, error);
}

void ul_network_dial_cancel(struct ul_net_dial *d)
{
	struct ul_network *n = d->network;

	for (unsigned int i = 0; i < n->dial_count; i++)
		if (n->dials[i] == d)
			n->dials[i] = n->dials[--n->dial_count];
	if (d->fd >= 0)
		close(d->fd);
	g_free(d);
}

void fake_network_answer(struct ul_network *n, enum ul_greeting how)
{
	while (n->dial_count) {
		struct ul_net_dial *d = n->dials[0];
		struct ul_net_dial_conf conf = d->conf;
		struct ul_ep guest = { ul_addr_v4(0x0a00020f), conf.port };

		ul_network_dial_cancel(d);
		conf.fn(&guest, how, conf.arg);
	}
}

/* One of each kind, the last without what need not be there. */
static struct ul_flow_info a_flow(uint64_t id, bool is_ended)
{
	struct ul_flow_info flow = {
		.id = id, .proto = id == 1 ? UL_IPPROTO_UDP : UL_IPPROTO_TCP,
		.is_forward = id == 2, .state = "open", .port = "web",
		.guest = { ul_addr_v4(0x0a00020f), 40000 },
		.outside = { ul_addr_v4(0xc0000201), 80 },
		.has_local = true, .local = { ul_addr_v4(0xc0000202), 50000 },
		.has_remote = true, .remote = { ul_addr_v4(0xc0000201), 80 },
		.from_guest = UINT64_MAX, .to_guest = 2000, .pinned = 65536,
		.waiting_out = 10, .waiting_in = 20, .peers = 3,
		.age_us = 61000000, .idle_us = 1500,
	};

	if (is_ended)
		flow.reason = "idle";
	return flow;
}

void ul_network_flows(struct ul_network *n, const struct ul_flow_query *query,
		      void (*fn)(const struct ul_flow_info *flow, void *arg),
		      void *arg, struct ul_flow_page *out)
{
	*out = (struct ul_flow_page){
		.total = FAKE_FLOWS, .next = query->after,
	};
	n->flows_asked = *query;
	for (uint64_t id = query->after + 1; id <= FAKE_FLOWS; id++) {
		struct ul_flow_info flow = a_flow(id, query->is_ended);

		if (out->next - query->after == query->limit) {
			out->is_truncated = true;
			return;
		}
		fn(&flow, arg);
		out->next = id;
	}
}

void ul_network_stats(struct ul_network *n, struct ul_network_stats *out)
{
	*out = (struct ul_network_stats){
		.up_us = 5000000, .has_router = !n->is_bare, .tcp_open = 7,
		.flow.udp_dropped = UINT64_MAX, .leases = 1,
	};
}

int ul_network_capture_start(struct ul_network *n, int take_fd,
			     const struct ul_net_capture_conf *conf,
			     uint64_t *id, char **error)
{
	n->captured_bytes = write(take_fd, "capture", 7);
	close(take_fd);
	*id = 5;
	if (!conf->port || fake_network_port(n, conf->port))
		return 0;
	*error = g_strdup("no such port");
	return -ENOENT;
}

int ul_network_capture_stop(struct ul_network *n, uint64_t id, char **error)
{
	if (id == 5)
		return 0;
	*error = g_strdup("no such capture");
	return -ENOENT;
}

void ul_network_each_capture(struct ul_network *n,
			     void (*fn)(const struct ul_net_capture_info *info,
					void *arg), void *arg)
{
	struct ul_net_capture_info info = {
		.id = 5, .port = "web", .why_ended = "stopped",
		.stats = { .frames = 7, .bytes = 700, .left_out = 1 },
	};

	fn(&info, arg);
}

int ul_network_flow_close(struct ul_network *n, uint64_t id, char **error)
{
	if (id && id <= FAKE_FLOWS)
		return 0;
	*error = g_strdup("no such flow");
	return -ENOENT;
}

void fake_network_all_events(struct ul_network *n)
{
	const struct ul_network_events *e = n->events;
	struct ul_port_info port = info_of(&n->ports[1]);
	struct ul_lease_info lease = a_lease();
	struct ul_conflict_info conflict = {
		.owner = "web", .intruder = "db", .remedy = "give it another",
	};
	struct ul_denied_info denied = {
		.port = "web", .proto = "tcp", .reason = "never proxied",
		.guest = { ul_addr_v4(0x0a00020f), 1024 },
		.dst = { ul_addr_v4(0x7f000001), 80 },
		.rule = 2, .rule_text = "deny any",
	};
	struct ul_prefix overlap = {
		.addr = ul_addr_v4(0x0a000200), .len = 24,
	};

	port.conf = &n->ports[0].conf;
	memcpy(conflict.mac, mac, 6);
	e->port_connected(&port, n->events_arg);
	e->port_disconnected(&port, n->events_arg);
	e->mac_conflict(&conflict, n->events_arg);
	e->subnet_overlap("eth7", &overlap, n->events_arg);
	e->lease_added(&lease, n->events_arg);
	e->lease_expired(&lease, n->events_arg);
	e->flow_denied(&denied, n->events_arg);
	fake_network_forward_failed(n);
}
