/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_uplink_spec.c - the rule of --uplink takes any text */
#include <errno.h>

#include <glib.h>

#include "conf/uplink_spec.h"
#include "fuzz/fuzz.h"

static void check(const struct ul_uplink_conf *u)
{
	bool is_vxlan = u->kind == UL_UPLINK_VXLAN;
	bool is_trunk = u->kind == UL_UPLINK_TRUNK;

	assert((u->kind == UL_UPLINK_FD) == (u->fd > 2));
	assert(is_vxlan == (u->remote_count > 0));
	assert(u->remote_count <= UL_UPLINK_REMOTES_MAX);
	assert(u->vni <= UL_UPLINK_VNI_MAX);
	assert(is_trunk == (u->trunk_len > 0));
	assert(u->trunk_len <= sizeof(u->trunk));
	assert(!u->shares_mac || (!is_vxlan && !is_trunk));
	for (unsigned int i = 0; i < u->remote_count; i++)
		assert(u->remotes[i].port &&
		       ul_addr_is_v4(&u->remotes[i].addr) ==
		       ul_addr_is_v4(&u->local.addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = g_strndup((const char *)data, len);
	struct ul_uplink_conf *u = NULL;
	char *why = NULL;
	int rc = ul_uplink_spec_parse(&u, text, &why);

	assert(rc == 0 || rc == -EINVAL);
	assert((rc == 0) == (u != NULL));
	assert((rc == -EINVAL) == (why != NULL));
	if (u)
		check(u);
	ul_uplink_conf_free(u);
	g_free(why);
	g_free(text);
	return 0;
}
