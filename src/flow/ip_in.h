/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ip_in.h - the one IP parser in front of everything
 *
 * Lengths, options, extension headers, fragments and checksums are checked
 * here, once. What comes out is a whole packet without options.
 */
#ifndef UL_FLOW_IP_IN_H
#define UL_FLOW_IP_IN_H

#include "flow/ctx.h"
#include "wire/offload.h"
#include "wire/pkt.h"

struct ul_ip_in;

struct ul_ip_in *ul_ip_in_new(struct ul_flow_ctx *ctx);
void ul_ip_in_free(struct ul_ip_in *in);

/*
 * The IP packet in the @len bytes at @data, padding behind it allowed, which
 * came from @mac through @port (an identity, not dereferenced). True: *@out
 * is a whole packet, valid until the next call. False: it was dropped and
 * counted, or is a fragment that waits for others. A checksum that @offload
 * calls valid or partial is believed.
 */
bool ul_ip_in_parse(struct ul_ip_in *in, const void *port,
		    const uint8_t mac[6], uint8_t *data, size_t len,
		    struct ul_buf *buf, const struct ul_offload *offload,
		    struct ul_pkt *out);

/* Fragments of a port that went away are forgotten. */
void ul_ip_in_forget_port(struct ul_ip_in *in, const void *port);

#endif
