/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_host_spec.c - the rule of --host takes any text, and comes back */
#include <errno.h>

#include <glib.h>

#include "conf/host_spec.h"
#include "fuzz/fuzz.h"

static void check(const struct ul_host_conf *h)
{
	g_autofree char *text = ul_host_spec_text(h);
	g_autofree char *again_text = NULL;
	struct ul_host_conf *again = NULL;
	char *why = NULL;

	assert(h->has_mac == (h->id_len == 0));
	assert(h->id_len <= UL_HOST_ID_MAX);
	assert(!h->has_addr4 || ul_addr_is_v4(&h->addr4));
	assert(!h->has_addr6 || !ul_addr_is_v4(&h->addr6));
	assert(!ul_host_spec_parse(&again, text, &why));
	again_text = ul_host_spec_text(again);
	assert(!strcmp(text, again_text));
	ul_host_conf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = g_strndup((const char *)data, len);
	struct ul_host_conf *h = NULL;
	char *why = NULL;
	int rc = ul_host_spec_parse(&h, text, &why);

	assert(rc == 0 || rc == -EINVAL);
	assert((rc == 0) == (h != NULL));
	assert((rc == -EINVAL) == (why != NULL));
	if (h)
		check(h);
	ul_host_conf_free(h);
	g_free(why);
	g_free(text);
	return 0;
}
