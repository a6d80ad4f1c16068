/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_dhcp4.c - any bytes as a DHCPv4 message */
#include "wire/dhcp4.h"

#include <errno.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define BUF_LEN 2048	/* more than every field at its longest */

static void check_bounds(const struct ul_dhcp4_msg *m)
{
	assert(m->router_count <= UL_DHCP4_ROUTERS_MAX);
	assert(m->dns_count <= UL_DHCP4_DNS_MAX);
	assert(memchr(m->hostname, 0, sizeof(m->hostname)));
	assert(memchr(m->domain, 0, sizeof(m->domain)));
	assert(ul_addr_is_v4(&m->req_addr) && ul_addr_is_v4(&m->server_id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t a[BUF_LEN], b[BUF_LEN];
	struct ul_wr wa = ul_wr_new(a, sizeof(a)), wb = ul_wr_new(b, sizeof(b));
	struct ul_dhcp4_msg m, again;
	int rc = ul_dhcp4_parse(&m, data, len);

	assert(rc == 0 || rc == -EBADMSG || rc == -EPROTO);
	if (rc < 0)
		return 0;
	check_bounds(&m);
	ul_dhcp4_emit(&wa, &m);
	assert(!wa.bad && !ul_dhcp4_parse(&again, a, wa.len));
	ul_dhcp4_emit(&wb, &again);
	assert(!wb.bad && wa.len == wb.len && !memcmp(a, b, wa.len));
	return 0;
}
