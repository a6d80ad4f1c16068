/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_sums.c - checking the sums of any frame; what is filled in is right */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "wire/sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_sums s = ul_sums_check(data, len);
	uint8_t *copy;

	if (s.state == UL_SUMS_NONE)
		assert(!s.proto);
	if (s.proto)
		assert(s.l3_off < s.l4_off && s.l4_off < s.sum_off &&
		       s.sum_off + 2 <= len);
	if (s.state != UL_SUMS_PARTIAL)
		return 0;
	copy = malloc(len);
	memcpy(copy, data, len);
	copy[s.sum_off] = (uint8_t)(s.whole >> 8);
	copy[s.sum_off + 1] = (uint8_t)s.whole;
	assert(ul_sums_check(copy, len).state == UL_SUMS_RIGHT);
	free(copy);
	return 0;
}
