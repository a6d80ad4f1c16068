/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_forward_spec.c - the rule of -p takes any text */
#include <errno.h>

#include <glib.h>

#include "conf/forward_spec.h"
#include "fuzz/fuzz.h"
#include "wire/pkt.h"

static void check(const struct ul_forward_conf *f)
{
	assert(f->proto == UL_IPPROTO_TCP || f->proto == UL_IPPROTO_UDP);
	assert(!(f->has_guest && f->guest_name));
	assert(f->guest_first && f->guest_first <= f->guest_last);
	assert(f->host_addr_count <= 2);
	assert(!f->when_listening ||
	       (f->proto == UL_IPPROTO_TCP && !f->path));
	assert((f->path != NULL) == (f->host_addr_count == 0));
	if (f->path)
		assert(f->proto == UL_IPPROTO_TCP && !f->host_first &&
		       strlen(f->path) > 1 && strlen(f->path) <= 107);
	if (f->host_first)
		assert(f->host_last - f->host_first ==
		       f->guest_last - f->guest_first);
	else
		assert(f->guest_first == f->guest_last);
}

/* The rule's one form says the same, and is its own. */
static void write_again(const struct ul_forward_conf *f)
{
	struct ul_forward_conf *again = NULL;
	char *text = ul_forward_spec_text(f), *twice, *why = NULL;

	assert(!ul_forward_spec_parse(&again, text, &why));
	check(again);
	twice = ul_forward_spec_text(again);
	assert(!strcmp(text, twice));
	assert(again->proto == f->proto && again->has_guest == f->has_guest);
	assert(again->host_first == f->host_first);
	assert(again->guest_last == f->guest_last);
	ul_forward_conf_free(again);
	g_free(text);
	g_free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = g_strndup((const char *)data, len);
	struct ul_forward_conf *f = NULL;
	char *why = NULL;
	int rc = ul_forward_spec_parse(&f, text, &why);

	assert(rc == 0 || rc == -EINVAL);
	assert((rc == 0) == (f != NULL));
	assert((rc == -EINVAL) == (why != NULL));
	if (f) {
		check(f);
		write_again(f);
	}
	ul_forward_conf_free(f);
	g_free(why);
	g_free(text);
	return 0;
}
