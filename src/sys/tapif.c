/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tapif.c - make and configure a tap in the network namespace we are in
 *
 * By ioctl(2): few steps, no answer to parse. By rtnetlink(7) what that has
 * not: the queue's length, which asks for root of the whole machine, and the
 * routes' congestion control. Duplicate address detection is switched off
 * first, so that IPv6 works from the first packet and not a second later;
 * where that is forbidden the second is what it costs.
 */
#include "sys/tapif.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "sys/congestion.h"
#include "sys/tapdev.h"

/* The kernel's 500 frames are less than one window in flight. */
#define TX_QUEUE_LEN 5000
#define ROUTE_ATTRS_MAX 128
#define ROUTE6_METRIC 1		/* before what is learnt by advertisements */

/* What the steps share: a socket of each family in this namespace. */
struct tapif {
	const struct ul_tap_conf *conf;
	int fd4, fd6;
	int ifindex;
	char **error;
};

static int step_failed(const struct tapif *t, const char *step,
		       const char *remedy)
{
	int err = errno;

	return ul_fail(t->error, -err, "%s: cannot %s: %s%s", t->conf->name,
		       step, g_strerror(err), remedy);
}

static struct ifreq named(const char *name)
{
	struct ifreq ifr = { .ifr_name = "" };

	g_strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	return ifr;
}

static void put_addr(struct sockaddr *sa, const struct ul_addr *a)
{
	struct ul_ep ep = { .addr = *a };
	struct sockaddr_storage ss;

	ul_ep_to_sa(&ep, &ss);
	memcpy(sa, &ss, sizeof(*sa));
}

static struct in6_addr in6_of(const struct ul_addr *a)
{
	struct in6_addr in6;

	memcpy(&in6, a->b, sizeof(in6));
	return in6;
}

static int open_tap(int *out, const struct ul_tap_conf *conf, char **error)
{
	struct ifreq ifr = named(conf->name);
	int fd, err, rc;

	rc = ul_tapdev_open_tun(&fd, error);
	if (rc)
		return rc;
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
	if (conf->has_offload)
		ifr.ifr_flags |= IFF_VNET_HDR;
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		err = errno;
		close(fd);
		return ul_fail(error, -err, "%s: cannot make the tap: %s%s",
			       conf->name, g_strerror(err),
			       err == EBUSY || err == EINVAL ? "; an interface "
			       "of that name is there already, see --ifname" :
			       err == EPERM ? "; it takes CAP_NET_ADMIN in the "
			       "user namespace that owns the network "
			       "namespace" : "");
	}
	*out = fd;
	return 0;
}

static int find_index(struct tapif *t)
{
	struct ifreq ifr = named(t->conf->name);

	if (ioctl(t->fd4, SIOCGIFINDEX, &ifr) < 0)
		return step_failed(t, "find its index", "");
	t->ifindex = ifr.ifr_ifindex;
	return 0;
}

/* One request on the rtnetlink socket @fd and the kernel's verdict. */
static int ask_on(int fd, const void *request, size_t len)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr verdict;
	} reply;
	ssize_t n = -1;

	if (send(fd, request, len, 0) >= 0)
		n = recv(fd, &reply, sizeof(reply), 0);
	if (n < 0)
		return -errno;
	if (n < (ssize_t)sizeof(reply) || reply.head.nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return reply.verdict.error;
}

static int open_rtnetlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static int ask_rtnetlink(const void *request, size_t len)
{
	int fd = open_rtnetlink();
	int rc;

	if (fd < 0)
		return -errno;
	rc = ask_on(fd, request, len);
	close(fd);
	return rc;
}

static int set_queue_len(struct tapif *t)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct rtattr attr;
		uint32_t len;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_SETLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.link = { .ifi_index = t->ifindex },
		.attr = { RTA_LENGTH(sizeof(uint32_t)), IFLA_TXQLEN },
		.len = TX_QUEUE_LEN,
	};
	int rc = ask_rtnetlink(&request, sizeof(request));

	errno = -rc;
	return rc ? step_failed(t, "set the length of its queue", "") : 0;
}

static int set_mtu(struct tapif *t)
{
	struct ifreq ifr = named(t->conf->name);

	ifr.ifr_mtu = (int)t->conf->mtu;
	if (ioctl(t->fd4, SIOCSIFMTU, &ifr) < 0)
		return step_failed(t, "set its MTU", ", see --mtu");
	return 0;
}

static int set_mac(struct tapif *t)
{
	struct ifreq ifr = named(t->conf->name);

	ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(ifr.ifr_hwaddr.sa_data, t->conf->mac, sizeof(t->conf->mac));
	if (ioctl(t->fd4, SIOCSIFHWADDR, &ifr) < 0)
		return step_failed(t, "set its MAC", "");
	return 0;
}

