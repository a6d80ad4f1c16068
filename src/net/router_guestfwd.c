/* SPDX-License-Identifier: BSD-3-Clause */
/* router_guestfwd.c - the router's guest forwards, from their configuration */
#include <glib.h>

#include "conf/guestfwd_spec.h"
#include "net/router_priv.h"
#include "sys/spawn.h"

void ul_router_make_guestfwds(struct ul_router *r)
{
	const GPtrArray *all = r->conf->guestfwds;

	r->guestfwds = ul_guestfwds_new(&r->ctx);
	for (guint i = 0; i < all->len; i++) {
		const struct ul_guestfwd_conf *g = all->pdata[i];
		struct ul_guestfwd_rule rule = {
			.at = g->at, .path = g->path, .argv = g->argv,
			.host = g->host, .text = g->text,
		};

		ul_guestfwds_add(r->guestfwds, &rule);
	}
	ul_tcp_proxy_set_guestfwds(r->tcp, r->guestfwds);
}

/* A mistyped program is told at the start, not by the first guest's failure. */
int ul_router_check_guestfwds(struct ul_router *r, char **error)
{
	const GPtrArray *all = r->conf->guestfwds;

	for (guint i = 0; i < all->len; i++) {
		const struct ul_guestfwd_conf *g = all->pdata[i];
		int rc = g->argv ? ul_spawn_check(g->argv[0]) : 0;

		if (rc < 0) {
			*error = g_strdup_printf("--guestfwd %s: cannot run "
						 "%s: %s", g->text, g->argv[0],
						 g_strerror(-rc));
			return rc;
		}
	}
	return 0;
}

struct ul_guestfwds *ul_router_guestfwds(const struct ul_router *r)
{
	return r->guestfwds;
}

bool ul_router_has_guestfwd(const struct ul_router *r,
			    const struct ul_addr *addr)
{
	const struct ul_conf *c = r->conf;

	if (!ul_guestfwds_has(r->guestfwds, addr))
		return false;
	/* On the link of a guest that does as RFC 3927 has it. */
	if (ul_addr_is_v4(addr))
		return ul_prefix_has(&c->subnet, addr) ||
		       ul_addr_is_linklocal(addr);
	return c->has_ipv6 && ul_prefix_has(&c->prefix6, addr);
}
