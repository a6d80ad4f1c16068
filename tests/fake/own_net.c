/* SPDX-License-Identifier: BSD-3-Clause */
/* own_net.c - a network namespace for one test, with loopback only */
#include "fake/own_net.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include "base/csum.h"
#include "base/cursor.h"
#include "wire/pkt.h"

#define QUOTE_MAX 548
#define ROUTER_V4 0xc00002fe	/* 192.0.2.254 */
#define ROUTER_V6 "2001:db8:2::fe"

struct in6_request {		/* struct in6_ifreq of <linux/ipv6.h> */
	struct in6_addr addr;
	uint32_t prefix_len;
	int ifindex;
};

static void request(unsigned long what, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, what, ifr), 0);
	close(fd);
}

static void set_up(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP };

	strcpy(ifr.ifr_name, name);
	request(SIOCSIFFLAGS, &ifr);
}

static void add_v4(const char *name, const char *text)
{
	struct ifreq ifr = { 0 };
	struct sockaddr_in sin = { .sin_family = AF_INET };

	strcpy(ifr.ifr_name, name);
	inet_pton(AF_INET, text, &sin.sin_addr);
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	request(SIOCSIFADDR, &ifr);
}

/* Is there a route of the host's own to @addr, as to one of its addresses? */
static bool is_routed(const struct in6_addr *addr)
{
	char wanted[33], line[256], found[33];
	unsigned int len, flags;
	bool is = false;
	FILE *f = fopen("/proc/net/ipv6_route", "r");

	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; i < sizeof(addr->s6_addr); i++)
		snprintf(wanted + 2 * i, 3, "%02x", addr->s6_addr[i]);
	while (!is && fgets(line, sizeof(line), f))
		is = sscanf(line, "%32s %x %*s %*s %*s %*s %*s %*s %x", found,
			    &len, &flags) == 3 &&
			len == 128 && flags & RTF_LOCAL &&
			strcmp(found, wanted) == 0;
	fclose(f);
	return is;
}

/* The kernel makes an IPv6 address usable a moment after it was added, and a
 * packet that comes to it before its route is there is lost.
 */
static void wait_usable(const struct in6_addr *addr, uint32_t scope)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6, .sin6_addr = *addr,
		.sin6_scope_id = scope,
	};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	for (int i = 0; i < 10000; i++) {
		if (is_routed(addr) &&
		    bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) == 0) {
			close(fd);
			return;
		}
		usleep(1000);
	}
	ck_abort_msg("the address of the new namespace stays unusable");
}

static void add_v6(const char *name, const char *text, uint32_t prefix_len)
{
	struct in6_request r = {
		.prefix_len = prefix_len,
		.ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (fd < 0)
		return;
	inet_pton(AF_INET6, text, &r.addr);
	ck_assert_int_eq(ioctl(fd, SIOCSIFADDR, &r), 0);
	close(fd);
	wait_usable(&r.addr, 0);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	ck_assert_msg(fd >= 0, "cannot open %s", path);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
}

/* Be root of a user namespace: settings want ids that exist there. */
static bool enter_as_user(void)
{
	unsigned int uid = getuid(), gid = getgid();
	char map[32];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	write_file("/proc/self/gid_map", map);
	return true;
}

bool own_net_enter(void)
{
	if (unshare(CLONE_NEWNET) < 0 && !enter_as_user()) {
		fprintf(stderr, "no network namespaces here: not tested\n");
		return false;
	}
	set_up("lo");
	add_v4("lo:1", "198.51.100.7");
	add_v6("lo", "2001:db8::7", 128);
	return true;
}

void own_net_mtu(int mtu)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_mtu = mtu };

	request(SIOCSIFMTU, &ifr);
}

void own_net_sysctl(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	write_file(path, text);
}

int own_net_tun(void)
{
	struct ifreq ifr = {
		.ifr_name = "out0", .ifr_flags = IFF_TUN | IFF_NO_PI,
	};
	struct sockaddr_in mask = { .sin_family = AF_INET };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0) {
		fprintf(stderr, "no tun devices here: not tested\n");
		close(fd);
		return -1;
	}
	add_v4("out0", "192.0.2.1");
	inet_pton(AF_INET, "255.255.255.0", &mask.sin_addr);
	memset(&ifr, 0, sizeof(ifr));
	strcpy(ifr.ifr_name, "out0");
	memcpy(&ifr.ifr_netmask, &mask, sizeof(mask));
	request(SIOCSIFNETMASK, &ifr);
	set_up("out0");
	add_v6("out0", "2001:db8:2::1", 64);
	return fd;
}

ssize_t own_net_tun_read(int fd, uint8_t proto, uint8_t *buf, size_t cap)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, 1000) > 0) {
		ssize_t n = read(fd, buf, cap);

		if (n >= 40 && buf[0] >> 4 == 6 && buf[6] == proto)
			return n;
		if (n >= 20 && buf[0] >> 4 == 4 && buf[9] == proto)
			return n;
	}
	return -1;
}

/* The header of an IP packet of the router's to whom sent @pkt. */
static void router_header(struct ul_wr *w, const uint8_t *pkt, size_t l4_len,
			  struct ul_addr *src, struct ul_addr *dst)
{
	if (pkt[0] >> 4 == 4) {
		ul_wr_u16(w, 0x4500);
		ul_wr_u16(w, (uint16_t)(20 + l4_len));
		ul_wr_u32(w, 0);
		ul_wr_u32(w, 60u << 24 | UL_IPPROTO_ICMP << 16);
		ul_wr_u32(w, ROUTER_V4);
		ul_wr_bytes(w, pkt + 12, 4);
		ul_wr_patch_u16(w, 10, ul_csum_fold(ul_csum_add(0, w->start,
								20)));
		return;
	}
	ul_addr_parse(src, ROUTER_V6);
	memcpy(dst->b, pkt + 8, 16);
	ul_wr_u32(w, 0x60000000);
	ul_wr_u16(w, (uint16_t)l4_len);
	ul_wr_u8(w, UL_IPPROTO_ICMP6);
	ul_wr_u8(w, 60);
	ul_wr_bytes(w, src->b, 16);
	ul_wr_bytes(w, dst->b, 16);
}

void own_net_tun_error(int fd, const uint8_t *pkt, size_t len, uint8_t type,
		       uint8_t code, uint32_t info)
{
	uint8_t out[40 + 8 + QUOTE_MAX];
	struct ul_wr w = ul_wr_new(out, sizeof(out));
	size_t quote = len < QUOTE_MAX ? len : QUOTE_MAX, at;
	struct ul_addr src, dst;
	uint32_t sum = 0;

	router_header(&w, pkt, 8 + quote, &src, &dst);
	at = w.len;
	ul_wr_u8(&w, type);
	ul_wr_u8(&w, code);
	ul_wr_u16(&w, 0);
	ul_wr_u32(&w, info);
	ul_wr_bytes(&w, pkt, quote);
	if (at == 40)
		sum = ul_csum_pseudo(&src, &dst, UL_IPPROTO_ICMP6,
				     (uint32_t)(8 + quote));
	ul_wr_patch_u16(&w, at + 2, ul_csum_fold(ul_csum_add(sum, out + at,
							     w.len - at)));
	ck_assert(!w.bad);
	ck_assert_int_eq(write(fd, out, w.len), (ssize_t)w.len);
}
