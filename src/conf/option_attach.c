/* SPDX-License-Identifier: BSD-3-Clause */
/* option_attach.c - setters: where guests attach, and uplinks */
#include "conf/option_set.h"

#include <errno.h>

#include "base/error.h"
#include "conf/port_spec.h"
#include "conf/uplink_spec.h"
#include "conf/value.h"

#define IFNAME_MAX 15		/* IFNAMSIZ less the NUL */

static int add_listen(struct ul_conf *conf, enum ul_listen_kind kind,
		      const char *value, char **why)
{
	if (!*value)
		return ul_refuse(why, "is empty");
	ul_conf_add_listen(conf, kind, value);
	return 0;
}

int ul_option_set_socket(struct ul_conf *conf, const char *value, char **why)
{
	return add_listen(conf, UL_LISTEN_STREAM, value, why);
}

int ul_option_set_seqpacket(struct ul_conf *conf, const char *value, char **why)
{
	return add_listen(conf, UL_LISTEN_SEQPACKET, value, why);
}

int ul_option_set_dgram(struct ul_conf *conf, const char *value, char **why)
{
	return add_listen(conf, UL_LISTEN_DGRAM, value, why);
}

int ul_option_set_vhost_user(struct ul_conf *conf, const char *value,
			     char **why)
{
	return add_listen(conf, UL_LISTEN_VHOST_USER, value, why);
}

/* Who connects over TCP cannot be told: this machine's own addresses only. */
int ul_option_set_tcp(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_ep ep;

	if (ul_value_ep(&ep, value, 0, why) < 0)
		return -EINVAL;
	if (!ul_addr_is_loopback(&ep.addr) || !ep.port)
		return ul_refuse(why, "write a loopback address and a port, as "
				 "in 127.0.0.1:7000");
	return add_listen(conf, UL_LISTEN_TCP, value, why);
}

int ul_option_set_fd(struct ul_conf *conf, const char *value, char **why)
{
	unsigned int given;
	int rc = ul_value_uint(&given, value, 0, INT32_MAX, why);
	int fd = (int)given;

	if (!rc)
		g_array_append_val(conf->fds, fd);
	return rc;
}

int ul_option_set_allow_uid(struct ul_conf *conf, const char *value, char **why)
{
	unsigned int given;
	int rc = ul_value_uint(&given, value, 0, UINT32_MAX - 1, why);
	uid_t uid = given;

	if (!rc)
		g_array_append_val(conf->allowed_uids, uid);
	return rc;
}

int ul_option_set_port(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_port_conf *port;
	int rc = ul_port_spec_parse(&port, value, why);

	if (!rc)
		g_ptr_array_add(conf->ports, port);
	return rc;
}

int ul_option_set_netns(struct ul_conf *conf, const char *value, char **why)
{
	return ul_value_text(&conf->netns, value, why);
}

int ul_option_set_no_netns_config(struct ul_conf *conf, const char *value,
				  char **why)
{
	conf->netns_no_config = true;
	return 0;
}

int ul_option_set_no_offload(struct ul_conf *conf, const char *value,
			     char **why)
{
	conf->netns_no_offload = true;
	return 0;
}

int ul_option_set_ifname(struct ul_conf *conf, const char *value, char **why)
{
	for (const char *s = value; *s; s++)
		if (!g_ascii_isgraph(*s) || strchr("/:%", *s))
			return ul_refuse(why, "'%c' cannot be in the name of "
					 "an interface", *s);
	if (strlen(value) > IFNAME_MAX || !strcmp(value, ".") ||
	    !strcmp(value, ".."))
		return ul_refuse(why, "write a name of at most %d bytes",
				 IFNAME_MAX);
	return ul_value_text(&conf->netns_ifname, value, why);
}

int ul_option_set_uplink(struct ul_conf *conf, const char *value, char **why)
{
	struct ul_uplink_conf *uplink;
	int rc = ul_uplink_spec_parse(&uplink, value, why);

	if (!rc)
		g_ptr_array_add(conf->uplinks, uplink);
	return rc;
}
