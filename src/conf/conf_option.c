/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf_option.c - the options of a network, by name
 *
 * The order of the table is the order in which settings are applied: what
 * moves other values (name, subnet) comes before those values.
 */
#include "conf/conf_option.h"

#include <errno.h>

#include "base/error.h"
#include "conf/option_set.h"

#define SUBNET_LEN_PLANNED 27	/* longer ones have no .15 */

/* The words of the table. */
#define FLAG UL_OPTION_FLAG
#define VALUE UL_OPTION_VALUE
#define MAYBE UL_OPTION_MAYBE
#define ONCE UL_OPTION_ONCE
#define MANY UL_OPTION_REPEATS
#define IN(group) UL_GROUP_##group
#define LIVE(by) UL_LIVE_##by
#define FIXED UL_LIVE_NEVER
#define ANY UL_PLACE_ANY
#define LINE UL_PLACE_LINE

/*
 * Name, letter, value, how often, group of --help, what changes it live,
 * where it is said, setter; then the value's name and the help.
 */
static const struct ul_conf_option options[] = {
	{ "config", 0, VALUE, ONCE, IN(PROCESS), FIXED, LINE,
	  ul_option_set_config,
	  "FILE", "read more options there: see userland.conf(5)" },
	{ "name", 0, VALUE, ONCE, IN(NETWORK), FIXED, ANY, ul_option_set_name,
	  "NAME", "its name (nat)" },
	{ "mode", 0, VALUE, ONCE, IN(KIND), FIXED, ANY, ul_option_set_mode,
	  "MODE", "nat (one guest), nat-network, internal, host-only, "
	  "bridged" },
	{ "socket", 0, VALUE, MANY, IN(ATTACH), FIXED, ANY,
	  ul_option_set_socket,
	  "PATH", "listen for QEMU's -netdev stream" },
	{ "seqpacket", 0, VALUE, MANY, IN(ATTACH), FIXED, ANY,
	  ul_option_set_seqpacket,
	  "PATH", "the same, a frame a packet" },
	{ "dgram", 0, VALUE, MANY, IN(ATTACH), FIXED, ANY, ul_option_set_dgram,
	  "PATH", "the same, a frame a datagram" },
	{ "vhost-user", 0, VALUE, MANY, IN(ATTACH), FIXED, ANY,
	  ul_option_set_vhost_user,
	  "PATH", "listen for QEMU's -netdev vhost-user" },
	{ "tcp", 0, VALUE, MANY, IN(ATTACH), FIXED, ANY, ul_option_set_tcp,
	  "ADDR:PORT", "the stream on this host's loopback" },
	{ "fd", 0, VALUE, MANY, IN(ATTACH), FIXED, ANY, ul_option_set_fd,
	  "N", "a connected UNIX socket, inherited" },
	{ "netns", 0, VALUE, ONCE, IN(ATTACH), FIXED, ANY, ul_option_set_netns,
	  "PID|PATH", "a tap in a network namespace" },
	{ "no-netns-config", 0, FLAG, ONCE, IN(ATTACH), FIXED, ANY,
	  ul_option_set_no_netns_config,
	  NULL, "do not give it addresses and routes" },
	{ "ifname", 0, VALUE, ONCE, IN(ATTACH), FIXED, ANY,
	  ul_option_set_ifname,
	  "NAME", "its name (tap0)" },
	{ "no-offload", 0, FLAG, ONCE, IN(ATTACH), FIXED, ANY,
	  ul_option_set_no_offload,
	  NULL, "segments and checksums are its kernel's work" },
	{ "subnet", 0, VALUE, ONCE, IN(NETWORK), FIXED, ANY,
	  ul_option_set_subnet,
	  "CIDR", "IPv4 (10.0.2.0/24, or the next that is free)" },
	{ "subnet-overlap", 0, FLAG, ONCE, IN(NETWORK), FIXED, ANY,
	  ul_option_set_subnet_overlap,
	  NULL, "even where it overlaps one of the host's" },
	{ "gateway", 0, VALUE, ONCE, IN(NETWORK), FIXED, ANY,
	  ul_option_set_gateway,
	  "ADDR", "(.2 of the subnet)" },
	{ "dhcp", 0, FLAG, ONCE, IN(NAMES), FIXED, ANY, ul_option_set_dhcp,
	  NULL, "lease addresses, in internal too" },
	{ "no-dhcp", 0, FLAG, ONCE, IN(NAMES), FIXED, ANY,
	  ul_option_set_no_dhcp,
	  NULL, "lease none" },
	{ "dhcp-range", 0, VALUE, ONCE, IN(NAMES), FIXED, ANY,
	  ul_option_set_dhcp_range,
	  "A-B", "the addresses to lease (.15 to .254)" },
	{ "ipv6-prefix", 0, VALUE, ONCE, IN(NETWORK), FIXED, ANY,
	  ul_option_set_ipv6_prefix,
	  "PREFIX", "a /64 (derived from the name)" },
	{ "no-ipv6", 0, FLAG, ONCE, IN(NETWORK), FIXED, ANY,
	  ul_option_set_no_ipv6,
	  NULL, "IPv4 only" },
	{ "mtu", 0, VALUE, ONCE, IN(NETWORK), FIXED, ANY, ul_option_set_mtu,
	  "N", "(65520 on a socket, 1500 on a tap)" },
	{ "allow-uid", 0, VALUE, MANY, IN(ATTACH), FIXED, ANY,
	  ul_option_set_allow_uid,
	  "UID", "this user may attach too, repeatable" },
	{ "port", 0, VALUE, MANY, IN(ATTACH), LIVE(PORTS), ANY,
	  ul_option_set_port,
	  "NAME=MAC,RULE...", "how the guest with that MAC is treated, or all "
	  "others (*,RULE...), repeatable: isolated, promiscuous, pinned, "
	  "macs-max=N, rate-in=SIZE, rate-out=SIZE, burst=SIZE, storm=N, "
	  "delay=MS, jitter=MS, loss=PERCENT, host-loopback[=PORTS]" },
	{ "host", 0, VALUE, MANY, IN(NAMES), LIVE(HOSTS), ANY,
	  ul_option_set_host,
	  "NAME=MAC[,ADDR]", "a name and an address kept for that machine, "
	  "repeatable" },
	{ "uplink", 0, VALUE, MANY, IN(KIND), FIXED, ANY, ul_option_set_uplink,
	  "UPLINK", "fd:N, tap:NAME, helper:BRIDGE, trunk:ADDR or "
	  "vxlan:VNI@LOCAL=REMOTE,..., repeatable" },
	{ "egress", 0, VALUE, ONCE, IN(POLICY), LIVE(POLICY), ANY,
	  ul_option_set_egress,
	  "any|internet|none", "what guests may reach where no rule says it" },
	{ "allow", 0, VALUE, MANY, IN(POLICY), LIVE(POLICY), ANY,
	  ul_option_set_allow,
	  "RULE", "a rule, repeatable, the first that matches decides: "
	  "any|host|CIDR|NAME|*.NAME [tcp|udp|icmp] [PORT[-PORT]]" },
	{ "deny", 0, VALUE, MANY, IN(POLICY), LIVE(POLICY), ANY,
	  ul_option_set_deny,
	  "RULE", "the other kind, in one order with --allow" },
	{ "rules", 0, VALUE, MANY, IN(POLICY), LIVE(POLICY), ANY,
	  ul_option_set_rules,
	  "RULE;...", "rules that begin with allow or deny, in that order" },
	{ "forward", 'p', VALUE, MANY, IN(FORWARD), LIVE(FORWARDS), ANY,
	  ul_option_set_forward,
	  "FORWARD", "[HOSTIP:]HPORT:[GUEST:]GPORT[/tcp|/udp], ranges as 80-90, "
	  "repeatable" },
	{ "guestfwd", 0, VALUE, MANY, IN(FORWARD), FIXED, ANY,
	  ul_option_set_guestfwd,
	  "RULE", "guests' ADDR:PORT=unix:PATH, tcp:ADDR:PORT or "
	  "exec:PROGRAM ARG..., repeatable" },
	{ "host-loopback", 0, MAYBE, ONCE, IN(POLICY), LIVE(POLICY), ANY,
	  ul_option_set_host_loopback,
	  "PORTS", "let guests reach 127.0.0.1 and ::1" },
	{ "dns", 0, VALUE, MANY, IN(NAMES), LIVE(DNS), ANY, ul_option_set_dns,
	  "ADDR[:PORT]", "a server to ask, repeatable (the host's)" },
	{ "dns-for", 0, VALUE, MANY, IN(NAMES), LIVE(DNS), ANY,
	  ul_option_set_dns_for,
	  "DOMAIN=ADDR[#PORT]", "a server to ask for a domain, repeatable" },
	{ "dns-allow", 0, VALUE, MANY, IN(NAMES), LIVE(DNS), ANY,
	  ul_option_set_dns_allow,
	  "DOMAIN", "guests may ask for it, and for what is allowed alone; "
	  "repeatable" },
	{ "dns-deny", 0, VALUE, MANY, IN(NAMES), LIVE(DNS), ANY,
	  ul_option_set_dns_deny,
	  "DOMAIN", "guests may not ask for it, repeatable" },
	{ "dns-cache", 0, VALUE, ONCE, IN(NAMES), FIXED, ANY,
	  ul_option_set_dns_cache,
	  "N", "answers that are kept, 0 for none (10000)" },
	{ "no-hosts", 0, FLAG, ONCE, IN(NAMES), FIXED, ANY,
	  ul_option_set_no_hosts,
	  NULL, "do not answer the names of the host's hosts file" },
	{ "lease-time", 0, VALUE, ONCE, IN(NAMES), LIVE(DHCP), ANY,
	  ul_option_set_lease_time,
	  "S", "of DHCP (86400)" },
	{ "tftp", 0, VALUE, ONCE, IN(NAMES), FIXED, ANY, ul_option_set_tftp,
	  "DIR", "serve the files of this directory, read-only" },
	{ "bootfile", 0, VALUE, MANY, IN(NAMES), FIXED, ANY,
	  ul_option_set_bootfile,
	  "[CLASS:]FILE", "what machines boot from the network, repeatable: "
	  "CLASS is bios, efi32, efi64, arm64 or ipxe" },
	{ "next-server", 0, VALUE, ONCE, IN(NAMES), FIXED, ANY,
	  ul_option_set_next_server,
	  "ADDR", "who has that file (the one of --tftp)" },
	{ "lease-file", 0, VALUE, ONCE, IN(NAMES), FIXED, ANY,
	  ul_option_set_lease_file,
	  "PATH|none", "where leases are kept over restarts (with --name: "
	  "NAME.leases in the user's state directory)" },
	{ "domain", 0, VALUE, ONCE, IN(NAMES), FIXED, ANY, ul_option_set_domain,
	  "D", "of DHCP (NAME.internal)" },
	{ "max-flows", 0, VALUE, ONCE, IN(LIMIT), FIXED, ANY,
	  ul_option_set_max_flows,
	  "N", "TCP connections (15000)" },
	{ "max-half-open", 0, VALUE, ONCE, IN(LIMIT), FIXED, ANY,
	  ul_option_set_max_half_open,
	  "N", "of these under way (1024)" },
	{ "max-udp", 0, VALUE, ONCE, IN(LIMIT), FIXED, ANY,
	  ul_option_set_max_udp,
	  "N", "UDP ports in use (4096)" },
	{ "max-ping", 0, VALUE, ONCE, IN(LIMIT), FIXED, ANY,
	  ul_option_set_max_ping,
	  "N", "pings in flight (64)" },
	{ "max-pinned", 0, VALUE, ONCE, IN(LIMIT), FIXED, ANY,
	  ul_option_set_max_pinned,
	  "SIZE", "bytes waiting for the host (256M)" },
	{ "max-send", 0, VALUE, ONCE, IN(LIMIT), FIXED, ANY,
	  ul_option_set_max_send,
	  "SIZE", "bytes waiting for the guest (512M)" },
	{ "control", 0, VALUE, ONCE, IN(PROCESS), FIXED, ANY,
	  ul_option_set_control,
	  "PATH", "be controlled there: see userland-qmp(7)" },
	{ "pid", 0, VALUE, ONCE, IN(PROCESS), FIXED, ANY, ul_option_set_pid,
	  "FILE", "write the process id there" },
	{ "foreground", 'f', FLAG, ONCE, IN(PROCESS), FIXED, ANY,
	  ul_option_set_foreground,
	  NULL, "stay on the terminal" },
	{ "quiet", 'q', FLAG, ONCE, IN(PROCESS), LIVE(LOG), ANY,
	  ul_option_set_quiet,
	  NULL, "log errors and warnings only" },
	{ "debug", 'd', FLAG, ONCE, IN(PROCESS), LIVE(LOG), ANY,
	  ul_option_set_debug,
	  NULL, "log everything" },
	{ "one-off", '1', FLAG, ONCE, IN(PROCESS), FIXED, ANY,
	  ul_option_set_one_off,
	  NULL, "end when the guest is gone" },
	{ "ready-fd", 0, VALUE, ONCE, IN(PROCESS), FIXED, ANY,
	  ul_option_set_ready_fd,
	  "N", "write a byte there once ready" },
	{ "busy-poll", 0, VALUE, ONCE, IN(PROCESS), FIXED, ANY,
	  ul_option_set_busy_poll,
	  "US", "look for more so long before sleeping (never)" },
	{ "log-file", 0, VALUE, ONCE, IN(PROCESS), FIXED, ANY,
	  ul_option_set_log_file,
	  "FILE", "append the log there" },
	{ "log-dir", 0, VALUE, ONCE, IN(PROCESS), FIXED, ANY,
	  ul_option_set_log_dir,
	  "DIR", "keep a log of bounded size there, DIR/NAME.log" },
	{ "pcap", 0, VALUE, ONCE, IN(PROCESS), FIXED, ANY, ul_option_set_pcap,
	  "FILE", "capture the guest's frames there" },
	{ "check", 0, FLAG, ONCE, IN(PROCESS), FIXED, LINE, ul_option_set_check,
	  NULL, "check the options and end" },
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

/*
 * These fill one list in the order in which they are given: in the turn of
 * its first row, and all of it is said by one of them.
 */
static const struct {
	const char *name, *first, *whole;
} one_list[] = {
	{ "allow", "allow", "rules" },
	{ "deny", "allow", "rules" },
	{ "rules", "allow", "rules" },
};

const struct ul_conf_option *ul_conf_options(size_t *count)
{
	*count = G_N_ELEMENTS(options);
	return options;
}

const struct ul_conf_option *ul_conf_option_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		if (!strcmp(options[i].name, name))
			return &options[i];
	return NULL;
}

