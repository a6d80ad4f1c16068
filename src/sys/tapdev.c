/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tapdev.c - a tap or macvtap that somebody else made
 *
 * A tap is opened by name through /dev/net/tun. A macvtap has a device file
 * of its own, /dev/tapINDEX; devtmpfs is one for all network namespaces, so
 * what was opened is compared with what was asked for.
 *
 * What we open has virtio's header in front of frames (link/tap.h), so that
 * super-frames pass. A tap keeps what its last user set: where it has no such
 * header offloads are switched off, or frames would come without their
 * checksums and nobody would know.
 */
#include "sys/tapdev.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"

#define TUN_PATH "/dev/net/tun"
#define TUN_MAJOR 10
#define TUN_MINOR 200
#define GUESSED_MTU 1500

enum device { DEV_OTHER, DEV_TUN, DEV_MACVTAP, DEV_IPVTAP };

int ul_tapdev_open_tun(int *out, char **error)
{
	int fd = open(TUN_PATH, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return ul_fail(error, -errno, TUN_PATH ": %s%s",
			       g_strerror(errno),
			       errno == EACCES ? "; its mode is 0666 where udev "
			       "or systemd made it: ask for that, or for a "
			       "group of yours" :
			       errno == ENOENT || errno == ENXIO ||
			       errno == ENODEV ? "; the kernel's tun module is "
			       "not loaded (modprobe tun)" : "");
	*out = fd;
	return 0;
}

/* ---- what a descriptor is ------------------------------------------------ */

/* The name of the driver of character devices @major, as the kernel lists. */
static bool has_driver(unsigned int dev_major, const char *name)
{
	g_autofree char *text = NULL;
	g_autofree char *line = g_strdup_printf("%3u %s\n", dev_major, name);

	return g_file_get_contents("/proc/devices", &text, NULL, NULL) &&
	       strstr(text, line);
}

static enum device device_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode))
		return DEV_OTHER;
	if (major(st.st_rdev) == TUN_MAJOR && minor(st.st_rdev) == TUN_MINOR)
		return DEV_TUN;
	if (has_driver(major(st.st_rdev), "macvtap"))
		return DEV_MACVTAP;
	if (has_driver(major(st.st_rdev), "ipvtap"))
		return DEV_IPVTAP;
	return DEV_OTHER;
}

/*
 * What our namespace says of it, when it is there: the MAC tells. Only here
 * is a header of IFF_TAP without IFF_NO_PI seen: TUNGETIFF sets that very bit
 * for something else (IFF_NOFILTER).
 */
static int look_around(struct ul_tapdev *dev, int fd, char **error)
{
	const char *kind = dev->is_macvtap ? "macvtap" : "tun";
	struct ul_linkinfo link, master;

	dev->mtu = GUESSED_MTU;
	dev->is_up = true;
	if (ul_linkinfo_get(&link, dev->name) < 0 || strcmp(link.kind, kind) ||
	    memcmp(link.mac, dev->mac, sizeof(dev->mac)))
		return 0;
	if (link.has_pi)
		return ul_fail(error, -EPROTOTYPE, "descriptor %d: the tap %s "
			       "was opened without IFF_NO_PI; open it with", fd,
			       dev->name);
	dev->is_seen = true;
	dev->mtu = link.mtu;
	dev->is_up = link.is_up;
	dev->mode = link.mode;
	if (link.master &&
	    ul_linkinfo_get_index(&master, link.master) == 0)
		g_strlcpy(dev->bridge, master.name, sizeof(dev->bridge));
	return 0;
}

