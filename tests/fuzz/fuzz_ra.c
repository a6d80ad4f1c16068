/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_ra.c - any bytes as a router solicitation or advertisement */
#include "wire/ra.h"

#include <string.h>

#include "fuzz/fuzz.h"
#include "wire/icmp.h"

static const struct ul_addr v6 = { .b = { 0xfd } };

static void check_ra(const struct ul_ra *ra)
{
	uint8_t a[UL_RA_MAX], b[UL_RA_MAX];
	struct ul_wr wa = ul_wr_new(a, sizeof(a)), wb = ul_wr_new(b, sizeof(b));
	struct ul_ra again;

	assert(ra->prefix_count <= UL_RA_PREFIXES_MAX);
	assert(ra->dns_count <= UL_RA_DNS_MAX);
	for (unsigned int i = 0; i < ra->prefix_count; i++)
		assert(ra->prefix[i].prefix.len <= 128);
	ul_ra_emit(&wa, ra, &v6, &v6);
	assert(!wa.bad && ul_icmp_checksum_ok(&v6, &v6, a, wa.len));
	assert(!ul_ra_parse(&again, a, wa.len));
	ul_ra_emit(&wb, &again, &v6, &v6);
	assert(!wb.bad && wa.len == wb.len && !memcmp(a, b, wa.len));
}

static void check_rs(const struct ul_rs *rs)
{
	uint8_t msg[16];
	struct ul_wr w = ul_wr_new(msg, sizeof(msg));
	struct ul_rs again;

	ul_rs_emit(&w, rs, &v6, &v6);
	assert(!w.bad && !ul_rs_parse(&again, msg, w.len));
	assert(again.has_lladdr == rs->has_lladdr);
	assert(!memcmp(again.lladdr, rs->lladdr, 6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rs rs;
	struct ul_ra ra;

	if (!ul_rs_parse(&rs, data, len))
		check_rs(&rs);
	if (!ul_ra_parse(&ra, data, len))
		check_ra(&ra);
	return 0;
}
