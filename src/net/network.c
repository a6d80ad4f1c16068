/* SPDX-License-Identifier: BSD-3-Clause */
/* network.c - one network: port, engine, flows and services put together */
#include "net/network.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "link/pcap.h"
#include "link/stream.h"
#include "link/tap.h"
#include "net/router.h"

struct ul_network {
	const struct ul_conf *conf;
	struct ul_router *router;
	struct ul_listener *listener;
	struct ul_port *port;		/* NULL while no guest is attached */
	GPtrArray *gone;		/* ports that are over */
	struct ul_defer bury;
	struct ul_loop *loop;
	struct ul_pcap *pcap;
	void (*ended)(void *arg);
	void *arg;
};

static void on_frame(struct ul_port *port, struct ul_frame *frame, void *arg)
{
	struct ul_network *n = arg;

	ul_router_input(n->router, port, frame);
}

static void on_batch_end(struct ul_port *port, void *arg)
{
	/* Flows scheduled their work for the end of the turn by themselves. */
}

static void on_has_room(struct ul_port *port, void *arg)
{
	struct ul_network *n = arg;

	ul_router_resume(n->router, port);
}

static void on_detached(struct ul_port *port, void *arg)
{
	struct ul_network *n = arg;
	bool can_return = n->conf->socket_path != NULL;

	ul_log(INFO, "port", "the guest is gone%s",
	       can_return && !n->conf->one_off ? "; it may come back" : "");
	ul_router_detached(n->router, port);
	n->port = NULL;
	g_ptr_array_add(n->gone, port);
	ul_defer_schedule(n->loop, &n->bury);
	if (!can_return || n->conf->one_off)
		n->ended(n->arg);
}

static int link_send(const struct ul_piece *piece, unsigned int count,
		     const struct ul_offload *offload, void *arg)
{
	struct ul_network *n = arg;

	return n->port ? ul_port_send(n->port, piece, count, offload) :
			 -ENOTCONN;
}

static struct ul_port *link_port_of(const uint8_t mac[6], void *arg)
{
	struct ul_network *n = arg;

	return n->port;
}

static const char *link_name_of(const struct ul_port *port, void *arg)
{
	return "port1";
}

static const struct ul_port_handler handler = {
	.frame = on_frame,
	.batch_end = on_batch_end,
	.has_room = on_has_room,
	.detached = on_detached,
};

static void bury(void *arg)
{
	struct ul_network *n = arg;

	g_ptr_array_set_size(n->gone, 0);
}

static bool may_attach(const char **why, void *arg)
{
	struct ul_network *n = arg;

	*why = "one is attached already";
	return !n->port;
}

static void on_attached(struct ul_port *take_port, void *arg)
{
	struct ul_network *n = arg;

	ul_log(INFO, "port", "a guest attached");
	ul_port_set_handler(take_port, &handler, n);
	n->port = take_port;
	ul_router_attached(n->router, take_port);
}

static const struct ul_listener_handler listener_handler = {
	.may_attach = may_attach,
	.attached = on_attached,
};

static bool open_port(struct ul_network *n, int take_fd)
{
	struct ul_port *port;

	if (n->conf->netns)
		port = ul_tap_new(n->loop, take_fd, (uint16_t)n->conf->mtu,
				  &handler, n);
	else if (n->conf->fd >= 0)
		port = ul_stream_new(n->loop, take_fd, &handler, n);
	else
		return (n->listener = ul_stream_listener_new(
			n->loop, take_fd, NULL, &listener_handler, n));
	if (port)
		on_attached(port, n);
	return port;
}

int ul_network_start(struct ul_network **out, struct ul_loop *loop,
		     const struct ul_conf *conf, int take_port_fd,
		     void (*ended)(void *arg), void *arg, char **error)
{
	struct ul_network *n = g_new0(struct ul_network, 1);
	struct ul_router_link link = {
		.send = link_send, .port_of = link_port_of,
		.name_of = link_name_of,
	};
	int ret;

	n->conf = conf;
	n->loop = loop;
	n->gone = g_ptr_array_new_with_free_func(
		(GDestroyNotify)ul_port_free);
	ul_defer_init(&n->bury, UL_DEFER_FLUSH, bury, n);
	n->ended = ended;
	n->arg = arg;
	if (conf->pcap_file) {
		n->pcap = ul_pcap_open(conf->pcap_file);
		if (!n->pcap) {
			ret = -errno;
			*error = g_strdup_printf("--pcap %s: %s",
						 conf->pcap_file,
						 strerror(errno));
			close(take_port_fd);
			goto fail;
		}
	}
	link.arg = n;
	n->router = ul_router_new(loop, conf, n->pcap, &link);
	if (!open_port(n, take_port_fd)) {
		ret = -EINVAL;
		*error = g_strdup("the guest's descriptor cannot be watched: it must be a socket or a tap");
		goto fail;
	}
	ret = ul_router_start_forwards(n->router, error);
	if (ret < 0)
		goto fail;
	*out = n;
	return 0;
fail:
	ul_network_free(n);
	return ret;
}

void ul_network_free(struct ul_network *n)
{
	if (!n)
		return;
	/* Flows are reset through the port, so it goes after the router. */
	ul_router_free(n->router);
	ul_listener_free(n->listener);
	ul_port_free(n->port);
	g_ptr_array_free(n->gone, true);
	ul_defer_cancel(n->loop, &n->bury);
	ul_pcap_free(n->pcap);
	g_free(n);
}

void ul_network_log_status(struct ul_network *n)
{
	static const struct ul_port_stats none;
	const struct ul_port_stats *p = n->port ? &n->port->stats : &none;

	ul_router_log_status(n->router);
	ul_log(INFO, "status",
	       "port rx %" PRIu64 " frames %" PRIu64 " bytes, tx %" PRIu64 " frames %" PRIu64 " bytes, refused %" PRIu64 ", bad %" PRIu64,
	       p->rx_frames, p->rx_bytes, p->tx_frames, p->tx_bytes,
	       p->tx_refused, p->rx_bad);
}
