/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_dns_spec.c - domains and their servers, of any text */
#include <errno.h>

#include <glib.h>

#include "conf/dns_spec.h"
#include "fuzz/fuzz.h"

/* What is shown can be read again, and is the same. */
static void check(const struct ul_dns_for_conf *f)
{
	char *text = ul_dns_for_text(f->domain, &f->server), *why = NULL;
	struct ul_dns_for_conf *again;
	char *shown;

	assert(f->has_server && f->server.port && strlen(f->domain) <= 253);
	assert(!ul_dns_for_parse(&again, text, &why));
	shown = ul_dns_for_text(again->domain, &again->server);
	assert(!strcmp(shown, text));
	ul_dns_for_free(again);
	g_free(shown);
	g_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = g_strndup((const char *)data, len), *why = NULL;
	struct ul_dns_for_conf *f = NULL;
	int rc = ul_dns_for_parse(&f, text, &why);

	assert(rc == 0 || rc == -EINVAL);
	assert((rc == -EINVAL) == (why != NULL));
	if (!rc)
		check(f);
	ul_dns_for_free(f);
	g_free(why);
	why = NULL;
	rc = ul_dns_for_parse_some(&f, text, &why);
	assert((rc == -EINVAL) == (why != NULL));
	if (!rc)
		ul_dns_for_free(f);
	g_free(why);
	g_free(text);
	return 0;
}
