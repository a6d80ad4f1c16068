/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state.c - what an instance takes along when its machine is saved
 *
 * The stream is, all numbers in network order:
 *
 *	{ 42, connection }...	each connection of a guestfwd to the host
 *	0			their end
 *	ip_id			16 bits, since version 2
 *	16 x { taken, mac }	16 bits and 6 bytes, since version 3
 *
 * A connection is libslirp's socket and 4.4BSD's control block with both
 * buffers. Its sequence numbers fit no other stack's, so it is read over: the
 * guest's next segment of it finds no flow and is answered with a RST. We
 * write none. libslirp refuses a connection that fits none of its guestfwds;
 * to us it is lost like the others, and no reason to lose the machine too.
 */
#include "qemu-glue/state.h"

#include <errno.h>
#include <stdbool.h>

#include "base/cursor.h"

#define FAMILY_SINCE 4
#define IP_ID_SINCE 2

/* The families as libslirp writes them; two systems' own, too. */
#define FAMILY_INET 2
#define FAMILY_INET6 10
#define FAMILY_INET6_WINDOWS 23
#define FAMILY_INET6_FREEBSD 28

#define ADDR_AND_PORT 6
/* Urgent bytes; both addresses, then both ports. */
#define OLD_HEAD (4 + 4 + 4 + 2 + 2)
/* TOS, emulation, type; state. */
#define CONN_REST (3 + 4)
/* 8 16-bit numbers of timers and state, maxseg, force, flags; 15 of sequence
 * and window; idle, rtt; rtseq; srtt, rttvar, rttmin; max_sndwnd; urgent data;
 * error; 4 of scaling; 2 of timestamps; the last ACK. */
#define CONTROL_BLOCK (8 * 2 + 2 + 1 + 2 + 15 * 4 + 2 * 2 + 4 + 3 * 2 + 4 + \
		       2 + 2 + 4 + 2 * 4 + 4)

struct in {
	ul_slirp_read_fn read;
	void *arg;
};

static int take(struct in *in, void *buf, size_t len)
{
	return in->read(buf, len, in->arg) == (ssize_t)len ? 0 : -EIO;
}

static int skip(struct in *in, size_t len)
{
	uint8_t buf[4096];

	while (len > 0) {
		size_t n = len < sizeof(buf) ? len : sizeof(buf);
		int rc = take(in, buf, n);

		if (rc < 0)
			return rc;
		len -= n;
	}
	return 0;
}

static int skip_addr(struct in *in)
{
	uint8_t buf[2];
	struct ul_rd r = ul_rd_new(buf, sizeof(buf));
	int rc = take(in, buf, sizeof(buf));

	if (rc < 0)
		return rc;
	switch (ul_rd_u16(&r)) {
	case FAMILY_INET:
		return skip(in, ADDR_AND_PORT);
	case FAMILY_INET6:
	case FAMILY_INET6_WINDOWS:
	case FAMILY_INET6_FREEBSD:
		return 0;	/* libslirp saves no IPv6 address */
	}
	return -EINVAL;
}

static int skip_addrs(struct in *in, int version)
{
	int rc;

	if (version < FAMILY_SINCE)
		return skip(in, OLD_HEAD);
	rc = skip(in, 4);
	if (rc == 0)
		rc = skip_addr(in);
	if (rc == 0)
		rc = skip_addr(in);
	return rc;
}

/* A ring: bytes in it, its size, where they are written and read, its bytes. */
static int skip_ring(struct in *in)
{
	uint8_t buf[4 * 4];
	struct ul_rd r = ul_rd_new(buf, sizeof(buf));
	int rc = take(in, buf, sizeof(buf));
	uint32_t used = ul_rd_u32(&r);
	uint32_t size = ul_rd_u32(&r);
	uint32_t write_at = ul_rd_u32(&r);
	uint32_t read_at = ul_rd_u32(&r);

	if (rc < 0)
		return rc;
	if (size > UL_SLIRP_STATE_BUF_MAX || used > size ||
	    write_at >= size || read_at >= size)
		return -EINVAL;
	return skip(in, size);
}

static int skip_conn(struct in *in, int version)
{
	int rc = skip_addrs(in, version);

	if (rc == 0)
		rc = skip(in, CONN_REST);
	if (rc == 0)
		rc = skip_ring(in);
	if (rc == 0)
		rc = skip_ring(in);
	if (rc == 0)
		rc = skip(in, CONTROL_BLOCK);
	return rc;
}

static int skip_conns(struct in *in, int version, unsigned int *count)
{
	*count = 0;
	for (;;) {
		uint8_t follows;
		int rc = take(in, &follows, 1);

		if (rc < 0 || follows == 0)
			return rc;
		if (++*count > UL_SLIRP_STATE_CONNS_MAX)
			return -EINVAL;
		rc = skip_conn(in, version);
		if (rc < 0)
			return rc;
	}
}

static int take_ip_id(struct in *in, struct ul_slirp_state *state)
{
	uint8_t buf[2];
	struct ul_rd r = ul_rd_new(buf, sizeof(buf));
	int rc = take(in, buf, sizeof(buf));

	if (rc == 0)
		state->ip_id = ul_rd_u16(&r);
	return rc;
}

static int take_leases(struct in *in, struct ul_slirp_state *state)
{
	uint8_t buf[UL_SLIRP_LEASES * 8];
	struct ul_rd r = ul_rd_new(buf, sizeof(buf));
	int rc = take(in, buf, sizeof(buf));

	if (rc < 0)
		return rc;
	for (unsigned int i = 0; i < UL_SLIRP_LEASES; i++) {
		state->leases[i].taken = ul_rd_u16(&r);
		ul_rd_bytes(&r, state->leases[i].mac,
			    sizeof(state->leases[i].mac));
	}
	return 0;
}

int ul_slirp_state_save(const struct ul_slirp_state *state,
			ul_slirp_write_fn write, void *arg)
{
	uint8_t buf[UL_SLIRP_STATE_LEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));

	ul_wr_u8(&w, 0);
	ul_wr_u16(&w, state->ip_id);
	for (unsigned int i = 0; i < UL_SLIRP_LEASES; i++) {
		ul_wr_u16(&w, state->leases[i].taken);
		ul_wr_bytes(&w, state->leases[i].mac,
			    sizeof(state->leases[i].mac));
	}
	return write(buf, w.len, arg) == (ssize_t)w.len ? 0 : -EIO;
}

int ul_slirp_state_load(struct ul_slirp_state *state, int version,
			ul_slirp_read_fn read, void *arg)
{
	struct ul_slirp_state found = { .ip_id = 0 };
	struct in in = { .read = read, .arg = arg };
	int rc;

	if (version < 0 || version > UL_SLIRP_STATE_VERSION)
		return -EINVAL;
	rc = skip_conns(&in, version, &found.conns_lost);
	if (rc == 0 && version >= IP_ID_SINCE)
		rc = take_ip_id(&in, &found);
	if (rc == 0 && version >= UL_SLIRP_LEASES_SINCE)
		rc = take_leases(&in, &found);
	if (rc == 0)
		*state = found;
	return rc;
}