bool ul_conf_option_excludes(const struct ul_conf_option *one,
			     const struct ul_conf_option *other)
{
	for (size_t i = 0; i < G_N_ELEMENTS(excludes); i++)
		if ((!strcmp(one->name, excludes[i].one) &&
		     !strcmp(other->name, excludes[i].other)) ||
		    (!strcmp(one->name, excludes[i].other) &&
		     !strcmp(other->name, excludes[i].one)))
			return true;
	return false;
}

const struct ul_conf_option *
ul_conf_option_turn(const struct ul_conf_option *option)
{
	for (size_t i = 0; i < G_N_ELEMENTS(one_list); i++)
		if (!strcmp(one_list[i].name, option->name))
			return ul_conf_option_find(one_list[i].first);
	return option;
}

const struct ul_conf_option *
ul_conf_option_whole(const struct ul_conf_option *option)
{
	for (size_t i = 0; i < G_N_ELEMENTS(one_list); i++)
		if (!strcmp(one_list[i].name, option->name))
			return ul_conf_option_find(one_list[i].whole);
	return option;
}

/* How often @name is among @settings. */
static size_t times_given(const struct ul_conf_setting *settings, size_t count,
			  const char *name)
{
	const struct ul_conf_option *o = ul_conf_option_find(name);
	size_t times = 0;

	for (size_t i = 0; i < count; i++)
		times += settings[i].option == o;
	return times;
}

