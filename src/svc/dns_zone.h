/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_zone.h - the names that a network has itself
 *
 *   NAME.NETWORK.internal, NAME.internal,	a guest
 *   NAME.DOMAIN, NAME
 *   host.*, gateway.*				the gateway's address
 *   names that are known otherwise		as they are
 *   host.containers.internal, host.docker.internal
 *   addresses of the network's prefixes	PTR
 *
 * Pure: the names are asked for when a query needs them, so one is there as
 * long as its owner tells it, and nothing is to be kept in step.
 */
#ifndef UL_SVC_DNS_ZONE_H
#define UL_SVC_DNS_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

#define UL_DNS_ZONE_TTL_S 5	/* guests come and go */
#define UL_DNS_ZONE_ADDRS 8	/* told of one name */
#define UL_DNS_ZONE_NAME_LEN 254	/* with its NUL */
/*
 * Header, question, that many AAAA records or an SOA record, and OPT: no
 * answer needs more, so none is ever cut.
 */
#define UL_DNS_ZONE_ANSWER_MAX 512

/* Who says that a name is so: of two the first is believed. */
enum ul_dns_rank {
	UL_DNS_BY_CONF,		/* the configuration: names a MAC */
	UL_DNS_BY_PORT,		/* the port's name while it is plugged in */
	UL_DNS_BY_TOLD_PORT,	/* the guest, who was the first to be so */
	UL_DNS_BY_GUEST,	/* the guest itself, by DHCP */
};
#define UL_DNS_RANK_COUNT (UL_DNS_BY_GUEST + 1)

struct ul_dns_local {
	const char *name;	/* what is no host's name is passed over */
	enum ul_dns_rank rank;
	struct ul_addr addr;
	uint8_t mac[6];		/* whose it is: one name is one machine's */
};

/* True for a name that is asked for: its machine's other addresses, too. */
typedef bool (*ul_dns_local_fn)(const struct ul_dns_local *name, void *arg);

/* Names that are nobody's of the network's: the first are asked first. */
enum ul_dns_known {
	UL_DNS_RECORDS,		/* before the guests' own */
	UL_DNS_HOSTS,		/* after them, before what guests say */
};

struct ul_dns_zone_conf {
	const char *network;		/* one label; copied */
	const char *domain;		/* that leases tell; copied */
	struct ul_prefix prefix4, prefix6;
	struct ul_addr gateway4, gateway6;
	bool has_v6;
	bool reaches_host;		/* else "host" is nobody's name */
	/*
	 * Each name that there is now to @fn, with an address of its machine;
	 * of one for which @fn is true, all its addresses. Only those with
	 * the address @at, unless that is NULL.
	 */
	void (*each)(const struct ul_addr *at, ul_dns_local_fn fn,
		     void *fn_arg, void *arg);
	/*
	 * How many addresses @name, in lower case, has in @source, and the
	 * name of @addr there to @out. Both may be NULL: there are none.
	 */
	size_t (*known)(enum ul_dns_known source, const char *name,
			struct ul_addr out[UL_DNS_ZONE_ADDRS], void *arg);
	bool (*known_at)(enum ul_dns_known source, const struct ul_addr *addr,
			 char out[UL_DNS_ZONE_NAME_LEN], void *arg);
	void *arg;
};

struct ul_dns_zone;

struct ul_dns_zone *ul_dns_zone_new(const struct ul_dns_zone_conf *conf);
/* NULL is fine. */
void ul_dns_zone_free(struct ul_dns_zone *zone);

/*
 * Write the answer to the query @msg, in which UL_DNS_ZONE_ANSWER_MAX bytes
 * are room enough. -ENOENT: the name is not of this network, ask elsewhere.
 * -EBADMSG: no message with one question.
 */
int ul_dns_zone_answer(const struct ul_dns_zone *zone, const uint8_t *msg,
		       size_t len, struct ul_wr *out);

/*
 * The first address of the machine @name, in any form that a query may have.
 * -ENOENT: there is none of that family; the gateway is no machine.
 */
int ul_dns_zone_find(const struct ul_dns_zone *zone, const char *name,
		     enum ul_family family, struct ul_addr *out);

#endif
