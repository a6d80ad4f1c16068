/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_slirp_state.c - what a machine's saved state may be
 *
 * The first byte is the version. What was loaded and saved again is the
 * stream's own end, but for what older versions did not have.
 */
#include <errno.h>
#include <string.h>

#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "qemu-glue/state.h"

static ssize_t get(void *buf, size_t len, void *arg)
{
	struct ul_rd *r = arg;
	size_t n = len < r->left ? len : r->left;

	ul_rd_bytes(r, buf, n);
	return (ssize_t)n;
}

static ssize_t put(const void *buf, size_t len, void *arg)
{
	ul_wr_bytes(arg, buf, len);
	return (ssize_t)len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	int version = ul_rd_u8(&r);
	struct ul_slirp_state state = { .ip_id = 77 };
	uint8_t saved[UL_SLIRP_STATE_LEN];
	struct ul_wr w = ul_wr_new(saved, sizeof(saved));
	size_t used;
	int rc = ul_slirp_state_load(&state, version, get, &r);

	if (rc < 0) {
		assert(rc == -EINVAL || rc == -EIO);
		assert(state.ip_id == 77);
		return 0;
	}
	assert(version <= UL_SLIRP_STATE_VERSION);
	assert(state.conns_lost <= UL_SLIRP_STATE_CONNS_MAX);
	rc = ul_slirp_state_save(&state, put, &w);
	assert(rc == 0 && w.len == UL_SLIRP_STATE_LEN && !w.bad);
	used = len - r.left;
	if (version >= 3) {
		assert(used >= w.len);
		assert(memcmp(saved, data + used - w.len, w.len) == 0);
	}
	return 0;
}
