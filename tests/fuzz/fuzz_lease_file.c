/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_lease_file.c - a file of leases has any bytes; what is good comes back */
#include <errno.h>

#include "fuzz/fuzz.h"
#include "svc/lease_file.h"

struct seen {
	GString *text;
	unsigned int count;
};

static void put(const struct ul_lease *lease, void *arg)
{
	struct seen *seen = arg;

	assert(lease->id_len <= (ul_addr_is_v4(&lease->addr) ?
				 UL_LEASE_ID_MAX : UL_LEASE_DUID_MAX));
	assert(memchr(lease->host, '\0', sizeof(lease->host)));
	ul_lease_file_put(seen->text, lease);
	seen->count++;
}

static struct seen write_again(const char *data, size_t len, int *rc)
{
	struct seen seen = { g_string_new(NULL), 0 };
	unsigned int line = 0;

	ul_lease_file_begin(seen.text);
	*rc = ul_lease_file_parse(data, len, put, &seen, &line);
	assert(*rc == 0 || (*rc == -EBADMSG && line > 0));
	assert(seen.count <= UL_LEASE_FILE_MAX);
	ul_lease_file_end(seen.text, seen.count);
	return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int rc;
	struct seen one = write_again((const char *)data, len, &rc);
	struct seen two = write_again(one.text->str, one.text->len, &rc);

	assert(rc == 0);
	assert(one.count == two.count);
	assert(g_string_equal(one.text, two.text));
	g_string_free(one.text, TRUE);
	g_string_free(two.text, TRUE);
	return 0;
}
