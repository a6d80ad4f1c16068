/* SPDX-License-Identifier: BSD-3-Clause */
/* option_service.c - setters: leases and names */
#include "conf/option_set.h"

#include "base/error.h"
#include "conf/boot_spec.h"
#include "conf/host_spec.h"
#include "conf/value.h"

#define LEASE_MIN_S 60
#define DNS_PORT 53

/* A server without a router lets nobody out: it has services alone. */
int ul_option_set_dhcp(struct ul_conf *conf, const char *value, char **why)
{
	conf->has_dhcp = true;
	conf->has_router = true;
	return 0;
}

int ul_option_set_no_dhcp(struct ul_conf *conf, const char *value, char **why)
{
	conf->has_dhcp = false;
	return 0;
}

int ul_option_set_dhcp_range(struct ul_conf *conf, const char *value,
			     char **why)
{
	g_auto(GStrv) part = g_strsplit(value, "-", 2);
	struct ul_addr first, last;
	char net[UL_ADDR_STRLEN];

	if (g_strv_length(part) != 2 || ul_addr_parse(&first, part[0]) < 0 ||
	    ul_addr_parse(&last, part[1]) < 0 || !ul_addr_is_v4(&first) ||
	    !ul_addr_is_v4(&last) ||
	    ul_addr_to_v4(&first) > ul_addr_to_v4(&last))
		return ul_refuse(why, "write the first and the last IPv4 "
				 "address that may be leased, as in "
				 "10.0.2.50-10.0.2.99");
	if (!ul_option_is_host_of(&conf->subnet, &first) ||
	    !ul_option_is_host_of(&conf->subnet, &last))
		return ul_refuse(why, "is not within the hosts of the subnet "
				 "%s/%u", ul_addr_str(&conf->subnet.addr, net),
				 conf->subnet.len);
	conf->has_free_subnet = false;
	conf->pool_first = conf->guest4 = first;
	conf->pool_last = last;
	return 0;
}

int ul_option_set_lease_time(struct ul_conf *conf, const char *value,
			     char **why)
{
	return ul_value_uint(&conf->lease_time_s, value, LEASE_MIN_S, INT32_MAX,
			why);
}

int ul_option_set_domain(struct ul_conf *conf, const char *value, char **why)
{
	int rc = ul_value_check_domain(value, why);

	return rc ? rc : ul_value_text(&conf->domain, value, why);
}

int ul_option_set_dns(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_ep ep;
	int rc = ul_value_ep(&ep, value, DNS_PORT, why);

	if (rc)
		return rc;
	if (ul_addr_is_any(&ep.addr) || ul_addr_is_multicast(&ep.addr))
		return ul_refuse(why, "is not the address of one host");
	g_array_append_val(conf->dns_upstreams, ep);
	return 0;
}

/* A file of that name is written as ./none. */
int ul_option_set_lease_file(struct ul_conf *conf, const char *value,
			     char **why)
{
	conf->has_lease_file = true;
	if (strcmp(value, "none"))
		return ul_value_text(&conf->lease_file, value, why);
	g_clear_pointer(&conf->lease_file, g_free);
	return 0;
}

int ul_option_set_tftp(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_text(&conf->tftp_dir, value, why);
}

int ul_option_set_bootfile(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_boot_conf *boot;
	int rc = ul_boot_spec_parse(&boot, value, why);

	if (!rc)
		g_ptr_array_add(conf->boots, boot);
	return rc;
}

int ul_option_set_next_server(struct ul_conf *conf, const char *value,
			      char **why)
{
	struct ul_addr a;

	if (ul_addr_parse(&a, value) < 0 || !ul_addr_is_v4(&a) ||
	    ul_addr_is_any(&a) || ul_addr_is_multicast(&a))
		return ul_refuse(why, "write the IPv4 address of a TFTP "
				 "server");
	conf->next_server = a;
	return 0;
}

int ul_option_set_host(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_host_conf *host;
	int rc = ul_host_spec_parse(&host, value, why);

	if (!rc)
		g_ptr_array_add(conf->hosts, host);
	return rc;
}

int ul_option_set_no_hosts(struct ul_conf *conf, const char *value, char **why)
{
	conf->no_hosts = true;
	return 0;
}
