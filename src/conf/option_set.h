/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * option_set.h - the setters of options, each in the file of its noun
 *
 * For the table of conf_option.c. A setter writes the value (NULL for a flag)
 * into the conf: 0, or -EINVAL and in *@why half a sentence (the caller's)
 * that says what would be right.
 */
#ifndef UL_CONF_OPTION_SET_H
#define UL_CONF_OPTION_SET_H

#include "conf/conf.h"

#define UL_OPTION_SETTER(name) \
	int ul_option_set_##name(struct ul_conf *conf, const char *value, \
				 char **why)

/* option_attach.c: where guests attach, and uplinks. */
UL_OPTION_SETTER(socket);
UL_OPTION_SETTER(seqpacket);
UL_OPTION_SETTER(vhost_user);
UL_OPTION_SETTER(dgram);
UL_OPTION_SETTER(tcp);
UL_OPTION_SETTER(fd);
UL_OPTION_SETTER(allow_uid);
UL_OPTION_SETTER(port);
UL_OPTION_SETTER(netns);
UL_OPTION_SETTER(no_netns_config);
UL_OPTION_SETTER(no_offload);
UL_OPTION_SETTER(ifname);
UL_OPTION_SETTER(uplink);

/* option_network.c: what kind of network, and its addresses. */
UL_OPTION_SETTER(name);
UL_OPTION_SETTER(mode);
UL_OPTION_SETTER(subnet);
UL_OPTION_SETTER(subnet_overlap);
UL_OPTION_SETTER(gateway);
UL_OPTION_SETTER(ipv6_prefix);
UL_OPTION_SETTER(no_ipv6);
UL_OPTION_SETTER(mtu);

/* option_service.c: leases and names. */
UL_OPTION_SETTER(dhcp);
UL_OPTION_SETTER(no_dhcp);
UL_OPTION_SETTER(dhcp_range);
UL_OPTION_SETTER(no_hosts);
UL_OPTION_SETTER(lease_time);
UL_OPTION_SETTER(domain);
UL_OPTION_SETTER(dns);
UL_OPTION_SETTER(host);
UL_OPTION_SETTER(tftp);
UL_OPTION_SETTER(bootfile);
UL_OPTION_SETTER(next_server);
UL_OPTION_SETTER(lease_file);

/* option_dns.c: whom to ask for names, and for which. */
UL_OPTION_SETTER(dns_for);
UL_OPTION_SETTER(dns_allow);
UL_OPTION_SETTER(dns_deny);
UL_OPTION_SETTER(dns_cache);

/* option_policy.c: what may pass guests, host and beyond. */
UL_OPTION_SETTER(egress);
UL_OPTION_SETTER(allow);
UL_OPTION_SETTER(deny);
UL_OPTION_SETTER(rules);
UL_OPTION_SETTER(host_loopback);
UL_OPTION_SETTER(forward);
UL_OPTION_SETTER(guestfwd);

/* option_limit.c: the ceilings of one guest. */
UL_OPTION_SETTER(max_flows);
UL_OPTION_SETTER(max_half_open);
UL_OPTION_SETTER(max_udp);
UL_OPTION_SETTER(max_ping);
UL_OPTION_SETTER(max_pinned);
UL_OPTION_SETTER(max_send);

/* option_process.c: how the process behaves. */
UL_OPTION_SETTER(config);
UL_OPTION_SETTER(control);
UL_OPTION_SETTER(pid);
UL_OPTION_SETTER(log_file);
UL_OPTION_SETTER(log_dir);
UL_OPTION_SETTER(pcap);
UL_OPTION_SETTER(ready_fd);
UL_OPTION_SETTER(busy_poll);
UL_OPTION_SETTER(foreground);
UL_OPTION_SETTER(quiet);
UL_OPTION_SETTER(debug);
UL_OPTION_SETTER(one_off);
UL_OPTION_SETTER(check);

/* Is @addr one that a host in @subnet can have? */
bool ul_option_is_host_of(const struct ul_prefix *subnet,
			  const struct ul_addr *addr);

#endif
