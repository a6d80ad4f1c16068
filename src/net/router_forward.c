/* SPDX-License-Identifier: BSD-3-Clause */
/* router_forward.c - the router's forwards, from their configuration */
#include <glib.h>

#include "conf/forward_spec.h"
#include "net/router_priv.h"

static int find_guest(const char *name, enum ul_family family,
		      struct ul_addr *out, void *arg)
{
	if (!name)
		return ul_router_find_vm(arg, out);
	return ul_router_find_guest(arg, name, family, out);
}

static void on_failed(const struct ul_forward_failure *failure, void *arg)
{
	const struct ul_router *r = arg;

	if (r->link.forward_failed)
		r->link.forward_failed(failure, r->link.arg);
}

void ul_router_make_forward_hooks(struct ul_router *r)
{
	r->ctx.find_guest = find_guest;
	r->ctx.find_guest_arg = r;
	r->ctx.forward_failed = on_failed;
	r->ctx.forward_failed_arg = r;
}

int ul_router_forward(struct ul_router *r, const struct ul_forward_conf *f,
		      const void *tie, int *take_fd, struct ul_forward **out,
		      char **error)
{
	g_autofree char *key = ul_forward_spec_text(f);
	struct ul_forward_rule rule = {
		.proto = f->proto, .path = f->path, .take_fd = take_fd,
		.host_addrs = f->host_addrs,
		.host_addr_count = f->host_addr_count,
		.host_first = f->host_first, .host_last = f->host_last,
		.when_listening = f->when_listening,
		.guest_name = f->guest_name,
		.is_vm = !f->has_guest && !f->guest_name,
		.guest = f->has_guest ? f->guest : r->conf->guest4,
		.guest_first = f->guest_first, .text = f->text, .key = key,
		.tie = tie,
	};

	return ul_forwards_add(r->forwards, &rule, out, error);
}

int ul_router_start_forwards(struct ul_router *r, char **error)
{
	const GPtrArray *forwards = r->conf->forwards;
	int ret = 0;

	for (guint i = 0; !ret && i < forwards->len; i++)
		ret = ul_router_forward(r, forwards->pdata[i], NULL, NULL,
					NULL, error);
	return ret;
}

struct ul_forwards *ul_router_forwards(const struct ul_router *r)
{
	return r->forwards;
}
