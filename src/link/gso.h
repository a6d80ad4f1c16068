/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gso.h - frames that still need something, made whole
 *
 * A super-frame is one TCP segment or UDP datagram that stands for many; a
 * frame with a partial checksum lacks the sum over its payload. Whoever sends
 * on a wire that can carry neither splits and completes them here. Headers
 * are copied and changed, the payload is never touched.
 */
#ifndef UL_LINK_GSO_H
#define UL_LINK_GSO_H

#include <stdbool.h>
#include <stddef.h>

#include "link/port.h"
#include "wire/tcp.h"

/* Where the headers of a super-frame are; offsets from its start. */
struct ul_gso {
	bool is_v6, is_tcp;	/* else IPv4, UDP */
	bool has_cwr;		/* TCP's, which only the first segment keeps */
	size_t l3_off, l4_off;
	size_t hdr_len;		/* of all headers together */
	size_t payload_len;
};

/*
 * Does a super-frame stand for datagrams? Only TCP's sum is so far into its
 * header; where that is not so, ul_gso_check() refuses the frame.
 */
static inline bool ul_gso_is_udp(const struct ul_offload *offload)
{
	return offload->gso_size && offload->csum_offset < UL_TCP_HLEN - 4;
}

/*
 * Do the facts in @offload go with the frame in @piece? 0, and for a
 * super-frame *@out; -EBADMSG when a length or an offset lies, or there is no
 * TCP or UDP header where it should be; -EMSGSIZE when the headers are longer
 * than UL_PORT_HEAD_MAX.
 */
int ul_gso_check(struct ul_gso *out, const struct ul_piece *piece,
		 unsigned int count, const struct ul_offload *offload);

/*
 * Call @emit for each whole frame that @piece stands for. The pieces that it
 * gets are valid for the call; the first has no buf, as have those whose
 * originals have none. Ends early with what @emit returned when negative.
 * Otherwise 0, or an error of ul_gso_check() before the first call.
 */
int ul_gso_split(const struct ul_piece *piece, unsigned int count,
		 const struct ul_offload *offload,
		 int (*emit)(const struct ul_piece *piece, unsigned int count,
			     void *arg),
		 void *arg);

#endif
