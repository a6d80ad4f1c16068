/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conf.h - what one network is made of
 *
 * Filled by the parsers, settled by ul_conf_check(), and constant from there
 * on. ul_conf_new() is the one place of the defaults. The addresses are
 * always complete: a setter that moves the network moves what is derived
 * from it, so the more special setters are called after the general ones.
 */
#ifndef UL_CONF_CONF_H
#define UL_CONF_CONF_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "conf/mode.h"

#define UL_CONF_MTU_STREAM 65520	/* no offload there: the substitute */
#define UL_CONF_MTU_TAP 1500
#define UL_CONF_NAME_MAX 63		/* one DNS label: RFC 1035 2.3.4 */

/* The kinds of socket that guests attach at. */
enum ul_listen_kind {
	UL_LISTEN_STREAM,		/* UNIX, QEMU's -netdev stream */
	UL_LISTEN_SEQPACKET,		/* UNIX, a frame a packet */
	UL_LISTEN_DGRAM,		/* UNIX, a frame a datagram */
	UL_LISTEN_TCP,			/* the stream over loopback TCP */
	UL_LISTEN_VHOST_USER,		/* UNIX, virtqueues in shared memory */
};
#define UL_LISTEN_KIND_COUNT (UL_LISTEN_VHOST_USER + 1)

struct ul_listen_conf {
	enum ul_listen_kind kind;
	char *where;			/* a path, "@abstract", ADDR:PORT */
};

/* How the guest with a MAC is treated, or every guest ("*"). */
struct ul_port_conf {
	char *name;
	bool has_mac;
	uint8_t mac[6];
	bool is_isolated, is_promiscuous, is_pinned;
	unsigned int macs_max;		/* 0: the default */
	uint64_t rate_in, rate_out;	/* bytes/s from and to it; 0: none */
	uint64_t burst;			/* bytes; 0: the default */
	unsigned int storm_pps;		/* flooded frames/s; 0: the default */
	unsigned int delay_us, jitter_us;	/* of its line, either way */
	unsigned int loss_ppm;		/* frames of a million */
	bool host_loopback;		/* open to this guest, if not to all */
	GArray *loopback_ports;		/* of struct ul_conf_ports; empty: all */
};

struct ul_conf_ports {
	uint16_t first, last;
};

/*
 * One rule of `-p`. Host port host_first + i leads to guest_first + i; a
 * host_first of 0 asks for a free host port (then the rule has one port).
 */
struct ul_forward_conf {
	uint8_t proto;			/* UL_IPPROTO_TCP or UL_IPPROTO_UDP */
	char *path;			/* a UNIX socket: no address, no port */
	struct ul_addr host_addrs[2];
	unsigned int host_addr_count;
	uint16_t host_first, host_last;
	bool when_listening;		/* open while the guest listens; TCP */
	char *guest_name;		/* NULL: it has none here */
	bool has_guest;			/* an address; else, without name, */
	struct ul_addr guest;		/* the VM: ul_conf.guest4 */
	uint16_t guest_first, guest_last;
	char *text;			/* as the user wrote it, for errors */
};

/* Ceilings of what one guest may take. Each has an option of its name. */
struct ul_conf_limits {
	unsigned int max_tcp_flows;
	unsigned int max_tcp_half_open;	/* host connects under way */
	unsigned int max_udp_flows;
	unsigned int max_icmp_flows;
	uint64_t max_pinned_bytes;	/* guest -> host, waiting */
	uint64_t max_send_bytes;	/* host -> guest, waiting */
};

/*
 * What only the library in libslirp's place asks for: a network as guests of
 * that one know it. All zero in the programs.
 */
struct ul_conf_slirp {
	bool is_on;
	bool no_ipv4;
	bool no_dns;			/* dns4 and dns6 are no servers */
	/* Told by DHCP; NULL: not. */
	char *guest_name;
	char *domain;
	char **search;
	char *tftp_name;
	struct ul_addr outbound4, outbound6;	/* "any": the host's choice */
};

struct ul_conf {
	char *name;
	bool has_name;			/* it was given */
	enum ul_mode mode;

	/* The mode's parts, as the options left them. */
	bool has_router;		/* a gateway on the network */
	bool reaches_host;		/* and it stands for the host */
	bool has_dhcp;
	bool tells_route;		/* leases name the gateway */
	enum ul_egress egress;
	GArray *rules;			/* of struct ul_rule, in their order */

