/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_icmp.c - any bytes as an ICMP message of either family */
#include "wire/icmp.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

/* Written with a checksum between @a and @a, it is right and reads back. */
static void check_round_trip(const struct ul_icmp *h, const struct ul_addr *a,
			     const uint8_t *data, size_t len)
{
	uint8_t *buf = malloc(len);
	struct ul_wr w = ul_wr_new(buf, len);

	if (!buf)
		return;
	ul_icmp_emit(&w, h, a, a, data + UL_ICMP_HLEN, len - UL_ICMP_HLEN);
	ul_wr_bytes(&w, data + UL_ICMP_HLEN, len - UL_ICMP_HLEN);
	assert(!w.bad && w.len == len);
	assert(ul_icmp_checksum_ok(a, a, buf, len));
	assert(!memcmp(buf, data, 2) && !memcmp(buf + 4, data + 4, len - 4));
	free(buf);
}

/* No more is read than is there, and with less there is no quote. */
static void check_quote(const uint8_t *data, size_t len, enum ul_family family)
{
	struct ul_icmp_quote q;
	uint8_t *tight = malloc(len);

	if (!tight)
		return;
	memcpy(tight, data, len);
	if (!ul_icmp_quote_parse(&q, tight, len, family))
		assert(len >= UL_ICMP_HLEN + (family == UL_V4 ? 28 : 48));
	free(tight);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_addr v4 = ul_addr_v4(0x0a000202), v6 = { .b = { 0xfd } };
	struct ul_icmp h;

	ul_icmp_checksum_ok(&v4, &v4, data, len);
	ul_icmp_checksum_ok(&v6, &v6, data, len);
	if (ul_icmp_parse(&h, data, len) < 0) {
		assert(len < UL_ICMP_HLEN);
		return 0;
	}
	check_quote(data, len, UL_V4);
	check_quote(data, len, UL_V6);
	check_round_trip(&h, &v4, data, len);
	check_round_trip(&h, &v6, data, len);
	return 0;
}
