/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_boot_spec.c - the rule of --bootfile takes any text */
#include <errno.h>

#include <glib.h>

#include "conf/boot_spec.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = g_strndup((const char *)data, len);
	struct ul_boot_conf *boot = NULL;
	char *why = NULL;
	int rc = ul_boot_spec_parse(&boot, text, &why);

	assert(rc == 0 || rc == -EINVAL);
	assert((rc == 0) == (boot != NULL));
	assert((rc == -EINVAL) == (why != NULL));
	assert(!boot || (*boot->file &&
			 strlen(boot->file) <= UL_BOOT_FILE_MAX));
	ul_boot_conf_free(boot);
	g_free(why);
	g_free(text);
	return 0;
}
