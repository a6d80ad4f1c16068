/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * udp_io.h - host UDP sockets in batches, with their error queues
 *
 * Shared by the proxy's mappings and its forwards. What guests send during a
 * turn is kept, by reference, until the turn's end and goes out with one
 * call per socket; what arrives is read into buffers of the stack's.
 */
#ifndef UL_FLOW_UDP_IO_H
#define UL_FLOW_UDP_IO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "flow/ctx.h"

#define UL_UDP_HEADER 8
/* What a guest could not send either: IPv4's 65535 less both headers. */
#define UL_UDP_PAYLOAD_MAX 65507

struct ul_udp_io;
struct ul_udp_sock;

/*
 * A payload that arrived, in at most two pieces with buffers; or those of
 * several datagrams, one behind the other.
 */
struct ul_udp_data {
	struct ul_stack_piece piece[2];
	unsigned int count;
	uint16_t segment;	/* of each but the last; 0: it is one */
	uint8_t tos;
};

static inline size_t ul_udp_data_len(const struct ul_udp_data *data)
{
	return data->piece[0].len + (data->count > 1 ? data->piece[1].len : 0);
}

struct ul_udp_sock_ops {
	/* Datagrams came in from @from; @data is valid for the call. */
	void (*received)(struct ul_udp_sock *sock, const struct ul_ep *from,
			 const struct ul_udp_data *data);
	/*
	 * Which guest talks to @host through this socket, and what does it
	 * know it by? For ICMP errors. False when none does.
	 */
	bool (*view)(struct ul_udp_sock *sock, const struct ul_ep *host,
		     struct ul_ep *guest, struct ul_ep *visible);
};

/* Embedded in its owner. */
struct ul_udp_sock {
	const struct ul_udp_sock_ops *ops;
	struct ul_udp_io *io;
	struct ul_flow_ctx *ctx;
	struct ul_watch watch;
	struct ul_list queue;		/* datagrams for the host */
	struct ul_list dirty_node;	/* linked while the queue has some */
	enum ul_family family;
	int df;				/* as the socket has it; -1 unknown */
	struct ul_timer nap;
	int64_t counted_us;		/* since when */
	uint32_t counted;		/* messages received */
	bool is_fast;			/* they came so before that */
	bool naps;			/* is not watched */
	bool sends_singly;		/* segments were refused once */
};

struct ul_udp_io *ul_udp_io_new(struct ul_flow_ctx *ctx);
/* All sockets must be closed before. NULL is fine. */
void ul_udp_io_free(struct ul_udp_io *io);

/*
 * Set up @sock around the non-blocking UDP socket @take_fd, which is closed
 * on error too. 0 or -errno.
 */
int ul_udp_sock_open(struct ul_udp_sock *sock, struct ul_udp_io *io,
		     int take_fd, enum ul_family family,
		     const struct ul_udp_sock_ops *ops);
void ul_udp_sock_close(struct ul_udp_sock *sock);

/*
 * Send the guest's datagram @pkt, whose UDP header was checked, to @host
 * with @ttl, at the end of this turn.
 */
void ul_udp_sock_send(struct ul_udp_sock *sock, const struct ul_pkt *pkt,
		      const struct ul_ep *host, uint8_t ttl);

/*
 * Pass @data on to @guest as from @visible: several datagrams as one where
 * the guest's port takes that, else one by one.
 */
void ul_udp_io_to_guest(struct ul_udp_io *io, const struct ul_ep *visible,
			const struct ul_ep *guest,
			const struct ul_udp_data *data);

#endif
