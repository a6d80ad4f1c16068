/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_dns.c - answers of any shape, written record by record */
#include "fake/fake_dns.h"

#include <check.h>
#include <glib.h>

#define COUNTS_AT 6

void fake_dns_name(struct ul_wr *w, const char *name)
{
	g_auto(GStrv) labels = g_strsplit(name, ".", -1);

	for (int i = 0; labels[i]; i++) {
		size_t len = strlen(labels[i]);

		if (!len)
			continue;
		ul_wr_u8(w, (uint8_t)len);
		ul_wr_bytes(w, labels[i], len);
	}
	ul_wr_u8(w, 0);
}

void fake_dns_begin(struct fake_dns *m, uint16_t id, uint16_t flags,
		    const char *name, uint16_t type)
{
	memset(m->count, 0, sizeof(m->count));
	m->w = ul_wr_new(m->bytes, sizeof(m->bytes));
	ul_wr_u16(&m->w, id);
	ul_wr_u16(&m->w, flags);
	ul_wr_u16(&m->w, 1);
	ul_wr_zero(&m->w, 6);
	fake_dns_name(&m->w, name);
	ul_wr_u16(&m->w, type);
	ul_wr_u16(&m->w, UL_DNS_IN);
}

void fake_dns_record(struct fake_dns *m, enum ul_dns_section section,
		     const char *owner, uint16_t type, uint32_t ttl_s,
		     const void *data, size_t len)
{
	fake_dns_name(&m->w, owner);
	ul_wr_u16(&m->w, type);
	ul_wr_u16(&m->w, UL_DNS_IN);
	ul_wr_u32(&m->w, ttl_s);
	ul_wr_u16(&m->w, (uint16_t)len);
	ul_wr_bytes(&m->w, data, len);
	ul_wr_patch_u16(&m->w, COUNTS_AT + 2 * (size_t)section,
			++m->count[section]);
	ck_assert(!m->w.bad);
}

void fake_dns_a(struct fake_dns *m, const char *owner, uint32_t ttl_s,
		const char *addr)
{
	struct ul_addr a;
	const uint8_t *bytes;
	size_t len;

	ck_assert_int_eq(ul_addr_parse(&a, addr), 0);
	bytes = ul_addr_bytes(&a, &len);
	fake_dns_record(m, UL_DNS_ANSWER, owner,
			len == 4 ? UL_DNS_A : UL_DNS_AAAA, ttl_s, bytes, len);
}

void fake_dns_cname(struct fake_dns *m, const char *owner, uint32_t ttl_s,
		    const char *to)
{
	uint8_t data[256];
	struct ul_wr w = ul_wr_new(data, sizeof(data));

	fake_dns_name(&w, to);
	fake_dns_record(m, UL_DNS_ANSWER, owner, UL_DNS_CNAME, ttl_s, data,
			w.len);
}

void fake_dns_soa(struct fake_dns *m, const char *zone, uint32_t ttl_s,
		  uint32_t minimum_s)
{
	uint8_t data[128];
	struct ul_wr w = ul_wr_new(data, sizeof(data));

	fake_dns_name(&w, "ns");
	fake_dns_name(&w, "root");
	ul_wr_zero(&w, 16);		/* serial, refresh, retry, expire */
	ul_wr_u32(&w, minimum_s);
	fake_dns_record(m, UL_DNS_AUTHORITY, zone, UL_DNS_SOA, ttl_s, data,
			w.len);
}
