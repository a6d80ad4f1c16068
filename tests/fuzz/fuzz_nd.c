/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_nd.c - any bytes as a neighbour discovery message */
#include "wire/nd.h"

#include <string.h>

#include "fuzz/fuzz.h"
#include "wire/icmp.h"

static void check_round_trip(const struct ul_nd *nd)
{
	struct ul_addr v6 = { .b = { 0xfd } };
	uint8_t a[UL_ND_NS_LEN], b[UL_ND_NS_LEN];
	struct ul_wr wa = ul_wr_new(a, sizeof(a)), wb = ul_wr_new(b, sizeof(b));
	struct ul_nd again;

	ul_nd_emit(&wa, nd, &v6, &v6);
	assert(!wa.bad && ul_icmp_checksum_ok(&v6, &v6, a, sizeof(a)));
	assert(!ul_nd_parse(&again, a, sizeof(a)) && again.has_lladdr);
	ul_nd_emit(&wb, &again, &v6, &v6);
	assert(!wb.bad && !memcmp(a, b, sizeof(a)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t off[UL_ND_LLADDRS_MAX];
	int count = ul_nd_find_lladdrs(off, data, len);
	struct ul_nd nd;

	for (int i = 0; i < count; i++)
		assert(off[i] >= 10 && off[i] + 6 <= len);
	if (ul_nd_parse(&nd, data, len) < 0)
		return 0;
	assert(count >= nd.has_lladdr);
	assert(nd.type == UL_ICMP6_NS || nd.type == UL_ICMP6_NA);
	assert(!ul_addr_is_v4(&nd.target));
	assert(!ul_addr_is_multicast(&nd.target));
	check_round_trip(&nd);
	return 0;
}
