/* SPDX-License-Identifier: BSD-3-Clause */
/* net_records.c - names that a network answers and no guest has, live */
#include "net/net_records.h"

#include <errno.h>
#include <glib.h>

#include "base/error.h"
#include "conf/dns_spec.h"
#include "net/network_priv.h"
#include "svc/dns_names.h"

/* The table, and the tidied name, which is the caller's. */
static int find_table(struct ul_network *n, const char *text, char **name,
		      struct ul_dns_names **out, char **error)
{
	g_autofree char *why = NULL;

	if (!n->router)
		return ul_fail(error, -ENOENT, "this network has no router, "
			       "and so no DNS server");
	if (ul_domain_parse(name, text, &why) < 0)
		return ul_fail(error, -EINVAL, "it is no name such as "
			       "git.example or git");
	*out = ul_router_records(n->router);
	return 0;
}

static int parse_addr(struct ul_addr *out, const char *text, char **error)
{
	if (ul_addr_parse(out, text) < 0 || ul_addr_is_multicast(out))
		return ul_fail(error, -EINVAL, "'%s' is not the address of one "
			       "host, as 192.0.2.1 or 2001:db8::1 is", text);
	if (ul_addr_is_loopback(out))
		return ul_fail(error, -EINVAL, "%s is every machine's own; "
			       "this host is host.internal", text);
	return 0;
}

int ul_network_add_record(struct ul_network *n, const char *name,
			  const char *addr, char **error)
{
	g_autofree char *tidy = NULL;
	struct ul_dns_names *records;
	struct ul_addr a;
	int rc = find_table(n, name, &tidy, &records, error);

	if (!rc)
		rc = parse_addr(&a, addr, error);
	if (rc)
		return rc;
	rc = ul_dns_names_add(records, tidy, &a);
	if (rc == -EEXIST)
		ul_fail(error, rc, "it has the address %s already", addr);
	else if (rc)
		ul_fail(error, rc, "a name has at most %d addresses, and a "
			"network %d names", UL_DNS_NAME_ADDRS,
			UL_ROUTER_RECORDS_MAX);
	return rc;
}

int ul_network_remove_record(struct ul_network *n, const char *name,
			     const char *addr, char **error)
{
	g_autofree char *tidy = NULL;
	struct ul_dns_names *records;
	struct ul_addr a;
	int rc = find_table(n, name, &tidy, &records, error);

	if (!rc && addr)
		rc = parse_addr(&a, addr, error);
	if (rc)
		return rc;
	rc = ul_dns_names_remove(records, tidy, addr ? &a : NULL);
	if (rc)
		ul_fail(error, rc, addr ? "no record gives it that address" :
					  "there is no record of it");
	return rc;
}

void ul_network_each_record(struct ul_network *n,
			    void (*fn)(const char *name,
				       const struct ul_addr *addr, void *arg),
			    void *arg)
{
	if (n->router)
		ul_dns_names_each(ul_router_records(n->router), fn, arg);
}

size_t ul_network_hosts_names(struct ul_network *n)
{
	return n->router ? ul_router_hosts_count(n->router) : 0;
}
