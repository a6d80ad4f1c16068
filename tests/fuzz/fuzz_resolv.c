/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_resolv.c - the parser of resolv.conf takes any bytes */
#include "base/addr.h"
#include "fuzz/fuzz.h"
#include "sys/resolv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ul_resolver list[UL_RESOLV_MAX];
	size_t count = ul_resolv_parse((const char *)data, size, list);

	/* There is always a server, and never more than fit. */
	assert(count && count <= UL_RESOLV_MAX);
	for (size_t i = 0; i < count; i++) {
		assert(list[i].ep.port == 53);
		assert(!list[i].scope_id || !ul_addr_is_v4(&list[i].ep.addr));
	}
	return 0;
}
