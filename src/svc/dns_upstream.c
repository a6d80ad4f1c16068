/* SPDX-License-Identifier: BSD-3-Clause */
/* dns_upstream.c - whom to ask for a name: lists of servers */
#include "svc/dns_upstream.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/log.h"

#define TAG "dns"

struct ul_dns_upstreams {
	struct ul_loop *loop;
	char *resolv_path;		/* NULL: the host's */
	struct ul_resolv *resolv;	/* NULL with fixed servers */
	struct ul_watch watch;
	unsigned int resolv_serial;
	unsigned int last_id;
	bool has_warned;
	struct ul_dns_servers all;
	GHashTable *domains;		/* text to struct ul_dns_servers */
};

static_assert(UL_RESOLV_MAX <= UL_DNS_UPSTREAMS && UL_DNS_UPSTREAMS <= 32,
	      "the lists fit, and masks of them");

static void changed(struct ul_dns_upstreams *all, struct ul_dns_servers *list)
{
	list->id = ++all->last_id;
}

static void warn_once(struct ul_dns_upstreams *all)
{
	int err = ul_resolv_error(all->resolv);

	if (err && !all->has_warned)
		ul_log(WARN, TAG, "no resolvers: cannot read resolv.conf: %s; "
		       "guests' queries fail until it can be read",
		       g_strerror(-err));
	all->has_warned = err != 0;
}

/* Take the list of now. What was learned about an old one is forgotten. */
static void follow(struct ul_dns_upstreams *all)
{
	const struct ul_resolver *now;
	unsigned int serial;
	size_t count;

	if (!all->resolv)
		return;
	now = ul_resolv_list(all->resolv, ul_loop_now(all->loop), &count,
			     &serial);
	warn_once(all);
	if (serial == all->resolv_serial)
		return;
	for (size_t i = 0; i < count; i++)
		all->all.server[i] = (struct ul_dns_server){ .at = now[i] };
	all->all.count = count;
	all->resolv_serial = serial;
	changed(all, &all->all);
}

static void on_resolv(uint32_t events, void *arg)
{
	struct ul_dns_upstreams *all = arg;

	ul_resolv_drain(all->resolv);
}

/* Without inotify the list is still looked at once a second. */
static void follow_resolv(struct ul_dns_upstreams *all)
{
	int fd;

	all->resolv = ul_resolv_new(all->resolv_path ? all->resolv_path :
				    UL_RESOLV_PATH);
	all->resolv_serial = 0;
	fd = ul_resolv_fd(all->resolv);
	if (fd < 0 || ul_watch_add(all->loop, &all->watch, fd, EPOLLIN,
				   on_resolv, all) < 0)
		all->watch.fd = -1;
}

struct ul_dns_upstreams *
ul_dns_upstreams_new(const struct ul_dns_upstreams_conf *conf)
{
	struct ul_dns_upstreams *all = g_new0(struct ul_dns_upstreams, 1);

	all->loop = conf->loop;
	all->watch.fd = -1;
	all->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					     g_free);
	all->resolv_path = g_strdup(conf->resolv_path);
	ul_dns_upstreams_set(all, conf->servers, conf->count);
	return all;
}

static void leave_resolv(struct ul_dns_upstreams *all)
{
	ul_watch_del(all->loop, &all->watch);
	ul_resolv_free(all->resolv);
	all->resolv = NULL;
	all->watch.fd = -1;
}

void ul_dns_upstreams_set(struct ul_dns_upstreams *all,
			  const struct ul_ep *servers, size_t count)
{
	leave_resolv(all);
	all->all.count = MIN(count, UL_DNS_UPSTREAMS);
	for (size_t i = 0; i < all->all.count; i++)
		all->all.server[i] = (struct ul_dns_server){
			.at.ep = servers[i],
		};
	changed(all, &all->all);
	if (!count)
		follow_resolv(all);
}

void ul_dns_upstreams_free(struct ul_dns_upstreams *all)
{
	if (!all)
		return;
	leave_resolv(all);
	g_free(all->resolv_path);
	g_hash_table_unref(all->domains);
	g_free(all);
}

const char *ul_dns_parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? dot + 1 : NULL;
}

struct ul_dns_servers *ul_dns_upstreams_for(struct ul_dns_upstreams *all,
					    const char *name)
{
	follow(all);
	if (!g_hash_table_size(all->domains))
		return &all->all;
	for (; name; name = ul_dns_parent_of(name)) {
		struct ul_dns_servers *list =
			g_hash_table_lookup(all->domains, name);

		if (list)
			return list;
	}
	return &all->all;
}

unsigned int ul_dns_upstreams_serial(struct ul_dns_upstreams *all)
{
	follow(all);
	return all->last_id;
}

static size_t place_of(const struct ul_dns_servers *list,
		       const struct ul_ep *server)
{
	size_t i = 0;

	while (i < list->count && !ul_ep_eq(&list->server[i].at.ep, server))
		i++;
	return i;
}

int ul_dns_upstreams_add(struct ul_dns_upstreams *all, const char *domain,
			 const struct ul_ep *server)
{
	struct ul_dns_servers *list = g_hash_table_lookup(all->domains,
							  domain);

	if (!list && g_hash_table_size(all->domains) >= UL_DNS_DOMAINS)
		return -ENOSPC;
	if (list && place_of(list, server) < list->count)
		return -EEXIST;
	if (list && list->count >= UL_DNS_UPSTREAMS)
		return -ENOSPC;
	if (!list) {
		list = g_new0(struct ul_dns_servers, 1);
		g_hash_table_insert(all->domains, g_strdup(domain), list);
	}
	list->server[list->count++] = (struct ul_dns_server){
		.at.ep = *server,
	};
	changed(all, list);
	return 0;
}

int ul_dns_upstreams_remove(struct ul_dns_upstreams *all, const char *domain,
			    const struct ul_ep *server)
{
	struct ul_dns_servers *list = g_hash_table_lookup(all->domains,
							  domain);
	size_t i;

	if (!list)
		return -ENOENT;
	i = server ? place_of(list, server) : 0;
	if (i >= list->count)
		return -ENOENT;
	list->count--;
	memmove(list->server + i, list->server + i + 1,
		(list->count - i) * sizeof(*list->server));
	changed(all, list);
	if (!server || !list->count)
		g_hash_table_remove(all->domains, domain);
	return 0;
}

static void each_of(const char *domain, const struct ul_dns_servers *list,
		    ul_dns_server_fn fn, void *arg)
{
	for (size_t i = 0; i < list->count; i++)
		fn(domain, &list->server[i], arg);
}

void ul_dns_upstreams_each(struct ul_dns_upstreams *all, ul_dns_server_fn fn,
			   void *arg)
{
	GList *names = g_list_sort(g_hash_table_get_keys(all->domains),
				   (GCompareFunc)strcmp);

	follow(all);
	each_of(NULL, &all->all, fn, arg);
	for (GList *n = names; n; n = n->next)
		each_of(n->data, g_hash_table_lookup(all->domains, n->data),
			fn, arg);
	g_list_free(names);
}

int ul_dns_servers_first(const struct ul_dns_servers *list, uint32_t mask,
			 int64_t now_us)
{
	int avoided = -1;

	for (unsigned int i = 0; i < list->count; i++) {
		if (!(mask & 1u << i))
			continue;
		if (now_us >= list->server[i].avoid_until_us)
			return (int)i;
		if (avoided < 0)
			avoided = (int)i;
	}
	return avoided;
}