	/* Where guests attach; in nat mode one of these. */
	GPtrArray *listens;		/* of struct ul_listen_conf, owned */
	GArray *fds;			/* of int: inherited, connected */
	char *netns;			/* PID or path; NULL when not */
	GArray *allowed_uids;		/* of uid_t, besides our own and root */
	GPtrArray *ports;		/* of struct ul_port_conf, owned */
	GPtrArray *hosts;		/* of struct ul_host_conf, owned */
	GPtrArray *uplinks;		/* of struct ul_uplink_conf, owned */
	bool netns_no_config;		/* leave the tap as it is made */
	bool netns_no_offload;		/* a frame for each packet */
	char *netns_ifname;

	/* IPv4. The pool does not lease gateway4 and dns4, which may be in
	 * it, nor guest4 when the tap of --netns has it. In a /30 dns4 is
	 * gateway4. */
	struct ul_prefix subnet;
	bool has_free_subnet;		/* take the next one that is free */
	bool may_overlap;		/* the subnet, with the host's */
	struct ul_addr gateway4, dns4;
	struct ul_addr pool_first, pool_last;
	struct ul_addr guest4;		/* who leases first; the tap */

	bool has_ipv6;
	struct ul_prefix prefix6;	/* a /64 */
	struct ul_addr gateway6, dns6;
	struct ul_addr guest6;		/* the tap */

	unsigned int mtu;		/* 0 until checked: automatic */
	bool has_auto_mtu;		/* it was: an uplink may lower it */

	GPtrArray *forwards;		/* of struct ul_forward_conf, owned */
	GPtrArray *guestfwds;		/* of struct ul_guestfwd_conf, owned */
	bool host_loopback;		/* the gateway leads there */
	GArray *host_loopback_ports;	/* of struct ul_conf_ports; empty: all */
	GArray *dns_upstreams;		/* of struct ul_ep; empty: the host's */
	GPtrArray *dns_for;		/* of struct ul_dns_for_conf, owned */
	GPtrArray *dns_allow, *dns_deny;	/* of char: domains, owned */
	unsigned int dns_cache;		/* answers kept; 0: none */
	bool no_hosts;			/* the host's hosts file: no names */
	char *hosts_path;		/* NULL: the usual one; for tests */
	uint32_t lease_time_s;
	GPtrArray *boots;		/* of struct ul_boot_conf, owned */
	struct ul_addr next_server;	/* 0.0.0.0: tftp4 */
	char *tftp_dir;			/* NULL: no TFTP */
	struct ul_addr tftp4, tftp6;	/* gateway4 where there is no room */
	bool has_lease_file;		/* said, or else chosen by name */
	char *lease_file;		/* NULL: leases are not kept */
	char *domain;
	struct ul_conf_limits limits;

	struct ul_conf_slirp slirp;

	/* How the process behaves. */
	char *config_file;		/* NULL: the command line is all */
	char *control_path;		/* NULL: no control socket */
	char *pid_file;
	char *log_file;
	char *log_dir;			/* of no use with log_file */
	char *pcap_file;
	int ready_fd;			/* -1 when not */
	unsigned int busy_poll_us;	/* 0: sleep at once */
	bool foreground;
	bool quiet;
	bool debug;
	bool one_off;			/* end when the guest is gone */
	bool check_only;
	bool is_running;		/* descriptors were taken already */
};

/* The defaults, of a network called "nat". */
struct ul_conf *ul_conf_new(void);
void ul_conf_free(struct ul_conf *conf);

/* The parts of @mode, and its address plan. */
void ul_conf_set_mode(struct ul_conf *conf, enum ul_mode mode);

/* Also moves the domain and the IPv6 prefix, which derive from the name. */
void ul_conf_set_name(struct ul_conf *conf, const char *name);

/*
 * Lay the address plan of @subnet (IPv4, at most a /30): gateway, DNS, pool
 * and first guest. Where .15 is not a host's address (below a /27) the pool
 * is what the gateway and the DNS leave.
 */
void ul_conf_set_subnet(struct ul_conf *conf, const struct ul_prefix *subnet);

/* The same plan around another gateway, an address of a host in the subnet. */
void ul_conf_set_gateway4(struct ul_conf *conf, const struct ul_addr *gateway);

/* Gateway, DNS and tap in @prefix, a /64. */
void ul_conf_set_prefix6(struct ul_conf *conf, const struct ul_prefix *prefix);

/*
 * The IPv6 prefix of the network @name: a unique local /64 (RFC 4193) whose
 * 56 bits are a hash of the name, the same on every machine.
 */
struct ul_prefix ul_conf_prefix6_of(const char *name);

void ul_conf_add_listen(struct ul_conf *conf, enum ul_listen_kind kind,
			const char *where);

struct ul_forward_conf *ul_forward_conf_new(void);
void ul_forward_conf_free(struct ul_forward_conf *forward);

#endif
