/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_records.c - names that are no guest's: records, the hosts file
 *
 * Records are given live and answered whatever guests may reach. The host's
 * hosts file tells of what lies outside, so its names are answered only where
 * they might be asked for: not where there is no egress, and under rules only
 * those that the rules allow. Rules by name hear of both, as of what a
 * resolver answers.
 */
#include <glib.h>

#include "base/log.h"
#include "net/router_priv.h"
#include "sys/hosts_file.h"

static void on_hosts_changed(uint32_t events, void *arg)
{
	struct ul_router *r = arg;

	ul_followed_drain(r->hosts_file);
}

void ul_router_make_records(struct ul_router *r)
{
	const char *path = r->conf->hosts_path;
	int fd;

	r->records = ul_dns_names_new(UL_ROUTER_RECORDS_MAX);
	r->hosts_watch.fd = -1;
	if (r->conf->no_hosts)
		return;
	r->hosts_file = ul_followed_new(path ? path : UL_HOSTS_PATH);
	fd = ul_followed_fd(r->hosts_file);
	if (fd >= 0)
		ul_watch_add(r->ctx.loop, &r->hosts_watch, fd, EPOLLIN,
			     on_hosts_changed, r);
}

void ul_router_free_records(struct ul_router *r)
{
	ul_watch_del(r->ctx.loop, &r->hosts_watch);
	ul_followed_free(r->hosts_file);
	ul_dns_names_free(r->hosts_names);
	ul_dns_names_free(r->records);
}

struct loading {
	struct ul_dns_names *names;
	size_t left_out;
};

static void add_host(const char *name, const struct ul_addr *addr, void *arg)
{
	struct loading *l = arg;

	l->left_out += ul_dns_names_add(l->names, name, addr) == -ENOSPC;
}

/* A file that is not there has no names. */
static void load_hosts(struct ul_router *r)
{
	g_autofree char *text = g_malloc(UL_HOSTS_LEN_MAX);
	struct loading l = { ul_dns_names_new(UL_DNS_NAMES_MAX), 0 };
	ssize_t len = ul_followed_read(r->hosts_file, text, UL_HOSTS_LEN_MAX);

	if (len > 0)
		ul_hosts_parse(text, (size_t)len, add_host, &l);
	if (l.left_out || len == UL_HOSTS_LEN_MAX)
		ul_log(WARN, "dns", "the hosts file is too long: %zu names of "
		       "its first %d bytes are answered",
		       ul_dns_names_count(l.names), UL_HOSTS_LEN_MAX);
	ul_dns_names_free(r->hosts_names);
	r->hosts_names = l.names;
}

/* NULL: it is not to be answered. */
static const struct ul_dns_names *hosts_names(struct ul_router *r)
{
	if (r->hosts_file &&
	    ul_followed_is_stale(r->hosts_file, ul_loop_now(r->ctx.loop)))
		load_hosts(r);
	return r->hosts_names;
}

static const struct ul_dns_names *source_of(struct ul_router *r,
					    enum ul_dns_known source)
{
	if (source == UL_DNS_RECORDS)
		return r->records;
	return ul_policy_may_ask_any(r->ctx.policy) ?
	       hosts_names(r) : NULL;
}

size_t ul_router_known(enum ul_dns_known source, const char *name,
		       struct ul_addr out[UL_DNS_ZONE_ADDRS], void *arg)
{
	struct ul_router *r = arg;
	const struct ul_dns_names *names = source_of(r, source);
	size_t count = names ? ul_dns_names_find(names, name, out) : 0;

	if (source == UL_DNS_HOSTS && count &&
	    !ul_policy_may_ask(r->ctx.policy, name))
		return 0;
	for (size_t i = 0; i < count; i++)
		ul_policy_heard(r->ctx.policy, name, &out[i],
				UL_DNS_ZONE_TTL_S);
	return count;
}

bool ul_router_known_at(enum ul_dns_known source, const struct ul_addr *addr,
			char out[UL_DNS_ZONE_NAME_LEN], void *arg)
{
	struct ul_router *r = arg;
	const struct ul_dns_names *names = source_of(r, source);
	const char *name = names ? ul_dns_names_at(names, addr) : NULL;

	if (!name || (source == UL_DNS_HOSTS &&
		      !ul_policy_may_ask(r->ctx.policy, name)))
		return false;
	g_strlcpy(out, name, UL_DNS_ZONE_NAME_LEN);
	return true;
}

struct ul_dns_names *ul_router_records(const struct ul_router *r)
{
	return r->records;
}

size_t ul_router_hosts_count(struct ul_router *r)
{
	const struct ul_dns_names *names = source_of(r, UL_DNS_HOSTS);

	return names ? ul_dns_names_count(names) : 0;
}
