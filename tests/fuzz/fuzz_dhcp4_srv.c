/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_dhcp4_srv.c - the DHCPv4 server takes any messages
 *
 * The input is a row of messages, each after a byte of how many seconds
 * passed and two of its length; what is left over is one more message. Some
 * addresses are kept, every new one is probed, and the parity of the seconds
 * says what the probe finds.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "svc/dhcp4_srv.h"

#define NET 0x0a000200u
#define CHADDR_OFF 28

static bool must_probe(const uint8_t mac[6], void *arg)
{
	return true;
}

static void keep(struct ul_dhcp4_srv *srv)
{
	struct ul_lease_owner by_mac = {
		.has_mac = true, .mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
	};
	struct ul_lease_owner by_id = {
		.id = (const uint8_t *)"\1id", .id_len = 3,
	};
	struct ul_addr inside = ul_addr_v4(NET + 16);
	struct ul_addr outside = ul_addr_v4(NET + 99);

	assert(!ul_dhcp4_srv_keep(srv, &by_mac, &outside));
	assert(!ul_dhcp4_srv_keep(srv, &by_id, &inside));
}

static struct ul_dhcp4_srv *new_server(void)
{
	return ul_dhcp4_srv_new(&(struct ul_dhcp4_srv_conf){
		.server = ul_addr_v4(NET + 2),
		.prefix = { ul_addr_v4(NET), 24 },
		.router = ul_addr_v4(NET + 2),
		.dns = ul_addr_v4(NET + 3),
		.mtu = 1500,
		.lease_s = 60,
		.domain = "lab.internal",
		.first = ul_addr_v4(NET + 15),
		.last = ul_addr_v4(NET + 17),
		.must_probe = must_probe,
		.boot = { ul_addr_v4(NET + 4), { (char *)"boot" } },
	});
}

/* The frame comes from the message's own MAC, else little would happen. */
static void handle(struct ul_dhcp4_srv *srv, const uint8_t *msg, size_t len,
		   int64_t now_us)
{
	struct ul_addr src = ul_addr_v4(0);
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_dhcp4_reply *out = malloc(sizeof(*out));
	uint8_t mac[6];
	int rc;

	ul_rd_skip(&r, CHADDR_OFF);
	ul_rd_bytes(&r, mac, sizeof(mac));
	assert(out);
	rc = ul_dhcp4_srv_handle(srv, msg, len, mac, &src, now_us, out);
	if (rc == -EINPROGRESS) {
		if (now_us / 1000000 % 2)
			ul_dhcp4_srv_taken(srv, &out->dst, mac, now_us);
		else
			ul_dhcp4_srv_checked(srv, &out->dst);
		rc = ul_dhcp4_srv_handle(srv, msg, len, mac, &src, now_us,
					 out);
	}
	if (!rc) {
		assert(out->len >= 300 && out->len <= sizeof(out->payload));
		assert(ul_addr_is_v4(&out->dst));
	}
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ul_dhcp4_srv *srv = new_server();
	struct ul_rd r = ul_rd_new(data, size);
	int64_t now_us = 0;

	keep(srv);
	while (r.left) {
		size_t len;
		struct ul_rd msg;

		now_us += ul_rd_u8(&r) * 1000000ll;
		len = ul_rd_u16(&r);
		msg = ul_rd_sub(&r, len < r.left ? len : r.left);
		if (msg.p)
			handle(srv, msg.p, msg.left, now_us);
	}
	ul_dhcp4_srv_free(srv);
	return 0;
}