int ul_tapdev_look(struct ul_tapdev *out, int fd, char **error)
{
	enum device device = device_of(fd);
	struct ul_tapdev dev = { .is_macvtap = device == DEV_MACVTAP };
	struct ifreq ifr = { .ifr_name = "" };
	int rc;

	if (device == DEV_IPVTAP)
		return ul_fail(error, -EPROTOTYPE, "descriptor %d: an ipvtap "
			       "takes no Ethernet of a guest's own; pass a tap "
			       "or macvtap", fd);
	if (device == DEV_OTHER)
		return ul_fail(error, -EPROTOTYPE, "descriptor %d: is neither "
			       "a tap nor a macvtap", fd);
	if (ioctl(fd, TUNGETIFF, &ifr) < 0)
		return ul_fail(error, -errno, "descriptor %d: %s", fd,
			       errno == EBADFD ? TUN_PATH " is open there, but "
			       "no tap was attached (TUNSETIFF)" :
			       g_strerror(errno));
	g_strlcpy(dev.name, ifr.ifr_name, sizeof(dev.name));
	if (!(ifr.ifr_flags & IFF_TAP))
		return ul_fail(error, -EPROTOTYPE, "descriptor %d: %s is a "
			       "tun, which carries no Ethernet; pass a tap", fd,
			       dev.name);
	dev.has_vnet_hdr = ifr.ifr_flags & IFF_VNET_HDR;
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) == 0)
		memcpy(dev.mac, ifr.ifr_hwaddr.sa_data, sizeof(dev.mac));
	rc = look_around(&dev, fd, error);
	if (!rc)
		*out = dev;
	return rc;
}

/*
 * Bring @fd to a known state and look at it. A macvtap gets virtio's header
 * in front of frames at any time, a tap only as it is opened.
 */
static int settle(struct ul_tapdev *dev, int fd, char **error)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int rc;

	if (device_of(fd) == DEV_MACVTAP &&
	    ioctl(fd, TUNSETIFF, &ifr) < 0)
		return ul_fail(error, -errno, "descriptor %d: cannot set up "
			       "the macvtap: %s", fd, g_strerror(errno));
	rc = ul_tapdev_look(dev, fd, error);
	if (!rc && !dev->has_vnet_hdr)
		ioctl(fd, TUNSETOFFLOAD, 0UL);
	return rc;
}

int ul_tapdev_adopt(int *out, struct ul_tapdev *dev, int fd, char **error)
{
	struct ul_tapdev found;
	int own, flags, rc;

	if (fcntl(fd, F_GETFD) < 0)
		return ul_fail(error, -errno, "descriptor %d: %s", fd,
			       errno == EBADF ? "is not open; whoever starts "
			       "us must leave it open" : g_strerror(errno));
	rc = settle(&found, fd, error);
	if (rc)
		return rc;
	own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	flags = own < 0 ? -1 : fcntl(own, F_GETFL);
	if (flags < 0 || fcntl(own, F_SETFL, flags | O_NONBLOCK) < 0) {
		rc = ul_fail(error, -errno, "descriptor %d: %s", fd,
			     g_strerror(errno));
		if (own >= 0)
			close(own);
		return rc;
	}
	if ((flags & O_ACCMODE) != O_RDWR) {
		close(own);
		return ul_fail(error, -EACCES, "descriptor %d: is not open for "
			       "reading and writing", fd);
	}
	if (fd > 2)
		close(fd);
	*out = own;
	*dev = found;
	return 0;
}

/* ---- by name ------------------------------------------------------------- */

/* Whose it is, for an error: "uid 1000", "group 27", "uid 1 and group 2". */
static char *owner_text(const struct ul_linkinfo *link)
{
	if (link->has_owner && link->has_group)
		return g_strdup_printf("uid %u and group %u", link->owner,
				       link->group);
	if (link->has_owner)
		return g_strdup_printf("uid %u", link->owner);
	return g_strdup_printf("group %u", link->group);
}

static int not_ours(const struct ul_linkinfo *link, char **error)
{
	g_autofree char *owner = owner_text(link);

	return ul_fail(error, -EPERM, "the tap %s belongs to %s, this user is "
		       "uid %u; root makes it anew by: ip link del %s; ip "
		       "tuntap add %s mode tap user %u && ip link set %s "
		       "master BRIDGE up", link->name, owner, (unsigned
		       int)geteuid(), link->name, link->name, (unsigned
		       int)geteuid(), link->name);
}

