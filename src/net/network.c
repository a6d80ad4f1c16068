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
	struct ul_port *port;
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

static void on_attached(struct ul_port *port, void *arg)
{
	struct ul_network *n = arg;

	ul_log(INFO, "port", "a guest attached");
	ul_router_attached(n->router, port);
}

static void on_detached(struct ul_port *port, void *arg)
{
	struct ul_network *n = arg;
	bool can_return = n->conf->socket_path != NULL;

	ul_log(INFO, "port", "the guest is gone%s",
	       can_return && !n->conf->one_off ? "; it may come back" : "");
	ul_router_detached(n->router, port);
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
	.attached = on_attached,
	.detached = on_detached,
};

static struct ul_port *make_port(struct ul_network *n, struct ul_loop *loop,
				 int take_fd)
{
	if (n->conf->netns)
		return ul_tap_new(loop, take_fd, (uint16_t)n->conf->mtu,
				  &handler, n);
	if (n->conf->fd >= 0)
		return ul_stream_connected(loop, take_fd, &handler, n);
	return ul_stream_listen(loop, take_fd, &handler, n);
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
	n->port = make_port(n, loop, take_port_fd);
	if (!n->port) {
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
	ul_port_free(n->port);
	ul_pcap_free(n->pcap);
	g_free(n);
}

void ul_network_log_status(struct ul_network *n)
{
	const struct ul_port_stats *p = &n->port->stats;

	ul_router_log_status(n->router);
	ul_log(INFO, "status",
	       "port rx %" PRIu64 " frames %" PRIu64 " bytes, tx %" PRIu64 " frames %" PRIu64 " bytes, refused %" PRIu64 ", bad %" PRIu64,
	       p->rx_frames, p->rx_bytes, p->tx_frames, p->tx_bytes,
	       p->tx_refused, p->rx_bad);
}
