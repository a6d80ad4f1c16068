/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_dns_zone.c - a network's own names, asked for by any bytes
 *
 * The input is a name that a guest tells, after a byte of its length, and a
 * message.
 */
#include "svc/dns_zone.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "wire/dns.h"

#define NET 0x0a000200u

static void each(const struct ul_addr *at, ul_dns_local_fn fn, void *fn_arg,
		 void *arg)
{
	struct ul_dns_local own = {
		.name = "web", .rank = UL_DNS_BY_PORT,
		.addr = ul_addr_v4(NET + 15),
	};
	struct ul_dns_local told = {
		.name = arg, .rank = UL_DNS_BY_GUEST,
		.addr = ul_addr_v4(NET + 14), .mac = { 2 },
	};

	fn(&told, fn_arg);
	fn(&own, fn_arg);
}

/* As long as names may be, and with as many addresses. */
static size_t known(enum ul_dns_known source, const char *name,
		    struct ul_addr out[UL_DNS_ZONE_ADDRS], void *arg)
{
	for (size_t i = 0; i < UL_DNS_ZONE_ADDRS; i++)
		out[i] = (struct ul_addr){ { 0x20, [15] = (uint8_t)i } };
	return name[0] == 'k' ? UL_DNS_ZONE_ADDRS : 0;
}

static bool known_at(enum ul_dns_known source, const struct ul_addr *addr,
		     char out[UL_DNS_ZONE_NAME_LEN], void *arg)
{
	memset(out, 'k', UL_DNS_ZONE_NAME_LEN - 1);
	for (size_t i = 50; i < UL_DNS_ZONE_NAME_LEN - 1; i += 50)
		out[i] = '.';
	out[UL_DNS_ZONE_NAME_LEN - 1] = '\0';
	return addr->b[15] & 1;
}

/* An answer repeats id and question, and is the only one to its query. */
static void check(const uint8_t *msg, size_t len, const struct ul_wr *w)
{
	struct ul_dns_head q, a;

	assert(!w->bad && w->len <= UL_DNS_ZONE_ANSWER_MAX);
	assert(!ul_dns_head_parse(&q, msg, len));
	assert(!ul_dns_head_parse(&a, w->start, w->len));
	assert(a.id == q.id && a.flags & UL_DNS_QR);
	assert(a.question_len == q.question_len);
	assert(ul_dns_is_same_question(msg + UL_DNS_HLEN,
				       w->start + UL_DNS_HLEN,
				       q.question_len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ul_rd r = ul_rd_new(data, size);
	size_t told_len = ul_rd_u8(&r);
	struct ul_rd told = ul_rd_sub(&r, told_len);
	char name[UINT8_MAX + 1] = "";
	struct ul_dns_zone_conf conf = {
		.network = "lab", .domain = "example.org",
		.prefix4 = { ul_addr_v4(NET), 24 },
		.prefix6 = { { { 0xfd } }, 64 },
		.gateway4 = ul_addr_v4(NET + 2),
		.gateway6 = { { 0xfd, [15] = 2 } },
		.has_v6 = true, .reaches_host = true,
		.each = each, .known = known, .known_at = known_at,
		.arg = name,
	};
	struct ul_dns_zone *zone = ul_dns_zone_new(&conf);
	uint8_t *buf = malloc(UL_DNS_ZONE_ANSWER_MAX);
	struct ul_wr w = ul_wr_new(buf, UL_DNS_ZONE_ANSWER_MAX);

	assert(buf);
	if (told.p)
		memcpy(name, told.p, told.left);
	if (!r.bad && !ul_dns_zone_answer(zone, r.p, r.left, &w))
		check(r.p, r.left, &w);
	free(buf);
	ul_dns_zone_free(zone);
	return 0;
}
