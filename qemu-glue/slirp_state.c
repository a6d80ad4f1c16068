/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_state.c - a machine is saved, and goes on elsewhere
 *
 * What goes along are the leases, so that the guest keeps its address. Its
 * connections do not, neither here nor in libslirp.
 */
#include "qemu-glue/slirp_priv.h"

#include <string.h>

#include "base/log.h"
#include "qemu-glue/state.h"

#define TAG "slirp"

static uint32_t first_address(const struct Slirp *s)
{
	return ul_addr_to_v4(&s->conf->pool_first);
}

struct gather {
	const struct Slirp *s;
	struct ul_slirp_state *state;
};

static void gather(const struct ul_lease *lease, void *arg)
{
	struct gather *g = arg;
	uint32_t at;

	if (!ul_addr_is_v4(&lease->addr))
		return;
	at = ul_addr_to_v4(&lease->addr) - first_address(g->s);
	if (at >= UL_SLIRP_LEASES)
		return;
	g->state->leases[at].taken = 1;
	memcpy(g->state->leases[at].mac, lease->mac, sizeof(lease->mac));
}

static void restore(struct Slirp *s, const struct ul_slirp_state *state)
{
	struct ul_router *router = ul_embed_router(s->net);

	ul_router_forget_leases(router);
	for (uint32_t i = 0; i < UL_SLIRP_LEASES; i++) {
		struct ul_lease lease = {
			.addr = ul_addr_v4(first_address(s) + i),
			.state = UL_LEASE_BOUND,
			.expires_us = s->now_us + s->conf->lease_time_s * 1000000ll,
		};

		memcpy(lease.mac, state->leases[i].mac, sizeof(lease.mac));
		if (state->leases[i].taken)
			ul_router_restore_lease(router, &lease);
	}
}

int slirp_state_version(void)
{
	return UL_SLIRP_STATE_VERSION;
}

int slirp_state_save(Slirp *s, SlirpWriteCb write_cb, void *opaque)
{
	struct ul_slirp_state state = { .ip_id = 0 };
	struct gather g = { .s = s, .state = &state };

	ul_slirp_enter(s);
	ul_router_each_known_lease(ul_embed_router(s->net), gather, &g);
	ul_slirp_leave(s);
	return ul_slirp_state_save(&state, write_cb, opaque);
}

int slirp_state_load(Slirp *s, int version_id, SlirpReadCb read_cb,
		     void *opaque)
{
	struct ul_slirp_state state;
	int rc = ul_slirp_state_load(&state, version_id, read_cb, opaque);

	if (rc < 0) {
		ul_log(ERROR, TAG, "what was saved of the network, by version %d, cannot be read: %s",
		       version_id, strerror(-rc));
		return rc;
	}
	if (state.conns_lost > 0)
		ul_log(INFO, TAG, "connections of guestfwds that were saved and are lost: %u",
		       state.conns_lost);
	ul_slirp_enter(s);
	if (version_id >= UL_SLIRP_LEASES_SINCE)
		restore(s, &state);
	ul_slirp_leave(s);
	return 0;
}
