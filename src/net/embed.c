/* SPDX-License-Identifier: BSD-3-Clause */
/* embed.c - a network inside the program that has its guest */
#include "net/embed.h"

#include <assert.h>

#include <glib.h>

#include "link/callport.h"
#include "net/router.h"

#define FRAME_OVERHEAD 18	/* Ethernet's header and a VLAN tag */

static_assert(UL_EMBED_FRAME_MAX == UL_FRAME_MAX, "told to the owner");

struct ul_embed {
	struct ul_loop *loop;
	struct ul_router *router;
	struct ul_port *port;
	struct ul_defer input;
};

static void on_frame(struct ul_port *port, struct ul_frame *frame, void *arg)
{
	struct ul_embed *e = arg;

	ul_router_input(e->router, port, frame);
}

static void on_batch_end(struct ul_port *port, void *arg)
{
}

static void on_has_room(struct ul_port *port, void *arg)
{
	struct ul_embed *e = arg;

	ul_router_resume(e->router, port);
}

static const struct ul_port_handler port_handler = {
	.frame = on_frame, .batch_end = on_batch_end, .has_room = on_has_room,
};

/* What the router asks of its segment: one port, where everybody is. */

static int link_send(const struct ul_piece *piece, unsigned int count,
		     const struct ul_offload *offload, void *arg)
{
	struct ul_embed *e = arg;

	return ul_port_send(e->port, piece, count, offload);
}

static struct ul_port *link_port_of(const uint8_t mac[6], void *arg)
{
	struct ul_embed *e = arg;

	return e->port;
}

static const char *link_name_of(const struct ul_port *port, void *arg)
{
	return NULL;
}

static void on_input(void *arg)
{
	struct ul_embed *e = arg;

	ul_callport_resume(e->port);
	ul_callport_run(e->port);
}

struct ul_embed *ul_embed_new(struct ul_loop *loop,
			      const struct ul_conf *conf, char **error)
{
	struct ul_embed *e = g_new0(struct ul_embed, 1);
	struct ul_router_link link = {
		.send = link_send, .port_of = link_port_of,
		.name_of = link_name_of, .arg = e,
	};
	int ret;

	e->loop = loop;
	e->port = ul_callport_new(conf->mtu + FRAME_OVERHEAD);
	ul_port_set_handler(e->port, &port_handler, e);
	ul_defer_init(&e->input, UL_DEFER_WORK, on_input, e);
	e->router = ul_router_new(loop, conf, &link);
	ul_router_attached(e->router, e->port);
	ret = ul_router_start_tftp(e->router, error);
	if (ret < 0) {
		ul_embed_free(e);
		return NULL;
	}
	return e;
}

void ul_embed_free(struct ul_embed *e)
{
	if (!e)
		return;
	ul_router_detached(e->router, e->port);
	ul_router_free(e->router);
	ul_defer_cancel(e->loop, &e->input);
	ul_port_free(e->port);
	g_free(e);
}

struct ul_router *ul_embed_router(struct ul_embed *e)
{
	return e->router;
}

int ul_embed_put(struct ul_embed *e, const uint8_t *frame, size_t len)
{
	return ul_callport_put(e->port, frame, len);
}

unsigned int ul_embed_waiting(const struct ul_embed *e)
{
	return ul_callport_waiting(e->port);
}

size_t ul_embed_take(struct ul_embed *e, uint8_t *out)
{
	return ul_callport_take(e->port, out);
}

bool ul_embed_has_output(const struct ul_embed *e)
{
	return ul_callport_has_output(e->port);
}

void ul_embed_turn(struct ul_embed *e)
{
	/* In front of all other work: what it brings about is one batch. */
	ul_defer_schedule(e->loop, &e->input);
	ul_loop_turn(e->loop, 0);
}

int64_t ul_embed_wait_us(const struct ul_embed *e)
{
	if (ul_callport_waiting(e->port) || ul_callport_owes_room(e->port))
		return 0;
	return ul_loop_wait_us(e->loop);
}
