/* SPDX-License-Identifier: BSD-3-Clause */
/* option_limit.c - setters: the ceilings of one guest */
#include "conf/option_set.h"

#include "conf/value.h"

/* One flow must be able to work: its largest ring, or what it may pin. */
#define BYTES_MIN (1ull << 20)
#define BYTES_MAX (1ull << 40)
#define FLOWS_MAX 1000000

int ul_option_set_max_flows(struct ul_conf *conf, const char *value,
			    char **why)
{
	return ul_value_uint(&conf->limits.max_tcp_flows, value, 1, FLOWS_MAX,
			     why);
}

int ul_option_set_max_half_open(struct ul_conf *conf, const char *value,
				char **why)
{
	return ul_value_uint(&conf->limits.max_tcp_half_open, value, 1,
			     FLOWS_MAX, why);
}

int ul_option_set_max_udp(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_uint(&conf->limits.max_udp_flows, value, 1, FLOWS_MAX,
			     why);
}

int ul_option_set_max_ping(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_uint(&conf->limits.max_icmp_flows, value, 1, FLOWS_MAX,
			     why);
}

int ul_option_set_max_pinned(struct ul_conf *conf, const char *value,
			     char **why)
{
	return ul_value_size(&conf->limits.max_pinned_bytes, value, BYTES_MIN,
			     BYTES_MAX, why);
}

int ul_option_set_max_send(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_size(&conf->limits.max_send_bytes, value, BYTES_MIN,
			     BYTES_MAX, why);
}
