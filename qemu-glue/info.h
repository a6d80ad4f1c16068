/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * info.h - connections and neighbours, in libslirp's own words
 *
 * QEMU prints the text as `info usernet', and programs read the ports of
 * forwards out of it: it is libslirp's to the byte.
 */
#ifndef UL_QEMU_GLUE_INFO_H
#define UL_QEMU_GLUE_INFO_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* A line of the connections; only IPv4 has any. */
struct ul_slirp_conn {
	uint8_t proto;		/* of IP: TCP, UDP, ICMP */
	/* Of TCP as it is towards the guest, "HOST_FORWARD" of a forward's
	 * listener; NULL: it goes when unused for seconds_left. */
	const char *state;
	int seconds_left;
	int fd;			/* -1: none */
	struct ul_ep src, dst;
	size_t to_host;		/* bytes of the guest's that wait */
	size_t to_guest;	/* that the guest has not acknowledged */
	uint64_t born;		/* to sort by: whatever grows */
	size_t place;		/* ul_slirp_conn_text()'s own */
};

/*
 * All @count lines of @conn, which is sorted as libslirp would: TCP, UDP,
 * ICMP, of each the last that began first; of two that began at a time it is
 * that which is behind. The text is the caller's.
 */
char *ul_slirp_conn_text(struct ul_slirp_conn *conn, size_t count);

/* A line of the neighbours. */
struct ul_slirp_neighbor {
	struct ul_addr addr;
	uint8_t mac[6];
};

/* All @count lines of @n, in its order but IPv4 first. */
char *ul_slirp_neighbor_text(const struct ul_slirp_neighbor *n, size_t count);

#endif
