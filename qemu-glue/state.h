/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state.h - what an instance takes along when its machine is saved
 *
 * The bytes are those of libslirp's stream of version 4, so that machines
 * move between the two libraries in both directions. They lie in the middle
 * of a stream of the host's: what is read is exactly what was written.
 */
#ifndef UL_QEMU_GLUE_STATE_H
#define UL_QEMU_GLUE_STATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define UL_SLIRP_STATE_VERSION 4
#define UL_SLIRP_LEASES 16
#define UL_SLIRP_LEASES_SINCE 3	/* the version */
/* What is written: the end of the connections, an id, the leases. */
#define UL_SLIRP_STATE_LEN (1 + 2 + UL_SLIRP_LEASES * 8)
/* More than a host has of guestfwd connections, and a limit to a loop. */
#define UL_SLIRP_STATE_CONNS_MAX 1024
/* A buffer of a connection; libslirp's have 128 KiB. */
#define UL_SLIRP_STATE_BUF_MAX (16u << 20)

/* The lease of the address that is so far from the first as it is in its
 * array. Only a @taken of 0 is free; its mac may be of an earlier owner. */
struct ul_slirp_lease {
	uint16_t taken;
	uint8_t mac[6];
};

struct ul_slirp_state {
	uint16_t ip_id;		/* of the last IPv4 packet */
	struct ul_slirp_lease leases[UL_SLIRP_LEASES];
	/* Connections that were in what was loaded, and are not taken over. */
	unsigned int conns_lost;
};

/* Take or give exactly @len bytes: @len, or anything else on failure. */
typedef ssize_t (*ul_slirp_read_fn)(void *buf, size_t len, void *arg);
typedef ssize_t (*ul_slirp_write_fn)(const void *buf, size_t len, void *arg);

/* Write @state. -EIO when @write failed. */
int ul_slirp_state_save(const struct ul_slirp_state *state,
			ul_slirp_write_fn write, void *arg);

/*
 * Read @state, saved by @version of libslirp's stream. -EINVAL when it is no
 * such stream or its version is newer than ours, -EIO when it ends early;
 * @state is touched only on success. What a version did not save is zero.
 */
int ul_slirp_state_load(struct ul_slirp_state *state, int version,
			ul_slirp_read_fn read, void *arg);

#endif
