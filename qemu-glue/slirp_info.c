/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_info.c - an instance's connections and neighbours, as text
 *
 * libslirp has one socket for all clients of a UDP forward, so those are no
 * lines of their own. What it proxies as flows and is a service of ours
 * (DNS) is none.
 */
#include "qemu-glue/slirp_priv.h"

#include <netinet/in.h>
#include <string.h>

#include <glib.h>

#include "net/net_flows.h"
#include "net/net_forward.h"
#include "qemu-glue/info.h"

struct gather {
	const struct Slirp *s;
	GArray *conns;		/* of struct ul_slirp_conn */
};

static void gather_forward(const struct ul_forward_info *f, void *arg)
{
	struct gather *g = arg;
	struct ul_slirp_conn conn = {
		.proto = f->is_udp ? IPPROTO_UDP : IPPROTO_TCP,
		.state = "HOST_FORWARD", .fd = f->fd, .src = f->host[0],
		.dst = f->guest, .born = (uint64_t)(g->s->now_us - f->age_us),
	};

	g_array_append_val(g->conns, conn);
}

static void gather_flow(const struct ul_flow_info *f, void *arg)
{
	struct gather *g = arg;
	struct ul_slirp_conn conn = {
		.proto = f->proto, .state = f->tcp_state, .fd = f->fd,
		.seconds_left = (int)(f->left_us / 1000000),
		.src = f->guest, .dst = f->outside,
		.to_host = f->waiting_out, .to_guest = f->waiting_in,
		.born = (uint64_t)(g->s->now_us - f->age_us),
	};

	if (f->is_forward && f->proto != IPPROTO_TCP)
		return;
	if (f->is_forward) {
		conn.src = f->local;
		conn.dst = f->guest;
	}
	g_array_append_val(g->conns, conn);
}

char *slirp_connection_info(Slirp *s)
{
	static const struct ul_flow_query all = { .limit = UINT32_MAX };
	struct gather g = {
		.s = s,
		.conns = g_array_new(FALSE, FALSE, sizeof(struct ul_slirp_conn)),
	};
	struct ul_flow_page page;
	struct ul_router *router;
	char *text;

	ul_slirp_enter(s);
	router = ul_embed_router(s->net);
	ul_forwards_each(ul_router_forwards(router), gather_forward, &g);
	ul_flow_book_read(ul_router_flows(router), &all, gather_flow, &g,
			  &page);
	ul_router_each_lingering(router, gather_flow, &g);
	ul_slirp_leave(s);
	text = ul_slirp_conn_text((struct ul_slirp_conn *)(void *)g.conns->data,
				  g.conns->len);
	g_array_unref(g.conns);
	return text;
}

static void gather_neighbor(const struct ul_addr *addr, const uint8_t mac[6],
			    void *arg)
{
	GArray *found = arg;
	struct ul_slirp_neighbor n = { .addr = *addr };

	memcpy(n.mac, mac, sizeof(n.mac));
	/* The last one that was heard comes first, and is told last. */
	g_array_prepend_val(found, n);
}

char *slirp_neighbor_info(Slirp *s)
{
	GArray *found = g_array_new(FALSE, FALSE,
				    sizeof(struct ul_slirp_neighbor));
	char *text;

	ul_slirp_enter(s);
	ul_router_each_neighbor(ul_embed_router(s->net), gather_neighbor,
				found);
	ul_slirp_leave(s);
	text = ul_slirp_neighbor_text(
		(struct ul_slirp_neighbor *)(void *)found->data, found->len);
	g_array_unref(found);
	return text;
}
