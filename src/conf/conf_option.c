/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf_option.c - the options of a network, by name
 *
 * The order of the table is the order in which settings are applied: what
 * moves other values (name, subnet) comes before those values.
 */
#include "conf/conf_option.h"

#include <errno.h>
#include <stdarg.h>

#include "conf/forward_spec.h"
#include "conf/host_spec.h"
#include "conf/port_spec.h"
#include "conf/uplink_spec.h"
#include "conf/value.h"

#define SUBNET_LEN_MIN 8
#define SUBNET_LEN_MAX 30	/* a gateway and a guest */
#define SUBNET_LEN_PLANNED 27	/* longer ones have no .15 */
#define PREFIX6_LEN 64
#define LEASE_MIN_S 60
#define DNS_PORT 53
#define IFNAME_MAX 15		/* IFNAMSIZ less the NUL */

/* One flow must be able to work: its largest ring, or what it may pin. */
#define BYTES_MIN (1ull << 20)
#define BYTES_MAX (1ull << 40)
#define FLOWS_MAX 1000000

static int __attribute__((format(printf, 2, 3)))
refuse(char **why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*why = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int set_text(char **field, const char *value, char **why)
{
	if (!*value)
		return refuse(why, "is empty");
	g_free(*field);
	*field = g_strdup(value);
	return 0;
}

static int set_uint(unsigned int *field, const char *value, unsigned int min,
		    unsigned int max, char **why)
{
	uint64_t v;
	int rc = ul_value_number(&v, value, min, max, why);

	if (!rc)
		*field = (unsigned int)v;
	return rc;
}

static int set_name(struct ul_conf *conf, const char *value, char **why)
{
	int rc = ul_value_check_label(value, why);

	if (!rc)
		ul_conf_set_name(conf, value);
	return rc;
}

static int set_mode(struct ul_conf *conf, const char *value, char **why)
{
	enum ul_mode mode;

	if (ul_mode_parse(&mode, value) < 0)
		return refuse(why, "is no mode; there are nat, nat-network, "
			      "internal, host-only and bridged");
	ul_conf_set_mode(conf, mode);
	return 0;
}

static int add_listen(struct ul_conf *conf, enum ul_listen_kind kind,
		      const char *value, char **why)
{
	if (!*value)
		return refuse(why, "is empty");
	ul_conf_add_listen(conf, kind, value);
	return 0;
}

static int set_socket(struct ul_conf *conf, const char *value, char **why)
{
	return add_listen(conf, UL_LISTEN_STREAM, value, why);
}

static int set_seqpacket(struct ul_conf *conf, const char *value, char **why)
{
	return add_listen(conf, UL_LISTEN_SEQPACKET, value, why);
}

static int set_dgram(struct ul_conf *conf, const char *value, char **why)
{
	return add_listen(conf, UL_LISTEN_DGRAM, value, why);
}

/* Who connects over TCP cannot be told: this machine's own addresses only. */
static int set_tcp(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_ep ep;

	if (ul_value_ep(&ep, value, 0, why) < 0)
		return -EINVAL;
	if (!ul_addr_is_loopback(&ep.addr) || !ep.port)
		return refuse(why, "write a loopback address and a port, as in "
			      "127.0.0.1:7000");
	return add_listen(conf, UL_LISTEN_TCP, value, why);
}

static int set_fd(struct ul_conf *conf, const char *value, char **why)
{
	unsigned int given;
	int rc = set_uint(&given, value, 0, INT32_MAX, why);
	int fd = (int)given;

	if (!rc)
		g_array_append_val(conf->fds, fd);
	return rc;
}

static int set_allow_uid(struct ul_conf *conf, const char *value, char **why)
{
	unsigned int given;
	int rc = set_uint(&given, value, 0, UINT32_MAX - 1, why);
	uid_t uid = given;

	if (!rc)
		g_array_append_val(conf->allowed_uids, uid);
	return rc;
}

static int set_port(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_port_conf *port;
	int rc = ul_port_spec_parse(&port, value, why);

	if (!rc)
		g_ptr_array_add(conf->ports, port);
	return rc;
}

static int set_host(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_host_conf *host;
	int rc = ul_host_spec_parse(&host, value, why);

	if (!rc)
		g_ptr_array_add(conf->hosts, host);
	return rc;
}

static int set_netns(struct ul_conf *conf, const char *value, char **why)
{
	return set_text(&conf->netns, value, why);
}

static int set_no_netns_config(struct ul_conf *conf, const char *value,
			       char **why)
{
	conf->netns_no_config = true;
	return 0;
}

static int set_no_offload(struct ul_conf *conf, const char *value, char **why)
{
	conf->netns_no_offload = true;
	return 0;
}

static int set_ifname(struct ul_conf *conf, const char *value, char **why)
{
	for (const char *s = value; *s; s++)
		if (!g_ascii_isgraph(*s) || strchr("/:%", *s))
			return refuse(why, "'%c' cannot be in the name of an "
				      "interface", *s);
	if (strlen(value) > IFNAME_MAX || !strcmp(value, ".") ||
	    !strcmp(value, ".."))
		return refuse(why, "write a name of at most %d bytes",
			      IFNAME_MAX);
	return set_text(&conf->netns_ifname, value, why);
}

/* A network that hosts can be numbered from. */
static bool is_unicast(const struct ul_prefix *p)
{
	return !ul_addr_is_any(&p->addr) && p->addr.b[12] != 0 &&
	       p->addr.b[12] < 224 && !ul_addr_is_loopback(&p->addr) &&
	       !ul_addr_is_linklocal(&p->addr);
}

static int set_subnet(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_prefix p;

	if (ul_prefix_parse(&p, value) < 0 || !ul_addr_is_v4(&p.addr))
		return refuse(why, "write the IPv4 address of a network, its "
			      "host bits zero, and the length of its prefix, "
			      "as in 10.0.2.0/24");
	if (p.len < SUBNET_LEN_MIN || p.len > SUBNET_LEN_MAX)
		return refuse(why, "the length of the prefix must be %d to %d",
			      SUBNET_LEN_MIN, SUBNET_LEN_MAX);
	if (!is_unicast(&p))
		return refuse(why, "guests cannot have addresses of this "
			      "network; take one of 10.0.0.0/8, 172.16.0.0/12 "
			      "or 192.168.0.0/16");
	ul_conf_set_subnet(conf, &p);
	conf->has_free_subnet = false;
	return 0;
}

static int set_subnet_overlap(struct ul_conf *conf, const char *value,
			      char **why)
{
	conf->may_overlap = true;
	return 0;
}

static bool is_host_of(const struct ul_prefix *p, const struct ul_addr *a)
{
	struct ul_addr last = ul_prefix_broadcast(p);

	return ul_prefix_has(p, a) && !ul_addr_eq(a, &p->addr) &&
	       !ul_addr_eq(a, &last);
}

static int set_gateway(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_addr a;
	char net[UL_ADDR_STRLEN];

	if (ul_addr_parse(&a, value) < 0 || !ul_addr_is_v4(&a))
		return refuse(why, "write an IPv4 address");
	if (!is_host_of(&conf->subnet, &a))
		return refuse(why, "is not the address of a host in the "
			      "subnet %s/%u",
			      ul_addr_str(&conf->subnet.addr, net),
			      conf->subnet.len);
	ul_conf_set_gateway4(conf, &a);
	conf->has_free_subnet = false;
	return 0;
}

static int set_ipv6_prefix(struct ul_conf *conf, const char *value,
			   char **why)
{
	struct ul_prefix p;

	if (ul_prefix_parse(&p, value) < 0 || ul_addr_is_v4(&p.addr) ||
	    p.len != PREFIX6_LEN)
		return refuse(why, "write an IPv6 prefix of length %d, as in "
			      "fd00:1:2:3::/64", PREFIX6_LEN);
	if (ul_addr_is_any(&p.addr) || ul_addr_is_multicast(&p.addr) ||
	    ul_addr_is_linklocal(&p.addr))
		return refuse(why, "guests cannot have addresses of this "
			      "prefix; take one of fd00::/8");
	ul_conf_set_prefix6(conf, &p);
	return 0;
}

static int set_no_ipv6(struct ul_conf *conf, const char *value, char **why)
{
	conf->has_ipv6 = false;
	return 0;
}

static int set_uplink(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_uplink_conf *uplink;
	int rc = ul_uplink_spec_parse(&uplink, value, why);

	if (!rc)
		g_ptr_array_add(conf->uplinks, uplink);
	return rc;
}

/* A server without a router lets nobody out: it has services alone. */
static int set_dhcp(struct ul_conf *conf, const char *value, char **why)
{
	conf->has_dhcp = true;
	conf->has_router = true;
	return 0;
}

static int set_no_dhcp(struct ul_conf *conf, const char *value, char **why)
{
	conf->has_dhcp = false;
	return 0;
}

static int set_dhcp_range(struct ul_conf *conf, const char *value, char **why)
{
	g_auto(GStrv) part = g_strsplit(value, "-", 2);
	struct ul_addr first, last;
	char net[UL_ADDR_STRLEN];

	if (g_strv_length(part) != 2 || ul_addr_parse(&first, part[0]) < 0 ||
	    ul_addr_parse(&last, part[1]) < 0 || !ul_addr_is_v4(&first) ||
	    !ul_addr_is_v4(&last) ||
	    ul_addr_to_v4(&first) > ul_addr_to_v4(&last))
		return refuse(why, "write the first and the last IPv4 address "
			      "that may be leased, as in 10.0.2.50-10.0.2.99");
	if (!is_host_of(&conf->subnet, &first) ||
	    !is_host_of(&conf->subnet, &last))
		return refuse(why, "is not within the hosts of the subnet "
			      "%s/%u", ul_addr_str(&conf->subnet.addr, net),
			      conf->subnet.len);
	conf->has_free_subnet = false;
	conf->pool_first = conf->guest4 = first;
	conf->pool_last = last;
	return 0;
}

static int set_egress(struct ul_conf *conf, const char *value, char **why)
{
	if (!ul_egress_parse(&conf->egress, value))
		return 0;
	return refuse(why, "write any or none");
}

/* What is right beyond this depends on IPv6: ul_conf_check(). */
static int set_mtu(struct ul_conf *conf, const char *value, char **why)
{
	return set_uint(&conf->mtu, value, 576, UL_CONF_MTU_STREAM, why);
}

static int set_forward(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_forward_conf *f;
	int rc = ul_forward_spec_parse(&f, value, why);

	if (!rc)
		g_ptr_array_add(conf->forwards, f);
	return rc;
}

static int set_host_loopback(struct ul_conf *conf, const char *value,
			     char **why)
{
	conf->host_loopback = true;
	if (!value)
		return 0;
	return ul_value_port_list(conf->host_loopback_ports, value, why);
}

static int set_dns(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_ep ep;
	int rc = ul_value_ep(&ep, value, DNS_PORT, why);

	if (rc)
		return rc;
	if (ul_addr_is_any(&ep.addr) || ul_addr_is_multicast(&ep.addr))
		return refuse(why, "is not the address of one host");
	g_array_append_val(conf->dns_upstreams, ep);
	return 0;
}

static int set_lease_time(struct ul_conf *conf, const char *value, char **why)
{
	return set_uint(&conf->lease_time_s, value, LEASE_MIN_S, INT32_MAX,
			why);
}

static int set_domain(struct ul_conf *conf, const char *value, char **why)
{
	int rc = ul_value_check_domain(value, why);

	return rc ? rc : set_text(&conf->domain, value, why);
}

static int set_max_flows(struct ul_conf *conf, const char *value, char **why)
{
	return set_uint(&conf->limits.max_tcp_flows, value, 1, FLOWS_MAX, why);
}

static int set_max_half_open(struct ul_conf *conf, const char *value,
			     char **why)
{
	return set_uint(&conf->limits.max_tcp_half_open, value, 1, FLOWS_MAX,
			why);
}

static int set_max_udp(struct ul_conf *conf, const char *value, char **why)
{
	return set_uint(&conf->limits.max_udp_flows, value, 1, FLOWS_MAX, why);
}

static int set_max_ping(struct ul_conf *conf, const char *value, char **why)
{
	return set_uint(&conf->limits.max_icmp_flows, value, 1, FLOWS_MAX,
			why);
}

static int set_max_pinned(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_size(&conf->limits.max_pinned_bytes, value, BYTES_MIN,
			     BYTES_MAX, why);
}

static int set_max_send(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_size(&conf->limits.max_send_bytes, value, BYTES_MIN,
			     BYTES_MAX, why);
}

static int set_control(struct ul_conf *conf, const char *value, char **why)
{
	return set_text(&conf->control_path, value, why);
}

static int set_pid(struct ul_conf *conf, const char *value, char **why)
{
	return set_text(&conf->pid_file, value, why);
}

static int set_log_file(struct ul_conf *conf, const char *value, char **why)
{
	return set_text(&conf->log_file, value, why);
}

static int set_pcap(struct ul_conf *conf, const char *value, char **why)
{
	return set_text(&conf->pcap_file, value, why);
}

static int set_ready_fd(struct ul_conf *conf, const char *value, char **why)
{
	unsigned int fd;
	int rc = set_uint(&fd, value, 0, INT32_MAX, why);

	if (!rc)
		conf->ready_fd = (int)fd;
	return rc;
}

static int set_foreground(struct ul_conf *conf, const char *value, char **why)
{
	conf->foreground = true;
	return 0;
}

static int set_quiet(struct ul_conf *conf, const char *value, char **why)
{
	conf->quiet = true;
	return 0;
}

static int set_debug(struct ul_conf *conf, const char *value, char **why)
{
	conf->debug = true;
	return 0;
}

static int set_one_off(struct ul_conf *conf, const char *value, char **why)
{
	conf->one_off = true;
	return 0;
}

static int set_check(struct ul_conf *conf, const char *value, char **why)
{
	conf->check_only = true;
	return 0;
}

static const struct ul_conf_option options[] = {
	{ "name", 0, UL_OPTION_VALUE, false, set_name },
	{ "mode", 0, UL_OPTION_VALUE, false, set_mode },
	{ "socket", 0, UL_OPTION_VALUE, true, set_socket },
	{ "seqpacket", 0, UL_OPTION_VALUE, true, set_seqpacket },
	{ "dgram", 0, UL_OPTION_VALUE, true, set_dgram },
	{ "tcp", 0, UL_OPTION_VALUE, true, set_tcp },
	{ "fd", 0, UL_OPTION_VALUE, true, set_fd },
	{ "netns", 0, UL_OPTION_VALUE, false, set_netns },
	{ "no-netns-config", 0, UL_OPTION_FLAG, false, set_no_netns_config },
	{ "ifname", 0, UL_OPTION_VALUE, false, set_ifname },
	{ "no-offload", 0, UL_OPTION_FLAG, false, set_no_offload },
	{ "subnet", 0, UL_OPTION_VALUE, false, set_subnet },
	{ "subnet-overlap", 0, UL_OPTION_FLAG, false, set_subnet_overlap },
	{ "gateway", 0, UL_OPTION_VALUE, false, set_gateway },
	{ "dhcp", 0, UL_OPTION_FLAG, false, set_dhcp },
	{ "no-dhcp", 0, UL_OPTION_FLAG, false, set_no_dhcp },
	{ "dhcp-range", 0, UL_OPTION_VALUE, false, set_dhcp_range },
	{ "ipv6-prefix", 0, UL_OPTION_VALUE, false, set_ipv6_prefix },
	{ "no-ipv6", 0, UL_OPTION_FLAG, false, set_no_ipv6 },
	{ "mtu", 0, UL_OPTION_VALUE, false, set_mtu },
	{ "allow-uid", 0, UL_OPTION_VALUE, true, set_allow_uid },
	{ "port", 0, UL_OPTION_VALUE, true, set_port },
	{ "host", 0, UL_OPTION_VALUE, true, set_host },
	{ "uplink", 0, UL_OPTION_VALUE, true, set_uplink },
	{ "egress", 0, UL_OPTION_VALUE, false, set_egress },
	{ "forward", 'p', UL_OPTION_VALUE, true, set_forward },
	{ "host-loopback", 0, UL_OPTION_MAYBE, false, set_host_loopback },
	{ "dns", 0, UL_OPTION_VALUE, true, set_dns },
	{ "lease-time", 0, UL_OPTION_VALUE, false, set_lease_time },
	{ "domain", 0, UL_OPTION_VALUE, false, set_domain },
	{ "max-flows", 0, UL_OPTION_VALUE, false, set_max_flows },
	{ "max-half-open", 0, UL_OPTION_VALUE, false, set_max_half_open },
	{ "max-udp", 0, UL_OPTION_VALUE, false, set_max_udp },
	{ "max-ping", 0, UL_OPTION_VALUE, false, set_max_ping },
	{ "max-pinned", 0, UL_OPTION_VALUE, false, set_max_pinned },
	{ "max-send", 0, UL_OPTION_VALUE, false, set_max_send },
	{ "control", 0, UL_OPTION_VALUE, false, set_control },
	{ "pid", 0, UL_OPTION_VALUE, false, set_pid },
	{ "foreground", 'f', UL_OPTION_FLAG, false, set_foreground },
	{ "quiet", 'q', UL_OPTION_FLAG, false, set_quiet },
	{ "debug", 'd', UL_OPTION_FLAG, false, set_debug },
	{ "one-off", '1', UL_OPTION_FLAG, false, set_one_off },
	{ "ready-fd", 0, UL_OPTION_VALUE, false, set_ready_fd },
	{ "log-file", 0, UL_OPTION_VALUE, false, set_log_file },
	{ "pcap", 0, UL_OPTION_VALUE, false, set_pcap },
	{ "check", 0, UL_OPTION_FLAG, false, set_check },
};

static const struct {
	const char *one, *other;
} excludes[] = {
	{ "dhcp", "no-dhcp" },
	{ "no-dhcp", "dhcp-range" },
	{ "no-ipv6", "ipv6-prefix" },
	{ "quiet", "debug" },
};

static const struct {
	const char *name, *needs;
} needs[] = {
	{ "no-netns-config", "netns" },
	{ "ifname", "netns" },
	{ "no-offload", "netns" },
};

const struct ul_conf_option *ul_conf_options(size_t *count)
{
	*count = G_N_ELEMENTS(options);
	return options;
}

/* How often @name is among @settings. */
static size_t times_given(const struct ul_conf_setting *settings, size_t count,
			  const char *name)
{
	size_t times = 0;

	for (size_t i = 0; i < count; i++)
		times += !strcmp(settings[i].option->name, name);
	return times;
}

static int check_company(const struct ul_conf_setting *settings, size_t count,
			 char **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(excludes); i++)
		if (times_given(settings, count, excludes[i].one) &&
		    times_given(settings, count, excludes[i].other))
			return refuse(error, "--%s and --%s exclude each "
				      "other", excludes[i].one,
				      excludes[i].other);
	for (size_t i = 0; i < G_N_ELEMENTS(needs); i++)
		if (times_given(settings, count, needs[i].name) &&
		    !times_given(settings, count, needs[i].needs))
			return refuse(error, "--%s says nothing without --%s",
				      needs[i].name, needs[i].needs);
	return 0;
}

