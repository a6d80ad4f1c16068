/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_sockopt.c - options of a connection's host socket, set when due
 *
 * Most connections end after a request and its answer, or sooner, and each
 * option is a system call. So it is set when it begins to matter:
 *
 * TCP_NODELAY, for small writes to go at once: with Nagle's algorithm one
 * waits while others are unacknowledged, so never the first.
 *
 * SO_OOBINLINE, for urgent bytes to stay in the stream, where the guest's
 * stack has put them: a read leaves them out without it. It is needed unless
 * all that will ever come is there and has no mark.
 *
 * SO_KEEPALIVE, for a peer that went without a word to be found out, since
 * the guest's own probes end at us: of use after hours, so set in the first
 * tick that the connection lives to see.
 *
 * TCP_CONGESTION, on a host that paces, not to do so towards a peer that is
 * next to us (sys/congestion.h). Who is far is paced again, as the host wants
 * it, once so much was sent that it matters and that the time of a round trip
 * is known.
 */
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "flow/tcp_flow.h"
#include "sys/congestion.h"

#define FIRST_SEND_MAX 536	/* in one segment to any host: RFC 9293 3.7.1 */
#define BULK_BYTES (256u << 10)

static void switch_on(const struct ul_tcp_flow *f, int level, int name)
{
	int on = 1;

	setsockopt(f->watch.fd, level, name, &on, sizeof(on));
}

static void before_bulk(struct ul_tcp_flow *f)
{
	if (f->was_bulk || f->entry.from_guest < BULK_BYTES)
		return;
	f->was_bulk = true;
	if (f->proxy->congestion[0] && !f->is_shared)
		ul_congestion_pace_if_far(f->watch.fd, f->proxy->congestion);
}

void ul_tcp_before_send(struct ul_tcp_flow *f, size_t bytes)
{
	before_bulk(f);
	if (f->has_nodelay || (!f->entry.from_guest && bytes <= FIRST_SEND_MAX))
		return;
	f->has_nodelay = true;
	switch_on(f, IPPROTO_TCP, TCP_NODELAY);
}

void ul_tcp_before_read(struct ul_tcp_flow *f)
{
	if (f->has_oobinline || (f->host_ended && !f->host_marked))
		return;
	f->has_oobinline = true;
	switch_on(f, SOL_SOCKET, SO_OOBINLINE);
}

void ul_tcp_lives_on(struct ul_tcp_flow *f)
{
	if (f->has_keepalive || f->watch.fd < 0)
		return;
	f->has_keepalive = true;
	switch_on(f, SOL_SOCKET, SO_KEEPALIVE);
}
