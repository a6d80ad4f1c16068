/* SPDX-License-Identifier: BSD-3-Clause */
/* test_linkinfo.c - what the kernel says of an interface */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "base/cursor.h"
#include "harness.h"
#include "sys/linkinfo.h"
#include "unit/poison.h"

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };

/* Messages as the kernel writes them: host order, aligned to four bytes. */

static size_t open_attr(struct ul_wr *w, uint16_t type)
{
	struct rtattr attr = { 0, type };
	size_t at = w->len;

	ul_wr_bytes(w, &attr, sizeof(attr));
	return at;
}

static void close_attr(struct ul_wr *w, size_t at)
{
	uint16_t len = (uint16_t)(w->len - at);

	memcpy(w->start + at, &len, sizeof(len));
	while (w->len % RTA_ALIGNTO)
		ul_wr_u8(w, 0);
}

static void put_attr(struct ul_wr *w, uint16_t type, const void *data,
		     size_t len)
{
	size_t at = open_attr(w, type);

	ul_wr_bytes(w, data, len);
	close_attr(w, at);
}

static void put_u32(struct ul_wr *w, uint16_t type, uint32_t v)
{
	put_attr(w, type, &v, sizeof(v));
}

static size_t open_link(struct ul_wr *w)
{
	struct nlmsghdr head = { .nlmsg_type = RTM_NEWLINK };
	struct ifinfomsg link = { .ifi_index = 9, .ifi_flags = IFF_UP };

	ul_wr_bytes(w, &head, sizeof(head));
	ul_wr_bytes(w, &link, sizeof(link));
	put_attr(w, IFLA_IFNAME, "vm0", 4);
	put_u32(w, IFLA_MTU, 1400);
	put_u32(w, IFLA_MASTER, 5);
	put_attr(w, IFLA_ADDRESS, mac, sizeof(mac));
	return open_attr(w, IFLA_LINKINFO);
}

static void close_link(struct ul_wr *w, size_t info)
{
	uint32_t len;

	close_attr(w, info);
	len = (uint32_t)w->len;
	memcpy(w->start, &len, sizeof(len));
	ck_assert(!w->bad);
}

static void make_tap(struct ul_wr *w)
{
	const uint8_t tap = IFF_TAP, one = 1;
	size_t info = open_link(w), data;

	put_attr(w, IFLA_INFO_KIND, "tun", 4);
	data = open_attr(w, IFLA_INFO_DATA | NLA_F_NESTED);
	put_u32(w, 1, 1000);
	put_u32(w, 2, 27);
	put_attr(w, 3, &tap, 1);
	put_attr(w, 4, &one, 1);
	put_attr(w, 7, &one, 1);
	close_attr(w, data);
	close_link(w, info);
}

static void make_macvtap(struct ul_wr *w, uint32_t mode)
{
	size_t info = open_link(w), data;

	put_attr(w, IFLA_INFO_KIND, "macvtap", 8);
	data = open_attr(w, IFLA_INFO_DATA);
	put_u32(w, IFLA_MACVLAN_MODE, mode);
	close_attr(w, data);
	close_link(w, info);
}

START_TEST(tap_is_read)
{
	uint8_t msg[512];
	struct ul_wr w = ul_wr_new(msg, sizeof(msg));
	struct ul_linkinfo l;

	make_tap(&w);
	ck_assert_int_eq(ul_linkinfo_parse(&l, msg, w.len), 0);
	ck_assert_str_eq(l.name, "vm0");
	ck_assert_int_eq(l.index, 9);
	ck_assert_uint_eq(l.mtu, 1400);
	ck_assert_int_eq(l.master, 5);
	ck_assert_mem_eq(l.mac, mac, 6);
	ck_assert(l.is_up);
	ck_assert_str_eq(l.kind, "tun");
	ck_assert(l.is_tap && l.has_pi && l.is_multi_queue);
	ck_assert(l.has_owner && l.has_group);
	ck_assert_uint_eq(l.owner, 1000);
	ck_assert_uint_eq(l.group, 27);
}
END_TEST