/* Flags may be repeated: twice true is true. */
static int check_repeats(const struct ul_conf_setting *settings, size_t count,
			 char **error)
{
	for (size_t i = 0; i < count; i++) {
		const struct ul_conf_option *o = settings[i].option;

		if (!o->repeats && o->arg != UL_OPTION_FLAG &&
		    times_given(settings, count, o->name) > 1)
			return refuse(error, "--%s is given twice", o->name);
	}
	return 0;
}

static int apply_one(struct ul_conf *conf, const struct ul_conf_setting *s,
		     char **error)
{
	g_autofree char *why = NULL;

	if (!s->option->set(conf, s->value, &why))
		return 0;
	if (!s->value)
		return refuse(error, "--%s: %s", s->option->name, why);
	return refuse(error, "--%s %s: %s", s->option->name, s->value, why);
}

int ul_conf_apply(struct ul_conf *conf, const struct ul_conf_setting *settings,
		  size_t count, char **error)
{
	int rc = check_repeats(settings, count, error);

	if (!rc)
		rc = check_company(settings, count, error);
	for (size_t o = 0; o < G_N_ELEMENTS(options) && !rc; o++)
		for (size_t i = 0; i < count && !rc; i++)
			if (settings[i].option == &options[o])
				rc = apply_one(conf, &settings[i], error);
	if (!rc && conf->subnet.len > SUBNET_LEN_PLANNED &&
	    !times_given(settings, count, "gateway"))
		rc = refuse(error, "--subnet: a subnet smaller than a /%d "
			    "needs --gateway", SUBNET_LEN_PLANNED);
	return rc;
}
