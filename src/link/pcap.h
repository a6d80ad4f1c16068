/* SPDX-License-Identifier: BSD-3-Clause */
/* pcap.h - writing frames to a capture file (classic pcap, nanoseconds) */
#ifndef UL_LINK_PCAP_H
#define UL_LINK_PCAP_H

#include "link/port.h"

struct ul_pcap;

/*
 * Create or truncate @path, mode 0600; a FIFO must have its reader already.
 * NULL and errno on failure. The process ignores SIGPIPE and SIGXFSZ.
 */
struct ul_pcap *ul_pcap_open(const char *path);
void ul_pcap_free(struct ul_pcap *pcap);

/*
 * Append one frame at the present wall-clock time. Never blocks: what a slow
 * reader of a FIFO has no room for is left out. A write error (a full disk)
 * is logged once and ends the capture, nothing else.
 */
void ul_pcap_write(struct ul_pcap *pcap, const struct ul_piece *piece,
		   unsigned int count);

#endif
