/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_gro.h - segments that follow each other, taken together
 *
 * A guest without TSO cuts what it sends into segments of its MTU, and most
 * of a segment's cost is the way to its connection and through lwIP. Those
 * that came in one batch, in order and with nothing between them to tell
 * apart, go that way as one train of up to 64 KiB.
 *
 * Only data waits, and only while the guest said that more follows: a segment
 * with PSH ends its train, or passes at once. Whatever else comes of a flow
 * (an acknowledgement, FIN, RST, SYN, an urgent mark, congestion experienced,
 * selective acknowledgements, another window, a gap) sends its train ahead,
 * so the order of a flow's segments never changes.
 */
#ifndef UL_FLOW_TCP_GRO_H
#define UL_FLOW_TCP_GRO_H

#include "wire/pkt.h"
#include "wire/tcp.h"

/* Segments of a train: 64 KiB of what an MTU of 1500 carries, and some. */
#define UL_TCP_TRAIN_MAX 48
/* Flows that have one at a time. */
#define UL_TCP_TRAINS 8

struct ul_tcp_gro;

/*
 * @count segments of one flow; the payload of each is the next one's start,
 * and apart from that and PSH their headers are the same.
 */
typedef void (*ul_tcp_train_fn)(const struct ul_pkt *pkt, unsigned int count,
				void *arg);

struct ul_tcp_gro *ul_tcp_gro_new(ul_tcp_train_fn fn, void *arg);
/* What waits is dropped. NULL is fine. */
void ul_tcp_gro_free(struct ul_tcp_gro *gro);

/*
 * A segment with its parsed header. It goes on from within the call, or waits
 * with a reference on its buffer; true when something waits.
 */
bool ul_tcp_gro_put(struct ul_tcp_gro *gro, const struct ul_pkt *pkt,
		    const struct ul_tcp *h);

/* The batch is over: all that waits goes on, oldest first. */
void ul_tcp_gro_flush(struct ul_tcp_gro *gro);

#endif
