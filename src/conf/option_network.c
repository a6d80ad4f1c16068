/* SPDX-License-Identifier: BSD-3-Clause */
/* option_network.c - setters: what kind of network, and its addresses */
#include "conf/option_set.h"

#include "base/error.h"
#include "conf/value.h"

#define SUBNET_LEN_MIN 8
#define SUBNET_LEN_MAX 30	/* a gateway and a guest */
#define PREFIX6_LEN 64

int ul_option_set_name(struct ul_conf *conf, const char *value, char **why)
{
	int rc = ul_value_check_label(value, why);

	if (rc)
		return rc;
	ul_conf_set_name(conf, value);
	conf->has_name = true;
	return 0;
}

int ul_option_set_mode(struct ul_conf *conf, const char *value, char **why)
{
	enum ul_mode mode;

	if (ul_mode_parse(&mode, value) < 0)
		return ul_refuse(why, "is no mode; there are nat, nat-network, "
				 "internal, host-only and bridged");
	ul_conf_set_mode(conf, mode);
	return 0;
}

/* A network that hosts can be numbered from. */
static bool is_unicast(const struct ul_prefix *p)
{
	return !ul_addr_is_any(&p->addr) && p->addr.b[12] != 0 &&
	       p->addr.b[12] < 224 && !ul_addr_is_loopback(&p->addr) &&
	       !ul_addr_is_linklocal(&p->addr);
}

int ul_option_set_subnet(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_prefix p;

	if (ul_prefix_parse(&p, value) < 0 || !ul_addr_is_v4(&p.addr))
		return ul_refuse(why, "write the IPv4 address of a network, "
				 "its host bits zero, and the length of its "
				 "prefix, as in 10.0.2.0/24");
	if (p.len < SUBNET_LEN_MIN || p.len > SUBNET_LEN_MAX)
		return ul_refuse(why, "the length of the prefix must be %d to "
				 "%d", SUBNET_LEN_MIN, SUBNET_LEN_MAX);
	if (!is_unicast(&p))
		return ul_refuse(why, "guests cannot have addresses of this "
				 "network; take one of 10.0.0.0/8, "
				 "172.16.0.0/12 or 192.168.0.0/16");
	ul_conf_set_subnet(conf, &p);
	conf->has_free_subnet = false;
	return 0;
}

int ul_option_set_subnet_overlap(struct ul_conf *conf, const char *value,
				 char **why)
{
	conf->may_overlap = true;
	return 0;
}

bool ul_option_is_host_of(const struct ul_prefix *p, const struct ul_addr *a)
{
	struct ul_addr last = ul_prefix_broadcast(p);

	return ul_prefix_has(p, a) && !ul_addr_eq(a, &p->addr) &&
	       !ul_addr_eq(a, &last);
}

int ul_option_set_gateway(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_addr a;
	char net[UL_ADDR_STRLEN];

	if (ul_addr_parse(&a, value) < 0 || !ul_addr_is_v4(&a))
		return ul_refuse(why, "write an IPv4 address");
	if (!ul_option_is_host_of(&conf->subnet, &a))
		return ul_refuse(why, "is not the address of a host in the "
				 "subnet %s/%u",
				 ul_addr_str(&conf->subnet.addr, net),
				 conf->subnet.len);
	ul_conf_set_gateway4(conf, &a);
	conf->has_free_subnet = false;
	return 0;
}

int ul_option_set_ipv6_prefix(struct ul_conf *conf, const char *value,
			      char **why)
{
	struct ul_prefix p;

	if (ul_prefix_parse(&p, value) < 0 || ul_addr_is_v4(&p.addr) ||
	    p.len != PREFIX6_LEN)
		return ul_refuse(why, "write an IPv6 prefix of length %d, as "
				 "in fd00:1:2:3::/64", PREFIX6_LEN);
	if (ul_addr_is_any(&p.addr) || ul_addr_is_multicast(&p.addr) ||
	    ul_addr_is_linklocal(&p.addr))
		return ul_refuse(why, "guests cannot have addresses of this "
				 "prefix; take one of fd00::/8");
	ul_conf_set_prefix6(conf, &p);
	return 0;
}

int ul_option_set_no_ipv6(struct ul_conf *conf, const char *value, char **why)
{
	conf->has_ipv6 = false;
	return 0;
}

/* What is right beyond this depends on IPv6: ul_conf_check(). */
int ul_option_set_mtu(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_uint(&conf->mtu, value, 576, UL_CONF_MTU_STREAM, why);
}
