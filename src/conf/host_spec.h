/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_spec.h - a machine that is known beforehand, from text
 *
 * It has a name and what DHCP knows it by; an address that is written beside
 * is kept for it.
 */
#ifndef UL_CONF_HOST_SPEC_H
#define UL_CONF_HOST_SPEC_H

#include "conf/conf.h"

#define UL_HOST_ID_MAX 64	/* bytes of a client identifier */
#define UL_HOSTS_MAX 1024	/* of one network */

struct ul_host_conf {
	char *name;			/* one label with a letter in it */
	bool has_mac;			/* else it is known by its id */
	uint8_t mac[6];
	uint8_t id[UL_HOST_ID_MAX];	/* as in DHCP's option 61 */
	size_t id_len;
	bool has_addr4, has_addr6;
	struct ul_addr addr4, addr6;
};

/*
 * "NAME=MAC[,IPV4][,IPV6]" or "NAME=id:HEX[,IPV4]". 0 and in *@out the
 * caller's, or -EINVAL and in *@why half a sentence (the caller's) that says
 * what would be right.
 */
int ul_host_spec_parse(struct ul_host_conf **out, const char *text,
		       char **why);

/* The same text again, the caller's. */
char *ul_host_spec_text(const struct ul_host_conf *host);

/*
 * May @host be one of @conf's network, beside the first @count of @others (of
 * struct ul_host_conf)? 0, or -EINVAL and in *@why half a sentence.
 */
int ul_host_spec_check(const struct ul_host_conf *host,
		       const struct ul_conf *conf, const GPtrArray *others,
		       guint count, char **why);

struct ul_host_conf *ul_host_conf_dup(const struct ul_host_conf *host);
/* NULL is fine. */
void ul_host_conf_free(struct ul_host_conf *host);

#endif
