/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_dns.h - answers of any shape, written record by record */
#ifndef UL_TESTS_FAKE_DNS_H
#define UL_TESTS_FAKE_DNS_H

#include "base/addr.h"
#include "wire/dns.h"

#define FAKE_DNS_MAX 65535

struct fake_dns {
	struct ul_wr w;
	uint16_t count[UL_DNS_SECTION_COUNT];
	uint8_t bytes[FAKE_DNS_MAX];
};

/* Labels between dots, without pointers; "" and "." are the root. */
void fake_dns_name(struct ul_wr *w, const char *name);

/* An answer with this head and question, class IN. */
void fake_dns_begin(struct fake_dns *m, uint16_t id, uint16_t flags,
		    const char *name, uint16_t type);
/* A record of any kind. Sections are in order. */
void fake_dns_record(struct fake_dns *m, enum ul_dns_section section,
		     const char *owner, uint16_t type, uint32_t ttl_s,
		     const void *data, size_t len);
/* The usual ones, in the answer section. */
void fake_dns_a(struct fake_dns *m, const char *owner, uint32_t ttl_s,
		const char *addr);
void fake_dns_cname(struct fake_dns *m, const char *owner, uint32_t ttl_s,
		    const char *to);
/* In the authority section. */
void fake_dns_soa(struct fake_dns *m, const char *zone, uint32_t ttl_s,
		  uint32_t minimum_s);

#endif
