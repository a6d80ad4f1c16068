/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * router_dad.c - addresses that guests are about to have
 *
 * A guest that makes itself an address asks whether somebody has it already
 * (RFC 4862 5.4), and may then say nothing by it for long: its name would
 * lead nowhere. So the router asks who has it, as soon as the guest may
 * answer (RFC 4862 5.4.3), and the answer is taken as any other is.
 */
#include <string.h>

#include "net/router_priv.h"

/* One probe, a second apart (RFC 4862 5.1, RFC 4861 10), and some time. */
#define WAIT_US 1500000ll

static void arm(struct ul_router *r)
{
	struct ul_router_dad *d = &r->dad;

	if (d->count)
		ul_timer_set(r->ctx.loop, &d->timer, d->heard[0].due_us);
}

static void on_due(int64_t now_us, void *arg)
{
	struct ul_router *r = arg;
	struct ul_router_dad *d = &r->dad;
	unsigned int done = 0;

	while (done < d->count && d->heard[done].due_us <= now_us)
		ul_router_solicit(r, &d->heard[done++].addr);
	d->count -= done;
	memmove(d->heard, d->heard + done, d->count * sizeof(d->heard[0]));
	arm(r);
}

void ul_router_dad_init(struct ul_router *r)
{
	ul_timer_init(&r->dad.timer, on_due, r);
}

void ul_router_dad_fini(struct ul_router *r)
{
	ul_timer_cancel(r->ctx.loop, &r->dad.timer);
}

void ul_router_dad_heard(struct ul_router *r, const struct ul_addr *addr)
{
	struct ul_router_dad *d = &r->dad;

	if (!r->conf->has_ipv6 || !ul_prefix_has(&r->conf->prefix6, addr) ||
	    d->count == UL_ROUTER_DAD_MAX)
		return;
	for (unsigned int i = 0; i < d->count; i++)
		if (ul_addr_eq(&d->heard[i].addr, addr))
			return;
	d->heard[d->count].addr = *addr;
	d->heard[d->count].due_us = ul_loop_now(r->ctx.loop) + WAIT_US;
	if (!d->count++)
		arm(r);
}
