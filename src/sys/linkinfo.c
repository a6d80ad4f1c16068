/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linkinfo.c - what the kernel says of an interface of our namespace
 *
 * By rtnetlink(7), which shows the namespace that we are in; /sys shows the
 * one in which it was mounted.
 */
#include "sys/linkinfo.h"

#include <assert.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cursor.h"

#define ANSWER_MAX 32768

/* linux/if_link.h has them in an enum since 4.20. */
#define TUN_OWNER 1
#define TUN_GROUP 2
#define TUN_TYPE 3
#define TUN_PI 4
#define TUN_MULTI_QUEUE 7

typedef void (*attr_fn)(struct ul_linkinfo *l, int type, struct ul_rd val);

static const char *const mode_name[] = {
	[UL_MACVTAP_UNKNOWN] = "unknown",
	[UL_MACVTAP_PRIVATE] = "private",
	[UL_MACVTAP_VEPA] = "vepa",
	[UL_MACVTAP_BRIDGE] = "bridge",
	[UL_MACVTAP_PASSTHRU] = "passthru",
	[UL_MACVTAP_SOURCE] = "source",
};
static_assert(sizeof(mode_name) / sizeof(mode_name[0]) == UL_MACVTAP_COUNT,
	      "a name for each mode");

const char *ul_macvtap_mode_name(enum ul_macvtap_mode mode)
{
	return mode_name[mode];
}

/* Netlink speaks host order. */
static uint32_t host_u32(struct ul_rd *r)
{
	uint32_t v;

	ul_rd_bytes(r, &v, sizeof(v));
	return v;
}

static uint16_t host_u16(struct ul_rd *r)
{
	uint16_t v;

	ul_rd_bytes(r, &v, sizeof(v));
	return v;
}

static void copy_text(char *out, size_t size, struct ul_rd val)
{
	size_t len = val.left < size - 1 ? val.left : size - 1;

	memset(out, 0, size);
	ul_rd_bytes(&val, out, len);
}

/* Call @fn for each attribute of @r; false when one is cut off. */
static bool each_attr(struct ul_linkinfo *l, struct ul_rd r, attr_fn fn)
{
	while (r.left >= sizeof(struct rtattr)) {
		size_t len = host_u16(&r);
		int type = host_u16(&r) & ~NLA_F_NESTED;
		struct ul_rd val;

		if (len < sizeof(struct rtattr))
			return false;
		val = ul_rd_sub(&r, len - sizeof(struct rtattr));
		if (val.bad)
			return false;
		fn(l, type, val);
		len = RTA_ALIGN(len) - len;
		ul_rd_skip(&r, len < r.left ? len : r.left);
	}
	return true;
}

static void on_tun(struct ul_linkinfo *l, int type, struct ul_rd val)
{
	switch (type) {
	case TUN_OWNER:
		l->has_owner = true;
		l->owner = host_u32(&val);
		break;
	case TUN_GROUP:
		l->has_group = true;
		l->group = host_u32(&val);
		break;
	case TUN_TYPE:
		l->is_tap = ul_rd_u8(&val) == IFF_TAP;
		break;
	case TUN_PI:
		l->has_pi = ul_rd_u8(&val);
		break;
	case TUN_MULTI_QUEUE:
		l->is_multi_queue = ul_rd_u8(&val);
		break;
	}
}

static enum ul_macvtap_mode mode_of(uint32_t wire)
{
	switch (wire) {
	case MACVLAN_MODE_PRIVATE:
		return UL_MACVTAP_PRIVATE;
	case MACVLAN_MODE_VEPA:
		return UL_MACVTAP_VEPA;
	case MACVLAN_MODE_BRIDGE:
		return UL_MACVTAP_BRIDGE;
	case MACVLAN_MODE_PASSTHRU:
		return UL_MACVTAP_PASSTHRU;
	case MACVLAN_MODE_SOURCE:
		return UL_MACVTAP_SOURCE;
	}
	return UL_MACVTAP_UNKNOWN;
}

