/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_uplink_tap.c - what follows from what an uplink is
 *
 * Opening one is tested where devices can be made: test_tapdev.c and
 * tests/netns/uplink.sh.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "harness.h"
#include "link/uplink_tap.h"
#include "wire/eth.h"

static const uint8_t other[6] = { 0x52, 0x54, 0, 0, 0, 1 };

static struct ul_uplink_facts macvtap(enum ul_macvtap_mode mode)
{
	return (struct ul_uplink_facts){
		.ifname = "mv0", .is_macvtap = true, .mode = mode,
		.is_seen = true, .is_up = true, .mtu = 1500,
		.mac = { 0x12, 0, 0, 0, 0, 7 },
	};
}

static struct ul_uplink_facts tap(void)
{
	return (struct ul_uplink_facts){
		.ifname = "vm0", .bridge = "br0", .is_seen = true,
		.is_up = true, .mtu = 1500, .mac = { 0x12, 0, 0, 0, 0, 7 },
	};
}

static const struct {
	enum ul_macvtap_mode mode;
	bool is_shared, is_one;
} macvtaps[] = {
	{ UL_MACVTAP_PRIVATE, false, true },
	{ UL_MACVTAP_VEPA, false, true },
	{ UL_MACVTAP_BRIDGE, false, true },
	{ UL_MACVTAP_PASSTHRU, false, false },
	{ UL_MACVTAP_UNKNOWN, false, true },	/* out of sight: be careful */
	{ UL_MACVTAP_BRIDGE, true, false },
};

START_TEST(macvtap_carries_one_vm_with_its_mac)
{
	struct ul_uplink_facts f = macvtap(macvtaps[_i].mode);
	bool is_one = macvtaps[_i].is_one;
	g_autofree char *text = NULL;
	const char *why = NULL;

	if (macvtaps[_i].is_shared)
		ul_uplink_share_mac(&f);
	ck_assert(ul_uplink_may_attach(&f, 0, &why));
	ck_assert_int_eq(ul_uplink_may_attach(&f, 1, &why), !is_one);
	ck_assert_int_eq(!why, !is_one);
	if (why)
		ck_assert_ptr_nonnull(strstr(why, "macvtap, which carries one "
						  "VM"));
	ck_assert(ul_uplink_reaches(&f, f.mac));
	ck_assert_int_eq(ul_uplink_reaches(&f, other), !is_one);
	text = ul_uplink_describe(&f);
	ck_assert_ptr_nonnull(strstr(text, "macvtap mv0, mode "));
	ck_assert_ptr_nonnull(strstr(text, "12:00:00:00:00:07"));
	ck_assert_ptr_nonnull(strstr(text, "this host is out of its reach"));
	ck_assert_int_eq(strstr(text, "for one VM with that MAC") != NULL,
			 is_one);
	ck_assert_int_eq(strstr(text, "all VMs are 12:00:00:00:00:07 outside")
			 != NULL, macvtaps[_i].is_shared);
	ck_assert_ptr_null(ul_uplink_warning(&f));
}
END_TEST

START_TEST(tap_carries_any)
{
	struct ul_uplink_facts f = tap();
	g_autofree char *text = ul_uplink_describe(&f);
	const char *why = NULL;

	ck_assert(ul_uplink_may_attach(&f, 1000, &why));
	ck_assert(ul_uplink_reaches(&f, other));
	ck_assert_str_eq(text, "tap vm0 on bridge br0");
}
END_TEST

/* The tap's own MAC is the host's end: the bridge would keep the frames. */
START_TEST(shared_mac_of_a_tap_is_not_its_own)
{
	struct ul_uplink_facts f = tap(), again = tap();

	ul_uplink_share_mac(&f);
	ul_uplink_share_mac(&again);
	ck_assert(f.shares_mac);
	ck_assert_mem_ne(f.shared_mac, f.mac, 6);
	ck_assert_mem_eq(f.shared_mac, again.shared_mac, 6);
	ck_assert(!ul_mac_is_multicast(f.shared_mac));
	ck_assert_uint_eq(f.shared_mac[0] & 2, 2);
}
END_TEST

START_TEST(what_stops_frames_is_said)
{
	struct ul_uplink_facts f = tap();
	char *text = ul_uplink_warning(&f);

	ck_assert_ptr_null(text);
	f.bridge[0] = '\0';
	text = ul_uplink_warning(&f);
	ck_assert_ptr_nonnull(strstr(text, "vm0 is a port of no bridge"));
	ck_assert_ptr_nonnull(strstr(text, "ip link set vm0 master BRIDGE"));
	g_free(text);
	f.is_up = false;
	text = ul_uplink_warning(&f);
	ck_assert_ptr_nonnull(strstr(text, "ip link set vm0 up"));
	g_free(text);
	f.is_seen = false;
	ck_assert_ptr_null(ul_uplink_warning(&f));
}
END_TEST

static void on_frame(struct ul_port *port, struct ul_frame *f, void *arg)
{
}

static void on_other(struct ul_port *port, void *arg)
{
}

static const struct ul_port_handler handler = {
	.frame = on_frame, .batch_end = on_other, .has_room = on_other,
	.detached = on_other,
};

/* A datagram socket plays the tap: one frame per write. */
START_TEST(port_hides_macs_when_they_are_shared)
{
	uint8_t frame[60] = { [6] = 0x52, [7] = 0x54, [12] = 0x88 }, got[99];
	struct ul_loop *loop = ul_loop_new();
	struct ul_uplink_facts f = tap();
	struct ul_port *port;
	struct ul_piece piece = { frame, sizeof(frame), NULL };
	int fd[2];

	if (_i)
		ul_uplink_share_mac(&f);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK,
				    0, fd), 0);
	port = ul_uplink_port_new(loop, fd[0], &f, &handler, NULL);
	ck_assert_ptr_nonnull(port);
	ck_assert(port->is_attached);
	ck_assert_int_eq(ul_port_send(port, &piece, 1, NULL), 0);
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
	ck_assert_int_eq(read(fd[1], got, sizeof(got)), 60);
	ck_assert_mem_eq(got + 6, _i ? f.shared_mac : frame + 6, 6);
	ul_port_free(port);
	ul_loop_free(loop);
	close(fd[1]);
}
END_TEST

START_TEST(refusals_come_from_below)
{
	struct ul_uplink_facts f;
	char *error = NULL;
	int fd = -1;

	ck_assert_int_lt(ul_uplink_open_tap(&fd, &f, "ul-no-such-if", &error),
			 0);
	ck_assert_ptr_nonnull(strstr(error, "no interface ul-no-such-if"));
	g_clear_pointer(&error, g_free);
	ck_assert_int_lt(ul_uplink_open_helper(&fd, &f, "ul-no-such-br",
					       &error), 0);
	ck_assert_ptr_nonnull(strstr(error, "no bridge ul-no-such-br"));
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(ul_uplink_open_fd(&fd, &f, 999, &error), -EBADF);
	g_free(error);
	ck_assert_int_eq(fd, -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("uplink_tap");
	TCase *tc = tcase_create("uplink_tap");

	tcase_add_loop_test(tc, macvtap_carries_one_vm_with_its_mac, 0, 6);
	tcase_add_test(tc, tap_carries_any);
	tcase_add_test(tc, shared_mac_of_a_tap_is_not_its_own);
	tcase_add_test(tc, what_stops_frames_is_said);
	tcase_add_loop_test(tc, port_hides_macs_when_they_are_shared, 0, 2);
	tcase_add_test(tc, refusals_come_from_below);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
