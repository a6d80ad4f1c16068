/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_conf.c - configuration files of any bytes: what is read is shown so
 * that it reads the same, and what is refused says why
 */
#include <errno.h>

#include "conf/conf_check.h"
#include "conf/conf_diff.h"
#include "conf/conf_file.h"
#include "conf/conf_merge.h"
#include "conf/conf_show.h"
#include "fuzz/fuzz.h"

static void check_settings(const struct ul_settings *s)
{
	const struct ul_conf_setting *all = ul_settings_all(s);

	assert(ul_settings_count(s) <= UL_CONF_SETTINGS_MAX);
	for (size_t i = 0; i < ul_settings_count(s); i++) {
		assert(all[i].option->place == UL_PLACE_ANY);
		assert(all[i].value || all[i].option->arg != UL_OPTION_VALUE);
		assert(!all[i].value || all[i].option->arg != UL_OPTION_FLAG);
		assert(all[i].line && g_str_has_prefix(all[i].where, "f:"));
	}
}

/* Written and read again it is the same network. */
static void check_shown(const struct ul_settings *s)
{
	struct ul_conf *conf = ul_conf_new();
	char *text = ul_conf_show(conf, s), *again_text, *error = NULL;
	struct ul_settings *again;
	GPtrArray *changes;

	/* What is shown takes more room than what was read. */
	if (strlen(text) <= UL_CONF_FILE_MAX) {
		assert(!ul_conf_file_parse(&again, "f", text, strlen(text),
					   &error));
		changes = ul_conf_diff(s, again);
		assert(!changes->len);
		g_ptr_array_unref(changes);
		again_text = ul_conf_show(conf, again);
		assert(!strcmp(text, again_text));
		g_free(again_text);
		ul_settings_free(again);
	}
	g_free(text);
	ul_conf_free(conf);
}

/*
 * The setters and the rules between options meet the same bytes. Were all
 * values right?
 */
static bool check_applied(const struct ul_settings *s)
{
	struct ul_settings *none = ul_settings_new();
	struct ul_settings *both = ul_conf_merge(none, s);
	struct ul_conf *conf = ul_conf_new();
	char *error = NULL;
	bool are_right;
	int rc;

	assert(ul_settings_count(both) == ul_settings_count(s));
	rc = ul_conf_apply(conf, ul_settings_all(both),
			   ul_settings_count(both), &error);
	are_right = !rc;
	/* Whether a descriptor is open is not in the bytes. */
	conf->is_running = true;
	if (!rc)
		rc = ul_conf_check(conf, "/run/user/0", &error);
	assert((rc < 0) == (error != NULL));
	if (error)
		error = ul_conf_explain(error, both);
	g_free(error);
	ul_conf_free(conf);
	ul_settings_free(both);
	ul_settings_free(none);
	return are_right;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_settings *s = NULL;
	char *error = NULL;
	int rc = ul_conf_file_parse(&s, "f", (const char *)data, len, &error);

	assert(rc == 0 || rc == -EINVAL);
	assert((rc == 0) == (s != NULL) && (rc == 0) == (error == NULL));
	if (rc) {
		assert(g_str_has_prefix(error, "f:"));
		g_free(error);
		return 0;
	}
	check_settings(s);
	if (check_applied(s))
		check_shown(s);
	ul_settings_free(s);
	return 0;
}
