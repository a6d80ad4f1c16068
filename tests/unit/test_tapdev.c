/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_tapdev.c - taps and macvtaps that somebody else made
 *
 * Each test has network and mount namespaces of its own, with a /dev/net/tun
 * that all may open; root makes devices there by ip(8). Without root, or
 * without taps in this kernel, they are skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "sys/tapdev.h"

#define SOMEBODY 12345		/* a uid */
#define EXIT_SKIP 77

static char *error;
static struct ul_tapdev dev;

static int sh(const char *text)
{
	g_autofree char *quiet = g_strdup_printf("{ %s; } >/dev/null 2>&1",
						 text);

	return system(quiet);
}

static void become(uid_t uid)
{
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(seteuid(uid), 0);
}

static bool set_up_host(void)
{
	return unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
	       sh("mount --make-rprivate / && mount -t tmpfs none /dev/net && "
		  "mknod -m 666 /dev/net/tun c 10 200 && "
		  "ip tuntap add probe mode tap && ip link del probe") == 0;
}

static void set_up(void)
{
	error = NULL;
	memset(&dev, 0, sizeof(dev));
	ck_assert(set_up_host());
	ck_assert_int_eq(sh("ip link add br0 type bridge"), 0);
}

static void tear_down(void)
{
	g_free(error);
}

static int open_as(uid_t uid, const char *name)
{
	int fd = -1, rc;

	g_clear_pointer(&error, g_free);
	become(uid);
	rc = ul_tapdev_open(&fd, &dev, name, &error);
	become(0);
	ck_assert_int_eq(!rc, !error);
	return rc ? rc : fd;
}

#define ck_says(part) \
	ck_assert_msg(error && strstr(error, part), "said: %s", error)

START_TEST(owner_opens_its_tap)
{
	int fd;

	ck_assert_int_eq(sh("ip tuntap add vm0 mode tap user 12345 && "
			    "ip link set vm0 mtu 1400 master br0 up"), 0);
	fd = open_as(SOMEBODY, "vm0");
	ck_assert_msg(fd >= 0, "%s", error);
	ck_assert_str_eq(dev.name, "vm0");
	ck_assert_str_eq(dev.bridge, "br0");
	ck_assert_uint_eq(dev.mtu, 1400);
	ck_assert(dev.is_up && dev.is_seen && !dev.is_macvtap);
	ck_assert(dev.has_vnet_hdr);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}
END_TEST

START_TEST(tap_of_many_queues_is_opened)
{
	int fd;

	ck_assert_int_eq(sh("ip tuntap add vm0 mode tap multi_queue user "
			    "12345"), 0);
	fd = open_as(SOMEBODY, "vm0");
	ck_assert_msg(fd >= 0, "%s", error);
	ck_assert(!dev.is_up);
	ck_assert_str_eq(dev.bridge, "");
	close(fd);
}
END_TEST

START_TEST(anothers_tap_is_refused_with_the_remedy)
{
	ck_assert_int_eq(sh("ip tuntap add vm0 mode tap user 999"), 0);
	ck_assert_int_eq(open_as(SOMEBODY, "vm0"), -EPERM);
	ck_says("belongs to uid 999, this user is uid 12345");
	ck_says("ip tuntap add vm0 mode tap user 12345");
	ck_assert_int_eq(sh("ip tuntap add vm1 mode tap group 998"), 0);
	ck_assert_int_eq(open_as(SOMEBODY, "vm1"), -EPERM);
	ck_says("belongs to group 998");
}
END_TEST

START_TEST(busy_tap_is_refused)
{
	int fd;

	ck_assert_int_eq(sh("ip tuntap add vm0 mode tap user 12345"), 0);
	fd = open_as(SOMEBODY, "vm0");
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(open_as(SOMEBODY, "vm0"), -EBUSY);
	ck_says("another program has it open");
	close(fd);
}
END_TEST

START_TEST(no_interface_is_made)
{
	ck_assert_int_eq(open_as(SOMEBODY, "vm0"), -ENODEV);
	ck_says("there is no interface vm0; root makes it by: "
		"ip tuntap add vm0 mode tap user 12345");
	ck_assert_int_eq(open_as(0, "vm0"), -ENODEV);
	ck_assert_uint_eq(if_nametoindex("vm0"), 0);
}
END_TEST

START_TEST(other_interfaces_are_no_taps)
{
	ck_assert_int_eq(open_as(0, "lo"), -EPROTOTYPE);
	ck_says("lo is a network card or loopback, not a tap");
	ck_assert_int_eq(open_as(0, "br0"), -EPROTOTYPE);
	ck_says("of kind bridge, not a tap; say helper:BRIDGE");
	ck_assert_int_eq(sh("ip tuntap add t0 mode tun"), 0);
	ck_assert_int_eq(open_as(0, "t0"), -EPROTOTYPE);
	ck_says("is a tun, which carries no Ethernet");
}
END_TEST

