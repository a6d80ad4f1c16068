/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_rule_spec.c - lists of rules take any text, and mean what they show */
#include <errno.h>

#include <glib.h>

#include "base/special.h"
#include "conf/rule_spec.h"
#include "fuzz/fuzz.h"

static void check(const struct ul_rule *rule)
{
	char buf[UL_RULE_STRLEN], again_buf[UL_RULE_STRLEN];
	struct ul_rule again;
	char *why = NULL;

	assert(rule->first <= rule->last);
	assert(!rule->last == !rule->first);
	assert(!rule->last || rule->proto != UL_RULE_ICMP);
	assert((rule->dest == UL_RULE_NAME) == (*rule->name != '\0'));
	assert(!rule->is_below || rule->dest == UL_RULE_NAME);
	assert(strlen(rule->name) < sizeof(rule->name));
	if (rule->allows && rule->dest == UL_RULE_PREFIX)
		assert(!ul_special_covers(&rule->prefix) ||
		       ul_special_may_be_named(&rule->prefix.addr));
	ul_rule_str(rule, buf);
	assert(!ul_rule_spec_parse(&again, buf, &why));
	assert(!strcmp(buf, ul_rule_str(&again, again_buf)));
	assert(again.dest == rule->dest && again.proto == rule->proto);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct ul_rule));
	char *text = g_strndup((const char *)data, len);
	char *why = NULL;
	int rc = ul_rule_spec_parse_list(list, text, &why);

	assert(rc == 0 || rc == -EINVAL);
	assert((rc == 0) == (list->len > 0));
	assert((rc == -EINVAL) == (why != NULL));
	assert(list->len <= UL_RULES_MAX);
	for (guint i = 0; i < list->len; i++)
		check(&g_array_index(list, struct ul_rule, i));
	g_free(why);
	g_free(text);
	g_array_unref(list);
	return 0;
}
