/* SPDX-License-Identifier: BSD-3-Clause */
/* port.c - a frame to a port, as the port can take it */
#include "link/port.h"

#include <errno.h>

#include "link/gso.h"

static bool can_take(const struct ul_port *port,
		     const struct ul_offload *offload)
{
	return ul_gso_is_udp(offload) ? port->can_uso : port->can_offload;
}

struct segments {
	struct ul_port *port;
	unsigned int sent;
};

static int send_segment(const struct ul_piece *piece, unsigned int count,
			void *arg)
{
	struct segments *s = arg;
	int ret = s->port->ops->send(s->port, piece, count, NULL);

	s->sent += ret == 0;
	return ret;
}

int ul_port_send(struct ul_port *port, const struct ul_piece *piece,
		 unsigned int count, const struct ul_offload *offload)
{
	struct segments s = { .port = port };
	int ret;

	if (ul_offload_is_whole(offload) || can_take(port, offload))
		return port->ops->send(port, piece, count, offload);
	ret = ul_gso_split(piece, count, offload, send_segment, &s);
	return ret == -ENOBUFS && s.sent ? 0 : ret;
}
