/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_slirp_input.c - any frames of a guest to the library, as QEMU hands them
 *
 * A byte says how many steps of 10 ms pass and two more how long the frame
 * is. Nothing leaves: the guest is restricted, so there are DHCP, IPv6's
 * discovery, ping, TCP to a function of the host's, and refusals.
 */
#include <netinet/in.h>
#include <arpa/inet.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "slirp/libslirp.h"

#define STEP_NS 10000000
#define FRAME_MIN 60
#define FRAME_MAX (1500 + 18)

static int64_t now_ns;

static slirp_ssize_t on_frame(const void *buf, size_t len, void *opaque)
{
	assert(len >= FRAME_MIN && len <= FRAME_MAX);
	return (slirp_ssize_t)len;
}

static int64_t on_clock(void *opaque)
{
	return now_ns;
}

static slirp_ssize_t on_data(const void *buf, size_t len, void *opaque)
{
	assert(len);
	return (slirp_ssize_t)len;
}

static int on_poll(int fd, int events, void *opaque)
{
	return 0;
}

static int on_revents(int i, void *opaque)
{
	return 0;
}

static const SlirpCb callbacks = {
	.send_packet = on_frame, .clock_get_ns = on_clock,
};

static Slirp *start(void)
{
	SlirpConfig cfg = {
		.version = SLIRP_CONFIG_VERSION_MAX, .restricted = 1,
		.in_enabled = true, .in6_enabled = true, .vprefix_len = 64,
		.vnetwork.s_addr = htonl(0x0a000200),
		.vnetmask.s_addr = htonl(0xffffff00),
		.vhost.s_addr = htonl(0x0a000202),
		.vnameserver.s_addr = htonl(0x0a000203),
		.vdhcp_start.s_addr = htonl(0x0a00020f),
		.vprefix_addr6.s6_addr = { 0xfe, 0xc0 },
		.vhost6.s6_addr = { 0xfe, 0xc0, [15] = 2 },
		.vnameserver6.s6_addr = { 0xfe, 0xc0, [15] = 3 },
		.disable_host_loopback = true, .vhostname = "guest",
		.bootfile = "boot", .tftp_server_name = "server",
	};
	struct in_addr at = { htonl(0x0a000204) };
	Slirp *s = slirp_new(&cfg, &callbacks, NULL);

	assert(s);
	slirp_add_guestfwd(s, on_data, NULL, &at, 99);
	return s;
}

static void turn(Slirp *s)
{
	uint32_t timeout = 1000;

	slirp_pollfds_fill(s, &timeout, on_poll, NULL);
	assert(timeout <= 1000);
	slirp_pollfds_poll(s, 0, on_revents, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	Slirp *s = start();

	now_ns = 0;
	while (len >= 3) {
		size_t frame = (size_t)(data[1] << 8 | data[2]);

		now_ns += data[0] * (int64_t)STEP_NS;
		data += 3;
		len -= 3;
		frame = frame < len ? frame : len;
		slirp_input(s, data, (int)frame);
		turn(s);
		data += frame;
		len -= frame;
	}
	for (int i = 0; i < 3; i++) {
		now_ns += 1000000000;
		turn(s);
	}
	slirp_cleanup(s);
	return 0;
}
