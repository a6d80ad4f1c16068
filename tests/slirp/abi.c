/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * abi.c - what programs were compiled to believe of libslirp
 *
 * Compiled with either header, and run with either library (abi.sh). The
 * numbers are those of 64-bit systems, by which QEMU and others were built.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <libslirp.h>

#define AT(type, field, offset) \
	_Static_assert(offsetof(type, field) == (offset), #type "." #field)

AT(SlirpConfig, version, 0x0);
AT(SlirpConfig, restricted, 0x4);
AT(SlirpConfig, in_enabled, 0x8);
AT(SlirpConfig, vnetwork, 0xc);
AT(SlirpConfig, vnetmask, 0x10);
AT(SlirpConfig, vhost, 0x14);
AT(SlirpConfig, in6_enabled, 0x18);
AT(SlirpConfig, vprefix_addr6, 0x1c);
AT(SlirpConfig, vprefix_len, 0x2c);
AT(SlirpConfig, vhost6, 0x30);
AT(SlirpConfig, vhostname, 0x40);
AT(SlirpConfig, tftp_server_name, 0x48);
AT(SlirpConfig, tftp_path, 0x50);
AT(SlirpConfig, bootfile, 0x58);
AT(SlirpConfig, vdhcp_start, 0x60);
AT(SlirpConfig, vnameserver, 0x64);
AT(SlirpConfig, vnameserver6, 0x68);
AT(SlirpConfig, vdnssearch, 0x78);
AT(SlirpConfig, vdomainname, 0x80);
AT(SlirpConfig, if_mtu, 0x88);
AT(SlirpConfig, if_mru, 0x90);
AT(SlirpConfig, disable_host_loopback, 0x98);
AT(SlirpConfig, enable_emu, 0x99);
AT(SlirpConfig, outbound_addr, 0xa0);
AT(SlirpConfig, outbound_addr6, 0xa8);
AT(SlirpConfig, disable_dns, 0xb0);
AT(SlirpConfig, disable_dhcp, 0xb1);
#if SLIRP_CONFIG_VERSION_MAX >= 5
AT(SlirpConfig, mfr_id, 0xb4);
AT(SlirpConfig, oob_eth_addr, 0xb8);
_Static_assert(sizeof(SlirpConfig) == 0xc0, "SlirpConfig");
#endif

AT(SlirpCb, send_packet, 0x0);
AT(SlirpCb, guest_error, 0x8);
AT(SlirpCb, clock_get_ns, 0x10);
AT(SlirpCb, timer_new, 0x18);
AT(SlirpCb, timer_free, 0x20);
AT(SlirpCb, timer_mod, 0x28);
AT(SlirpCb, register_poll_fd, 0x30);
AT(SlirpCb, unregister_poll_fd, 0x38);
AT(SlirpCb, notify, 0x40);
AT(SlirpCb, init_completed, 0x48);
AT(SlirpCb, timer_new_opaque, 0x50);
#if SLIRP_CONFIG_VERSION_MAX >= 6
AT(SlirpCb, register_poll_socket, 0x58);
AT(SlirpCb, unregister_poll_socket, 0x60);
_Static_assert(sizeof(SlirpCb) == 0x68, "SlirpCb");
#endif

_Static_assert(SLIRP_POLL_IN == 1 && SLIRP_POLL_OUT == 2 &&
	       SLIRP_POLL_PRI == 4 && SLIRP_POLL_ERR == 8 &&
	       SLIRP_POLL_HUP == 16, "SLIRP_POLL_*");
_Static_assert(SLIRP_HOSTFWD_UDP == 1 && SLIRP_HOSTFWD_V6ONLY == 2,
	       "SLIRP_HOSTFWD_*");

/* Who has 10.0.2.2? */
static const uint8_t question[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56,
	0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1,
	0x52, 0x54, 0, 0x12, 0x34, 0x56, 10, 0, 2, 15,
	0, 0, 0, 0, 0, 0, 10, 0, 2, 2,
};

static int answers;

static ssize_t on_frame(const void *buf, size_t len, void *opaque)
{
	const uint8_t *f = buf;

	answers += len >= sizeof(question) && f[12] == 0x08 && f[13] == 0x06 &&
		   !memcmp(f + 6, "\x52\x55\x0a\x00\x02\x02", 6);
	return (ssize_t)len;
}

static int64_t on_clock(void *opaque)
{
	static int64_t now;

	return now += 1000000;
}

static void *on_timer_new(SlirpTimerCb cb, void *cb_opaque, void *opaque)
{
	return &answers;
}

static void on_timer_free(void *timer, void *opaque)
{
}

static void on_timer_mod(void *timer, int64_t ms, void *opaque)
{
}

static void on_fd(int fd, void *opaque)
{
}

static void on_notify(void *opaque)
{
}

static int on_add_poll(int fd, int events, void *opaque)
{
	return 0;
}

static int on_revents(int i, void *opaque)
{
	return 0;
}

int main(void)
{
	static const SlirpCb cb = {
		.send_packet = on_frame, .clock_get_ns = on_clock,
		.timer_new = on_timer_new, .timer_free = on_timer_free,
		.timer_mod = on_timer_mod, .register_poll_fd = on_fd,
		.unregister_poll_fd = on_fd, .notify = on_notify,
	};
	SlirpConfig cfg = { .version = 4, .in_enabled = true };
	Slirp *s;

	inet_pton(AF_INET, "10.0.2.0", &cfg.vnetwork);
	inet_pton(AF_INET, "255.255.255.0", &cfg.vnetmask);
	inet_pton(AF_INET, "10.0.2.2", &cfg.vhost);
	inet_pton(AF_INET, "10.0.2.3", &cfg.vnameserver);
	inet_pton(AF_INET, "10.0.2.15", &cfg.vdhcp_start);
	s = slirp_new(&cfg, &cb, NULL);
	if (!s || slirp_state_version() != 4)
		return 1;
	slirp_input(s, question, sizeof(question));
	for (int i = 0; i < 1000 && !answers; i++) {
		uint32_t timeout = 0;

		slirp_pollfds_fill(s, &timeout, on_add_poll, NULL);
		slirp_pollfds_poll(s, 0, on_revents, NULL);
	}
	slirp_cleanup(s);
	printf("%s\n", slirp_version_string());
	return answers != 1;
}
