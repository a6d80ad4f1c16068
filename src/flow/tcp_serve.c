/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_serve.c - guests' connections to services of the router itself
 *
 * The other end is in this process: one end of a socket pair takes the place
 * of the host socket, so that a service is written against a descriptor and
 * the connection is like any other: its memory, its limits, its listing.
 */
#include <errno.h>
#include <unistd.h>

#include "flow/tcp_flow.h"

/* -errno when it did not come to it; @fd stays open then. */
static int connect_to(struct ul_tcp_flow *f, const struct ul_pkt *pkt, int fd,
		      ul_watch_fn on_event)
{
	f->host = f->peer;
	f->is_service = true;
	f->syn = ul_held_syn_new(pkt);
	if (!f->syn)
		return -ENOMEM;
	return ul_watch_add(f->proxy->ctx->loop, &f->watch, fd,
			    UL_TCP_HOST_EVENTS, on_event, f);
}

bool ul_tcp_serve(struct ul_tcp_proxy *p, const struct ul_pkt *pkt,
		  const struct ul_ep *guest, const struct ul_ep *dst,
		  uint64_t hash, ul_watch_fn on_event)
{
	struct ul_tcp_flow *f;
	int fd = p->serve ? p->serve(guest, dst, pkt->port, p->serve_arg) :
		 -ENOENT;

	if (fd == -ENOENT)
		return false;
	if (fd < 0) {
		ul_conn_refuse(p->ctx->stack, pkt);
		return true;
	}
	f = ul_tcp_flow_new(p, ul_account_at(p->ctx->accounts, pkt->port),
			    UL_USE_TCP_DIAL, guest, dst, hash);
	if (f && !connect_to(f, pkt, fd, on_event))
		return true;
	close(fd);
	if (f) {
		f->watch.fd = -1;
		ul_flow_blame(&f->entry, UL_FLOW_NO_RESOURCES);
		ul_tcp_flow_free(f);
	}
	return true;
}

void ul_tcp_proxy_set_serve(struct ul_tcp_proxy *p, ul_tcp_serve_fn serve,
			    void *arg)
{
	p->serve = serve;
	p->serve_arg = arg;
}