static void on_macvtap(struct ul_linkinfo *l, int type, struct ul_rd val)
{
	if (type == IFLA_MACVLAN_MODE)
		l->mode = mode_of(host_u32(&val));
}

/* The kernel names the kind before it tells of it. */
static void on_info(struct ul_linkinfo *l, int type, struct ul_rd val)
{
	if (type == IFLA_INFO_KIND)
		copy_text(l->kind, sizeof(l->kind), val);
	else if (type == IFLA_INFO_DATA && !strcmp(l->kind, "tun"))
		each_attr(l, val, on_tun);
	else if (type == IFLA_INFO_DATA && !strcmp(l->kind, "macvtap"))
		each_attr(l, val, on_macvtap);
}

static void on_link(struct ul_linkinfo *l, int type, struct ul_rd val)
{
	switch (type) {
	case IFLA_IFNAME:
		copy_text(l->name, sizeof(l->name), val);
		break;
	case IFLA_MTU:
		l->mtu = host_u32(&val);
		break;
	case IFLA_ADDRESS:
		if (val.left == sizeof(l->mac))
			ul_rd_bytes(&val, l->mac, sizeof(l->mac));
		break;
	case IFLA_MASTER:
		l->master = (int)host_u32(&val);
		break;
	case IFLA_LINKINFO:
		each_attr(l, val, on_info);
		break;
	}
}

int ul_linkinfo_parse(struct ul_linkinfo *out, const void *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_linkinfo l = { .index = 0 };
	struct nlmsghdr head;
	struct ifinfomsg link;

	ul_rd_bytes(&r, &head, sizeof(head));
	ul_rd_bytes(&r, &link, sizeof(link));
	if (r.bad || head.nlmsg_type != RTM_NEWLINK || head.nlmsg_len > len ||
	    head.nlmsg_len < NLMSG_LENGTH(sizeof(link)))
		return -EBADMSG;
	l.index = link.ifi_index;
	l.is_up = link.ifi_flags & IFF_UP;
	r = ul_rd_sub(&r, head.nlmsg_len - NLMSG_LENGTH(sizeof(link)));
	if (!each_attr(&l, r, on_link) || !l.name[0])
		return -EBADMSG;
	*out = l;
	return 0;
}

struct request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	struct rtattr attr;
	char name[IFNAMSIZ];
};

static int ask(struct ul_linkinfo *out, struct request *req)
{
	char answer[ANSWER_MAX];
	struct nlmsgerr verdict;
	struct nlmsghdr head;
	struct ul_rd r;
	ssize_t n = -1;
	int err, fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	if (send(fd, req, req->head.nlmsg_len, 0) >= 0)
		n = recv(fd, answer, sizeof(answer), 0);
	err = errno;
	close(fd);
	if (n < 0)
		return -err;
	r = ul_rd_new(answer, (size_t)n);
	ul_rd_bytes(&r, &head, sizeof(head));
	ul_rd_bytes(&r, &verdict, sizeof(verdict));
	if (!r.bad && head.nlmsg_type == NLMSG_ERROR)
		return verdict.error ? verdict.error : -EBADMSG;
	return ul_linkinfo_parse(out, answer, (size_t)n);
}

int ul_linkinfo_get(struct ul_linkinfo *out, const char *name)
{
	struct request req = {
		.head = {
			.nlmsg_len = sizeof(req),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.attr = { RTA_LENGTH(sizeof(req.name)), IFLA_IFNAME },
	};
	size_t len = strlen(name);

	if (!len || len >= sizeof(req.name))
		return -ENODEV;
	memcpy(req.name, name, len);
	return ask(out, &req);
}

int ul_linkinfo_get_index(struct ul_linkinfo *out, int index)
{
	struct request req = {
		.head = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(req.link)),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.link = { .ifi_index = index },
	};

	return ask(out, &req);
}
