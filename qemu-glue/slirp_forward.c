/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_forward.c - host ports that lead to the guest
 *
 * A host address of IPv6 that is every address takes those of IPv4, too,
 * unless told otherwise.
 */
#include "qemu-glue/slirp_priv.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include <glib.h>

#include "base/log.h"

#define TAG "slirp"
#define PORT_MAX 65535

/* A name in the file system, or an abstract one as "@name". NULL: neither. */
static char *path_of(const struct sockaddr *sa, socklen_t len)
{
	const struct sockaddr_un *sun = (const struct sockaddr_un *)sa;
	size_t start = offsetof(struct sockaddr_un, sun_path);
	size_t max = MIN(len, sizeof(*sun));
	char *path;

	if (max <= start + 1)
		return NULL;
	if (sun->sun_path[0])
		return g_strndup(sun->sun_path, max - start);
	path = g_strndup(sun->sun_path + 1, max - start - 1);
	return path[0] ? g_strconcat("@", path, NULL) : path;
}

static bool fits(const struct sockaddr *sa, socklen_t len)
{
	if (!sa || len < sizeof(sa->sa_family))
		return false;
	switch (sa->sa_family) {
	case AF_INET:
		return len >= sizeof(struct sockaddr_in);
	case AF_INET6:
		return len >= sizeof(struct sockaddr_in6);
	}
	return false;
}

/* Where the host's side is. 0 or -errno; @out->path is the caller's. */
static int door_of(const struct sockaddr *sa, socklen_t len, int flags,
		   struct ul_embed_door *out, char **path)
{
	*out = (struct ul_embed_door){
		.is_udp = (flags & SLIRP_HOSTFWD_UDP) != 0,
	};
	if (sa && len > sizeof(sa->sa_family) && sa->sa_family == AF_UNIX) {
		*path = path_of(sa, len);
		out->path = *path;
		return *path && **path && !out->is_udp ? 0 : -EINVAL;
	}
	if (!fits(sa, len))
		return -EAFNOSUPPORT;
	return ul_ep_from_sa(&out->host, sa);
}

static void set_host(struct ul_forward_conf *f,
		     const struct ul_embed_door *door, int flags)
{
	f->proto = door->is_udp ? IPPROTO_UDP : IPPROTO_TCP;
	f->path = g_strdup(door->path);
	if (door->path)
		return;
	f->host_addrs[f->host_addr_count++] = door->host.addr;
	f->host_first = f->host_last = door->host.port;
	if (!ul_addr_is_v4(&door->host.addr) &&
	    ul_addr_is_any(&door->host.addr) &&
	    !(flags & SLIRP_HOSTFWD_V6ONLY))
		f->host_addrs[f->host_addr_count++] = ul_addr_v4(INADDR_ANY);
}

/* Nobody named is who is leased the first address, or who is there. */
static int set_guest(struct ul_forward_conf *f, const struct sockaddr *sa,
		     socklen_t len)
{
	struct ul_ep guest;

	if (!fits(sa, len) || ul_ep_from_sa(&guest, sa) < 0)
		return -EAFNOSUPPORT;
	if (!guest.port)
		return -EINVAL;
	f->guest_first = guest.port;
	f->guest = guest.addr;
	f->has_guest = !ul_addr_is_any(&guest.addr);
	return 0;
}

static int add(Slirp *s, struct ul_forward_conf *f)
{
	char *error = NULL;
	int ret;

	f->text = g_strdup("hostfwd");
	ul_slirp_enter(s);
	/* The first address is the guest's, leased or not. */
	if (!f->has_guest) {
		f->guest = s->conf->guest4;
		f->has_guest = true;
	}
	ret = ul_embed_forward(s->net, f, &error);
	if (ret < 0)
		ul_log(INFO, TAG, "%s", error ? error : g_strerror(-ret));
	ul_slirp_leave(s);
	g_free(error);
	return ret;
}

static int fail(int ret)
{
	if (ret >= 0)
		return 0;
	errno = -ret;
	return -1;
}

int slirp_add_hostxfwd(Slirp *s, const struct sockaddr *haddr,
		       socklen_t haddrlen, const struct sockaddr *gaddr,
		       socklen_t gaddrlen, int flags)
{
	struct ul_forward_conf *f = ul_forward_conf_new();
	struct ul_embed_door door;
	char *path = NULL;
	int ret = door_of(haddr, haddrlen, flags, &door, &path);

	if (!ret)
		ret = set_guest(f, gaddr, gaddrlen);
	if (!ret) {
		set_host(f, &door, flags);
		ret = add(s, f);
	}
	g_free(path);
	ul_forward_conf_free(f);
	return fail(ret);
}

int slirp_remove_hostxfwd(Slirp *s, const struct sockaddr *haddr,
			  socklen_t haddrlen, int flags)
{
	struct ul_embed_door door;
	char *path = NULL;
	int ret = door_of(haddr, haddrlen, flags, &door, &path);

	if (!ret) {
		ul_slirp_enter(s);
		ret = ul_embed_unforward(s->net, &door);
		ul_slirp_leave(s);
	}
	g_free(path);
	return fail(ret);
}

static bool is_port(int n)
{
	return n >= 0 && n <= PORT_MAX;
}

static struct sockaddr_in sockaddr4(struct in_addr addr, int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr = addr,
		.sin_port = htons((uint16_t)port),
	};
}

int slirp_add_hostfwd(Slirp *s, int is_udp, struct in_addr host_addr,
		      int host_port, struct in_addr guest_addr, int guest_port)
{
	struct sockaddr_in host = sockaddr4(host_addr, host_port);
	struct sockaddr_in guest = sockaddr4(guest_addr, guest_port);

	if (!is_port(host_port) || !is_port(guest_port))
		return fail(-EINVAL);
	return slirp_add_hostxfwd(s, (struct sockaddr *)&host, sizeof(host),
				  (struct sockaddr *)&guest, sizeof(guest),
				  is_udp ? SLIRP_HOSTFWD_UDP : 0);
}

int slirp_remove_hostfwd(Slirp *s, int is_udp, struct in_addr host_addr,
			 int host_port)
{
	struct sockaddr_in host = sockaddr4(host_addr, host_port);

	if (!is_port(host_port))
		return fail(-EINVAL);
	return slirp_remove_hostxfwd(s, (struct sockaddr *)&host, sizeof(host),
				     is_udp ? SLIRP_HOSTFWD_UDP : 0);
}
