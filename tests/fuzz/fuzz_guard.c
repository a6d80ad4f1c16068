/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_guard.c - any bytes as a frame that the guard looks at
 *
 * What it passes is looked at again, without a parser: at the offsets where
 * an untagged frame without options has its fields.
 */
#include "link/guard.h"

#include <string.h>

#include "fuzz/fuzz.h"

#define TYPE 12
#define IP 14
#define ARP_SPA 28
#define ICMP6 54

static const struct ul_addr routers[2] = {
	{ .b = { [10] = 0xff, 0xff, 10, 0, 2, 2 } },
	{ .b = { 0xfd, [15] = 2 } },
};

/* Its own end in 15, another's in 16; the parser never asks for nothing. */
static enum ul_whose whose(const uint8_t mac[6], const struct ul_addr *addr,
			   void *arg)
{
	assert(mac && arg == routers);
	if (addr->b[15] == 15)
		return UL_WHOSE_OWN;
	return addr->b[15] == 16 ? UL_WHOSE_OTHERS : UL_WHOSE_UNKNOWN;
}

static enum ul_guard_verdict look(const uint8_t *data, size_t len,
				  bool is_guarded, bool is_pinned)
{
	struct ul_guard g = {
		.is_guarded = is_guarded, .is_pinned = is_pinned,
		.router_addrs = routers, .router_addr_count = 2,
		.whose = whose, .arg = (void *)routers,
	};

	return ul_guard_check(&g, data, len);
}

static bool is_type(const uint8_t *data, size_t len, uint16_t type)
{
	return len >= IP && data[TYPE] == type >> 8 &&
	       data[TYPE + 1] == (type & 0xff);
}

static void check_guarded(const uint8_t *data, size_t len)
{
	/* ARP from the router's address. */
	assert(!is_type(data, len, 0x806) || len < 42 ||
	       memcmp(data + IP, "\0\1\x8\0\6\4", 6) ||
	       memcmp(data + ARP_SPA, routers[0].b + 12, 4));
	/* A router advertisement or redirect, right behind a good header. */
	assert(!is_type(data, len, 0x86dd) || len <= ICMP6 ||
	       data[IP] >> 4 != 6 || data[IP + 6] != 58 ||
	       (size_t)(data[IP + 4] << 8 | data[IP + 5]) > len - ICMP6 ||
	       !(data[IP + 4] | data[IP + 5]) ||
	       (data[ICMP6] != 134 && data[ICMP6] != 137));
}

static void check_pinned(const uint8_t *data, size_t len)
{
	/* IPv4 is from its own address, or DHCP from none. */
	if (is_type(data, len, 0x800)) {
		assert(len >= IP + 20);
		assert(data[IP + 15] == 15 || !memcmp(data + IP + 12,
						      "\0\0\0\0", 4));
	}
	if (is_type(data, len, 0x806))
		assert(len >= IP + 28 && !memcmp(data + 6, data + 22, 6));
	if (is_type(data, len, 0x86dd))
		assert(len >= IP + 40);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum ul_guard_verdict guarded = look(data, len, true, false);
	enum ul_guard_verdict pinned = look(data, len, false, true);
	enum ul_guard_verdict both = look(data, len, true, true);

	assert(look(data, len, false, false) == UL_GUARD_PASS);
	assert(guarded != UL_GUARD_SPOOFED && pinned != UL_GUARD_CLAIMED);
	/* Together they pass what each of them does. */
	assert((both == UL_GUARD_PASS) == (guarded == UL_GUARD_PASS &&
					   pinned == UL_GUARD_PASS));
	if (guarded == UL_GUARD_PASS)
		check_guarded(data, len);
	if (pinned == UL_GUARD_PASS)
		check_pinned(data, len);
	return 0;
}
