/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest.h - a guest for fuzz_frames
 *
 * It makes frames, knows enough of its TCP connections to make segments that
 * fit, and looks at every frame that it gets: headers agree, checksums are
 * right, streams carry the pattern, nothing is acknowledged that was never
 * sent. A frame that is not so aborts the program.
 */
#ifndef UL_TESTS_GUEST_H
#define UL_TESTS_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define GUEST_CONNS 16
#define GUEST_OWN_CONNS 8	/* opened by the guest; the others by forwards */

enum guest_options {
	GUEST_OPT_NONE,
	GUEST_OPT_USUAL,	/* MSS 1460, SACK permitted, window scale */
	GUEST_OPT_SMALL,	/* MSS 536 and nothing else */
	GUEST_OPT_LARGE,	/* MSS 65480 */
	GUEST_OPT_SACK,		/* what is behind the first lost segment */
	GUEST_OPT_SACKS,	/* three short blocks */
	GUEST_OPT_TIMESTAMP,
	GUEST_OPT_BROKEN,
};
#define GUEST_OPT_COUNT (GUEST_OPT_BROKEN + 1)

/* A segment, told relative to where its connection is. */
struct guest_segment {
	unsigned int conn;
	uint8_t flags;
	int32_t seq, ack;	/* added to what would be right */
	uint16_t window;
	enum guest_options options;
	size_t len;
	struct ul_ep dst;	/* with SYN: where to */
};

void guest_reset(uint16_t mtu);
/* Acknowledge what arrives, and answer SYNs and FINs, without being told. */
void guest_set_prompt(bool is_prompt);

/* Bytes of the router's side of the wire. */
void guest_receive(const uint8_t *data, size_t len);
/* Nothing of an unfinished frame will come any more. */
void guest_cut(void);

void guest_send_frame(const uint8_t *frame, size_t len);
/* An IP packet as it is, or with its checksums made right. */
void guest_send_ip(const uint8_t *ip, size_t len);
void guest_send_mended(const uint8_t *ip, size_t len);
void guest_send_tcp(const struct guest_segment *segment);
/* @frag: bytes of payload in each IP fragment, or 0 for none. */
void guest_send_udp(uint16_t port, const struct ul_ep *dst, size_t len,
		    size_t frag, uint8_t ttl);
void guest_send_echo(const struct ul_addr *dst, uint16_t id, size_t len,
		     uint8_t ttl);

#endif
