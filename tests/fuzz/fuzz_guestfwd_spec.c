/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_guestfwd_spec.c - the rule of --guestfwd takes any text */
#include <errno.h>

#include <glib.h>

#include "conf/guestfwd_spec.h"
#include "fuzz/fuzz.h"

static void check(const struct ul_guestfwd_conf *g)
{
	g_autofree char *text = ul_guestfwd_spec_text(g);
	g_autofree char *again_text = NULL;
	struct ul_guestfwd_conf *again = NULL;
	char *why = NULL;

	assert(g->at.port);
	assert((g->kind == UL_GUESTFWD_UNIX) == (g->path != NULL));
	assert((g->kind == UL_GUESTFWD_EXEC) == (g->argv != NULL));
	assert(!g->argv || (g->argv[0] && *g->argv[0]));
	assert(!ul_guestfwd_spec_parse(&again, text, &why));
	again_text = ul_guestfwd_spec_text(again);
	assert(!strcmp(text, again_text));
	ul_guestfwd_conf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = g_strndup((const char *)data, len);
	struct ul_guestfwd_conf *g = NULL;
	char *why = NULL;
	int rc = ul_guestfwd_spec_parse(&g, text, &why);

	assert(rc == 0 || rc == -EINVAL);
	assert((rc == 0) == (g != NULL));
	assert((rc == -EINVAL) == (why != NULL));
	if (g)
		check(g);
	ul_guestfwd_conf_free(g);
	g_free(why);
	g_free(text);
	return 0;
}