static const struct {
	uint32_t wire;
	enum ul_macvtap_mode mode;
	const char *name;
} modes[] = {
	{ MACVLAN_MODE_PRIVATE, UL_MACVTAP_PRIVATE, "private" },
	{ MACVLAN_MODE_VEPA, UL_MACVTAP_VEPA, "vepa" },
	{ MACVLAN_MODE_BRIDGE, UL_MACVTAP_BRIDGE, "bridge" },
	{ MACVLAN_MODE_PASSTHRU, UL_MACVTAP_PASSTHRU, "passthru" },
	{ MACVLAN_MODE_SOURCE, UL_MACVTAP_SOURCE, "source" },
	{ 0x8000, UL_MACVTAP_UNKNOWN, "unknown" },
};

START_TEST(mode_of_a_macvtap_is_read)
{
	uint8_t msg[512];
	struct ul_wr w = ul_wr_new(msg, sizeof(msg));
	struct ul_linkinfo l;

	make_macvtap(&w, modes[_i].wire);
	ck_assert_int_eq(ul_linkinfo_parse(&l, msg, w.len), 0);
	ck_assert_str_eq(l.kind, "macvtap");
	ck_assert_int_eq(l.mode, modes[_i].mode);
	ck_assert_str_eq(ul_macvtap_mode_name(l.mode), modes[_i].name);
	ck_assert(!l.is_tap && !l.has_owner && !l.has_group);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	uint8_t msg[512];
	struct ul_wr w = ul_wr_new(msg, sizeof(msg));
	struct ul_linkinfo l;

	make_tap(&w);
	for (size_t len = 0; len < w.len; len++) {
		uint8_t *cut = exact_copy(msg, len);
		uint32_t said = (uint32_t)len;

		poison(&l);
		ck_assert_int_eq(ul_linkinfo_parse(&l, cut, len), -EBADMSG);
		ck_assert(is_poisoned(&l));
		/* One whose length agrees is refused or read within it. */
		if (len >= sizeof(said))
			memcpy(cut, &said, sizeof(said));
		ul_linkinfo_parse(&l, cut, len);
		free(cut);
	}
}
END_TEST

START_TEST(long_texts_are_cut)
{
	uint8_t msg[512];
	struct ul_wr w = ul_wr_new(msg, sizeof(msg));
	struct ul_linkinfo l;
	size_t info = open_link(&w);

	put_attr(&w, IFLA_INFO_KIND, "0123456789abcdefghijkl", 23);
	close_link(&w, info);
	ck_assert_int_eq(ul_linkinfo_parse(&l, msg, w.len), 0);
	ck_assert_str_eq(l.kind, "0123456789abcde");
}
END_TEST

START_TEST(kernel_tells_of_its_loopback)
{
	struct ul_linkinfo l, by_index;

	ck_assert_int_eq(ul_linkinfo_get(&l, "lo"), 0);
	ck_assert_str_eq(l.name, "lo");
	ck_assert_str_eq(l.kind, "");
	ck_assert_int_eq(l.index, (int)if_nametoindex("lo"));
	ck_assert_int_eq(ul_linkinfo_get_index(&by_index, l.index), 0);
	ck_assert_str_eq(by_index.name, "lo");
}
END_TEST

START_TEST(what_is_not_there_is_said_so)
{
	struct ul_linkinfo l;

	poison(&l);
	ck_assert_int_eq(ul_linkinfo_get(&l, "ul-no-such-if"), -ENODEV);
	ck_assert_int_eq(ul_linkinfo_get(&l, ""), -ENODEV);
	ck_assert_int_eq(ul_linkinfo_get(&l, "sixteen-bytes-xx"), -ENODEV);
	ck_assert_int_eq(ul_linkinfo_get_index(&l, 0x7ffffff0), -ENODEV);
	ck_assert(is_poisoned(&l));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("linkinfo");
	TCase *tc = tcase_create("linkinfo");

	tcase_add_test(tc, tap_is_read);
	tcase_add_loop_test(tc, mode_of_a_macvtap_is_read, 0, 6);
	tcase_add_test(tc, every_truncation_is_refused);
	tcase_add_test(tc, long_texts_are_cut);
	tcase_add_test(tc, kernel_tells_of_its_loopback);
	tcase_add_test(tc, what_is_not_there_is_said_so);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