static int check_company(const struct ul_conf_setting *settings, size_t count,
			 char **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(excludes); i++)
		if (times_given(settings, count, excludes[i].one) &&
		    times_given(settings, count, excludes[i].other))
			return ul_refuse(error, "--%s and --%s exclude each "
					 "other", excludes[i].one,
					 excludes[i].other);
	for (size_t i = 0; i < G_N_ELEMENTS(needs); i++)
		if (times_given(settings, count, needs[i].name) &&
		    !times_given(settings, count, needs[i].needs))
			return ul_refuse(error, "--%s says nothing without "
					 "--%s", needs[i].name, needs[i].needs);
	return 0;
}

/* Flags may be repeated: twice true is true. */
static int check_repeats(const struct ul_conf_setting *settings, size_t count,
			 char **error)
{
	for (size_t i = 0; i < count; i++) {
		const struct ul_conf_option *o = settings[i].option;

		if (o->times == UL_OPTION_ONCE && o->arg != UL_OPTION_FLAG &&
		    times_given(settings, count, o->name) > 1)
			return ul_refuse(error, "--%s is given twice", o->name);
	}
	return 0;
}

static int apply_one(struct ul_conf *conf, const struct ul_conf_setting *s,
		     char **error)
{
	g_autofree char *why = NULL;

	if (!s->option->set(conf, s->value, &why))
		return 0;
	if (s->where)
		return ul_refuse(error, "%s: %s", s->where, why);
	if (!s->value)
		return ul_refuse(error, "--%s: %s", s->option->name, why);
	return ul_refuse(error, "--%s %s: %s", s->option->name, s->value, why);
}


int ul_conf_apply(struct ul_conf *conf, const struct ul_conf_setting *settings,
		  size_t count, char **error)
{
	int rc = check_repeats(settings, count, error);

	if (!rc)
		rc = check_company(settings, count, error);
	for (size_t o = 0; o < G_N_ELEMENTS(options) && !rc; o++)
		for (size_t i = 0; i < count && !rc; i++)
			if (ul_conf_option_turn(settings[i].option) ==
			    &options[o])
				rc = apply_one(conf, &settings[i], error);
	if (!rc && conf->subnet.len > SUBNET_LEN_PLANNED &&
	    !times_given(settings, count, "gateway"))
		rc = ul_refuse(error, "--subnet: a subnet smaller than a /%d "
			       "needs --gateway", SUBNET_LEN_PLANNED);
	return rc;
}