static int open_tap(int *out, const struct ul_linkinfo *link, char **error)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd, err, rc;

	if (!link->is_tap)
		return ul_fail(error, -EPROTOTYPE, "%s is a tun, which carries "
			       "no Ethernet; make a tap (ip tuntap add ... "
			       "mode tap)", link->name);
	rc = ul_tapdev_open_tun(&fd, error);
	if (rc)
		return rc;
	if (link->is_multi_queue)
		ifr.ifr_flags |= IFF_MULTI_QUEUE;
	g_strlcpy(ifr.ifr_name, link->name, sizeof(ifr.ifr_name));
	if (ioctl(fd, TUNSETIFF, &ifr) == 0) {
		*out = fd;
		return 0;
	}
	err = errno;
	close(fd);
	if (err == EPERM && (link->has_owner || link->has_group))
		return not_ours(link, error);
	return ul_fail(error, -err, "the tap %s: %s", link->name,
		       err == EBUSY ? "another program has it open" :
		       g_strerror(err));
}

static int open_macvtap(int *out, const struct ul_linkinfo *link, char **error)
{
	g_autofree char *path = g_strdup_printf("/dev/tap%d", link->index);
	struct ifreq ifr = { .ifr_name = "" };
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int err = errno;

	if (fd < 0)
		return ul_fail(error, -err, "%s is a macvtap, and its %s: "
			       "%s%s%u %s", link->name, path, g_strerror(err),
			       "; root hands it over by: chown ", (unsigned
			       int)geteuid(), path);
	if (device_of(fd) != DEV_MACVTAP || ioctl(fd, TUNGETIFF, &ifr) < 0 ||
	    strcmp(ifr.ifr_name, link->name) ||
	    ioctl(fd, SIOCGIFHWADDR, &ifr) < 0 ||
	    memcmp(ifr.ifr_hwaddr.sa_data, link->mac, sizeof(link->mac))) {
		close(fd);
		return ul_fail(error, -ENODEV, "%s is not the device of the "
			       "macvtap %s; open that and pass it as fd:N",
			       path, link->name);
	}
	*out = fd;
	return 0;
}

static int open_link(int *out, const struct ul_linkinfo *link, char **error)
{
	if (!strcmp(link->kind, "tun"))
		return open_tap(out, link, error);
	if (!strcmp(link->kind, "macvtap"))
		return open_macvtap(out, link, error);
	return ul_fail(error, -EPROTOTYPE, "the interface %s is %s%s, not a "
		       "tap; %s", link->name, link->kind[0] ? "of kind " :
		       "a network card or loopback", link->kind,
		       !strcmp(link->kind, "bridge") ? "say helper:BRIDGE, or "
		       "make a tap that is a port of it" :
		       "join it and a tap in a bridge");
}

int ul_tapdev_open(int *out, struct ul_tapdev *dev, const char *name,
		   char **error)
{
	struct ul_linkinfo link;
	int fd = -1, rc = ul_linkinfo_get(&link, name);

	if (rc == -ENODEV)
		return ul_fail(error, rc, "there is no interface %s; root "
			       "makes it by: ip tuntap add %s mode tap user %u "
			       "&& ip link set %s master BRIDGE up", name, name,
			       (unsigned int)geteuid(), name);
	if (rc)
		return ul_fail(error, rc, "the interface %s: %s", name,
			       g_strerror(-rc));
	rc = open_link(&fd, &link, error);
	if (rc)
		return rc;
	rc = settle(dev, fd, error);
	if (rc)
		close(fd);
	else
		*out = fd;
	return rc;
}

void ul_tapdev_set_carrier(int fd, bool is_in)
{
	int carrier = is_in;

	ioctl(fd, TUNSETCARRIER, &carrier);
}
