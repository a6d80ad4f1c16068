/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_dhcp6.c - any bytes as a DHCPv6 message */
#include "wire/dhcp6.h"

#include <string.h>

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t a[UL_DHCP6_MAX], b[UL_DHCP6_MAX];
	struct ul_wr wa = ul_wr_new(a, sizeof(a)), wb = ul_wr_new(b, sizeof(b));
	struct ul_dhcp6_msg m, again;

	if (ul_dhcp6_parse(&m, data, len) < 0)
		return 0;
	assert(m.client.len <= UL_DHCP6_DUID_MAX);
	assert(m.server.len <= UL_DHCP6_DUID_MAX);
	assert(m.ia_count <= UL_DHCP6_IAS_MAX);
	assert(m.dns_count <= UL_DHCP6_DNS_MAX);
	for (unsigned int i = 0; i < m.ia_count; i++)
		assert(m.ia[i].addr_count <= UL_DHCP6_ADDRS_MAX);
	ul_dhcp6_emit(&wa, &m);
	assert(!wa.bad && !ul_dhcp6_parse(&again, a, wa.len));
	ul_dhcp6_emit(&wb, &again);
	assert(!wb.bad && wa.len == wb.len && !memcmp(a, b, wa.len));
	return 0;
}
