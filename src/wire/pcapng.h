/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcapng.h - blocks of a pcapng capture (draft-ietf-opsawg-pcapng)
 *
 * In network byte order, which the section header says; times are in
 * nanoseconds. All emit into a writer that a short buffer makes bad.
 */
#ifndef UL_WIRE_PCAPNG_H
#define UL_WIRE_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

/* Room that is enough for a block without a packet. */
#define UL_PCAPNG_BLOCK_MAX 256
/* Bytes of an enhanced packet block in front of the packet, and behind. */
#define UL_PCAPNG_PACKET_HLEN 28
#define UL_PCAPNG_PACKET_TLEN_MAX 24

/* Which way a packet went, from where the interface is. */
enum ul_pcapng_direction {
	UL_PCAPNG_UNKNOWN,
	UL_PCAPNG_INBOUND,
	UL_PCAPNG_OUTBOUND,
};

struct ul_pcapng_packet {
	uint32_t interface;		/* in the order of their blocks */
	uint64_t time_ns;		/* since 1970 */
	uint32_t cap_len, len;		/* as captured, as it was */
	enum ul_pcapng_direction direction;
};

/* The first block, @application being who wrote it. */
void ul_pcapng_section(struct ul_wr *w, const char *application);
/* One more interface, Ethernet; names are cut at 100 bytes. */
void ul_pcapng_interface(struct ul_wr *w, const char *name, uint32_t snap_len);
/* What comes in front of cap_len bytes of packet, and what comes behind. */
void ul_pcapng_packet_head(struct ul_wr *w, const struct ul_pcapng_packet *p);
void ul_pcapng_packet_tail(struct ul_wr *w, const struct ul_pcapng_packet *p);
/* How many packets of an interface came, and how many were left out. */
void ul_pcapng_statistics(struct ul_wr *w, uint32_t interface,
			  uint64_t time_ns, uint64_t received,
			  uint64_t dropped);

#endif