static int set_up(struct tapif *t, const char *name)
{
	struct ifreq ifr = named(name);

	if (ioctl(t->fd4, SIOCGIFFLAGS, &ifr) < 0)
		return step_failed(t, "read the flags of an interface", "");
	ifr.ifr_flags |= IFF_UP | IFF_RUNNING;
	if (ioctl(t->fd4, SIOCSIFFLAGS, &ifr) < 0)
		return step_failed(t, "bring an interface up", "");
	return 0;
}

static int set_ipv4(struct tapif *t)
{
	const struct ul_prefix *net = &t->conf->subnet;
	struct ifreq ifr = named(t->conf->name);
	struct ul_addr mask = ul_addr_v4(~(UINT32_MAX >> net->len));

	put_addr(&ifr.ifr_addr, &t->conf->addr4);
	if (ioctl(t->fd4, SIOCSIFADDR, &ifr) < 0)
		return step_failed(t, "give it its IPv4 address", "");
	put_addr(&ifr.ifr_netmask, &mask);
	if (ioctl(t->fd4, SIOCSIFNETMASK, &ifr) < 0)
		return step_failed(t, "give it its IPv4 netmask", "");
	return 0;
}

struct route_request {
	struct nlmsghdr head;
	struct rtmsg msg;
	uint8_t attrs[ROUTE_ATTRS_MAX];
};

static void add_attr(struct route_request *r, uint16_t type, const void *data,
		     size_t len)
{
	struct rtattr attr = { (uint16_t)RTA_LENGTH(len), type };
	uint8_t *at = (uint8_t *)r + NLMSG_ALIGN(r->head.nlmsg_len);

	memcpy(at, &attr, sizeof(attr));
	memcpy(at + RTA_LENGTH(0), data, len);
	r->head.nlmsg_len = (uint32_t)(at + RTA_SPACE(len) - (uint8_t *)r);
}

/*
 * All TCP that takes this route ends at us, at the tap's other end: nothing
 * is gained by pacing it (sys/congestion.h).
 */
static void add_congestion(struct route_request *r)
{
	struct {
		struct rtattr attr;
		char name[RTA_ALIGN(sizeof(UL_CONGESTION_UNPACED))];
	} metric = {
		{ RTA_LENGTH(sizeof(UL_CONGESTION_UNPACED)), RTAX_CC_ALGO },
		UL_CONGESTION_UNPACED,
	};
	char paced[UL_CONGESTION_NAME_MAX];

	ul_congestion_paced_default(paced);
	if (paced[0])
		add_attr(r, RTA_METRICS, &metric, sizeof(metric));
}

static int set_route(const struct tapif *t, uint8_t family, const void *gateway,
		     size_t gateway_len)
{
	struct route_request r = {
		.head = {
			.nlmsg_len = offsetof(struct route_request, attrs),
			.nlmsg_type = RTM_NEWROUTE,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
				       NLM_F_CREATE | NLM_F_EXCL,
		},
		.msg = {
			.rtm_family = family,
			.rtm_table = RT_TABLE_MAIN,
			.rtm_protocol = RTPROT_BOOT,
			.rtm_scope = RT_SCOPE_UNIVERSE,
			.rtm_type = RTN_UNICAST,
		},
	};
	uint32_t ifindex = (uint32_t)t->ifindex, metric = ROUTE6_METRIC;

	add_attr(&r, RTA_GATEWAY, gateway, gateway_len);
	add_attr(&r, RTA_OIF, &ifindex, sizeof(ifindex));
	if (family == AF_INET6)
		add_attr(&r, RTA_PRIORITY, &metric, sizeof(metric));
	add_congestion(&r);
	errno = -ask_rtnetlink(&r, r.head.nlmsg_len);
	return errno ? -1 : 0;
}

static int set_route4(struct tapif *t)
{
	size_t len;
	const uint8_t *gateway = ul_addr_bytes(&t->conf->gateway4, &len);

	if (set_route(t, AF_INET, gateway, len) < 0)
		return step_failed(t, "set the IPv4 default route",
				   errno == EEXIST ? "; the namespace has one "
				   "already, see --no-netns-config" : "");
	return 0;
}

/* Where that is forbidden it goes on without, only slower. */
static void set_sysctl(const char *family, const char *name, const char *key,
		       const char *value)
{
	g_autofree char *path = g_strdup_printf(
		"/proc/sys/net/%s/conf/%s/%s", family, name, key);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		errno = 0;
	close(fd);
}

/*
 * Without detection even where it is switched off: then, too, the kernel
 * looks into it later, and until it has, programs connect from ::1.
 */
