/* SPDX-License-Identifier: BSD-3-Clause */
/* net_capture.h - captures of a network's frames, made while it runs */
#ifndef UL_NET_NET_CAPTURE_H
#define UL_NET_NET_CAPTURE_H

#include <stdint.h>

#include "link/capture.h"

#define UL_CAPTURES_MAX 16	/* that go on, or ended and are told of */

struct ul_network;

struct ul_net_capture_conf {
	const char *port;	/* of this port only; NULL: all frames once */
	uint32_t snap_len;	/* 0: all */
	uint64_t count;		/* 0: no end */
};

struct ul_net_capture_info {
	uint64_t id;
	const char *port;		/* NULL: all */
	uint32_t snap_len;
	const char *why_ended;		/* NULL: it goes on */
	struct ul_capture_stats stats;
	int64_t age_us;
};

/*
 * Capture into @take_fd, a file, a pipe or a stream socket that may be
 * written. 0 and *@id; or -errno and in *@error a sentence of the caller's.
 */
int ul_network_capture_start(struct ul_network *network, int take_fd,
			     const struct ul_net_capture_conf *conf,
			     uint64_t *id, char **error);
/* -ENOENT: there is none, or it has ended. */
int ul_network_capture_stop(struct ul_network *network, uint64_t id,
			    char **error);
void ul_network_each_capture(struct ul_network *network,
			     void (*fn)(const struct ul_net_capture_info *info,
					void *arg), void *arg);

#endif
