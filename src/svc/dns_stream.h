/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_stream.h - guests' queries by TCP (RFC 7766)
 *
 * Each connection brings messages behind their lengths, several at once if
 * the guest likes; answers go out as they come. A connection ends when the
 * guest ends it and has its answers, when it is idle for UL_DNS_IDLE_US, or
 * when it does not take what it asked for. Of too many the one that is idle
 * for longest gives way, first of those of the guest that comes.
 */
#ifndef UL_SVC_DNS_STREAM_H
#define UL_SVC_DNS_STREAM_H

#include "loop/loop.h"
#include "svc/dns_waiter.h"

#define UL_DNS_STREAMS 64
#define UL_DNS_PIPELINED 32		/* queries unanswered of one */
#define UL_DNS_UNSENT_MAX (256u << 10)	/* bytes of answers not taken */
#define UL_DNS_IDLE_US 15000000ll	/* without a whole query */

struct ul_dns_streams;

struct ul_dns_streams_conf {
	struct ul_loop *loop;
	unsigned int max;		/* of which one guest has a quarter */
	/* A message; answered now, later, or never (then false). */
	bool (*query)(const struct ul_dns_from *from, const uint8_t *msg,
		      size_t len, void *arg);
	/* The stream is gone: answer it no more. */
	void (*gone)(struct ul_dns_stream *stream, void *arg);
	void *arg;
};

struct ul_dns_streams *
ul_dns_streams_new(const struct ul_dns_streams_conf *conf);
/* Every connection ends. NULL is fine. */
void ul_dns_streams_free(struct ul_dns_streams *all);

/* @fd: a connected stream socket that does not block. 0, or -errno, closed. */
int ul_dns_streams_take(struct ul_dns_streams *all, int take_fd,
			const struct ul_ep *guest,
			const struct ul_ep *service, const void *port);

/* One of the stream's queries is answered; with @len 0 it never will be. */
void ul_dns_stream_answer(struct ul_dns_stream *stream, const uint8_t *msg,
			  size_t len);

unsigned int ul_dns_streams_count(const struct ul_dns_streams *all);

#endif
