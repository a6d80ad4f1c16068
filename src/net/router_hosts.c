/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_hosts.c - machines that are known beforehand
 *
 * The list starts as the configuration's and is changed live. A host's
 * addresses are kept in the pools of the servers that there are; without
 * DHCP a host is a name. A query for a name asks for the host of each lease,
 * so they are found by who they are.
 */
#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "conf/host_spec.h"
#include "net/router_priv.h"

static_assert(UL_HOST_ID_MAX == UL_LEASE_ID_MAX, "an id fits both");
static_assert(UL_HOSTS_MAX <= UL_LEASE_KEPT_MAX, "a host has an address");

static void free_host(gpointer data)
{
	ul_host_conf_free(data);
}

/* The bytes by which a host is known. */
static const uint8_t *who(const struct ul_host_conf *host, size_t *len)
{
	*len = host->has_mac ? sizeof(host->mac) : host->id_len;
	return host->has_mac ? host->mac : host->id;
}

static guint hash_who(gconstpointer data)
{
	const struct ul_host_conf *host = data;
	guint h = host->has_mac;
	const uint8_t *bytes;
	size_t len;

	bytes = who(host, &len);
	for (size_t i = 0; i < len; i++)
		h = h * 33 + bytes[i];
	return h;
}

static gboolean is_same_who(gconstpointer one, gconstpointer other)
{
	const struct ul_host_conf *a = one, *b = other;
	const uint8_t *bytes, *others;
	size_t len, other_len;

	bytes = who(a, &len);
	others = who(b, &other_len);
	return a->has_mac == b->has_mac && len == other_len &&
	       !memcmp(bytes, others, len);
}

/* Two are never the same machine: ul_host_spec_check() sees to that. */
static void add(struct ul_router *r, const struct ul_host_conf *host)
{
	struct ul_host_conf *own = ul_host_conf_dup(host);

	g_ptr_array_add(r->hosts, own);
	g_hash_table_add(r->host_by_who, own);
}

static void unkeep(struct ul_router *r, const struct ul_host_conf *host)
{
	if (r->dhcp && host->has_addr4)
		ul_dhcp4_srv_unkeep(r->dhcp, &host->addr4);
	if (r->dhcp6 && host->has_addr6)
		ul_dhcp6_srv_unkeep(r->dhcp6, &host->addr6);
}

static int keep(struct ul_router *r, const struct ul_host_conf *host)
{
	struct ul_lease_owner owner = {
		.has_mac = host->has_mac,
		.id = host->id, .id_len = host->id_len,
	};
	int rc = 0;

	memcpy(owner.mac, host->mac, sizeof(owner.mac));
	if (r->dhcp && host->has_addr4)
		rc = ul_dhcp4_srv_keep(r->dhcp, &owner, &host->addr4);
	if (!rc && r->dhcp6 && host->has_addr6)
		rc = ul_dhcp6_srv_keep(r->dhcp6, host->mac, &host->addr6);
	return rc;
}

/* What is kept is in the pools, which are made by now. */
void ul_router_make_hosts(struct ul_router *r)
{
	r->hosts = g_ptr_array_new_with_free_func(free_host);
	r->host_by_who = g_hash_table_new(hash_who, is_same_who);
	for (guint i = 0; i < r->conf->hosts->len; i++) {
		const struct ul_host_conf *host = r->conf->hosts->pdata[i];
		int rc = keep(r, host);

		add(r, host);
		if (rc)
			ul_log(WARN, "dhcp", "host %s: its address cannot be kept: %s",
			       host->name, g_strerror(-rc));
	}
}

int ul_router_add_host(struct ul_router *r, const struct ul_host_conf *host,
		       char **error)
{
	int rc;

	if (ul_host_spec_check(host, r->conf, r->hosts, r->hosts->len,
			       error) < 0)
		return -EINVAL;
	rc = keep(r, host);
	if (rc == -EADDRNOTAVAIL)
		return ul_fail(error, rc, "its address is the network's own");
	if (rc)
		return ul_fail(error, rc, "its address cannot be kept: %s",
			       g_strerror(-rc));
	add(r, host);
	return 0;
}

int ul_router_remove_host(struct ul_router *r, const char *name)
{
	for (guint i = 0; i < r->hosts->len; i++) {
		const struct ul_host_conf *host = r->hosts->pdata[i];

		if (g_ascii_strcasecmp(host->name, name))
			continue;
		unkeep(r, host);
		g_hash_table_remove(r->host_by_who, host);
		g_ptr_array_remove_index(r->hosts, i);
		return 0;
	}
	return -ENOENT;
}

const GPtrArray *ul_router_hosts(const struct ul_router *r)
{
	return r->hosts;
}

bool ul_router_is_host(const struct ul_host_conf *host,
		       const struct ul_lease *lease)
{
	if (host->has_mac)
		return !memcmp(host->mac, lease->mac, sizeof(host->mac));
	return ul_addr_is_v4(&lease->addr) && host->id_len == lease->id_len &&
	       !memcmp(host->id, lease->id, host->id_len);
}

const struct ul_host_conf *ul_router_host_of(const struct ul_router *r,
					     const struct ul_lease *lease)
{
	struct ul_host_conf key = { .has_mac = true };
	const struct ul_host_conf *host;

	memcpy(key.mac, lease->mac, sizeof(key.mac));
	host = g_hash_table_lookup(r->host_by_who, &key);
	if (host || !ul_addr_is_v4(&lease->addr) || !lease->id_len ||
	    lease->id_len > sizeof(key.id))
		return host;
	key.has_mac = false;
	key.id_len = lease->id_len;
	memcpy(key.id, lease->id, lease->id_len);
	return g_hash_table_lookup(r->host_by_who, &key);
}