START_TEST(closed_tun_device_is_named)
{
	ck_assert_int_eq(sh("ip tuntap add vm0 mode tap user 12345 && "
			    "chmod 600 /dev/net/tun"), 0);
	ck_assert_int_eq(open_as(SOMEBODY, "vm0"), -EACCES);
	ck_says("/dev/net/tun: ");
	ck_says("0666");
}
END_TEST

/* ---- inherited descriptors ----------------------------------------------- */

static int tun_fd(int flags)
{
	struct ifreq ifr = { .ifr_flags = (short)flags };
	int fd = open("/dev/net/tun", O_RDWR);

	ck_assert_int_ge(fd, 0);
	strcpy(ifr.ifr_name, "tap7");
	if (flags)
		ck_assert_int_eq(ioctl(fd, TUNSETIFF, &ifr), 0);
	return fd;
}

static int adopt(int fd)
{
	int own = -1, rc;

	g_clear_pointer(&error, g_free);
	rc = ul_tapdev_adopt(&own, &dev, fd, &error);
	ck_assert_int_eq(!rc, !error);
	return rc ? rc : own;
}

START_TEST(inherited_tap_is_adopted)
{
	int fd = tun_fd(IFF_TAP | IFF_NO_PI);
	struct ul_linkinfo link;
	int own;

	ck_assert_int_eq(sh("ip link set tap7 mtu 9000 up"), 0);
	own = adopt(fd);
	ck_assert_int_ge(own, 3);
	ck_assert_int_ne(own, fd);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert(fcntl(own, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(own, F_GETFD) & FD_CLOEXEC);
	ck_assert_str_eq(dev.name, "tap7");
	ck_assert_uint_eq(dev.mtu, 9000);
	ck_assert_int_eq(ul_linkinfo_get(&link, "tap7"), 0);
	ck_assert_mem_eq(dev.mac, link.mac, 6);
	ck_assert(!dev.has_vnet_hdr);
	close(own);
}
END_TEST

START_TEST(header_of_an_inherited_tap_is_reported)
{
	int own = adopt(tun_fd(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR));

	ck_assert_msg(own >= 0, "%s", error);
	ck_assert(dev.has_vnet_hdr);
	close(own);
}
END_TEST

/* Does the kernel hand over frames of @name without checksums? */
static bool leaves_checksums_out(const char *name)
{
	struct ethtool_value v = { .cmd = ETHTOOL_GTXCSUM };
	struct ifreq ifr = { .ifr_data = (void *)&v };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(ifr.ifr_name, name);
	ck_assert_int_eq(ioctl(fd, SIOCETHTOOL, &ifr), 0);
	close(fd);
	return v.data;
}

/* Its last user may have asked for them. */
START_TEST(offload_of_a_tap_is_off)
{
	int own, fd = tun_fd(IFF_TAP | IFF_NO_PI);

	ck_assert_int_eq(ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4), 0);
	ck_assert(leaves_checksums_out("tap7"));
	own = adopt(fd);
	ck_assert_int_ge(own, 0);
	ck_assert(!leaves_checksums_out("tap7"));
	close(own);
}
END_TEST

START_TEST(tap_elsewhere_is_adopted_unseen)
{
	int own, fd = tun_fd(IFF_TAP | IFF_NO_PI);

	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	own = adopt(fd);
	ck_assert_int_ge(own, 0);
	ck_assert(!dev.is_seen);
	ck_assert_uint_eq(dev.mtu, 1500);
	ck_assert_str_eq(dev.name, "tap7");
	close(own);
}
END_TEST

/* Another interface of the same name is not taken for it. */
START_TEST(namesake_is_told_apart)
{
	int own, fd = tun_fd(IFF_TAP | IFF_NO_PI);

	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	ck_assert_int_eq(sh("ip tuntap add tap7 mode tap && "
			    "ip link set tap7 mtu 9000"), 0);
	own = adopt(fd);
	ck_assert_int_ge(own, 0);
	ck_assert(!dev.is_seen);
	ck_assert_uint_eq(dev.mtu, 1500);
	close(own);
}
END_TEST

static const struct {
	int flags;
	const char *says;
} odd[] = {
	{ 0, "no tap was attached" },
	{ IFF_TUN | IFF_NO_PI, "is a tun, which carries no Ethernet" },
	{ IFF_TAP, "without IFF_NO_PI" },
};

START_TEST(odd_tun_descriptors_are_refused)
{
	int fd = tun_fd(odd[_i].flags);

	ck_assert_int_lt(adopt(fd), 0);
	ck_says(odd[_i].says);
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
}
END_TEST

