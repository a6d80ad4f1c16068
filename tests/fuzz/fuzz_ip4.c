/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_ip4.c - any bytes as an IPv4 packet */
#include "wire/ip4.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/csum.h"
#include "fuzz/fuzz.h"

/* What is emitted is read back the same; the options are not written. */
static void check_round_trip(struct ul_ip4 h)
{
	uint8_t a[UL_IP4_HLEN], b[UL_IP4_HLEN];
	struct ul_wr wa = ul_wr_new(a, sizeof(a)), wb = ul_wr_new(b, sizeof(b));
	struct ul_ip4 again;

	h.total_len = UL_IP4_HLEN;
	ul_ip4_emit(&wa, &h);
	assert(!wa.bad && !ul_ip4_parse(&again, a, sizeof(a)));
	ul_ip4_emit(&wb, &again);
	assert(!wb.bad && !memcmp(a, b, sizeof(a)));
}

/* A wrong checksum is the only fault that -EILSEQ stands for. */
static int parse_mended(struct ul_ip4 *h, const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len);
	size_t hdr_len = (size_t)(data[0] & 0x0f) * 4;
	uint16_t sum;
	int rc;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, len);
	copy[10] = copy[11] = 0;
	sum = ul_csum_fold(ul_csum_add(0, copy, hdr_len));
	copy[10] = (uint8_t)(sum >> 8);
	copy[11] = (uint8_t)sum;
	rc = ul_ip4_parse(h, copy, len);
	assert(!rc);
	free(copy);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_ip4 h;
	int rc = ul_ip4_parse(&h, data, len);

	if (rc == -EILSEQ)
		rc = parse_mended(&h, data, len);
	if (rc < 0)
		return 0;
	assert(h.hdr_len >= UL_IP4_HLEN && h.hdr_len <= h.total_len);
	assert(h.total_len <= len && h.frag_offset % 8 == 0);
	check_round_trip(h);
	return 0;
}
