/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_slirp_ncsi.c - any frame as a BMC's command: its answer adds up */
#include "fuzz/fuzz.h"
#include "qemu-glue/ncsi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct ul_ncsi_conf conf = { 0x8119, { 2, 0, 0, 0, 0, 1 } };
	uint8_t out[UL_NCSI_ANSWER_MAX];
	size_t n = ul_ncsi_answer(out, &conf, data, len);
	uint32_t sum = 0;

	if (n == 0) {
		assert(len < 30 || data[18] >= 0x80);
		return 0;
	}
	assert(n >= 14 + 16 + 4 + 4 && n <= sizeof(out) && n % 2 == 0);
	assert((size_t)(out[20] << 8 | out[21]) == n - 14 - 16 - 4);
	assert(out[18] == (data[18] | 0x80));
	for (size_t i = 14; i < n - 4; i += 2)
		sum += (uint32_t)(out[i] << 8 | out[i + 1]);
	for (size_t i = n - 4; i < n; i += 2)
		sum += (uint32_t)(out[i] << 8 | out[i + 1]) <<
		       (i == n - 4 ? 16 : 0);
	assert(sum == 0);
	return 0;
}