START_TEST(other_descriptors_are_refused)
{
	int pair[2], file = open("/dev/null", O_RDWR);

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(adopt(pair[0]), -EPROTOTYPE);
	ck_says("is neither a tap nor a macvtap");
	ck_assert_int_eq(adopt(file), -EPROTOTYPE);
	ck_assert_int_eq(adopt(999), -EBADF);
	ck_says("descriptor 999: is not open");
}
END_TEST

/* ---- macvtap ------------------------------------------------------------- */

/* An index of our own: /dev/tapINDEX is the same for all namespaces. */
static int index_of_ours(void)
{
	return 100000 + (int)getpid();
}

static bool make_macvtap(const char *mode)
{
	g_autofree char *cmd = g_strdup_printf(
		"ip link add v0 type veth peer name v1 && ip link set v0 up "
		"&& ip link add link v0 name mv0 index %d address "
		"52:54:00:00:00:09 type macvtap mode %s && "
		"ip link set mv0 up", index_of_ours(), mode);

	return sh(cmd) == 0;
}

START_TEST(macvtap_is_opened_and_read)
{
	static const char *const mode[] = {
		"private", "vepa", "bridge", "passthru",
	};
	g_autofree char *path = g_strdup_printf("/dev/tap%d", index_of_ours());
	struct ul_linkinfo lower;
	int fd, own;

	if (!make_macvtap(mode[_i]) || access(path, F_OK))
		return;		/* a kernel without, or no devtmpfs */
	ck_assert_int_eq(open_as(SOMEBODY, "mv0"), -EACCES);
	ck_says("chown 12345 /dev/tap");
	ck_assert_int_eq(chown(path, SOMEBODY, 0), 0);
	fd = open_as(SOMEBODY, "mv0");
	ck_assert_msg(fd >= 0, "%s", error);
	ck_assert(dev.is_macvtap && dev.is_seen && dev.is_up);
	ck_assert_str_eq(ul_macvtap_mode_name(dev.mode), mode[_i]);
	ck_assert_int_eq(ul_linkinfo_get(&lower, "v0"), 0);
	/* In passthru mode it has the MAC of the interface below. */
	ck_assert_int_eq(memcmp(dev.mac, lower.mac, 6) == 0, _i == 3);
	ck_assert_int_eq(dev.mac[5] == 9, _i != 3);
	ck_assert(dev.has_vnet_hdr);
	memset(&dev, 0, sizeof(dev));
	own = adopt(fd);
	ck_assert_msg(own >= 0, "%s", error);
	ck_assert_str_eq(ul_macvtap_mode_name(dev.mode), mode[_i]);
	ck_assert_str_eq(dev.name, "mv0");
	close(own);
}
END_TEST

/* Somebody may have switched it off. */
START_TEST(header_of_a_macvtap_is_switched_on)
{
	g_autofree char *path = g_strdup_printf("/dev/tap%d", index_of_ours());
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd, own;

	if (!make_macvtap("bridge") || access(path, F_OK))
		return;
	fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, TUNSETIFF, &ifr), 0);
	own = adopt(fd);
	ck_assert_int_ge(own, 0);
	ck_assert(dev.has_vnet_hdr);
	ck_assert_int_eq(ioctl(own, TUNGETIFF, &ifr), 0);
	ck_assert(ifr.ifr_flags & IFF_VNET_HDR);
	close(own);
}
END_TEST

static bool is_possible(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(!set_up_host());
	return waitpid(pid, &status, 0) == pid && !status;
}

int main(void)
{
	Suite *s = suite_create("tapdev");
	TCase *tc = tcase_create("tapdev");

	if (geteuid() || !is_possible()) {
		printf("skipped: taps can be made by root alone\n");
		return EXIT_SKIP;
	}
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, owner_opens_its_tap);
	tcase_add_test(tc, tap_of_many_queues_is_opened);
	tcase_add_test(tc, anothers_tap_is_refused_with_the_remedy);
	tcase_add_test(tc, busy_tap_is_refused);
	tcase_add_test(tc, no_interface_is_made);
	tcase_add_test(tc, other_interfaces_are_no_taps);
	tcase_add_test(tc, closed_tun_device_is_named);
	tcase_add_test(tc, inherited_tap_is_adopted);
	tcase_add_test(tc, header_of_an_inherited_tap_is_reported);
	tcase_add_test(tc, offload_of_a_tap_is_off);
	tcase_add_test(tc, tap_elsewhere_is_adopted_unseen);
	tcase_add_test(tc, namesake_is_told_apart);
	tcase_add_loop_test(tc, odd_tun_descriptors_are_refused, 0, 3);
	tcase_add_test(tc, other_descriptors_are_refused);
	tcase_add_loop_test(tc, macvtap_is_opened_and_read, 0, 4);
	tcase_add_test(tc, header_of_a_macvtap_is_switched_on);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