static int set_ipv6(struct tapif *t)
{
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg msg;
		struct rtattr attr;
		struct in6_addr addr;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_NEWADDR,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
				       NLM_F_CREATE | NLM_F_REPLACE,
		},
		.msg = {
			.ifa_family = AF_INET6,
			.ifa_prefixlen = t->conf->prefix6.len,
			.ifa_flags = IFA_F_NODAD,
			.ifa_index = (uint32_t)t->ifindex,
		},
		.attr = { RTA_LENGTH(sizeof(struct in6_addr)), IFA_LOCAL },
		.addr = in6_of(&t->conf->addr6),
	};
	int rc = ask_rtnetlink(&request, sizeof(request));

	errno = -rc;
	return rc ? step_failed(t, "give it its IPv6 address",
				"; say --no-ipv6 where IPv6 is disabled") : 0;
}

static int set_route6(struct tapif *t)
{
	struct in6_addr gateway = in6_of(&t->conf->gateway6);

	if (set_route(t, AF_INET6, &gateway, sizeof(gateway)) < 0)
		return step_failed(t, "set the IPv6 default route", "");
	return 0;
}

static int configure(struct tapif *t)
{
	int rc = set_up(t, "lo");

	if (!rc)
		rc = set_mtu(t);
	if (!rc && t->conf->has_mac)
		rc = set_mac(t);
	if (!rc && !t->conf->no_ipv4)
		rc = set_ipv4(t);
	/* Others may remember the address with the MAC of its last owner. */
	set_sysctl("ipv4", t->conf->name, "arp_notify", "1");
	if (t->conf->has_ipv6)
		set_sysctl("ipv6", t->conf->name, "accept_dad", "0");
	if (!rc)
		rc = set_up(t, t->conf->name);
	if (!rc && !t->conf->no_ipv4 && !t->conf->no_routes)
		rc = set_route4(t);
	if (!rc && t->conf->has_ipv6)
		rc = set_ipv6(t);
	if (!rc && t->conf->has_ipv6 && !t->conf->no_routes)
		rc = set_route6(t);
	return rc;
}

static int open_sockets(struct tapif *t)
{
	t->fd4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (t->fd4 < 0)
		return step_failed(t, "open a socket in the namespace", "");
	if (!t->conf->has_ipv6)
		return 0;
	t->fd6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (t->fd6 < 0)
		return step_failed(t, "open an IPv6 socket in the namespace",
				   "; say --no-ipv6 for a kernel without");
	return 0;
}

static void close_sockets(const struct tapif *t)
{
	if (t->fd4 >= 0)
		close(t->fd4);
	if (t->fd6 >= 0)
		close(t->fd6);
}

int ul_tapif_make(int *out, const struct ul_tap_conf *conf, char **error)
{
	struct tapif t = { .conf = conf, .fd4 = -1, .fd6 = -1, .error = error };
	int tap = -1, rc;

	rc = open_tap(&tap, conf, error);
	if (rc)
		return rc;
	rc = open_sockets(&t);
	if (!rc)
		rc = find_index(&t);
	if (!rc)
		rc = set_queue_len(&t);
	if (!rc && conf->is_configured)
		rc = configure(&t);
	close_sockets(&t);
	if (rc)
		close(tap);
	else
		*out = tap;
	return rc;
}

int ul_tapif_configure(const struct ul_tap_conf *conf, char **error)
{
	struct tapif t = { .conf = conf, .fd4 = -1, .fd6 = -1, .error = error };
	int rc = open_sockets(&t);

	if (!rc)
		rc = find_index(&t);
	if (!rc)
		rc = configure(&t);
	close_sockets(&t);
	return rc;
}

int ul_tapif_open_door(int *out, char **error)
{
	int fd = open_rtnetlink();

	if (fd < 0)
		return ul_fail(error, -errno, "no rtnetlink socket: %s",
			       g_strerror(errno));
	*out = fd;
	return 0;
}

int ul_tapif_follow(int door, const char *name, char **error)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
		struct rtattr name_attr;
		char name[IFNAMSIZ];
		struct rtattr pid_attr;
		uint32_t pid;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_SETLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.name_attr = { RTA_LENGTH(IFNAMSIZ), IFLA_IFNAME },
		.pid_attr = { RTA_LENGTH(sizeof(uint32_t)), IFLA_NET_NS_PID },
		.pid = (uint32_t)getpid(),
	};
	int rc;

	g_strlcpy(request.name, name, sizeof(request.name));
	rc = ask_on(door, &request, sizeof(request));
	return rc ? ul_fail(error, rc, "%s: cannot be moved into the "
			    "namespace: %s", name, g_strerror(-rc)) : 0;
}
