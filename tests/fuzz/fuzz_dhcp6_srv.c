/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_dhcp6_srv.c - the DHCPv6 server takes any messages
 *
 * The input is a row of messages, each after a byte of how many seconds
 * passed and two of its length; what is left over is one more message.
 */
#include <stdlib.h>

#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "svc/dhcp6_srv.h"

static const struct ul_prefix prefix = { { .b = { 0xfd } }, 64 };

/* No lease is outside of the prefix, and no MAC has too many. */
static void check_lease(const struct ul_lease *lease, void *arg)
{
	unsigned int *count = arg;

	assert(ul_prefix_has(&prefix, &lease->addr));
	assert(++*count <= UL_LEASE6_PER_MAC);
}

static void handle(struct ul_dhcp6_srv *srv, const uint8_t *msg, size_t len,
		   int64_t now_us)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	struct ul_dhcp6_reply *out = malloc(sizeof(*out));
	struct ul_dhcp6_msg m;
	unsigned int count = 0;

	assert(out);
	if (!ul_dhcp6_srv_handle(srv, msg, len, mac, now_us, out)) {
		assert(out->len <= sizeof(out->payload));
		assert(!ul_dhcp6_parse(&m, out->payload, out->len));
		assert(m.type == UL_DHCP6_REPLY ||
		       m.type == UL_DHCP6_ADVERTISE);
	}
	free(out);
	ul_dhcp6_srv_each(srv, now_us, check_lease, &count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ul_dhcp6_srv_conf conf = {
		.mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 }, .prefix = prefix,
		.dns = { .b = { 0xfd, [15] = 3 } }, .lease_s = 60,
		.domain = "lab.internal",
	};
	struct ul_dhcp6_srv *srv = ul_dhcp6_srv_new(&conf);
	struct ul_rd r = ul_rd_new(data, size);
	int64_t now_us = 0;

	while (r.left) {
		size_t len;
		struct ul_rd msg;

		now_us += ul_rd_u8(&r) * 1000000ll;
		len = ul_rd_u16(&r);
		msg = ul_rd_sub(&r, len < r.left ? len : r.left);
		if (msg.p)
			handle(srv, msg.p, msg.left, now_us);
	}
	ul_dhcp6_srv_free(srv);
	return 0;
}
